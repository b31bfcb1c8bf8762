/* SPDX-License-Identifier: Apache-2.0 */
/* A commit of a git repository as a plain folder. Asked for is as little as the server gives: one commit; else the ref
 * with all before it (servers that know no depth); else everything (a commit that no ref names). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/process.h"
#include "recipe/remote-private.h"

#define MOST_ENTRIES 1000000U

typedef struct {
  const CrRemote *remote;
  const CrRemoteOptions *options;
  const char *folder;     /* the work tree */
  const char *repository; /* …of what git itself keeps, beside it */
  char **environment;
} Cloning;

/* ---- git ---- */

/* Nothing that it reads starts a program: neither hooks of the user's templates nor a protocol like ext::. A password
 * that nobody can type is an error, not a wait. */
static char **make_environment(const CrRemote *remote)
{
  static const char *const names[][2] = {
      {"GIT_TERMINAL_PROMPT", "0"}, {"GIT_ASKPASS", "/bin/false"},   {"SSH_ASKPASS", "/bin/false"},
      {"GCM_INTERACTIVE", "never"}, {"GIT_PROTOCOL_FROM_USER", "0"}, {"LC_ALL", "C"},
  };
  char **environment = g_get_environ();
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    environment = g_environ_setenv(environment, names[i][0], names[i][1], TRUE);
  static const char *const ours[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", NULL};
  for (guint i = 0; ours[i]; i++) /* careen may run in a hook of a repository's */
    environment = g_environ_unsetenv(environment, ours[i]);
  if (!g_environ_getenv(environment, "GIT_SSH_COMMAND"))
    environment = g_environ_setenv(environment, "GIT_SSH_COMMAND", "ssh -oBatchMode=yes", TRUE);
  gboolean local = g_str_has_prefix(remote->url, "file://");
  return g_environ_setenv(environment, "GIT_ALLOW_PROTOCOL", local ? "file:https:http:ssh:git" : "https:http:ssh:git",
                          TRUE);
}

/* `git WORDS…` in the work tree; *OUTPUT (may be NULL) without its last newline. FALSE with ERROR: it could not be run,
 * or (CR_ERROR_INPUT) did not end with 0, in git's own last words. */
static gboolean run(const Cloning *it, const char *const *words, char **output, GError **error)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  static const char *const before[] = {"git",
                                       "-c",
                                       "core.hooksPath=/dev/null",
                                       "-c",
                                       "core.fsmonitor=false",
                                       "-c",
                                       "init.templateDir=",
                                       "-c",
                                       "advice.detachedHead=false",
                                       "-c",
                                       "gc.auto=0",
                                       "-C"};
  for (guint i = 0; i < G_N_ELEMENTS(before); i++)
    g_ptr_array_add(argv, (gpointer)before[i]);
  g_ptr_array_add(argv, (gpointer)it->folder);
  for (guint i = 0; words[i]; i++)
    g_ptr_array_add(argv, (gpointer)words[i]);
  g_ptr_array_add(argv, NULL);
  CrProcessRequest request = {.argv = (const char *const *)argv->pdata,
                              .environment = (const char *const *)it->environment,
                              .timeout_ms = it->options->seconds * 1000,
                              .watch = it->options->watch,
                              .data = it->options->data};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result)
    return FALSE;
  if (result->status != 0) {
    g_autofree char *said = cr_remote_redact(g_strstrip(result->errors));
    const char *last = strrchr(said, '\n');
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "git: %s", last ? last + 1 : said);
    return FALSE;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(result->output, &size);
  if (output)
    *output = g_strchomp(g_strndup(text ? text : "", size));
  return TRUE;
}

/* ---- what is asked for ---- */

static gboolean fetch_ref(const Cloning *it, gboolean shallow, GError **error)
{
  const char *ref = it->remote->ref ? it->remote->ref : "HEAD";
  const char *const one[] = {"fetch", "-q", "--no-tags", "--depth=1", "--", it->remote->url, ref, NULL};
  const char *const all[] = {"fetch", "-q", "--no-tags", "--", it->remote->url, ref, NULL};
  return run(it, shallow ? one : all, NULL, error);
}

static gboolean fetch_all(const Cloning *it, GError **error)
{
  const char *const words[] = {
      "fetch", "-q", "--", it->remote->url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", NULL};
  return run(it, words, NULL, error);
}

static gboolean is_commit(const char *ref)
{
  gsize length = ref ? strspn(ref, "0123456789abcdef") : 0;
  return length >= 7 && length <= 64 && !ref[length];
}

/* *COMMIT: what the ref is. */
static gboolean fetch(const Cloning *it, char **commit, GError **error)
{
  g_autoptr(GError) first = NULL;
  g_autofree char *wanted = NULL;
  gboolean good =
      fetch_ref(it, TRUE, &first) || (g_error_matches(first, CR_ERROR, CR_ERROR_INPUT) && fetch_ref(it, FALSE, NULL));
  if (good)
    wanted = g_strdup("FETCH_HEAD^{commit}");
  else if (is_commit(it->remote->ref) && fetch_all(it, NULL))
    wanted = g_strconcat(it->remote->ref, "^{commit}", NULL);
  if (!wanted) {
    g_propagate_error(error, g_steal_pointer(&first));
    return FALSE;
  }
  const char *const words[] = {"rev-parse", "--verify", "-q", "--end-of-options", wanted, NULL};
  if (run(it, words, commit, NULL) && **commit)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it has no commit '%s'", it->remote->ref ? it->remote->ref : "HEAD");
  return FALSE;
}

static gboolean check_out(const Cloning *it, const char *commit, gint64 *when, GError **error)
{
  const char *const checkout[] = {"checkout", "-q", "--detach", commit, NULL};
  const char *const modules[] = {"submodule", "update", "-q", "--init", "--recursive", "--depth=1", NULL};
  const char *const time[] = {"log", "-1", "--format=%ct", commit, NULL};
  g_autofree char *seconds = NULL, *list = g_build_filename(it->folder, ".gitmodules", NULL);
  struct stat info;
  if (!run(it, checkout, NULL, error) || !run(it, time, &seconds, error))
    return FALSE;
  *when = g_ascii_strtoll(seconds, NULL, 10);
  return lstat(list, &info) != 0 || run(it, modules, NULL, error);
}

/* ---- a plain folder ---- */

static gboolean fail_at(const char *name, GError **error)
{
  cr_error_set_errno(error, errno, "'%s'", name);
  return FALSE;
}

typedef struct {
  struct timespec times[2];
  guint entries;
} Smoothing;

static gboolean smooth(Smoothing *it, int folder, guint depth, GError **error);

/* What git knows of a file's mode is whether it can be run; the rest would be this process's umask. */
static gboolean smooth_entry(Smoothing *it, int folder, const char *name, guint depth, GError **error)
{
  struct stat info;
  if (++it->entries > MOST_ENTRIES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "it has more than %u files", MOST_ENTRIES);
    return FALSE;
  }
  if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_at(name, error);
  if (S_ISREG(info.st_mode) && !strcmp(name, ".git")) /* where the repository is; no commit can have such a name */
    return unlinkat(folder, name, 0) == 0 || fail_at(name, error);
  if (S_ISREG(info.st_mode) && fchmodat(folder, name, info.st_mode & S_IXUSR ? 0755 : 0644, 0) != 0)
    return fail_at(name, error);
  if (S_ISDIR(info.st_mode)) {
    int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0 || fchmod(below, 0755) != 0 || !smooth(it, below, depth + 1, error))
      return error && *error ? FALSE : fail_at(name, error);
  }
  return utimensat(folder, name, it->times, AT_SYMLINK_NOFOLLOW) == 0 || fail_at(name, error);
}

/* FOLDER is closed. */
static gboolean smooth(Smoothing *it, int folder, guint depth, GError **error)
{
  DIR *dir = depth < CR_LIMIT_PATH_DEPTH ? fdopendir(folder) : NULL;
  if (!dir) {
    close(folder);
    return fail_at("a folder", error);
  }
  gboolean good = TRUE;
  for (struct dirent *entry; good && (entry = readdir(dir));)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      good = smooth_entry(it, dirfd(dir), entry->d_name, depth, error);
  closedir(dir);
  return good;
}

static gboolean make_plain(const char *folder, gint64 when, GError **error)
{
  Smoothing it = {.times = {{.tv_sec = when}, {.tv_sec = when}}};
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 ? smooth(&it, fd, 0, error) : fail_at(folder, error);
}

/* FOLDER in the repository, wherever its links lead: out of it is not there. */
static char *find_folder(const Cloning *it, GError **error)
{
  g_autofree char *root = realpath(it->folder, NULL);
  g_autofree char *path = g_build_filename(it->folder, it->remote->folder ? it->remote->folder : "", NULL);
  g_autofree char *whole = realpath(path, NULL);
  gsize length = root ? strlen(root) : 0;
  if (whole && root && !strncmp(whole, root, length) && (!whole[length] || whole[length] == '/') &&
      g_file_test(whole, G_FILE_TEST_IS_DIR))
    return g_steal_pointer(&whole);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it has no folder '%s'", it->remote->folder ? it->remote->folder : ".");
  return NULL;
}

static gboolean make_context(const Cloning *it, CrRemoteContext *context, GError **error)
{
  const char *const init[] = {"init", "-q", "--separate-git-dir", it->repository, NULL};
  gint64 when = 0;
  if (!run(it, init, NULL, error) || !fetch(it, &context->revision, error) ||
      !check_out(it, context->revision, &when, error) || !make_plain(it->folder, when, error))
    return FALSE;
  context->folder = find_folder(it, error);
  return context->folder != NULL;
}

gboolean cr_remote_clone(const CrRemote *remote, const char *folder, const CrRemoteOptions *options,
                         CrRemoteContext *context, GError **error)
{
  g_autofree char *safe = cr_remote_redact(remote->url), *program = g_find_program_in_path("git");
  if (!program)
    return cr_error_refuse(error, CR_ERROR_ENVIRONMENT, "apt-get install git",
                           "cannot fetch the context '%s': git is not here", safe);
  g_autofree char *tree = g_build_filename(folder, "tree", NULL), *repository = g_build_filename(folder, "git", NULL);
  if (mkdir(tree, 0755) != 0) {
    cr_error_set_errno(error, errno, "cannot make '%s'", tree);
    return FALSE;
  }
  Cloning it = {.remote = remote, .options = options, .folder = tree, .repository = repository};
  it.environment = make_environment(remote);
  gboolean good = make_context(&it, context, error);
  g_strfreev(it.environment);
  if (!good)
    g_prefix_error(error, "cannot fetch the context '%s': ", safe);
  return good;
}

/* ---- only asking ---- */

/* By gitrevisions(7), "refname": which of several is meant. */
char *cr_remote_parse_refs(const char *output, const char *ref)
{
  static const char *const before[] = {"", "refs/", "refs/tags/", "refs/heads/"};
  g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
  for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
    g_autofree char *name = g_strconcat(before[i], ref ? ref : "HEAD", NULL), *peeled = g_strconcat(name, "^{}", NULL);
    const char *found = NULL;
    for (guint l = 0; lines[l]; l++) {
      gsize length = strspn(lines[l], "0123456789abcdef");
      if ((length != 40 && length != 64) || lines[l][length] != '\t')
        continue;
      const char *is = lines[l] + length + 1;
      if (!strcmp(is, peeled) || (!found && !strcmp(is, name)))
        found = lines[l];
    }
    if (found)
      return g_strndup(found, strcspn(found, "\t"));
  }
  return NULL;
}

gboolean cr_remote_find_commit(const CrRemote *remote, const CrRemoteOptions *options, char **commit, GError **error)
{
  const char *ref = remote->ref ? remote->ref : "HEAD";
  *commit = NULL;
  if (!remote->git || (is_commit(remote->ref) && strlen(remote->ref) >= 40))
    return TRUE;
  g_autofree char *peeled = g_strconcat(ref, "^{}", NULL), *output = NULL, *safe = cr_remote_redact(remote->url);
  const char *const words[] = {"ls-remote", "-q", "--", remote->url, ref, peeled, NULL};
  Cloning it = {.remote = remote, .options = options, .folder = "/"};
  it.environment = make_environment(remote);
  gboolean good = run(&it, words, &output, error);
  g_strfreev(it.environment);
  if (!good) {
    g_prefix_error(error, "cannot ask '%s': ", safe);
    return FALSE;
  }
  *commit = cr_remote_parse_refs(output, remote->ref);
  if (*commit || is_commit(remote->ref))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot ask '%s': it has no '%s'", safe, ref);
  return FALSE;
}
