/* SPDX-License-Identifier: Apache-2.0 */
/* Builders that are programs: `docker buildx build` and `buildah build`, for what an engine's classic builder cannot
 * do. BuildKit's own protocol wants a session that serves the context; its client is where BuildKit is. */
#include "fleet/rebuild-private.h"

#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "base/stop.h"
#include "image/sink.h"
#include "remedy/workspace.h"

#define DEFAULT_SECONDS 3600U
#define QUICK_MS        20000U
#define COPY_MS         1800000U
#define LOG_BYTES       65536U

/* ---- running them ---- */

static const char *watch(gpointer data)
{
  (void)data;
  return cr_stop_is_wanted() ? "careen was asked to stop" : NULL;
}

gboolean cr_rebuild_has_buildkit(const CrRebuilding *work)
{
  const char *const argv[] = {"docker", "buildx", "version", NULL};
  CrProcessRequest request = {.argv = argv, .timeout_ms = QUICK_MS};
  if (cr_daemon_is_podman(work->daemon))
    return FALSE;
  g_autoptr(CrProcessResult) result = cr_process_run(&request, NULL);
  return result && result->status == 0;
}

/* "buildah version 1.28.2 (image-spec …)" */
const char *cr_rebuild_find_buildah(const CrRebuilding *work)
{
  const char *const argv[] = {"buildah", "--version", NULL};
  CrProcessRequest request = {.argv = argv, .timeout_ms = QUICK_MS};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, NULL);
  gsize size = 0;
  const char *output = result && result->status == 0 ? g_bytes_get_data(result->output, &size) : NULL;
  g_autofree char *text = output ? g_strndup(output, size) : NULL;
  const char *version = text ? strpbrk(text, "0123456789") : NULL;
  return version ? cr_arena_strndup(work->rebuild->arena, version, strspn(version, "0123456789.")) : NULL;
}

static void keep_log(CrRebuilding *work, const CrProcessResult *result)
{
  gsize size = 0;
  const char *output = g_bytes_get_data(result->output, &size);
  g_autoptr(GString) all = g_string_new_len(output ? output : "", (gssize)size);
  g_string_append(all, result->errors);
  gsize skip = all->len > LOG_BYTES ? all->len - LOG_BYTES : 0;
  cr_rebuild_keep_log(work, all->str + skip, all->len - skip);
}

/* The last line that says something. */
static char *find_reason(const char *log)
{
  g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
  for (guint i = g_strv_length(lines); i > 0; i--)
    if (*g_strstrip(lines[i - 1]))
      return g_strndup(lines[i - 1], 500);
  return g_strdup("it gave no reason");
}

/* One that ends with 0, its stdout (g_free) or NULL. WORK's log is what it said. */
static char *run(CrRebuilding *work, const GPtrArray *words, char **environment, guint timeout_ms, GError **error)
{
  CrProcessRequest request = {
      .argv = (const char *const *)words->pdata,
      .environment = (const char *const *)environment,
      .timeout_ms = timeout_ms,
      .max_output = 256U << 20,
      .watch = watch,
  };
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result)
    return NULL;
  gsize size = 0;
  const char *output = g_bytes_get_data(result->output, &size);
  if (result->status == 0)
    return g_strndup(output ? output : "", size);
  keep_log(work, result);
  g_autofree char *why = find_reason(work->rebuild->log);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot build: %s", why);
  return NULL;
}

/* ---- the command line, which both have alike ---- */

static void add(GPtrArray *words, const char *word)
{
  g_ptr_array_add(words, g_strdup(word));
}

static void add_all(GPtrArray *words, const char *option, CrStrv values)
{
  for (guint i = 0; values && values[i]; i++) {
    add(words, option);
    add(words, values[i]);
  }
}

static void add_one(GPtrArray *words, const char *option, const char *value)
{
  if (!value)
    return;
  add(words, option);
  add(words, value);
}

/* Values go by the environment, where other users of this machine do not see them; but for names that the program
 * itself may heed. */
static char **add_args(GPtrArray *words, CrStrv args)
{
  char **environment = g_get_environ();
  for (guint i = 0; args && args[i]; i++) {
    const char *equals = strchr(args[i], '=');
    g_autofree char *name = equals ? g_strndup(args[i], (gsize)(equals - args[i])) : NULL;
    gboolean hidden = equals && !g_environ_getenv(environment, name) && !g_str_has_prefix(name, "DOCKER") &&
                      !g_str_has_prefix(name, "BUILD") && !strstr(name, "_proxy") && !strstr(name, "_PROXY") &&
                      !g_str_has_prefix(name, "XDG_") && !g_str_has_prefix(name, "CONTAINER");
    add(words, "--build-arg");
    add(words, hidden ? name : args[i]);
    if (hidden)
      environment = g_environ_setenv(environment, name, equals + 1, TRUE);
  }
  return g_environ_setenv(environment, "LC_ALL", "C", TRUE);
}

static void add_recipe(const CrRebuilding *work, GPtrArray *words)
{
  const CrBuildRecipe *recipe = work->recipe;
  if (work->options->outdated && !work->options->outdated[0])
    add(words, "--no-cache");
  else
    add_all(words, "--cache-from", recipe->cache_from);
  add_all(words, "--label", recipe->labels);
  add_all(words, "--secret", recipe->secrets);
  add_all(words, "--ssh", recipe->ssh);
  add_all(words, "--build-context", recipe->contexts);
  add_all(words, "--add-host", recipe->extra_hosts);
  add_one(words, "--network", recipe->network);
  add_one(words, "--platform", recipe->platform);
  add_one(words, "--target", recipe->target);
}

/* TEXT as a file in FOLDER; beside it the .dockerignore that the recipe's own file has, if it has one. */
static char *store_dockerfile(const CrRebuilding *work, const char *folder, const char *text, char **ignore,
                              GError **error)
{
  g_autofree char *path = g_build_filename(folder, "Dockerfile", NULL);
  g_autofree char *theirs = work->path ? g_strconcat(work->path, ".dockerignore", NULL) : NULL;
  g_autofree char *content = NULL;
  gsize size = 0;
  if (!g_file_set_contents(path, text, -1, error))
    return NULL;
  if (theirs && g_file_get_contents(theirs, &content, &size, NULL)) {
    *ignore = g_strconcat(path, ".dockerignore", NULL);
    if (!g_file_set_contents(*ignore, content, (gssize)size, error))
      return NULL;
  }
  return g_steal_pointer(&path);
}

static guint get_build_ms(const CrRebuilding *work)
{
  return MIN(work->options->seconds ? work->options->seconds : DEFAULT_SECONDS, 86400U) * 1000U;
}

/* ---- BuildKit ---- */

gboolean cr_rebuild_by_buildkit(CrRebuilding *work, const char *text, GError **error)
{
  g_autoptr(CrWorkspace) workspace = cr_workspace_new(work->options->scan->cache, 0, error);
  g_autofree char *ignore = NULL;
  g_autofree char *path =
      workspace ? store_dockerfile(work, cr_workspace_get_path(workspace), text, &ignore, error) : NULL;
  if (!path)
    return FALSE;
  const char *address = strchr(cr_daemon_get_name(work->daemon), ':');
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  add(words, "docker");
  if (address && strstr(address, "://"))
    add_one(words, "--host", address + 1);
  add(words, "buildx");
  add(words, "build");
  add(words, "--load");
  add_one(words, "--progress", "plain");
  add_one(words, "--tag", work->result);
  add_one(words, "--file", path);
  add_recipe(work, words);
  g_auto(GStrv) environment = add_args(words, work->recipe->args);
  add(words, work->recipe->context);
  g_ptr_array_add(words, NULL);
  g_autofree char *output = run(work, words, environment, get_build_ms(work), error);
  return output != NULL;
}

/* ---- buildah ---- */

/* From one place to another, as `careen patch` writes images. */
static gboolean copy_image(const CrRebuilding *work, const char *from, const char *to, GError **error)
{
  const CrSourceOptions *options = &work->options->scan->source;
  g_autoptr(CrSource) source = cr_source_open(from, options, work->rebuild->problems, error);
  g_autoptr(CrImageSink) sink = source ? cr_image_sink_open(to, options, work->rebuild->problems, error) : NULL;
  CrDraftOptions drafting = {.compression = CR_COMPRESSION_NONE};
  if (!sink)
    return FALSE;
  cr_image_sink_adapt_options(sink, &drafting);
  g_autoptr(CrDraft) draft = cr_draft_new(source, &drafting, error);
  return draft && cr_draft_seal(draft, work->rebuild->problems, error) &&
         cr_image_sink_write(sink, draft, NULL, NULL, error);
}

G_GNUC_NULL_TERMINATED static char *run_words(CrRebuilding *work, guint timeout_ms, GError **error, const char *first,
                                              ...)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new();
  va_list args;
  va_start(args, first);
  for (const char *word = first; word; word = va_arg(args, const char *))
    g_ptr_array_add(words, (gpointer)word);
  va_end(args);
  g_ptr_array_add(words, NULL);
  char *output = run(work, words, NULL, timeout_ms, error);
  return output ? g_strstrip(output) : NULL;
}

/* The bases are the engine's: buildah's own storage gets them under their aliases. */
static gboolean give_bases(CrRebuilding *work, const char *folder, GError **error)
{
  const char *engine = cr_daemon_is_podman(work->daemon) ? "podman" : "docker";
  for (guint i = 0; i < work->bases->len; i++) {
    const CrRebuildBase *base = work->bases->pdata[i];
    if (!base->alias)
      continue;
    g_autofree char *file = g_strdup_printf("%s/base%u.tar", folder, i);
    g_autofree char *from = g_strdup_printf("%s:%s", engine, base->alias);
    g_autofree char *to = g_strconcat("docker-archive:", file, NULL);
    g_autofree char *id = copy_image(work, from, to, error)
                              ? run_words(work, COPY_MS, error, "buildah", "pull", "--quiet", to, NULL)
                              : NULL;
    g_autofree char *done = id ? run_words(work, QUICK_MS, error, "buildah", "tag", id, base->alias, NULL) : NULL;
    if (!done)
      return FALSE;
  }
  return TRUE;
}

static void take_bases_back(CrRebuilding *work)
{
  for (guint i = 0; i < work->bases->len; i++) {
    const CrRebuildBase *base = work->bases->pdata[i];
    if (base->alias)
      g_free(run_words(work, QUICK_MS, NULL, "buildah", "rmi", base->alias, NULL));
  }
}

static gboolean build_by_buildah(CrRebuilding *work, const char *folder, const char *text, GError **error)
{
  g_autofree char *ignore = NULL, *id_file = g_build_filename(folder, "id", NULL), *id = NULL;
  g_autofree char *path = store_dockerfile(work, folder, text, &ignore, error);
  if (!path)
    return FALSE;
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  add(words, "buildah");
  add(words, "build");
  add(words, "--pull=false");
  add_one(words, "--format", "docker"); /* OCI's config has no health check */
  add_one(words, "--iidfile", id_file);
  add_one(words, "--file", path);
  add_one(words, "--ignorefile", ignore);
  add_recipe(work, words);
  g_auto(GStrv) environment = add_args(words, work->recipe->args);
  add(words, work->recipe->context);
  g_ptr_array_add(words, NULL);
  g_autofree char *output = run(work, words, environment, get_build_ms(work), error);
  if (!output || !g_file_get_contents(id_file, &id, NULL, error))
    return FALSE;
  g_strstrip(id);
  g_autofree char *file = g_build_filename(folder, "result.tar", NULL);
  g_autofree char *archive = g_strconcat("docker-archive:", file, NULL);
  g_autofree char *to = g_strdup_printf("%s:%s", cr_daemon_is_podman(work->daemon) ? "podman" : "docker", work->result);
  g_autofree char *pushed = run_words(work, COPY_MS, error, "buildah", "push", "--quiet", id, archive, NULL);
  gboolean good = pushed && copy_image(work, archive, to, error);
  g_free(run_words(work, QUICK_MS, NULL, "buildah", "rmi", id, NULL));
  return good;
}

/* What COPY --from names buildah would fetch by itself, unasked and unchecked. */
static gboolean check_copies(CrRebuilding *work, GError **error)
{
  for (guint i = 0; i < work->bases->len; i++) {
    const CrRebuildBase *base = work->bases->pdata[i];
    if (base->copied && (work->image->policy->signature || work->options->scan->source.offline)) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot build: buildah would fetch '%s', which it may not",
                  base->name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean cr_rebuild_by_buildah(CrRebuilding *work, const char *text, GError **error)
{
  g_autoptr(CrWorkspace) workspace =
      check_copies(work, error) ? cr_workspace_new(work->options->scan->cache, 0, error) : NULL;
  if (!workspace)
    return FALSE;
  const char *folder = cr_workspace_get_path(workspace);
  gboolean good = give_bases(work, folder, error) && build_by_buildah(work, folder, text, error);
  take_bases_back(work);
  return good;
}
