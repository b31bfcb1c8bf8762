/* SPDX-License-Identifier: Apache-2.0 */
/* careen ps, for people and as careen.ps/1. */
#include <string.h>

#include "fleet/ps.h"
#include "fleet/show.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

static const char *get_name(const CrPsRow *row, char *room, gsize size)
{
  if (row->name)
    return row->name;
  g_strlcpy(room, row->id, MIN(size, 13));
  return room;
}

static void write_verdict(CrText *text, const CrPs *ps)
{
  guint restart = 0, told = 0;
  for (guint i = 0; i < ps->rows->len; i++) {
    const CrPsRow *row = ps->rows->pdata[i];
    restart += row->restart;
    told += *row->why && !row->restart;
  }
  if (restart) {
    cr_text_span(text, CR_STYLE_LOUD, "RESTART");
    cr_text_span(text, CR_STYLE_PLAIN, "   %u of %u container%s run%s something else than what is there now", restart,
                 ps->rows->len, cr_table_plural(ps->rows->len), restart == 1 ? "s" : "");
  } else if (!ps->rows->len && cr_problems_are_complete(ps->problems)) {
    cr_text_span(text, CR_STYLE_BOLD, "NONE");
    cr_text_span(text, CR_STYLE_PLAIN, "   there are no containers");
  } else if (!cr_problems_are_complete(ps->problems)) {
    cr_text_span(text, CR_STYLE_LOUD, "NOT ALL KNOWN");
    cr_text_span(text, CR_STYLE_PLAIN, "   of %u container%s none runs something else, as far as could be looked",
                 ps->rows->len, cr_table_plural(ps->rows->len));
  } else {
    cr_text_span(text, CR_STYLE_GREEN, "CURRENT");
    cr_text_span(text, CR_STYLE_PLAIN, "   %u container%s%s, what runs is what is there", ps->rows->len,
                 cr_table_plural(ps->rows->len), told ? ", and but for what follows" : "");
  }
  cr_text_end(text, 6);
}

static void add_row(CrTextGrid *grid, const CrPsRow *row)
{
  char room[16];
  cr_text_grid_add(grid, get_name(row, room, sizeof room), row->engine, row->image ? row->image : "", row->state,
                   *row->why ? row->why : "current", NULL);
  cr_text_grid_style(grid, 0, row->restart ? CR_STYLE_BOLD : CR_STYLE_PLAIN);
  cr_text_grid_style(grid, 4, row->restart ? CR_STYLE_YELLOW : *row->why ? CR_STYLE_PLAIN : CR_STYLE_DIM);
}

static void write_stale(CrTextGrid *grid, const CrPsRow *row)
{
  for (guint i = 0; i < row->processes->len; i++) {
    const CrContainerProcess *process = row->processes->pdata[i];
    if (!process->why)
      continue;
    g_autofree char *files = g_strjoinv(", ", (char **)process->stale);
    cr_text_grid_note(grid, CR_STYLE_DIM, "%" G_GINT64_FORMAT " %s: %s", process->pid, process->program, files);
  }
}

static void write_rows(CrText *text, const CrPs *ps, gboolean all)
{
  cr_text_gap(text);
  CrTextGrid *grid = cr_text_grid_new(text, 5);
  guint left = 0;
  for (guint i = 0; i < ps->rows->len; i++) {
    const CrPsRow *row = ps->rows->pdata[i];
    if (!*row->why && !all) {
      left++;
      continue;
    }
    add_row(grid, row);
    if (all)
      write_stale(grid, row);
    if (row->with && (row->restart || all))
      cr_text_grid_note(grid, CR_STYLE_DIM, "→ %s", row->with);
  }
  cr_text_grid_end(grid);
  if (left && left < ps->rows->len) {
    cr_text_span(text, CR_STYLE_DIM, "  %u more %s current: --all", left, left == 1 ? "is" : "are");
    cr_text_end(text, 4);
  }
}

static void write_kernel(CrText *text, const CrPs *ps)
{
  if (!cr_kernel_needs_reboot(ps->kernel))
    return;
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_YELLOW, "  kernel");
  if (ps->kernel->state >= CR_KERNEL_ABI)
    cr_text_span(text, CR_STYLE_PLAIN, "  %s runs, %s is installed: careen host", ps->kernel->running,
                 ps->kernel->installed);
  else
    cr_text_span(text, CR_STYLE_PLAIN, "  packages ask for a reboot: careen host");
  cr_text_end(text, 4);
}

void cr_ps_write_table(const CrPs *ps, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_verdict(text, ps);
  write_rows(text, ps, report->all);
  write_kernel(text, ps);
  cr_table_write_problem_list(text, ps->problems, report->all);
  cr_report_take_text(report, text);
}

/* ---- json ---- */

static void write_process(CrJsonWriter *writer, gconstpointer item)
{
  const CrContainerProcess *process = item;
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "pid", process->pid);
  cr_json_key_string(writer, "program", process->program);
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(process->started);
  g_autofree char *started = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
  cr_json_key_string(writer, "started", started);
  cr_json_key_strings(writer, "stale", process->stale);
  cr_json_key_string(writer, "why", process->why);
  cr_json_end_object(writer);
}

static void write_container(CrJsonWriter *writer, gconstpointer item)
{
  const CrPsRow *row = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "engine", row->engine);
  cr_json_key_string(writer, "id", row->id);
  cr_json_key_string(writer, "name", row->name);
  cr_json_key_string(writer, "state", row->state);
  cr_json_key_string(writer, "image", row->image);
  cr_json_key_string(writer, "image_id", row->image_id);
  cr_json_key_string(writer, "image_now", row->now_id);
  cr_json_key_boolean(writer, "nameless", row->nameless);
  cr_json_key_string(writer, "base_moved", row->base);
  cr_json_key_strings(writer, "drifted", row->drifted);
  cr_json_key_string(writer, "holder_replaced", row->holder);
  cr_report_write_array(writer, "processes", row->processes, write_process);
  cr_json_key_boolean(writer, "restart", row->restart);
  cr_json_key_string(writer, "why", *row->why ? row->why : NULL);
  cr_json_key_string(writer, "with", row->with);
  cr_json_end_object(writer);
}

void cr_ps_write_json(const CrPs *ps, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.ps/1");
  cr_report_write_array(writer, "containers", ps->rows, write_container);
  cr_json_key(writer, "kernel");
  cr_json_begin_object(writer);
  cr_kernel_write_json(ps->kernel, writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "summary");
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "containers", ps->rows->len);
  cr_json_key_integer(writer, "running", ps->running);
  cr_json_key_integer(writer, "images", ps->images);
  cr_json_key_integer(writer, "bases", ps->bases);
  cr_json_key_integer(writer, "stale", ps->stale);
  cr_json_key_integer(writer, "drifted", ps->drifted);
  cr_json_key_integer(writer, "holders", ps->holders);
  cr_json_key_boolean(writer, "complete", cr_problems_are_complete(ps->problems));
  cr_json_end_object(writer);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, ps->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
