/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen, kept so that the questions of a bad Monday need neither daemon nor network: `careen where`.
 *
 * An observation is of an image id: the newest replaces the one before. A sighting is of a name: which id it had on
 * which host, and of a container: which id it ran. Written by whoever scans with a record (fleet/look.h); never by
 * plain `scan`, which leaves no trace but its cache. */
#pragma once
#include "model/package.h"
#include "record/record.h"

typedef struct {
  const char *type, *name, *source, *version, *arch, *purl;
  const char *reach;     /* the word */
  const char *candidate; /* of an update, or NULL */
  gboolean security;     /* …that is one */
} CrSeenPackage;

typedef struct {
  const char *id, *package, *installed, *fixed, *status, *severity, *reach; /* fixed may be NULL */
  CrStrv aliases;
  gboolean exploited;
} CrSeenFlaw;

/* What a look found besides: numbers for lists of images, and all that people ask of one. */
typedef struct {
  const char *image_id;
  const char *phase;                /* of the release's support: the word; "unknown" */
  const char *until;                /* its last day, YYYY-MM-DD; or NULL */
  const char *steward;              /* who watches the release, or NULL */
  guint updates, security, reached; /* pending; of them for security; of those what the image's process reaches */
  guint findings, urgent, exploited, unwatched; /* URGENT: high and critical */
  gboolean complete;                            /* everything could be examined */
  const char *text;                             /* a JSON object (fleet/observe-report.c); NULL in lists */
} CrSeenReport;

typedef struct {
  const char *image_id;      /* "sha256:…" */
  const char *name, *digest; /* as named then; digest may be NULL */
  const char *platform, *os; /* "debian 12" */
  const char *verdict, *reason;
  const char *data; /* date of the advisories used, or NULL */
  gint64 when;
  CrStrv layers;               /* diff_ids, for paths and file digests by the layer indexes */
  GPtrArray *packages, *flaws; /* CrSeenPackage*, CrSeenFlaw* */
  CrStrv bases;                /* names of what it is built on, nearest first */
  const CrSeenReport *report;  /* to be written; not found again with the others (cr_record_find_report) */
} CrObservation;

typedef struct {
  const char *host;   /* this machine's name */
  const char *kind;   /* "image", "container" */
  const char *daemon; /* its name: "docker:unix:///run/docker.sock" */
  const char *name;   /* of the image or container */
  const char *image_id;
  const char *state;  /* of a container: "running", "exited", …; else NULL */
  gint64 first, last; /* seconds */
} CrSighting;

gboolean cr_record_put_observation(CrRecord *record, const CrObservation *observation, GError **error);
/* The images IDS (const char*) were looked at at WHEN and are as they were observed. *THERE: how many of them are
 * observed at all. */
gboolean cr_record_touch_observations(CrRecord *record, const GPtrArray *ids, gint64 when, guint *there,
                                      GError **error);
/* What was seen now (CrSighting*). */
gboolean cr_record_put_sightings(CrRecord *record, const GPtrArray *sightings, GError **error);
/* THERE (names) is all of KIND that DAEMON of HOST has: forget what it has no more. */
gboolean cr_record_keep_sightings(CrRecord *record, const char *host, const char *kind, const char *daemon,
                                  GHashTable *there, GError **error);
/* Forget images that are nowhere any more and were looked at before BEFORE (seconds), with the packages and flaws that
 * no other image has. *COUNT (may be NULL): of images. */
gboolean cr_record_prune(CrRecord *record, gint64 before, guint *count, GError **error);
/* The observation of IMAGE_ID without packages and flaws, or NULL. */
CrObservation *cr_record_find_observation(CrRecord *record, const char *image_id, CrArena *arena, GError **error);
/* What a look at IMAGE_ID found besides, or NULL: it was looked at by a careen that kept nothing of the kind. */
CrSeenReport *cr_record_find_report(CrRecord *record, const char *image_id, CrArena *arena, GError **error);
/* CrSeenReport* of all images, without reports, by image id. */
GPtrArray *cr_record_list_reports(CrRecord *record, CrArena *arena, GError **error);
