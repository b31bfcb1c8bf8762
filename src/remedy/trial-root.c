/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a trial. The image's root may be hostile: every place in it is opened with it as the root, and mounted
 * on by its descriptor, so that no link of its leads to a place of this machine. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "remedy/trial.h"

#define PLAIN (MS_NOSUID | MS_NOEXEC | MS_NODEV)

static int open_place(int root, const char *path)
{
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* Mount on PATH below ROOT. SOURCE NULL with MS_BIND: PATH on itself. */
static gboolean mount_at(int root, const char *path, const char *source, const char *type, unsigned long flags,
                         const char *options)
{
  char place[64];
  int fd = open_place(root, path);
  if (fd < 0)
    return FALSE;
  snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
  gboolean good = mount(source ? source : place, place, type, flags, options) == 0;
  int errnum = errno;
  close(fd);
  errno = errnum;
  return good;
}

static gboolean protect(int root, const char *path)
{
  if (!mount_at(root, path, NULL, NULL, MS_BIND, NULL))
    return errno == ENOENT;
  return mount_at(root, path, NULL, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | PLAIN, NULL);
}

static gboolean hide(int root, const char *path, gboolean folder)
{
  gboolean good = folder ? mount_at(root, path, "tmpfs", "tmpfs", MS_RDONLY | PLAIN, "size=0")
                         : mount_at(root, path, "/dev/null", NULL, MS_BIND, NULL);
  return good || errno == ENOENT;
}

/* As runc does by default: what is the machine's in /proc is read-only or hidden. */
static gboolean mount_proc(int root)
{
  static const char *const read_only[] = {"proc/sys", "proc/sysrq-trigger", "proc/irq", "proc/bus", "proc/fs"};
  static const char *const files[] = {"proc/kcore", "proc/keys", "proc/timer_list", "proc/sched_debug"};
  static const char *const folders[] = {"proc/acpi", "proc/scsi"};
  mkdirat(root, "proc", 0555);
  if (!mount_at(root, "proc", "proc", "proc", PLAIN, NULL))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(read_only); i++)
    if (!protect(root, read_only[i]))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(files); i++)
    if (!hide(root, files[i], FALSE))
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (!hide(root, folders[i], TRUE))
      return FALSE;
  return TRUE;
}

static gboolean mount_dev(int root)
{
  static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
  static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                         {"/proc/self/fd/0", "dev/stdin"},
                                         {"/proc/self/fd/1", "dev/stdout"},
                                         {"/proc/self/fd/2", "dev/stderr"},
                                         {"pts/ptmx", "dev/ptmx"}};
  mkdirat(root, "dev", 0755);
  if (!mount_at(root, "dev", "tmpfs", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=65536k"))
    return FALSE;
  int dev = open_place(root, "dev");
  for (guint i = 0; i < G_N_ELEMENTS(devices) && dev >= 0; i++) {
    char source[32];
    snprintf(source, sizeof source, "/dev/%s", devices[i]);
    int fd = openat(dev, devices[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0)
      close(fd);
    if (!mount_at(dev, devices[i], source, NULL, MS_BIND, NULL) && strcmp(devices[i], "tty") != 0)
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS(links) && dev >= 0; i++)
    if (symlinkat(links[i][0], dev, links[i][1] + strlen("dev/")) != 0)
      return FALSE;
  gboolean good =
      dev >= 0 && mkdirat(dev, "pts", 0755) == 0 && mkdirat(dev, "shm", 01777) == 0 &&
      mount_at(dev, "pts", "devpts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620") &&
      mount_at(dev, "shm", "tmpfs", "tmpfs", PLAIN, "mode=1777,size=65536k");
  if (dev >= 0)
    close(dev);
  return good;
}

/* What an engine writes into every container. */
static void write_names(int root)
{
  static const struct {
    const char *path, *text;
  } files[] = {{"etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n"}, {"etc/hostname", "localhost\n"}};
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    struct open_how how = {.flags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, /* a fifo is left alone */
                           .mode = 0644,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, root, files[i].path, &how, sizeof how);
    if (fd < 0)
      continue; /* an image without etc gets none */
    if (write(fd, files[i].text, strlen(files[i].text)) < 0)
      errno = 0; /* a full disk: programs say so themselves */
    close(fd);
  }
}

/* As Docker and podman set it: who is not root may listen on port 80 of a network that is his own. */
static void allow_ports(void)
{
  int fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && write(fd, "0", 1) < 0)
    errno = 0; /* an old kernel: a server that needs it fails before and after */
  if (fd >= 0)
    close(fd);
}

static gboolean raise_loopback(void)
{
  struct ifreq request = {0};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  strcpy(request.ifr_name, "lo"); /* NOLINT: fits */
  gboolean good = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  good = good && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  if (fd >= 0)
    close(fd);
  return good;
}

/* An overlay has no devices already; a plain copy would let the image's own nodes be what they say. Flags that the file
 * system has stay: a user namespace may not take them off. */
static gboolean mount_without_devices(const char *root)
{
  static const struct {
    unsigned long has, flag;
  } flags[] = {{ST_RDONLY, MS_RDONLY},   {ST_NOSUID, MS_NOSUID},         {ST_NOEXEC, MS_NOEXEC},
               {ST_NOATIME, MS_NOATIME}, {ST_NODIRATIME, MS_NODIRATIME}, {ST_RELATIME, MS_RELATIME}};
  struct statvfs status;
  if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) != 0 || statvfs(root, &status) != 0)
    return FALSE;
  unsigned long all = MS_BIND | MS_REMOUNT | MS_NODEV;
  for (guint i = 0; i < G_N_ELEMENTS(flags); i++)
    all |= status.f_flag & flags[i].has ? flags[i].flag : 0;
  return mount(NULL, root, NULL, all, NULL) == 0;
}

const char *cr_trial_enter_root(const char *root)
{
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || !mount_without_devices(root))
    return "mount its root";
  int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return "open its root";
  write_names(fd);
  allow_ports();
  if (!mount_proc(fd))
    return "mount its /proc";
  if (!mount_dev(fd))
    return "make its /dev";
  if (!raise_loopback())
    return "make its network";
  if (sethostname("localhost", strlen("localhost")) != 0)
    return "name it";
  if (fchdir(fd) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
    return "enter its root";
  close(fd);
  return NULL;
}
