/* SPDX-License-Identifier: Apache-2.0 */
#include "image/draft-document.h"

#include <string.h>

#include "base/json-edit.h"
#include "base/json.h"

#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

/* ---- media types ---- */

const char *cr_draft_get_document_type(gboolean docker, gboolean config)
{
  if (docker)
    return config ? DOCKER "container.image.v1+json" : DOCKER "distribution.manifest.v2+json";
  return config ? OCI "config.v1+json" : OCI "manifest.v1+json";
}

const char *cr_draft_get_layer_type(gboolean docker, CrCompression compression)
{
  if (docker)
    return compression == CR_COMPRESSION_NONE ? DOCKER "image.rootfs.diff.tar" : DOCKER "image.rootfs.diff.tar.gzip";
  if (compression == CR_COMPRESSION_NONE)
    return OCI "layer.v1.tar";
  return compression == CR_COMPRESSION_ZSTD ? OCI "layer.v1.tar+zstd" : OCI "layer.v1.tar+gzip";
}

CrCompression cr_draft_get_compression(const char *type)
{
  if (type && (strstr(type, "zstd")))
    return CR_COMPRESSION_ZSTD;
  if (type && (g_str_has_suffix(type, ".tar")))
    return CR_COMPRESSION_NONE;
  return CR_COMPRESSION_GZIP;
}

const char *cr_draft_convert_layer_type(gboolean docker, const char *type, gboolean foreign)
{
  if (foreign)
    return docker ? DOCKER "image.rootfs.foreign.diff.tar.gzip" : OCI "layer.nondistributable.v1.tar+gzip";
  return cr_draft_get_layer_type(docker, cr_draft_get_compression(type));
}

/* ---- pieces of JSON ---- */

static char *format_history(const CrDraftHistory *line)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  const struct {
    const char *name, *value;
  } members[] = {{"created", line->created},
                 {"created_by", line->created_by},
                 {"author", line->author},
                 {"comment", line->comment}};
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(members); i++)
    if (members[i].value)
      cr_json_key_string(writer, members[i].name, members[i].value);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

static void write_descriptor(CrJsonWriter *writer, const char *type, const char *digest, guint64 bytes)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "mediaType", type);
  cr_json_key_string(writer, "digest", digest);
  cr_json_key_integer(writer, "size", (gint64)bytes);
  cr_json_end_object(writer);
}

static char *format_layer(const CrDraftLayer *layer)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  write_descriptor(writer, layer->media_type, layer->digest, layer->size_bytes);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* ---- the documents ---- */

static gboolean set_pairs(CrJsonEdit *edit, const char *const *path, const GPtrArray *pairs, GError **error)
{
  const char *whole[4] = {path[0], path[1], NULL, NULL};
  guint last = path[1] ? 2 : 1;
  for (guint i = 0; i < pairs->len; i++) {
    const CrDraftPair *pair = pairs->pdata[i];
    g_autofree char *value = cr_json_quote(pair->value);
    whole[last] = pair->name;
    if (!cr_json_edit_set(edit, whole, value, error))
      return FALSE;
  }
  return TRUE;
}

GBytes *cr_draft_make_config(GBytes *original, const char *what, const CrDraftLayer *layers, guint first, guint count,
                             const GPtrArray *history, const GPtrArray *labels, GError **error)
{
  static const char *const diff_ids[] = {"rootfs", "diff_ids", NULL}, *const lines[] = {"history", NULL},
                           *const names[] = {"config", "Labels", NULL};
  gsize size = 0;
  const char *text = g_bytes_get_data(original, &size);
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, size, what, error);
  if (!edit)
    return NULL;
  for (guint i = first; i < count; i++) {
    g_autofree char *diff_id = cr_json_quote(layers[i].diff_id);
    g_autofree char *line = format_history(history->pdata[i - first]);
    if (!cr_json_edit_append(edit, diff_ids, diff_id, error) || !cr_json_edit_append(edit, lines, line, error))
      return NULL;
  }
  return set_pairs(edit, names, labels, error) ? cr_json_edit_get_bytes(edit) : NULL;
}

GBytes *cr_draft_edit_manifest(GBytes *original, const char *what, const char *config_digest, gsize config_bytes,
                               const CrDraftLayer *layers, guint first, guint count, const GPtrArray *annotations,
                               GError **error)
{
  static const char *const digest[] = {"config", "digest", NULL}, *const bytes[] = {"config", "size", NULL},
                           *const list[] = {"layers", NULL}, *const names[] = {"annotations", NULL};
  gsize size = 0;
  const char *text = g_bytes_get_data(original, &size);
  g_autofree char *quoted = cr_json_quote(config_digest), *number = g_strdup_printf("%" G_GSIZE_FORMAT, config_bytes);
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, size, what, error);
  if (!edit || !cr_json_edit_set(edit, digest, quoted, error) || !cr_json_edit_set(edit, bytes, number, error))
    return NULL;
  for (guint i = first; i < count; i++) {
    g_autofree char *layer = format_layer(&layers[i]);
    if (!cr_json_edit_append(edit, list, layer, error))
      return NULL;
  }
  return set_pairs(edit, names, annotations, error) ? cr_json_edit_get_bytes(edit) : NULL;
}

GBytes *cr_draft_write_manifest(gboolean docker, const char *config_digest, gsize config_bytes,
                                const CrDraftLayer *layers, guint count, const GPtrArray *annotations)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "schemaVersion", 2);
  cr_json_key_string(writer, "mediaType", cr_draft_get_document_type(docker, FALSE));
  cr_json_key(writer, "config");
  write_descriptor(writer, cr_draft_get_document_type(docker, TRUE), config_digest, config_bytes);
  cr_json_key(writer, "layers");
  cr_json_begin_array(writer);
  for (guint i = 0; i < count; i++)
    write_descriptor(writer, layers[i].media_type, layers[i].digest, layers[i].size_bytes);
  cr_json_end_array(writer);
  if (annotations->len) {
    cr_json_key(writer, "annotations");
    cr_json_begin_object(writer);
    for (guint i = 0; i < annotations->len; i++) {
      const CrDraftPair *pair = annotations->pdata[i];
      cr_json_key_string(writer, pair->name, pair->value);
    }
    cr_json_end_object(writer);
  }
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return g_bytes_new(text, size);
}
