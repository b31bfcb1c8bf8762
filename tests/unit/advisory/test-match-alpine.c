/* SPDX-License-Identifier: Apache-2.0 */
#include "match-case.h"

static const MatchRow rows[] = {
    /* by origin; "0" is never; no archive answers, so the advisory's word counts */
    {"alpine", "3.18.9", "apk", "libz", "1.2.11-r3", "zlib",
     .findings = "CVE-2018-25032 fixable 1.2.11-r4 unknown\nCVE-2022-37434 fixable 1.2.12-r2 unknown\n"},
    {"alpine", "3.18.9", "apk", "libz", "1.2.11-r4", "zlib", .findings = "CVE-2022-37434 fixable 1.2.12-r2 unknown\n"},
    {"alpine", "3.18.9", "apk", "libz", "1.2.13-r1", "zlib", .findings = ""},
    {"alpine", "3.18.9", "apk", "busybox-binsh", "1.28.3-r1", "busybox",
     .findings = "CVE-2018-1000500 fixable 1.28.3-r2 unknown\n"},
    {"alpine", "3.18", "apk", "nothing", "1-r0", .findings = ""},
    {"alpine", "3.17.1", "apk", "libz", "1.2.11-r3", "zlib", .findings = NULL},
    {"alpine", "3.21.0_alpha20240923", "apk", "libz", "1.2.11-r3", "zlib", .findings = NULL},
    {"alpine", "3.18.9", "apk", "libz", "1.2.11-r3", "zlib",
     .steward = {CR_STEWARD_BUILDER, "me", NULL, CR_PROOF_UNKNOWN, NULL}},
};

int main(int argc, char **argv)
{
  return match_main(argc, argv, "/match-alpine/rows", rows, G_N_ELEMENTS(rows), FALSE);
}
