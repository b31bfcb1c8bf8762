/* SPDX-License-Identifier: Apache-2.0 */
/* What runs containers: by the names of packages and programs, in packages and beside them. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "fleet/host.h"
#include "remedy/fixes.h"

static const char *const packages[] = {
    "aardvark-dns",
    "buildah",
    "bubblewrap",
    "catatonit",
    "conmon",
    "containerd",
    "containerd.io",
    "containernetworking-plugins",
    "cri-o",
    "cri-tools",
    "crun",
    "docker-buildx",
    "docker-buildx-plugin",
    "docker-ce",
    "docker-ce-cli",
    "docker-ce-rootless-extras",
    "docker-cli",
    "docker-compose",
    "docker-compose-plugin",
    "docker-engine",
    "docker.io",
    "fuse-overlayfs",
    "golang-github-containers-common",
    "kubelet",
    "moby-cli",
    "moby-containerd",
    "moby-engine",
    "moby-runc",
    "netavark",
    "nerdctl",
    "passt",
    "podman",
    "podman-compose",
    "podman-docker",
    "rootlesskit",
    "runc",
    "skopeo",
    "slirp4netns",
    "tini",
    "uidmap",
    "umoci",
    "youki",
};

static const char *const programs[] = {
    "buildah",
    "buildctl",
    "buildkitd",
    "conmon",
    "conmonrs",
    "containerd",
    "containerd-shim",
    "containerd-shim-runc-v1",
    "containerd-shim-runc-v2",
    "cri-dockerd",
    "crictl",
    "crio",
    "crun",
    "ctr",
    "docker",
    "docker-buildx",
    "docker-compose",
    "docker-init",
    "docker-proxy",
    "dockerd",
    "k3s",
    "kubelet",
    "netavark",
    "nerdctl",
    "podman",
    "rootlesskit",
    "runc",
    "skopeo",
    "slirp4netns",
    "umoci",
    "youki",
};

/* Where such programs are put beside the package manager, and what the package manager itself and the release are. */
static const char *const places[] = {
    "etc/os-release",
    "etc/debian_version",
    "etc/apt",
    "etc/dpkg",
    "etc/yum.repos.d",
    "etc/dnf",
    "etc/apk",
    "etc/lsb-release",
    "usr/lib/os-release",
    "usr/share/keyrings",
    "var/lib/dpkg",
    "lib/apk/db",
    "usr/lib/apk/db",
    "var/lib/rpm",
    "usr/lib/sysimage/rpm",
    "etc/pki/rpm-gpg",
    "etc/alternatives",
    "etc/zypp/repos.d",
    "var/lib/apt/extended_states",
    "usr/local/bin",
    "usr/local/sbin",
    "usr/local/libexec",
    "usr/local/lib/docker",
    "usr/libexec/docker",
    "usr/libexec/podman",
    "usr/lib/docker",
    "usr/lib/podman",
    "usr/lib/cri-o-runc",
    "opt/containerd/bin",
    "opt/cni/bin",
    "opt/bin",
    "root/.docker/cli-plugins",
    "etc/products.d",
};

static gboolean has(const char *const *list, guint count, const char *name)
{
  for (guint i = 0; i < count; i++)
    if (!strcmp(list[i], name))
      return TRUE;
  return FALSE;
}

gboolean cr_host_is_tool(const char *package)
{
  return has(packages, G_N_ELEMENTS(packages), package);
}

gboolean cr_host_is_tool_program(const char *path)
{
  const char *slash = strrchr(path, '/');
  return has(programs, G_N_ELEMENTS(programs), slash ? slash + 1 : path);
}

/* ---- programs that run ---- */

typedef void (*Visit)(const char *path, gboolean replaced, gpointer data);

/* Each tool that runs on this machine, with the file that it runs. */
static void visit_running(Visit visit, gpointer data)
{
  DIR *folder = opendir("/proc");
  for (struct dirent *item = folder ? readdir(folder) : NULL; item; item = readdir(folder)) {
    if (!g_ascii_isdigit(*item->d_name))
      continue;
    g_autofree char *name = g_strconcat(item->d_name, "/exe", NULL);
    char target[CR_LIMIT_PATH_BYTES + 1];
    gssize n = readlinkat(dirfd(folder), name, target, sizeof target - 1);
    if (n <= 1)
      continue;
    target[n] = 0;
    gboolean replaced = g_str_has_suffix(target, " (deleted)");
    if (replaced)
      target[n - (gssize)strlen(" (deleted)")] = 0;
    if (cr_host_is_tool_program(target))
      visit(target, replaced, data);
  }
  if (folder)
    closedir(folder);
}

static void add_place(GPtrArray *list, CrArena *arena, const char *path)
{
  while (*path == '/')
    path++;
  for (guint i = 0; i < list->len; i++)
    if (!strcmp(list->pdata[i], path))
      return;
  g_ptr_array_add(list, (gpointer)cr_arena_strdup(arena, path));
}

typedef struct {
  GPtrArray *list;
  CrArena *arena;
} Places;

static void add_running(const char *path, gboolean replaced, gpointer data)
{
  Places *found = data;
  (void)replaced;
  if (g_utf8_validate(path, -1, NULL))
    add_place(found->list, found->arena, path);
}

CrStrv cr_host_list_places(CrArena *arena)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; i < G_N_ELEMENTS(places); i++)
    add_place(list, arena, places[i]);
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++) {
    g_autofree char *bin = g_strconcat("usr/bin/", programs[i], NULL);
    g_autofree char *sbin = g_strconcat("usr/sbin/", programs[i], NULL);
    add_place(list, arena, bin);
    add_place(list, arena, sbin);
  }
  Places running = {list, arena};
  visit_running(add_running, &running);
  return cr_arena_list(arena, list);
}

/* ---- what is pending for each ---- */

static void count_flaw(CrHostTool *tool, const CrFinding *finding)
{
  if (finding->suppressed)
    return;
  tool->flaws++;
  tool->fixable += !strcmp(finding->status, "fixable");
  tool->exploited += finding->exploited;
  tool->worst = MAX(tool->worst, finding->severity);
}

static void count_flaws(CrHostTool *tool, const CrScan *scan, const char *path)
{
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    const CrPackage *package = finding->package;
    if (package == tool->package || (path && package->embedded && *package->paths && !strcmp(*package->paths, path)))
      count_flaw(tool, finding);
  }
}

static void note_replaced(const char *path, gboolean replaced, gpointer data)
{
  if (replaced)
    g_hash_table_add(data, g_strdup(path + 1));
}

/* What was at these paths before still runs: as members, without the leading '/'. */
static GHashTable *list_replaced(void)
{
  GHashTable *paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  visit_running(note_replaced, paths);
  return paths;
}

/* The first program of PACKAGE's usual ones of which an older file runs. */
static const char *find_running_old(const CrPackage *package, GHashTable *replaced)
{
  static const struct {
    const char *package, *path;
  } rows[] = {
      {"docker.io", "usr/sbin/dockerd"},
      {"docker-ce", "usr/bin/dockerd"},
      {"moby-engine", "usr/bin/dockerd"},
      {"containerd", "usr/bin/containerd"},
      {"containerd.io", "usr/bin/containerd"},
      {"containerd", "usr/bin/containerd-shim-runc-v2"},
      {"containerd.io", "usr/bin/containerd-shim-runc-v2"},
      {"conmon", "usr/bin/conmon"},
      {"podman", "usr/bin/podman"},
      {"cri-o", "usr/bin/crio"},
      {"kubelet", "usr/bin/kubelet"},
      {"slirp4netns", "usr/bin/slirp4netns"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i].package, package->name) && g_hash_table_contains(replaced, rows[i].path))
      return strrchr(rows[i].path, '/') + 1;
  return NULL;
}

static void add_package(CrHost *host, const CrPackage *package, GHashTable *replaced)
{
  CrHostTool *tool = cr_arena_new0(host->arena, CrHostTool);
  *tool = (CrHostTool){.name = package->name, .version = package->version, .package = package};
  tool->update = cr_update_find(host->scan, package);
  tool->running_old = find_running_old(package, replaced);
  count_flaws(tool, host->scan, NULL);
  g_ptr_array_add(host->tools, tool);
}

/* The program's own module says its version, if it was built from one. */
static const char *find_version(const CrScan *scan, const char *path)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (package->embedded && *package->paths && !strcmp(*package->paths, path) && !g_strcmp0(package->origin, "main") &&
        *package->version && strcmp(package->version, "(devel)") != 0)
      return package->version;
  }
  return NULL;
}

static void add_program(CrHost *host, const CrUnowned *unowned, GHashTable *replaced)
{
  CrHostTool *tool = cr_arena_new0(host->arena, CrHostTool);
  *tool = (CrHostTool){.name = unowned->path, .loose = TRUE, .built_with = unowned->built_with};
  tool->version = find_version(host->scan, unowned->path);
  tool->running_old = g_hash_table_contains(replaced, unowned->path) ? strrchr(unowned->path, '/') + 1 : NULL;
  count_flaws(tool, host->scan, unowned->path);
  g_ptr_array_add(host->tools, tool);
}

void cr_host_list_tools(CrHost *host)
{
  g_autoptr(GHashTable) replaced = list_replaced();
  for (guint i = 0; i < host->scan->packages->len; i++) {
    const CrPackage *package = host->scan->packages->pdata[i];
    if (!package->embedded && cr_host_is_tool(package->name))
      add_package(host, package, replaced);
  }
  for (guint i = 0; i < host->scan->unowned->len; i++) {
    const CrUnowned *unowned = host->scan->unowned->pdata[i];
    if (!strcmp(unowned->kind, "elf") && cr_host_is_tool_program(unowned->path))
      add_program(host, unowned, replaced);
  }
}
