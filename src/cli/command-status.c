/* SPDX-License-Identifier: Apache-2.0 */
/* careen status: one screen of health. */
#include "advisory/database.h"
#include "cli/fleet-look.h"
#include "fleet/status.h"
#include "report/json-parts.h"

static void write_report(const CrCall *call, const CrStatus *status, CrReport *report)
{
  if (cr_look_wants_json(call)) {
    g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
    cr_status_write_json(status, writer);
    cr_report_take_json(report, writer);
    return;
  }
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_status_write_text(status, text);
  cr_report_take_text(report, text);
}

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrFleetLook) it = cr_fleet_look_new(call->settings, NULL, 0, error);
  if (!it)
    return -1;
  g_autoptr(GError) unread = NULL;
  g_autoptr(CrRecord) record = cr_record_open(NULL, FALSE, &unread); /* the engines' part is worth saying without it */
  if (!record)
    cr_problems_add_error(it->fleet->problems, CR_PROBLEM_PARTIAL, "record", unread);
  g_autoptr(GError) why = NULL;
  g_autoptr(CrAdvisories) advisories = cr_advisories_open(it->look->cache, &why);
  const char *data = advisories ? cr_advisories_get_date(advisories) : NULL;
  g_autoptr(CrStatus) status = cr_status_new(it->fleet, record, data, why ? why->message : NULL, it->look->options.now);
  g_autoptr(CrReport) report = cr_look_report_new(call);
  write_report(call, status, report);
  return cr_look_flush(call, report, error) ? cr_problems_are_complete(status->problems) ? 0 : 3 : -1;
}

static const CrExample examples[] = {
    {"careen status", "whether all is well, on one screen"},
    {"careen status -f json | jq -e '.worries == []'", "for monitoring: fails when something needs a look"},
    {NULL, NULL},
};

const CrCommand cr_command_status = {
    .name = "status",
    .summary = "whether all is well, on one screen",
    .description =
        "Show who watches, whether careen may act now or when its next window opens, the daemons, the age of the "
        "advisories, what the last look said of the images that are here, outdated and held containers, how the last "
        "run ended, and digests that failed before. At the top stands what needs a look: what could not be looked at, "
        "changes that were not ended, images held after a rollback, a freeze file, and what is to be done.\n\n"
        "All of it is from the record, careen.yaml and the local daemons: nothing is scanned and no registry is asked. "
        "Exit 0 whatever there is to do, 3 where a daemon, a file or the record could not be read; what gates is "
        "careen plan "
        "--fail-on steps.",
    .examples = examples,
    .run = run,
};
