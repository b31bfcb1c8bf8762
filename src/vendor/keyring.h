/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: whose signature counts. The distribution's archives are vouched for by its keyring of this system (in
 * /usr/share/keyrings, or the folder that --keyrings names); the image's own keys vouch for third-party archives only,
 * else an image could hide every fix from us with a key of its own. */
#pragma once
#include "vendor/distribution.h"
#include "vendor/sources.h"

/* Keys in one binary file for gpgv, kept in the cache under its hash. */
typedef struct {
  char *path;
  char *hash;          /* 64 hex digits; names verdicts */
  char **fingerprints; /* only these keys of it, upper case; NULL: all */
} CrKeyring;
void cr_keyring_free(CrKeyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrKeyring, cr_keyring_free)

/* Append the keys of a file to OUT: binary packets as they are, armored ones decoded (RFC 9580 §6). CR_ERROR_INPUT
 * where it is no public keyring: a secret key, a keybox, something else. */
gboolean cr_keyring_add_keys(GByteArray *out, const guint8 *data, gsize size, GError **error);

/* This system's keys of DISTRIBUTION, in FOLDER (NULL: /usr/share/keyrings). ARCHIVED: for releases that are over.
 * CR_ERROR_TRUST with a hint when they are not there. */
CrKeyring *cr_keyring_load_distribution(const CrDistribution *distribution, const char *folder, gboolean archived,
                                        const CrCache *cache, GError **error);
/* The keys that the image's apt would believe for SOURCE: its Signed-By, else all trusted ones. NULL without ERROR:
 * none. */
CrKeyring *cr_keyring_load_image(CrTree *tree, const CrAptSource *source, const CrCache *cache, GError **error);

/* The text that KEYRING vouches for: of an InRelease (SIGNATURE NULL) what gpgv cuts out, else all of RELEASE.
 * CR_ERROR_TRUST says why it is refused. Verdicts are kept for a day (keys expire) under the hashes of both. HASH: of
 * RELEASE and SIGNATURE, 64 hex digits. RELEASE NULL: only a kept verdict will do, else NULL without ERROR. */
GBytes *cr_keyring_verify(const CrKeyring *keyring, const char *hash, GBytes *release, GBytes *signature,
                          const CrCache *cache, GError **error);
