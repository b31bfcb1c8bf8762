/* SPDX-License-Identifier: Apache-2.0 */
/* apk-tools 2.14: number{.number}…{letter}{_suffix{number}}…{-rnumber}. */
#include "model/version.h"

#include "model/version-slice.h"

/* What may come next. Where two versions are equal up to a place and go on in different ways, the later kind of this
 * list is the older version (but for suffixes of pre-releases): 1.0 < 1.0-r1 < 1.0_p1 < 1.0a < 1.0.1. */
typedef enum {
  NEXT_INVALID,
  NEXT_FRACTION, /* a number behind a dot: zeros in front make it smaller, as in a decimal fraction */
  NEXT_NUMBER,
  NEXT_LETTER,
  NEXT_SUFFIX,
  NEXT_SUFFIX_NUMBER,
  NEXT_REVISION,
  NEXT_END,
} Next;

/* Digits above this make apk call the version malformed. */
#define DIGITS_MAX 17

static const char *const pre_release[] = {"alpha", "beta", "pre", "rc"};
static const char *const post_release[] = {"cvs", "svn", "git", "hg", "p"};

/* A version being read: what is next, and the rest of the text from there (behind its lead: ".", "_", "-r"). */
typedef struct {
  Next next;
  CrSlice rest;
} Cursor;

/* May NEXT follow NOW? Kinds only rise, but for further numbers, and for suffixes behind a numbered one. */
static gboolean may_follow(Next now, Next next)
{
  return next >= now || (next == NEXT_FRACTION && now == NEXT_NUMBER) || (next == NEXT_NUMBER && now == NEXT_LETTER) ||
         (next == NEXT_SUFFIX && now == NEXT_SUFFIX_NUMBER);
}

/* Behind a part of kind NOW. */
static Cursor go_on(Next now, CrSlice rest)
{
  Next next = NEXT_INVALID;
  char c = cr_slice_peek(rest), after = rest.end - rest.at > 1 ? rest.at[1] : '\0';
  gsize lead = 0;
  if (rest.at == rest.end)
    next = NEXT_END;
  else if ((now == NEXT_FRACTION || now == NEXT_NUMBER) && g_ascii_islower(c))
    next = NEXT_LETTER;
  else if ((now == NEXT_LETTER || now == NEXT_SUFFIX) && g_ascii_isdigit(c))
    next = now == NEXT_LETTER ? NEXT_NUMBER : NEXT_SUFFIX_NUMBER;
  else if (c == '.' || c == '_') {
    next = c == '.' ? NEXT_FRACTION : NEXT_SUFFIX;
    lead = 1;
  } else if (c == '-' && after == 'r') {
    next = NEXT_REVISION;
    lead = 2;
  }
  rest.at += lead;
  return (Cursor){may_follow(now, next) ? next : NEXT_INVALID, rest};
}

static gint64 take_invalid(Cursor *cursor)
{
  cursor->next = NEXT_INVALID;
  return -1;
}

static gint64 take_number(Cursor *cursor)
{
  CrSlice digits = cr_slice_take_digits(&cursor->rest);
  if (cr_slice_length(digits) > DIGITS_MAX)
    return take_invalid(cursor);
  gint64 value = 0;
  for (; digits.at < digits.end; digits.at++)
    value = value * 10 + (*digits.at - '0');
  *cursor = go_on(cursor->next, cursor->rest);
  return value;
}

/* Zeros in front are a part of their own, the more of them the older; the digits behind them, perhaps none,
 * follow as a number. */
static gint64 take_fraction(Cursor *cursor)
{
  gint64 zeros = 0;
  for (; cr_slice_peek(cursor->rest) == '0'; cursor->rest.at++)
    zeros++;
  if (!zeros)
    return take_number(cursor);
  cursor->next = NEXT_NUMBER;
  return -zeros;
}

static gint64 take_letter(Cursor *cursor)
{
  gint64 value = (guint8)*cursor->rest.at++;
  *cursor = go_on(NEXT_LETTER, cursor->rest);
  return value;
}

static gboolean take_word(CrSlice *slice, const char *word)
{
  gsize length = strlen(word);
  if (cr_slice_length(*slice) < length || memcmp(slice->at, word, length) != 0)
    return FALSE;
  slice->at += length;
  return TRUE;
}

/* Below zero for a pre-release. */
static gint64 take_suffix(Cursor *cursor)
{
  for (guint pass = 0; pass < 2; pass++) {
    const char *const *words = pass ? post_release : pre_release;
    gint64 count = pass ? (gint64)G_N_ELEMENTS(post_release) : (gint64)G_N_ELEMENTS(pre_release);
    for (gint64 i = 0; i < count; i++)
      if (take_word(&cursor->rest, words[i])) {
        *cursor = go_on(NEXT_SUFFIX, cursor->rest);
        return pass ? i : i - count;
      }
  }
  return take_invalid(cursor);
}

static gint64 take_end(Cursor *cursor)
{
  cursor->next = NEXT_END;
  return 0;
}

static gint64 (*const takers[])(Cursor *) = {
    [NEXT_INVALID] = take_invalid, [NEXT_FRACTION] = take_fraction, [NEXT_NUMBER] = take_number,
    [NEXT_LETTER] = take_letter,   [NEXT_SUFFIX] = take_suffix,     [NEXT_SUFFIX_NUMBER] = take_number,
    [NEXT_REVISION] = take_number, [NEXT_END] = take_end,
};

static gint64 take(Cursor *cursor)
{
  return cursor->rest.at == cursor->rest.end ? take_end(cursor) : takers[cursor->next](cursor);
}

static gboolean is_pre_release(Cursor cursor)
{
  return cursor.next == NEXT_SUFFIX && take(&cursor) < 0;
}

int cr_version_compare_apk(const char *a, const char *b)
{
  Cursor ca = {NEXT_NUMBER, cr_slice(a, a + strlen(a))}, cb = {NEXT_NUMBER, cr_slice(b, b + strlen(b))};
  gint64 va = 0, vb = 0;
  while (va == vb && ca.next == cb.next && ca.next != NEXT_END && ca.next != NEXT_INVALID) {
    va = take(&ca);
    vb = take(&cb);
  }
  if (va != vb)
    return va < vb ? -1 : 1;
  if (ca.next == cb.next)
    return 0;
  if (is_pre_release(ca))
    return -1;
  if (is_pre_release(cb))
    return 1;
  return ca.next > cb.next ? -1 : 1;
}
