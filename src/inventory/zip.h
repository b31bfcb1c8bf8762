/* SPDX-License-Identifier: Apache-2.0 */
/* The directory at the end of a zip (PKWARE's APPNOTE.TXT; zip64 too), and single members by it. Of a jar with ten
 * thousand classes three small members are wanted: libarchive would visit each. Private to inventory/. */
#pragma once
#include "image/collect.h"

typedef struct CrZip CrZip;

typedef struct {
  const char *name; /* NAME_BYTES bytes, not NUL-terminated */
  gsize name_bytes;
  guint64 packed_bytes, bytes, offset;
  guint method; /* 0 stored, 8 deflate */
  gboolean encrypted;
} CrZipEntry;

/* The zip in bytes [START, START+SIZE) of FILE, which must outlive it; a program before it is passed over.
 * CR_ERROR_INPUT: no directory (cut, or no zip). */
CrZip *cr_zip_open(CrFile *file, guint64 start, guint64 size, GError **error);
void cr_zip_free(CrZip *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrZip, cr_zip_free)
gsize cr_zip_get_directory_bytes(const CrZip *zip);
/* The next entry in the directory's order. FALSE at the end, or with ERROR where the directory is damaged. */
gboolean cr_zip_next(CrZip *zip, CrZipEntry *entry, GError **error);
/* Where the packed bytes of ENTRY are in the file. */
gboolean cr_zip_find_data(CrZip *zip, const CrZipEntry *entry, guint64 *offset, GError **error);
/* The whole of ENTRY, at most LIMIT bytes (CR_ERROR_LIMIT). What unpacks to more than the directory says is
 * CR_ERROR_INPUT. */
GBytes *cr_zip_read(CrZip *zip, const CrZipEntry *entry, gsize limit, GError **error);
