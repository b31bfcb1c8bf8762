/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds-checked reader for binary input: the only way untrusted bytes are walked.
 *
 * The error is sticky: after the first read beyond the end every read gives 0 and cr_reader_failed() is TRUE; check
 * once at the end. The reader owns nothing; DATA must outlive it. */
#pragma once
#include <glib.h>
#include <string.h>

typedef struct {
  const guint8 *data;
  gsize size;
  gsize at;
  gboolean big_endian;
  gboolean failed;
} CrReader;

static inline CrReader cr_reader_init(const void *data, gsize size, gboolean big_endian)
{
  return (CrReader){.data = data ? data : "", .size = data ? size : 0, .big_endian = big_endian};
}

static inline gboolean cr_reader_failed(const CrReader *reader)
{
  return reader->failed;
}

static inline gsize cr_reader_left(const CrReader *reader)
{
  return reader->failed ? 0 : reader->size - reader->at;
}

static inline void cr_reader_fail(CrReader *reader)
{
  reader->failed = TRUE;
}

/* Move to OFFSET from the start. */
static inline void cr_reader_seek(CrReader *reader, guint64 offset)
{
  if (offset > reader->size)
    reader->failed = TRUE;
  else
    reader->at = (gsize)offset;
}

/* SIZE bytes, or NULL. The pointer is into the data. */
static inline const guint8 *cr_reader_take(CrReader *reader, guint64 size)
{
  if (reader->failed || size > reader->size - reader->at) {
    reader->failed = TRUE;
    return NULL;
  }
  const guint8 *bytes = reader->data + reader->at;
  reader->at += (gsize)size;
  return bytes;
}

static inline guint8 cr_reader_u8(CrReader *reader)
{
  const guint8 *p = cr_reader_take(reader, 1);
  return p ? p[0] : 0;
}

static inline guint16 cr_reader_u16(CrReader *reader)
{
  const guint8 *p = cr_reader_take(reader, 2);
  guint16 v = 0;
  if (!p)
    return 0;
  memcpy(&v, p, 2);
  return (guint16)(reader->big_endian ? GUINT16_FROM_BE(v) : GUINT16_FROM_LE(v)); /* an int where it is sanitized */
}

static inline guint32 cr_reader_u32(CrReader *reader)
{
  const guint8 *p = cr_reader_take(reader, 4);
  guint32 v = 0;
  if (!p)
    return 0;
  memcpy(&v, p, 4);
  return reader->big_endian ? GUINT32_FROM_BE(v) : GUINT32_FROM_LE(v);
}

static inline guint64 cr_reader_u64(CrReader *reader)
{
  const guint8 *p = cr_reader_take(reader, 8);
  guint64 v = 0;
  if (!p)
    return 0;
  memcpy(&v, p, 8);
  return reader->big_endian ? GUINT64_FROM_BE(v) : GUINT64_FROM_LE(v);
}

/* Unsigned LEB128, at most 10 bytes (as in our own layer index and in Go's build info). */
static inline guint64 cr_reader_varint(CrReader *reader)
{
  if (!reader->failed && reader->at < reader->size && reader->data[reader->at] < 0x80)
    return reader->data[reader->at++]; /* nearly all are of one byte */
  guint64 value = 0;
  for (guint shift = 0; shift < 64; shift += 7) {
    guint8 byte = cr_reader_u8(reader);
    value |= (guint64)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return value;
  }
  reader->failed = TRUE;
  return 0;
}

/* Over COUNT varints whose values nobody wants. */
static inline void cr_reader_skip_varints(CrReader *reader, guint64 count)
{
  gsize at = reader->at;
  for (; count && at < reader->size; at++)
    count -= reader->data[at] < 0x80;
  reader->failed |= count > 0;
  reader->at = at;
}

/* A NUL-terminated string inside the data from the current place, or NULL. The place moves behind the NUL. */
static inline const char *cr_reader_string(CrReader *reader)
{
  if (reader->failed)
    return NULL;
  const guint8 *start = reader->data + reader->at;
  const guint8 *end = reader->size > reader->at ? memchr(start, 0, reader->size - reader->at) : NULL;
  if (!end) {
    reader->failed = TRUE;
    return NULL;
  }
  reader->at += (gsize)(end - start) + 1;
  return (const char *)start;
}

/* The same, but no longer than MAX bytes: for tables of names, where one look for the end of a hostile text per name
 * would be quadratic. */
static inline const char *cr_reader_short_string(CrReader *reader, gsize max)
{
  CrReader window = *reader;
  if (!window.failed && window.size - window.at > max + 1)
    window.size = window.at + max + 1;
  const char *text = cr_reader_string(&window);
  reader->failed = window.failed;
  reader->at = window.at;
  return text;
}

/* The writing half, for our own formats: unsigned LEB128 appended to OUT. */
static inline void cr_write_varint(GByteArray *out, guint64 value)
{
  guint8 bytes[10];
  guint n = 0;
  do {
    bytes[n] = (guint8)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
    n++;
  } while (value);
  g_byte_array_append(out, bytes, n);
}
