/* SPDX-License-Identifier: Apache-2.0 */
/* The writable layer of a container, through the API alone (its folder on the host is root's, and of a remote daemon
 * not here). /changes says which paths differ, and which are gone; the container's export has what they are now. The
 * export is read once as it comes and only what differs passes: asking for single paths (/archive) is no way, since it
 * follows links and shows volumes that are mounted over the image.
 *
 * A folder that was deleted and made anew is "deleted" to the daemon and yet there: it is whited out first and then
 * stands in the layer again. */
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <string.h>

#include "base/error.h"
#include "image/engine.h"

enum { MODIFIED = 0, ADDED = 1, DELETED = 2 };

typedef struct {
  CrStream stream;
  const char *what, *engine_name;
  GHashTable *differing; /* path without '/' at either end; NULL: all */
  GPtrArray *deleted;    /* likewise */
  guint next_deleted;
  CrStream *source; /* the export */
  GError *broken;   /* of `source` */
  struct archive *in, *out;
  gboolean hide_all, in_entry, done;
  GByteArray *buffer; /* what `out` has written and is not handed out */
  locale_t utf8;      /* libarchive asks the locale how to read pax names */
} Changes;

static la_ssize_t on_read(struct archive *archive, void *user, const void **buffer)
{
  (void)archive;
  Changes *changes = user;
  const guint8 *data = NULL;
  gssize n = cr_stream_next(changes->source, &data, &changes->broken);
  *buffer = data;
  return n;
}

static la_ssize_t on_write(struct archive *archive, void *user, const void *data, size_t size)
{
  (void)archive;
  Changes *changes = user;
  g_byte_array_append(changes->buffer, data, (guint)size);
  return (la_ssize_t)size;
}

static gboolean fail(Changes *changes, struct archive *archive, GError **error)
{
  const char *why = archive_error_string(archive);
  if (changes->broken)
    g_propagate_error(error, g_error_copy(changes->broken));
  else
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s", why ? why : "it ends early");
  g_prefix_error(error, "cannot read %s's export of '%s': ", changes->engine_name, changes->what);
  return FALSE;
}

static char *strip(const char *path)
{
  if (g_str_has_prefix(path, "./"))
    path += 2;
  path += strspn(path, "/");
  gsize length = strlen(path);
  while (length && path[length - 1] == '/')
    length--;
  return g_strndup(path, length);
}

static gboolean write_mark(Changes *changes, const char *name, GError **error)
{
  struct archive_entry *entry = archive_entry_new();
  archive_entry_set_pathname(entry, name);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0600);
  archive_entry_set_size(entry, 0);
  gboolean ok = archive_write_header(changes->out, entry) >= ARCHIVE_WARN;
  archive_entry_free(entry);
  return ok || fail(changes, changes->out, error);
}

static gboolean write_whiteout(Changes *changes, const char *path, GError **error)
{
  const char *slash = strrchr(path, '/');
  int folder = slash ? (int)(slash - path) + 1 : 0;
  g_autofree char *name = g_strdup_printf("%.*s.wh.%s", folder, path, path + folder);
  return write_mark(changes, name, error);
}

/* The daemon's JSON has U+FFFD for each byte that is not UTF-8; so does this. */
static gboolean is_differing(const Changes *changes, const char *name)
{
  if (!changes->differing)
    return TRUE;
  g_autofree char *path = strip(name);
  g_autofree char *valid = g_utf8_make_valid(path, -1);
  return g_hash_table_contains(changes->differing, valid);
}

static gboolean take_entry(Changes *changes, GError **error)
{
  struct archive_entry *entry = NULL;
  int result = archive_read_next_header(changes->in, &entry);
  if (result == ARCHIVE_EOF) {
    changes->done = TRUE;
    return archive_write_close(changes->out) == ARCHIVE_OK || fail(changes, changes->out, error);
  }
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
    return fail(changes, changes->in, error);
  const char *name = archive_entry_pathname(entry);
  if (!name || !is_differing(changes, name))
    return TRUE;
  if (archive_write_header(changes->out, entry) < ARCHIVE_WARN)
    return fail(changes, changes->out, error);
  changes->in_entry = archive_entry_filetype(entry) == AE_IFREG && archive_entry_size(entry) > 0;
  return TRUE;
}

static gboolean copy_block(Changes *changes, GError **error)
{
  const void *data = NULL;
  size_t size = 0;
  la_int64_t offset = 0;
  int result = archive_read_data_block(changes->in, &data, &size, &offset);
  if (result == ARCHIVE_EOF) {
    changes->in_entry = FALSE;
    return archive_write_finish_entry(changes->out) >= ARCHIVE_WARN || fail(changes, changes->out, error);
  }
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
    return fail(changes, changes->in, error);
  return archive_write_data(changes->out, data, size) == (la_ssize_t)size || fail(changes, changes->out, error);
}

static gboolean step(Changes *changes, GError **error)
{
  if (changes->hide_all) {
    changes->hide_all = FALSE;
    return write_mark(changes, ".wh..wh..opq", error);
  }
  if (changes->next_deleted < changes->deleted->len)
    return write_whiteout(changes, changes->deleted->pdata[changes->next_deleted++], error);
  return changes->in_entry ? copy_block(changes, error) : take_entry(changes, error);
}

static gssize changes_next(CrStream *stream, const guint8 **data, GError **error)
{
  Changes *changes = (Changes *)stream;
  locale_t before = changes->utf8 ? uselocale(changes->utf8) : (locale_t)0;
  gboolean ok = TRUE;
  g_byte_array_set_size(changes->buffer, 0);
  while (ok && !changes->buffer->len && !changes->done)
    ok = step(changes, error);
  if (changes->utf8)
    uselocale(before);
  *data = changes->buffer->data;
  return ok ? (gssize)changes->buffer->len : -1;
}

static void changes_free(CrStream *stream)
{
  Changes *changes = (Changes *)stream;
  archive_read_free(changes->in);
  archive_write_free(changes->out); /* may still write */
  if (changes->utf8)
    freelocale(changes->utf8);
  cr_stream_free(changes->source);
  g_clear_error(&changes->broken);
  if (changes->differing)
    g_hash_table_unref(changes->differing);
  g_ptr_array_unref(changes->deleted);
  g_byte_array_unref(changes->buffer);
  g_free(changes);
}

static const CrStreamClass changes_class = {.next = changes_next, .free = changes_free};

static void take_list(Changes *changes, const CrJson *list)
{
  changes->deleted = g_ptr_array_new_with_free_func(g_free);
  changes->hide_all = !list;
  if (!list)
    return;
  changes->differing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *item = cr_json_get_element(list, i);
    g_autofree char *path = strip(cr_json_find_string(item, "Path", ""));
    if (!*path)
      continue;
    g_hash_table_add(changes->differing, g_strdup(path));
    if (cr_json_find_integer(item, "Kind", MODIFIED) == DELETED)
      g_ptr_array_add(changes->deleted, g_steal_pointer(&path));
  }
}

CrStream *cr_container_new_changes(CrStream *source, const char *engine_name, const CrJson *list, const char *what,
                                   GError **error)
{
  Changes *changes = g_new0(Changes, 1);
  changes->stream.class = &changes_class;
  changes->what = what;
  changes->engine_name = engine_name;
  changes->source = source;
  changes->buffer = g_byte_array_new();
  changes->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  take_list(changes, list);
  changes->in = archive_read_new();
  changes->out = archive_write_new();
  archive_read_support_format_tar(changes->in);
  archive_read_support_format_empty(changes->in);
  archive_write_set_format_gnutar(changes->out); /* names as they are, of any length */
  archive_write_set_bytes_per_block(changes->out, 0);
  if (archive_write_open(changes->out, changes, NULL, on_write, NULL) == ARCHIVE_OK &&
      archive_read_open(changes->in, changes, NULL, on_read, NULL) == ARCHIVE_OK)
    return &changes->stream;
  fail(changes, changes->in, error);
  changes_free(&changes->stream);
  return NULL;
}

CrStream *cr_container_open_changes(CrEngine *engine, const char *id, const CrJson *list, const char *what,
                                    GError **error)
{
  g_autofree char *path = g_strdup_printf("/containers/%s/export", id);
  CrStream *source = cr_engine_open_stream(engine, path, error);
  return source ? cr_container_new_changes(source, cr_engine_get_name(engine), list, what, error) : NULL;
}
