/* SPDX-License-Identifier: Apache-2.0 */
/* `policy: signature:`: is what a name is in its registry signed by a key of ours, before it is fetched? Signatures are
 * cosign's, under the tag sha256-HEX.sig, of the index or of the manifest for this platform (cosign
 * specs/SIGNATURE_SPEC.md); no transparency log is asked. */
#pragma once
#include "image/source.h"

/* *PINNED: "REPOSITORY@sha256:…" of what was signed, to be fetched instead of the tag, which may move meanwhile; free
 * with g_free. CR_ERROR_TRUST: nobody signed it, or another key did. CR_ERROR_USAGE: KEY_FILE is no public key. */
gboolean cr_signature_check(const char *reference, const char *key_file, const CrSourceOptions *options, char **pinned,
                            GError **error);
