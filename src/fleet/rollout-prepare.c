/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "container/recreate.h"
#include "fleet/dependents.h"
#include "fleet/discover.h"
#include "fleet/kept-name.h"
#include "fleet/rollout-private.h"

/* One that its engine started again so lately has not shown that it stays up: engines wait a minute at most between two
 * restarts. */
#define RESTARTED_SECONDS 60

static void refuse(CrRolling *rolling, const char *why)
{
  rolling->result->outcome = CR_ROLLOUT_REFUSED;
  rolling->result->why = why;
}

static char *format_policy(const CrContainer *container)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_node(writer, cr_json_find(cr_json_find(container->inspect, "HostConfig"), "RestartPolicy"));
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* By the name that it follows where that is the wanted image by now, so that whoever looks sees no id. */
static const char *choose_reference(CrRolling *rolling, const CrContainer *container, const char *image_id)
{
  const char *name = container->follows;
  g_autofree char *now = name ? cr_daemon_find_image(rolling->daemon, name, NULL) : NULL;
  return cr_arena_strdup(rolling->arena, !g_strcmp0(now, image_id) ? name : image_id);
}

const char *cr_rollout_find_illness(const CrContainer *container)
{
  gint64 age = g_get_real_time() / G_USEC_PER_SEC - container->started;
  gint64 restarts = cr_json_find_integer(container->inspect, "RestartCount", 0);
  if (!strcmp(container->state, "restarting") ||
      (!strcmp(container->state, "running") && restarts > 0 && age < RESTARTED_SECONDS))
    return "restarting";
  return !strcmp(container->health, "unhealthy") ? "unhealthy" : NULL;
}

static CrRolloutMember *add_member(CrRolling *rolling, const CrContainer *container, const char *image_id)
{
  g_autofree char *policy = format_policy(container);
  CrArena *arena = rolling->arena;
  CrRolloutMember *member = cr_arena_new0(arena, CrRolloutMember);
  member->name = cr_arena_strdup(arena, container->name);
  member->old_id = cr_arena_strdup(arena, container->id);
  member->unit = cr_container_is_of_unit(container) ? cr_arena_strdup(arena, container->unit) : NULL;
  member->image =
      member->unit ? cr_arena_strdup(arena, container->image) : choose_reference(rolling, container, image_id);
  member->image_id = cr_arena_strdup(arena, image_id);
  member->before_image_id = cr_arena_strdup(arena, container->image_id);
  member->state = cr_arena_strdup(arena, container->state);
  member->policy = strcmp(policy, "null") != 0 ? cr_arena_strdup(arena, policy) : NULL;
  member->ill = cr_rollout_find_illness(container);
  member->at_once = !g_strcmp0(container->manager, "compose");
  g_ptr_array_add(rolling->members, member);
  return member;
}

/* ---- those that go with it ---- */

/* Of the members so far that CONTAINER uses itself: their names, with a comma between; NULL: none. */
static const char *list_used(const CrRolling *rolling, const CrContainer *container)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    if (g_strv_contains(container->depends_on, member->name))
      g_string_append_printf(text, "%s%s", text->len ? "," : "", member->name);
  }
  return text->len ? cr_arena_strdup(rolling->arena, text->str) : NULL;
}

/* systemd's engine removes a container when its unit is restarted, which it cannot while another one uses it. */
static const char *find_unit_below(const CrRolling *rolling, const CrRolloutMember *member)
{
  for (guint i = 0; !member->unit && i < rolling->members->len; i++) {
    const CrRolloutMember *other = cr_rolling_get(rolling, i);
    if (other->unit && cr_rollout_member_uses(member, other))
      return cr_arena_printf(rolling->arena, "it uses %s, which systemd's unit %s removes and makes again", other->name,
                             other->unit);
  }
  return NULL;
}

/* The owner's word on a container that has to follow another one. */
static const char *find_objection(const CrContainer *container, CrArena *arena)
{
  const char *why = cr_container_is_of_unit(container) ? cr_rollout_find_unit_obstacle(container)
                                                       : cr_dependents_find_obstacle(container);
  if (why)
    return why;
  if (!g_strcmp0(container->manager, "systemd") && !container->unit)
    return "it is of systemd, and its unit is not known";
  return cr_fleet_find_forbidding_label(container, arena);
}

/* Under the old ones' ids and the names that they get while this lasts: the final ones. */
static GHashTable *list_names(const CrRolling *rolling)
{
  GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < rolling->members->len; i++) {
    const CrRolloutMember *member = cr_rolling_get(rolling, i);
    g_hash_table_insert(names, (gpointer)member->old_id, (gpointer)member->name);
    g_hash_table_insert(names, (gpointer)cr_rolling_format_name(rolling, member, "old"), (gpointer)member->name);
  }
  return names;
}

/* Could MEMBER be created again? Asked of those that come later, before anything is touched. */
static const char *find_loss(CrRolling *rolling, const CrContainer *container, const CrRolloutMember *member)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) names = list_names(rolling);
  g_autoptr(CrRecreation) recreation =
      cr_recreation_load(rolling->daemon, container, member->image, member->image_id, names, &error);
  const char *why = NULL;
  if (!recreation)
    return cr_arena_strdup(rolling->arena, error->message);
  return cr_recreation_is_allowed(recreation, &why) ? NULL : cr_arena_strdup(rolling->arena, why);
}

static const CrRolloutOther *find_other(const CrRollingWish *wish, const char *name)
{
  for (guint i = 0; i < wish->n_others; i++)
    if (!strcmp(wish->others[i].container, name))
      return &wish->others[i];
  return NULL;
}

/* What was kept of MEMBER takes its place again. */
static gboolean take_kept(CrRolling *rolling, const CrRollingWish *wish, CrRolloutMember *member)
{
  const CrRolloutMember *kept = wish->kept ? g_hash_table_lookup(wish->kept, member->name) : NULL;
  if (!kept)
    return FALSE;
  member->new_id = cr_arena_strdup(rolling->arena, kept->old_id);
  member->home = cr_arena_strdup(rolling->arena, kept->name);
  member->new_policy = cr_arena_strdup(rolling->arena, kept->policy);
  return TRUE;
}

static gboolean add_other(CrRolling *rolling, const CrRollingWish *wish, const CrContainer *container)
{
  const CrRolloutOther *other = find_other(wish, container->name);
  const char *uses = list_used(rolling, container), *why = find_objection(container, rolling->arena);
  CrRolloutMember *member = add_member(rolling, container, other ? other->image_id : container->image_id);
  member->uses = uses;
  member->step = other ? other->step : 0;
  if (!why)
    why = find_unit_below(rolling, member);
  if (!take_kept(rolling, wish, member) && !why && !member->unit)
    why = find_loss(rolling, container, member);
  if (why)
    refuse(rolling, cr_arena_printf(rolling->arena, "%s %s and cannot be re-created: %s", container->name,
                                    uses ? "uses it" : "goes over with it", why));
  return !why;
}

/* A unit that does not run has nothing of what is changed, and makes its container anew when it starts. */
static gboolean is_left(const CrContainer *container)
{
  return cr_fleet_is_temporary_name(container->name) || /* a kept one, of its own kept one */
         (cr_container_is_of_unit(container) && !cr_rollout_runs(container->state));
}

static gboolean add_others(CrRolling *rolling, const CrRollingWish *wish, GError **error)
{
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < wish->n_others; i++)
    g_hash_table_add(names, (gpointer)wish->others[i].container);
  g_autoptr(GPtrArray) list = cr_turn_list(wish->all, wish->container->name, names, rolling->arena, error);
  for (guint i = 0; list && i < list->len; i++)
    if (!is_left(list->pdata[i]) && !add_other(rolling, wish, list->pdata[i]))
      return FALSE;
  return list != NULL;
}

gboolean cr_rolling_prepare(CrRolling *rolling, const CrRollingWish *wish, GError **error)
{
  const CrContainer *container = wish->container;
  const char *why = cr_container_is_of_unit(container) ? cr_rollout_find_unit_obstacle(container)
                                                       : cr_dependents_find_obstacle(container);
  if (cr_fleet_is_temporary_name(container->name))
    why = "it is one that careen keeps of before";
  else if (cr_container_is_of_unit(container) && !why && !cr_rollout_runs(container->state))
    why = "its unit does not run: systemd makes it when it starts";
  if (why) {
    refuse(rolling, why);
    return FALSE;
  }
  CrRolloutMember *first = add_member(rolling, container, wish->image_id);
  first->step = rolling->operation.step;
  take_kept(rolling, wish, first);
  rolling->result->before = first->old_id;
  if (!add_others(rolling, wish, error))
    return FALSE;
  cr_rolling_note_members(rolling);
  return TRUE;
}

/* ---- the new one ---- */

/* Another one of this name is of a careen that was killed before it wrote down the id. */
static gboolean clear_name(CrRolling *rolling, const char *name, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrContainers) stray = cr_rollout_find(rolling->daemon, name, &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  return !stray || cr_rollout_remove(rolling->daemon, cr_rollout_get_first(stray)->id, error);
}

static void take_problems(CrRolling *rolling, const CrRolloutMember *member, const CrRecreation *recreation)
{
  for (guint i = 0; i < cr_problems_get_count(recreation->problems); i++) {
    const CrProblem *problem = cr_problems_get(recreation->problems, i);
    g_autofree char *where = g_strdup_printf("container %s: %s", member->name, problem->where);
    if (problem->kind != CR_PROBLEM_BLIND)
      cr_problems_add(rolling->result->problems, problem->kind, where, "%s", problem->what);
  }
}

static gboolean create(CrRolling *rolling, CrRolloutMember *member, const CrRecreation *recreation, GError **error)
{
  const char *name = cr_rolling_format_name(rolling, member, "new");
  g_autofree char *id = NULL;
  if (!clear_name(rolling, name, error) || !cr_recreation_create(recreation, rolling->daemon, name, &id, error))
    return FALSE;
  member->new_id = cr_arena_strdup(rolling->arena, id);
  return TRUE;
}

gboolean cr_rolling_create(CrRolling *rolling, guint i, const char **why, GError **error)
{
  CrRolloutMember *member = cr_rolling_get(rolling, i);
  g_autoptr(CrContainers) old = cr_containers_load(rolling->daemon, member->old_id, error);
  if (!old)
    return FALSE;
  const CrContainer *container = cr_rollout_get_first(old);
  g_autoptr(GHashTable) names = list_names(rolling);
  g_autoptr(CrRecreation) recreation =
      cr_recreation_load(rolling->daemon, container, member->image, member->image_id, names, error);
  if (!recreation)
    return FALSE;
  take_problems(rolling, member, recreation);
  if (!cr_recreation_is_allowed(recreation, why)) {
    *why = cr_arena_strdup(rolling->arena, *why);
    return TRUE;
  }
  if (!create(rolling, member, recreation, error))
    return FALSE;
  g_autoptr(CrContainers) made = cr_containers_load(rolling->daemon, member->new_id, error);
  if (!made)
    return FALSE;
  g_autofree char *difference =
      cr_recreation_compare(recreation, container->inspect, cr_rollout_get_first(made)->inspect);
  if (difference)
    *why = cr_arena_printf(rolling->arena, "the new one would differ in what nobody asked for: %s", difference);
  return TRUE;
}
