/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "image/manifest.h"

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX
#define CONFIG                                                                                                         \
  "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" DIGEST "\",\"size\":7}"
#define LAYER "{\"digest\":\"" DIGEST "\",\"size\":5}"

static CrManifest *parse(CrArena *arena, const char *text, GError **error)
{
  return cr_manifest_parse(text, strlen(text), "manifest M", arena, error);
}

static void test_manifest(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  const CrManifest *manifest =
      parse(arena,
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\"," CONFIG
            ",\"layers\":[" LAYER
            ",{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\",\"digest\":\"" DIGEST
            "\",\"size\":9,\"urls\":[\"https://example.org/x\"]},{\"mediaType\":"
            "\"application/vnd.oci.image.layer.nondistributable.v1.tar\",\"digest\":\"" DIGEST
            "\",\"size\":0}],\"annotations\":{\"a\":\"1\",\"b\":\"2\"}}",
            &error);
  g_assert_no_error(error);
  g_assert_false(manifest->is_index);
  g_assert_cmpstr(manifest->config.digest, ==, DIGEST);
  g_assert_cmpint(manifest->config.size_bytes, ==, 7);
  g_assert_cmpuint(manifest->count, ==, 3);
  g_assert_false(manifest->entries[0].foreign);
  g_assert_true(manifest->entries[1].foreign);
  g_assert_true(manifest->entries[2].foreign);
  g_assert_cmpstr(manifest->annotation_names[1], ==, "b");
  g_assert_cmpstr(manifest->annotation_values[1], ==, "2");
  g_assert_null(manifest->annotation_names[2]);
}

static void test_index(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  const CrManifest *index = parse(
      arena,
      "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"" DIGEST
      "\",\"size\":5,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"},\"annotations\":"
      "{\"org.opencontainers.image.ref.name\":\"latest\",\"io.containerd.image.name\":\"docker.io/library/a:latest\"}},"
      "{\"digest\":\"" DIGEST "\",\"size\":5,\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/a:1\"}},"
      "{\"digest\":\"" DIGEST
      "\",\"size\":5,\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"},\"annotations\":"
      "{\"vnd.docker.reference.type\":\"attestation-manifest\"}}]}",
      &error);
  g_assert_no_error(error);
  g_assert_true(index->is_index);
  g_assert_cmpuint(index->count, ==, 3);
  g_assert_cmpstr(index->entries[0].ref_name, ==, "latest");
  g_assert_cmpstr(index->entries[0].variant, ==, "v8");
  g_assert_cmpstr(index->entries[1].ref_name, ==, "docker.io/library/a:1");
  g_assert_null(index->entries[1].os);
  g_assert_false(index->entries[1].attestation);
  g_assert_true(index->entries[2].attestation);
}

static const struct {
  const char *text, *why;
} bad[] = {
    {"[]", "not an object"},
    {"{}", "neither an index nor a manifest"},
    {"{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1"},
    {"{\"schemaVersion\":3," CONFIG ",\"layers\":[]}", "schemaVersion is 3"},
    {"{\"schemaVersion\":\"2\"," CONFIG ",\"layers\":[]}", "'schemaVersion' is a string, not an integer"},
    {"{" CONFIG ",\"layers\":[],\"manifests\":[]}", "at once"},
    {"{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," CONFIG ",\"layers\":[]}", "own media type"},
    {"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"manifests\":[]}", "own media type"},
    {"{\"layers\":[]}", "has no 'config'"},
    {"{" CONFIG ",\"layers\":{}}", "'layers' is an object, not an array"},
    {"{" CONFIG ",\"layers\":[1]}", "'layers[0]' is not an object"},
    {"{" CONFIG ",\"layers\":[" LAYER ",{\"size\":5}]}", "no 'layers[1].digest'"},
    {"{" CONFIG ",\"layers\":[{\"digest\":\"" DIGEST "\"}]}", "no 'layers[0].size'"},
    {"{" CONFIG ",\"layers\":[{\"digest\":\"" DIGEST "\",\"size\":-1}]}", "negative"},
    {"{" CONFIG ",\"layers\":[{\"digest\":\"" DIGEST "\",\"size\":1.5}]}", "a fraction, not an integer"},
    {"{" CONFIG ",\"layers\":[{\"digest\":\"../../etc\",\"size\":1}]}", "64 hexadecimal digits"},
    {"{" CONFIG ",\"layers\":[{\"digest\":\"sha512:" HEX HEX "\",\"size\":1}]}", "cannot check"},
    {"{" CONFIG ",\"layers\":[],\"annotations\":{\"a\":1}}", "an integer, not a string"},
    {"{\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"" DIGEST
     "\",\"size\":2},\"layers\":[]}",
     "artifact"},
    {"{\"artifactType\":\"application/x-sbom\"," CONFIG ",\"layers\":[]}", "artifact"},
    {"{\"manifests\":[{\"digest\":\"" DIGEST "\",\"size\":5,\"platform\":\"linux\"}]}",
     "'manifests[0].platform' is a string"},
};

static void test_bad(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(parse(arena, bad[i].text, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    if (!strstr(error->message, bad[i].why) || !strstr(error->message, "manifest M"))
      g_error("row %u: '%s' does not say '%s'", i, error->message, bad[i].why);
  }
}

static void test_limits(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GString) text = g_string_new("{" CONFIG ",\"layers\":[" LAYER);
  for (guint i = 0; i < 1000; i++)
    g_string_append(text, "," LAYER);
  g_string_append(text, "]}");
  g_autoptr(GError) error = NULL;
  g_assert_null(parse(arena, text->str, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_LIMIT);
  g_clear_error(&error);
  g_autofree char *huge = g_strnfill(9 << 20, ' ');
  g_assert_null(cr_manifest_parse(huge, 9 << 20, "M", arena, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_LIMIT);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/manifest/manifest", test_manifest);
  g_test_add_func("/image/manifest/index", test_index);
  g_test_add_func("/image/manifest/bad", test_bad);
  g_test_add_func("/image/manifest/limits", test_limits);
  return g_test_run();
}
