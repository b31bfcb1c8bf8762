/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk.h"

#include <string.h>
#include <zlib.h>

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"

static gboolean refuse(GError **error, CrErrorCode code, const char *why)
{
  g_set_error_literal(error, CR_ERROR, code, why);
  return FALSE;
}

/* ---- members of a tar in memory ---- */

/* busybox's tar, which makes Alpine's, fills numbers to the last digit and ends none with a NUL, as POSIX wants and
 * image/tar-header.h asks for. What is read here is signed, or a few KiB. */
#define BLOCK_BYTES 512U

typedef struct {
  const guint8 *data;
  gsize size, at;
  char name[100 + 1];
  const guint8 *body;
  gsize body_bytes;
  gint64 time;
} Tar;

static guint64 read_octal(const guint8 *at, guint bytes)
{
  guint64 value = 0;
  for (guint i = 0; i < bytes && at[i] >= '0' && at[i] <= '7'; i++)
    value = value << 3 | (guint64)(at[i] - '0');
  return value;
}

/* The next file; FALSE at the end, or where it is no tar. Folders and pax headers are passed. */
static gboolean next_member(Tar *tar)
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

/* ---- the first member ---- */

/* The first gzip member of DATA into OUT (at most CR_LIMIT_APK_SIGNATURE_BYTES); *USED: where the second begins. */
static gboolean inflate_first(const guint8 *data, gsize size, GByteArray *out, gsize *used)
{
  z_stream stream = {.next_in = (Bytef *)(gpointer)data, .avail_in = (uInt)MIN(size, CR_LIMIT_APK_SIGNATURE_BYTES)};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
    return FALSE;
  g_byte_array_set_size(out, CR_LIMIT_APK_SIGNATURE_BYTES);
  stream.next_out = out->data;
  stream.avail_out = out->len;
  int result = inflate(&stream, Z_FINISH);
  g_byte_array_set_size(out, (guint)stream.total_out);
  *used = (gsize)stream.total_in;
  inflateEnd(&stream);
  return result == Z_STREAM_END && *used < size;
}

static const struct {
  const char *prefix, *digest;
} forms[] = {{".SIGN.RSA.", "SHA1"}, {".SIGN.RSA256.", "SHA256"}, {".SIGN.RSA512.", "SHA512"}};

static const EVP_MD *find_digest(const char *name)
{
  if (!strcmp(name, "SHA1"))
    return EVP_sha1();
  return !strcmp(name, "SHA256") ? EVP_sha256() : !strcmp(name, "SHA512") ? EVP_sha512() : NULL;
}

static gboolean compute(CrApkSignature *signature, const guint8 *data, gsize size)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  unsigned int length = 0;
  gboolean ok = context && EVP_DigestInit_ex(context, find_digest(signature->digest), NULL) == 1 &&
                EVP_DigestUpdate(context, data, size) == 1 &&
                EVP_DigestFinal_ex(context, signature->value, &length) == 1;
  EVP_MD_CTX_free(context);
  signature->value_bytes = length;
  return ok;
}

/* A key's name becomes a file name. */
static gboolean is_key_name(const char *name)
{
  for (const char *c = name; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("@._+-", *c))
      return FALSE;
  return *name && *name != '.';
}

static void add_signature(const Tar *tar, CrArena *arena, CrApkSeal *out)
{
  for (guint i = 0; i < G_N_ELEMENTS(forms) && out->count < CR_APK_SIGNATURES; i++) {
    const char *name = tar->name + strlen(forms[i].prefix);
    if (!g_str_has_prefix(tar->name, forms[i].prefix) || !is_key_name(name) || !tar->body_bytes)
      continue;
    guint8 *copy = cr_arena_alloc(arena, tar->body_bytes);
    memcpy(copy, tar->body, tar->body_bytes);
    out->signatures[out->count++] = (CrApkSignature){.key = cr_arena_strdup(arena, name),
                                                     .digest = forms[i].digest,
                                                     .signature = copy,
                                                     .signature_bytes = tar->body_bytes};
  }
}

gboolean cr_apk_index_read_signatures(GBytes *file, CrArena *arena, CrApkSeal *out, gsize *signed_from, GError **error)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(file, &size);
  g_autoptr(GByteArray) first = g_byte_array_new();
  *out = (CrApkSeal){0};
  if (!size || !inflate_first(data, size, first, signed_from))
    return refuse(error, CR_ERROR_TRUST, "it has no signature: it does not begin with a member that could hold one");
  Tar tar = {.data = first->data, .size = first->len};
  while (next_member(&tar))
    add_signature(&tar, arena, out);
  if (!out->count)
    return refuse(error, CR_ERROR_TRUST, "it has no signature");
  for (guint i = 0; i < out->count; i++)
    if (!compute(&out->signatures[i], data + *signed_from, size - *signed_from))
      return refuse(error, CR_ERROR_ENVIRONMENT, "OpenSSL cannot compute the digest of its signature");
  g_autofree char *digest = cr_digest_of(data, size);
  out->list = cr_arena_strdup(arena, cr_digest_get_hex(digest));
  return TRUE;
}

/* ---- the second ---- */

GBytes *cr_apk_index_read(GBytes *file, gsize signed_from, CrArena *arena, CrApkSeal *out, GError **error)
{
  g_autoptr(GBytes) rest = g_bytes_new_from_bytes(file, signed_from, g_bytes_get_size(file) - signed_from);
  g_autoptr(CrStream) stream = cr_stream_new_decompress(cr_stream_new_bytes(rest), NULL);
  g_autoptr(GBytes) bytes = cr_stream_read_all(stream, CR_LIMIT_APK_INDEX_BYTES, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  Tar tar = {.data = g_bytes_get_data(bytes, &size)};
  tar.size = size;
  GBytes *index = NULL;
  while (!index && next_member(&tar)) {
    out->date = MAX(out->date, tar.time);
    if (!strcmp(tar.name, "DESCRIPTION"))
      out->description = cr_arena_strndup(arena, (const char *)tar.body, MIN(tar.body_bytes, 256));
    else if (!strcmp(tar.name, "APKINDEX"))
      index = g_bytes_new_from_bytes(bytes, (gsize)(tar.body - tar.data), tar.body_bytes);
  }
  if (!index)
    refuse(error, CR_ERROR_INPUT, "there is no APKINDEX in it");
  return index;
}

/* ---- what is kept ---- */

GBytes *cr_apk_seal_format(const CrApkSeal *seal)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "description", seal->description);
  cr_json_key_integer(writer, "date", seal->date);
  cr_json_key_string(writer, "list", seal->list);
  cr_json_key(writer, "signatures");
  cr_json_begin_array(writer);
  for (guint i = 0; i < seal->count; i++) {
    const CrApkSignature *signature = &seal->signatures[i];
    g_autofree char *value = g_base64_encode(signature->value, signature->value_bytes);
    g_autofree char *text = g_base64_encode(signature->signature, signature->signature_bytes);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "key", signature->key);
    cr_json_key_string(writer, "digest", signature->digest);
    cr_json_key_string(writer, "value", value);
    cr_json_key_string(writer, "signature", text);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return g_bytes_new(text, size);
}

static gboolean parse_signature(const CrJson *node, CrArena *arena, CrApkSignature *out)
{
  const char *digest = cr_json_find_string(node, "digest", "");
  gsize value_bytes = 0;
  gsize bytes = 0;
  g_autofree guchar *value = g_base64_decode(cr_json_find_string(node, "value", ""), &value_bytes);
  g_autofree guchar *signature = g_base64_decode(cr_json_find_string(node, "signature", ""), &bytes);
  out->key = cr_arena_strdup(arena, cr_json_find_string(node, "key", ""));
  for (guint i = 0; i < G_N_ELEMENTS(forms); i++)
    if (!strcmp(forms[i].digest, digest))
      out->digest = forms[i].digest;
  if (!out->digest || !is_key_name(out->key) || value_bytes > sizeof out->value || !bytes)
    return FALSE;
  memcpy(out->value, value, value_bytes);
  out->value_bytes = (guint)value_bytes;
  guint8 *copy = cr_arena_alloc(arena, bytes);
  memcpy(copy, signature, bytes);
  out->signature = copy;
  out->signature_bytes = bytes;
  return TRUE;
}

gboolean cr_apk_seal_parse(GBytes *text, CrArena *arena, CrApkSeal *out, GError **error)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(text, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(data, size, "what is kept of an index", error);
  if (!doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(doc);
  const CrJson *signatures = cr_json_find(root, "signatures");
  g_autofree char *digest = g_strdup_printf("sha256:%s", cr_json_find_string(root, "list", ""));
  *out = (CrApkSeal){.date = cr_json_find_integer(root, "date", 0)};
  out->description = cr_arena_strdup(arena, cr_json_find_string(root, "description", NULL));
  out->list = cr_arena_strdup(arena, cr_digest_get_hex(digest));
  for (guint i = 0; i < cr_json_get_length(signatures) && out->count < CR_APK_SIGNATURES; i++)
    out->count += parse_signature(cr_json_get_element(signatures, i), arena, &out->signatures[out->count]);
  return (out->count && cr_digest_is_valid(digest)) ||
         refuse(error, CR_ERROR_INPUT, "what is kept of an index cannot be read");
}
