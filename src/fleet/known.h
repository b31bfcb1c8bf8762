/* SPDX-License-Identifier: Apache-2.0 */
/* What a watcher knows from the rounds before: the facts of each image, and all that they hang on. A round asks each of
 * that once, on condition where there is one, and uses facts again that are still exactly true; only an image of which
 * something may be another now is looked into again (doc/decisions/030-what-a-watcher-keeps.md).
 *
 * Facts hang on the image's id, which is how they are found, its names and policy, and on what is in CrHangsOn. What is
 * made of the configuration is not among it: when that is read again, all is forgotten by making another CrKnown. */
#pragma once
#include "fleet/facts.h"
#include "lineage/surroundings.h"
#include "vendor/archive-state.h"

/* ---- what facts hang on ---- */

typedef struct {
  const char *name;   /* of a tag, as a registry is asked for it */
  const char *digest; /* that it had there; NULL: no answer */
} CrKnownTag;

typedef struct {
  const char *world;    /* cr_known_describe_world */
  gint64 until;         /* seconds: when the first cool-down or Valid-Until ends; 0: none does */
  GPtrArray *archives;  /* CrArchiveState* */
  GPtrArray *tags;      /* CrKnownTag* */
  CrStrv layers, names; /* for cr_surroundings_hash… */
  const char *around;   /* …which gave this */
} CrHangsOn;

/* The same as it is now. */
typedef struct {
  const char *world;
  gint64 now;
  const CrSurroundings *surroundings;
  gboolean offline; /* registries are not asked */
  gboolean (*stands)(const CrArchiveState *state, gpointer data);
  const char *(*resolve)(const char *tag, gpointer data); /* its digest, or NULL: no answer */
  gpointer data;
} CrKnownNow;

/* NULL: all that IT names is as it was; else what is not, one phrase ("another day"). Static, or IT's, or NOW's. */
const char *cr_known_judge(const CrHangsOn *it, const CrKnownNow *now);
/* What lies around every image, a line each: the day (support and rules end by the day), the advisories, and FILES and
 * folders of this machine that answers are made of, by inode, size and time. Free with g_free. */
char *cr_known_describe_world(const CrScanOptions *options, CrStrv files);

/* ---- rounds ---- */

typedef struct CrKnown CrKnown;
typedef struct CrKnownImage CrKnownImage;
CrKnown *cr_known_new(void);
void cr_known_free(CrKnown *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrKnown, cr_known_free)

/* An answer is asked for again after so long: events may bring a round a minute. As CR_ARCHIVE_FRESH_SECONDS. */
#define CR_KNOWN_FRESH_SECONDS 300

/* Begin a round: ask, up to options->jobs at once, all that anything known hangs on. FILES: cr_known_describe_world's.
 */
void cr_known_begin(CrKnown *known, const CrFleet *fleet, const CrScanOptions *options, CrStrv files);
/* What is known of GROUP, images of FLEET (guint) that have one id, and still true; or NULL. From any thread that looks
 * at this group alone. */
CrKnownImage *cr_known_find(CrKnown *known, const CrFleet *fleet, const GArray *group);
/* Put its facts into FACTS (parallel to fleet->images), and what it had to say into PROBLEMS. */
void cr_known_use(CrKnownImage *image, const CrFleet *fleet, const GArray *group, GPtrArray *facts,
                  CrProblems *problems);

/* For an image that is looked into: facts are taken into the arena of what this gives, and live as long as KNOWN or
 * until it is looked into again. */
CrKnownImage *cr_known_image_new(void);
CrArena *cr_known_image_get_arena(CrKnownImage *image);
/* SCAN gave the facts in FACTS of GROUP. Any thread. */
void cr_known_image_take(CrKnownImage *image, const CrKnown *known, const CrScan *scan, const CrFleet *fleet,
                         const GArray *group, const GPtrArray *facts);
/* IMAGE (taken) is what is known from now on. */
void cr_known_keep(CrKnown *known, const CrFleet *fleet, const GArray *group, CrKnownImage *image);
/* End a round: what is gone is forgotten; RECORD (may be NULL) is told that what was known was looked at, too. */
gboolean cr_known_end(CrKnown *known, CrRecord *record, GError **error);
