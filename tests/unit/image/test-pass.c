/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/process.h"
#include "tar.h"

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct {
  const char *const *members;
  const char *entries, *problems;
} names[] = {
    {STRV("f ./a", "f /b", "f c//d", "f e/./f", "f g/../h", "d i/"), "f a\nf b\nf c/d\nf e/f\nf h\nd i\n", ""},
    {STRV("f ../x", "f a/../../b", "d ..", "f ok"), "f ok\n",
     "partial: layer: entry 1: left out: '../x' names a path outside the root\n"
     "partial: layer: entry 2: left out: 'a/../../b' names a path outside the root\n"
     "partial: layer: entry 3: left out: '..' names a path outside the root\n"},
    {STRV("d .", "f .", "d /"), "d \n", ""}, /* the root is a folder, whatever else a member claims */
    {STRV("w a", "o d", "w d/x", "w .wh.plnk", "f d/.wh.", "f d/.wh...", "f d/.wh.."), "w a\no d\nw d/x\n", ""},
    {STRV("f a", "h b a", "h c /a", "h d ./x/../a"), "f a\nh b a\nh c a\nh d a\n", ""},
    {STRV("h a ../x"), "", "partial: layer: a: names a path outside the root\n"},
    {STRV("l a ../../x", "l b /etc", "l c c"), "l a ../../x\nl b /etc\nl c c\n", ""}, /* as they are */
    {STRV("c dev/null", "b dev/sda", "p fifo"), "c dev/null\nb dev/sda\np fifo\n", ""},
    {STRV("f a\xff\xfe", "f b\nc", "f d\x1b[31m"), "f a\xff\xfe\nf b\nc\nf d\x1b[31m\n", ""},
    {STRV("f a", "f a/b", "d a"), "d a\nf a/b\n", ""}, /* the later of two of one name */
    {STRV("f x one", "f x two"), "f x\n", ""},
    {STRV("f a-b", "f a", "f a/c", "f a.b"), "f a\nf a/c\nf a-b\nf a.b\n", ""}, /* '/' before every other byte */
};

static void test_names(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_auto(Place) place;
    place_init(&place);
    g_autoptr(CrLayer) layer = read_tar(&place, tar_make(names[i].members));
    g_autofree char *entries = list_layer(layer), *problems = list_problems(layer);
    g_assert_cmpstr(entries, ==, names[i].entries);
    g_assert_cmpstr(problems, ==, names[i].problems);
  }
}

static void test_long_names(void)
{
  g_auto(Place) place;
  place_init(&place);
  GByteArray *tar = g_byte_array_new();
  g_autofree char *deep = g_strnfill(5000, 'x');
  g_autofree char *pax = g_strdup_printf("5011 path=%s\n", deep);
  tar_add(tar, 'x', "pax", NULL, pax, strlen(pax));
  tar_add_text(tar, "short", "1");
  tar_add_text(tar, "ok", "2");
  tar_end(tar);
  g_autoptr(CrLayer) layer = read_tar(&place, tar);
  g_autofree char *entries = list_layer(layer), *problems = list_problems(layer);
  g_assert_cmpstr(entries, ==, "f ok\n");
  g_assert_nonnull(strstr(problems, "longer or deeper"));
}

static void take_digest(const CrLayer *layer, const CrLayerEntry *entry, gpointer data)
{
  (void)layer;
  g_autofree char *digest = cr_digest_format(entry->digest);
  g_string_append_printf(data, "%s %.12s\n", entry->entry.path, cr_digest_get_hex(digest));
}

/* Digests of files; a member whose size is not what it takes in the tar has none, and takes none from its neighbours.
 */
static void test_file_digests(void)
{
  g_auto(Place) place;
  place_init(&place);
  GByteArray *tar = g_byte_array_new();
  g_autofree char *large = g_strnfill(700000, 'y');
  tar_add_text(tar, "b", "one");
  tar_add(tar, '0', "empty", NULL, NULL, 0);
  tar_add(tar, 'x', "pax", NULL, "26 SCHILY.realsize=900000\n", 26);
  tar_add_text(tar, "lies", "it says that it is larger");
  tar_add(tar, '0', "large", NULL, large, 700000);
  tar_add(tar, '1', "link", "large", NULL, 0);
  tar_add_text(tar, "a", "one");
  tar_end(tar);
  g_autoptr(CrLayer) layer = read_tar(&place, tar);
  g_autoptr(GString) all = g_string_new(NULL);
  cr_layer_foreach_digest(layer, NULL, take_digest, all);
  g_autofree char *one = cr_digest_of("one", 3), *y = cr_digest_of(large, 700000);
  g_autofree char *expected = g_strdup_printf("a %.12s\nb %.12s\nlarge %.12s\n", one + 7, one + 7, y + 7);
  g_assert_cmpstr(all->str, ==, expected);
  g_assert_cmpuint(cr_layer_count_undigested(layer), ==, 1);
  guint8 wanted[CR_DIGEST_BYTES];
  cr_digest_parse(one, wanted);
  g_string_truncate(all, 0);
  cr_layer_foreach_digest(layer, wanted, take_digest, all);
  g_assert_cmpint(strncmp(all->str, expected, all->len), ==, 0);
}

/* pax and GNU long names, and pax names that are not ASCII. */
static void test_extended_names(void)
{
  g_auto(Place) place;
  place_init(&place);
  GByteArray *tar = g_byte_array_new();
  g_autofree char *name = g_strnfill(200, 'n');
  tar_add(tar, 'L', "././@LongLink", NULL, name, 201);
  tar_add_text(tar, "nnn", "1");
  tar_add(tar, 'x', "pax", NULL, "12 path=\xc3\xa9t\n", 12);
  tar_add_text(tar, "e", "2");
  tar_end(tar);
  g_autoptr(CrLayer) layer = read_tar(&place, tar);
  g_autofree char *entries = list_layer(layer);
  g_autofree char *expected = g_strdup_printf("f %s\nf \xc3\xa9t\n", name);
  g_assert_cmpstr(entries, ==, expected);
}

static char *get_facts(const CrLayer *layer, const char *path)
{
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  CrLayerEntry entry;
  cr_layer_cursor_seek(cursor, path);
  g_assert_true(cr_layer_cursor_next(cursor, &entry));
  g_assert_cmpstr(entry.entry.path, ==, path);
  g_autoptr(GBytes) bytes = cr_layer_get_facts(layer, entry.id, "keep");
  g_assert_cmpint(bytes != NULL, ==, entry.has_facts);
  return bytes ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

static void test_facts(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(CrLayer) layer = read_tar(
      &place, tar_make(STRV("f a one", "f refused x", "f z two", "f b first", "f b second", "h c a", "l s a")));
  g_autofree char *a = get_facts(layer, "a"), *b = get_facts(layer, "b"), *c = get_facts(layer, "c");
  g_autofree char *refused = get_facts(layer, "refused"), *z = get_facts(layer, "z"), *s = get_facts(layer, "s");
  g_assert_cmpstr(a, ==, "one");
  g_assert_cmpstr(b, ==, "second");
  g_assert_cmpstr(c, ==, "one"); /* a hard link has its target's */
  g_assert_null(refused);
  g_assert_null(s);
  g_assert_cmpstr(z, ==, "two");
  g_autofree char *problems = list_problems(layer);
  g_assert_cmpstr(problems, ==, "partial: layer: refused: is refused by the test\n");
}

/* A file above CR_LIMIT_FILE_MEMORY goes through a temporary file, one across ring slots through memory; both whole. */
static void test_large_files(void)
{
  g_auto(Place) place;
  place_init(&place);
  const gsize sizes[] = {1, 511, 512, 300000, CR_LIMIT_FILE_MEMORY, CR_LIMIT_FILE_MEMORY + 1};
  GByteArray *tar = g_byte_array_new();
  g_autofree guint8 *data = g_malloc(CR_LIMIT_FILE_MEMORY + 1);
  for (gsize i = 0; i < CR_LIMIT_FILE_MEMORY + 1; i++)
    data[i] = (guint8)(i * 2654435761ULL >> 16 & 0xff);
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autofree char *name = g_strdup_printf("f%u", i);
    tar_add(tar, '0', name, NULL, data, sizes[i]);
  }
  tar_end(tar);
  g_autoptr(CrLayer) layer = read_tar(&place, tar);
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  CrLayerEntry entry;
  for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_assert_true(cr_layer_cursor_next(cursor, &entry));
    g_autoptr(GBytes) bytes = cr_layer_get_facts(layer, entry.id, "keep");
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, sizes[i]);
    g_assert_cmpint(memcmp(g_bytes_get_data(bytes, NULL), data, sizes[i]), ==, 0);
  }
}

/* ---- compression ---- */

static GBytes *compress(const char *const *argv, GBytes *data)
{
  CrProcessRequest request = {.argv = argv, .input = data};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProcessResult) result = cr_process_run(&request, &error);
  g_assert_no_error(error);
  g_assert_cmpint(result->status, ==, 0);
  return g_bytes_ref(result->output);
}

static GBytes *join(GBytes *a, GBytes *b)
{
  GByteArray *all = g_byte_array_new();
  g_byte_array_append(all, g_bytes_get_data(a, NULL), (guint)g_bytes_get_size(a));
  g_byte_array_append(all, g_bytes_get_data(b, NULL), (guint)g_bytes_get_size(b));
  return g_byte_array_free_to_bytes(all);
}

static const struct {
  const char *const *program;
  const char *tail; /* behind the compressed data, TAIL_BYTES of it */
  gsize tail_bytes;
  gboolean members; /* every half a member of its own */
  const char *problems;
} streams[] = {
    {NULL, "", 0, FALSE, ""},
    {STRV("gzip", "-c"), "", 0, FALSE, ""},
    {STRV("gzip", "-c"), "", 0, TRUE, ""},
    {STRV("zstd", "-qc"), "", 0, TRUE, ""},
    {STRV("xz", "-c"), "", 0, TRUE, ""},
    /* zstd:chunked and seekable zstd put their table into a skippable frame (RFC 8878 §3.1.2) */
    {STRV("zstd", "-qc"), "\x50\x2a\x4d\x18\x04\0\0\0TOC!", 12, FALSE, ""},
    {STRV("gzip", "-c"), "\0\0\0\0\0\0\0\0", 8, FALSE, "note: layer: zero padding behind the compressed data\n"},
    {STRV("gzip", "-c"), "garbage", 7, FALSE, "partial: layer: 7 bytes behind the compressed data were not read\n"},
};

static void test_streams(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(streams); i++) {
    g_auto(Place) place;
    place_init(&place);
    g_autoptr(GBytes) plain = g_byte_array_free_to_bytes(tar_make(STRV("f a one", "d b", "f b/c two")));
    g_autoptr(GBytes) packed = NULL;
    gsize half = g_bytes_get_size(plain) / 2 + 100;
    g_autoptr(GBytes) first = g_bytes_new_from_bytes(plain, 0, half);
    g_autoptr(GBytes) second = g_bytes_new_from_bytes(plain, half, g_bytes_get_size(plain) - half);
    if (!streams[i].program) {
      packed = g_bytes_ref(plain);
    } else if (streams[i].members) {
      g_autoptr(GBytes) a = compress(streams[i].program, first), b = compress(streams[i].program, second);
      packed = join(a, b);
    } else {
      packed = compress(streams[i].program, plain);
    }
    g_autoptr(GBytes) tail = g_bytes_new_static(streams[i].tail, streams[i].tail_bytes);
    g_autoptr(GBytes) all = join(packed, tail);
    g_autofree char *diff_id = cr_digest_of(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
    g_autoptr(GError) error = NULL;
    g_autoptr(CrLayer) layer = read_bytes(&place, all, diff_id, &error);
    g_assert_no_error(error);
    g_autofree char *entries = list_layer(layer), *problems = list_problems(layer);
    g_assert_cmpstr(entries, ==, "f a\nd b\nf b/c\n");
    g_assert_cmpstr(problems, ==, streams[i].problems);
    g_assert_cmpstr(cr_layer_get_diff_id(layer), ==, diff_id);
    g_assert_cmpuint(cr_layer_get_size(layer), ==, g_bytes_get_size(plain));
  }
}

/* What is cut, in every kind, at many places: an error, or (in a plain tar between members) a problem; never silence,
 * and never anything in the cache under the right name. */
static void test_cut(void)
{
  const char *const *const programs[] = {NULL, STRV("gzip", "-c"), STRV("zstd", "-qc"), STRV("xz", "-c")};
  g_autoptr(GBytes) plain = g_byte_array_free_to_bytes(tar_make(STRV("f a one", "d b", "f b/c two")));
  g_autofree char *diff_id = cr_digest_of(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
  g_autofree char *key = cr_collectors_get_key(keep_collectors);
  for (guint p = 0; p < G_N_ELEMENTS(programs); p++) {
    g_autoptr(GBytes) packed = programs[p] ? compress(programs[p], plain) : g_bytes_ref(plain);
    gsize size = g_bytes_get_size(packed), step = size / 23 + 1;
    for (gsize at = 1; at < size; at += step) {
      g_auto(Place) place;
      place_init(&place);
      g_autoptr(GBytes) cut = g_bytes_new_from_bytes(packed, 0, at);
      g_autoptr(GError) error = NULL;
      g_autoptr(CrLayer) layer = read_bytes(&place, cut, diff_id, &error);
      g_assert_null(layer);
      g_assert_true(error->domain == CR_ERROR && (error->code == CR_ERROR_INPUT || error->code == CR_ERROR_TRUST));
      g_assert_false(cr_layer_exists(place.cache, diff_id, key));
      g_clear_error(&error);
      g_autoptr(CrLayer) unchecked = read_bytes(&place, cut, NULL, &error);
      g_autofree char *problems = unchecked ? list_problems(unchecked) : NULL;
      g_assert_true(error || *problems);
    }
  }
}

static void test_digests(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(GBytes) plain = g_byte_array_free_to_bytes(tar_make(STRV("f a one")));
  g_autofree char *right = cr_digest_of(g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
  g_autofree char *wrong = cr_digest_of("x", 1);
  g_autofree char *key = cr_collectors_get_key(keep_collectors);
  const struct {
    const char *digest, *diff_id;
    gboolean ok;
  } rows[] = {{right, right, TRUE}, {NULL, wrong, FALSE}, {wrong, right, FALSE}, {wrong, NULL, FALSE}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrPassOptions options = {.cache = place.cache,
                             .collectors = keep_collectors,
                             .name = "layer T",
                             .expected_digest = rows[i].digest,
                             .expected_diff_id = rows[i].diff_id,
                             .keep = TRUE};
    g_autoptr(GError) error = NULL;
    g_autoptr(CrLayer) layer = cr_pass_read_layer(cr_stream_new_bytes(plain), &options, &error);
    g_assert_cmpint(layer != NULL, ==, rows[i].ok);
    if (!rows[i].ok) {
      g_assert_error(error, CR_ERROR, CR_ERROR_TRUST);
      g_assert_nonnull(strstr(error->message, "layer T"));
    }
    g_assert_cmpint(cr_layer_exists(place.cache, right, key), ==, rows[i].ok);
    g_assert_false(cr_layer_exists(place.cache, wrong, key));
    cr_cache_prune(place.cache, NULL, 0, NULL, NULL);
  }
}

/* ---- sizes that lie ---- */

static void test_sizes(void)
{
  g_auto(Place) place;
  place_init(&place);
  GByteArray *tar = g_byte_array_new();
  tar_add_text(tar, "a", "x");
  memcpy(tar->data + 124, "77777777777", 11); /* 8 GiB, says the header */
  memset(tar->data + 148, ' ', 8);
  guint sum = 0;
  for (guint i = 0; i < 512; i++)
    sum += tar->data[i];
  g_snprintf((char *)tar->data + 148, 8, "%06o", sum);
  tar_end(tar);
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(tar);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrLayer) layer = read_bytes(&place, bytes, NULL, &error);
  g_autofree char *problems = layer ? list_problems(layer) : NULL;
  g_assert_true(error ? error->code == CR_ERROR_INPUT : strstr(problems, "partial") != NULL);
}

/* A GNU sparse file, made by tar itself: holes are zeros. */
static void test_sparse(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autofree char *sparse = g_build_filename(place.dir, "sparse", NULL);
  FILE *file = g_fopen(sparse, "w");
  g_assert_cmpint(fseek(file, 1 << 20, SEEK_SET), ==, 0);
  g_assert_cmpint(fputs("end", file), >=, 0);
  fclose(file);
  static const char *const formats[] = {"--format=gnu", "--format=pax"};
  for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
    const char *argv[] = {"tar", formats[i], "-S", "-C", place.dir, "-cf", "-", "sparse", NULL};
    g_autoptr(GBytes) tar = compress(argv, NULL);
    g_assert_cmpuint(g_bytes_get_size(tar), <, 1 << 16);
    g_autoptr(GError) error = NULL;
    g_autoptr(CrLayer) layer = read_bytes(&place, tar, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
    CrLayerEntry entry;
    g_assert_true(cr_layer_cursor_next(cursor, &entry));
    g_assert_cmpuint(entry.entry.size, ==, (1 << 20) + 3);
    g_autoptr(GBytes) facts = cr_layer_get_facts(layer, entry.id, "keep");
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(facts, &size);
    g_assert_cmpuint(size, ==, (1 << 20) + 3);
    g_assert_cmpmem(data + (1 << 20), 3, "end", 3);
    for (gsize at = 0; at < 1 << 20; at++)
      g_assert_cmpuint(data[at], ==, 0);
  }
}

static void test_no_end_mark(void)
{
  g_auto(Place) place;
  place_init(&place);
  GByteArray *tar = g_byte_array_new();
  tar_add_text(tar, "a", "one");
  g_autoptr(CrLayer) layer = read_tar(&place, tar);
  g_autofree char *problems = list_problems(layer);
  g_assert_cmpstr(problems, ==, "partial: layer: the end mark of a tar is missing: it may be cut short\n");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/pass/names", test_names);
  g_test_add_func("/image/pass/file-digests", test_file_digests);
  g_test_add_func("/image/pass/long-names", test_long_names);
  g_test_add_func("/image/pass/extended-names", test_extended_names);
  g_test_add_func("/image/pass/facts", test_facts);
  g_test_add_func("/image/pass/large-files", test_large_files);
  g_test_add_func("/image/pass/streams", test_streams);
  g_test_add_func("/image/pass/cut", test_cut);
  g_test_add_func("/image/pass/digests", test_digests);
  g_test_add_func("/image/pass/sizes", test_sizes);
  g_test_add_func("/image/pass/sparse", test_sparse);
  g_test_add_func("/image/pass/no-end-mark", test_no_end_mark);
  return g_test_run();
}
