/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/sandbox.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
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

static void add(GPtrArray *argv, const char *first, const char *second, const char *third)
{
  g_ptr_array_add(argv, (gpointer)first);
  if (second)
    g_ptr_array_add(argv, (gpointer)second);
  if (third)
    g_ptr_array_add(argv, (gpointer)third);
}

/* An image keeps its mount points; where it has none bwrap makes one, which layer.c leaves out. */
static GPtrArray *make_command(const CrSandboxRequest *request)
{
  GPtrArray *argv = g_ptr_array_new();
  for (guint i = 0; fixed[i]; i++)
    g_ptr_array_add(argv, (gpointer)fixed[i]);
  if (request->may_chroot)
    add(argv, "--cap-add", "CAP_SYS_CHROOT", NULL);
  add(argv, "--bind", request->root, "/");
  add(argv, "--proc", "/proc", NULL);
  add(argv, "--dev", "/dev", NULL);
  add(argv, "--tmpfs", "/tmp", NULL);
  add(argv, "--dir", "/run", NULL); /* the image's own: links to /run/lock and the like must lead somewhere */
  for (const CrSandboxBind *bind = request->binds; bind && bind->from; bind++)
    add(argv, "--ro-bind", bind->from, bind->to);
  for (guint i = 0; request->folders && request->folders[i]; i++)
    add(argv, "--dir", request->folders[i], NULL);
  add(argv, "--chdir", "/", "--");
  for (guint i = 0; request->argv[i]; i++)
    g_ptr_array_add(argv, (gpointer)request->argv[i]);
  g_ptr_array_add(argv, NULL);
  return argv;
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
  int filter = cr_seccomp_filter_open(error);
  if (filter < 0)
    return NULL;
  set_limits();
  g_autoptr(GPtrArray) argv = make_command(request);
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
