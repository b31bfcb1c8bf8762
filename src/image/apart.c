/* SPDX-License-Identifier: Apache-2.0 */
/* The acting side: it starts readers, copies, hashes, and believes what it has hashed. */
#include "image/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"
#include "image/apart-private.h"
#include "image/layer-write.h"

/* Fewer switches between the two ends of a pipe; what a user may have without privilege (pipe(7)). */
#define PIPE_BYTES 1048576

/* ---- a reader ---- */

typedef struct {
  pid_t pid; /* 0: none */
  int in;    /* to write to, or -1 */
  int out;   /* the inflater's bytes, or -1 */
  int report;
} Reader;

static void close_end(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static gboolean make_pipe(int ends[2])
{
  if (pipe2(ends, O_CLOEXEC) != 0)
    return FALSE;
  (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
  return TRUE;
}

/* No secret of the environment; what a sanitizer is told stays. */
static char **make_environment(void)
{
  static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"};
  char **environment = g_environ_setenv(NULL, "LC_ALL", "C", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
    if (g_getenv(kept[i]))
      environment = g_environ_setenv(environment, kept[i], g_getenv(kept[i]), TRUE);
  return environment;
}

/* By posix_spawn: nothing of a large process with threads is copied. FDS become descriptors 0, 1 and CR_APART_THIRD. */
static int spawn(pid_t *pid, char *const *argv, const int fds[3])
{
  g_auto(GStrv) environment = make_environment();
  sigset_t blocked; /* what ends careen is careen's affair, from the first instruction on */
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  sigemptyset(&blocked);
  for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
    sigaddset(&blocked, numbers[i]);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fds[0], CR_APART_IN);
  posix_spawn_file_actions_adddup2(&actions, fds[1], CR_APART_OUT);
  posix_spawn_file_actions_addopen(&actions, CR_APART_ERRORS, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fds[2], CR_APART_THIRD);
  int result = posix_spawn(pid, "/proc/self/exe", &actions, &attributes, argv, environment);
  const char *name = (const char *)getauxval(AT_EXECFN);
  if (result == ENOENT && name) /* no /proc */
    result = posix_spawn(pid, name, &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return result;
}

/* INDEX_FD -1: the inflater. */
static gboolean start(Reader *reader, const char *scratch, int index_fd, const CrPassOptions *options, GError **error)
{
  gboolean indexes = index_fd >= 0;
  int in[2] = {-1, -1}, out[2] = {-1, -1}, report[2] = {-1, -1};
  int failed = 0;
  if (!make_pipe(in) || (!indexes && !make_pipe(out)) || pipe2(report, O_CLOEXEC) != 0)
    failed = errno;
  const char *diff_id = options->expected_diff_id ? options->expected_diff_id : "-";
  const char *const argv[] = {"careen",      CR_APART_WORD, indexes ? "index" : "inflate", scratch, diff_id,
                              options->name, NULL};
  const int fds[3] = {in[0], indexes ? report[1] : out[1], indexes ? index_fd : report[1]};
  if (!failed)
    failed = spawn(&reader->pid, (char *const *)argv, fds);
  close_end(&in[0]);
  close_end(&out[1]);
  close_end(&report[1]);
  if (failed) {
    reader->pid = 0;
    close_end(&in[1]);
    close_end(&out[0]);
    close_end(&report[0]);
    cr_error_set_errno(error, failed, "a process that reads it cannot be started");
    return FALSE;
  }
  reader->in = in[1];
  reader->out = out[0];
  reader->report = report[0];
  return TRUE;
}

/* Waits for its report, and its end. FALSE with ERROR: it failed, or died. */
static gboolean finish(Reader *reader, CrApartReport *report, GError **error)
{
  GError *cause = NULL;
  close_end(&reader->in);
  close_end(&reader->out);
  CrApartAnswer answer = cr_apart_receive_report(reader->report, report, &cause);
  close_end(&reader->report);
  kill(reader->pid, SIGKILL); /* all is said; one that died already stays as it died */
  int status = 0;
  while (waitpid(reader->pid, &status, 0) < 0 && errno == EINTR) {
  }
  reader->pid = 0;
  if (answer == CR_APART_WELL)
    return TRUE;
  if (answer == CR_APART_FAILED)
    g_propagate_error(error, cause);
  else if (answer == CR_APART_NONSENSE)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the reader's report makes no sense");
  else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP) /* GLib, without memory for its last words */
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "no memory");
  else if (WIFSIGNALED(status))
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the reader was killed by signal %d", WTERMSIG(status));
  else /* by the loader, which had no memory, or for a library that is not there */
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the reader ended with %d and said nothing",
                WEXITSTATUS(status));
  return FALSE;
}

/* ---- raw bytes ---- */

typedef struct {
  CrStream *stream;
  const CrPassOptions *options;
  CrDigest *digest; /* NULL: nobody asked */
  GByteArray *head; /* read to see how it is compressed, and not given yet */
  GError *failed;   /* of the stream */
  int to;           /* the inflater */
} Raw;

static gssize next_raw(Raw *raw, const guint8 **data)
{
  gssize n = cr_stream_next(raw->stream, data, &raw->failed);
  if (n > 0 && raw->digest)
    cr_digest_update(raw->digest, *data, (gsize)n);
  if (n > 0 && raw->options->progress)
    raw->options->progress((guint64)n, raw->options->progress_data);
  return n;
}

/* The first bytes, as many as a magic number has. */
static CrCompression detect(Raw *raw)
{
  const guint8 *data = NULL;
  for (gssize n = 1; raw->head->len < 6 && n > 0;) {
    n = next_raw(raw, &data);
    if (n > 0)
      g_byte_array_append(raw->head, data, (guint)n);
  }
  return cr_compression_detect(raw->head->data, raw->head->len);
}

static gssize give_raw(Raw *raw, const guint8 **data)
{
  if (raw->failed)
    return -1;
  if (!raw->head->len)
    return next_raw(raw, data);
  gssize n = raw->head->len;
  *data = raw->head->data;
  raw->head->len = 0; /* its bytes stay until it is freed */
  return n;
}

static gpointer feed_inflater(gpointer data)
{
  Raw *raw = data;
  const guint8 *bytes = NULL;
  gssize n;
  while ((n = give_raw(raw, &bytes)) > 0 && cr_write_fully(raw->to, bytes, (gsize)n)) {
  }
  close_end(&raw->to);
  return NULL;
}

/* ---- plain bytes ---- */

/* FALSE: the indexer takes no more. */
static gboolean give_piece(int fd, const guint8 *data, gsize size)
{
  while (size) {
    guint32 n = (guint32)MIN(size, G_MAXINT32);
    if (!cr_write_fully(fd, &n, sizeof n) || !cr_write_fully(fd, data, n))
      return FALSE;
    data += n;
    size -= n;
  }
  return TRUE;
}

static void give_end(int fd, const GError *failed, const CrApartReport *inflated)
{
  const guint32 none = 0;
  if (cr_write_fully(fd, &none, sizeof none))
    (void)cr_apart_send_report(fd, failed, inflated->trailing_zeros, inflated->trailing_bytes);
}

/* The bytes as they came. FALSE: the indexer had enough. */
static gboolean pump_plain(Raw *raw, Reader *indexer, CrDigest *digest)
{
  const guint8 *data = NULL;
  gssize n;
  gboolean taken = TRUE;
  while (taken && (n = give_raw(raw, &data)) > 0) {
    cr_digest_update(digest, data, (gsize)n);
    taken = give_piece(indexer->in, data, (gsize)n);
  }
  return taken;
}

/* The same through an inflater, whose last words are in INFLATED and FAILED. */
static gboolean pump_inflated(Raw *raw, Reader *inflater, Reader *indexer, CrDigest *digest, CrApartReport *inflated,
                              GError **failed)
{
  raw->to = inflater->in;
  inflater->in = -1;
  GThread *feeder = g_thread_new("feed", feed_inflater, raw);
  g_autofree guint8 *buffer = g_malloc(CR_APART_PIECE_BYTES);
  gboolean taken = TRUE;
  guint64 given = 0;
  gssize n = 1;
  while (taken && n != 0) {
    n = read(inflater->out, buffer, CR_APART_PIECE_BYTES);
    if (n < 0 && errno != EINTR)
      break;
    if (n <= 0)
      continue;
    cr_digest_update(digest, buffer, (gsize)n);
    given += (guint64)n;
    /* the indexer says so itself, unless both were taken over */
    taken = given < CR_LIMIT_LAYER_BYTES + CR_GIB && give_piece(indexer->in, buffer, (gsize)n);
  }
  close_end(&inflater->out);
  g_thread_join(feeder);
  (void)finish(inflater, inflated, failed);
  return taken;
}

/* ---- the whole ---- */

typedef struct {
  Raw raw;
  Reader inflater, indexer;
  CrDigest *digest; /* of the plain bytes */
  int index_fd;
  char *scratch;
  GError *failed; /* how the plain bytes ended, if not well */
  gboolean whole; /* the indexer took them all */
} Apart;

/* Where the cache has none the readers have none either: what is too large for memory cannot be read then. */
static char *make_scratch(const CrCache *cache)
{
  char *folder = g_build_filename(cr_cache_get_dir(cache), CR_CACHE_SCRATCH, NULL);
  (void)g_mkdir_with_parents(folder, 0700);
  return folder;
}

static gboolean start_all(Apart *apart, const CrPassOptions *options, GError **error)
{
  apart->scratch = make_scratch(options->cache);
  apart->index_fd = cr_cache_open_temporary(options->cache, 64 * CR_MIB);
  if (apart->index_fd < 0)
    apart->index_fd = memfd_create("careen-index", MFD_CLOEXEC);
  if (apart->index_fd < 0) {
    cr_error_set_errno(error, errno, "cannot make a temporary file");
    return FALSE;
  }
  gboolean compressed = detect(&apart->raw) != CR_COMPRESSION_NONE;
  return start(&apart->indexer, apart->scratch, apart->index_fd, options, error) &&
         (!compressed || start(&apart->inflater, apart->scratch, -1, options, error));
}

static void end_reader(Reader *reader)
{
  CrApartReport report;
  if (!reader->pid)
    return;
  kill(reader->pid, SIGKILL);
  (void)finish(reader, &report, NULL);
}

static void clear(Apart *apart)
{
  end_reader(&apart->inflater);
  end_reader(&apart->indexer);
  cr_stream_free(apart->raw.stream);
  g_clear_pointer(&apart->raw.digest, cr_digest_free);
  g_byte_array_unref(apart->raw.head);
  g_clear_error(&apart->raw.failed);
  g_clear_error(&apart->failed);
  g_clear_pointer(&apart->digest, cr_digest_free);
  if (apart->index_fd >= 0)
    close(apart->index_fd);
  g_free(apart->scratch);
}

/* All bytes to the indexer, and how they ended. */
static void pump(Apart *apart)
{
  CrApartReport inflated = {0};
  apart->whole = apart->inflater.pid ? pump_inflated(&apart->raw, &apart->inflater, &apart->indexer, apart->digest,
                                                     &inflated, &apart->failed)
                                     : pump_plain(&apart->raw, &apart->indexer, apart->digest);
  if (apart->raw.failed) { /* what the inflater says of it is that it is cut short */
    g_clear_error(&apart->failed);
    apart->failed = g_error_copy(apart->raw.failed);
  }
  if (apart->whole)
    give_end(apart->indexer.in, apart->failed, &inflated);
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

static CrLayer *take_index(Apart *apart, const CrPassOptions *options, GError **error)
{
  CrApartReport report;
  GError *cause = NULL;
  gboolean ok = finish(&apart->indexer, &report, &cause);
  if (!ok && (apart->failed || !g_error_matches(cause, CR_ERROR, CR_ERROR_TRUST))) {
    limit_code(cause, apart->failed);
    if (cause->code == CR_ERROR_ENVIRONMENT && strstr(cause->message, strerror(ENOSPC)))
      cr_cache_set_hint(cause, ENOSPC); /* readers give no advice */
    g_propagate_error(error, cause);
    return NULL;
  }
  /* Half of what was hashed may be another layer. */
  if (ok && (apart->failed || !apart->whole)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the reader says that it is done, and is not");
    return NULL;
  }
  g_autofree char *raw = apart->raw.digest ? cr_digest_finish(apart->raw.digest) : NULL;
  g_autofree char *diff_id = cr_digest_finish(apart->digest);
  g_autofree char *key = cr_collectors_get_key(options->collectors);
  g_clear_error(&cause); /* what it said of digests is careen's own to find */
  if (!cr_pass_check_digest("its digest", options->expected_digest, raw, error) ||
      !cr_pass_check_digest("its diff_id", options->expected_diff_id, diff_id, error))
    return NULL;
  if (ok)
    return cr_layer_adopt(options->cache, apart->index_fd, diff_id, key, options->keep, error);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the reader says that its bytes are others than they are");
  return NULL;
}

CrLayer *cr_apart_read_layer(CrStream *stream, const CrPassOptions *options, GError **error)
{
  Apart apart = {.raw = {.stream = stream, .options = options, .head = g_byte_array_new(), .to = -1},
                 .inflater = {0, -1, -1, -1},
                 .indexer = {0, -1, -1, -1},
                 .digest = cr_digest_new(),
                 .index_fd = -1};
  apart.raw.digest = options->expected_digest ? cr_digest_new() : NULL;
  GError *cause = NULL;
  CrLayer *layer = NULL;
  if (start_all(&apart, options, &cause)) {
    pump(&apart);
    layer = take_index(&apart, options, &cause);
  }
  clear(&apart);
  g_autofree char *place = g_strdup_printf("cannot read %s: ", options->name);
  if (!layer && !g_str_has_prefix(cause->message, place)) /* a reader's own words have it */
    g_prefix_error(&cause, "%s", place);
  if (!layer)
    g_propagate_error(error, cause);
  return layer;
}
