/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"

/* Of 64: enough that two engines of one machine never meet. */
#define NAME_DIGITS 20

struct CrLease {
  CrRecord *record;
  char *name;   /* in the record */
  char *daemon; /* for messages */
  char *acting; /* the file that whoever acts holds, whatever this one's kind is */
  int file;     /* held; -1: there is none */
};

/* ---- the file ---- */

/* Docker's id is the machine's before version 23 (of /etc/docker/key.json) and the data folder's after it: with the
 * folder it is one engine's. Podman makes up another id for each question, and is the same where its storage is. An
 * engine that says neither is known by its address. */
static char *find_engine(CrDaemon *daemon)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_get(daemon, "/info", NULL);
  const CrJson *info = doc ? cr_json_get_root(doc) : NULL;
  const char *id = cr_daemon_is_podman(daemon) ? "" : cr_json_find_string(info, "ID", "");
  const char *folder = cr_json_find_string(info, "DockerRootDir", "");
  return g_strdup_printf("%s:%s:%s", cr_daemon_get_kind(daemon), id, *folder ? folder : cr_daemon_get_name(daemon));
}

static char *format_path(const char *lock_dir, const char *engine, CrLeaseKind kind)
{
  g_autofree char *digest = cr_digest_of(engine, strlen(engine));
  g_autofree char *name = g_strdup_printf("careen-%s-%.*s.lock", kind == CR_LEASE_WATCH ? "watch" : "act", NAME_DIGITS,
                                          cr_digest_get_hex(digest));
  return g_build_filename(lock_dir ? lock_dir : CR_LOCK_DIR, name, NULL);
}

/* Without O_CREAT first: in a sticky folder the kernel refuses that for another user's file, also to root
 * (fs.protected_regular). The file stays when it is let go: one that is removed could be held twice. */
static int open_file(const char *path)
{
  const int more = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int file = open(path, O_RDONLY | more);
  if (file < 0 && errno == ENOENT)
    file = open(path, O_RDWR | O_CREAT | O_EXCL | more, 0644);
  if (file < 0 && errno == EEXIST) /* another one was quicker */
    file = open(path, O_RDONLY | more);
  struct stat status;
  if (file >= 0 && (fstat(file, &status) || !S_ISREG(status.st_mode))) {
    close(file);
    errno = EINVAL;
    return -1;
  }
  return file;
}

/* ---- who has it ---- */

/* The process that holds FILE by flock(2), as proc_locks(5) says; 0: none that can be seen from here (it is in another
 * pid namespace, or has just ended). */
static gint64 find_holder(int file)
{
  struct stat status;
  g_autofree char *text = NULL;
  if (fstat(file, &status) || !g_file_get_contents("/proc/locks", &text, NULL, NULL))
    return 0;
  g_autofree char *inode = g_strdup_printf("%02x:%02x:%" G_GUINT64_FORMAT, major(status.st_dev), minor(status.st_dev),
                                           (guint64)status.st_ino);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    char kind[16], mode[16], access[16], where[64];
    int pid = 0;
    if (sscanf(lines[i], "%*d: %15s %15s %15s %d %63s", kind, mode, access, &pid, where) == 5 &&
        !strcmp(kind, "FLOCK") && !strcmp(where, inode))
      return MAX(pid, 0);
  }
  return 0;
}

static char *format_holder(int file)
{
  gint64 pid = find_holder(file);
  g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *command = NULL;
  gsize size = 0;
  if (!pid)
    return g_strdup("another process");
  if (!g_file_get_contents(path, &command, &size, NULL) || !size)
    return g_strdup_printf("process %" G_GINT64_FORMAT, pid);
  for (gsize i = 0; i + 1 < size; i++)
    if (!command[i])
      command[i] = ' ';
  g_autofree char *valid = g_utf8_make_valid(command, -1);
  return g_strdup_printf("process %" G_GINT64_FORMAT " (%.100s)", pid, valid);
}

static void set_held(GError **error, const char *daemon, int file)
{
  g_autofree char *holder = format_holder(file);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot act on '%s': %s does, with a record of its own", daemon,
              holder);
}

/* ---- taking and letting go ---- */

/* FALSE: somebody else has it. */
static gboolean lock_file(CrLease *lease, const char *path, CrProblems *problems, GError **error)
{
  lease->file = open_file(path);
  if (lease->file >= 0 && !flock(lease->file, LOCK_EX | LOCK_NB))
    return TRUE;
  if (lease->file >= 0 && errno == EWOULDBLOCK) {
    set_held(error, lease->daemon, lease->file);
    return FALSE;
  }
  if (problems)
    cr_problems_add(problems, CR_PROBLEM_NOTE, lease->daemon,
                    "careens with another record are not seen: cannot lock '%s': %s; see --lock-dir", path,
                    g_strerror(errno));
  return TRUE;
}

CrLease *cr_lease_take(CrRecord *record, CrDaemon *daemon, CrLeaseKind kind, const char *lock_dir, CrProblems *problems,
                       GError **error)
{
  const char *address = cr_daemon_get_name(daemon);
  g_autofree char *name = g_strdup_printf("%s%s", kind == CR_LEASE_WATCH ? "watch:" : "", address);
  if (!cr_record_take_lease(record, name, error))
    return NULL;
  g_autofree char *engine = find_engine(daemon);
  g_autofree char *path = format_path(lock_dir, engine, kind);
  g_autoptr(CrLease) lease = g_new0(CrLease, 1);
  *lease = (CrLease){.record = record, .file = -1, .daemon = g_strdup(address), .name = g_steal_pointer(&name)};
  lease->acting = format_path(lock_dir, engine, CR_LEASE_ACT);
  return lock_file(lease, path, problems, error) ? g_steal_pointer(&lease) : NULL;
}

void cr_lease_drop(CrLease *lease)
{
  if (!lease)
    return;
  cr_record_drop_lease(lease->record, lease->name);
  if (lease->file >= 0)
    close(lease->file);
  g_free(lease->acting);
  g_free(lease->daemon);
  g_free(lease->name);
  g_free(lease);
}

GPtrArray *cr_leases_take(CrRecord *record, const GPtrArray *daemons, const char *lock_dir, CrProblems *problems,
                          GError **error)
{
  g_autoptr(GPtrArray) leases = g_ptr_array_new_with_free_func((GDestroyNotify)cr_lease_drop);
  for (guint i = 0; i < daemons->len; i++) {
    CrLease *lease = cr_lease_take(record, daemons->pdata[i], CR_LEASE_ACT, lock_dir, problems, error);
    if (!lease)
      return NULL;
    g_ptr_array_add(leases, lease);
  }
  return g_steal_pointer(&leases);
}

gboolean cr_lease_find_other(const CrLease *lease, GError **error)
{
  int file = open_file(lease->acting);
  gboolean held = file >= 0 && flock(file, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
  if (held)
    set_held(error, lease->daemon, file);
  if (file >= 0)
    close(file);
  return held;
}
