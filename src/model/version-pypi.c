/* SPDX-License-Identifier: Apache-2.0 */
/* Python: the version specifiers specification (PEP 440), whole, in the reading of the `packaging` library: epochs,
 * alternative spellings, pre-, post- and development releases, local versions. What it does not allow (old uploads) is
 * older than everything that it allows, as setuptools had it; two such compare by their runs of digits and letters. */
#include "model/version.h"

#include "model/version-slice.h"

/* Where a version without a pre-release stands: before all of them when it is only a development release. */
typedef enum { PRE_DEVELOPMENT, PRE_ALPHA, PRE_BETA, PRE_CANDIDATE, PRE_NONE } Pre;

typedef struct {
  gboolean valid;
  CrSlice epoch, release;
  Pre pre;
  CrSlice pre_number;
  gboolean has_post, has_dev, has_local;
  CrSlice post, dev, local;
} Version;

static gboolean is_separator(char c)
{
  return c == '-' || c == '_' || c == '.';
}

static void skip_separator(CrSlice *slice)
{
  if (is_separator(cr_slice_peek(*slice)))
    slice->at++;
}

static gboolean take_word(CrSlice *slice, const char *word)
{
  gsize length = strlen(word);
  if (cr_slice_length(*slice) < length || g_ascii_strncasecmp(slice->at, word, length) != 0)
    return FALSE;
  slice->at += length;
  return TRUE;
}

/* "[-_.]WORD[-_.][digits]" with one of WORDS, of which a longer one stands before its own start. Its place, or -1 with
 * SLICE where it was. */
static int take_part(CrSlice *slice, const char *const *words, guint count, CrSlice *number)
{
  CrSlice rest = *slice;
  skip_separator(&rest);
  for (guint i = 0; i < count; i++)
    if (take_word(&rest, words[i])) {
      skip_separator(&rest); /* also with no number behind it: the next part needs none of its own */
      *number = cr_slice_take_digits(&rest);
      *slice = rest;
      return (int)i;
    }
  return -1;
}

static void take_pre(CrSlice *rest, Version *version)
{
  static const char *const words[] = {"alpha", "beta", "preview", "pre", "rc", "a", "b", "c"};
  static const Pre kinds[] = {PRE_ALPHA,     PRE_BETA,  PRE_CANDIDATE, PRE_CANDIDATE,
                              PRE_CANDIDATE, PRE_ALPHA, PRE_BETA,      PRE_CANDIDATE};
  int word = take_part(rest, words, G_N_ELEMENTS(words), &version->pre_number);
  version->pre = word < 0 ? PRE_NONE : kinds[word];
}

static void take_post(CrSlice *rest, Version *version)
{
  static const char *const words[] = {"post", "rev", "r"};
  CrSlice number = *rest;
  if (cr_slice_peek(number) == '-') { /* "1.0-1" */
    number.at++;
    version->post = cr_slice_take_digits(&number);
    if (cr_slice_length(version->post)) {
      *rest = number;
      version->has_post = TRUE;
      return;
    }
  }
  version->has_post = take_part(rest, words, G_N_ELEMENTS(words), &version->post) >= 0;
}

static gboolean is_local(CrSlice local)
{
  gboolean in_part = FALSE;
  for (; local.at < local.end; local.at++) {
    if (!g_ascii_isalnum(*local.at) && (!in_part || !is_separator(*local.at)))
      return FALSE;
    in_part = g_ascii_isalnum(*local.at) != 0;
  }
  return in_part;
}

static CrSlice trim(const char *text)
{
  CrSlice slice = cr_slice(text, text + strlen(text));
  while (slice.at < slice.end && g_ascii_isspace(*slice.at))
    slice.at++;
  while (slice.at < slice.end && g_ascii_isspace(slice.end[-1]))
    slice.end--;
  return slice;
}

static Version parse(const char *text)
{
  static const char *const dev[] = {"dev"};
  CrSlice rest = trim(text);
  Version version = {0};
  take_word(&rest, "v");
  CrSlice first = cr_slice_take_digits(&rest);
  if (cr_slice_length(first) && cr_slice_peek(rest) == '!') {
    rest.at++;
    version.epoch = first;
    first = cr_slice_take_digits(&rest);
  }
  if (!cr_slice_length(first))
    return version;
  while (rest.end - rest.at > 1 && rest.at[0] == '.' && g_ascii_isdigit(rest.at[1])) {
    rest.at++;
    cr_slice_take_digits(&rest);
  }
  version.release = cr_slice(first.at, rest.at);
  take_pre(&rest, &version);
  take_post(&rest, &version);
  version.has_dev = take_part(&rest, dev, G_N_ELEMENTS(dev), &version.dev) >= 0;
  if (version.pre == PRE_NONE && !version.has_post && version.has_dev)
    version.pre = PRE_DEVELOPMENT;
  version.has_local = cr_slice_peek(rest) == '+';
  version.local = cr_slice(rest.at + version.has_local, rest.end);
  version.valid = version.has_local ? is_local(version.local) : rest.at == rest.end;
  return version;
}

/* Numbers left out count as 0. */
static int compare_release(CrSlice a, CrSlice b)
{
  while (a.at < a.end || b.at < b.end) {
    int order = cr_slice_compare_numbers(cr_slice_take_digits(&a), cr_slice_take_digits(&b));
    if (order)
      return order;
    skip_separator(&a);
    skip_separator(&b);
  }
  return 0;
}

/* A part of a local version: with letters in it older than a number. */
static CrSlice take_local(CrSlice *local, gboolean *number)
{
  const char *start = local->at;
  *number = TRUE;
  for (; local->at < local->end && !is_separator(*local->at); local->at++)
    *number = *number && g_ascii_isdigit(*local->at);
  CrSlice part = cr_slice(start, local->at);
  skip_separator(local);
  return part;
}

static int compare_local(CrSlice a, CrSlice b)
{
  while (a.at < a.end && b.at < b.end) {
    gboolean number_a = FALSE, number_b = FALSE;
    CrSlice part_a = take_local(&a, &number_a), part_b = take_local(&b, &number_b);
    if (number_a != number_b)
      return number_a ? 1 : -1;
    int order = number_a ? cr_slice_compare_numbers(part_a, part_b) : cr_slice_compare_folded(part_a, part_b);
    if (order)
      return order;
  }
  return (a.at < a.end) - (b.at < b.end);
}

/* Versions that are none. */
static int compare_foreign(CrSlice a, CrSlice b)
{
  while (a.at < a.end || b.at < b.end) {
    if (cr_slice_peek(a) != '\0' && !g_ascii_isalnum(*a.at))
      a.at++;
    else if (cr_slice_peek(b) != '\0' && !g_ascii_isalnum(*b.at))
      b.at++;
    else {
      gboolean digit_a = g_ascii_isdigit(cr_slice_peek(a)) != 0, digit_b = g_ascii_isdigit(cr_slice_peek(b)) != 0;
      if (digit_a != digit_b)
        return digit_a ? 1 : -1;
      int order = digit_a ? cr_slice_compare_numbers(cr_slice_take_digits(&a), cr_slice_take_digits(&b))
                          : cr_slice_compare_folded(cr_slice_take_letters(&a), cr_slice_take_letters(&b));
      if (order)
        return order;
    }
  }
  return 0;
}

int cr_version_compare_pypi(const char *a, const char *b)
{
  Version va = parse(a), vb = parse(b);
  if (va.valid != vb.valid)
    return va.valid ? 1 : -1;
  if (!va.valid)
    return compare_foreign(trim(a), trim(b));
  int order = cr_slice_compare_numbers(va.epoch, vb.epoch);
  if (!order)
    order = compare_release(va.release, vb.release);
  if (!order)
    order = (va.pre > vb.pre) - (va.pre < vb.pre);
  if (!order)
    order = cr_slice_compare_numbers(va.pre_number, vb.pre_number);
  if (!order)
    order = va.has_post - vb.has_post;
  if (!order)
    order = cr_slice_compare_numbers(va.post, vb.post);
  if (!order)
    order = vb.has_dev - va.has_dev; /* a development release is older */
  if (!order)
    order = cr_slice_compare_numbers(va.dev, vb.dev);
  if (!order)
    order = va.has_local - vb.has_local;
  return order ? order : compare_local(va.local, vb.local);
}
