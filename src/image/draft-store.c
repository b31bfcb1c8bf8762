/* SPDX-License-Identifier: Apache-2.0 */
#include "image/draft-store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/whole-file.h"
#include "base/write-all.h"

#define MAGIC_BYTES 6U

/* ---- a stream that is looked at on its way ---- */

typedef struct {
  CrStream stream;
  CrStream *source; /* owned; NULL: borrowed through `lent` */
  CrStream *lent;
  CrDigest *digest; /* of what has passed */
  guint64 size;
  int fd;             /* and a copy to here, unless -1 */
  GByteArray *before; /* bytes of the source that were read to see its kind, or NULL */
  char *what;         /* for a checked stream: its name, what its size and digest have to be */
  char *expected;
  guint64 expected_size;
  gboolean ended;
} Tap;

static gboolean check_end(Tap *tap, GError **error)
{
  if (!tap->expected || tap->ended)
    return TRUE;
  g_autofree char *actual = cr_digest_finish(tap->digest);
  tap->ended = TRUE;
  if (tap->size == tap->expected_size && strcmp(actual, tap->expected) == 0)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST,
              "cannot use %s: it has %" G_GUINT64_FORMAT " bytes with the digest %s, not %" G_GUINT64_FORMAT " with %s",
              tap->what, tap->size, actual, tap->expected_size, tap->expected);
  return FALSE;
}

static gssize tap_next(CrStream *stream, const guint8 **data, GError **error)
{
  Tap *tap = (Tap *)stream;
  gssize n = 0;
  if (tap->before && tap->before->len && !tap->size) {
    *data = tap->before->data;
    n = (gssize)tap->before->len;
  } else {
    n = cr_stream_next(tap->source ? tap->source : tap->lent, data, error);
  }
  if (n == 0)
    return check_end(tap, error) ? 0 : -1;
  if (n < 0)
    return n;
  tap->size += (guint64)n;
  if (tap->digest)
    cr_digest_update(tap->digest, *data, (gsize)n);
  if (tap->fd >= 0 && !cr_write_all(tap->fd, *data, (gsize)n, "a temporary file", error))
    return -1;
  return n;
}

static void tap_free(CrStream *stream)
{
  Tap *tap = (Tap *)stream;
  cr_stream_free(tap->source);
  if (tap->digest)
    cr_digest_free(tap->digest);
  if (tap->before)
    g_byte_array_unref(tap->before);
  g_free(tap->what);
  g_free(tap->expected);
  g_free(tap);
}

static const CrStreamClass tap_class = {.next = tap_next, .free = tap_free};

static Tap *tap_new(CrStream *source, int fd)
{
  Tap *tap = g_new0(Tap, 1);
  tap->stream.class = &tap_class;
  tap->source = source;
  tap->digest = cr_digest_new();
  tap->fd = fd;
  return tap;
}

CrStream *cr_stream_new_checked(CrStream *stream, guint64 size, const char *digest, const char *what)
{
  Tap *tap = tap_new(stream, -1);
  tap->what = g_strdup(what);
  tap->expected = g_strdup(digest);
  tap->expected_size = size;
  return &tap->stream;
}

/* ---- storing a layer ---- */

void cr_stored_free(CrStored *stored)
{
  if (!stored)
    return;
  if (stored->fd >= 0)
    close(stored->fd);
  g_free(stored->digest);
  g_free(stored->diff_id);
  g_free(stored);
}

static int open_temporary(const char *dir, GError **error)
{
  CrWholeFile *file = cr_whole_file_create(dir, ".careen-", 0600);
  if (file) /* an O_TMPFILE; where there is none, its name goes now */
    return cr_whole_file_steal_fd(file);
  cr_error_set_errno(error, errno, "cannot make a temporary file in '%s'", dir);
  return -1;
}

/* As many bytes as tell the kind. */
static gboolean read_head(CrStream *stream, GByteArray *head, GError **error)
{
  while (head->len < MAGIC_BYTES) {
    const guint8 *data = NULL;
    gssize n = cr_stream_next(stream, &data, error);
    if (n <= 0)
      return n == 0;
    g_byte_array_append(head, data, (guint)n);
  }
  return TRUE;
}

static gboolean drain(CrStream *stream, GError **error)
{
  const guint8 *data = NULL;
  gssize n = 0;
  while ((n = cr_stream_next(stream, &data, error)) > 0) {
  }
  return n == 0;
}

/* raw → file and digest → unpacked → diff_id */
static gboolean keep(CrStored *stored, Tap *raw, GError **error)
{
  raw->fd = stored->fd;
  g_autoptr(CrStream) unpacked = cr_stream_new_decompress(&raw->stream, NULL);
  Tap *plain = tap_new(NULL, -1);
  g_autoptr(CrStream) owned = &plain->stream;
  plain->lent = unpacked;
  if (!drain(owned, error) || !drain(&raw->stream, error))
    return FALSE;
  stored->size_bytes = raw->size;
  stored->digest = cr_digest_finish(raw->digest);
  stored->diff_id = cr_digest_finish(plain->digest);
  return TRUE;
}

/* raw → unpacked → diff_id → packed → file and digest */
static gboolean pack(CrStored *stored, Tap *raw, GError **error)
{
  Tap *plain = tap_new(cr_stream_new_decompress(&raw->stream, NULL), -1);
  if (stored->compression == CR_COMPRESSION_NONE)
    plain->fd = stored->fd;
  CrStream *packed = cr_stream_new_compress(&plain->stream, stored->compression);
  Tap *out = packed == &plain->stream ? NULL : tap_new(packed, stored->fd);
  g_autoptr(CrStream) owned = out ? &out->stream : packed;
  if (!drain(owned, error))
    return FALSE;
  stored->size_bytes = out ? out->size : plain->size;
  stored->diff_id = cr_digest_finish(plain->digest);
  stored->digest = out ? cr_digest_finish(out->digest) : g_strdup(stored->diff_id);
  return TRUE;
}

CrStored *cr_stored_new(CrStream *stream, CrCompression wanted, const char *dir, GError **error)
{
  Tap *raw = tap_new(stream, -1); /* owned by what is built on it */
  g_autoptr(GByteArray) head = g_byte_array_new();
  g_autoptr(CrStored) stored = g_new0(CrStored, 1);
  stored->fd = open_temporary(dir, error);
  if (stored->fd < 0 || !read_head(stream, head, error)) {
    tap_free(&raw->stream);
    return NULL;
  }
  raw->before = g_byte_array_ref(head);
  CrCompression found = cr_compression_detect(head->data, head->len);
  gboolean as_is = found == CR_COMPRESSION_GZIP || (found == CR_COMPRESSION_ZSTD && wanted == CR_COMPRESSION_ZSTD);
  stored->compression = as_is ? found : wanted;
  if (!(as_is ? keep(stored, raw, error) : pack(stored, raw, error)))
    return NULL;
  return g_steal_pointer(&stored);
}
