/* SPDX-License-Identifier: Apache-2.0 */
/* What came of verifying a patch: for people, and as careen.verify-patch/1 (doc/schema/careen.verify-patch-1.json). */
#pragma once
#include "remedy/recheck.h"
#include "report/report.h"

void cr_recheck_write_table(const CrRecheck *recheck, CrReport *report);
void cr_recheck_write_json(const CrRecheck *recheck, CrReport *report);
