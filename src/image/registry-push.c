/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a registry (OCI distribution-spec 1.1, "Pushing"). A blob goes in one PUT, as containerd's do; a registry
 * that wants smaller pieces has not been seen. */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "image/registry.h"

/* A registry may put a large blob together before it answers. */
#define COMMIT_MS 600000U

static const char *const octets[] = {"Content-Type: application/octet-stream", NULL};

/* A request without an answer of interest but status and headers. */
static CrHttpResponse *send_empty(CrRegistry *registry, const char *method, const char *url, CrStream **stream,
                                  GError **error)
{
  g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
  gboolean has_body = strcmp(method, "POST") == 0; /* Content-Length: 0, which some proxies insist on */
  CrHttpRequest request = {.method = method, .url = url, .body = has_body ? empty : NULL};
  return cr_registry_ask(registry, &request, has_body ? octets : NULL, stream, error);
}

/* The POST that begins an upload, or mounts. */
static CrHttpResponse *begin(CrRegistry *registry, const char *query, CrStream **stream, GError **error)
{
  g_autofree char *path = g_strconcat("blobs/uploads/", query, NULL), *url = cr_registry_format_url(registry, path);
  return send_empty(registry, "POST", url, stream, error);
}

static char *get_location(const CrRegistry *registry, const CrHttpResponse *response)
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
  g_autofree char *location = response->status == 202 ? get_location(registry, response) : NULL;
  if (!location)
    return TRUE;
  /* it cannot, and has begun an upload instead, which starts another time */
  g_autoptr(CrStream) ignored = NULL;
  cr_http_response_free(send_empty(registry, "DELETE", location, &ignored, NULL));
  return TRUE;
}

gboolean cr_registry_find_blob(CrRegistry *registry, const char *digest, gboolean *there, GError **error)
{
  g_autofree char *path = g_strconcat("blobs/", digest, NULL), *url = cr_registry_format_url(registry, path);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = send_empty(registry, "HEAD", url, &stream, error);
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

static char *begin_upload(CrRegistry *registry, const char *digest, gboolean *again, GError **error)
{
  g_autofree char *what = g_strdup_printf("blob '%s'", digest);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response = begin(registry, "", &stream, error);
  if (!response || response->status != 202) {
    *again = !response || response->status >= 500;
    if (response)
      cr_registry_set_status_error(registry, what, response->status, stream, error);
    return NULL;
  }
  g_autofree char *location = get_location(registry, response);
  if (!location) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write %s of '%s': the registry does not say where to",
                what, cr_registry_get_name(registry));
    return NULL;
  }
  return g_strconcat(location, strchr(location, '?') ? "&" : "?", "digest=", digest, NULL);
}

gboolean cr_registry_push_blob(CrRegistry *registry, const char *digest, guint64 size_bytes, CrStream *stream,
                               gboolean *again, GError **error)
{
  *again = FALSE;
  g_autofree char *url = begin_upload(registry, digest, again, error);
  if (!url)
    return FALSE;
  CrHttpRequest request = {.method = "PUT", .url = url, .upload = stream, .upload_bytes = size_bytes};
  request.stall_ms = COMMIT_MS;
  g_autoptr(CrStream) answer = NULL;
  GError *cause = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_ask(registry, &request, octets, &answer, &cause);
  if (!response) {
    *again = g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT);
    g_propagate_prefixed_error(error, cause, "cannot write blob '%s' of '%s': ", digest,
                               cr_registry_get_name(registry));
    return FALSE;
  }
  if (response->status == 201)
    return TRUE;
  *again = may_pass(response->status);
  g_autofree char *what = g_strdup_printf("blob '%s'", digest);
  cr_registry_set_status_error(registry, what, response->status, answer, error);
  return FALSE;
}

gboolean cr_registry_push_manifest(CrRegistry *registry, const char *name, const char *media_type, GBytes *bytes,
                                   gboolean *subject, GError **error)
{
  g_autofree char *path = g_strconcat("manifests/", name, NULL), *url = cr_registry_format_url(registry, path);
  g_autofree char *type = g_strconcat("Content-Type: ", media_type, NULL);
  const char *headers[] = {type, NULL};
  CrHttpRequest request = {.method = "PUT", .url = url, .body = bytes, .stall_ms = COMMIT_MS};
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
