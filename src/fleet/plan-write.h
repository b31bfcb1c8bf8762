/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "fleet/plan.h"
#include "report/report.h"

/* NEXT: the command to be run next, or NULL. */
void cr_fleet_plan_write_table(const CrFleetPlan *plan, CrReport *report, const char *next);
void cr_fleet_plan_write_json(const CrFleetPlan *plan, CrReport *report); /* careen.plan/1 */
/* The same as one text, for the record: every step of it. Free with g_free. */
char *cr_fleet_plan_format(const CrFleetPlan *plan);
