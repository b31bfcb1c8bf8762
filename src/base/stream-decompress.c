/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stream-decompress.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

#define OUTPUT_BYTES (256 * CR_KIB)
#define MAGIC_BYTES  6

static const CrDecompressor *const decompressors[] = {&cr_decompressor_gzip, &cr_decompressor_zstd,
                                                      &cr_decompressor_xz};

CrCompression cr_compression_detect(const guint8 *head, gsize size)
{
  if (size >= 2 && head[0] == 0x1f && head[1] == 0x8b)
    return CR_COMPRESSION_GZIP;
  if (size >= 4 && !memcmp(head, "\x28\xb5\x2f\xfd", 4))
    return CR_COMPRESSION_ZSTD;
  /* a skippable frame may come first (RFC 8878 §3.1.2) */
  if (size >= 4 && (head[0] & 0xf0) == 0x50 && !memcmp(head + 1, "\x2a\x4d\x18", 3))
    return CR_COMPRESSION_ZSTD;
  if (size >= 6 && !memcmp(head,
                           "\xfd"
                           "7zXZ\0",
                           6))
    return CR_COMPRESSION_XZ;
  if (size >= 4 && !memcmp(head, "BZh", 3) && head[3] >= '1' && head[3] <= '9')
    return CR_COMPRESSION_BZIP2;
  return CR_COMPRESSION_NONE;
}

const char *cr_compression_get_name(CrCompression compression)
{
  static const char *const names[] = {"none", "gzip", "zstd", "xz", "bzip2"};
  return names[compression];
}

typedef struct {
  CrStream stream;
  CrStream *source;
  const CrDecompressor *decompressor; /* NULL: plain */
  gpointer state;
  CrTrailing *trailing;
  gboolean detected, ended, in_member;
  guint64 consumed; /* bytes of the source handed to the decompressor, for messages */
  const guint8 *in;
  gsize in_size;
  guint8 head[MAGIC_BYTES]; /* gathered when the first chunks are tiny */
  gsize head_size;
  const guint8 *plain; /* data that is not compressed, handed out so far but for this */
  gsize plain_size;
  guint8 *out;    /* for `next` only */
  GError *failed; /* sticky */
} Decompress;

static gssize fail(Decompress *self, GError *cause, GError **error)
{
  self->failed = cause;
  if (error)
    *error = g_error_copy(cause);
  return -1;
}

/* More of the source when none is left: FALSE at its end or on failure (then self->failed). */
static gboolean fill(Decompress *self)
{
  if (self->in_size)
    return TRUE;
  gssize n = cr_stream_next(self->source, &self->in, &self->failed);
  if (n <= 0)
    return FALSE;
  self->in_size = (gsize)n;
  return TRUE;
}

/* The first bytes decide. A source may begin with chunks smaller than a magic number: they are gathered in `head`. */
static gboolean detect(Decompress *self)
{
  self->detected = TRUE;
  if (!fill(self))
    return !self->failed;
  const guint8 *magic = self->in;
  gsize size = self->in_size;
  while (size < MAGIC_BYTES) {
    gsize take = MIN(self->in_size, MAGIC_BYTES - self->head_size);
    memcpy(self->head + self->head_size, self->in, take);
    self->head_size += take;
    self->in += take;
    self->in_size -= take;
    magic = self->head;
    size = self->head_size;
    if (size < MAGIC_BYTES && !fill(self))
      break;
  }
  if (self->failed)
    return FALSE;
  CrCompression compression = cr_compression_detect(magic, size);
  if (compression == CR_COMPRESSION_BZIP2) {
    g_set_error(&self->failed, CR_ERROR, CR_ERROR_INPUT, "compressed with bzip2, which no image format has");
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS(decompressors); i++)
    if (decompressors[i]->compression == compression)
      self->decompressor = decompressors[i];
  if (self->decompressor) {
    self->state = self->decompressor->new ();
    self->in_member = TRUE;
  }
  return TRUE;
}

static gssize next_plain(Decompress *self, const guint8 **data)
{
  if (self->head_size) {
    *data = self->head;
    gsize size = self->head_size;
    self->head_size = 0;
    self->consumed += size;
    return (gssize)size;
  }
  if (!fill(self))
    return self->failed ? -1 : 0;
  *data = self->in;
  gsize size = self->in_size;
  self->in_size = 0;
  self->consumed += size;
  return (gssize)size;
}

/* Behind a complete member: another one, padding, or something that does not belong there. TRUE: another member begins.
 */
static gboolean start_member(Decompress *self)
{
  guint64 zeros = 0, other = 0;
  while (fill(self)) {
    gsize i = 0;
    while (!other && i < self->in_size && !self->in[i])
      i++;
    zeros += i;
    if (i == self->in_size) {
      self->in_size = 0;
      continue;
    }
    if (!other && !zeros) {
      /* One byte is enough to tell: the decompressor itself refuses what only begins like a member. */
      guint8 first = self->in[0];
      gboolean again =
          (self->decompressor->compression == CR_COMPRESSION_GZIP && first == 0x1f) ||
          (self->decompressor->compression == CR_COMPRESSION_ZSTD && (first == 0x28 || (first & 0xf0) == 0x50)) ||
          (self->decompressor->compression == CR_COMPRESSION_XZ && first == 0xfd);
      if (again)
        return TRUE;
    }
    other += self->in_size - i;
    self->in_size = 0;
  }
  if (self->trailing) {
    self->trailing->trailing_zeros = zeros > 0;
    self->trailing->trailing_bytes = other;
  }
  return FALSE;
}

static void set_broken(Decompress *self, const char *why)
{
  g_set_error(&self->failed, CR_ERROR, CR_ERROR_INPUT, "cannot decompress %s data at byte %" G_GUINT64_FORMAT ": %s",
              self->decompressor->name, self->consumed, why);
}

/* One call of the decompressor with what there is, from `head` first. */
static CrInflateResult run(Decompress *self, guint8 *out, gsize size, gsize *produced, const char **why)
{
  gboolean head = self->head_size > 0;
  CrInflate io = {
      .next_in = head ? self->head : self->in,
      .avail_in = head ? self->head_size : self->in_size,
      .out = out,
      .out_size = size,
      .input_ended = !head && !self->in_size,
  };
  gsize before = io.avail_in;
  CrInflateResult result = self->decompressor->run(self->state, &io, why);
  self->consumed += before - io.avail_in;
  if (head) {
    memmove(self->head, io.next_in, io.avail_in);
    self->head_size = io.avail_in;
  } else {
    self->in = io.next_in;
    self->in_size = io.avail_in;
  }
  *produced = io.produced;
  return result;
}

/* The next bytes of compressed data into OUT. */
static gssize inflate_next(Decompress *self, guint8 *out, gsize size, GError **error)
{
  while (!self->ended) {
    if (!self->in_member) {
      self->in_member = self->head_size > 0 || start_member(self);
      self->ended = !self->in_member;
      continue;
    }
    gboolean more = self->head_size > 0 || fill(self);
    if (self->failed)
      break;
    gsize produced = 0;
    const char *why = "it is damaged";
    CrInflateResult result = run(self, out, size, &produced, &why);
    if (result == CR_INFLATE_FAILED)
      set_broken(self, why);
    else if (result == CR_INFLATE_MEMBER_END)
      self->in_member = FALSE;
    else if (!more && !produced)
      set_broken(self, "cut short");
    if (self->failed)
      break;
    if (produced)
      return (gssize)produced;
  }
  return self->failed ? fail(self, self->failed, error) : 0;
}

static gssize decompress_next(CrStream *stream, const guint8 **data, GError **error)
{
  Decompress *self = (Decompress *)stream;
  if (self->failed)
    return fail(self, self->failed, error);
  if (!self->detected && !detect(self))
    return fail(self, self->failed, error);
  if (!self->decompressor) {
    gssize n = next_plain(self, data);
    return n < 0 ? fail(self, self->failed, error) : n;
  }
  if (!self->out)
    self->out = g_malloc(OUTPUT_BYTES);
  *data = self->out;
  return inflate_next(self, self->out, OUTPUT_BYTES, error);
}

static gssize decompress_read(CrStream *stream, guint8 *buffer, gsize size, GError **error)
{
  Decompress *self = (Decompress *)stream;
  if (self->failed)
    return fail(self, self->failed, error);
  if (!self->detected && !detect(self))
    return fail(self, self->failed, error);
  if (self->decompressor)
    return inflate_next(self, buffer, size, error);
  if (!self->plain_size) {
    gssize n = next_plain(self, &self->plain);
    if (n <= 0)
      return n < 0 ? fail(self, self->failed, error) : 0;
    self->plain_size = (gsize)n;
  }
  gsize n = MIN(size, self->plain_size);
  memcpy(buffer, self->plain, n);
  self->plain += n;
  self->plain_size -= n;
  return (gssize)n;
}

static void decompress_free(CrStream *stream)
{
  Decompress *self = (Decompress *)stream;
  if (self->decompressor)
    self->decompressor->free(self->state);
  cr_stream_free(self->source);
  g_clear_error(&self->failed);
  g_free(self->out);
  g_free(self);
}

static const CrStreamClass decompress_class = {
    .next = decompress_next, .free = decompress_free, .read = decompress_read};

CrStream *cr_stream_new_decompress(CrStream *source, CrTrailing *trailing)
{
  Decompress *self = g_new0(Decompress, 1);
  self->stream.class = &decompress_class;
  self->source = source;
  self->trailing = trailing;
  return &self->stream;
}
