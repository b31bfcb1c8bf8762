/* SPDX-License-Identifier: Apache-2.0 */
/* Digests in the OCI notation "sha256:<64 hex>" (OCI image spec, descriptor.md §Digests). OpenSSL's EVP underneath,
 * which uses the CPU's SHA extensions. */
#pragma once
#include <glib.h>

#define CR_DIGEST_BYTES 32U

typedef struct CrDigest CrDigest;

/* A running sha256. */
CrDigest *cr_digest_new(void);
void cr_digest_free(CrDigest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDigest, cr_digest_free)
void cr_digest_update(CrDigest *digest, const void *data, gsize size);
/* "sha256:…"; ends the digest. Free with g_free. */
char *cr_digest_finish(CrDigest *digest);
/* The same as it is. */
void cr_digest_finish_bytes(CrDigest *digest, guint8 bytes[CR_DIGEST_BYTES]);
char *cr_digest_format(const guint8 bytes[CR_DIGEST_BYTES]);
/* DIGEST must be valid. */
void cr_digest_parse(const char *digest, guint8 bytes[CR_DIGEST_BYTES]);

/* "sha256:…" of DATA. */
char *cr_digest_of(const void *data, gsize size);
/* Well-formed by the spec, and of an algorithm that careen can check (sha256; sha512 is refused with words by callers).
 */
gboolean cr_digest_is_valid(const char *digest);
/* The part behind "sha256:", for file names; DIGEST must be valid. */
const char *cr_digest_get_hex(const char *digest);
