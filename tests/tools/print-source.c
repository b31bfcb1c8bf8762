/* SPDX-License-Identifier: Apache-2.0 */
/* print-source CACHE-DIR IMAGE [OPTION]…: opens the image as `careen scan` does, reads the layers that the cache does
 * not have and prints the description and the merged tree; for the oracles. OPTION: --plain-http, --ca-file=FILE,
 * --resolve (print only the digest that the tag has now), --platform=P, --docker=HOST, --podman=HOST,
 * --mirror=REGISTRY=URL. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/pass.h"
#include "image/source.h"
#include "image/tree.h"

static const CrCollector *const collectors[] = {NULL};

typedef struct {
  const CrCache *cache;
  const CrImage *image;
  CrLayer **layers;
  GMutex lock;
  guint visits;
} Reading;

static void place(Reading *reading, int index, CrLayer *layer)
{
  const char *diff_id = cr_layer_get_diff_id(layer);
  for (guint i = 0; i < reading->image->layer_count; i++) {
    const char *wanted = reading->image->layers[i].diff_id;
    if (!reading->layers[i] && ((int)i == index || (wanted && diff_id && !strcmp(wanted, diff_id))))
      reading->layers[i] = cr_layer_ref(layer);
  }
}

static gboolean on_layer(int index, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  Reading *reading = data;
  g_autofree char *name = g_strdup_printf("layer %d", index + 1);
  CrPassOptions pass = {.cache = reading->cache, .collectors = collectors, .expected_digest = digest, .keep = TRUE};
  pass.name = name;
  pass.expected_diff_id = index < 0 ? NULL : reading->image->layers[index].diff_id;
  g_autoptr(CrLayer) layer = cr_pass_read_layer(stream, &pass, error);
  if (!layer)
    return FALSE;
  g_mutex_lock(&reading->lock);
  reading->visits++;
  place(reading, index, layer);
  g_mutex_unlock(&reading->lock);
  return TRUE;
}

static gboolean print(const CrNode *node, gpointer data)
{
  (void)data;
  static const char letters[] = "fdl?cbps";
  printf("%c %s%s%s\n", letters[node->type], node->path, node->target ? " -> " : "", node->target ? node->target : "");
  return TRUE;
}

static void print_strings(const char *label, CrStrv strings)
{
  g_autofree char *all = g_strjoinv(" ", (char **)strings);
  printf("# %s %s\n", label, all);
}

static void print_image(const CrImage *image)
{
  printf("# source %s\n# id %s\n# digest %s\n# platform %s\n# user %s\n# workdir %s\n", image->source, image->id,
         image->digest ? image->digest : "", image->platform, image->user, image->workdir);
  print_strings("entrypoint", image->entrypoint);
  print_strings("cmd", image->cmd);
  print_strings("env", image->env);
  print_strings("tags", image->repo_tags);
  print_strings("digests", image->repo_digests);
  for (guint i = 0; i < image->layer_count; i++)
    printf("# layer %s %s\n", image->layers[i].diff_id ? image->layers[i].diff_id : "-",
           image->layers[i].created_by ? image->layers[i].created_by : "-");
}

static int read_all(CrSource *source, Reading *reading, CrProblems *problems, GError **error)
{
  reading->image = cr_source_get_image(source);
  guint count = reading->image->layer_count;
  g_autofree CrLayer **layers = g_new0(CrLayer *, count + 1);
  g_autofree gboolean *wanted = g_new0(gboolean, count + 1);
  g_autofree char *key = cr_collectors_get_key(collectors);
  reading->layers = layers;
  for (guint i = 0; i < count; i++) {
    const char *diff_id = reading->image->layers[i].diff_id;
    layers[i] = diff_id ? cr_layer_load(reading->cache, diff_id, key) : NULL;
    wanted[i] = !layers[i];
  }
  if (!cr_source_read_layers(source, wanted, 4, on_layer, reading, problems, error))
    return 1;
  print_image(reading->image);
  printf("# visits %u\n", reading->visits);
  g_autoptr(CrTree) tree = cr_tree_new(layers, count);
  cr_tree_foreach(tree, "", print, NULL);
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    printf("! %s: %s\n", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  for (guint i = 0; i < count; i++)
    g_clear_pointer(&layers[i], cr_layer_unref);
  return 0;
}

static void take_option(CrSourceOptions *options, const char *text)
{
  const char *value = strchr(text, '=');
  value = value ? value + 1 : "";
  if (g_str_has_prefix(text, "--plain-http"))
    options->plain_http = TRUE;
  else if (g_str_has_prefix(text, "--ca-file="))
    options->ca_file = value;
  else if (g_str_has_prefix(text, "--platform="))
    options->platform = value;
  else if (g_str_has_prefix(text, "--docker="))
    options->docker_host = value;
  else if (g_str_has_prefix(text, "--podman="))
    options->podman_host = value;
  else if (g_str_has_prefix(text, "--mirror=") && strchr(value, '='))
    g_hash_table_insert(options->mirrors, g_strndup(value, strcspn(value, "=")), g_strdup(strchr(value, '=') + 1));
}

int main(int argc, char **argv)
{
  g_autoptr(CrCache) cache = cr_cache_new(argv[1]);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GHashTable) mirrors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  CrSourceOptions options = {.cache = cache, .mirrors = mirrors};
  for (int i = 3; i < argc; i++)
    take_option(&options, argv[i]);
  g_autoptr(GError) error = NULL;
  if (argc > 3 && strcmp(argv[argc - 1], "--resolve") == 0) {
    g_autofree char *digest = NULL;
    gboolean ok = cr_source_resolve_tag(argv[2], &options, &digest, &error);
    fprintf(ok ? stdout : stderr, "%s\n", ok ? digest : error->message);
    return ok ? 0 : cr_error_get_exit_code(error);
  }
  Reading reading = {.cache = cache};
  g_autoptr(CrSource) source = cr_source_open(argv[2], &options, problems, &error);
  int result = source ? read_all(source, &reading, problems, &error) : 1;
  if (!error)
    return result;
  const char *hint = cr_error_get_hint(error);
  fprintf(stderr, "%s\n%s%s%s", error->message, hint ? "hint: " : "", hint ? hint : "", hint ? "\n" : "");
  return cr_error_get_exit_code(error);
}
