/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of cosign and openssl, what they sign, and files that only look like keys. */
#include "remedy/key.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static char *locate(const char *name)
{
  return g_test_build_filename(G_TEST_DIST, "data", "keys", name, NULL);
}

static CrKey *load(const char *name, const char *password, GError **error)
{
  g_autofree char *path = locate(name);
  return cr_key_load_private(path, password, error);
}

static const struct {
  const char *name, *password, *public_name;
} good[] = {
    {"cosign.key", "secret", "cosign.pub"},
    {"ec.key", "secret", "ec.pub"},
    {"ed25519.key", NULL, "ed25519.pub"},
    {"rsa.key", "not needed", "rsa.pub"},
};

static void test_sign(void)
{
  g_autoptr(GBytes) data = g_bytes_new_static("what is signed", 14);
  g_autoptr(GBytes) other = g_bytes_new_static("What is signed", 14);
  for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrKey) key = load(good[i].name, good[i].password, &error);
    g_assert_no_error(error);
    g_autofree char *path = locate(good[i].public_name);
    g_autoptr(CrKey) public = cr_key_load_public(path, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) signature = cr_key_sign(key, data, &error);
    g_assert_no_error(error);
    g_assert_true(cr_key_verify(public, data, signature));
    g_assert_true(cr_key_verify(key, data, signature));
    g_assert_false(cr_key_verify(public, other, signature));
    g_autofree char *id = cr_key_format_id(key), *public_id = cr_key_format_id(public);
    g_assert_cmpstr(id, ==, public_id);
    g_autofree char *next_path = locate(good[(i + 1) % G_N_ELEMENTS(good)].public_name);
    g_autoptr(CrKey) stranger = cr_key_load_public(next_path, &error);
    g_assert_false(cr_key_verify(stranger, data, signature));
    g_autoptr(GBytes) none = g_bytes_new_static("", 0);
    g_assert_false(cr_key_verify(public, data, none));
  }
}

static const struct {
  const char *name, *password, *says;
} refused[] = {
    {"cosign.key", "wrong", "the password is wrong"},
    {"cosign.key", "", "the password is wrong"},
    {"cosign.key", NULL, "it is encrypted, and no password was given"},
    {"ec.key", "wrong", "the password is wrong"},
    {"ec.key", NULL, "it is encrypted, and no password was given"},
    {"curve.key", NULL, "it is not ECDSA on P-256"},
    {"short.key", NULL, "fewer than 2048 bits"},
    {"ed25519.pub", NULL, "it is no private key in PEM"},
    {"nowhere.key", NULL, "No such file"},
};

static void test_refused(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrKey) key = load(refused[i].name, refused[i].password, &error);
    g_assert_null(key);
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, refused[i].says));
    g_assert_null(strstr(error->message, "wrong\n"));
  }
  g_autofree char *path = locate("ed25519.key");
  g_autoptr(CrKey) public = cr_key_load_public(path, NULL);
  g_assert_null(public);
}

/* cosign's JSON with other contents, as PEM. */
static CrKey *parse_cosign(const char *json, GError **error)
{
  g_autofree char *text = g_base64_encode((const guchar *)json, strlen(json));
  g_autoptr(GString) pem = g_string_new("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n");
  for (gsize at = 0; at < strlen(text); at += 64)
    g_string_append_printf(pem, "%.64s\n", text + at);
  g_string_append(pem, "-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n");
  return cr_key_parse_private(pem->str, pem->len, "secret", "key", error);
}

#define SALT        "\"salt\":\"RHGlrCgd5E1AgmOzyV1NqrNGbyhgGa4Zd7QO5x1F54I=\""
#define NONCE       "\"cipher\":{\"name\":\"nacl/secretbox\",\"nonce\":\"04Jh1oKmN+wZy4U6gIxphOAEOBosncWV\"}"
#define KDF(params) "{\"kdf\":{\"name\":\"scrypt\",\"params\":{" params "}," SALT "}," NONCE ","

static const struct {
  const char *json, *says;
} hostile[] = {
    {"", "no JSON"},
    {"{}", "not encrypted as cosign"},
    {"{\"kdf\":[],\"cipher\":7}", "not encrypted as cosign"},
    {KDF("\"N\":16,\"r\":8,\"p\":1") "\"ciphertext\":\"AAAA\"}", "damaged"},
    {KDF("\"N\":16,\"r\":8,\"p\":1") "\"ciphertext\":null}", "damaged"},
    {KDF("\"N\":16,\"r\":8,\"p\":1") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "password is wrong"},
    {KDF("\"N\":0,\"r\":8,\"p\":1") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "are none"},
    {KDF("\"N\":15,\"r\":8,\"p\":1") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "are none"},
    {KDF("\"N\":16,\"r\":-8,\"p\":1") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "are none"},
    {KDF("\"N\":4611686018427387904,\"r\":8,\"p\":1") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "256 MiB"},
    {KDF("\"N\":16,\"r\":8,\"p\":1000000") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "256 MiB"},
    {KDF("\"N\":2,\"r\":9223372036854775807,\"p\":1") "\"ciphertext\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "256 MiB"},
};

static void test_hostile(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(hostile); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrKey) key = parse_cosign(hostile[i].json, &error);
    g_assert_null(key);
    g_assert_nonnull(error);
    if (!strstr(error->message, hostile[i].says) && i) /* nothing between the lines is no cosign key at all */
      g_error("%u: %s", i, error->message);
  }
  static const char *const texts[] = {"", "-----BEGIN PRIVATE KEY-----\n",
                                      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                      "\xff\xfe\x00garbage"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(CrKey) key = cr_key_parse_private(texts[i], strlen(texts[i]), NULL, "key", NULL);
    g_autoptr(CrKey) public = cr_key_parse_public(texts[i], strlen(texts[i]), "key", NULL);
    g_assert_true(!key && !public);
  }
}

static void test_readers(void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("careen-key-XXXXXX", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  g_close(fd, NULL);
  g_chmod(path, 0600);
  g_assert_null(cr_key_find_readers(path));
  g_chmod(path, 0640);
  g_assert_cmpstr(cr_key_find_readers(path), ==, "its group");
  g_chmod(path, 0644);
  g_assert_cmpstr(cr_key_find_readers(path), ==, "everybody");
  g_unlink(path);
  g_assert_null(cr_key_find_readers(path));
}

static void test_password(void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("careen-key-XXXXXX", &path, NULL);
  g_close(fd, NULL);
  g_assert_true(g_file_set_contents(path, "two words\nmore\n", -1, NULL));
  char *password = NULL;
  g_unsetenv("COSIGN_PASSWORD");
  g_assert_true(cr_password_load(NULL, &password, NULL));
  g_assert_null(password);
  g_assert_true(cr_password_load(path, &password, NULL));
  g_assert_cmpstr(password, ==, "two words");
  cr_password_free(password);
  g_setenv("COSIGN_PASSWORD", "", TRUE); /* an empty one is one */
  g_assert_true(cr_password_load(path, &password, NULL));
  g_assert_cmpstr(password, ==, "");
  cr_password_free(password);
  g_unsetenv("COSIGN_PASSWORD");
  g_unlink(path);
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_password_load(path, &password, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/key/sign", test_sign);
  g_test_add_func("/key/refused", test_refused);
  g_test_add_func("/key/hostile", test_hostile);
  g_test_add_func("/key/readers", test_readers);
  g_test_add_func("/key/password", test_password);
  return g_test_run();
}
