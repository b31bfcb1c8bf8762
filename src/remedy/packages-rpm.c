/* SPDX-License-Identifier: Apache-2.0 */
/* dnf, zypper, microdnf, tdnf or yum, whichever the image has (packages-rpm-tools.c), with a repository of the plan's
 * files alone. The signed list vouches for each file by its SHA256; the image's own program checks each file's
 * signature besides, with the keys in its database, else those that the image's configuration names for the repository
 * (which it then takes into its database, as it would have done by itself). */
#include "remedy/packages-rpm.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "remedy/packages-private.h"
#include "remedy/sandbox.h"

/* ---- can it be run? ---- */

static const char *find_obstacle(const CrScan *scan, CrArena *arena)
{
  (void)arena;
  gboolean found = FALSE;
  for (const CrRpmTool *const *tool = cr_rpm_tools_get(); scan->tree && *tool && !found; tool++)
    found = cr_tree_find(scan->tree, (*tool)->path, NULL) == CR_TREE_FOUND;
  if (scan->tree && !found)
    return "the image has neither dnf, zypper, microdnf, tdnf nor yum: rebuild it";
  if (scan->tree && cr_tree_find(scan->tree, "bin/sh", NULL) != CR_TREE_FOUND)
    return "the image has no shell, which packages need for their scripts: rebuild it";
  return NULL;
}

/* ---- package files ---- */

static void collect_keys(CrScan *scan, const CrPlan *plan, GPtrArray *keys)
{
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrArchiveFile *file = &((const CrChange *)plan->changes->pdata[i])->file;
    CrStrv named = file->name ? cr_archives_get_image_keys(scan->archive_set, file->archive) : cr_strv_empty;
    for (guint k = 0; named[k]; k++)
      if (!g_ptr_array_find_with_equal_func(keys, named[k], g_str_equal, NULL) &&
          cr_tree_find(scan->tree, named[k] + 1, NULL) == CR_TREE_FOUND)
        g_ptr_array_add(keys, (gpointer)named[k]);
  }
  g_ptr_array_add(keys, NULL);
}

static gboolean keep_text(const char *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return cr_packages_keep(path, text, strlen(text), 0644, "the repository of the plan", error);
}

static gboolean keep_metadata(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  g_autoptr(GBytes) primary = cr_archives_format_primary(scan->archive_set, run->plan->changes, error);
  g_autofree char *folder = primary ? cr_packages_make_folder(run, "packages/repodata", error) : NULL;
  g_autofree char *path = folder ? g_build_filename(folder, "primary.xml", NULL) : NULL;
  if (!path || !cr_packages_keep(path, g_bytes_get_data(primary, NULL), g_bytes_get_size(primary), 0644,
                                 "the repository of the plan", error))
    return FALSE;
  g_autofree char *repomd = cr_rpm_tools_format_repomd(primary, run->epoch);
  return keep_text(folder, "repomd.xml", repomd, error);
}

static gboolean fetch(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  g_autofree char *rpms = cr_packages_make_folder(run, "packages", error);
  g_autofree char *repos = rpms ? cr_packages_make_folder(run, "repos", error) : NULL;
  if (!repos || !cr_packages_fetch(scan, run, rpms, ".rpm", error) || !keep_metadata(scan, run, error))
    return FALSE;
  g_autoptr(GPtrArray) keys = g_ptr_array_new();
  collect_keys(scan, run->plan, keys);
  g_autofree char *repository = cr_rpm_tools_format_repository((CrStrv)keys->pdata);
  return keep_text(repos, CR_RPM_REPOSITORY ".repo", repository, error);
}

/* ---- running ---- */

static CrProcessResult *run_in(const CrRoots *roots, const CrPackagesRun *run, const CrRpmTool *tool,
                               const char *const *argv, GError **error)
{
  g_autofree char *rpms = g_build_filename(run->folder, "packages", NULL);
  g_autofree char *repos = g_build_filename(run->folder, "repos", NULL);
  g_autofree char *replaced = tool && tool->replaced ? g_strconcat("/", tool->replaced, NULL) : NULL;
  CrSandboxBind binds[] = {{rpms, "/tmp/packages"}, {repos, "/tmp/repos"}, {NULL, NULL}, {NULL, NULL}};
  if (replaced && cr_packages_has(roots, tool->replaced))
    binds[2] = (CrSandboxBind){repos, replaced};
  static const char *const folders[] = {"/tmp/cache", "/tmp/log", NULL};
  /* rpm since 4.17 takes the time of installing from it */
  g_autofree char *epoch = g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, run->epoch);
  CrSandboxRequest request = {
      .root = roots->merged,
      .binds = binds,
      .folders = folders,
      .argv = argv,
      .timeout_ms = run->timeout_ms ? run->timeout_ms : CR_PACKAGES_TIMEOUT_MS,
      .variable = epoch,
      .roots = roots,
  };
  return cr_sandbox_run(&request, error);
}

/* What rpm leaves of its database being open says nothing once it is closed. */
static void clear_database(const CrRoots *roots)
{
  static const char *const logs[] = {"var/lib/rpm/rpmdb.sqlite-wal", "usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
                                     "usr/share/rpm/rpmdb.sqlite-wal"};
  for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
    int fd = cr_packages_open(roots, logs[i], O_PATH | O_NOFOLLOW, 0);
    struct stat status;
    gboolean empty = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
    g_autofree char *folder = g_path_get_dirname(logs[i]);
    g_autofree char *name = g_path_get_basename(logs[i]);
    int parent = empty ? cr_packages_open(roots, folder, O_RDONLY | O_DIRECTORY, 0) : -1;
    if (parent >= 0)
      unlinkat(parent, name, 0);
    if (parent >= 0)
      close(parent);
    if (fd >= 0)
      close(fd);
  }
}

static const CrRpmTool *find_tool(const CrRoots *roots)
{
  for (const CrRpmTool *const *tool = cr_rpm_tools_get(); *tool; tool++)
    if (cr_packages_has(roots, (*tool)->path))
      return *tool;
  return NULL;
}

static gboolean install(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  const CrRpmTool *tool = find_tool(roots);
  if (!tool) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "the image has no program that installs packages of rpm");
    return FALSE;
  }
  g_autoptr(GPtrArray) argv = cr_rpm_tool_format_command(tool, run->plan, error);
  g_autoptr(CrProcessResult) result = argv ? run_in(roots, run, tool, (const char *const *)argv->pdata, error) : NULL;
  if (!result)
    return FALSE;
  cr_packages_keep_log(run, "install.log", result);
  clear_database(roots);
  return cr_packages_check_exit(result, tool->name, error);
}

/* ---- its own check ---- */

/* Of the packages that changed; others may have been wrong before. */
static GPtrArray *make_audit(const CrPlan *plan)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
  static const char *const words[] = {"rpm", "-V", "--nomtime", "--"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    g_ptr_array_add(argv, g_strdup(words[i]));
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrArchiveFile *file = &((const CrChange *)plan->changes->pdata[i])->file;
    if (file->name)
      g_ptr_array_add(argv, g_strdup_printf("%s.%s", file->name, file->arch));
  }
  g_ptr_array_add(argv, NULL);
  return argv;
}

static gboolean audit(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  if (!cr_packages_has(roots, "usr/bin/rpm")) /* the proof of files and libraries remains */
    return TRUE;
  g_autoptr(GPtrArray) argv = make_audit(run->plan);
  g_autoptr(CrProcessResult) result = run_in(roots, run, NULL, (const char *const *)argv->pdata, error);
  if (!result)
    return FALSE;
  clear_database(roots);
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  g_autofree char *text = g_strndup(data ? data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (!cr_rpm_tools_is_complaint(lines[i]))
      continue;
    g_autofree char *valid = g_utf8_make_valid(lines[i], -1);
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "rpm -V complains: %s", valid);
    return FALSE;
  }
  return TRUE;
}

/* Locks and what databases keep while they are open; histories, which tell times and users and nothing of what is
 * installed. */
static const char *const left_out[] = {
    "var/lib/rpm/.rpm.lock",
    "var/lib/rpm/.dbenv.lock",
    "var/lib/rpm/__db.001",
    "var/lib/rpm/__db.002",
    "var/lib/rpm/__db.003",
    "var/lib/rpm/rpmdb.sqlite-shm",
    "usr/lib/sysimage/rpm/.rpm.lock",
    "usr/lib/sysimage/rpm/rpmdb.sqlite-shm",
    "usr/share/rpm/.rpm.lock",
    "usr/share/rpm/rpmdb.sqlite-shm",
    "var/lib/dnf/",
    "var/lib/yum/",
    "var/lib/tdnf/",
    "usr/lib/sysimage/libdnf5/",
    "var/log/YaST2",
    "var/log/zypp",
    "var/lib/zypp/AnonymousUniqueId",
    "var/lib/zypp/LastDistributionFlavor",
    NULL,
};

const CrPackageManager cr_packages_rpm = {
    .name = "rpm",
    .type = "rpm",
    .find_obstacle = find_obstacle,
    .fetch = fetch,
    .install = install,
    .audit = audit,
    .left_out = left_out,
};
