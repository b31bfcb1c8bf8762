/* SPDX-License-Identifier: Apache-2.0 */
/* careen patch: the pending fixes into the image, proved before anyone uses it. */
#include "cli/recording.h"
#include "remedy/destination.h"
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
  CrRemedyOptions options;
} Patching;

static void clear_patching(Patching *patching)
{
  g_clear_pointer(&patching->look, cr_look_free);
  g_clear_pointer(&patching->only, g_strfreev);
  g_clear_pointer(&patching->hold, g_strfreev);
  g_clear_pointer(&patching->smoke, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Patching, clear_patching)

/* How it is proved that the image still works. */
static gboolean prepare_smoke(Patching *patching, const CrSettings *settings, GError **error)
{
  g_autoptr(GError) cause = NULL;
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
  options->patch =
      (CrPatchOptions){.cache = patching->look->cache, .epoch = epoch && *epoch ? patching->look->options.now : -1};
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

/* ---- the steps ---- */

static GPtrArray *open_destinations(const Patching *patching, const CrRemedy *remedy, GError **error)
{
  const CrSettings *settings = patching->call->settings;
  CrDestinations wishes = {settings->to, settings->tag, settings->push};
  g_auto(GStrv) names = cr_destinations_resolve(&wishes, cr_remedy_get_image(remedy), error);
  return names ? cr_destinations_open(names, &patching->look->options.source, remedy->scan->problems, error) : NULL;
}

static gboolean report(const Patching *patching, const CrRemedy *remedy, GError **error)
{
  g_autoptr(CrReport) text = cr_look_report_new(patching->call);
  if (cr_look_wants_json(patching->call))
    cr_remedy_write_json(remedy, text);
  else
    cr_remedy_write_table(remedy, text);
  return cr_look_flush(patching->call, text, error);
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
  if (!prepare(&patching, call, error))
    return -1;
  g_autoptr(CrRemedy) remedy = cr_remedy_new(call->arguments[0], &patching.look->options, &patching.options, error);
  g_autoptr(GPtrArray) sinks = remedy ? open_destinations(&patching, remedy, error) : NULL;
  g_autoptr(CrRecording) recording = sinks ? cr_recording_new(call->settings, sinks, error) : NULL;
  if (!recording)
    return -1;
  if (!call->settings->dry_run && (!cr_remedy_patch(remedy, error) || !cr_remedy_publish(remedy, sinks, error)))
    return -1;
  if (!report(&patching, remedy, error) || !cr_recording_write(recording, patching.look, remedy, sinks, error))
    return -1;
  return cr_remedy_get_exit_code(remedy);
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
        "Exit codes: 0 done, or nothing to do; 1 the image's own programs failed or the proof does not hold: nothing "
        "is published, or with --minimal-steps the updates that can be proved; 2 wrong use, or not an image; 3 done, "
        "but something could not be examined and the report says "
        "what; 4 the environment: no daemon, no network, no permission, no space.",
    .examples = examples,
    .run = run,
};
