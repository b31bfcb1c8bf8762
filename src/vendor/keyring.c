/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/keyring.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"

void cr_keyring_free(CrKeyring *keyring)
{
  if (!keyring)
    return;
  g_free(keyring->path);
  g_free(keyring->hash);
  g_strfreev(keyring->fingerprints);
  g_free(keyring);
}

/* ---- keys out of files ---- */

static gboolean refuse(GError **error, const char *why)
{
  g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, why);
  return FALSE;
}

/* A public key begins with packet tag 6, in the old or the new form (RFC 9580 §4.2). */
static gboolean add_binary(GByteArray *out, const guint8 *data, gsize size, GError **error)
{
  if (size < 2 || ((data[0] & 0xfc) != 0x98 && data[0] != 0xc6))
    return refuse(error, size > 12 && memcmp(data + 8, "KBXf", 4) == 0
                             ? "it is a keybox, which apt does not read either"
                             : "it holds no public key");
  g_byte_array_append(out, data, (guint)size);
  return TRUE;
}

static gsize line_length(const char *text, gsize size)
{
  const char *stop = memchr(text, '\n', size);
  return stop ? (gsize)(stop - text) : size;
}

static gboolean starts_with(const char *line, gsize length, const char *prefix)
{
  return length >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

static gboolean is_empty(const char *line, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
      return FALSE;
  return TRUE;
}

/* One block behind its BEGIN line: headers, an empty line, base64, a check sum "=…" (which gpgv's own checks make
 * superfluous), END. Returns how much of TEXT was used, 0 when it does not end. */
static gsize decode_block(GByteArray *out, const char *text, gsize size)
{
  g_autoptr(GString) base64 = g_string_sized_new(size);
  gboolean body = FALSE;
  for (gsize at = 0; at < size;) {
    const char *line = text + at;
    gsize length = line_length(line, size - at);
    at += length + 1;
    if (starts_with(line, length, "-----END PGP PUBLIC KEY BLOCK-----")) {
      gsize decoded = 0;
      if (strlen(base64->str) > 1) /* less is no byte, and GLib would complain */
        g_base64_decode_inplace(base64->str, &decoded);
      g_byte_array_append(out, (const guint8 *)base64->str, (guint)decoded);
      return MIN(at, size);
    }
    if (!body && (is_empty(line, length) || !memchr(line, ':', length)))
      body = TRUE;
    if (body && line[0] != '=')
      g_string_append_len(base64, line, (gssize)length);
  }
  return 0;
}

gboolean cr_keyring_add_keys(GByteArray *out, const guint8 *data, gsize size, GError **error)
{
  const char *text = (const char *)data;
  if (size > CR_LIMIT_SMALL_FILE)
    return refuse(error, "it is too large for a keyring");
  if (!size || (data[0] & 0x80))
    return add_binary(out, data, size, error);
  gboolean found = FALSE;
  for (gsize at = 0; at < size;) {
    gsize length = line_length(text + at, size - at);
    gboolean begins = starts_with(text + at, length, "-----BEGIN PGP PUBLIC KEY BLOCK-----");
    at = MIN(at + length + 1, size);
    if (!begins)
      continue;
    g_autoptr(GByteArray) block = g_byte_array_new();
    gsize used = decode_block(block, text + at, size - at);
    if (!used)
      return refuse(error, "its armor does not end");
    if (!add_binary(out, block->data, block->len, error))
      return FALSE;
    at += used;
    found = TRUE;
  }
  return found || refuse(error, "it holds no public key");
}

/* ---- keyrings ---- */

/* KEYS as a file for gpgv in the cache. */
static CrKeyring *keep(const GByteArray *keys, const CrCache *cache, GError **error)
{
  g_autofree char *digest = cr_digest_of(keys->data, keys->len);
  g_autofree char *name = g_strdup_printf("keyrings/%s.gpg", cr_digest_get_hex(digest));
  int fd = cr_cache_open(cache, "archives", name);
  if (fd >= 0)
    close(fd);
  else if (!cr_cache_store(cache, "archives", name, keys->data, keys->len, error))
    return NULL;
  CrKeyring *keyring = g_new0(CrKeyring, 1);
  keyring->path = cr_cache_get_path(cache, "archives", name);
  keyring->hash = g_strdup(cr_digest_get_hex(digest));
  return keyring;
}

#define SYSTEM_FOLDER "/usr/share/keyrings"

/* The first of "a|b" that FOLDER has. */
static gboolean add_system(GByteArray *keys, const char *folder, const char *group)
{
  g_auto(GStrv) names = g_strsplit(group, "|", -1);
  for (guint i = 0; names[i]; i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (g_file_get_contents(path, &bytes, &size, NULL))
      return cr_keyring_add_keys(keys, (const guint8 *)bytes, size, NULL);
  }
  return FALSE;
}

CrKeyring *cr_keyring_load_distribution(const CrDistribution *distribution, const char *folder, gboolean archived,
                                        const CrCache *cache, GError **error)
{
  if (!folder)
    folder = SYSTEM_FOLDER;
  g_autoptr(GByteArray) keys = g_byte_array_new();
  gboolean found = FALSE;
  for (guint i = 0; distribution->keyrings[i]; i++)
    found |= add_system(keys, folder, distribution->keyrings[i]);
  for (guint i = 0; archived && distribution->archived_keyrings[i]; i++)
    add_system(keys, folder, distribution->archived_keyrings[i]);
  if (!found) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "this system has no keys of %s in '%s'", distribution->name, folder);
    if (error)
      cr_error_set_hint(*error, "install %s, or name a folder that has its keyring with --keyrings",
                        distribution->keyring_hint);
    return NULL;
  }
  return keep(keys, cache, error);
}

/* ---- the image's ---- */

typedef struct {
  CrTree *tree;
  GByteArray *keys;
} Trusted;

static void add_file(CrTree *tree, GByteArray *keys, const char *path)
{
  g_autoptr(GBytes) bytes = cr_vendor_read_file(tree, path);
  gsize size = 0;
  const guint8 *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  if (data && keys->len + size <= CR_LIMIT_KEYRING_BYTES)
    cr_keyring_add_keys(keys, data, size, NULL); /* what is no keyring apt leaves out too */
}

static gboolean visit_trusted(const CrNode *node, gpointer data)
{
  Trusted *trusted = data;
  if (g_str_has_suffix(node->path, ".gpg") || g_str_has_suffix(node->path, ".asc"))
    add_file(trusted->tree, trusted->keys, node->path);
  return TRUE;
}

static void add_trusted(CrTree *tree, GByteArray *keys)
{
  Trusted trusted = {.tree = tree, .keys = keys};
  add_file(tree, keys, "etc/apt/trusted.gpg");
  cr_tree_foreach_child(tree, "etc/apt/trusted.gpg.d", visit_trusted, &trusted);
}

/* "AB12…", 40 or 64 digits, with '!' for "this subkey exactly": every subkey is matched exactly or by its primary. */
static char *clean_fingerprint(const char *text)
{
  gsize length = strspn(text, "0123456789abcdefABCDEF");
  if (length < 16 || (text[length] && strcmp(text + length, "!") != 0))
    return NULL;
  return g_ascii_strup(text, (gssize)length);
}

CrKeyring *cr_keyring_load_image(CrTree *tree, const CrAptSource *source, const CrCache *cache, GError **error)
{
  g_autoptr(GByteArray) keys = g_byte_array_new();
  g_autoptr(GPtrArray) fingerprints = g_ptr_array_new_with_free_func(g_free);
  if (source->key_block)
    cr_keyring_add_keys(keys, (const guint8 *)source->key_block, strlen(source->key_block), NULL);
  for (guint i = 0; source->signed_by[i]; i++) {
    char *fingerprint = source->signed_by[i][0] == '/' ? NULL : clean_fingerprint(source->signed_by[i]);
    if (fingerprint)
      g_ptr_array_add(fingerprints, fingerprint);
    else
      add_file(tree, keys, source->signed_by[i]);
  }
  if (!source->key_block && (!source->signed_by[0] || fingerprints->len))
    add_trusted(tree, keys);
  if (!keys->len)
    return NULL;
  CrKeyring *keyring = keep(keys, cache, error);
  if (keyring && fingerprints->len) {
    g_ptr_array_add(fingerprints, NULL);
    keyring->fingerprints = (char **)g_ptr_array_free(g_steal_pointer(&fingerprints), FALSE);
  }
  return keyring;
}
