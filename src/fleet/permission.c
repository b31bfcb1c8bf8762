/* SPDX-License-Identifier: Apache-2.0 */
/* What careen may act on: careen.yaml's lists first, then the labels of containers and images, which the owner of each
 * sets. A label that forbids wins over everything. Then what hangs together: who cannot go over because another one
 * that would have to go with it cannot, so that a plan promises nothing that apply refuses. */
#include "fleet/discover.h"

#include "fleet/dependents.h"
#include "fleet/gate.h"
#include "fleet/kept-name.h"

#include <string.h>

#define ENABLE "careen.enable"
#define HOLD   "careen.hold"
#define POLICY "careen.policy"

gboolean cr_fleet_matches(const char *pattern, const char *name)
{
  if (strpbrk(pattern, "*?"))
    return g_pattern_match_simple(pattern, name);
  g_autofree char *normal = cr_fleet_normalise_name(pattern);
  return !strcmp(pattern, name) || !strcmp(normal, name);
}

/* 1 yes, 0 no, -1: not said, or no word that means either. */
static int read_switch(const char *value)
{
  static const char *const yes[] = {"true", "yes", "1", "on", NULL}, *const no[] = {"false", "no", "0", "off", NULL};
  g_autofree char *word = value ? g_ascii_strdown(value, -1) : NULL;
  if (!word)
    return -1;
  return g_strv_contains(yes, word) ? 1 : g_strv_contains(no, word) ? 0 : -1;
}

/* `careen.hold` alone means hold. */
static gboolean is_held(const char *value)
{
  return value && read_switch(value) != 0;
}

/* A policy that nobody wrote is no permission: what asks for it stays as it is. NULL: LABEL is none such. */
static const char *find_unwritten_policy(const CrFleet *fleet, const char *label)
{
  return label && !(fleet->config->policies && g_hash_table_contains(fleet->config->policies, label))
             ? cr_arena_printf(fleet->arena, "label %s=%s, which is not under policies:", POLICY, label)
             : NULL;
}

static const CrPolicy *choose_policy(const CrFleet *fleet, const char *label, const char *where, const CrPolicy *own)
{
  if (!label)
    return own;
  if (!find_unwritten_policy(fleet, label))
    return g_hash_table_lookup(fleet->config->policies, label);
  cr_problems_add(fleet->problems, CR_PROBLEM_PARTIAL, where,
                  "its label %s names '%s', which is not under policies:: left alone", POLICY, label);
  return own;
}

static void say_odd_switch(const CrFleet *fleet, const char *value, const char *where)
{
  if (value && read_switch(value) < 0)
    cr_problems_add(fleet->problems, CR_PROBLEM_PARTIAL, where,
                    "its label %s is '%s', neither true nor false: left alone", ENABLE, value);
}

/* ---- images ---- */

static const char *find_label(const CrFleetBuilder *builder, const CrFleetImage *image, const char *name)
{
  const CrLocalImage *local = g_hash_table_lookup(builder->of_node, image);
  return local ? cr_image_find_label(local->image, name) : NULL;
}

static void judge_image(CrFleetBuilder *builder, CrFleetImage *image)
{
  CrFleet *fleet = builder->fleet;
  CrStrv registries = fleet->config->registries;
  for (guint i = 0; !image->ours && registries && registries[i]; i++) {
    if (!cr_fleet_matches(registries[i], image->name))
      continue;
    image->ours = TRUE;
    image->owner = cr_arena_printf(fleet->arena, "registries: %s", registries[i]);
  }
  const char *enable = find_label(builder, image, ENABLE);
  say_odd_switch(fleet, enable, image->name);
  if (is_held(find_label(builder, image, HOLD)))
    image->hold = "label " HOLD;
  else if (enable && read_switch(enable) != 1)
    image->hold = cr_arena_printf(fleet->arena, "label %s=%s", ENABLE, enable);
  if (image->config) /* careen.yaml's word on this image is nearer than what its builder put into it */
    return;
  const char *policy = find_label(builder, image, POLICY);
  image->policy = choose_policy(fleet, policy, image->name, image->policy);
  if (!image->hold)
    image->hold = find_unwritten_policy(fleet, policy);
}

/* ---- containers ---- */

const char *cr_fleet_find_forbidding_label(const CrContainer *container, CrArena *arena)
{
  const char *enable = cr_container_find_label(container, ENABLE);
  if (is_held(cr_container_find_label(container, HOLD)))
    return "label " HOLD;
  return enable && read_switch(enable) != 1 ? cr_arena_printf(arena, "label %s=%s", ENABLE, enable) : NULL;
}

static const char *find_refusal(const CrFleet *fleet, const CrFleetContainer *node)
{
  CrArena *arena = fleet->arena;
  const CrContainer *container = node->container;
  const char *orchestrated = cr_dependents_find_orchestrator(container);
  const char *label = cr_fleet_find_forbidding_label(container, arena);
  if (cr_container_is_own(container))
    return "itself";
  if (cr_fleet_is_temporary_name(container->name))
    return "kept by careen from an earlier change";
  if (label)
    return label;
  if (orchestrated)
    return orchestrated;
  /* how it is known to be well is its owner's word: where that cannot be read nothing says that it may go over */
  g_autofree char *fault = cr_gate_find_fault(container->inspect);
  return fault ? cr_arena_strdup(arena, fault)
               : find_unwritten_policy(fleet, cr_container_find_label(container, POLICY));
}

/* Its image is held, and so it keeps the one that it has. */
static const char *find_image_hold(const CrFleet *fleet, const CrFleetContainer *node)
{
  const CrFleetImage *image = node->image;
  if (image->hold)
    return cr_arena_printf(fleet->arena, "its image is held: %s", image->hold);
  return cr_policy_holds_image(image->policy, image->name) || cr_policy_holds_image(node->policy, image->name)
             ? "hold: names its image"
             : NULL;
}

static const char *find_permission(const CrFleet *fleet, const CrContainer *container)
{
  CrStrv patterns = fleet->config->containers;
  if (read_switch(cr_container_find_label(container, ENABLE)) == 1)
    return "label " ENABLE "=true";
  for (guint i = 0; patterns && patterns[i]; i++)
    if (g_pattern_match_simple(patterns[i], container->name))
      return cr_arena_printf(fleet->arena, "containers: %s", patterns[i]);
  return NULL;
}

static void judge_container(CrFleet *fleet, CrFleetContainer *node)
{
  const CrContainer *container = node->container;
  const char *refusal = find_refusal(fleet, node);
  const char *permission = find_permission(fleet, container);
  say_odd_switch(fleet, cr_container_find_label(container, ENABLE), container->name);
  node->policy = choose_policy(fleet, cr_container_find_label(container, POLICY), container->name, node->image->policy);
  const char *held = find_image_hold(fleet, node);
  node->may_recreate = !refusal && permission && !held && node->policy->restart != CR_RESTART_NEVER;
  node->why = refusal                                     ? refusal
              : !permission                               ? "not listed under containers:"
              : held                                      ? held
              : node->policy->restart == CR_RESTART_NEVER ? "restart: never"
                                                          : permission;
  CrFleetImage *image = node->image;
  if (image->ours || refusal || read_switch(cr_container_find_label(container, ENABLE)) != 1)
    return;
  image->ours = TRUE;
  image->owner = cr_arena_printf(fleet->arena, "label %s of container %s", ENABLE, container->name);
}

/* ---- what hangs together ---- */

typedef struct {
  CrFleet *fleet;
  GHashTable *users; /* cr_fleet_index_users */
} Structure;

/* Why careen must not make it again, whatever else is said of it; or NULL. A unit's is made by systemd, and may well go
 * when it stops. */
static const char *find_obstacle(const CrFleet *fleet, const CrFleetContainer *node)
{
  const char *refusal = find_refusal(fleet, node);
  return refusal || cr_container_is_of_unit(node->container) ? refusal : cr_dependents_find_obstacle(node->container);
}

/* NODE itself, then all that use it, directly or not. */
static const char *find_obstacle_of_all(const Structure *structure, CrFleetContainer *node)
{
  CrArena *arena = structure->fleet->arena;
  const char *why = find_obstacle(structure->fleet, node);
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  g_autoptr(GPtrArray) todo = g_ptr_array_new();
  g_ptr_array_add(todo, node);
  for (guint i = 0; !why && i < todo->len; i++) {
    const CrFleetContainer *used = todo->pdata[i];
    const GPtrArray *users = g_hash_table_lookup(structure->users, used);
    for (guint k = 0; !why && users && k < users->len; k++) {
      CrFleetContainer *user = users->pdata[k];
      const char *name = user->container->name, *its = find_obstacle(structure->fleet, user);
      if (user == node)
        why = "it uses itself by way of others";
      else if (its)
        why = cr_arena_printf(arena, "%s uses it and cannot be re-created: %s", name, its);
      else if (cr_container_is_of_unit(used->container) && !cr_container_is_of_unit(user->container))
        why = cr_arena_printf(arena, "%s uses %s, which systemd's unit %s makes", name,
                              used == node ? "it" : used->container->name, used->container->unit);
      else if (g_hash_table_add(seen, user))
        g_ptr_array_add(todo, user);
    }
  }
  return why;
}

static void judge_structure(CrFleet *fleet)
{
  Structure structure = {fleet, cr_fleet_index_users(fleet)};
  for (guint i = 0; i < fleet->containers->len; i++) {
    CrFleetContainer *node = fleet->containers->pdata[i];
    const char *why = node->may_recreate ? find_obstacle_of_all(&structure, node) : NULL;
    node->may_recreate = node->may_recreate && !why;
    node->why = why ? why : node->why;
  }
  g_hash_table_unref(structure.users);
}

void cr_fleet_discover_permissions(CrFleetBuilder *builder)
{
  CrFleet *fleet = builder->fleet;
  for (guint i = 0; i < fleet->nodes->len; i++)
    judge_image(builder, fleet->nodes->pdata[i]);
  for (guint i = 0; i < fleet->containers->len; i++)
    judge_container(fleet, fleet->containers->pdata[i]);
  judge_structure(fleet);
}
