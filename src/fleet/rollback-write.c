/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fleet/rollback.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

static char *shorten(const char *id)
{
  const char *hex = id ? strchr(id, ':') : NULL;
  return g_strndup(hex ? hex + 1 : id ? id : "", 12);
}

static void note_lines(CrTextGrid *grid, CrStyle style, const char *lead, const char *text)
{
  g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i])
      cr_text_grid_note(grid, style, "%s%s", lead, lines[i]);
}

static void write_item(CrTextGrid *grid, const CrRollbackItem *item)
{
  g_autofree char *before = shorten(item->before), *after = shorten(item->after);
  g_autofree char *change = *before && *after ? g_strdup_printf("%s → %s", before, after) : g_strdup(before);
  g_autofree char *down = item->down_ms ? g_strdup_printf("down %.1f s", (double)item->down_ms / 1000) : g_strdup("");
  cr_text_grid_add(grid, cr_rollout_outcome_get_name(item->outcome), item->kind, item->subject, down, change, NULL);
  cr_text_grid_style(grid, 0, item->outcome == CR_ROLLOUT_DONE ? CR_STYLE_GREEN : CR_STYLE_LOUD);
  if (item->why)
    cr_text_grid_note(grid, CR_STYLE_YELLOW, "%s", item->why);
  for (guint i = 0; item->with && item->with[i]; i++)
    cr_text_grid_note(grid, CR_STYLE_PLAIN, "with it %s", item->with[i]);
  note_lines(grid, CR_STYLE_DIM, "it said: ", item->log);
  note_lines(grid, CR_STYLE_PLAIN, "", item->diff);
}

void cr_rollback_write_table(const CrRollback *rollback, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  gboolean done = cr_rollback_is_done(rollback);
  if (rollback->nothing) {
    cr_text_span(text, CR_STYLE_BOLD, "NOTHING TO TAKE BACK");
    cr_text_span(text, CR_STYLE_PLAIN, "   %s", rollback->nothing);
    cr_text_end(text, 6);
    cr_report_take_text(report, text);
    return;
  }
  cr_text_span(text, done ? CR_STYLE_GREEN : CR_STYLE_LOUD, done ? "TAKEN BACK" : "NOT ALL TAKEN BACK");
  if (rollback->undoes)
    cr_text_span(text, CR_STYLE_PLAIN, "   run %" G_GINT64_FORMAT, rollback->undoes);
  if (!rollback->items->len)
    cr_text_span(text, CR_STYLE_PLAIN, "   nothing of it can be taken back");
  cr_text_end(text, 6);
  cr_text_gap(text);
  CrTextGrid *grid = cr_text_grid_new(text, 5);
  for (guint i = 0; i < rollback->items->len; i++)
    write_item(grid, rollback->items->pdata[i]);
  cr_text_grid_end(grid);
  cr_table_write_problem_list(text, rollback->problems, report->all);
  cr_report_take_text(report, text);
}

static void write_item_json(CrJsonWriter *writer, gconstpointer data)
{
  const CrRollbackItem *item = data;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "kind", item->kind);
  cr_json_key_string(writer, "name", item->subject);
  cr_json_key_string(writer, "daemon", item->daemon);
  cr_json_key_string(writer, "outcome", cr_rollout_outcome_get_name(item->outcome));
  cr_json_key_string(writer, "why", item->why);
  cr_json_key_string(writer, "before", item->before);
  cr_json_key_string(writer, "after", item->after);
  cr_json_key(writer, "down_ms");
  if (item->down_ms)
    cr_json_integer(writer, item->down_ms);
  else
    cr_json_null(writer);
  cr_json_key_strings(writer, "with", item->with ? item->with : cr_strv_empty);
  cr_json_key_string(writer, "log", item->log);
  cr_json_key_string(writer, "diff", item->diff);
  cr_json_end_object(writer);
}

void cr_rollback_write_json(const CrRollback *rollback, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.rollback/1");
  cr_json_key_integer(writer, "run", rollback->run);
  cr_json_key(writer, "undoes");
  if (rollback->undoes)
    cr_json_integer(writer, rollback->undoes);
  else
    cr_json_null(writer);
  cr_report_write_array(writer, "items", rollback->items, write_item_json);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, rollback->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
