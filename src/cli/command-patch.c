/* SPDX-License-Identifier: Apache-2.0 */
/* careen patch: the pending fixes into the image, proved before anyone uses it. */
#include "cli/recording.h"
#include "base/error.h"
#include "image/platform.h"
#include "remedy/destination.h"
#include "remedy/platforms.h"
#include "report/remedy.h"

#include <malloc.h>
#include <string.h>

/* ---- from settings to options ---- */

/* "a,b" is two. Free with g_strfreev; NULL: none. */
static char **split_list(const GPtrArray *list)
{
  if (!list->len)
    return NULL;
  GPtrArray *words = g_ptr_array_new();
  for (guint i = 0; i < list->len; i++) {
    g_auto(GStrv) parts = g_strsplit(list->pdata[i], ",", -1);
    for (guint k = 0; parts[k]; k++)
      if (*parts[k])
        g_ptr_array_add(words, g_strdup(parts[k]));
  }
  g_ptr_array_add(words, NULL);
  return (char **)g_ptr_array_free(words, FALSE);
}

static CrWanted get_wanted(const CrSettings *settings)
{
  if (!settings->updates || !strcmp(settings->updates, "security"))
    return CR_WANTED_SECURITY;
  return !strcmp(settings->updates, "all") ? CR_WANTED_ALL : CR_WANTED_REACHED;
}

typedef struct {
  const CrCall *call;
  CrLook *look;
  char **only, **hold, **smoke;
  char **platforms; /* of --platform, or NULL */
  CrRemedyOptions options;
  CrProblems *problems; /* of destinations; they outlive these */
  GPtrArray *sinks;     /* CrImageSink* */
  CrRecording *recording;
} Patching;

static void clear_patching(Patching *patching)
{
  g_clear_pointer(&patching->recording, cr_recording_free);
  g_clear_pointer(&patching->sinks, g_ptr_array_unref);
  g_clear_pointer(&patching->problems, cr_problems_free);
  g_clear_pointer(&patching->look, cr_look_free);
  g_clear_pointer(&patching->only, g_strfreev);
  g_clear_pointer(&patching->hold, g_strfreev);
  g_clear_pointer(&patching->smoke, g_strfreev);
  g_clear_pointer(&patching->platforms, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Patching, clear_patching)

/* How it is proved that the image still works. */
static gboolean prepare_smoke(Patching *patching, const CrSettings *settings, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (settings->smoke && settings->no_smoke) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use --smoke '%s' with --no-smoke: it starts nothing",
                settings->smoke);
    return FALSE;
  }
  if (settings->smoke && !g_shell_parse_argv(settings->smoke, NULL, &patching->smoke, &cause)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use --smoke '%s': %s", settings->smoke, cause->message);
    return FALSE;
  }
  patching->options.patch.smoke = (CrSmokeOptions){
      .off = settings->no_smoke,
      .command = (const char *const *)patching->smoke,
      .timeout_ms = (guint)settings->smoke_time * 1000,
  };
  return TRUE;
}

static gboolean prepare(Patching *patching, const CrCall *call, GError **error)
{
  const CrSettings *settings = call->settings;
  patching->call = call;
  patching->look = cr_look_new(settings, error);
  if (!patching->look)
    return FALSE;
  patching->look->options.vendor.keep_packages = TRUE;
  patching->only = split_list(settings->only);
  patching->hold = split_list(settings->hold);
  patching->platforms = settings->platform ? g_strsplit(settings->platform, ",", -1) : NULL;
  patching->problems = cr_problems_new();
  CrRemedyOptions *options = &patching->options;
  options->choice = (CrChoice){
      .updates = get_wanted(settings),
      .only = (CrStrv)patching->only,
      .hold = (CrStrv)patching->hold,
      .allow_removals = settings->allow_removals,
  };
  options->from = settings->from;
  options->remove_unused = settings->remove_unused && !strcmp(settings->remove_unused, "new");
  const char *epoch = g_getenv("SOURCE_DATE_EPOCH"); /* that it is a number was checked for the scan */
  options->patch = (CrPatchOptions){.cache = patching->look->cache,
                                    .apart = patching->look->options.apart,
                                    .epoch = epoch && *epoch ? patching->look->options.now : -1};
  options->patch.in_memory = cr_settings_allow_memory(settings);
  options->patch.twice = settings->twice;
  options->minimal_steps = settings->minimal_steps;
  options->patch.allow_new_secrets = settings->allow_new_secrets;
  options->patch.program_seconds = (guint)settings->program_time;
  options->patch.total_seconds = (guint)settings->time_limit;
  options->patch.disk_bytes = settings->disk_limit;
  gboolean zstd = settings->compression && !strcmp(settings->compression, "zstd");
  options->draft = (CrDraftOptions){.compression = zstd ? CR_COMPRESSION_ZSTD : CR_COMPRESSION_GZIP};
  return prepare_smoke(patching, settings, error);
}

/* ---- the image and where it goes ---- */

/* The one platform that was asked for, or NULL. */
static const char *get_platform(const Patching *patching)
{
  return patching->platforms && !patching->platforms[1] ? patching->platforms[0] : NULL;
}

/* An index is opened by whatever it has: which platforms are patched is chosen later. */
static CrSource *open_image(Patching *patching, CrProblems *problems, GError **error)
{
  CrSourceOptions *options = &patching->look->options.source;
  options->platform = get_platform(patching);
  CrSourceOptions opening = *options;
  opening.any_platform = !options->platform;
  return cr_source_open(patching->call->arguments[0], &opening, problems, error);
}

/* What has no config and layers of an image is told so at once: a scan of this machine takes a minute. */
static gboolean check_source(const CrImage *image, GError **error)
{
  static const struct {
    const char *source, *what, *hint;
  } others[] = {
      {"host", "this machine", "its own package manager updates it"},
      {"sbom", "a bill of materials", "name the image that it is of"},
      {"rootfs", "a root file system without layers and config", "`podman import` makes an image of it"},
      {"container", "a container", "name its image; a new container of the patched one replaces it"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
    if (g_strcmp0(image->source, others[i].source) != 0)
      continue;
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot patch '%s': it is %s", image->ref, others[i].what);
    cr_error_set_hint(cause, "%s", others[i].hint);
    g_propagate_error(error, cause);
    return FALSE;
  }
  return TRUE;
}

static gboolean open_destinations(Patching *patching, const CrImage *image, GError **error)
{
  const CrSettings *settings = patching->call->settings;
  CrDestinations wishes = {settings->to, settings->tag, settings->push};
  g_auto(GStrv) names = cr_destinations_resolve(&wishes, image, error);
  patching->sinks =
      names ? cr_destinations_open(names, &patching->look->options.source, patching->problems, error) : NULL;
  patching->recording = patching->sinks ? cr_recording_new(settings, patching->sinks, error) : NULL;
  return patching->recording != NULL;
}

/* ---- one image ---- */

static gboolean report(const Patching *patching, const CrRemedy *remedy, GError **error)
{
  g_autoptr(CrReport) text = cr_look_report_new(patching->call);
  cr_problems_add_all(remedy->scan->problems, patching->problems);
  if (cr_look_wants_json(patching->call))
    cr_remedy_write_json(remedy, text);
  else
    cr_remedy_write_table(remedy, text);
  return cr_look_flush(patching->call, text, error);
}

/* SOURCE and PROBLEMS are taken. INDEX, or NULL: the one that it is of. */
static int patch_one(const Patching *patching, CrSource *source, CrProblems *problems, const CrIndex *index,
                     GError **error)
{
  g_autoptr(CrRemedy) remedy =
      cr_remedy_new_source(source, problems, &patching->look->options, &patching->options, error);
  if (!remedy || (!patching->call->settings->dry_run &&
                  (!cr_remedy_patch(remedy, error) || !cr_remedy_publish(remedy, patching->sinks, error))))
    return -1;
  if (index)
    cr_platforms_leave(index, remedy);
  if (!report(patching, remedy, error) ||
      !cr_recording_write(patching->recording, patching->look, remedy, patching->sinks, error))
    return -1;
  return cr_remedy_get_exit_code(remedy);
}

/* An image that stands alone is of one platform; it must be among those asked for. */
static gboolean check_alone(const Patching *patching, const CrImage *image, GError **error)
{
  g_autoptr(GError) why = NULL;
  for (guint i = 0; patching->platforms && patching->platforms[i]; i++) {
    g_clear_error(&why);
    if (cr_platform_check_image(image, patching->platforms[i], &why))
      return TRUE;
  }
  if (!why)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&why));
  return FALSE;
}

/* ---- several platforms ---- */

static gboolean report_platforms(const Patching *patching, const CrPlatforms *platforms, GError **error)
{
  g_autoptr(CrReport) text = cr_look_report_new(patching->call);
  cr_problems_add_all(platforms->problems, patching->problems);
  if (cr_look_wants_json(patching->call))
    cr_platforms_write_json(platforms, text);
  else
    cr_platforms_write_table(platforms, text);
  return cr_look_flush(patching->call, text, error);
}

static int patch_all(const Patching *patching, CrIndex *index, GError **error)
{
  g_autoptr(CrPlatforms) platforms =
      cr_platforms_new(index, (CrStrv)patching->platforms, &patching->look->options, &patching->options, error);
  if (!platforms || (!patching->call->settings->dry_run &&
                     (!cr_platforms_patch(platforms, error) ||
                      !cr_platforms_publish(platforms, patching->sinks, get_platform(patching), error))))
    return -1;
  if (!report_platforms(patching, platforms, error) ||
      !cr_recording_write_platforms(patching->recording, patching->look, platforms, patching->sinks, error))
    return -1;
  return cr_platforms_get_exit_code(platforms);
}

/* As `docker pull` would choose, where nothing that is written to holds more. */
static int patch_chosen(const Patching *patching, const CrIndex *index, GError **error)
{
  guint entry = 0;
  if (!cr_index_choose(index, get_platform(patching), &entry, error))
    return -1;
  CrSource *source = cr_index_open_image(index, entry, error);
  return source ? patch_one(patching, source, cr_problems_new(), index, error) : -1;
}

/* Do all destinations hold one platform? FALSE with ERROR: of several that were asked for. */
static gboolean wants_one(const Patching *patching, gboolean *one, GError **error)
{
  guint single = 0;
  for (guint i = 0; i < patching->sinks->len; i++) {
    const CrImageSink *sink = patching->sinks->pdata[i];
    gboolean holds = cr_image_sink_holds_indexes(sink);
    single += !holds;
    if (holds || !patching->platforms || get_platform(patching))
      continue;
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot write several platforms to '%s': it holds one",
                                cr_image_sink_get_destination(sink));
    cr_error_set_hint(cause, "name one with --platform, or write to registry:, oci: or oci-archive:");
    g_propagate_error(error, cause);
    return FALSE;
  }
  *one = single && single == patching->sinks->len;
  return TRUE;
}

/* A scan's threads each leave free memory that no other takes again: 100 MiB with cold lists, 60 in two arenas. */
static void share_memory(void)
{
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 2);
#endif
}

static int run(const CrCall *call, GError **error)
{
  share_memory();
  g_auto(Patching) patching = {0};
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrSource) source = prepare(&patching, call, error) ? open_image(&patching, problems, error) : NULL;
  GError *cause = NULL;
  g_autoptr(CrIndex) index = source ? cr_index_open(source, &cause) : NULL;
  if (cause)
    g_propagate_error(error, cause);
  if (!source || cause || !check_source(cr_source_get_image(source), error) ||
      !open_destinations(&patching, cr_source_get_image(source), error))
    return -1;
  if (!index)
    return check_alone(&patching, cr_source_get_image(source), error)
               ? patch_one(&patching, g_steal_pointer(&source), g_steal_pointer(&problems), NULL, error)
               : -1;
  cr_problems_add_all(patching.problems, problems);
  gboolean one = FALSE;
  if (!wants_one(&patching, &one, error))
    return -1;
  return one ? patch_chosen(&patching, index, error) : patch_all(&patching, index, error);
}

static const CrExample examples[] = {
    {"careen patch shop/web:4 --tag shop/web:4-patched", "the security updates, proved, under a new name"},
    {"careen patch --dry-run docker:postgres:16", "the plan: what would change, what would not and why"},
    {"careen patch --updates reached --hold 'linux-*' --to oci:patched web.oci.tar", "no daemon, no registry"},
    {"careen patch --tag registry.example/web:4 --push docker:shop/web:4", "load it, and push it"},
    {"careen patch --tag registry.example/web:4 --push --sign cosign.key web:4", "with its record, signed"},
    {"careen patch -f json --only openssl,libssl3 docker:nginx | jq .states", "two packages; for programs"},
    {NULL, NULL},
};

const CrCommand cr_command_patch = {
    .name = "patch",
    .arguments = "IMAGE",
    .min = 1,
    .max = 1,
    .summary = "a new image with the pending fixes, proved before anyone uses it",
    .description =
        "Install the pending security updates into IMAGE with its own package manager, as one new layer on top of the "
        "layers it has, and prove the result before it gets a name: the planned versions are there and nothing else "
        "changed, what the image starts still finds its libraries, its package manager finds nothing wrong.\n\n"
        "Exact versions are chosen beforehand within the image's release line; packages are fetched and checked by "
        "careen and installed in a sandbox without a network. No Docker daemon and no root is needed. The original is "
        "never changed. Where there is nothing to do, the destination receives the original as it is, exit 0. Without "
        "--to, --tag and --push the patch is made and proved, and kept nowhere.\n\n"
        "Of an image of several platforms each is patched whose programs run here: this machine's own, 386 on amd64, "
        "and what binfmt_misc runs (qemu-user-static). The others are carried over as they are, and so is every one "
        "that --platform does not name. Destinations that hold one platform get this machine's or the one named.\n\n"
        "Exit codes: 0 done, or nothing to do; 1 the image's own programs failed or the proof does not hold: nothing "
        "is published, or with --minimal-steps the updates that can be proved; 2 wrong use, or not an image; 3 done, "
        "but something could not be examined and the report says "
        "what; 4 the environment: no daemon, no network, no permission, no space.",
    .examples = examples,
    .run = run,
};
