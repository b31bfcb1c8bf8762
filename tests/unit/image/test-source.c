/* SPDX-License-Identifier: Apache-2.0 */
/* What an IMAGE is taken for, and archives that are odd. Whole images through every tool: tests/oracle/archives. */
#include "base/digest.h"
#include "base/error.h"
#include "image/source.h"
#include "tar.h"

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})

static CrSource *open_image(const char *image, CrProblems *problems, GError **error)
{
  CrSourceOptions options = {
      .offline = TRUE, .docker_host = "unix:///nowhere/docker.sock", .podman_host = "unix:///nowhere/p"};
  return cr_source_open(image, &options, problems, error);
}

static void check_refused(const char *image, CrErrorCode code, const char *why, const char *hint)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(CrSource) source = open_image(image, problems, &error);
  g_assert_null(source);
  if (!g_error_matches(error, CR_ERROR, (gint)code) || !strstr(error->message, why) ||
      (hint && !(cr_error_get_hint(error) && strstr(cr_error_get_hint(error), hint))))
    g_error("'%s': code %d, '%s', hint '%s'", image, error->code, error->message, cr_error_get_hint(error));
}

static void test_words(void)
{
  static const struct {
    const char *image;
    CrErrorCode code;
    const char *why, *hint;
  } rows[] = {
      {"", CR_ERROR_USAGE, "empty", "docker:REF"},
      {"docker:", CR_ERROR_USAGE, "nothing stands behind", "docker:REF"},
      {"docker://", CR_ERROR_USAGE, "nothing stands behind", "docker:REF"},
      {"sbom:no-such.json", CR_ERROR_USAGE, "cannot read 'no-such.json'", NULL},
      {"docker-daemon:x", CR_ERROR_USAGE, "docker-daemon:", "docker:REF"},
      {"containers-storage:x", CR_ERROR_USAGE, "containers-storage:", "podman:REF"},
      {"https://example.org/x", CR_ERROR_USAGE, "https://", "registry:"},
      {"dir:/tmp", CR_ERROR_USAGE, "dir:", "rootfs:DIR"},
      {"host:/srv", CR_ERROR_USAGE, "this machine is host:/", "rootfs:/srv"},
      {"docker-archive:/nowhere/x.tar", CR_ERROR_USAGE, "No such file", NULL},
      {"oci:/nowhere", CR_ERROR_USAGE, "No such file", NULL},
      {"oci:/etc/passwd", CR_ERROR_USAGE, "Not a directory", "oci-archive:FILE"},
      {"rootfs:/nowhere", CR_ERROR_USAGE, "No such file", NULL},
      {"rootfs:/dev/null", CR_ERROR_USAGE, "it is a device, and no file", NULL},
      {"docker-archive:/tmp", CR_ERROR_USAGE, "it is a folder, and no file", "oci:DIR"},
      {"./missing", CR_ERROR_USAGE, "No such file", NULL},
      {"missing.tar.gz", CR_ERROR_USAGE, "No such file", NULL},
      {"docker-archive:/etc/passwd", CR_ERROR_INPUT, "/etc/passwd", NULL},
      {"a::b", CR_ERROR_USAGE, "no such path", "docker:REF"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check_refused(rows[i].image, rows[i].code, rows[i].why, rows[i].hint);
}

/* ---- archives by hand ---- */

typedef struct {
  Place place;
  GByteArray *tar;
  char *path;
} Archive;

static void archive_init(Archive *archive)
{
  place_init(&archive->place);
  archive->tar = g_byte_array_new();
  archive->path = g_build_filename(archive->place.dir, "a.tar", NULL);
}

static void archive_clear(Archive *archive)
{
  g_byte_array_unref(archive->tar);
  g_free(archive->path);
  place_clear(&archive->place);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Archive, archive_clear)

static char *archive_write(Archive *archive, const char *prefix)
{
  tar_end(archive->tar);
  g_assert_true(g_file_set_contents(archive->path, (const char *)archive->tar->data, archive->tar->len, NULL));
  return g_strconcat(prefix, archive->path, NULL);
}

/* A layer with one file NAME; its diff_id. */
static char *add_layer(Archive *archive, const char *path, const char *name)
{
  g_autofree char *member = g_strdup_printf("f %s", name);
  g_autoptr(GByteArray) layer = tar_make(STRV(member));
  if (path)
    tar_add(archive->tar, '0', path, NULL, layer->data, layer->len);
  return cr_digest_of(layer->data, layer->len);
}

static char *make_config(const char *const *diff_ids)
{
  g_autofree char *list = g_strjoinv("\",\"", (char **)diff_ids);
  return g_strdup_printf(
      "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"x\"]},\"rootfs\":{\"diff_ids\":[\"%s\"]}}",
      list);
}

static gboolean take_layer(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)digest;
  g_autoptr(CrStream) own = stream;
  g_autoptr(GBytes) bytes = cr_stream_read_all(own, 1 << 20, error);
  if (!bytes)
    return FALSE;
  g_autofree char *sum = cr_digest_of(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  g_string_append_printf(data, "%d=%.15s ", layer, sum);
  return TRUE;
}

/* The layers read, as "index=digest", in the order they came (one at a time), then the problems. */
static char *read_all(const char *image)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(CrSource) source = open_image(image, problems, &error);
  GString *out = g_string_new(NULL);
  gboolean wanted[10];
  for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
    wanted[i] = TRUE;
  if (!source || !cr_source_read_layers(source, wanted, 1, take_layer, out, problems, &error))
    g_string_append(out, error->message);
  cr_problems_sort(problems);
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    g_string_append_printf(out, "%s: %s: %s ", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  return g_string_free(out, FALSE);
}

/* Old `docker save`: a layer that repeats is a link; a folder of links leads to the bytes; a link to nowhere is blind.
 */
static void test_links(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  g_autofree char *one = add_layer(&archive, "aa/layer.tar", "one"), *two = add_layer(&archive, "bb/layer.tar", "two");
  g_autofree char *three = add_layer(&archive, NULL, "three");
  tar_add(archive.tar, '2', "cc/layer.tar", "../bb/layer.tar", NULL, 0);
  tar_add(archive.tar, '2', "dd/layer.tar", "../../../etc/passwd", NULL, 0);
  tar_add(archive.tar, '2', "ee/layer.tar", "../ee/layer.tar", NULL, 0);
  g_autofree char *config = make_config(STRV(one, two, three));
  tar_add_text(archive.tar, "c.json", config);
  tar_add_text(archive.tar, "manifest.json",
               "[{\"Config\":\"c.json\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"aa/layer.tar\",\"./cc/layer.tar\",\"dd/"
               "layer.tar\"]}]");
  g_autofree char *image = archive_write(&archive, "docker-archive:");
  g_autofree char *got = read_all(image);
  g_autofree char *expected =
      g_strdup_printf("0=%.15s 1=%.15s blind: layer 3: 'dd/layer.tar' is not in '%s': nothing in it was examined ", one,
                      two, archive.path);
  g_assert_cmpstr(got, ==, expected);
}

static void test_several_images(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  g_autofree char *one = add_layer(&archive, "1.tar", "one"), *two = add_layer(&archive, "2.tar", "two");
  g_autofree char *config_one = make_config(STRV(one)), *config_two = make_config(STRV(two));
  tar_add_text(archive.tar, "1.json", config_one);
  tar_add_text(archive.tar, "2.json", config_two);
  tar_add_text(archive.tar, "manifest.json",
               "[{\"Config\":\"1.json\",\"RepoTags\":[\"app:1\",\"docker.io/user/x:2\"],\"Layers\":[\"1.tar\"]},"
               "{\"Config\":\"2.json\",\"RepoTags\":null,\"Layers\":[\"2.tar\"]}]");
  g_autofree char *image = archive_write(&archive, "docker-archive:");
  check_refused(image, CR_ERROR_USAGE, "it has several", "app:1, @1");
  g_autofree char *wrong = g_strconcat(image, ":other:3", NULL);
  check_refused(wrong, CR_ERROR_USAGE, "cannot find 'other:3'", "app:1");
  static const struct {
    const char *tail;
    gboolean second;
  } rows[] = {{":app:1", FALSE}, {":docker.io/library/app:1", FALSE}, {":user/x:2", FALSE}, {":@1", TRUE}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *named = g_strconcat(image, rows[i].tail, NULL), *got = read_all(named);
    g_autofree char *expected = g_strdup_printf("0=%.15s ", rows[i].second ? two : one);
    g_assert_cmpstr(got, ==, expected);
  }
}

static void test_latest_of_several(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  g_autofree char *one = add_layer(&archive, "1.tar", "one"), *two = add_layer(&archive, "2.tar", "two");
  g_autofree char *config_one = make_config(STRV(one)), *config_two = make_config(STRV(two));
  tar_add_text(archive.tar, "1.json", config_one);
  tar_add_text(archive.tar, "2.json", config_two);
  tar_add_text(archive.tar, "manifest.json",
               "[{\"Config\":\"1.json\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"1.tar\"]},"
               "{\"Config\":\"2.json\",\"RepoTags\":[\"app:latest\"],\"Layers\":[\"2.tar\"]}]");
  g_autofree char *image = archive_write(&archive, "docker-archive:"), *got = read_all(image);
  g_autofree char *expected = g_strdup_printf("0=%.15s ", two);
  g_assert_cmpstr(got, ==, expected);
}

/* The same layer twice is read once. */
static void test_equal_layers(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  g_autofree char *one = add_layer(&archive, "1.tar", "one");
  g_autofree char *config = make_config(STRV(one, one));
  tar_add_text(archive.tar, "c.json", config);
  tar_add_text(archive.tar, "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"1.tar\",\"1.tar\"]}]");
  g_autofree char *image = archive_write(&archive, "docker-archive:"), *got = read_all(image);
  g_autofree char *expected = g_strdup_printf("0=%.15s ", one);
  g_assert_cmpstr(got, ==, expected);
}

static void test_bad_documents(void)
{
  static const struct {
    const char *manifest, *config, *why;
  } rows[] = {
      {"{}", "{}", "not an array"},
      {"[]", "{}", "lists no image"},
      {"[1]", "{}", "'[0]' is not an object"},
      {"[{}]", "{}", "no '[0].Config'"},
      {"[{\"Config\":1}]", "{}", "'[0].Config' is an integer"},
      {"[{\"Config\":\"other.json\",\"Layers\":[]}]", "{}", "cannot read 'other.json'"},
      {"[{\"Config\":\"c.json\",\"Layers\":\"x\"}]", "{}", "'[0].Layers' is a string"},
      {"[{\"Config\":\"c.json\",\"Layers\":[\"x\"]}]", "{\"rootfs\":{\"diff_ids\":[]}}",
       "names 1 layers, but the config 0"},
      {"nonsense", "{}", "manifest.json"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Archive) archive;
    archive_init(&archive);
    tar_add_text(archive.tar, "c.json", rows[i].config);
    tar_add_text(archive.tar, "manifest.json", rows[i].manifest);
    g_autofree char *image = archive_write(&archive, "docker-archive:");
    check_refused(image, CR_ERROR_INPUT, rows[i].why, NULL);
  }
}

/* A config whose name is a digest must have it. */
static void test_config_digest(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  static const char name[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.json";
  tar_add_text(archive.tar, name, "{\"rootfs\":{\"diff_ids\":[]}}");
  g_autofree char *manifest = g_strdup_printf("[{\"Config\":\"%s\",\"Layers\":[]}]", name);
  tar_add_text(archive.tar, "manifest.json", manifest);
  g_autofree char *image = archive_write(&archive, "docker-archive:");
  check_refused(image, CR_ERROR_TRUST, "its digest is", NULL);
}

/* An OCI layout whose one layer is SPOILED: not there, foreign and not there, of another size, encrypted. */
static char *write_layout(Archive *archive, const char *media_type, const char *more, gint64 size, gboolean there)
{
  g_autoptr(GByteArray) layer = tar_make(STRV("f one"));
  g_autofree char *digest = cr_digest_of(layer->data, layer->len);
  g_autofree char *blob = g_strdup_printf("blobs/sha256/%s", cr_digest_get_hex(digest));
  if (there)
    tar_add(archive->tar, '0', blob, NULL, layer->data, layer->len);
  g_autofree char *config = make_config(STRV(digest)), *config_digest = cr_digest_of(config, strlen(config));
  g_autofree char *manifest = g_strdup_printf(
      "{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%zu},\"layers\":[{\"mediaType\":\"%s\","
      "\"digest\":\"%s\",\"size\":%" G_GINT64_FORMAT "%s}]}",
      config_digest, strlen(config), media_type, digest, size < 0 ? (gint64)layer->len : size, more);
  g_autofree char *manifest_digest = cr_digest_of(manifest, strlen(manifest));
  g_autofree char *index = g_strdup_printf("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"%s\",\"size\":%zu}]}",
                                           manifest_digest, strlen(manifest));
  g_autofree char *config_blob = g_strdup_printf("blobs/sha256/%s", cr_digest_get_hex(config_digest));
  g_autofree char *manifest_blob = g_strdup_printf("blobs/sha256/%s", cr_digest_get_hex(manifest_digest));
  tar_add_text(archive->tar, config_blob, config);
  tar_add_text(archive->tar, manifest_blob, manifest);
  tar_add_text(archive->tar, "index.json", index);
  return archive_write(archive, "oci-archive:");
}

static void test_layout(void)
{
  static const struct {
    const char *media_type, *more;
    gint64 size;
    gboolean there;
    const char *said;
  } rows[] = {
      {"application/vnd.oci.image.layer.v1.tar", "", -1, TRUE, "0=sha256:"},
      {"application/vnd.oci.image.layer.v1.tar", "", -1, FALSE, "blind: layer 1: 'blobs/sha256/"},
      {"application/vnd.oci.image.layer.nondistributable.v1.tar", "", -1, FALSE,
       "blind: layer 1: it is a foreign layer"},
      {"application/vnd.oci.image.layer.nondistributable.v1.tar", "", -1, TRUE, "0=sha256:"},
      {"x", ",\"urls\":[\"https://example.org\"]", -1, FALSE, "blind: layer 1: it is a foreign layer"},
      {"application/vnd.oci.image.layer.v1.tar+encrypted", "", -1, TRUE, "blind: layer 1: it is encrypted"},
      {"application/vnd.oci.image.layer.v1.tar", "", 7, TRUE, "its descriptor says 7"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Archive) archive;
    archive_init(&archive);
    g_autofree char *image = write_layout(&archive, rows[i].media_type, rows[i].more, rows[i].size, rows[i].there);
    g_autofree char *got = read_all(image);
    if (!strstr(got, rows[i].said))
      g_error("row %u: '%s'", i, got);
  }
}

/* Cut anywhere: an error or a problem, compressed or not. */
static void test_cut(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  g_autofree char *image = write_layout(&archive, "x", "", -1, TRUE);
  g_autofree char *whole = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(archive.path, &whole, &size, NULL));
  g_autofree char *good = read_all(image);
  g_assert_cmpuint(strlen(good), ==, strlen("0=sha256:xxxxxxxx "));
  for (gsize at = 0; at < size - 512; at += 211) {
    g_assert_true(g_file_set_contents(archive.path, whole, (gssize)at, NULL));
    g_autofree char *got = read_all(image);
    if (!strcmp(got, good))
      g_error("cut at %zu of %zu: nothing is said", at, size);
  }
}

/* Whatever a file is: plain words find it out; the wrong prefix says the right one. */
static void test_sniffing(void)
{
  g_auto(Archive) archive;
  archive_init(&archive);
  g_autofree char *image = write_layout(&archive, "x", "", -1, TRUE);
  g_autofree char *plain = read_all(archive.path);
  g_assert_true(g_str_has_prefix(plain, "0=sha256:"));
  g_autofree char *wrong = g_strconcat("docker-archive:", archive.path, NULL), *got = read_all(wrong);
  g_assert_cmpstr(got, ==, plain); /* an OCI layout in what is said to be Docker's: newer `docker save` */
  g_autofree char *rootfs = g_strconcat("rootfs:", archive.path, NULL);
  g_autofree char *note = read_all(rootfs);
  g_assert_nonnull(strstr(note, "note: "));
  g_assert_nonnull(strstr(note, "oci-archive:"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/source/words", test_words);
  g_test_add_func("/image/source/links", test_links);
  g_test_add_func("/image/source/several-images", test_several_images);
  g_test_add_func("/image/source/latest-of-several", test_latest_of_several);
  g_test_add_func("/image/source/equal-layers", test_equal_layers);
  g_test_add_func("/image/source/bad-documents", test_bad_documents);
  g_test_add_func("/image/source/config-digest", test_config_digest);
  g_test_add_func("/image/source/layout", test_layout);
  g_test_add_func("/image/source/cut", test_cut);
  g_test_add_func("/image/source/sniffing", test_sniffing);
  return g_test_run();
}
