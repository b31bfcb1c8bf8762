/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/rebuild-private.h"

#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/kept-recipe.h"
#include "recipe/pin.h"

/* ---- the recipe ---- */

static gboolean check_recipe(CrRebuilding *work, GError **error)
{
  const CrFleetImage *image = work->image;
  if (!image->build)
    return cr_error_refuse(error, CR_ERROR_USAGE, "name its recipe in careen.yaml: images: {NAME: {build: FOLDER}}",
                           "cannot rebuild '%s': it has no recipe here", image->name);
  if (!work->daemon)
    return cr_error_refuse(error, CR_ERROR_USAGE, "start Docker or Podman",
                           "cannot rebuild '%s': there is no engine to build it by", image->name);
  return !image->build->remote || cr_rebuild_fetch_context(work, error);
}

/* The graph knows it from here on. That it cannot be kept is no reason not to build. */
static void keep_recipe(const CrRebuilding *work)
{
  g_autoptr(GError) error = NULL;
  if (!cr_kept_recipe_store(work->image->build, work->text, work->size, work->rebuild->revision, &error))
    cr_problems_add_error(work->rebuild->problems, CR_PROBLEM_NOTE, work->image->name, error);
}

static gboolean load_recipe(CrRebuilding *work, GError **error)
{
  const CrBuildRecipe *recipe = work->recipe;
  if (recipe->text) {
    work->text = g_strdup(recipe->text);
    work->size = strlen(recipe->text);
  } else {
    work->path = recipe->dockerfile ? g_strdup(recipe->dockerfile) : cr_dockerfile_find(recipe->context);
    GError *cause = NULL;
    if (!g_file_get_contents(work->path, &work->text, &work->size, &cause)) {
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot rebuild '%s': %s", work->image->name, cause->message);
      g_error_free(cause);
      return FALSE;
    }
  }
  work->file = cr_dockerfile_parse(work->text, work->size, work->path ? work->path : "dockerfile_inline", recipe->args,
                                   recipe->target, recipe->platform, error);
  if (work->file && work->fetched && work->path)
    keep_recipe(work);
  return work->file != NULL;
}

/* ---- checks ---- */

void cr_rebuild_fail(CrRebuilding *work, const char *check, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *words = g_strdup_vprintf(format, args);
  va_end(args);
  cr_patch_proof_add_check(work->rebuild->proof, check, FALSE, words);
}

char *cr_rebuild_format_outcome(const CrRebuild *rebuild)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "builder", rebuild->builder);
  cr_json_key_string(writer, "base", rebuild->base);
  cr_json_key_string(writer, "base_digest", rebuild->base_digest);
  cr_json_key_string(writer, "kept", rebuild->kept);
  if (rebuild->context) {
    cr_json_key_string(writer, "context", rebuild->context);
    cr_json_key_string(writer, "revision", rebuild->revision);
  }
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

gboolean cr_rebuild_is_vain(const CrRebuild *rebuild)
{
  static const char *const lasting[] = {"rescan", "gain", "config", "smoke", NULL};
  for (guint i = 0; i < rebuild->checks->len; i++) {
    const CrCheck *check = rebuild->checks->pdata[i];
    if (!check->passed)
      return g_strv_contains(lasting, check->name);
  }
  for (guint i = 0; i < rebuild->states->len; i++)
    if (((const CrFix *)rebuild->states->pdata[i])->state == CR_FIX_KEPT_BACK)
      return TRUE;
  return FALSE;
}

const char *cr_rebuild_explain(const CrRebuild *rebuild)
{
  for (guint i = 0; i < rebuild->checks->len; i++) {
    const CrCheck *check = rebuild->checks->pdata[i];
    if (!check->passed)
      return cr_arena_printf(rebuild->arena, "%s: %s", check->name, check->detail);
  }
  return NULL;
}

/* ---- the build ---- */

typedef struct {
  const char *name;
  gboolean (*build)(CrRebuilding *work, const char *text, GError **error);
} Builder;

static const Builder builders[] = {
    {"engine", cr_rebuild_by_engine},
    {"buildkit", cr_rebuild_by_buildkit},
    {"buildah", cr_rebuild_by_buildah},
};

/* Is VERSION ("4.3.1", may be NULL) at least MAJOR.MINOR? */
static gboolean is_at_least(const char *version, guint64 major, guint64 minor)
{
  char *end = NULL;
  guint64 first = version ? g_ascii_strtoull(version, &end, 10) : 0;
  guint64 second = end && *end == '.' ? g_ascii_strtoull(end + 1, NULL, 10) : 0;
  return first > major || (first == major && second >= minor);
}

/* Can the engine by itself? Podman's is buildah's, but for what its API has no parameters for. */
static gboolean can_engine(const CrRebuilding *work, const char *modern, const char *document)
{
  const CrBuildRecipe *recipe = work->recipe;
  gboolean more = (recipe->secrets && recipe->secrets[0]) || (recipe->ssh && recipe->ssh[0]) ||
                  (recipe->contexts && recipe->contexts[0]);
  if (!cr_daemon_is_podman(work->daemon))
    return !modern;
  return !more && (!document || is_at_least(cr_daemon_get_version(work->daemon), 4, 8));
}

/* The Dockerfiles that an engine's BuildKit knows by itself are those of its time: named contexts and here-documents
 * came with Docker 23 (docs.docker.com/build/dockerfile/release-notes, 1.4). `# syntax=` brings its own. */
static gboolean can_buildkit(const CrRebuilding *work, const char *document)
{
  gboolean newer = document || (work->recipe->contexts && work->recipe->contexts[0]);
  return (!newer || work->file->syntax || is_at_least(cr_daemon_get_version(work->daemon), 23, 0)) &&
         cr_rebuild_has_buildkit(work);
}

static gboolean can_buildah(const CrRebuilding *work, const char *document)
{
  const char *version = cr_rebuild_find_buildah(work);
  return version && (!document || is_at_least(version, 1, 33));
}

static const Builder *find_builder(const CrRebuilding *work, const char *modern, const char *document)
{
  const char *wish = work->options->builder;
  if (wish ? !strcmp(wish, "engine") && can_engine(work, modern, document) : can_engine(work, modern, document))
    return &builders[0];
  if ((!wish || !strcmp(wish, "buildkit")) && can_buildkit(work, document))
    return &builders[1];
  return (!wish || !strcmp(wish, "buildah")) && can_buildah(work, document) ? &builders[2] : NULL;
}

/* What is needed and not there is a check. */
static const Builder *choose_builder(CrRebuilding *work)
{
  const char *modern = cr_rebuild_find_modern(work), *document = cr_rebuild_find_document(work);
  const char *what = document ? document : modern, *wish = work->options->builder;
  const Builder *builder = find_builder(work, modern, document);
  if (!builder && wish)
    cr_rebuild_fail(work, "build", "%s is not here%s%s", wish, what ? ", or does not know what the recipe has: " : "",
                    what ? what : "");
  else if (!builder)
    cr_rebuild_fail(work, "build",
                    "its recipe has %s, which no builder here knows: install docker-buildx%s or buildah%s", what,
                    document ? " (for Docker 23)" : "", document ? " 1.33" : "");
  return builder;
}

/* The recipe as it is built: FROM by the aliases, and what installs packages behind a line that no build had before. */
static char *pin(const CrRebuilding *work, GError **error)
{
  g_autofree CrBasePin *pins = g_new0(CrBasePin, work->bases->len + 1);
  guint count = 0;
  for (guint i = 0; i < work->bases->len; i++) {
    const CrRebuildBase *base = work->bases->pdata[i];
    if (base->alias)
      pins[count++] = (CrBasePin){base->name, base->alias};
  }
  CrStrv outdated = work->options->outdated;
  g_autofree char *fresh = outdated && outdated[0] ? g_strdup_printf("%08x%08x", g_random_int(), g_random_int()) : NULL;
  return cr_dockerfile_pin(work->file, work->text, work->size, pins, count, fresh, error);
}

static void note_build(CrRebuilding *work, const Builder *builder)
{
  const CrRebuild *rebuild = work->rebuild;
  g_autofree char *words = rebuild->base
                               ? g_strdup_printf("by %s on %s (%s)", builder->name, rebuild->base, rebuild->base_digest)
                               : g_strdup_printf("by %s on nothing", builder->name);
  g_autofree char *from =
      rebuild->context ? g_strdup_printf("%s, of %s at %s", words, rebuild->context, rebuild->revision) : NULL;
  cr_patch_proof_add_check(rebuild->proof, "build", TRUE, from ? from : words);
}

/* FALSE without ERROR: a check says why. */
static gboolean build(CrRebuilding *work, GError **error)
{
  CrRebuild *rebuild = work->rebuild;
  const Builder *builder = choose_builder(work);
  g_autofree char *text = builder ? pin(work, error) : NULL;
  if (!text)
    return FALSE;
  g_autoptr(GError) cause = NULL;
  rebuild->builder = builder->name;
  work->result = cr_rebuild_make_name("rebuild", rebuild->arena);
  gboolean good = builder->build(work, text, &cause);
  if (cr_stop_is_wanted()) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot rebuild '%s': careen was asked to stop", rebuild->image);
    return FALSE;
  }
  if (!good && g_error_matches(cause, CR_ERROR, CR_ERROR_USAGE)) {
    g_propagate_prefixed_error(error, g_steal_pointer(&cause), "cannot rebuild '%s': ", rebuild->image);
    return FALSE;
  }
  if (!good) {
    g_autofree char *why = cr_rebuild_redact(work->recipe->args, cause->message);
    cr_rebuild_fail(work, "build", "%s", why);
    return FALSE;
  }
  g_autofree char *id = cr_daemon_find_image(work->daemon, work->result, error);
  rebuild->after = cr_arena_strdup(rebuild->arena, id);
  if (!id && error && !*error)
    cr_rebuild_fail(work, "build", "the engine says it has built it, and has it not");
  if (id)
    note_build(work, builder);
  return id != NULL;
}

/* ---- all of it ---- */

struct CrRebuildJob {
  CrRebuilding work;
  CrRebuildOptions options;
  CrRebuild *rebuild;
  gboolean ready; /* to be built; else a check says why not */
  gboolean built;
  GError *error; /* of building */
};

/* FALSE without ERROR: a check says why not. */
static gboolean look_up(CrRebuilding *work, GError **error)
{
  CrRebuild *rebuild = work->rebuild;
  GError *cause = NULL;
  g_autofree char *before = cr_daemon_find_image(work->daemon, work->image->reference, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  rebuild->before = cr_arena_strdup(rebuild->arena, before);
  return cr_rebuild_prepare_bases(work, error);
}

static gboolean finish(CrRebuilding *work, GError **error)
{
  CrRebuild *rebuild = work->rebuild;
  if (!cr_stop_is_wanted()) /* it may have been built with others, and long before */
    cr_rebuild_prove(work);
  if (cr_stop_is_wanted()) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot rebuild '%s': careen was asked to stop", rebuild->image);
    return FALSE;
  }
  if (rebuild->proof->passed && !work->options->dry_run)
    cr_rebuild_place(work);
  rebuild->good = rebuild->proof->passed;
  return TRUE;
}

static void clear(CrRebuilding *work)
{
  gboolean named = work->rebuild->good && !work->options->dry_run;
  if (work->result)
    cr_daemon_untag_image(work->daemon, work->result, NULL, NULL);
  cr_rebuild_release_bases(work, !named);
  cr_dockerfile_free(work->file);
  cr_workspace_free(work->fetched);
  g_ptr_array_unref(work->bases);
  g_free(work->path);
  g_free(work->text);
}

static CrRebuild *make(const CrFleetImage *image)
{
  CrRebuild *rebuild = g_new0(CrRebuild, 1);
  rebuild->arena = cr_arena_new();
  rebuild->image = cr_arena_strdup(rebuild->arena, image->name);
  rebuild->changes = g_ptr_array_new();
  rebuild->states = g_ptr_array_new();
  rebuild->published = g_ptr_array_new();
  rebuild->problems = cr_problems_new();
  rebuild->proof = cr_patch_proof_new();
  rebuild->checks = rebuild->proof->checks;
  return rebuild;
}

void cr_rebuild_job_free(CrRebuildJob *job)
{
  if (!job)
    return;
  if (job->work.daemon)
    clear(&job->work);
  else
    g_ptr_array_unref(job->work.bases);
  cr_rebuild_free(job->rebuild);
  g_clear_error(&job->error);
  g_free(job);
}

CrRebuildJob *cr_rebuild_begin(const CrFleetImage *image, const CrRebuildOptions *options, GError **error)
{
  g_autoptr(CrRebuildJob) job = g_new0(CrRebuildJob, 1);
  job->options = *options;
  job->rebuild = make(image);
  job->work = (CrRebuilding){
      .image = image,
      .recipe = image->build,
      .options = &job->options,
      .daemon = image->daemon ? image->daemon : options->daemon,
      .rebuild = job->rebuild,
      .bases = g_ptr_array_new(),
  };
  return check_recipe(&job->work, error) && load_recipe(&job->work, error) ? g_steal_pointer(&job) : NULL;
}

gboolean cr_rebuild_prepare(CrRebuildJob *job, GError **error)
{
  GError *cause = NULL;
  cr_rebuild_sweep(job->work.daemon);
  job->ready = look_up(&job->work, &cause);
  if (cause)
    g_propagate_error(error, cause);
  return cause == NULL;
}

gboolean cr_rebuild_is_by_engine(const CrRebuildJob *job)
{
  const CrRebuilding *work = &job->work;
  return find_builder(work, cr_rebuild_find_modern(work), cr_rebuild_find_document(work)) == builders;
}

gboolean cr_rebuild_depend(const CrRebuildJob *job, const CrRebuildJob *other)
{
  for (guint i = 0; i < job->work.bases->len; i++)
    for (guint k = 0; k < other->work.bases->len; k++) {
      const CrRebuildBase *one = job->work.bases->pdata[i], *two = other->work.bases->pdata[k];
      if ((one->pulled_over || two->pulled_over) && cr_rebuild_is_same_name(one->name, two->name))
        return TRUE;
    }
  return FALSE;
}

void cr_rebuild_build(CrRebuildJob *job)
{
  job->built = job->ready && build(&job->work, &job->error);
}

CrRebuild *cr_rebuild_end(CrRebuildJob *job, GError **error)
{
  if (job->error) {
    g_propagate_error(error, g_steal_pointer(&job->error));
    cr_rebuild_job_free(job);
    return NULL;
  }
  gboolean good = !job->built || finish(&job->work, error);
  CrRebuild *rebuild = job->rebuild;
  clear(&job->work); /* by what the rebuild says */
  job->work = (CrRebuilding){.bases = g_ptr_array_new()};
  job->rebuild = good ? NULL : rebuild;
  cr_rebuild_job_free(job);
  return good ? rebuild : NULL;
}

CrRebuild *cr_rebuild_run(const CrFleetImage *image, const CrRebuildOptions *options, GError **error)
{
  g_autoptr(CrRebuildJob) job = cr_rebuild_begin(image, options, error);
  if (!job || !cr_rebuild_prepare(job, error))
    return NULL;
  cr_rebuild_build(job);
  return cr_rebuild_end(g_steal_pointer(&job), error);
}

void cr_rebuild_free(CrRebuild *rebuild)
{
  if (!rebuild)
    return;
  cr_scan_free(rebuild->now);
  cr_scan_free(rebuild->old);
  cr_patch_proof_free(rebuild->proof);
  cr_problems_free(rebuild->problems);
  g_ptr_array_unref(rebuild->published);
  g_ptr_array_unref(rebuild->states);
  g_ptr_array_unref(rebuild->changes);
  cr_arena_free(rebuild->arena);
  g_free(rebuild);
}
