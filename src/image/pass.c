/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of one pass: reading with the digest of the raw bytes; inflating; the digests of the plain bytes and of the
 * files in them (pass-digests.c); and here, in the caller's thread, tar and the collectors. The plain bytes go through
 * a ring that both of the last two read. */
#include "image/pass.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/apart.h"
#include "image/pass-entries.h"
#include "image/pass-plain.h"

/* ---- a source that is hashed and counted as it is read ---- */

typedef struct {
  CrStream stream;
  CrStream *source;
  CrDigest *digest; /* NULL: nobody asked */
  const CrPassOptions *options;
} Hashed;

static gssize hashed_next(CrStream *stream, const guint8 **data, GError **error)
{
  Hashed *self = (Hashed *)stream;
  gssize n = cr_stream_next(self->source, data, error);
  if (n > 0 && self->digest)
    cr_digest_update(self->digest, *data, (gsize)n);
  if (n > 0 && self->options->progress)
    self->options->progress((guint64)n, self->options->progress_data);
  return n;
}

static gssize hashed_read(CrStream *stream, guint8 *buffer, gsize size, GError **error)
{
  Hashed *self = (Hashed *)stream;
  gssize n = self->source->class->read(self->source, buffer, size, error);
  if (n > 0 && self->digest)
    cr_digest_update(self->digest, buffer, (gsize)n);
  if (n > 0 && self->options->progress)
    self->options->progress((guint64)n, self->options->progress_data);
  return n;
}

static void hashed_free(CrStream *stream)
{
  Hashed *self = (Hashed *)stream;
  cr_stream_free(self->source);
  g_free(self); /* the digest is the pass's own: it is asked for after the last byte */
}

static const CrStreamClass hashed_class = {.next = hashed_next, .free = hashed_free};
static const CrStreamClass hashed_reading_class = {.next = hashed_next, .free = hashed_free, .read = hashed_read};

/* ---- tar ---- */

typedef struct {
  const CrPassOptions *options;
  CrPlain *plain;
  guint64 given;  /* plain bytes that libarchive got */
  gboolean ended; /* the bytes ended before libarchive saw the end mark of two zero blocks */
  struct archive *archive;
  CrEntries entries;
  guint32 number; /* of the digest of the file read last, or 0 */
  guint64 end;    /* where the header behind it must be */
  guint64 holes;  /* bytes of files with holes that were hashed */
  guint8 *memory; /* for one file, up to CR_LIMIT_FILE_MEMORY */
  gsize memory_room;
} Tar;

static const GError *get_error(Tar *tar)
{
  return tar->plain->class->get_error(tar->plain);
}

static la_ssize_t on_read(struct archive *archive, void *data, const void **buffer)
{
  Tar *tar = data;
  const guint8 *bytes = NULL;
  /* it wants more: what it has is understood */
  gssize n = tar->plain->class->next(tar->plain, tar->given, &bytes);
  if (n < 0) {
    archive_set_error(archive, EIO, "%s", get_error(tar)->message);
    return ARCHIVE_FATAL;
  }
  tar->ended |= n == 0;
  tar->given += (guint64)n;
  *buffer = bytes;
  return n;
}

static void add_problem(Tar *tar, const char *where, const char *what)
{
  cr_layer_writer_add_problem(tar->entries.writer, CR_PROBLEM_PARTIAL, where, what);
}

#define TAR_BLOCK 512U

typedef struct {
  guint32 number;         /* of its digest */
  guint64 start;          /* of its data in the plain bytes */
  gboolean sparse, empty; /* with holes; of nothing else */
} Content;

/* The whole content of the current file, whose first block is there already; sparse gaps are zeros. */
static gboolean read_content(Tar *tar, guint64 size, const guint8 *block, gsize block_bytes, gint64 block_offset,
                             CrFile *file, GError **error)
{
  memset(file, 0, sizeof *file);
  file->size = size;
  file->fd = -1;
  if (block_offset == 0 && block_bytes == size) {
    file->memory = block; /* the ring's own bytes: nothing is copied */
    return TRUE;
  }
  gboolean large = size > CR_LIMIT_FILE_MEMORY;
  if (large) {
    file->fd = cr_cache_open_temporary(tar->options->cache, size);
    file->own_fd = TRUE;
    if (file->fd < 0 || ftruncate(file->fd, (off_t)size) != 0) {
      cr_error_set_errno(error, errno, "cannot make a temporary file of %" G_GUINT64_FORMAT " bytes", size);
      return FALSE;
    }
  } else {
    if (tar->memory_room < size) {
      g_free(tar->memory);
      tar->memory_room = (gsize)MIN(MAX(size, 256 * CR_KIB) * 2, CR_LIMIT_FILE_MEMORY);
      tar->memory = g_malloc(tar->memory_room);
    }
    file->memory = tar->memory;
  }
  guint64 end = 0;
  for (;;) {
    if (block_offset < 0 || (guint64)block_offset > size || block_bytes > size - (guint64)block_offset ||
        (guint64)block_offset < end) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "its content is larger than its header says");
      return FALSE;
    }
    if (!large) {
      memset(tar->memory + end, 0, (gsize)((guint64)block_offset - end));
      memcpy(tar->memory + block_offset, block, block_bytes);
    } else if (pwrite(file->fd, block, block_bytes, (off_t)block_offset) != (gssize)block_bytes) {
      cr_error_set_errno(error, errno ? errno : ENOSPC, "cannot write a temporary file of %" G_GUINT64_FORMAT " bytes",
                         size);
      return FALSE;
    }
    end = (guint64)block_offset + block_bytes;
    const void *next = NULL;
    size_t bytes = 0;
    la_int64_t offset = 0;
    int rc = archive_read_data_block(tar->archive, &next, &bytes, &offset);
    if (rc == ARCHIVE_EOF)
      break;
    if (rc != ARCHIVE_OK) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", archive_error_string(tar->archive));
      return FALSE;
    }
    block = next;
    block_bytes = bytes;
    block_offset = offset;
  }
  if (!large)
    memset(tar->memory + end, 0, (gsize)(size - end));
  return TRUE;
}

/* ---- digests of files ---- */

/* A file whose bytes stand in the tar as they are is hashed where the tar is; one with holes is put together here. */
static void tell_digests(Tar *tar, struct archive_entry *raw, const CrEntry *entry, Content *content)
{
  content->number = cr_layer_writer_number_digest(tar->entries.writer);
  content->start = (guint64)archive_filter_bytes(tar->archive, -1);
  content->sparse = archive_entry_sparse_count(raw) > 0;
  if (content->sparse)
    return;
  tar->plain->class->tell(tar->plain, content->number, content->start, entry->size);
  tar->number = content->number;
  tar->end = (content->start + entry->size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

/* At the next header: did the file before it take as many bytes as its size says? A tar can say one and do another. */
static void check_end(Tar *tar)
{
  if (tar->number && (guint64)archive_read_header_position(tar->archive) != tar->end)
    tar->plain->class->withdraw(tar->plain, tar->number);
  tar->number = 0;
}

static void hash_here(Tar *tar, const Content *content, CrFile *file)
{
  static const guint8 zeros[64 * CR_KIB];
  g_autoptr(CrDigest) digest = cr_digest_new();
  for (guint64 at = 0; at < file->size;) {
    gsize size = (gsize)MIN(sizeof zeros, file->size - at);
    const guint8 *data = content->empty ? zeros : cr_file_peek(file, at, size);
    if (!data)
      return;
    cr_digest_update(digest, data, size);
    at += size;
  }
  guint8 bytes[CR_DIGEST_BYTES];
  cr_digest_finish_bytes(digest, bytes);
  tar->plain->class->give(tar->plain, content->number, content->start, bytes);
}

/* A file of nothing but holes may not say so in its header. */
static gboolean is_to_be_hashed_here(Tar *tar, const CrEntry *entry, Content *content)
{
  if (content->empty && !content->sparse) {
    tar->plain->class->withdraw(tar->plain, content->number);
    tar->number = 0;
    content->number = cr_layer_writer_number_digest(tar->entries.writer);
  }
  if (!content->empty && !content->sparse)
    return FALSE;
  if (entry->size > CR_LIMIT_FILE_BYTES || entry->size > CR_LIMIT_HOLE_BYTES - tar->holes)
    return FALSE;
  tar->holes += entry->size;
  return TRUE;
}

/* ---- a file ---- */

/* A read of a file's data that fails is the end of the whole layer: nothing behind it can be trusted. */
static gboolean collect_file(Tar *tar, struct archive_entry *raw, const CrEntry *entry, GError **error)
{
  Content content = {0};
  tell_digests(tar, raw, entry, &content);
  const void *block = NULL;
  size_t bytes = 0;
  la_int64_t offset = 0;
  int rc = archive_read_data_block(tar->archive, &block, &bytes, &offset);
  content.empty = rc == ARCHIVE_EOF;
  if (content.empty)
    bytes = 0;
  else if (rc != ARCHIVE_OK) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", archive_error_string(tar->archive));
    return FALSE;
  }
  guint64 wanted = cr_entries_ask_collectors(&tar->entries, entry, offset == 0 ? block : NULL,
                                             offset == 0 ? MIN(bytes, CR_COLLECT_HEAD_BYTES) : 0);
  gboolean hash = is_to_be_hashed_here(tar, entry, &content);
  if (wanted && entry->size > CR_LIMIT_FILE_BYTES) {
    add_problem(tar, entry->path, "not examined: larger than 4 GiB");
    return TRUE;
  }
  if (!wanted && !hash)
    return TRUE;
  CrFile file = {.size = entry->size, .fd = -1};
  GError *cause = NULL;
  gboolean ok = content.empty || read_content(tar, entry->size, block, bytes, offset, &file, &cause);
  if (ok && hash)
    hash_here(tar, &content, &file);
  if (ok && wanted && !content.empty)
    cr_entries_collect(&tar->entries, entry, wanted, &file);
  cr_file_clear(&file);
  if (!ok && wanted) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  g_clear_error(&cause); /* without its digest; if the tar is broken, the next header tells */
  return TRUE;
}

static gboolean get_type(struct archive_entry *raw, CrEntryType *type)
{
  if (archive_entry_hardlink(raw)) {
    *type = CR_ENTRY_HARDLINK;
    return TRUE;
  }
  switch (archive_entry_filetype(raw)) {
  case AE_IFREG:
    *type = CR_ENTRY_FILE;
    return TRUE;
  case AE_IFDIR:
    *type = CR_ENTRY_DIR;
    return TRUE;
  case AE_IFLNK:
    *type = CR_ENTRY_SYMLINK;
    return TRUE;
  case AE_IFCHR:
    *type = CR_ENTRY_CHAR;
    return TRUE;
  case AE_IFBLK:
    *type = CR_ENTRY_BLOCK;
    return TRUE;
  case AE_IFIFO:
    *type = CR_ENTRY_FIFO;
    return TRUE;
  case AE_IFSOCK:
    *type = CR_ENTRY_SOCKET;
    return TRUE;
  default:
    return FALSE;
  }
}

/* A symbolic link's target is kept as it is; a hard link names a member, by the same rules as a member's own name. */
static gboolean take_target(Tar *tar, struct archive_entry *raw, CrEntry *entry, char **target, const char **why)
{
  if (entry->type == CR_ENTRY_SYMLINK) {
    const char *text = archive_entry_symlink(raw);
    if (!text || strlen(text) > CR_LIMIT_PATH_BYTES) {
      *why = "has a link target longer than any file system allows";
      return FALSE;
    }
    *target = g_strdup(text);
  } else if (entry->type == CR_ENTRY_HARDLINK) {
    CrEntries *names = g_new0(CrEntries, 1);
    gsize bytes = 0;
    CrNameKind kind = cr_entries_take_name(names, archive_entry_hardlink(raw), &bytes, why);
    *target = kind == CR_NAME_REFUSED ? NULL : g_strdup(names->path);
    g_free(names);
    if (!*target)
      return FALSE;
  }
  entry->target = *target;
  (void)tar;
  return TRUE;
}

static gboolean take_entry(Tar *tar, struct archive_entry *raw, GError **error)
{
  g_autofree char *target = NULL;
  const char *name = archive_entry_pathname(raw), *why = NULL;
  g_autofree char *place = g_strdup_printf("entry %" G_GUINT64_FORMAT, tar->entries.entries);
  if (!name) {
    add_problem(tar, place, "left out: its name cannot be read");
    return TRUE;
  }
  CrEntry entry = {.path = tar->entries.path};
  CrNameKind kind = cr_entries_take_name(&tar->entries, name, &entry.path_bytes, &why);
  if (kind == CR_NAME_IGNORED)
    return TRUE;
  if (kind == CR_NAME_REFUSED || !get_type(raw, &entry.type)) {
    g_autofree char *text =
        g_strdup_printf("left out: '%.200s' %s", name, why ? why : "is of a type that careen does not know");
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    add_problem(tar, place, valid);
    return TRUE;
  }
  entry.mode = (guint32)archive_entry_perm(raw);
  entry.uid = (guint32)archive_entry_uid(raw);
  entry.gid = (guint32)archive_entry_gid(raw);
  entry.mtime = (gint64)archive_entry_mtime(raw);
  if (kind == CR_NAME_WHITEOUT || kind == CR_NAME_OPAQUE) {
    entry.type = kind == CR_NAME_WHITEOUT ? CR_ENTRY_WHITEOUT : CR_ENTRY_OPAQUE;
    return cr_layer_writer_add(tar->entries.writer, &entry, error);
  }
  if (!entry.path_bytes && entry.type != CR_ENTRY_DIR)
    return TRUE; /* the root is a folder, whatever a member named "." or "" claims */
  if (!take_target(tar, raw, &entry, &target, &why)) {
    add_problem(tar, entry.path, why);
    return TRUE;
  }
  if (entry.type == CR_ENTRY_FILE) {
    entry.size = (guint64)MAX(archive_entry_size(raw), 0);
    if (entry.size && !collect_file(tar, raw, &entry, error))
      return FALSE;
  }
  return cr_layer_writer_add(tar->entries.writer, &entry, error);
}

static void set_tar_error(Tar *tar, GError **error)
{
  const GError *cause = get_error(tar);
  if (cause)
    g_set_error(error, cause->domain, cause->code, "%s", cause->message);
  else if (!tar->entries.entries)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it is no tar");
  else
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "entry %" G_GUINT64_FORMAT ": %s", tar->entries.entries,
                archive_error_string(tar->archive));
}

static gboolean walk_tar(Tar *tar, GError **error)
{
  struct archive_entry *raw = NULL;
  for (;;) {
    int rc = archive_read_next_header(tar->archive, &raw);
    check_end(tar);
    if (rc == ARCHIVE_EOF)
      return TRUE;
    if (rc == ARCHIVE_FATAL || rc == ARCHIVE_FAILED || rc == ARCHIVE_RETRY) {
      set_tar_error(tar, error);
      return FALSE;
    }
    if (++tar->entries.entries > CR_LIMIT_LAYER_ENTRIES) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "has more than %u entries", CR_LIMIT_LAYER_ENTRIES);
      return FALSE;
    }
    GError *cause = NULL;
    if (take_entry(tar, raw, &cause))
      continue;
    if (get_error(tar)) {
      g_clear_error(&cause);
      set_tar_error(tar, error);
    } else {
      g_propagate_prefixed_error(error, cause, "entry %" G_GUINT64_FORMAT ": ", tar->entries.entries);
    }
    return FALSE;
  }
}

static gboolean read_tar(Tar *tar, GError **error)
{
  /* libarchive asks the locale how to read pax names, which are UTF-8; in the thread's own locale, so that nobody else
   * is touched. */
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
  tar->archive = archive_read_new();
  archive_read_support_format_tar(tar->archive);
  archive_read_support_format_empty(tar->archive);
  gboolean ok = archive_read_open(tar->archive, tar, NULL, on_read, NULL) == ARCHIVE_OK;
  if (!ok)
    set_tar_error(tar, error);
  ok = ok && walk_tar(tar, error);
  /* With a digest the bytes are known to be all there, and some writers leave the mark out. */
  if (ok && tar->ended && !tar->options->expected_diff_id)
    add_problem(tar, "", "the end mark of a tar is missing: it may be cut short");
  archive_read_free(tar->archive);
  if (utf8) {
    uselocale(before);
    freelocale(utf8);
  }
  g_free(tar->memory);
  return ok;
}

/* ---- the whole ---- */

gboolean cr_pass_check_digest(const char *what, const char *expected, const char *got, GError **error)
{
  if (!expected || !strcmp(expected, got))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "%s is %s, but the image says %s: the bytes are not what was signed for",
              what, got, expected);
  return FALSE;
}

static void note_trailing(CrLayerWriter *writer, const CrTrailing *trailing)
{
  if (trailing->trailing_zeros)
    cr_layer_writer_add_problem(writer, CR_PROBLEM_NOTE, "", "zero padding behind the compressed data");
  if (trailing->trailing_bytes) {
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " bytes behind the compressed data were not read",
                                            trailing->trailing_bytes);
    cr_layer_writer_add_problem(writer, CR_PROBLEM_PARTIAL, "", text);
  }
}

/* What stands behind the end of the tar is hashed all the same. */
static gboolean read_rest(Tar *tar, GError **error)
{
  const guint8 *rest = NULL;
  gssize n = 1;
  while (n > 0) {
    n = tar->plain->class->next(tar->plain, tar->given, &rest);
    tar->given += (guint64)MAX(n, 0);
  }
  if (n < 0)
    set_tar_error(tar, error);
  return n == 0;
}

char *cr_pass_index(CrPlain *plain, CrLayerWriter *writer, const CrPassOptions *options, guint64 *bytes, GError **error)
{
  Tar tar = {.options = options, .plain = plain};
  CrTrailing trailing = {0};
  tar.entries.collectors = options->collectors;
  tar.entries.writer = writer;
  tar.entries.whiteouts = TRUE;
  gboolean ok = read_tar(&tar, error) && read_rest(&tar, error);
  char *diff_id = plain->class->finish(plain, ok, &trailing);
  note_trailing(writer, &trailing);
  *bytes = tar.given;
  return diff_id;
}

static CrStream *new_hashed(CrStream *stream, const CrPassOptions *options, CrDigest *digest)
{
  Hashed *hashed = g_new0(Hashed, 1);
  hashed->stream.class = stream->class->read ? &hashed_reading_class : &hashed_class;
  hashed->source = stream;
  hashed->digest = digest;
  hashed->options = options;
  return &hashed->stream;
}

CrLayer *cr_pass_read_layer(CrStream *stream, const CrPassOptions *options, GError **error)
{
  if (options->apart)
    return cr_apart_read_layer(stream, options, error);
  g_autoptr(CrLayerWriter) writer = cr_layer_writer_new(options->cache, options->collectors, 0, error);
  if (!writer) {
    cr_stream_free(stream);
    return NULL;
  }
  CrTrailing trailing = {0};
  g_autoptr(CrDigest) raw_digest = options->expected_digest ? cr_digest_new() : NULL;
  CrStream *source =
      cr_stream_new_decompress(cr_stream_new_threaded(new_hashed(stream, options, raw_digest)), &trailing);
  GError *cause = NULL;
  guint64 bytes = 0;
  CrPlain *plain = cr_plain_new(source, &trailing, cr_layer_writer_get_digests(writer));
  g_autofree char *diff_id = cr_pass_index(plain, writer, options, &bytes, &cause);
  cr_stream_free(source);
  g_autofree char *digest = raw_digest && diff_id ? cr_digest_finish(raw_digest) : NULL;
  gboolean ok = diff_id && (!digest || cr_pass_check_digest("its digest", options->expected_digest, digest, &cause)) &&
                cr_pass_check_digest("its diff_id", options->expected_diff_id, diff_id, &cause);
  CrLayer *layer = ok ? cr_layer_writer_finish(writer, diff_id, bytes, options->keep, &cause) : NULL;
  if (!layer)
    g_propagate_prefixed_error(error, cause, "cannot read %s: ", options->name);
  return layer;
}
