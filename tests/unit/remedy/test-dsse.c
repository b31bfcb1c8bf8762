/* SPDX-License-Identifier: Apache-2.0 */
/* The exact bytes that are signed, envelopes and statements, and what is refused. */
#include "remedy/dsse.h"

#include <string.h>

#include "base/error.h"
#include "remedy/statement.h"

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX

static GBytes *bytes(const char *text)
{
  return g_bytes_new_static(text, strlen(text));
}

static void assert_bytes(GBytes *is, const char *wanted)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(is, &size);
  g_assert_cmpuint(size, ==, strlen(wanted));
  g_assert_true(memcmp(data, wanted, size) == 0);
}

static CrKey *load(const char *name, gboolean private)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "keys", name, NULL);
  g_autoptr(GError) error = NULL;
  CrKey *key = private ? cr_key_load_private(path, "secret", &error) : cr_key_load_public(path, &error);
  g_assert_no_error(error);
  return key;
}

/* The examples of DSSE's protocol.md and of its implementations. */
static void test_encode(void)
{
  static const struct {
    const char *type, *payload, *wanted;
  } rows[] = {
      {"http://example.com/HelloWorld", "hello world", "DSSEv1 29 http://example.com/HelloWorld 11 hello world"},
      {"", "", "DSSEv1 0  0 "},
      {"a b", "\xc3\xa9", "DSSEv1 3 a b 2 \xc3\xa9"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) payload = bytes(rows[i].payload);
    g_autoptr(GBytes) encoded = cr_dsse_encode(rows[i].type, payload);
    assert_bytes(encoded, rows[i].wanted);
  }
}

static void test_envelope(void)
{
  g_autoptr(CrKey) key = load("ed25519.key", TRUE);
  g_autoptr(CrKey) public = load("ed25519.pub", FALSE);
  g_autoptr(CrKey) stranger = load("ec.pub", FALSE);
  g_autoptr(GBytes) payload = bytes("{\"a\": 1}");
  g_autoptr(GBytes) envelope = cr_dsse_sign(key, CR_TYPE_INTOTO, payload, NULL);
  g_autoptr(GBytes) again = cr_dsse_sign(key, CR_TYPE_INTOTO, payload, NULL);
  g_assert_true(g_bytes_equal(envelope, again)); /* Ed25519 has no chance in it */
  g_autoptr(GBytes) opened = cr_dsse_open(envelope, CR_TYPE_INTOTO, public, NULL);
  g_assert_true(g_bytes_equal(opened, payload));
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_dsse_open(envelope, CR_TYPE_INTOTO, stranger, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_TRUST);
  g_clear_error(&error);
  g_assert_null(cr_dsse_open(envelope, "application/json", public, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error(&error);
  /* one byte of the payload: "{\"a\": 2}" */
  g_autofree char *text = g_strndup(g_bytes_get_data(envelope, NULL), g_bytes_get_size(envelope));
  char *place = strstr(text, "eyJhIjogMX0=");
  g_assert_nonnull(place);
  memcpy(place, "eyJhIjogMn0=", 12);
  g_autoptr(GBytes) changed = bytes(text);
  g_assert_null(cr_dsse_open(changed, CR_TYPE_INTOTO, public, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_TRUST);
  g_autoptr(GBytes) unchecked = cr_dsse_open(changed, CR_TYPE_INTOTO, NULL, NULL);
  assert_bytes(unchecked, "{\"a\": 2}");
}

static void test_no_envelope(void)
{
  static const char *const texts[] = {
      "",
      "[]",
      "{}",
      "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[]}",
      "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e3\",\"signatures\":[{\"sig\":\"AAAA\"}]}",
      "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e3 0=\",\"signatures\":[{\"sig\":\"AAAA\"}]}",
      "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":{},\"signatures\":[{\"sig\":\"AAAA\"}]}",
  };
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GBytes) text = bytes(texts[i]);
    g_autoptr(GBytes) opened = cr_dsse_open(text, CR_TYPE_INTOTO, NULL, NULL);
    g_assert_null(opened);
  }
}

static void test_signing(void)
{
  g_autoptr(GBytes) payload = cr_signing_format("registry.example/shop/web", DIGEST);
  assert_bytes(payload, "{\"critical\":{\"identity\":{\"docker-reference\":\"registry.example/shop/web\"},"
                        "\"image\":{\"docker-manifest-digest\":\"" DIGEST
                        "\"},\"type\":\"cosign container image signature\"},\"optional\":null}");
  g_autofree char *digest = cr_signing_read_digest(payload, NULL);
  g_assert_cmpstr(digest, ==, DIGEST);
  static const char *const wrong[] = {
      "{}",
      "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"sha256:12\"},\"type\":\"cosign container image "
      "signature\"}}",
      "{\"critical\":{\"image\":{\"docker-manifest-digest\":\"" DIGEST "\"},\"type\":\"atomic container signature\"}}",
  };
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GBytes) text = bytes(wrong[i]);
    g_autoptr(GError) error = NULL;
    g_autofree char *none = cr_signing_read_digest(text, &error);
    g_assert_null(none);
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void test_statement(void)
{
  CrSubject subjects[] = {{"shop/web:4", DIGEST}};
  g_autoptr(GBytes) predicate = bytes("{\"z\": [1, true, null, \"\\u00e9\"], \"a\": {}}");
  g_autoptr(GBytes) text = cr_statement_format(subjects, 1, CR_PREDICATE_SLSA, predicate, NULL);
  assert_bytes(text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"shop/web:4\",\"digest\":{"
                     "\"sha256\":\"" HEX "\"}}],\"predicateType\":\"https://slsa.dev/provenance/v1\","
                     "\"predicate\":{\"z\":[1,true,null,\"\xc3\xa9\"],\"a\":{}}}");
  g_auto(CrStatement) statement = {0};
  g_assert_true(cr_statement_parse(text, "it", &statement, NULL));
  g_assert_cmpstr(statement.predicate_type, ==, CR_PREDICATE_SLSA);
  g_assert_true(cr_statement_is_about(&statement, DIGEST));
  g_assert_false(cr_statement_is_about(&statement, NULL));
  g_assert_false(cr_statement_is_about(&statement, "sha256:" HEX "0"));
  g_assert_false(
      cr_statement_is_about(&statement, "sha256:ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
  g_autoptr(GBytes) other = bytes("{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"subject\":[{}],"
                                  "\"predicateType\":\"x\",\"predicate\":{}}");
  g_auto(CrStatement) none = {0};
  g_assert_false(cr_statement_parse(other, "it", &none, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dsse/encode", test_encode);
  g_test_add_func("/dsse/envelope", test_envelope);
  g_test_add_func("/dsse/no-envelope", test_no_envelope);
  g_test_add_func("/dsse/signing", test_signing);
  g_test_add_func("/dsse/statement", test_statement);
  return g_test_run();
}
