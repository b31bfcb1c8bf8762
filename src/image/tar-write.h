/* SPDX-License-Identifier: Apache-2.0 */
/* The tar of an archive of images: regular files and folders of root, without times (POSIX.1-1988 ustar; sizes from
 * 8 GiB on in GNU's base 256, which every reader of images takes). Private to image/sink*.c. */
#pragma once
#include <glib.h>

typedef struct {
  int fd;             /* borrowed */
  gboolean is_socket; /* written without SIGPIPE when the reader has gone */
  const char *what;   /* for errors: "'x.tar'" */
  guint64 at;         /* bytes written */
  guint64 content;    /* where the open member's bytes begin */
} CrTarWriter;

gboolean cr_tar_write_folder(CrTarWriter *tar, const char *name, GError **error);
/* A file's header; then its SIZE bytes by cr_tar_write, then cr_tar_end_file. With SIZE G_MAXUINT64 it is whatever
 * comes, and the header is corrected at the end: for files only. */
gboolean cr_tar_begin_file(CrTarWriter *tar, const char *name, guint64 size_bytes, GError **error);
gboolean cr_tar_write(CrTarWriter *tar, const void *data, gsize size, GError **error);
/* NAME: that of the file, where its size was not known, else NULL. */
gboolean cr_tar_end_file(CrTarWriter *tar, const char *name, GError **error);
/* A whole file. */
gboolean cr_tar_write_file(CrTarWriter *tar, const char *name, const void *data, gsize size, GError **error);
gboolean cr_tar_write_end(CrTarWriter *tar, GError **error);
