/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/surroundings.h"

#include <string.h>

#include "base/order.h"
#include "lineage/rules.h"

struct CrSurroundings {
  CrArena *arena;
  /* to GPtrArray of const CrImage* */
  GHashTable *by_layer; /* diff_id of the lowest layer */
  GHashTable *by_name;  /* "debian:12" */
  GHashTable *by_place; /* its repository, "debian" */
};

/* ---- the index ---- */

static GHashTable *new_index(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
}

static void add(GHashTable *index, const char *key, const CrImage *image)
{
  GPtrArray *list = g_hash_table_lookup(index, key);
  if (!list) {
    list = g_ptr_array_new();
    g_hash_table_insert(index, (gpointer)key, list);
  }
  g_ptr_array_add(list, (gpointer)image);
}

/* The repository of a name or digest in any spelling. */
static const char *get_repository(const char *ref, CrArena *arena)
{
  const char *name = cr_lineage_format_name(ref, arena), *tag = strrchr(name, ':');
  return tag ? cr_arena_strndup(arena, name, (gsize)(tag - name)) : name;
}

CrSurroundings *cr_surroundings_new(const GPtrArray *local)
{
  CrSurroundings *all = g_new0(CrSurroundings, 1);
  all->arena = cr_arena_new();
  all->by_layer = new_index();
  all->by_name = new_index();
  all->by_place = new_index();
  for (guint i = 0; local && i < local->len; i++) {
    const CrImage *image = local->pdata[i];
    if (image->layer_count)
      add(all->by_layer, image->layers[0].diff_id, image);
    for (guint t = 0; image->repo_tags && image->repo_tags[t]; t++) {
      add(all->by_name, cr_lineage_format_name(image->repo_tags[t], all->arena), image);
      add(all->by_place, get_repository(image->repo_tags[t], all->arena), image);
    }
  }
  return all;
}

void cr_surroundings_free(CrSurroundings *all)
{
  if (!all)
    return;
  g_hash_table_unref(all->by_layer);
  g_hash_table_unref(all->by_name);
  g_hash_table_unref(all->by_place);
  cr_arena_free(all->arena);
  g_free(all);
}

/* ---- one image's ---- */

CrStrv cr_surroundings_list_names(const CrImage *image, const CrBase *base, CrArena *arena)
{
  CrBase annotation = {0}, label = {0};
  cr_lineage_by_annotation(image, arena, &annotation);
  cr_lineage_by_label(image, arena, &label);
  const char *const given[] = {base->name, annotation.name, label.name};
  const char **names = cr_arena_alloc(arena, (G_N_ELEMENTS(given) + 1) * sizeof *names);
  guint count = 0;
  for (guint i = 0; i < G_N_ELEMENTS(given); i++)
    if (given[i])
      names[count++] = cr_arena_strdup(arena, given[i]);
  names[count] = NULL;
  return names;
}

static void take_all(GHashTable *found, const GPtrArray *list)
{
  for (guint i = 0; list && i < list->len; i++)
    g_hash_table_add(found, list->pdata[i]);
}

/* Are IMAGE's layers the lowest of LAYERS, or all of them? */
static gboolean is_below(const CrImage *image, CrStrv layers)
{
  for (guint i = 0; i < image->layer_count; i++)
    if (!layers[i] || !image->layers[i].diff_id || strcmp(layers[i], image->layers[i].diff_id) != 0)
      return FALSE;
  return TRUE;
}

/* rules.h: a base without a tag is called by the one that its repository has here. */
static void take_below(const CrSurroundings *all, GHashTable *found, CrStrv layers)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const GPtrArray *list = layers && layers[0] ? g_hash_table_lookup(all->by_layer, layers[0]) : NULL;
  for (guint i = 0; list && i < list->len; i++) {
    const CrImage *image = list->pdata[i];
    if (!is_below(image, layers))
      continue;
    g_hash_table_add(found, (gpointer)image);
    for (guint d = 0; image->repo_digests && image->repo_digests[d]; d++)
      take_all(found, g_hash_table_lookup(all->by_place, get_repository(image->repo_digests[d], arena)));
  }
}

static char *describe(const CrImage *image)
{
  g_autofree char *tags = image->repo_tags ? g_strjoinv(" ", (char **)image->repo_tags) : NULL;
  g_autofree char *digests = image->repo_digests ? g_strjoinv(" ", (char **)image->repo_digests) : NULL;
  return g_strjoin("\n", image->id, image->source, tags ? tags : "", digests ? digests : "", NULL);
}

char *cr_surroundings_hash(const CrSurroundings *all, CrStrv layers, CrStrv names)
{
  g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
  take_below(all, found, layers);
  for (guint i = 0; names && names[i]; i++)
    take_all(found, g_hash_table_lookup(all->by_name, names[i]));
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  GHashTableIter iter;
  gpointer image = NULL;
  g_hash_table_iter_init(&iter, found);
  while (g_hash_table_iter_next(&iter, &image, NULL))
    g_ptr_array_add(texts, describe(image));
  g_ptr_array_sort(texts, cr_compare_texts);
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  for (guint i = 0; i < texts->len; i++)
    g_checksum_update(checksum, texts->pdata[i], (gssize)strlen(texts->pdata[i]) + 1);
  return g_strdup(g_checksum_get_string(checksum));
}
