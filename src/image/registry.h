/* SPDX-License-Identifier: Apache-2.0 */
/* A registry as a client sees it (OCI distribution-spec 1.1; Docker's token authentication,
 * distribution/docs/spec/auth/token.md). Private to image/.
 *
 * registry.c speaks with one repository and keeps its token; registry-blob.c streams a blob and goes on where a
 * connection broke; registry-challenge.c reads WWW-Authenticate; registry-credentials.c finds what the user has stored
 * with `docker login` or `podman login`. */
#pragma once
#include "base/http.h"
#include "image/manifest.h"
#include "image/source.h"

/* ---- WWW-Authenticate (RFC 9110 §11.6.1) ---- */

typedef struct {
  char *scheme;                            /* lower case: "bearer", "basic" */
  char *realm, *service, *scope, *problem; /* or NULL; PROBLEM is "error": "invalid_token", "insufficient_scope" */
} CrChallenge;
/* The challenges of one or more header values joined by commas; CrChallenge*, never NULL. What is not well-formed ends
 * the list. */
GPtrArray *cr_challenges_parse(const char *text);

/* ---- stored credentials ---- */

typedef struct {
  char *user, *password; /* or NULL */
  char *identity_token;  /* an OAuth2 refresh token in place of a password, or NULL */
  char *registry_token;  /* a bearer token to be sent as it is, or NULL */
} CrCredentials;
void cr_credentials_clear(CrCredentials *credentials);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrCredentials, cr_credentials_clear)
/* One file in the format of ~/.docker/config.json and containers-auth.json(5). HOST as in a reference ("docker.io"),
 * REPOSITORY "library/debian": the most special key wins. TRUE: OUT is filled, or *HELPER names the program
 * docker-credential-HELPER that knows (its name is checked, free with g_free). FALSE with ERROR: not such a file. */
gboolean cr_credentials_match(const char *text, gsize size, const char *what, const char *host, const char *repository,
                              CrCredentials *out, char **helper, GError **error);
/* Search the unit's credentials careen.registry-publish and careen.registry ($CREDENTIALS_DIRECTORY, systemd.exec(5);
 * a unit has one of them), $REGISTRY_AUTH_FILE,
 * $DOCKER_CONFIG/config.json or ~/.docker/config.json, then podman's $XDG_RUNTIME_DIR/containers/auth.json and
 * ~/.config/containers/auth.json. FALSE: none stored. A file or helper that fails is a note in PROBLEMS (may be NULL),
 * and the next place is asked. */
gboolean cr_credentials_find(const char *host, const char *repository, CrCredentials *out, CrProblems *problems);

/* ---- a repository of a registry ---- */

typedef struct CrRegistry CrRegistry; /* thread-safe */
/* Nothing is asked yet but, on this machine's own addresses, whether it speaks https or http. PROBLEMS may be NULL and
 * is only used here and in the first request that needs credentials. */
CrRegistry *cr_registry_new(const CrReference *reference, const CrSourceOptions *options, CrProblems *problems,
                            GError **error);
void cr_registry_free(CrRegistry *registry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRegistry, cr_registry_free)
/* "registry.example.org/shop/web" for messages; owned. */
const char *cr_registry_get_name(const CrRegistry *registry);

/* A manifest or index by tag or digest; METHOD "GET" or "HEAD". The bytes are checked against NAME when that is a
 * digest, and against Docker-Content-Digest (CR_ERROR_TRUST). *DIGEST: of the bytes, with HEAD the registry's word or
 * NULL; free with g_free. CR_ERROR_NOT_FOUND, CR_ERROR_ENVIRONMENT with a hint to log in. */
CrHttpResponse *cr_registry_fetch_manifest(CrRegistry *registry, const char *name, const char *method, char **digest,
                                           GError **error);
/* A small blob whole, checked against its digest. */
GBytes *cr_registry_fetch_blob(CrRegistry *registry, const CrDescriptor *descriptor, GError **error);
/* A blob as a stream of SIZE_BYTES (0: not known), not checked against its digest: the layer pass does that. When the
 * connection breaks it goes on with Range. CR_ERROR_NOT_FOUND: the registry does not have it. The stream must not
 * outlive REGISTRY. */
CrStream *cr_registry_open_blob(CrRegistry *registry, const char *digest, gint64 size_bytes, GError **error);

/* A layer's bytes were marked bad: FALSE with the error of then, and nothing is to be fetched. */
gboolean cr_registry_is_good_blob(const CrRegistry *registry, const char *digest, GError **error);
/* After a layer was read: WHY counts if it is of its bytes (CR_ERROR_TRUST). */
void cr_registry_mark_bad_blob(const CrRegistry *registry, const char *digest, const GError *why);

/* For registry-blob.c: the answer to a blob's request from byte FROM on, credentials seen to; 404 is an error. */
CrHttpResponse *cr_registry_open_blob_at(CrRegistry *registry, const char *digest, guint64 from, CrStream **stream,
                                         GError **error);

/* ---- pushing: registry-push.c, registry-push-chunks.c ---- */

/* From now on messages speak of writing. FROM (copied, or NULL): another repository of the same registry from which
 * blobs may be mounted, so tokens are asked for with a right to read it. Before anything is asked. */
void cr_registry_set_pushing(CrRegistry *registry, const char *from);
/* Is the blob there? Else try to mount it (distribution-spec "Mounting a blob from another repository"). *THERE tells.
 */
gboolean cr_registry_find_blob(CrRegistry *registry, const char *digest, gboolean *there, GError **error);
/* One blob on its way, kept from try to try. */
typedef struct {
  const char *digest;
  guint64 size_bytes;
  CrStream *stream; /* borrowed; a fresh one for each try */
  /* What a failed try tells the next: it may help (a broken connection, a busy server, a token that has run out), after
   * so long; one request broke, so that pieces are better; the registry takes no pieces. */
  gboolean again;
  guint64 wait_usec;
  gboolean broke, whole_only;
  guint64 least_bytes; /* of a piece, by the registry's word (OCI-Chunk-Min-Length), or 0 */
} CrBlobPush;
/* Push in one request ("POST then PUT"), or "in chunks" what is large or broke before: those are sent again from where
 * the registry says it is after a connection broke (GET of the upload, its Range), without reading STREAM anew. */
gboolean cr_registry_push_blob(CrRegistry *registry, CrBlobPush *push, GError **error);
/* Put a manifest or index under NAME, a tag or its own digest. *SUBJECT (may be NULL): the registry has seen its
 * subject and lists it among the referrers (OCI-Subject). */
gboolean cr_registry_push_manifest(CrRegistry *registry, const char *name, const char *media_type, GBytes *bytes,
                                   gboolean *subject, GError **error);

/* For registry-push.c. ask: REQUEST to its URL, HEADERS (or NULL) and the credentials that are needed, which only go to
 * the registry itself; a REQUEST with an upload comes back with 401 once new ones are there. */
CrHttpResponse *cr_registry_ask(CrRegistry *registry, CrHttpRequest *request, const char *const *headers,
                                CrStream **stream, GError **error);
/* PATH behind the repository's, or a Location, absolute or relative, as a URL; NULL: not one. Free with g_free. */
char *cr_registry_format_url(const CrRegistry *registry, const char *path);
/* The next page of a list, as RESPONSE links it (RFC 8288: <URL>; rel="next"); NULL: it was the last. Free with g_free.
 */
char *cr_registry_find_next(const CrRegistry *registry, const CrHttpResponse *response);
const char *cr_registry_get_mount(const CrRegistry *registry); /* FROM, or NULL */
void cr_registry_set_status_error(const CrRegistry *registry, const char *what, int status, CrStream *stream,
                                  GError **error);
