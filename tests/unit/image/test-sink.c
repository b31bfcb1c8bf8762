/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks that are files. Through every tool, daemon and registry: tests/oracle/sinks. */
#include "sample.h"

#include <unistd.h>

static gboolean refuse(gpointer data, GError **error)
{
  *(gboolean *)data = TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_GATE, "not this one");
  return FALSE;
}

static gboolean write_to(const char *destination, CrDraft *draft, CrSinkConfirm confirm, gpointer data, GError **error)
{
  g_autoptr(CrImageSink) sink = cr_image_sink_open(destination, &(CrSourceOptions){.offline = TRUE}, NULL, error);
  return sink && cr_image_sink_write(sink, draft, confirm, data, error);
}

static char *destination_of(const Sample *sample, const char *format)
{
  g_auto(GStrv) parts = g_strsplit(format, "@", 2);
  return g_strconcat(parts[0], sample->place.dir, parts[1], NULL);
}

/* Every file below DIR, sorted, with what it holds: to see whether anything has changed. */
static void list_into(GPtrArray *lines, const char *dir)
{
  g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
  for (const char *name = folder ? g_dir_read_name(folder) : NULL; name; name = g_dir_read_name(folder)) {
    g_autofree char *path = g_build_filename(dir, name, NULL), *text = NULL;
    gsize size = 0;
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
      g_ptr_array_add(lines, g_strdup(path));
      list_into(lines, path);
    } else if (g_file_get_contents(path, &text, &size, NULL)) {
      g_autofree char *digest = cr_digest_of(text, size);
      g_ptr_array_add(lines, g_strdup_printf("%s %s", path, digest));
    }
  }
}

static int compare_text(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *list_all(const char *dir)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
  list_into(lines, dir);
  g_ptr_array_sort(lines, compare_text);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}

static const struct {
  const char *destination, *image; /* '@' is the folder; IMAGE reads it back */
  gboolean has_manifest;
} kinds[] = {
    {"oci:@/out", "oci:@/out", TRUE},
    {"oci:@/out:v1", "oci:@/out:v1", TRUE},
    {"oci-archive:@/out.tar", "oci-archive:@/out.tar", TRUE},
    {"oci-archive:@/out.tar:v1", "oci-archive:@/out.tar:v1", TRUE},
    {"docker-archive:@/out.tar", "docker-archive:@/out.tar", FALSE},
    {"docker-archive:@/out.tar:shop/web:2", "docker-archive:@/out.tar:shop/web:2", FALSE},
    {"docker-archive:@/out.tar:web", "docker-archive:@/out.tar:web:latest", FALSE},
};

/* What is written reads back as what was meant, twice the same bytes; so does a draft made of what was read back. */
static void test_round_trip(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_auto(Sample) sample;
    sample_init(&sample, "", "oci");
    g_autofree char *destination = destination_of(&sample, kinds[i].destination),
                    *image = destination_of(&sample, kinds[i].image);
    g_autoptr(CrSource) source = open_original(sample.original);
    g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
    add_member(draft, "f etc/new");
    seal(draft);
    g_autoptr(GError) error = NULL;
    write_to(destination, draft, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *once = list_all(sample.place.dir);
    write_to(destination, draft, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *twice = list_all(sample.place.dir);
    g_assert_cmpstr(once, ==, twice);
    g_autoptr(CrSource) back = open_original(image);
    g_assert_cmpstr(cr_source_get_image(back)->id, ==, cr_draft_get_config_digest(draft));
    if (kinds[i].has_manifest)
      g_assert_cmpstr(cr_source_get_image(back)->digest, ==, cr_draft_get_manifest_digest(draft));
    g_autoptr(CrDraft) again = make_draft(back, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
    seal(again);
    g_assert_cmpstr(cr_draft_get_config_digest(again), ==, cr_draft_get_config_digest(draft));
    g_assert_cmpstr(cr_draft_get_layer(again, 1)->digest, ==, cr_draft_get_layer(draft, 1)->digest);
  }
}

/* Nothing of an image that was refused is left, and what was there stays. */
static void test_refused(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (guint before = 0; before < 2; before++) {
      g_auto(Sample) sample;
      sample_init(&sample, "", "oci");
      g_autofree char *destination = destination_of(&sample, kinds[i].destination);
      g_autoptr(CrSource) source = open_original(sample.original);
      g_autoptr(CrDraft) old = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
      g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
      add_member(draft, "f etc/new");
      seal(old);
      seal(draft);
      g_autoptr(GError) error = NULL;
      if (before)
        g_assert_true(write_to(destination, old, NULL, NULL, &error));
      g_autofree char *was = list_all(sample.place.dir);
      gboolean asked = FALSE;
      g_assert_false(write_to(destination, draft, refuse, &asked, &error));
      g_assert_true(asked);
      g_assert_error(error, CR_ERROR, CR_ERROR_GATE);
      g_autofree char *is = list_all(sample.place.dir);
      g_assert_cmpstr(is, ==, was);
    }
}

/* Other images of a layout stay, the tag moves. */
static void test_several_tags(void)
{
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autofree char *one = destination_of(&sample, "oci:@/out:one"), *two = destination_of(&sample, "oci:@/out:two");
  g_autoptr(CrSource) source = open_original(sample.original);
  g_autoptr(CrDraft) first = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  g_autoptr(CrDraft) second = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  cr_draft_set_label(second, "a", "b");
  seal(first);
  seal(second);
  g_assert_true(write_to(one, first, NULL, NULL, NULL) && write_to(two, first, NULL, NULL, NULL));
  g_assert_true(write_to(two, second, NULL, NULL, NULL));
  g_autoptr(CrSource) a = open_original(one);
  g_autoptr(CrSource) b = open_original(two);
  g_assert_cmpstr(cr_source_get_image(a)->digest, ==, cr_draft_get_manifest_digest(first));
  g_assert_cmpstr(cr_source_get_image(b)->digest, ==, cr_draft_get_manifest_digest(second));
}

static void test_refused_destinations(void)
{
  static const struct {
    const char *destination;
    CrErrorCode code;
    const char *why;
  } rows[] = {
      {"", CR_ERROR_USAGE, "no destination"},
      {"oci:", CR_ERROR_USAGE, "no destination"},
      {"rootfs:/x", CR_ERROR_USAGE, "no destination"},
      {"web:1", CR_ERROR_USAGE, "no destination"},
      {"oci:/etc/passwd", CR_ERROR_USAGE, "not a folder"},
      {"oci:/etc", CR_ERROR_USAGE, "holds other things"},
      {"oci-archive:/etc", CR_ERROR_USAGE, "not a file"},
      {"docker-archive:/nowhere/x.tar:A B", CR_ERROR_USAGE, "the name of an image"},
      {"docker-archive:/nowhere/x.tar", CR_ERROR_ENVIRONMENT, "/nowhere"},
      {"oci:/proc/x", CR_ERROR_ENVIRONMENT, "cannot make the folder"},
      {"registry:Web", CR_ERROR_USAGE, "lower case"},
      {"registry:web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", CR_ERROR_USAGE, "tag"},
      {"registry:example.org/web:1", CR_ERROR_OFFLINE, "--offline"},
  };
  g_auto(Sample) sample;
  sample_init(&sample, "", "oci");
  g_autoptr(CrSource) source = open_original(sample.original);
  g_autoptr(CrDraft) draft = make_draft(source, CR_DRAFT_KEEP, CR_COMPRESSION_GZIP);
  seal(draft);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    gboolean ok = write_to(rows[i].destination, draft, NULL, NULL, &error);
    if (ok || !g_error_matches(error, CR_ERROR, (gint)rows[i].code) || !strstr(error->message, rows[i].why))
      g_error("'%s': code %d, '%s'", rows[i].destination, error ? error->code : -1, error ? error->message : "written");
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/sink/round-trip", test_round_trip);
  g_test_add_func("/image/sink/refused", test_refused);
  g_test_add_func("/image/sink/several-tags", test_several_tags);
  g_test_add_func("/image/sink/refused-destinations", test_refused_destinations);
  return g_test_run();
}
