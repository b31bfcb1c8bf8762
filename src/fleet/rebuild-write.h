/* SPDX-License-Identifier: Apache-2.0 */
/* What came of rebuilding an image: for people, and as careen.remedy/1 as `careen patch` prints it (doc/schema). */
#pragma once
#include "base/json.h"
#include "fleet/rebuild.h"
#include "report/report.h"

/* "rebuilt"; "planned": proved by a dry run, and not named; "failed" */
const char *cr_rebuild_get_outcome(const CrRebuild *rebuild);
void cr_rebuild_write_table(const CrRebuild *rebuild, CrReport *report);
/* One object into WRITER. */
void cr_rebuild_write_json(const CrRebuild *rebuild, CrJsonWriter *writer);
