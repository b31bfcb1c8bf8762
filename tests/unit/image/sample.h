/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of drafts and sinks: a small image in OCI layout, whose documents are written as no tool of ours would.
 */
#pragma once
#include "base/digest.h"
#include "base/error.h"
#include "image/sink.h"
#include "tar.h"

#define CONFIG_START "{ \"architecture\":\"amd64\",\"os\" : \"linux\", \"odd\":1.0,"

typedef struct {
  Place place;
  char *original; /* oci:DIR */
  GBytes *layer;
  char *diff_id, *config, *manifest;
} Sample;

static inline char *put_blob(const Sample *sample, const void *data, gsize size)
{
  char *digest = cr_digest_of(data, size);
  g_autofree char *path =
      g_build_filename(sample->place.dir, "original", "blobs", "sha256", cr_digest_get_hex(digest), NULL);
  g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
  return digest;
}

/* MORE stands in the config before "rootfs"; TYPE is the manifest's family, "oci" or "docker". */
static inline void sample_init(Sample *sample, const char *more, const char *type)
{
  place_init(&sample->place);
  g_autofree char *dir = g_build_filename(sample->place.dir, "original", NULL),
                  *blobs = g_build_filename(dir, "blobs", "sha256", NULL);
  g_assert_cmpint(g_mkdir_with_parents(blobs, 0755), ==, 0);
  GByteArray *tar = tar_make((const char *const[]){"f etc/one", "f etc/two", NULL});
  g_autoptr(GBytes) plain = g_byte_array_free_to_bytes(tar);
  g_autoptr(CrStream) packed = cr_stream_new_compress(cr_stream_new_bytes(plain), CR_COMPRESSION_GZIP);
  sample->layer = cr_stream_read_all(packed, 1 << 20, NULL);
  sample->diff_id = cr_digest_of(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
  sample->config = g_strdup_printf(CONFIG_START "%s\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}\n", more,
                                   sample->diff_id);
  gboolean docker = !strcmp(type, "docker");
  g_autofree char *layer = put_blob(sample, g_bytes_get_data(sample->layer, NULL), g_bytes_get_size(sample->layer));
  g_autofree char *config = put_blob(sample, sample->config, strlen(sample->config));
  sample->manifest = g_strdup_printf(
      "{\"schemaVersion\": 2, \"mediaType\":\"%s\",\n\"config\":{\"size\":%zu,\"digest\":\"%s\",\"mediaType\":\"%s\"},"
      "\"layers\":[{\"mediaType\":\"%s\",\"size\":%zu,\"digest\":\"%s\"}]}",
      docker ? "application/vnd.docker.distribution.manifest.v2+json" : "application/vnd.oci.image.manifest.v1+json",
      strlen(sample->config), config,
      docker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json",
      docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : "application/vnd.oci.image.layer.v1.tar+gzip",
      g_bytes_get_size(sample->layer), layer);
  g_autofree char *manifest = put_blob(sample, sample->manifest, strlen(sample->manifest));
  g_autofree char *index = g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\",\"size\":%zu}]}",
                                           manifest, strlen(sample->manifest));
  g_autofree char *path = g_build_filename(dir, "index.json", NULL);
  g_assert_true(g_file_set_contents(path, index, -1, NULL));
  sample->original = g_strconcat("oci:", dir, NULL);
}

static inline void sample_clear(Sample *sample)
{
  g_bytes_unref(sample->layer);
  g_free(sample->original);
  g_free(sample->diff_id);
  g_free(sample->config);
  g_free(sample->manifest);
  place_clear(&sample->place);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

static inline CrSource *open_original(const char *image)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  CrSource *source = cr_source_open(image, &(CrSourceOptions){.offline = TRUE}, problems, &error);
  g_assert_no_error(error);
  return source;
}

static inline CrDraft *make_draft(CrSource *source, CrDraftKind kind, CrCompression compression)
{
  CrDraftOptions options = {.kind = kind, .compression = compression};
  g_autoptr(GError) error = NULL;
  CrDraft *draft = cr_draft_new(source, &options, &error);
  g_assert_no_error(error);
  return draft;
}

static inline void add_member(CrDraft *draft, const char *member)
{
  static const CrDraftHistory history = {.created = "2026-01-01T00:00:00Z", .created_by = "test"};
  GByteArray *tar = tar_make((const char *const[]){member, NULL});
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(tar);
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_draft_add_layer(draft, cr_stream_new_bytes(bytes), &history, &error));
  g_assert_no_error(error);
}

static inline void seal(CrDraft *draft)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  cr_draft_seal(draft, problems, &error);
  g_assert_no_error(error);
}

static inline char *get_text(GBytes *bytes)
{
  return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}
