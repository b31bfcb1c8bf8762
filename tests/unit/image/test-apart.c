/* SPDX-License-Identifier: Apache-2.0 */
/* Layers read by processes of their own, which are this program: well-behaved ones are the product's; the others,
 * chosen by the layer's name, do what one that was taken over might. */
#include "tar.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/error.h"
#include "image/apart-private.h"
#include "image/apart.h"
#include "image/layer-write.h"

/* ---- readers that were taken over ---- */

#define VICTIM "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void ask(guint32 kind, guint32 count, guint64 reached)
{
  const CrApartAsk question = {.kind = kind, .count = count, .reached = reached};
  if (write(CR_APART_IN, &question, sizeof question) != sizeof question)
    _exit(4);
}

/* What a good indexer asks for, to the end of the bytes. */
static void drain(void)
{
  CrApartPiece piece = {0};
  CrApartReport report;
  guint64 reached = 0;
  do {
    ask(CR_APART_NEXT, 0, reached);
    if (!cr_apart_read_fully(NULL, CR_APART_IN, &piece, sizeof piece))
      _exit(4);
    reached += piece.bytes;
  } while (piece.bytes);
  (void)cr_apart_receive_report(NULL, CR_APART_IN, &report, NULL);
}

static void drain_and_finish(void)
{
  CrApartDigests digests;
  drain();
  ask(CR_APART_FINISH, 0, 0);
  if (!cr_apart_read_fully(NULL, CR_APART_IN, &digests, sizeof digests))
    _exit(4);
}

static void report(const GError *error)
{
  const CrTrailing none = {0};
  ask(CR_APART_LAST, 0, 0);
  (void)cr_apart_send_report(NULL, CR_APART_IN, error, &none);
}

static void report_words(int code, const char *words)
{
  g_autoptr(GError) error = g_error_new_literal(CR_ERROR, code, words);
  report(error);
}

static void die(void)
{
  raise(SIGKILL);
}

static void crash(void)
{
  signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own */
  raise(SIGSEGV);
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
      cr_layer_writer_new_in(cr_cache_file_new_on(cache, "layers", CR_APART_INDEX), cache, keep_collectors, 0);
  drain_and_finish();
  g_autoptr(CrLayer) layer = cr_layer_writer_finish(writer, VICTIM, 1, FALSE, NULL);
  report(NULL);
  _exit(layer ? 0 : 1);
}

static void make_rubbish(void)
{
  drain_and_finish();
  g_assert_cmpint(write(CR_APART_INDEX, "rubbish", 7), ==, 7);
  report(NULL);
  _exit(0);
}

/* Careen would copy all of it. */
static void make_hole(void)
{
  drain_and_finish();
  g_assert_cmpint(ftruncate(CR_APART_INDEX, (off_t)1 << 34), ==, 0);
  report(NULL);
  _exit(0);
}

static void grow(void)
{
  drain();
  gboolean file = ftruncate(CR_APART_INDEX, (off_t)CR_APART_FILE_MAX_BYTES + 1) == 0;
  gboolean memory = mmap(NULL, CR_APART_MEMORY_MAX_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
  report_words(CR_ERROR_INPUT, file                                   ? "I can make files larger"
                               : memory && CR_APART_MEMORY_IS_LIMITED ? "I can have more memory"
                                                                      : "I cannot grow");
  _exit(0);
}

/* Ends while careen has much to give. */
static void refuse_early(void)
{
  report_words(CR_ERROR_LIMIT, "I have had enough");
  _exit(0);
}

static void blame_digest(void)
{
  drain();
  report_words(CR_ERROR_TRUST, "its digest is bad");
  _exit(0);
}

static void send_odd_report(CrApartReport odd)
{
  drain();
  ask(CR_APART_LAST, 0, 0);
  g_assert_cmpint(write(CR_APART_IN, &odd, sizeof odd), >, 0);
  _exit(0);
}

static void report_too_much(void)
{
  send_odd_report((CrApartReport){.code = 2, .message_bytes = G_MAXUINT32});
}

static void report_odd_code(void)
{
  send_odd_report((CrApartReport){.code = 4711});
}

/* The beginning of a layer may be another one. */
static void claim_early(void)
{
  report(NULL);
  _exit(0);
}

/* The inflater said that the bytes are broken. */
static void claim_well(void)
{
  drain();
  report(NULL);
  _exit(0);
}

/* A gate is 1, offline 3: not for a reader to choose. */
static void claim_gate(void)
{
  drain();
  report_words(CR_ERROR_GATE, "all is well");
  _exit(0);
}

/* It has said all, and stays. */
static void stay(void)
{
  drain();
  report_words(CR_ERROR_INPUT, "I stay");
  for (;;)
    pause();
}

static void say_control_characters(void)
{
  drain();
  report_words(CR_ERROR_INPUT, "odd \xff bytes");
  _exit(0);
}

/* ---- questions that no indexer asks; it waits to be killed ---- */

static void ask_oddly(guint32 kind, guint32 count)
{
  ask(kind, count, 0);
  for (;;)
    pause();
}

static void ask_unknown(void)
{
  ask_oddly(17, 0);
}

static void ask_digests_early(void)
{
  ask_oddly(CR_APART_FINISH, 0);
}

static void ask_digests_twice(void)
{
  drain_and_finish();
  ask_oddly(CR_APART_FINISH, 0);
}

static void ask_after_end(void)
{
  drain();
  ask_oddly(CR_APART_NEXT, 0);
}

/* Has had bytes, and says that it is not done with any of them. */
static void reach_nothing(void)
{
  CrApartPiece piece = {0};
  ask(CR_APART_NEXT, 0, 0);
  if (!cr_apart_read_fully(NULL, CR_APART_IN, &piece, sizeof piece))
    _exit(4);
  ask_oddly(CR_APART_NEXT, 0);
}

static void tell_much(void)
{
  ask_oddly(CR_APART_NEXT, G_MAXUINT32);
}

static void tell(const CrApartTold *told, guint32 count)
{
  ask(CR_APART_NEXT, count, 0);
  if (write(CR_APART_IN, told, count * sizeof *told) < 0)
    _exit(4);
  for (;;)
    pause();
}

static void tell_number(void)
{
  const CrApartTold told = {.kind = CR_APART_TELL, .number = G_MAXUINT32, .size = 1};
  tell(&told, 1);
}

static void tell_start(void)
{
  const CrApartTold told = {.kind = CR_APART_TELL, .number = 1, .start = G_MAXUINT64, .size = 1};
  tell(&told, 1);
}

static void tell_size(void)
{
  const CrApartTold told = {.kind = CR_APART_TELL, .number = 1, .size = G_MAXUINT64};
  tell(&told, 1);
}

/* Of bytes that it has not had. */
static void tell_ahead(void)
{
  const CrApartTold told = {.kind = CR_APART_TELL, .number = 1, .start = 1, .size = 1};
  tell(&told, 1);
}

/* What was told of a file without end would be kept. */
static void tell_inside(void)
{
  const CrApartTold told[] = {{.kind = CR_APART_TELL, .number = 1, .size = G_MAXINT64},
                              {.kind = CR_APART_TELL, .number = 2, .size = 1}};
  tell(told, G_N_ELEMENTS(told));
}

static void withdraw_twice(void)
{
  const CrApartTold told[] = {{.kind = CR_APART_TELL, .number = 1, .size = 1},
                              {.kind = CR_APART_WITHDRAW, .number = 1},
                              {.kind = CR_APART_WITHDRAW, .number = 1}};
  tell(told, G_N_ELEMENTS(told));
}

static void tell_back(void)
{
  const CrApartTold told[] = {{.kind = CR_APART_GIVE, .number = 2}, {.kind = CR_APART_GIVE, .number = 1}};
  tell(told, G_N_ELEMENTS(told));
}

static void tell_other(void)
{
  const CrApartTold told[] = {{.kind = CR_APART_TELL, .number = 2, .size = 1},
                              {.kind = CR_APART_WITHDRAW, .number = 1}};
  tell(told, G_N_ELEMENTS(told));
}

static void say_large_piece(void)
{
  const guint32 bytes = CR_RING_SLOT_BYTES + 1;
  g_assert_cmpint(write(CR_APART_OUT, &bytes, sizeof bytes), ==, sizeof bytes);
  for (;;)
    pause();
}

/* Each piece would be counted as a whole buffer, and its time allowed for. */
static void say_small_pieces(void)
{
  const guint32 pieces[] = {1, 1};
  g_assert_cmpint(write(CR_APART_OUT, pieces, sizeof pieces), ==, sizeof pieces);
  for (;;)
    pause();
}

/* Gives more room than there is, and takes none. */
static void say_much_room(void)
{
  guint8 room[4096];
  memset(room, 255, sizeof room);
  if (write(CR_APART_IN, room, sizeof room) < 0)
    _exit(4);
  die();
}

/* ---- readers that never end: none of them may be waited for without one ---- */

static void compute(void)
{
  for (volatile guint i = 0;; i++) {
  }
}

static void sleep_long(void)
{
  for (;;)
    pause();
}

/* Says a byte now and then of what it would say at once: careen never waits for long. */
static void drip(void)
{
  const guint8 byte = 0;
  for (;;) {
    if (write(CR_APART_IN, &byte, 1) != 1)
      _exit(4);
    g_usleep(G_USEC_PER_SEC / 2);
  }
}

/* Works a little now and then. */
static void doze(void)
{
  for (;;) {
    gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC / 20;
    while (g_get_monotonic_time() < end) {
    }
    g_usleep(G_USEC_PER_SEC * 5 / 2);
  }
}

/* Stops itself, which is no sleep and no work. */
static void stop(void)
{
  raise(SIGSTOP);
}

/* Careen has more to say than a socket holds. */
static void hear_nothing(void)
{
  const CrApartTold told = {.kind = CR_APART_GIVE, .number = 100000};
  drain();
  ask(CR_APART_FINISH, 1, 0);
  if (write(CR_APART_IN, &told, sizeof told) != sizeof told)
    _exit(4);
  sleep_long();
}

/* Gives room for ever and reads nothing that is said of it. */
static void give_room(void)
{
  guint8 room[1 << 16];
  memset(room, 255, sizeof room);
  (void)!write(CR_APART_IN, room, sizeof room);
  sleep_long();
}

/* ---- what it says of itself ---- */

static void confine_oddly(guint32 count)
{
  ask_oddly(CR_APART_CONFINED, count);
}

static void confine_much(void)
{
  confine_oddly(G_MAXUINT32);
}

static void confine_late(void)
{
  drain();
  confine_oddly(0);
}

/* ---- memory: what careen hashes must be what the indexer has had ---- */

static gboolean can_write(int fd)
{
  char path[64];
  g_snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int anew = open(path, O_RDWR);
  gboolean writes = pwrite(fd, "x", 1, 0) == 1 || ftruncate(fd, 0) == 0 ||
                    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 ||
                    (anew >= 0 && pwrite(anew, "x", 1, 0) == 1) ||
                    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED ||
                    (anew >= 0 && mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, anew, 0) != MAP_FAILED);
  void *memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  return writes || memory == MAP_FAILED || mprotect(memory, 4096, PROT_READ | PROT_WRITE) == 0;
}

static void write_bytes(void)
{
  report_words(CR_ERROR_INPUT, can_write(CR_APART_BYTES) ? "I can write" : "I cannot write");
  _exit(0);
}

static void write_raw_bytes(void)
{
  _exit(can_write(CR_APART_BYTES) ? 1 : 11);
}

/* Memory that is cut would end careen. */
static void cut_memory(void)
{
  _exit(ftruncate(CR_APART_OUT_BYTES, 0) == 0 || ftruncate(CR_APART_OUT_BYTES, 1 << 30) == 0 ||
                fcntl(CR_APART_OUT_BYTES, F_ADD_SEALS, F_SEAL_WRITE) == 0
            ? 1
            : 11);
}

#define COMPUTES "the reader has used the processor for more than 1 s, and a second for each MiB"
#define SLEEPS   "the reader has done nothing for 2 s"

typedef struct {
  const char *name, *kind;
  void (*act)(void);
  CrErrorCode code;
  const char *message;
} Taken;

static const Taken taken[] = {
    {"killed", "index", die, CR_ERROR_ENVIRONMENT, "cannot read killed: the reader was killed by signal 9"},
    {"killed inflater", "inflate", die, CR_ERROR_ENVIRONMENT,
     "cannot read killed inflater: the reader was killed by signal 9"},
    {"crashed", "index", crash, CR_ERROR_INPUT, "cannot read crashed: the reader was killed by signal 11"},
    {"computes", "index", compute, CR_ERROR_LIMIT, "cannot read computes: " COMPUTES},
    {"computes too", "inflate", compute, CR_ERROR_LIMIT, "cannot read computes too: " COMPUTES},
    {"sleeps", "index", sleep_long, CR_ERROR_LIMIT, "cannot read sleeps: " SLEEPS},
    {"sleeps too", "inflate", sleep_long, CR_ERROR_LIMIT, "cannot read sleeps too: " SLEEPS},
    {"drips", "index", drip, CR_ERROR_LIMIT, "cannot read drips: " SLEEPS},
    {"dozes", "index", doze, CR_ERROR_LIMIT, "cannot read dozes: " SLEEPS},
    {"stops", "index", stop, CR_ERROR_LIMIT, "cannot read stops: " SLEEPS},
    {"hears nothing", "index", hear_nothing, CR_ERROR_LIMIT, "cannot read hears nothing: " SLEEPS},
    {"gives room", "inflate", give_room, CR_ERROR_LIMIT, "cannot read gives room: " SLEEPS},
    {"confined much", "index", confine_much, CR_ERROR_INPUT,
     "cannot read confined much: what the reader says makes no sense"},
    {"confined late", "index", confine_late, CR_ERROR_INPUT,
     "cannot read confined late: what the reader says makes no sense"},
    {"left", "index", leave, CR_ERROR_ENVIRONMENT, "cannot read left: the reader ended with 3 and said nothing"},
    {"left inflater", "inflate", leave, CR_ERROR_ENVIRONMENT,
     "cannot read left inflater: the reader ended with 3 and said nothing"},
    {"silent", "index", say_nothing, CR_ERROR_ENVIRONMENT,
     "cannot read silent: the reader ended with 0 and said nothing"},
    {"planted", "index", plant, CR_ERROR_INPUT, "cannot read planted: what its reader made of it is no index of it"},
    {"rubbish", "index", make_rubbish, CR_ERROR_INPUT,
     "cannot read rubbish: what its reader made of it is no index of it"},
    {"hole", "index", make_hole, CR_ERROR_LIMIT, "cannot read hole: its index is larger than such a layer's can be"},
    {"grows", "index", grow, CR_ERROR_INPUT, "cannot read grows: I cannot grow"},
    {"early", "index", refuse_early, CR_ERROR_LIMIT, "cannot read early: I have had enough"},
    {"blames", "index", blame_digest, CR_ERROR_INPUT, "cannot read blames: its digest is bad"},
    {"much", "index", report_too_much, CR_ERROR_INPUT, "cannot read much: what the reader says makes no sense"},
    {"code", "index", report_odd_code, CR_ERROR_INPUT, "cannot read code: what the reader says makes no sense"},
    {"stays", "index", stay, CR_ERROR_INPUT, "cannot read stays: I stay"},
    {"gate", "index", claim_gate, CR_ERROR_INPUT, "cannot read gate: all is well"},
    {"done early", "index", claim_early, CR_ERROR_INPUT,
     "cannot read done early: the reader says that it is done, and is not"},
    {"done anyhow", "index", claim_well, CR_ERROR_INPUT,
     "cannot read done anyhow: the reader says that it is done, and is not"},
    {"unknown", "index", ask_unknown, CR_ERROR_INPUT, "cannot read unknown: what the reader says makes no sense"},
    {"digests early", "index", ask_digests_early, CR_ERROR_INPUT,
     "cannot read digests early: what the reader says makes no sense"},
    {"digests twice", "index", ask_digests_twice, CR_ERROR_INPUT,
     "cannot read digests twice: what the reader says makes no sense"},
    {"after end", "index", ask_after_end, CR_ERROR_INPUT, "cannot read after end: what the reader says makes no sense"},
    {"tells much", "index", tell_much, CR_ERROR_INPUT, "cannot read tells much: what the reader says makes no sense"},
    {"number", "index", tell_number, CR_ERROR_INPUT, "cannot read number: what the reader says makes no sense"},
    {"start", "index", tell_start, CR_ERROR_INPUT, "cannot read start: what the reader says makes no sense"},
    {"reaches nothing", "index", reach_nothing, CR_ERROR_INPUT,
     "cannot read reaches nothing: what the reader says makes no sense"},
    {"ahead", "index", tell_ahead, CR_ERROR_INPUT, "cannot read ahead: what the reader says makes no sense"},
    {"inside", "index", tell_inside, CR_ERROR_INPUT, "cannot read inside: what the reader says makes no sense"},
    {"withdraws twice", "index", withdraw_twice, CR_ERROR_INPUT,
     "cannot read withdraws twice: what the reader says makes no sense"},
    {"size", "index", tell_size, CR_ERROR_INPUT, "cannot read size: what the reader says makes no sense"},
    {"back", "index", tell_back, CR_ERROR_INPUT, "cannot read back: what the reader says makes no sense"},
    {"other", "index", tell_other, CR_ERROR_INPUT, "cannot read other: what the reader says makes no sense"},
    {"large piece", "inflate", say_large_piece, CR_ERROR_INPUT,
     "cannot read large piece: what the reader says makes no sense"},
    {"small pieces", "inflate", say_small_pieces, CR_ERROR_INPUT,
     "cannot read small pieces: what the reader says makes no sense"},
    {"much room", "inflate", say_much_room, CR_ERROR_ENVIRONMENT,
     "cannot read much room: the reader was killed by signal 9"},
    {"writes", "index", write_bytes, CR_ERROR_INPUT, "cannot read writes: I cannot write"},
    {"writes raw", "inflate", write_raw_bytes, CR_ERROR_ENVIRONMENT,
     "cannot read writes raw: the reader ended with 11 and said nothing"},
    {"cuts", "inflate", cut_memory, CR_ERROR_ENVIRONMENT,
     "cannot read cuts: the reader ended with 11 and said nothing"},
    {"odd", "index", say_control_characters, CR_ERROR_INPUT, "cannot read odd: odd \xef\xbf\xbd bytes"},
};

static gboolean never_ends(const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(taken); i++)
    if (!strcmp(name, taken[i].name))
      return taken[i].code == CR_ERROR_LIMIT;
  return FALSE;
}

static void be_taken_over(gboolean indexes, const char *name)
{
  const char *kind = indexes ? "index" : "inflate";
  for (guint i = 0; i < G_N_ELEMENTS(taken); i++)
    if (!strcmp(name, taken[i].name) && !strcmp(kind, taken[i].kind))
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

/* NAME of a reader that never ends: it is waited for no longer than that takes to see. */
static CrLayer *read_with(const Place *place, gboolean apart, const char *name, GBytes *bytes, const char *raw,
                          const char *diff_id, GError **error)
{
  g_autoptr(CrReaders) readers = cr_readers_new(place->cache);
  CrPassOptions options = {.cache = place->cache,
                           .collectors = keep_collectors,
                           .name = name,
                           .expected_digest = raw,
                           .expected_diff_id = diff_id,
                           .keep = TRUE,
                           .apart = apart ? readers : NULL};
  if (never_ends(name)) {
    options.reader_cpu_seconds = 1;
    options.reader_silent_seconds = 2;
  }
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
    g_autoptr(CrReaders) readers = cr_readers_new(place.cache);
    CrPassOptions options = {.cache = place.cache,
                             .collectors = keep_collectors,
                             .name = "layer T",
                             .keep = TRUE,
                             .apart = i % 2 ? readers : NULL};
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_pass_read_layer(&failing->stream, &options, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_OFFLINE);
    g_assert_cmpstr(error->message, ==, "cannot read layer T: the network has gone");
  }
}

/* A layer that is larger than a file in memory may be needs a file without a name. */
static GByteArray *make_large(void)
{
  GByteArray *tar = g_byte_array_new();
  const gsize size = 9 << 20;
  g_autofree char *data = g_malloc(size);
  for (gsize i = 0; i < size; i++)
    data[i] = (char)(i >> 8);
  tar_add(tar, '0', "large", NULL, data, size);
  tar_end(tar);
  return tar;
}

static void test_large_file(void)
{
  g_autoptr(GByteArray) tar = make_large();
  g_autoptr(GBytes) bytes = g_bytes_new(tar->data, tar->len);
  expect_same("a large file", bytes, NULL, NULL);
}

static guint count_scratch(void)
{
  guint count = 0;
  g_autoptr(GDir) folder = g_dir_open(g_get_tmp_dir(), 0, NULL);
  for (const char *name; folder && (name = g_dir_read_name(folder));)
    count += g_str_has_prefix(name, "careen-scratch-") ? 1 : 0;
  return count;
}

/* With the cache "cache" of the temporary folder, which is this process's own. MADE: folders that readers have there.
 */
static void expect_large(guint made)
{
  g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "cache", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(folder);
  g_autoptr(GByteArray) tar = make_large();
  g_autoptr(GBytes) bytes = g_bytes_new(tar->data, tar->len);
  CrReaders *readers = cr_readers_new(cache);
  CrPassOptions options = {.cache = cache, .collectors = keep_collectors, .name = "layer T", .apart = readers};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrLayer) layer = cr_pass_read_layer(cr_stream_new_bytes(bytes), &options, &error);
  g_assert_no_error(error);
  g_assert_nonnull(layer);
  g_assert_cmpuint(count_scratch(), ==, made);
  cr_readers_free(readers);
  g_assert_cmpuint(count_scratch(), ==, 0);
}

/* This test in a process whose temporary folder is TEMPORARY. */
static void run_again(const char *temporary)
{
  g_autofree char *before = g_strdup(g_getenv("TMPDIR"));
  g_setenv("TMPDIR", temporary, TRUE);
  g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  if (before)
    g_setenv("TMPDIR", before, TRUE);
  else
    g_unsetenv("TMPDIR");
  g_test_trap_assert_passed();
}

/* No reader can make files in the cache: there is the temporary folder. */
static void test_large_elsewhere(void)
{
  if (g_test_subprocess()) {
    expect_large(1);
    return;
  }
  g_auto(Place) place = {0};
  place_init(&place);
  const char *folder = cr_cache_get_dir(place.cache);
  g_autofree char *cache = g_build_filename(folder, "cache", NULL);
  g_autofree char *scratch = g_build_filename(cache, CR_CACHE_SCRATCH, NULL);
  g_assert_cmpint(mkdir(cache, 0700), ==, 0);
  g_assert_true(g_file_set_contents(scratch, "no folder", -1, NULL));
  run_again(folder);
}

/* Root looks into the home of another by a right that readers give up. */
static void test_large_others_home(void)
{
  if (geteuid() != 0) {
    g_test_skip("not root");
    return;
  }
  if (g_test_subprocess()) {
    expect_large(1);
    return;
  }
  g_auto(Place) place = {0};
  place_init(&place);
  const char *folder = cr_cache_get_dir(place.cache);
  g_autofree char *cache = g_build_filename(folder, "cache", NULL);
  g_assert_cmpint(mkdir(cache, 0700), ==, 0);
  g_assert_cmpint(chown(cache, 65534, 65534), ==, 0);
  run_again(folder);
}

/* Neither folder can be written: memory is left. */
static void test_large_nowhere(void)
{
  if (g_test_subprocess())
    expect_large(0);
  else
    run_again("/proc/none");
}

typedef struct {
  const Place *place;
  CrReaders *readers;
  GBytes *bytes;
} Together;

static gpointer read_one(gpointer data)
{
  const Together *together = data;
  CrPassOptions options = {
      .cache = together->place->cache, .collectors = keep_collectors, .name = "layer T", .apart = together->readers};
  return cr_pass_read_layer(cr_stream_new_bytes(together->bytes), &options, NULL);
}

/* Layers that are read at once begin at the same moment, also the first ones, for whom the starter is started. */
static void test_together(void)
{
  g_auto(Place) place = {0};
  place_init(&place);
  g_autoptr(GBytes) tar = make_layer();
  for (guint i = 0; i < 8; i++) {
    g_autoptr(CrReaders) readers = cr_readers_new(place.cache);
    Together together = {.place = &place, .readers = readers, .bytes = tar};
    GThread *threads[4];
    for (guint j = 0; j < G_N_ELEMENTS(threads); j++)
      threads[j] = g_thread_new("layer", read_one, &together);
    for (guint j = 0; j < G_N_ELEMENTS(threads); j++) {
      g_autoptr(CrLayer) layer = g_thread_join(threads[j]);
      g_assert_nonnull(layer);
    }
  }
}

/* The one child of this process, or 0: between two layers that is the starter. */
static pid_t find_child(void)
{
  pid_t child = 0;
  g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
  for (const char *name; (name = g_dir_read_name(tasks));) {
    g_autofree char *path = g_build_filename("/proc/self/task", name, "children", NULL), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || !*text)
      continue;
    char *end = NULL;
    g_assert_cmpint(child, ==, 0);
    child = (pid_t)strtol(text, &end, 10);
    g_assert_cmpstr(end, ==, " ");
  }
  return child;
}

/* Many layers have one starter; one that was killed is replaced. */
static void test_starter(void)
{
  g_auto(Place) place = {0};
  place_init(&place);
  g_autoptr(GBytes) tar = make_layer(), packed = compress(tar, CR_COMPRESSION_GZIP);
  g_autoptr(CrReaders) readers = cr_readers_new(place.cache);
  CrPassOptions options = {.cache = place.cache, .collectors = keep_collectors, .name = "layer T", .apart = readers};
  for (guint i = 0; i < 4; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrLayer) layer = cr_pass_read_layer(cr_stream_new_bytes(packed), &options, &error);
    g_assert_no_error(error);
    g_assert_nonnull(layer);
    pid_t starter = find_child();
    g_assert_cmpint(starter, >, 0);
    g_assert_cmpint(i % 2 ? kill(starter, SIGKILL) : 0, ==, 0);
  }
}

/* In its middle the starter is killed, and another layer read with one that replaces it. */
typedef struct {
  CrStream stream;
  GBytes *bytes;
  guint given;
  const CrPassOptions *options;
  pid_t starter;
} Meanwhile;

static gssize meanwhile_next(CrStream *stream, const guint8 **data, GError **error)
{
  Meanwhile *meanwhile = (Meanwhile *)stream;
  gsize size = 0;
  const guint8 *bytes = g_bytes_get_data(meanwhile->bytes, &size);
  if (meanwhile->given == 1) {
    g_assert_cmpint(kill(meanwhile->starter, SIGKILL), ==, 0);
    g_autoptr(CrLayer) other = cr_pass_read_layer(cr_stream_new_bytes(meanwhile->bytes), meanwhile->options, error);
    g_assert_nonnull(other);
  }
  *data = bytes + size / 2 * meanwhile->given;
  return meanwhile->given++ < 2 ? (gssize)(size / 2) : 0;
}

static void test_starter_meanwhile(void)
{
  static const CrStreamClass class = {.next = meanwhile_next, .free = failing_free};
  g_auto(Place) place = {0};
  place_init(&place);
  g_autoptr(GBytes) tar = make_layer();
  g_autoptr(CrReaders) readers = cr_readers_new(place.cache);
  CrPassOptions options = {.cache = place.cache, .collectors = keep_collectors, .name = "layer T", .apart = readers};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrLayer) first = cr_pass_read_layer(cr_stream_new_bytes(tar), &options, &error);
  g_assert_no_error(error);
  Meanwhile *meanwhile = g_new0(Meanwhile, 1);
  *meanwhile = (Meanwhile){.stream.class = &class, .bytes = tar, .options = &options, .starter = find_child()};
  g_autoptr(CrLayer) layer = cr_pass_read_layer(&meanwhile->stream, &options, &error);
  g_assert_no_error(error);
  g_assert_nonnull(layer);
}

/* A library of it is broken. */
static void test_starter_ends(void)
{
  g_auto(Place) place = {0};
  place_init(&place);
  g_autoptr(GBytes) tar = make_layer();
  g_autofree char *folder = g_dir_make_tmp("careen-apart-XXXXXX", NULL),
                  *before = g_strdup(g_getenv("LD_LIBRARY_PATH"));
  g_autofree char *library = g_build_filename(folder, "libglib-2.0.so.0", NULL);
  g_assert_true(g_file_set_contents(library, "", 0, NULL));
  g_setenv("LD_LIBRARY_PATH", folder, TRUE);
  g_autoptr(GError) error = NULL;
  g_assert_null(read_with(&place, TRUE, "layer T", tar, NULL, NULL, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_cmpstr(
      error->message, ==,
      "cannot read layer T: a process that reads it cannot be started: the process that starts readers ended");
  if (before)
    g_setenv("LD_LIBRARY_PATH", before, TRUE);
  else
    g_unsetenv("LD_LIBRARY_PATH");
  g_assert_cmpint(unlink(library), ==, 0);
  g_assert_cmpint(rmdir(folder), ==, 0);
}

/* What a dead reader had is the next one's, without the layer that stood in it; never of the kind that readers write.
 */
static void test_pool(void)
{
  const gsize size = 1 << 16;
  CrApartPool *pool = cr_apart_pool_new();
  CrApartMemory first = {.fd = -1}, other = {.fd = -1}, again = {.fd = -1};
  g_assert_true(cr_apart_pool_take(pool, CR_APART_MEMORY_GIVEN, size, &first));
  memset(first.bytes, 'x', size);
  const guint8 *place = first.bytes;
  cr_apart_pool_give_back(pool, CR_APART_MEMORY_GIVEN, &first, G_MAXUINT64);
  g_assert_null(first.bytes);
  g_assert_true(cr_apart_pool_take(pool, CR_APART_MEMORY_TAKEN, size, &other));
  g_assert_true(other.bytes != place);
  g_assert_true(cr_apart_pool_take(pool, CR_APART_MEMORY_GIVEN, size, &again));
  g_assert_true(again.bytes == place);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint(again.bytes[i], ==, 0);
  g_assert_true(can_write(other.fd));
  g_assert_false(can_write(again.fd));
  cr_apart_pool_give_back(pool, CR_APART_MEMORY_TAKEN, &other, 1);
  cr_apart_pool_give_back(pool, CR_APART_MEMORY_GIVEN, &again, 0);
  cr_apart_pool_free(pool);
}

int main(int argc, char **argv)
{
  cr_apart_run_readers(argc, argv, keep_collectors, be_taken_over);
  signal(SIGPIPE, SIG_IGN);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/apart/same", test_same);
  g_test_add_func("/apart/same-odd", test_same_odd);
  g_test_add_func("/apart/large-file/same", test_large_file);
  g_test_add_func("/apart/large-file/elsewhere", test_large_elsewhere);
  g_test_add_func("/apart/large-file/others-home", test_large_others_home);
  g_test_add_func("/apart/large-file/nowhere", test_large_nowhere);
  g_test_add_func("/apart/together", test_together);
  g_test_add_func("/apart/starter/killed", test_starter);
  g_test_add_func("/apart/starter/meanwhile", test_starter_meanwhile);
  g_test_add_func("/apart/starter/ends", test_starter_ends);
  g_test_add_func("/apart/pool", test_pool);
  g_test_add_func("/apart/failing-stream", test_failing_stream);
  for (guint i = 0; i < G_N_ELEMENTS(taken); i++) {
    g_autofree char *name = g_strdup_printf("/apart/taken-over/%s", taken[i].name);
    g_test_add_data_func(name, &taken[i], test_taken);
  }
  return g_test_run();
}
