/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass builds and collectors only see through functions. Private to image/. */
#pragma once
#include "image/collect.h"

struct CrFile {
  guint64 size;
  const guint8 *memory; /* everything, or NULL: in `fd` */
  int fd;
  gboolean own_fd;
  GBytes *bytes;
  guint8 *window; /* the part of `fd` looked at last */
  guint64 window_offset;
  gsize window_size, window_room;
};
void cr_file_clear(CrFile *file);

struct CrSink {
  void (*write)(gpointer owner, const void *data, gsize size);
  gpointer owner;
  guint64 bytes;
};
