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

/* where-file.c: files with the content of DIGEST in ALL (CrObservation*). FALSE with search->error. */
gboolean cr_where_find_file(CrWhereSearch *search, const GPtrArray *all, const guint8 digest[CR_DIGEST_BYTES]);
