/* SPDX-License-Identifier: Apache-2.0 */
/* careen notify test: is everybody reached whom careen.yaml names? */
#include <string.h>

#include "base/error.h"
#include "cli/look.h"
#include "fleet/notify.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

typedef struct {
  const char *name; /* of the target */
  const char *why;  /* it was not told; or NULL */
} Result;

static CrNotice make_notice(CrArena *arena)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  CrNotice notice = {.subject = cr_arena_printf(arena, "[careen] %s: a test", g_get_host_name()),
                     .text =
                         "This is a test, by careen notify test.\n\nWhoever reads it is told what careen does here.\n"};
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.notice/1");
  cr_json_key_string(writer, "host", g_get_host_name());
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_autofree char *when = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
  cr_json_key_string(writer, "time", when);
  cr_json_key_string(writer, "command", "notify test");
  cr_json_key_integer(writer, "run", 0);
  cr_json_key_string(writer, "subject", notice.subject);
  cr_json_key_boolean(writer, "failure", FALSE);
  cr_json_key_strings(writer, "items", NULL);
  cr_json_key_strings(writer, "earlier", NULL);
  cr_json_key_integer(writer, "left_out", 0);
  cr_json_end_object(writer);
  notice.json = cr_arena_strdup(arena, cr_json_writer_get_text(writer, NULL));
  return notice;
}

static GPtrArray *tell_all(const CrNotifyConfig *config, const char *kind, CrArena *arena)
{
  GPtrArray *results = g_ptr_array_new();
  CrNotice notice = make_notice(arena);
  for (guint i = 0; i < config->targets->len; i++) {
    const CrNotifyTarget *target = config->targets->pdata[i];
    if (kind && strcmp(kind, target->kind) != 0)
      continue;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = cr_notify_format_target(target);
    Result *result = cr_arena_new0(arena, Result);
    result->name = cr_arena_strdup(arena, name);
    if (!cr_notify_tell(config, target, &notice, &error))
      result->why = cr_arena_strdup(arena, error->message);
    g_ptr_array_add(results, result);
  }
  return results;
}

static void write_json(const GPtrArray *results, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.notify-test/1");
  cr_json_key(writer, "targets");
  cr_json_begin_array(writer);
  for (guint i = 0; i < results->len; i++) {
    const Result *result = results->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "target", result->name);
    cr_json_key_boolean(writer, "told", !result->why);
    cr_json_key_string(writer, "why", result->why);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

static void write_table(const GPtrArray *results, guint failed, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_text_span(text, failed ? CR_STYLE_LOUD : CR_STYLE_GREEN, "%s", failed ? "NOT ALL TOLD" : "ALL TOLD");
  cr_text_span(text, CR_STYLE_PLAIN, "   %u of %u", results->len - failed, results->len);
  cr_text_end(text, 6);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  for (guint i = 0; i < results->len; i++) {
    const Result *result = results->pdata[i];
    cr_text_grid_add(grid, result->why ? "failed" : "told", result->why ? result->why : result->name, NULL);
    cr_text_grid_style(grid, 0, result->why ? CR_STYLE_LOUD : CR_STYLE_GREEN);
  }
  cr_text_grid_end(grid);
  cr_report_take_text(report, text);
}

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrFleetConfig) config = cr_fleet_config_load(call->settings->config, error);
  if (!config)
    return -1;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) results = tell_all(&config->notify, call->arguments[0], arena);
  guint failed = 0;
  for (guint i = 0; i < results->len; i++)
    failed += ((const Result *)results->pdata[i])->why != NULL;
  if (!results->len) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
                "there is nobody to tell: careen.yaml has no%s%s under notify:", call->arguments[0] ? " " : "body",
                call->arguments[0] ? call->arguments[0] : "");
    cr_error_set_hint(*error, "notify: {mail: root}");
    return -1;
  }
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    write_json(results, report);
  else
    write_table(results, failed, report);
  return cr_look_flush(call, report, error) ? failed != 0 : -1;
}

static const CrExample examples[] = {
    {"careen notify test", "a test message to everybody under notify: of careen.yaml"},
    {"careen notify test webhook", "only to webhooks"},
    {NULL, NULL},
};

const CrCommand cr_command_notify_test = {
    .name = "notify test",
    .arguments = "[KIND]",
    .max = 1,
    .summary = "send a test message to whom careen.yaml names",
    .description =
        "Send a test message to every target under notify: of careen.yaml, or to those of KIND: mail, webhook, "
        "ntfy, command, journal. A line for each says whether it took it, and why not.\n\n"
        "Exit codes: 0 all were told; 1 one was not; 2 nobody is named.",
    .examples = examples,
    .run = run,
};
