/* SPDX-License-Identifier: Apache-2.0 */
/* registry:REF. Order: blobs that are missing, config, manifest by its digest, CONFIRM, manifest by its tag. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "image/sink-registry.h"

#define TRIES           4U
#define FIRST_WAIT_USEC (G_USEC_PER_SEC / 2)
#define UPLOADS         3U /* at once; each may hold a piece of a layer in memory */

static gboolean registry_open(CrImageSink *sink, const char *rest, GError **error)
{
  CrRegistryPush *push = sink->own = g_new0(CrRegistryPush, 1);
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
  CrRegistryPush *push = sink->own;
  cr_registry_free(push->registry);
  g_free(push);
}

/* The original's repository, if it is another one of the same registry. */
static const char *find_mount(CrImageSink *sink, const CrDraft *draft)
{
  const CrRegistryPush *push = sink->own;
  const CrImage *image = cr_source_get_image(cr_draft_get_source(draft));
  CrReference reference;
  if (strcmp(image->source, "registry") != 0 || !cr_reference_parse(image->name, sink->arena, &reference, NULL))
    return NULL;
  gboolean same_registry = strcmp(reference.registry, push->reference.registry) == 0;
  gboolean same = strcmp(reference.repository, push->reference.repository) == 0;
  return same_registry && !same ? reference.repository : NULL;
}

gboolean cr_registry_push_connect(CrImageSink *sink, const CrDraft *draft, GError **error)
{
  CrRegistryPush *push = sink->own;
  g_clear_pointer(&push->registry, cr_registry_free);
  push->registry = cr_registry_new(&push->reference, &sink->options, sink->problems, error);
  if (push->registry)
    cr_registry_set_pushing(push->registry, find_mount(sink, draft));
  return push->registry != NULL;
}

/* ---- layers ---- */

typedef struct {
  const CrRegistryPush *push;
  const CrDraft *draft;
  gboolean *missing;  /* by layer */
  CrBlobPush *pushes; /* by layer */
  gboolean last_try;
  GMutex lock;
  GError *failure;   /* the first one that another try may mend */
  guint64 wait_usec; /* the longest that the registry asks for */
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
  GError *cause = NULL;
  CrBlobPush *one = &pushing->pushes[i];
  one->digest = digest;
  one->size_bytes = cr_draft_get_layer(pushing->draft, (guint)i)->size_bytes;
  one->stream = owned;
  gboolean pushed = cr_registry_push_blob(pushing->push->registry, one, &cause);
  if (!check_end(owned, pushed, one->again, error)) {
    g_clear_error(&cause);
    return FALSE;
  }
  if (pushed) {
    pushing->missing[i] = FALSE;
    return TRUE;
  }
  if (!one->again || pushing->last_try) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  cr_log_verbose("%s, again", cause->message);
  g_mutex_lock(&pushing->lock);
  pushing->wait_usec = MAX(pushing->wait_usec, one->wait_usec);
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
    if (!cr_image_sink_read_layers(draft, pushing->missing, UPLOADS, push_layer, pushing, error))
      return FALSE;
    if (!pushing->failure)
      return TRUE;
    g_clear_error(&pushing->failure);
    g_usleep((gulong)MAX((guint64)FIRST_WAIT_USEC << (try - 1), pushing->wait_usec));
    pushing->wait_usec = 0;
  }
  return TRUE;
}

static gboolean push_all_layers(const CrRegistryPush *push, CrDraft *draft, GError **error)
{
  g_autofree gboolean *missing = cr_image_sink_want_all(draft, TRUE, error);
  g_autofree CrBlobPush *pushes = g_new0(CrBlobPush, (gsize)cr_draft_get_layer_count(draft) + 1);
  Pushing pushing = {.push = push, .draft = draft, .missing = missing, .pushes = pushes};
  g_mutex_init(&pushing.lock);
  gboolean ok = find_missing(&pushing, error) && push_layers(&pushing, draft, error);
  g_mutex_clear(&pushing.lock);
  g_clear_error(&pushing.failure);
  return ok;
}

/* ---- documents ---- */

gboolean cr_registry_push_bytes(const CrRegistryPush *push, const char *digest, GBytes *bytes, GError **error)
{
  gboolean there = FALSE;
  if (!cr_registry_find_blob(push->registry, digest, &there, error))
    return FALSE;
  CrBlobPush one = {.digest = digest, .size_bytes = g_bytes_get_size(bytes)};
  for (guint try = 1; !there; try++) {
    g_autoptr(GError) cause = NULL;
    g_autoptr(CrStream) stream = cr_stream_new_bytes(bytes);
    one.stream = stream;
    there = cr_registry_push_blob(push->registry, &one, &cause);
    if (!there && (!one.again || try == TRIES)) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return FALSE;
    }
    if (!there)
      g_usleep((gulong)MAX((guint64)FIRST_WAIT_USEC << (try - 1), one.wait_usec));
  }
  return TRUE;
}

static gboolean push_image(const CrRegistryPush *push, CrDraft *draft, GError **error)
{
  return push_all_layers(push, draft, error) &&
         cr_registry_push_bytes(push, cr_draft_get_config_digest(draft), cr_draft_get_config(draft), error) &&
         cr_registry_push_manifest(push->registry, cr_draft_get_manifest_digest(draft),
                                   cr_draft_get_manifest_type(draft), cr_draft_get_manifest(draft), NULL, error);
}

/* All of an index are of one original, so that one connection serves them. */
static gboolean registry_write(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm, gpointer data,
                               GError **error)
{
  const CrRegistryPush *push = sink->own;
  if (!cr_registry_push_connect(sink, work->images[0], error))
    return FALSE;
  for (guint i = 0; i < work->count; i++)
    if (!push_image(push, work->images[i], error))
      return FALSE;
  if (work->is_index &&
      !cr_registry_push_manifest(push->registry, work->digest, work->type, work->document, NULL, error))
    return FALSE;
  return (!confirm || confirm(data, error)) &&
         cr_registry_push_manifest(push->registry, push->reference.tag, work->type, work->document, NULL, error);
}

const CrImageSinkClass cr_image_sink_registry = {.prefix = "registry",
                                                 .indexes = TRUE,
                                                 .open = registry_open,
                                                 .write = registry_write,
                                                 .attach = cr_registry_push_record,
                                                 .attach_tagged = cr_registry_push_tagged,
                                                 .close = registry_close};
