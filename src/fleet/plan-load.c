/* SPDX-License-Identifier: Apache-2.0 */
/* A printed plan, read again. */
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/read-file.h"
#include "fleet/plan.h"

static CrStrv take_list(CrArena *arena, const CrJson *array)
{
  guint count = cr_json_get_length(array);
  const char **list = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++)
    list[i] = cr_arena_strdup(arena, cr_json_get_string(cr_json_get_element(array, i), ""));
  return list;
}

static gboolean find_action(const char *name, CrAction *action)
{
  for (guint i = 0; i <= CR_ACTION_HOLD; i++)
    if (!g_strcmp0(name, cr_action_get_name((CrAction)i))) {
      *action = (CrAction)i;
      return TRUE;
    }
  return FALSE;
}

static CrFleetStep *take_step(CrFleetPlan *plan, const CrJson *it, const CrFleet *fleet)
{
  CrArena *arena = plan->arena;
  const CrJson *gains = cr_json_find(it, "gains");
  const char *name = cr_json_find_string(it, "image", NULL), *id = cr_json_find_string(it, "id", NULL);
  CrAction action;
  if (!name || !id || !find_action(cr_json_find_string(it, "action", NULL), &action))
    return NULL;
  CrFleetStep *step = cr_arena_new0(arena, CrFleetStep);
  step->id = cr_arena_strdup(arena, id);
  step->image_name = cr_arena_strdup(arena, name);
  step->image_id = cr_arena_strdup(arena, cr_json_find_string(it, "image_id", NULL));
  step->image = fleet ? cr_fleet_find_image(fleet, name) : NULL;
  step->action = action;
  step->reason = cr_arena_strdup(arena, cr_json_find_string(it, "reason", ""));
  step->state = cr_arena_strdup(arena, cr_json_find_string(it, "state", "planned"));
  step->fingerprint = cr_arena_strdup(arena, cr_json_find_string(it, "fingerprint", ""));
  const char *digest = cr_json_find_string(it, "digest", NULL); /* older plans have none */
  step->digest = digest && cr_digest_is_valid(digest) ? cr_arena_strdup(arena, digest) : NULL;
  step->fixes = (guint)CLAMP(cr_json_find_integer(gains, "fixes", 0), 0, G_MAXINT);
  step->reached_fixes = (guint)CLAMP(cr_json_find_integer(gains, "reached_fixes", 0), 0, G_MAXINT);
  step->exploited_fixes = (guint)CLAMP(cr_json_find_integer(gains, "exploited_fixes", 0), 0, G_MAXINT);
  step->fixed = take_list(arena, cr_json_find(gains, "list"));
  step->after = take_list(arena, cr_json_find(it, "after"));
  step->containers = take_list(arena, cr_json_find(it, "containers"));
  step->dependents = take_list(arena, cr_json_find(it, "dependents"));
  step->held_containers = take_list(arena, cr_json_find(it, "held_containers"));
  step->wave = (guint)CLAMP(cr_json_find_integer(it, "wave", 0), 0, G_MAXINT);
  return step;
}

/* What a step waits for stands before it. */
static gboolean is_ordered(const CrFleetPlan *plan, const CrFleetStep *step)
{
  for (guint i = 0; step->after[i]; i++)
    if (!cr_fleet_plan_find(plan, step->after[i]))
      return FALSE;
  return TRUE;
}

static gboolean refuse(const char *path, guint number, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use the plan '%s': step %u %s", path, number, why);
  return FALSE;
}

static gboolean take_steps(CrFleetPlan *plan, const char *path, const CrJson *steps, const CrFleet *fleet,
                           GError **error)
{
  for (guint i = 0; i < cr_json_get_length(steps); i++) {
    CrFleetStep *step = take_step(plan, cr_json_get_element(steps, i), fleet);
    if (!step)
      return refuse(path, i + 1, "has no id, image or known action", error);
    if (cr_fleet_plan_find(plan, step->id))
      return refuse(path, i + 1, "has the id of another", error);
    if (!is_ordered(plan, step))
      return refuse(path, i + 1, "waits for one that does not stand before it", error);
    g_ptr_array_add(plan->steps, step);
  }
  return TRUE;
}

/* Older plans have none. */
static gboolean take_removals(CrFleetPlan *plan, const char *path, const CrJson *list, const CrFleet *fleet,
                              GError **error)
{
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *it = cr_json_get_element(list, i);
    const char *name = cr_json_find_string(it, "image", NULL), *id = cr_json_find_string(it, "image_id", NULL);
    if (!name || !id || !cr_digest_is_valid(id)) {
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use the plan '%s': removal %u has no image or no valid id",
                  path, i + 1);
      return FALSE;
    }
    CrFleetRemoval *removal = cr_arena_new0(plan->arena, CrFleetRemoval);
    removal->image = fleet ? cr_fleet_find_image(fleet, name) : NULL;
    removal->image_name = cr_arena_strdup(plan->arena, name);
    removal->image_id = cr_arena_strdup(plan->arena, id);
    removal->id = cr_arena_printf(plan->arena, "prune %s %.19s", name, id);
    removal->kept = cr_arena_strdup(plan->arena, cr_json_find_string(it, "kept", NULL));
    removal->reason = cr_arena_strdup(plan->arena, cr_json_find_string(it, "reason", ""));
    removal->state = cr_arena_strdup(plan->arena, cr_json_find_string(it, "state", "planned"));
    g_ptr_array_add(plan->removals, removal);
  }
  return TRUE;
}

CrFleetPlan *cr_fleet_plan_load(const char *path, const CrFleet *fleet, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_DOCUMENT_BYTES, error);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes ? cr_fleet_plan_parse(text, size, path, fleet, error) : NULL;
}

CrFleetPlan *cr_fleet_plan_parse(const char *text, gsize size, const char *path, const CrFleet *fleet, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, path, &cause);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  if (strcmp(cr_json_find_string(root, "schema", ""), "careen.plan/1") != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use the plan '%s': %s", path,
                cause ? cause->message : "it is not what `careen plan -f json` writes");
    return NULL;
  }
  if (!cr_json_is(cr_json_find(root, "steps"), CR_JSON_ARRAY)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use the plan '%s': it has no list of steps", path);
    return NULL;
  }
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_new(0);
  const char *created = cr_json_find_string(root, "created", NULL);
  g_autoptr(GDateTime) time = created ? g_date_time_new_from_iso8601(created, NULL) : NULL;
  plan->when = time ? g_date_time_to_unix(time) : 0;
  return take_steps(plan, path, cr_json_find(root, "steps"), fleet, error) &&
                 take_removals(plan, path, cr_json_find(root, "removals"), fleet, error)
             ? g_steal_pointer(&plan)
             : NULL;
}
