/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many images are under another? All images' layers in one tree of prefixes: adding and asking cost as much as
 * an image has layers, however many images there are. */
#pragma once
#include "base/arena.h"
#include "model/package.h"

typedef struct CrLayerTrie CrLayerTrie;

CrLayerTrie *cr_layer_trie_new(void);
void cr_layer_trie_free(CrLayerTrie *trie);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLayerTrie, cr_layer_trie_free)
/* ITEM has LAYERS (diff_ids, lowest first, NULL-terminated; at least one). The strings must outlive TRIE. */
void cr_layer_trie_add(CrLayerTrie *trie, const char *const *layers, gpointer item);
/* The items that have the longest proper prefix of LAYERS shorter than BELOW layers (0: any), in the order of adding;
 * *DEPTH its layers. NULL: none. Ask again with BELOW = *DEPTH for the next shorter one. Owned by TRIE. */
const GPtrArray *cr_layer_trie_find(const CrLayerTrie *trie, const char *const *layers, guint below, guint *depth);
