/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate: challenges, each a scheme and its parameters, in one list whose commas separate both:
 *   Basic realm="x", Bearer realm="https://auth.example/token",service="s",scope="repository:a/b:pull,push"
 * A word with '=' behind it is a parameter of the scheme before, a word with a blank or the end behind it a scheme. */
#include <string.h>

#include "image/registry.h"

#define CHALLENGES 16U /* nobody sends more than two */
#define TOKEN      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void challenge_free(CrChallenge *challenge)
{
  g_free(challenge->scheme);
  g_free(challenge->realm);
  g_free(challenge->service);
  g_free(challenge->scope);
  g_free(challenge->problem);
  g_free(challenge);
}

typedef struct {
  const char *at;
} Text;

static void skip_blanks(Text *text, const char *blanks)
{
  text->at += strspn(text->at, blanks);
}

/* A token, or NULL where there is none. */
static char *take_token(Text *text)
{
  gsize length = strspn(text->at, TOKEN);
  char *token = length ? g_strndup(text->at, length) : NULL;
  text->at += length;
  return token;
}

/* A token or a quoted string; NULL where it does not end. */
static char *take_value(Text *text)
{
  if (*text->at != '"')
    return take_token(text);
  g_autoptr(GString) value = g_string_new(NULL);
  for (text->at++; *text->at && *text->at != '"'; text->at++) {
    if (*text->at == '\\' && text->at[1])
      text->at++;
    g_string_append_c(value, *text->at);
  }
  if (*text->at != '"')
    return NULL;
  text->at++;
  return g_strdup(value->str);
}

static void set_parameter(CrChallenge *challenge, const char *name, char *value)
{
  const struct {
    const char *name;
    char **field;
  } rows[] = {{"realm", &challenge->realm},
              {"service", &challenge->service},
              {"scope", &challenge->scope},
              {"error", &challenge->problem}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (g_ascii_strcasecmp(name, rows[i].name) == 0 && !*rows[i].field) {
      *rows[i].field = value;
      return;
    }
  }
  g_free(value);
}

GPtrArray *cr_challenges_parse(const char *header)
{
  GPtrArray *challenges = g_ptr_array_new_with_free_func((GDestroyNotify)challenge_free);
  Text text = {header};
  CrChallenge *now = NULL;
  for (;;) {
    skip_blanks(&text, " \t,");
    g_autofree char *word = take_token(&text);
    if (!word)
      return challenges;
    const char *behind = text.at;
    skip_blanks(&text, " \t");
    gboolean parameter = *text.at == '=' && now;
    if (parameter) {
      text.at++;
      skip_blanks(&text, " \t");
      char *value = take_value(&text);
      if (!value)
        return challenges;
      set_parameter(now, word, value);
    } else if ((behind != text.at || !*text.at || *text.at == ',') && challenges->len < CHALLENGES) {
      now = g_new0(CrChallenge, 1);
      now->scheme = g_ascii_strdown(word, -1);
      g_ptr_array_add(challenges, now);
    } else {
      return challenges;
    }
  }
}
