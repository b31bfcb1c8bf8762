/* SPDX-License-Identifier: Apache-2.0 */
/* A `podman system service` of careen's own, on a socket in a private folder, for as long as the engine is open. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "base/leftover.h"
#include "image/engine.h"

#define PREFIX      "careen-podman."
#define START_USEC  (30 * G_USEC_PER_SEC)
#define STOP_USEC   (5 * G_USEC_PER_SEC)
#define PAUSE_USEC  10000
#define ERROR_BYTES 400U

struct CrPodmanService {
  GPid pid;
  char *folder, *socket;
  int errors; /* an unlinked file with its stderr */
};

const char *cr_podman_service_get_socket(const CrPodmanService *service)
{
  return service->socket;
}

/* Runs in the child between fork and exec: async-signal-safe calls only. */
static void prepare_child(gpointer parent)
{
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != GPOINTER_TO_INT(parent))
    _exit(127);
  signal(SIGPIPE, SIG_DFL);
}

static void remove_folder(const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
}

/* Folders of careens that were killed: their names have the process id. */
static void sweep(const char *parent)
{
  g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    if (!g_str_has_prefix(name, PREFIX))
      continue;
    gint64 pid = g_ascii_strtoll(name + strlen(PREFIX), NULL, 10);
    g_autofree char *path = g_build_filename(parent, name, NULL);
    if (pid > 0 && pid <= G_MAXINT && kill((pid_t)pid, 0) < 0 && errno == ESRCH)
      remove_folder(path);
  }
}

static gboolean make_folder(CrPodmanService *service, GError **error)
{
  const char *runtime = g_getenv("XDG_RUNTIME_DIR");
  const char *parent = runtime && access(runtime, W_OK) == 0 ? runtime : g_get_tmp_dir();
  sweep(parent);
  g_autofree char *pattern = g_strdup_printf("%s/" PREFIX "%d.XXXXXX", parent, (int)getpid());
  if (!g_mkdtemp(pattern)) { /* mode 0700: whoever reaches the socket is who runs Podman */
    cr_error_set_errno(error, errno, "cannot make a folder in '%s'", parent);
    return FALSE;
  }
  service->folder = g_steal_pointer(&pattern);
  service->socket = g_build_filename(service->folder, "podman.sock", NULL);
  cr_leftover_add(service->folder);
  cr_leftover_add(service->socket);
  service->errors = open(service->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  return TRUE;
}

static gboolean spawn(CrPodmanService *service, GError **error)
{
  g_autofree char *address = g_strconcat("unix://", service->socket, NULL);
  /* --time, which is without a request: what was proved may wait for its name until others have soaked. It dies with
   * who started it, and of itself in a day should it ever be left alone. */
  const char *argv[] = {"podman", "system", "service", "--time", "86400", address, NULL};
  g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);
  environment = g_environ_unsetenv(environment, "CONTAINER_HOST");
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL;
  g_autoptr(GError) cause = NULL;
  if (g_spawn_async_with_fds(NULL, (char **)argv, environment, flags, prepare_child, GINT_TO_POINTER(getpid()),
                             &service->pid, -1, -1, service->errors, &cause))
    return TRUE;
  gboolean absent = g_error_matches(cause, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot run 'podman': %s",
              absent ? "it is not installed" : cause->message);
  if (error && absent)
    cr_error_set_hint(*error, "apt install podman");
  return FALSE;
}

static gboolean is_answering(const CrPodmanService *service)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(service->socket) >= sizeof address.sun_path)
    return FALSE;
  memcpy(address.sun_path, service->socket, strlen(service->socket) + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean ok = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
  if (fd >= 0)
    close(fd);
  return ok;
}

static gboolean has_ended(CrPodmanService *service)
{
  if (service->pid > 0 && waitpid(service->pid, NULL, WNOHANG) == 0)
    return FALSE;
  service->pid = 0;
  return TRUE;
}

static gboolean wait_until_answering(CrPodmanService *service, GError **error)
{
  gint64 end = g_get_monotonic_time() + START_USEC;
  while (!is_answering(service)) {
    gboolean ended = has_ended(service);
    if (!ended && g_get_monotonic_time() < end) {
      g_usleep(PAUSE_USEC);
      continue;
    }
    char said[ERROR_BYTES + 1] = "";
    gssize n = service->errors >= 0 ? pread(service->errors, said, ERROR_BYTES, 0) : 0;
    said[MAX(n, 0)] = 0;
    g_strstrip(said);
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot start 'podman system service': %s",
                *said   ? said
                : ended ? "it ended at once"
                        : "it does not answer");
    return FALSE;
  }
  return TRUE;
}

CrPodmanService *cr_podman_service_start(GError **error)
{
  CrPodmanService *service = g_new0(CrPodmanService, 1);
  service->errors = -1;
  if (make_folder(service, error) && spawn(service, error) && wait_until_answering(service, error))
    return service;
  cr_podman_service_stop(service);
  return NULL;
}

void cr_podman_service_stop(CrPodmanService *service)
{
  if (!service)
    return;
  if (service->pid > 0)
    kill(service->pid, SIGTERM);
  for (gint64 end = g_get_monotonic_time() + STOP_USEC; !has_ended(service) && g_get_monotonic_time() < end;)
    g_usleep(PAUSE_USEC);
  if (service->pid > 0) {
    kill(service->pid, SIGKILL);
    waitpid(service->pid, NULL, 0);
  }
  if (service->errors >= 0)
    close(service->errors);
  if (service->folder) {
    remove_folder(service->folder);
    cr_leftover_forget(service->folder);
    cr_leftover_forget(service->socket);
  }
  g_free(service->folder);
  g_free(service->socket);
  g_free(service);
}
