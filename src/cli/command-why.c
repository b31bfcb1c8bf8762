/* SPDX-License-Identifier: Apache-2.0 */
/* careen why: the way from the image's start to one thing, its fix, and who watches it. */
#include "cli/look.h"

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrLook) look = cr_look_new(call->settings, error);
  if (!look)
    return -1;
  g_autoptr(CrScan) scan = cr_look_scan(look, call->settings, call->arguments[1], error);
  if (!scan)
    return -1;
  g_autoptr(CrWhy) why = cr_why_new(scan, call->arguments[0], error);
  if (!why)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_why_write_json(why, report);
  else
    cr_why_write_table(why, report);
  return cr_look_flush(call, report, error) ? cr_scan_get_exit_code(scan) : -1;
}

static const CrExample examples[] = {
    {"careen why libssl3 docker:nginx", "how the image's process comes to load libssl3, and its fix"},
    {"careen why CVE-2023-4911 web.oci.tar", "which packages a flaw is in, and whether they are reached"},
    {"careen why /usr/local/bin/gosu postgres:16", "who made a file, and what starts it"},
    {NULL, NULL},
};

const CrCommand cr_command_why = {
    .name = "why",
    .arguments = "CVE|PACKAGE|PATH IMAGE",
    .min = 2,
    .max = 2,
    .summary = "the way from the image's start to a package, flaw or file",
    .description =
        "Print the way from the entrypoint through scripts, programs and libraries to the thing asked for, each step "
        "with its evidence; then the fix that is ready, and who watches it. PACKAGE is a binary package (NAME or "
        "NAME:ARCH) or a source package, PATH a file of the image.\n\n"
        "A flaw that the image has not is an answer too: the installed version has the fix, no advisory names a "
        "package "
        "of the image, or nobody knows it.",
    .examples = examples,
    .run = run,
};
