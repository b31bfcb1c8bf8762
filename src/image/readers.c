/* SPDX-License-Identifier: Apache-2.0 */
#include "image/readers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/error.h"
#include "base/log.h"
#include "image/apart-private.h"

struct CrReaders {
  GMutex turn; /* one asks at a time, and what is below is its own */
  GMutex lock; /* between it and the thread: wanted, ending, failed */
  GCond changed;
  char *scratch;
  gboolean scratch_found, scratch_made; /* made: below the temporary folder, and removed at the end */
  /* Starters are its children, and are killed when it ends (PR_SET_PDEATHSIG); so are their copies, readers that may be
   * at work for others when a starter is replaced: it ends with READERS. */
  GThread *thread;
  gboolean wanted, ending;
  int failed;  /* errno of the start, or 0 */
  pid_t pid;   /* the starter's, or 0 */
  int socket;  /* to it, or -1 */
  int its_end; /* while it is started */
  gint told;   /* what readers give up; atomic */
  CrApartPool *pool;
};

CrReaders *cr_readers_new(const CrCache *cache)
{
  CrReaders *readers = g_new0(CrReaders, 1);
  g_mutex_init(&readers->turn);
  g_mutex_init(&readers->lock);
  g_cond_init(&readers->changed);
  readers->scratch = g_build_filename(cr_cache_get_dir(cache), CR_CACHE_SCRATCH, NULL);
  readers->pool = cr_apart_pool_new();
  readers->socket = readers->its_end = -1;
  return readers;
}

static void close_end(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static void end_starter(CrReaders *readers)
{
  close_end(&readers->socket);
  if (!readers->pid)
    return;
  kill(readers->pid, SIGKILL);
  while (waitpid(readers->pid, NULL, 0) < 0 && errno == EINTR) {
  }
  readers->pid = 0;
}

static void end_thread(CrReaders *readers)
{
  if (!readers->thread)
    return;
  g_mutex_lock(&readers->lock);
  readers->ending = TRUE;
  g_cond_broadcast(&readers->changed);
  g_mutex_unlock(&readers->lock);
  g_thread_join(readers->thread);
}

void cr_readers_free(CrReaders *readers)
{
  if (!readers)
    return;
  end_starter(readers);
  end_thread(readers);
  g_cond_clear(&readers->changed);
  g_mutex_clear(&readers->turn);
  g_mutex_clear(&readers->lock);
  cr_apart_pool_free(readers->pool);
  if (readers->scratch_made)
    (void)rmdir(readers->scratch); /* nothing in it ever had a name */
  g_free(readers->scratch);
  g_free(readers);
}

/* ---- the starter ---- */

/* No secret of the environment; what a sanitizer is told stays. */
static char **make_environment(void)
{
  static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"};
  char **environment = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
    if (g_getenv(kept[i]))
      environment = g_environ_setenv(environment, kept[i], g_getenv(kept[i]), TRUE);
  return environment;
}

/* By posix_spawn: nothing of a large process with threads is copied. */
static int spawn(CrReaders *readers)
{
  char *const argv[] = {(char *)"careen", (char *)CR_APART_WORD, readers->scratch, NULL};
  g_auto(GStrv) environment = make_environment();
  sigset_t blocked; /* what ends careen is careen's affair, from the first instruction on */
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  sigemptyset(&blocked);
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
    sigaddset(&blocked, numbers[i]);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, readers->its_end, CR_APART_IN);
  posix_spawn_file_actions_addopen(&actions, CR_APART_NONE, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen(&actions, CR_APART_ERRORS, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  int result = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, environment);
  const char *name = (const char *)getauxval(AT_EXECFN);
  if (result == ENOENT && name) /* no /proc */
    result = posix_spawn(&pid, name, &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  readers->pid = result ? 0 : pid;
  return result;
}

static gpointer keep_starters(gpointer data)
{
  CrReaders *readers = data;
  g_mutex_lock(&readers->lock);
  while (!readers->ending) {
    if (readers->wanted) {
      readers->failed = spawn(readers);
      readers->wanted = FALSE;
      g_cond_broadcast(&readers->changed);
    }
    g_cond_wait(&readers->changed, &readers->lock);
  }
  g_mutex_unlock(&readers->lock);
  return NULL;
}

/* By the thread. 0, or an errno. */
static int spawn_there(CrReaders *readers)
{
  if (!readers->thread)
    readers->thread = g_thread_try_new("readers", keep_starters, readers, NULL);
  if (!readers->thread)
    return EAGAIN;
  g_mutex_lock(&readers->lock);
  readers->wanted = TRUE;
  g_cond_broadcast(&readers->changed);
  while (readers->wanted)
    g_cond_wait(&readers->changed, &readers->lock);
  g_mutex_unlock(&readers->lock);
  return readers->failed;
}

/* A cache that cannot be written (a root that is read-only, a home that only root's rights look into) is no reason not
 * to read. Where the temporary folder cannot be written either, readers have memory for what is large. */
static void find_scratch(CrReaders *readers)
{
  if (readers->scratch_found)
    return;
  readers->scratch_found = TRUE;
  (void)g_mkdir_with_parents(readers->scratch, 0700);
  if (cr_confine_reader_can_use(readers->scratch))
    return;
  char *made = g_dir_make_tmp("careen-scratch-XXXXXX", NULL);
  if (!made)
    return;
  g_free(readers->scratch);
  readers->scratch = made;
  readers->scratch_made = TRUE;
}

/* 0, or an errno. */
static int start_starter(CrReaders *readers)
{
  int ends[2];
  find_scratch(readers);
  /* a stream, as all that AppArmor's profile lets careen-scan have; one request at a time, so it comes whole */
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return errno;
  readers->socket = ends[0];
  readers->its_end = fcntl(ends[1], F_DUPFD_CLOEXEC, CR_APART_FDS); /* not a number that is set before it */
  int failed = readers->its_end < 0 ? errno : 0;
  close(ends[1]);
  failed = failed ? failed : spawn_there(readers);
  close_end(&readers->its_end);
  if (failed)
    end_starter(readers);
  return failed;
}

/* ---- a reader ---- */

static void put_text(char *to, gsize size, const char *text)
{
  g_strlcpy(to, text ? text : "", size);
}

/* FALSE: the starter has gone. */
static gboolean send_request(int socket, CrApartRequest *request, const int *fds, guint count)
{
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(CR_READERS_FDS * sizeof(int))];
  } control = {.room = {0}};
  struct iovec bytes = {request, sizeof *request};
  struct msghdr message = {.msg_iov = &bytes,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(head), fds, count * sizeof(int));
  gssize n;
  do {
    n = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n == (gssize)sizeof *request;
}

pid_t cr_readers_start(CrReaders *readers, gboolean indexes, const int fds[CR_READERS_FDS], const char *diff_id,
                       const char *name, GError **error)
{
  CrApartRequest request = {.indexes = indexes ? 1 : 0};
  put_text(request.diff_id, sizeof request.diff_id, diff_id);
  put_text(request.name, sizeof request.name, name);
  guint count = 0;
  while (count < CR_READERS_FDS && fds[count] >= 0)
    count++;
  gint32 answer = 0;
  int failed = 0;
  g_mutex_lock(&readers->turn);
  for (guint tries = 0; tries < 2 && !failed && !answer; tries++) { /* one that was killed by someone is replaced */
    failed = readers->socket < 0 ? start_starter(readers) : 0;
    if (failed || (send_request(readers->socket, &request, fds, count) &&
                   cr_apart_read_fully(NULL, readers->socket, &answer, sizeof answer)))
      continue;
    answer = 0;
    end_starter(readers);
  }
  g_mutex_unlock(&readers->turn);
  if (answer > 0)
    return answer;
  const char *what = "a process that reads it cannot be started";
  if (failed || answer)
    cr_error_set_errno(error, failed ? failed : -answer, "%s", what);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s: the process that starts readers ended", what);
  return 0;
}

void cr_readers_tell_confined(CrReaders *readers, const char *have)
{
  if (g_atomic_int_compare_and_exchange(&readers->told, FALSE, TRUE))
    cr_log_verbose("layers are read by processes confined by %s",
                   *have ? have : "nothing: this kernel has neither Landlock nor seccomp");
}

CrApartPool *cr_readers_get_pool(CrReaders *readers)
{
  return readers->pool;
}
