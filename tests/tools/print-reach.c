/* SPDX-License-Identifier: Apache-2.0 */
/* print-reach [-w WORKDIR] [-e NAME=VALUE]… FOLDER WORD…: what the command WORD… reaches in the root file system
 * FOLDER, started in WORKDIR (else /) with these variables, a line each: level, kind, path, where from, evidence,
 * package; then each package with its highest level ("package", level, name). For the oracles. */
#include <stdio.h>

#include "image/pass.h"
#include "inventory/inventory.h"
#include "reach/reach.h"

static const CrCollector *const *join_collectors(GPtrArray *all)
{
  const CrCollector *const *lists[] = {cr_reach_get_collectors(), cr_inventory_get_collectors()};
  for (guint k = 0; k < G_N_ELEMENTS(lists); k++)
    for (guint i = 0; lists[k][i]; i++)
      if (!g_ptr_array_find(all, lists[k][i], NULL))
        g_ptr_array_add(all, (gpointer)lists[k][i]);
  g_ptr_array_add(all, NULL);
  return (const CrCollector *const *)all->pdata;
}

static int find_owner(const char *path, gpointer data)
{
  const CrPackage *package = cr_inventory_find_owner(data, path);
  return package ? (int)package->index : -1;
}

static void print_files(const CrReach *reach, CrInventory *inventory)
{
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(reach, &count);
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  g_autofree CrReachLevel *levels = g_new0(CrReachLevel, packages->len + 1);
  for (guint i = 0; i < count; i++) {
    const CrPackage *owner = cr_inventory_find_owner(inventory, files[i].path);
    printf("%s\t%s\t%s\t%s\t%s\t%s\n", cr_reach_level_get_name(files[i].level), files[i].kind, files[i].path,
           files[i].from ? files[i].from : "-", files[i].evidence ? files[i].evidence : "-", owner ? owner->name : "-");
    if (owner)
      levels[owner->index] = MAX(levels[owner->index], files[i].level);
  }
  for (guint i = 0; i < packages->len; i++)
    printf("package\t%s\t%s\n", levels[i] ? cr_reach_level_get_name(levels[i]) : "unreached",
           ((const CrPackage *)packages->pdata[i])->name);
}

int main(int argc, char **argv)
{
  const char *workdir = "/";
  g_autofree const char **environment = g_new0(const char *, argc + 1);
  guint variables = 0;
  for (; argc > 2 && argv[1][0] == '-'; argc -= 2, argv += 2) {
    if (argv[1][1] == 'w')
      workdir = argv[2];
    else
      environment[variables++] = argv[2];
  }
  if (argc < 3)
    return 2;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrCache) cache = cr_cache_new(g_get_tmp_dir());
  g_autoptr(GPtrArray) collectors = g_ptr_array_new();
  CrPassOptions pass = {.cache = cache, .collectors = join_collectors(collectors), .name = argv[1]};
  CrLayer *layer = cr_pass_read_folder(argv[1], &pass, &error);
  if (!layer) {
    fprintf(stderr, "print-reach: %s\n", error->message);
    return 2;
  }
  g_autoptr(CrTree) tree = cr_tree_new(&layer, 1);
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrImage image = {.entrypoint = cr_strv_empty,
                   .cmd = cr_strv_empty,
                   .env = cr_strv_empty,
                   .shell = cr_strv_empty,
                   .workdir = workdir};
  CrReachOptions options = {.command = (const char *const *)argv + 2, .environment = environment};
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, &image, problems);
  gint64 start = g_get_monotonic_time();
  g_autoptr(CrReach) reach = cr_reach_compute(tree, &image, &options, find_owner, inventory, problems);
  fprintf(stderr, "%.1f ms\n", (double)(g_get_monotonic_time() - start) / 1000);
  print_files(reach, inventory);
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    fprintf(stderr, "%s: %s\n", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  cr_layer_unref(layer);
  return cr_reach_is_known(reach) ? 0 : 1;
}
