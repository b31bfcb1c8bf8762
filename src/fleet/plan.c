/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/plan.h"

#include <string.h>

#include "fleet/decide.h"

const CrFleetStep *cr_fleet_plan_find(const CrFleetPlan *plan, const char *id)
{
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    if (!strcmp(step->id, id))
      return step;
  }
  return NULL;
}

gboolean cr_fleet_step_is_due(const CrFleetStep *step)
{
  return !strcmp(step->state, "planned") && (cr_action_changes(step->action) || *step->containers);
}

gboolean cr_fleet_plan_does_something(const CrFleetPlan *plan)
{
  for (guint i = 0; i < plan->steps->len; i++)
    if (cr_fleet_step_is_due(plan->steps->pdata[i]))
      return TRUE;
  for (guint i = 0; i < plan->removals->len; i++)
    if (!strcmp(((const CrFleetRemoval *)plan->removals->pdata[i])->state, "planned"))
      return TRUE;
  return FALSE;
}

/* ---- one step ---- */

typedef struct {
  CrFleetPlan *plan;
  CrRecord *record;
  GHashTable *changing; /* CrFleetImage* → CrFleetStep* that changes it */
  guint changes;        /* so far, for maximum-a-run */
} Planning;

static void count_gains(Planning *planning, CrFleetStep *step, const CrImageFacts *facts)
{
  g_autoptr(GPtrArray) fixed = g_ptr_array_new();
  for (guint i = 0; i < facts->fixes->len; i++) {
    const CrFactFix *fix = facts->fixes->pdata[i];
    if (!fix->wanted)
      continue;
    step->fixes++;
    step->reached_fixes += fix->reached;
    step->exploited_fixes += fix->exploited;
    g_ptr_array_add(fixed,
                    (gpointer)cr_arena_printf(planning->plan->arena, "%s %s → %s", fix->package, fix->from, fix->to));
  }
  step->fixed = cr_arena_list(planning->plan->arena, fixed);
}

static gboolean may_restart(const CrFleetContainer *container, const char **why)
{
  if (!container->may_recreate)
    *why = container->why;
  else if (container->policy->restart == CR_RESTART_NEVER)
    *why = "restart: never";
  else
    return TRUE;
  return FALSE;
}

static gboolean is_canary(const CrFleetContainer *container)
{
  return cr_policy_names_canary(container->policy, container->container->name);
}

/* What its policy calls the canary goes first, then all by name: they go over one after the other, and each soaks. */
static int compare_canaries(gconstpointer a, gconstpointer b)
{
  const CrFleetContainer *x = *(const CrFleetContainer *const *)a, *y = *(const CrFleetContainer *const *)b;
  int order = is_canary(y) - is_canary(x);
  return order ? order : strcmp(x->container->name, y->container->name);
}

static CrStrv list_names(CrArena *arena, const GPtrArray *containers)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < containers->len; i++)
    g_ptr_array_add(names, (gpointer)((const CrFleetContainer *)containers->pdata[i])->container->name);
  return cr_arena_list(arena, names);
}

/* Those that run it: after a change all, else those that run an older one. */
static void list_containers(Planning *planning, CrFleetStep *step, gboolean changes)
{
  CrArena *arena = planning->plan->arena;
  g_autoptr(GPtrArray) yes = g_ptr_array_new(), no = g_ptr_array_new();
  /* what was rolled back anywhere is held everywhere, until the name is another image */
  const char *bad = !changes && planning->record && step->image->id
                        ? cr_record_find_mark(planning->record, "bad", step->image->id, arena, NULL)
                        : NULL;
  for (guint i = 0; i < step->image->containers->len; i++) {
    const CrFleetContainer *container = step->image->containers->pdata[i];
    const char *why = bad ? cr_arena_printf(arena, "that image failed before: %s", bad) : NULL;
    if (!changes && !container->outdated)
      continue;
    if (!bad && may_restart(container, &why))
      g_ptr_array_add(yes, (gpointer)container);
    else
      g_ptr_array_add(no, (gpointer)cr_arena_printf(arena, "%s: %s", container->container->name, why));
  }
  g_ptr_array_sort(yes, compare_canaries);
  step->containers = list_names(arena, yes);
  step->held_containers = cr_arena_list(arena, no);
}

static const CrFleetStep *find_parent_step(const Planning *planning, const CrFleetImage *image)
{
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  return base ? g_hash_table_lookup(planning->changing, base->image) : NULL;
}

/* The steps of every image of the fleet whose files go into it, its base's first. */
static CrStrv list_needed(const Planning *planning, const CrFleetImage *image, guint *wave)
{
  g_autoptr(GPtrArray) after = g_ptr_array_new();
  *wave = 0;
  for (guint i = 0; i < image->parents->len; i++) {
    const CrFleetStep *step =
        g_hash_table_lookup(planning->changing, ((const CrFleetParent *)image->parents->pdata[i])->image);
    if (!step)
      continue;
    g_ptr_array_add(after, (gpointer)step->id);
    *wave = MAX(*wave, step->wave + 1);
  }
  return cr_arena_list(planning->plan->arena, after);
}

/* Why the same was in vain before, or NULL. The mark's value is "FINGERPRINT WORDS". */
static const char *find_tried(Planning *planning, const CrImageFacts *facts, const CrFleetStep *parent)
{
  if (!planning->record)
    return NULL;
  CrArena *arena = planning->plan->arena;
  const char *value = cr_record_find_mark(planning->record, "tried", facts->image->name, arena, NULL);
  const char *now = value ? cr_decide_fingerprint(facts, parent, arena) : NULL;
  if (!value || strncmp(value, now, strlen(now)) != 0 || value[strlen(now)] != ' ')
    return NULL;
  return value + strlen(now) + 1;
}

static void refuse_over_cap(Planning *planning, CrFleetStep *step)
{
  guint cap = step->image->policy->maximum_a_run;
  if (cr_action_changes(step->action) && cap && ++planning->changes > cap) {
    step->state = "refused";
    step->reason = cr_arena_printf(planning->plan->arena, "%s; beyond maximum-a-run: %u", step->reason, cap);
  }
}

static void add_step(Planning *planning, const CrImageFacts *facts)
{
  CrArena *arena = planning->plan->arena;
  const CrFleetStep *parent = find_parent_step(planning, facts->image);
  CrDecision decision = cr_decide(facts, parent, find_tried(planning, facts, parent), arena);
  CrFleetStep *step = cr_arena_new0(arena, CrFleetStep);
  step->image = facts->image;
  step->image_name = facts->image->name;
  step->image_id = cr_arena_strdup(arena, facts->image_id ? facts->image_id : facts->image->id);
  step->action = decision.action;
  step->reason = decision.reason;
  step->state = "planned";
  step->id = cr_arena_printf(arena, "%s %s", cr_action_get_name(step->action), step->image_name);
  step->fingerprint = cr_decide_fingerprint(facts, parent, arena);
  step->digest = step->action == CR_ACTION_PULL ? cr_arena_strdup(arena, facts->tag_answer) : NULL;
  gboolean changes = cr_action_changes(step->action);
  step->after = changes ? list_needed(planning, facts->image, &step->wave) : cr_strv_empty;
  count_gains(planning, step, facts);
  list_containers(planning, step, changes);
  if (!changes && *step->containers && step->action == CR_ACTION_NOTHING)
    step->reason = "containers run an older one";
  refuse_over_cap(planning, step);
  g_ptr_array_add(planning->plan->steps, step);
  if (changes && strcmp(step->state, "refused") != 0)
    g_hash_table_insert(planning->changing, (gpointer)facts->image, step);
}

/* ---- the order ---- */

/* By wave, what changes something first; then as the fleet has its images, which is by parents and name. */
static int rank(const CrFleetStep *step)
{
  return cr_action_changes(step->action) ? (int)step->wave : 1000 + (int)step->action;
}

static int compare_steps(const void *a, const void *b)
{
  const CrFleetStep *left = *(const CrFleetStep *const *)a, *right = *(const CrFleetStep *const *)b;
  int order = rank(left) - rank(right);
  if (order)
    return order;
  if (left->exploited_fixes != right->exploited_fixes)
    return left->exploited_fixes < right->exploited_fixes ? 1 : -1;
  if (left->reached_fixes != right->reached_fixes)
    return left->reached_fixes < right->reached_fixes ? 1 : -1;
  return strcmp(left->id, right->id);
}

CrFleetPlan *cr_fleet_plan_new(gint64 when)
{
  CrFleetPlan *plan = g_new0(CrFleetPlan, 1);
  plan->arena = cr_arena_new();
  plan->steps = g_ptr_array_new();
  plan->rollovers = g_ptr_array_new();
  plan->edits = g_ptr_array_new();
  plan->removals = g_ptr_array_new();
  plan->problems = cr_problems_new();
  plan->when = when;
  return plan;
}

CrFleetPlan *cr_fleet_plan_make(const CrFleet *fleet, const GPtrArray *facts, CrRecord *record, gint64 now)
{
  CrFleetPlan *plan = cr_fleet_plan_new(now);
  Planning planning = {.plan = plan, .record = record};
  planning.changing = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < fleet->images->len; i++)
    if (facts->pdata[i])
      add_step(&planning, facts->pdata[i]);
  g_hash_table_unref(planning.changing);
  g_ptr_array_sort(plan->steps, compare_steps);
  cr_fleet_plan_find_dependents(plan, fleet);
  cr_problems_add_all(plan->problems, fleet->problems);
  return plan;
}

void cr_fleet_plan_free(CrFleetPlan *plan)
{
  if (!plan)
    return;
  g_ptr_array_unref(plan->steps);
  g_ptr_array_unref(plan->rollovers);
  g_ptr_array_unref(plan->edits);
  g_ptr_array_unref(plan->removals);
  cr_problems_free(plan->problems);
  cr_arena_free(plan->arena);
  g_free(plan);
}
