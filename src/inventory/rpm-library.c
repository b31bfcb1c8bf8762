/* SPDX-License-Identifier: Apache-2.0 */
/* librpm pulls in a Lua interpreter, SQLite and a crypto library: its start-up is paid by rpm images only. */
#include "base/library.h"
#include "inventory/rpm.h"

static CrRpmLibrary rpm;

static const CrLibraryRow rows[] = {
    {"headerImport", &rpm.header_import},
    {"headerFree", &rpm.header_free},
    {"headerGet", &rpm.header_get},
    {"headerGetString", &rpm.header_get_string},
    {"headerGetNumber", &rpm.header_get_number},
    {"headerIsEntry", &rpm.header_is_entry},
    {"rpmtdNew", &rpm.td_new},
    {"rpmtdFree", &rpm.td_free},
    {"rpmtdFreeData", &rpm.td_free_data},
    {"rpmtdCount", &rpm.td_count},
    {"rpmtdNext", &rpm.td_next},
    {"rpmtdGetString", &rpm.td_get_string},
    {"rpmtdGetNumber", &rpm.td_get_number},
    {"rpmlogSetMask", &rpm.log_set_mask},
    {NULL, NULL},
};

/* Nothing of it reaches the terminal, nothing is collected. */
static gboolean silence(void)
{
  rpm.log_set_mask(RPMLOG_MASK(RPMLOG_EMERG));
  return TRUE;
}

/* The releases that Debian has shipped since bookworm; only functions whose ABI they share are used (no struct of
 * librpm is laid out by us). */
static const char *const names[] = {"librpm.so.9", "librpm.so.10", NULL};
static CrLibrary library = {
    .names = names, .purpose = "takes rpm's records apart", .package = "librpm9", .rows = rows, .start = silence};

const CrRpmLibrary *cr_rpm_library_get(GError **error)
{
  return cr_library_load(&library, error) ? &rpm : NULL;
}
