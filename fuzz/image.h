/* SPDX-License-Identifier: Apache-2.0 */
/* For the targets of readers that ask a tree: an image of one layer made of files, as the pass would have indexed it.
 */
#pragma once
#include <string.h>

#include "image/layer-write.h"
#include "inventory/private.h"

static inline CrLayerWriter *begin_image(const CrCollector *const *collectors)
{
  static CrCache *cache;
  if (!cache) {
    g_autofree char *dir = g_build_filename(g_get_tmp_dir(), "careen-fuzz", NULL);
    cache = cr_cache_new(dir);
  }
  CrLayerWriter *writer = cr_layer_writer_new(cache, collectors, 0, NULL);
  g_assert_nonnull(writer);
  return writer;
}

static inline void add_file(CrLayerWriter *writer, const CrCollector *const *collectors, const char *path,
                            const void *data, gsize size)
{
  const CrEntry entry = {.path = path, .path_bytes = strlen(path), .type = CR_ENTRY_FILE, .mode = 0755, .size = size};
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  for (guint i = 0; size && collectors[i]; i++)
    if (collectors[i]->wants(&entry, data, MIN(size, CR_COLLECT_HEAD_BYTES)))
      cr_layer_writer_end_facts(writer,
                                collectors[i]->collect(&entry, file, cr_layer_writer_begin_facts(writer, i), NULL));
  cr_layer_writer_add(writer, &entry, NULL);
}

static inline CrTree *end_image(CrLayerWriter *writer)
{
  g_autoptr(CrLayer) layer = cr_layer_writer_finish(writer, NULL, 0, FALSE, NULL);
  g_assert_nonnull(layer);
  return cr_tree_new(&layer, 1);
}

/* PATH holds the input; BESIDE (or NULL) holds TEXT: the packages of that image. */
static inline void read_image(const char *path, const guint8 *data, gsize size, const char *beside, const char *text)
{
  const CrCollector *const *collectors = cr_inventory_get_collectors();
  g_autoptr(CrLayerWriter) writer = begin_image(collectors);
  add_file(writer, collectors, path, data, size);
  if (beside)
    add_file(writer, collectors, beside, text, strlen(text));
  g_autoptr(CrTree) tree = end_image(writer);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, NULL, problems);
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  cr_inventory_find_owner(inventory, "usr/bin/x");
  if (packages->len)
    cr_inventory_get_files(inventory, packages->pdata[0]);
}
