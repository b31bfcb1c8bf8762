/* SPDX-License-Identifier: Apache-2.0 */
/* The readers' side. Nobody is told on the terminal: what is to be said goes back in the report. */
#include "image/apart.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/error.h"
#include "base/library.h"
#include "base/write-all.h"
#include "image/apart-private.h"
#include "image/layer-write.h"
#include "image/pass-plain.h"

/* Its report, and its end. */
G_NORETURN static void leave(gboolean indexes, const GError *error, const CrTrailing *trailing)
{
  const CrApartAsk last = {.kind = CR_APART_LAST};
  const guint32 none = 0;
  const int fd = indexes ? CR_APART_IN : CR_APART_OUT;
  gboolean said = indexes ? cr_write_fully(fd, &last, sizeof last) : cr_write_fully(fd, &none, sizeof none);
  said = said && cr_apart_send_report(NULL, fd, error, trailing);
  _exit(said ? 0 : 1);
}

/* Pages that are written are asked for at once: each alone would be a fault (those that are read come sixteen
 * together). */
static guint8 *map(int fd, gsize size, int protection)
{
  void *memory = mmap(NULL, size, protection, MAP_SHARED | (protection & PROT_WRITE ? MAP_POPULATE : 0), fd, 0);
  if (memory == MAP_FAILED)
    _exit(1);
  return memory;
}

/* What it has given up: believed, because it has not seen a byte yet. */
static void say_confined(const char *have)
{
  const CrApartAsk ask = {.kind = CR_APART_CONFINED, .count = (guint32)MIN(strlen(have), CR_APART_CONFINED_MAX)};
  if (!cr_write_fully(CR_APART_IN, &ask, sizeof ask) || !cr_write_fully(CR_APART_IN, have, ask.count))
    _exit(1);
}

/* ---- the indexer's bytes, which careen has ---- */

typedef struct {
  CrPlain plain;
  const guint8 *memory;
  CrDigestRows *rows;
  GByteArray *told; /* CrApartTold, since the last question */
  gboolean ended;
  GError *failed; /* how the bytes ended, if not well */
  CrTrailing trailing;
} Remote;

/* Careen itself has gone where this fails: nobody waits for an answer. */
static void receive(gpointer to, gsize size)
{
  if (!cr_apart_read_fully(NULL, CR_APART_IN, to, size))
    _exit(1);
}

static void ask(Remote *remote, guint32 kind, guint64 reached)
{
  const CrApartAsk head = {.kind = kind, .count = remote->told->len / sizeof(CrApartTold), .reached = reached};
  if (!cr_write_fully(CR_APART_IN, &head, sizeof head) ||
      !cr_write_fully(CR_APART_IN, remote->told->data, remote->told->len))
    _exit(1);
  g_byte_array_set_size(remote->told, 0);
}

static gssize remote_next(CrPlain *plain, guint64 reached, const guint8 **data)
{
  Remote *remote = (Remote *)plain;
  CrApartPiece piece = {0};
  if (!remote->ended) {
    ask(remote, CR_APART_NEXT, reached);
    receive(&piece, sizeof piece);
    remote->ended = !piece.bytes;
    *data = remote->memory + piece.slot * CR_RING_SLOT_BYTES;
    CrApartReport report;
    if (remote->ended && cr_apart_receive_report(NULL, CR_APART_IN, &report, &remote->failed) >= CR_APART_NONSENSE)
      _exit(1);
    if (remote->ended)
      remote->trailing = (CrTrailing){report.trailing_zeros != 0, report.trailing_bytes};
  }
  return piece.bytes ? (gssize)piece.bytes : remote->failed ? -1 : 0;
}

static const GError *remote_get_error(CrPlain *plain)
{
  return ((Remote *)plain)->failed;
}

static void add_told(CrPlain *plain, const CrApartTold *told)
{
  g_byte_array_append(((Remote *)plain)->told, (const guint8 *)told, sizeof *told);
}

static void remote_tell(CrPlain *plain, guint32 number, guint64 start, guint64 size)
{
  const CrApartTold told = {.kind = CR_APART_TELL, .number = number, .start = start, .size = size};
  add_told(plain, &told);
}

static void remote_withdraw(CrPlain *plain, guint32 number)
{
  const CrApartTold told = {.kind = CR_APART_WITHDRAW, .number = number};
  add_told(plain, &told);
  cr_digest_rows_drop(((Remote *)plain)->rows, number);
}

static void remote_give(CrPlain *plain, guint32 number, guint64 start, const guint8 digest[CR_DIGEST_BYTES])
{
  CrApartTold told = {.kind = CR_APART_GIVE, .number = number, .start = start};
  memcpy(told.digest, digest, CR_DIGEST_BYTES);
  add_told(plain, &told);
}

static char *remote_finish(CrPlain *plain, gboolean read, CrTrailing *trailing)
{
  Remote *remote = (Remote *)plain;
  *trailing = remote->trailing;
  if (!read)
    return NULL;
  static const guint8 none[CR_DIGEST_BYTES];
  guint8 digests[CR_APART_DIGESTS_ONCE][CR_DIGEST_BYTES];
  CrApartDigests head;
  ask(remote, CR_APART_FINISH, G_MAXUINT64);
  receive(&head, sizeof head);
  for (guint32 i = 0; i < head.count; i++) {
    guint32 place = i % CR_APART_DIGESTS_ONCE;
    if (!place)
      receive(digests, MIN(head.count - i, CR_APART_DIGESTS_ONCE) * CR_DIGEST_BYTES);
    if (memcmp(digests[place], none, sizeof none) != 0)
      cr_digest_rows_set(remote->rows, i + 1, digests[place]);
  }
  return cr_digest_format(head.digest);
}

static const CrPlainClass remote_class = {.next = remote_next,
                                          .get_error = remote_get_error,
                                          .tell = remote_tell,
                                          .withdraw = remote_withdraw,
                                          .give = remote_give,
                                          .finish = remote_finish};

/* ---- the inflater's ---- */

typedef struct {
  CrStream stream;
  CrApartLane lane;
  gboolean ended;
} LaneStream;

static gssize lane_next(CrStream *stream, const guint8 **data, GError **error)
{
  (void)error;
  LaneStream *self = (LaneStream *)stream;
  gssize n = self->ended ? 0 : cr_apart_lane_next(&self->lane, data);
  if (n < 0)
    _exit(1);
  self->ended = n == 0;
  return n; /* if the source failed, careen knows */
}

static void lane_free(CrStream *stream)
{
  (void)stream; /* the process ends with it */
}

static const CrStreamClass lane_class = {.next = lane_next, .free = lane_free};

/* ---- the two ---- */

static void index_layer(const char *scratch, const char *diff_id, const CrCollector *const *collectors, GError **error)
{
  g_autofree char *cache = g_path_get_dirname(scratch), *folder = g_build_filename(cache, "layers", NULL);
  CrPassOptions options = {
      .cache = cr_cache_new(scratch),
      .collectors = collectors,
      .expected_diff_id = *diff_id ? diff_id : NULL,
  };
  CrLayerWriter *writer =
      cr_layer_writer_new_in(cr_cache_file_new_on(options.cache, folder, CR_APART_INDEX), options.cache, collectors, 0);
  Remote remote = {.plain = {&remote_class},
                   .memory = map(CR_APART_BYTES, CR_PLAIN_SLOTS * CR_RING_SLOT_BYTES, PROT_READ),
                   .rows = cr_layer_writer_get_digests(writer),
                   .told = g_byte_array_new()};
  guint64 bytes = 0;
  g_autofree char *found = cr_pass_index(&remote.plain, writer, &options, &bytes, error);
  if (found)
    (void)cr_layer_writer_finish(writer, found, bytes, FALSE, error);
}

static void inflate(CrTrailing *trailing, GError **error)
{
  LaneStream in = {{&lane_class},
                   .lane = {.socket = CR_APART_IN, .memory = map(CR_APART_BYTES, CR_APART_LANE_BYTES, PROT_READ)}};
  CrApartLane out = {.socket = CR_APART_OUT,
                     .memory = map(CR_APART_OUT_BYTES, CR_APART_LANE_BYTES, PROT_READ | PROT_WRITE)};
  CrStream *stream = cr_stream_new_decompress(&in.stream, trailing);
  for (gssize n = 1; n > 0;) {
    guint8 *buffer = cr_apart_lane_wait(&out);
    gsize filled = 0;
    while (buffer && n > 0 && filled < CR_RING_SLOT_BYTES) {
      n = stream->class->read(stream, buffer + filled, CR_RING_SLOT_BYTES - filled, error);
      filled += (gsize)MAX(n, 0);
    }
    if (!buffer || (filled && !cr_apart_lane_publish(&out, filled)))
      _exit(1); /* careen wants no more */
  }
}

enum { FOR_GZIP, FOR_ZSTD, FOR_XZ, FOR_TAR, LIBRARIES };

static void load_libraries_of(guint number)
{
  static const char *const beginnings[] = {"\x1f\x8b\x08\1\1\1", "\x28\xb5\x2f\xfd\1\1", "\xfd\x37zXZ\1"};
  if (number < FOR_TAR) { /* each of them is broken: it is enough to load what reads it */
    g_autoptr(GBytes) bytes = g_bytes_new_static(beginnings[number], 6);
    g_autoptr(CrStream) stream = cr_stream_new_decompress(cr_stream_new_bytes(bytes), NULL);
    const guint8 *data = NULL;
    (void)cr_stream_next(stream, &data, NULL);
  } else {
    struct archive *archive = archive_read_new();
    archive_read_support_format_tar(archive);
    archive_read_free(archive);
  }
}

static jmp_buf without_library;

static void skip_library(const GError *error, gpointer data)
{
  (void)error;
  (void)data;
  longjmp(without_library, 1);
}

/* Once for all readers; and what the first use of a library reads of its settings is not below the libraries. One that
 * is missing is missed by the reader that needs it. */
static void load_libraries(void)
{
  cr_library_on_absence(skip_library, NULL);
  for (volatile guint i = 0; i < LIBRARIES; i++)
    if (setjmp(without_library) == 0)
      load_libraries_of(i);
}

static void on_absence(const GError *error, gpointer indexes)
{
  const CrTrailing none = {0};
  leave(GPOINTER_TO_INT(indexes), error, &none);
}

/* GLib gives up by a message that is fatal. */
static void on_message(const char *domain, GLogLevelFlags level, const char *message, gpointer indexes)
{
  if (!(level & G_LOG_FLAG_FATAL))
    return;
  gboolean refused = strstr(message, "failed to allocate") || strstr(message, "creating thread");
  g_autoptr(GError) error = g_error_new(CR_ERROR, refused ? CR_ERROR_ENVIRONMENT : CR_ERROR_INPUT, "%s: %s: %s",
                                        refused ? "no memory" : "a bug in careen", domain ? domain : "", message);
  const CrTrailing none = {0};
  leave(GPOINTER_TO_INT(indexes), error, &none);
}

/* ---- the starter, of which they are copies ---- */

/* What who started careen had left open is not for readers. */
static void close_inherited(void)
{
  if (syscall(SYS_close_range, (unsigned)CR_APART_ERRORS + 1, ~0U, 0U) == 0)
    return;
  for (int fd = CR_APART_ERRORS + 1; fd < 4096; fd++) /* before Linux 5.9 */
    close(fd);
}

/* For good: a hard limit is raised by root's rights alone, which readers give up. */
static void limit(__rlimit_resource_t resource, rlim_t bytes)
{
  struct rlimit now = {RLIM_INFINITY, RLIM_INFINITY};
  (void)getrlimit(resource, &now); /* a lower one stays */
  const struct rlimit less = {MIN(now.rlim_cur, bytes), MIN(now.rlim_max, bytes)};
  setrlimit(resource, &less);
}

static void prepare(void)
{
  const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT}; /* who started it ends it, when it ends itself */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, CR_APART_FILE_MAX_BYTES);
  if (CR_APART_MEMORY_IS_LIMITED)
    limit(RLIMIT_AS, CR_APART_MEMORY_MAX_BYTES);
  for (guint i = 0; i < G_N_ELEMENTS(ignored); i++)
    signal(ignored[i], SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* EFBIG tells */
  close_inherited();
  load_libraries();
}

/* The count of FDS; 0: careen has gone. */
static guint receive_request(CrApartRequest *request, int fds[CR_READERS_FDS])
{
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(CR_READERS_FDS * sizeof(int))];
  } control;
  struct iovec bytes = {request, sizeof *request};
  struct msghdr message = {
      .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
  gssize n;
  do {
    n = recvmsg(CR_APART_IN, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  const struct cmsghdr *head = n == (gssize)sizeof *request ? CMSG_FIRSTHDR(&message) : NULL;
  if (!head || head->cmsg_type != SCM_RIGHTS)
    return 0;
  guint count = (guint)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  memcpy(fds, CMSG_DATA(head), count * sizeof(int));
  return count;
}

/* Where apart-private.h has them; all others are closed. */
static void place_fds(const int *fds, guint count)
{
  static const int places[CR_READERS_FDS] = {CR_APART_IN, CR_APART_BYTES, CR_APART_OUT, CR_APART_OUT_BYTES};
  int above[CR_READERS_FDS];
  for (guint i = 0; i < count; i++)
    above[i] = fcntl(fds[i], F_DUPFD, CR_APART_FDS);
  for (guint i = 0; i < count; i++)
    dup2(above[i], places[i]);
  for (int fd = places[count - 1] + 1; fd < 3 * CR_APART_FDS; fd++) /* the starter had no other */
    close(fd);
}

typedef struct {
  const char *scratch;
  const CrCollector *const *collectors;
  void (*instead)(gboolean indexes, const char *name);
} Starter;

G_NORETURN static void be_reader(const Starter *starter, const CrApartRequest *request)
{
  gboolean indexes = request->indexes != 0;
  GError *error = NULL;
  CrTrailing trailing = {0};
  g_autofree char *have = NULL;
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a copy has it not */
  g_log_set_default_handler(on_message, GINT_TO_POINTER(indexes));
  cr_library_on_absence(on_absence, GINT_TO_POINTER(indexes));
  if (starter->instead)
    starter->instead(indexes, request->name);
  if (!cr_confine_reader(starter->scratch, &have, &error))
    leave(indexes, error, &trailing);
  if (indexes)
    say_confined(have);
  if (indexes)
    index_layer(starter->scratch, request->diff_id, starter->collectors, &error);
  else
    inflate(&trailing, &error);
  leave(indexes, error, &trailing);
}

/* A child of careen, not of this process: careen waits for it. */
static gint32 start_reader(const Starter *starter, const CrApartRequest *request, const int *fds, guint count)
{
  long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0)
    return -errno;
  if (pid > 0)
    return (gint32)pid;
  place_fds(fds, count);
  be_reader(starter, request);
}

void cr_apart_run_readers(int argc, char **argv, const CrCollector *const *collectors,
                          void (*instead)(gboolean indexes, const char *name))
{
  if (argc != CR_APART_ARGUMENTS || strcmp(argv[1], CR_APART_WORD) != 0)
    return;
  const Starter starter = {.scratch = argv[CR_APART_SCRATCH], .collectors = collectors, .instead = instead};
  CrApartRequest request;
  int fds[CR_READERS_FDS];
  guint count = 0;
  prepare();
  while ((count = receive_request(&request, fds)) > 0) {
    gint32 answer = start_reader(&starter, &request, fds, count);
    for (guint i = 0; i < count; i++)
      close(fds[i]);
    if (!cr_write_fully(CR_APART_IN, &answer, sizeof answer))
      break;
  }
  _exit(0);
}
