/* SPDX-License-Identifier: Apache-2.0 */
#include "image/registry.h"

/* A challenge as one line: scheme|realm|service|scope|error, and ';' behind each. */
static char *format(const char *header)
{
  g_autoptr(GPtrArray) challenges = cr_challenges_parse(header);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < challenges->len; i++) {
    const CrChallenge *c = challenges->pdata[i];
    const char *const parts[] = {c->scheme, c->realm, c->service, c->scope, c->problem};
    for (guint p = 0; p < G_N_ELEMENTS(parts); p++)
      g_string_append_printf(text, "%s%s", p ? "|" : "", parts[p] ? parts[p] : "");
    g_string_append_c(text, ';');
  }
  return g_strdup(text->str);
}

static void test_parse(void)
{
  static const struct {
    const char *header, *want;
  } rows[] = {
      {"Basic realm=\"Registry Realm\"", "basic|Registry Realm|||;"},
      {"Bearer "
       "realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"",
       "bearer|https://auth.docker.io/token|registry.docker.io|repository:a/b:pull,push|;"},
      {"bearer Realm = \"x\" , SERVICE=y,error=\"invalid_token\"", "bearer|x|y||invalid_token;"},
      {"Negotiate, Basic realm=\"a, Bearer b\", Bearer realm=\"c\"", "negotiate||||;basic|a, Bearer b|||;bearer|c|||;"},
      {"Basic realm=\"with \\\"quotes\\\" and \\\\\"", "basic|with \"quotes\" and \\|||;"},
      {"Bearer realm=\"one\",realm=\"two\"", "bearer|one|||;"}, /* the first counts */
      {"Bearer realm=\"\"", "bearer||||;"},
      {"Basic", "basic||||;"},
      {"Bearer realm=\"not ended", "bearer||||;"},
      {"Bearer realm=", "bearer||||;"},
      {"realm=\"x\"", ""},
      {"", ""},
      {" , ,", ""},
      {"@", ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *have = format(rows[i].header);
    g_assert_cmpstr(have, ==, rows[i].want);
  }
}

/* Nobody's header is long; a hostile one costs no more than its length. */
static void test_many(void)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < 10000; i++)
    g_string_append(text, "Basic realm=\"x\", ");
  g_autoptr(GPtrArray) challenges = cr_challenges_parse(text->str);
  g_assert_cmpuint(challenges->len, ==, 16);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/registry-challenge/parse", test_parse);
  g_test_add_func("/registry-challenge/many", test_many);
  return g_test_run();
}
