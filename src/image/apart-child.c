/* SPDX-License-Identifier: Apache-2.0 */
/* The readers' side. Nobody is told on the terminal: what is to be said goes back in the report. */
#include "image/apart.h"

#include <archive.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/error.h"
#include "base/write-all.h"
#include "image/apart-private.h"

/* ---- reports ---- */

gboolean cr_apart_send_report(int fd, const GError *error, guint32 trailing_zeros, guint64 trailing_bytes)
{
  CrApartReport report = {.trailing_zeros = trailing_zeros, .trailing_bytes = trailing_bytes};
  const char *message = error ? error->message : "";
  report.code = !error ? 0 : (error->domain == CR_ERROR ? (guint32)error->code : CR_ERROR_ENVIRONMENT) + 1;
  report.message_bytes = (guint32)MIN(strlen(message), CR_APART_MESSAGE_BYTES);
  return cr_write_fully(fd, &report, sizeof report) && cr_write_fully(fd, message, report.message_bytes);
}

/* FALSE: the bytes end before. */
static gboolean read_fully(int fd, gpointer to, gsize size)
{
  for (gsize got = 0; got < size;) {
    gssize n = read(fd, (guint8 *)to + got, size - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    got += (gsize)n;
  }
  return TRUE;
}

CrApartAnswer cr_apart_receive_report(int fd, CrApartReport *report, GError **error)
{
  char message[CR_APART_MESSAGE_BYTES];
  if (!read_fully(fd, report, sizeof *report))
    return CR_APART_GONE;
  if (report->code > CR_ERROR_INTERNAL + 1 || report->message_bytes > sizeof message)
    return CR_APART_NONSENSE;
  if (!read_fully(fd, message, report->message_bytes))
    return CR_APART_GONE;
  if (!report->code)
    return CR_APART_WELL;
  g_autofree char *valid = g_utf8_make_valid(message, (gssize)report->message_bytes);
  g_set_error_literal(error, CR_ERROR, (int)report->code - 1, valid);
  return CR_APART_FAILED;
}

/* ---- the layer, piece by piece ---- */

typedef struct {
  CrStream stream;
  guint32 left; /* of the piece */
  gboolean ended;
  GError *failed; /* sticky */
  CrTrailing trailing;
  guint8 buffer[CR_APART_PIECE_BYTES];
} Pieces;

static void take_end(Pieces *pieces)
{
  CrApartReport report;
  pieces->ended = TRUE;
  if (cr_apart_receive_report(CR_APART_IN, &report, &pieces->failed) >= CR_APART_NONSENSE)
    _exit(1); /* careen itself has gone: nobody waits for an answer */
  pieces->trailing.trailing_zeros = report.trailing_zeros != 0;
  pieces->trailing.trailing_bytes = report.trailing_bytes;
}

static gssize pieces_read(CrStream *stream, guint8 *buffer, gsize size, GError **error)
{
  Pieces *pieces = (Pieces *)stream;
  if (!pieces->left && !pieces->ended) {
    if (!read_fully(CR_APART_IN, &pieces->left, sizeof pieces->left))
      _exit(1);
    if (!pieces->left)
      take_end(pieces);
  }
  if (pieces->failed && error)
    *error = g_error_copy(pieces->failed);
  if (pieces->ended)
    return pieces->failed ? -1 : 0;
  guint32 n = (guint32)MIN(size, pieces->left);
  if (!read_fully(CR_APART_IN, buffer, n))
    _exit(1);
  pieces->left -= n;
  return n;
}

static gssize pieces_next(CrStream *stream, const guint8 **data, GError **error)
{
  Pieces *pieces = (Pieces *)stream;
  *data = pieces->buffer;
  return pieces_read(stream, pieces->buffer, sizeof pieces->buffer, error);
}

static void pieces_free(CrStream *stream)
{
  (void)stream; /* the process ends with it */
}

static const CrStreamClass pieces_class = {.next = pieces_next, .free = pieces_free, .read = pieces_read};

/* ---- the two ---- */

static void index_layer(char **argv, const CrCollector *const *collectors, GError **error)
{
  const char *diff_id = argv[CR_APART_DIFF_ID];
  g_autofree char *cache = g_path_get_dirname(argv[CR_APART_SCRATCH]),
                  *folder = g_build_filename(cache, "layers", NULL);
  Pieces *pieces = g_new0(Pieces, 1);
  pieces->stream.class = &pieces_class;
  CrPassOptions options = {
      .cache = cr_cache_new(argv[CR_APART_SCRATCH]),
      .collectors = collectors,
      .expected_diff_id = !strcmp(diff_id, "-") ? NULL : diff_id,
      .name = argv[CR_APART_NAME],
      .inflated = &pieces->trailing,
      .index_fd = CR_APART_THIRD,
      .index_folder = folder,
  };
  (void)cr_pass_read_layer(&pieces->stream, &options, error);
}

static void inflate(CrTrailing *trailing, GError **error)
{
  CrStream *stream = cr_stream_new_decompress(cr_stream_new_pipe(CR_APART_IN, FALSE), trailing);
  const guint8 *data = NULL;
  gssize n;
  while ((n = cr_stream_next(stream, &data, error)) > 0)
    if (!cr_write_fully(CR_APART_OUT, data, (gsize)n))
      _exit(1); /* careen wants no more */
}

/* What the first use of a library reads of its settings is not below the libraries. */
static void load_libraries(void)
{
  struct archive *archive = archive_read_new();
  archive_read_support_format_tar(archive);
  archive_read_free(archive);
}

/* GLib gives up by a message that is fatal. */
static void on_message(const char *domain, GLogLevelFlags level, const char *message, gpointer report_fd)
{
  if (!(level & G_LOG_FLAG_FATAL))
    return;
  gboolean refused = strstr(message, "failed to allocate") || strstr(message, "creating thread");
  g_autoptr(GError) error = g_error_new(CR_ERROR, refused ? CR_ERROR_ENVIRONMENT : CR_ERROR_INPUT, "%s: %s: %s",
                                        refused ? "no memory" : "a bug in careen", domain ? domain : "", message);
  cr_apart_send_report(GPOINTER_TO_INT(report_fd), error, 0, 0);
  _exit(0);
}

static gboolean begin(const char *scratch, gboolean indexes, GError **error)
{
  const struct rlimit nothing = {0, 0};
  const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT}; /* who started it ends it, when it ends itself */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setrlimit(RLIMIT_CORE, &nothing);
  for (guint i = 0; i < G_N_ELEMENTS(ignored); i++)
    signal(ignored[i], SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
#ifdef SYS_close_range
  syscall(SYS_close_range, (unsigned)CR_APART_THIRD + 1, ~0U, 0U);
#endif
  if (indexes)
    load_libraries();
  g_autofree char *have = NULL;
  return cr_confine_reader(scratch, &have, error);
}

void cr_apart_run_reader(int argc, char **argv, const CrCollector *const *collectors)
{
  if (argc != CR_APART_ARGUMENTS || strcmp(argv[1], CR_APART_WORD) != 0)
    return;
  gboolean indexes = !strcmp(argv[CR_APART_KIND], "index");
  const int fd = indexes ? CR_APART_OUT : CR_APART_THIRD;
  GError *error = NULL;
  CrTrailing trailing = {0};
  g_log_set_default_handler(on_message, GINT_TO_POINTER(fd));
  if (!begin(argv[CR_APART_SCRATCH], indexes, &error))
    g_prefix_error(&error, "cannot read %s: ", argv[CR_APART_NAME]);
  else if (indexes)
    index_layer(argv, collectors, &error);
  else
    inflate(&trailing, &error);
  _exit(cr_apart_send_report(fd, error, trailing.trailing_zeros, trailing.trailing_bytes) ? 0 : 1);
}
