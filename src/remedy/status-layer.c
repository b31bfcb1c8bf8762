/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "remedy/status.h"

/* ---- which paths ---- */

static gboolean is_document(const char *path)
{
  static const char *const folders[] = {"usr/share/doc/",      "usr/share/man/",       "usr/share/info/",
                                        "usr/share/locale/",   "usr/share/bug/",       "usr/share/lintian/",
                                        "usr/share/doc-base/", "usr/share/gnome/help/"};
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(path, folders[i]))
      return TRUE;
  return FALSE;
}

gboolean cr_status_layer_takes(CrStrv old, const char *path, gboolean (*is_there)(const char *path, gpointer data),
                               gpointer data)
{
  if (is_there(path, data))
    return TRUE;
  if (g_strv_contains(old, path))
    return FALSE;
  g_autofree char *folder = g_strdup(path);
  for (char *slash = strrchr(folder, '/'); slash; slash = strrchr(folder, '/')) {
    slash[1] = '\0'; /* the nearest folder of which the old version had files */
    guint listed = 0, found = 0;
    for (guint i = 0; old[i]; i++)
      if (g_str_has_prefix(old[i], folder)) {
        listed++;
        found += is_there(old[i], data);
      }
    if (listed)
      return is_document(path) ? found == listed : found > 0;
    *slash = '\0';
  }
  return !is_document(path);
}

/* ---- writing ---- */

typedef struct {
  mode_t mode;
  la_int64_t uid, gid;
} Folder;

typedef struct {
  CrScan *scan;
  const CrChange *change;
  CrStrv old;              /* paths of the old md5sums */
  GHashTable *new_paths;   /* of the new version, as its package names them */
  GHashTable *new_folders; /* path → Folder: written when something in them is */
  GHashTable *written;     /* folders */
  struct archive *archive;
  gint64 epoch;
} Writing;

static gboolean fail(const Writing *writing, const char *path, GError **error)
{
  const char *why = archive_error_string(writing->archive);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write '%s' to the new layer: %s", path, why ? why : "");
  return FALSE;
}

static gboolean is_there(const char *path, gpointer tree)
{
  return cr_tree_find_nofollow(tree, path, NULL) == CR_TREE_FOUND;
}

/* PATH with the links of the image followed in its folders, as dpkg would follow them. Free with g_free; NULL: a part
 * of it is no folder. */
static char *resolve_path(const Writing *writing, const char *path)
{
  const char *slash = strrchr(path, '/');
  if (!slash)
    return g_strdup(path);
  g_autofree char *parent = g_strndup(path, (gsize)(slash - path));
  CrNode node;
  CrTreeResult result = cr_tree_find(writing->scan->tree, parent, &node);
  if (result == CR_TREE_FOUND)
    return node.type == CR_ENTRY_DIR ? g_strconcat(node.path, *node.path ? "/" : "", slash + 1, NULL) : NULL;
  g_autofree char *above = result == CR_TREE_ABSENT ? resolve_path(writing, parent) : NULL;
  if (!above || cr_tree_find_nofollow(writing->scan->tree, above, NULL) == CR_TREE_FOUND)
    return NULL;
  return g_strconcat(above, "/", slash + 1, NULL);
}

static gboolean write_header(const Writing *writing, struct archive_entry *entry, const char *path, GError **error)
{
  return archive_write_header(writing->archive, entry) == ARCHIVE_OK || fail(writing, path, error);
}

/* One of the image's own keeps what it has; one of the package is as the package has it. */
static gboolean write_folder(Writing *writing, const char *path, GError **error)
{
  CrNode node;
  const Folder *given = g_hash_table_lookup(writing->new_folders, path);
  gboolean known = cr_tree_find_nofollow(writing->scan->tree, path, &node) == CR_TREE_FOUND;
  struct archive_entry *entry = archive_entry_new();
  archive_entry_set_pathname(entry, path);
  archive_entry_set_filetype(entry, AE_IFDIR);
  archive_entry_set_perm(entry, known ? node.mode & 07777 : given ? given->mode : 0755);
  archive_entry_set_uid(entry, known ? node.uid : given ? given->uid : 0);
  archive_entry_set_gid(entry, known ? node.gid : given ? given->gid : 0);
  archive_entry_set_mtime(entry, known ? node.mtime : writing->epoch, 0);
  gboolean good = write_header(writing, entry, path, error);
  archive_entry_free(entry);
  return good;
}

static gboolean write_parents(Writing *writing, const char *path, GError **error)
{
  for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
    char *folder = g_strndup(path, (gsize)(slash - path));
    if (!g_hash_table_add(writing->written, folder))
      continue;
    if (!write_folder(writing, folder, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean write_bytes(Writing *writing, const char *path, const char *bytes, int mode, GError **error)
{
  if (!write_parents(writing, path, error))
    return FALSE;
  struct archive_entry *entry = archive_entry_new();
  gsize size = strlen(bytes);
  archive_entry_set_pathname(entry, path);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, (mode_t)mode);
  archive_entry_set_size(entry, (la_int64_t)size);
  archive_entry_set_mtime(entry, writing->epoch, 0);
  gboolean good = write_header(writing, entry, path, error) &&
                  (archive_write_data(writing->archive, bytes, size) == (la_ssize_t)size || fail(writing, path, error));
  archive_entry_free(entry);
  return good;
}

static gboolean copy_content(const Writing *writing, struct archive *reader, const char *path, GError **error)
{
  g_autofree char *buffer = g_malloc(65536);
  la_ssize_t n = 0;
  while ((n = archive_read_data(reader, buffer, 65536)) > 0)
    if (archive_write_data(writing->archive, buffer, (size_t)n) != n)
      return fail(writing, path, error);
  if (n == 0)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s' of package '%s'", path, writing->change->name);
  return FALSE;
}

/* A link's other name goes the way of its own. */
static gboolean set_link(const Writing *writing, struct archive_entry *entry, const char *path, GError **error)
{
  const char *target = archive_entry_hardlink(entry);
  if (!target)
    return TRUE;
  g_autofree char *plain = g_strdup(g_str_has_prefix(target, "./") ? target + 2 : target);
  g_autofree char *resolved = resolve_path(writing, plain);
  if (resolved && g_hash_table_contains(writing->new_paths, plain) &&
      cr_status_layer_takes(writing->old, plain, is_there, writing->scan->tree)) {
    archive_entry_set_hardlink(entry, resolved);
    return TRUE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
              "rebuild required: '%s' of package '%s' is another name of a file that the image does not have", path,
              writing->change->name);
  return FALSE;
}

static gboolean take_entry(struct archive *reader, struct archive_entry *entry, const char *path, gpointer data,
                           GError **error)
{
  Writing *writing = data;
  if (!*path)
    return TRUE;
  g_autofree char *resolved = resolve_path(writing, path);
  if (!resolved) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "rebuild required: a part of '%s' is no folder in the image", path);
    return FALSE;
  }
  if (archive_entry_filetype(entry) == AE_IFDIR) {
    Folder *folder = g_new0(Folder, 1);
    *folder = (Folder){archive_entry_perm(entry) & 07777, archive_entry_uid(entry), archive_entry_gid(entry)};
    g_hash_table_insert(writing->new_folders, g_steal_pointer(&resolved), folder);
    return TRUE;
  }
  g_hash_table_add(writing->new_paths, g_strdup(path));
  if (!cr_status_layer_takes(writing->old, path, is_there, writing->scan->tree))
    return TRUE;
  if (!write_parents(writing, resolved, error) || !set_link(writing, entry, path, error))
    return FALSE;
  archive_entry_set_pathname(entry, resolved);
  return write_header(writing, entry, path, error) &&
         (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
          copy_content(writing, reader, path, error));
}

static gboolean write_whiteouts(Writing *writing, GError **error)
{
  for (guint i = 0; writing->old[i]; i++) {
    const char *path = writing->old[i];
    const CrPackage *owner = cr_inventory_find_owner(writing->scan->inventory, path);
    if (g_hash_table_contains(writing->new_paths, path) || owner != writing->change->package ||
        !is_there(path, writing->scan->tree))
      continue;
    g_autofree char *resolved = resolve_path(writing, path);
    if (!resolved)
      continue;
    const char *slash = strrchr(resolved, '/');
    g_autofree char *mark = slash ? g_strdup_printf("%.*s/.wh.%s", (int)(slash - resolved), resolved, slash + 1)
                                  : g_strconcat(".wh.", resolved, NULL);
    if (!write_bytes(writing, mark, "", 0, error))
      return FALSE;
  }
  return TRUE;
}

/* The record is the control file as it is, and md5sums likewise; a builder that writes a Status line keeps it. */
static gboolean write_records(Writing *writing, const CrStatusDeb *deb, GError **error)
{
  const CrPackage *package = writing->change->package;
  const char *place = package->paths[0];
  g_autofree char *sums = g_strconcat(place, ".md5sums", NULL);
  g_autofree char *before = g_strndup(package->control ? package->control : "", package->control_bytes);
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *status = cr_status_deb_find_field(before, "Status", arena);
  gsize first = strcspn(deb->control, "\n");
  g_autofree char *record =
      status ? g_strdup_printf("%.*s\nStatus: %s%s", (int)first, deb->control, status, deb->control + first)
             : g_strdup(deb->control);
  return write_bytes(writing, place, record, 0644, error) && write_bytes(writing, sums, deb->md5sums, 0644, error);
}

static gboolean write_package(Writing *writing, GError **error)
{
  CrScan *scan = writing->scan;
  const CrChange *change = writing->change;
  g_autoptr(CrArena) arena = cr_arena_new();
  CrStatusDeb deb;
  writing->old = cr_inventory_get_files(scan->inventory, change->package);
  writing->new_paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  writing->new_folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  int fd = cr_archives_open_file(scan->archive_set, &change->file, &scan->vendor, NULL, error);
  gboolean good = fd >= 0 && cr_status_deb_read(fd, arena, &deb, error) &&
                  cr_status_deb_foreach(fd, take_entry, writing, error) && write_whiteouts(writing, error) &&
                  write_records(writing, &deb, error);
  if (fd >= 0)
    close(fd);
  g_hash_table_unref(writing->new_paths);
  g_hash_table_unref(writing->new_folders);
  if (!good)
    g_prefix_error(error, "package '%s': ", change->name);
  return good;
}

static la_ssize_t on_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
  ssize_t n = write(GPOINTER_TO_INT(data), bytes, size);
  if (n < 0)
    archive_set_error(archive, errno, "%s", g_strerror(errno));
  return n;
}

gboolean cr_status_layer_write(CrScan *scan, const CrPlan *plan, gint64 epoch, int fd, GError **error)
{
  Writing writing = {.scan = scan, .epoch = epoch, .archive = archive_write_new()};
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
  writing.written = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  archive_write_set_format_pax_restricted(writing.archive);
  gboolean good = archive_write_open(writing.archive, GINT_TO_POINTER(fd), NULL, on_write, NULL) == ARCHIVE_OK ||
                  fail(&writing, "the beginning", error);
  for (guint i = 0; i < plan->changes->len && good; i++) {
    writing.change = plan->changes->pdata[i];
    good = write_package(&writing, error);
  }
  good = good && (archive_write_close(writing.archive) == ARCHIVE_OK || fail(&writing, "the end", error));
  archive_write_free(writing.archive);
  g_hash_table_unref(writing.written);
  if (utf8) {
    uselocale(before);
    freelocale(utf8);
  }
  return good;
}
