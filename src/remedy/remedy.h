/* SPDX-License-Identifier: Apache-2.0 */
/* One image on its way from what it is to what it shall be: the steps of `careen patch`, each of which fills its part.
 *
 *   remedy = cr_remedy_new(image, &scan_options, &options, &error);   look, choose: the plan stands
 *   sinks = cr_destinations_open(…);                                  destination.h; before any work
 *   cr_remedy_patch(remedy, &error);                                  make it, prove it
 *   cr_remedy_publish(remedy, sinks, &error);                         only what is proved, or the original
 *
 * report/remedy.h tells what came of it. */
#pragma once
#include "image/sink.h"
#include "remedy/original.h"
#include "remedy/patch.h"

typedef enum {
  CR_REMEDY_NOTHING, /* nothing to do: the result is IMAGE as it is */
  CR_REMEDY_PLANNED, /* there is something to do, and it is not done */
  CR_REMEDY_PATCHED, /* done, and the proof holds */
  CR_REMEDY_FAILED,  /* it could not be done, or the proof does not hold: nothing is published */
} CrRemedyOutcome;
/* "nothing", "planned", "patched", "failed" */
const char *cr_remedy_outcome_get_name(CrRemedyOutcome outcome);

typedef struct {
  CrChoice choice;        /* functions, `data`, `wishes`, `in_line` and `also` are the remedy's to set */
  const char *from;       /* a report with the only updates to be made (wishes.h), or NULL */
  gboolean remove_unused; /* take away what is not needed any more by what was changed */
  CrPatchOptions patch;
  CrDraftOptions draft;   /* where a destination does not choose otherwise */
  gboolean minimal_steps; /* what cannot be proved is left out, and the rest is the patch (steps.h) */
} CrRemedyOptions;

/* One place that has the result now. */
typedef struct {
  const char *destination; /* "registry:shop/web:4-patched" */
  const char *kind;        /* "registry" */
  const char *digest, *id; /* of the manifest; what a daemon calls the image, elsewhere the config's digest */
} CrPublished;

typedef struct {
  CrArena *arena;
  const char *platform; /* "linux/arm64/v8": the index's word for it, else the config's */
  CrRemedyOptions options;
  CrScanOptions scanning; /* by which the result is scanned again */
  CrScan *given;          /* what is in IMAGE where that is a patched image, else NULL */
  CrScan *scan;           /* of the original: of IMAGE, or of what it was patched from */
  CrOriginal original;
  CrScan *result;          /* of what was made of it, once that was rescanned; or NULL */
  const CrScan *unchanged; /* of the two the one that is published as it is; NULL: there is something to do */
  CrPlan *plan;
  CrRemedyOutcome outcome;
  CrPatch *patch;       /* or NULL: there was nothing to do, or it was not done */
  gboolean left_out;    /* …by minimal_steps: some updates, see the check "steps" */
  GPtrArray *wishes;    /* of --from, or NULL */
  GPtrArray *in_line;   /* what stays within the release line (choose.h), or NULL */
  GPtrArray *checks;    /* CrCheck*, of the proof; of a patch that could not be made, why */
  GPtrArray *drafts;    /* CrDraft*, one for each kind of destination; the first is the result */
  GArray *made;         /* CrDraftOptions, parallel to the drafts */
  GPtrArray *published; /* CrPublished* */
  GPtrArray *dropped;   /* CrDropped*: what speaks of the image and not of the result */
} CrRemedy;

/* Look into IMAGE and choose. What OPTIONS point to must outlive the remedy. NULL with ERROR as cr_scan_run. */
CrRemedy *cr_remedy_new(const char *image, const CrScanOptions *scan, const CrRemedyOptions *options, GError **error);
/* The same of an image that is open already; SOURCE, and PROBLEMS of opening it, are taken in every case. */
CrRemedy *cr_remedy_new_source(CrSource *source, CrProblems *problems, const CrScanOptions *scan,
                               const CrRemedyOptions *options, GError **error);
void cr_remedy_free(CrRemedy *remedy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRemedy, cr_remedy_free)

/* Make the plan's changes and prove them; where there are none, nothing. TRUE: see `outcome`, a patch whose proof does
 * not hold is no error. FALSE: the environment failed. */
gboolean cr_remedy_patch(CrRemedy *remedy, GError **error);
/* The result as a destination of OPTIONS wants it; the remedy's. The first one is scanned as any image is, and compared
 * with what was (check "rescan"): by that `outcome` may turn to failed, and nothing may be written. */
CrDraft *cr_remedy_get_draft(CrRemedy *remedy, const CrDraftOptions *options, GError **error);
/* SINK has DRAFT, the remedy's, now. */
/* The id of DRAFT where SINK has written it: as cr_image_sink_get_id, else the config's digest. Of one of the two. */
const char *cr_remedy_find_id(const CrImageSink *sink, const CrDraft *draft);
void cr_remedy_note_published(CrRemedy *remedy, const CrImageSink *sink, const CrDraft *draft);
/* Write the result to each of SINKS (CrImageSink*). Of a remedy that failed or is only planned nothing is written. */
gboolean cr_remedy_publish(CrRemedy *remedy, const GPtrArray *sinks, GError **error);
/* What the user named: IMAGE as it is. */
const CrImage *cr_remedy_get_image(const CrRemedy *remedy);
/* The image that was published or, where the original has a manifest, would be; or NULL. */
const CrDraft *cr_remedy_get_result(const CrRemedy *remedy);
/* 1: failed, or not all of it could be proved; else 0 or 3 as the scan. */
int cr_remedy_get_exit_code(const CrRemedy *remedy);
