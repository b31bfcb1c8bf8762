/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/fleet.h"

#include "fleet/dependents.h"
#include "fleet/discover.h"
#include "fleet/kept-name.h"

#include <string.h>

/* ---- nodes ---- */

static int find_daemon_number(const CrFleetBuilder *builder, const CrDaemon *daemon)
{
  for (guint i = 0; i < builder->locals->len; i++)
    if (((const CrLocalDaemon *)builder->locals->pdata[i])->daemon == daemon)
      return (int)i;
  return -1;
}

/* DAEMON, if it or nobody has NAME; else the first that has it. */
static int choose_daemon(const CrFleetBuilder *builder, const char *name, const CrDaemon *daemon)
{
  int first = -1;
  for (guint i = 0; i < builder->locals->len; i++) {
    const CrLocalDaemon *local = builder->locals->pdata[i];
    if (first < 0 && g_hash_table_contains(local->by_name, name))
      first = (int)i;
  }
  return daemon && first >= 0 ? find_daemon_number(builder, daemon) : first;
}

static const char *find_spelling(const CrLocalImage *local, const char *name)
{
  for (guint i = 0; local && local->names[i]; i++)
    if (!strcmp(local->names[i], name))
      return local->written[i];
  return name;
}

static CrStrv list_other_names(CrArena *arena, const CrLocalImage *local, const char *name)
{
  guint count = g_strv_length((char **)local->names), kept = 0;
  const char **names = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *names);
  for (guint i = 0; i < count; i++)
    if (strcmp(local->names[i], name) != 0)
      names[kept++] = local->names[i];
  return kept ? names : NULL;
}

static const char *find_digest(CrArena *arena, const CrLocalImage *local, const char *name)
{
  const char *at = strchr(name, '@');
  if (at)
    return cr_arena_strdup(arena, at + 1);
  for (guint i = 0; local && local->image->repo_digests && local->image->repo_digests[i]; i++) {
    const char *digest = strchr(local->image->repo_digests[i], '@');
    g_autofree char *repository = cr_fleet_normalise_name(local->image->repo_digests[i]);
    gsize length = strcspn(repository, "@");
    if (digest && !strncmp(repository, name, length) && name[length] == ':' && !strchr(name + length, '/'))
      return digest + 1;
  }
  return NULL;
}

static void set_local(CrFleetBuilder *builder, CrFleetImage *image, CrLocalImage *local)
{
  CrArena *arena = builder->fleet->arena;
  image->id = local->image->id;
  image->layers = local->layers;
  image->daemon = local->of->daemon;
  image->reference = find_spelling(local, image->name);
  image->also = list_other_names(arena, local, image->name);
  image->digest = find_digest(arena, local, image->name);
  image->source = cr_arena_printf(arena, "%s:%s", cr_daemon_get_kind(local->of->daemon), image->reference);
  g_hash_table_insert(builder->of_node, image, local);
}

static CrFleetImage *make_node(CrFleetBuilder *builder, const char *name, int daemon)
{
  CrFleet *fleet = builder->fleet;
  CrFleetImage *image = cr_arena_new0(fleet->arena, CrFleetImage);
  image->name = image->reference = cr_arena_strdup(fleet->arena, name);
  image->parents = g_ptr_array_new();
  image->children = g_ptr_array_new();
  image->containers = g_ptr_array_new();
  image->uses = g_ptr_array_new();
  image->policy = fleet->config->policy;
  image->digest = find_digest(fleet->arena, NULL, name);
  image->source = cr_arena_printf(fleet->arena, "registry:%s", name);
  const CrLocalDaemon *local = daemon >= 0 ? builder->locals->pdata[daemon] : NULL;
  CrLocalImage *has = local ? g_hash_table_lookup(local->by_name, name) : NULL;
  if (local && !has)
    has = g_hash_table_lookup(local->by_id, name);
  if (has)
    set_local(builder, image, has);
  g_ptr_array_add(fleet->nodes, image);
  return image;
}

static CrFleetImage *get_node(CrFleetBuilder *builder, const char *name, int daemon)
{
  g_autofree char *key = g_strdup_printf("%d %s", daemon, name);
  CrFleetImage *image = g_hash_table_lookup(builder->nodes, key);
  if (image)
    return image;
  image = make_node(builder, name, daemon);
  g_hash_table_insert(builder->nodes, g_steal_pointer(&key), image);
  return image;
}

CrFleetImage *cr_fleet_get_node(CrFleetBuilder *builder, const char *name, CrDaemon *daemon)
{
  g_autofree char *normal = cr_fleet_normalise_name(name);
  return get_node(builder, normal, choose_daemon(builder, normal, daemon));
}

CrFleetImage *cr_fleet_get_local_node(CrFleetBuilder *builder, CrLocalImage *local)
{
  const char *name = local->names[0] ? local->names[0] : local->image->id;
  return get_node(builder, name, find_daemon_number(builder, local->of->daemon));
}

CrLocalImage *cr_fleet_find_local(const CrFleetBuilder *builder, const CrDaemon *daemon, const char *id)
{
  int number = find_daemon_number(builder, daemon);
  return number >= 0 ? g_hash_table_lookup(((const CrLocalDaemon *)builder->locals->pdata[number])->by_id, id) : NULL;
}

CrFleetParent *cr_fleet_add_parent(CrFleetBuilder *builder, CrFleetImage *child, CrFleetImage *parent, const char *how,
                                   CrConfidence confidence, gboolean copied)
{
  for (guint i = 0; i < child->parents->len; i++) {
    const CrFleetParent *known = child->parents->pdata[i];
    if (known->image == parent || (!copied && !known->copied))
      return NULL;
  }
  CrFleetParent *edge = cr_arena_new0(builder->fleet->arena, CrFleetParent);
  *edge = (CrFleetParent){.image = parent, .how = how, .confidence = confidence, .copied = copied};
  g_ptr_array_insert(child->parents, copied ? -1 : 0, edge);
  return edge;
}

/* ---- the whole ---- */

static void free_local(gpointer data)
{
  CrLocalDaemon *local = data;
  g_hash_table_unref(local->by_name);
  g_hash_table_unref(local->by_id);
  g_hash_table_unref(local->by_repository);
  g_ptr_array_unref(local->images);
  g_free(local);
}

static void free_held(gpointer data)
{
  CrFleetHeld *held = data;
  g_clear_pointer(&held->names, g_hash_table_unref);
  g_clear_pointer(&held->ids, g_hash_table_unref);
  g_clear_pointer(&held->containers, g_hash_table_unref);
  g_free(held);
}

static CrFleet *new_fleet(const CrFleetConfig *config)
{
  CrFleet *fleet = g_new0(CrFleet, 1);
  fleet->arena = cr_arena_new();
  fleet->config = config;
  fleet->images = g_ptr_array_new();
  fleet->nodes = g_ptr_array_new();
  fleet->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  fleet->containers = g_ptr_array_new();
  fleet->daemons = g_ptr_array_new_with_free_func((GDestroyNotify)cr_daemon_free);
  fleet->held = g_ptr_array_new_with_free_func(free_held);
  fleet->problems = cr_problems_new();
  fleet->containers_behind = g_ptr_array_new_with_free_func((GDestroyNotify)cr_containers_free);
  fleet->recipes_behind = g_ptr_array_new_with_free_func((GDestroyNotify)cr_recipes_free);
  return fleet;
}

/* Under its name the first daemon's, in the order of `daemons`; each also as "podman:NAME". */
static void index_names(CrFleet *fleet)
{
  for (guint d = 0; d <= fleet->daemons->len; d++) {
    CrDaemon *daemon = d < fleet->daemons->len ? fleet->daemons->pdata[d] : NULL;
    for (guint i = 0; i < fleet->images->len; i++) {
      CrFleetImage *image = fleet->images->pdata[i];
      if (image->daemon != daemon)
        continue;
      if (!g_hash_table_contains(fleet->by_name, image->name))
        g_hash_table_insert(fleet->by_name, g_strdup(image->name), image);
      if (daemon)
        g_hash_table_insert(fleet->by_name, g_strdup_printf("%s:%s", cr_daemon_get_kind(daemon), image->name), image);
    }
  }
}

CrFleet *cr_fleet_new(const CrFleetConfig *config, const CrFleetOptions *options, GError **error)
{
  g_autoptr(CrFleet) fleet = new_fleet(config);
  fleet->narrowed = options->only != NULL;
  CrFleetBuilder builder = {.fleet = fleet, .options = options};
  builder.locals = g_ptr_array_new_with_free_func(free_local);
  builder.nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  builder.of_node = g_hash_table_new(NULL, NULL);
  builder.of_registry = g_hash_table_new(NULL, NULL);
  builder.recipes = g_hash_table_new(g_str_hash, g_str_equal);
  builder.unanswered = cr_unanswered_new();
  cr_fleet_discover_local(&builder);
  cr_fleet_discover_config(&builder);
  cr_fleet_discover_recipes(&builder);
  cr_fleet_discover_containers(&builder);
  cr_fleet_discover_registries(&builder);
  cr_fleet_discover_words(&builder);
  cr_fleet_say_not_asked(&builder);
  cr_fleet_discover_permissions(&builder);
  gboolean ordered = cr_fleet_order(&builder, error);
  g_hash_table_unref(builder.nodes);
  g_hash_table_unref(builder.of_node);
  g_hash_table_unref(builder.of_registry);
  g_hash_table_unref(builder.recipes);
  cr_unanswered_free(builder.unanswered);
  g_ptr_array_unref(builder.locals);
  index_names(fleet);
  cr_problems_sort(fleet->problems);
  return ordered ? g_steal_pointer(&fleet) : NULL;
}

static void free_image(CrFleetImage *image)
{
  g_ptr_array_unref(image->parents);
  g_ptr_array_unref(image->children);
  g_ptr_array_unref(image->containers);
  g_ptr_array_unref(image->uses);
}

void cr_fleet_free(CrFleet *fleet)
{
  if (!fleet)
    return;
  for (guint i = 0; i < fleet->nodes->len; i++)
    free_image(fleet->nodes->pdata[i]);
  g_ptr_array_unref(fleet->nodes);
  g_hash_table_unref(fleet->by_name);
  g_ptr_array_unref(fleet->images);
  g_ptr_array_unref(fleet->containers);
  g_ptr_array_unref(fleet->containers_behind);
  g_ptr_array_unref(fleet->recipes_behind);
  g_ptr_array_unref(fleet->held);
  g_ptr_array_unref(fleet->daemons);
  g_clear_pointer(&fleet->local, g_ptr_array_unref);
  cr_problems_free(fleet->problems);
  cr_arena_free(fleet->arena);
  g_free(fleet);
}

/* ---- asking it ---- */

CrFleetImage *cr_fleet_find_image(const CrFleet *fleet, const char *name)
{
  g_autofree char *normal = cr_fleet_normalise_name(name);
  CrFleetImage *image = g_hash_table_lookup(fleet->by_name, normal);
  return image ? image : g_hash_table_lookup(fleet->by_name, name);
}

gboolean cr_fleet_is_engine(const char *place)
{
  static const char *const engines[] = {"docker", "podman", "daemons", NULL};
  return g_strv_contains(engines, place);
}

const char *cr_fleet_shorten_path(const CrFleet *fleet, const char *path)
{
  const char *file = fleet->config->file;
  g_autofree char *folder = file ? g_path_get_dirname(file) : NULL;
  g_autofree char *absolute = folder ? g_canonicalize_filename(folder, NULL) : g_get_current_dir();
  gsize length = strlen(absolute);
  gboolean below = !strncmp(path, absolute, length) && path[length] == '/' && path[length + 1];
  return below ? path + length + 1 : path;
}

const CrFleetParent *cr_fleet_image_get_base(const CrFleetImage *image)
{
  const CrFleetParent *first = image->parents->len ? image->parents->pdata[0] : NULL;
  return first && !first->copied ? first : NULL;
}

static void add_user(GHashTable *users, GHashTable *names, CrFleetContainer *user)
{
  CrStrv used = user->container->depends_on;
  for (guint i = 0; used && used[i]; i++) {
    g_autofree char *key = g_strdup_printf("%p %s", (gpointer)user->daemon, used[i]);
    CrFleetContainer *node = g_hash_table_lookup(names, key);
    if (node)
      cr_users_add(users, node, user);
  }
}

GHashTable *cr_fleet_index_users(const CrFleet *fleet)
{
  GHashTable *users = cr_users_new();
  g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  /* by the nodes: a part of the fleet that was asked for has not all of `containers` */
  for (guint i = 0; i < fleet->nodes->len; i++)
    g_ptr_array_extend(all, ((const CrFleetImage *)fleet->nodes->pdata[i])->containers, NULL, NULL);
  for (guint i = 0; i < all->len; i++) {
    CrFleetContainer *node = all->pdata[i];
    g_hash_table_insert(names, g_strdup_printf("%p %s", (gpointer)node->daemon, node->container->name), node);
  }
  for (guint i = 0; i < all->len; i++) {
    CrFleetContainer *user = all->pdata[i];
    if (!cr_fleet_is_temporary_name(user->container->name))
      add_user(users, names, user);
  }
  return users;
}

gboolean cr_fleet_image_is_behind(const CrFleetImage *image)
{
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  return image->id && image->build && base && base->outdated && base->confidence == CR_CONFIDENCE_CERTAIN &&
         base->image->ours && base->image->build && base->image->id;
}
