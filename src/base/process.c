/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

#define DEFAULT_TIMEOUT_MS 60000U
#define DEFAULT_OUTPUT     (16 * CR_MIB)
#define ERRORS_BYTES       (64 * CR_KIB)

void cr_process_result_free(CrProcessResult *result)
{
  if (!result)
    return;
  if (result->output)
    g_bytes_unref(result->output);
  g_free(result->errors);
  g_free(result);
}

/* Runs in the child between fork and exec: async-signal-safe calls only. */
static void prepare_child(gpointer parent)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != GPOINTER_TO_INT(parent))
    _exit(127);
  signal(SIGPIPE, SIG_DFL);
}

typedef struct {
  const CrProcessRequest *request;
  GPid pid;
  int in, out, err;
  gsize written;
  GByteArray *output, *errors;
  guint64 max_output;
  gint64 deadline;     /* µs, monotonic */
  const char *stopped; /* why it was killed */
  CrErrorCode code;
} Running;

static void stop(Running *run, CrErrorCode code, const char *why)
{
  run->stopped = why;
  run->code = code;
  kill(run->pid, SIGKILL);
}

static void feed(Running *run)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(run->request->input, &size);
  gssize n = write(run->in, data + run->written, size - run->written);
  if (n > 0)
    run->written += (gsize)n;
  if ((n < 0 && errno != EAGAIN && errno != EINTR) || run->written == size) {
    close(run->in);
    run->in = -1;
  }
}

/* TRUE while the pipe is open. Without OVER the last MAX bytes are kept: the reason stands at the end. */
static gboolean drain(int *fd, GByteArray *into, guint64 max, gboolean *over)
{
  guint8 buffer[16384];
  gssize n = read(*fd, buffer, sizeof buffer);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return TRUE;
  if (n <= 0) {
    close(*fd);
    *fd = -1;
    return FALSE;
  }
  if (over && into->len + (guint64)n > max) {
    *over = TRUE;
    return TRUE;
  }
  g_byte_array_append(into, buffer, (guint)n);
  if (into->len > max)
    g_byte_array_remove_range(into, 0, into->len - (guint)max);
  return TRUE;
}

/* TRUE: it was ended. */
static gboolean watch(Running *run)
{
  const char *why = run->request->watch ? run->request->watch(run->request->data) : NULL;
  if (why)
    stop(run, CR_ERROR_ENVIRONMENT, why);
  return why != NULL;
}

static void pump(Running *run)
{
  gint64 next_watch = 0;
  int step = run->request->watch ? 500 : 60000;
  while (run->out >= 0 || run->err >= 0) {
    if (g_get_monotonic_time() >= next_watch) {
      if (watch(run))
        return;
      next_watch = g_get_monotonic_time() + (gint64)step * 1000;
    }
    gint64 left = run->deadline - g_get_monotonic_time();
    if (left <= 0) {
      stop(run, CR_ERROR_ENVIRONMENT, "it took too long");
      return;
    }
    struct pollfd fds[3] = {{run->out, POLLIN, 0}, {run->err, POLLIN, 0}, {run->in, POLLOUT, 0}};
    if (poll(fds, 3, (int)MIN(left / 1000 + 1, step)) < 0 && errno != EINTR)
      return;
    gboolean over = FALSE;
    if (fds[2].revents)
      feed(run);
    if (fds[0].revents)
      drain(&run->out, run->output, run->max_output, &over);
    if (fds[1].revents)
      drain(&run->err, run->errors, ERRORS_BYTES, NULL);
    if (over) {
      stop(run, CR_ERROR_LIMIT, "it wrote more than is allowed");
      return;
    }
  }
}

static void close_all(Running *run)
{
  int *const fds[] = {&run->in, &run->out, &run->err};
  for (guint i = 0; i < G_N_ELEMENTS(fds); i++) {
    if (*fds[i] >= 0)
      close(*fds[i]);
    *fds[i] = -1;
  }
}

static gboolean spawn(Running *run, GError **error)
{
  g_auto(GStrv) environment = NULL;
  if (!run->request->environment)
    environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES;
  g_autoptr(GError) cause = NULL;
  const char *const *variables = environment ? (const char *const *)environment : run->request->environment;
  const int three = 3;
  gboolean inherits = run->request->inherited > 0;
  gboolean ok = g_spawn_async_with_pipes_and_fds(
      NULL, run->request->argv, variables, flags, prepare_child, GINT_TO_POINTER(getpid()), -1, -1, -1,
      inherits ? &run->request->inherited : NULL, inherits ? &three : NULL, inherits ? 1 : 0, &run->pid,
      run->request->input ? &run->in : NULL, &run->out, &run->err, &cause);
  if (ok)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot run '%s': %s", run->request->argv[0], cause->message);
  if (error && g_error_matches(cause, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
    cr_error_set_hint(*error, "install the package that has it: apt install %s", run->request->argv[0]);
  return FALSE;
}

CrProcessResult *cr_process_run(const CrProcessRequest *request, GError **error)
{
  Running run = {.request = request, .in = -1, .out = -1, .err = -1};
  run.max_output = request->max_output ? request->max_output : DEFAULT_OUTPUT;
  run.deadline =
      g_get_monotonic_time() + (gint64)(request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS) * 1000;
  if (!spawn(&run, error))
    return NULL;
  run.output = g_byte_array_new();
  run.errors = g_byte_array_new();
  if (run.in >= 0)
    fcntl(run.in, F_SETFL, O_NONBLOCK);
  pump(&run);
  close_all(&run);
  int status = 0;
  while (waitpid(run.pid, &status, 0) < 0 && errno == EINTR) {
  }
  g_spawn_close_pid(run.pid);
  g_autoptr(GBytes) output = g_byte_array_free_to_bytes(run.output);
  g_autoptr(GBytes) errors = g_byte_array_free_to_bytes(run.errors);
  if (run.stopped) {
    g_set_error(error, CR_ERROR, run.code, "cannot run '%s': %s", request->argv[0], run.stopped);
    return NULL;
  }
  CrProcessResult *result = g_new0(CrProcessResult, 1);
  result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result->output = g_steal_pointer(&output);
  gsize size = 0;
  const char *text = g_bytes_get_data(errors, &size);
  result->errors = size ? g_utf8_make_valid(text, (gssize)size) : g_strdup("");
  return result;
}

gint64 cr_process_parse_stat(const char *text, guint number)
{
  const char *cursor = text ? strrchr(text, ')') : NULL;
  for (guint at = 2; cursor && at < number; at++)
    cursor = strchr(cursor + 1, ' ');
  return cursor ? g_ascii_strtoll(cursor, NULL, 10) : 0;
}
