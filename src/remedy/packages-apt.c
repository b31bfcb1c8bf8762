/* SPDX-License-Identifier: Apache-2.0 */
/* apt-get with package files on its command line: it orders the steps (Pre-Depends, essential packages) as Debian tests
 * upgrades, and has no list of any archive, so that nothing but the plan can be installed. An image with dpkg alone
 * gets the same files through dpkg. */
#include "remedy/packages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "remedy/sandbox.h"

#define TIMEOUT_MS      (600U * 1000U)
#define EXTENDED_STATES "var/lib/apt/extended_states"

/* ---- package files ---- */

/* Numbered: a name or version of an archive becomes no path here. */
static gboolean fetch(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  g_autofree char *debs = g_build_filename(run->folder, "packages", NULL);
  if (mkdir(debs, 0755) != 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", debs);
    return FALSE;
  }
  for (guint i = 0; i < run->plan->changes->len; i++) {
    const CrChange *change = run->plan->changes->pdata[i];
    if (!change->file.name)
      continue;
    g_autoptr(GBytes) bytes = cr_archives_fetch_file(scan->archive_set, &change->file, &scan->vendor, error);
    if (!bytes)
      return FALSE;
    g_autofree char *path = g_strdup_printf("%s/%05u.deb", debs, i);
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GError) cause = NULL;
    if (!g_file_set_contents_full(path, data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644, &cause)) {
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot keep package '%s': %s", change->name, cause->message);
      return FALSE;
    }
  }
  return TRUE;
}

/* ---- running ---- */

/* No service is started or stopped while its package is configured (Debian Policy §9.3.3). */
static gboolean write_policy(const CrPackagesRun *run, char **path, GError **error)
{
  static const char text[] = "#!/bin/sh\nexit 101\n";
  *path = g_build_filename(run->folder, "policy-rc.d", NULL);
  g_autoptr(GError) cause = NULL;
  if (g_file_set_contents_full(*path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, &cause))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot prepare the run: %s", cause->message);
  return FALSE;
}

static CrProcessResult *run_in(const CrRoots *roots, const CrPackagesRun *run, const char *const *argv, GError **error)
{
  g_autofree char *policy = NULL;
  if (!write_policy(run, &policy, error))
    return NULL;
  g_autofree char *debs = g_build_filename(run->folder, "packages", NULL);
  const CrSandboxBind binds[] = {{debs, "/tmp/packages"}, {policy, "/usr/sbin/policy-rc.d"}, {NULL, NULL}};
  static const char *const folders[] = {"/tmp/cache/archives/partial", "/tmp/lists/partial", "/tmp/log", NULL};
  CrSandboxRequest request = {
      .root = roots->merged,
      .binds = binds,
      .folders = folders,
      .argv = argv,
      .timeout_ms = run->timeout_ms ? run->timeout_ms : TIMEOUT_MS,
  };
  return cr_sandbox_run(&request, error);
}

/* What it said, for the record; errors show the end of it. */
static void keep_log(const CrPackagesRun *run, const char *name, const CrProcessResult *result)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  g_autofree char *path = g_build_filename(run->folder, name, NULL);
  g_autoptr(GString) text = g_string_new_len(data, (gssize)size);
  g_string_append(text, result->errors);
  g_file_set_contents(path, text->str, (gssize)text->len, NULL);
}

static char *get_last_lines(const CrProcessResult *result, guint count)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(result->output, &size);
  g_autoptr(GString) text = g_string_new_len(data, (gssize)size);
  g_string_append(text, result->errors);
  g_auto(GStrv) lines = g_strsplit(g_strstrip(text->str), "\n", -1);
  guint total = g_strv_length(lines);
  g_autofree char *joined = g_strjoinv("; ", lines + (total > count ? total - count : 0));
  return g_utf8_make_valid(joined, -1);
}

static gboolean has_program(const CrRoots *roots, const char *path)
{
  int root = open(roots->merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  int fd = root >= 0 ? (int)syscall(SYS_openat2, root, path, &how, sizeof how) : -1;
  if (root >= 0)
    close(root);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

/* clang-format off */
static const char *const apt[] = {
    "apt-get", "install", "-y", "-q", "--no-install-recommends",
    /* nothing of an archive, of the image's caches and of its logs */
    "-o", "Dir::Etc::SourceList=/dev/null", "-o", "Dir::Etc::SourceParts=/dev/null",
    "-o", "Dir::State::Lists=/tmp/lists", "-o", "Dir::Cache=/tmp/cache", "-o", "Dir::Log=/tmp/log",
    "-o", "APT::Sandbox::User=root", "-o", "APT::Get::AutomaticRemove=false", "-o", "Dpkg::Use-Pty=false",
    /* a crash leaves a workspace that is thrown away, so nothing waits for the disk */
    "-o", "Dpkg::Options::=--force-unsafe-io",
    /* what the user changed stays; new versions are beside it as .dpkg-dist and listed */
    "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
    "-o", "Dpkg::Options::=--log=/dev/null",
    NULL,
};
static const char *const dpkg[] = {
    "dpkg", "--install", "--force-unsafe-io", "--force-confdef", "--force-confold", "--log=/dev/null", NULL,
};
/* clang-format on */

static gboolean has_removals(const CrPlan *plan)
{
  for (guint i = 0; i < plan->changes->len; i++)
    if (!((const CrChange *)plan->changes->pdata[i])->file.name)
      return TRUE;
  return FALSE;
}

static GPtrArray *make_command(const CrRoots *roots, const CrPlan *plan)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
  gboolean with_apt = has_program(roots, "usr/bin/apt-get");
  const char *const *words = with_apt ? apt : dpkg;
  for (guint i = 0; words[i]; i++)
    g_ptr_array_add(argv, g_strdup(words[i]));
  if (with_apt && !has_removals(plan))
    g_ptr_array_add(argv, g_strdup("--no-remove"));
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    if (change->file.name)
      g_ptr_array_add(argv, g_strdup_printf("/tmp/packages/%05u.deb", i));
    else if (with_apt) /* "NAME-": to be removed; only where the plan was allowed to */
      g_ptr_array_add(argv, g_strdup_printf("%s:%s-", change->name, change->arch));
  }
  g_ptr_array_add(argv, NULL);
  return argv;
}

/* ---- which packages are there by themselves ---- */

static int open_in_merged(const CrRoots *roots, const char *path, guint64 flags, guint64 mode)
{
  int root = open(roots->merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return -1;
  struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
  int errnum = errno;
  close(root);
  errno = errnum;
  return fd;
}

static GString *read_states(const CrRoots *roots)
{
  int fd = open_in_merged(roots, EXTENDED_STATES, O_RDONLY, 0);
  if (fd < 0)
    return NULL;
  GString *text = g_string_new(NULL);
  char buffer[16384];
  for (ssize_t n; text->len < 64 * CR_MIB && (n = read(fd, buffer, sizeof buffer)) > 0;)
    g_string_append_len(text, buffer, n);
  close(fd);
  return text;
}

/* A file on the command line is taken for a wish of the user's, so apt marks it as installed by hand; an upgrade is no
 * such wish, and what it brings along is there for the others' sake. */
static gboolean restore_states(const CrRoots *roots, const CrPlan *plan, GString *before, GError **error)
{
  g_autoptr(GString) text = before ? g_string_new_len(before->str, (gssize)before->len) : g_string_new(NULL);
  if (text->len && !g_str_has_suffix(text->str, "\n\n"))
    g_string_append(text, g_str_has_suffix(text->str, "\n") ? "\n" : "\n\n");
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    if (!change->package && change->file.name)
      g_string_append_printf(text, "Package: %s\nArchitecture: %s\nAuto-Installed: 1\n\n", change->name, change->arch);
  }
  if (!before && !text->len && !has_program(roots, EXTENDED_STATES))
    return TRUE;
  int fd = open_in_merged(roots, EXTENDED_STATES, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  gboolean good = fd >= 0 && write(fd, text->str, text->len) == (ssize_t)text->len;
  if (!good)
    cr_error_set_errno(error, errno, "cannot write '%s' of the image", EXTENDED_STATES);
  if (fd >= 0)
    close(fd);
  return good;
}

/* ---- the two steps ---- */

static gboolean install(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  GString *before = read_states(roots);
  g_autoptr(GPtrArray) argv = make_command(roots, run->plan);
  g_autoptr(CrProcessResult) result = run_in(roots, run, (const char *const *)argv->pdata, error);
  gboolean good = result && result->status == 0;
  if (result)
    keep_log(run, "install.log", result);
  if (result && !good) {
    g_autofree char *said = get_last_lines(result, 6);
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "the image's %s failed (exit %d): %s", (const char *)argv->pdata[0],
                result->status, said);
  }
  good = good && restore_states(roots, run->plan, before, error);
  if (before)
    g_string_free(before, TRUE);
  return good;
}

static gboolean audit(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  static const char *const argv[] = {"dpkg", "--audit", NULL};
  g_autoptr(CrProcessResult) result = run_in(roots, run, argv, error);
  if (!result)
    return FALSE;
  if (result->status == 0 && g_bytes_get_size(result->output) == 0)
    return TRUE;
  g_autofree char *said = get_last_lines(result, 6);
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "dpkg --audit complains: %s", said);
  return FALSE;
}

static const char *const left_out[] = {"usr/sbin/policy-rc.d", NULL};

const CrPackageManager cr_packages_apt = {
    .name = "apt",
    .type = "deb",
    .fetch = fetch,
    .install = install,
    .audit = audit,
    .left_out = left_out,
};
