/* SPDX-License-Identifier: Apache-2.0 */
/* `careen where`: everything on record that has it. No daemon, no network: the record (record/observe.h) and the layer
 * indexes of the cache. */
#pragma once
#include "base/cache.h"
#include "record/observe.h"

typedef enum { CR_WHERE_FLAW, CR_WHERE_PACKAGE, CR_WHERE_PATH, CR_WHERE_DIGEST } CrWhereKind;

typedef struct {
  const CrSighting *sighting; /* image or container, with host */
  const char *image_id;
  const char *package, *version; /* or NULL */
  const char *path;              /* or NULL */
  const char *reach;             /* the word; "unknown" where it was not judged */
  const char *fix;  /* "fixed in 3.0.2, installable", "no fix", "not affected", NULL: not a question of fixes */
  const char *seen; /* date of the observation */
} CrWhereHit;

typedef struct {
  CrArena *arena;
  CrWhereKind kind;
  const char *subject;
  GPtrArray *hits;      /* CrWhereHit*, by host, image, package */
  guint images, looked; /* on record; of them answered for */
  CrProblems *problems; /* layers whose index is gone from the cache: those images are not answered for */
} CrWhere;

/* SUBJECT: CVE-…/GHSA-…/DSA-…; NAME, NAME<VERSION, NAME<=, =, >=, >; a path (with '/'; globs); sha256 (of an image, a
 * layer or a file). CR_ERROR_USAGE: none of these. */
CrWhere *cr_where_new(CrRecord *record, const CrCache *cache, const char *subject, GError **error);
void cr_where_free(CrWhere *where);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWhere, cr_where_free)
