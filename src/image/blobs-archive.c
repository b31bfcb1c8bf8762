/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a tar as blobs; how and why in blobs.h. Headers of a plain tar are read here as long as all of them
 * are plain (tar-header.h); else libarchive reads them all. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/blobs-private.h"
#include "image/source-private.h"
#include "image/tar-header.h"

#define HEADER_BYTES 16384U /* read at once while walking over a plain tar: a few headers */
#define LINK_HOPS    8U
#define SNIFF_MARGIN 16U

typedef struct {
  char *name;
  char *link; /* where a link leads, normalised; NULL for a file */
  guint64 number, offset, size;
  GBytes *content; /* of a compressed archive's document */
} Member;

typedef struct {
  CrBlobs blobs;
  gboolean compressed;
  guint64 file_bytes;
  GHashTable *members; /* name → Member; the later of two wins, as when unpacked */
  guint64 kept_bytes;
} Archive;

static void member_free(gpointer data)
{
  Member *member = data;
  g_free(member->name);
  g_free(member->link);
  if (member->content)
    g_bytes_unref(member->content);
  g_free(member);
}

/* "./a//b/../c" → "a/c". NULL: leads out, or is longer than any member's name of an image. */
static char *normalise(const char *folder, const char *raw)
{
  g_autoptr(GString) out = g_string_new(*raw == '/' ? "" : folder);
  while (*raw) {
    gsize size = strcspn(raw, "/");
    if (size == 2 && !strncmp(raw, "..", 2)) {
      const char *slash = strrchr(out->str, '/');
      if (!out->len)
        return NULL;
      g_string_truncate(out, slash ? (gsize)(slash - out->str) : 0);
    } else if (size && !(size == 1 && *raw == '.')) {
      if (out->len)
        g_string_append_c(out, '/');
      g_string_append_len(out, raw, (gssize)size);
    }
    raw += size + (raw[size] == '/');
    if (out->len > CR_LIMIT_ARCHIVE_NAME)
      return NULL;
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ---- one reading of the tar, from the file's headers or from a decompressed stream ---- */

typedef struct {
  Archive *archive;
  struct archive *handle;
  CrStream *stream; /* of a compressed one */
  guint64 at;       /* in a plain one */
  GError *failed;   /* of the stream */
  guint8 buffer[HEADER_BYTES];
} Walk;

static la_ssize_t on_read(struct archive *handle, void *data, const void **buffer)
{
  Walk *walk = data;
  if (walk->stream) {
    const guint8 *bytes = NULL;
    gssize n = walk->failed ? -1 : cr_stream_next(walk->stream, &bytes, &walk->failed);
    *buffer = bytes;
    if (n < 0)
      archive_set_error(handle, EIO, "%s", walk->failed->message);
    return n < 0 ? ARCHIVE_FATAL : n;
  }
  gssize n;
  do {
    n = pread(walk->archive->blobs.fd, walk->buffer, sizeof walk->buffer, (off_t)walk->at);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    archive_set_error(handle, errno, "%s", g_strerror(errno));
    return ARCHIVE_FATAL;
  }
  walk->at += (guint64)n;
  *buffer = walk->buffer;
  return n;
}

static la_int64_t on_skip(struct archive *handle, void *data, la_int64_t request)
{
  Walk *walk = data;
  (void)handle;
  if (walk->stream || request <= 0)
    return 0;
  guint64 left = walk->archive->file_bytes - MIN(walk->at, walk->archive->file_bytes);
  guint64 skip = MIN((guint64)request, left);
  walk->at += skip;
  return (la_int64_t)skip;
}

static gboolean walk_open(Walk *walk, Archive *archive)
{
  memset(walk, 0, sizeof *walk);
  walk->archive = archive;
  if (archive->compressed)
    walk->stream = cr_stream_new_decompress(cr_stream_new_fd(archive->blobs.fd, 0, archive->file_bytes), NULL);
  walk->handle = archive_read_new();
  archive_read_support_format_tar(walk->handle);
  archive_read_support_format_empty(walk->handle);
  return archive_read_open2(walk->handle, walk, NULL, on_read, on_skip, NULL) == ARCHIVE_OK;
}

static void walk_close(Walk *walk)
{
  archive_read_free(walk->handle);
  cr_stream_free(walk->stream);
  g_clear_error(&walk->failed);
}

static void set_walk_error(Walk *walk, GError **error)
{
  if (walk->failed)
    g_set_error(error, walk->failed->domain, walk->failed->code, "%s", walk->failed->message);
  else
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", archive_error_string(walk->handle));
}

/* ---- a member as a stream ---- */

typedef struct {
  CrStream stream;
  Walk *walk;
  guint64 at, size;
} MemberStream;

static gssize member_next(CrStream *stream, const guint8 **data, GError **error)
{
  MemberStream *self = (MemberStream *)stream;
  const void *block = NULL;
  size_t bytes = 0;
  la_int64_t offset = 0;
  int rc = ARCHIVE_OK;
  do {
    rc = archive_read_data_block(self->walk->handle, &block, &bytes, &offset);
  } while (rc == ARCHIVE_OK && !bytes);
  if (rc == ARCHIVE_EOF && self->at == self->size)
    return 0;
  if (rc == ARCHIVE_OK && (guint64)offset == self->at) {
    self->at += bytes;
    *data = block;
    return (gssize)bytes;
  }
  if (rc == ARCHIVE_OK || rc == ARCHIVE_EOF)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it is stored with holes, which no tool that writes images does");
  else
    set_walk_error(self->walk, error);
  return -1;
}

static void member_stream_free(CrStream *stream)
{
  g_free(stream);
}

static const CrStreamClass member_stream_class = {.next = member_next, .free = member_stream_free};

static CrStream *member_stream_new(Walk *walk, guint64 size)
{
  MemberStream *self = g_new0(MemberStream, 1);
  self->stream.class = &member_stream_class;
  self->walk = walk;
  self->size = size;
  return &self->stream;
}

/* ---- the index ---- */

/* A small member that begins like JSON is kept. What fails here fails again, with words, when it is asked for. */
static GBytes *keep_document(Walk *walk, guint64 size)
{
  Archive *archive = walk->archive;
  if (!size || size > CR_LIMIT_DOCUMENT_BYTES || archive->kept_bytes + size > CR_LIMIT_ARCHIVE_DOCUMENTS)
    return NULL;
  g_autoptr(CrStream) stream = member_stream_new(walk, size);
  const guint8 *data = NULL;
  gssize n = cr_stream_next(stream, &data, NULL);
  gssize i = 0;
  while (i < n && g_ascii_isspace(data[i]))
    i++;
  if (i >= n || (data[i] != '{' && data[i] != '['))
    return NULL;
  GByteArray *all = g_byte_array_sized_new((guint)size);
  while (n > 0) {
    g_byte_array_append(all, data, (guint)n);
    n = cr_stream_next(stream, &data, NULL);
  }
  archive->kept_bytes += all->len;
  g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(all);
  return g_bytes_get_size(bytes) == size ? g_steal_pointer(&bytes) : NULL;
}

/* What a header says. */
typedef struct {
  const char *name; /* NULL: cannot be read */
  const char *hard, *soft;
  gboolean is_file;
  guint64 size, offset;
} Listed;

/* The member that LISTED makes, or NULL for what is no blob. */
static Member *take_member(Archive *archive, const Listed *listed, guint64 number)
{
  g_autofree char *name = listed->name ? normalise("", listed->name) : NULL;
  if (!name || !*name || (!listed->hard && !listed->soft && !listed->is_file))
    return NULL;
  Member *member = g_new0(Member, 1);
  member->name = g_steal_pointer(&name);
  member->number = number;
  if (listed->hard || listed->soft) {
    g_autofree char *folder = g_path_get_dirname(member->name);
    member->link =
        normalise(listed->soft && strcmp(folder, ".") != 0 ? folder : "", listed->hard ? listed->hard : listed->soft);
    if (!member->link)
      member->link = g_strdup(""); /* leads out: to nothing */
  } else {
    member->size = listed->size;
    member->offset = listed->offset;
  }
  g_hash_table_replace(archive->members, member->name, member);
  return member;
}

/* Could NAME be of an archive of images? The names that writers use: blobs/…, HEX…, sha256:HEX, *.json, *.tar,
 * *.tar.gz, oci-layout, repositories. */
static gboolean is_likely(const char *name)
{
  while (g_str_has_prefix(name, "./"))
    name += 2;
  gsize top = strcspn(name, "/");
  gsize hex = strspn(name, "0123456789abcdef");
  if (hex >= 64 || g_str_has_prefix(name, "sha256:") || (top == 5 && !strncmp(name, "blobs", 5)))
    return TRUE;
  return !name[top] && (g_str_has_suffix(name, ".json") || strstr(name, ".tar") || !strcmp(name, "oci-layout") ||
                        !strcmp(name, "repositories"));
}

static void set_damage(Archive *archive, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void set_damage(Archive *archive, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (!archive->blobs.damage)
    archive->blobs.damage = g_strdup_vprintf(format, args);
  va_end(args);
}

/* By the names seen so far: could it be an archive of images? */
typedef struct {
  gboolean wanted; /* does anybody ask? */
  guint odd, usual;
} Sniff;

static gboolean sniff_name(Sniff *sniff, const char *name)
{
  if (name && is_likely(name))
    sniff->usual++;
  else
    sniff->odd++;
  return !sniff->wanted || sniff->odd <= sniff->usual + SNIFF_MARGIN;
}

/* The header at AT, by way of a window of the file. */
static const guint8 *peek_header(Walk *walk, guint64 at, gsize *held)
{
  if (at < walk->at || at + CR_TAR_BLOCK_BYTES > walk->at + *held) {
    gssize n = pread(walk->archive->blobs.fd, walk->buffer, sizeof walk->buffer, (off_t)at);
    walk->at = at;
    *held = n > 0 ? (gsize)n : 0;
  }
  return *held >= at - walk->at + CR_TAR_BLOCK_BYTES ? walk->buffer + (at - walk->at) : NULL;
}

/* All members of a plain tar. FALSE: something in it is libarchive's to read. */
static gboolean index_plain(Archive *archive, Sniff *sniff, gboolean *likely)
{
  Walk walk = {.archive = archive};
  CrTarHeader header;
  gsize held = 0;
  guint64 at = 0;
  for (guint64 count = 0; *likely && count < CR_LIMIT_ARCHIVE_MEMBERS; count++) {
    const guint8 *block = peek_header(&walk, at, &held);
    CrTarKind kind = block ? cr_tar_header_read(block, &header) : CR_TAR_UNKNOWN;
    if (kind == CR_TAR_END)
      return count > 0;
    guint64 start = at + CR_TAR_BLOCK_BYTES, size = kind == CR_TAR_FILE ? header.size : 0;
    if (kind == CR_TAR_UNKNOWN || start > archive->file_bytes || size > archive->file_bytes - start)
      return FALSE;
    *likely = sniff_name(sniff, header.name);
    take_member(archive,
                &(Listed){.name = header.name,
                          .hard = kind == CR_TAR_HARD_LINK ? header.link : NULL,
                          .soft = kind == CR_TAR_SOFT_LINK ? header.link : NULL,
                          .is_file = kind == CR_TAR_FILE,
                          .size = size,
                          .offset = start},
                count);
    at = start + (size + CR_TAR_BLOCK_BYTES - 1) / CR_TAR_BLOCK_BYTES * CR_TAR_BLOCK_BYTES;
  }
  return !*likely;
}

static void take_entry(Walk *walk, struct archive_entry *entry, guint64 number)
{
  const Listed listed = {.name = archive_entry_pathname(entry),
                         .hard = archive_entry_hardlink(entry),
                         .soft = archive_entry_symlink(entry),
                         .is_file = archive_entry_filetype(entry) == AE_IFREG,
                         .size = (guint64)MAX(archive_entry_size(entry), 0),
                         .offset = (guint64)archive_filter_bytes(walk->handle, 0)};
  Member *member = take_member(walk->archive, &listed, number);
  if (member && !member->link && walk->stream)
    member->content = keep_document(walk, member->size);
}

/* FALSE: no archive of images, by the names of its members. */
static gboolean index_any(Archive *archive, Sniff *sniff)
{
  Walk walk;
  struct archive_entry *entry = NULL;
  gboolean ok = walk_open(&walk, archive), likely = TRUE;
  guint64 end = 0, count = 0;
  int rc = ok ? ARCHIVE_OK : ARCHIVE_FATAL;
  while (rc >= ARCHIVE_WARN && likely && (rc = archive_read_next_header(walk.handle, &entry)) >= ARCHIVE_WARN &&
         rc != ARCHIVE_EOF) {
    if (count == CR_LIMIT_ARCHIVE_MEMBERS) {
      set_damage(archive, "it has more than %u members", CR_LIMIT_ARCHIVE_MEMBERS);
      break;
    }
    likely = sniff_name(sniff, archive_entry_pathname(entry));
    guint64 at = (guint64)archive_filter_bytes(walk.handle, 0);
    guint64 size = archive_entry_hardlink(entry) ? 0 : (guint64)MAX(archive_entry_size(entry), 0);
    end = size > G_MAXINT64 - at ? G_MAXINT64 : at + size;
    take_entry(&walk, entry, count++);
  }
  if (rc < ARCHIVE_WARN) {
    g_autoptr(GError) cause = NULL;
    set_walk_error(&walk, &cause);
    set_damage(archive, "%s", cause->message);
  } else if (rc == ARCHIVE_EOF && !walk.stream && count) {
    /* A tar ends with a block of zeros. Without one it may have lost members. */
    if (end > archive->file_bytes)
      set_damage(archive, "cut short: its last member needs %" G_GUINT64_FORMAT " bytes more",
                 end - archive->file_bytes);
    else if ((end + CR_TAR_BLOCK_BYTES - 1) / CR_TAR_BLOCK_BYTES * CR_TAR_BLOCK_BYTES + CR_TAR_BLOCK_BYTES >
             archive->file_bytes)
      set_damage(archive, "cut short: the end mark of a tar is missing");
  }
  walk_close(&walk);
  return likely;
}

/* FALSE: no archive of images, by the names of its members (only when SNIFF). */
static gboolean index_members(Archive *archive, gboolean wanted)
{
  Sniff sniff = {.wanted = wanted};
  gboolean likely = TRUE;
  if (!archive->compressed && index_plain(archive, &sniff, &likely))
    return likely;
  g_hash_table_remove_all(archive->members);
  sniff = (Sniff){.wanted = wanted};
  return index_any(archive, &sniff);
}

static const Member *find_member(const Archive *archive, const char *name)
{
  const Member *member = g_hash_table_lookup(archive->members, name);
  for (guint hops = 0; member && member->link && hops < LINK_HOPS; hops++)
    member = g_hash_table_lookup(archive->members, member->link);
  return member && !member->link ? member : NULL;
}

static gboolean tar_find(const CrBlobs *blobs, const char *name, guint64 *size)
{
  const Member *member = find_member((const Archive *)blobs, name);
  if (member)
    *size = member->size;
  return member != NULL;
}

static GBytes *tar_load(const CrBlobs *blobs, const char *name, GError **error)
{
  const Archive *archive = (const Archive *)blobs;
  const Member *member = find_member(archive, name);
  if (!archive->compressed) {
    g_autoptr(CrStream) stream = cr_stream_new_fd(blobs->fd, member->offset, member->size);
    return cr_stream_read_all(stream, CR_LIMIT_DOCUMENT_BYTES, error);
  }
  if (member->content)
    return g_bytes_ref(member->content);
  if (blobs->damage)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", blobs->damage);
  else if (archive->kept_bytes + member->size > CR_LIMIT_ARCHIVE_DOCUMENTS)
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "the documents of the archive are more than %u MiB",
                (guint)(CR_LIMIT_ARCHIVE_DOCUMENTS / CR_MIB));
  else
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it is not JSON");
  return NULL;
}

/* ---- layers ---- */

typedef struct {
  Archive *archive;
  const CrBlobWanted *wanted;
  guint count;
  CrLayerVisit visit;
  gpointer data;
} Reading;

static gboolean read_plain(guint i, gpointer data, GError **error)
{
  const Reading *reading = data;
  const CrBlobWanted *wanted = &reading->wanted[i];
  const Member *member = find_member(reading->archive, wanted->name);
  CrStream *stream = cr_stream_new_fd(reading->archive->blobs.fd, member->offset, member->size);
  return reading->visit(wanted->layer, stream, wanted->digest, reading->data, error);
}

/* Which member is whose. A member may serve several layers under different names; equal layers are wanted once
 * (cr_source_read_layers), so the first is enough. */
static GHashTable *index_wanted(const Reading *reading)
{
  GHashTable *by_number = g_hash_table_new(g_int64_hash, g_int64_equal);
  for (guint i = 0; i < reading->count; i++) {
    const Member *member = find_member(reading->archive, reading->wanted[i].name);
    if (member && !g_hash_table_contains(by_number, &member->number))
      g_hash_table_insert(by_number, (gpointer)&member->number, (gpointer)&reading->wanted[i]);
  }
  return by_number;
}

static gboolean read_in_order(const Reading *reading, GError **error)
{
  Walk walk;
  struct archive_entry *entry = NULL;
  gboolean ok = walk_open(&walk, reading->archive);
  g_autoptr(GHashTable) by_number = index_wanted(reading);
  guint left = g_hash_table_size(by_number);
  for (guint64 number = 0; ok && left; number++) {
    int rc = archive_read_next_header(walk.handle, &entry);
    if (rc < ARCHIVE_WARN || rc == ARCHIVE_EOF) {
      ok = FALSE;
      break;
    }
    const CrBlobWanted *wanted = g_hash_table_lookup(by_number, &number);
    if (!wanted)
      continue;
    left--;
    CrStream *stream = member_stream_new(&walk, (guint64)MAX(archive_entry_size(entry), 0));
    if (!reading->visit(wanted->layer, stream, wanted->digest, reading->data, error)) {
      walk_close(&walk);
      return FALSE;
    }
  }
  if (!ok) {
    GError *cause = NULL;
    set_walk_error(&walk, &cause);
    g_propagate_prefixed_error(error, cause, "cannot read '%s': ", reading->archive->blobs.path);
  }
  walk_close(&walk);
  return ok;
}

static gboolean tar_read(CrBlobs *blobs, const CrBlobWanted *wanted, guint count, guint jobs, CrLayerVisit visit,
                         gpointer data, GError **error)
{
  Reading reading = {(Archive *)blobs, wanted, count, visit, data};
  return reading.archive->compressed ? read_in_order(&reading, error)
                                     : cr_source_run_jobs(count, jobs, read_plain, &reading, error);
}

static void tar_free(CrBlobs *blobs)
{
  Archive *archive = (Archive *)blobs;
  g_hash_table_unref(archive->members);
  g_free(archive);
}

static const CrBlobsClass tar_class = {tar_find, tar_load, tar_read, tar_free};

static Archive *open_file(const char *file, GError **error)
{
  int fd = cr_blobs_open_path(file, 0, error);
  struct stat st = {0};
  if (fd < 0)
    return NULL;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !st.st_size) {
    close(fd);
    if (S_ISREG(st.st_mode))
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s': it is empty", file);
    else
      cr_source_refuse_kind(file, st.st_mode, error);
    return NULL;
  }
  guint8 head[8];
  gssize n = pread(fd, head, sizeof head, 0);
  Archive *archive = g_new0(Archive, 1);
  archive->blobs.class = &tar_class;
  archive->blobs.path = g_strdup(file);
  archive->blobs.fd = fd;
  archive->file_bytes = (guint64)st.st_size;
  archive->compressed = cr_compression_detect(head, n > 0 ? (gsize)n : 0) != CR_COMPRESSION_NONE;
  archive->members = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, member_free);
  return archive;
}

/* Nothing in it is a member: in words, not libarchive's for what it knows no reason; NULL: it is a tar. */
static const char *find_no_tar(const Archive *archive)
{
  const char *damage = archive->blobs.damage;
  if (g_hash_table_size(archive->members) || !damage)
    return NULL;
  if (strcmp(damage, "Unrecognized archive format") != 0)
    return damage;
  return archive->compressed ? "what is compressed in it is no tar" : "it is no tar";
}

CrBlobs *cr_blobs_open_archive(const char *file, GError **error)
{
  Archive *archive = open_file(file, error);
  if (!archive)
    return NULL;
  index_members(archive, FALSE);
  const char *why = find_no_tar(archive);
  if (!why)
    return &archive->blobs;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': %s", file, why);
  cr_blobs_free(&archive->blobs);
  return NULL;
}

CrBlobs *cr_blobs_sniff_archive(const char *file, GError **error)
{
  Archive *archive = open_file(file, error);
  if (!archive)
    return NULL;
  gboolean likely = index_members(archive, TRUE);
  const char *why = likely ? find_no_tar(archive) : NULL;
  if (likely && !why)
    return &archive->blobs;
  if (why)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "%s", why);
  cr_blobs_free(&archive->blobs);
  return NULL;
}
