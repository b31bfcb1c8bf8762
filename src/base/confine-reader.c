/* SPDX-License-Identifier: Apache-2.0 */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine-private.h"

/* ---- files ---- */

/* Libraries are loaded when they are first needed. */
static const char *const libraries[] = {"/usr/lib", "/usr/lib32",       "/usr/lib64", "/usr/libx32", "/usr/local/lib",
                                        "/lib",     "/lib32",           "/lib64",     "/libx32",     "/nix/store",
                                        "/gnu",     "/etc/ld.so.cache", NULL};

static gboolean restrict_files(gconstpointer scratch, long version)
{
  const char *const own[] = {scratch, NULL};
  const CrLandlockGrant grants[] = {{libraries, CR_FS_READ_FILE | CR_FS_READ_DIR},
                                    {own, CR_FS_READ_FILE | CR_FS_WRITE_FILE | CR_FS_TRUNCATE}};
  const guint64 all = CR_FS_EXECUTE | CR_FS_WRITE_FILE | CR_FS_READ_FILE | CR_FS_READ_DIR | CR_FS_CHANGE | CR_FS_REFER |
                      CR_FS_TRUNCATE | CR_FS_IOCTL;
  return cr_landlock_restrict(version, all, CR_NET_BIND | CR_NET_CONNECT, CR_SCOPE_SOCKET | CR_SCOPE_SIGNAL, grants,
                              G_N_ELEMENTS(grants));
}

/* Root's own: Landlock knows nothing of chmod, kill or settimeofday, and the filter below may be missing. Who has none
 * need not ask, and in a unit without @privileged must not (systemd.exec(5)). */
static gboolean drop_capabilities(void)
{
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {{0}};
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  if (syscall(SYS_capget, &head, now) == 0 && !memcmp(now, none, sizeof none))
    return TRUE;
  return syscall(SYS_capset, &head, none) == 0;
}

/* Capabilities are a thread's: nobody else is without them meanwhile. */
gboolean cr_confine_reader_can_use(const char *folder)
{
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {{0}}, less[_LINUX_CAPABILITY_U32S_3];
  gboolean known = syscall(SYS_capget, &head, now) == 0;
  gboolean has = known && (now[0].effective || now[1].effective);
  memcpy(less, now, sizeof less);
  less[0].effective = less[1].effective = 0;
  if (has && syscall(SYS_capset, &head, less) != 0)
    return FALSE;
  int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (has && syscall(SYS_capset, &head, now) != 0)
    g_error("cannot have the rights again that were given up for a moment: %s", g_strerror(errno));
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

/* ---- calls ---- */

#ifdef CR_SECCOMP_ARCHITECTURE
static const guint32 allowed[] = {
    /* what is open */
    SYS_read,
    SYS_readv,
    SYS_pread64,
    SYS_preadv,
    SYS_write,
    SYS_writev,
    SYS_pwrite64,
    SYS_pwritev,
    SYS_lseek,
    SYS_close,
    SYS_fstat,
    SYS_fstatfs,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fadvise64,
    SYS_dup,
    SYS_dup3,
    SYS_sendfile,
    SYS_copy_file_range,
    SYS_memfd_create,
    SYS_ppoll,
    SYS_getdents64,
    /* is it there? */
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_faccessat,
    SYS_readlinkat,
    439 /* faccessat2 */,
    /* memory and threads */
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_msync,
    SYS_brk,
    SYS_futex,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_rseq,
    SYS_membarrier,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_getattr,
    SYS_exit,
    SYS_exit_group,
    /* its own signals, ids and clocks */
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_uname,
    SYS_sysinfo,
    SYS_getrusage,
#ifdef __x86_64__
    SYS_arch_prctl,
    SYS_poll,
    SYS_time,
#endif
};

/* No lock, lease or owner: the last lets the kernel send any signal to anyone. */
static const guint32 allowed_fcntl[] = {F_DUPFD, F_GETFD,         F_SETFD,     F_GETFL,
                                        F_SETFL, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS};

#define TEMPORARY_FLAG ((guint32)(O_TMPFILE & ~O_DIRECTORY))

static void answer(GArray *program, guint32 with)
{
  cr_seccomp_add(program, BPF_RET | BPF_K, with, 0, 0);
}

/* The low half of an argument: all that are looked at are int or unsigned int, and both architectures little-endian. */
static void load_argument(GArray *program, guint number)
{
  cr_seccomp_add(program, BPF_LD | BPF_W | BPF_ABS,
                 (guint32)(offsetof(struct seccomp_data, args) + number * sizeof(guint64)), 0, 0);
}

/* If the call is NUMBER, the next LINES lines decide. */
static void on_call(GArray *program, guint32 number, guint8 lines)
{
  cr_seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, lines);
}

/* CALL, if its argument ARGUMENT is VALUE. */
static void allow_with(GArray *program, guint32 call, guint argument, guint32 value)
{
  on_call(program, call, 4);
  load_argument(program, argument);
  cr_seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
  answer(program, SECCOMP_RET_ALLOW);
  answer(program, SECCOMP_RET_ERRNO | EPERM);
}

static void allow_some(GArray *program)
{
  /* a thread is no process */
  on_call(program, SYS_clone, 4);
  load_argument(program, 0);
  cr_seccomp_add(program, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
  answer(program, SECCOMP_RET_ALLOW);
  answer(program, SECCOMP_RET_ERRNO | EPERM);
  /* opened is for reading, or a file that never gets a name */
  on_call(program, SYS_openat, 5);
  load_argument(program, 2);
  cr_seccomp_add(program, BPF_JMP | BPF_JSET | BPF_K, TEMPORARY_FLAG, 1, 0);
  cr_seccomp_add(program, BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 1, 0);
  answer(program, SECCOMP_RET_ALLOW);
  answer(program, SECCOMP_RET_ERRNO | EACCES);
  on_call(program, SYS_fcntl, (guint8)(2 + G_N_ELEMENTS(allowed_fcntl) + 1));
  load_argument(program, 1);
  for (guint i = 0; i < G_N_ELEMENTS(allowed_fcntl); i++)
    cr_seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, allowed_fcntl[i], (guint8)(G_N_ELEMENTS(allowed_fcntl) - i), 0);
  answer(program, SECCOMP_RET_ERRNO | EPERM);
  answer(program, SECCOMP_RET_ALLOW);
  allow_with(program, SYS_tgkill, 0, (guint32)getpid()); /* abort(3) */
  allow_with(program, SYS_prlimit64, 0, 0);
  allow_with(program, SYS_prctl, 0, PR_SET_NAME); /* a thread's; not that it outlives careen (PR_SET_PDEATHSIG) */
}

/* What is not allowed is ENOSYS, so that a newer C library goes back to what it did before. */
static gboolean filter_calls(void)
{
  g_autoptr(GArray) program = g_array_new(FALSE, FALSE, sizeof(struct sock_filter));
  cr_seccomp_add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
  cr_seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, CR_SECCOMP_ARCHITECTURE, 1, 0);
  answer(program, SECCOMP_RET_KILL_PROCESS);
  cr_seccomp_add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS(allowed); i++) {
    on_call(program, allowed[i], 1);
    answer(program, SECCOMP_RET_ALLOW);
  }
  allow_some(program);
  answer(program, SECCOMP_RET_ERRNO | ENOSYS);
  return cr_seccomp_install(program);
}
#else
static gboolean filter_calls(void)
{
  errno = ENOSYS;
  return FALSE;
}
#endif

/* ---- all ---- */

gboolean cr_confine_reader(const char *scratch, char **have, GError **error)
{
  const CrConfineWay way = {restrict_files, scratch, drop_capabilities, filter_calls};
  return cr_confine_by(&way, have, error);
}
