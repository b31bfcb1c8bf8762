/* SPDX-License-Identifier: Apache-2.0 */
/* Private to statements*.c: literals in the text of a script. AT moves on behind what was taken; END is the end of the
 * text, which has no NUL. */
#pragma once
#include <string.h>

#include "reach/script.h"

static inline gboolean cr_literal_is_word_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Is BYTE one of SET? strchr would find the end of SET for a NUL. */
static inline gboolean cr_literal_is_one_of(char byte, const char *set)
{
  return byte && strchr(set, byte) != NULL;
}

/* As strspn; the text ends without a NUL. */
void cr_literal_skip_any(const char **at, const char *end, const char *set);
void cr_literal_skip_blanks(const char **at, const char *end);
gboolean cr_literal_starts_with(const char *at, const char *end, const char *word);

/* The text up to CLOSE at *AT, which stands behind its opening; brackets nest. INTERPOLATES: what is put in from
 * variables is not known. What is taken is appended to OUT; FALSE: there is none. */
gboolean cr_literal_take_text(const char **at, const char *end, char close, gboolean interpolates, CrLanguage language,
                              GString *out);
/* A literal at *AT without interpolation. */
gboolean cr_literal_take(const char **at, const char *end, CrLanguage language, GString *out);
/* A name of modules: Foo::Bar, and Perl's own "5.010". */
gboolean cr_literal_take_bare(const char **at, const char *end, GString *out);
/* ["a", "b", …] or "a", "b", …: words until one is no literal, which becomes CR_WORD_UNKNOWN. */
void cr_literal_take_words(const char *at, const char *end, CrLanguage language, GString *out);
