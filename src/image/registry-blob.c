/* SPDX-License-Identifier: Apache-2.0 */
/* A blob's bytes, going on where the connection broke. Whether they are the right ones is for the digest to say. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "image/registry.h"

/* Breaks with nothing read between them, and in all: a registry behind a proxy that cuts every minute still gets a
 * large layer through, one that gives a byte a time does not. */
#define BREAKS_IN_A_ROW 5U
#define BREAKS          200U
#define FIRST_WAIT_USEC (G_USEC_PER_SEC / 4)

typedef struct {
  CrStream stream;
  CrRegistry *registry;
  char *digest;
  guint64 size; /* 0: not known */
  guint64 at;   /* bytes handed out */
  CrStream *inner;
  guint64 skip; /* bytes of `inner` that were handed out before */
  guint breaks, in_a_row;
  guint64 broke_at;
} Blob;

/* TRUE: the answer goes on at `at`, or from the start with that much to skip. */
static gboolean reopen(Blob *blob, GError **error)
{
  g_autoptr(CrHttpResponse) response =
      cr_registry_open_blob_at(blob->registry, blob->digest, blob->at, &blob->inner, error);
  if (!response)
    return FALSE;
  blob->skip = response->status == 206 ? 0 : blob->at;
  const char *range = cr_http_response_find_header(response, "content-range");
  guint64 start = range && g_str_has_prefix(range, "bytes ") ? g_ascii_strtoull(range + 6, NULL, 10) : blob->at;
  if (response->status != 206 || start == blob->at)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
              "cannot read blob '%s' of '%s': asked for byte %" G_GUINT64_FORMAT " the registry sent '%s'",
              blob->digest, cr_registry_get_name(blob->registry), blob->at, range);
  return FALSE;
}

/* After a break with CAUSE (NULL: it ended early): wait, if it may be tried again. */
static gboolean may_go_on(Blob *blob, GError *cause, GError **error)
{
  blob->in_a_row = blob->at > blob->broke_at || !blob->breaks ? 1 : blob->in_a_row + 1;
  blob->broke_at = blob->at;
  blob->breaks++;
  gboolean other = cause && !g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
  if (!other && blob->in_a_row <= BREAKS_IN_A_ROW && blob->breaks <= BREAKS) {
    cr_log_verbose("%s: broke at byte %" G_GUINT64_FORMAT ", going on from there", blob->digest, blob->at);
    g_usleep((gulong)FIRST_WAIT_USEC << (blob->in_a_row - 1));
    return TRUE;
  }
  if (cause)
    g_propagate_error(error, g_error_copy(cause));
  else
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
                "cannot read blob '%s' of '%s': it ends after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes",
                blob->digest, cr_registry_get_name(blob->registry), blob->at, blob->size);
  return FALSE;
}

/* N bytes at *DATA without those that are to be skipped. */
static gssize skip(Blob *blob, const guint8 **data, gssize n)
{
  gssize gone = (gssize)MIN(blob->skip, (guint64)n);
  blob->skip -= (guint64)gone;
  *data += gone;
  return n - gone;
}

static gssize blob_next(CrStream *stream, const guint8 **data, GError **error)
{
  Blob *blob = (Blob *)stream;
  for (;;) {
    g_autoptr(GError) cause = NULL;
    if (!blob->inner && !reopen(blob, error))
      return -1;
    gssize n = cr_stream_next(blob->inner, data, &cause);
    if (n > 0 && (n = skip(blob, data, n)) == 0)
      continue;
    if (n > 0) {
      blob->at += (guint64)n;
      if (!blob->size || blob->at <= blob->size)
        return n;
      g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot use blob '%s' of '%s': it is larger than its manifest says",
                  blob->digest, cr_registry_get_name(blob->registry));
      return -1;
    }
    if (n == 0 && blob->at >= blob->size)
      return 0;
    if (!may_go_on(blob, cause, error))
      return -1;
    g_clear_pointer(&blob->inner, cr_stream_free);
  }
}

static void blob_free(CrStream *stream)
{
  Blob *blob = (Blob *)stream;
  cr_stream_free(blob->inner);
  g_free(blob->digest);
  g_free(blob);
}

static const CrStreamClass blob_class = {.next = blob_next, .free = blob_free};

CrStream *cr_registry_open_blob(CrRegistry *registry, const char *digest, gint64 size_bytes, GError **error)
{
  Blob *blob = g_new0(Blob, 1);
  blob->stream.class = &blob_class;
  blob->registry = registry;
  blob->digest = g_strdup(digest);
  blob->size = size_bytes > 0 ? (guint64)size_bytes : 0;
  if (reopen(blob, error))
    return &blob->stream;
  blob_free(&blob->stream);
  return NULL;
}
