/* SPDX-License-Identifier: Apache-2.0 */
/* A blob in pieces (distribution-spec 1.1, "Pushing a blob in chunks"). A piece is held in memory until the registry
 * has it all, so that a broken connection costs the rest of one piece. What Docker's registry 2 has half of it refuses
 * to go on with (its upload's state and file differ): then the upload is begun anew. */
#include "image/registry-push-private.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"

/* S3's and so ECR's smallest part is 5 MiB; a larger one is honoured (OCI-Chunk-Min-Length) up to what memory allows.
 */
#define CHUNK_BYTES     (8 * CR_MIB)
#define MAX_CHUNK_BYTES (32 * CR_MIB)
#define TRIES           6U   /* without a byte in between */
#define REQUESTS        100U /* for one piece: a registry that takes a byte at a time is none */
#define FIRST_WAIT_USEC (G_USEC_PER_SEC / 4)

typedef struct {
  CrRegistry *registry;
  CrBlobPush *push;
  char *location;
  guint64 start; /* of the piece at hand */
  GByteArray *piece;
  guint64 taken; /* bytes that the registry has, of the blob */
} Upload;

static void upload_clear(Upload *upload)
{
  g_free(upload->location);
  g_byte_array_unref(upload->piece);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Upload, upload_clear)

static void take_location(Upload *upload, const CrHttpResponse *response)
{
  char *location = cr_registry_find_location(upload->registry, response);
  if (!location)
    return;
  g_free(upload->location);
  upload->location = location;
}

/* "0-1023", also "bytes=0-1023": bytes that are there; FALSE: it does not say. Docker's registry says "0-0" of none. */
static gboolean read_range(const CrHttpResponse *response, guint64 *taken)
{
  const char *range = cr_http_response_find_header(response, "range");
  const char *dash = range ? strchr(range, '-') : NULL;
  if (!dash || !g_ascii_isdigit(dash[1]))
    return FALSE;
  guint64 last = g_ascii_strtoull(dash + 1, NULL, 10);
  *taken = last ? last + 1 : 0;
  return TRUE;
}

/* What an answer says has arrived must lie in the piece at hand, or cannot be gone on from. */
static gboolean accept(Upload *upload, guint64 taken, GError **error)
{
  if (taken >= upload->start && taken <= upload->start + upload->piece->len) {
    upload->taken = taken;
    return TRUE;
  }
  upload->push->again = TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
              "cannot write blob '%s' of '%s': of the %" G_GUINT64_FORMAT
              " bytes sent the registry has %" G_GUINT64_FORMAT,
              upload->push->digest, cr_registry_get_name(upload->registry), upload->start + upload->piece->len, taken);
  return FALSE;
}

/* After a break: where is it? FALSE: the upload is gone. */
static gboolean ask_where(Upload *upload, GError **error)
{
  g_autoptr(CrStream) stream = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) response =
      cr_registry_send_empty(upload->registry, "GET", upload->location, &stream, &cause);
  guint64 taken = 0;
  if (!response) {
    upload->push->again = g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
    g_propagate_error(error, cause);
    return FALSE;
  }
  if ((response->status != 204 && response->status != 200) || !read_range(response, &taken)) {
    cr_registry_fail_push(upload->registry, upload->push, response, stream, error);
    upload->push->again = TRUE; /* from its beginning */
    return FALSE;
  }
  take_location(upload, response);
  return accept(upload, taken, error);
}

/* What a registry or a proxy answers to a PATCH that it does not know, or not of this kind. */
static gboolean is_refusal(const Upload *upload, int status)
{
  gboolean other = status == 401 || status == 403 || status == 408 || status == 429;
  return status == 501 || (upload->taken == 0 && status >= 400 && status < 500 && !other);
}

/* One PATCH of what the registry lacks of the piece. FALSE without an error: it may be tried again, after *WAIT. */
static gboolean send(Upload *upload, guint64 *wait_usec, GError **why, GError **error)
{
  guint64 skip = upload->taken - upload->start, left = upload->piece->len - skip;
  g_autoptr(GBytes) body = g_bytes_new_static(upload->piece->data + skip, left);
  g_autofree char *range = g_strdup_printf("Content-Range: %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, upload->taken,
                                           upload->taken + left - 1);
  const char *headers[] = {"Content-Type: application/octet-stream", range, NULL};
  /* as a stream, which libcurl cannot send again by itself when a kept connection turns out to be closed */
  g_autoptr(CrStream) bytes = cr_stream_new_bytes(body);
  CrHttpRequest request = {.method = "PATCH", .url = upload->location, .upload = bytes, .upload_bytes = left};
  request.stall_ms = CR_REGISTRY_COMMIT_MS;
  g_autoptr(CrStream) stream = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_ask(upload->registry, &request, headers, &stream, &cause);
  if (!response && !g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT)) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  if (!response) {
    g_propagate_error(why, cause);
    return FALSE;
  }
  if (response->status == 202 || response->status == 201 || response->status == 204) {
    guint64 taken = upload->taken + left;
    (void)read_range(response, &taken);
    take_location(upload, response);
    return accept(upload, taken, error);
  }
  gboolean refused = is_refusal(upload, response->status);
  cr_registry_fail_push(upload->registry, upload->push, response, stream, &cause);
  *wait_usec = upload->push->wait_usec;
  gboolean again = upload->push->again && !refused;
  upload->push->whole_only = upload->push->whole_only || refused;
  upload->push->again = upload->push->again || refused;
  g_propagate_error(again ? why : error, cause);
  return FALSE;
}

/* Until the registry has the whole piece. */
static gboolean send_piece(Upload *upload, GError **error)
{
  guint64 end = upload->start + upload->piece->len;
  for (guint tries = 0, requests = 0; upload->taken < end; requests++) {
    guint64 before = upload->taken, wait_usec = 0;
    g_autoptr(GError) why = NULL;
    GError *fatal = NULL;
    if (send(upload, &wait_usec, &why, &fatal)) {
      tries = upload->taken > before ? 0 : tries + 1;
    } else if (fatal) {
      g_propagate_error(error, fatal);
      return FALSE;
    }
    if (why) {
      cr_log_verbose("%s: asking the registry where it is", why->message);
      g_usleep((gulong)MAX(wait_usec, (guint64)FIRST_WAIT_USEC << tries));
      tries++;
      if (!ask_where(upload, error))
        return FALSE;
      tries = upload->taken > before ? 0 : tries;
    }
    if (upload->taken >= end || (tries < TRIES && requests < REQUESTS))
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write blob '%s' of '%s': %s", upload->push->digest,
                cr_registry_get_name(upload->registry), why ? why->message : "the registry takes no more of it");
    return FALSE;
  }
  return TRUE;
}

/* The next piece. FALSE with ERROR, or with an empty piece at the end. */
static gboolean fill_piece(Upload *upload, gsize size, const guint8 **rest, gsize *rest_bytes, GError **error)
{
  g_byte_array_set_size(upload->piece, 0);
  while (upload->piece->len < size) {
    if (!*rest_bytes) {
      gssize n = cr_stream_next(upload->push->stream, rest, error);
      if (n <= 0)
        return n == 0 && upload->piece->len;
      *rest_bytes = (gsize)n;
    }
    gsize part = MIN(*rest_bytes, size - upload->piece->len);
    g_byte_array_append(upload->piece, *rest, (guint)part);
    *rest += part;
    *rest_bytes -= part;
  }
  return TRUE;
}

static gboolean commit(Upload *upload, GError **error)
{
  g_autofree char *url = cr_registry_format_commit(upload->location, upload->push->digest);
  g_autoptr(CrStream) stream = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_send_empty(upload->registry, "PUT", url, &stream, &cause);
  if (response && response->status == 201)
    return TRUE;
  gboolean there = FALSE; /* the answer may be all that was lost, and a second request finds no upload */
  if (cr_registry_find_blob(upload->registry, upload->push->digest, &there, NULL) && there) {
    g_clear_error(&cause);
    return TRUE;
  }
  if (response) {
    cr_registry_fail_push(upload->registry, upload->push, response, stream, error);
    return FALSE;
  }
  upload->push->again = g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_propagate_prefixed_error(error, cause, "cannot write blob '%s' of '%s': ", upload->push->digest,
                             cr_registry_get_name(upload->registry));
  return FALSE;
}

gboolean cr_registry_push_chunks(CrRegistry *registry, CrBlobPush *push, GError **error)
{
  g_auto(Upload) upload = {.registry = registry, .push = push, .piece = g_byte_array_new()};
  upload.location = cr_registry_begin_upload(registry, push, error);
  if (!upload.location)
    return FALSE;
  gsize size = (gsize)CLAMP(push->least_bytes, CHUNK_BYTES, MAX_CHUNK_BYTES), rest_bytes = 0;
  const guint8 *rest = NULL;
  GError *cause = NULL;
  while (fill_piece(&upload, size, &rest, &rest_bytes, &cause)) {
    if (!send_piece(&upload, error))
      return FALSE;
    upload.start += upload.piece->len;
  }
  if (cause) { /* the original's fault */
    push->again = FALSE;
    g_propagate_error(error, cause);
    return FALSE;
  }
  return commit(&upload, error);
}
