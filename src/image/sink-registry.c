/* SPDX-License-Identifier: Apache-2.0 */
/* registry:REF. Order: blobs that are missing, config, manifest by its digest, CONFIRM, manifest by its tag. */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json-edit.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "image/registry.h"
#include "image/sink-private.h"

#define TRIES           4U
#define FIRST_WAIT_USEC (G_USEC_PER_SEC / 2)
#define UPLOADS         2U

#define OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define EMPTY_TYPE   "application/vnd.oci.empty.v1+json"
#define EMPTY_TEXT   "{}"

typedef struct {
  CrReference reference;
  CrRegistry *registry; /* made for each draft: where blobs may be mounted from is the draft's matter */
} Push;

static gboolean registry_open(CrImageSink *sink, const char *rest, GError **error)
{
  Push *push = sink->own = g_new0(Push, 1);
  if (g_str_has_prefix(rest, "//"))
    rest += 2;
  if (!cr_reference_parse(rest, sink->arena, &push->reference, error))
    return FALSE;
  if (!push->reference.digest)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': an image gets a tag, not a digest",
              sink->destination);
  return FALSE;
}

static void registry_close(CrImageSink *sink)
{
  Push *push = sink->own;
  cr_registry_free(push->registry);
  g_free(push);
}

/* The original's repository, if it is another one of the same registry. */
static const char *find_mount(CrImageSink *sink, const CrDraft *draft)
{
  const Push *push = sink->own;
  const CrImage *image = cr_source_get_image(cr_draft_get_source(draft));
  CrReference reference;
  if (strcmp(image->source, "registry") != 0 || !cr_reference_parse(image->name, sink->arena, &reference, NULL))
    return NULL;
  gboolean same_registry = strcmp(reference.registry, push->reference.registry) == 0;
  gboolean same = strcmp(reference.repository, push->reference.repository) == 0;
  return same_registry && !same ? reference.repository : NULL;
}

static gboolean connect_registry(CrImageSink *sink, const CrDraft *draft, GError **error)
{
  Push *push = sink->own;
  g_clear_pointer(&push->registry, cr_registry_free);
  push->registry = cr_registry_new(&push->reference, &sink->options, sink->problems, error);
  if (push->registry)
    cr_registry_set_pushing(push->registry, find_mount(sink, draft));
  return push->registry != NULL;
}

/* ---- layers ---- */

typedef struct {
  const Push *push;
  const CrDraft *draft;
  gboolean *missing; /* by layer */
  gboolean last_try;
  GMutex lock;
  GError *failure; /* the first one that another try may mend */
} Pushing;

/* An upload of known size stops short of the stream's end, where wrong bytes are told: the original's fault, whatever
 * the registry said of it. */
static gboolean check_end(CrStream *stream, gboolean pushed, gboolean again, GError **error)
{
  const guint8 *data = NULL;
  GError *cause = NULL;
  gssize n = pushed || !again ? cr_stream_next(stream, &data, &cause) : 0;
  gboolean wrong = n < 0 && (pushed || g_error_matches(cause, CR_ERROR, CR_ERROR_TRUST));
  if (wrong)
    g_propagate_error(error, g_steal_pointer(&cause));
  g_clear_error(&cause);
  return !wrong;
}

static gboolean push_layer(int i, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  Pushing *pushing = data;
  g_autoptr(CrStream) owned = stream;
  gboolean again = FALSE;
  GError *cause = NULL;
  guint64 size = cr_draft_get_layer(pushing->draft, (guint)i)->size_bytes;
  gboolean pushed = cr_registry_push_blob(pushing->push->registry, digest, size, owned, &again, &cause);
  if (!check_end(owned, pushed, again, error)) {
    g_clear_error(&cause);
    return FALSE;
  }
  if (pushed) {
    pushing->missing[i] = FALSE;
    return TRUE;
  }
  if (!again || pushing->last_try) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  cr_log_verbose("%s, again", cause->message);
  g_mutex_lock(&pushing->lock);
  if (!pushing->failure)
    pushing->failure = g_steal_pointer(&cause);
  g_mutex_unlock(&pushing->lock);
  g_clear_error(&cause);
  return TRUE;
}

static gboolean find_missing(Pushing *pushing, GError **error)
{
  guint count = cr_draft_get_layer_count(pushing->draft);
  for (guint i = 0; i < count; i++) {
    gboolean there = FALSE;
    if (!pushing->missing[i])
      continue;
    if (!cr_registry_find_blob(pushing->push->registry, cr_draft_get_layer(pushing->draft, i)->digest, &there, error))
      return FALSE;
    pushing->missing[i] = !there;
  }
  return TRUE;
}

/* Tries as long as they may help. A digest that stands twice is read once and stays marked at its second place, which
 * is why the end is a round without a failure. */
static gboolean push_layers(Pushing *pushing, CrDraft *draft, GError **error)
{
  for (guint try = 1; try <= TRIES; try++) {
    pushing->last_try = try == TRIES;
    if (!cr_draft_read_layers(draft, pushing->missing, UPLOADS, push_layer, pushing, error))
      return FALSE;
    if (!pushing->failure)
      return TRUE;
    g_clear_error(&pushing->failure);
    g_usleep((gulong)FIRST_WAIT_USEC << (try - 1));
  }
  return TRUE;
}

static gboolean push_all_layers(const Push *push, CrDraft *draft, GError **error)
{
  g_autofree gboolean *missing = cr_image_sink_want_all(draft, TRUE, error);
  Pushing pushing = {.push = push, .draft = draft, .missing = missing};
  g_mutex_init(&pushing.lock);
  gboolean ok = find_missing(&pushing, error) && push_layers(&pushing, draft, error);
  g_mutex_clear(&pushing.lock);
  g_clear_error(&pushing.failure);
  return ok;
}

/* ---- documents ---- */

static gboolean push_bytes(const Push *push, const char *digest, GBytes *bytes, GError **error)
{
  gboolean there = FALSE;
  if (!cr_registry_find_blob(push->registry, digest, &there, error))
    return FALSE;
  for (guint try = 1; !there; try++) {
    gboolean again = FALSE;
    g_autoptr(GError) cause = NULL;
    g_autoptr(CrStream) stream = cr_stream_new_bytes(bytes);
    there = cr_registry_push_blob(push->registry, digest, g_bytes_get_size(bytes), stream, &again, &cause);
    if (!there && (!again || try == TRIES)) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return FALSE;
    }
    if (!there)
      g_usleep((gulong)FIRST_WAIT_USEC << (try - 1));
  }
  return TRUE;
}

static gboolean registry_write(CrImageSink *sink, CrDraft *draft, CrSinkConfirm confirm, gpointer data, GError **error)
{
  const Push *push = sink->own;
  const char *type = cr_draft_get_manifest_type(draft);
  GBytes *manifest = cr_draft_get_manifest(draft);
  return connect_registry(sink, draft, error) && push_all_layers(push, draft, error) &&
         push_bytes(push, cr_draft_get_config_digest(draft), cr_draft_get_config(draft), error) &&
         cr_registry_push_manifest(push->registry, cr_draft_get_manifest_digest(draft), type, manifest, NULL, error) &&
         (!confirm || confirm(data, error)) &&
         cr_registry_push_manifest(push->registry, push->reference.tag, type, manifest, NULL, error);
}

/* ---- records beside it ---- */

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
  cr_json_key_string(writer, "mediaType", OCI_MANIFEST);
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
  cr_json_key_string(writer, "mediaType", OCI_MANIFEST);
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

static gboolean tag_record(const Push *push, const CrDraft *draft, const Record *record, GError **error)
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

static gboolean registry_attach(CrImageSink *sink, const CrDraft *draft, const char *artifact_type,
                                const char *media_type, GBytes *content, CrStrv annotation_names,
                                CrStrv annotation_values, char **digest, GError **error)
{
  const Push *push = sink->own;
  g_auto(Record)
      record = {artifact_type, media_type, content, annotation_names, annotation_values, NULL, NULL, NULL, NULL, NULL};
  make_record(&record, draft);
  gboolean listed = FALSE;
  gboolean ok =
      connect_registry(sink, draft, error) && push_bytes(push, record.empty_digest, record.empty, error) &&
      push_bytes(push, record.content_digest, content, error) &&
      cr_registry_push_manifest(push->registry, record.digest, OCI_MANIFEST, record.manifest, &listed, error) &&
      (listed || tag_record(push, draft, &record, error));
  if (ok)
    *digest = g_steal_pointer(&record.digest);
  return ok;
}

const CrImageSinkClass cr_image_sink_registry = {.prefix = "registry",
                                                 .open = registry_open,
                                                 .write = registry_write,
                                                 .attach = registry_attach,
                                                 .close = registry_close};
