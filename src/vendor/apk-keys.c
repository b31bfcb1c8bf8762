/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys of apk's repositories: one file a key, found by the name that a signature gives. */
#include "vendor/apk.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "base/limits.h"

/* ---- signatures ---- */

static EVP_PKEY *read_key(GBytes *key)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(key, &size);
  BIO *bio = size && size <= CR_LIMIT_SMALL_FILE ? BIO_new_mem_buf(data, (int)size) : NULL;
  EVP_PKEY *read = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
  BIO_free(bio);
  return read;
}

static const EVP_MD *find_digest(const char *name)
{
  return !strcmp(name, "SHA1") ? EVP_sha1() : !strcmp(name, "SHA256") ? EVP_sha256() : EVP_sha512();
}

static gboolean verify(EVP_PKEY *key, const CrApkSignature *signature)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
  gboolean ok = context && EVP_PKEY_verify_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context, find_digest(signature->digest)) == 1 &&
                EVP_PKEY_verify(context, signature->signature, signature->signature_bytes, signature->value,
                                signature->value_bytes) == 1;
  EVP_PKEY_CTX_free(context);
  return ok;
}

gboolean cr_apk_key_verify(GBytes *bytes, const CrApkSignature *signature, GError **error)
{
  EVP_PKEY *key = read_key(bytes);
  gboolean ok = key && EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= 2048 && verify(key, signature);
  if (!key)
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "the key '%s' cannot be read", signature->key);
  else if (!ok)
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "its signature by '%s' does not fit: it was changed", signature->key);
  EVP_PKEY_free(key);
  return ok;
}

/* ---- the distribution's keys on this system ---- */

static const char *const system_folders[] = {"/usr/share/apk/keys", "/usr/share/keyrings", NULL};

static gboolean is_own_name(const CrDistribution *distribution, const char *name)
{
  for (guint i = 0; distribution->keyrings[i]; i++)
    if (g_pattern_match_simple(distribution->keyrings[i], name))
      return TRUE;
  return FALSE;
}

/* alpine-keys sorts its keys by architecture; a key of another one does not vouch. */
static char *choose_folder(const char *folder, const char *architecture)
{
  char *narrow = g_build_filename(folder, architecture, NULL);
  if (g_file_test(narrow, G_FILE_TEST_IS_DIR))
    return narrow;
  g_free(narrow);
  return g_strdup(folder);
}

GBytes *cr_apk_key_find(const CrDistribution *distribution, const char *folder, const char *architecture,
                        const char *name)
{
  const char *const given[] = {folder, NULL};
  const char *const *folders = folder ? given : system_folders;
  for (guint i = 0; folders[i] && is_own_name(distribution, name); i++) {
    g_autofree char *chosen = choose_folder(folders[i], architecture);
    g_autofree char *path = g_build_filename(chosen, name, NULL);
    char *text = NULL;
    gsize size = 0;
    if (g_file_get_contents(path, &text, &size, NULL))
      return g_bytes_new_take(text, size);
  }
  return NULL;
}

gboolean cr_apk_has_keys(const CrDistribution *distribution, const char *folder, const char *architecture)
{
  const char *const given[] = {folder, NULL};
  const char *const *folders = folder ? given : system_folders;
  for (guint i = 0; folders[i]; i++) {
    g_autofree char *chosen = choose_folder(folders[i], architecture);
    g_autoptr(GDir) dir = g_dir_open(chosen, 0, NULL);
    for (const char *name = NULL; dir && (name = g_dir_read_name(dir));)
      if (is_own_name(distribution, name))
        return TRUE;
  }
  return FALSE;
}
