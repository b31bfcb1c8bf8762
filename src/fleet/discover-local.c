/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemons hold. */
#include "fleet/discover.h"

#include "base/digest.h"
#include "base/limits.h"
#include "fleet/kept-name.h"

#include <string.h>
#include <unistd.h>

#define LIST_TRIES 3

/* ---- opening ---- */

static const char *get_setting(const CrSourceOptions *source, const char *kind)
{
  return !strcmp(kind, "docker") ? source->docker_host : source->podman_host;
}

/* Is one meant to be here? A machine without podman has no problem with podman. */
static gboolean is_expected(const CrSourceOptions *source, const char *kind)
{
  const char *told = get_setting(source, kind);
  g_autofree char *program = g_find_program_in_path(!strcmp(kind, "docker") ? "dockerd" : "podman");
  return (told && *told) || program || (!strcmp(kind, "docker") && !access("/var/run/docker.sock", F_OK));
}

static CrDaemon *open_daemon(CrFleetBuilder *builder, const char *kind)
{
  const CrSourceOptions *source = builder->options->source;
  g_autoptr(GError) error = NULL;
  CrDaemon *daemon = cr_daemon_open(kind, source, &error);
  if (daemon)
    g_ptr_array_add(builder->fleet->daemons, daemon);
  else if (is_expected(source, kind))
    cr_problems_add_error(builder->fleet->problems, CR_PROBLEM_PARTIAL, kind, error);
  return daemon;
}

/* ---- one image ---- */

/* The better name first: what came from a registry, a version before "latest", the shorter. */
static int compare_names(gconstpointer a, gconstpointer b)
{
  const char *x = *(const char *const *)a, *y = *(const char *const *)b;
  gboolean x_latest = g_str_has_suffix(x, ":latest"), y_latest = g_str_has_suffix(y, ":latest");
  if (x_latest != y_latest)
    return x_latest ? 1 : -1;
  return strlen(x) != strlen(y) ? (strlen(x) < strlen(y) ? -1 : 1) : strcmp(x, y);
}

static void read_names(CrArena *arena, CrLocalImage *local)
{
  guint count = g_strv_length((char **)local->image->repo_tags), kept = 0;
  const char **names = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *names);
  const char **written = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *written);
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  g_autoptr(GHashTable) spelling = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < count; i++) {
    const char *tag = local->image->repo_tags[i];
    if (strstr(tag, "<none>"))
      continue;
    g_autofree char *normal = cr_fleet_normalise_name(tag);
    if (cr_fleet_is_kept_name(normal)) {
      local->kept = tag;
      continue;
    }
    if (cr_fleet_is_build_name(normal) || g_hash_table_contains(spelling, normal))
      continue;
    const char *name = cr_arena_strdup(arena, normal);
    g_hash_table_insert(spelling, (gpointer)name, (gpointer)tag);
    g_ptr_array_add(sorted, (gpointer)name);
  }
  g_ptr_array_sort(sorted, compare_names);
  for (guint i = 0; i < sorted->len; i++) {
    names[kept] = sorted->pdata[i];
    written[kept++] = g_hash_table_lookup(spelling, sorted->pdata[i]);
  }
  local->names = names;
  local->written = written;
}

static void index_repositories(CrLocalDaemon *of, CrLocalImage *local)
{
  for (guint i = 0; local->names[i]; i++) {
    const char *tag = strrchr(local->names[i], ':');
    char *repository = g_strndup(local->names[i], (gsize)(tag - local->names[i]));
    GPtrArray *list = g_hash_table_lookup(of->by_repository, repository);
    if (!list) {
      list = g_ptr_array_new();
      g_hash_table_insert(of->by_repository, g_strdup(repository), list);
    }
    g_ptr_array_add(list, local);
    g_free(repository);
  }
}

/* podman's own spelling decides where two normalise to the same: it takes localhost/ first itself. */
static void index_names(CrLocalDaemon *of, CrLocalImage *local)
{
  for (guint i = 0; local->names[i]; i++)
    if (!g_hash_table_contains(of->by_name, local->names[i]) || g_str_has_prefix(local->written[i], "localhost/"))
      g_hash_table_insert(of->by_name, (gpointer)local->names[i], local);
  for (guint i = 0; local->image->repo_digests[i]; i++) {
    g_autofree char *normal = cr_fleet_normalise_name(local->image->repo_digests[i]);
    if (!g_hash_table_contains(of->by_name, normal))
      g_hash_table_insert(of->by_name, (gpointer)cr_arena_strdup(of->arena, normal), local);
  }
}

static void set_layers(CrLocalImage *local, CrLayerInfo *layers, guint count)
{
  const char **diff_ids = cr_arena_alloc(local->of->arena, ((gsize)count + 1) * sizeof *diff_ids);
  local->image->layer_count = count;
  local->image->layers = layers;
  for (guint i = 0; i < count; i++)
    diff_ids[i] = layers[i].diff_id;
  local->layers = diff_ids;
}

/* Podman without a socket is asked through a service of our own, and what is kept from run to run knows nothing of it.
 */
static void ask_layers(CrLocalImage *local)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_inspect_image(local->of->daemon, local->image->id, NULL);
  const CrJson *found = doc ? cr_json_find(cr_json_find(cr_json_get_root(doc), "RootFS"), "Layers") : NULL;
  guint count = cr_json_get_length(found);
  if (!count || count > CR_LIMIT_LAYERS)
    return;
  CrLayerInfo *layers = cr_arena_alloc(local->of->arena, ((gsize)count + 1) * sizeof *layers);
  for (guint i = 0; i < count; i++) {
    const char *diff_id = cr_json_get_string(cr_json_get_element(found, i), NULL);
    if (!diff_id || !cr_digest_is_valid(diff_id))
      return;
    layers[i].diff_id = cr_arena_strdup(local->of->arena, diff_id);
  }
  set_layers(local, layers, count);
}

static void add_image(CrLocalDaemon *of, const CrJson *item, GHashTable *layers)
{
  const char *id = cr_json_find_string(item, "Id", NULL);
  if (!id || g_hash_table_contains(of->by_id, id))
    return;
  const CrImage *known = g_hash_table_lookup(layers, id);
  CrLocalImage *local = cr_arena_new0(of->arena, CrLocalImage);
  CrImage *image = cr_arena_new0(of->arena, CrImage);
  local->of = of;
  local->image = image;
  image->has_config = TRUE;
  image->id = cr_arena_strdup(of->arena, id);
  image->source = cr_daemon_get_kind(of->daemon);
  image->ref = "";
  image->repo_tags = cr_json_copy_strings(cr_json_find(item, "RepoTags"), of->arena);
  image->repo_digests = cr_json_copy_strings(cr_json_find(item, "RepoDigests"), of->arena);
  cr_json_copy_members(cr_json_find(item, "Labels"), of->arena, &image->label_names, &image->label_values);
  if (known && known->layer_count)
    set_layers(local, known->layers, known->layer_count);
  else
    ask_layers(local);
  read_names(of->arena, local);
  index_names(of, local);
  index_repositories(of, local);
  g_hash_table_insert(of->by_id, (gpointer)image->id, local);
  g_ptr_array_add(of->images, local);
}

/* ---- one daemon ---- */

static int compare_ids(gconstpointer a, gconstpointer b)
{
  const CrLocalImage *x = *(const CrLocalImage *const *)a, *y = *(const CrLocalImage *const *)b;
  return strcmp(x->image->id, y->image->id);
}

/* The daemon's own order is by age, which says nothing that stays. */
static int compare_items(gconstpointer a, gconstpointer b)
{
  const CrJson *x = *(const CrJson *const *)a, *y = *(const CrJson *const *)b;
  return strcmp(cr_json_find_string(x, "Id", ""), cr_json_find_string(y, "Id", ""));
}

/* Docker's list fails as a whole when an image goes while it is made (moby 20.10); the next one is without it. */
static CrJsonDoc *ask_for_list(CrDaemon *daemon, GError **error)
{
  for (guint tries = 0; tries < LIST_TRIES; tries++) {
    CrJsonDoc *doc = cr_daemon_list_images(daemon, NULL);
    if (doc)
      return doc;
  }
  return cr_daemon_list_images(daemon, error);
}

static void list_images(CrFleetBuilder *builder, CrLocalDaemon *of, CrFleetHeld *held, GHashTable *layers)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = ask_for_list(of->daemon, &error);
  if (!doc) {
    cr_problems_add_error(builder->fleet->problems, CR_PROBLEM_PARTIAL, cr_daemon_get_kind(of->daemon), error);
    return;
  }
  const CrJson *root = cr_json_get_root(doc);
  guint count = cr_json_get_length(root);
  if (count > CR_LIMIT_FLEET_IMAGES)
    cr_problems_add(builder->fleet->problems, CR_PROBLEM_PARTIAL, cr_daemon_get_kind(of->daemon),
                    "it has %u images, and %u are looked at", count, CR_LIMIT_FLEET_IMAGES);
  g_autoptr(GPtrArray) items = g_ptr_array_new();
  for (guint i = 0; i < MIN(count, CR_LIMIT_FLEET_IMAGES); i++)
    g_ptr_array_add(items, (gpointer)cr_json_get_element(root, i));
  g_ptr_array_sort(items, compare_items);
  for (guint i = 0; i < items->len; i++)
    add_image(of, items->pdata[i], layers);
  g_ptr_array_sort(of->images, compare_ids);
  if (count <= CR_LIMIT_FLEET_IMAGES) {
    held->names = g_hash_table_ref(of->by_name);
    held->ids = g_hash_table_ref(of->by_id);
  }
}

static void add_daemon(CrFleetBuilder *builder, CrDaemon *daemon, GHashTable *layers)
{
  CrLocalDaemon *of = g_new0(CrLocalDaemon, 1);
  of->arena = builder->fleet->arena;
  of->daemon = daemon;
  of->by_name = g_hash_table_new(g_str_hash, g_str_equal);
  of->by_id = g_hash_table_new(g_str_hash, g_str_equal);
  of->by_repository = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  of->images = g_ptr_array_new();
  g_ptr_array_add(builder->locals, of);
  CrFleetHeld *held = g_new0(CrFleetHeld, 1);
  g_ptr_array_add(builder->fleet->held, held);
  list_images(builder, of, held, layers);
}

static void say_unknown_layers(CrFleetBuilder *builder)
{
  guint unknown = 0;
  for (guint d = 0; d < builder->locals->len; d++) {
    const CrLocalDaemon *of = builder->locals->pdata[d];
    for (guint i = 0; i < of->images->len; i++)
      unknown += !((const CrLocalImage *)of->images->pdata[i])->layers;
  }
  if (unknown)
    cr_problems_add(
        builder->fleet->problems, CR_PROBLEM_NOTE, "images",
        "the layers of %u could not be asked for: what they are built on is known only where it is declared", unknown);
}

void cr_fleet_discover_local(CrFleetBuilder *builder)
{
  static const char *const kinds[] = {"docker", "podman"};
  if (builder->options->no_daemons)
    return;
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    open_daemon(builder, kinds[i]);
  GPtrArray *daemons = builder->fleet->daemons;
  if (!daemons->len) {
    cr_problems_add(builder->fleet->problems, CR_PROBLEM_PARTIAL, "daemons",
                    "neither Docker nor Podman answers: containers and local images are not known");
    return;
  }
  /* layers are kept by image id from run to run: the daemons are asked once in an image's life */
  const GPtrArray *known = builder->fleet->local =
      cr_source_list_local(builder->options->source, builder->fleet->arena);
  g_autoptr(GHashTable) layers = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < known->len; i++)
    g_hash_table_insert(layers, (gpointer)((const CrImage *)known->pdata[i])->id, known->pdata[i]);
  for (guint i = 0; i < daemons->len; i++)
    add_daemon(builder, daemons->pdata[i], layers);
  say_unknown_layers(builder);
}
