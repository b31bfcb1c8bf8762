/* SPDX-License-Identifier: Apache-2.0 */
/* A container again, with another image: what the Engine API must be told so that nothing a user set is lost and
 * nothing the old image set sticks. The checklist is research/remediation.md §5; every row of it is a row of a table in
 * recreate-*.c with its source. A pure function of what the daemon says. */
#pragma once
#include "container/daemon.h"
#include "model/problem.h"

typedef struct {
  const CrJson *container;             /* inspect of the old one */
  const CrJson *old_image, *new_image; /* inspect; old NULL: it is gone, and what it set cannot be told apart */
  const CrJson *networks;              /* inspect of every network it is in, an array */
  const CrJson *changes;               /* /changes of the old one with "Mode" and "Mtime" of each where the engine said
                                          them (archive's path stat); NULL: not asked */
  const CrJson *libpod;                /* Podman's own inspect, which alone has the words of `podman run`; or NULL */
  const char *image;                   /* reference that the new one is created from: the name it had, or an id */
  const char *new_image_id;
  guint api;             /* 141 */
  const char *first_mac; /* from 1.52 on: Config.MacAddress as an older version says it; NULL: it cannot be had */
  const CrJson *kept;    /* NetworkSettings.Networks of Docker's own record of the container; NULL: not here */
  gboolean podman;
  GHashTable *names;           /* container id, or the name it has meanwhile → name it will have; for network_mode
                                  container:<id> and links, which inspect shows by the name of now */
  const char *default_runtime; /* of /info, or NULL */
  const char *host_name;       /* of /info, or NULL */
  const char *compose_hash;    /* what Compose would write as config-hash now; NULL: nothing to rewrite */
  gboolean compose_stale;      /* the config-hash that it has is not right any more */
  gboolean injected;           /* Compose may have copied files into it: configs and secrets without a file */
  GHashTable *shared;          /* "VOLUME:PATH" of what comes by VolumesFrom; or NULL */
} CrRecreateRequest;

typedef struct {
  char *body;           /* JSON of POST /containers/create */
  GPtrArray *connects;  /* CrRecreateConnect*: POST /networks/ID/connect before start, where the API takes one */
  GPtrArray *expected;  /* char*: where inspect of the new one may differ from the old one's, JSON paths */
  CrProblems *problems; /* partial: said, and carried on; blind: must not be re-created here, with the reason (files
                           that compose injected, AutoRemove, …) */
} CrRecreation;
typedef struct {
  char *network; /* id */
  char *body;
} CrRecreateConnect;

CrRecreation *cr_recreation_new(const CrRecreateRequest *request, GError **error);
void cr_recreation_free(CrRecreation *recreation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRecreation, cr_recreation_free)
/* May it be done? FALSE: *WHY (of RECREATION) says the first reason against. */
gboolean cr_recreation_is_allowed(const CrRecreation *recreation, const char **why);

/* Create it under NAME and connect its networks; *ID is the new one's. On failure nothing is left of it. */
gboolean cr_recreation_create(const CrRecreation *recreation, CrDaemon *daemon, const char *name, char **id,
                              GError **error);
/* What differs between the OLD and the NEW container's inspect beyond what must: JSON paths with both values, one a
 * line; NULL: nothing. Free with g_free. */
char *cr_recreation_compare(const CrRecreation *recreation, const CrJson *old_container, const CrJson *new_container);
/* The same with all that it needs asked of DAEMON: inspects of CONTAINER, its images and networks, its changes. IMAGE,
 * NEW_IMAGE_ID and NAMES as in the request; NAMES may be NULL. */
CrRecreation *cr_recreation_load(CrDaemon *daemon, const CrContainer *container, const char *image,
                                 const char *new_image_id, GHashTable *names, GError **error);
