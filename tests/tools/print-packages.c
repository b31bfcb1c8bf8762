/* SPDX-License-Identifier: Apache-2.0 */
/* print-packages WHAT CACHE-DIR LAYER.tar|DIR…: the inventory of the layers as lines of tab-separated fields, for the
 * oracles. WHAT is any of: p (packages), o (owner of every file), f (files of every package), u (unowned), s (system),
 * w (problems), t (times, on stderr), g (lines PACKAGE-PATH and SYMBOL on stdin: which Go program has it). */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "image/pass.h"
#include "inventory/inventory.h"
#include "reach/elf-private.h"

static CrInventory *inventory;

static const char *text(const char *value)
{
  return value ? value : "";
}

static gboolean print_owner(const CrNode *node, gpointer data)
{
  (void)data;
  const CrPackage *owner = node->type == CR_ENTRY_DIR ? NULL : cr_inventory_find_owner(inventory, node->path);
  if (node->type != CR_ENTRY_DIR)
    printf("o\t%s\t%s\t%s\n", node->path, owner ? owner->name : "", owner ? text(owner->arch) : "");
  return TRUE;
}

static void print_packages(GPtrArray *packages)
{
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *p = packages->pdata[i];
    printf("p\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s%s%s\t%s\t%s\n", p->type, p->name, p->version, text(p->arch),
           p->source_name, p->source_version, p->status, p->layer, p->held ? "h" : "", p->automatic ? "a" : "",
           p->essential ? "e" : "", p->purl, text(p->paths[0]));
  }
}

static void print_files(GPtrArray *packages)
{
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *p = packages->pdata[i];
    CrStrv files = cr_inventory_get_files(inventory, p);
    for (guint k = 0; files[k]; k++)
      printf("f\t%s\t%s\t%s\n", p->name, text(p->arch), files[k]);
  }
}

static void print_unowned(CrTree *tree, CrProblems *problems)
{
  g_autoptr(GPtrArray) unowned = cr_inventory_find_unowned(inventory, tree, NULL, NULL, problems);
  for (guint i = 0; i < unowned->len; i++) {
    const CrUnowned *u = unowned->pdata[i];
    printf("u\t%s\t%s\t%s\t%d\n", u->path, u->kind, text(u->built_with), u->layer);
  }
}

static void print_go_symbols(GPtrArray *packages)
{
  static const char *const states[] = {"unknown", "absent", "present"};
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    g_auto(GStrv) fields = g_strsplit(g_strchomp(line), "\t", 2);
    for (guint i = 0; fields[0] && i < packages->len; i++) {
      const CrPackage *p = packages->pdata[i];
      const char *symbol = fields[1] && *fields[1] ? fields[1] : NULL;
      if (!strcmp(p->type, "golang") && !strcmp(p->name, "stdlib"))
        printf("g\t%s\t%s\t%s\t%s\n", p->paths[0], fields[0], text(symbol),
               states[cr_inventory_find_go_symbol(inventory, p, fields[0], symbol)]);
    }
  }
}

static CrLayer *read_layer(const char *path, const CrPassOptions *options, GError **error)
{
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    return cr_pass_read_folder(path, options, error);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  return cr_pass_read_layer(cr_stream_new_pipe(fd, TRUE), options, error);
}

int main(int argc, char **argv)
{
  if (argc < 4)
    return 2;
  g_autoptr(GPtrArray) collectors = g_ptr_array_new();
  for (const CrCollector *const *c = cr_inventory_get_collectors(); *c; c++)
    g_ptr_array_add(collectors, (gpointer)*c);
  g_ptr_array_add(collectors, (gpointer)&cr_elf_collector);
  g_ptr_array_add(collectors, NULL);
  g_autoptr(CrCache) cache = cr_cache_new(argv[2]);
  g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func((GDestroyNotify)cr_layer_unref);
  for (int i = 3; i < argc; i++) {
    g_autoptr(GError) error = NULL;
    CrPassOptions options = {
        .cache = cache, .collectors = (const CrCollector *const *)collectors->pdata, .name = argv[i]};
    CrLayer *layer = read_layer(argv[i], &options, &error);
    if (!layer) {
      fprintf(stderr, "%s\n", error->message);
      return 1;
    }
    g_ptr_array_add(layers, layer);
  }
  g_autoptr(CrTree) tree = cr_tree_new((CrLayer *const *)layers->pdata, layers->len);
  g_autoptr(CrProblems) problems = cr_problems_new();
  gint64 start = g_get_monotonic_time();
  inventory = cr_inventory_read(tree, NULL, problems);
  gint64 read = g_get_monotonic_time();
  cr_inventory_find_owner(inventory, "bin/sh");
  gint64 owners = g_get_monotonic_time();
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  const CrOs *os = cr_inventory_get_os(inventory);
  if (strchr(argv[1], 's'))
    printf("s\t%s\t%s\t%s\t%s\t%s\n", text(os->id), text(os->version), text(os->codename), text(os->name),
           text(os->family));
  if (strchr(argv[1], 'p'))
    print_packages(packages);
  if (strchr(argv[1], 'f'))
    print_files(packages);
  if (strchr(argv[1], 'g'))
    print_go_symbols(packages);
  if (strchr(argv[1], 'o'))
    cr_tree_foreach(tree, "", print_owner, NULL);
  gint64 before = g_get_monotonic_time();
  if (strchr(argv[1], 'u'))
    print_unowned(tree, problems);
  if (strchr(argv[1], 't'))
    fprintf(stderr, "%u packages, read %.1f ms, owners %.1f ms, unowned %.1f ms\n", packages->len,
            (double)(read - start) / 1000, (double)(owners - read) / 1000,
            (double)(g_get_monotonic_time() - before) / 1000);
  for (guint i = 0; strchr(argv[1], 'w') && i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    printf("w\t%s\t%s\t%s\n", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  cr_inventory_free(inventory);
  return 0;
}
