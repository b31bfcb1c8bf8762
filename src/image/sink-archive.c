/* SPDX-License-Identifier: Apache-2.0 */
/* oci-archive:FILE[:TAG] and docker-archive:FILE[:REF]: one tar, written without a name and renamed into place. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/whole-file.h"
#include "image/sink-private.h"

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

typedef struct {
  char *file;
  const char *name; /* or NULL */
} Archive;

static gboolean open_file(CrImageSink *sink, const char *rest, GError **error)
{
  Archive *archive = sink->own = g_new0(Archive, 1);
  const char *name = NULL;
  archive->file = cr_image_sink_split_name(rest, &name);
  archive->name = cr_arena_strdup(sink->arena, name);
  struct stat st;
  if (stat(archive->file, &st) != 0 || S_ISREG(st.st_mode))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': '%s' is not a file", sink->destination,
              archive->file);
  return FALSE;
}

/* A docker-archive's names are full references, or Docker would not load them. */
static gboolean open_docker(CrImageSink *sink, const char *rest, GError **error)
{
  CrReference reference;
  if (!open_file(sink, rest, error))
    return FALSE;
  Archive *archive = sink->own;
  if (!archive->name)
    return TRUE;
  if (!cr_reference_parse(archive->name, sink->arena, &reference, error))
    return FALSE;
  if (reference.tag && !strchr(archive->name, '@')) {
    g_autofree char *end = g_strconcat(":", reference.tag, NULL);
    if (!g_str_has_suffix(archive->name, end)) /* "web" is web:latest */
      archive->name = cr_arena_printf(sink->arena, "%s%s", archive->name, end);
    return TRUE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': an image gets a tag, not a digest",
              sink->destination);
  return FALSE;
}

static void archive_close(CrImageSink *sink)
{
  Archive *archive = sink->own;
  g_free(archive->file);
  g_free(archive);
}

/* ---- documents ---- */

char *cr_image_sink_format_saved(const CrDraft *draft, gboolean plain, const char *name)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  const char *before = plain ? "" : "blobs/sha256/";
  g_autofree char *config =
      g_strconcat(before, cr_digest_get_hex(cr_draft_get_config_digest(draft)), plain ? ".json" : "", NULL);
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "Config", config);
  cr_json_key_strings(writer, "RepoTags", (const char *const[]){name, NULL});
  cr_json_key(writer, "Layers");
  cr_json_begin_array(writer);
  for (guint i = 0; i < cr_draft_get_layer_count(draft); i++) {
    const CrDraftLayer *layer = cr_draft_get_layer(draft, i);
    g_autofree char *path =
        g_strconcat(before, cr_digest_get_hex(plain ? layer->diff_id : layer->digest), plain ? ".tar" : "", NULL);
    cr_json_string(writer, path);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* ---- members ---- */

static gboolean write_text(CrTarWriter *tar, const char *name, const char *text, GError **error)
{
  return cr_tar_write_file(tar, name, text, strlen(text), error);
}

static gboolean write_bytes(CrTarWriter *tar, const char *name, GBytes *bytes, GError **error)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_tar_write_file(tar, name, data, size, error);
}

static gboolean write_stream(CrTarWriter *tar, CrStream *stream, GError **error)
{
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    if (!cr_tar_write(tar, data, (gsize)n, error))
      return FALSE;
  return n == 0;
}

static gboolean write_document(CrTarWriter *tar, const char *digest, GBytes *bytes, GError **error)
{
  g_autofree char *name = g_strconcat("blobs/sha256/", cr_digest_get_hex(digest), NULL);
  return write_bytes(tar, name, bytes, error);
}

typedef struct {
  CrTarWriter *tar;
  const CrDraft *draft;
  GHashTable *seen; /* diff_ids, where members go by these */
} Writing;

static gboolean on_blob(int i, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  const Writing *writing = data;
  g_autoptr(CrStream) owned = stream;
  g_autofree char *name = g_strconcat("blobs/sha256/", cr_digest_get_hex(digest), NULL);
  return cr_tar_begin_file(writing->tar, name, cr_draft_get_layer(writing->draft, (guint)i)->size_bytes, error) &&
         write_stream(writing->tar, owned, error) && cr_tar_end_file(writing->tar, NULL, error);
}

/* The blobs of one image that no other one had. */
static gboolean write_blobs(CrTarWriter *tar, CrDraft *draft, gboolean foreign, GHashTable *seen, GError **error)
{
  g_autofree gboolean *wanted = cr_image_sink_want_all(draft, foreign, error);
  Writing writing = {.tar = tar, .draft = draft};
  const char *config = cr_draft_get_config_digest(draft), *manifest = cr_draft_get_manifest_digest(draft);
  if (!wanted)
    return FALSE;
  for (guint i = 0; i < cr_draft_get_layer_count(draft); i++)
    wanted[i] = wanted[i] && g_hash_table_add(seen, (gpointer)cr_draft_get_layer(draft, i)->digest);
  return (!g_hash_table_add(seen, (gpointer)config) ||
          write_document(tar, config, cr_draft_get_config(draft), error)) &&
         (!g_hash_table_add(seen, (gpointer)manifest) ||
          write_document(tar, manifest, cr_draft_get_manifest(draft), error)) &&
         cr_image_sink_read_layers(draft, wanted, 1, on_blob, &writing, error);
}

gboolean cr_image_sink_write_tar(CrTarWriter *tar, const CrImageSinkWork *work, const char *name,
                                 const char *manifest_json, GError **error)
{
  g_autofree char *entry = cr_image_sink_format_entry(work, name, NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autofree char *index = g_strdup_printf(
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[%s]}", entry);
  if (!cr_tar_write_folder(tar, "blobs/", error) || !cr_tar_write_folder(tar, "blobs/sha256/", error) ||
      (work->is_index && !write_document(tar, work->digest, work->document, error)))
    return FALSE;
  for (guint i = 0; i < work->count; i++)
    if (!write_blobs(tar, work->images[i], manifest_json == NULL, seen, error))
      return FALSE;
  return write_text(tar, "index.json", index, error) &&
         (!manifest_json || write_text(tar, "manifest.json", manifest_json, error)) &&
         write_text(tar, "oci-layout", LAYOUT_TEXT, error) && cr_tar_write_end(tar, error);
}

/* ---- docker-archive: plain layers under their diff_ids ---- */

static gboolean on_layer(int i, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)digest;
  const Writing *writing = data;
  const CrDraftLayer *layer = cr_draft_get_layer(writing->draft, (guint)i);
  g_autofree char *what = g_strdup_printf("layer %d", i + 1);
  g_autofree char *name = g_strconcat(cr_digest_get_hex(layer->diff_id), ".tar", NULL);
  g_autoptr(CrStream) plain = cr_stream_new_decompress(stream, NULL);
  if (!g_hash_table_add(writing->seen, (gpointer)layer->diff_id)) /* compressed in two ways, plain the same */
    return TRUE;
  g_autoptr(CrDigest) diff_id = cr_digest_new();
  if (!cr_tar_begin_file(writing->tar, name, G_MAXUINT64, error))
    return FALSE;
  const guint8 *bytes = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(plain, &bytes, error)) > 0) {
    cr_digest_update(diff_id, bytes, (gsize)n);
    if (!cr_tar_write(writing->tar, bytes, (gsize)n, error))
      return FALSE;
  }
  g_autofree char *actual = n == 0 ? cr_digest_finish(diff_id) : NULL;
  if (n == 0 && strcmp(actual, layer->diff_id) != 0)
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "%s has the diff_id %s, not %s", what, actual, layer->diff_id);
  return n == 0 && strcmp(actual, layer->diff_id) == 0 && cr_tar_end_file(writing->tar, name, error);
}

static gboolean write_docker(CrTarWriter *tar, CrDraft *draft, const char *name, GError **error)
{
  g_autofree char *saved = cr_image_sink_format_saved(draft, TRUE, name);
  g_autofree char *config = g_strconcat(cr_digest_get_hex(cr_draft_get_config_digest(draft)), ".json", NULL);
  g_autofree gboolean *wanted = cr_image_sink_want_all(draft, FALSE, error);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  Writing writing = {tar, draft, seen};
  return wanted && write_bytes(tar, config, cr_draft_get_config(draft), error) &&
         cr_image_sink_read_layers(draft, wanted, 1, on_layer, &writing, error) &&
         write_text(tar, "manifest.json", saved, error) && cr_tar_write_end(tar, error);
}

/* ---- the two members of the family ---- */

static gboolean write_archive(CrImageSink *sink, const CrImageSinkWork *work, gboolean docker, CrSinkConfirm confirm,
                              gpointer data, GError **error)
{
  const Archive *archive = sink->own;
  g_autofree char *folder = g_path_get_dirname(archive->file), *what = g_strdup_printf("'%s'", archive->file);
  CrWholeFile *file = cr_whole_file_create(folder, ".careen-", 0644);
  if (!file) {
    cr_error_set_errno(error, errno, "cannot make a file in '%s'", folder);
    return FALSE;
  }
  CrTarWriter tar = {.fd = cr_whole_file_get_fd(file), .what = what};
  gboolean ok = (docker ? write_docker(&tar, work->images[0], archive->name, error)
                        : cr_image_sink_write_tar(&tar, work, archive->name, NULL, error)) &&
                (!confirm || confirm(data, error));
  if (ok && !cr_whole_file_publish(file, archive->file)) {
    cr_error_set_errno(error, errno, "cannot write '%s'", archive->file);
    ok = FALSE;
  }
  cr_whole_file_free(file);
  return ok;
}

static gboolean write_oci_archive(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm, gpointer data,
                                  GError **error)
{
  return write_archive(sink, work, FALSE, confirm, data, error);
}

static gboolean write_docker_archive(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm,
                                     gpointer data, GError **error)
{
  return write_archive(sink, work, TRUE, confirm, data, error);
}

const CrImageSinkClass cr_image_sink_oci_archive = {.prefix = "oci-archive",
                                                    .is_layout = TRUE,
                                                    .indexes = TRUE,
                                                    .open = open_file,
                                                    .write = write_oci_archive,
                                                    .close = archive_close};
const CrImageSinkClass cr_image_sink_docker_archive = {.prefix = "docker-archive",
                                                       .unpacks = TRUE,
                                                       .open = open_docker,
                                                       .write = write_docker_archive,
                                                       .close = archive_close};
