/* SPDX-License-Identifier: Apache-2.0 */
/* apk's database, `installed`: stanzas of one-letter fields, a package's files behind its own fields (apk-tools,
 * doc/apk-db.5 and database.c). It stands in lib/apk/db, and in usr/lib/apk/db where lib is merged into usr. */
#include "inventory/database.h"
#include "inventory/stanza.h"

#include <string.h>

#include "base/limits.h"

#define APK "apk"

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  return g_str_has_suffix(entry->path, "apk/db/installed") || g_str_has_suffix(entry->path, "etc/apk/world");
}

static const CrCollector collector = {APK, 1, wants, cr_database_collect_whole};
static const CrCollector *const collectors[] = {&collector, NULL};

/* The one-letter fields that describe the package; those that are missing are empty. */
typedef struct {
  CrSlice name, version, arch, origin, maintainer, licence, broken;
} Fields;

/* A line "X:value"; '\0' where it is none. */
static char split_line(CrSlice line, CrSlice *value)
{
  if (line.size < 2 || line.at[1] != ':')
    return 0;
  *value = (CrSlice){line.at + 2, line.size - 2};
  return line.at[0];
}

static Fields read_fields(CrSlice stanza)
{
  Fields fields = {0};
  const struct {
    char letter;
    CrSlice *field;
  } letters[] = {{'P', &fields.name},       {'V', &fields.version}, {'A', &fields.arch},  {'o', &fields.origin},
                 {'m', &fields.maintainer}, {'L', &fields.licence}, {'f', &fields.broken}};
  CrSlice line, value;
  while (cr_slice_next_line(&stanza, &line)) {
    char letter = split_line(line, &value);
    if (letter == 'F')
      break; /* from here on files */
    for (guint i = 0; letter && i < G_N_ELEMENTS(letters); i++)
      if (letters[i].letter == letter)
        *letters[i].field = value;
  }
  return fields;
}

static const char *text(CrDatabaseWork *work, CrSlice slice)
{
  return cr_database_text(work, slice.at, slice.size);
}

/* Names in etc/apk/world, without version and repository ("nginx>1.2", "foo@edge"); NULL: there is no such file. */
static GHashTable *load_world(CrDatabaseWork *work)
{
  gsize size = 0;
  g_autoptr(GBytes) bytes = cr_tree_find_facts(work->tree, "etc/apk/world", APK);
  if (!bytes)
    return NULL;
  const void *data = g_bytes_get_data(bytes, &size);
  CrSlice rest = cr_slice(data, size), line, word;
  GHashTable *world = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  while (cr_slice_next_line(&rest, &line)) {
    while (cr_slice_next_word(&line, &word)) {
      gsize length = 0;
      while (length < word.size && !strchr("<>=~@", word.at[length]) && word.at[length])
        length++;
      g_hash_table_add(world, g_strndup(word.at, length));
    }
  }
  return world;
}

static gboolean add_package(CrDatabaseWork *work, const char *path, CrSlice stanza, GHashTable *world)
{
  Fields fields = read_fields(stanza);
  CrDatabasePackage package = {.own = stanza.at, .locator = stanza.size};
  package.package.name = text(work, fields.name);
  package.package.version = text(work, fields.version);
  package.package.arch = text(work, fields.arch);
  if (!package.package.name || !package.package.version) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, path, "a record without name or version was left out");
    return TRUE;
  }
  if (!work->identity) {
    package.package.source_name = text(work, fields.origin);
    package.package.maintainer = text(work, fields.maintainer);
    package.package.licence = text(work, fields.licence);
    package.package.paths = cr_database_paths(work, path);
    package.package.status = fields.broken.size ? "broken" : NULL; /* a script failed, or files are missing */
    package.package.automatic = world && !g_hash_table_contains(world, package.package.name);
    package.package.control = stanza.at;
    package.package.control_bytes = stanza.size;
  }
  return cr_database_add(work, &package);
}

static gboolean is_damaged(CrDatabaseWork *work, const char *path, CrSlice bytes, guint read)
{
  if (bytes.size && !read) {
    cr_problems_add(work->problems, CR_PROBLEM_BLIND, path,
                    "cannot read apk's package database: no package record is in it");
    return TRUE;
  }
  if (bytes.size && !cr_slice_ends(bytes, "\n\n")) /* apk ends each record, also the last, with a blank line */
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, path,
                    "the file was cut: packages behind its last record were not seen");
  return FALSE;
}

static CrDatabaseState read_installed(CrDatabaseWork *work, const CrNode *node)
{
  const char *path = cr_arena_strdup(work->arena, node->path);
  gsize size = 0;
  const guint8 *data = cr_database_keep(work, cr_tree_get_facts(work->tree, node, APK), &size);
  if (node->type != CR_ENTRY_FILE || (!data && node->size)) {
    cr_problems_add(work->problems, CR_PROBLEM_BLIND, path, "cannot read apk's package database: %s",
                    node->type == CR_ENTRY_FILE ? "its content could not be kept when the layer was read"
                                                : "it is not a file");
    return CR_DATABASE_BROKEN;
  }
  g_autoptr(GHashTable) world = work->identity ? NULL : load_world(work);
  CrSlice bytes = cr_slice(data, size), rest = bytes, stanza;
  guint before = work->packages->len, oversized = 0;
  while (cr_slice_next_stanza(&rest, &stanza)) {
    if (stanza.size > CR_LIMIT_RECORD_BYTES)
      oversized++;
    else if (!add_package(work, path, stanza, world))
      break;
  }
  if (oversized)
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, path, "%u records above %llu MiB were not read", oversized,
                    CR_LIMIT_RECORD_BYTES / CR_MIB);
  return is_damaged(work, path, bytes, work->packages->len - before) ? CR_DATABASE_BROKEN : CR_DATABASE_READ;
}

static const char *const places[] = {"lib/apk/db/installed", "usr/lib/apk/db/installed", NULL};

static CrDatabaseState read_apk(CrDatabaseWork *work)
{
  CrDatabaseState state = CR_DATABASE_ABSENT;
  g_autofree char *seen = NULL;
  for (guint i = 0; places[i]; i++) {
    CrNode node;
    if (cr_tree_find(work->tree, places[i], &node) != CR_TREE_FOUND || (seen && !strcmp(seen, node.path)))
      continue;
    CrDatabaseState one = read_installed(work, &node);
    state = one == CR_DATABASE_READ || state == CR_DATABASE_ABSENT ? one : state;
    g_free(seen);
    seen = g_strdup(node.path);
  }
  return state;
}

static void list_files(const CrDatabasePackage *package, CrDatabaseFileVisit visit, gpointer data)
{
  CrSlice rest = cr_slice(package->own, (gsize)package->locator), line, value, folder = {0};
  g_autoptr(GString) path = g_string_new(NULL);
  while (cr_slice_next_line(&rest, &line)) {
    char letter = split_line(line, &value);
    if (letter == 'F') {
      folder = value;
      if (folder.size)
        visit(package, folder.at, folder.size, TRUE, data);
    } else if (letter == 'R' && folder.size + value.size < CR_LIMIT_PATH_BYTES) {
      g_string_truncate(path, 0);
      g_string_append_len(path, folder.at, (gssize)folder.size);
      if (folder.size)
        g_string_append_c(path, '/');
      g_string_append_len(path, value.at, (gssize)value.size);
      visit(package, path->str, path->len, FALSE, data);
    }
  }
}

/* "so:libc.musl-x86_64.so.1", "busybox>1.2", "!conflict"; p: "cmd:sh=1.36.1-r2". */
static void visit_relations(const CrDatabasePackage *package, CrSlice value, CrRelationKind kind,
                            CrDatabaseRelationVisit visit, gpointer data)
{
  CrSlice word;
  while (cr_slice_next_word(&value, &word)) {
    gsize length = 0;
    while (length < word.size && !strchr("<>=~", word.at[length]) && word.at[length])
      length++;
    if (length && word.at[0] != '!')
      visit(package, kind, word.at, length, FALSE, data);
  }
}

static void foreach_relation(CrDatabaseWork *work, CrDatabaseRelationVisit visit, gpointer data)
{
  for (guint i = 0; i < work->packages->len; i++) {
    const CrDatabasePackage *package = work->packages->pdata[i];
    CrSlice rest = cr_slice(package->own, package->locator), line;
    while (cr_slice_next_line(&rest, &line)) {
      CrSlice value = {line.at + 2, line.size < 2 ? 0 : line.size - 2};
      if (cr_slice_starts(line, "D:"))
        visit_relations(package, value, CR_RELATION_NEEDS, visit, data);
      else if (cr_slice_starts(line, "p:"))
        visit_relations(package, value, CR_RELATION_PROVIDES, visit, data);
    }
  }
}

const CrDatabase cr_database_apk = {
    .name = "apk",
    .type = "apk",
    .family = "alpine",
    .collectors = collectors,
    .places = places,
    .read = read_apk,
    .list_files = list_files,
    .foreach_relation = foreach_relation,
};
