/* SPDX-License-Identifier: Apache-2.0 */
/* Everything is allowed but the list below. A list of what is allowed would be shorter to defend and would break with
 * the next libc; what is forbidden here is what scripts of packages have no use for and what past escapes were made
 * of. Capabilities and namespaces stand behind it. libseccomp is loaded when a patch needs it. */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/library.h"
#include "remedy/sandbox.h"

static struct {
  __typeof__(&seccomp_init) init;
  __typeof__(&seccomp_release) release;
  __typeof__(&seccomp_rule_add_array) add;
  __typeof__(&seccomp_export_bpf) export;
  __typeof__(&seccomp_arch_add) add_architecture;
} seccomp;

static const CrLibraryRow rows[] = {
    {"seccomp_init", &seccomp.init},
    {"seccomp_release", &seccomp.release},
    {"seccomp_rule_add_array", &seccomp.add},
    {"seccomp_export_bpf", &seccomp.export},
    {"seccomp_arch_add", &seccomp.add_architecture},
    {NULL, NULL},
};
static const char *const names[] = {"libseccomp.so.2", NULL};
static CrLibrary library = {.names = names, .purpose = "filters system calls", .package = "libseccomp2", .rows = rows};

static const int forbidden[] = {
    /* mounts and namespaces */
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(open_tree),
    SCMP_SYS(move_mount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(open_by_handle_at),
    /* other processes, the kernel's insides */
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kcmp),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(bpf),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(move_pages),
    SCMP_SYS(mbind),
    SCMP_SYS(migrate_pages),
    SCMP_SYS(set_mempolicy),
    /* the machine */
    SCMP_SYS(reboot),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(syslog),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(stime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(vhangup),
    SCMP_SYS(uselib),
    SCMP_SYS(_sysctl),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
};

/* The 32-bit programs that a 64-bit kernel runs: their system calls would be killed as of an unknown machine. Before
 * the rules, which then hold for both. */
static int add_architectures(scmp_filter_ctx filter)
{
#if defined(__x86_64__)
  return seccomp.add_architecture(filter, SCMP_ARCH_X86);
#elif defined(__aarch64__)
  return seccomp.add_architecture(filter, SCMP_ARCH_ARM);
#else
  (void)filter;
  return 0;
#endif
}

static int add_rules(scmp_filter_ctx filter)
{
  int result = add_architectures(filter);
  for (guint i = 0; i < G_N_ELEMENTS(forbidden) && !result; i++)
    result = seccomp.add(filter, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0, NULL);
  /* clone3 hides its flags from the filter; told that it does not exist, libc takes clone. */
  if (!result)
    result = seccomp.add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
  static const unsigned long spaces[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                         CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};
#if defined(__s390__) || defined(__s390x__)
  const unsigned int flags = 1; /* the first two arguments of clone are the other way round there */
#else
  const unsigned int flags = 0;
#endif
  for (guint i = 0; i < G_N_ELEMENTS(spaces) && !result; i++) {
    struct scmp_arg_cmp compare = {flags, SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]};
    result = seccomp.add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, &compare);
  }
  static const unsigned long requests[] = {TIOCSTI, TIOCLINUX}; /* typing into the caller's terminal */
  for (guint i = 0; i < G_N_ELEMENTS(requests) && !result; i++) {
    struct scmp_arg_cmp compare = {1, SCMP_CMP_MASKED_EQ, 0xFFFFFFFFU, requests[i]};
    result = seccomp.add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1, &compare);
  }
  return result;
}

int cr_seccomp_filter_open(GError **error)
{
  if (!cr_library_load(&library, error))
    return -1;
  scmp_filter_ctx filter = seccomp.init(SCMP_ACT_ALLOW);
  int fd = memfd_create("careen-seccomp", MFD_CLOEXEC);
  int result = !filter ? -ENOMEM : fd < 0 ? -errno : add_rules(filter);
  if (!result)
    result = seccomp.export(filter, fd);
  if (!result && lseek(fd, 0, SEEK_SET) != 0)
    result = -errno;
  if (filter)
    seccomp.release(filter);
  if (!result)
    return fd;
  cr_error_set_errno(error, -result, "cannot make the system call filter");
  if (fd >= 0)
    close(fd);
  return -1;
}
