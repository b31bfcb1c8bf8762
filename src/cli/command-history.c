/* SPDX-License-Identifier: Apache-2.0 */
/* careen history: the record of what was done. */
#include "cli/look.h"
#include "fleet/history.h"

#include <string.h>

#define LIMIT 20U /* runs, unless --limit says else */

static void write_history(const CrHistory *history, const CrCall *call, CrReport *report)
{
  const char *format = call->settings->format ? call->settings->format : "table";
  if (!strcmp(format, "json"))
    cr_history_write_json(history, report);
  else if (!strcmp(format, "jsonl"))
    cr_history_write_lines(history, report);
  else
    cr_history_write_table(history, report);
}

static gint64 get_since(const CrSettings *settings)
{
  if (!g_date_valid(&settings->since))
    return 0;
  g_autoptr(GDateTime) begin =
      g_date_time_new_local(g_date_get_year(&settings->since), (int)g_date_get_month(&settings->since),
                            g_date_get_day(&settings->since), 0, 0, 0);
  return g_date_time_to_unix(begin);
}

static int run(const CrCall *call, GError **error)
{
  const CrSettings *settings = call->settings;
  g_autoptr(CrRecord) record = cr_record_open(NULL, FALSE, error);
  guint limit = settings->all ? 0 : settings->limit ? settings->limit : LIMIT;
  g_autoptr(CrHistory) history =
      record ? cr_history_new(record, call->arguments[0], get_since(settings), limit, error) : NULL;
  if (!history)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  write_history(history, call, report);
  return cr_look_flush(call, report, error) ? 0 : -1;
}

static const CrExample examples[] = {
    {"careen history", "what was done, the newest first"},
    {"careen history 12", "run 12 with the whole plan that it carried out"},
    {"careen history shop/web:4 --since 2026-11-01", "of one image, this month"},
    {"careen history -f jsonl | jq -r 'select(.state == \"failed\") | .error'", "lines for programs, the oldest first"},
    {NULL, NULL},
};

const CrCommand cr_command_history = {
    .name = "history",
    .arguments = "[IMAGE|CONTAINER|RUN]",
    .max = 1,
    .summary = "the record of what was done",
    .description =
        "List runs of apply with their steps: what was changed, from which image to which, why, how long it took and "
        "how it ended. A run that was cut off is called interrupted. RUN is the number of one: it comes with its "
        "plan.\n\n"
        "The record is record.db in the state folder ($XDG_STATE_HOME/careen, or /var/lib/careen for root). Nothing is "
        "asked but that.",
    .examples = examples,
    .formats = "table json jsonl",
    .run = run,
};
