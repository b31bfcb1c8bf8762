/* SPDX-License-Identifier: Apache-2.0 */
/* print-reach FOLDER WORD…: what the command WORD… reaches in the root file system FOLDER, a line each: level, kind,
 * path, where from, evidence; for the oracles. */
#include <stdio.h>

#include "image/pass.h"
#include "reach/reach.h"

int main(int argc, char **argv)
{
  if (argc < 3)
    return 2;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrCache) cache = cr_cache_new(g_get_tmp_dir());
  CrPassOptions pass = {.cache = cache, .collectors = cr_reach_get_collectors(), .name = argv[1]};
  CrLayer *layer = cr_pass_read_folder(argv[1], &pass, &error);
  if (!layer) {
    fprintf(stderr, "print-reach: %s\n", error->message);
    return 2;
  }
  g_autoptr(CrTree) tree = cr_tree_new(&layer, 1);
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrImage image = {.entrypoint = cr_strv_empty, .cmd = cr_strv_empty, .env = cr_strv_empty, .shell = cr_strv_empty};
  CrReachOptions options = {.command = (const char *const *)argv + 2};
  gint64 start = g_get_monotonic_time();
  g_autoptr(CrReach) reach = cr_reach_compute(tree, &image, &options, NULL, NULL, problems);
  fprintf(stderr, "%.1f ms\n", (double)(g_get_monotonic_time() - start) / 1000);
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(reach, &count);
  for (guint i = 0; i < count; i++)
    printf("%s\t%s\t%s\t%s\t%s\n", cr_reach_level_get_name(files[i].level), files[i].kind, files[i].path,
           files[i].from ? files[i].from : "-", files[i].evidence ? files[i].evidence : "-");
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    fprintf(stderr, "%s: %s\n", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  cr_layer_unref(layer);
  return cr_reach_is_known(reach) ? 0 : 1;
}
