/* SPDX-License-Identifier: Apache-2.0 */
/* The acting side: it starts readers, copies, hashes, and believes what it has hashed. */
#include "image/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/apart-memory.h"
#include "image/apart-private.h"
#include "image/layer-write.h"
#include "image/pass-plain.h"

static void close_end(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

/* ---- a reader ---- */

typedef struct {
  pid_t pid; /* 0: none */
  int in;    /* its socket CR_APART_IN, or -1 */
  int out;   /* CR_APART_OUT, the inflater's */
  CrApartWatch watch;
} Reader;

static gboolean make_socket(int *ours, int *theirs)
{
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return FALSE;
  *ours = ends[0];
  *theirs = ends[1];
  return TRUE;
}

/* BYTES come in; OUT of the inflater is NULL for the indexer, and INDEX_FD -1 for the inflater. */
static gboolean start(Reader *reader, const CrApartMemory *bytes, const CrApartMemory *out, int index_fd,
                      const CrPassOptions *options, GError **error)
{
  int in = -1, lane = -1;
  if (make_socket(&reader->in, &in) && (!out || make_socket(&reader->out, &lane))) {
    const int fds[CR_READERS_FDS] = {in, bytes->fd, out ? lane : index_fd, out ? out->fd : -1};
    cr_apart_watch_socket(out ? reader->out : reader->in); /* where careen waits; what feeds an inflater ends with it */
    reader->pid = cr_readers_start(options->apart, !out, fds, options->expected_diff_id, options->name, error);
    reader->watch = (CrApartWatch){.pid = reader->pid,
                                   .cpu_seconds = options->reader_cpu_seconds ? options->reader_cpu_seconds
                                                                              : CR_LIMIT_READER_CPU_SECONDS,
                                   .silent_seconds = options->reader_silent_seconds ? options->reader_silent_seconds
                                                                                    : CR_LIMIT_READER_SILENT_SECONDS};
  } else {
    cr_error_set_errno(error, errno, "a process that reads it cannot be started");
  }
  close_end(&in);
  close_end(&lane);
  return reader->pid != 0;
}

/* It said nothing, or nonsense: how did it end? It stays to be waited for, so that its pid is nobody else's. */
static void explain(const Reader *reader, CrApartAnswer answer, GError **error)
{
  siginfo_t info = {0};
  kill(reader->pid, SIGKILL); /* one that died already stays as it died */
  while (waitid(P_PID, (id_t)reader->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  gboolean killed = info.si_code != CLD_EXITED;
  if (reader->watch.why)
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "%s", reader->watch.why);
  else if (answer == CR_APART_NONSENSE)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "what the reader says makes no sense");
  else if (killed && info.si_status == SIGTRAP) /* GLib, without memory for its last words */
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "no memory");
  else if (killed) /* by the kernel that had no memory left, or somebody; else by the bytes */
    g_set_error(error, CR_ERROR, info.si_status == SIGKILL ? CR_ERROR_ENVIRONMENT : CR_ERROR_INPUT,
                "the reader was killed by signal %d", info.si_status);
  else /* by the loader, which had no memory, or for a library that is not there */
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the reader ended with %d and said nothing", info.si_status);
}

static void end_reader(Reader *reader)
{
  close_end(&reader->in);
  close_end(&reader->out);
  g_clear_pointer(&reader->watch.why, g_free);
  if (!reader->pid)
    return;
  kill(reader->pid, SIGKILL); /* all is said */
  while (waitpid(reader->pid, NULL, 0) < 0 && errno == EINTR) {
  }
  reader->pid = 0;
}

/* ---- raw bytes ---- */

typedef struct {
  CrStream stream;
  CrStream *source;
  const CrPassOptions *options;
  CrDigest *digest; /* NULL: nobody asked */
  GByteArray *head; /* what was read to see how it is compressed, given from head_at on */
  guint head_at;
  const guint8 *left; /* of what the source gave */
  gsize left_bytes;
  gboolean ended;
  GError *failed; /* sticky */
} Raw;

static gssize count(Raw *raw, gssize n, const guint8 *data)
{
  raw->ended = n <= 0;
  if (n > 0 && raw->digest)
    cr_digest_update(raw->digest, data, (gsize)n);
  if (n > 0 && raw->options->progress)
    raw->options->progress((guint64)n, raw->options->progress_data);
  return n;
}

static gssize pull(Raw *raw, guint8 *buffer, gsize size)
{
  if (!raw->left_bytes && raw->ended)
    return raw->failed ? -1 : 0;
  if (raw->source->class->read)
    return count(raw, raw->source->class->read(raw->source, buffer, size, &raw->failed), buffer);
  if (!raw->left_bytes) {
    gssize got = cr_stream_next(raw->source, &raw->left, &raw->failed);
    if (count(raw, got, raw->left) <= 0)
      return got;
    raw->left_bytes = (gsize)got;
  }
  gsize n = MIN(size, raw->left_bytes);
  memcpy(buffer, raw->left, n);
  raw->left += n;
  raw->left_bytes -= n;
  return (gssize)n;
}

static gssize raw_read(CrStream *stream, guint8 *buffer, gsize size, GError **error)
{
  Raw *raw = (Raw *)stream;
  gsize n = MIN(size, raw->head->len - raw->head_at);
  if (n) {
    memcpy(buffer, raw->head->data + raw->head_at, n);
    raw->head_at += (guint)n;
    return (gssize)n;
  }
  gssize got = pull(raw, buffer, size);
  if (got < 0 && error)
    *error = g_error_copy(raw->failed);
  return got;
}

static const CrStreamClass raw_class = {.read = raw_read};

#define MAGIC_BYTES 6U

static CrCompression detect(Raw *raw)
{
  guint8 bytes[4096];
  for (gssize n = 1; raw->head->len < MAGIC_BYTES && n > 0;) {
    n = pull(raw, bytes, sizeof bytes);
    if (n > 0)
      g_byte_array_append(raw->head, bytes, (guint)n);
  }
  return cr_compression_detect(raw->head->data, raw->head->len);
}

/* ---- plain bytes through the inflater ---- */

typedef struct {
  CrStream stream;
  Raw *raw;
  Reader *inflater;
  CrApartMemory in, out;
  CrApartLane to, from;
  GThread *feeder; /* raw bytes into the lane to it */
  const guint8 *left;
  gsize left_bytes;
  gboolean ended;
  GError *failed;
  CrTrailing trailing;
} Inflated;

static gpointer feed(gpointer data)
{
  Inflated *inflated = data;
  Raw *raw = inflated->raw;
  CrApartWatch *watch = &inflated->inflater->watch;
  guint8 *buffer = NULL;
  for (gssize n = 1; n > 0 && (buffer = cr_apart_lane_wait(&inflated->to));) {
    gsize filled = 0;
    g_atomic_int_set(&watch->fed_later, TRUE);
    while (n > 0 && filled < CR_RING_SLOT_BYTES) {
      n = raw_read(&raw->stream, buffer + filled, CR_RING_SLOT_BYTES - filled, NULL);
      filled += (gsize)MAX(n, 0);
    }
    g_atomic_int_set(&watch->fed_later, FALSE);
    g_atomic_int_inc(&watch->buffers);
    if (filled && !cr_apart_lane_publish(&inflated->to, filled))
      n = 0;
  }
  (void)cr_apart_lane_publish(&inflated->to, 0); /* the end */
  return NULL;
}

/* The report is the last thing it says; what failed before it, raw bytes that end too early, is said instead. */
static void end_inflated(Inflated *inflated, gssize end)
{
  CrApartReport report = {0};
  CrApartAnswer answer = end == CR_APART_LANE_GONE ? CR_APART_GONE : CR_APART_NONSENSE;
  if (end == 0)
    answer = cr_apart_receive_report(inflated->from.watch, inflated->from.socket, &report, &inflated->failed);
  inflated->ended = TRUE;
  inflated->trailing = (CrTrailing){report.trailing_zeros != 0, report.trailing_bytes};
  if (answer >= CR_APART_NONSENSE)
    explain(inflated->inflater, answer, &inflated->failed);
  else
    kill(inflated->inflater->pid, SIGKILL);
  g_thread_join(g_steal_pointer(&inflated->feeder));
  if (!inflated->raw->failed)
    return;
  g_clear_error(&inflated->failed);
  inflated->failed = g_error_copy(inflated->raw->failed);
}

static gssize inflated_read(CrStream *stream, guint8 *buffer, gsize size, GError **error)
{
  Inflated *inflated = (Inflated *)stream;
  if (!inflated->left_bytes && !inflated->ended) {
    gssize n = cr_apart_lane_next(&inflated->from, &inflated->left);
    inflated->left_bytes = (gsize)MAX(n, 0);
    g_atomic_int_inc(&inflated->inflater->watch.buffers);
    if (n <= 0)
      end_inflated(inflated, n);
  }
  if (!inflated->left_bytes) {
    if (inflated->failed && error)
      *error = g_error_copy(inflated->failed);
    return inflated->failed ? -1 : 0;
  }
  gsize n = MIN(size, inflated->left_bytes);
  memcpy(buffer, inflated->left, n); /* what it changes later is not what is hashed */
  inflated->left += n;
  inflated->left_bytes -= n;
  return (gssize)n;
}

static const CrStreamClass inflated_class = {.read = inflated_read};

static gboolean start_inflater(Inflated *inflated, const CrPassOptions *options, GError **error)
{
  CrApartPool *pool = cr_readers_get_pool(options->apart);
  if (!cr_apart_pool_take(pool, CR_APART_MEMORY_GIVEN, CR_APART_LANE_BYTES, &inflated->in) ||
      !cr_apart_pool_take(pool, CR_APART_MEMORY_TAKEN, CR_APART_LANE_BYTES, &inflated->out)) {
    cr_error_set_errno(error, errno, "cannot make memory for it");
    return FALSE;
  }
  if (!start(inflated->inflater, &inflated->in, &inflated->out, -1, options, error))
    return FALSE;
  inflated->to = (CrApartLane){.socket = inflated->inflater->in, .memory = inflated->in.bytes};
  inflated->from = (CrApartLane){
      .socket = inflated->inflater->out, .watch = &inflated->inflater->watch, .memory = inflated->out.bytes};
  inflated->feeder = g_thread_new("feed", feed, inflated);
  return TRUE;
}

/* ---- the whole ---- */

typedef struct {
  const CrPassOptions *options;
  Raw raw;
  Inflated inflated;
  Reader inflater, indexer;
  CrApartMemory bytes;
  CrDigestRows *rows;
  CrTrailing none;
  CrPlain *plain;    /* until it is finished */
  char *diff_id;     /* of all its bytes */
  GError *failed;    /* how they ended, if not well */
  gboolean ended;    /* the indexer has seen their end */
  guint64 given;     /* bytes that it has had */
  guint32 last_told; /* number of a file, and where it stands */
  guint64 told_start, told_end;
  int index_fd;
} Apart;

static gboolean start_all(Apart *apart, GError **error)
{
  const CrPassOptions *options = apart->options;
  apart->index_fd = cr_cache_open_temporary(options->cache, 64 * CR_MIB);
  if (apart->index_fd < 0 || !cr_apart_pool_take(cr_readers_get_pool(options->apart), CR_APART_MEMORY_GIVEN,
                                                 CR_PLAIN_SLOTS * CR_RING_SLOT_BYTES, &apart->bytes)) {
    cr_error_set_errno(error, errno, "cannot make a temporary file");
    return FALSE;
  }
  gboolean compressed = detect(&apart->raw) != CR_COMPRESSION_NONE;
  if (!start(&apart->indexer, &apart->bytes, NULL, apart->index_fd, options, error) ||
      (compressed && !start_inflater(&apart->inflated, options, error)))
    return FALSE;
  apart->rows = cr_digest_rows_new(options->cache);
  apart->plain =
      compressed ? cr_plain_new_in(apart->bytes.bytes, &apart->inflated.stream, &apart->inflated.trailing, apart->rows)
                 : cr_plain_new_in(apart->bytes.bytes, &apart->raw.stream, &apart->none, apart->rows);
  return TRUE;
}

/* The thread that reads the inflater's bytes ends with it. */
static void finish_plain(Apart *apart, gboolean read)
{
  CrTrailing trailing;
  if (apart->plain && !read && apart->inflater.pid)
    kill(apart->inflater.pid, SIGKILL);
  if (apart->plain)
    apart->diff_id = apart->plain->class->finish(apart->plain, read, &trailing);
  apart->plain = NULL;
}

/* The readers are dead. */
static void give_back_memory(Apart *apart)
{
  CrApartPool *pool = cr_readers_get_pool(apart->options->apart);
  Inflated *inflated = &apart->inflated;
  /* where the layer was given up, more may have been read than the indexer has had; and where an inflater has written
   * it alone knows */
  guint64 buffers = apart->ended ? (guint64)g_atomic_int_get(&apart->indexer.watch.buffers) : CR_PLAIN_SLOTS;
  cr_apart_pool_give_back(pool, CR_APART_MEMORY_GIVEN, &inflated->in, (inflated->to.moved + 1) * CR_RING_SLOT_BYTES);
  cr_apart_pool_give_back(pool, CR_APART_MEMORY_TAKEN, &inflated->out, G_MAXUINT64);
  cr_apart_pool_give_back(pool, CR_APART_MEMORY_GIVEN, &apart->bytes, buffers * CR_RING_SLOT_BYTES);
}

static void clear(Apart *apart)
{
  finish_plain(apart, FALSE);
  if (apart->inflated.feeder) {
    kill(apart->inflater.pid, SIGKILL);
    g_thread_join(apart->inflated.feeder);
  }
  end_reader(&apart->inflater);
  end_reader(&apart->indexer);
  give_back_memory(apart);
  cr_digest_rows_free(apart->rows);
  cr_stream_free(apart->raw.source);
  g_clear_pointer(&apart->raw.digest, cr_digest_free);
  g_byte_array_unref(apart->raw.head);
  g_clear_error(&apart->raw.failed);
  g_clear_error(&apart->inflated.failed);
  g_clear_error(&apart->failed);
  close_end(&apart->index_fd);
  g_free(apart->diff_id);
}

/* ---- the indexer's questions ---- */

static gboolean hear(Apart *apart, gpointer to, gsize size)
{
  return cr_apart_read_fully(&apart->indexer.watch, apart->indexer.in, to, size);
}

static gboolean say(Apart *apart, gconstpointer data, gsize size)
{
  return cr_apart_write_fully(&apart->indexer.watch, apart->indexer.in, data, size);
}

static CrApartAnswer hear_confined(Apart *apart, guint32 size)
{
  char text[CR_APART_CONFINED_MAX + 1] = "";
  if (size > CR_APART_CONFINED_MAX)
    return CR_APART_NONSENSE;
  if (!hear(apart, text, size))
    return CR_APART_GONE;
  cr_readers_tell_confined(apart->options->apart, text);
  return CR_APART_WELL;
}

/* Numbers and places that no layer has would cost memory here: what was told of bytes to come, or behind a file without
 * end, would be kept until then. */
static gboolean is_possible(const Apart *apart, const CrApartTold *told)
{
  if (told->kind == CR_APART_WITHDRAW) /* once */
    return told->number == apart->last_told && apart->told_end > apart->told_start;
  return told->kind <= CR_APART_GIVE && told->number > apart->last_told && told->number <= 2 * CR_LIMIT_LAYER_ENTRIES &&
         told->start >= apart->told_end && told->start <= apart->given && told->size <= G_MAXINT64 &&
         (told->kind == CR_APART_GIVE || told->size);
}

static void take_one(Apart *apart, const CrApartTold *told)
{
  const CrPlainClass *class = apart->plain->class;
  if (told->kind == CR_APART_WITHDRAW) {
    apart->told_end = apart->told_start; /* the next one may stand in its place */
    class->withdraw(apart->plain, told->number);
    return;
  }
  apart->last_told = told->number;
  apart->told_start = told->start;
  apart->told_end = told->start + (told->kind == CR_APART_TELL ? told->size : 0);
  if (told->kind == CR_APART_TELL)
    class->tell(apart->plain, told->number, told->start, told->size);
  else
    class->give(apart->plain, told->number, told->start, told->digest);
}

/* These three: CR_APART_WELL, and it goes on. */
static CrApartAnswer take_told(Apart *apart, guint32 told_count)
{
  if (told_count > CR_APART_TOLD_MAX)
    return CR_APART_NONSENSE;
  g_autofree CrApartTold *told = g_new(CrApartTold, told_count);
  if (!hear(apart, told, told_count * sizeof *told))
    return CR_APART_GONE;
  for (guint32 i = 0; i < told_count; i++) {
    if (!is_possible(apart, &told[i]))
      return CR_APART_NONSENSE;
    take_one(apart, &told[i]);
  }
  return CR_APART_WELL;
}

/* It asks when it is done with all it has had. Who says less keeps the digests' thread from going on, and so the ring's
 * buffers, for which the next bytes would be waited for without an end. */
static CrApartAnswer give_bytes(Apart *apart, guint64 reached)
{
  const guint8 *data = NULL;
  CrApartPiece piece = {0};
  if (apart->ended || reached != apart->given)
    return CR_APART_NONSENSE;
  gssize n = apart->plain->class->next(apart->plain, reached, &data);
  apart->given += (guint64)MAX(n, 0);
  if (n > 0)
    piece = (CrApartPiece){(guint32)((gsize)(data - apart->bytes.bytes) / CR_RING_SLOT_BYTES), (guint32)n};
  g_atomic_int_inc(&apart->indexer.watch.buffers);
  if (!say(apart, &piece, sizeof piece))
    return CR_APART_GONE;
  if (n > 0)
    return CR_APART_WELL;
  apart->ended = TRUE;
  const GError *failed = n < 0 ? apart->plain->class->get_error(apart->plain) : NULL;
  apart->failed = failed ? g_error_copy(failed) : NULL;
  return cr_apart_send_report(&apart->indexer.watch, apart->indexer.in, failed, &apart->inflated.trailing)
             ? CR_APART_WELL
             : CR_APART_GONE;
}

/* FAILED with ERROR: without a digest that was written the index would lack it. */
static CrApartAnswer give_digests(Apart *apart, GError **error)
{
  CrApartDigests head = {.reserved = 0};
  guint8 digests[CR_APART_DIGESTS_ONCE][CR_DIGEST_BYTES];
  if (!apart->ended || apart->failed)
    return CR_APART_NONSENSE;
  finish_plain(apart, TRUE);
  cr_digest_parse(apart->diff_id, head.digest);
  head.count = cr_digest_rows_get_last(apart->rows);
  gboolean given = say(apart, &head, sizeof head);
  for (guint32 i = 0; given && i < head.count;) {
    guint32 n = MIN(head.count - i, CR_APART_DIGESTS_ONCE);
    for (guint32 j = 0; j < n; j++)
      if (!cr_digest_rows_get(apart->rows, i + j + 1, digests[j])) {
        g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write or read back a temporary file in '%s'",
                    cr_cache_get_dir(apart->options->cache));
        return CR_APART_FAILED;
      }
    given = say(apart, digests, (gsize)n * CR_DIGEST_BYTES);
    i += n;
  }
  return given ? CR_APART_WELL : CR_APART_GONE;
}

/* Until its report. ERROR is set if it failed, died, or talks nonsense. */
static void serve(Apart *apart, GError **error)
{
  CrApartAnswer answer = CR_APART_WELL;
  CrApartAsk ask = {.kind = CR_APART_NEXT};
  CrApartReport report;
  for (gboolean first = TRUE; answer == CR_APART_WELL && ask.kind != CR_APART_LAST; first = FALSE) {
    if (!hear(apart, &ask, sizeof ask))
      answer = CR_APART_GONE;
    else if (ask.kind == CR_APART_CONFINED && first)
      answer = hear_confined(apart, ask.count);
    else if (ask.kind == CR_APART_LAST)
      answer = cr_apart_receive_report(&apart->indexer.watch, apart->indexer.in, &report, error);
    else if (!apart->plain || ask.kind > CR_APART_FINISH) /* finished: nothing but its report is left to say */
      answer = CR_APART_NONSENSE;
    else if ((answer = take_told(apart, ask.count)) == CR_APART_WELL)
      answer = ask.kind == CR_APART_NEXT ? give_bytes(apart, ask.reached) : give_digests(apart, error);
  }
  if (answer >= CR_APART_NONSENSE)
    explain(&apart->indexer, answer, error);
}

/* A reader knows of bytes and of room; what else there is to say is careen's own, which it only repeats. */
static void limit_code(GError *cause, const GError *own)
{
  const int known[] = {CR_ERROR_INPUT, CR_ERROR_LIMIT, CR_ERROR_ENVIRONMENT, own ? own->code : CR_ERROR_INPUT};
  gboolean found = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(known); i++)
    found |= cause->code == known[i];
  if (!found)
    cause->code = CR_ERROR_INPUT;
}

/* It is copied as long as it says to be, and a file that is one hole costs its reader nothing. An entry takes less
 * there than its header in the tar, and facts what collectors keep, the last of them over their limit. */
static gboolean check_size(const Apart *apart, GError **error)
{
  struct stat status;
  if (fstat(apart->index_fd, &status) == 0 && (guint64)status.st_size <= apart->given + 2 * CR_LIMIT_KEPT_BYTES)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "its index is larger than such a layer's can be");
  return FALSE;
}

static CrLayer *take_index(Apart *apart, GError **error)
{
  const CrPassOptions *options = apart->options;
  GError *cause = NULL;
  serve(apart, &cause);
  if (cause) {
    limit_code(cause, apart->failed);
    if (g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT) && strstr(cause->message, strerror(ENOSPC)))
      cr_cache_set_hint(cause, ENOSPC); /* readers give no advice */
    g_propagate_error(error, cause);
    return NULL;
  }
  if (!apart->diff_id) { /* half of what was hashed may be another layer */
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the reader says that it is done, and is not");
    return NULL;
  }
  end_reader(&apart->indexer); /* nobody writes the index any more */
  g_autofree char *raw = apart->raw.digest ? cr_digest_finish(apart->raw.digest) : NULL;
  g_autofree char *key = cr_collectors_get_key(options->collectors);
  if (!cr_pass_check_digest("its digest", options->expected_digest, raw, error) ||
      !cr_pass_check_digest("its diff_id", options->expected_diff_id, apart->diff_id, error) ||
      !check_size(apart, error))
    return NULL;
  return cr_layer_adopt(options->cache, apart->index_fd, apart->diff_id, key, options->keep, error);
}

CrLayer *cr_apart_read_layer(CrStream *stream, const CrPassOptions *options, GError **error)
{
  Apart apart = {.options = options,
                 .raw = {.stream = {&raw_class}, .source = stream, .options = options, .head = g_byte_array_new()},
                 .inflated = {.stream = {&inflated_class}, .in.fd = -1, .out.fd = -1},
                 .inflater = {.in = -1, .out = -1},
                 .indexer = {.in = -1, .out = -1},
                 .bytes.fd = -1,
                 .index_fd = -1};
  apart.raw.digest = options->expected_digest ? cr_digest_new() : NULL;
  apart.inflated.raw = &apart.raw;
  apart.inflated.inflater = &apart.inflater;
  GError *cause = NULL;
  CrLayer *layer = start_all(&apart, &cause) ? take_index(&apart, &cause) : NULL;
  clear(&apart);
  if (!layer)
    g_propagate_prefixed_error(error, cause, "cannot read %s: ", options->name);
  return layer;
}
