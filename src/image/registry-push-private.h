/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of an upload. Private to image/registry-push*.c. */
#pragma once
#include "image/registry.h"

/* A registry may put a large blob together before it answers. */
#define CR_REGISTRY_COMMIT_MS 600000U

/* A request without a body of interest, as answered. */
CrHttpResponse *cr_registry_send_empty(CrRegistry *registry, const char *method, const char *url, CrStream **stream,
                                       GError **error);
/* Where PUSH's upload shall go, by a POST. NULL: as cr_registry_push_blob fails. */
char *cr_registry_begin_upload(CrRegistry *registry, CrBlobPush *push, GError **error);
/* RESPONSE's Location as a URL, or NULL. */
char *cr_registry_find_location(const CrRegistry *registry, const CrHttpResponse *response);
/* LOCATION of a request that ends the upload. */
char *cr_registry_format_commit(const char *location, const char *digest);
/* STATUS and STREAM of an answer to PUSH as its failure. */
void cr_registry_fail_push(const CrRegistry *registry, CrBlobPush *push, const CrHttpResponse *response,
                           CrStream *stream, GError **error);
/* Push by PATCHes. */
gboolean cr_registry_push_chunks(CrRegistry *registry, CrBlobPush *push, GError **error);
