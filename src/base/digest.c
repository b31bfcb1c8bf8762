/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <openssl/evp.h>
#include <string.h>

/* Up to here GLib's plain C (4 ns a byte) is sooner done than OpenSSL is started (library-crypto.c). */
#define SMALL_BYTES (128 * 1024U)

struct CrDigest {
  EVP_MD_CTX *context;
};

/* EVP_sha256() is looked up once: EVP_MD_fetch costs 10 µs a call. */
static EVP_MD *sha256(void)
{
  static gsize once = 0;
  if (g_once_init_enter(&once)) {
    EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
    g_once_init_leave(&once, (gsize)(md ? md : (EVP_MD *)(gsize)EVP_sha256()));
  }
  return (EVP_MD *)once;
}

CrDigest *cr_digest_new(void)
{
  CrDigest *digest = g_new0(CrDigest, 1);
  digest->context = EVP_MD_CTX_new();
  if (!digest->context || EVP_DigestInit_ex(digest->context, sha256(), NULL) != 1)
    g_error("cannot start a SHA-256 digest: OpenSSL has none");
  return digest;
}

void cr_digest_free(CrDigest *digest)
{
  if (!digest)
    return;
  EVP_MD_CTX_free(digest->context);
  g_free(digest);
}

void cr_digest_update(CrDigest *digest, const void *data, gsize size)
{
  EVP_DigestUpdate(digest->context, data, size);
}

void cr_digest_finish_bytes(CrDigest *digest, guint8 bytes[CR_DIGEST_BYTES])
{
  unsigned int size = CR_DIGEST_BYTES;
  EVP_DigestFinal_ex(digest->context, bytes, &size);
}

char *cr_digest_finish(CrDigest *digest)
{
  guint8 bytes[CR_DIGEST_BYTES];
  cr_digest_finish_bytes(digest, bytes);
  return cr_digest_format(bytes);
}

char *cr_digest_format(const guint8 bytes[CR_DIGEST_BYTES])
{
  char *text = g_malloc(7 + (gsize)2 * CR_DIGEST_BYTES + 1);
  memcpy(text, "sha256:", 7);
  for (guint i = 0; i < CR_DIGEST_BYTES; i++) {
    text[7 + 2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    text[8 + 2 * i] = "0123456789abcdef"[bytes[i] & 15];
  }
  text[7 + 2 * CR_DIGEST_BYTES] = 0;
  return text;
}

char *cr_digest_of(const void *data, gsize size)
{
  if (size <= SMALL_BYTES) {
    g_autofree char *hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, data, size);
    return g_strconcat("sha256:", hex, NULL);
  }
  g_autoptr(CrDigest) digest = cr_digest_new();
  cr_digest_update(digest, data, size);
  return cr_digest_finish(digest);
}

gboolean cr_digest_is_valid(const char *digest)
{
  return digest && strlen(digest) == 71 && !strncmp(digest, "sha256:", 7) &&
         strspn(digest + 7, "0123456789abcdef") == 64;
}

const char *cr_digest_get_hex(const char *digest)
{
  return digest + 7;
}

void cr_digest_parse(const char *digest, guint8 bytes[CR_DIGEST_BYTES])
{
  const char *hex = cr_digest_get_hex(digest);
  for (guint i = 0; i < CR_DIGEST_BYTES; i++)
    bytes[i] = (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
}
