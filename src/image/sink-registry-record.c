/* SPDX-License-Identifier: Apache-2.0 */
/* Records beside an image in a registry: as referrers, and under cosign's tags. */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json-edit.h"
#include "base/json.h"
#include "image/sink-registry.h"

#define OCI_INDEX  "application/vnd.oci.image.index.v1+json"
#define EMPTY_TYPE "application/vnd.oci.empty.v1+json"
#define EMPTY_TEXT "{}"

/* ---- referrers ---- */

static void write_descriptor(CrJsonWriter *writer, const char *type, const char *digest, GBytes *bytes)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "mediaType", type);
  cr_json_key_string(writer, "digest", digest);
  cr_json_key_integer(writer, "size", (gint64)g_bytes_get_size(bytes));
  cr_json_end_object(writer);
}

static void write_annotations(CrJsonWriter *writer, CrStrv names, CrStrv values)
{
  if (!names || !names[0])
    return;
  cr_json_key(writer, "annotations");
  cr_json_begin_object(writer);
  for (guint i = 0; names[i]; i++)
    cr_json_key_string(writer, names[i], values[i]);
  cr_json_end_object(writer);
}

static GBytes *take_text(CrJsonWriter *writer)
{
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return g_bytes_new(text, size);
}

static char *digest_of_bytes(GBytes *bytes)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_digest_of(data, size);
}

typedef struct {
  const char *artifact_type, *media_type;
  GBytes *content;
  CrStrv names, values;
  char *content_digest, *empty_digest, *digest;
  GBytes *empty, *manifest;
} Record;

static void record_clear(Record *record)
{
  g_free(record->content_digest);
  g_free(record->empty_digest);
  g_free(record->digest);
  g_clear_pointer(&record->empty, g_bytes_unref);
  g_clear_pointer(&record->manifest, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

static void make_record(Record *record, const CrDraft *draft)
{
  record->empty = g_bytes_new_static(EMPTY_TEXT, strlen(EMPTY_TEXT));
  record->empty_digest = digest_of_bytes(record->empty);
  record->content_digest = digest_of_bytes(record->content);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "schemaVersion", 2);
  cr_json_key_string(writer, "mediaType", CR_TYPE_OCI_MANIFEST);
  cr_json_key_string(writer, "artifactType", record->artifact_type);
  cr_json_key(writer, "config");
  write_descriptor(writer, EMPTY_TYPE, record->empty_digest, record->empty);
  cr_json_key(writer, "layers");
  cr_json_begin_array(writer);
  write_descriptor(writer, record->media_type, record->content_digest, record->content);
  cr_json_end_array(writer);
  cr_json_key(writer, "subject");
  write_descriptor(writer, cr_draft_get_manifest_type(draft), cr_draft_get_manifest_digest(draft),
                   cr_draft_get_manifest(draft));
  write_annotations(writer, record->names, record->values);
  cr_json_end_object(writer);
  record->manifest = take_text(writer);
  record->digest = digest_of_bytes(record->manifest);
}

static char *format_entry(const Record *record)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "mediaType", CR_TYPE_OCI_MANIFEST);
  cr_json_key_string(writer, "digest", record->digest);
  cr_json_key_integer(writer, "size", (gint64)g_bytes_get_size(record->manifest));
  cr_json_key_string(writer, "artifactType", record->artifact_type);
  write_annotations(writer, record->names, record->values);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* The list of referrers kept by hand ("Referrers Tag Schema"), with ENTRY; NULL without error: it is in it already. */
static GBytes *extend_list(GBytes *old, const Record *record, GError **error)
{
  static const char *const path[] = {"manifests", NULL};
  static const char none[] = "{\"schemaVersion\":2,\"mediaType\":\"" OCI_INDEX "\",\"manifests\":[]}";
  gsize size = strlen(none);
  const char *text = old ? g_bytes_get_data(old, &size) : none;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "the list of records", error);
  g_autoptr(CrJsonEdit) edit = doc ? cr_json_edit_new(text, size, "the list of records", error) : NULL;
  if (!edit)
    return NULL;
  const CrJson *list = cr_json_find(cr_json_get_root(doc), "manifests");
  for (guint i = 0; i < cr_json_get_length(list); i++)
    if (g_strcmp0(cr_json_find_string(cr_json_get_element(list, i), "digest", NULL), record->digest) == 0)
      return NULL;
  g_autofree char *entry = format_entry(record);
  return cr_json_edit_append(edit, path, entry, error) ? cr_json_edit_get_bytes(edit) : NULL;
}

static gboolean tag_record(const CrRegistryPush *push, const CrDraft *draft, const Record *record, GError **error)
{
  g_autofree char *tag = g_strdup_printf("sha256-%s", cr_digest_get_hex(cr_draft_get_manifest_digest(draft)));
  g_autofree char *digest = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) old = cr_registry_fetch_manifest(push->registry, tag, "GET", &digest, &cause);
  if (!old && !g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  g_clear_error(&cause);
  g_autoptr(GBytes) list = extend_list(old ? old->body : NULL, record, &cause);
  if (cause)
    g_propagate_error(error, cause);
  else if (list)
    return cr_registry_push_manifest(push->registry, tag, OCI_INDEX, list, NULL, error);
  return !cause;
}

gboolean cr_registry_push_record(CrImageSink *sink, const CrDraft *draft, const char *artifact_type,
                                 const char *media_type, GBytes *content, CrStrv annotation_names,
                                 CrStrv annotation_values, char **digest, GError **error)
{
  const CrRegistryPush *push = sink->own;
  g_auto(Record)
      record = {artifact_type, media_type, content, annotation_names, annotation_values, NULL, NULL, NULL, NULL, NULL};
  make_record(&record, draft);
  gboolean listed = FALSE;
  gboolean ok =
      cr_registry_push_connect(sink, draft, error) &&
      cr_registry_push_bytes(push, record.empty_digest, record.empty, error) &&
      cr_registry_push_bytes(push, record.content_digest, content, error) &&
      cr_registry_push_manifest(push->registry, record.digest, CR_TYPE_OCI_MANIFEST, record.manifest, &listed, error) &&
      (listed || tag_record(push, draft, &record, error));
  if (ok)
    *digest = g_steal_pointer(&record.digest);
  return ok;
}

/* ---- cosign's tags ---- */

/* cosign reads no config, but go-containerregistry wants one for the layers that there are. */
static GBytes *make_config(void)
{
  static const char text[] =
      "{\"architecture\":\"\",\"config\":{},\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
  return g_bytes_new_static(text, strlen(text));
}

static GBytes *start_tagged(GBytes *config, const char *config_digest)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "schemaVersion", 2);
  cr_json_key_string(writer, "mediaType", CR_TYPE_OCI_MANIFEST);
  cr_json_key(writer, "config");
  write_descriptor(writer, "application/vnd.oci.image.config.v1+json", config_digest, config);
  cr_json_key(writer, "layers");
  cr_json_begin_array(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return take_text(writer);
}

static char *format_layer(const CrAttachment *attachment, const char *digest)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "mediaType", attachment->media_type);
  cr_json_key_integer(writer, "size", (gint64)g_bytes_get_size(attachment->content));
  cr_json_key_string(writer, "digest", digest);
  write_annotations(writer, attachment->annotation_names, attachment->annotation_values);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

/* What is there stays: others sign, too. What is the same in every byte comes once. */
static GBytes *extend_tagged(GBytes *old, const CrAttachment *attachments, char **digests, guint count, GError **error)
{
  static const char *const path[] = {"layers", NULL};
  gsize size = 0;
  const char *text = g_bytes_get_data(old, &size);
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, size, "the signatures that are there", error);
  for (guint i = 0; edit && i < count; i++) {
    g_autofree char *layer = format_layer(&attachments[i], digests[i]);
    if (!g_strstr_len(text, (gssize)size, layer) && !cr_json_edit_append(edit, path, layer, error))
      return NULL;
  }
  return edit ? cr_json_edit_get_bytes(edit) : NULL;
}

static GBytes *fetch_tagged(const CrRegistryPush *push, const char *tag, GError **error)
{
  g_autofree char *digest = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) old = cr_registry_fetch_manifest(push->registry, tag, "GET", &digest, &cause);
  if (old)
    return g_bytes_ref(old->body);
  if (!g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error(error, cause);
    return NULL;
  }
  g_error_free(cause);
  g_autoptr(GBytes) config = make_config();
  g_autofree char *config_digest = digest_of_bytes(config);
  return cr_registry_push_bytes(push, config_digest, config, error) ? start_tagged(config, config_digest) : NULL;
}

gboolean cr_registry_push_tagged(CrImageSink *sink, const CrDraft *draft, const char *suffix,
                                 const CrAttachment *attachments, guint count, GError **error)
{
  const CrRegistryPush *push = sink->own;
  if (!cr_registry_push_connect(sink, draft, error))
    return FALSE;
  g_auto(GStrv) digests = g_new0(char *, count + 1);
  for (guint i = 0; i < count; i++) {
    digests[i] = digest_of_bytes(attachments[i].content);
    if (!cr_registry_push_bytes(push, digests[i], attachments[i].content, error))
      return FALSE;
  }
  const char *hex = cr_digest_get_hex(cr_draft_get_manifest_digest(draft));
  g_autofree char *tag = g_strdup_printf("sha256-%s%s", hex, suffix);
  g_autoptr(GBytes) old = fetch_tagged(push, tag, error);
  g_autoptr(GBytes) manifest = old ? extend_tagged(old, attachments, digests, count, error) : NULL;
  return manifest && cr_registry_push_manifest(push->registry, tag, CR_TYPE_OCI_MANIFEST, manifest, NULL, error);
}
