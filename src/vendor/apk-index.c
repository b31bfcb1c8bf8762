/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk-file.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"

static gboolean refuse(GError **error, CrErrorCode code, const char *why)
{
  g_set_error_literal(error, CR_ERROR, code, why);
  return FALSE;
}

gboolean cr_apk_index_read_signatures(GBytes *file, CrArena *arena, CrApkSeal *out, gsize *signed_from, GError **error)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(file, &size);
  *out = (CrApkSeal){0};
  *signed_from = cr_apk_read_signatures(data, size, arena, out);
  if (!*signed_from)
    return refuse(error, CR_ERROR_TRUST, "it has no signature: it does not begin with a member that could hold one");
  if (!out->count)
    return refuse(error, CR_ERROR_TRUST, "it has no signature");
  if (!cr_apk_seal_digest(out, data + *signed_from, size - *signed_from))
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
  CrApkTar tar = {.data = g_bytes_get_data(bytes, &size)};
  tar.size = size;
  GBytes *index = NULL;
  while (!index && cr_apk_tar_next(&tar)) {
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
  out->digest = cr_apk_digest_intern(digest);
  if (!out->digest || !cr_apk_is_key_name(out->key) || value_bytes > sizeof out->value || !bytes)
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
