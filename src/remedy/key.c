/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/key.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/read-file.h"

#define MIN_RSA_BITS 2048

struct CrKey {
  EVP_PKEY *pkey;
  gboolean plain; /* Ed25519: signs the message, not a digest of it */
};

void cr_key_free(CrKey *key)
{
  if (!key)
    return;
  EVP_PKEY_free(key->pkey);
  g_free(key);
}

void cr_key_wipe(guint8 *secret, gsize size)
{
  if (secret)
    explicit_bzero(secret, size);
  g_free(secret);
}

/* ---- kinds ---- */

static gboolean is_curve(EVP_PKEY *pkey)
{
  static const char *const curves[] = {"prime256v1", "P-256", "secp384r1", "P-384", "secp521r1", "P-521", NULL};
  char name[64] = "";
  size_t size = 0;
  return EVP_PKEY_get_group_name(pkey, name, sizeof name, &size) == 1 && g_strv_contains(curves, name);
}

/* PKEY (owned) as a key, where it is of a kind that cosign verifies. */
static CrKey *new_key(EVP_PKEY *pkey, const char *what, GError **error)
{
  gboolean ed25519 = EVP_PKEY_is_a(pkey, "ED25519") == 1, rsa = EVP_PKEY_is_a(pkey, "RSA") == 1;
  gboolean ec = EVP_PKEY_is_a(pkey, "EC") == 1 && is_curve(pkey);
  if (ed25519 || ec || (rsa && EVP_PKEY_get_bits(pkey) >= MIN_RSA_BITS)) {
    CrKey *key = g_new0(CrKey, 1);
    *key = (CrKey){pkey, ed25519};
    return key;
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use the key '%s': %s", what,
              rsa ? "it is an RSA key of fewer than 2048 bits"
                  : "it is not ECDSA on P-256, P-384 or P-521, Ed25519 or RSA");
  EVP_PKEY_free(pkey);
  return NULL;
}

/* ---- private ---- */

typedef struct {
  const char *password;
  gboolean asked;
} Asking;

/* In place of OpenSSL's own, which asks on the terminal. */
static int give_password(char *buffer, int size, int writing, void *data)
{
  Asking *asking = data;
  asking->asked = TRUE;
  gsize length = asking->password ? strlen(asking->password) : 0;
  if (!asking->password || length > (gsize)size)
    return -1;
  memcpy(buffer, asking->password, length);
  return (int)length;
}

static CrKey *refuse_password(const char *what, const char *password, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the key '%s': %s", what,
              password ? "the password is wrong, or the file is damaged"
                       : "it is encrypted, and no password was given");
  if (error && *error && !password)
    cr_error_set_hint(*error, "COSIGN_PASSWORD holds it, or --password-file FILE");
  return NULL;
}

static CrKey *parse_openssl(BIO *bio, const char *password, const char *what, GError **error)
{
  Asking asking = {password, FALSE};
  EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, give_password, &asking);
  if (pkey)
    return new_key(pkey, what, error);
  if (asking.asked)
    return refuse_password(what, password, error);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the key '%s': it is no private key in PEM", what);
  return NULL;
}

static CrKey *parse_cosign(GBytes *body, const char *password, const char *what, GError **error)
{
  gsize size = 0;
  if (!password)
    return refuse_password(what, NULL, error);
  guint8 *der = cr_key_decrypt_cosign(body, password, what, &size, error);
  if (!der)
    return NULL;
  BIO *bio = size <= G_MAXINT ? BIO_new_mem_buf(der, (int)size) : NULL;
  EVP_PKEY *pkey = bio ? d2i_PrivateKey_bio(bio, NULL) : NULL;
  BIO_free(bio);
  cr_key_wipe(der, size);
  if (pkey)
    return new_key(pkey, what, error);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the key '%s': what is encrypted in it is no key", what);
  return NULL;
}

/* What stands between the first PEM lines of cosign's kind; NULL: it has none. */
static GBytes *find_cosign(const void *pem, gsize size)
{
  static const char *const names[] = {"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"};
  BIO *bio = BIO_new_mem_buf(pem, (int)size);
  char *name = NULL, *header = NULL;
  unsigned char *data = NULL;
  long length = 0;
  GBytes *body = NULL;
  if (bio && PEM_read_bio(bio, &name, &header, &data, &length) == 1 && length > 0 &&
      (!strcmp(name, names[0]) || !strcmp(name, names[1])))
    body = g_bytes_new(data, (gsize)length);
  if (data)
    explicit_bzero(data, (gsize)MAX(length, 0));
  CRYPTO_free(name, __FILE__, __LINE__);
  CRYPTO_free(header, __FILE__, __LINE__);
  CRYPTO_free(data, __FILE__, __LINE__);
  BIO_free(bio);
  return body;
}

CrKey *cr_key_parse_private(const void *pem, gsize size, const char *password, const char *what, GError **error)
{
  if (!size || size > CR_LIMIT_SMALL_FILE) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the key '%s': it is no private key in PEM", what);
    return NULL;
  }
  g_autoptr(GBytes) body = find_cosign(pem, size);
  if (body)
    return parse_cosign(body, password, what, error);
  BIO *bio = BIO_new_mem_buf(pem, (int)size);
  CrKey *key = bio ? parse_openssl(bio, password, what, error) : NULL;
  BIO_free(bio);
  return key;
}

CrKey *cr_key_load_private(const char *file, const char *password, GError **error)
{
  GBytes *bytes = cr_read_file(file, CR_LIMIT_SMALL_FILE, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const void *pem = g_bytes_get_data(bytes, &size);
  CrKey *key = cr_key_parse_private(pem, size, password, file, error);
  explicit_bzero((void *)pem, size); /* ours alone: nobody else has read the file into it */
  g_bytes_unref(bytes);
  return key;
}

/* ---- public ---- */

CrKey *cr_key_parse_public(const void *pem, gsize size, const char *what, GError **error)
{
  BIO *bio = size && size <= CR_LIMIT_SMALL_FILE ? BIO_new_mem_buf(pem, (int)size) : NULL;
  EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
  BIO_free(bio);
  if (pkey)
    return new_key(pkey, what, error);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the key '%s': it is no public key in PEM", what);
  return NULL;
}

CrKey *cr_key_load_public(const char *file, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(file, CR_LIMIT_SMALL_FILE, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const void *pem = g_bytes_get_data(bytes, &size);
  return cr_key_parse_public(pem, size, file, error);
}

/* ---- around it ---- */

const char *cr_key_find_readers(const char *file)
{
  struct stat info;
  if (stat(file, &info) != 0 || !S_ISREG(info.st_mode) || !(info.st_mode & 077))
    return NULL;
  return info.st_mode & 07 ? "everybody" : "its group";
}

void cr_password_free(char *password)
{
  if (password)
    explicit_bzero(password, strlen(password));
  g_free(password);
}

gboolean cr_password_load(const char *file, char **password, GError **error)
{
  const char *given = g_getenv("COSIGN_PASSWORD");
  *password = g_strdup(given);
  if (given || !file)
    return TRUE;
  GBytes *bytes = cr_read_file(file, CR_LIMIT_SMALL_FILE, error);
  if (!bytes)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  *password = g_strndup(text, strcspn(text, "\r\n"));
  explicit_bzero((void *)text, size);
  g_bytes_unref(bytes);
  return TRUE;
}

char *cr_key_format_id(const CrKey *key)
{
  unsigned char *der = NULL;
  int size = i2d_PUBKEY(key->pkey, &der);
  char *id = size > 0 ? cr_digest_of(der, (gsize)size) : g_strdup("sha256:unknown");
  CRYPTO_free(der, __FILE__, __LINE__);
  return id;
}

/* ---- signatures ---- */

GBytes *cr_key_sign(const CrKey *key, GBytes *data, GError **error)
{
  gsize size = 0;
  const void *text = g_bytes_get_data(data, &size);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t length = 0;
  g_autofree guint8 *signature = NULL;
  gboolean ok = context && EVP_DigestSignInit(context, NULL, key->plain ? NULL : EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, NULL, &length, text, size) == 1;
  if (ok)
    signature = g_malloc(length);
  ok = ok && EVP_DigestSign(context, signature, &length, text, size) == 1;
  EVP_MD_CTX_free(context);
  if (ok)
    return g_bytes_new(signature, length);
  g_set_error(error, CR_ERROR, CR_ERROR_INTERNAL, "cannot sign: OpenSSL refused");
  return NULL;
}

gboolean cr_key_verify(const CrKey *key, GBytes *data, GBytes *signature)
{
  gsize size = 0, length = 0;
  const void *text = g_bytes_get_data(data, &size), *bytes = g_bytes_get_data(signature, &length);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  gboolean ok = context && length &&
                EVP_DigestVerifyInit(context, NULL, key->plain ? NULL : EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestVerify(context, bytes, length, text, size) == 1;
  EVP_MD_CTX_free(context);
  return ok;
}
