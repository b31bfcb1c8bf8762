/* SPDX-License-Identifier: Apache-2.0 */
/* `careen where`: everything on record that has it. No daemon, no network: the record (record/observe.h) and the layer
 * indexes of the cache. */
#pragma once
#include "base/cache.h"
#include "record/observe.h"
#include "report/report.h"

typedef enum { CR_WHERE_FLAW, CR_WHERE_PACKAGE, CR_WHERE_PATH, CR_WHERE_DIGEST } CrWhereKind;

/* One image that has it. */
typedef struct {
  const char *image_id, *name; /* NAME as it was looked at */
  const char *what;            /* the package, the path, or which digest it is: "image", "manifest", "layer" */
  const char *package;         /* of a file found by its digest: whose it is, or NULL */
  const char *version;         /* of the package, or NULL */
  const char *hidden;          /* a file that the image has and does not show: "deleted by layer 3 of 5", or NULL */
  const char *flaw;            /* its main name, or NULL */
  const char *reach;           /* the word; "unknown" where it was not judged */
  const char *fix;             /* "fixed in 3.0.2", "no fix yet", …; NULL: not a question of fixes */
  const char *severity;        /* of a flaw, or NULL */
  gboolean exploited;
  gint64 observed;      /* seconds */
  GPtrArray *sightings; /* CrSighting*: names and containers that have this image now, by host and name */
} CrWhereHit;

typedef struct {
  CrArena *arena;
  CrWhereKind kind;
  const char *subject;
  GPtrArray *hits;      /* CrWhereHit*, by name, what and version */
  guint images, looked; /* on record; of them answered for */
  gint64 oldest;        /* observation; 0: none */
  gboolean cut; /* there are more files than CR_LIMIT_WHERE_FILES; those are listed, and the rest not looked for */
  gboolean is_nothing;  /* SUBJECT is the digest of a file without content: every image has some, none is listed */
  CrProblems *problems; /* layers whose index is gone from the cache: those images are not answered for */
} CrWhere;

/* SUBJECT: the name of a flaw; NAME, NAME<VERSION, <=, =, >=, > (binary, source or language packages, by their own
 * order of versions); a path with '/', globs too; sha256:… of an image, manifest, layer or
 * of what is in a file. CR_ERROR_USAGE. */
CrWhere *cr_where_new(CrRecord *record, const CrCache *cache, const char *subject, GError **error);
void cr_where_free(CrWhere *where);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWhere, cr_where_free)
void cr_where_write_table(const CrWhere *where, CrReport *report);
void cr_where_write_json(const CrWhere *where, CrReport *report); /* careen.where/1 */
