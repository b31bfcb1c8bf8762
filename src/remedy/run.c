/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "remedy/layer.h"

typedef struct {
  const CrPackageManager *manager;
  CrPackagesRun run;
  CrLayerPack pack;
  const char *complaint; /* file for what the audit says */
} Work;

static int create(const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0)
    cr_error_set_errno(error, errno, "cannot make '%s'", path);
  return fd;
}

static gboolean pack(const CrRoots *roots, const CrLayerPack *options, GError **error)
{
  int tar = create(roots->folder, "layer.tar", error);
  int list = tar >= 0 ? create(roots->folder, "files", error) : -1;
  guint count = 0;
  gboolean good = list >= 0 && cr_layer_pack(roots, options, tar, list, &count, error);
  if (tar >= 0)
    close(tar);
  if (list >= 0)
    close(list);
  return good;
}

/* What the package manager's own check complains about, or NULL with *COMPLAINT NULL: nothing. FALSE: it did not run.
 */
static gboolean audit(const CrRoots *roots, const Work *work, char **complaint, GError **error)
{
  g_autoptr(GError) cause = NULL;
  *complaint = NULL;
  if (work->manager->audit(roots, &work->run, &cause))
    return TRUE;
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_GATE)) {
    *complaint = g_strdup(cause->message);
    return TRUE;
  }
  g_propagate_error(error, g_steal_pointer(&cause));
  return FALSE;
}

/* A complaint that is not as before is no error here: it becomes a check of the proof. */
static gboolean keep_complaint(const CrRoots *roots, const char *before, const char *after, GError **error)
{
  if (!after || !g_strcmp0(before, after))
    return TRUE;
  g_autofree char *path = g_build_filename(roots->folder, "complaint", NULL);
  return g_file_set_contents(path, after, -1, error);
}

/* By the clock that gives files their times, which need not be this process's. */
static gboolean find_start(const CrRoots *roots, gint64 *started, GError **error)
{
  struct stat status = {0};
  int fd = create(roots->folder, "started", error);
  if (fd < 0)
    return FALSE;
  gboolean good = fstat(fd, &status) == 0;
  if (!good)
    cr_error_set_errno(error, errno, "cannot read the clock of files");
  close(fd);
  g_autofree char *path = g_build_filename(roots->folder, "started", NULL);
  unlink(path);
  *started = status.st_mtim.tv_sec;
  return good;
}

static gboolean work_in(const CrRoots *roots, gpointer data, GError **error)
{
  Work *work = data;
  g_autofree char *before = NULL, *after = NULL;
  if (!find_start(roots, &work->pack.started, error)) /* after the layers were unpacked: theirs are older */
    return FALSE;
  work->run.started = work->pack.started;
  return audit(roots, work, &before, error) && work->manager->install(roots, &work->run, error) &&
         audit(roots, work, &after, error) && keep_complaint(roots, before, after, error) &&
         pack(roots, &work->pack, error);
}

static void remove_results(const char *folder)
{
  static const char *const names[] = {"layer.tar", "files", "complaint", "install.log", NULL};
  for (guint i = 0; names[i]; i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    unlink(path);
  }
}

gboolean cr_run_changes(const CrRun *run, GError **error)
{
  const char *folder = cr_workspace_get_path(run->workspace);
  Work work = {
      .manager = run->manager,
      .run = {.plan = run->plan, .folder = folder, .timeout_ms = run->limits->program_ms, .epoch = run->epoch},
      .pack = {.epoch = run->epoch, .left_out = run->manager->left_out},
  };
  remove_results(folder);
  if (!run->manager->fetch(run->scan, &work.run, error) || !cr_limits_check_time(run->limits, error))
    return FALSE;
  return run->again ? cr_workspace_run_again(run->workspace, TRUE, work_in, &work, error)
                    : cr_workspace_run(run->workspace, run->scan->source, run->scan->problems, work_in, &work, error);
}
