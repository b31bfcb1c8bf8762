/* SPDX-License-Identifier: Apache-2.0 */
/* Composer: versions are brought to one form as composer/semver's VersionParser::normalize does (four numbers, or a
 * date; one word for stability; "-dev"), and that form compares as PHP's version_compare(). What cannot be brought to
 * it compares as it stands. */
#include "model/version.h"

#include "model/version-slice.h"

/* ---- version_compare() ---- */

/* The places of PHP's words; what starts like none of them is older than all. A number stands between. */
#define NUMBER 4

static int rank(CrSlice word)
{
  static const struct {
    const char *start;
    int rank;
  } words[] = {{"dev", 0}, {"alpha", 1}, {"a", 1},      {"beta", 2}, {"b", 2},
               {"RC", 3},  {"rc", 3},    {"#", NUMBER}, {"pl", 5},   {"p", 5}};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    gsize length = strlen(words[i].start);
    if (cr_slice_length(word) >= length && !memcmp(word.at, words[i].start, length))
      return words[i].rank;
  }
  return -1;
}

/* The next run of digits or of other letters; empty at the end. All other bytes are separators. */
static CrSlice take_part(CrSlice *rest)
{
  while (rest->at < rest->end && !g_ascii_isalnum(*rest->at))
    rest->at++;
  return g_ascii_isdigit(cr_slice_peek(*rest)) ? cr_slice_take_digits(rest) : cr_slice_take_letters(rest);
}

static gboolean is_number(CrSlice part)
{
  return g_ascii_isdigit(cr_slice_peek(part)) != 0;
}

/* A part against nothing: a number more is newer. */
static int compare_to_end(CrSlice part)
{
  if (!cr_slice_length(part))
    return 0;
  if (is_number(part))
    return 1;
  return rank(part) > NUMBER ? 1 : -1;
}

static int compare_php(CrSlice a, CrSlice b)
{
  for (;;) {
    CrSlice part_a = take_part(&a), part_b = take_part(&b);
    if (!cr_slice_length(part_a) || !cr_slice_length(part_b))
      return compare_to_end(part_a) - compare_to_end(part_b);
    int order = 0;
    if (is_number(part_a) && is_number(part_b))
      order = cr_slice_compare_numbers(part_a, part_b);
    else
      order = (is_number(part_a) ? NUMBER : rank(part_a)) - (is_number(part_b) ? NUMBER : rank(part_b));
    if (order)
      return order;
  }
}

/* ---- normalize() ---- */

/* Versions up to this many bytes take no memory. */
#define TEXT_INSIDE 128
/* What the one form may have more than the version: ".9999999" for each of four numbers, "-alpha" for "a". */
#define TEXT_MORE 48

typedef struct {
  char *text;
  gsize length;
  char inside[TEXT_INSIDE + TEXT_MORE];
} Form;

static void append(Form *form, CrSlice bytes)
{
  memcpy(form->text + form->length, bytes.at, cr_slice_length(bytes));
  form->length += cr_slice_length(bytes);
}

static void append_text(Form *form, const char *text)
{
  append(form, cr_slice(text, text + strlen(text)));
}

static gboolean take_word(CrSlice *slice, const char *word)
{
  gsize length = strlen(word);
  if (cr_slice_length(*slice) < length || g_ascii_strncasecmp(slice->at, word, length) != 0)
    return FALSE;
  slice->at += length;
  return TRUE;
}

static gboolean take_one_of(CrSlice *slice, const char *bytes)
{
  if (slice->at == slice->end || !strchr(bytes, *slice->at))
    return FALSE;
  slice->at++;
  return TRUE;
}

/* "((?:[.-]?\d+)*)": the numbers behind a word, without what separates them from it. */
static CrSlice take_word_numbers(CrSlice *slice)
{
  CrSlice numbers = cr_slice(slice->at, slice->at);
  for (;;) {
    CrSlice rest = *slice;
    take_one_of(&rest, ".-");
    CrSlice digits = cr_slice_take_digits(&rest);
    if (!cr_slice_length(digits))
      return numbers;
    if (!cr_slice_length(numbers))
      numbers.at = digits.at;
    numbers.end = digits.end;
    *slice = rest;
  }
}

/* "[._-]?(word numbers)?([.-]?dev)?" up to the end; appends its one form. FALSE: there is something else. */
static gboolean append_modifier(Form *form, CrSlice rest)
{
  static const struct {
    const char *word, *form;
  } words[] = {{"stable", NULL}, {"beta", "-beta"},   {"b", "-beta"},   {"rc", "-RC"},  {"alpha", "-alpha"},
               {"a", "-alpha"},  {"patch", "-patch"}, {"pl", "-patch"}, {"p", "-patch"}};
  take_one_of(&rest, "._-");
  const char *word = NULL;
  gboolean stable = FALSE;
  CrSlice numbers = cr_slice(rest.at, rest.at);
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (take_word(&rest, words[i].word)) {
      word = words[i].form;
      stable = !word;
      numbers = take_word_numbers(&rest);
      break;
    }
  CrSlice tail = rest;
  take_one_of(&tail, ".-");
  gboolean dev = take_word(&tail, "dev");
  if (dev)
    rest = tail;
  if (rest.at < rest.end)
    return FALSE;
  if (word) {
    append_text(form, word);
    append(form, numbers);
  }
  if (dev && !stable)
    append_text(form, "-dev");
  return TRUE;
}

/* Up to four numbers with dots, the first of up to five digits; those left out are MISSING. Moves TEXT behind them.
 * ANY: "x", "X" and "*" are numbers too, and very large. */
static gboolean append_numbers(Form *form, CrSlice *text, const char *missing, gboolean any)
{
  CrSlice digits = cr_slice_take_digits(text);
  if (!cr_slice_length(digits) || (!any && cr_slice_length(digits) > 5))
    return FALSE;
  append(form, digits);
  for (guint i = 1; i < 4; i++) {
    CrSlice rest = *text;
    gboolean dot = take_one_of(&rest, ".");
    digits = cr_slice_take_digits(&rest);
    gboolean star = dot && any && !cr_slice_length(digits) && take_one_of(&rest, "xX*");
    if (dot && (star || cr_slice_length(digits))) {
      append_text(form, ".");
      append(form, digits);
      if (star)
        append_text(form, "9999999");
      *text = rest;
    } else
      append_text(form, missing);
  }
  return TRUE;
}

/* "\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3})?": a date, perhaps with a time. Moves TEXT behind it. */
static gboolean append_date(Form *form, CrSlice *text)
{
  CrSlice run = cr_slice_take_digits(text);
  if (cr_slice_length(run) < 4)
    return FALSE;
  gsize pairs = 0, digits = cr_slice_length(run) - 4;
  append(form, run);
  for (;;) {
    CrSlice rest = *text;
    if (!take_one_of(&rest, ".:-"))
      break;
    run = cr_slice_take_digits(&rest);
    if (!cr_slice_length(run))
      break;
    if (digits % 2)
      return FALSE; /* only the last run may have an odd digit */
    pairs += digits / 2;
    digits = cr_slice_length(run);
    append_text(form, ".");
    append(form, run);
    *text = rest;
  }
  pairs += digits / 2;
  gboolean spare = digits >= 2 + digits % 2; /* of the last run up to three digits may be more than pairs */
  return (pairs >= 1 && pairs <= 6) || (spare && pairs >= 2 && pairs <= 7);
}

/* TEXT's one form; FALSE: it has none. */
static gboolean normalize(Form *form, CrSlice text)
{
  static const char *const branches[] = {"master", "trunk", "default"};
  CrSlice rest = text;
  for (guint i = 0; i < G_N_ELEMENTS(branches); i++)
    if (!cr_slice_compare_bytes(text, cr_slice(branches[i], branches[i] + strlen(branches[i])))) {
      append_text(form, "dev-");
      append(form, text);
      return TRUE;
    }
  if (take_word(&rest, "dev-")) {
    append_text(form, "dev-");
    append(form, rest);
    return TRUE;
  }
  const char *plus = memchr(text.at, '+', cr_slice_length(text));
  if (plus && plus > text.at && plus + 1 < text.end)
    text.end = plus; /* build metadata */
  take_word(&text, "v");
  rest = text;
  if (append_numbers(form, &rest, ".0", FALSE) && append_modifier(form, rest))
    return TRUE;
  form->length = 0;
  rest = text;
  if (append_date(form, &rest) && append_modifier(form, rest))
    return TRUE;
  form->length = 0;
  rest = text;
  if (!append_numbers(form, &rest, ".9999999", TRUE)) /* "2.x-dev" */
    return FALSE;
  take_one_of(&rest, ".-");
  append_text(form, "-dev");
  return take_word(&rest, "dev") && rest.at == rest.end;
}

static CrSlice trim(const char *text)
{
  static const char *const stabilities[] = {"@stable", "@RC", "@beta", "@alpha", "@dev"};
  CrSlice slice = cr_slice(text, text + strlen(text));
  while (slice.at < slice.end && g_ascii_isspace(*slice.at))
    slice.at++;
  while (slice.at < slice.end && g_ascii_isspace(slice.end[-1]))
    slice.end--;
  for (guint i = 0; i < G_N_ELEMENTS(stabilities); i++) {
    gsize length = strlen(stabilities[i]);
    if (cr_slice_length(slice) > length && !g_ascii_strncasecmp(slice.end - length, stabilities[i], length)) {
      slice.end -= length;
      break;
    }
  }
  return slice;
}

/* FORM holds the result when it is not TEXT's own bytes. */
static CrSlice form_init(Form *form, const char *text)
{
  CrSlice slice = trim(text);
  gsize length = cr_slice_length(slice);
  form->length = 0;
  form->text = length <= TEXT_INSIDE ? form->inside : g_malloc(length + TEXT_MORE);
  return normalize(form, slice) ? cr_slice(form->text, form->text + form->length) : slice;
}

static void form_clear(Form *form)
{
  if (form->text != form->inside)
    g_free(form->text);
}

int cr_version_compare_composer(const char *a, const char *b)
{
  Form fa, fb;
  CrSlice one = form_init(&fa, a), other = form_init(&fb, b);
  int order = compare_php(one, other);
  form_clear(&fa);
  form_clear(&fb);
  return order;
}
