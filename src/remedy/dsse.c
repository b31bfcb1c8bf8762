/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/dsse.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"

/* More signatures than any threshold asks for; each costs a verification. */
#define MAX_SIGNATURES 32U
#define SIGNING_WHAT   "cosign container image signature"

static GBytes *take_text(CrJsonWriter *writer)
{
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return g_bytes_new(text, size);
}

/* ---- envelopes ---- */

GBytes *cr_dsse_encode(const char *payload_type, GBytes *payload)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(payload, &size);
  g_autofree char *head =
      g_strdup_printf("DSSEv1 %" G_GSIZE_FORMAT " %s %" G_GSIZE_FORMAT " ", strlen(payload_type), payload_type, size);
  GByteArray *bytes = g_byte_array_new();
  g_byte_array_append(bytes, (const guint8 *)head, (guint)strlen(head));
  g_byte_array_append(bytes, data, (guint)size);
  return g_byte_array_free_to_bytes(bytes);
}

static void write_base64(CrJsonWriter *writer, const char *name, GBytes *bytes)
{
  gsize size = 0;
  const guchar *data = g_bytes_get_data(bytes, &size);
  g_autofree char *text = g_base64_encode(data, size);
  cr_json_key_string(writer, name, text);
}

GBytes *cr_dsse_sign(const CrKey *key, const char *payload_type, GBytes *payload, GError **error)
{
  g_autoptr(GBytes) encoded = cr_dsse_encode(payload_type, payload);
  g_autoptr(GBytes) signature = cr_key_sign(key, encoded, error);
  if (!signature)
    return NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "payloadType", payload_type);
  write_base64(writer, "payload", payload);
  cr_json_key(writer, "signatures");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "keyid", ""); /* as cosign: verifiers know their keys */
  write_base64(writer, "sig", signature);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  return take_text(writer);
}

/* DSSE allows both alphabets of base64. NULL: neither. */
static GBytes *decode(const char *text)
{
  g_autofree char *plain = g_strdup(text);
  g_strdelimit(plain, "-", '+');
  g_strdelimit(plain, "_", '/');
  gsize length = strlen(plain);
  if (length % 4 || strspn(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != length)
    return NULL;
  gsize size = 0;
  guchar *data = g_base64_decode(plain, &size);
  return g_bytes_new_take(data, size);
}

static gboolean is_signed(const CrJson *signatures, GBytes *encoded, const CrKey *key)
{
  for (guint i = 0; i < MIN(cr_json_get_length(signatures), MAX_SIGNATURES); i++) {
    const char *text = cr_json_find_string(cr_json_get_element(signatures, i), "sig", "");
    g_autoptr(GBytes) signature = decode(text);
    if (signature && cr_key_verify(key, encoded, signature))
      return TRUE;
  }
  return FALSE;
}

GBytes *cr_dsse_open(GBytes *envelope, const char *payload_type, const CrKey *key, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(envelope, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "the envelope", error);
  if (!doc)
    return NULL;
  const CrJson *root = cr_json_get_root(doc), *signatures = cr_json_find(root, "signatures");
  const char *payload_text = cr_json_find_string(root, "payload", NULL);
  g_autoptr(GBytes) payload = payload_text ? decode(payload_text) : NULL;
  if (!payload || !cr_json_get_length(signatures) ||
      g_strcmp0(cr_json_find_string(root, "payloadType", NULL), payload_type) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it is no signed envelope of '%s'", payload_type);
    return NULL;
  }
  g_autoptr(GBytes) encoded = cr_dsse_encode(payload_type, payload);
  if (!key || is_signed(signatures, encoded, key))
    return g_steal_pointer(&payload);
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "none of its signatures is by this key");
  return NULL;
}

/* ---- simple signing ---- */

GBytes *cr_signing_format(const char *reference, const char *digest)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key(writer, "critical");
  cr_json_begin_object(writer);
  cr_json_key(writer, "identity");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "docker-reference", reference);
  cr_json_end_object(writer);
  cr_json_key(writer, "image");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "docker-manifest-digest", digest);
  cr_json_end_object(writer);
  cr_json_key_string(writer, "type", SIGNING_WHAT);
  cr_json_end_object(writer);
  cr_json_key(writer, "optional");
  cr_json_null(writer);
  cr_json_end_object(writer);
  return take_text(writer);
}

char *cr_signing_read_digest(GBytes *payload, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(payload, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "what is signed", error);
  if (!doc)
    return NULL;
  const CrJson *critical = cr_json_find(cr_json_get_root(doc), "critical");
  const char *digest = cr_json_find_string(cr_json_find(critical, "image"), "docker-manifest-digest", NULL);
  if (digest && cr_digest_is_valid(digest) && g_strcmp0(cr_json_find_string(critical, "type", NULL), SIGNING_WHAT) == 0)
    return g_strdup(digest);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "what is signed is not an image's digest");
  return NULL;
}
