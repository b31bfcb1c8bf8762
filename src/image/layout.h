/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI image layout (image-spec image-layout.md) among blobs of any kind: oci:DIR, oci-archive:FILE, and what newer
 * `docker save` writes. Private to image/source-oci.c and source-archive.c. */
#pragma once
#include "image/blobs.h"
#include "image/source-private.h"

/* What such a source keeps in source->own. */
typedef struct CrLayout {
  CrBlobs *blobs;
  const char **layer_names; /* in the arena: a blob for each layer of the image */
  gboolean by_digest;       /* the names are those of the layers' own digests, whose sizes are known too */
  CrStrv names;             /* in the arena: of all images there */
  gboolean (*open)(CrSource *source, struct CrLayout *layout, const char *tag, GError **error); /* that of NAMES */
} CrLayout;

/* Fill source->image from index.json. TAG (NULL: the only image, else the one tagged latest) is a ref.name, a
 * containerd name or a digest. */
gboolean cr_layout_open(CrSource *source, CrLayout *layout, const char *tag, GError **error);
/* CrSourceClass.open_member. */
gboolean cr_layout_open_member(CrSource *source, const CrSource *parent, const CrDescriptor *entry, GError **error);
/* CrSourceClass.read_layers and .close for any source that keeps a CrLayout. */
gboolean cr_layout_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                               CrProblems *problems, GError **error);
void cr_layout_close(CrSource *source);
/* As CrSourceClass.list_siblings, by the layout's NAMES; set_names copies the array, not the strings. */
void cr_layout_set_names(CrLayout *layout, const GPtrArray *names, CrArena *arena);
void cr_layout_list_siblings(const CrSource *source, GPtrArray *images, CrArena *arena);
/* "FILE" or "FILE:TAG", where FILE exists: what stands behind the shortest tail that leaves an existing path. *TAG is
 * NULL or points into REST. Free the result with g_free. */
char *cr_layout_split_tag(const char *rest, const char **tag);
/* The names an image goes by, for the hint of an error that cannot choose. */
void cr_layout_set_choice(const char *path, const char *prefix, GPtrArray *names, const char *tag, GError **error);
