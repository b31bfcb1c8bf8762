/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of a rebuild: both images looked into one after the other, by the same archives, and started. Nothing of
 * the build is believed. */
#include "fleet/rebuild-private.h"

#include <string.h>

#include "base/error.h"
#include "image/platform.h"
#include "model/version.h"
#include "remedy/check-list.h"
#include "remedy/fixes.h"
#include "remedy/reasons.h"
#include "remedy/rescan.h"
#include "remedy/workspace.h"
#include "report/report.h"

/* ---- what its maker took out ---- */

static gboolean is_name_char(char c)
{
  return g_ascii_isalnum(c) || strchr("+-._", c) != NULL;
}

/* As a word: "curl" is in "install curl=8.1 wget", not in "libcurl4". */
static gboolean is_named(const CrImage *image, const char *name)
{
  gsize length = strlen(name);
  for (guint i = 0; image->history && image->history[i]; i++) {
    const char *line = image->history[i];
    for (const char *at = strstr(line, name); at; at = strstr(at + 1, name))
      if ((at == line || !is_name_char(at[-1])) && (!at[length] || !is_name_char(at[length])))
        return TRUE;
  }
  return FALSE;
}

static const CrPackage *find_package(const GPtrArray *packages, const CrPackage *like)
{
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!strcmp(package->name, like->name) && !strcmp(package->type, like->type) &&
        !g_strcmp0(package->arch, like->arch))
      return package;
  }
  return NULL;
}

/* libssl3 is libssl3t64 now: of the same source, and not there before. */
static gboolean has_other_name(const CrScan *old, const CrScan *now, const CrPackage *gone)
{
  for (guint i = 0; gone->source_name && i < now->packages->len; i++) {
    const CrPackage *package = now->packages->pdata[i];
    if (!strcmp(package->type, gone->type) && !g_strcmp0(package->source_name, gone->source_name) &&
        !find_package(old->packages, package))
      return TRUE;
  }
  return FALSE;
}

static void drop(const CrPackage *package, CrArena *arena, GPtrArray *changes)
{
  CrChange *change = cr_arena_new0(arena, CrChange);
  *change = (CrChange){.name = package->name, .arch = package->arch, .package = package};
  g_ptr_array_add(changes, change);
}

void cr_rebuild_find_dropped(const CrScan *old, const CrScan *now, CrArena *arena, GPtrArray *changes)
{
  g_autoptr(GPtrArray) along = g_ptr_array_new();
  gboolean taken_out = FALSE;
  for (guint i = 0; i < old->packages->len; i++) {
    const CrPackage *package = old->packages->pdata[i];
    if (package->embedded || find_package(now->packages, package))
      continue;
    gboolean was = is_named(old->image, package->name), is = is_named(now->image, package->name);
    taken_out |= was && !is;
    if ((was && !is) || has_other_name(old, now, package))
      drop(package, arena, changes);
    else if (!was && !is)
      g_ptr_array_add(along, (gpointer)package);
  }
  for (guint i = 0; taken_out && i < along->len; i++)
    drop(along->pdata[i], arena, changes);
}

/* ---- what changed, for people ---- */

static const CrPackage *find_version(const CrScan *scan, const CrDiffPackage *like, const char *version)
{
  for (guint i = 0; version && i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (!strcmp(package->name, like->name) && !strcmp(package->type, like->type) &&
        !g_strcmp0(package->arch, like->arch) && !strcmp(package->version, version))
      return package;
  }
  return NULL;
}

static void list_changes(CrRebuild *rebuild, const CrDiff *diff)
{
  for (guint i = 0; i < diff->packages->len; i++) {
    const CrDiffPackage *package = &g_array_index(diff->packages, CrDiffPackage, i);
    const CrPackage *now = find_version(rebuild->now, package, package->to);
    CrChange *change = cr_arena_new0(rebuild->arena, CrChange);
    *change = (CrChange){
        .name = package->name, .arch = package->arch, .package = find_version(rebuild->old, package, package->from)};
    if (now)
      change->file = (CrArchiveFile){.name = now->name, .version = now->version, .arch = now->arch};
    if (now && rebuild->now->archive_set)
      change->file.archive = cr_archives_find_exact(rebuild->now->archive_set, now, NULL);
    g_ptr_array_add(rebuild->changes, change);
  }
}

static void list_states(CrRebuild *rebuild)
{
  for (guint i = 0; i < rebuild->old->updates->len; i++) {
    const CrUpdate *update = rebuild->old->updates->pdata[i];
    const CrPackage *was = update->package, *is = find_package(rebuild->now->packages, was);
    CrFix *fix = cr_arena_new0(rebuild->arena, CrFix);
    *fix = (CrFix){.name = was->name, .arch = was->arch, .update = update, .package = was, .state = CR_FIX_FIXED};
    if (!is) {
      fix->state = CR_FIX_GONE;
      fix->why = "the new build is without it";
    } else if (cr_version_compare(cr_version_scheme_for(is->type), is->version, update->candidate) < 0) {
      fix->state = CR_FIX_KEPT_BACK;
      fix->why = cr_arena_printf(rebuild->arena, "the new build has %s: its recipe installs no newer one", is->version);
    }
    g_ptr_array_add(rebuild->states, fix);
  }
}

static void check_gain(CrRebuilding *work)
{
  const GPtrArray *states = work->rebuild->states;
  for (guint i = 0; i < states->len; i++)
    if (((const CrFix *)states->pdata[i])->state != CR_FIX_KEPT_BACK)
      return;
  if (work->options->must_fix && states->len)
    cr_rebuild_fail(work, "gain", "its recipe brings none of the %u updates that the old one waits for", states->len);
}

/* ---- the scans ---- */

static CrScan *look(CrRebuilding *work, const char *name, const char *what)
{
  g_autofree char *image = g_strdup_printf("%s:%s", cr_daemon_is_podman(work->daemon) ? "podman" : "docker", name);
  g_autoptr(GError) error = NULL;
  CrScan *scan = cr_scan_run(image, work->options->scan, &error);
  if (!scan)
    cr_rebuild_fail(work, "rescan", "%s cannot be scanned: %s", what, error->message);
  return scan;
}

static void compare(CrRebuilding *work)
{
  CrRebuild *rebuild = work->rebuild;
  CrPlan plan = {.arena = rebuild->arena, .fixes = g_ptr_array_new(), .changes = g_ptr_array_new()};
  cr_rebuild_find_dropped(rebuild->old, rebuild->now, rebuild->arena, plan.changes);
  cr_patch_compare_scans(rebuild->proof, rebuild->old, &plan, rebuild->now);
  g_ptr_array_unref(plan.fixes);
  g_ptr_array_unref(plan.changes);
}

static gboolean rescan(CrRebuilding *work)
{
  CrRebuild *rebuild = work->rebuild;
  rebuild->old = rebuild->before ? look(work, work->image->reference, "the image as it is") : NULL;
  if (rebuild->before && !rebuild->old)
    return FALSE;
  rebuild->now = look(work, work->result, "the new image");
  if (!rebuild->now)
    return FALSE;
  if (rebuild->old) {
    compare(work);
    return TRUE;
  }
  g_autofree char *words = g_strdup_printf("there is none of before to compare it with; %u updates wait, %u findings",
                                           rebuild->now->updates->len, rebuild->now->findings->len);
  cr_patch_proof_add_check(rebuild->proof, "rescan", TRUE, words);
  return TRUE;
}

/* ---- its config ---- */

static void add_setting(GString *words, const CrDiffSetting *setting)
{
  g_string_append_printf(words, "%s%s is %s, was %s", words->len ? "; " : "", setting->name,
                         setting->to ? setting->to : "not set", setting->from ? setting->from : "not set");
}

static void check_config(CrRebuilding *work, const CrDiff *diff)
{
  g_auto(CrReasons) reasons = {0};
  g_autoptr(GString) words = g_string_new(NULL);
  g_autoptr(GError) error = NULL;
  const CrImage *image = work->rebuild->now->image;
  const CrBuildRecipe *recipe = work->recipe;
  if (recipe->platform && !cr_platform_check_image(image, recipe->platform, &error))
    cr_reasons_add(&reasons, "%s", error->message);
  for (guint i = 0; recipe->labels && recipe->labels[i]; i++) {
    const char *equals = strchr(recipe->labels[i], '=');
    g_autofree char *name =
        g_strndup(recipe->labels[i], equals ? (gsize)(equals - recipe->labels[i]) : strlen(recipe->labels[i]));
    const char *value = cr_image_find_label(image, name);
    if (equals ? g_strcmp0(value, equals + 1) != 0 : !value)
      cr_reasons_add(&reasons, "its label %s is %s", name, value ? value : "not there");
  }
  for (guint i = 0; diff && i < diff->settings->len && i < CR_REASONS_SHOWN; i++)
    add_setting(words, &g_array_index(diff->settings, CrDiffSetting, i));
  if (diff && diff->settings->len > CR_REASONS_SHOWN)
    g_string_append_printf(words, "; and %u more", diff->settings->len - CR_REASONS_SHOWN);
  const char *passed = words->len ? words->str : diff ? "as it was" : "as the recipe says";
  cr_patch_proof_add_check(work->rebuild->proof, "config", !reasons.count, cr_reasons_get_text(&reasons, passed));
}

/* ---- does it start? ---- */

typedef struct {
  const CrScan *scan;
  const CrSmokeOptions *options;
} Trial;

/* In the workspace's process. */
static gboolean try_in(const CrRoots *roots, gpointer data, GError **error)
{
  const Trial *trial = data;
  gboolean good = FALSE;
  g_autofree char *words = cr_smoke_try(roots, trial->scan->image, trial->options, &good);
  g_autoptr(CrCheckList) list = cr_check_list_new();
  cr_check_list_add(list, "smoke", good, words);
  g_autofree char *path = g_build_filename(roots->folder, "checks", NULL);
  return cr_check_list_store(list, path, error);
}

/* In words; *GOOD: it works. NULL with ERROR: it could not be unpacked. */
static char *try_image(const CrRebuilding *work, const CrScan *scan, const CrSmokeOptions *options, gboolean *good,
                       GError **error)
{
  g_autoptr(CrWorkspace) workspace = cr_workspace_new(work->options->scan->cache, 0, error);
  Trial trial = {scan, options};
  if (!workspace)
    return NULL;
  CrLimits limits = cr_limits_make(cr_workspace_get_max_bytes(workspace), 0, 0);
  cr_workspace_set_limits(workspace, &limits);
  cr_workspace_set_doing(workspace, "starting it for the proof");
  if (!cr_workspace_run(workspace, scan->source, work->rebuild->problems, try_in, &trial, error))
    return NULL;
  g_autofree char *path = g_build_filename(cr_workspace_get_path(workspace), "checks", NULL);
  g_autoptr(CrPatchProof) proof = cr_patch_proof_new();
  if (!cr_check_list_load(path, proof, error))
    return NULL;
  const CrCheck *check = proof->checks->len ? proof->checks->pdata[0] : NULL;
  *good = check && check->passed;
  return g_strdup(check ? check->detail : "nothing was tried");
}

/* --smoke, else `smoke:` of careen.yaml. *WORDS is what OPTIONS point to. */
static gboolean choose_smoke(const CrRebuilding *work, CrSmokeOptions *options, char ***words, GError **error)
{
  *options = work->options->smoke;
  const char *command = work->image->config ? work->image->config->smoke : NULL;
  if (options->command || !command)
    return TRUE;
  if (!g_shell_parse_argv(command, NULL, words, error))
    return FALSE;
  options->command = (const char *const *)*words;
  return TRUE;
}

static void smoke(CrRebuilding *work)
{
  CrRebuild *rebuild = work->rebuild;
  CrSmokeOptions options;
  g_auto(GStrv) words = NULL;
  g_autoptr(GError) error = NULL;
  gboolean good = FALSE, was_good = FALSE;
  if (work->options->smoke.off)
    return;
  if (!choose_smoke(work, &options, &words, &error)) {
    cr_rebuild_fail(work, "smoke", "smoke: %s", error->message);
    return;
  }
  g_autofree char *now = try_image(work, rebuild->now, &options, &good, &error);
  if (!now || good || !rebuild->old) {
    cr_patch_proof_add_check(rebuild->proof, "smoke", good, now ? now : error->message);
    return;
  }
  g_autofree char *before = try_image(work, rebuild->old, &options, &was_good, &error);
  if (!before) {
    cr_rebuild_fail(work, "smoke", "%s; the old one could not be tried: %s", now, error->message);
    return;
  }
  g_autofree char *text =
      was_good ? g_strdup_printf("%s; the old one works", now)
               : g_strdup_printf("not proved: it fails as the old one does; then, %s; now, %s", before, now);
  cr_patch_proof_add_check(rebuild->proof, "smoke", !was_good, text);
}

/* ---- one after the other ---- */

void cr_rebuild_prove(CrRebuilding *work)
{
  CrRebuild *rebuild = work->rebuild;
  if (!rescan(work))
    return;
  CrDiff *diff = rebuild->old ? cr_diff_new(rebuild->old, rebuild->now) : NULL;
  if (diff) {
    list_changes(rebuild, diff);
    list_states(rebuild);
    check_gain(work);
  }
  check_config(work, diff);
  if (diff)
    cr_diff_free(diff);
  if (rebuild->proof->passed) /* what is known to be wrong is not started */
    smoke(work);
}
