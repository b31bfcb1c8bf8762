/* SPDX-License-Identifier: Apache-2.0 */
/* What a watcher decides, without a daemon and without a clock. */
#include "fleet/watch.h"

#include <string.h>

#include "fleet/kept-name.h"

#define PATIENCE_SECONDS 60U  /* an engine that is gone is asked at least so often */
#define SETTLE_SECONDS   600U /* and so long do events settle at most */

/* ---- events ---- */

/* Docker's words, and Podman's for the same. */
static const char *const image_news[] = {"tag", "pull", "load", "import", "loadfromarchive", "build", NULL};

/* The name as the fleet has it: an image's normalised, a container's without what careen adds for a while. */
static char *get_subject(const CrDaemonEvent *event)
{
  if (!strcmp(event->type, "image"))
    return *event->name ? cr_fleet_normalise_name(event->name) : g_strdup("");
  char *name = NULL;
  return cr_temporary_name_parse(event->name, &name, NULL, NULL) ? name : g_strdup(event->name);
}

gboolean cr_watch_is_news(const CrDaemonEvent *event)
{
  if (!strcmp(event->type, "container"))
    return !strcmp(event->action, "create") && !cr_fleet_is_temporary_name(event->name);
  if (strcmp(event->type, "image") != 0 || !g_strv_contains(image_news, event->action))
    return FALSE;
  g_autofree char *name = get_subject(event);
  return !cr_fleet_is_kept_name(name);
}

static void add_subject(GHashTable *subjects, const char *name)
{
  if (name)
    g_hash_table_add(subjects, cr_fleet_normalise_name(name));
}

GHashTable *cr_watch_list_subjects(const CrFleetPlan *plan)
{
  GHashTable *subjects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    if (!cr_fleet_step_is_due(step))
      continue;
    add_subject(subjects, step->image_name);
    add_subject(subjects, step->image ? step->image->reference : NULL);
    for (guint k = 0; step->containers[k]; k++)
      g_hash_table_add(subjects, g_strdup(step->containers[k]));
  }
  return subjects;
}

gboolean cr_watch_is_own(const CrDaemonEvent *event, GHashTable *subjects)
{
  g_autofree char *name = get_subject(event);
  return g_hash_table_contains(subjects, name);
}

/* ---- how long ---- */

static guint double_up(guint seconds, guint times, guint most)
{
  for (; times && seconds < most; times--)
    seconds *= 2;
  return MIN(seconds, most);
}

guint cr_watch_find_patience(guint attempts)
{
  return double_up(1, attempts ? attempts - 1 : 0, PATIENCE_SECONDS);
}

guint cr_watch_find_settle(guint base_seconds, guint in_vain)
{
  return double_up(base_seconds, in_vain, MAX(base_seconds, SETTLE_SECONDS));
}

/* ---- windows ---- */

typedef struct {
  CrFleetPlan *plan;
  CrRecord *record;
  gint64 now, first;
} Holding;

/* FALSE with *WHY: POLICY does not allow it now. */
static gboolean is_allowed(Holding *holding, const CrPolicy *policy, const CrFleetStep *step, const char **why)
{
  g_autofree char *text = NULL;
  if (cr_policy_allows_now(policy, holding->now, step->exploited_fixes > 0, &text))
    return TRUE;
  gint64 opens = cr_policy_find_opening(policy, holding->now);
  if (opens > holding->now)
    holding->first = holding->first ? MIN(holding->first, opens) : opens;
  *why = cr_arena_strdup(holding->plan->arena, text);
  return FALSE;
}

static gboolean may_roll(Holding *holding, const CrFleetStep *step, const char *name, const char **why)
{
  CrArena *arena = holding->plan->arena;
  const GPtrArray *containers = step->image->containers;
  for (guint i = 0; containers && i < containers->len; i++) {
    const CrFleetContainer *container = containers->pdata[i];
    if (strcmp(container->container->name, name) != 0)
      continue;
    const char *answer = holding->record ? cr_record_find_mark(holding->record, "answer", name, arena, NULL) : NULL;
    if (container->policy->restart == CR_RESTART_ASK && g_strcmp0(answer, "yes") != 0) {
      *why = "restart: ask: careen apply --yes does it";
      return FALSE;
    }
    return is_allowed(holding, container->policy, step, why);
  }
  return TRUE;
}

static void hold_containers(Holding *holding, CrFleetStep *step)
{
  CrArena *arena = holding->plan->arena;
  g_autoptr(GPtrArray) yes = g_ptr_array_new(), no = g_ptr_array_new();
  for (guint i = 0; step->held_containers[i]; i++)
    g_ptr_array_add(no, (gpointer)step->held_containers[i]);
  const char *why = NULL;
  for (guint i = 0; step->containers[i]; i++)
    if (may_roll(holding, step, step->containers[i], &why))
      g_ptr_array_add(yes, (gpointer)step->containers[i]);
    else
      g_ptr_array_add(no, (gpointer)cr_arena_printf(arena, "%s: %s", step->containers[i], why));
  gboolean held = *step->containers && !yes->len;
  step->containers = cr_arena_list(arena, yes);
  step->held_containers = cr_arena_list(arena, no);
  if (!held || cr_action_changes(step->action))
    return;
  step->state = "refused";
  step->reason = cr_arena_printf(arena, "containers run an older one: %s", why);
}

gint64 cr_watch_hold_back(CrFleetPlan *plan, CrRecord *record, gint64 now)
{
  Holding holding = {.plan = plan, .record = record, .now = now};
  for (guint i = 0; i < plan->steps->len; i++) {
    CrFleetStep *step = plan->steps->pdata[i];
    const char *why = NULL;
    if (!cr_fleet_step_is_due(step) || !step->image)
      continue;
    if (!cr_action_changes(step->action) || is_allowed(&holding, step->image->policy, step, &why)) {
      hold_containers(&holding, step);
      continue;
    }
    step->state = "refused";
    step->reason = why;
  }
  for (guint i = 0; i < plan->removals->len; i++) {
    CrFleetRemoval *removal = plan->removals->pdata[i];
    g_autofree char *why = NULL;
    if (!removal->image || cr_policy_allows_now(removal->image->policy, now, FALSE, &why))
      continue;
    removal->state = "refused";
    removal->reason = cr_arena_strdup(plan->arena, why);
  }
  return holding.first;
}
