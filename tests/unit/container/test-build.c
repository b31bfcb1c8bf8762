/* SPDX-License-Identifier: Apache-2.0 */
#include "container/build.h"

#include <string.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
  const char *what, *lines[4], *id, *why, *log;
} rows[] = {
    {"built",
     {"{\"stream\":\"Step 1/1 : FROM a\"}", "{\"stream\":\"\\n\"}", "{\"aux\":{\"ID\":\"sha256:" HEX "\"}}"},
     "sha256:" HEX,
     NULL,
     "Step 1/1 : FROM a\n"},
    {"failed",
     {"{\"errorDetail\":{\"code\":7,\"message\":\"returned 7\"},\"error\":\"other\"}"},
     NULL,
     "returned 7",
     ""},
    {"failed, in the old words", {"{\"error\":\"no space\"}"}, NULL, "no space", ""},
    {"the first reason counts", {"{\"error\":\"a\"}", "{\"error\":\"b\"}"}, NULL, "a", ""},
    {"no ids", {"{\"aux\":{\"ID\":\"sha256:../../x\"}}", "{\"aux\":{\"ID\":7}}", "{\"aux\":[]}"}, NULL, NULL, ""},
    {"no objects", {"", "[]", "\"stream\"", "{\"stream\":"}, NULL, NULL, ""},
    {"failed, in the new words alone", {"{\"errorDetail\":{\"message\":\"no space\"}}"}, NULL, "no space", ""},
    {"failed, and no reason", {"{\"errorDetail\":{\"code\":1}}"}, NULL, "it gave no reason", ""},
    {"of other types", {"{\"stream\":{\"a\":1},\"error\":3,\"errorDetail\":\"x\"}"}, NULL, "x", ""},
    {"members that say nothing", {"{\"error\":\"\",\"errorDetail\":null}", "{\"errorDetail\":{}}"}, NULL, NULL, ""},
};

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    g_autoptr(CrBuildAnswer) answer = cr_build_answer_new();
    for (guint k = 0; k < G_N_ELEMENTS(rows[i].lines) && rows[i].lines[k]; k++)
      cr_build_answer_take(answer, rows[i].lines[k], strlen(rows[i].lines[k]), NULL, NULL);
    g_assert_cmpstr(answer->id, ==, rows[i].id);
    g_assert_cmpstr(answer->why, ==, rows[i].why);
    g_assert_cmpstr(answer->log->str, ==, rows[i].log);
  }
}

static void test_steps(void)
{
  static const char *const lines[] = {
      "{\"stream\":\" ---> 0123456789ab\\n\"}",  "{\"stream\":\" ---> Running in 0123456789ab\\n\"}",
      "{\"stream\":\" ---> 0123456789abc\\n\"}", "{\"stream\":\"x ---> 0123456789ab\\n\"}",
      "{\"stream\":\" ---> ba9876543210\\n\"}",  "{\"stream\":\" ---> \"}"};
  g_autoptr(CrBuildAnswer) answer = cr_build_answer_new();
  for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
    cr_build_answer_take(answer, lines[i], strlen(lines[i]), NULL, NULL);
  g_assert_cmpuint(answer->steps->len, ==, 2);
  g_assert_cmpstr(answer->steps->pdata[0], ==, "0123456789ab");
  g_assert_cmpstr(answer->steps->pdata[1], ==, "ba9876543210");
}

/* However much it says, the last of it stays. */
static void test_log_is_bounded(void)
{
  g_autoptr(CrBuildAnswer) answer = cr_build_answer_new();
  const char *line = "{\"stream\":\"0123456789abcdef\"}", *last = "{\"stream\":\"the end\"}";
  for (guint i = 0; i < 8192; i++)
    cr_build_answer_take(answer, line, strlen(line), NULL, NULL);
  cr_build_answer_take(answer, last, strlen(last), NULL, NULL);
  g_assert_cmpuint(answer->log->len, ==, CR_BUILD_LOG_BYTES);
  g_assert_true(g_str_has_suffix(answer->log->str, "the end"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/container/build/rows", test_rows);
  g_test_add_func("/container/build/steps", test_steps);
  g_test_add_func("/container/build/log-is-bounded", test_log_is_bounded);
  return g_test_run();
}
