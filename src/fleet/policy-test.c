/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/policy-test.h"

#include <string.h>

#include "report/json-parts.h"
#include "report/table-parts.h"

CrPolicyTest *cr_policy_test_new(gint64 at)
{
  CrPolicyTest *test = g_new0(CrPolicyTest, 1);
  test->arena = cr_arena_new();
  test->at = at;
  test->images = g_ptr_array_new();
  test->problems = cr_problems_new();
  return test;
}

void cr_policy_test_free(CrPolicyTest *test)
{
  if (!test)
    return;
  for (guint i = 0; i < test->images->len; i++)
    g_ptr_array_unref(((CrPolicyTestImage *)test->images->pdata[i])->verdicts);
  g_ptr_array_unref(test->images);
  cr_problems_free(test->problems);
  cr_arena_free(test->arena);
  g_free(test);
}

static const char *name_policy(const CrFleetImage *image, const CrPolicy *policy, CrArena *arena)
{
  if (policy->name)
    return cr_arena_printf(arena, "policies: %s", policy->name);
  return image && image->config && image->config->policy == policy && image->config->own_policy ? "its own policy:"
                                                                                                : "policy:";
}

void cr_policy_test_add(CrPolicyTest *test, const CrFleetImage *image, const char *name, const CrPolicy *policy,
                        const CrScan *scan, const GError *error)
{
  CrArena *arena = test->arena;
  CrPolicyTestImage *it = cr_arena_new0(arena, CrPolicyTestImage);
  it->image = image;
  it->name = cr_arena_strdup(arena, name);
  it->policy = policy;
  it->policy_name = name_policy(image, policy, arena);
  it->error = error ? cr_arena_strdup(arena, error->message) : NULL;
  it->held = cr_policy_holds_image(policy, name);
  it->verdicts = g_ptr_array_new();
  g_ptr_array_add(test->images, it);
  g_autoptr(GPtrArray) verdicts = scan ? cr_policy_judge_updates(policy, scan, test->at, arena) : NULL;
  for (guint i = 0; verdicts && i < verdicts->len; i++) {
    const CrPolicyVerdict *verdict = verdicts->pdata[i];
    CrPolicyTestVerdict *kept = cr_arena_new0(arena, CrPolicyTestVerdict);
    *kept = (CrPolicyTestVerdict){
        .package = cr_arena_strdup(arena, verdict->update->package->name),
        .from = cr_arena_strdup(arena, verdict->update->package->version),
        .to = cr_arena_strdup(arena, verdict->update->candidate),
        .archive = cr_arena_strdup(arena, verdict->update->archive->name),
        .security = verdict->update->security,
        .wanted = verdict->wanted,
        .why = cr_arena_strdup(arena, verdict->why),
    };
    g_ptr_array_add(it->verdicts, kept);
  }
  if (scan)
    cr_problems_add_all_of(test->problems, name, scan->problems);
  if (error)
    cr_problems_add(test->problems, CR_PROBLEM_PARTIAL, name, "%s", error->message);
}

/* ---- the table ---- */

static char *format_time(gint64 seconds)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(seconds);
  return time ? g_date_time_format(time, "%a %Y-%m-%d %H:%M") : g_strdup("?");
}

static guint count_wanted(const CrPolicyTestImage *it)
{
  guint wanted = 0;
  for (guint i = 0; i < it->verdicts->len; i++)
    wanted += ((const CrPolicyTestVerdict *)it->verdicts->pdata[i])->wanted;
  return wanted;
}

static void write_time(CrText *text, const CrPolicyTest *test, const CrPolicyTestImage *it)
{
  g_autofree char *when = format_time(test->at), *why = NULL;
  gboolean open = cr_policy_allows_now(it->policy, test->at, FALSE, &why);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s  ", when);
  cr_text_span(text, open ? CR_STYLE_GREEN : CR_STYLE_YELLOW, "%s", open ? "it may act" : "it may not act");
  if (why)
    cr_text_span(text, CR_STYLE_PLAIN, ": %s", why);
  cr_text_end(text, 4);
}

static void write_verdicts(CrText *text, const CrPolicyTestImage *it, gboolean wanted, gboolean all)
{
  CrTextGrid *grid = NULL;
  guint left = 0;
  for (guint i = 0; i < it->verdicts->len; i++) {
    const CrPolicyTestVerdict *verdict = it->verdicts->pdata[i];
    if (verdict->wanted != wanted)
      continue;
    if (!wanted && !verdict->security && !all) {
      left++;
      continue;
    }
    if (!grid)
      grid = cr_text_grid_new(text, 3);
    g_autofree char *step = g_strdup_printf("%s → %s", verdict->from, verdict->to);
    g_autofree char *why = g_strdup_printf("%s: %s", wanted ? "yes" : "no", verdict->why);
    cr_text_grid_add(grid, verdict->package, step, why, NULL);
    cr_text_grid_style(grid, 2, wanted ? CR_STYLE_GREEN : CR_STYLE_YELLOW);
  }
  if (grid)
    cr_text_grid_end(grid);
  if (left) {
    cr_text_span(text, CR_STYLE_DIM, "  %u more update%s no security update%s: --all", left,
                 left == 1 ? " is" : "s are", left == 1 ? "" : "s");
    cr_text_end(text, 4);
  }
}

static void write_containers(CrText *text, const CrPolicyTestImage *it)
{
  for (guint i = 0; it->image && i < it->image->containers->len; i++) {
    const CrFleetContainer *container = it->image->containers->pdata[i];
    gboolean yes = container->may_recreate && container->policy->restart == CR_RESTART_AUTO;
    const char *why = !container->may_recreate || yes ? container->why : "restart: ask";
    cr_text_span(text, CR_STYLE_PLAIN, "  ● %s  ", container->container->name);
    cr_text_span(text, yes ? CR_STYLE_GREEN : CR_STYLE_YELLOW, "%s", yes ? "is re-created" : "stays");
    cr_text_span(text, CR_STYLE_DIM, " (%s)", why);
    cr_text_end(text, 4);
  }
}

static void write_image(CrText *text, const CrPolicyTest *test, const CrPolicyTestImage *it, gboolean all)
{
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_BOLD, "%s", it->name);
  cr_text_span(text, CR_STYLE_DIM, "  by %s", it->policy_name);
  if (it->held)
    cr_text_span(text, CR_STYLE_YELLOW, "  on hold by its name");
  else if (it->error)
    cr_text_span(text, CR_STYLE_YELLOW, "  could not be looked into");
  else
    cr_text_span(text, CR_STYLE_PLAIN, "  %u of %u update%s wanted", count_wanted(it), it->verdicts->len,
                 cr_table_plural(it->verdicts->len));
  cr_text_end(text, 4);
  write_time(text, test, it);
  write_verdicts(text, it, TRUE, all);
  write_verdicts(text, it, FALSE, all);
  write_containers(text, it);
}

void cr_policy_test_write_table(const CrPolicyTest *test, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  if (!test->images->len && cr_problems_are_complete(test->problems))
    cr_text_line(text, "no images: careen.yaml lists none, and no container runs");
  else if (!test->images->len)
    cr_text_line(text, "NOT ALL KNOWN   no images, as far as could be looked");
  for (guint i = 0; i < test->images->len; i++)
    write_image(text, test, test->images->pdata[i], report->all);
  cr_table_write_problem_list(text, test->problems, report->all);
  cr_report_take_text(report, text);
}

/* ---- json ---- */

static void write_verdict_json(CrJsonWriter *writer, gconstpointer item)
{
  const CrPolicyTestVerdict *verdict = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "package", verdict->package);
  cr_json_key_string(writer, "installed", verdict->from);
  cr_json_key_string(writer, "candidate", verdict->to);
  cr_json_key_string(writer, "archive", verdict->archive);
  cr_json_key_boolean(writer, "security", verdict->security);
  cr_json_key_boolean(writer, "wanted", verdict->wanted);
  cr_json_key_string(writer, "why", verdict->why);
  cr_json_end_object(writer);
}

static void write_container_json(CrJsonWriter *writer, gconstpointer item)
{
  static const char *const words[] = {"auto", "ask", "never"};
  const CrFleetContainer *container = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", container->container->name);
  cr_json_key_boolean(writer, "may_recreate", container->may_recreate);
  cr_json_key_string(writer, "restart", words[container->policy->restart]);
  cr_json_key_string(writer, "why", container->why);
  cr_json_end_object(writer);
}

void cr_policy_test_write_json(const CrPolicyTest *test, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.policy-test/1");
  cr_report_write_time(writer, "at", test->at);
  cr_json_key(writer, "images");
  cr_json_begin_array(writer);
  for (guint i = 0; i < test->images->len; i++) {
    const CrPolicyTestImage *it = test->images->pdata[i];
    g_autofree char *why = NULL;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "image", it->name);
    cr_json_key_string(writer, "policy", it->policy_name);
    cr_json_key_boolean(writer, "held", it->held);
    cr_json_key_boolean(writer, "may_act", cr_policy_allows_now(it->policy, test->at, FALSE, &why));
    cr_json_key_string(writer, "why_not", why);
    cr_report_write_time(writer, "opens", cr_policy_find_opening(it->policy, test->at));
    cr_report_write_array(writer, "updates", it->verdicts, write_verdict_json);
    cr_report_write_array(writer, "containers", it->image ? it->image->containers : none, write_container_json);
    cr_json_key_string(writer, "error", it->error);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, test->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
