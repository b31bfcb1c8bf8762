/* SPDX-License-Identifier: Apache-2.0 */
#include "container/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/order.h"
#include "base/process.h"

typedef struct {
  const char *proc;
  CrArena *arena;
  gint64 booted; /* seconds since the epoch */
  long ticks;
  GHashTable *hints; /* "mnt:[4026532281]" → CrContainerHint* */
  GHashTable *shims; /* pid of a containerd-shim → the container that it holds, in ARENA */
  GPtrArray *list;   /* CrContainerProcess* */
  guint denied;
  struct stat runtimes[8]; /* the host's */
  int runtime_fds[8];
  guint runtime_count;
  struct stat own_root;
} Look;

/* ---- files of one process ---- */

/* A file of /proc, which has no size. NULL with errno: the process is gone, or another's. Free with g_free. */
static char *read_bytes(int folder, const char *name, gsize *size)
{
  int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  char buffer[16384];
  gssize n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0 && text->len < CR_LIMIT_PROC_FILE)
    g_string_append_len(text, buffer, n);
  int why = errno;
  close(fd);
  errno = n < 0 ? why : 0;
  *size = text->len;
  return n < 0 ? NULL : g_string_free(g_steal_pointer(&text), FALSE);
}

static char *read_text(int folder, const char *name)
{
  gsize size = 0;
  return read_bytes(folder, name, &size);
}

static char *read_link(int folder, const char *name)
{
  char target[CR_LIMIT_PATH_BYTES + 1];
  gssize n = readlinkat(folder, name, target, sizeof target - 1);
  return n > 0 ? g_strndup(target, (gsize)n) : NULL;
}

static gint64 find_stat_field(int folder, guint number)
{
  g_autofree char *text = read_text(folder, "stat");
  return cr_process_parse_stat(text, number);
}

static gint64 find_booted(const char *proc)
{
  int folder = open(proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autofree char *text = folder < 0 ? NULL : read_text(folder, "stat");
  if (folder >= 0)
    close(folder);
  const char *line = text ? strstr(text, "\nbtime ") : NULL;
  return line ? g_ascii_strtoll(line + strlen("\nbtime "), NULL, 10) : 0;
}

/* ---- is it still the file that is mapped? ---- */

static int open_in_root(int root, const char *path)
{
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* Both times later than the process: written since, and by overlay copied up away from what is mapped. */
static gboolean is_changed_in_place(int fd, const struct stat *now, gint64 started)
{
  struct statfs system;
  return now->st_mtim.tv_sec > started + 1 && now->st_ctim.tv_sec > started + 1 && fstatfs(fd, &system) == 0 &&
         system.f_type == OVERLAYFS_SUPER_MAGIC;
}

static const char *compare(const CrMapping *mapping, int process, int fd, const struct stat *now, gint64 started)
{
  g_autofree char *name = g_strconcat("map_files/", mapping->address, NULL);
  struct stat then;
  gboolean same;
  if (fstatat(process, name, &then, 0) == 0)
    same = then.st_dev == now->st_dev && then.st_ino == now->st_ino;
  else
    same = mapping->inode == now->st_ino &&
           (!mapping->major || !major(now->st_dev) ||
            (mapping->major == major(now->st_dev) && mapping->minor == minor(now->st_dev)));
  if (!same)
    return "replaced";
  return is_changed_in_place(fd, now, started) ? "changed in place" : NULL;
}

/* Why what is mapped is not what stands there, or NULL. */
static const char *judge(const CrMapping *mapping, int process, int root, gint64 started)
{
  int fd = open_in_root(root, mapping->path);
  struct stat now;
  gboolean there = fd >= 0 && fstat(fd, &now) == 0;
  const char *why = mapping->deleted ? there ? "replaced" : "deleted"
                    : there          ? compare(mapping, process, fd, &now, started)
                                     : NULL;
  if (fd >= 0)
    close(fd);
  return why;
}

static gboolean is_wanted(const CrMapping *mapping)
{
  return mapping->executable || g_str_has_suffix(mapping->path, ".jar");
}

/* FALSE: it may not be looked at. */
static gboolean find_stale(Look *look, int process, CrContainerProcess *found)
{
  int root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autofree char *maps = root >= 0 ? read_text(process, "maps") : NULL;
  if (!maps) {
    gboolean denied = errno == EACCES || errno == EPERM;
    if (root >= 0)
      close(root);
    return !denied;
  }
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) stale = g_ptr_array_new();
  g_autoptr(GHashTable) reasons = g_hash_table_new(g_str_hash, g_str_equal);
  CrMapping mapping;
  for (char *cursor = maps; cr_mapping_next(&cursor, &mapping);) {
    if (!is_wanted(&mapping) || !g_hash_table_add(seen, (gpointer)mapping.path))
      continue;
    const char *why = judge(&mapping, process, root, found->started);
    if (!why)
      continue;
    g_ptr_array_add(stale, (gpointer)cr_arena_strdup(look->arena, mapping.path));
    g_hash_table_insert(reasons, stale->pdata[stale->len - 1], (gpointer)why);
  }
  close(root);
  g_ptr_array_sort(stale, cr_compare_texts);
  if (stale->len) {
    found->stale = cr_arena_list(look->arena, stale);
    found->why = g_hash_table_lookup(reasons, *found->stale);
  }
  return TRUE;
}

/* ---- a runtime that is not yet the container's process ---- */

static void open_runtimes(Look *look)
{
  static const char *const paths[] = {"/usr/sbin/runc",      "/usr/bin/runc", "/usr/local/sbin/runc",
                                      "/usr/local/bin/runc", "/usr/bin/crun", "/usr/local/bin/crun"};
  for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
    int fd = open(paths[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat *found = &look->runtimes[look->runtime_count];
    if (fd < 0)
      continue;
    if (fstat(fd, found) == 0 && S_ISREG(found->st_mode))
      look->runtime_fds[look->runtime_count++] = fd;
    else
      close(fd);
  }
  if (stat("/", &look->own_root) != 0)
    look->own_root = (struct stat){0};
}

static void close_runtimes(Look *look)
{
  for (guint i = 0; i < look->runtime_count; i++)
    close(look->runtime_fds[i]);
}

static gboolean is_same_file(const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* SIZE bytes of both, from their beginning. */
static gboolean has_same_bytes(int a, int b, gint64 size)
{
  char left[65536], right[65536];
  for (gint64 at = 0; at < size;) {
    gssize n = pread(a, left, sizeof left, at), m = pread(b, right, sizeof right, at);
    if (n <= 0 || n != m || memcmp(left, right, (gsize)n) != 0)
      return FALSE;
    at += n;
  }
  return TRUE;
}

/* runc runs a copy of itself (CVE-2019-5736): in memory, in a file without a name, or through an overlay of its own. */
static gboolean is_copy_of(const Look *look, guint i, int process, const struct stat *now)
{
  int fd = now->st_size == look->runtimes[i].st_size ? openat(process, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  gboolean same = fd >= 0 && has_same_bytes(fd, look->runtime_fds[i], now->st_size);
  if (fd >= 0)
    close(fd);
  return same;
}

/* Is the program a file of the container, by the name that it was started with? PROGRAM: what exe points to. */
static gboolean is_of_container(const Look *look, int process, const char *program, const struct stat *now)
{
  struct stat found;
  int root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  gboolean own = root >= 0 && fstat(root, &found) == 0 && !is_same_file(&found, &look->own_root);
  int fd = own ? open_in_root(root, program) : -1;
  own = fd >= 0 && fstat(fd, &found) == 0 && is_same_file(&found, now);
  if (fd >= 0)
    close(fd);
  if (root >= 0)
    close(root);
  return own;
}

static gboolean is_runtime(const Look *look, int process, const char *program)
{
  struct stat now;
  if (!program || fstatat(process, "exe", &now, 0) != 0 || !S_ISREG(now.st_mode))
    return FALSE;
  for (guint i = 0; i < look->runtime_count; i++)
    if ((is_same_file(&now, &look->runtimes[i]) || now.st_size == look->runtimes[i].st_size) &&
        !is_of_container(look, process, program, &now) &&
        (is_same_file(&now, &look->runtimes[i]) || is_copy_of(look, i, process, &now)))
      return TRUE;
  return FALSE;
}

/* ---- one process ---- */

/* containerd-shim or conmon holds the container; after an upgrade of the engine's packages it is still the old one. */
static void find_parent(Look *look, int process, CrContainerProcess *found)
{
  g_autofree char *path = g_strdup_printf("%s/%" G_GINT64_FORMAT, look->proc, find_stat_field(process, 4));
  int parent = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autofree char *program = parent >= 0 ? read_link(parent, "exe") : NULL;
  if (parent >= 0)
    close(parent);
  if (!program)
    return;
  found->parent_replaced = g_str_has_suffix(program, " (deleted)");
  if (found->parent_replaced)
    program[strlen(program) - strlen(" (deleted)")] = 0;
  found->parent = cr_arena_strdup(look->arena, program);
}

/* A container that its cgroup does not name: the first process and those that were put in later are its shim's
 * children, and all are in its mount namespace, which is not the shim's own. */
static void add_shim_hint(Look *look, gint64 pid, int process)
{
  gint64 parent = find_stat_field(process, 4);
  const char *id = g_hash_table_lookup(look->shims, &parent);
  if (!id)
    return;
  g_autofree char *path = g_strdup_printf("%s/%" G_GINT64_FORMAT, look->proc, parent);
  int shim = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autofree char *outside = shim >= 0 ? read_link(shim, "ns/mnt") : NULL;
  g_autofree char *space = read_link(process, "ns/mnt");
  if (shim >= 0)
    close(shim);
  if (!outside || !space || !strcmp(outside, space) || g_hash_table_contains(look->hints, space))
    return;
  CrContainerHint *hint = cr_arena_new0(look->arena, CrContainerHint);
  *hint = (CrContainerHint){pid, id, "containerd", 0};
  g_hash_table_insert(look->hints, g_steal_pointer(&space), hint);
}

static void add_shim(Look *look, gint64 pid, int process)
{
  g_autofree char *name = read_text(process, "comm");
  if (!name || !g_str_has_prefix(name, "containerd-shim"))
    return;
  gsize size = 0;
  g_autofree char *command = read_bytes(process, "cmdline", &size);
  const char *id = command ? cr_shim_find_container(command, size, look->arena) : NULL;
  gint64 *key = g_new(gint64, 1);
  *key = pid;
  if (id)
    g_hash_table_insert(look->shims, g_steal_pointer(&key), (gpointer)id);
  g_free(key);
}

/* Its container: by its cgroup, else by the mount namespace that it shares. */
static gboolean find_container(Look *look, int process, CrContainerProcess *found)
{
  g_autofree char *cgroup = read_text(process, "cgroup");
  if (cgroup && cr_cgroup_find_container(cgroup, look->arena, &found->id, &found->engine))
    return TRUE;
  g_autofree char *space = g_hash_table_size(look->hints) ? read_link(process, "ns/mnt") : NULL;
  const CrContainerHint *hint = space ? g_hash_table_lookup(look->hints, space) : NULL;
  if (!hint)
    return FALSE;
  found->id = cr_arena_strdup(look->arena, hint->id);
  found->engine = hint->engine;
  found->named = !strcmp(hint->engine, "containerd");
  return TRUE;
}

static void look_at(Look *look, gint64 pid, int process)
{
  CrContainerProcess *found = cr_arena_new0(look->arena, CrContainerProcess);
  found->pid = pid;
  found->stale = cr_strv_empty;
  if (!find_container(look, process, found))
    return;
  g_autofree char *program = read_link(process, "exe");
  if (is_runtime(look, process, program))
    return;
  found->started = look->booted + find_stat_field(process, 22) / look->ticks;
  if (program && g_str_has_suffix(program, " (deleted)"))
    program[strlen(program) - strlen(" (deleted)")] = 0;
  found->program = cr_arena_strdup(look->arena, program ? program : "?");
  if (!find_stale(look, process, found))
    look->denied++;
  find_parent(look, process, found);
  g_ptr_array_add(look->list, found);
}

static int compare_processes(const void *a, const void *b)
{
  const CrContainerProcess *left = *(const CrContainerProcess *const *)a;
  const CrContainerProcess *right = *(const CrContainerProcess *const *)b;
  int order = strcmp(left->id, right->id);
  return order ? order : (left->pid > right->pid) - (left->pid < right->pid);
}

/* A clock that is set moves the time that a process began at. */
#define LATE_SECONDS 60

/* Is PROCESS the container's that HINT tells? */
static gboolean is_believed(const Look *look, int process, const CrContainerHint *hint)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *cgroup = read_text(process, "cgroup");
  const char *id = NULL, *engine = NULL;
  if (cgroup && cr_cgroup_find_container(cgroup, arena, &id, &engine))
    return !strcmp(id, hint->id);
  return hint->started <= 0 ||
         look->booted + find_stat_field(process, 22) / look->ticks <= hint->started + LATE_SECONDS;
}

static char *read_space(const Look *look, const char *process)
{
  g_autofree char *path = g_build_filename(look->proc, process, NULL);
  int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  char *space = folder >= 0 ? read_link(folder, "ns/mnt") : NULL;
  if (folder >= 0)
    close(folder);
  return space;
}

static void add_hints(Look *look, const CrContainerHint *hints, guint count)
{
  g_autofree char *own = read_space(look, "self"), *first = read_space(look, "1");
  for (guint i = 0; i < count; i++) {
    if (hints[i].pid <= 0)
      continue;
    g_autofree char *path = g_strdup_printf("%s/%" G_GINT64_FORMAT, look->proc, hints[i].pid);
    int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_autofree char *space = process >= 0 ? read_link(process, "ns/mnt") : NULL;
    gboolean taken =
        space && g_strcmp0(space, own) != 0 && g_strcmp0(space, first) != 0 && is_believed(look, process, &hints[i]);
    if (process >= 0)
      close(process);
    if (taken)
      g_hash_table_insert(look->hints, g_steal_pointer(&space), (gpointer)&hints[i]);
  }
}

typedef void (*Visit)(Look *look, gint64 pid, int process);

static void visit_all(Look *look, DIR *folder, Visit visit)
{
  rewinddir(folder);
  for (struct dirent *item = readdir(folder); item; item = readdir(folder)) {
    char *end = NULL;
    gint64 pid = g_ascii_strtoll(item->d_name, &end, 10);
    int process = pid > 0 && !*end ? openat(dirfd(folder), item->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (process < 0)
      continue;
    visit(look, pid, process);
    close(process);
  }
}

GPtrArray *cr_container_processes_list(const char *proc, const CrContainerHint *hints, guint count, CrArena *arena,
                                       CrProblems *problems)
{
  GPtrArray *list = g_ptr_array_new();
  DIR *folder = opendir(proc);
  if (!folder) {
    cr_problems_add(problems, CR_PROBLEM_BLIND, proc, "cannot be read: %s", g_strerror(errno));
    return list;
  }
  Look look = {
      .proc = proc, .arena = arena, .booted = find_booted(proc), .ticks = MAX(sysconf(_SC_CLK_TCK), 1), .list = list};
  look.hints = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  look.shims = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  open_runtimes(&look);
  add_hints(&look, hints, count);
  visit_all(&look, folder, add_shim);
  if (g_hash_table_size(look.shims))
    visit_all(&look, folder, add_shim_hint);
  visit_all(&look, folder, look_at);
  closedir(folder);
  close_runtimes(&look);
  g_hash_table_unref(look.hints);
  g_hash_table_unref(look.shims);
  if (look.denied)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "processes", "%u may not be looked at by this user", look.denied);
  g_ptr_array_sort(list, compare_processes);
  return list;
}
