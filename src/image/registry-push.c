/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a registry (OCI distribution-spec 1.1, "Pushing"). A blob goes in one PUT, as containerd's do; a large
 * one, and one whose PUT broke, in pieces: registry-push-chunks.c. */
#include "image/registry-push-private.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

/* From here on an upload is worth the answers in between that make it resumable. */
#define LARGE_BYTES (64 * CR_MIB)
/* The longest wait that a registry may ask for. */
#define MAX_WAIT_USEC (60 * (guint64)G_USEC_PER_SEC)

static const char *const octets[] = {"Content-Type: application/octet-stream", NULL};

CrHttpResponse *cr_registry_send_empty(CrRegistry *registry, const char *method, const char *url, CrStream **stream,
                                       GError **error)
{
  g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
  gboolean has_body = *method == 'P'; /* Content-Length: 0, which some proxies insist on */
  CrHttpRequest request = {.method = method, .url = url, .body = has_body ? empty : NULL};
  if (!strcmp(method, "PUT")) { /* a second one would find the upload gone */
    request.no_retry = TRUE;
    request.stall_ms = CR_REGISTRY_COMMIT_MS;
  }
  return cr_registry_ask(registry, &request, has_body ? octets : NULL, stream, error);
}

/* The POST that begins an upload, or mounts. */
static CrHttpResponse *begin(CrRegistry *registry, const char *query, CrStream **stream, GError **error)
{
  g_autofree char *path = g_strconcat("blobs/uploads/", query, NULL), *url = cr_registry_format_url(registry, path);
  return cr_registry_send_empty(registry, "POST", url, stream, error);
}

char *cr_registry_find_location(const CrRegistry *registry, const CrHttpResponse *response)
{
  const char *location = cr_http_response_find_header(response, "location");
  return location ? cr_registry_format_url(registry, location) : NULL;
}

static gboolean mount(CrRegistry *registry, const char *digest, gboolean *there, GError **error)
{
  g_autofree char *from = g_uri_escape_string(cr_registry_get_mount(registry), NULL, FALSE);
  g_autofree char *query = g_strdup_printf("?mount=%s&from=%s", digest, from);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = begin(registry, query, &stream, error);
  if (!response)
    return FALSE;
  *there = response->status == 201;
  g_autofree char *location = response->status == 202 ? cr_registry_find_location(registry, response) : NULL;
  if (!location)
    return TRUE;
  /* it cannot, and has begun an upload instead, which starts another time */
  g_autoptr(CrStream) ignored = NULL;
  cr_http_response_free(cr_registry_send_empty(registry, "DELETE", location, &ignored, NULL));
  return TRUE;
}

gboolean cr_registry_find_blob(CrRegistry *registry, const char *digest, gboolean *there, GError **error)
{
  g_autofree char *path = g_strconcat("blobs/", digest, NULL), *url = cr_registry_format_url(registry, path);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_send_empty(registry, "HEAD", url, &stream, error);
  if (!response)
    return FALSE;
  *there = response->status == 200;
  if (*there)
    return TRUE;
  if (response->status == 404)
    return !cr_registry_get_mount(registry) || mount(registry, digest, there, error);
  g_autofree char *what = g_strdup_printf("blob '%s'", digest);
  cr_registry_set_status_error(registry, what, response->status, stream, error);
  return FALSE;
}

/* Worth another try: a token that ran out, a session that is gone, a server that is busy or down. */
static gboolean may_pass(int status)
{
  return status == 401 || status == 404 || status == 408 || status == 416 || status == 429 || status >= 500;
}

void cr_registry_fail_push(const CrRegistry *registry, CrBlobPush *push, const CrHttpResponse *response,
                           CrStream *stream, GError **error)
{
  g_autofree char *what = g_strdup_printf("blob '%s'", push->digest);
  const char *after = cr_http_response_find_header(response, "retry-after"); /* seconds; dates are not seen */
  guint64 seconds = after ? g_ascii_strtoull(after, NULL, 10) : 0;
  push->again = may_pass(response->status);
  push->wait_usec = MIN(seconds * G_USEC_PER_SEC, MAX_WAIT_USEC);
  cr_registry_set_status_error(registry, what, response->status, stream, error);
}

char *cr_registry_begin_upload(CrRegistry *registry, CrBlobPush *push, GError **error)
{
  g_autoptr(CrStream) stream = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) response = begin(registry, "", &stream, &cause);
  if (!response) {
    push->again = g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
    g_propagate_error(error, cause);
    return NULL;
  }
  if (response->status != 202) {
    cr_registry_fail_push(registry, push, response, stream, error);
    push->again = push->again && response->status >= 429;
    return NULL;
  }
  const char *least = cr_http_response_find_header(response, "oci-chunk-min-length");
  push->least_bytes = least ? g_ascii_strtoull(least, NULL, 10) : 0;
  char *location = cr_registry_find_location(registry, response);
  if (!location)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT,
                "cannot write blob '%s' of '%s': the registry does not say where to", push->digest,
                cr_registry_get_name(registry));
  return location;
}

char *cr_registry_format_commit(const char *location, const char *digest)
{
  return g_strconcat(location, strchr(location, '?') ? "&" : "?", "digest=", digest, NULL);
}

static gboolean push_whole(CrRegistry *registry, CrBlobPush *push, GError **error)
{
  g_autofree char *location = cr_registry_begin_upload(registry, push, error);
  if (!location)
    return FALSE;
  g_autofree char *url = cr_registry_format_commit(location, push->digest);
  CrHttpRequest request = {.method = "PUT", .url = url, .upload = push->stream, .upload_bytes = push->size_bytes};
  request.stall_ms = CR_REGISTRY_COMMIT_MS;
  g_autoptr(CrStream) answer = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_ask(registry, &request, octets, &answer, &cause);
  if (!response) {
    push->again = push->broke = g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
    g_propagate_prefixed_error(error, cause, "cannot write blob '%s' of '%s': ", push->digest,
                               cr_registry_get_name(registry));
    return FALSE;
  }
  if (response->status == 201)
    return TRUE;
  push->broke = response->status == 413 || response->status >= 500; /* too large at once, for a proxy in between */
  cr_registry_fail_push(registry, push, response, answer, error);
  push->again = push->again || response->status == 413;
  return FALSE;
}

gboolean cr_registry_push_blob(CrRegistry *registry, CrBlobPush *push, GError **error)
{
  push->again = FALSE;
  push->wait_usec = 0;
  gboolean pieces = (push->broke || push->size_bytes >= LARGE_BYTES) && !push->whole_only;
  return pieces ? cr_registry_push_chunks(registry, push, error) : push_whole(registry, push, error);
}

gboolean cr_registry_push_manifest(CrRegistry *registry, const char *name, const char *media_type, GBytes *bytes,
                                   gboolean *subject, GError **error)
{
  g_autofree char *path = g_strconcat("manifests/", name, NULL), *url = cr_registry_format_url(registry, path);
  g_autofree char *type = g_strconcat("Content-Type: ", media_type, NULL);
  const char *headers[] = {type, NULL};
  CrHttpRequest request = {.method = "PUT", .url = url, .body = bytes, .stall_ms = CR_REGISTRY_COMMIT_MS};
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_ask(registry, &request, headers, &stream, error);
  if (!response)
    return FALSE;
  if (response->status != 201) {
    g_autofree char *what = g_strdup_printf("manifest '%s'", name);
    cr_registry_set_status_error(registry, what, response->status, stream, error);
    return FALSE;
  }
  if (subject)
    *subject = cr_http_response_find_header(response, "oci-subject") != NULL;
  return TRUE;
}
