/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that sign records, as cosign and openssl keep them in files, and their signatures as cosign makes them: ECDSA in
 * ASN.1 and RSA PKCS#1 v1.5, both over SHA-256, and Ed25519 (sigstore/pkg/signature).
 *
 * Nothing of a private key is ever logged, named in a message or given to another process. */
#pragma once
#include <glib.h>

typedef struct CrKey CrKey;

/* A private key: PEM of openssl (PKCS#8, also encrypted; "EC PRIVATE KEY", "RSA PRIVATE KEY") or cosign's own
 * ("ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"). PASSWORD (may be NULL: none was given) is never
 * asked for. CR_ERROR_USAGE: no such file, no key, wrong password, a kind that cosign does not know. */
CrKey *cr_key_load_private(const char *file, const char *password, GError **error);
/* A public key: PEM "PUBLIC KEY". */
CrKey *cr_key_load_public(const char *file, GError **error);
CrKey *cr_key_parse_private(const void *pem, gsize size, const char *password, const char *what, GError **error);
CrKey *cr_key_parse_public(const void *pem, gsize size, const char *what, GError **error);
void cr_key_free(CrKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrKey, cr_key_free)

/* Who besides its owner can read FILE: "its group", "everybody", or NULL. */
const char *cr_key_find_readers(const char *file);

/* COSIGN_PASSWORD, else the first line of FILE (may be NULL). *PASSWORD (NULL: neither) is freed with
 * cr_password_free. CR_ERROR_USAGE: FILE cannot be read. */
gboolean cr_password_load(const char *file, char **password, GError **error);
void cr_password_free(char *password); /* wiped first */

/* KEY is private. */
GBytes *cr_key_sign(const CrKey *key, GBytes *data, GError **error);
/* Is SIGNATURE one of DATA by KEY, private or public? */
gboolean cr_key_verify(const CrKey *key, GBytes *data, GBytes *signature);
/* "sha256:…" of the public key's DER form (RFC 5280 SubjectPublicKeyInfo), by which people name it. Free with g_free.
 */
char *cr_key_format_id(const CrKey *key);

/* key-cosign.c: the PKCS#8 in what stands between the PEM lines (secure-systems-lab encrypted, as go-securesystemslib
 * writes it: scrypt and NaCl's secretbox, through libsodium). *SIZE; free with cr_key_wipe. */
guint8 *cr_key_decrypt_cosign(GBytes *body, const char *password, const char *what, gsize *size, GError **error);
void cr_key_wipe(guint8 *secret, gsize size);
