/* SPDX-License-Identifier: Apache-2.0 */
#include "image/publisher.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "image/handover.h"
#include "image/registry.h"
#include "image/sink-private.h"
#include "image/source-private.h"

/* What the other side hands over, as a source: its layers come when they are asked for. */
typedef struct {
  int fd;
  guint wait_ms;
  guint64 left;   /* bytes of the layer that is on its way */
  GError *broken; /* the first thing that was wrong: after it nothing is asked for any more */
} Handed;         /* source->own */

/* ---- layers ---- */

static gboolean is_broken(const Handed *handed, GError **error)
{
  if (handed->broken)
    g_propagate_error(error, g_error_copy(handed->broken));
  return handed->broken != NULL;
}

/* The next bytes of the layer on its way, or NULL. */
static GBytes *receive_data(Handed *handed, GError **error)
{
  GBytes *payload = NULL;
  if (is_broken(handed, error))
    return NULL;
  char kind = cr_handover_receive(handed->fd, "DF", handed->wait_ms, &payload, &handed->broken);
  gsize size = kind == 'D' ? g_bytes_get_size(payload) : 0;
  if (size && size <= handed->left) {
    handed->left -= size;
    return payload;
  }
  if (kind == 'D') {
    g_set_error(&handed->broken, CR_ERROR, CR_ERROR_INPUT, "a layer is not as long as its manifest says");
    g_bytes_unref(payload);
  }
  is_broken(handed, error);
  return NULL;
}

typedef struct {
  CrStream stream;
  Handed *handed;
  GBytes *payload;
} HandedStream;

static gssize handed_next(CrStream *stream, const guint8 **data, GError **error)
{
  HandedStream *own = (HandedStream *)stream;
  gsize size = 0;
  g_clear_pointer(&own->payload, g_bytes_unref);
  if (!own->handed->left)
    return 0;
  own->payload = receive_data(own->handed, error);
  if (!own->payload)
    return -1;
  *data = g_bytes_get_data(own->payload, &size);
  return (gssize)size;
}

static void handed_free(CrStream *stream)
{
  HandedStream *own = (HandedStream *)stream;
  g_clear_pointer(&own->payload, g_bytes_unref);
  g_free(own);
}

static const CrStreamClass handed_class = {.next = handed_next, .free = handed_free};

/* What is left of a layer whose upload broke is on its way all the same. */
static gboolean drain(Handed *handed, GError **error)
{
  while (handed->left) {
    GBytes *payload = receive_data(handed, error);
    if (!payload)
      return FALSE;
    g_bytes_unref(payload);
  }
  return !is_broken(handed, error);
}

static CrStream *ask_for(Handed *handed, guint i, guint64 size_bytes, GError **error)
{
  guint32 number = GUINT32_TO_BE(i);
  if (!drain(handed, error))
    return NULL;
  if (!cr_handover_send(handed->fd, 'L', &number, sizeof number, &handed->broken)) {
    is_broken(handed, error);
    return NULL;
  }
  handed->left = size_bytes;
  HandedStream *stream = g_new0(HandedStream, 1);
  stream->stream.class = &handed_class;
  stream->handed = handed;
  return &stream->stream;
}

/* One after the other: they come over one socket. */
static gboolean read_handed(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                            CrProblems *problems, GError **error)
{
  (void)jobs;
  (void)problems;
  for (guint i = 0; i < source->image->layer_count; i++) {
    const CrLayerInfo *layer = &source->image->layers[i];
    CrStream *stream = wanted[i] ? ask_for(source->own, i, (guint64)layer->size_bytes, error) : NULL;
    if (wanted[i] && (!stream || !visit((int)i, stream, layer->digest, data, error)))
      return FALSE;
  }
  return TRUE;
}

static void close_handed(CrSource *source)
{
  Handed *handed = source->own;
  g_clear_error(&handed->broken);
  g_free(handed);
}

static const CrSourceClass handed_source = {.name = "oci", .read_layers = read_handed, .close = close_handed};

/* ---- documents ---- */

static char *digest_of_bytes(GBytes *bytes)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_digest_of(data, size);
}

static gboolean check_config(const CrManifest *manifest, GBytes *config, GError **error)
{
  g_autofree char *digest = digest_of_bytes(config);
  gboolean good = !manifest->is_index && !g_strcmp0(digest, manifest->config.digest) &&
                  (guint64)manifest->config.size_bytes == g_bytes_get_size(config);
  if (!good)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the manifest is not one image's, or not that config's");
  return good;
}

static gboolean describe(CrSource *source, GBytes *manifest, GBytes *config, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(manifest, &size);
  source->manifest = g_bytes_ref(manifest);
  const CrManifest *parsed = cr_manifest_parse(text ? text : "", size, "the manifest", source->arena, error);
  return parsed && check_config(parsed, config, error) &&
         cr_source_describe(source, parsed, config, "the config", error);
}

static CrSource *receive_image(int fd, const char *name, const CrPublisherOptions *options, GError **error)
{
  g_autoptr(GBytes) manifest = NULL;
  g_autoptr(GBytes) config = NULL;
  if (!cr_handover_receive(fd, "M", options->wait_ms, &manifest, error) ||
      !cr_handover_receive(fd, "C", options->wait_ms, &config, error))
    return NULL;
  g_autoptr(CrSource) source = cr_source_new(name, &handed_source, options->source, NULL);
  Handed *handed = source->own = g_new0(Handed, 1);
  handed->fd = fd;
  handed->wait_ms = options->wait_ms;
  return describe(source, manifest, config, error) ? g_steal_pointer(&source) : NULL;
}

/* ---- who asks, and for what ---- */

static gboolean is_same(const CrReference *a, const CrReference *b)
{
  return !b->digest && !strcmp(a->registry, b->registry) && !strcmp(a->repository, b->repository) &&
         !strcmp(a->tag, b->tag);
}

static gboolean check_name(const CrReference *reference, const char *name, CrStrv names, CrArena *arena, GError **error)
{
  for (guint i = 0; names[i]; i++) {
    CrReference one;
    if (cr_reference_parse(names[i], arena, &one, NULL) && is_same(reference, &one))
      return TRUE;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "no image of careen.yaml has push: '%s'", name);
  return FALSE;
}

/* *HAS: is there a login for it? FALSE with ERROR: there may be one, which cannot be used. That is not none, or the
 * other side would go on with its own. What a helper says stays in this side's journal. */
static gboolean find_login(const CrReference *reference, gboolean *has, CrProblems *problems, GError **error)
{
  g_auto(CrCredentials) credentials = {0};
  *has = cr_credentials_find(reference->registry, reference->repository, &credentials, problems);
  guint count = cr_problems_get_count(problems);
  for (guint i = 0; i < count; i++)
    cr_log_note("%s: %s", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  return *has || !count ||
         cr_error_refuse(error, CR_ERROR_ENVIRONMENT, NULL, "its login for '%s' cannot be used", reference->registry);
}

static char *receive_name(int fd, guint wait_ms, CrArena *arena, CrReference *reference, GError **error)
{
  g_autoptr(GBytes) payload = NULL;
  if (!cr_handover_receive(fd, "T", wait_ms, &payload, error))
    return NULL;
  gsize size = 0;
  const char *text = g_bytes_get_data(payload, &size);
  g_autofree char *name = g_strndup(text ? text : "", size);
  if (!cr_reference_parse(name, arena, reference, error))
    return NULL;
  if (!reference->digest)
    return g_steal_pointer(&name);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "'%s' is a digest: an image gets a tag", name);
  return NULL;
}

static gboolean confirm(gpointer data, GError **error)
{
  const Handed *handed = data;
  g_autoptr(GBytes) payload = NULL;
  return cr_handover_send(handed->fd, 'Q', NULL, 0, error) &&
         cr_handover_receive(handed->fd, "YF", handed->wait_ms, &payload, error) == 'Y';
}

static gboolean push(CrSource *source, const char *name, CrProblems *problems, GError **error)
{
  const Handed *handed = source->own;
  g_autofree char *destination = g_strconcat("registry:", name, NULL);
  g_autoptr(CrImageSink) sink = cr_image_sink_open(destination, &source->options, problems, error);
  g_autoptr(CrDraft) draft = sink ? cr_draft_new(source, &(CrDraftOptions){0}, error) : NULL;
  if (!draft || !cr_draft_seal(draft, problems, error))
    return FALSE;
  CrImageSinkWork work = cr_image_sink_work_of(&draft);
  if (!sink->class->write(sink, &work, confirm, (gpointer)handed, error))
    return FALSE;
  const char *digest = cr_draft_get_manifest_digest(draft);
  cr_log_note("published '%s': %s", name, digest);
  return cr_handover_send(handed->fd, 'P', digest, strlen(digest), error);
}

static gboolean serve(int fd, const CrPublisherOptions *options, CrProblems *problems, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference reference;
  g_autofree char *name = receive_name(fd, options->wait_ms, arena, &reference, error);
  if (!name)
    return FALSE;
  gboolean has = FALSE;
  if (!find_login(&reference, &has, problems, error))
    return FALSE;
  if (!has)
    return cr_handover_send(fd, 'N', NULL, 0, error);
  if (!check_name(&reference, name, options->names, arena, error) || !cr_handover_send(fd, 'R', NULL, 0, error))
    return FALSE;
  g_autoptr(CrSource) source = receive_image(fd, name, options, error);
  return source && push(source, name, problems, error);
}

gboolean cr_publisher_serve(int fd, const CrPublisherOptions *options, GError **error)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  GError *cause = NULL;
  if (serve(fd, options, problems, &cause))
    return TRUE;
  cr_handover_send_error(fd, 'E', cause);
  g_propagate_error(error, cause);
  return FALSE;
}
