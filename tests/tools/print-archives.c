/* SPDX-License-Identifier: Apache-2.0 */
/* print-archives [--cache DIR] [--offline] [--allow-expired NAME]… [--mirror NAME=URI]… FOLDER [QUESTION…]: the
 * archives of a root file system as careen sees them, for the oracles. A QUESTION is a package's name: the newest file
 * of it; "exact": how many installed packages a verified list has. */
#include <stdio.h>
#include <string.h>

#include "image/pass.h"
#include "vendor/archive-set.h"

static gboolean offline = FALSE;
static char *cache_dir = NULL;
static char **allowed = NULL;
static char **mirrors = NULL;
static char **rest = NULL;

static const GOptionEntry entries[] = {
    {"cache", 0, 0, G_OPTION_ARG_STRING, &cache_dir, NULL, NULL},
    {"offline", 0, 0, G_OPTION_ARG_NONE, &offline, NULL, NULL},
    {"allow-expired", 0, 0, G_OPTION_ARG_STRING_ARRAY, &allowed, NULL, NULL},
    {"mirror", 0, 0, G_OPTION_ARG_STRING_ARRAY, &mirrors, NULL, NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &rest, NULL, NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static CrTree *read_folder(const CrCache *cache, const char *folder, GError **error)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  const CrCollector *const *families[] = {cr_inventory_get_collectors(), cr_vendor_get_collectors()};
  for (guint f = 0; f < G_N_ELEMENTS(families); f++)
    for (guint i = 0; families[f][i]; i++)
      g_ptr_array_add(all, (gpointer)families[f][i]);
  g_ptr_array_add(all, NULL);
  CrPassOptions pass = {.cache = cache, .collectors = (const CrCollector *const *)all->pdata, .name = folder};
  CrLayer *layer = cr_pass_read_folder(folder, &pass, error);
  if (!layer)
    return NULL;
  CrTree *tree = cr_tree_new(&layer, 1);
  cr_layer_unref(layer);
  return tree;
}

static void print_archive(const CrArchiveData *data)
{
  const CrArchive *archive = &data->archive;
  printf("archive '%s' origin=%s label=%s suite=%s codename=%s%s%s%s%s site=%s date=%s\n", archive->name,
         archive->origin, archive->label, archive->suite, archive->codename, archive->configured ? " configured" : "",
         archive->distribution ? " distribution" : "", archive->security ? " security" : "",
         archive->is_signed ? " signed" : "", data->site, archive->date);
  for (guint i = 0; i < data->list_count; i++)
    printf("  list %s %s %s%u\n", data->lists[i].component, data->lists[i].architecture,
           data->lists[i].configured ? "configured " : "", cr_list_get_count(data->lists[i].list));
  if (archive->error)
    printf("  error: %s\n", archive->error);
}

static void print_exact(CrArchives *archives, CrInventory *inventory)
{
  const GPtrArray *packages = cr_inventory_get_packages(inventory);
  guint exact = 0, same = 0;
  for (guint i = 0; i < packages->len; i++) {
    gboolean same_version = FALSE;
    const CrPackage *package = packages->pdata[i];
    const CrArchive *archive = cr_archives_find_exact(archives, package, &same_version);
    exact += archive != NULL;
    same += same_version;
    if (!archive)
      printf("not exact: %s %s%s\n", package->name, package->version, same_version ? " (same version)" : "");
  }
  printf("exact %u, same version %u, of %u\n", exact, same, packages->len);
}

static void answer(CrArchives *archives, CrInventory *inventory, const CrVendorOptions *options, const char *question)
{
  CrArchiveFile file;
  if (strcmp(question, "exact") == 0) {
    print_exact(archives, inventory);
  } else if (!cr_archives_find_file(archives, question, &file)) {
    printf("file of %s: none\n", question);
  } else {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = cr_archives_fetch_file(archives, &file, options, &error);
    printf("file of %s: %s %s, %s\n", question, file.version, file.filename, bytes ? "fetched" : error->message);
  }
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GOptionContext) context = g_option_context_new(NULL);
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error) || !rest)
    return 2;
  g_autoptr(GHashTable) map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; mirrors && mirrors[i]; i++) {
    char *equals = strchr(mirrors[i], '=');
    g_hash_table_replace(map, g_strndup(mirrors[i], (gsize)(equals - mirrors[i])), g_strdup(equals + 1));
  }
  CrHttpOptions http_options = {.offline = offline};
  g_autoptr(CrHttp) http = cr_http_new(&http_options);
  g_autoptr(CrCache) cache = cr_cache_new(cache_dir);
  CrVendorOptions options = {.cache = cache,
                             .http = http,
                             .offline = offline,
                             .allow_expired = (const char *const *)allowed,
                             .mirrors = map,
                             .keyrings = g_getenv("CAREEN_KEYRINGS"),
                             .jobs = 4};
  g_autoptr(CrTree) tree = read_folder(cache, rest[0], &error);
  if (!tree) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, NULL, problems);
  gint64 start = g_get_monotonic_time();
  g_autoptr(CrArchives) archives = cr_archives_open(tree, inventory, &options, problems);
  fprintf(stderr, "%.1f ms\n", (double)(g_get_monotonic_time() - start) / 1e3);
  for (guint i = 0; i < cr_archives_get_count(archives); i++)
    print_archive(archives->archives->pdata[i]);
  printf("answering: %s\n", cr_archives_is_answering(archives) ? "yes" : "no");
  for (guint i = 1; rest[i]; i++)
    answer(archives, inventory, &options, rest[i]);
  cr_problems_sort(problems);
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    printf("problem %s: %s: %s\n", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  return 0;
}
