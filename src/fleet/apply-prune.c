/* SPDX-License-Identifier: Apache-2.0 */
/* Old images go, after all else. What was found when the plan was made is asked again right before: the engine itself
 * refuses to remove what is in use, for nothing here is forced. */
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "fleet/kept-name.h"

typedef struct {
  CrApplying *applying;
  GPtrArray *replaced;    /* CrReplaced* */
  GHashTable *containers; /* CrDaemon* → CrContainers*: as they are after all that was rolled over */
} Pruning;

/* A plan is a file that anybody may write: only what this record knows as replaced goes. */
static gboolean is_replaced(const Pruning *it, const CrFleetRemoval *removal)
{
  for (guint i = 0; i < it->replaced->len; i++) {
    const CrReplaced *replaced = it->replaced->pdata[i];
    if (!strcmp(replaced->id, removal->image_id) && !strcmp(replaced->subject, removal->image_name))
      return TRUE;
  }
  return FALSE;
}

static const char *find_objection(const Pruning *it, const CrFleetRemoval *removal)
{
  const CrApplying *applying = it->applying;
  if (!removal->image || !removal->image->daemon)
    return "changed since: what it was before is not in the fleet any more";
  CrPolicy policy = *removal->image->policy;
  g_autofree char *why = NULL;
  if (applying->options->ignore_window)
    policy.windows = NULL;
  if (!removal->image->ours)
    return "it is not among what careen may act on";
  if (!is_replaced(it, removal))
    return "no step on record replaced it";
  if (removal->image->hold)
    return removal->image->hold;
  if (cr_policy_holds_image(&policy, removal->image_name))
    return "policy: hold";
  if (!cr_policy_allows_now(&policy, applying->options->now, FALSE, &why))
    return cr_arena_strdup(applying->plan->arena, why);
  return NULL;
}

static const CrContainers *list_containers(const Pruning *it, CrDaemon *daemon, GError **error)
{
  CrContainers *containers = g_hash_table_lookup(it->containers, daemon);
  if (!containers && (containers = cr_containers_list(daemon, error)))
    g_hash_table_insert(it->containers, daemon, containers);
  return containers;
}

/* The container that has it by now; NULL: none, or ERROR. */
static const char *find_user(const Pruning *it, const CrFleetRemoval *removal, GError **error)
{
  const CrContainers *containers = list_containers(it, removal->image->daemon, error);
  for (guint i = 0; containers && i < containers->items->len; i++) {
    const CrContainer *container = containers->items->pdata[i];
    if (!g_strcmp0(container->image_id, removal->image_id))
      return container->name;
  }
  return NULL;
}

/* Its names as they are now. FALSE with *WHY: one is not careen's own; the image is gone: none and TRUE. */
static gboolean list_names(const CrApplying *applying, const CrFleetRemoval *removal, CrStrv *names, const char **why,
                           GError **error)
{
  CrArena *arena = applying->plan->arena;
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrJsonDoc) doc = cr_daemon_inspect_image(removal->image->daemon, removal->image_id, &cause);
  *names = NULL;
  if (!doc && g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  if (!doc) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  *names = cr_json_copy_strings(cr_json_find(cr_json_get_root(doc), "RepoTags"), arena);
  for (guint i = 0; (*names)[i]; i++) {
    g_autofree char *name = cr_fleet_normalise_name((*names)[i]);
    if (cr_fleet_is_kept_name(name))
      continue;
    *why = cr_arena_printf(arena, "changed since: it is '%s' by now", name);
    return FALSE;
  }
  return TRUE;
}

/* Name after name; the image goes with its last, or by its id where it has none. */
static gboolean take_away(const CrFleetRemoval *removal, CrStrv names, gboolean *gone, GError **error)
{
  if (!*names)
    return cr_daemon_untag_image(removal->image->daemon, removal->image_id, gone, error);
  for (guint i = 0; names[i]; i++)
    if (!cr_daemon_untag_image(removal->image->daemon, names[i], gone, error))
      return FALSE;
  return TRUE;
}

static CrOutcome prune(const Pruning *it, const CrFleetRemoval *removal)
{
  CrApplying *applying = it->applying;
  CrArena *arena = applying->plan->arena;
  const char *why = cr_stop_is_wanted() ? NULL : find_objection(it, removal);
  CrStrv names = NULL;
  gboolean gone = FALSE;
  g_autoptr(GError) error = NULL;
  if (cr_stop_is_wanted())
    return cr_outcome_stop(applying);
  if (why)
    return cr_outcome_end(CR_STEP_REFUSED, why);
  const char *user = find_user(it, removal, &error);
  if (user)
    return cr_outcome_end(CR_STEP_REFUSED, cr_arena_printf(arena, "changed since: container '%s' has it by now", user));
  if (error || !list_names(applying, removal, &names, &why, &error))
    return error ? cr_outcome_fail(applying, error) : cr_outcome_end(CR_STEP_REFUSED, why);
  if (!names)
    return cr_outcome_end(CR_STEP_DONE, "it was gone before");
  if (applying->options->dry_run)
    return cr_outcome_end(CR_STEP_DONE, "dry run: nothing was removed");
  if (!take_away(removal, names, &gone, &error))
    return cr_outcome_fail(applying, error);
  return cr_outcome_end(CR_STEP_DONE,
                        gone ? removal->reason : "its name is gone; the engine keeps what other images are built on");
}

static gboolean prune_all(const Pruning *it, GError **error)
{
  CrApplying *applying = it->applying;
  for (guint i = 0; i < applying->plan->removals->len; i++) {
    CrFleetRemoval *removal = applying->plan->removals->pdata[i];
    const CrFleetStep step = {.reason = removal->reason};
    CrStep record;
    if (strcmp(removal->state, "planned") != 0)
      continue;
    if (!cr_apply_begin_step(applying, &record, removal->id, "prune", removal->image_name, removal->image_id, &step,
                             error))
      return FALSE;
    CrOutcome outcome = prune(it, removal);
    removal->state = cr_step_state_get_name(outcome.state);
    removal->reason = outcome.why ? outcome.why : removal->reason;
    if (!cr_apply_end_step(applying, &record, outcome, error))
      return FALSE;
  }
  return TRUE;
}

gboolean cr_apply_prune(CrApplying *applying, GError **error)
{
  if (!applying->plan->removals->len)
    return TRUE;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) replaced = cr_record_list_replaced(applying->options->record, arena, error);
  g_autoptr(GHashTable) containers = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)cr_containers_free);
  return replaced && prune_all(&(Pruning){applying, replaced, containers}, error);
}
