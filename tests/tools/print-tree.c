/* SPDX-License-Identifier: Apache-2.0 */
/* print-tree CACHE-DIR LAYER.tar…: the merged tree of the layers, a line each: type, path, link target; sizes by
 * what was collected, digests of the files that show; for the oracles. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "image/pass.h"
#include "image/tree.h"

static gboolean print(const CrNode *node, gpointer data)
{
  (void)data;
  static const char letters[] = "fdl?cbps";
  printf("%c %s%s%s\n", letters[node->type], node->path, node->target ? " -> " : "", node->target ? node->target : "");
  return TRUE;
}

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  return entry->size > 0 && head_bytes > 0;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  (void)error;
  cr_sink_write_file(sink, file);
  return TRUE;
}

static gboolean print_fact(const CrNode *node, gpointer data)
{
  g_autoptr(GBytes) bytes = cr_tree_get_facts(data, node, "all");
  printf("= %s %" G_GSIZE_FORMAT "\n", node->path, bytes ? g_bytes_get_size(bytes) : 0);
  return TRUE;
}

typedef struct {
  CrTree *tree;
  guint layer;
} Showing;

static void print_digest(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  (void)layer;
  const Showing *it = data;
  gboolean replaced = FALSE;
  g_autofree char *text = cr_digest_format(entry->digest);
  if (cr_tree_find_hider(it->tree, it->layer, entry->entry.path, &replaced) < 0)
    printf("# %s %s\n", entry->entry.path, cr_digest_get_hex(text));
}

int main(int argc, char **argv)
{
  static const CrCollector all = {"all", 1, wants, collect};
  const CrCollector *const collectors[] = {&all, NULL};
  g_autoptr(CrCache) cache = cr_cache_new(argv[1]);
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_layer_unref);
  for (int i = 2; i < argc; i++) {
    g_autoptr(GError) error = NULL;
    int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
    CrPassOptions options = {.cache = cache, .collectors = collectors, .name = argv[i]};
    CrLayer *layer = cr_pass_read_layer(cr_stream_new_pipe(fd, TRUE), &options, &error);
    if (!layer) {
      fprintf(stderr, "%s\n", error->message);
      return 1;
    }
    g_ptr_array_add(layers, layer);
  }
  g_autoptr(CrTree) tree = cr_tree_new((CrLayer *const *)layers->pdata, layers->len);
  cr_tree_foreach(tree, "", print, NULL);
  cr_tree_foreach_facts(tree, "all", print_fact, tree);
  for (Showing it = {tree, 0}; it.layer < layers->len; it.layer++)
    cr_layer_foreach_digest(layers->pdata[it.layer], NULL, print_digest, &it);
  return 0;
}
