/* SPDX-License-Identifier: Apache-2.0 */
/* RubyGems' Gem::Version (rubygems/version.rb): segments are runs of digits or letters, a dash is the segment "pre",
 * letters are older than numbers, and zeros at the end of the numbers in front do not count. */
#include "model/version.h"

#include "model/version-slice.h"

typedef struct {
  CrSlice rest;
  gboolean seen_letters;
  const char *counted; /* zeros in front of this place are known to count */
} Cursor;

/* The next segment; an empty one at the end. */
static CrSlice take_segment(CrSlice *rest)
{
  static const char dash[] = "pre";
  while (rest->at < rest->end && !g_ascii_isalnum(*rest->at))
    if (*rest->at++ == '-')
      return cr_slice(dash, dash + strlen(dash));
  return g_ascii_isdigit(cr_slice_peek(*rest)) ? cr_slice_take_digits(rest) : cr_slice_take_letters(rest);
}

static gboolean is_letters(CrSlice segment)
{
  return g_ascii_isalpha(cr_slice_peek(segment)) != 0;
}

static gboolean is_zero(CrSlice segment)
{
  const char *start = segment.at;
  while (cr_slice_peek(segment) == '0')
    segment.at++;
  return segment.at > start && segment.at == segment.end;
}

/* As take_segment, but that zeros between the numbers in front and the first letters are left out. (Those before the
 * end may stay: what is missing counts as 0.) */
static CrSlice take(Cursor *cursor)
{
  CrSlice segment = take_segment(&cursor->rest);
  if (!cursor->seen_letters && is_zero(segment) && cursor->rest.at > cursor->counted) {
    CrSlice ahead = cursor->rest, next = take_segment(&ahead);
    while (is_zero(next))
      next = take_segment(&ahead);
    if (is_letters(next)) {
      segment = next;
      cursor->rest = ahead;
    } else
      cursor->counted = ahead.at;
  }
  cursor->seen_letters = cursor->seen_letters || is_letters(segment);
  return segment;
}

int cr_version_compare_gem(const char *a, const char *b)
{
  Cursor ca = {.rest = cr_slice(a, a + strlen(a)), .counted = a},
         cb = {.rest = cr_slice(b, b + strlen(b)), .counted = b};
  for (;;) {
    CrSlice sa = take(&ca), sb = take(&cb);
    if (!cr_slice_length(sa) && !cr_slice_length(sb))
      return 0;
    gboolean letters_a = is_letters(sa), letters_b = is_letters(sb);
    if (letters_a != letters_b)
      return letters_a ? -1 : 1;
    int order = letters_a ? cr_slice_compare_bytes(sa, sb) : cr_slice_compare_numbers(sa, sb);
    if (order)
      return order;
  }
}
