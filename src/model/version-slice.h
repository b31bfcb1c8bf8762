/* SPDX-License-Identifier: Apache-2.0 */
/* Inside model/version-*.c: a stretch of a version, and the steps that every order takes over it. Bytes are ASCII or
 * something else; the locale has no say. */
#pragma once
#include <glib.h>
#include <string.h>

typedef struct {
  const char *at, *end;
} CrSlice;

static inline CrSlice cr_slice(const char *start, const char *end)
{
  return (CrSlice){start, end};
}

/* The byte in front, or NUL at the end. */
static inline char cr_slice_peek(CrSlice slice)
{
  return slice.at < slice.end ? *slice.at : '\0';
}

static inline gsize cr_slice_length(CrSlice slice)
{
  return (gsize)(slice.end - slice.at);
}

/* The run of bytes of one class in front; SLICE moves behind it. */
static inline CrSlice cr_slice_take_digits(CrSlice *slice)
{
  const char *start = slice->at;
  while (g_ascii_isdigit(cr_slice_peek(*slice)))
    slice->at++;
  return cr_slice(start, slice->at);
}

static inline CrSlice cr_slice_take_letters(CrSlice *slice)
{
  const char *start = slice->at;
  while (g_ascii_isalpha(cr_slice_peek(*slice)))
    slice->at++;
  return cr_slice(start, slice->at);
}

/* As strcmp of two stretches. */
static inline int cr_slice_compare_bytes(CrSlice a, CrSlice b)
{
  gsize both = MIN(cr_slice_length(a), cr_slice_length(b));
  int order = both ? memcmp(a.at, b.at, both) : 0; /* an empty one may be nowhere */
  return order ? order : (cr_slice_length(a) > cr_slice_length(b)) - (cr_slice_length(a) < cr_slice_length(b));
}

/* The same without regard to the case of ASCII letters. */
static inline int cr_slice_compare_folded(CrSlice a, CrSlice b)
{
  for (; a.at < a.end && b.at < b.end; a.at++, b.at++) {
    int order = (guint8)g_ascii_tolower(*a.at) - (guint8)g_ascii_tolower(*b.at);
    if (order)
      return order;
  }
  return (a.at < a.end) - (b.at < b.end);
}

/* Two runs of digits as numbers of any length. */
static inline int cr_slice_compare_numbers(CrSlice a, CrSlice b)
{
  while (cr_slice_peek(a) == '0')
    a.at++;
  while (cr_slice_peek(b) == '0')
    b.at++;
  if (cr_slice_length(a) != cr_slice_length(b))
    return cr_slice_length(a) < cr_slice_length(b) ? -1 : 1;
  return cr_slice_compare_bytes(a, b);
}

/* "[digits:]version[-rest]". An empty number before the colon counts as none. */
typedef struct {
  CrSlice epoch, version, release;
  gboolean has_release;
} CrVersionParts;

static inline CrVersionParts cr_version_cut(const char *text, const char *end)
{
  CrSlice all = cr_slice(text, end);
  CrVersionParts parts = {.epoch = cr_slice_take_digits(&all)};
  if (cr_slice_peek(all) == ':')
    all.at++;
  else {
    parts.epoch = cr_slice(text, text);
    all.at = text;
  }
  const char *dash = all.at < all.end ? memrchr(all.at, '-', cr_slice_length(all)) : NULL;
  parts.has_release = dash != NULL;
  parts.version = cr_slice(all.at, dash ? dash : all.end);
  parts.release = dash ? cr_slice(dash + 1, all.end) : cr_slice(all.end, all.end);
  return parts;
}
