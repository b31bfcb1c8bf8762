/* SPDX-License-Identifier: Apache-2.0 */
/* The Engine API (docs.docker.com/engine/api) as Docker and Podman speak it. For image/ and container/. A source
 * only asks (GET and HEAD) and never changes a daemon; here sink-daemon.c alone sends, and container/ acts.
 *
 * engine.c connects and asks; engine-podman.c runs a `podman system service` where no socket is; engine-image.c turns
 * inspect's words into a CrImage; export.c walks an image's export, export-v1.c finds which layer an old-style member
 * is. */
#pragma once
#include "base/http.h"
#include "base/json.h"
#include "base/stream.h"
#include "image/source-private.h"

typedef struct CrEngine CrEngine; /* thread-safe */

/* Connect to the first socket that answers. PODMAN: Podman's, else Docker's. START: without a socket run Podman's
 * service for as long as the engine lives. CR_ERROR_ENVIRONMENT with a hint. */
CrEngine *cr_engine_open(const CrSourceOptions *options, gboolean podman, gboolean start, GError **error);
void cr_engine_free(CrEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrEngine, cr_engine_free)
/* "Docker" or "Podman": which it is that answers, whatever name led there. */
const char *cr_engine_get_name(const CrEngine *engine);

/* GET PATH ("/images/json"). 404 is CR_ERROR_NOT_FOUND with the daemon's words. */
CrJsonDoc *cr_engine_get(CrEngine *engine, const char *path, GError **error);
/* The same as a stream of bytes. */
CrStream *cr_engine_open_stream(CrEngine *engine, const char *path, GError **error);
/* METHOD PATH with the body UPLOAD (borrowed, sent as it is read; NULL: none). The answer of any status, its body in
 * *STREAM; NULL: none came, or UPLOAD failed. */
CrHttpResponse *cr_engine_send(CrEngine *engine, const char *method, const char *path, CrStream *upload,
                               CrStream **stream, GError **error);
/* The same of what may take long: STALL_MS of silence, and WATCH as CrHttpRequest has it. */
CrHttpResponse *cr_engine_send_watched(CrEngine *engine, const char *method, const char *path, CrStream *upload,
                                       guint stall_ms, const char *(*watch)(gpointer data), gpointer data,
                                       CrStream **stream, GError **error);
/* METHOD PATH with BODY (JSON; NULL: none) and HEADERS ("Name: value", NULL-terminated, or NULL). TIMEOUT_MS of
 * silence; 0: the engine's own patience. As cr_engine_send otherwise. */
CrHttpResponse *cr_engine_request(CrEngine *engine, const char *method, const char *path, const char *body,
                                  const char *const *headers, guint timeout_ms, CrStream **stream, GError **error);
/* The socket that it answers on, or NULL: another way. */
const char *cr_engine_get_socket(const CrEngine *engine);
/* Where it is: "unix:///run/docker.sock", "tcp://HOST:PORT", "local" for a service that careen started itself: the same
 * for the same engine, whatever link led there. Free with g_free. */
char *cr_engine_format_address(const CrEngine *engine);
/* The daemon's own words in the body of an error, or NULL. Free with g_free. */
char *cr_engine_read_message(CrStream *stream);
/* Why LINE of an engine's progress (pull, load, build: an object a line, the answer's status is 200 before it is known
 * how it ends) is a failure; NULL: it is none. "errorDetail" is the word that stays, "error" the older one, which from
 * API 1.48 on may be left out; Podman says "error" alone. Of LINE, or constant. engine-progress.c */
const char *cr_engine_find_failure(const CrJson *line);
/* NAME of an image or container for a path: escaped; CR_ERROR_USAGE when it could not be one ("../x"). */
char *cr_engine_escape(const char *name, GError **error);

/* ---- Podman's own service: engine-podman.c ---- */

typedef struct CrPodmanService CrPodmanService;
/* Started and answering, or NULL with ERROR. It dies with careen, also by kill -9. */
CrPodmanService *cr_podman_service_start(GError **error);
void cr_podman_service_stop(CrPodmanService *service);
const char *cr_podman_service_get_socket(const CrPodmanService *service);

/* ---- an image's description: engine-image.c ---- */

/* Fill source->image from the engine's image NAME; start, environment and labels from CONFIG (a container's; NULL: the
 * image's own). Its id goes to *ID (in the arena) for further questions. A history that cannot be had is a note. */
gboolean cr_engine_describe_image(CrEngine *engine, CrSource *source, const char *name, const CrJson *config,
                                  const char **id, CrProblems *problems, GError **error);
/* What the daemon's INSPECT and HISTORY (NULL: not known) say, CONFIG being the "Config" that counts; WHAT for errors.
 */
gboolean cr_engine_apply_inspect(CrSource *source, const CrJson *inspect, const CrJson *config, const CrJson *history,
                                 const char *what, GError **error);
/* Query "?platform=…" for newer daemons that keep several, or "". Free with g_free. */
char *cr_engine_format_platform(const CrSourceOptions *options);

/* ---- an image's export: export.c ---- */

/* As cr_source_read_layers, from the one stream of GET /images/ID/get. */
gboolean cr_export_read_layers(CrEngine *engine, CrSource *source, const char *id, const gboolean *wanted,
                               CrLayerVisit visit, gpointer data, GError **error);
/* The same from that STREAM (borrowed) of the engine called ENGINE_NAME. */
gboolean cr_export_walk(CrStream *stream, const char *engine_name, CrSource *source, const gboolean *wanted,
                        CrLayerVisit visit, gpointer data, GError **error);
/* Which layer has the legacy id HEX, whose description is TEXT ("HEX/json" of an old export)? The id is a digest over
 * the description and the chain of diff_ids up to the layer (moby image/v1/imagev1.go, CreateID), so an answer is a
 * proof. -1: none. Limited to TEXT of 1 MiB. */
int cr_export_find_legacy(const CrImage *image, const char *hex, const char *text, gsize size);

/* ---- a container's own layer: container-changes.c ---- */

/* What the container's writable layer holds, as the tar of a layer: whiteouts for what CHANGES (of /changes) calls
 * deleted, and of the container's export what CHANGES names. Without CHANGES all of the export, and a mark that hides
 * everything below. ID is escaped; CHANGES is read now, ENGINE and WHAT (for errors) must outlive the stream. */
CrStream *cr_container_open_changes(CrEngine *engine, const char *id, const CrJson *changes, const char *what,
                                    GError **error);
/* The same from the container's EXPORT (owned) of the engine called ENGINE_NAME. */
CrStream *cr_container_new_changes(CrStream *export, const char *engine_name, const CrJson *changes, const char *what,
                                   GError **error);
