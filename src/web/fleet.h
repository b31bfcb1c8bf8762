/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet as the record has it: which images are where, what they are built on, what runs them. */
#pragma once
#include "web/web.h"

typedef struct CrWebImage CrWebImage;
struct CrWebImage {
  const char *id;                /* "sha256:…" */
  const char *name;              /* that it has now, else as it was looked at, else its short id */
  const char *verdict;           /* the word; "unseen": never looked at */
  const CrObservation *seen;     /* or NULL */
  const CrSeenReport *report;    /* or NULL */
  GPtrArray *names, *containers; /* const CrSighting*, of now */
  GPtrArray *children;           /* CrWebImage* */
  CrWebImage *base;              /* that is on record, or NULL */
  const char *base_name;         /* what the look said, or NULL */
  gboolean replaced;             /* it has no name any more: another image has it */
};

typedef struct {
  GPtrArray *images; /* CrWebImage* that are somewhere now, the worst verdict first, then by name */
  GPtrArray *roots;  /* those without a base on record, by name */
  guint containers;
  GHashTable *by_id;
} CrWebFleet;

/* Everything in WEB's arena or owned by the fleet. */
CrWebFleet *cr_web_fleet_load(CrWeb *web, GError **error);
void cr_web_fleet_free(CrWebFleet *fleet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWebFleet, cr_web_fleet_free)
/* The part of an id that stands in an address: 12 to 64 hex digits, or the whole id. CR_ERROR_NOT_FOUND. Also images
 * that are nowhere any more. */
CrWebImage *cr_web_fleet_find(CrWebFleet *fleet, CrWeb *web, const char *text, GError **error);
/* Of its containers those that run. */
guint cr_web_image_count_running(const CrWebImage *image);

/* fleet-picture.c: bases, the images on them, the containers on these. */
void cr_web_put_fleet_picture(CrWeb *web, const CrWebFleet *fleet);

/* fleet-page.c: what JSON says of an image wherever it stands, into the object at hand. */
void cr_web_write_image_members(CrJsonWriter *writer, const CrWebImage *image);
