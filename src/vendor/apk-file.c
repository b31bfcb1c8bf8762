/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk-file.h"

#include <string.h>
#include <zlib.h>

#include <openssl/evp.h>

#include "base/limits.h"

/* ---- members of a tar in memory ---- */

#define BLOCK_BYTES 512U

static guint64 read_octal(const guint8 *at, guint bytes)
{
  guint64 value = 0;
  for (guint i = 0; i < bytes && at[i] >= '0' && at[i] <= '7'; i++)
    value = value << 3 | (guint64)(at[i] - '0');
  return value;
}

gboolean cr_apk_tar_next(CrApkTar *tar)
{
  while (tar->size - tar->at >= BLOCK_BYTES) {
    const guint8 *block = tar->data + tar->at;
    guint64 size = read_octal(block + 124, 12);
    char type = (char)block[156];
    tar->at += BLOCK_BYTES;
    if (!block[0] || size > tar->size - tar->at)
      return FALSE;
    tar->body = tar->data + tar->at;
    tar->body_bytes = (gsize)size;
    tar->time = (gint64)read_octal(block + 136, 12);
    gsize padded = ((gsize)size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    tar->at += MIN(padded, tar->size - tar->at);
    memcpy(tar->name, block, 100);
    if (type == '0' || !type)
      return TRUE;
  }
  return FALSE;
}

/* ---- gzip members ---- */

gsize cr_apk_inflate_member(const guint8 *data, gsize size, gsize max, GByteArray *out)
{
  z_stream stream = {.next_in = (Bytef *)(gpointer)data, .avail_in = (uInt)MIN(size, max + 4096)};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
    return 0;
  g_byte_array_set_size(out, (guint)MIN(max, 64 * CR_KIB));
  stream.next_out = out->data;
  stream.avail_out = out->len;
  int result = inflate(&stream, Z_NO_FLUSH);
  while (result == Z_OK && !stream.avail_out && out->len < max) {
    g_byte_array_set_size(out, (guint)MIN(max, 4 * (gsize)out->len));
    stream.next_out = out->data + stream.total_out;
    stream.avail_out = (uInt)(out->len - stream.total_out);
    result = inflate(&stream, Z_NO_FLUSH);
  }
  g_byte_array_set_size(out, (guint)stream.total_out);
  gsize used = (gsize)stream.total_in;
  inflateEnd(&stream);
  return result == Z_STREAM_END && used < size ? used : 0;
}

/* ---- signatures ---- */

static const struct {
  const char *prefix, *digest;
} forms[] = {{".SIGN.RSA.", "SHA1"}, {".SIGN.RSA256.", "SHA256"}, {".SIGN.RSA512.", "SHA512"}};

const char *cr_apk_digest_intern(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(forms); i++)
    if (!strcmp(forms[i].digest, name))
      return forms[i].digest;
  return NULL;
}

static const EVP_MD *find_digest(const char *name)
{
  if (!strcmp(name, "SHA1"))
    return EVP_sha1();
  return !strcmp(name, "SHA256") ? EVP_sha256() : !strcmp(name, "SHA512") ? EVP_sha512() : NULL;
}

guint cr_apk_compute(const char *name, const guint8 *data, gsize size, guint8 *value)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  unsigned int length = 0;
  gboolean ok = context && EVP_DigestInit_ex(context, find_digest(name), NULL) == 1 &&
                EVP_DigestUpdate(context, data, size) == 1 && EVP_DigestFinal_ex(context, value, &length) == 1;
  EVP_MD_CTX_free(context);
  return ok ? length : 0;
}

gboolean cr_apk_seal_digest(CrApkSeal *seal, const guint8 *data, gsize size)
{
  for (guint i = 0; i < seal->count; i++) {
    CrApkSignature *signature = &seal->signatures[i];
    signature->value_bytes = cr_apk_compute(signature->digest, data, size, signature->value);
    if (!signature->value_bytes)
      return FALSE;
  }
  return TRUE;
}

gboolean cr_apk_is_key_name(const char *name)
{
  for (const char *c = name; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("@._+-", *c))
      return FALSE;
  return *name && *name != '.';
}

static void add_signature(const CrApkTar *tar, CrArena *arena, CrApkSeal *out)
{
  for (guint i = 0; i < G_N_ELEMENTS(forms) && out->count < CR_APK_SIGNATURES; i++) {
    const char *name = tar->name + strlen(forms[i].prefix);
    if (!g_str_has_prefix(tar->name, forms[i].prefix) || !cr_apk_is_key_name(name) || !tar->body_bytes)
      continue;
    guint8 *copy = cr_arena_alloc(arena, tar->body_bytes);
    memcpy(copy, tar->body, tar->body_bytes);
    out->signatures[out->count++] = (CrApkSignature){.key = cr_arena_strdup(arena, name),
                                                     .digest = forms[i].digest,
                                                     .signature = copy,
                                                     .signature_bytes = tar->body_bytes};
  }
}

gsize cr_apk_read_signatures(const guint8 *data, gsize size, CrArena *arena, CrApkSeal *out)
{
  g_autoptr(GByteArray) first = g_byte_array_new();
  gsize used = size ? cr_apk_inflate_member(data, size, CR_LIMIT_APK_SIGNATURE_BYTES, first) : 0;
  CrApkTar tar = {.data = first->data, .size = first->len};
  while (used && cr_apk_tar_next(&tar))
    add_signature(&tar, arena, out);
  return used;
}
