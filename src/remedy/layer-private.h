/* SPDX-License-Identifier: Apache-2.0 */
/* Between layer.c and layer-compare.c. */
#pragma once
#include <sys/stat.h>

#include "remedy/layer.h"

typedef struct {
  char mark;      /* '+', '~', '-', or ' ': a folder on the way */
  gboolean below; /* a folder on the way that only the layers below have */
  char path[];
} CrLayerItem;
/* What the new layer holds (CrLayerItem*), sorted so that a folder goes before what is in it. */
GPtrArray *cr_layer_compare(const CrRoots *roots, const CrLayerPack *pack, GError **error);

typedef struct {
  char *name;
  void *value;
  gsize size;
} CrLayerAttribute;
/* The extended attributes of PATH below ROOT that a layer carries (none of overlay's own), sorted; NULL with errno. */
GPtrArray *cr_layer_read_attributes(int root, const char *path);
/* PATH has no link in the middle (what is walked has none). */
int cr_layer_stat(int root, const char *path, struct stat *out);
gboolean cr_layer_read_link(int root, const char *path, char *target, gsize size);
