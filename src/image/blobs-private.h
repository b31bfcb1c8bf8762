/* SPDX-License-Identifier: Apache-2.0 */
/* The two kinds of blobs. Private to image/blobs*.c. */
#pragma once
#include "image/blobs.h"

typedef struct {
  gboolean (*find)(const CrBlobs *blobs, const char *name, guint64 *size);
  GBytes *(*load)(const CrBlobs *blobs, const char *name, GError **error); /* error: the bare reason */
  gboolean (*read)(CrBlobs *blobs, const CrBlobWanted *wanted, guint count, guint jobs, CrLayerVisit visit,
                   gpointer data, GError **error);
  void (*free)(CrBlobs *blobs);
} CrBlobsClass;

struct CrBlobs {
  const CrBlobsClass *class;
  char *path;
  char *damage;
  int fd; /* of the folder or the file */
};

/* open() with CrBlobs' errors. */
int cr_blobs_open_path(const char *path, int flags, GError **error);
