/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/layer-trie.h"

#include <string.h>

/* A place in the tree: the number of the place below, and the layer on it. */
typedef struct {
  guint below;
  const char *layer;
} Key;

typedef struct {
  Key key;
  guint number;     /* from 1; 0 is the bottom */
  GPtrArray *items; /* that end here, or NULL */
} Place;

struct CrLayerTrie {
  GHashTable *places; /* Place* → itself */
};

static guint hash_place(gconstpointer data)
{
  const Place *place = data;
  return g_str_hash(place->key.layer) * 31U + place->key.below;
}

static gboolean is_same_place(gconstpointer a, gconstpointer b)
{
  const Place *x = a, *y = b;
  return x->key.below == y->key.below && !strcmp(x->key.layer, y->key.layer);
}

static void free_place(gpointer data)
{
  Place *place = data;
  if (place->items)
    g_ptr_array_unref(place->items);
  g_free(place);
}

CrLayerTrie *cr_layer_trie_new(void)
{
  CrLayerTrie *trie = g_new0(CrLayerTrie, 1);
  trie->places = g_hash_table_new_full(hash_place, is_same_place, free_place, NULL);
  return trie;
}

void cr_layer_trie_free(CrLayerTrie *trie)
{
  if (!trie)
    return;
  g_hash_table_unref(trie->places);
  g_free(trie);
}

static Place *find_place(const CrLayerTrie *trie, guint below, const char *layer)
{
  Place wanted = {.key = {below, layer}};
  return g_hash_table_lookup(trie->places, &wanted);
}

void cr_layer_trie_add(CrLayerTrie *trie, const char *const *layers, gpointer item)
{
  Place *place = NULL;
  for (guint i = 0; layers[i]; i++) {
    guint below = place ? place->number : 0;
    place = find_place(trie, below, layers[i]);
    if (place)
      continue;
    place = g_new0(Place, 1);
    place->key = (Key){below, layers[i]};
    place->number = g_hash_table_size(trie->places) + 1;
    g_hash_table_add(trie->places, place);
  }
  if (!place)
    return;
  if (!place->items)
    place->items = g_ptr_array_new();
  g_ptr_array_add(place->items, item);
}

const GPtrArray *cr_layer_trie_find(const CrLayerTrie *trie, const char *const *layers, guint below, guint *depth)
{
  const Place *place = NULL;
  const GPtrArray *found = NULL;
  for (guint i = 0; layers[i] && layers[i + 1] && (!below || i + 1 < below); i++) {
    place = find_place(trie, place ? place->number : 0, layers[i]);
    if (!place)
      break;
    if (!place->items)
      continue;
    found = place->items;
    *depth = i + 1;
  }
  return found;
}
