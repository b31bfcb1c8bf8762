/* SPDX-License-Identifier: Apache-2.0 */
/* careen diff: what changed between two images. */
#include "cli/look.h"

#include <string.h>

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrLook) look = cr_look_new(call->settings, error);
  if (!look)
    return -1;
  g_autoptr(CrScan) a = cr_look_scan(look, call->settings, call->arguments[0], error);
  g_autoptr(CrScan) b = a ? cr_look_scan(look, call->settings, call->arguments[1], error) : NULL;
  if (!b)
    return -1;
  g_autoptr(CrDiff) diff = cr_diff_new(a, b);
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_diff_write_json(diff, report);
  else if (call->settings->format && !strcmp(call->settings->format, "markdown"))
    cr_diff_write_markdown(diff, report);
  else
    cr_diff_write_table(diff, report);
  int code = MAX(cr_scan_get_exit_code(a), cr_scan_get_exit_code(b));
  return cr_look_flush(call, report, error) ? code : -1;
}

static const CrExample examples[] = {
    {"careen diff shop/web:4 shop/web:5",
     "packages, configuration, pending updates, known flaws, programs without a package"},
    {"careen diff -f json registry:debian:12 docker:debian:12 | jq .packages", "for programs"},
    {"careen diff -f markdown shop/web:4 oci-archive:web.tar", "a comment for a merge request"},
    {NULL, NULL},
};

const CrCommand cr_command_diff = {
    .name = "diff",
    .arguments = "A B",
    .min = 2,
    .max = 2,
    .summary = "what changed between two images",
    .description =
        "Compare two images: packages that came, went or changed version, the configuration, updates that are "
        "no longer pending or pending now, known flaws that went or came, and programs that no package owns.",
    .examples = examples,
    .formats = "table json markdown",
    .run = run,
};
