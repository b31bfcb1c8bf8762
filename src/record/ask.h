/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to what was seen. */
#pragma once
#include "record/observe.h"

/* One thing of one image; strings in the arena given. */
typedef struct {
  gint64 image; /* the record's own number of it */
  const char *image_id, *name;
  gint64 observed;
  const char *flaw, *package, *type, *version, *candidate, *fixed, *status, *severity, *reach;
  gboolean exploited, security;
} CrSeenThing;

typedef gboolean (*CrSeenVisit)(const CrSeenThing *thing, gpointer data);

/* Every image that has the flaw NAME, by its own name or an alias. */
gboolean cr_record_find_flaw(CrRecord *record, const char *name, CrArena *arena, CrSeenVisit visit, gpointer data,
                             GError **error);
/* Every image that has a package of the name, or of a source of the name. */
gboolean cr_record_find_package(CrRecord *record, const char *name, CrArena *arena, CrSeenVisit visit, gpointer data,
                                GError **error);
/* CrObservation* of all images, without packages and flaws, by name. */
GPtrArray *cr_record_list_observations(CrRecord *record, CrArena *arena, GError **error);
/* The flaws of IMAGE_ID, and its packages that have an update. */
gboolean cr_record_visit_flaws(CrRecord *record, const char *image_id, CrArena *arena, CrSeenVisit visit, gpointer data,
                               GError **error);
gboolean cr_record_visit_updates(CrRecord *record, const char *image_id, CrArena *arena, CrSeenVisit visit,
                                 gpointer data, GError **error);
/* CrSighting* of IMAGE_ID (NULL: of all) now, images before containers, by host and name. */
GPtrArray *cr_record_list_sightings(CrRecord *record, const char *image_id, CrArena *arena, GError **error);
/* A flaw over all images that were last seen on HOST: one row, on however many it is. */
typedef struct {
  const char *flaw, *package; /* one of its packages */
  const char *fixed;          /* the version that fixes it there; "": none */
  const char *severity;
  const char *name; /* of one image that has it */
  gboolean exploited, reached;
  guint images;
} CrSeenFlawSum;
typedef gboolean (*CrSeenFlawVisit)(const CrSeenFlawSum *flaw, gpointer data);
/* What is exploited first, then what is reached, then by name. Strings in ARENA. */
gboolean cr_record_sum_flaws(CrRecord *record, const char *host, CrArena *arena, CrSeenFlawVisit visit, gpointer data,
                             GError **error);
