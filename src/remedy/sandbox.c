/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

static const char *const environment[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "TERM=dumb",
    "DEBIAN_FRONTEND=noninteractive",
    NULL,
};

/* clang-format off */
static const char *const fixed[] = {
    "bwrap", "--die-with-parent", "--new-session", "--hostname", "localhost",
    "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    /* what dpkg and scripts do with files, and becoming another user */
    "--cap-drop", "ALL",
    "--cap-add", "CAP_CHOWN", "--cap-add", "CAP_DAC_OVERRIDE", "--cap-add", "CAP_FOWNER", "--cap-add", "CAP_FSETID",
    "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETFCAP",
    "--seccomp", "3", NULL,
};
/* clang-format on */

/* ---- places in the image ---- */

/* bwrap follows the image's links while this machine's root is still in its sight, and makes what is missing there: a
 * link to /oldroot/… would lead out. So it gets paths without links, resolved with the image as the root. */

static int open_in(int root, const char *path, guint64 flags)
{
  struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static char *read_name(int fd)
{
  g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
  return g_file_read_link(link, NULL);
}

/* The name below ROOT of what is open in FD, which is closed. */
static char *take_name(int root, int fd)
{
  g_autofree char *above = read_name(root), *name = read_name(fd);
  gsize length = above ? strlen(above) : 0;
  gboolean below = length && name && !strncmp(name, above, length) && (!name[length] || name[length] == '/');
  close(fd);
  return below ? g_strdup(name[length] ? name + length : "/") : NULL;
}

/* What is not there stays as it is named, below what is; NULL: a link that leads nowhere. */
static char *resolve(int root, const char *path)
{
  int fd = open_in(root, path, 0);
  if (fd >= 0)
    return take_name(root, fd);
  int link = errno == ENOENT ? open_in(root, path, O_NOFOLLOW) : -1;
  if (link >= 0)
    close(link);
  if (link >= 0 || errno != ENOENT || !strcmp(path, "/"))
    return NULL;
  g_autofree char *parent = g_path_get_dirname(path), *name = g_path_get_basename(path);
  g_autofree char *above = resolve(root, parent);
  return above ? g_build_filename(above, name, NULL) : NULL;
}

/* ---- the command ---- */

typedef struct {
  int root;
  GPtrArray *argv; /* owned words */
  GError **error;
} Command;

static void add(const Command *command, const char *word)
{
  g_ptr_array_add(command->argv, g_strdup(word));
}

/* OPTION, FROM (or NULL), and PATH of the image. What is in /tmp is in the sandbox's own. */
static gboolean add_place(const Command *command, const char *option, const char *from, const char *path)
{
  gboolean temporary = g_str_has_prefix(path, "/tmp/");
  g_autofree char *place = resolve(command->root, temporary ? "/tmp" : path);
  if (!place) {
    g_set_error(command->error, CR_ERROR, CR_ERROR_GATE,
                "no sandbox can be made over the image, in which /tmp, /proc and /dev must be folders, or missing: its "
                "'%s' is a link that leads nowhere",
                path);
    return FALSE;
  }
  g_autofree char *whole = temporary ? g_strconcat(place, path + strlen("/tmp"), NULL) : g_strdup(place);
  add(command, option);
  if (from)
    add(command, from);
  add(command, whole);
  return TRUE;
}

/* An image keeps its mount points; where it has none bwrap makes one, which layer.c leaves out. /run is the image's
 * own: links to /run/lock and the like must lead somewhere. */
static gboolean add_places(const Command *command, const CrSandboxRequest *request)
{
  static const char *const places[][2] = {
      {"--proc", "/proc"}, {"--dev", "/dev"}, {"--tmpfs", "/tmp"}, {"--dir", "/run"}};
  gboolean good = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(places) && good; i++)
    good = add_place(command, places[i][0], NULL, places[i][1]);
  for (const CrSandboxBind *bind = request->binds; bind && bind->from && good; bind++)
    good = add_place(command, "--ro-bind", bind->from, bind->to);
  for (guint i = 0; request->folders && request->folders[i] && good; i++)
    good = add_place(command, "--dir", NULL, request->folders[i]);
  return good;
}

static GPtrArray *make_command(const CrSandboxRequest *request, GError **error)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
  Command command = {open(request->root, O_PATH | O_DIRECTORY | O_CLOEXEC), argv, error};
  if (command.root < 0) {
    cr_error_set_errno(error, errno, "cannot open '%s'", request->root);
    return NULL;
  }
  for (guint i = 0; fixed[i]; i++)
    add(&command, fixed[i]);
  if (request->may_chroot) {
    add(&command, "--cap-add");
    add(&command, "CAP_SYS_CHROOT");
  }
  add(&command, "--bind");
  add(&command, request->root);
  add(&command, "/");
  gboolean good = add_places(&command, request);
  add(&command, "--chdir");
  add(&command, "/");
  add(&command, "--");
  for (guint i = 0; request->argv[i]; i++)
    add(&command, request->argv[i]);
  g_ptr_array_add(argv, NULL);
  close(command.root);
  return good ? g_steal_pointer(&argv) : NULL;
}

/* Of this process, which is the workspace's: nothing else runs in it. */
static void set_limits(void)
{
  static const struct {
    __rlimit_resource_t resource;
    rlim_t value;
  } limits[] = {
      {RLIMIT_CORE, 0},
      {RLIMIT_NOFILE, 4096},
      {RLIMIT_FSIZE, 16 * CR_GIB}, /* one file: the largest of any package have 1 */
      {RLIMIT_MEMLOCK, 8 * CR_MIB},
  };
  for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
    struct rlimit limit = {limits[i].value, limits[i].value};
    setrlimit(limits[i].resource, &limit);
  }
}

/* ---- disk ---- */

typedef struct {
  const CrRoots *roots;
  guint64 free_bytes; /* when it began */
  GError *error;
} Watch;

static guint64 get_free_bytes(const char *folder)
{
  struct statvfs status;
  return statvfs(folder, &status) == 0 ? (guint64)status.f_bavail * status.f_frsize : 0;
}

/* The file system's own count costs nothing, but others write too: files are counted only where it gives cause. */
static const char *watch_disk(gpointer data)
{
  Watch *watch = data;
  const CrLimits *limits = watch->roots->limits;
  guint64 left = limits->disk_bytes - MIN(limits->disk_bytes, watch->roots->unpacked_bytes);
  guint64 now = get_free_bytes(watch->roots->folder);
  CrLimits rest = *limits;
  rest.disk_bytes = MAX(left, 1);
  if (watch->free_bytes < now || watch->free_bytes - now <= left ||
      cr_limits_check_disk(&rest, watch->roots->upper, &watch->error))
    return NULL;
  return watch->error->message;
}

CrProcessResult *cr_sandbox_run(const CrSandboxRequest *request, GError **error)
{
  g_autoptr(GPtrArray) argv = make_command(request, error);
  int filter = argv ? cr_seccomp_filter_open(error) : -1;
  if (filter < 0)
    return NULL;
  set_limits();
  const char *variables[G_N_ELEMENTS(environment) + 1] = {request->variable};
  memcpy(variables + (request->variable != NULL), environment, sizeof environment);
  const CrLimits *limits = request->roots ? request->roots->limits : NULL;
  guint timeout_ms = limits ? MIN(request->timeout_ms, cr_limits_get_program_ms(limits)) : request->timeout_ms;
  Watch watch = {.roots = request->roots, .free_bytes = limits ? get_free_bytes(request->roots->folder) : 0};
  CrProcessRequest process = {
      .argv = (const char *const *)argv->pdata,
      .environment = variables,
      .timeout_ms = timeout_ms,
      .inherited = filter,
      .watch = limits ? watch_disk : NULL,
      .data = &watch,
  };
  g_autoptr(GError) cause = NULL;
  gint64 start = g_get_monotonic_time();
  CrProcessResult *result = cr_process_run(&process, &cause);
  close(filter);
  if (!result && watch.error) {
    g_propagate_prefixed_error(error, watch.error, "'%s' of the image was ended: ", request->argv[0]);
    return NULL;
  }
  if (!result && g_get_monotonic_time() - start >= (gint64)timeout_ms * 1000) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "'%s' of the image took longer than %u seconds and was ended",
                request->argv[0], timeout_ms / 1000);
  } else if (!result) {
    const char *hint = cr_error_get_hint(cause) ? "install the package that has it: apt install bubblewrap" : NULL;
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot run '%s' in the image: %s", request->argv[0],
                cause->message);
    if (hint && error)
      cr_error_set_hint(*error, "%s", hint);
  }
  return result;
}
