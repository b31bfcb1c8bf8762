/* SPDX-License-Identifier: Apache-2.0 */
/* Facts go straight to the file. Entries gather in an arena as records; a full arena is sorted and spilled as a run to
 * an unlinked file, and at the end the runs are merged, so memory stays the same for any number of entries. */
#include "image/layer-write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/write-all.h"
#include "image/collect-private.h"
#include "image/layer-format.h"

#define SORT_BYTES   (12 * CR_MIB)
#define BUFFER_BYTES (256 * CR_KIB)
#define RUN_BUFFER   (64 * CR_KIB)
/* Targets of hard links are remembered for so many files with facts; beyond, the tree still resolves the link itself.
 */
#define LINK_TARGETS 200000U

/* A record in the arena and in a run: [u32 bytes of all][u32 sequence][u16 path bytes][u8 rank][u32 number of its
 * digest][path][rest as in the index]. */
#define RECORD_HEAD 15U

typedef struct {
  guint32 collector;
  guint64 offset, size;
} Fact;

struct CrLayerWriter {
  CrCacheFile *file;
  int fd;
  char *key;
  GPtrArray *names; /* of collectors, borrowed */
  GByteArray *buffer;
  guint64 written; /* bytes of the file so far, buffer included */
  CrLayerSum sum;
  GError *failed; /* sticky: a full disk */
  const CrCache *cache;

  CrSink sink;
  guint open_collector;
  guint64 open_offset;
  GArray *facts;          /* Fact, of the entry to come */
  GHashTable *link_facts; /* path → GArray of Fact */
  CrDigestRows *digests;
  guint32 digest_numbers; /* given so far */
  guint32 digest_number;  /* of the entry to come, or 0 */

  gsize sort_bytes;
  GByteArray *arena;
  GArray *offsets; /* guint32 of records in the arena */
  guint32 sequence;
  int run_fd;
  guint64 run_end;
  GArray *runs; /* guint64 start, end */
  GByteArray *scratch;

  GByteArray *problems;
  guint64 problem_count;
  GArray *blocks;    /* guint64 */
  GPtrArray *places; /* a GArray of guint32 for each collector */
  guint64 entries;
};

/* ---- the file ---- */

static void flush(CrLayerWriter *writer)
{
  if (!writer->failed) {
    cr_layer_sum_add(&writer->sum, writer->buffer->data, writer->buffer->len);
    cr_cache_file_write(writer->file, writer->buffer->data, writer->buffer->len, &writer->failed);
  }
  g_byte_array_set_size(writer->buffer, 0);
}

static void put(CrLayerWriter *writer, const void *data, gsize size)
{
  writer->written += size;
  while (size) {
    gsize n = MIN(size, BUFFER_BYTES - writer->buffer->len);
    g_byte_array_append(writer->buffer, data, (guint)n);
    data = (const guint8 *)data + n;
    size -= n;
    if (writer->buffer->len == BUFFER_BYTES)
      flush(writer);
  }
}

static void sink_write(gpointer owner, const void *data, gsize size)
{
  put(owner, data, size);
}

CrLayerWriter *cr_layer_writer_new(const CrCache *cache, const CrCollector *const *collectors, gsize sort_bytes,
                                   GError **error)
{
  CrCacheFile *file = cr_cache_create(cache, "layers", error);
  return file ? cr_layer_writer_new_in(file, cache, collectors, sort_bytes) : NULL;
}

CrLayerWriter *cr_layer_writer_new_in(CrCacheFile *file, const CrCache *cache, const CrCollector *const *collectors,
                                      gsize sort_bytes)
{
  CrLayerWriter *writer = g_new0(CrLayerWriter, 1);
  writer->cache = cache;
  writer->file = file;
  writer->fd = cr_cache_file_get_fd(file);
  writer->key = cr_collectors_get_key(collectors);
  writer->names = g_ptr_array_new();
  writer->places = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  for (guint i = 0; collectors[i]; i++) {
    g_ptr_array_add(writer->names, (gpointer)collectors[i]->name);
    g_ptr_array_add(writer->places, g_array_new(FALSE, FALSE, sizeof(guint32)));
  }
  writer->buffer = g_byte_array_sized_new(BUFFER_BYTES);
  writer->sink.write = sink_write;
  writer->sink.owner = writer;
  writer->facts = g_array_new(FALSE, FALSE, sizeof(Fact));
  writer->link_facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  writer->digests = cr_digest_rows_new(cache);
  writer->sort_bytes = sort_bytes ? sort_bytes : SORT_BYTES;
  writer->arena = g_byte_array_new();
  writer->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
  writer->run_fd = -1;
  writer->runs = g_array_new(FALSE, FALSE, sizeof(guint64));
  writer->scratch = g_byte_array_new();
  writer->problems = g_byte_array_new();
  writer->blocks = g_array_new(FALSE, FALSE, sizeof(guint64));
  cr_layer_sum_init(&writer->sum);
  if (lseek(writer->fd, sizeof(CrLayerHeader), SEEK_SET) < 0)
    cr_error_set_errno(&writer->failed, errno, "cannot write the layer index");
  writer->written = sizeof(CrLayerHeader);
  return writer;
}

void cr_layer_writer_free(CrLayerWriter *writer)
{
  if (!writer)
    return;
  cr_cache_file_discard(writer->file);
  if (writer->run_fd >= 0)
    close(writer->run_fd);
  g_free(writer->key);
  g_ptr_array_unref(writer->names);
  g_ptr_array_unref(writer->places);
  g_byte_array_unref(writer->buffer);
  g_array_unref(writer->facts);
  g_hash_table_unref(writer->link_facts);
  cr_digest_rows_free(writer->digests);
  g_byte_array_unref(writer->arena);
  g_array_unref(writer->offsets);
  g_array_unref(writer->runs);
  g_byte_array_unref(writer->scratch);
  g_byte_array_unref(writer->problems);
  g_array_unref(writer->blocks);
  g_clear_error(&writer->failed);
  g_free(writer);
}

/* ---- facts ---- */

CrSink *cr_layer_writer_begin_facts(CrLayerWriter *writer, guint collector)
{
  writer->open_collector = collector;
  writer->open_offset = writer->written;
  writer->sink.bytes = 0;
  return &writer->sink;
}

void cr_layer_writer_end_facts(CrLayerWriter *writer, gboolean keep)
{
  if (!keep || !writer->sink.bytes)
    return; /* bytes already written stay as a gap */
  Fact fact = {writer->open_collector, writer->open_offset - sizeof(CrLayerHeader), writer->sink.bytes};
  g_array_append_val(writer->facts, fact);
}

guint64 cr_layer_writer_get_facts_bytes(const CrLayerWriter *writer)
{
  return writer->written - sizeof(CrLayerHeader);
}

guint32 cr_layer_writer_number_digest(CrLayerWriter *writer)
{
  return writer->digest_number = ++writer->digest_numbers;
}

CrDigestRows *cr_layer_writer_get_digests(CrLayerWriter *writer)
{
  return writer->digests;
}

void cr_layer_writer_add_problem(CrLayerWriter *writer, CrProblemKind kind, const char *where, const char *what)
{
  if (writer->problem_count > CR_LIMIT_LAYER_PROBLEMS)
    return;
  if (++writer->problem_count > CR_LIMIT_LAYER_PROBLEMS) {
    where = "";
    what = "more problems of this kind are not listed";
  }
  guint8 byte = (guint8)kind;
  g_byte_array_append(writer->problems, &byte, 1);
  g_byte_array_append(writer->problems, (const guint8 *)where, (guint)strlen(where) + 1);
  g_byte_array_append(writer->problems, (const guint8 *)what, (guint)strlen(what) + 1);
}

/* ---- records and runs ---- */

typedef struct {
  const guint8 *data; /* whole record */
  guint32 bytes, sequence;
  guint16 path_bytes;
  guint8 rank;
  guint32 digest;
  const char *path;
} Record;

static Record read_record(const guint8 *data)
{
  Record record = {.data = data};
  memcpy(&record.bytes, data, 4);
  memcpy(&record.sequence, data + 4, 4);
  memcpy(&record.path_bytes, data + 8, 2);
  record.rank = data[10];
  memcpy(&record.digest, data + 11, 4);
  record.path = (const char *)data + RECORD_HEAD;
  return record;
}

static int compare_records(const Record *a, const Record *b)
{
  int order = cr_layer_compare_slices(a->path, a->path_bytes, b->path, b->path_bytes);
  if (order)
    return order;
  if (a->rank != b->rank)
    return a->rank < b->rank ? -1 : 1;
  return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

static int compare_offsets(gconstpointer a, gconstpointer b, gpointer arena)
{
  const guint8 *data = ((GByteArray *)arena)->data;
  Record x = read_record(data + *(const guint32 *)a), y = read_record(data + *(const guint32 *)b);
  return compare_records(&x, &y);
}

static void sort_arena(CrLayerWriter *writer)
{
  g_array_sort_with_data(writer->offsets, compare_offsets, writer->arena);
}

static gboolean spill(CrLayerWriter *writer, GError **error)
{
  if (writer->run_fd < 0)
    writer->run_fd = cr_cache_open_temporary(writer->cache, 0);
  if (writer->run_fd < 0) {
    cr_error_set_errno(error, errno, "cannot make a temporary file in '%s'", cr_cache_get_dir(writer->cache));
    return FALSE;
  }
  sort_arena(writer);
  guint64 start = writer->run_end;
  g_autoptr(GByteArray) out = g_byte_array_sized_new(RUN_BUFFER * 2);
  for (guint i = 0; i < writer->offsets->len; i++) {
    Record record = read_record(writer->arena->data + g_array_index(writer->offsets, guint32, i));
    g_byte_array_append(out, record.data, record.bytes);
    if (out->len < RUN_BUFFER && i + 1 < writer->offsets->len)
      continue;
    if (!cr_write_fully(writer->run_fd, out->data, out->len)) {
      cr_error_set_errno(error, errno, "cannot write a temporary file in '%s'", cr_cache_get_dir(writer->cache));
      return FALSE;
    }
    writer->run_end += out->len;
    g_byte_array_set_size(out, 0);
  }
  g_array_append_val(writer->runs, start);
  g_array_append_val(writer->runs, writer->run_end);
  g_byte_array_set_size(writer->arena, 0);
  g_array_set_size(writer->offsets, 0);
  return TRUE;
}

static void encode_rest(CrLayerWriter *writer, const CrEntry *entry, const GArray *facts)
{
  GByteArray *out = writer->scratch;
  guint8 type = (guint8)(entry->type | (facts->len ? 0x80 : 0));
  g_byte_array_append(out, &type, 1);
  cr_write_varint(out, entry->mode & 07777);
  cr_write_varint(out, entry->uid);
  cr_write_varint(out, entry->gid);
  cr_write_varint(out, ((guint64)entry->mtime << 1) ^ (guint64)(entry->mtime >> 63));
  cr_write_varint(out, entry->size);
  if (entry->type == CR_ENTRY_SYMLINK || entry->type == CR_ENTRY_HARDLINK) {
    gsize length = entry->target ? strlen(entry->target) : 0;
    cr_write_varint(out, length);
    g_byte_array_append(out, (const guint8 *)(entry->target ? entry->target : ""), (guint)length);
  }
  if (!facts->len)
    return;
  cr_write_varint(out, facts->len);
  for (guint i = 0; i < facts->len; i++) {
    const Fact *fact = &g_array_index(facts, Fact, i);
    cr_write_varint(out, fact->collector);
    cr_write_varint(out, fact->offset);
    cr_write_varint(out, fact->size);
  }
}

gboolean cr_layer_writer_add(CrLayerWriter *writer, const CrEntry *entry, GError **error)
{
  if (writer->failed) { /* no need to read on */
    g_propagate_error(error, g_error_copy(writer->failed));
    return FALSE;
  }
  const GArray *facts = writer->facts;
  if (entry->type == CR_ENTRY_HARDLINK && entry->target) {
    const GArray *of_target = g_hash_table_lookup(writer->link_facts, entry->target);
    facts = of_target ? of_target : facts;
  }
  g_byte_array_set_size(writer->scratch, RECORD_HEAD);
  g_byte_array_append(writer->scratch, (const guint8 *)entry->path, (guint)entry->path_bytes);
  encode_rest(writer, entry, facts);
  guint32 bytes = writer->scratch->len, sequence = writer->sequence++;
  guint16 path_bytes = (guint16)entry->path_bytes;
  guint8 *head = writer->scratch->data;
  memcpy(head, &bytes, 4);
  memcpy(head + 4, &sequence, 4);
  memcpy(head + 8, &path_bytes, 2);
  head[10] = (guint8)cr_layer_get_rank(entry->type);
  memcpy(head + 11, &writer->digest_number, 4);
  writer->digest_number = 0;
  if (facts->len && g_hash_table_size(writer->link_facts) < LINK_TARGETS)
    g_hash_table_insert(writer->link_facts, g_strdup(entry->path), g_array_copy((GArray *)facts));
  g_array_set_size(writer->facts, 0);
  if (writer->arena->len + bytes > writer->sort_bytes && writer->offsets->len && !spill(writer, error))
    return FALSE;
  guint32 offset = writer->arena->len;
  g_byte_array_append(writer->arena, writer->scratch->data, bytes);
  g_array_append_val(writer->offsets, offset);
  return TRUE;
}

/* ---- merging ---- */

/* One run being read; the current record is at `data`. */
typedef struct {
  int fd;
  guint64 at, end;
  GByteArray *buffer;
  guint start;
  Record record;
  gboolean has_record;
} Run;

static gboolean fill_run(Run *run, guint want)
{
  if (run->buffer->len - run->start >= want)
    return TRUE;
  g_byte_array_remove_range(run->buffer, 0, run->start);
  run->start = 0;
  guint have = run->buffer->len;
  guint more = (guint)MIN(MAX((guint64)want - have, RUN_BUFFER), run->end - run->at);
  g_byte_array_set_size(run->buffer, have + more);
  for (guint got = 0; got < more;) {
    gssize n = pread(run->fd, run->buffer->data + have + got, more - got, (off_t)(run->at + got));
    if (n <= 0)
      return FALSE;
    got += (guint)n;
  }
  run->at += more;
  return run->buffer->len >= want;
}

static gboolean next_in_run(Run *run)
{
  if (run->has_record)
    run->start += run->record.bytes;
  run->has_record = FALSE;
  guint32 bytes = 0;
  if (!fill_run(run, 4))
    return FALSE;
  memcpy(&bytes, run->buffer->data + run->start, 4);
  if (!fill_run(run, bytes))
    return FALSE;
  run->record = read_record(run->buffer->data + run->start);
  run->has_record = TRUE;
  return TRUE;
}

static void free_run(gpointer data)
{
  Run *run = data;
  g_byte_array_unref(run->buffer);
  g_free(run);
}

/* A few dozen runs at the most: the least is found by looking at all. */
static Run *find_least(GPtrArray *runs)
{
  Run *least = NULL;
  for (guint i = 0; i < runs->len; i++) {
    Run *run = runs->pdata[i];
    if (run->has_record && (!least || compare_records(&run->record, &least->record) < 0))
      least = run;
  }
  return least;
}

/* ---- writing entries ---- */

typedef struct {
  GByteArray *previous; /* path of the entry written last */
  GByteArray *pending;  /* the record that will be written unless a later one of its name comes */
} Emitter;

/* Files without content are left out: all of them have the digest of nothing. */
static void place_digest(CrLayerWriter *writer, const Record *record)
{
  CrReader reader =
      cr_reader_init(record->path + record->path_bytes, record->bytes - RECORD_HEAD - record->path_bytes, FALSE);
  guint8 type = cr_reader_u8(&reader) & 0x7f;
  cr_reader_skip_varints(&reader, 4); /* mode, uid, gid, mtime */
  if (type == CR_ENTRY_HARDLINK)
    cr_digest_rows_place_link(writer->digests, (guint32)writer->entries);
  else if (type == CR_ENTRY_FILE && cr_reader_varint(&reader))
    cr_digest_rows_place(writer->digests, (guint32)writer->entries, record->digest);
}

static void write_entry(CrLayerWriter *writer, Emitter *emitter, const Record *record)
{
  gboolean first = writer->entries % CR_LAYER_BLOCK_ENTRIES == 0;
  if (first) {
    guint64 offset = writer->written;
    g_array_append_val(writer->blocks, offset);
  }
  guint shared = 0;
  if (!first)
    while (shared < record->path_bytes && shared < emitter->previous->len &&
           emitter->previous->data[shared] == (guint8)record->path[shared])
      shared++;
  GByteArray *head = writer->scratch;
  g_byte_array_set_size(head, 0);
  cr_write_varint(head, shared);
  cr_write_varint(head, record->path_bytes - shared);
  g_byte_array_append(head, (const guint8 *)record->path + shared, record->path_bytes - shared);
  put(writer, head->data, head->len);
  const guint8 *rest = (const guint8 *)record->path + record->path_bytes;
  put(writer, rest, record->bytes - RECORD_HEAD - record->path_bytes);
  g_byte_array_set_size(emitter->previous, 0);
  g_byte_array_append(emitter->previous, (const guint8 *)record->path, record->path_bytes);

  if (rest[0] & 0x80) {
    /* the collectors of this entry are read back from its own encoding */
    CrReader reader = cr_reader_init(rest, record->bytes - RECORD_HEAD - record->path_bytes, FALSE);
    guint8 type = cr_reader_u8(&reader) & 0x7f;
    for (guint i = 0; i < 5; i++)
      cr_reader_varint(&reader);
    if (type == CR_ENTRY_SYMLINK || type == CR_ENTRY_HARDLINK)
      cr_reader_take(&reader, cr_reader_varint(&reader));
    guint64 count = cr_reader_varint(&reader);
    guint32 place = (guint32)writer->entries;
    for (guint64 i = 0; i < count && !cr_reader_failed(&reader); i++) {
      guint64 collector = cr_reader_varint(&reader);
      cr_reader_varint(&reader);
      cr_reader_varint(&reader);
      if (collector < writer->places->len)
        g_array_append_val((GArray *)writer->places->pdata[collector], place);
    }
  }
  place_digest(writer, record);
  writer->entries++;
}

static void take_record(CrLayerWriter *writer, Emitter *emitter, const Record *record)
{
  if (emitter->pending->len) {
    Record pending = read_record(emitter->pending->data);
    gboolean same = pending.rank == record->rank && pending.path_bytes == record->path_bytes &&
                    !memcmp(pending.path, record->path, record->path_bytes);
    if (!same)
      write_entry(writer, emitter, &pending);
  }
  g_byte_array_set_size(emitter->pending, 0);
  g_byte_array_append(emitter->pending, record->data, record->bytes);
}

static void write_sorted(CrLayerWriter *writer, Emitter *emitter)
{
  sort_arena(writer);
  for (guint i = 0; i < writer->offsets->len; i++) {
    Record record = read_record(writer->arena->data + g_array_index(writer->offsets, guint32, i));
    take_record(writer, emitter, &record);
  }
}

static gboolean write_merged(CrLayerWriter *writer, Emitter *emitter, GError **error)
{
  if (writer->offsets->len && !spill(writer, error))
    return FALSE;
  g_byte_array_unref(writer->arena); /* the memory is needed for the runs' buffers now */
  writer->arena = g_byte_array_new();
  g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(free_run);
  for (guint i = 0; i + 1 < writer->runs->len; i += 2) {
    Run *run = g_new0(Run, 1);
    run->fd = writer->run_fd;
    run->at = g_array_index(writer->runs, guint64, i);
    run->end = g_array_index(writer->runs, guint64, i + 1);
    run->buffer = g_byte_array_new();
    next_in_run(run);
    g_ptr_array_add(runs, run);
  }
  for (Run *least = find_least(runs); least; least = find_least(runs)) {
    take_record(writer, emitter, &least->record);
    if (!next_in_run(least) && (least->at < least->end || least->start < least->buffer->len)) {
      g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read back a temporary file in '%s'",
                  cr_cache_get_dir(writer->cache));
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean write_entries(CrLayerWriter *writer, GError **error)
{
  Emitter emitter = {g_byte_array_new(), g_byte_array_new()};
  gboolean ok = TRUE;
  if (writer->runs->len)
    ok = write_merged(writer, &emitter, error);
  else
    write_sorted(writer, &emitter);
  if (ok && emitter.pending->len) {
    Record last = read_record(emitter.pending->data);
    write_entry(writer, &emitter, &last);
  }
  g_byte_array_unref(emitter.previous);
  g_byte_array_unref(emitter.pending);
  return ok;
}

static gboolean write_tables(CrLayerWriter *writer, CrLayerHeader *header, GError **error)
{
  header->blocks_offset = writer->written;
  header->block_count = writer->blocks->len;
  for (guint i = 0; i < writer->blocks->len; i++) {
    guint64 offset = GUINT64_TO_LE(g_array_index(writer->blocks, guint64, i) - header->entries_offset);
    put(writer, &offset, 8);
  }
  header->collectors_offset = writer->written;
  header->collector_count = writer->names->len;
  for (guint i = 0; i < writer->names->len; i++) {
    guint32 count = GUINT32_TO_LE(((GArray *)writer->places->pdata[i])->len);
    char name[CR_LAYER_COLLECTOR_NAME] = "";
    g_strlcpy(name, writer->names->pdata[i], sizeof name);
    put(writer, &count, 4);
    put(writer, name, sizeof name);
  }
  for (guint i = 0; i < writer->places->len; i++) {
    const GArray *places = writer->places->pdata[i];
    put(writer, places->data, places->len * 4UL);
  }
  header->digests_offset = writer->written;
  cr_digest_rows_count(writer->digests, &header->digest_count, &header->link_count, &header->undigested);
  if (!cr_digest_rows_write(writer->digests, sink_write, writer)) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot write or read back a temporary file in '%s'",
                cr_cache_get_dir(writer->cache));
    return FALSE;
  }
  header->problems_offset = writer->written;
  header->problem_count = writer->problem_count;
  put(writer, writer->problems->data, writer->problems->len);
  return TRUE;
}

CrLayer *cr_layer_writer_finish(CrLayerWriter *writer, const char *diff_id, guint64 unpacked_bytes, gboolean publish,
                                GError **error)
{
  CrLayerHeader header = {.magic = CR_LAYER_MAGIC, .format = CR_LAYER_FORMAT, .facts_offset = sizeof header};
  header.entries_offset = writer->written;
  if (!write_entries(writer, error))
    return NULL;
  header.entry_count = writer->entries;
  if (!write_tables(writer, &header, error))
    return NULL;
  header.unpacked_bytes = unpacked_bytes;
  header.file_bytes = writer->written;
  g_strlcpy(header.key, writer->key, sizeof header.key);
  g_strlcpy(header.diff_id, diff_id ? diff_id : "", sizeof header.diff_id);
  flush(writer);
  cr_layer_sum_add(&writer->sum, (const guint8 *)&header, sizeof header);
  header.checksum = cr_layer_sum_finish(&writer->sum);
  if (!writer->failed && pwrite(writer->fd, &header, sizeof header, 0) != sizeof header)
    cr_error_set_errno(&writer->failed, errno, "cannot write the layer index in '%s'", cr_cache_get_dir(writer->cache));
  if (writer->failed) {
    g_propagate_error(error, g_steal_pointer(&writer->failed));
    return NULL;
  }
  CrLayer *layer = cr_layer_open_fd(writer->fd, diff_id, writer->key);
  if (!layer) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "the layer index that was written in '%s' cannot be read back",
                cr_cache_get_dir(writer->cache));
    return NULL;
  }
  g_autofree char *name = publish ? cr_layer_get_cache_name(diff_id, writer->key) : NULL;
  if (publish && !cr_cache_file_publish(g_steal_pointer(&writer->file), name, error))
    g_clear_pointer(&layer, cr_layer_unref);
  return layer;
}

/* ---- made by another process ---- */

static gboolean copy_index(int fd, CrCacheFile *file, GError **error)
{
  g_autofree guint8 *buffer = g_malloc(BUFFER_BYTES);
  off_t at = 0;
  gssize n;
  while ((n = pread(fd, buffer, BUFFER_BYTES, at)) > 0) {
    if (!cr_cache_file_write(file, buffer, (gsize)n, error))
      return FALSE;
    at += n;
  }
  if (n < 0)
    cr_error_set_errno(error, errno, "cannot read back a temporary file");
  return n == 0;
}

CrLayer *cr_layer_adopt(const CrCache *cache, int fd, const char *diff_id, const char *key, gboolean publish,
                        GError **error)
{
  CrCacheFile *file = cr_cache_create(cache, "layers", error);
  if (!file)
    return NULL;
  gboolean copied = copy_index(fd, file, error);
  g_autoptr(CrLayer) layer = copied ? cr_layer_open_fd(cr_cache_file_get_fd(file), diff_id, key) : NULL;
  if (copied && !layer)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "what its reader made of it is no index of it");
  if (!layer || !publish) {
    cr_cache_file_discard(file); /* what is mapped stays */
    return g_steal_pointer(&layer);
  }
  g_autofree char *name = cr_layer_get_cache_name(diff_id, key);
  return cr_cache_file_publish(file, name, error) ? g_steal_pointer(&layer) : NULL;
}
