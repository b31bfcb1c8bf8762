/* SPDX-License-Identifier: Apache-2.0 */
/* A repository of apk's with nothing in it but packages that were fetched and checked: apk, told of no other, can
 * install nothing else. Its index is signed by a key that is made for the run and thrown away with it, so that apk's
 * own check of signatures stays on. */
#pragma once
#include "vendor/vendor.h"

typedef struct CrApkSigner CrApkSigner;
/* Makes a key: RSA, 2048 bits, a tenth of a second. CR_ERROR_ENVIRONMENT. */
CrApkSigner *cr_apk_signer_new(GError **error);
void cr_apk_signer_free(CrApkSigner *signer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrApkSigner, cr_apk_signer_free)
/* The public half as PEM, for a file called CR_APK_SIGNER_KEY in apk's --keys-dir. */
#define CR_APK_SIGNER_KEY "careen.rsa.pub"
GBytes *cr_apk_signer_get_key(const CrApkSigner *signer);
/* APKINDEX.tar.gz of RECORDS. */
GBytes *cr_apk_signer_make_index(const CrApkSigner *signer, const char *records, GError **error);

/* Append to RECORDS what an index has of the package BYTES, which FILE names and which was checked
 * (cr_archives_fetch_file): as `apk index` takes it from .PKGINFO. CR_ERROR_TRUST: it is another package than FILE
 * says. */
gboolean cr_apk_record_append(GString *records, const CrArchiveFile *file, GBytes *bytes, GError **error);
