/* SPDX-License-Identifier: Apache-2.0 */
/* Which flaws a change mends, by both witnesses: the changelog between the two versions, and the advisories. */
#pragma once
#include "scan/scan.h"

/* The pending update that PACKAGE (may be NULL) has in SCAN, or NULL. */
const CrUpdate *cr_update_find(const CrScan *scan, const CrPackage *package);
/* Names, each once: the changelog's in its order, then the advisories'. NULL: neither was looked up. In ARENA. */
CrStrv cr_update_list_fixes(const CrScan *scan, const CrUpdate *update, CrArena *arena);
