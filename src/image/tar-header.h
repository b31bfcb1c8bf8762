/* SPDX-License-Identifier: Apache-2.0 */
/* One header block of a tar (POSIX ustar, and what GNU tar writes that is the same), for finding the members of an
 * archive of images. Those are plain: regular files with short names. Whatever is not plain, and whatever is damaged,
 * is CR_TAR_UNKNOWN here and libarchive's to read and to name; where this reader understands a header, both say the
 * same (fuzz-tar-header compares them). */
#pragma once
#include <glib.h>

#define CR_TAR_BLOCK_BYTES 512U

typedef enum { CR_TAR_UNKNOWN, CR_TAR_END, CR_TAR_FILE, CR_TAR_FOLDER, CR_TAR_HARD_LINK, CR_TAR_SOFT_LINK } CrTarKind;

typedef struct {
  CrTarKind kind;
  char name[256 + 1]; /* prefix, '/' and name */
  char link[100 + 1];
  guint64 size; /* of the content behind the header; 0 unless a file */
} CrTarHeader;

CrTarKind cr_tar_header_read(const guint8 block[CR_TAR_BLOCK_BYTES], CrTarHeader *out);
