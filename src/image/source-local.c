/* SPDX-License-Identifier: Apache-2.0 */
/* What the local daemons hold, for lineage. The list has no layers; those of each image are asked for once and kept,
 * since an id never changes its meaning. */
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "image/engine.h"
#include "image/manifest.h"

#define AREA "support"
/* Images asked about; a build host with more has its oldest left out. */
#define IMAGES 2000U

/* Layers by image id: GHashTable of char* → GStrv. */
typedef struct {
  GHashTable *known;
  gboolean changed;
} Memory;

static const char *get_file(gboolean podman)
{
  return podman ? "images-podman" : "images-docker";
}

static void recall(Memory *memory, const CrCache *cache, const char *file)
{
  g_autoptr(GBytes) bytes = cache ? cr_cache_load(cache, AREA, file) : NULL;
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autoptr(CrJsonDoc) doc = text && size ? cr_json_parse(text, size, file, NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  memory->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
  for (guint i = 0; cr_json_is(root, CR_JSON_OBJECT) && i < cr_json_get_length(root); i++)
    g_hash_table_insert(memory->known, g_strdup(cr_json_get_member_name(root, i)),
                        cr_json_get_strings(cr_json_get_element(root, i)));
}

static int compare_ids(gconstpointer a, gconstpointer b)
{
  return strcmp(((const CrImage *)*(const CrImage *const *)a)->id, ((const CrImage *)*(const CrImage *const *)b)->id);
}

/* Only what is still there is written, so it does not grow for ever. */
static void remember(const Memory *memory, const CrCache *cache, const char *file, const GPtrArray *images)
{
  g_autoptr(GPtrArray) sorted = g_ptr_array_new();
  for (guint i = 0; i < images->len; i++)
    g_ptr_array_add(sorted, images->pdata[i]);
  g_ptr_array_sort(sorted, compare_ids);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  for (guint i = 0; i < sorted->len; i++) {
    const CrImage *image = sorted->pdata[i];
    cr_json_key_strings(writer, image->id, g_hash_table_lookup(memory->known, image->id));
  }
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  cr_cache_store(cache, AREA, file, text, size, NULL); /* without it the next scan asks again */
}

static char **find_layers(CrEngine *engine, Memory *memory, const char *id)
{
  char **layers = g_hash_table_lookup(memory->known, id);
  g_autofree char *escaped = layers ? NULL : cr_engine_escape(id, NULL);
  if (!escaped)
    return layers;
  g_autofree char *path = g_strdup_printf("/images/%s/json", escaped);
  g_autoptr(CrJsonDoc) doc = cr_engine_get(engine, path, NULL);
  if (!doc)
    return NULL;
  layers = cr_json_get_strings(cr_json_find(cr_json_find(cr_json_get_root(doc), "RootFS"), "Layers"));
  g_hash_table_insert(memory->known, g_strdup(id), layers);
  memory->changed = TRUE;
  return layers;
}

static void add_image(GPtrArray *images, CrEngine *engine, Memory *memory, const CrJson *item, gboolean podman,
                      CrArena *arena)
{
  const char *id = cr_json_find_string(item, "Id", NULL);
  char **layers = id ? find_layers(engine, memory, id) : NULL;
  guint count = layers ? g_strv_length(layers) : 0;
  if (!layers || count > CR_LIMIT_LAYERS)
    return;
  CrImage *image = cr_image_new(arena);
  image->id = cr_arena_strdup(arena, id);
  image->repo_tags = cr_json_copy_strings(cr_json_find(item, "RepoTags"), arena);
  image->repo_digests = cr_json_copy_strings(cr_json_find(item, "RepoDigests"), arena);
  image->layers = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *image->layers);
  for (guint i = 0; i < count; i++) {
    if (!cr_digest_is_valid(layers[i]))
      return;
    image->layers[i].diff_id = cr_arena_strdup(arena, layers[i]);
  }
  image->layer_count = count;
  image->source = podman ? cr_source_podman.name : cr_source_docker.name;
  image->ref = "";
  g_ptr_array_add(images, image);
}

static void list_daemon(GPtrArray *images, const CrSourceOptions *options, gboolean podman, CrArena *arena)
{
  g_autoptr(CrEngine) engine = cr_engine_open(options, podman, FALSE, NULL);
  g_autoptr(CrJsonDoc) doc = engine ? cr_engine_get(engine, "/images/json", NULL) : NULL;
  if (!doc)
    return;
  const CrJson *root = cr_json_get_root(doc);
  g_autoptr(GPtrArray) own = g_ptr_array_new();
  Memory memory = {NULL, FALSE};
  recall(&memory, options->cache, get_file(podman));
  for (guint i = 0; i < MIN(cr_json_get_length(root), IMAGES); i++)
    add_image(own, engine, &memory, cr_json_get_element(root, i), podman, arena);
  if (memory.changed && options->cache)
    remember(&memory, options->cache, get_file(podman), own);
  g_hash_table_unref(memory.known);
  for (guint i = 0; i < own->len; i++)
    g_ptr_array_add(images, own->pdata[i]);
}

GPtrArray *cr_source_list_local(const CrSourceOptions *options, CrArena *arena)
{
  GPtrArray *images = g_ptr_array_new();
  list_daemon(images, options, FALSE, arena);
  list_daemon(images, options, TRUE, arena);
  return images;
}
