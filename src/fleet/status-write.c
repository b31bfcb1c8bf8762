/* SPDX-License-Identifier: Apache-2.0 */
/* careen status, for people on one screen and as careen.status/1. */
#include "fleet/history.h"
#include "fleet/status.h"

#include "base/day.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

#include <string.h>

#define NAMED 6 /* containers and digests that the screen names */

/* ---- words ---- */

static char *format_age(gint64 now, gint64 then)
{
  gint64 minutes = MAX(now - then, 0) / 60;
  if (minutes < 120)
    return g_strdup_printf("%" G_GINT64_FORMAT " minute%s ago", minutes, minutes == 1 ? "" : "s");
  if (minutes < 48 * 60)
    return g_strdup_printf("%" G_GINT64_FORMAT " hours ago", minutes / 60);
  return g_strdup_printf("%" G_GINT64_FORMAT " days ago", minutes / 60 / 24);
}

/* "2 done, 1 rolled-back" */
static char *format_steps(const CrStatus *status)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < G_N_ELEMENTS(status->steps); i++)
    if (status->steps[i])
      g_string_append_printf(text, "%s%u %s", text->len ? ", " : "", status->steps[i], cr_step_state_get_name(i));
  return g_string_free(text, FALSE);
}

/* ---- rows: a word on the left, what is so on the right ---- */

static void begin_row(CrText *text, const char *word)
{
  cr_text_span(text, CR_STYLE_BOLD, "  %-12s", word);
}

static void end_row(CrText *text)
{
  cr_text_end(text, 14);
}

static void write_watch(const CrStatus *status, CrText *text)
{
  begin_row(text, "watch");
  if (status->watching) {
    g_autofree char *since = cr_time_format_local(status->watching_since);
    cr_text_span(text, CR_STYLE_GREEN, "running");
    cr_text_span(text, CR_STYLE_PLAIN, ", process %" G_GINT64_FORMAT " since %s", status->watcher, since);
  } else {
    cr_text_span(text, CR_STYLE_YELLOW, "%s",
                 status->recorded ? "not running" : "not known: the record cannot be read");
  }
  end_row(text);
  begin_row(text, "may act");
  if (status->may_act)
    cr_text_span(text, CR_STYLE_PLAIN, status->windowed ? "now, its window is open" : "always, there is no window");
  else
    cr_text_span(text, CR_STYLE_YELLOW, "not now: %s", status->why_not);
  end_row(text);
}

static void write_daemons(const CrStatus *status, CrText *text)
{
  begin_row(text, "daemons");
  const GPtrArray *daemons = status->fleet->daemons;
  for (guint i = 0; i < daemons->len; i++)
    cr_text_span(text, CR_STYLE_PLAIN, "%s%s %s", i ? ", " : "", cr_daemon_get_kind(daemons->pdata[i]),
                 cr_daemon_get_version(daemons->pdata[i]));
  if (!daemons->len)
    cr_text_span(text, CR_STYLE_YELLOW, "none answers");
  for (guint i = 0; daemons->len && i < cr_problems_get_count(status->problems); i++) {
    const CrProblem *problem = cr_problems_get(status->problems, i);
    if (problem->kind == CR_PROBLEM_PARTIAL && cr_fleet_is_engine(problem->where))
      cr_text_span(text, CR_STYLE_YELLOW, ", trouble with %s", problem->where);
  }
  end_row(text);
  begin_row(text, "advisories");
  if (status->data)
    cr_text_span(text, CR_STYLE_PLAIN, "of %s", status->data);
  else
    cr_text_span(text, CR_STYLE_YELLOW, "none: %s", status->no_data ? status->no_data : "careen db update");
  end_row(text);
}

static CrStyle get_style(const char *verdict)
{
  return !strcmp(verdict, "current") ? CR_STYLE_GREEN : !strcmp(verdict, "blind") ? CR_STYLE_RED : CR_STYLE_YELLOW;
}

static void write_images(const CrStatus *status, CrText *text)
{
  const char *before = ": ";
  CrGraphCount count = cr_graph_count(status->fleet);
  begin_row(text, "images");
  cr_text_span(text, CR_STYLE_PLAIN, "%u, %u ours", count.images, count.ours);
  for (guint i = 0; i < status->verdicts->len; i++) {
    const CrStatusVerdict *verdict = &g_array_index(status->verdicts, CrStatusVerdict, i);
    cr_text_span(text, CR_STYLE_PLAIN, "%s%u ", before, verdict->ours + verdict->others);
    cr_text_span(text, get_style(verdict->verdict), "%s", verdict->verdict);
    if (verdict->others && verdict->ours)
      cr_text_span(text, CR_STYLE_DIM, " (%u ours)", verdict->ours);
    before = ", ";
  }
  if (status->unseen)
    cr_text_span(text, CR_STYLE_PLAIN, "%s%u never looked at", before, status->unseen);
  if (status->newest_look) {
    g_autofree char *newest = format_age(status->now, status->newest_look);
    g_autofree char *oldest = format_age(status->now, status->oldest_look);
    gboolean same = !strcmp(newest, oldest);
    cr_text_span(text, CR_STYLE_DIM, "; looked at %s%s%s", newest, same ? "" : ", the first of them ",
                 same ? "" : oldest);
  }
  if (count.old_bases)
    cr_text_span(text, CR_STYLE_YELLOW, "; %u built on an older base", count.old_bases);
  end_row(text);
}

static void write_containers(const CrStatus *status, CrText *text)
{
  begin_row(text, "containers");
  cr_text_span(text, CR_STYLE_PLAIN, "%u", status->fleet->containers->len);
  if (status->held)
    cr_text_span(text, CR_STYLE_PLAIN, ", %u held", status->held);
  cr_text_span(text, status->outdated ? CR_STYLE_YELLOW : CR_STYLE_PLAIN, ", %u outdated", status->outdated);
  for (guint i = 0; i < status->outdated_names->len && i < NAMED; i++) {
    const CrFleetContainer *node = status->outdated_names->pdata[i];
    cr_text_span(text, CR_STYLE_PLAIN, "%s%s", i ? ", " : ": ", node->container->name);
    if (!node->may_recreate)
      cr_text_span(text, CR_STYLE_DIM, " (left alone: %s)", node->why);
  }
  if (status->outdated_names->len > NAMED)
    cr_text_span(text, CR_STYLE_PLAIN, " and %u more: careen graph", status->outdated_names->len - NAMED);
  end_row(text);
}

static void write_runs(const CrStatus *status, CrText *text)
{
  const CrRun *run = status->last;
  begin_row(text, "last run");
  if (!run) {
    cr_text_span(text, status->recorded ? CR_STYLE_PLAIN : CR_STYLE_YELLOW, "%s",
                 status->recorded ? "none" : "not known: the record cannot be read");
    end_row(text);
    return;
  }
  g_autofree char *when = cr_time_format_local(run->started), *steps = format_steps(status);
  const char *outcome = cr_history_get_outcome(run, status->cut_off);
  gboolean good = !strcmp(outcome, "done") || !strcmp(outcome, "running");
  cr_text_span(text, CR_STYLE_PLAIN, "%s, %s: ", run->command, when);
  cr_text_span(text, good ? CR_STYLE_GREEN : CR_STYLE_YELLOW, "%s", outcome);
  if (*steps)
    cr_text_span(text, CR_STYLE_PLAIN, "; %s", steps);
  if (run->summary && !(*steps && g_ascii_isdigit(*run->summary))) /* the same in numbers: "2 done, 0 failed, …" */
    cr_text_span(text, CR_STYLE_DIM, "; %s", run->summary);
  end_row(text);
}

static void write_bad(const CrStatus *status, CrText *text)
{
  for (guint i = 0; i < status->bad->len && i < NAMED; i++) {
    const CrMark *mark = status->bad->pdata[i];
    begin_row(text, i ? "" : "failed once");
    cr_text_span(text, CR_STYLE_PLAIN, "%.19s", mark->key);
    cr_text_span(text, CR_STYLE_DIM, "  %s", mark->value);
    end_row(text);
  }
  if (status->bad->len > NAMED)
    cr_text_line(text, "              and %u more: -f json", status->bad->len - NAMED);
}

/* The answer in the first line, and under it what needs a look, each by itself: several in one line read as one. */
static void write_headline(const CrStatus *status, CrText *text)
{
  g_autoptr(GPtrArray) worries = cr_status_list_worries(status);
  cr_text_span(text, CR_STYLE_BOLD, "%s", status->host);
  if (!worries->len)
    cr_text_span(text, CR_STYLE_GREEN, "  all is well");
  else
    cr_text_span(text, CR_STYLE_YELLOW, "  %u thing%s a look", worries->len, worries->len == 1 ? " needs" : "s need");
  cr_text_end(text, 2);
  for (guint i = 0; i < worries->len; i++) {
    cr_text_span(text, CR_STYLE_YELLOW, "  %s", (const char *)worries->pdata[i]);
    cr_text_end(text, 4);
  }
  cr_text_gap(text);
}

void cr_status_write_text(const CrStatus *status, CrText *text)
{
  write_headline(status, text);
  write_watch(status, text);
  write_daemons(status, text);
  write_images(status, text);
  write_containers(status, text);
  write_runs(status, text);
  write_bad(status, text);
  cr_table_write_problem_list(text, status->problems, FALSE);
}

/* ---- careen.status/1 ---- */

static void write_json_images(const CrStatus *status, CrJsonWriter *writer)
{
  CrGraphCount count = cr_graph_count(status->fleet);
  cr_json_key(writer, "images");
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "count", count.images);
  cr_json_key_integer(writer, "ours", count.ours);
  cr_json_key_integer(writer, "older_base", count.old_bases);
  cr_json_key_integer(writer, "unseen", status->unseen);
  cr_report_write_time(writer, "newest_look", status->newest_look);
  cr_report_write_time(writer, "oldest_look", status->oldest_look);
  cr_json_key(writer, "verdicts");
  cr_json_begin_array(writer);
  for (guint i = 0; i < status->verdicts->len; i++) {
    const CrStatusVerdict *verdict = &g_array_index(status->verdicts, CrStatusVerdict, i);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "verdict", verdict->verdict);
    cr_json_key_integer(writer, "ours", verdict->ours);
    cr_json_key_integer(writer, "others", verdict->others);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void write_outdated(CrJsonWriter *writer, gconstpointer item)
{
  const CrFleetContainer *node = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", node->container->name);
  cr_json_key_string(writer, "image", node->image->name);
  cr_json_key_boolean(writer, "may_recreate", node->may_recreate);
  cr_json_key_string(writer, "why", node->why);
  cr_json_end_object(writer);
}

static void write_json_containers(const CrStatus *status, CrJsonWriter *writer)
{
  cr_json_key(writer, "containers");
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "count", status->fleet->containers->len);
  cr_json_key_integer(writer, "held", status->held);
  cr_report_write_array(writer, "outdated", status->outdated_names, write_outdated);
  cr_json_end_object(writer);
}

static void write_json_run(const CrStatus *status, CrJsonWriter *writer)
{
  const CrRun *run = status->last;
  cr_json_key(writer, "last_run");
  if (!run) {
    cr_json_null(writer);
    return;
  }
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "id", run->id);
  cr_json_key_string(writer, "command", run->command);
  cr_report_write_time(writer, "started", run->started);
  cr_report_write_time(writer, "ended", run->ended);
  cr_json_key_string(writer, "outcome", status->cut_off ? "interrupted" : status->last->outcome);
  cr_json_key_string(writer, "summary", run->summary);
  cr_json_key(writer, "steps");
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(status->steps); i++)
    cr_json_key_integer(writer, cr_step_state_get_name(i), status->steps[i]);
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

static void write_json_watch(const CrStatus *status, CrJsonWriter *writer)
{
  cr_json_key(writer, "watch");
  cr_json_begin_object(writer);
  cr_json_key_boolean(writer, "running", status->watching);
  cr_json_key(writer, "process");
  if (status->watching)
    cr_json_integer(writer, status->watcher);
  else
    cr_json_null(writer);
  cr_report_write_time(writer, "since", status->watching ? status->watching_since : 0);
  cr_json_end_object(writer);
  cr_json_key(writer, "policy");
  cr_json_begin_object(writer);
  cr_json_key_boolean(writer, "may_act", status->may_act);
  cr_json_key_string(writer, "why_not", status->why_not);
  cr_report_write_time(writer, "opens", status->opens);
  cr_json_end_object(writer);
}

void cr_status_write_bad(CrJsonWriter *writer, gconstpointer item)
{
  const CrMark *mark = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "digest", mark->key);
  cr_json_key_string(writer, "why", mark->value);
  cr_report_write_time(writer, "since", mark->since);
  cr_json_end_object(writer);
}

void cr_status_write_json(const CrStatus *status, CrJsonWriter *writer)
{
  g_autoptr(GPtrArray) worries = cr_status_list_worries(status);
  g_ptr_array_add(worries, NULL);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.status/1");
  cr_json_key_string(writer, "host", status->host);
  cr_report_write_time(writer, "when", status->now);
  cr_json_key_strings(writer, "worries", (CrStrv)worries->pdata);
  write_json_watch(status, writer);
  cr_graph_write_daemons(status->fleet, writer);
  cr_report_write_array(writer, "failed_digests", status->bad, cr_status_write_bad);
  cr_json_key_string(writer, "advisories", status->data);
  write_json_images(status, writer);
  write_json_containers(status, writer);
  write_json_run(status, writer);
  cr_json_key_integer(writer, "interrupted", status->interrupted);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, status->problems);
  cr_json_end_object(writer);
}
