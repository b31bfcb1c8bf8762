/* SPDX-License-Identifier: Apache-2.0 */
/* careen plan: what the whole fleet needs, in order. */
#include "cli/fleet-look.h"
#include "fleet/plan-write.h"

/* A record that cannot be written costs the memory of what was seen, not the plan. */
static CrRecord *open_record(CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  CrRecord *record = cr_record_open(NULL, TRUE, &error);
  if (!record)
    cr_problems_add_error(problems, CR_PROBLEM_NOTE, "record", error);
  return record;
}

static int run(const CrCall *call, GError **error)
{
  if (!cr_look_check_gate(call, "plan", "steps", error))
    return -1;
  g_autoptr(CrFleetLook) it = cr_fleet_look_new(call->settings, call->arguments, CR_FLEET_LOOK_REGISTRIES, error);
  if (!it)
    return -1;
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrRecord) record = open_record(problems);
  g_autoptr(CrFleetPlan) plan = cr_fleet_look_plan(it, record);
  cr_problems_add_all(plan->problems, problems);
  cr_problems_sort(plan->problems);
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_fleet_plan_write_json(plan, report);
  else
    cr_fleet_plan_write_table(plan, report, *call->arguments ? NULL : "careen apply");
  gboolean steps = cr_fleet_plan_does_something(plan);
  if (!cr_look_flush(call, report, error))
    return -1;
  return call->settings->fail_on && steps ? 1 : !cr_problems_are_complete(plan->problems) ? 3 : 0;
}

static const CrExample examples[] = {
    {"careen plan", "what every image of the fleet needs, and why"},
    {"careen plan shop/web:4", "of one image, with what it is built on and what is built on it"},
    {"careen plan -f json -o plan.json", "the plan as a file"},
    {"careen plan --fail-on steps --all", "for CI: exit 1 when something is to be done"},
    {NULL, NULL},
};

const CrCommand cr_command_plan = {
    .name = "plan",
    .arguments = "[IMAGE…]",
    .max = 100,
    .summary = "what the whole fleet needs, in order, and why",
    .description =
        "Look into every image that careen.yaml lists or a container runs, and say for each the one thing it needs: "
        "patch, rebuild, pull, replace its base, wait, or nothing; with what that brings and which containers are "
        "re-created for it. Parents come before what is built on them; a child whose parent changes is rebuilt once, "
        "after it.\n\n"
        "What is wanted, and when, is policy: in careen.yaml. Nothing is changed. What was seen is kept in the record "
        "of the state folder.\n\n"
        "A release that nobody watches any more is proposed to be replaced, and never is by itself. What was done "
        "before and brought nothing is not planned again until something it hangs on changes.\n\n"
        "Exit codes: 0 with or without steps, 1 with --fail-on steps and some, 2 no image of the fleet has a name that "
        "was given, 3 something could not be examined.",
    .examples = examples,
    .run = run,
};
