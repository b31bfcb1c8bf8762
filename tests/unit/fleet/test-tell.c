/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/tell.h"

#include <string.h>

#include "../remove.h"
#include "base/json.h"

static void add(GPtrArray *items, CrArena *arena, const char *kind, const char *key, const char *text, gboolean failure)
{
  CrTellItem *item = cr_arena_new0(arena, CrTellItem);
  *item = (CrTellItem){kind, key, text, failure};
  g_ptr_array_add(items, item);
}

static void expect(const GPtrArray *news, const char *texts)
{
  g_autoptr(GString) out = g_string_new(NULL);
  for (guint i = 0; i < news->len; i++) {
    const CrTellItem *item = news->pdata[i];
    g_string_append_printf(out, "%s %s|", item->kind, item->text);
  }
  g_assert_cmpstr(out->str, ==, texts);
}

static void test_choose(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) first = g_ptr_array_new(), second = g_ptr_array_new(), third = g_ptr_array_new();
  add(first, arena, "flaw", "flaw CVE-1 open", "one", FALSE);
  add(first, arena, "problem", "problem registry", "a registry\nis gone", TRUE);
  add(first, arena, "done", NULL, "patched", FALSE);
  g_autoptr(GPtrArray) all = cr_tell_choose(first, NULL, TRUE, arena);
  expect(all, "flaw one|problem a registry\nis gone|done patched|");
  g_autofree char *told = cr_tell_format_told(first, NULL, TRUE);
  g_assert_cmpstr(told, ==, "flaw CVE-1 open\nproblem registry\ta registry is gone\n");

  add(second, arena, "fixable", "flaw CVE-1 fixable", "one; fixed", FALSE);
  add(second, arena, "flaw", "flaw CVE-2 open", "two", FALSE);
  g_autoptr(GPtrArray) news = cr_tell_choose(second, told, TRUE, arena);
  expect(news, "fixable one; fixed|flaw two|well a registry is gone|");
  g_autofree char *again = cr_tell_format_told(second, told, TRUE);
  g_autoptr(GPtrArray) nothing = cr_tell_choose(second, again, TRUE, arena);
  expect(nothing, "");

  /* nothing could be looked at: what was known is not forgotten, and no trouble has ended */
  add(third, arena, "problem", "problem docker: ", "no engine", TRUE);
  g_autoptr(GPtrArray) outage = cr_tell_choose(third, told, FALSE, arena);
  expect(outage, "problem no engine|");
  g_autofree char *kept = cr_tell_format_told(third, told, FALSE);
  g_assert_cmpstr(kept, ==, "flaw CVE-1 open\nproblem docker: \tno engine\nproblem registry\ta registry is gone\n");
}

static void add_step(CrFleetPlan *plan, const char *id, CrAction action, const char *state, const char *reason)
{
  CrFleetStep *step = cr_arena_new0(plan->arena, CrFleetStep);
  *step = (CrFleetStep){.id = id,
                        .image_name = "shop/web:1",
                        .action = action,
                        .state = state,
                        .reason = reason,
                        .after = cr_strv_empty,
                        .containers = cr_strv_empty,
                        .held_containers = cr_strv_empty};
  g_ptr_array_add(plan->steps, step);
}

static void make_plan(CrFleetPlan *plan, const char *reason, const char *outage)
{
  add_step(plan, "patch a", CR_ACTION_PATCH, "failed", reason);
  add_step(plan, "patch b", CR_ACTION_PATCH, "rolled-back", "its new container was not well");
  add_step(plan, "patch c", CR_ACTION_PATCH, "planned", "");
  add_step(plan, "patch d", CR_ACTION_PATCH, "refused", "outside its window");
  cr_problems_add(plan->problems, CR_PROBLEM_PARTIAL, "docker", "%s", outage);
  cr_problems_add(plan->problems, CR_PROBLEM_NOTE, "record", "worth saying");
}

/* The same failure with other numbers in it is no news, nor is an outage that is worded otherwise; what was rolled back
 * happens each time anew. */
static void test_list(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-tell-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "record.db", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(file, TRUE, &error);
  g_assert_no_error(error);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrFleetPlan) first = cr_fleet_plan_new(0), second = cr_fleet_plan_new(0), third = cr_fleet_plan_new(0);
  make_plan(first, "layer sha256:0123456789abcdef: no space, 17 bytes short", "connection refused");
  make_plan(second, "layer sha256:fedcba9876543210: no space, 4711 bytes short", "no such file");
  make_plan(third, "its proof fails", "no such file");
  CrTelling telling = {.command = "apply", .record = record, .plan = first};
  g_autoptr(GPtrArray) items = cr_tell_list(&telling, arena, &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) news = cr_tell_choose(items, NULL, FALSE, arena);
  expect(news, "failed patch a: layer sha256:0123456789abcdef: no space, 17 bytes short|"
               "rolled-back patch b: its new container was not well|refused patch d: outside its window|"
               "problem docker: connection refused|");
  g_autofree char *told = cr_tell_format_told(items, NULL, FALSE);
  telling.plan = second;
  g_autoptr(GPtrArray) again = cr_tell_list(&telling, arena, &error);
  g_autoptr(GPtrArray) few = cr_tell_choose(again, told, FALSE, arena);
  expect(few, "rolled-back patch b: its new container was not well|");
  telling.plan = third;
  g_autoptr(GPtrArray) other = cr_tell_list(&telling, arena, &error);
  g_autoptr(GPtrArray) one = cr_tell_choose(other, told, FALSE, arena);
  expect(one, "failed patch a: its proof fails|rolled-back patch b: its new container was not well|");

  /* what came up while it was done is told, and has no end */
  cr_problems_add(third->problems, CR_PROBLEM_PARTIAL, "web", "a label is not heeded");
  telling.happened = 1;
  g_autoptr(GPtrArray) more = cr_tell_list(&telling, arena, &error);
  g_autofree char *known = cr_tell_format_told(more, told, TRUE);
  g_autoptr(GPtrArray) two = cr_tell_choose(more, known, TRUE, arena);
  expect(two, "rolled-back patch b: its new container was not well|problem web: a label is not heeded|");
}

/* What only uses one is named with it. */
static void test_with(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-tell-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "record.db", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(file, TRUE, &error);
  g_assert_no_error(error);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_new(0);
  static const char *const with[] = {"user (uses web)", "other (uses user)", NULL};
  CrFleetStep step = {.image_name = "shop/web:4"};
  CrFleetRollover over = {.container = "web", .state = "done", .why = "1.0 s", .step = &step, .with = with},
                  alone = {.container = "one", .state = "done", .step = &step};
  g_ptr_array_add(plan->rollovers, &over);
  g_ptr_array_add(plan->rollovers, &alone);
  CrTelling telling = {.command = "apply", .record = record, .plan = plan};
  g_autoptr(GPtrArray) items = cr_tell_list(&telling, arena, &error);
  g_assert_no_error(error);
  expect(items, "done container web (shop/web:4), with it user (uses web), other (uses user): 1.0 s|"
                "done container one (shop/web:4)|");
}

static char *read_text(const char *file)
{
  char *text = NULL;
  return g_file_get_contents(file, &text, NULL, NULL) ? text : g_strdup("");
}

/* What a target could not be told waits for it, once, and without what a terminal would do. */
static void test_untold(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-tell-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "record.db", NULL), *got = g_build_filename(folder, "got", NULL);
  g_autofree char *script = g_strdup_printf("cat >'%s' && test -e '%s/up'", got, folder);
  g_autofree char *up = g_build_filename(folder, "up", NULL);
  const char *command[] = {"/bin/sh", "-c", script, NULL};
  CrNotifyTarget target = {.kind = "command", .command = command};
  CrNotifyConfig config = {.targets = g_ptr_array_new(), .report = CR_REPORT_ON_CHANGE};
  g_ptr_array_add(config.targets, &target);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecord) record = cr_record_open(file, TRUE, &error);
  g_assert_no_error(error);
  g_autoptr(CrFleetPlan) first = cr_fleet_plan_new(0), second = cr_fleet_plan_new(0);
  add_step(first, "patch b", CR_ACTION_PATCH, "rolled-back", "not\n\033[31mwell");
  const CrApplied applied = {0};
  CrTelling telling = {.config = &config, .command = "apply", .record = record, .plan = first, .applied = &applied};
  guint told = 0, not_told = 0;
  cr_tell(&telling, &told, &not_told, first->problems);
  g_assert_cmpuint(told, ==, 0);
  g_assert_cmpuint(not_told, ==, 1);
  g_assert_cmpuint(cr_problems_get_count(first->problems), ==, 1);
  g_assert_true(g_file_set_contents(up, "", 0, NULL));
  telling.plan = second;
  for (guint i = 0; i < 2; i++) {
    cr_tell(&telling, &told, &not_told, second->problems);
    g_autofree char *text = read_text(got);
    g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "a notice", NULL);
    g_assert_cmpuint(told, ==, !i);
    g_assert_cmpuint(not_told, ==, 0);
    g_assert_nonnull(doc);
    g_assert_cmpuint(cr_json_get_length(cr_json_find(cr_json_get_root(doc), "earlier")), ==, 1);
    g_assert_nonnull(strstr(text, "rolled-back patch b: not\\\\n\\\\x1b[31mwell"));
    g_assert_nonnull(strstr(text, "\"failure\": true"));
  }
  g_assert_cmpuint(cr_problems_get_count(second->problems), ==, 0);
  g_ptr_array_unref(config.targets);
}

static void test_wrap(void)
{
  static const struct {
    const char *in, *out;
  } rows[] = {
      {"", ""},
      {"short\n\nlines\n", "short\n\nlines\n"},
      {"no end", "no end\n"},
      {"  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccc\n",
       "  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n      cccccccccc\n"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nb\n"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *out = cr_tell_wrap(rows[i].in);
    g_assert_cmpstr(out, ==, rows[i].out);
  }
  GString *blanks = g_string_new(NULL);
  for (guint i = 0; i < 5000; i++)
    g_string_append_c(blanks, ' ');
  g_string_append(blanks, "x");
  g_autofree char *out = cr_tell_wrap(blanks->str);
  g_assert_true(g_str_has_suffix(out, "x\n"));
  g_string_free(blanks, TRUE);
}

static void test_notice(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) news = g_ptr_array_new();
  const CrTelling telling = {.command = "apply", .now = 1764331200};
  add(news, arena, "done", NULL, "patch a\033[31m\nSubject: b", FALSE);
  for (guint i = 0; i < 50; i++)
    add(news, arena, "flaw", "k", "CVE", FALSE);
  add(news, arena, "rolled-back", NULL, "web", TRUE);
  CrNotice notice;
  cr_tell_format_notice(&telling, news, 0, FALSE, NULL, &notice);
  g_assert_true(notice.failure);
  g_assert_true(g_str_has_suffix(notice.subject, ": 1 rolled back, 1 done, 50 flaws without a fix"));
  g_assert_null(strchr(notice.text, '\033'));
  g_assert_null(strstr(notice.text, "\nSubject"));
  g_assert_nonnull(strstr(notice.text, "\n  and 10 more\n"));
  g_autoptr(CrJsonDoc) doc = cr_json_parse(notice.json, strlen(notice.json), "a notice", NULL);
  g_assert_cmpuint(cr_json_get_length(cr_json_find(cr_json_get_root(doc), "items")), ==, 52);
  cr_tell_clear_notice(&notice);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tell/choose", test_choose);
  g_test_add_func("/tell/list", test_list);
  g_test_add_func("/tell/with", test_with);
  g_test_add_func("/tell/untold", test_untold);
  g_test_add_func("/tell/wrap", test_wrap);
  g_test_add_func("/tell/notice", test_notice);
  return g_test_run();
}
