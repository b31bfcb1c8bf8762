/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/twice.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

/* ---- one entry ---- */

typedef enum { PART_TYPE, PART_MODE, PART_OWNER, PART_TIME, PART_TARGET, PART_ATTRIBUTES, PART_CONTENT, PARTS } Part;

static const char *const part_names[PARTS] = {
    [PART_TYPE] = "type",       [PART_MODE] = "mode",     [PART_OWNER] = "owner",
    [PART_TIME] = "time",       [PART_TARGET] = "target", [PART_ATTRIBUTES] = "attributes",
    [PART_CONTENT] = "content",
};

typedef struct {
  char *parts[PARTS];
} Entry;

static void free_entry(gpointer data)
{
  Entry *entry = data;
  for (guint i = 0; i < PARTS; i++)
    g_free(entry->parts[i]);
  g_free(entry);
}

/* Of a plain tar's entry: what it says, and its content's digest. NULL: it ends too early. */
static Entry *read_entry(struct archive *tar, struct archive_entry *from, char *buffer, gsize size)
{
  Entry *entry = g_new0(Entry, 1);
  g_autoptr(CrDigest) digest = cr_digest_new();
  la_ssize_t n = 0;
  while ((n = archive_read_data(tar, buffer, size)) > 0)
    cr_digest_update(digest, buffer, (gsize)n);
  const char *hardlink = archive_entry_hardlink(from), *link = hardlink ? hardlink : archive_entry_symlink(from);
  entry->parts[PART_TYPE] = g_strdup_printf("%o%s", archive_entry_filetype(from), hardlink ? "h" : "");
  entry->parts[PART_MODE] = g_strdup_printf("%o", archive_entry_perm(from));
  entry->parts[PART_OWNER] =
      g_strdup_printf("%lld:%lld", (long long)archive_entry_uid(from), (long long)archive_entry_gid(from));
  entry->parts[PART_TIME] = g_strdup_printf("%lld", (long long)archive_entry_mtime(from));
  entry->parts[PART_TARGET] = g_strdup(link ? link : "");
  entry->parts[PART_CONTENT] = cr_digest_finish(digest);
  GString *attributes = g_string_new(NULL);
  const char *name = NULL;
  const void *value = NULL;
  size_t bytes = 0;
  archive_entry_xattr_reset(from);
  while (archive_entry_xattr_next(from, &name, &value, &bytes) == ARCHIVE_OK) {
    g_autofree char *hash = cr_digest_of(value, bytes);
    g_string_append_printf(attributes, "%s=%s;", name, hash);
  }
  entry->parts[PART_ATTRIBUTES] = g_string_free(attributes, FALSE);
  if (n == 0)
    return entry;
  free_entry(entry);
  return NULL;
}

static GHashTable *read_all(const char *path, GError **error)
{
  g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_entry);
  g_autofree char *buffer = g_malloc(128 * CR_KIB);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct archive *tar = archive_read_new();
  struct archive_entry *from = NULL;
  archive_read_support_format_tar(tar);
  int result = archive_read_open_fd(tar, fd, 128 * CR_KIB);
  gboolean good = result == ARCHIVE_OK;
  while (good && (result = archive_read_next_header(tar, &from)) != ARCHIVE_EOF) {
    const char *name = archive_entry_pathname(from);
    Entry *entry = result >= ARCHIVE_WARN && name ? read_entry(tar, from, buffer, 128 * CR_KIB) : NULL;
    good = entry != NULL;
    if (entry)
      g_hash_table_replace(entries, g_strdup(name), entry);
  }
  if (!good)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read a new layer: %s", archive_error_string(tar));
  archive_read_free(tar);
  if (fd >= 0)
    close(fd);
  return good ? g_steal_pointer(&entries) : NULL;
}

/* ---- both ---- */

static void compare_entries(const char *path, const Entry *a, const Entry *b, CrReasons *reasons)
{
  g_autoptr(GString) parts = g_string_new(NULL);
  for (guint i = 0; i < PARTS; i++)
    if (strcmp(a->parts[i], b->parts[i]) != 0)
      g_string_append_printf(parts, "%s%s", parts->len ? ", " : "", part_names[i]);
  if (parts->len)
    cr_reasons_add(reasons, "%s: %s", path, parts->str);
}

gboolean cr_twice_compare(const char *a, const char *b, CrReasons *reasons, GError **error)
{
  g_autoptr(GHashTable) one = read_all(a, error);
  g_autoptr(GHashTable) other = one ? read_all(b, error) : NULL;
  if (!other)
    return FALSE;
  g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(one), (GCompareFunc)strcmp);
  for (const GList *path = paths; path; path = path->next) {
    const Entry *entry = g_hash_table_lookup(other, path->data);
    if (entry)
      compare_entries(path->data, g_hash_table_lookup(one, path->data), entry, reasons);
    else
      cr_reasons_add(reasons, "%s: only the first time", (const char *)path->data);
  }
  g_autoptr(GList) others = g_list_sort(g_hash_table_get_keys(other), (GCompareFunc)strcmp);
  for (const GList *path = others; path; path = path->next)
    if (!g_hash_table_contains(one, path->data))
      cr_reasons_add(reasons, "%s: only the second time", (const char *)path->data);
  return TRUE;
}

static char *digest_file(const char *path, GError **error)
{
  g_autoptr(CrDigest) digest = cr_digest_new();
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  g_autoptr(CrStream) stream = cr_stream_new_pipe(fd, TRUE);
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    cr_digest_update(digest, data, (gsize)n);
  return n == 0 ? cr_digest_finish(digest) : NULL;
}

gboolean cr_twice_check(CrPatch *patch, CrScan *scan, CrPlan *plan, const CrPatchOptions *options, GError **error)
{
  g_autoptr(CrPatch) second = cr_patch_new(scan, options, error);
  if (!second)
    return FALSE;
  cr_workspace_set_plain(second->workspace);
  g_autofree char *digest = cr_patch_run(second, scan, plan, error) ? digest_file(second->layer_path, error) : NULL;
  if (!digest) {
    g_prefix_error(error, "cannot patch '%s' a second time: ", scan->image->ref);
    return FALSE;
  }
  if (!strcmp(digest, patch->diff_id)) {
    g_autofree char *words = g_strdup_printf("made again, the layer is the same: %s", digest);
    cr_patch_proof_add_check(patch->proof, "twice", TRUE, words);
    return TRUE;
  }
  g_auto(CrReasons) reasons = {.most = G_MAXUINT};
  if (!cr_twice_compare(patch->layer_path, second->layer_path, &reasons, error))
    return FALSE;
  g_autofree char *words = g_strdup_printf("made again, %u entries are not the same: %s", reasons.count,
                                           cr_reasons_get_text(&reasons, "only the order of the tar"));
  cr_patch_proof_add_check(patch->proof, "twice", TRUE, words);
  return TRUE;
}
