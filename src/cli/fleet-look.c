/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fleet-look.h"

#include "fleet/context-moved.h"
#include "fleet/plan-write.h"
#include "fleet/prune.h"

static CrFleetLook *look_into(CrFleetLook *given, const CrSettings *settings, char **only, guint flags, GError **error)
{
  g_autoptr(CrFleetLook) look = given;
  look->look = look->config ? cr_look_new(settings, error) : NULL;
  if (!look->look)
    return NULL;
  CrFleetOptions options = {
      .source = &look->look->options.source,
      .all = (flags & CR_FLEET_LOOK_ALL) != 0,
      .registries = (flags & CR_FLEET_LOOK_REGISTRIES) != 0,
      .only = only && *only ? (CrStrv)only : NULL,
  };
  look->whole = !options.only;
  look->fleet = cr_fleet_new(look->config, &options, error);
  return look->fleet ? g_steal_pointer(&look) : NULL;
}

CrFleetLook *cr_fleet_look_new(const CrSettings *settings, char **only, guint flags, GError **error)
{
  CrFleetLook *look = g_new0(CrFleetLook, 1);
  look->config = look->own = cr_fleet_config_load(settings->config, error);
  return look_into(look, settings, only, flags, error);
}

CrFleetLook *cr_fleet_look_new_of(const CrSettings *settings, const CrFleetConfig *config, GError **error)
{
  CrFleetLook *look = g_new0(CrFleetLook, 1);
  look->config = config;
  return look_into(look, settings, NULL, CR_FLEET_LOOK_REGISTRIES, error);
}

void cr_fleet_look_free(CrFleetLook *look)
{
  if (!look)
    return;
  g_clear_pointer(&look->fleet, cr_fleet_free);
  g_clear_pointer(&look->look, cr_look_free);
  g_clear_pointer(&look->own, cr_fleet_config_free);
  g_free(look);
}

static CrFleetPlan *make_plan(const CrFleetLook *look, CrRecord *record, CrKnown *known, CrFactsVisit visit,
                              gpointer data)
{
  const CrScanOptions *options = &look->look->options;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  GPtrArray *facts = cr_facts_gather(look->fleet, options, record, known, arena, problems);
  cr_facts_ask_contexts(look->fleet, facts, options, record, arena, problems);
  CrFleetPlan *plan = cr_fleet_plan_make(look->fleet, facts, record, options->now);
  cr_problems_add_all(plan->problems, problems);
  if (record)
    cr_prune_find(plan, look->fleet, record, g_get_real_time() / G_USEC_PER_SEC);
  g_autoptr(GError) error = NULL;
  if (record && look->whole && !cr_fleet_plan_remember(plan, record, &error))
    cr_problems_add_error(plan->problems, CR_PROBLEM_NOTE, "record", error);
  cr_problems_sort(plan->problems);
  if (visit)
    visit(facts, plan, data);
  cr_facts_free_all(facts);
  return plan;
}

CrFleetPlan *cr_fleet_look_plan(const CrFleetLook *look, CrRecord *record)
{
  return make_plan(look, record, NULL, NULL, NULL);
}

CrFleetPlan *cr_fleet_look_plan_round(const CrFleetLook *look, CrRecord *record, CrKnown *known, CrStrv files,
                                      CrFactsVisit visit, gpointer data)
{
  cr_known_begin(known, look->fleet, &look->look->options, files);
  return make_plan(look, record, known, visit, data);
}
