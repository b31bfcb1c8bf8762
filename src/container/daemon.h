/* SPDX-License-Identifier: Apache-2.0 */
/* A container engine that careen acts on: Docker's, or Podman's through the same API (docs.docker.com/engine/api;
 * image/engine.h is how it is spoken to). Reading a whole fleet and changing it; everything by id, so that a step may
 * be done twice. In the newest version that the engine and careen both know (image/engine-api.h). */
#pragma once
#include "base/json.h"
#include "image/engine.h"
#include "image/source.h"

typedef struct CrDaemon CrDaemon; /* thread-safe */

/* KIND: "docker" or "podman". CR_ERROR_ENVIRONMENT with a hint: nothing answers, or it speaks no API that careen knows.
 * OPTIONS must outlive it. */
CrDaemon *cr_daemon_open(const char *kind, const CrSourceOptions *options, GError **error);
void cr_daemon_free(CrDaemon *daemon);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDaemon, cr_daemon_free)
const char *cr_daemon_get_kind(const CrDaemon *daemon);
/* "docker:unix:///run/docker.sock": the same for the same engine, whoever asks. */
const char *cr_daemon_get_name(const CrDaemon *daemon);
const char *cr_daemon_get_version(const CrDaemon *daemon); /* of the engine: "20.10.24+dfsg1" */
/* The version that it is asked in: 1.41 is 141. */
guint cr_daemon_get_api(const CrDaemon *daemon);
gboolean cr_daemon_is_podman(const CrDaemon *daemon);

/* ---- one call each ---- */

/* GET PATH; NULL with CR_ERROR_NOT_FOUND for 404. */
CrJsonDoc *cr_daemon_get(CrDaemon *daemon, const char *path, GError **error);
/* METHOD PATH with BODY (JSON text, or NULL). The answer (*ANSWER, may be NULL; an empty one is NULL). Statuses 2xx and
 * 304 are success; 404 is CR_ERROR_NOT_FOUND, 409 CR_ERROR_INPUT, the rest CR_ERROR_ENVIRONMENT, all with the
 * daemon's own words. */
gboolean cr_daemon_send(CrDaemon *daemon, const char *method, const char *path, const char *body, CrJsonDoc **answer,
                        GError **error);

/* ---- images ---- */

CrJsonDoc *cr_daemon_list_images(CrDaemon *daemon, GError **error);                     /* /images/json */
CrJsonDoc *cr_daemon_inspect_image(CrDaemon *daemon, const char *name, GError **error); /* by name or id */
/* "sha256:…" of NAME; NULL and no error: it has none such. Free with g_free. */
char *cr_daemon_find_image(CrDaemon *daemon, const char *name, GError **error);
/* NAME (repository[:tag]) is ID from now on. */
gboolean cr_daemon_tag_image(CrDaemon *daemon, const char *id, const char *name, GError **error);
/* Take the name away; the image goes when nothing else names it, and never one in use (no force). *GONE may be NULL. */
gboolean cr_daemon_untag_image(CrDaemon *daemon, const char *name, gboolean *gone, GError **error);
/* Fetch NAME (with the user's credentials); *ID of what NAME is now, for PLATFORM or NULL. */
gboolean cr_daemon_pull_image(CrDaemon *daemon, const char *name, const char *platform, char **id, GError **error);

/* ---- containers ---- */

typedef struct {
  const char *id, *name; /* without the leading '/' */
  const char *image;     /* as the container was created with: a reference or an id */
  const char *follows;   /* the name whose image it is meant to run: that reference, or of one that was created with an
                            id its label careen.image; NULL: none, it never means another image */
  const char *image_id;  /* what it runs */
  const char *state;     /* created, running, paused, restarting, removing, exited, dead */
  const char *health;    /* healthy, unhealthy, starting, none */
  gint64 pid;            /* of its first process; 0: not running */
  gint64 started;        /* seconds; 0: never */
  int exit_code;
  CrStrv label_names, label_values;
  const char *restart_policy; /* no, always, on-failure, unless-stopped */
  gboolean auto_remove;
  const char *manager;   /* who re-creates it: "compose", "systemd" (Quadlet, podman generate), "kubernetes",
                            "swarm"; NULL: nobody but its owner */
  const char *unit;      /* the systemd unit, the compose project/service; or NULL */
  CrStrv depends_on;     /* names of containers whose network, ipc, pid, volumes or links it uses, sorted */
  const CrJson *inspect; /* everything, as the daemon said it */
} CrContainer;

typedef struct {
  CrArena *arena;
  GPtrArray *items; /* CrContainer*, by name */
  GPtrArray *docs;  /* CrJsonDoc* behind them */
} CrContainers;

/* All of them, stopped ones too. One that goes while it is looked at is left out. */
CrContainers *cr_containers_list(CrDaemon *daemon, GError **error);
/* One by name or id; CR_ERROR_NOT_FOUND. */
CrContainers *cr_containers_load(CrDaemon *daemon, const char *name, GError **error);
void cr_containers_free(CrContainers *containers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrContainers, cr_containers_free)
const CrContainer *cr_containers_find(const CrContainers *containers, const char *name_or_id);
const char *cr_container_find_label(const CrContainer *container, const char *name);
/* What a container that careen had to make from an id follows: set at re-creation, so that it is updated again. */
#define CR_CONTAINER_FOLLOWS "careen.image"
/* Is IMAGE, which a container of IMAGE_ID ("sha256:…", may be NULL) was created with, an id and no name? */
gboolean cr_container_is_image_id(const char *image, const char *image_id);
/* Is it the one that this process runs in? (cgroup, mountinfo, hostname). Such a one is never re-created by itself. */
gboolean cr_container_is_own(const CrContainer *container);
/* Does a unit of systemd make it (Quadlet, podman generate systemd), and is it known which one? */
gboolean cr_container_is_of_unit(const CrContainer *container);

/* The steps of a re-creation; each may be done again with the same result. */
gboolean cr_container_start(CrDaemon *daemon, const char *id, GError **error);
/* With its own signal and time, as `docker stop` does; waits for it. */
gboolean cr_container_stop(CrDaemon *daemon, const char *id, GError **error);
gboolean cr_container_pause(CrDaemon *daemon, const char *id, gboolean pause, GError **error);
gboolean cr_container_rename(CrDaemon *daemon, const char *id, const char *name, GError **error);
gboolean cr_container_remove(CrDaemon *daemon, const char *id, gboolean with_anonymous_volumes, GError **error);
/* FALSE also where the engine has no such call (Podman below 5): the record then decides at start-up. *KNOWN (may be
 * NULL) says which. */
gboolean cr_container_set_restart_policy(CrDaemon *daemon, const char *id, const CrJson *policy, gboolean *known,
                                         GError **error);
/* Run ARGV inside and wait up to TIMEOUT_MS; *STATUS its exit code, *OUTPUT (may be NULL) the last 4 KiB it said. */
gboolean cr_container_exec(CrDaemon *daemon, const char *id, const char *const *argv, guint timeout_ms, int *status,
                           char **output, GError **error);
/* The last LINES lines it said. Free with g_free. */
char *cr_container_read_logs(CrDaemon *daemon, const char *id, guint lines, GError **error);
