/* SPDX-License-Identifier: Apache-2.0 */
/* Layers read by processes of their own, which are this program: well-behaved ones are the product's; the others,
 * chosen by the layer's name, do what one that was taken over might. */
#include "tar.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/error.h"
#include "image/apart-private.h"
#include "image/apart.h"
#include "image/layer-write.h"

/* ---- readers that were taken over ---- */

#define VICTIM "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void drain(void)
{
  static char buffer[65536];
  while (read(CR_APART_IN, buffer, sizeof buffer) > 0) {
  }
}

static void die(void)
{
  raise(SIGKILL);
}

static void leave(void)
{
  _exit(3);
}

static void say_nothing(void)
{
  drain();
  _exit(0);
}

/* A well-formed index, of a layer that this is not. */
static void plant(void)
{
  g_autoptr(CrCache) cache = cr_cache_new(g_get_tmp_dir());
  CrLayerWriter *writer =
      cr_layer_writer_new_in(cr_cache_file_new_on(cache, "layers", CR_APART_THIRD), cache, keep_collectors, 0);
  drain();
  g_autoptr(CrLayer) layer = cr_layer_writer_finish(writer, VICTIM, 1, FALSE, NULL);
  cr_apart_send_report(CR_APART_OUT, NULL, 0, 0);
  _exit(layer ? 0 : 1);
}

static void make_rubbish(void)
{
  drain();
  g_assert_cmpint(write(CR_APART_THIRD, "rubbish", 7), ==, 7);
  cr_apart_send_report(CR_APART_OUT, NULL, 0, 0);
  _exit(0);
}

/* Ends while careen has much to give. */
static void refuse_early(void)
{
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_LIMIT, "I have had enough");
  cr_apart_send_report(CR_APART_OUT, error, 0, 0);
  _exit(0);
}

static void blame_digest(void)
{
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_TRUST, "its digest is bad");
  drain();
  cr_apart_send_report(CR_APART_OUT, error, 0, 0);
  _exit(0);
}

static void report_too_much(void)
{
  CrApartReport report = {.code = 2, .message_bytes = G_MAXUINT32};
  drain();
  g_assert_cmpint(write(CR_APART_OUT, &report, sizeof report), >, 0);
  _exit(0);
}

static void report_odd_code(void)
{
  CrApartReport report = {.code = 4711};
  drain();
  g_assert_cmpint(write(CR_APART_OUT, &report, sizeof report), >, 0);
  _exit(0);
}

/* The beginning of a layer may be another one. */
static void claim_early(void)
{
  cr_apart_send_report(CR_APART_OUT, NULL, 0, 0);
  _exit(0);
}

/* The inflater said that the bytes are broken. */
static void claim_well(void)
{
  drain();
  cr_apart_send_report(CR_APART_OUT, NULL, 0, 0);
  _exit(0);
}

/* A gate is 1, offline 3: not for a reader to choose. */
static void claim_gate(void)
{
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_GATE, "all is well");
  drain();
  cr_apart_send_report(CR_APART_OUT, error, 0, 0);
  _exit(0);
}

/* It has said all, and stays. */
static void stay(void)
{
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_INPUT, "I stay");
  drain();
  cr_apart_send_report(CR_APART_OUT, error, 0, 0);
  for (;;)
    pause();
}

static void say_control_characters(void)
{
  g_autoptr(GError) error = g_error_new(CR_ERROR, CR_ERROR_INPUT, "odd \xff bytes");
  drain();
  cr_apart_send_report(CR_APART_OUT, error, 0, 0);
  _exit(0);
}

typedef struct {
  const char *name, *kind;
  void (*act)(void);
  CrErrorCode code;
  const char *message;
} Taken;

static const Taken taken[] = {
    {"killed", "index", die, CR_ERROR_INPUT, "cannot read killed: the reader was killed by signal 9"},
    {"killed inflater", "inflate", die, CR_ERROR_INPUT,
     "cannot read killed inflater: the reader was killed by signal 9"},
    {"left", "index", leave, CR_ERROR_ENVIRONMENT, "cannot read left: the reader ended with 3 and said nothing"},
    {"left inflater", "inflate", leave, CR_ERROR_ENVIRONMENT,
     "cannot read left inflater: the reader ended with 3 and said nothing"},
    {"silent", "index", say_nothing, CR_ERROR_ENVIRONMENT,
     "cannot read silent: the reader ended with 0 and said nothing"},
    {"planted", "index", plant, CR_ERROR_INPUT, "cannot read planted: what its reader made of it is no index of it"},
    {"rubbish", "index", make_rubbish, CR_ERROR_INPUT,
     "cannot read rubbish: what its reader made of it is no index of it"},
    {"early", "index", refuse_early, CR_ERROR_LIMIT, "cannot read early: I have had enough"},
    {"blames", "index", blame_digest, CR_ERROR_INPUT,
     "cannot read blames: the reader says that its bytes are others than they are"},
    {"much", "index", report_too_much, CR_ERROR_INPUT, "cannot read much: the reader's report makes no sense"},
    {"code", "index", report_odd_code, CR_ERROR_INPUT, "cannot read code: the reader's report makes no sense"},
    {"stays", "index", stay, CR_ERROR_INPUT, "cannot read stays: I stay"},
    {"gate", "index", claim_gate, CR_ERROR_INPUT, "cannot read gate: all is well"},
    {"done early", "index", claim_early, CR_ERROR_INPUT,
     "cannot read done early: the reader says that it is done, and is not"},
    {"done anyhow", "index", claim_well, CR_ERROR_INPUT,
     "cannot read done anyhow: the reader says that it is done, and is not"},
    {"odd", "index", say_control_characters, CR_ERROR_INPUT, "cannot read odd: odd \xef\xbf\xbd bytes"},
};

static void be_taken_over(int argc, char **argv)
{
  if (argc != CR_APART_ARGUMENTS || strcmp(argv[1], CR_APART_WORD) != 0)
    return;
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* none outlives a test that was stopped */
  for (guint i = 0; i < G_N_ELEMENTS(taken); i++)
    if (!strcmp(argv[CR_APART_NAME], taken[i].name) && !strcmp(argv[CR_APART_KIND], taken[i].kind))
      taken[i].act();
}

/* ---- layers ---- */

/* More than all pipes hold; of every third file a digest that differs. */
static GBytes *make_layer(void)
{
  GByteArray *tar = g_byte_array_new();
  g_autofree char *data = g_malloc0(40000);
  tar_add(tar, '5', "etc", NULL, NULL, 0);
  for (guint i = 0; i < 100; i++) {
    g_autofree char *path = g_strdup_printf("etc/file-%u", i);
    memset(data, (int)(i % 3), 40000);
    tar_add(tar, '0', path, NULL, data, 40000);
  }
  tar_add(tar, '0', "etc/refused", NULL, "text", 4);
  tar_add(tar, '2', "etc/link", "file-1", NULL, 0);
  tar_add(tar, '1', "etc/hard", "etc/file-2", NULL, 0);
  tar_add(tar, '0', "etc/.wh.gone", NULL, NULL, 0);
  tar_add(tar, '0', "../../out", NULL, "text", 4);
  tar_end(tar);
  return g_byte_array_free_to_bytes(tar);
}

static GBytes *compress(GBytes *bytes, CrCompression compression)
{
  g_autoptr(CrStream) stream = cr_stream_new_compress(cr_stream_new_bytes(bytes), compression);
  return cr_stream_read_all(stream, G_MAXINT32, NULL);
}

static GBytes *append(GBytes *bytes, const char *data, gsize size)
{
  GByteArray *all = g_byte_array_new();
  g_byte_array_append(all, g_bytes_get_data(bytes, NULL), (guint)g_bytes_get_size(bytes));
  g_byte_array_append(all, (const guint8 *)data, (guint)size);
  return g_byte_array_free_to_bytes(all);
}

static char *digest(GBytes *bytes)
{
  return cr_digest_of(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static CrLayer *read_with(const Place *place, gboolean apart, const char *name, GBytes *bytes, const char *raw,
                          const char *diff_id, GError **error)
{
  CrPassOptions options = {.cache = place->cache,
                           .collectors = keep_collectors,
                           .name = name,
                           .expected_digest = raw,
                           .expected_diff_id = diff_id,
                           .keep = TRUE,
                           .apart = apart};
  return cr_pass_read_layer(cr_stream_new_bytes(bytes), &options, error);
}

/* The published index, or NULL. */
static GBytes *load_index(const Place *place, const CrLayer *layer)
{
  g_autofree char *key = cr_collectors_get_key(keep_collectors);
  g_autofree char *name = cr_layer_get_cache_name(cr_layer_get_diff_id(layer), key);
  return cr_cache_load(place->cache, "layers", name);
}

static guint count_indexes(const Place *place)
{
  g_autoptr(GPtrArray) items = cr_cache_list(place->cache, NULL, NULL);
  return items->len;
}

/* Both ways, each into a cache of its own: the same index, byte for byte, or the same words. */
static void expect_same(const char *what, GBytes *bytes, const char *raw, const char *diff_id)
{
  g_auto(Place) here = {0}, there = {0};
  place_init(&here);
  place_init(&there);
  g_autoptr(GError) error_here = NULL, error_there = NULL;
  g_autoptr(CrLayer) one = read_with(&here, FALSE, "layer T", bytes, raw, diff_id, &error_here);
  g_autoptr(CrLayer) two = read_with(&there, TRUE, "layer T", bytes, raw, diff_id, &error_there);
  g_test_message("%s: %s", what, error_here ? error_here->message : "read");
  if (error_here || error_there) {
    g_assert_cmpstr(error_there ? error_there->message : NULL, ==, error_here ? error_here->message : NULL);
    g_assert_cmpint(error_there->code, ==, error_here->code);
    g_assert_cmpuint(count_indexes(&there), ==, 0);
    return;
  }
  g_autoptr(GBytes) index_one = load_index(&here, one), index_two = load_index(&there, two);
  g_assert_true(g_bytes_equal(index_one, index_two));
  g_assert_cmpuint(count_indexes(&there), ==, 1);
}

static void test_same(void)
{
  g_autoptr(GBytes) tar = make_layer();
  g_autofree char *diff_id = digest(tar);
  expect_same("plain", tar, NULL, diff_id);
  expect_same("plain, nobody knows what it is", tar, NULL, NULL);
  expect_same("plain, both digests", tar, diff_id, diff_id);
  const CrCompression kinds[] = {CR_COMPRESSION_GZIP, CR_COMPRESSION_ZSTD};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(GBytes) packed = compress(tar, kinds[i]);
    g_autoptr(GBytes) zeros = append(packed, "\0\0\0", 3), more = append(packed, "\0more", 5);
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(packed, 0, g_bytes_get_size(packed) / 2);
    g_autofree char *raw = digest(packed), *raw_more = digest(more);
    g_autoptr(GBytes) twice = compress(packed, kinds[i]);
    expect_same(cr_compression_get_name(kinds[i]), packed, raw, diff_id);
    expect_same("zeros behind it", zeros, NULL, diff_id);
    expect_same("bytes behind it", more, raw_more, diff_id);
    expect_same("cut", cut, NULL, diff_id);
    expect_same("compressed twice", twice, NULL, NULL);
    expect_same("another digest", packed, diff_id, diff_id);
    expect_same("another diff_id", packed, raw, raw);
    expect_same("both are others", packed, diff_id, raw);
  }
}

static void test_same_odd(void)
{
  g_autoptr(GBytes) tar = make_layer();
  g_autoptr(GBytes) nothing = g_bytes_new_static("", 0), word = g_bytes_new_static("no tar", 6);
  g_autoptr(GBytes) zeros = g_bytes_new_take(g_malloc0(1 << 20), 1 << 20);
  g_autoptr(GBytes) cut = g_bytes_new_from_bytes(tar, 0, 100000), bzip2 = g_bytes_new_static("BZh91AY&SY", 10);
  g_autoptr(GBytes) magic = g_bytes_new_static("\x1f\x8b", 2);
  expect_same("nothing", nothing, NULL, NULL);
  expect_same("a word", word, NULL, NULL);
  expect_same("zeros", zeros, NULL, NULL);
  expect_same("cut short", cut, NULL, NULL);
  expect_same("bzip2", bzip2, NULL, NULL);
  expect_same("a magic number", magic, NULL, NULL);
}

static void test_taken(gconstpointer data)
{
  const Taken *row = data;
  g_auto(Place) place = {0};
  place_init(&place);
  g_autoptr(GBytes) tar = make_layer(), packed = compress(tar, CR_COMPRESSION_GZIP);
  g_autoptr(GBytes) cut = g_bytes_new_from_bytes(packed, 0, g_bytes_get_size(packed) / 2);
  GBytes *bytes = !strcmp(row->kind, "inflate") ? packed : !strcmp(row->name, "done anyhow") ? cut : tar;
  /* "planted" is an image that names its victim itself */
  const char *expected = !strcmp(row->name, "planted") ? VICTIM : NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrLayer) layer = read_with(&place, TRUE, row->name, bytes, NULL, NULL, &error);
  g_assert_null(layer);
  g_assert_error(error, CR_ERROR, (int)row->code);
  g_assert_cmpstr(error->message, ==, row->message);
  if (expected) {
    g_autoptr(GError) named = NULL;
    g_assert_null(read_with(&place, TRUE, row->name, bytes, NULL, expected, &named));
    g_assert_error(named, CR_ERROR, CR_ERROR_TRUST);
  }
  g_assert_cmpuint(count_indexes(&place), ==, 0);
}

/* The network ends in the middle. */
typedef struct {
  CrStream stream;
  GBytes *bytes;
  gboolean given;
} Failing;

static gssize failing_next(CrStream *stream, const guint8 **data, GError **error)
{
  Failing *failing = (Failing *)stream;
  gsize size = 0;
  if (failing->given) {
    g_set_error(error, CR_ERROR, CR_ERROR_OFFLINE, "the network has gone");
    return -1;
  }
  failing->given = TRUE;
  *data = g_bytes_get_data(failing->bytes, &size);
  return (gssize)(size / 2);
}

static void failing_free(CrStream *stream)
{
  g_free(stream);
}

static const CrStreamClass failing_class = {.next = failing_next, .free = failing_free};

static void test_failing_stream(void)
{
  g_autoptr(GBytes) tar = make_layer(), packed = compress(tar, CR_COMPRESSION_GZIP);
  GBytes *const both[] = {tar, packed};
  for (guint i = 0; i < 2 * G_N_ELEMENTS(both); i++) {
    g_auto(Place) place = {0};
    place_init(&place);
    Failing *failing = g_new0(Failing, 1);
    failing->stream.class = &failing_class;
    failing->bytes = both[i / 2];
    CrPassOptions options = {
        .cache = place.cache, .collectors = keep_collectors, .name = "layer T", .keep = TRUE, .apart = i % 2 != 0};
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_pass_read_layer(&failing->stream, &options, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_OFFLINE);
    g_assert_cmpstr(error->message, ==, "cannot read layer T: the network has gone");
  }
}

/* A layer that is larger than a file in memory may be needs a file without a name. */
static void test_large_file(void)
{
  g_autoptr(GByteArray) tar = g_byte_array_new();
  const gsize size = 9 << 20;
  g_autofree char *data = g_malloc(size);
  for (gsize i = 0; i < size; i++)
    data[i] = (char)(i >> 8);
  tar_add(tar, '0', "large", NULL, data, size);
  tar_end(tar);
  g_autoptr(GBytes) bytes = g_bytes_new(tar->data, tar->len);
  expect_same("a large file", bytes, NULL, NULL);
}

int main(int argc, char **argv)
{
  be_taken_over(argc, argv);
  cr_apart_run_reader(argc, argv, keep_collectors);
  signal(SIGPIPE, SIG_IGN);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/apart/same", test_same);
  g_test_add_func("/apart/same-odd", test_same_odd);
  g_test_add_func("/apart/large-file", test_large_file);
  g_test_add_func("/apart/failing-stream", test_failing_stream);
  for (guint i = 0; i < G_N_ELEMENTS(taken); i++) {
    g_autofree char *name = g_strdup_printf("/apart/taken-over/%s", taken[i].name);
    g_test_add_data_func(name, &taken[i], test_taken);
  }
  return g_test_run();
}
