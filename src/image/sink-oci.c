/* SPDX-License-Identifier: Apache-2.0 */
/* oci:DIR[:TAG]: a folder in OCI layout (image-spec image-layout.md). Blobs come first, each whole or not at all;
 * index.json, which makes them an image, is exchanged last in one rename, under a lock against another careen. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json-edit.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/read-file.h"
#include "base/whole-file.h"
#include "base/write-all.h"
#include "image/sink-private.h"

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define EMPTY_INDEX "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"
#define REF_NAME    "org.opencontainers.image.ref.name"

typedef struct {
  char *dir, *blobs;
  const char *tag; /* or NULL */
} Layout;

typedef struct {
  const Layout *layout;
  GPtrArray *made; /* char*, blobs that were not there before; with `lock` */
  GMutex lock;
} Writing;

static gboolean oci_open(CrImageSink *sink, const char *rest, GError **error)
{
  Layout *layout = sink->own = g_new0(Layout, 1);
  const char *tag = NULL;
  layout->dir = cr_image_sink_split_name(rest, &tag);
  layout->tag = cr_arena_strdup(sink->arena, tag);
  layout->blobs = g_build_filename(layout->dir, "blobs", "sha256", NULL);
  struct stat st;
  if (stat(layout->dir, &st) != 0 && errno == ENOENT)
    return TRUE;
  if (!S_ISDIR(st.st_mode)) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': '%s' is not a folder", sink->destination,
                layout->dir);
    return FALSE;
  }
  g_autofree char *mark = g_build_filename(layout->dir, "oci-layout", NULL),
                  *index = g_build_filename(layout->dir, "index.json", NULL);
  g_autoptr(GDir) folder = g_dir_open(layout->dir, 0, NULL);
  const char *first = folder ? g_dir_read_name(folder) : NULL;
  gboolean begun = first && strcmp(first, "blobs") == 0 && !g_dir_read_name(folder); /* by a careen that was killed */
  if (access(mark, F_OK) == 0 || access(index, F_OK) == 0 || !first || begun)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': '%s' holds other things than an OCI layout",
              sink->destination, layout->dir);
  return FALSE;
}

static void oci_close(CrImageSink *sink)
{
  Layout *layout = sink->own;
  g_free(layout->dir);
  g_free(layout->blobs);
  g_free(layout);
}

/* ---- blobs ---- */

static gboolean publish(CrWholeFile *file, const char *path, GError **error)
{
  if (cr_whole_file_publish(file, path))
    return TRUE;
  cr_error_set_errno(error, errno, "cannot write '%s'", path);
  return FALSE;
}

static CrWholeFile *create(const char *folder, GError **error)
{
  CrWholeFile *file = cr_whole_file_create(folder, ".careen-", 0644);
  if (!file)
    cr_error_set_errno(error, errno, "cannot write in '%s'", folder);
  return file;
}

static gboolean copy(CrStream *stream, int fd, const char *what, GError **error)
{
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    if (!cr_write_all(fd, data, (gsize)n, what, error))
      return FALSE;
  return n == 0;
}

static char *get_blob_path(const Layout *layout, const char *digest)
{
  return g_build_filename(layout->blobs, cr_digest_get_hex(digest), NULL);
}

/* Files get their names when they are whole, so size and name are proof enough that it is there. */
static gboolean has_blob(const Layout *layout, const char *digest, guint64 size)
{
  g_autofree char *path = get_blob_path(layout, digest);
  struct stat st;
  return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (guint64)st.st_size == size;
}

/* STREAM is owned. */
static gboolean write_blob(Writing *writing, CrStream *stream, const char *digest, GError **error)
{
  g_autoptr(CrStream) owned = stream;
  g_autofree char *path = get_blob_path(writing->layout, digest), *what = g_strdup_printf("'%s'", path);
  CrWholeFile *file = create(writing->layout->blobs, error);
  gboolean ok = file && copy(owned, cr_whole_file_get_fd(file), what, error) && publish(file, path, error);
  cr_whole_file_free(file);
  if (ok) {
    g_mutex_lock(&writing->lock);
    g_ptr_array_add(writing->made, g_steal_pointer(&path));
    g_mutex_unlock(&writing->lock);
  }
  return ok;
}

static gboolean on_layer(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)layer;
  return write_blob(data, stream, digest, error);
}

static gboolean write_document(Writing *writing, GBytes *bytes, const char *digest, GError **error)
{
  return write_blob(writing, cr_stream_new_bytes(bytes), digest, error);
}

static gboolean write_image(Writing *writing, CrDraft *draft, GError **error)
{
  g_autofree gboolean *wanted = cr_image_sink_want_all(draft, TRUE, error);
  for (guint i = 0; i < cr_draft_get_layer_count(draft); i++) {
    const CrDraftLayer *layer = cr_draft_get_layer(draft, i);
    wanted[i] = wanted[i] && !has_blob(writing->layout, layer->digest, layer->size_bytes);
  }
  return cr_image_sink_read_layers(draft, wanted, 2, on_layer, writing, error) &&
         write_document(writing, cr_draft_get_config(draft), cr_draft_get_config_digest(draft), error) &&
         write_document(writing, cr_draft_get_manifest(draft), cr_draft_get_manifest_digest(draft), error);
}

static gboolean write_blobs(Writing *writing, const CrImageSinkWork *work, GError **error)
{
  for (guint i = 0; i < work->count; i++)
    if (!write_image(writing, work->images[i], error))
      return FALSE;
  return !work->is_index || write_document(writing, work->document, work->digest, error);
}

/* ---- index.json ---- */

static gboolean write_text(const Layout *layout, const char *name, const void *text, gsize size, GError **error)
{
  g_autofree char *path = g_build_filename(layout->dir, name, NULL), *what = g_strdup_printf("'%s'", path);
  CrWholeFile *file = create(layout->dir, error);
  gboolean ok = file && cr_write_all(cr_whole_file_get_fd(file), text, size, what, error) && publish(file, path, error);
  cr_whole_file_free(file);
  return ok;
}

/* INDEX's entries but the one with our name, as they were, then ENTRY. */
static gboolean replace_entry(CrJsonEdit *edit, const CrJson *index, const char *tag, const char *entry, GError **error)
{
  static const char *const path[] = {"manifests", NULL};
  const CrJson *manifests = cr_json_find(index, "manifests");
  if (!cr_json_edit_set(edit, path, "[]", error))
    return FALSE;
  for (guint i = 0; i < cr_json_get_length(manifests); i++) {
    const CrJson *old = cr_json_get_element(manifests, i);
    const char *name = cr_json_find_string(cr_json_find(old, "annotations"), REF_NAME, NULL);
    g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
    cr_json_node(writer, old);
    if (g_strcmp0(name, tag) != 0 && !cr_json_edit_append(edit, path, cr_json_writer_get_text(writer, NULL), error))
      return FALSE;
  }
  return cr_json_edit_append(edit, path, entry, error);
}

static gboolean write_index(const Layout *layout, const CrImageSinkWork *work, GError **error)
{
  g_autofree char *path = g_build_filename(layout->dir, "index.json", NULL);
  g_autofree char *old = NULL, *entry = cr_image_sink_format_entry(work, layout->tag, NULL);
  gsize size = 0;
  if (!g_file_get_contents(path, &old, &size, NULL) || !size) {
    g_free(old);
    old = g_strdup(EMPTY_INDEX);
    size = strlen(old);
  }
  g_autoptr(CrJsonDoc) index = cr_json_parse(old, size, path, error);
  g_autoptr(CrJsonEdit) edit = index ? cr_json_edit_new(old, size, path, error) : NULL;
  if (!edit || !replace_entry(edit, cr_json_get_root(index), layout->tag, entry, error))
    return FALSE;
  g_autoptr(GBytes) text = cr_json_edit_get_bytes(edit);
  const void *data = g_bytes_get_data(text, &size);
  return write_text(layout, "index.json", data, size, error);
}

/* Another careen that failed takes back what it made, which may be what this one found there. */
static gboolean check_blobs(const Layout *layout, const CrDraft *draft, GError **error)
{
  for (guint i = 0; i < cr_draft_get_layer_count(draft); i++) {
    const CrDraftLayer *layer = cr_draft_get_layer(draft, i);
    if (layer->foreign || has_blob(layout, layer->digest, layer->size_bytes))
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "its layer %u was removed from '%s' meanwhile", i + 1,
                layout->blobs);
    return FALSE;
  }
  return TRUE;
}

static gboolean check_all_blobs(const Layout *layout, const CrImageSinkWork *work, GError **error)
{
  for (guint i = 0; i < work->count; i++)
    if (!check_blobs(layout, work->images[i], error))
      return FALSE;
  return TRUE;
}

static gboolean publish_index(const Layout *layout, const CrImageSinkWork *work, GError **error)
{
  int fd = open(layout->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int blobs = open(layout->blobs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && blobs >= 0 && flock(fd, LOCK_EX) == 0 && fsync(blobs) == 0;
  if (!ok)
    cr_error_set_errno(error, errno, "cannot lock '%s'", layout->dir);
  ok = ok && check_all_blobs(layout, work, error) &&
       write_text(layout, "oci-layout", LAYOUT_TEXT, strlen(LAYOUT_TEXT), error) && write_index(layout, work, error) &&
       fsync(fd) == 0;
  if (fd >= 0)
    close(fd); /* and the lock is gone */
  if (blobs >= 0)
    close(blobs);
  return ok;
}

/* ---- all of it ---- */

/* What this run made and no index names. Folders go only when they are empty, so when they were ours. */
static void take_back(const Writing *writing)
{
  const Layout *layout = writing->layout;
  for (guint i = 0; i < writing->made->len; i++)
    (void)unlink(writing->made->pdata[i]);
  g_autofree char *parent = g_path_get_dirname(layout->blobs);
  (void)(rmdir(layout->blobs) || rmdir(parent) || rmdir(layout->dir));
}

static gboolean oci_write(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm, gpointer data,
                          GError **error)
{
  const Layout *layout = sink->own;
  Writing writing = {.layout = layout};
  if (g_mkdir_with_parents(layout->blobs, 0755) != 0) {
    cr_error_set_errno(error, errno, "cannot make the folder '%s'", layout->blobs);
    return FALSE;
  }
  writing.made = g_ptr_array_new_with_free_func(g_free);
  g_mutex_init(&writing.lock);
  gboolean ok =
      write_blobs(&writing, work, error) && (!confirm || confirm(data, error)) && publish_index(layout, work, error);
  if (!ok)
    take_back(&writing);
  g_mutex_clear(&writing.lock);
  g_ptr_array_unref(writing.made);
  return ok;
}

const CrImageSinkClass cr_image_sink_oci = {
    .prefix = "oci", .is_layout = TRUE, .indexes = TRUE, .open = oci_open, .write = oci_write, .close = oci_close};
