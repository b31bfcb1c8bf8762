/* SPDX-License-Identifier: Apache-2.0 */
/* An image's export (what `docker save` prints) read as it comes: nothing is stored, layers go to their visitor in the
 * order they stand. manifest.json is last in it, so which layer a member is comes from its name:
 *   HEX.tar, blobs/sha256/HEX   the diff_id (Podman; Docker 25 with graph drivers): proved by the layer pass
 *   HEX/layer.tar               a legacy id (Docker before 25): found through HEX/json, export-v1.c
 *   blobs/sha256/HEX            the digest of a compressed blob (containerd's store): not known before it is unpacked
 * Repeated layers are links, and left out: every place of a diff_id gets the one layer. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "image/engine.h"

/* Ten members a layer, and then some. */
#define MEMBERS    (CR_LIMIT_LAYERS * 20U)
#define HEX_LENGTH 64U
/* As far as a tar's magic ("ustar" at byte 257). */
#define HEAD_BYTES 262U

typedef struct {
  const char *engine_name; /* for messages */
  CrSource *source;
  const gboolean *wanted;
  guint left; /* layers still to come; 0: the rest of the stream is not needed */
  gboolean *seen;
  CrLayerVisit visit;
  gpointer data;
  CrStream *stream;
  GError *broken; /* of the stream; libarchive has no place for it */
  struct archive *archive;
  char legacy_hex[HEX_LENGTH + 1]; /* the folder whose json was read last… */
  int legacy_layer;                /* …and which layer it is, or -1 */
} Export;

static la_ssize_t on_read(struct archive *archive, void *user, const void **buffer)
{
  (void)archive;
  Export *export = user;
  const guint8 *data = NULL;
  gssize n = cr_stream_next(export->stream, &data, &export->broken);
  *buffer = data;
  return n;
}

static void set_broken(Export *export, GError **error)
{
  if (export->broken) {
    g_propagate_error(error, g_steal_pointer(&export->broken));
    g_prefix_error(error, "cannot read %s's export of '%s': ", export->engine_name, export->source->image->ref);
    return;
  }
  const char *why = archive_error_string(export->archive);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read %s's export of '%s': %s", export->engine_name,
              export->source->image->ref, why ? why : "it ends early");
}

/* ---- one member as a stream ---- */

typedef struct {
  CrStream stream;
  Export *export;
  guint64 at;
  const guint8 *head; /* a first block that was looked at, still to be given */
  gsize head_bytes;
} Member;

static gssize member_next(CrStream *stream, const guint8 **data, GError **error)
{
  Member *member = (Member *)stream;
  if (member->head_bytes) {
    gsize n = member->head_bytes;
    *data = member->head;
    member->head_bytes = 0;
    return (gssize)n;
  }
  const void *block = NULL;
  size_t size = 0;
  la_int64_t offset = 0;
  int result = ARCHIVE_OK;
  do {
    result = archive_read_data_block(member->export->archive, &block, &size, &offset);
  } while (result == ARCHIVE_OK && size == 0);
  if (result == ARCHIVE_EOF)
    return 0;
  if (result != ARCHIVE_OK || (guint64)offset != member->at) { /* no daemon writes holes */
    set_broken(member->export, error);
    return -1;
  }
  member->at += size;
  *data = block;
  return (gssize)size;
}

static void member_free(CrStream *stream)
{
  g_free(stream);
}

static const CrStreamClass member_class = {.next = member_next, .free = member_free};

static Member *member_new(Export *export)
{
  Member *member = g_new0(Member, 1);
  member->stream.class = &member_class;
  member->export = export;
  return member;
}

/* ---- which layer ---- */

static gboolean is_hex(const char *text)
{
  return strspn(text, "0123456789abcdef") >= HEX_LENGTH;
}

static int find_by_diff_id(const Export *export, const char *hex)
{
  const CrImage *image = export->source->image;
  for (guint i = 0; i < image->layer_count; i++) {
    const char *diff_id = image->layers[i].diff_id;
    if (diff_id && strncmp(cr_digest_get_hex(diff_id), hex, HEX_LENGTH) == 0)
      return (int)i;
  }
  return -1;
}

static void read_legacy(Export *export, const char *name, guint64 size)
{
  Member member = {.stream.class = &member_class, .export = export};
  g_autoptr(GBytes) text =
      size <= CR_LIMIT_SMALL_FILE ? cr_stream_read_all(&member.stream, CR_LIMIT_SMALL_FILE, NULL) : NULL;
  if (!text)
    return; /* a break shows at the next member */
  gsize length = 0;
  const char *data = g_bytes_get_data(text, &length);
  g_strlcpy(export->legacy_hex, name, sizeof export->legacy_hex);
  export->legacy_layer = cr_export_find_legacy(export->source->image, export->legacy_hex, data ? data : "", length);
}

/* By its name: does the member hold a layer? *LAYER is -1 when it is not known which, *DIGEST a copy of its raw bytes'
 * digest where the name promises that. */
static gboolean is_layer(Export *export, const char *name, int *layer, char **digest)
{
  static const char blobs[] = "blobs/sha256/";
  *layer = -1;
  if (g_str_has_prefix(name, blobs) && is_hex(name + strlen(blobs))) {
    const char *hex = name + strlen(blobs);
    *layer = find_by_diff_id(export, hex);
    *digest = g_strdup_printf("sha256:%.64s", hex);
    return TRUE;
  }
  if (!is_hex(name))
    return FALSE;
  const char *rest = name + HEX_LENGTH;
  if (strcmp(rest, ".tar") == 0) {
    *layer = find_by_diff_id(export, name);
    return TRUE;
  }
  if (strcmp(rest, "/layer.tar") != 0)
    return FALSE;
  *layer = strncmp(export->legacy_hex, name, HEX_LENGTH) == 0 ? export->legacy_layer : -1;
  return TRUE;
}

/* Beside layers, blobs/ has the documents. A tar or a compressed stream is none. */
static gboolean is_document(const guint8 *head, gsize size)
{
  gboolean tar = size >= HEAD_BYTES && memcmp(head + 257, "ustar", 5) == 0;
  return !tar && cr_compression_detect(head, size) == CR_COMPRESSION_NONE;
}

/* ---- the config, where somebody wants it ---- */

static gboolean wants_config(const Export *export)
{
  return export->source->keep_config && !export->source->image->raw_config;
}

/* The config is the document that names the image's layers, whatever the daemon takes for the image's id (containerd's
 * store: the digest of a manifest or index). Its bytes must be what HEX in its name says. */
static gboolean is_config(const CrImage *image, const char *hex, const char *text, gsize size)
{
  g_autofree char *digest = cr_digest_of(text, size);
  g_autoptr(CrJsonDoc) doc =
      strncmp(cr_digest_get_hex(digest), hex, HEX_LENGTH) == 0 ? cr_json_parse(text, size, "a document", NULL) : NULL;
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  const CrJson *diff_ids = cr_json_find(cr_json_find(root, "rootfs"), "diff_ids");
  gboolean same = root && cr_json_find(root, "rootfs") && cr_json_get_length(diff_ids) == image->layer_count;
  for (guint i = 0; same && i < image->layer_count; i++)
    same = g_strcmp0(cr_json_get_string(cr_json_get_element(diff_ids, i), NULL), image->layers[i].diff_id) == 0;
  return same;
}

static gboolean read_config(Export *export, Member *member, const char *hex, GError **error)
{
  g_autoptr(GBytes) bytes = cr_stream_read_all(&member->stream, CR_LIMIT_DOCUMENT_BYTES, error);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  if (text && is_config(export->source->image, hex, text, size))
    export->source->image->raw_config = g_steal_pointer(&bytes);
  return bytes || export->source->image->raw_config;
}

static gboolean read_layer(Export *export, int layer, const char *digest, GError **error)
{
  if (layer >= 0 && (!export->wanted[layer] || export->seen[layer]))
    return TRUE;
  Member *member = member_new(export);
  const guint8 *head = NULL;
  gssize n = member_next(&member->stream, &head, error);
  member->head = head;
  member->head_bytes = (gsize)MAX(n, 0);
  if (n < 0 || (layer < 0 && is_document(head, (gsize)n))) {
    gboolean ok = n >= 0 && (!n || !digest || !wants_config(export) ||
                             read_config(export, member, cr_digest_get_hex(digest), error));
    member_free(&member->stream);
    return ok;
  }
  if (layer >= 0) {
    export->seen[layer] = TRUE;
    export->left--;
  }
  return export->visit(layer, &member->stream, digest, export->data, error);
}

static gboolean read_member(Export *export, struct archive_entry *entry, GError **error)
{
  const char *name = archive_entry_pathname(entry);
  if (!name || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
    return TRUE;
  if (g_str_has_prefix(name, "./"))
    name += 2;
  if (is_hex(name) && strcmp(name + HEX_LENGTH, "/json") == 0) {
    read_legacy(export, name, (guint64)archive_entry_size(entry));
    return TRUE;
  }
  if (wants_config(export) && is_hex(name) && strcmp(name + HEX_LENGTH, ".json") == 0) {
    Member member = {.stream.class = &member_class, .export = export};
    return read_config(export, &member, name, error);
  }
  int layer = -1;
  g_autofree char *digest = NULL;
  return !is_layer(export, name, &layer, &digest) || read_layer(export, layer, digest, error);
}

static gboolean walk(Export *export, GError **error)
{
  archive_read_support_format_tar(export->archive);
  int result = archive_read_open(export->archive, export, NULL, on_read, NULL);
  for (guint members = 0; result == ARCHIVE_OK && (export->left || wants_config(export)); members++) {
    struct archive_entry *entry = NULL;
    result = archive_read_next_header(export->archive, &entry);
    if (result == ARCHIVE_EOF)
      return TRUE;
    if (members >= MEMBERS) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read %s's export of '%s': more than %u members",
                  export->engine_name, export->source->image->ref, MEMBERS);
      return FALSE;
    }
    if (result == ARCHIVE_WARN)
      result = ARCHIVE_OK;
    if (result == ARCHIVE_OK && !read_member(export, entry, error))
      return FALSE;
  }
  if (result == ARCHIVE_OK)
    return TRUE;
  set_broken(export, error);
  return FALSE;
}

static guint count_wanted(const CrImage *image, const gboolean *wanted)
{
  guint count = 0;
  for (guint i = 0; i < image->layer_count; i++)
    count += wanted[i] && image->layers[i].diff_id; /* a container's own layer is in no export */
  return count;
}

gboolean cr_export_walk(CrStream *stream, const char *engine_name, CrSource *source, const gboolean *wanted,
                        CrLayerVisit visit, gpointer data, GError **error)
{
  guint count = source->image->layer_count;
  Export export = {.engine_name = engine_name, .source = source, .wanted = wanted, .stream = stream};
  export.seen = cr_arena_alloc(source->arena, ((gsize)count + 1) * sizeof *export.seen);
  export.visit = visit;
  export.data = data;
  export.legacy_layer = -1;
  export.left = count_wanted(source->image, wanted);
  export.archive = archive_read_new();
  gboolean ok = walk(&export, error);
  archive_read_free(export.archive);
  g_clear_error(&export.broken);
  return ok;
}

gboolean cr_export_read_layers(CrEngine *engine, CrSource *source, const char *id, const gboolean *wanted,
                               CrLayerVisit visit, gpointer data, GError **error)
{
  if (!count_wanted(source->image, wanted) && !source->keep_config)
    return TRUE;
  g_autofree char *query = cr_engine_format_platform(&source->options);
  g_autofree char *path = g_strdup_printf("/images/%s/get%s", id, query);
  g_autoptr(CrStream) stream = cr_engine_open_stream(engine, path, error);
  return stream && cr_export_walk(stream, cr_engine_get_name(engine), source, wanted, visit, data, error);
}
