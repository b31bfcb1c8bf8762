/* SPDX-License-Identifier: Apache-2.0 */
/* Private to where*.c. */
#pragma once
#include "fleet/where.h"
#include "image/layer.h"

typedef struct {
  CrWhere *where;
  CrRecord *record;
  const CrCache *cache;
  GError **error;
  /* a package's bound */
  char *name, *operation, *version;
  /* layers that were loaded, by diff_id; NULL where the cache has none */
  char *key;
  GHashTable *loaded;
} CrWhereSearch;

/* A hit in an image, with where it is now. NULL with search->error. */
CrWhereHit *cr_where_add_hit(CrWhereSearch *search, const CrObservation *image);
/* Its layers (borrowed), in order; NULL: an index is gone, and the image is not answered for. */
GPtrArray *cr_where_load_layers(CrWhereSearch *search, const CrObservation *image);

/* As many files as one answer lists. */
gboolean cr_where_is_full(const CrWhere *where);

/* where-path.c: files at SUBJECT, a path or glob, as the images in ALL (CrObservation*) show them. FALSE with
 * search->error. */
gboolean cr_where_find_path(CrWhereSearch *search, const GPtrArray *all, const char *subject);
/* Does PATTERN stand for the SIZE bytes of TEXT? */
gboolean cr_where_match_glob(const char *pattern, const char *text, gsize size);

/* where-file.c: files with the content of DIGEST in ALL (CrObservation*). FALSE with search->error. */
gboolean cr_where_find_file(CrWhereSearch *search, const GPtrArray *all, const guint8 digest[CR_DIGEST_BYTES]);
