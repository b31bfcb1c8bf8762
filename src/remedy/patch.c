/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/patch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/pass.h"
#include "remedy/check-list.h"
#include "remedy/kept-up.h"
#include "remedy/run.h"
#include "remedy/secrets.h"
#include "remedy/symbols.h"
#include "remedy/twice.h"

gint64 cr_patch_find_epoch(const CrScan *scan)
{
  gint64 newest = 0;
  for (guint i = 0; i < scan->archive_count; i++) {
    const CrArchive *archive = scan->archives[i];
    g_autoptr(GDateTime) date =
        archive->is_signed && archive->date ? g_date_time_new_from_iso8601(archive->date, NULL) : NULL;
    if (date)
      newest = MAX(newest, g_date_time_to_unix(date));
  }
  return newest;
}

/* ---- the result ---- */

static char *load_text(const CrPatch *patch, const char *name)
{
  g_autofree char *path = g_build_filename(cr_workspace_get_path(patch->workspace), name, NULL);
  char *text = NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

static CrLayer *read_layer(CrPatch *patch, const CrPatchOptions *options, GError **error)
{
  int fd = open(patch->layer_path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) {
    cr_error_set_errno(error, errno, "cannot read the new layer");
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  patch->size_bytes = (guint64)status.st_size;
  CrPassOptions pass = {
      .cache = options->cache,
      .apart = options->apart,
      .collectors = cr_scan_get_collectors(),
      .name = "the new layer",
      .keep = TRUE, /* the patched image is scanned next */
  };
  CrLayer *layer = cr_pass_read_layer(cr_stream_new_pipe(fd, TRUE), &pass, error);
  if (layer)
    patch->diff_id = g_strdup(cr_layer_get_diff_id(layer));
  return layer;
}

static gboolean prove(CrPatch *patch, const CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error)
{
  g_autoptr(CrLayer) layer = read_layer(patch, options, error);
  if (!layer)
    return FALSE;
  g_autofree char *path = g_build_filename(cr_workspace_get_path(patch->workspace), "files", NULL);
  char *text = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &text, &size, error))
    return FALSE;
  g_autoptr(GBytes) list = g_bytes_new_take(text, size);
  CrProofOptions proving = {.secrets = cr_secrets_find(patch->layer_path, error),
                            .allow_new_secrets = options->allow_new_secrets};
  if (!proving.secrets)
    return FALSE;
  patch->proof = cr_patch_proof_make(scan, plan, layer, list, &proving);
  g_hash_table_unref(proving.secrets);
  g_autofree char *complaint = load_text(patch, "complaint");
  cr_patch_proof_add_check(patch->proof, "audit", !complaint,
                           complaint ? complaint : "the package manager finds nothing wrong that was not before");
  return TRUE;
}

/* ---- what only the files themselves tell ---- */

typedef struct {
  const CrScan *scan;
  const CrPatchProof *proof;
  const CrPatchOptions *options;
} Inspection;

/* In the workspace's process. */
static gboolean inspect_in(const CrRoots *roots, gpointer data, GError **error)
{
  const Inspection *inspection = data;
  g_autoptr(CrCheckList) list = cr_check_list_new();
  CrSymbolSide before = {roots->lower, inspection->scan->reach}, now = {roots->merged, inspection->proof->reach};
  cr_symbols_check(&before, &now, list);
  /* what is known to be wrong is not started */
  if (inspection->proof->passed && cr_check_list_is_good(list) && !inspection->options->smoke.off)
    cr_smoke_check(roots, inspection->scan->image, &inspection->options->smoke, list);
  g_autofree char *path = g_build_filename(roots->folder, "checks", NULL);
  return cr_check_list_store(list, path, error);
}

static gboolean inspect(CrPatch *patch, const CrScan *scan, const CrPatchOptions *options, GError **error)
{
  Inspection inspection = {scan, patch->proof, options};
  if (!cr_workspace_run_again(patch->workspace, FALSE, inspect_in, &inspection, error))
    return FALSE;
  g_autofree char *path = g_build_filename(cr_workspace_get_path(patch->workspace), "checks", NULL);
  return cr_check_list_load(path, patch->proof, error);
}

/* A fix is there, but what it was to change in a file of the user's is not: it has a state of its own. */
static void mark_conffiles(const CrPatch *patch, CrPlan *plan)
{
  for (guint i = 0; i < patch->proof->files->len; i++) {
    const CrChangedFile *file = patch->proof->files->pdata[i];
    gsize kept = cr_kept_up_measure_kept(file->path);
    if (!kept || !file->owner)
      continue;
    for (guint k = 0; k < plan->fixes->len; k++) {
      CrFix *fix = plan->fixes->pdata[k];
      if (fix->state != CR_FIX_FIXED || strcmp(fix->name, file->owner) != 0)
        continue;
      fix->state = CR_FIX_CONFFILE;
      fix->why =
          cr_arena_printf(plan->arena, "/%.*s was changed by the image's maker and is kept; the new one is beside it",
                          (int)kept, file->path);
    }
  }
}

/* ---- one after the other ---- */

/* The image unpacked, as copies where no overlay can be mounted, and room for what comes. */
static guint64 estimate(const CrScan *scan)
{
  guint64 bytes = 256 * CR_MIB;
  for (guint i = 0; i < cr_tree_get_layer_count(scan->tree); i++)
    bytes += 3 * cr_layer_get_size(cr_tree_get_layer(scan->tree, i));
  return bytes;
}

CrPatch *cr_patch_new(const CrScan *scan, const CrPatchOptions *options, GError **error)
{
  g_autoptr(CrPatch) patch = g_new0(CrPatch, 1);
  guint at_once = MAX(options->at_once, 1); /* each may take the share of one, as if all were there already */
  patch->workspace = cr_workspace_new(options->cache, options->in_memory ? estimate(scan) * at_once : 0, error);
  if (!patch->workspace)
    return NULL;
  cr_workspace_set_baton(patch->workspace, options->baton);
  guint64 disk = options->disk_bytes ? options->disk_bytes : CR_PATCH_DISK_BYTES;
  patch->limits = cr_limits_make(MIN(disk, cr_workspace_get_max_bytes(patch->workspace) / at_once),
                                 options->program_seconds, options->total_seconds);
  cr_workspace_set_limits(patch->workspace, &patch->limits);
  patch->epoch = options->epoch >= 0 ? options->epoch : cr_patch_find_epoch(scan);
  patch->layer_path = g_build_filename(cr_workspace_get_path(patch->workspace), "layer.tar", NULL);
  return g_steal_pointer(&patch);
}

gboolean cr_patch_run(CrPatch *patch, CrScan *scan, const CrPlan *plan, GError **error)
{
  const CrPackageManager *manager = cr_package_manager_find(scan, error);
  if (!manager)
    return FALSE;
  g_autofree char *doing =
      g_strdup_printf("installing %u packages by the image's %s", plan->changes->len, manager->name);
  CrRun run = {.scan = scan,
               .plan = plan,
               .manager = manager,
               .workspace = patch->workspace,
               .limits = &patch->limits,
               .epoch = patch->epoch,
               .again = cr_workspace_has_layers(patch->workspace)};
  cr_workspace_set_doing(patch->workspace, doing);
  gboolean good = cr_run_changes(&run, error);
  cr_workspace_set_doing(patch->workspace, NULL);
  return good;
}

gboolean cr_patch_try(CrPatch *patch, CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error)
{
  g_clear_pointer(&patch->proof, cr_patch_proof_free);
  g_clear_pointer(&patch->diff_id, g_free);
  g_clear_pointer(&patch->log, g_free);
  gboolean good = cr_patch_run(patch, scan, plan, error);
  patch->log = load_text(patch, "install.log");
  if (!good || !prove(patch, scan, plan, options, error) || !inspect(patch, scan, options, error)) {
    g_prefix_error(error, "cannot patch '%s': ", scan->image->ref);
    return FALSE;
  }
  mark_conffiles(patch, plan);
  return !options->twice || !patch->proof->passed || cr_twice_check(patch, scan, plan, options, error);
}

void cr_patch_settle(CrPatch *patch)
{
  g_autofree char *name = g_path_get_basename(patch->layer_path);
  cr_workspace_keep_only(patch->workspace, name);
}

CrPatch *cr_patch_make(CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error)
{
  g_autoptr(CrPatch) patch = cr_patch_new(scan, options, error);
  return patch && cr_patch_try(patch, scan, plan, options, error) ? g_steal_pointer(&patch) : NULL;
}

void cr_patch_free(CrPatch *patch)
{
  if (!patch)
    return;
  cr_patch_proof_free(patch->proof);
  cr_workspace_free(patch->workspace);
  g_free(patch->layer_path);
  g_free(patch->diff_id);
  g_free(patch->log);
  g_free(patch);
}
