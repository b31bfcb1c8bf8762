/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan needs to know of one image, taken from its scan and nothing else: so a plan is a pure function, can be
 * made of recorded facts, and 1,000 scans need not be in memory at once. */
#pragma once
#include "fleet/fleet.h"
#include "record/observe.h"
#include "scan/scan.h"

typedef struct {
  const char *package, *from, *to;
  gboolean security, reached, exploited;
  gboolean wanted;     /* by the policy */
  gboolean configured; /* the image's own package manager would see it: a rebuild brings it, too */
  CrFrom origin;       /* base, own, unknown: which layers it came from */
  const char *why_not; /* where it is not wanted */
} CrFactFix;

typedef struct {
  const CrFleetImage *image;
  const char *image_id; /* that was scanned */
  const char *error;    /* it could not be scanned: why. All else is empty then */
  const char *recipe;   /* nobody has built it yet (first-build.h): what its recipe is. All else is empty then */
  CrVerdict verdict;
  const char *reason;
  GPtrArray *fixes;      /* CrFactFix*: installable now */
  guint waiting;         /* flaws with a fix that is not in any archive yet (pending_archive) */
  guint builds;          /* what needs a new build: static programs, language packages with fixes */
  gboolean ended;        /* the release is no longer watched */
  const char *successor; /* what to propose then: "debian:13-slim", or NULL */
  gboolean can_patch;    /* there is a package manager that careen runs */
  const char *cannot;    /* …or why not */
  /* of its base */
  const char *base_name;   /* or NULL: not known */
  gboolean base_moved;     /* the tag is another digest now */
  const char *base_newest; /* …where that is, as an IMAGE ("registry:debian:12"); or NULL */
  const char *base_unanswered_by,
      *base_unanswered; /* whether it moved is not known: which registry, and why; or NULL */
  int base_pending;     /* fixes from the base that its newest still lacks; -1: not known */
  /* of the branch or tag that its recipe is at (context-moved.h): NULL where it is as it was, or not known */
  const char *context_ref, *context_was, *context_is;
  /* of its own name in a registry, for what is not ours */
  gboolean tag_moved;
  const char *tag_asked;  /* the name that a registry was asked for that, or NULL: nobody was asked… */
  const char *tag_answer; /* …and the digest that it has there; NULL: no answer */
  const char *tag_unanswered_by, *tag_unanswered; /* …by which registry, and why; NULL: it answered, or not known */
  gint64 until; /* seconds: when the first cool-down ends, and with it these facts; 0: none does */
} CrImageFacts;

/* Strings in ARENA. */
CrImageFacts *cr_facts_take(const CrFleetImage *image, const CrScan *scan, gint64 now, CrArena *arena);
CrImageFacts *cr_facts_new_error(const CrFleetImage *image, const GError *error, CrArena *arena);
/* Scan every image of FLEET that is ours or runs, up to JOBS at once, each image id once; write what was seen to RECORD
 * (may be NULL). KNOWN (may be NULL), of which a round has begun: what it knows is not scanned again. CrImageFacts*,
 * parallel to fleet->images (NULL: not looked at). */
struct CrKnown; /* known.h */
GPtrArray *cr_facts_gather(const CrFleet *fleet, const CrScanOptions *options, CrRecord *record, struct CrKnown *known,
                           CrArena *arena, CrProblems *problems);
/* The facts' own parts; the rest is ARENA's. */
void cr_facts_free_all(GPtrArray *facts);
/* What FLEET's daemons have and run now, into RECORD. */
gboolean cr_facts_sight(const CrFleet *fleet, CrRecord *record, GError **error);
/* What was just changed: the KIND ("image", "container") NAME of DAEMON is IMAGE_ID from now on; STATE of a container,
 * or NULL. The next look at all of it says the same, or better. */
gboolean cr_facts_sight_one(CrRecord *record, const CrDaemon *daemon, const char *kind, const char *name,
                            const char *image_id, const char *state, GError **error);
/* SCAN into RECORD: what is in it, and that it is NAME (NULL: its own) at PLACE on this machine ("docker:unix:///…"),
 * which knows it by ID (NULL: the image's own). */
gboolean cr_facts_remember(const CrScan *scan, const char *place, const char *name, const char *id, CrRecord *record,
                           GError **error);
/* SCAN as it is recorded; strings in ARENA. */
CrObservation *cr_facts_observe(const CrScan *scan, CrArena *arena);
/* Its two arrays, which are not ARENA's. */
void cr_observation_clear(CrObservation *observation);
/* What a look found besides, for the record; in ARENA. */
const CrSeenReport *cr_facts_write_report(const CrScan *scan, CrArena *arena);
