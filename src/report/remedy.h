/* SPDX-License-Identifier: Apache-2.0 */
/* What came of patching an image: for people, and as careen.remedy/1 (doc/schema/careen.remedy-1.json). */
#pragma once
#include "remedy/platforms.h"
#include "remedy/remedy.h"
#include "report/report.h"

void cr_remedy_write_table(const CrRemedy *remedy, CrReport *report);
void cr_remedy_write_json(const CrRemedy *remedy, CrReport *report);
/* The same of an image of several platforms; one shape for both. */
void cr_platforms_write_table(const CrPlatforms *platforms, CrReport *report);
void cr_platforms_write_json(const CrPlatforms *platforms, CrReport *report);
