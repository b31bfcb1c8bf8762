/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "fleet/plan.h"
#include "report/report.h"

/* NEXT: the command to be run next, or NULL. */
void cr_fleet_plan_write_table(const CrFleetPlan *plan, CrReport *report, const char *next);
void cr_fleet_plan_write_json(const CrFleetPlan *plan, CrReport *report); /* careen.plan/1 */
/* The same as one text, for the record: every step of it. Free with g_free. */
char *cr_fleet_plan_format(const CrFleetPlan *plan);
/* PLAN, which is one of the whole fleet, is the newest: the mark "plan" of RECORD (under ""), for who asks what is
 * planned without looking again. Where it has the same steps as the one before nothing is written. */
gboolean cr_fleet_plan_remember(const CrFleetPlan *plan, CrRecord *record, GError **error);
