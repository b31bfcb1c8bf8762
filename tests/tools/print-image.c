/* SPDX-License-Identifier: Apache-2.0 */
/* print-image [-q] [-p PLATFORM] CACHE-DIR IMAGE: an image through sources, pass and tree only: what it is, its
 * problems, and (without -q) the merged tree, a line each. Exit codes as careen's. For the oracles, and for timing the
 * pass alone. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "image/pass.h"
#include "image/source.h"
#include "image/tree.h"

typedef struct {
  const CrCache *cache;
  const CrImage *image;
  CrLayer **layers;
  GMutex lock;
} Reading;

static gboolean wants_nothing(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)entry;
  (void)head;
  (void)head_bytes;
  return FALSE;
}

static const CrCollector nothing = {"nothing", 1, wants_nothing, NULL};
static const CrCollector *const collectors[] = {&nothing, NULL};

static gboolean on_layer(int index, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  Reading *reading = data;
  g_autofree char *name = g_strdup_printf("layer %d of '%s'", index + 1, reading->image->ref);
  CrPassOptions pass = {.cache = reading->cache,
                        .collectors = collectors,
                        .expected_digest = digest,
                        .expected_diff_id = index < 0 ? NULL : reading->image->layers[index].diff_id,
                        .name = name,
                        .keep = TRUE};
  g_autoptr(CrLayer) layer = cr_pass_read_layer(stream, &pass, error);
  if (!layer)
    return FALSE;
  const char *diff_id = cr_layer_get_diff_id(layer);
  g_mutex_lock(&reading->lock);
  for (guint i = 0; i < reading->image->layer_count; i++)
    if (!reading->layers[i] &&
        ((int)i == index || (reading->image->layers[i].diff_id && !strcmp(reading->image->layers[i].diff_id, diff_id))))
      reading->layers[i] = cr_layer_ref(layer);
  g_mutex_unlock(&reading->lock);
  return TRUE;
}

static void print_all(const char *name, CrStrv values)
{
  printf("%s", name);
  for (guint i = 0; values[i]; i++)
    printf(" [%s]", values[i]);
  printf("\n");
}

static void print_description(const CrImage *image)
{
  printf("source %s\nchosen %s\nname %s\nid %s\ndigest %s\nplatform %s\n", image->source,
         image->chosen ? image->chosen : "-", image->name, image->id ? image->id : "-",
         image->digest ? image->digest : "-", image->platform);
  print_all("entrypoint", image->entrypoint);
  print_all("cmd", image->cmd);
  print_all("env", image->env);
  print_all("tags", image->repo_tags);
  for (guint i = 0; i < image->layer_count; i++)
    printf("layer %s %s\n", image->layers[i].diff_id ? image->layers[i].diff_id : "-",
           image->layers[i].created_by ? image->layers[i].created_by : "-");
}

static gboolean print_node(const CrNode *node, gpointer data)
{
  (void)data;
  static const char letters[] = "fdl?cbps";
  printf("%c %o %u:%u %" G_GUINT64_FORMAT " %s%s%s\n", letters[node->type], node->mode, node->uid, node->gid,
         node->size, node->path, node->target ? " -> " : "", node->target ? node->target : "");
  return TRUE;
}

static int fail(const GError *error)
{
  fprintf(stderr, "print-image: %s\n", error->message);
  if (cr_error_get_hint(error))
    fprintf(stderr, "hint: %s\n", cr_error_get_hint(error));
  return cr_error_get_exit_code(error);
}

static int read_layers(CrSource *source, Reading *reading, CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  g_autofree gboolean *wanted = g_new0(gboolean, reading->image->layer_count + 1);
  g_autofree char *key = cr_collectors_get_key(collectors);
  for (guint i = 0; i < reading->image->layer_count; i++) {
    if (reading->image->layers[i].diff_id)
      reading->layers[i] = cr_layer_load(reading->cache, reading->image->layers[i].diff_id, key);
    wanted[i] = !reading->layers[i];
  }
  const char *folder = cr_source_get_folder(source);
  CrPassOptions pass = {.cache = reading->cache, .collectors = collectors, .name = folder};
  gboolean ok = folder ? (reading->layers[0] = cr_pass_read_folder(folder, &pass, &error)) != NULL
                       : cr_source_read_layers(source, wanted, 2, on_layer, reading, problems, &error);
  return ok ? 0 : fail(error);
}

static int run(const char *cache_dir, const char *name, const char *platform, gboolean quiet)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrCache) cache = cr_cache_new(cache_dir);
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrSourceOptions options = {.cache = cache, .platform = platform, .offline = TRUE};
  g_autoptr(CrSource) source = cr_source_open(name, &options, problems, &error);
  if (!source)
    return fail(error);
  const CrImage *image = cr_source_get_image(source);
  g_autofree CrLayer **layers = g_new0(CrLayer *, image->layer_count + 1);
  Reading reading = {.cache = cache, .image = image, .layers = layers};
  int code = read_layers(source, &reading, problems);
  for (guint i = 0; i < image->layer_count; i++) {
    g_autofree char *where = g_strdup_printf("layer %u", i + 1);
    if (layers[i])
      cr_layer_add_problems(layers[i], where, problems);
  }
  print_description(image);
  cr_problems_sort(problems);
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (problem->kind != CR_PROBLEM_NOTE && !code)
      code = 3;
    printf("problem %s: %s: %s\n", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  if (code != 2) {
    g_autoptr(CrTree) tree = cr_tree_new(layers, image->layer_count);
    if (!quiet)
      cr_tree_foreach(tree, "", print_node, NULL);
  }
  for (guint i = 0; i < image->layer_count; i++)
    if (layers[i])
      cr_layer_unref(layers[i]);
  return code;
}

int main(int argc, char **argv)
{
  const char *platform = NULL;
  gboolean quiet = FALSE;
  for (int option; (option = getopt(argc, argv, "qp:")) != -1;) {
    if (option == 'p')
      platform = optarg;
    quiet |= option == 'q';
  }
  if (argc - optind != 2) {
    fprintf(stderr, "print-image [-q] [-p PLATFORM] CACHE-DIR IMAGE\n");
    return 2;
  }
  return run(argv[optind], argv[optind + 1], platform, quiet);
}
