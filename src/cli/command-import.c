/* SPDX-License-Identifier: Apache-2.0 */
/* careen import: other tools' settings as careen.yaml. */
#include "cli/look.h"
#include "import/import.h"

#include <string.h>

static void get_today(const CrSettings *settings, GDate *today)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  *today = settings->as_of;
  if (!g_date_valid(today))
    g_date_set_dmy(today, (GDateDay)g_date_time_get_day_of_month(now), (GDateMonth)g_date_time_get_month(now),
                   (GDateYear)g_date_time_get_year(now));
}

static int run(const CrCall *call, GError **error)
{
  GDate today;
  get_today(call->settings, &today);
  g_autoptr(CrImport) import = cr_import_new(&today);
  for (guint i = 0; call->arguments[i]; i++)
    if (!cr_import_add(import, call->arguments[i], error))
      return -1;
  if (import->rules->len)
    cr_import_note(import, "ignore",
                   "every rule needs an owner: put a name in place of 'to be named'. One that had no end "
                   "ends in %u days",
                   CR_IMPORT_RULE_DAYS);
  cr_problems_sort(import->problems);
  g_autofree char *text = cr_look_wants_json(call) ? cr_import_format_json(import) : cr_import_format_yaml(import);
  if (!cr_output_write(call->output, text, strlen(text), error))
    return -1;
  return cr_problems_are_complete(import->problems) ? 0 : 3;
}

static const CrExample examples[] = {
    {"careen import /etc/apt/apt.conf.d/50unattended-upgrades",
     "the same origins, blacklist, mail and days for images"},
    {"docker inspect $(docker ps -q) | careen import inspect:-", "what watchtower's and diun's labels say"},
    {"careen import .trivyignore compose.yaml -o careen.yaml", "several together"},
    {NULL, NULL},
};

const CrCommand cr_command_import = {
    .name = "import",
    .arguments = "FILE…",
    .min = 1,
    .max = 100,
    .summary = "other tools' settings as careen.yaml",
    .description =
        "Print a careen.yaml that says what FILEs tell other tools: watchtower and diun (a Compose file, the output of "
        "docker inspect, a file of WATCHTOWER_ or DIUN_ variables, diun.yml), .trivyignore and .trivyignore.yaml, "
        ".grype.yaml, osv-scanner.toml, debsecan's whitelist, 50unattended-upgrades. Where name and content do not "
        "tell what FILE is, KIND:FILE does; a FILE of - is standard input.\n\n"
        "What has no equivalent is named in comments at the top, and in the problems of the JSON. careen is never let "
        "do more than the other tool did, and no rule hides more than it did: where the two would differ, the rule "
        "is named instead. Secrets are not repeated. Nothing is written but the output.\n\n"
        "Exit codes: 0 everything has its equivalent, 2 a file is none of these, 3 something is named that has none.",
    .examples = examples,
    .formats = "yaml json",
    .run = run,
};
