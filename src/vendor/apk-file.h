/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: what apk's indexes and packages are made of, gzip members with a tar each (apk.h). The first holds
 * signatures of what comes behind it. */
#pragma once
#include "vendor/apk.h"

/* busybox's tar, which makes Alpine's, fills numbers to the last digit and ends none with a NUL, as POSIX wants and
 * image/tar-header.h asks for. What is read here is signed, or a few KiB. */
typedef struct {
  const guint8 *data;
  gsize size, at;
  char name[100 + 1];
  const guint8 *body;
  gsize body_bytes;
  gint64 time;
} CrApkTar;
/* The next file; FALSE at the end, or where it is no tar. Folders and pax headers are passed. */
gboolean cr_apk_tar_next(CrApkTar *tar);

/* The first gzip member of DATA, which comes to at most MAX bytes, into OUT. How many bytes of DATA it takes; 0: it is
 * none, or larger, or nothing is behind it. */
gsize cr_apk_inflate_member(const guint8 *data, gsize size, gsize max, GByteArray *out);

/* The signatures in the first member of DATA, in ARENA, without their digests. Where the second member begins; 0: there
 * is no first one. */
gsize cr_apk_read_signatures(const guint8 *data, gsize size, CrArena *arena, CrApkSeal *out);
/* What the signatures of SEAL are of, DATA, as their digests want it. FALSE: OpenSSL cannot. */
gboolean cr_apk_seal_digest(CrApkSeal *seal, const guint8 *data, gsize size);
/* "SHA1" and its like as a constant, or NULL. */
const char *cr_apk_digest_intern(const char *name);
/* A key's name becomes a file name. */
gboolean cr_apk_is_key_name(const char *name);
/* Digest NAME of DATA into VALUE (64 bytes); its length, 0: OpenSSL cannot. */
guint cr_apk_compute(const char *name, const guint8 *data, gsize size, guint8 *value);

/* ---- apk-package.c ---- */

/* A package file of apk's version 2 (abuild, apk-tools package.c): signatures, control data with .PKGINFO, files. */
typedef struct {
  CrApkSeal seal;   /* of the control data */
  char *identity;   /* "Q1" and the SHA1 of the control data: what an index calls it ("C:") */
  const char *info; /* .PKGINFO, which the control data hold */
  gsize info_bytes;
} CrApkPackageFile;
/* FILE's parts, in ARENA. That its files are those which .PKGINFO names by their hash is checked here; who vouches for
 * it, and whether it is what was asked for, is the caller's to ask. CR_ERROR_TRUST, CR_ERROR_INPUT. */
gboolean cr_apk_package_read(GBytes *file, CrArena *arena, CrApkPackageFile *out, GError **error);
/* The value of "NAME = value" in .PKGINFO, in ARENA, or NULL; the COUNTth of several, from 0. */
const char *cr_apk_package_find(const CrApkPackageFile *file, const char *name, guint count, CrArena *arena);

/* ---- apk-repository.c ---- */

/* Append a gzip member to OUT: a cut tar with one file. FALSE: zlib cannot. */
gboolean cr_apk_append_member(GByteArray *out, const char *name, const void *data, gsize size);
