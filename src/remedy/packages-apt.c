/* SPDX-License-Identifier: Apache-2.0 */
/* apt-get with package files on its command line: it orders the steps (Pre-Depends, essential packages) as Debian tests
 * upgrades, and has no list of any archive, so that nothing but the plan can be installed. An image with dpkg alone
 * gets the same files through dpkg. */
#include "remedy/packages-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "remedy/sandbox.h"

#define EXTENDED_STATES "var/lib/apt/extended_states"
#define POLICY_PATH     "usr/sbin/policy-rc.d"

/* ---- can it be run? ---- */

/* A package that an earlier run left half-way: apt would finish that first, which is no part of any plan. */
static const char *find_unfinished(const CrScan *scan, CrArena *arena)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (!strcmp(package->type, "deb") && !package->embedded && package->status &&
        strcmp(package->status, "installed") != 0)
      return cr_arena_printf(arena, "%s is %s: what was begun must be finished first (dpkg --configure -a)",
                             package->name, package->status);
  }
  return NULL;
}

static const char *find_obstacle(const CrScan *scan, CrArena *arena)
{
  if (scan->tree && cr_tree_find(scan->tree, "usr/bin/dpkg", NULL) != CR_TREE_FOUND)
    return "the image has no dpkg: rebuild required";
  if (scan->tree && cr_tree_find(scan->tree, "bin/sh", NULL) != CR_TREE_FOUND)
    return "the image has no shell, which packages need for their scripts: rebuild required";
  return find_unfinished(scan, arena);
}

/* ---- package files ---- */

static gboolean fetch(CrScan *scan, const CrPackagesRun *run, GError **error)
{
  g_autofree char *debs = cr_packages_make_folder(run, "packages", error);
  return debs && cr_packages_fetch(scan, run, debs, ".deb", error);
}

/* ---- running ---- */

/* No service is started or stopped while its package is configured (Debian Policy §9.3.3). */
static gboolean write_policy(const CrPackagesRun *run, char **path, GError **error)
{
  static const char text[] = "#!/bin/sh\nexit 101\n";
  *path = g_build_filename(run->folder, "policy-rc.d", NULL);
  return cr_packages_keep(*path, text, strlen(text), 0755, "policy-rc.d", error);
}

/* POLICY: a file for policy-rc.d, or NULL. */
static CrProcessResult *run_in(const CrRoots *roots, const CrPackagesRun *run, const char *policy,
                               const char *const *argv, GError **error)
{
  g_autofree char *debs = g_build_filename(run->folder, "packages", NULL);
  const CrSandboxBind binds[] = {{debs, "/tmp/packages"}, {policy, "/" POLICY_PATH}, {NULL, NULL}};
  static const char *const folders[] = {"/tmp/cache/archives/partial", "/tmp/lists/partial", "/tmp/log", NULL};
  CrSandboxRequest request = {
      .root = roots->merged,
      .roots = roots,
      .binds = binds,
      .folders = folders,
      .argv = argv,
      .timeout_ms = run->timeout_ms ? run->timeout_ms : CR_PACKAGES_TIMEOUT_MS,
  };
  return cr_sandbox_run(&request, error);
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
    /* what the user changed stays, whatever the image's own dpkg.cfg says; new versions are beside it as .dpkg-dist and
       listed */
    "-o", "Dpkg::Options::=--no-force-confnew,confmiss,confask",
    "-o", "Dpkg::Options::=--force-confdef,confold",
    "-o", "Dpkg::Options::=--log=/dev/null",
    NULL,
};
static const char *const dpkg[] = {
    "dpkg", "--install", "--no-force-confnew,confmiss,confask", "--force-unsafe-io,confdef,confold", "--log=/dev/null",
    NULL,
};
/* clang-format on */

static gboolean has_removals(const CrPlan *plan)
{
  for (guint i = 0; i < plan->changes->len; i++)
    if (!((const CrChange *)plan->changes->pdata[i])->file.name)
      return TRUE;
  return FALSE;
}

static char *format_removal(const CrChange *change, const char *ending)
{
  gboolean all = !strcmp(change->arch, "all"); /* of which dpkg knows no instance */
  return g_strconcat(change->name, all ? "" : ":", all ? "" : change->arch, ending, NULL);
}

static GPtrArray *make_command(const CrRoots *roots, const CrPlan *plan)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
  gboolean with_apt = cr_packages_has(roots, "usr/bin/apt-get");
  const char *const *words = with_apt ? apt : dpkg;
  for (guint i = 0; words[i]; i++)
    g_ptr_array_add(argv, g_strdup(words[i]));
  if (with_apt && !has_removals(plan))
    g_ptr_array_add(argv, g_strdup("--no-remove"));
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    if (change->file.name)
      g_ptr_array_add(argv, cr_packages_format_path("/tmp/packages", change, ".deb"));
    else if (with_apt) /* "NAME-": to be removed; only where the plan was allowed to */
      g_ptr_array_add(argv, format_removal(change, "-"));
  }
  g_ptr_array_add(argv, NULL);
  return argv;
}

/* For dpkg alone, which does one thing at a time; NULL: nothing is to be removed, or apt does it. */
static GPtrArray *make_removal(const CrRoots *roots, const CrPlan *plan)
{
  if (!has_removals(plan) || cr_packages_has(roots, "usr/bin/apt-get"))
    return NULL;
  GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
  static const char *const words[] = {"dpkg", "--remove", "--force-unsafe-io", "--log=/dev/null"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    g_ptr_array_add(argv, g_strdup(words[i]));
  for (guint i = 0; i < plan->changes->len; i++)
    if (!((const CrChange *)plan->changes->pdata[i])->file.name)
      g_ptr_array_add(argv, format_removal(plan->changes->pdata[i], ""));
  g_ptr_array_add(argv, NULL);
  return argv;
}

/* ---- which packages are there by themselves ---- */

/* A file on the command line is taken for a wish of the user's, so apt marks it as installed by hand; an upgrade is no
 * such wish, and what it brings along is there for the others' sake. */
static gboolean is_removed(const CrPlan *plan, const char *stanza)
{
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    g_autofree char *field = g_strdup_printf("\nPackage: %s\n", change->name),
                    *whole = g_strdup_printf("\n%s\n", stanza);
    g_autofree char *arch = g_strdup_printf("\nArchitecture: %s\n", change->arch);
    if (!change->file.name && strstr(whole, field) && (strstr(whole, arch) || !strcmp(change->arch, "all")))
      return TRUE;
  }
  return FALSE;
}

/* The records as they were but for what is not there any more. */
static GString *copy_states(const CrPlan *plan, const char *old, gsize size)
{
  GString *text = g_string_new_len(old, (gssize)size);
  if (!has_removals(plan))
    return text;
  g_auto(GStrv) stanzas = g_strsplit(text->str, "\n\n", -1);
  g_string_truncate(text, 0);
  for (guint i = 0; stanzas[i]; i++)
    if (*stanzas[i] && !is_removed(plan, stanzas[i]))
      g_string_append_printf(text, "%s\n\n", stanzas[i]);
  return text;
}

static gboolean restore_states(const CrRoots *roots, const CrPlan *plan, GBytes *before, GError **error)
{
  gsize size = 0;
  const char *old = before ? g_bytes_get_data(before, &size) : NULL;
  g_autoptr(GString) text = copy_states(plan, old, size);
  if (text->len && !g_str_has_suffix(text->str, "\n\n"))
    g_string_append(text, g_str_has_suffix(text->str, "\n") ? "\n" : "\n\n");
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    if (!change->package && change->file.name)
      g_string_append_printf(text, "Package: %s\nArchitecture: %s\nAuto-Installed: 1\n\n", change->name, change->arch);
  }
  if (!before && !text->len && !cr_packages_has(roots, EXTENDED_STATES))
    return TRUE;
  return cr_packages_store(roots, EXTENDED_STATES, text->str, text->len, error);
}

/* ---- a policy that is a link ---- */

#define POLICY "policy-rc.d"

/* Nothing can be bound over a link: it is taken away for the time. *TARGET NULL: there is none. */
static gboolean take_policy_away(int folder, char **target, struct stat *status, GError **error)
{
  char text[4096 + 1];
  ssize_t size = folder >= 0 ? readlinkat(folder, POLICY, text, sizeof text - 1) : -1;
  *target = NULL;
  if (size < 0)
    return TRUE;
  text[size] = '\0';
  if (fstatat(folder, POLICY, status, AT_SYMLINK_NOFOLLOW) != 0 || unlinkat(folder, POLICY, 0) != 0) {
    cr_error_set_errno(error, errno, "cannot take '%s' away for the time", POLICY_PATH);
    return FALSE;
  }
  *target = g_strdup(text);
  return TRUE;
}

static gboolean put_policy_back(int folder, const char *target, const struct stat *status, GError **error)
{
  if (!target)
    return TRUE;
  unlinkat(folder, POLICY, 0); /* what bwrap made in its place */
  if (symlinkat(target, folder, POLICY) == 0 &&
      fchownat(folder, POLICY, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) == 0)
    return TRUE;
  cr_error_set_errno(error, errno, "cannot put '%s' back", POLICY_PATH);
  return FALSE;
}

/* ---- the two steps ---- */

static gboolean run_removal(const CrRoots *roots, const CrPackagesRun *run, const char *policy, GError **error)
{
  g_autoptr(GPtrArray) argv = make_removal(roots, run->plan);
  g_autoptr(CrProcessResult) result = argv ? run_in(roots, run, policy, (const char *const *)argv->pdata, error) : NULL;
  return !argv || (result && cr_packages_check_exit(result, argv->pdata[0], error));
}

static gboolean run_install(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  g_autoptr(GBytes) before = cr_packages_load(roots, EXTENDED_STATES, 64 * CR_MIB);
  g_autoptr(GPtrArray) argv = make_command(roots, run->plan);
  g_autofree char *policy = NULL;
  g_autoptr(CrProcessResult) result =
      write_policy(run, &policy, error) ? run_in(roots, run, policy, (const char *const *)argv->pdata, error) : NULL;
  if (!result)
    return FALSE;
  cr_packages_keep_log(run, "install.log", result);
  return cr_packages_check_exit(result, argv->pdata[0], error) && run_removal(roots, run, policy, error) &&
         restore_states(roots, run->plan, before, error);
}

static gboolean install(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  struct stat status = {0};
  g_autofree char *target = NULL;
  int folder = cr_packages_open(roots, "usr/sbin", O_RDONLY | O_DIRECTORY, 0);
  gboolean good = take_policy_away(folder, &target, &status, error) && run_install(roots, run, error) &&
                  put_policy_back(folder, target, &status, error);
  if (folder >= 0)
    close(folder);
  return good;
}

static gboolean audit(const CrRoots *roots, const CrPackagesRun *run, GError **error)
{
  static const char *const argv[] = {"dpkg", "--audit", NULL};
  g_autoptr(CrProcessResult) result = run_in(roots, run, NULL, argv, error);
  if (!result)
    return FALSE;
  if (result->status == 0 && g_bytes_get_size(result->output) == 0)
    return TRUE;
  g_autofree char *said = cr_packages_get_last_lines(result, 6);
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "dpkg --audit complains: %s", said);
  return FALSE;
}

static const char *const left_out[] = {POLICY_PATH, NULL};

const CrPackageManager cr_packages_apt = {
    .name = "apt",
    .type = "deb",
    .find_obstacle = find_obstacle,
    .fetch = fetch,
    .install = install,
    .audit = audit,
    .left_out = left_out,
};
