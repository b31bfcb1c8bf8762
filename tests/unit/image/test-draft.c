/* SPDX-License-Identifier: Apache-2.0 */
/* What the documents of a draft say, byte for byte. */
#include "sample.h"

#define HISTORY "{\"created\":\"2026-01-01T00:00:00Z\",\"created_by\":\"test\"}"

static void test_unchanged(void)
{
  static const char *const types[] = {"oci", "docker"};
  for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
    g_auto(Sample) sample;
    sample_init(&sample, "", types[i]);
    g_autoptr(CrSource) source = open_original(sample.original);
    g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_ZSTD);
    seal(draft);
    g_autofree char *config = get_text(cr_draft_get_config(draft)), *manifest = get_text(cr_draft_get_manifest(draft));
    g_assert_cmpstr(config, ==, sample.config);
    g_assert_cmpstr(manifest, ==, sample.manifest);
    g_assert_cmpstr(cr_draft_get_manifest_digest(draft), ==, cr_source_get_image(source)->digest);
    g_assert_false(cr_draft_is_changed(draft));
  }
}

/* The original's text, the new layer's diff_id, a history line, labels; nothing else. */
static void test_config(void)
{
  static const struct {
    const char *more, *before; /* of the original, and what becomes of it */
    const char *after;         /* behind the rootfs */
  } rows[] = {
      {"\"config\":{\"Labels\":{\"a\":\"1\"},\"Cmd\":[\"x\"]},\"history\":[ ],",
       "\"config\":{\"Labels\":{\"a\":\"2\",\"n\\\"\":\"v\"},\"Cmd\":[\"x\"]},\"history\":[" HISTORY " ],", ""},
      {"\"config\":{\"Labels\":null},\"history\":[{\"created_by\":\"y\"}],",
       "\"config\":{\"Labels\":{\"a\":\"2\",\"n\\\"\":\"v\"}},\"history\":[{\"created_by\":\"y\"}," HISTORY "],", ""},
      {"\"config\":null,", "\"config\":{\"Labels\":{\"a\":\"2\",\"n\\\"\":\"v\"}},", ",\"history\":[" HISTORY "]"},
      {"", "", ",\"history\":[" HISTORY "],\"config\":{\"Labels\":{\"a\":\"2\",\"n\\\"\":\"v\"}}"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Sample) sample;
    sample_init(&sample, rows[i].more, "oci");
    g_autoptr(CrSource) source = open_original(sample.original);
    g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
    add_member(draft, "f etc/new");
    cr_draft_set_label(draft, "a", "gone");
    cr_draft_set_label(draft, "a", "2");
    cr_draft_set_label(draft, "n\"", "v");
    seal(draft);
    g_autofree char *got = get_text(cr_draft_get_config(draft));
    g_autofree char *expected =
        g_strdup_printf(CONFIG_START "%s\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\",\"%s\"]}%s}\n",
                        rows[i].before, sample.diff_id, cr_draft_get_layer(draft, 1)->diff_id, rows[i].after);
    g_assert_cmpstr(got, ==, expected);
  }
}

static void test_manifest(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autoptr(CrSource) source = open_original(sample.original);
  g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_ZSTD);
  add_member(draft, "f etc/new");
  cr_draft_set_annotation(draft, "k", "v");
  seal(draft);
  const CrDraftLayer *base = cr_draft_get_layer(draft, 0), *layer = cr_draft_get_layer(draft, 1);
  g_autofree char *got = get_text(cr_draft_get_manifest(draft));
  g_autofree char *expected = g_strdup_printf(
      "{\"schemaVersion\": 2, \"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\n\"config\":{\"size\":%zu,"
      "\"digest\":\"%s\",\"mediaType\":\"application/vnd.oci.image.config.v1+json\"},"
      "\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"size\":%" G_GUINT64_FORMAT
      ",\"digest\":\"%s\"},{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+zstd\",\"digest\":\"%s\","
      "\"size\":%" G_GUINT64_FORMAT "}],\"annotations\":{\"k\":\"v\"}}",
      g_bytes_get_size(cr_draft_get_config(draft)), cr_draft_get_config_digest(draft), base->size_bytes, base->digest,
      layer->digest, layer->size_bytes);
  g_assert_cmpstr(got, ==, expected);
}

/* Docker's manifest stays one: gzip though zstd was wished, no annotations. And each can be made of the other. */
static void test_kinds(void)
{
  static const struct {
    const char *type;
    CrDraftKind kind;
    const char *there, *not_there;
  } rows[] = {
      {"docker", CR_DRAFT_KEEP, "rootfs.diff.tar.gzip\",\"digest\"", "\"annotations\""},
      {"docker", CR_DRAFT_OCI, "application/vnd.oci.image.layer.v1.tar+zstd", "vnd.docker"},
      {"docker", CR_DRAFT_OCI, "\"annotations\":{\"k\":\"v\"}", "vnd.docker"},
      {"oci", CR_DRAFT_DOCKER, "application/vnd.docker.distribution.manifest.v2+json", "vnd.oci"},
      {"oci", CR_DRAFT_DOCKER, "rootfs.diff.tar.gzip", "zstd"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Sample) sample;
    sample_init(&sample, "", rows[i].type);
    g_autoptr(CrSource) source = open_original(sample.original);
    g_autoptr(CrDraft) draft = make_draft(source, rows[i].kind, CR_COMPRESSION_ZSTD);
    add_member(draft, "f etc/new");
    cr_draft_set_annotation(draft, "k", "v");
    seal(draft);
    g_autofree char *got = get_text(cr_draft_get_manifest(draft));
    if (!strstr(got, rows[i].there) || strstr(got, rows[i].not_there))
      g_error("row %u: %s", i, got);
  }
}

static gboolean count_bytes(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)layer;
  (void)digest;
  g_autoptr(CrStream) owned = stream;
  g_autoptr(GBytes) bytes = cr_stream_read_all(stream, 1 << 20, error);
  *(guint64 *)data += bytes ? g_bytes_get_size(bytes) : 0;
  return bytes != NULL;
}

/* A blob that is not what the manifest says is no image. */
static void test_wrong_bytes(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autoptr(CrSource) source = open_original(sample.original);
  g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  seal(draft);
  const CrDraftLayer *layer = cr_draft_get_layer(draft, 0);
  gboolean wanted[] = {TRUE};
  guint64 bytes = 0;
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_draft_read_layers(draft, wanted, 1, count_bytes, &bytes, &error));
  g_assert_cmpuint(bytes, ==, layer->size_bytes);
  g_autofree char *path =
      g_build_filename(sample.place.dir, "original", "blobs", "sha256", cr_digest_get_hex(layer->digest), NULL);
  g_autofree char *other = g_strnfill(layer->size_bytes, 'x');
  g_assert_true(g_file_set_contents(path, other, -1, NULL));
  g_assert_false(cr_draft_read_layers(draft, wanted, 1, count_bytes, &bytes, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_TRUST);
  g_assert_nonnull(strstr(error->message, "layer 1"));
}

static gboolean take_paths(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  const Place *place = ((gpointer *)data)[0];
  GString *out = ((gpointer *)data)[1];
  CrPassOptions options = {.cache = place->cache, .collectors = keep_collectors, .name = "layer", .keep = TRUE};
  options.expected_digest = digest;
  g_autoptr(CrLayer) read = cr_pass_read_layer(stream, &options, error);
  g_autofree char *list = read ? list_layer(read) : NULL;
  g_string_append_printf(out, "%d:\n%s", layer, list ? list : "");
  return read != NULL;
}

/* A draft is scanned as the image that it will be. */
static void test_as_source(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autoptr(CrSource) original = open_original(sample.original);
  g_autoptr(CrDraft) draft = make_draft(original, CR_DRAFT_KEEP, CR_COMPRESSION_ZSTD);
  add_member(draft, "f etc/new");
  cr_draft_set_label(draft, "a", "b");
  cr_draft_set_annotation(draft, "k", "v");
  seal(draft);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrSource) source = cr_draft_open_source(draft, &error);
  g_assert_no_error(error);
  const CrImage *image = cr_source_get_image(source);
  g_assert_cmpstr(image->id, ==, cr_draft_get_config_digest(draft));
  g_assert_cmpstr(image->digest, ==, cr_draft_get_manifest_digest(draft));
  g_assert_cmpstr(cr_image_find_label(image, "a"), ==, "b");
  g_assert_cmpstr(cr_image_find_annotation(image, "k"), ==, "v");
  g_autoptr(GString) out = g_string_new(NULL);
  gboolean wanted[] = {TRUE, TRUE};
  gpointer data[] = {&sample.place, out};
  g_assert_true(cr_source_read_layers(source, wanted, 1, take_paths, data, problems, &error));
  g_assert_cmpstr(out->str, ==, "0:\nf etc/one\nf etc/two\n1:\nf etc/new\n");
}

static void test_no_image(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autofree char *image = g_strconcat("rootfs:", place.dir, NULL);
  g_autoptr(CrSource) source = open_original(image);
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_draft_new(source, &(CrDraftOptions){.kind = CR_DRAFT_KEEP}, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/draft/unchanged", test_unchanged);
  g_test_add_func("/image/draft/config", test_config);
  g_test_add_func("/image/draft/manifest", test_manifest);
  g_test_add_func("/image/draft/kinds", test_kinds);
  g_test_add_func("/image/draft/wrong-bytes", test_wrong_bytes);
  g_test_add_func("/image/draft/as-source", test_as_source);
  g_test_add_func("/image/draft/no-image", test_no_image);
  return g_test_run();
}
