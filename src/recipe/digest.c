/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/digest.h"

#include <string.h>

#include "base/digest.h"

/* Bytes of IMAGE before its digest. */
static gsize measure_name(const char *image)
{
  return strcspn(image, "@");
}

/* Where the part begins that a digest stands behind, or is: "1.25" of "a/nginx:1.25", "nginx" of "a/nginx",
 * "sha256:…". */
static gsize find_part(const char *image)
{
  gsize length = measure_name(image), start = length;
  if (image[length] == '@')
    return length + 1;
  while (start && image[start - 1] != ':' && image[start - 1] != '/')
    start--;
  return start;
}

/* The piece that says the rest of IMAGE from START on, and *OFFSET, where in its text that is. NULL: several do. */
static const CrPiece *find_piece(const CrImageUse *use, gsize start, gsize *offset)
{
  gsize at = 0, end = strlen(use->image);
  for (guint i = 0; i < use->piece_count; i++) {
    gsize length = strlen(use->pieces[i].text);
    if (at <= start && start < at + length && at + length == end) {
      *offset = start - at;
      return &use->pieces[i];
    }
    at += length;
  }
  return NULL;
}

static gboolean is_same_name(const char *a, const char *b)
{
  gsize length = measure_name(a);
  return length == measure_name(b) && !strncmp(a, b, length);
}

static gboolean has_piece_at(const CrImageUse *use, const CrPlace *place)
{
  for (guint i = 0; i < use->piece_count; i++) {
    const CrPlace *it = &use->pieces[i].place;
    if (it->file && it->line == place->line && it->column == place->column && !strcmp(it->file, place->file))
      return TRUE;
  }
  return FALSE;
}

/* Another image that is said by the same piece. */
static const CrImageUse *find_other(const CrImageUse *use, const CrPiece *piece, const GPtrArray *all)
{
  for (guint i = 0; i < all->len; i++) {
    const CrImageUse *other = all->pdata[i];
    if (other != use && other->image && has_piece_at(other, &piece->place) && !is_same_name(other->image, use->image))
      return other;
  }
  return NULL;
}

/* digest: as a member of its own. */
static const CrFileChange *put_member(const CrInsertion *insertion, const char *digest, CrArena *arena,
                                      const char **why)
{
  *why = insertion->at.why;
  if (!insertion->at.place.file)
    return NULL;
  CrFileChange *change = cr_arena_new0(arena, CrFileChange);
  change->place = insertion->at.place;
  change->line = insertion->at.line;
  change->before = insertion->at.text;
  change->after = cr_arena_printf(arena, "%s%s%s", insertion->head, digest, insertion->tail);
  return change;
}

const CrFileChange *cr_image_use_put_digest(const CrImageUse *use, const char *digest, const GPtrArray *all,
                                            CrArena *arena, const char **why)
{
  *why = NULL;
  gsize start = find_part(use->image), offset = 0;
  gboolean has = start && use->image[start - 1] == '@';
  if (has && !strcmp(use->image + start, digest))
    return NULL;
  if (!cr_digest_is_valid(digest)) {
    *why = "that is no digest";
    return NULL;
  }
  const CrPiece *piece = find_piece(use, start, &offset);
  if (use->insertion && (!has || !piece || !piece->place.file))
    return put_member(use->insertion, digest, arena, why);
  if (!piece || !piece->place.file) {
    *why = piece                   ? piece->why
           : use->piece_count == 1 ? use->pieces[0].why
                                   : "the part that it stands behind is put together from several";
    return NULL;
  }
  const CrImageUse *other = find_other(use, piece, all);
  if (other) {
    *why = cr_arena_printf(arena, "%s%s says %s too (%s)", piece->variable ? "the variable " : "that place",
                           piece->variable ? piece->variable : "", other->image, other->name);
    return NULL;
  }
  CrFileChange *change = cr_arena_new0(arena, CrFileChange);
  change->place = piece->place;
  change->line = piece->line;
  change->before = piece->text;
  change->after = has ? cr_arena_printf(arena, "%.*s%s", (int)offset, piece->text, digest)
                      : cr_arena_printf(arena, "%s@%s", piece->text, digest);
  return change;
}
