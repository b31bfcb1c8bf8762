/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through the upper folder beside the view of the layers below it. */
#include "remedy/layer-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/layer.h"

/* ---- what never belongs to a patch ---- */

/* A folder is where a program expects to write, so that one of a package stays; what is in it does not. */
static gboolean is_place(const char *path)
{
  static const char *const caches[] = {"var/cache/apt/", "var/cache/debconf", "var/cache/fontconfig/",
                                       "var/cache/ldconfig", "var/cache/man/"};
  for (guint i = 0; i < G_N_ELEMENTS(caches); i++)
    if (g_str_has_prefix(path, caches[i]))
      return FALSE;
  return g_str_has_prefix(path, "var/cache/") || g_str_has_prefix(path, "var/log/");
}

gboolean cr_layer_leaves_out(const char *path, gboolean is_folder)
{
  static const char *const folders[] = {
      "dev/", "proc/", "sys/", "run/", "tmp/", "var/tmp/", "var/run/", "var/lock/", "var/log/", "var/lib/apt/lists/",
  };
  static const char *const files[] = {
      "var/lib/dpkg/lock",
      "var/lib/dpkg/lock-frontend",
      "var/lib/dpkg/triggers/Lock",
      "var/lib/apt/daily_lock",
      "etc/.pwd.lock",
      "etc/passwd-",
      "etc/group-",
      "etc/shadow-",
      "etc/gshadow-",
      "etc/subuid-",
      "etc/subgid-",
      ".dockerenv",
      "var/lib/dpkg/status-old",
      "var/lib/dpkg/available-old",
      "var/lib/dpkg/diversions-old",
      "var/lib/dpkg/statoverride-old",
  };
  /* debconf keeps its answers in what is called a cache */
  static const char *const kept[] = {
      "var/cache/debconf/config.dat",
      "var/cache/debconf/templates.dat",
      "var/cache/debconf/passwords.dat",
  };
  static const char *const mount_points[] = {"dev", "proc", "sys", "run", "tmp"}; /* bwrap makes what is missing */
  if (is_folder && is_place(path))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(path, folders[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(mount_points); i++)
    if (!strcmp(path, mount_points[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(files); i++)
    if (!strcmp(path, files[i]))
      return TRUE;
  if (!g_str_has_prefix(path, "var/cache/"))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
    if (!strcmp(path, kept[i]))
      return FALSE;
  return strcmp(path, "var/cache/debconf") != 0;
}

/* ---- one node ---- */

typedef struct {
  const CrLayerPack *pack;
  GPtrArray *items;
  int upper, lower; /* the roots */
  gboolean user, copied;
  GHashTable *links; /* inode → LinkGroup, of files with several names */
  GError *error;
} Comparing;

/* A path that stays below ROOT and follows no link, opened without touching the file. */
static int open_path(int root, const char *path)
{
  struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int cr_layer_stat(int root, const char *path, struct stat *out)
{
  int fd = open_path(root, path);
  if (fd < 0)
    return -1;
  int result = fstat(fd, out);
  close(fd);
  return result;
}

gboolean cr_layer_read_link(int root, const char *path, char *target, gsize size)
{
  int fd = open_path(root, path);
  if (fd < 0)
    return FALSE;
  ssize_t n = readlinkat(fd, "", target, size - 1);
  close(fd);
  if (n < 0 || (gsize)n == size - 1)
    return FALSE;
  target[n] = '\0';
  return TRUE;
}

static void free_attribute(gpointer data)
{
  CrLayerAttribute *attribute = data;
  g_free(attribute->name);
  g_free(attribute->value);
  g_free(attribute);
}

static gint compare_attributes(gconstpointer a, gconstpointer b)
{
  return strcmp((*(CrLayerAttribute *const *)a)->name, (*(CrLayerAttribute *const *)b)->name);
}

/* By the name that /proc gives an open file: an O_PATH descriptor has no attributes of its own. */
GPtrArray *cr_layer_read_attributes(int root, const char *path)
{
  int fd = open_path(root, path);
  if (fd < 0)
    return NULL;
  char place[64], names[65536];
  g_snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
  GPtrArray *all = g_ptr_array_new_with_free_func(free_attribute);
  ssize_t size = listxattr(place, names, sizeof names);
  for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
    const char *name = names + at;
    if (strstr(name, ".overlay.") || g_str_has_prefix(name, "security.selinux"))
      continue;
    CrLayerAttribute *attribute = g_new0(CrLayerAttribute, 1);
    attribute->name = g_strdup(name);
    attribute->value = g_malloc(65536);
    g_ptr_array_add(all, attribute);
    ssize_t bytes = getxattr(place, name, attribute->value, 65536);
    attribute->size = bytes > 0 ? (gsize)bytes : 0;
  }
  close(fd);
  g_ptr_array_sort(all, compare_attributes);
  if (size >= 0 || errno == ENOTSUP)
    return all;
  g_ptr_array_unref(all);
  return NULL;
}

static gboolean has_same_attributes(const Comparing *comparing, const char *path)
{
  g_autoptr(GPtrArray) a = cr_layer_read_attributes(comparing->upper, path);
  g_autoptr(GPtrArray) b = cr_layer_read_attributes(comparing->lower, path);
  if (!a || !b || a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++) {
    const CrLayerAttribute *one = a->pdata[i];
    const CrLayerAttribute *two = b->pdata[i];
    if (strcmp(one->name, two->name) != 0 || one->size != two->size || memcmp(one->value, two->value, one->size) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean read_same(int a, int b)
{
  g_autofree guint8 *buffer = g_malloc(2 * 128 * CR_KIB);
  guint8 *other = buffer + 128 * CR_KIB;
  for (off_t at = 0;;) {
    ssize_t n = pread(a, buffer, 128 * CR_KIB, at);
    if (n < 0)
      return FALSE;
    if (n == 0)
      return TRUE;
    for (ssize_t done = 0; done < n;) {
      ssize_t m = pread(b, other + done, (size_t)(n - done), at + done);
      if (m <= 0)
        return FALSE;
      done += m;
    }
    if (memcmp(buffer, other, (size_t)n) != 0)
      return FALSE;
    at += n;
  }
}

static gboolean has_same_content(const Comparing *comparing, const char *path)
{
  int a = openat(comparing->upper, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  int b = openat(comparing->lower, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  gboolean same = a >= 0 && b >= 0 && read_same(a, b);
  if (a >= 0)
    close(a);
  if (b >= 0)
    close(b);
  return same;
}

static gboolean has_same_target(const Comparing *comparing, const char *path)
{
  char a[4096 + 1], b[4096 + 1];
  return cr_layer_read_link(comparing->upper, path, a, sizeof a) &&
         cr_layer_read_link(comparing->lower, path, b, sizeof b) && !strcmp(a, b);
}

static gboolean is_same(const Comparing *comparing, const char *path, const struct stat *a, const struct stat *b)
{
  if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid)
    return FALSE;
  if (S_ISLNK(a->st_mode))
    return has_same_target(comparing, path);
  if (!has_same_attributes(comparing, path))
    return FALSE;
  if (S_ISREG(a->st_mode) && a->st_nlink == 1 && b->st_nlink > 1)
    return FALSE; /* it was another name of a file, and is a file of its own */
  if (S_ISREG(a->st_mode))
    return a->st_size == b->st_size && has_same_content(comparing, path);
  return S_ISDIR(a->st_mode) || a->st_rdev == b->st_rdev;
}

/* ---- the walk ---- */

static void add(const Comparing *comparing, const char *path, char mark)
{
  CrLayerItem *item = g_malloc(sizeof *item + strlen(path) + 1);
  item->mark = mark;
  item->below = FALSE;
  strcpy(item->path, path); /* NOLINT: sized above */
  g_ptr_array_add(comparing->items, item);
}

/* Names of one file stay names of one file: where one of them changed, or they were several files below, all are in the
 * layer, for a hard link reaches no layer but its own. */
typedef struct {
  GPtrArray *same; /* paths that are as below */
  guint64 below;   /* the inode that they are there */
  gboolean differs;
} LinkGroup;

static void free_group(gpointer data)
{
  LinkGroup *group = data;
  g_ptr_array_unref(group->same);
  g_free(group);
}

static LinkGroup *get_group(const Comparing *comparing, const struct stat *now)
{
  gint64 inode = (gint64)now->st_ino;
  LinkGroup *group = g_hash_table_lookup(comparing->links, &inode);
  if (group)
    return group;
  group = g_new0(LinkGroup, 1);
  group->same = g_ptr_array_new_with_free_func(g_free);
  g_hash_table_insert(comparing->links, g_memdup2(&inode, sizeof inode), group);
  return group;
}

/* WAS NULL: it was not there. */
static void take(const Comparing *comparing, const char *path, const struct stat *now, const struct stat *was,
                 gboolean same)
{
  LinkGroup *group = !S_ISDIR(now->st_mode) && now->st_nlink > 1 ? get_group(comparing, now) : NULL;
  if (!same)
    add(comparing, path, was ? '~' : '+');
  else if (group)
    g_ptr_array_add(group->same, g_strdup(path));
  if (!group)
    return;
  group->differs |= !same || (group->same->len > 1 && group->below != was->st_ino);
  if (same)
    group->below = was->st_ino;
}

static void add_links(const Comparing *comparing)
{
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, comparing->links);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const LinkGroup *group = value;
    for (guint i = 0; group->differs && i < group->same->len; i++)
      add(comparing, group->same->pdata[i], '~');
  }
}

static gboolean is_left_out(const Comparing *comparing, const char *path, mode_t mode)
{
  for (guint i = 0; comparing->pack->left_out && comparing->pack->left_out[i]; i++) {
    const char *row = comparing->pack->left_out[i];
    if (g_str_has_suffix(row, "/") ? g_str_has_prefix(path, row) : !strcmp(row, path))
      return TRUE;
  }
  return cr_layer_leaves_out(path, S_ISDIR(mode));
}

static GPtrArray *list_names(int root, const char *path)
{
  int fd = openat(root, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *handle = fd >= 0 ? fdopendir(fd) : NULL;
  if (!handle) {
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  for (const struct dirent *entry = readdir(handle); entry; entry = readdir(handle))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      g_ptr_array_add(names, g_strdup(entry->d_name));
  closedir(handle);
  return names;
}

static char *join(const char *folder, const char *name)
{
  return *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
}

/* A folder that was removed and made again hides all below, and a copy has no marks: each name that is not there any
 * more is a whiteout. */
static void add_hidden(const Comparing *comparing, const char *folder)
{
  char value[2];
  int fd = openat(comparing->upper, *folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const char *name = comparing->user ? "user.overlay.opaque" : "trusted.overlay.opaque";
  gboolean opaque = comparing->copied || (fd >= 0 && fgetxattr(fd, name, value, sizeof value) >= 1 && value[0] == 'y');
  if (fd >= 0)
    close(fd);
  g_autoptr(GPtrArray) names = opaque ? list_names(comparing->lower, folder) : NULL;
  for (guint i = 0; names && i < names->len; i++) {
    g_autofree char *path = join(folder, names->pdata[i]);
    struct stat status;
    if (fstatat(comparing->upper, path, &status, AT_SYMLINK_NOFOLLOW) != 0 &&
        fstatat(comparing->lower, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        !is_left_out(comparing, path, status.st_mode))
      add(comparing, path, '-');
  }
}

static gboolean walk(Comparing *comparing, const char *folder, gboolean in_lower);

static gboolean visit(Comparing *comparing, const char *path, gboolean in_lower)
{
  struct stat now, was;
  if (fstatat(comparing->upper, path, &now, AT_SYMLINK_NOFOLLOW) != 0) {
    cr_error_set_errno(&comparing->error, errno, "cannot read '%s' for the new layer", path);
    return FALSE;
  }
  gboolean existed = in_lower && fstatat(comparing->lower, path, &was, AT_SYMLINK_NOFOLLOW) == 0;
  if (S_ISCHR(now.st_mode) && now.st_rdev == 0) {
    if (existed && !is_left_out(comparing, path, was.st_mode))
      add(comparing, path, '-');
    return TRUE;
  }
  if (S_ISSOCK(now.st_mode))
    return TRUE; /* no layer can carry one */
  if (!is_left_out(comparing, path, now.st_mode))
    take(comparing, path, &now, existed ? &was : NULL, existed && is_same(comparing, path, &now, &was));
  if (!S_ISDIR(now.st_mode))
    return TRUE;
  gboolean was_folder = existed && S_ISDIR(was.st_mode);
  if (was_folder)
    add_hidden(comparing, path);
  return walk(comparing, path, was_folder);
}

static gboolean walk(Comparing *comparing, const char *folder, gboolean in_lower)
{
  g_autoptr(GPtrArray) names = list_names(comparing->upper, folder);
  if (!names) {
    cr_error_set_errno(&comparing->error, errno, "cannot read '%s' for the new layer", folder);
    return FALSE;
  }
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = join(folder, names->pdata[i]);
    if (!visit(comparing, path, in_lower))
      return FALSE;
  }
  return TRUE;
}

/* ---- folders on the way ---- */

static void add_parents(const Comparing *comparing)
{
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  guint count = comparing->items->len;
  for (guint i = 0; i < count; i++)
    g_hash_table_add(known, ((CrLayerItem *)comparing->items->pdata[i])->path);
  for (guint i = 0; i < count; i++) {
    g_autofree char *path = g_strdup(((CrLayerItem *)comparing->items->pdata[i])->path);
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
      *slash = '\0';
      if (g_hash_table_contains(known, path))
        break;
      struct stat status;
      add(comparing, path, ' ');
      CrLayerItem *item = comparing->items->pdata[comparing->items->len - 1];
      item->below = cr_layer_stat(comparing->upper, path, &status) != 0;
      g_hash_table_add(known, item->path);
    }
  }
}

/* A whiteout and a node of one name cannot be. */
static gint compare_items(gconstpointer a, gconstpointer b)
{
  return cr_layer_compare_paths((*(CrLayerItem *const *)a)->path, (*(CrLayerItem *const *)b)->path);
}

GPtrArray *cr_layer_compare(const CrRoots *roots, const CrLayerPack *pack, GError **error)
{
  Comparing comparing = {.pack = pack, .user = roots->user, .copied = roots->copied};
  comparing.items = g_ptr_array_new_with_free_func(g_free);
  comparing.links = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_group);
  comparing.upper = open(roots->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  comparing.lower = open(roots->lower, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean good = comparing.upper >= 0 && comparing.lower >= 0;
  if (good && comparing.copied)
    add_hidden(&comparing, "");
  if (good)
    good = walk(&comparing, "", TRUE);
  else
    cr_error_set_errno(&comparing.error, errno, "cannot open the workspace");
  if (comparing.upper >= 0) {
    if (good) {
      add_links(&comparing);
      add_parents(&comparing);
    }
    close(comparing.upper);
  }
  if (comparing.lower >= 0)
    close(comparing.lower);
  g_hash_table_unref(comparing.links);
  if (good) {
    g_ptr_array_sort(comparing.items, compare_items);
    return comparing.items;
  }
  g_propagate_error(error, comparing.error);
  g_ptr_array_unref(comparing.items);
  return NULL;
}
