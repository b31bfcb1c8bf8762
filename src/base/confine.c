/* SPDX-License-Identifier: Apache-2.0 */
/* By system call: no C library of Debian 12 wraps Landlock, and a filter this short needs no library to be loaded for
 * it. */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine-private.h"
#include "base/error.h"

/* ---- Landlock ---- */

#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446
#define ASK_VERSION    1U
#define PATH_BENEATH   1

typedef struct {
  guint64 fs, net, scoped;
} Ruleset;

typedef struct __attribute__((packed)) {
  guint64 access;
  gint32 parent;
} PathRule;

static gboolean allow(int ruleset, const char *path, guint64 access)
{
  struct stat status;
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return TRUE;
  if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
    access &= CR_FS_EXECUTE | CR_FS_WRITE_FILE | CR_FS_READ_FILE | CR_FS_TRUNCATE;
  PathRule rule = {.access = access, .parent = fd};
  long result = syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0U);
  int number = errno;
  close(fd);
  errno = number;
  return result == 0;
}

static gboolean allow_all(int ruleset, const char *const *paths, guint64 access)
{
  gboolean done = TRUE;
  for (guint i = 0; done && paths && paths[i]; i++)
    done = allow(ruleset, paths[i], access);
  return done;
}

long cr_landlock_get_version(void)
{
  return syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
}

gboolean cr_landlock_restrict(long version, guint64 fs, guint64 net, guint64 scoped, const CrLandlockGrant *grants,
                              guint count)
{
  fs &= ~((version < 2 ? CR_FS_REFER : 0) | (version < 3 ? CR_FS_TRUNCATE : 0) | (version < 5 ? CR_FS_IOCTL : 0));
  Ruleset rules = {.fs = fs, .net = version >= 4 ? net : 0, .scoped = version >= 6 ? scoped : 0};
  gsize size = version >= 6 ? sizeof rules : version >= 4 ? offsetof(Ruleset, scoped) : offsetof(Ruleset, net);
  int ruleset = (int)syscall(CREATE_RULESET, &rules, size, 0U);
  if (ruleset < 0)
    return FALSE;
  gboolean done = TRUE;
  for (guint i = 0; done && i < count; i++)
    done = allow_all(ruleset, grants[i].paths, grants[i].access & fs);
  done = done && syscall(RESTRICT_SELF, ruleset, 0U) == 0;
  int number = errno;
  close(ruleset);
  errno = number;
  return done;
}

static gboolean restrict_paths(gconstpointer data, long version)
{
  const CrConfinement *confinement = data;
  const guint64 writing = CR_FS_WRITE_FILE | CR_FS_CHANGE | CR_FS_REFER | CR_FS_TRUNCATE;
  const CrLandlockGrant grants[] = {{confinement->writable, writing}, {confinement->runnable, CR_FS_EXECUTE}};
  return cr_landlock_restrict(version, CR_FS_EXECUTE | writing,
                              CR_NET_BIND | (confinement->connects ? 0 : CR_NET_CONNECT), CR_SCOPE_SIGNAL, grants,
                              G_N_ELEMENTS(grants));
}

/* ---- seccomp ---- */

void cr_seccomp_add(GArray *program, guint16 code, guint32 value, guint8 yes, guint8 no)
{
  struct sock_filter line = {code, yes, no, value};
  g_array_append_val(program, line);
}

/* By prctl and not seccomp(2), which systemd's @system-service does not have: a unit that is filtered so could not give
 * up more. */
gboolean cr_seccomp_install(GArray *program)
{
  struct sock_fprog all = {.len = (unsigned short)program->len, .filter = (struct sock_filter *)(void *)program->data};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0) == 0;
}

#ifdef CR_SECCOMP_ARCHITECTURE
/* Other processes, namespaces and mounts, and those parts of the kernel that nothing here uses and holes are found in.
 */
static const guint32 forbidden[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_mount, SYS_umount2, SYS_pivot_root,
    SYS_chroot, SYS_unshare, SYS_setns, SYS_open_by_handle_at, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
    SYS_keyctl, SYS_add_key, SYS_request_key, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_personality,
    SYS_vhangup,
    /* the same numbers on every architecture */
    425, /* io_uring_setup */
    426, /* io_uring_enter */
    427, /* io_uring_register */
    428, /* open_tree */
    429, /* move_mount */
    430, /* fsopen */
    431, /* fsconfig */
    432, /* fsmount */
    433, /* fspick */
    438, /* pidfd_getfd */
    440, /* process_madvise */
    442, /* mount_setattr */
};

/* Load the architecture, load the number, compare with each; refused is EPERM. */
static gboolean filter_calls(void)
{
  g_autoptr(GArray) program = g_array_new(FALSE, FALSE, sizeof(struct sock_filter));
  const guint count = G_N_ELEMENTS(forbidden);
  cr_seccomp_add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
  cr_seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, CR_SECCOMP_ARCHITECTURE, 1, 0);
  cr_seccomp_add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
  cr_seccomp_add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
  /* x32 names the same calls by other numbers */
  cr_seccomp_add(program, BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, (guint8)(count + 1), 0);
  for (guint i = 0; i < count; i++)
    cr_seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, forbidden[i], (guint8)(count - i), 0);
  cr_seccomp_add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  cr_seccomp_add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
  return cr_seccomp_install(program);
}
#else
static gboolean filter_calls(void)
{
  errno = ENOSYS;
  return FALSE;
}
#endif

/* ---- both ---- */

static gboolean refuse(const char *what, GError **error)
{
  cr_error_set_errno(error, errno, "cannot give up rights: %s", what);
  return FALSE;
}

gboolean cr_confine_by(const CrConfineWay *way, char **have, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return refuse("no_new_privs", error);
  long version = cr_landlock_get_version();
  if (version > 0) {
    if (!way->restrict_files(way->data, version))
      return refuse("landlock", error);
    g_string_printf(text, "landlock %ld", version);
  }
  if (way->drop_capabilities && !way->drop_capabilities())
    return refuse("capabilities", error);
  if (way->filter_calls())
    g_string_append(text, text->len ? ", seccomp" : "seccomp");
  else if (errno != ENOSYS && errno != EINVAL) /* a kernel without it, or an engine's filter that hides it */
    return refuse("seccomp", error);
  *have = g_string_free(g_steal_pointer(&text), FALSE);
  return TRUE;
}

gboolean cr_confine(const CrConfinement *confinement, char **have, GError **error)
{
  const CrConfineWay way = {.restrict_files = restrict_paths, .data = confinement, .filter_calls = filter_calls};
  return cr_confine_by(&way, have, error);
}
