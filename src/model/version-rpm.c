/* SPDX-License-Identifier: Apache-2.0 */
/* rpm-version(7), and pacman's elder copy of it. */
#include "model/version.h"

#include "model/version-slice.h"

#define DECIDED_NOT 2

static void skip_separators(CrSlice *slice, const char *special)
{
  while (slice->at < slice->end && !g_ascii_isalnum(*slice->at) && !(*slice->at && strchr(special, *slice->at)))
    slice->at++;
}

/* MARK in front of either: DECIDED_NOT with both moved behind it, or the order. A mark weighs LESS against anything
 * else, AT_END against the end. */
static int compare_mark(CrSlice *a, CrSlice *b, char mark, int less, int at_end)
{
  gboolean in_a = cr_slice_peek(*a) == mark, in_b = cr_slice_peek(*b) == mark;
  if (in_a && in_b) {
    a->at++;
    b->at++;
    return DECIDED_NOT;
  }
  CrSlice other = in_a ? *b : *a;
  int order = other.at < other.end ? less : at_end;
  return in_a ? order : -order;
}

/* One segment, all digits or all letters; the kind is that of A's first byte. A number is newer than letters. */
static int compare_segment(CrSlice *a, CrSlice *b)
{
  gboolean number = g_ascii_isdigit(cr_slice_peek(*a)) != 0;
  if (number != (g_ascii_isdigit(cr_slice_peek(*b)) != 0))
    return number ? 1 : -1;
  if (number)
    return cr_slice_compare_numbers(cr_slice_take_digits(a), cr_slice_take_digits(b));
  return cr_slice_compare_bytes(cr_slice_take_letters(a), cr_slice_take_letters(b));
}

/* Version or release alone. `~` is older than the end, `^` newer than the end and older than anything else. */
static int compare_part(CrSlice a, CrSlice b)
{
  while (a.at < a.end || b.at < b.end) {
    skip_separators(&a, "~^");
    skip_separators(&b, "~^");
    char ca = cr_slice_peek(a), cb = cr_slice_peek(b);
    if (ca == '~' || cb == '~' || ca == '^' || cb == '^') {
      gboolean tilde = ca == '~' || cb == '~';
      int order = tilde ? compare_mark(&a, &b, '~', -1, -1) : compare_mark(&a, &b, '^', -1, 1);
      if (order != DECIDED_NOT)
        return order;
      continue;
    }
    if (!ca || !cb)
      break;
    int order = compare_segment(&a, &b);
    if (order)
      return order;
  }
  return (a.at < a.end) - (b.at < b.end);
}

int cr_version_compare_rpm(const char *a, const char *b)
{
  CrVersionParts pa = cr_version_cut(a, a + strlen(a)), pb = cr_version_cut(b, b + strlen(b));
  int order = cr_slice_compare_numbers(pa.epoch, pb.epoch);
  if (!order)
    order = compare_part(pa.version, pb.version);
  if (!order && pa.has_release && pb.has_release)
    order = compare_part(pa.release, pb.release);
  else if (!order)
    order = pa.has_release - pb.has_release;
  return order;
}

/* pacman: the length of what separates two segments counts, and letters left over are older than the end ("1.0rc1"
 * before "1.0"). */
static int compare_part_pacman(CrSlice a, CrSlice b)
{
  if (!cr_slice_compare_bytes(a, b))
    return 0;
  while (a.at < a.end && b.at < b.end) {
    CrSlice before_a = a, before_b = b;
    skip_separators(&a, "");
    skip_separators(&b, "");
    if (a.at == a.end || b.at == b.end)
      break;
    if (a.at - before_a.at != b.at - before_b.at)
      return a.at - before_a.at < b.at - before_b.at ? -1 : 1;
    int order = compare_segment(&a, &b);
    if (order)
      return order;
  }
  char ca = cr_slice_peek(a), cb = cr_slice_peek(b);
  if (a.at == a.end && b.at == b.end)
    return 0;
  return (a.at == a.end && !g_ascii_isalpha(cb)) || g_ascii_isalpha(ca) ? -1 : 1;
}

int cr_version_compare_generic(const char *a, const char *b)
{
  CrVersionParts pa = cr_version_cut(a, a + strlen(a)), pb = cr_version_cut(b, b + strlen(b));
  int order = cr_slice_compare_numbers(pa.epoch, pb.epoch);
  if (!order)
    order = compare_part_pacman(pa.version, pb.version);
  if (!order && pa.has_release && pb.has_release)
    order = compare_part_pacman(pa.release, pb.release);
  return order;
}
