/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/prune.h"

#include <string.h>

#include "base/error.h"
#include "fleet/discover.h"
#include "fleet/kept-name.h"

typedef struct {
  CrFleetPlan *plan;
  const CrFleet *fleet;
  gint64 now;
  CrDaemon *daemon; /* at hand */
  const CrFleetHeld *held;
} Pruning;

/* ---- what needs it ---- */

static gboolean is_used(const Pruning *it, const char *id)
{
  for (guint i = 0; i < it->fleet->containers->len; i++) {
    const CrFleetContainer *container = it->fleet->containers->pdata[i];
    if (container->daemon == it->daemon && !g_strcmp0(container->container->image_id, id))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_built_on(const CrFleetImage *image, const char *id)
{
  for (guint i = 0; i < image->parents->len; i++)
    if (!g_strcmp0(((const CrFleetParent *)image->parents->pdata[i])->built_on, id))
      return TRUE;
  return FALSE;
}

/* Some name of the fleet means it, be it by its digest, or some image stands on it. */
static gboolean is_wanted(const Pruning *it, const char *id)
{
  for (guint i = 0; i < it->fleet->images->len; i++) {
    const CrFleetImage *image = it->fleet->images->pdata[i];
    gboolean is_it = image->daemon == it->daemon && !g_strcmp0(image->id, id);
    /* a node of its own that only stands for a name of careen's is nobody's wish */
    if ((is_it && !cr_fleet_is_kept_name(image->name) && strcmp(image->name, id) != 0) || is_built_on(image, id))
      return TRUE;
  }
  return FALSE;
}

/* ---- one image ---- */

static const CrFleetImage *find_owner(const Pruning *it, const CrReplaced *replaced)
{
  const CrFleetImage *image = cr_fleet_find_image(it->fleet, replaced->subject);
  return image && image->daemon == it->daemon && image->ours ? image : NULL;
}

static gboolean is_old(const Pruning *it, const CrReplaced *replaced, const CrPolicy *policy)
{
  return replaced->when > 0 && it->now - replaced->when >= (gint64)policy->keep_seconds;
}

static void add(const Pruning *it, const CrFleetImage *image, const CrReplaced *replaced, const CrLocalImage *local)
{
  CrArena *arena = it->plan->arena;
  CrFleetRemoval *removal = cr_arena_new0(arena, CrFleetRemoval);
  g_autoptr(GDateTime) day = g_date_time_new_from_unix_utc(replaced->when);
  g_autofree char *when = day ? g_date_time_format(day, "%Y-%m-%d") : NULL;
  removal->image = image;
  removal->image_name = image->name;
  removal->image_id = cr_arena_strdup(arena, replaced->id);
  removal->id = cr_arena_printf(arena, "prune %s %.19s", image->name, removal->image_id);
  removal->kept = cr_arena_strdup(arena, local->kept);
  removal->reason = cr_arena_printf(arena, "replaced on %s, and nothing uses it", when ? when : "an unknown day");
  removal->state = "planned";
  g_ptr_array_add(it->plan->removals, removal);
}

/* LIST[FIRST…END) are all who replaced one id: what one of them still keeps stays. */
static void judge(const Pruning *it, const GPtrArray *list, guint first, guint end)
{
  const CrReplaced *replaced = list->pdata[first], *last = NULL;
  const CrLocalImage *local = g_hash_table_lookup(it->held->ids, replaced->id);
  const CrFleetImage *owner = NULL;
  if (!local || *local->names)
    return;
  for (guint i = first; i < end; i++) {
    const CrFleetImage *image = find_owner(it, list->pdata[i]);
    if (!image)
      continue;
    if (image->hold || cr_policy_holds_image(image->policy, image->name) || !is_old(it, list->pdata[i], image->policy))
      return;
    if (!last || ((const CrReplaced *)list->pdata[i])->when > last->when) {
      last = list->pdata[i];
      owner = image;
    }
  }
  for (guint i = 0; local->image->repo_tags[i]; i++) {
    g_autofree char *name = cr_fleet_normalise_name(local->image->repo_tags[i]);
    if (!strstr(name, "<none>") && !cr_fleet_is_kept_name(name))
      return; /* what a build of careen's holds by a name for a while */
  }
  if (owner && !is_used(it, replaced->id) && !is_wanted(it, replaced->id))
    add(it, owner, last, local);
}

/* ---- all of them ---- */

static gboolean is_known_whole(const Pruning *it, CrRecord *record, CrArena *arena)
{
  if (!it->held->ids || !it->held->containers)
    return FALSE;
  g_autoptr(GPtrArray) open = cr_record_list_operations(record, cr_daemon_get_name(it->daemon), TRUE, arena, NULL);
  return open && !open->len;
}

static int compare_removals(gconstpointer a, gconstpointer b)
{
  const CrFleetRemoval *left = *(const CrFleetRemoval *const *)a, *right = *(const CrFleetRemoval *const *)b;
  return strcmp(left->id, right->id);
}

void cr_prune_find(CrFleetPlan *plan, const CrFleet *fleet, CrRecord *record, gint64 now)
{
  if (fleet->narrowed)
    return;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) list = cr_record_list_replaced(record, arena, &error);
  if (!list) {
    cr_problems_add_error(plan->problems, CR_PROBLEM_PARTIAL, "record", error);
    return;
  }
  for (guint d = 0; list->len && d < fleet->daemons->len; d++) {
    Pruning it = {plan, fleet, now, fleet->daemons->pdata[d], fleet->held->pdata[d]};
    if (!is_known_whole(&it, record, arena))
      continue;
    for (guint first = 0, end = 0; first < list->len; first = end) {
      const char *id = ((const CrReplaced *)list->pdata[first])->id;
      while (end < list->len && !strcmp(((const CrReplaced *)list->pdata[end])->id, id))
        end++;
      judge(&it, list, first, end);
    }
  }
  g_ptr_array_sort(plan->removals, compare_removals);
}
