/* SPDX-License-Identifier: Apache-2.0 */
#include "image/layer.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/reader.h"
#include "image/layer-format.h"
#include "image/layer-write.h"

struct CrLayer {
  gint references;
  const guint8 *data;
  gsize size;
  CrLayerHeader header; /* a checked copy */
  char *diff_id;
  GBytes *bytes; /* owns the mapping; facts are sub-ranges of it */
};

/* ---- order ---- */

/* How many bytes A and B begin with in common; the first FROM are known to be. */
static gsize count_common(const char *a, gsize a_bytes, const char *b, gsize b_bytes, gsize from)
{
  gsize n = MIN(a_bytes, b_bytes), i = from;
  for (guint64 x = 0, y = 0; i + 8 <= n; i += 8) {
    memcpy(&x, a + i, 8);
    memcpy(&y, b + i, 8);
    if (x != y)
      break;
  }
  while (i < n && a[i] == b[i])
    i++;
  return i;
}

/* The order of A and B, which have their first COMMON bytes in common and no more. */
static int compare_from(const char *a, gsize a_bytes, const char *b, gsize b_bytes, gsize common)
{
  if (common == a_bytes || common == b_bytes)
    return a_bytes == b_bytes ? 0 : a_bytes < b_bytes ? -1 : 1;
  guint8 x = a[common] == '/' ? 0 : (guint8)a[common], y = b[common] == '/' ? 0 : (guint8)b[common];
  return x < y ? -1 : 1;
}

int cr_layer_compare_slices(const char *a, gsize a_bytes, const char *b, gsize b_bytes)
{
  return compare_from(a, a_bytes, b, b_bytes, count_common(a, a_bytes, b, b_bytes, 0));
}

int cr_layer_compare_paths(const char *a, const char *b)
{
  return cr_layer_compare_slices(a, strlen(a), b, strlen(b));
}

/* ---- check sum ---- */

void cr_layer_sum_init(CrLayerSum *sum)
{
  static const guint64 seeds[4] = {0x9e3779b97f4a7c15ULL, 0xc2b2ae3d27d4eb4fULL, 0x165667b19e3779f9ULL,
                                   0x27d4eb2f165667c5ULL};
  memcpy(sum->lanes, seeds, sizeof seeds);
  sum->bytes = 0;
}

static inline guint64 mix(guint64 lane, guint64 word)
{
  lane = (lane ^ word) * 0x9fb21c651e98df25ULL;
  return lane << 31 | lane >> 33;
}

void cr_layer_sum_add(CrLayerSum *sum, const guint8 *data, gsize size)
{
  sum->bytes += size;
  for (; size >= 32; data += 32, size -= 32) {
    guint64 words[4];
    memcpy(words, data, 32);
    for (guint i = 0; i < 4; i++)
      sum->lanes[i] = mix(sum->lanes[i], words[i]);
  }
  if (size) {
    guint64 words[4] = {0, 0, 0, 0};
    memcpy(words, data, size);
    for (guint i = 0; i < 4; i++)
      sum->lanes[i] = mix(sum->lanes[i], words[i]);
  }
}

guint64 cr_layer_sum_finish(const CrLayerSum *sum)
{
  guint64 h = sum->bytes;
  for (guint i = 0; i < 4; i++)
    h = mix(h, sum->lanes[i]);
  return h ^ h >> 29;
}

/* ---- opening ---- */

char *cr_layer_get_cache_name(const char *diff_id, const char *key)
{
  return g_strdup_printf("%.2s/%s.%s", cr_digest_get_hex(diff_id), cr_digest_get_hex(diff_id), key);
}

/* Read through a window instead of the mapping: verified pages do not count as ours then. */
static gboolean check_sum(int fd, const CrLayerHeader *header)
{
  CrLayerSum sum;
  cr_layer_sum_init(&sum);
  CrLayerHeader plain = *header;
  plain.checksum = 0;
  gsize room = 256 * CR_KIB;
  g_autofree guint8 *window = g_malloc(room);
  for (guint64 at = sizeof plain; at < header->file_bytes;) {
    gsize want = (gsize)MIN(room, header->file_bytes - at), got = 0;
    while (got < want) {
      gssize n = pread(fd, window + got, want - got, (off_t)(at + got));
      if (n <= 0)
        return FALSE;
      got += (gsize)n;
    }
    cr_layer_sum_add(&sum, window, want);
    at += want;
  }
  cr_layer_sum_add(&sum, (const guint8 *)&plain, sizeof plain);
  return cr_layer_sum_finish(&sum) == header->checksum;
}

static gboolean is_ordered(const CrLayerHeader *h)
{
  return h->facts_offset == sizeof *h && h->facts_offset <= h->entries_offset &&
         h->entries_offset <= h->blocks_offset && h->blocks_offset <= h->collectors_offset &&
         h->collectors_offset <= h->digests_offset && h->digests_offset <= h->problems_offset &&
         h->problems_offset <= h->file_bytes &&
         h->digest_count * sizeof(CrLayerDigest) + h->link_count * 4ULL == h->problems_offset - h->digests_offset &&
         h->block_count <= (h->collectors_offset - h->blocks_offset) / 8 && h->collector_count <= 1000 &&
         h->collector_count * (4ULL + CR_LAYER_COLLECTOR_NAME) <= h->digests_offset - h->collectors_offset &&
         h->diff_id[sizeof h->diff_id - 1] == 0 && h->key[sizeof h->key - 1] == 0;
}

static void unmap(gpointer data)
{
  gpointer *mapping = data;
  munmap(mapping[0], GPOINTER_TO_SIZE(mapping[1]));
  g_free(mapping);
}

CrLayer *cr_layer_open_fd(int fd, const char *diff_id, const char *key)
{
  CrLayerHeader header;
  struct stat st;
  if (fstat(fd, &st) != 0 || (gsize)st.st_size < sizeof header || pread(fd, &header, sizeof header, 0) != sizeof header)
    return NULL;
  if (memcmp(header.magic, CR_LAYER_MAGIC, 8) != 0 || header.format != CR_LAYER_FORMAT ||
      header.file_bytes != (guint64)st.st_size || !is_ordered(&header) || strcmp(header.key, key) != 0 ||
      (diff_id && strcmp(header.diff_id, diff_id) != 0) || !check_sum(fd, &header))
    return NULL;
  void *data = mmap(NULL, (gsize)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED)
    return NULL;
  gpointer *mapping = g_new0(gpointer, 2);
  mapping[0] = data;
  mapping[1] = GSIZE_TO_POINTER((gsize)st.st_size);
  CrLayer *layer = g_new0(CrLayer, 1);
  layer->references = 1;
  layer->data = data;
  layer->size = (gsize)st.st_size;
  layer->header = header;
  layer->diff_id = *header.diff_id ? g_strdup(header.diff_id) : NULL;
  layer->bytes = g_bytes_new_with_free_func(data, layer->size, unmap, mapping);
  return layer;
}

CrLayer *cr_layer_load(const CrCache *cache, const char *diff_id, const char *key)
{
  if (!cr_digest_is_valid(diff_id))
    return NULL;
  g_autofree char *name = cr_layer_get_cache_name(diff_id, key);
  int fd = cr_cache_open(cache, "layers", name);
  if (fd < 0)
    return NULL;
  CrLayer *layer = cr_layer_open_fd(fd, diff_id, key);
  close(fd);
  if (!layer) /* damaged or of an older careen: it will be made anew */
    cr_cache_remove(cache, "layers", name);
  return layer;
}

gboolean cr_layer_exists(const CrCache *cache, const char *diff_id, const char *key)
{
  if (!cr_digest_is_valid(diff_id))
    return FALSE;
  g_autofree char *name = cr_layer_get_cache_name(diff_id, key);
  g_autofree char *path = cr_cache_get_path(cache, "layers", name);
  return access(path, R_OK) == 0;
}

CrLayer *cr_layer_ref(CrLayer *layer)
{
  g_atomic_int_inc(&layer->references);
  return layer;
}

void cr_layer_unref(CrLayer *layer)
{
  if (!layer || !g_atomic_int_dec_and_test(&layer->references))
    return;
  g_bytes_unref(layer->bytes);
  g_free(layer->diff_id);
  g_free(layer);
}

const char *cr_layer_get_diff_id(const CrLayer *layer)
{
  return layer->diff_id;
}

guint64 cr_layer_get_size(const CrLayer *layer)
{
  return layer->header.unpacked_bytes;
}

guint64 cr_layer_get_entry_count(const CrLayer *layer)
{
  return layer->header.entry_count;
}

static CrReader read_section(const CrLayer *layer, guint64 from, guint64 to)
{
  return cr_reader_init(layer->data + from, (gsize)(to - from), FALSE);
}

void cr_layer_add_problems(const CrLayer *layer, const char *layer_name, CrProblems *problems)
{
  CrReader reader = read_section(layer, layer->header.problems_offset, layer->header.file_bytes);
  for (guint64 i = 0; i < layer->header.problem_count; i++) {
    guint8 kind = cr_reader_u8(&reader);
    const char *where = cr_reader_string(&reader);
    const char *what = cr_reader_string(&reader);
    if (cr_reader_failed(&reader))
      return;
    g_autofree char *place = *where ? g_strdup_printf("%s: %s", layer_name, where) : g_strdup(layer_name);
    cr_problems_add(problems, MIN(kind, CR_PROBLEM_BLIND), place, "%s", what);
  }
}

/* ---- cursor ---- */

struct CrLayerCursor {
  const CrLayer *layer;
  CrReader reader; /* over `entries` */
  guint64 block;   /* the block of the next entry */
  guint place;     /* of the next entry in its block */
  guint64 forgotten;
  gboolean has_held; /* a seek decodes one entry too far: it is the next */
  CrLayerEntry held;
  char path[CR_LIMIT_PATH_BYTES + 1];
  gsize path_bytes;
  gsize shared; /* bytes that it has from the entry before */
  char target[CR_LIMIT_PATH_BYTES + 1];
};

static guint64 get_block_offset(const CrLayer *layer, guint64 block)
{
  guint64 offset = 0;
  memcpy(&offset, layer->data + layer->header.blocks_offset + block * 8, 8);
  return GUINT64_FROM_LE(offset);
}

static void go_to_block(CrLayerCursor *cursor, guint64 block)
{
  cursor->block = block;
  cursor->place = 0;
  cursor->path_bytes = 0;
  cursor->has_held = FALSE;
  if (block < cursor->layer->header.block_count)
    cr_reader_seek(&cursor->reader, get_block_offset(cursor->layer, block));
}

static void cursor_init(CrLayerCursor *cursor, const CrLayer *layer)
{
  cursor->layer = layer;
  cursor->forgotten = 0;
  cursor->path[0] = 0;
  cursor->reader = read_section(layer, layer->header.entries_offset, layer->header.blocks_offset);
  go_to_block(cursor, 0);
}

CrLayerCursor *cr_layer_cursor_new(const CrLayer *layer)
{
  CrLayerCursor *cursor = g_malloc(sizeof *cursor);
  cursor_init(cursor, layer);
  return cursor;
}

void cr_layer_cursor_free(CrLayerCursor *cursor)
{
  g_free(cursor);
}

/* A long walk must not make the whole index resident: pages 4 MiB behind the cursor are given back. */
static void forget_behind(CrLayerCursor *cursor)
{
  const guint64 step = 4 * CR_MIB;
  guint64 at = cursor->layer->header.entries_offset + cursor->reader.at;
  if (at < cursor->forgotten + 2 * step)
    return;
  guint64 to = (at - step) & ~(step - 1);
  if (to > cursor->forgotten)
    madvise((guint8 *)cursor->layer->data + cursor->forgotten, (gsize)(to - cursor->forgotten), MADV_DONTNEED);
  cursor->forgotten = to;
}

/* The path of the next entry, into the cursor. */
static gboolean read_path(CrLayerCursor *cursor)
{
  CrReader *reader = &cursor->reader;
  guint64 shared = cr_reader_varint(reader), rest = cr_reader_varint(reader);
  const guint8 *suffix = cr_reader_take(reader, rest);
  if (!suffix || shared > cursor->path_bytes || shared + rest > CR_LIMIT_PATH_BYTES)
    return FALSE;
  memcpy(cursor->path + shared, suffix, (gsize)rest);
  cursor->path_bytes = (gsize)(shared + rest);
  cursor->path[cursor->path_bytes] = 0;
  cursor->shared = (gsize)shared;
  return TRUE;
}

static gboolean has_target(CrEntryType type)
{
  return type == CR_ENTRY_SYMLINK || type == CR_ENTRY_HARDLINK;
}

/* What stands behind the path. */
static gboolean read_rest(CrLayerCursor *cursor, CrLayerEntry *out)
{
  CrReader *reader = &cursor->reader;
  guint8 type = cr_reader_u8(reader);
  memset(out, 0, sizeof *out);
  out->entry.path = cursor->path;
  out->entry.path_bytes = cursor->path_bytes;
  out->entry.type = (CrEntryType)(type & 0x7f);
  out->has_facts = (type & 0x80) != 0;
  out->entry.mode = (guint32)cr_reader_varint(reader);
  out->entry.uid = (guint32)cr_reader_varint(reader);
  out->entry.gid = (guint32)cr_reader_varint(reader);
  guint64 time = cr_reader_varint(reader);
  out->entry.mtime = (gint64)(time >> 1) ^ -(gint64)(time & 1);
  out->entry.size = cr_reader_varint(reader);
  if (has_target(out->entry.type)) {
    guint64 length = cr_reader_varint(reader);
    const guint8 *target = cr_reader_take(reader, length);
    if (!target || length > CR_LIMIT_PATH_BYTES)
      return FALSE;
    memcpy(cursor->target, target, (gsize)length);
    cursor->target[length] = 0;
    out->entry.target = cursor->target;
  }
  out->id = out->has_facts ? reader->at : 0;
  guint64 facts = out->has_facts ? cr_reader_varint(reader) : 0;
  cr_reader_skip_varints(reader, facts * 3);
  return !cr_reader_failed(reader) && out->entry.type <= CR_ENTRY_OPAQUE;
}

/* The same for an entry that nobody asked for. */
static gboolean skip_rest(CrLayerCursor *cursor)
{
  CrReader *reader = &cursor->reader;
  guint8 type = cr_reader_u8(reader);
  cr_reader_skip_varints(reader, 5);
  if (has_target((CrEntryType)(type & 0x7f)))
    cr_reader_take(reader, cr_reader_varint(reader));
  if (type & 0x80)
    cr_reader_skip_varints(reader, cr_reader_varint(reader) * 3);
  return !cr_reader_failed(reader);
}

static gboolean is_at_end(const CrLayerCursor *cursor)
{
  return cursor->block >= cursor->layer->header.block_count;
}

/* Over an entry that was read (OK), or to the end. */
static gboolean move_on(CrLayerCursor *cursor, gboolean ok)
{
  const CrLayerHeader *header = &cursor->layer->header;
  guint64 index = cursor->block * CR_LAYER_BLOCK_ENTRIES + cursor->place + 1;
  if (!ok || index >= header->entry_count)
    cursor->block = header->block_count;
  else if (++cursor->place == CR_LAYER_BLOCK_ENTRIES) {
    gsize bytes = cursor->path_bytes;
    go_to_block(cursor, cursor->block + 1);
    cursor->path_bytes = bytes; /* what was read still shows it */
    forget_behind(cursor);
  }
  return ok;
}

gboolean cr_layer_cursor_next(CrLayerCursor *cursor, CrLayerEntry *out)
{
  if (cursor->has_held) {
    *out = cursor->held;
    cursor->has_held = FALSE;
    return TRUE;
  }
  return !is_at_end(cursor) && move_on(cursor, read_path(cursor) && read_rest(cursor, out));
}

/* The full first path of BLOCK as a slice of the mapping. */
static const char *peek_first_path(const CrLayer *layer, guint64 block, gsize *size)
{
  CrReader reader = read_section(layer, layer->header.entries_offset, layer->header.blocks_offset);
  cr_reader_seek(&reader, get_block_offset(layer, block));
  cr_reader_varint(&reader);
  guint64 rest = cr_reader_varint(&reader);
  const guint8 *path = cr_reader_take(&reader, rest);
  *size = path ? (gsize)rest : 0;
  return path ? (const char *)path : "";
}

static void seek_slice(CrLayerCursor *cursor, const char *path, gsize size)
{
  guint64 low = 0, high = cursor->layer->header.block_count; /* the last block whose first path is < PATH */
  while (low < high) {
    guint64 middle = low + (high - low) / 2;
    gsize first_size = 0;
    const char *first = peek_first_path(cursor->layer, middle, &first_size);
    if (cr_layer_compare_slices(first, first_size, path, size) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  go_to_block(cursor, low ? low - 1 : 0);
  gsize common = 0; /* with PATH, of the entry before, which sorts before PATH */
  while (!is_at_end(cursor)) {
    gboolean ok = read_path(cursor);
    /* where it shares more with the one before than that with PATH, it differs from PATH where that did */
    gboolean before = ok && cursor->shared > common;
    if (ok && !before) {
      common = count_common(cursor->path, cursor->path_bytes, path, size, cursor->shared);
      before = compare_from(cursor->path, cursor->path_bytes, path, size, common) < 0;
    }
    if (before) {
      move_on(cursor, skip_rest(cursor));
      continue;
    }
    ok = ok && read_rest(cursor, &cursor->held);
    move_on(cursor, ok);
    cursor->has_held = ok;
    return;
  }
}

void cr_layer_cursor_seek(CrLayerCursor *cursor, const char *path)
{
  seek_slice(cursor, path, strlen(path));
}

/* ---- facts ---- */

static int find_collector(const CrLayer *layer, const char *name, guint32 *count, guint64 *first)
{
  CrReader reader = read_section(layer, layer->header.collectors_offset, layer->header.digests_offset);
  int found = -1;
  guint64 before = 0;
  for (guint i = 0; i < layer->header.collector_count; i++) {
    guint32 n = cr_reader_u32(&reader);
    const char *text = (const char *)cr_reader_take(&reader, CR_LAYER_COLLECTOR_NAME);
    if (found < 0 && text && !strncmp(text, name, CR_LAYER_COLLECTOR_NAME)) {
      found = (int)i;
      *count = n;
      *first = before;
    }
    before += n;
  }
  *first =
      layer->header.collectors_offset + layer->header.collector_count * (4ULL + CR_LAYER_COLLECTOR_NAME) + *first * 4;
  if (found >= 0 && *first + *count * 4ULL > layer->header.digests_offset)
    *count = 0;
  return found;
}

GBytes *cr_layer_get_facts(const CrLayer *layer, guint64 entry_id, const char *collector)
{
  if (!entry_id)
    return NULL; /* an entry without facts */
  guint32 count = 0;
  guint64 first = 0;
  int wanted = find_collector(layer, collector, &count, &first);
  if (wanted < 0 || !count)
    return NULL;
  CrReader reader = read_section(layer, layer->header.entries_offset, layer->header.blocks_offset);
  cr_reader_seek(&reader, entry_id);
  guint64 facts = cr_reader_varint(&reader);
  for (guint64 i = 0; i < facts && !cr_reader_failed(&reader); i++) {
    guint64 number = cr_reader_varint(&reader), offset = cr_reader_varint(&reader), size = cr_reader_varint(&reader);
    guint64 room = layer->header.entries_offset - layer->header.facts_offset;
    if (cr_reader_failed(&reader) || offset > room || size > room - offset)
      return NULL;
    if (number == (guint64)wanted)
      return g_bytes_new_from_bytes(layer->bytes, (gsize)(layer->header.facts_offset + offset), (gsize)size);
  }
  return NULL;
}

/* The entry at PLACE (block << 5 | place in it); those that are asked for in order are read once. */
static gboolean read_place(CrLayerCursor *cursor, guint32 place, CrLayerEntry *out)
{
  guint64 block = place / CR_LAYER_BLOCK_ENTRIES;
  guint at = place % CR_LAYER_BLOCK_ENTRIES;
  if (cursor->block != block || cursor->place > at)
    go_to_block(cursor, block);
  while (cursor->block == block && cursor->place <= at) {
    guint now = cursor->place;
    if (!cr_layer_cursor_next(cursor, out))
      return FALSE;
    if (now == at)
      return TRUE;
  }
  return FALSE;
}

void cr_layer_foreach_facts(const CrLayer *layer, const char *collector,
                            void (*visit)(const CrLayer *layer, const CrLayerEntry *entry, gpointer data),
                            gpointer data)
{
  guint32 count = 0;
  guint64 first = 0;
  if (find_collector(layer, collector, &count, &first) < 0)
    return;
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  for (guint32 i = 0; i < count; i++) {
    guint32 place = 0;
    memcpy(&place, layer->data + first + i * 4ULL, 4);
    CrLayerEntry entry = {0};
    if (!read_place(cursor, GUINT32_FROM_LE(place), &entry))
      return;
    visit(layer, &entry, data);
  }
}

/* ---- digests of files ---- */

guint64 cr_layer_count_undigested(const CrLayer *layer)
{
  return layer->header.undigested;
}

void cr_layer_foreach_digest(const CrLayer *layer, const guint8 digest[CR_DIGEST_BYTES],
                             void (*visit)(const CrLayer *layer, const CrLayerEntry *entry, gpointer data),
                             gpointer data)
{
  const guint8 *rows = layer->data + layer->header.digests_offset;
  guint64 first = 0, here = 0;
  if (digest)
    memcpy(&first, digest, sizeof first);
  g_autoptr(CrLayerCursor) cursor = NULL;
  for (guint32 i = 0; i < layer->header.digest_count; i++) {
    const guint8 *row = rows + (gsize)i * sizeof(CrLayerDigest); /* on no boundary: it is copied, never pointed at */
    const guint8 *own = row + G_STRUCT_OFFSET(CrLayerDigest, digest);
    memcpy(&here, own, sizeof here);
    if (digest && (here != first || memcmp(own, digest, CR_DIGEST_BYTES) != 0))
      continue;
    guint32 place = 0;
    memcpy(&place, row, sizeof place);
    CrLayerEntry entry = {0};
    if (!cursor)
      cursor = cr_layer_cursor_new(layer);
    if (read_place(cursor, GUINT32_FROM_LE(place), &entry) && entry.entry.type == CR_ENTRY_FILE) {
      entry.digest = own;
      visit(layer, &entry, data);
    }
  }
}

void cr_layer_foreach_link(const CrLayer *layer,
                           void (*visit)(const CrLayer *layer, const CrLayerEntry *entry, gpointer data), gpointer data)
{
  const guint8 *places =
      layer->data + layer->header.digests_offset + (gsize)layer->header.digest_count * sizeof(CrLayerDigest);
  g_autoptr(CrLayerCursor) cursor = layer->header.link_count ? cr_layer_cursor_new(layer) : NULL;
  for (guint32 i = 0; i < layer->header.link_count; i++) {
    guint32 place = 0;
    memcpy(&place, places + (gsize)4 * i, sizeof place);
    CrLayerEntry entry = {0};
    if (read_place(cursor, GUINT32_FROM_LE(place), &entry) && entry.entry.type == CR_ENTRY_HARDLINK)
      visit(layer, &entry, data);
  }
}
