/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sink.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "image/sink-private.h"

static const CrImageSinkClass *const classes[] = {
    &cr_image_sink_oci,    &cr_image_sink_oci_archive, &cr_image_sink_docker_archive,
    &cr_image_sink_docker, &cr_image_sink_podman,      &cr_image_sink_registry};

#define ALL_PREFIXES                                                                                                   \
  "a destination is oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, docker:REF, podman:REF or registry:REF"

static const CrImageSinkClass *find_class(const char *destination, const char **rest)
{
  if (g_str_has_prefix(destination, "docker://")) { /* as skopeo and podman say it */
    *rest = destination + strlen("docker://");
    return &cr_image_sink_registry;
  }
  for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
    gsize size = strlen(classes[i]->prefix);
    *rest = destination + size + 1;
    if (strncmp(destination, classes[i]->prefix, size) == 0 && destination[size] == ':')
      return classes[i];
  }
  return NULL;
}

CrImageSink *cr_image_sink_open(const char *destination, const CrSourceOptions *options, CrProblems *problems,
                                GError **error)
{
  const char *rest = NULL;
  const CrImageSinkClass *class = find_class(destination, &rest);
  if (!class || !*rest) {
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot write to '%s': it is no destination", destination);
    cr_error_set_hint(cause, ALL_PREFIXES);
    g_propagate_error(error, cause);
    return NULL;
  }
  if (class == &cr_image_sink_registry && options->publisher && *options->publisher)
    class = &cr_image_sink_handover;
  CrImageSink *sink = g_new0(CrImageSink, 1);
  sink->class = class;
  sink->destination = g_strdup(destination);
  sink->options = *options;
  sink->options.mirrors = NULL;
  sink->problems = problems;
  sink->arena = cr_arena_new();
  if (class->open(sink, rest, error))
    return sink;
  cr_image_sink_free(sink);
  return NULL;
}

void cr_image_sink_free(CrImageSink *sink)
{
  if (!sink)
    return;
  if (sink->own)
    sink->class->close(sink);
  cr_arena_free(sink->arena);
  g_free(sink->destination);
  g_free(sink);
}

const char *cr_image_sink_get_kind(const CrImageSink *sink)
{
  return sink->class->prefix;
}

const char *cr_image_sink_get_destination(const CrImageSink *sink)
{
  return sink->destination;
}

const char *cr_image_sink_get_id(const CrImageSink *sink)
{
  return sink->id;
}

void cr_image_sink_adapt_options(const CrImageSink *sink, CrDraftOptions *options)
{
  if (sink->class->is_layout)
    options->kind = CR_DRAFT_OCI;
  if (sink->class->unpacks)
    options->compression = CR_COMPRESSION_NONE;
}

static gboolean write_work(CrImageSink *sink, const CrImageSinkWork *work, gboolean docker, CrSinkConfirm confirm,
                           gpointer data, GError **error)
{
  GError *cause = NULL;
  if (sink->class->is_layout && docker) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write '%s': an OCI layout holds no Docker manifest",
                sink->destination);
    return FALSE;
  }
  if (sink->class->write(sink, work, confirm, data, &cause))
    return TRUE;
  g_propagate_prefixed_error(error, cause, "cannot write '%s': ", sink->destination);
  return FALSE;
}

CrImageSinkWork cr_image_sink_work_of(CrDraft **draft)
{
  return (CrImageSinkWork){.images = draft,
                           .count = 1,
                           .digest = cr_draft_get_manifest_digest(*draft),
                           .type = cr_draft_get_manifest_type(*draft),
                           .document = cr_draft_get_manifest(*draft)};
}

gboolean cr_image_sink_name(CrImageSink *sink, const CrImage *image, gboolean *done, GError **error)
{
  *done = FALSE;
  if (!sink->class->name || strcmp(image->source, sink->class->prefix) != 0 || !image->id)
    return TRUE;
  GError *cause = NULL;
  if (sink->class->name(sink, image, done, &cause))
    return TRUE;
  g_propagate_prefixed_error(error, cause, "cannot write '%s': ", sink->destination);
  return FALSE;
}

gboolean cr_image_sink_write(CrImageSink *sink, CrDraft *draft, CrSinkConfirm confirm, gpointer data, GError **error)
{
  CrImageSinkWork work = cr_image_sink_work_of(&draft);
  return write_work(sink, &work, cr_draft_is_docker(draft), confirm, data, error);
}

gboolean cr_image_sink_holds_indexes(const CrImageSink *sink)
{
  return sink->class->indexes;
}

gboolean cr_image_sink_write_index(CrImageSink *sink, CrIndexDraft *draft, CrSinkConfirm confirm, gpointer data,
                                   GError **error)
{
  if (!sink->class->indexes) {
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot write '%s': it holds one platform under a name",
                                sink->destination);
    cr_error_set_hint(cause, "choose one with --platform, or write to registry:, oci: or oci-archive:");
    g_propagate_error(error, cause);
    return FALSE;
  }
  g_autoptr(GPtrArray) images = g_ptr_array_new();
  gboolean docker = cr_index_draft_is_docker(draft);
  for (guint n = 0; n < cr_index_draft_get_count(draft); n++) {
    CrDraft *image = cr_index_draft_get_image(draft, n);
    docker = docker || cr_draft_is_docker(image);
    g_ptr_array_add(images, image);
  }
  CrImageSinkWork work = {.images = (CrDraft **)images->pdata,
                          .count = images->len,
                          .is_index = TRUE,
                          .digest = cr_index_draft_get_digest(draft),
                          .type = cr_index_draft_get_media_type(draft),
                          .document = cr_index_draft_get_bytes(draft)};
  return write_work(sink, &work, docker, confirm, data, error);
}

gboolean cr_image_sink_can_attach(const CrImageSink *sink)
{
  return sink->class->attach != NULL;
}

gboolean cr_image_sink_attach(CrImageSink *sink, const CrDraft *draft, const char *artifact_type,
                              const char *media_type, GBytes *content, CrStrv annotation_names,
                              CrStrv annotation_values, char **digest, GError **error)
{
  if (!sink->class->attach) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot attach a record to '%s': only registries hold them",
                sink->destination);
    return FALSE;
  }
  g_autofree char *own = NULL;
  GError *cause = NULL;
  if (sink->class->attach(sink, draft, artifact_type, media_type, content, annotation_names, annotation_values, &own,
                          &cause)) {
    if (digest)
      *digest = g_steal_pointer(&own);
    return TRUE;
  }
  g_propagate_prefixed_error(error, cause, "cannot attach a record to '%s': ", sink->destination);
  return FALSE;
}

gboolean cr_image_sink_attach_tagged(CrImageSink *sink, const CrDraft *draft, const char *suffix,
                                     const CrAttachment *attachments, guint count, GError **error)
{
  GError *cause = NULL;
  if (!sink->class->attach_tagged)
    g_set_error(&cause, CR_ERROR, CR_ERROR_USAGE, "only registries hold signatures");
  else if (sink->class->attach_tagged(sink, draft, suffix, attachments, count, &cause))
    return TRUE;
  g_propagate_prefixed_error(error, cause, "cannot sign '%s': ", sink->destination);
  return FALSE;
}

/* ---- what members share ---- */

char *cr_image_sink_split_name(const char *rest, const char **name)
{
  *name = NULL;
  if (access(rest, F_OK) == 0)
    return g_strdup(rest);
  for (const char *colon = strchr(rest, ':'); colon; colon = strchr(colon + 1, ':')) {
    g_autofree char *path = g_strndup(rest, (gsize)(colon - rest));
    if (*path && access(path, F_OK) == 0 && colon[1]) {
      *name = colon + 1;
      return g_steal_pointer(&path);
    }
  }
  /* nothing is there yet: a path with ':' in a folder's name is rarer than a name with a registry in it */
  const char *colon = strchr(rest, ':');
  if (!colon || colon == rest || !colon[1])
    return g_strdup(rest);
  *name = colon + 1;
  return g_strndup(rest, (gsize)(colon - rest));
}

char *cr_image_sink_format_entry(const CrImageSinkWork *work, const char *name, const char *full_name)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "mediaType", work->type);
  cr_json_key_string(writer, "digest", work->digest);
  cr_json_key_integer(writer, "size", (gint64)g_bytes_get_size(work->document));
  if (name || full_name) {
    cr_json_key(writer, "annotations");
    cr_json_begin_object(writer);
    if (full_name)
      cr_json_key_string(writer, "io.containerd.image.name", full_name);
    if (name)
      cr_json_key_string(writer, "org.opencontainers.image.ref.name", name);
    cr_json_end_object(writer);
  }
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

gboolean *cr_image_sink_want_all(const CrDraft *draft, gboolean foreign, GError **error)
{
  guint count = cr_draft_get_layer_count(draft);
  g_autofree gboolean *wanted = g_new0(gboolean, count + 1);
  for (guint i = 0; i < count; i++) {
    wanted[i] = !cr_draft_get_layer(draft, i)->foreign;
    if (wanted[i] || foreign)
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "its layer %u is a foreign layer whose bytes are kept elsewhere",
                i + 1);
    return NULL;
  }
  return g_steal_pointer(&wanted);
}
