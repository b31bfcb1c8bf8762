/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tar-header.h"

#include <string.h>

/* Fields of a ustar header: IEEE 1003.1 pax, "ustar Interchange Format". */
typedef struct {
  guint at, bytes;
} Field;
static const Field name_field = {0, 100}, size_field = {124, 12}, sum_field = {148, 8}, link_field = {157, 100},
                   magic_field = {257, 8}, prefix_field = {345, 155};
#define TYPE_AT 156U

/* Octal digits up to a blank or NUL. */
static gboolean read_number(const guint8 *block, Field field, guint64 *value)
{
  *value = 0;
  guint i = 0;
  for (; i < field.bytes && block[field.at + i] >= '0' && block[field.at + i] <= '7'; i++)
    *value = *value << 3 | (guint64)(block[field.at + i] - '0');
  return i > 0 && i < field.bytes && (block[field.at + i] == ' ' || !block[field.at + i]);
}

/* Also those of numbers that nobody asks for tell whether this is a tar. */
static gboolean has_number_shapes(const guint8 *block)
{
  static const Field fields[] = {{100, 8}, {108, 8}, {116, 8}, {124, 12}, {136, 12}, {148, 8}, {329, 8}, {337, 8}};
  for (guint f = 0; f < G_N_ELEMENTS(fields); f++) {
    guint i = fields[f].at, end = i + fields[f].bytes;
    while (i < end && block[i] == ' ')
      i++;
    while (i < end && block[i] >= '0' && block[i] <= '7')
      i++;
    while (i < end && (block[i] == ' ' || !block[i]))
      i++;
    if (i < end)
      return FALSE;
  }
  return TRUE;
}

/* The sum of all bytes, those of the sum itself taken for blanks. */
static gboolean has_right_sum(const guint8 *block)
{
  guint64 said = 0, sum = 0;
  for (guint i = 0; i < CR_TAR_BLOCK_BYTES; i++)
    sum += i >= sum_field.at && i < sum_field.at + sum_field.bytes ? ' ' : block[i];
  return read_number(block, sum_field, &said) && said == sum;
}

/* Appends a field's text; FALSE unless it is all printable ASCII. */
static gboolean append_text(const guint8 *block, Field field, char *out)
{
  out += strlen(out);
  guint i = 0;
  for (; i < field.bytes && block[field.at + i]; i++) {
    if (block[field.at + i] <= ' ' || block[field.at + i] >= 0x7f)
      return FALSE;
    out[i] = (char)block[field.at + i];
  }
  out[i] = 0;
  return TRUE;
}

/* Where POSIX has the prefix, GNU tar has times and holes; mostly it has nothing. */
static gboolean is_zero_from(const guint8 *block, guint at)
{
  while (at < CR_TAR_BLOCK_BYTES && !block[at])
    at++;
  return at == CR_TAR_BLOCK_BYTES;
}

static gboolean read_name(const guint8 *block, CrTarHeader *out)
{
  gboolean posix = !memcmp(block + magic_field.at,
                           "ustar\0"
                           "00",
                           magic_field.bytes);
  gboolean gnu = !memcmp(block + magic_field.at, "ustar  ", magic_field.bytes);
  out->name[0] = 0;
  if (!posix && !(gnu && is_zero_from(block, prefix_field.at)))
    return FALSE;
  if (posix && block[prefix_field.at]) {
    if (!append_text(block, prefix_field, out->name))
      return FALSE;
    if (!g_str_has_suffix(out->name, "/")) /* as libarchive */
      g_strlcat(out->name, "/", sizeof out->name);
  }
  return block[name_field.at] && append_text(block, name_field, out->name);
}

static CrTarKind read_kind(const guint8 *block, CrTarHeader *out)
{
  gboolean slash = g_str_has_suffix(out->name, "/");
  switch (block[TYPE_AT]) {
  case '0':
    return slash ? CR_TAR_UNKNOWN : CR_TAR_FILE;
  case '1':
  case '2':
    out->link[0] = 0;
    if (slash || out->size || !block[link_field.at] || !append_text(block, link_field, out->link))
      return CR_TAR_UNKNOWN;
    return block[TYPE_AT] == '1' ? CR_TAR_HARD_LINK : CR_TAR_SOFT_LINK;
  case '5':
    return out->size ? CR_TAR_UNKNOWN : CR_TAR_FOLDER;
  default:
    return CR_TAR_UNKNOWN;
  }
}

CrTarKind cr_tar_header_read(const guint8 block[CR_TAR_BLOCK_BYTES], CrTarHeader *out)
{
  static const guint8 zeros[CR_TAR_BLOCK_BYTES];
  if (!memcmp(block, zeros, sizeof zeros))
    return out->kind = CR_TAR_END;
  gboolean understood = has_right_sum(block) && has_number_shapes(block) &&
                        read_number(block, size_field, &out->size) && read_name(block, out);
  return out->kind = understood ? read_kind(block, out) : CR_TAR_UNKNOWN;
}
