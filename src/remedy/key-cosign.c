/* SPDX-License-Identifier: Apache-2.0 */
/* cosign's encrypted keys: JSON with the parameters of scrypt (RFC 7914) and a NaCl secretbox, each binary member in
 * base64. The cost that a file asks for is bounded before it is paid. */
#include "remedy/key.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/library.h"

/* scrypt's memory, 128·N·r: cosign asks for 64 MiB, its OWASP setting for 128. Time goes with it times p. */
#define MAX_SCRYPT_BYTES (256ULL * 1024 * 1024)
#define MAX_SCRYPT_P     16

static __typeof__(&sodium_init) init;
static __typeof__(&crypto_pwhash_scryptsalsa208sha256_ll) scrypt;
static __typeof__(&crypto_secretbox_open_easy) open_box;
static const CrLibraryRow rows[] = {
    {"sodium_init", &init},
    {"crypto_pwhash_scryptsalsa208sha256_ll", &scrypt},
    {"crypto_secretbox_open_easy", &open_box},
    {NULL, NULL},
};

static gboolean start(void)
{
  return init() >= 0;
}

static const char *const names[] = {"libsodium.so.23", "libsodium.so.26", NULL};
static CrLibrary library = {
    .names = names, .purpose = "opens cosign's keys", .package = "libsodium23", .rows = rows, .start = start};

/* A member in base64, of SIZE bytes (0: any). NULL: not so. */
static GBytes *get_bytes(const CrJson *object, const char *name, gsize size)
{
  const char *text = cr_json_find_string(object, name, NULL);
  gsize length = 0;
  guchar *data = text ? g_base64_decode(text, &length) : NULL;
  if (data && length && (!size || length == size))
    return g_bytes_new_take(data, length);
  g_free(data);
  return NULL;
}

typedef struct {
  GBytes *salt, *nonce, *sealed;
  gint64 n, r, p;
} Box;

static void clear_box(Box *box)
{
  g_clear_pointer(&box->salt, g_bytes_unref);
  g_clear_pointer(&box->nonce, g_bytes_unref);
  g_clear_pointer(&box->sealed, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Box, clear_box)

/* NULL: fine; else what is wrong with it. */
static const char *read_box(const CrJson *root, Box *box)
{
  const CrJson *kdf = cr_json_find(root, "kdf"), *cipher = cr_json_find(root, "cipher");
  const CrJson *params = cr_json_find(kdf, "params");
  if (g_strcmp0(cr_json_find_string(kdf, "name", NULL), "scrypt") != 0 ||
      g_strcmp0(cr_json_find_string(cipher, "name", NULL), "nacl/secretbox") != 0)
    return "it is not encrypted as cosign does, with scrypt and a secretbox";
  box->salt = get_bytes(kdf, "salt", 0);
  box->nonce = get_bytes(cipher, "nonce", crypto_secretbox_NONCEBYTES);
  box->sealed = get_bytes(root, "ciphertext", 0);
  if (!box->salt || !box->nonce || !box->sealed || g_bytes_get_size(box->sealed) <= crypto_secretbox_MACBYTES)
    return "it is damaged: a part of what is encrypted is not there";
  box->n = cr_json_find_integer(params, "N", 0);
  box->r = cr_json_find_integer(params, "r", 0);
  box->p = cr_json_find_integer(params, "p", 0);
  if (box->n < 2 || (box->n & (box->n - 1)) || box->r < 1 || box->p < 1)
    return "its parameters of scrypt are none";
  if (box->p > MAX_SCRYPT_P || box->r > 1024 || box->n > (gint64)(MAX_SCRYPT_BYTES / 128) / box->r)
    return "its parameters of scrypt ask for more than 256 MiB";
  return NULL;
}

static guint8 *open_sealed(const Box *box, const char *password, gsize *size)
{
  guint8 key[crypto_secretbox_KEYBYTES];
  gsize salt_size = 0, sealed_size = 0;
  const guint8 *salt = g_bytes_get_data(box->salt, &salt_size), *sealed = g_bytes_get_data(box->sealed, &sealed_size);
  guint8 *plain = NULL;
  if (scrypt((const guint8 *)password, strlen(password), salt, salt_size, (guint64)box->n, (guint32)box->r,
             (guint32)box->p, key, sizeof key) == 0) {
    *size = sealed_size - crypto_secretbox_MACBYTES;
    plain = g_malloc(*size);
    if (open_box(plain, sealed, sealed_size, g_bytes_get_data(box->nonce, NULL), key) != 0) {
      cr_key_wipe(plain, *size);
      plain = NULL;
    }
  }
  explicit_bzero(key, sizeof key);
  return plain;
}

guint8 *cr_key_decrypt_cosign(GBytes *body, const char *password, const char *what, gsize *size, GError **error)
{
  gsize length = 0;
  const char *text = g_bytes_get_data(body, &length);
  if (!cr_library_load(&library, error))
    return NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, length, "the key", NULL);
  g_auto(Box) box = {0};
  const char *wrong = doc ? read_box(cr_json_get_root(doc), &box) : "it is damaged: no JSON between its lines";
  guint8 *plain = wrong ? NULL : open_sealed(&box, password, size);
  if (!plain)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read the key '%s': %s", what,
                wrong ? wrong : "the password is wrong, or the file is damaged");
  return plain;
}
