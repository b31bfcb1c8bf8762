/* SPDX-License-Identifier: Apache-2.0 */
#include "container/processes.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../remove.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- cgroups as the engines make them ---- */

static const struct {
  const char *cgroup, *engine; /* NULL: no container */
} cgroups[] = {
    {"0::/system.slice/docker-" ID ".scope\n", "docker"},
    {"12:pids:/docker/" ID "\n11:cpu:/docker/" ID "\n0::/system.slice/containerd.service\n", "docker"},
    {"12:pids:/\n1:name=systemd:/docker/" ID "\n", "docker"},
    {"0::/machine.slice/libpod-" ID ".scope/container\n", "podman"},
    {"0::/machine.slice/libpod-" ID ".scope\n", "podman"},
    {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container\n", "podman"},
    {"8:pids:/libpod_parent/libpod-" ID "\n", "podman"},
    {"0::/machine.slice/libpod-conmon-" ID ".scope\n", NULL},
    {"0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope\n", "containerd"},
    {"0::/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope\n", "cri-o"},
    {"0::/kubepods.slice/kubepods-pod1.slice/crio-conmon-" ID ".scope\n", NULL},
    {"11:memory:/kubepods/besteffort/pod5e2bd0ff-81b5-4d5c-9d77-0fe8ab7a4a4f/" ID "\n", "kubernetes"},
    {"0::/default/" ID "\n", "containerd"},
    {"0::/system.slice/docker-" ID ".scope/init\n", "docker"},
    {"0::/system.slice/ssh.service\n", NULL},
    {"0::/\n", NULL},
    {"0::/docker/0123456789abcdef\n", NULL},
    {"0::/docker/" ID "0\n", NULL},
    {"", NULL},
    {"::", NULL},
    {"nothing of the kind", NULL},
};

static void test_cgroups(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(cgroups); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    const char *id = NULL, *engine = NULL;
    gboolean found = cr_cgroup_find_container(cgroups[i].cgroup, arena, &id, &engine);
    g_test_message("%s", cgroups[i].cgroup);
    g_assert_cmpint(found, ==, cgroups[i].engine != NULL);
    if (!found)
      continue;
    g_assert_cmpstr(engine, ==, cgroups[i].engine);
    g_assert_cmpstr(id, ==, ID);
  }
}

#define WORDS(text) text, sizeof text

static const struct {
  const char *command;
  gsize size;
  const char *id;
} shims[] = {
    {WORDS("/usr/bin/containerd-shim-runc-v2\0-namespace\0default\0-id\0web\0-address\0/run/x.sock"), "default/web"},
    {WORDS("shim\0--id\0" ID "\0--namespace\0k8s.io"), "k8s.io/" ID},
    {WORDS("shim\0-namespace\0moby\0-id\0" ID), NULL},
    {WORDS("shim\0-namespace\0default\0-id"), NULL},
    {WORDS("shim\0-namespace\0\0-id\0web"), NULL},
    {"shim\0-namespace\0default\0-id\0we", 30, NULL}, /* cut off */
    {"", 0, NULL},
};

static void test_shims(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(shims); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_assert_cmpstr(cr_shim_find_container(shims[i].command, shims[i].size, arena), ==, shims[i].id);
  }
}

/* ---- maps ---- */

static void test_mappings(void)
{
  g_autofree char *text = g_strdup("555-666 r-xp 00000000 fe:01 42                       /usr/bin/nginx\n"
                                   "666-777 r--p 00000000 00:2a 43                       /usr/share/a b (deleted)\n"
                                   "777-888 rw-p 00000000 00:00 0                        [heap]\n"
                                   "888-999 r-xp 00000000 00:01 44                       /memfd:jit (deleted)\n"
                                   "999-aaa rw-s 00000000 00:05 45                       /dev/zero (deleted)\n"
                                   "aaa-bbb r-xp 00000000 00:00 0                        [vdso]\n"
                                   "short\nbbb-ccc r-xp\n\nccc-ddd r-xp 0 fe01 9 /x\n"
                                   "ddd-eee r-xp 00001000 08:11 18446744073709551615     /usr/lib/x\\012y.so");
  char *cursor = text;
  CrMapping mapping;
  g_assert_true(cr_mapping_next(&cursor, &mapping));
  g_assert_cmpstr(mapping.address, ==, "555-666");
  g_assert_cmpstr(mapping.path, ==, "/usr/bin/nginx");
  g_assert_cmpuint(mapping.major, ==, 0xfe);
  g_assert_cmpuint(mapping.minor, ==, 1);
  g_assert_cmpuint(mapping.inode, ==, 42);
  g_assert_true(mapping.executable);
  g_assert_false(mapping.deleted);
  g_assert_true(cr_mapping_next(&cursor, &mapping));
  g_assert_cmpstr(mapping.path, ==, "/usr/share/a b");
  g_assert_true(mapping.deleted);
  g_assert_false(mapping.executable);
  g_assert_true(cr_mapping_next(&cursor, &mapping));
  g_assert_cmpstr(mapping.path, ==, "/usr/lib/x\\012y.so");
  g_assert_cmpuint(mapping.inode, ==, G_MAXUINT64);
  g_assert_false(cr_mapping_next(&cursor, &mapping));
}

/* ---- a /proc of the test's own: without map_files the inode of maps decides ---- */

typedef struct {
  char *folder;
  GString *maps;
} Proc;

static void put(const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A mapping of the file NAME, which is written; INODE 0: its own. */
static void map(Proc *proc, const char *name, const char *content, guint64 inode, const char *rest)
{
  g_autofree char *root = g_build_filename(proc->folder, "rootfs", NULL);
  struct stat st = {.st_ino = 4711};
  if (content) {
    put(root, name, content);
    g_autofree char *path = g_build_filename(root, name, NULL);
    g_assert_cmpint(stat(path, &st), ==, 0);
  }
  g_string_append_printf(proc->maps, "%x-%x r-xp 00000000 %02x:%02x %" G_GUINT64_FORMAT " /%s%s\n",
                         (guint)proc->maps->len, (guint)proc->maps->len + 1, major(st.st_dev), minor(st.st_dev),
                         inode ? inode : (guint64)st.st_ino, name, rest);
}

static void test_list(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-processes-XXXXXX", NULL);
  Proc proc = {folder, g_string_new(NULL)};
  map(&proc, "usr/bin/web", "1", 0, "");
  map(&proc, "usr/lib/same.so", "2", 0, "");
  map(&proc, "usr/lib/replaced.so", "3", 1, "");
  map(&proc, "usr/lib/again.so", "4", 1, " (deleted)");
  map(&proc, "usr/lib/gone.so", NULL, 0, " (deleted)");
  map(&proc, "mnt/elsewhere.so", NULL, 0, "");   /* another root, or something mounted on top */
  map(&proc, "usr/lib/replaced.so", "3", 1, ""); /* twice is once */
  put(folder, "stat", "cpu 1\nbtime 1700000000\nprocesses 3\n");
  put(folder, "77/stat", "77 (a) b) S 70 77 77 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5000 0 0");
  put(folder, "77/cgroup", "0::/system.slice/docker-" ID ".scope\n");
  put(folder, "77/maps", proc.maps->str);
  put(folder, "78/cgroup", "0::/system.slice/cron.service\n");
  put(folder, "self/cgroup", "0::/docker/" ID "\n");
  put(folder, "99x/cgroup", "0::/docker/" ID "\n");
  g_autofree char *exe = g_build_filename(folder, "77", "exe", NULL), *holder = g_build_filename(folder, "70", NULL);
  g_autofree char *root = g_build_filename(folder, "77", "root", NULL);
  g_autofree char *target = g_build_filename(folder, "rootfs", NULL);
  g_autofree char *shim = g_build_filename(holder, "exe", NULL);
  g_assert_cmpint(symlink("/usr/bin/web", exe), ==, 0);
  g_assert_cmpint(symlink(target, root), ==, 0);
  g_assert_cmpint(g_mkdir(holder, 0755), ==, 0);
  g_assert_cmpint(symlink("/usr/bin/containerd-shim-runc-v2 (deleted)", shim), ==, 0);

  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = cr_container_processes_list(folder, NULL, 0, arena, problems);
  g_assert_cmpuint(list->len, ==, 1);
  const CrContainerProcess *found = list->pdata[0];
  g_assert_cmpint(found->pid, ==, 77);
  g_assert_cmpstr(found->id, ==, ID);
  g_assert_cmpint(found->started, ==, 1700000000 + 5000 / sysconf(_SC_CLK_TCK));
  g_assert_cmpstr(found->program, ==, "/usr/bin/web");
  g_autofree char *stale = g_strjoinv(" ", (char **)found->stale);
  g_assert_cmpstr(stale, ==, "/usr/lib/again.so /usr/lib/gone.so /usr/lib/replaced.so");
  g_assert_cmpstr(found->why, ==, "replaced");
  g_assert_cmpstr(found->parent, ==, "/usr/bin/containerd-shim-runc-v2");
  g_assert_true(found->parent_replaced);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 0);
  g_string_free(proc.maps, TRUE);
}

static void add_process(const char *folder, const char *pid, const char *space, const char *cgroup, guint ticks)
{
  g_autofree char *own = g_build_filename(folder, pid, NULL), *ns = g_build_filename(own, "ns", NULL);
  g_autofree char *stat = g_strdup_printf("%s (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0", pid, ticks);
  g_autofree char *mnt = g_build_filename(ns, "mnt", NULL), *root = g_build_filename(own, "root", NULL);
  put(own, "stat", stat);
  put(own, "cgroup", cgroup);
  put(own, "maps", "");
  g_assert_cmpint(g_mkdir(ns, 0755), ==, 0);
  g_assert_cmpint(symlink(space, mnt), ==, 0);
  g_assert_cmpint(symlink(folder, root), ==, 0);
}

/* A container that no cgroup names is known by the mount namespace of the process that its engine tells, where that is
 * still the process that it told. */
static void test_hints(void)
{
  enum { BOOTED = 1700000000 };
  const char *other = ID + 1; /* no id, and not the hint's */
  const struct {
    const char *what, *cgroup, *own, *first;
    gint64 pid, started;
    guint seconds, count;
  } rows[] = {
      {"it and one beside it", "0::/\n", "mnt:[1]", "mnt:[1]", 77, BOOTED + 50, 50, 2},
      {"no time is told", "0::/\n", "mnt:[1]", "mnt:[1]", 77, 0, 5000, 2},
      {"a clock that was set", "0::/\n", "mnt:[1]", "mnt:[1]", 77, BOOTED + 50, 90, 2},
      {"the number was given again", "0::/\n", "mnt:[1]", "mnt:[1]", 77, BOOTED + 50, 500, 0},
      {"its cgroup is another's", "0::/docker/" ID "\n", "mnt:[1]", "mnt:[1]", 77, BOOTED + 50, 50, 0},
      {"the namespace is careen's", "0::/\n", "mnt:[5]", "mnt:[1]", 77, BOOTED + 50, 50, 0},
      {"the namespace is the machine's", "0::/\n", "mnt:[1]", "mnt:[5]", 77, BOOTED + 50, 50, 0},
      {"it is gone", "0::/\n", "mnt:[1]", "mnt:[1]", 79, BOOTED + 50, 50, 0},
      {"it does not run", "0::/\n", "mnt:[1]", "mnt:[1]", 0, 0, 50, 0},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    autofolder char *folder = g_dir_make_tmp("careen-processes-XXXXXX", NULL);
    put(folder, "stat", "cpu 1\nbtime 1700000000\nprocesses 3\n");
    add_process(folder, "77", "mnt:[5]", rows[i].cgroup, rows[i].seconds * (guint)sysconf(_SC_CLK_TCK));
    add_process(folder, "78", "mnt:[5]", "0::/\n", 0);
    add_process(folder, "1", rows[i].first, "0::/\n", 0);
    add_process(folder, "self", rows[i].own, "0::/\n", 0);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(CrProblems) problems = cr_problems_new();
    CrContainerHint hint = {rows[i].pid, other, "podman", rows[i].started};
    g_autoptr(GPtrArray) list = cr_container_processes_list(folder, &hint, 1, arena, problems);
    guint count = 0;
    for (guint k = 0; k < list->len; k++)
      count += !strcmp(((const CrContainerProcess *)list->pdata[k])->id, other);
    g_test_message("%s", rows[i].what);
    g_assert_cmpuint(count, ==, rows[i].count);
  }
}

static void test_no_proc(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = cr_container_processes_list("/no/such/proc", NULL, 0, arena, problems);
  g_assert_cmpuint(list->len, ==, 0);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 1);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/container/processes/cgroups", test_cgroups);
  g_test_add_func("/container/processes/shims", test_shims);
  g_test_add_func("/container/processes/mappings", test_mappings);
  g_test_add_func("/container/processes/list", test_list);
  g_test_add_func("/container/processes/hints", test_hints);
  g_test_add_func("/container/processes/no-proc", test_no_proc);
  return g_test_run();
}
