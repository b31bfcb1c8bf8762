/* SPDX-License-Identifier: Apache-2.0 */
/* An image of several platforms on its way: a remedy (remedy.h) for each platform that is patched, the others carried
 * over as they are, and one index of it all.
 *
 *   all = cr_platforms_new(index, wishes, &scan_options, &options, &error);
 *   cr_platforms_patch(all, &error);               every remedy, one after the other
 *   cr_platforms_publish(all, sinks, &error);      only when every proof holds
 *
 * Without WISHES every platform is patched whose programs run here (runner.h). */
#pragma once
#include "image/index-draft.h"
#include "remedy/remedy.h"

typedef struct {
  guint entry; /* of the index */
  const CrIndexEntry *image;
  CrRemedy *remedy; /* or NULL: it is carried over unpatched */
  const char *how;  /* of one with a remedy how it runs here: "native", "compatible", "qemu-aarch64" */
  const char *why;  /* of one that is carried why */
} CrPlatform;

typedef struct {
  CrArena *arena;
  CrIndex *index;
  CrRemedyOptions options;
  GPtrArray *list; /* CrPlatform*, the images in the order of the index */
  CrRemedyOutcome outcome;
  GPtrArray *drafts;    /* CrIndexDraft*; the first is the result */
  GArray *made;         /* CrDraftOptions, parallel */
  GPtrArray *published; /* CrPublished*, of the index */
  GPtrArray *dropped;   /* CrDropped*: what speaks of a digest that is no longer in it */
  CrProblems *problems; /* of the index itself */
} CrPlatforms;

/* Look into each platform that is to be patched. INDEX and its source, and what OPTIONS point to, must outlive it.
 * WISHES: of --platform ("linux/amd64"), or NULL. CR_ERROR_USAGE: a wish that the index lacks. CR_ERROR_ENVIRONMENT:
 * one that does not run here, or none does. */
CrPlatforms *cr_platforms_new(CrIndex *index, CrStrv wishes, const CrScanOptions *scan, const CrRemedyOptions *options,
                              GError **error);
void cr_platforms_free(CrPlatforms *platforms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPlatforms, cr_platforms_free)

/* REMEDY is of one platform of INDEX and goes where there is no place for more: say so, and list what spoke of it. */
void cr_platforms_leave(const CrIndex *index, CrRemedy *remedy);

/* As cr_remedy_patch of each. */
gboolean cr_platforms_patch(CrPlatforms *platforms, GError **error);
/* Write the index to each of SINKS (CrImageSink*) that holds indexes, and the platform that SINGLE chooses (as
 * cr_index_choose) to the others. Nothing is written unless every proof holds. */
gboolean cr_platforms_publish(CrPlatforms *platforms, const GPtrArray *sinks, const char *single, GError **error);
/* The index that was published or would be; or NULL. */
const CrIndexDraft *cr_platforms_get_result(const CrPlatforms *platforms);
int cr_platforms_get_exit_code(const CrPlatforms *platforms);
