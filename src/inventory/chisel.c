/* SPDX-License-Identifier: Apache-2.0 */
/* Chisel's manifest (Ubuntu's chiselled images): zstd, one JSON object a line, of kinds package, slice, path, content
 * (documentation.ubuntu.com/chisel, "Chisel Manifest"). The collector unpacks it and keeps what is asked for, so that a
 * warm scan reads no JSON. A path belongs to the package of its first slice, "PACKAGE_SLICE". */
#include "inventory/chisel.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/stream.h"
#include "inventory/database.h"
#include "inventory/stanza.h"

#define CHISEL   "chisel"
#define MANIFEST "manifest.wall"

/* ---- what the pass keeps ---- */

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  return g_str_has_suffix(entry->path, "/" MANIFEST) && cr_compression_detect(head, head_bytes) == CR_COMPRESSION_ZSTD;
}

static void put(GByteArray *out, const char *text)
{
  g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text) + 1);
}

static void convert_package(const CrJson *record, GByteArray *out)
{
  const char *name = cr_json_find_string(record, "name", NULL), *version = cr_json_find_string(record, "version", NULL);
  if (!name || !*name || !version || !*version)
    return;
  put(out, "p");
  put(out, name);
  put(out, version);
  put(out, cr_json_find_string(record, "arch", ""));
}

static void convert_path(const CrJson *record, GByteArray *out)
{
  const char *path = cr_json_find_string(record, "path", NULL);
  const char *slice = cr_json_get_string(cr_json_get_element(cr_json_find(record, "slices"), 0), NULL);
  if (!path || !slice)
    return;
  g_autofree char *package = g_strndup(slice, strcspn(slice, "_"));
  put(out, "f");
  put(out, path);
  put(out, package);
}

gboolean cr_chisel_convert(const char *text, gsize size, GByteArray *out, GError **error)
{
  static const struct {
    const char *kind;
    void (*convert)(const CrJson *record, GByteArray *out);
  } kinds[] = {{"package", convert_package}, {"path", convert_path}};
  CrSlice rest = cr_slice(text, size), line;
  guint64 lines = 0;
  gint64 count = -1;
  while (cr_slice_next_line(&rest, &line)) {
    line = cr_slice_trim(line);
    if (!line.size)
      continue;
    g_autoptr(CrJsonDoc) doc = cr_json_parse(line.at, line.size, "line of a chisel manifest", error);
    if (!doc)
      return FALSE;
    const CrJson *record = cr_json_get_root(doc);
    if (!lines++)
      count = cr_json_find_string(record, "jsonwall", NULL) ? cr_json_find_integer(record, "count", 0) : -1;
    const char *kind = cr_json_find_string(record, "kind", "");
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
      if (!strcmp(kinds[i].kind, kind))
        kinds[i].convert(record, out);
  }
  if (count < 0 || (guint64)count > lines) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, count < 0 ? "no chisel manifest" : "the chisel manifest was cut");
    return FALSE;
  }
  return TRUE;
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  const guint8 *data = cr_file_get_memory(file);
  if (!data) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "a chisel manifest above %llu MiB", CR_LIMIT_FILE_MEMORY / CR_MIB);
    return FALSE;
  }
  g_autoptr(GBytes) packed = g_bytes_new_static(data, (gsize)cr_file_get_size(file));
  g_autoptr(CrStream) stream = cr_stream_new_decompress(cr_stream_new_bytes(packed), NULL);
  g_autoptr(GBytes) bytes = cr_stream_read_all(stream, CR_LIMIT_MANIFEST_BYTES, error);
  if (!bytes)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autoptr(GByteArray) out = g_byte_array_new();
  if (!cr_chisel_convert(text, size, out, error))
    return FALSE;
  cr_sink_write(sink, out->data, out->len);
  return TRUE;
}

static const CrCollector collector = {CHISEL, 1, wants, collect};
static const CrCollector *const collectors[] = {&collector, NULL};

/* ---- reading ---- */

static void read_records(CrDatabaseWork *work, const char *path, CrReader *reader)
{
  while (cr_reader_left(reader)) {
    const char *kind = cr_reader_string(reader), *a = cr_reader_string(reader), *b = cr_reader_string(reader);
    if (!kind || !a || !b)
      return;
    if (*kind != 'p')
      continue;
    const char *arch = cr_reader_string(reader);
    CrDatabasePackage package = {.own = reader->data, .locator = reader->size};
    package.package.name = a;
    package.package.version = b;
    package.package.arch = arch && *arch ? arch : NULL;
    package.package.paths = cr_database_paths(work, path);
    if (!arch || !cr_database_add(work, &package))
      return;
  }
}

static gboolean read_manifest(const CrNode *node, gpointer data)
{
  CrDatabaseWork *work = data;
  gsize size = 0;
  const guint8 *bytes = cr_database_keep(work, cr_tree_get_facts(work->tree, node, CHISEL), &size);
  CrReader reader = cr_reader_init(bytes, size, FALSE);
  read_records(work, cr_arena_strdup(work->arena, node->path), &reader);
  return TRUE;
}

static const char *const places[] = {"var/lib/chisel/" MANIFEST, NULL};

/* A manifest stands where the image's maker wanted it, so all of them are read; the usual place must be readable. */
static CrDatabaseState read_chisel(CrDatabaseWork *work)
{
  cr_tree_foreach_facts(work->tree, CHISEL, read_manifest, work);
  if (work->packages->len)
    return CR_DATABASE_READ;
  if (cr_tree_find(work->tree, places[0], NULL) != CR_TREE_FOUND)
    return CR_DATABASE_ABSENT;
  cr_problems_add(work->problems, CR_PROBLEM_BLIND, places[0],
                  "cannot read chisel's manifest: it is damaged or names no package");
  return CR_DATABASE_BROKEN;
}

typedef struct {
  GHashTable *packages; /* name → CrDatabasePackage */
  const CrDatabasePackage *only;
  CrDatabaseFileVisit visit;
  gpointer data;
} Listing;

static void list_manifest(const Listing *listing, CrReader reader)
{
  while (cr_reader_left(&reader)) {
    const char *kind = cr_reader_string(&reader), *a = cr_reader_string(&reader), *b = cr_reader_string(&reader);
    if (!kind || !a || !b || (*kind == 'p' && !cr_reader_string(&reader)))
      return;
    const CrDatabasePackage *owner = *kind == 'f' ? g_hash_table_lookup(listing->packages, b) : NULL;
    gsize start = strspn(a, "/"), length = strlen(a);
    if (length > start && a[length - 1] == '/')
      length--;
    if (owner && (!listing->only || listing->only == owner) && length > start)
      listing->visit(owner, a + start, length - start, TRUE, listing->data);
  }
}

static void foreach_file(CrDatabaseWork *work, const CrDatabasePackage *only, CrDatabaseFileVisit visit, gpointer data)
{
  g_autoptr(GHashTable) packages = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < work->packages->len; i++) {
    CrDatabasePackage *package = work->packages->pdata[i];
    g_hash_table_insert(packages, (gpointer)package->package.name, package);
  }
  Listing listing = {packages, only, visit, data};
  for (guint i = 0; i < work->packages->len; i++) {
    const CrDatabasePackage *package = work->packages->pdata[i];
    if (g_hash_table_add(seen, (gpointer)package->own)) /* each manifest once */
      list_manifest(&listing, cr_reader_init(package->own, (gsize)package->locator, FALSE));
  }
}

const CrDatabase cr_database_chisel = {
    .name = "chisel",
    .type = "deb",
    .family = "debian",
    .collectors = collectors,
    .places = places,
    .read = read_chisel,
    .foreach_file = foreach_file,
};
