/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: apk's repositories. An index (APKINDEX.tar.gz) is gzip members one after the other: a tar with
 * signatures (".SIGN.RSA.KEY", PKCS#1 v1.5 over all bytes behind that member by SHA-1; ".SIGN.RSA256.KEY" and
 * ".SIGN.RSA512.KEY" by those), then a tar with DESCRIPTION and APKINDEX (abuild-sign; apk-tools, package.c
 * apk_sign_ctx_*). Alpine signs by SHA-1 to this day: a second preimage of it is not known, and there is no other
 * signature. The format has no date of expiry; what dates an index is the time of its members, which is signed. */
#pragma once
#include "base/stream.h"
#include "vendor/archive-plan.h"

/* ---- apk-index.c ---- */

#define CR_APK_SIGNATURES 8

typedef struct {
  const char *key;    /* file name of the key: "alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub" */
  const char *digest; /* "SHA1", "SHA256", "SHA512" */
  guint8 value[64];   /* that digest of the signed bytes */
  guint value_bytes;
  const guint8 *signature;
  gsize signature_bytes;
} CrApkSignature;

/* What is kept of an index beside its compiled list: enough to verify its signature again, without its bytes. */
typedef struct {
  guint count;
  CrApkSignature signatures[CR_APK_SIGNATURES];
  const char *description; /* "v3.18.9-28-g1a2b…", or NULL */
  gint64 date;             /* seconds */
  const char *list;        /* SHA256 of the file, 64 hex digits */
} CrApkSeal;

/* The signatures in FILE and the digests that they are of, into ARENA; *SIGNED_FROM: where the signed bytes begin.
 * CR_ERROR_TRUST: it has none. */
gboolean cr_apk_index_read_signatures(GBytes *file, CrArena *arena, CrApkSeal *out, gsize *signed_from, GError **error);
/* The text of APKINDEX in FILE, whose signature was verified, with DESCRIPTION and date into OUT. */
GBytes *cr_apk_index_read(GBytes *file, gsize signed_from, CrArena *arena, CrApkSeal *out, GError **error);
GBytes *cr_apk_seal_format(const CrApkSeal *seal);
gboolean cr_apk_seal_parse(GBytes *text, CrArena *arena, CrApkSeal *out, GError **error);

/* ---- list-apk.c ---- */

/* The text of an APKINDEX as stanzas for cr_list_compile. */
CrStream *cr_list_translate_apk(GBytes *index);

/* ---- apk-keys.c ---- */

/* Does KEY (a public key in PEM) vouch for SIGNATURE? */
gboolean cr_apk_key_verify(GBytes *key, const CrApkSignature *signature, GError **error);
/* A public key of DISTRIBUTION on this system, by its file name: in FOLDER (NULL: /usr/share/apk/keys, then
 * /usr/share/keyrings), and there in the folder of ARCHITECTURE where it has one. NULL: not there, or no name of the
 * distribution's. */
GBytes *cr_apk_key_find(const CrDistribution *distribution, const char *folder, const char *architecture,
                        const char *name);
/* Is there any? */
gboolean cr_apk_has_keys(const CrDistribution *distribution, const char *folder, const char *architecture);

/* ---- archive-apk.c ---- */

/* A line of etc/apk/repositories. */
typedef struct {
  const char *tag; /* of "@tag URL", or NULL */
  const char *uri; /* no '/' at the end */
  const char *file;
} CrApkRepository;
/* The lines of TEXT, appended to LIST (CrApkRepository*, in ARENA). */
void cr_apk_repositories_parse(const char *text, gsize size, const char *file, CrArena *arena, GPtrArray *list,
                               CrProblems *problems);

/* ---- apk-world.c ---- */

/* A word of dependencies, "name>=1.2@tag": does VERSION satisfy it? (apk-world(5); '~' is a prefix of components) */
typedef struct {
  const char *name, *version, *tag; /* or NULL */
  char op[4];                       /* "", "=", "<", "<=", ">", ">=", "~", … */
  gboolean conflict;                /* "!name" */
} CrApkWord;
CrApkWord cr_apk_word_parse(const char *text, gsize size, CrArena *arena);
gboolean cr_apk_word_accepts(const CrApkWord *word, const char *version);

/* ---- apk-updates.c ---- */

void cr_apk_find_updates(CrArchives *archives, const GPtrArray *packages, CrArena *arena, GPtrArray *updates,
                         CrProblems *problems);

/* ---- apk-resolve.c ---- */

/* resolve of the kind apk: `apk upgrade` with nothing to be had but what it cannot do without. */
gboolean cr_apk_resolve(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted, CrArena *arena,
                        GPtrArray *changes, GError **error);
