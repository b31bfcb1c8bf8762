/* SPDX-License-Identifier: Apache-2.0 */
/* careen verify-patch: a patch's proof again, by somebody who was not there. */
#include "cli/look.h"
#include "report/recheck.h"

static const int codes[] = {
    [CR_RECHECK_HOLDS] = 0, [CR_RECHECK_FAILS] = 1, [CR_RECHECK_UNKNOWN] = 3, [CR_RECHECK_SKIPPED] = 0};

static int run(const CrCall *call, GError **error)
{
  const CrSettings *settings = call->settings;
  g_autoptr(CrKey) key = settings->key ? cr_key_load_public(settings->key, error) : NULL;
  g_autoptr(CrLook) look = key || !settings->key ? cr_look_new(settings, error) : NULL;
  if (!look)
    return -1;
  look->options.vendor.changelogs = FALSE; /* which flaws an update mends is the record's to say */
  CrRecheckOptions options = {.record = settings->record, .key = key};
  g_autoptr(CrRecheck) recheck = cr_recheck_new(call->arguments[0], &options, &look->options, error);
  if (!recheck)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_recheck_write_json(recheck, report);
  else
    cr_recheck_write_table(recheck, report);
  return cr_look_flush(call, report, error) ? codes[cr_recheck_get_verdict(recheck)] : -1;
}

static const CrExample examples[] = {
    {"careen verify-patch registry:shop/web:4-patched --key cosign.pub", "its record is beside it in the registry"},
    {"careen verify-patch oci:patched --record web.record", "the record that `careen patch --record` wrote"},
    {"careen verify-patch -f json registry:shop/web:4-patched | jq .verdict", "for programs"},
    {NULL, NULL},
};

const CrCommand cr_command_verify_patch = {
    .name = "verify-patch",
    .arguments = "IMAGE",
    .min = 1,
    .max = 1,
    .summary = "a patch's proof again, from the image, its record and the archives",
    .description =
        "Check an image that careen has patched as if nothing its record says could be believed: that the record is "
        "about this image, that what is below the patch layer is the original unchanged, that the one patch layer "
        "holds the recorded files and no others, that packages changed as recorded and nothing else did, that what the "
        "image starts still finds its libraries, that the fixes are there and not pending again, that the package "
        "files' hashes stand in the distribution's signed lists, and that the bills of materials and the VEX tell of "
        "what is there.\n\n"
        "With --key the image's digest and every statement of the record must be signed by it. Without, anybody who "
        "can write to the place may have written the record.\n\n"
        "The record is looked for beside the image in its registry, or in the folder of --record. Exit codes: 0 all "
        "holds; 1 something does not; 2 wrong use, careen has not patched it, or there is no record; 3 something could "
        "not be checked and the report says what; 4 the environment.",
    .examples = examples,
    .run = run,
};
