/* SPDX-License-Identifier: Apache-2.0 */
/* Debian Policy §5.6.12. */
#include "model/version.h"

#include "model/version-slice.h"

/* What a byte weighs outside of numbers: `~` before the end of the part, letters before everything else. */
static int weigh(char c)
{
  if (c == '~')
    return -1;
  if (c == '\0' || g_ascii_isdigit(c))
    return 0;
  return g_ascii_isalpha(c) ? c : (signed char)c + 256;
}

static gboolean is_text(CrSlice slice)
{
  return slice.at < slice.end && !g_ascii_isdigit(*slice.at);
}

/* One part: text and numbers in turns. */
static int compare_part(CrSlice a, CrSlice b)
{
  while (a.at < a.end || b.at < b.end) {
    while (is_text(a) || is_text(b)) {
      int order = weigh(cr_slice_peek(a)) - weigh(cr_slice_peek(b));
      if (order)
        return order;
      a.at++;
      b.at++;
    }
    int order = cr_slice_compare_numbers(cr_slice_take_digits(&a), cr_slice_take_digits(&b));
    if (order)
      return order;
  }
  return 0;
}

/* dpkg takes blanks around a version as not there. */
static CrVersionParts cut(const char *text)
{
  while (g_ascii_isspace(*text))
    text++;
  const char *end = text + strlen(text);
  while (end > text && g_ascii_isspace(end[-1]))
    end--;
  return cr_version_cut(text, end);
}

int cr_version_compare_deb(const char *a, const char *b)
{
  CrVersionParts pa = cut(a), pb = cut(b);
  int order = cr_slice_compare_numbers(pa.epoch, pb.epoch);
  if (!order)
    order = compare_part(pa.version, pb.version);
  return order ? order : compare_part(pa.release, pb.release); /* no revision is the revision "" and equals "0" */
}
