/* SPDX-License-Identifier: Apache-2.0 */
/* careen ps for monitoring: lines after needrestart's -b (README.batch.md), and a Nagios plug-in's after its -p
 * (README.nagios.md; guidelines: monitoring-plugins.org/doc/guidelines.html). */
#include <string.h>

#include <config.h>
#include "fleet/ps.h"
#include "base/log.h"

/* ---- lines ---- */

static const char *get_name(const CrPsRow *row)
{
  return row->name ? row->name : row->id;
}

static void add(CrReport *report, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void add(CrReport *report, const char *key, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *value = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *safe = cr_escape_terminal(value);
  g_string_append_printf(report->text, "CAREEN-%s: %s\n", key, safe);
}

static void add_pids(CrReport *report, const CrPsRow *row)
{
  g_autoptr(GString) pids = g_string_new(NULL);
  for (guint i = 0; i < row->processes->len; i++) {
    const CrContainerProcess *process = row->processes->pdata[i];
    if (process->why)
      g_string_append_printf(pids, "%s%" G_GINT64_FORMAT, pids->len ? "," : "", process->pid);
  }
  if (pids->len)
    add(report, "PID", "%s=%s", get_name(row), pids->str);
}

void cr_ps_write_batch(const CrPs *ps, CrReport *report)
{
  add(report, "VER", "%s", CR_VERSION);
  add(report, "KCUR", "%s", ps->kernel->running);
  if (ps->kernel->installed)
    add(report, "KEXP", "%s", ps->kernel->installed);
  add(report, "KSTA", "%d", (int)ps->kernel->state);
  for (guint i = 0; i < ps->rows->len; i++) {
    const CrPsRow *row = ps->rows->pdata[i];
    if (row->restart)
      add(report, "CONT", "%s", get_name(row));
    if (row->now_id)
      add(report, "IMG", "%s=%s", get_name(row), row->image);
    if (row->base)
      add(report, "BASE", "%s=%s", get_name(row), row->base);
    add_pids(report, row);
    for (guint k = 0; row->drifted[k]; k++)
      add(report, "PKG", "%s=%s", get_name(row), row->drifted[k]);
    if (row->holder)
      add(report, "HOLD", "%s=%s", get_name(row), row->holder);
  }
  for (guint i = 0; i < cr_problems_get_count(ps->problems); i++) {
    const CrProblem *problem = cr_problems_get(ps->problems, i);
    if (problem->kind != CR_PROBLEM_NOTE)
      add(report, "PROBLEM", "%s: %s", problem->where, problem->what);
  }
}

/* ---- nagios ---- */

enum { OK, WARN, CRIT, UNKNOWN };

typedef struct {
  const char *label;
  guint count;
  int bad; /* what the state is if there is one */
} Class;

int cr_ps_write_nagios(const CrPs *ps, CrReport *report)
{
  gboolean reboot = cr_kernel_needs_reboot(ps->kernel);
  const Class classes[] = {
      {"Processes", ps->stale, CRIT},   {"Images", ps->images, WARN},   {"Bases", ps->bases, WARN},
      {"Databases", ps->drifted, WARN}, {"Holders", ps->holders, WARN}, {"Kernel", reboot, CRIT},
  };
  int state = OK;
  gboolean partial = !cr_problems_are_complete(ps->problems);
  g_autoptr(GString) words = g_string_new(NULL), figures = g_string_new(NULL), lists = g_string_new(NULL);
  for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
    const Class *class = &classes[i];
    state = class->count ? MAX(state, class->bad) : state;
    g_autofree char *count = class->count ? g_strdup_printf("%u (!)", class->count) : g_strdup("none");
    g_string_append_printf(words, "%s%s: %s", i ? ", " : "", class->label, count);
    g_string_append_printf(figures, "%s%s=%u;%s;%s;0", i ? " " : "", class->label, class->count,
                           class->bad == WARN ? "0" : "", class->bad == CRIT ? "0" : "");
  }
  if (state == OK && partial)
    state = UNKNOWN;
  for (guint i = 0; i < ps->rows->len; i++) {
    const CrPsRow *row = ps->rows->pdata[i];
    g_autofree char *line = *row->why ? g_strdup_printf("%s: %s", get_name(row), row->why) : NULL;
    g_autofree char *safe = line ? cr_escape_terminal(line) : NULL;
    for (char *bar = safe; bar && (bar = strchr(bar, '|'));)
      *bar = '/'; /* what follows one would be figures */
    if (safe)
      g_string_append_printf(lists, "%s\n", safe);
  }
  static const char *const states[] = {"OK", "WARN", "CRIT", "UNKNOWN"};
  g_string_append_printf(report->text, "%s - %s%s|%s\n%s", states[state], words->str,
                         partial ? " (not everything could be looked at)" : "", figures->str, lists->str);
  return state;
}
