/* SPDX-License-Identifier: Apache-2.0 */
/* careen sbom: what is in an image, for other programs. */
#include "cli/look.h"
#include "report/sbom.h"

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrLook) look = cr_look_new(call->settings, error);
  if (!look)
    return -1;
  look->options.inventory_only = TRUE;
  g_autoptr(CrScan) scan = cr_look_scan(look, call->settings, call->arguments[0], error);
  if (!scan)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  cr_sbom_format_get(call->settings->format)->write(scan, report);
  return cr_look_flush(call, report, error) ? cr_scan_get_exit_code(scan) : -1;
}

static const CrExample examples[] = {
    {"careen sbom docker:shop/web:4 -o web.cdx.json", "CycloneDX 1.6 of an image, for other tools"},
    {"careen sbom -f spdx oci-archive:web.oci.tar", "SPDX 2.3"},
    {"careen sbom -f json web.oci.tar | jq -r '.packages[].purl'", "for your own programs"},
    {NULL, NULL},
};

const CrCommand cr_command_sbom = {
    .name = "sbom",
    .arguments = "IMAGE",
    .min = 1,
    .max = 1,
    .formats = "cyclonedx spdx json",
    .summary = "the inventory as CycloneDX, SPDX or JSON",
    .description =
        "Write what is in IMAGE: packages of its operating system and of languages with the layer that brought each, "
        "licences as the metadata has them, what depends on what as dpkg, apk and rpm know it, and the programs that "
        "no "
        "package owns. The same image gives the same bytes, but for the date, which SOURCE_DATE_EPOCH fixes. No "
        "archive "
        "and no advisory is asked for this.\n\n"
        "'careen scan sbom:FILE' reads such a file again.",
    .examples = examples,
    .run = run,
};
