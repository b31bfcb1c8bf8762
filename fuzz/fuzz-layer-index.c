/* SPDX-License-Identifier: Apache-2.0 */
/* A layer index of the cache, damaged: as it is, and then with a head that says it is whole. */
#include <sys/mman.h>
#include <unistd.h>

#include "image/layer-format.h"
#include "image/layer-write.h"
#include "image/tree.h"

static void on_facts(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  g_autoptr(GBytes) facts = cr_layer_get_facts(layer, entry->id, data);
}

static void on_name(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  gboolean replaced = FALSE;
  if (entry->digest)
    g_free(cr_digest_format(entry->digest));
  cr_tree_find_hider(data, 0, entry->entry.path, &replaced);
  (void)layer;
}

static void read_index(const guint8 *data, gsize size)
{
  int fd = memfd_create("index", MFD_CLOEXEC);
  g_autoptr(CrLayer) layer = write(fd, data, size) == (gssize)size ? cr_layer_open_fd(fd, NULL, "key") : NULL;
  close(fd);
  if (!layer)
    return;
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_layer_add_problems(layer, "layer 1", problems);
  cr_layer_foreach_facts(layer, "elf", on_facts, "elf");
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  cr_layer_cursor_seek(cursor, "etc/os-release");
  for (CrLayerEntry entry; cr_layer_cursor_next(cursor, &entry);)
    on_facts(layer, &entry, "elf");
  CrLayer *layers[] = {layer, layer};
  g_autoptr(CrTree) tree = cr_tree_new(layers, G_N_ELEMENTS(layers));
  CrNode node;
  cr_tree_find(tree, "/a/../usr/lib/x", &node);
  cr_layer_foreach_digest(layer, NULL, on_name, tree);
  cr_layer_foreach_link(layer, on_name, tree);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  read_index(data, size);
  CrLayerHeader header;
  if (size < sizeof header)
    return 0;
  memcpy(&header, data, sizeof header);
  memcpy(header.magic, CR_LAYER_MAGIC, sizeof header.magic);
  header.format = CR_LAYER_FORMAT;
  header.file_bytes = size;
  header.facts_offset = sizeof header;
  header.checksum = 0;
  g_strlcpy(header.key, "key", sizeof header.key);
  CrLayerSum sum;
  cr_layer_sum_init(&sum);
  cr_layer_sum_add(&sum, data + sizeof header, size - sizeof header);
  cr_layer_sum_add(&sum, (const guint8 *)&header, sizeof header);
  header.checksum = cr_layer_sum_finish(&sum);
  g_autofree guint8 *whole = g_memdup2(data, size);
  memcpy(whole, &header, sizeof header);
  read_index(whole, size);
  return 0;
}
