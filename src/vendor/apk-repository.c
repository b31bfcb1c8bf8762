/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk-repository.h"

#include <string.h>
#include <zlib.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "vendor/apk-file.h"

/* ---- records ---- */

/* Letters in the order in which apk writes them; of lists all words in one line. */
static const struct {
  const char *name;
  gboolean many;
  char letter;
} fields[] = {
    {"size", FALSE, 'I'},
    {"pkgdesc", FALSE, 'T'},
    {"url", FALSE, 'U'},
    {"license", FALSE, 'L'},
    {"origin", FALSE, 'o'},
    {"maintainer", FALSE, 'm'},
    {"builddate", FALSE, 't'},
    {"commit", FALSE, 'c'},
    {"provider_priority", FALSE, 'k'},
    {"depend", TRUE, 'D'},
    {"provides", TRUE, 'p'},
    {"install_if", TRUE, 'i'},
    {"replaces", TRUE, 'r'},
    {"replaces_priority", FALSE, 'q'},
};

static void append_field(GString *records, const CrApkPackageFile *package, guint i, CrArena *arena)
{
  const char *value = cr_apk_package_find(package, fields[i].name, 0, arena);
  if (!value)
    return;
  g_string_append_printf(records, "%c:%s", fields[i].letter, value);
  for (guint k = 1; fields[i].many && (value = cr_apk_package_find(package, fields[i].name, k, arena)); k++)
    g_string_append_printf(records, " %s", value);
  g_string_append_c(records, '\n');
}

gboolean cr_apk_record_append(GString *records, const CrArchiveFile *file, GBytes *bytes, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrApkPackageFile package;
  if (!cr_apk_package_read(bytes, arena, &package, error))
    return FALSE;
  const char *name = cr_apk_package_find(&package, "pkgname", 0, arena);
  const char *version = cr_apk_package_find(&package, "pkgver", 0, arena);
  if (g_strcmp0(name, file->name) != 0 || g_strcmp0(version, file->version) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot use package '%s': inside it is '%s' %s", file->name,
                name ? name : "", version ? version : "");
    return FALSE;
  }
  g_string_append_printf(records, "C:%s\nP:%s\nV:%s\nA:%s\nS:%" G_GUINT64_FORMAT "\n", package.identity, name, version,
                         file->arch, file->size_bytes);
  for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
    append_field(records, &package, i, arena);
  g_string_append_c(records, '\n');
  return TRUE;
}

/* ---- tars, gzipped ---- */

#define BLOCK_BYTES 512U

static void append_member(GByteArray *tar, const char *name, const void *data, gsize size)
{
  char block[BLOCK_BYTES] = {0};
  g_strlcpy(block, name, 100);
  g_strlcpy(block + 100, "0000644", 8);
  g_strlcpy(block + 108, "0000000", 8);
  g_strlcpy(block + 116, "0000000", 8);
  g_snprintf(block + 124, 12, "%011" G_GINT64_MODIFIER "o", (guint64)size);
  g_strlcpy(block + 136, "00000000000", 12);
  memset(block + 148, ' ', 8);
  block[156] = '0';
  g_strlcpy(block + 257, "ustar", 6);
  memset(block + 263, '0', 2);
  guint sum = 0;
  for (guint i = 0; i < BLOCK_BYTES; i++)
    sum += (guint8)block[i];
  g_snprintf(block + 148, 8, "%06o", sum);
  g_byte_array_append(tar, (const guint8 *)block, BLOCK_BYTES);
  g_byte_array_append(tar, data, (guint)size);
  static const guint8 zeros[BLOCK_BYTES] = {0};
  g_byte_array_append(tar, zeros, (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES);
}

static void append_end(GByteArray *tar)
{
  static const guint8 zeros[2 * BLOCK_BYTES] = {0};
  g_byte_array_append(tar, zeros, sizeof zeros);
}

static gboolean append_gzip(GByteArray *out, const GByteArray *tar)
{
  z_stream stream = {.next_in = tar->data, .avail_in = tar->len};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return FALSE;
  guint at = out->len;
  guint bound = (guint)deflateBound(&stream, tar->len);
  g_byte_array_set_size(out, at + bound);
  stream.next_out = out->data + at;
  stream.avail_out = bound;
  gboolean good = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  g_byte_array_set_size(out, at + (guint)stream.total_out);
  deflateEnd(&stream);
  return good;
}

gboolean cr_apk_append_member(GByteArray *out, const char *name, const void *data, gsize size)
{
  g_autoptr(GByteArray) tar = g_byte_array_new();
  append_member(tar, name, data, size); /* no end: further members follow */
  return append_gzip(out, tar);
}

/* ---- the key ---- */

struct CrApkSigner {
  EVP_PKEY *key;
  GBytes *text;
};

static EVP_PKEY *make_key(void)
{
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
  if (context && EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1)
    EVP_PKEY_generate(context, &key);
  EVP_PKEY_CTX_free(context);
  return key;
}

static GBytes *format_key(EVP_PKEY *key)
{
  char text[4096];
  BIO *bio = BIO_new(BIO_s_mem());
  int size = bio && PEM_write_bio_PUBKEY(bio, key) == 1 ? BIO_read(bio, text, sizeof text) : 0;
  BIO_free(bio);
  return size > 0 ? g_bytes_new(text, (gsize)size) : NULL;
}

CrApkSigner *cr_apk_signer_new(GError **error)
{
  g_autoptr(CrApkSigner) signer = g_new0(CrApkSigner, 1);
  signer->key = make_key();
  signer->text = signer->key ? format_key(signer->key) : NULL;
  if (signer->text)
    return g_steal_pointer(&signer);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "OpenSSL cannot make a key for the run");
  return NULL;
}

void cr_apk_signer_free(CrApkSigner *signer)
{
  if (!signer)
    return;
  EVP_PKEY_free(signer->key);
  g_clear_pointer(&signer->text, g_bytes_unref);
  g_free(signer);
}

GBytes *cr_apk_signer_get_key(const CrApkSigner *signer)
{
  return signer->text;
}

/* SHA1, which every apk reads; nobody but this process chooses what is signed. */
static gboolean sign(const CrApkSigner *signer, const GByteArray *body, guint8 *out, gsize *size)
{
  guint8 value[64];
  guint bytes = cr_apk_compute("SHA1", body->data, body->len, value);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(signer->key, NULL);
  gboolean good = bytes && context && EVP_PKEY_sign_init(context) == 1 &&
                  EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                  EVP_PKEY_CTX_set_signature_md(context, EVP_sha1()) == 1 &&
                  EVP_PKEY_sign(context, out, size, value, bytes) == 1;
  EVP_PKEY_CTX_free(context);
  return good;
}

GBytes *cr_apk_signer_make_index(const CrApkSigner *signer, const char *records, GError **error)
{
  static const char description[] = "packages of one run";
  g_autoptr(GByteArray) tar = g_byte_array_new();
  g_autoptr(GByteArray) body = g_byte_array_new();
  g_autoptr(GByteArray) index = g_byte_array_new();
  guint8 signature[1024];
  gsize size = sizeof signature;
  append_member(tar, "DESCRIPTION", description, strlen(description));
  append_member(tar, "APKINDEX", records, strlen(records));
  append_end(tar);
  gboolean good = append_gzip(body, tar) && sign(signer, body, signature, &size);
  if (good && cr_apk_append_member(index, ".SIGN.RSA." CR_APK_SIGNER_KEY, signature, size)) {
    g_byte_array_append(index, body->data, body->len);
    return g_byte_array_free_to_bytes(g_steal_pointer(&index));
  }
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "OpenSSL cannot sign the run's list of packages");
  return NULL;
}
