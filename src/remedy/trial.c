/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "remedy/sandbox.h"

#define OUTPUT_BYTES 4096U
#define SLACK_MS     30000 /* for namespaces and mounts on a busy machine */
#define ROUND_MS     500U  /* between two tries of a check */

/* ---- what is started ---- */

typedef struct {
  const CrTrialRequest *request;
  CrTrialUser user;
  char **environment;
  const char **command; /* NULL: nothing */
  struct sock_filter *filter;
  unsigned short filter_length;
  int output, report; /* this side's ends are the workspace's */
} Trial;

/* What comes back over `report`. */
typedef struct {
  gint32 end, status, errnum;
  char what[64];
} Report;

static gboolean load_filter(Trial *trial, GError **error)
{
  int fd = cr_seccomp_filter_open(error);
  struct stat status;
  if (fd < 0)
    return FALSE;
  gboolean good = fstat(fd, &status) == 0 && status.st_size > 0 && status.st_size < (off_t)CR_MIB;
  if (good) {
    trial->filter = g_malloc((gsize)status.st_size);
    good = pread(fd, trial->filter, (gsize)status.st_size, 0) == status.st_size;
    trial->filter_length = (unsigned short)((gsize)status.st_size / sizeof *trial->filter);
  }
  close(fd);
  if (!good)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read the system call filter");
  return good;
}

static char **make_environment(const CrImage *image, const CrTrialUser *user)
{
  char **all = g_strdupv(image->env ? (char **)image->env : (char *[]){NULL});
  static const char path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  all = g_environ_setenv(all, "PATH", path, FALSE);
  all = g_environ_setenv(all, "HOME", user->home && *user->home ? user->home : "/", FALSE);
  return g_environ_setenv(all, "HOSTNAME", "localhost", FALSE);
}

static const char **join_command(const CrImage *image)
{
  GPtrArray *words = g_ptr_array_new();
  for (guint i = 0; image->entrypoint && image->entrypoint[i]; i++)
    g_ptr_array_add(words, (gpointer)image->entrypoint[i]);
  for (guint i = 0; image->cmd && image->cmd[i]; i++)
    g_ptr_array_add(words, (gpointer)image->cmd[i]);
  gboolean none = !words->len;
  g_ptr_array_add(words, NULL);
  const char **all = (const char **)g_ptr_array_free(words, FALSE);
  if (none)
    g_clear_pointer(&all, g_free);
  return all;
}

/* ---- a process of the image ---- */

/* Docker's default set but what makes devices (MKNOD), raw packets (NET_RAW) and audit records (AUDIT_WRITE): of these
 * three only ping notices. */
static const guint capabilities[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,     CAP_SETGID,
                                     CAP_SETUID, CAP_SETFCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_KILL};

static gboolean drop_capabilities(guint64 keep)
{
  for (guint i = 0; i <= CAP_LAST_CAP; i++)
    if (!(keep >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0 && errno != EINVAL)
      return FALSE;
  return TRUE;
}

static gboolean set_capabilities(guint64 keep)
{
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  guint32 low = (guint32)keep, high = (guint32)(keep >> 32);
  struct __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  return syscall(SYS_capset, &header, data) == 0;
}

static gboolean become_user(const CrTrialUser *user)
{
  return setgroups(user->groups->len, (const gid_t *)(const void *)user->groups->data) == 0 &&
         setresgid(user->gid, user->gid, user->gid) == 0 && setresuid(user->uid, user->uid, user->uid) == 0;
}

static gboolean confine(const Trial *trial)
{
  static const struct {
    __rlimit_resource_t resource;
    rlim_t value;
  } limits[] = {{RLIMIT_CORE, 0}, {RLIMIT_FSIZE, CR_GIB}};
  for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
    struct rlimit limit = {limits[i].value, limits[i].value};
    setrlimit(limits[i].resource, &limit);
  }
  guint64 keep = 0;
  for (guint i = 0; i < G_N_ELEMENTS(capabilities); i++)
    keep |= 1ULL << capabilities[i];
  struct sock_fprog program = {trial->filter_length, trial->filter};
  return drop_capabilities(keep) && become_user(&trial->user) && (trial->user.uid || set_capabilities(keep)) &&
         prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* In the forked process. An engine makes a working folder that is not there. */
static void become(const Trial *trial, const char *const *argv) G_GNUC_NORETURN;
static void become(const Trial *trial, const char *const *argv)
{
  const char *folder = *trial->request->image->workdir ? trial->request->image->workdir : "/";
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, 0) < 0 || dup2(trial->output, 1) < 0 || dup2(trial->output, 2) < 0)
    _exit(126);
  g_mkdir_with_parents(folder, 0755);
  if (!confine(trial)) {
    dprintf(2, "careen: cannot confine '%s': %s\n", argv[0], strerror(errno));
    _exit(126);
  }
  if (chdir(folder) != 0) {
    dprintf(2, "careen: cannot enter '%s': %s\n", folder, strerror(errno));
    _exit(126);
  }
  environ = trial->environment;
  execvp(argv[0], (char *const *)argv);
  dprintf(2, "careen: cannot run '%s': %s\n", argv[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

/* ---- the first process: it watches, and all ends with it ---- */

typedef struct {
  const Trial *trial;
  pid_t own, check;         /* 0: not running */
  int own_status;           /* once it ended */
  int check_status;         /* of the last check; -1: none ended yet */
  gint64 start, next_check; /* µs */
} Watch;

static gboolean start(const Trial *trial, const char *const *argv, pid_t *pid)
{
  *pid = fork();
  if (*pid == 0)
    become(trial, argv);
  return *pid > 0;
}

static void reap(Watch *watch)
{
  int status = 0;
  for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (pid == watch->own) {
      watch->own = 0;
      watch->own_status = code;
    } else if (pid == watch->check) {
      watch->check = 0;
      watch->check_status = code;
    }
  }
}

/* Is it over? Then REPORT says how. */
static gboolean conclude_plain(const Watch *watch, gint64 ms, Report *report)
{
  if (!watch->own)
    *report = (Report){.end = CR_TRIAL_ENDED, .status = watch->own_status};
  else
    report->end = CR_TRIAL_STAYED;
  return !watch->own || ms >= watch->trial->request->stay_ms;
}

static gboolean conclude_check(const Watch *watch, gint64 ms, Report *report)
{
  const CrTrialRequest *request = watch->trial->request;
  *report = (Report){.end = watch->check_status < 0 ? CR_TRIAL_HUNG : CR_TRIAL_CHECKED, .status = watch->check_status};
  if (watch->check_status == 0 || ms >= request->timeout_ms)
    return TRUE;
  if (watch->own)
    return FALSE;
  if (!request->check_alone) {
    *report = (Report){.end = CR_TRIAL_ENDED, .status = watch->own_status};
    return TRUE;
  }
  return !watch->check && watch->check_status > 0; /* nothing will change any more */
}

static void watch_all(Watch *watch, Report *report)
{
  const CrTrialRequest *request = watch->trial->request;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (;;) {
    reap(watch);
    gint64 now = g_get_monotonic_time(), ms = (now - watch->start) / 1000;
    if (request->check ? conclude_check(watch, ms, report) : conclude_plain(watch, ms, report))
      return;
    if (request->check && !watch->check && now >= watch->next_check) {
      watch->next_check = now + ROUND_MS * 1000;
      start(watch->trial, request->check, &watch->check);
    }
    struct timespec wait = {0, 50 * 1000 * 1000};
    sigtimedwait(&child, NULL, &wait);
  }
}

static void watch_from_first_process(const Trial *trial) G_GNUC_NORETURN;
static void watch_from_first_process(const Trial *trial)
{
  Report report = {0};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char *problem = cr_trial_enter_root(trial->request->root);
  if (problem) {
    report.errnum = errno ? errno : EIO;
    g_strlcpy(report.what, problem, sizeof report.what);
  } else {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    Watch watch = {.trial = trial, .check_status = -1, .start = g_get_monotonic_time()};
    if (trial->command)
      start(trial, trial->command, &watch.own);
    watch_all(&watch, &report);
  }
  if (write(trial->report, &report, sizeof report) != sizeof report)
    _exit(1);
  _exit(0);
}

/* unshare(2) puts only children into a new namespace of processes. */
static void run_in_namespaces(const Trial *trial) G_GNUC_NORETURN;
static void run_in_namespaces(const Trial *trial)
{
  Report report = {.what = "make namespaces"};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  pid_t pid = unshare(flags) == 0 ? fork() : -1;
  if (pid == 0)
    watch_from_first_process(trial);
  report.errnum = errno;
  if (pid < 0 && write(trial->report, &report, sizeof report) != sizeof report)
    _exit(1);
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
  _exit(0);
}

/* ---- the workspace's side ---- */

static void keep_tail(GString *tail, const char *data, gsize size)
{
  g_string_append_len(tail, data, (gssize)size);
  if (tail->len > 2 * OUTPUT_BYTES)
    g_string_erase(tail, 0, (gssize)(tail->len - OUTPUT_BYTES));
}

/* Until both pipes are closed, which the end of the first process does, or DEADLINE (µs). */
static gboolean listen_to(int output, int report, gint64 deadline, GString *tail, Report *out)
{
  gsize got = 0;
  struct pollfd fds[2] = {{output, POLLIN, 0}, {report, POLLIN, 0}};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    gint64 left = deadline - g_get_monotonic_time();
    if (left <= 0)
      return FALSE;
    if (poll(fds, 2, (int)(left / 1000 + 1)) < 0 && errno != EINTR)
      return FALSE;
    char buffer[4096];
    if (fds[0].revents) {
      ssize_t n = read(output, buffer, sizeof buffer);
      if (n > 0)
        keep_tail(tail, buffer, (gsize)n);
      else if (n == 0 || errno != EINTR)
        fds[0].fd = -1;
    }
    if (fds[1].revents) {
      ssize_t n = read(report, (char *)out + got, sizeof *out - got);
      got += n > 0 ? (gsize)n : 0;
      if (n <= 0 || got == sizeof *out)
        fds[1].fd = -1;
    }
  }
  return got == sizeof *out;
}

static gboolean attend(const Trial *trial, pid_t pid, int output, int report, CrTrialResult *result, GError **error)
{
  const CrTrialRequest *request = trial->request;
  g_autoptr(GString) tail = g_string_new(NULL);
  Report out = {0};
  gint64 deadline =
      g_get_monotonic_time() + ((gint64)(request->check ? request->timeout_ms : request->stay_ms) + SLACK_MS) * 1000;
  gboolean told = listen_to(output, report, deadline, tail, &out);
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
  if (told && out.errnum) {
    cr_error_set_errno(error, out.errnum, "cannot start the image for a trial: cannot %s", out.what);
    return FALSE;
  }
  if (!told) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot start the image for a trial: it took too long");
    return FALSE;
  }
  gsize skip = tail->len > OUTPUT_BYTES ? tail->len - OUTPUT_BYTES : 0;
  *result = (CrTrialResult){(CrTrialEnd)out.end, out.status, g_utf8_make_valid(tail->str + skip, -1)};
  return TRUE;
}

static gboolean run(Trial *trial, CrTrialResult *result, GError **error)
{
  int output[2] = {-1, -1}, report[2] = {-1, -1};
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    cr_error_set_errno(error, errno, "cannot make a pipe");
    if (output[0] >= 0) {
      close(output[0]);
      close(output[1]);
    }
    return FALSE;
  }
  trial->output = output[1];
  trial->report = report[1];
  pid_t pid = fork();
  if (pid == 0)
    run_in_namespaces(trial);
  close(output[1]);
  close(report[1]);
  gboolean good = pid > 0 && attend(trial, pid, output[0], report[0], result, error);
  if (pid < 0)
    cr_error_set_errno(error, errno, "cannot start a process");
  close(output[0]);
  close(report[0]);
  return good;
}

gboolean cr_trial_run(const CrTrialRequest *request, CrTrialResult *result, GError **error)
{
  Trial trial = {.request = request};
  *result = (CrTrialResult){.end = CR_TRIAL_NOTHING};
  trial.command = join_command(request->image);
  if (!trial.command && !request->check)
    return TRUE;
  gboolean good =
      cr_trial_user_find(request->root, request->image->user ? request->image->user : "", &trial.user, error);
  if (good && load_filter(&trial, error)) {
    trial.environment = make_environment(request->image, &trial.user);
    good = run(&trial, result, error);
  } else {
    good = FALSE;
  }
  cr_trial_user_clear(&trial.user);
  g_strfreev(trial.environment);
  g_free(trial.command);
  g_free(trial.filter);
  return good;
}

gboolean cr_trial_result_is_good(const CrTrialResult *result)
{
  switch (result->end) {
  case CR_TRIAL_NOTHING:
  case CR_TRIAL_STAYED:
    return TRUE;
  case CR_TRIAL_ENDED:
  case CR_TRIAL_CHECKED:
    return result->status == 0;
  case CR_TRIAL_HUNG:
  default:
    return FALSE;
  }
}
