/* SPDX-License-Identifier: Apache-2.0 */
/* pacman's database: a folder local/NAME-VERSION for each package, with `desc` and `files` in "%KEY%" sections
 * (libalpm's be_local.c). */
#include "inventory/database.h"
#include "inventory/stanza.h"

#include <string.h>

#include "base/limits.h"

#define PACMAN "pacman"
#define LOCAL  "var/lib/pacman/local"

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  return strstr(entry->path, "pacman/local/") &&
         (g_str_has_suffix(entry->path, "/desc") || g_str_has_suffix(entry->path, "/files"));
}

static const CrCollector collector = {PACMAN, 1, wants, cr_database_collect_whole};
static const CrCollector *const collectors[] = {&collector, NULL};

/* The next line of a section: KEY is its name without '%', VALUE the line. */
static gboolean next_value(CrSlice *rest, CrSlice *key, CrSlice *value)
{
  CrSlice line;
  while (cr_slice_next_line(rest, &line)) {
    if (line.size > 2 && line.at[0] == '%' && line.at[line.size - 1] == '%')
      *key = (CrSlice){line.at + 1, line.size - 2};
    else if (line.size && key->size) {
      *value = line;
      return TRUE;
    }
  }
  return FALSE;
}

static const char *text(CrDatabaseWork *work, CrSlice slice)
{
  return cr_database_text(work, slice.at, slice.size);
}

typedef struct {
  CrDatabaseWork *work;
  guint folders;
  gboolean full;
} Reading;

static void add_licence(GString *licences, CrSlice value)
{
  if (licences->len)
    g_string_append(licences, " AND ");
  g_string_append_len(licences, value.at, (gssize)value.size);
}

static void read_desc(CrDatabaseWork *work, CrSlice bytes, CrDatabasePackage *out)
{
  CrSlice key = {0}, value, name = {0}, version = {0}, arch = {0}, base = {0}, packager = {0}, reason = {0};
  const struct {
    const char *key;
    CrSlice *field;
  } keys[] = {{"NAME", &name}, {"VERSION", &version},   {"ARCH", &arch},
              {"BASE", &base}, {"PACKAGER", &packager}, {"REASON", &reason}};
  g_autoptr(GString) licences = g_string_new(NULL);
  while (next_value(&bytes, &key, &value)) {
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
      if (cr_slice_is(key, keys[i].key))
        *keys[i].field = value;
    if (cr_slice_is(key, "LICENSE") && licences->len < CR_LIMIT_PATH_BYTES)
      add_licence(licences, value);
  }
  CrPackage *package = &out->package;
  package->name = text(work, name);
  package->version = text(work, version);
  package->arch = text(work, arch);
  package->source_name = text(work, base);
  package->maintainer = text(work, packager);
  package->licence = licences->len ? cr_arena_strdup(work->arena, licences->str) : NULL;
  package->automatic = cr_slice_is(reason, "1");
}

static gboolean read_folder(const CrNode *node, gpointer data)
{
  Reading *reading = data;
  CrDatabaseWork *work = reading->work;
  if (node->type != CR_ENTRY_DIR)
    return TRUE; /* ALPM_DB_VERSION */
  reading->folders++;
  g_autofree char *desc = g_strconcat(node->path, "/desc", NULL);
  g_autofree char *files = g_strconcat(node->path, "/files", NULL);
  gsize size = 0;
  g_autoptr(GBytes) bytes = cr_tree_find_facts(work->tree, desc, PACMAN);
  const void *found = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  CrDatabasePackage package = {0};
  if (size <= CR_LIMIT_STANZA_BYTES)
    read_desc(work, cr_slice(found, size), &package);
  if (!package.package.name || !package.package.version) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, node->path,
                    "cannot read this package: its 'desc' is missing or has no name or version");
    return TRUE;
  }
  if (!work->identity) {
    package.package.paths = cr_database_paths(work, cr_arena_strdup(work->arena, desc));
    package.own = cr_database_keep(work, cr_tree_find_facts(work->tree, files, PACMAN), &size);
    package.locator = package.own ? size : 0;
  }
  return cr_database_add(work, &package);
}

static CrDatabaseState read_pacman(CrDatabaseWork *work)
{
  Reading reading = {.work = work};
  CrNode node;
  if (cr_tree_find(work->tree, LOCAL, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_DIR)
    return CR_DATABASE_ABSENT;
  cr_tree_foreach_child(work->tree, LOCAL, read_folder, &reading);
  if (reading.folders && !work->packages->len) {
    cr_problems_add(work->problems, CR_PROBLEM_BLIND, LOCAL,
                    "cannot read pacman's package database: none of its %u packages can be read", reading.folders);
    return CR_DATABASE_BROKEN;
  }
  return CR_DATABASE_READ;
}

static void list_files(const CrDatabasePackage *package, CrDatabaseFileVisit visit, gpointer data)
{
  CrSlice rest = cr_slice(package->own, (gsize)package->locator), key = {0}, value;
  while (next_value(&rest, &key, &value)) {
    if (!cr_slice_is(key, "FILES"))
      continue;
    value.size -= value.at[value.size - 1] == '/'; /* folders end in one */
    if (value.size)
      visit(package, value.at, value.size, TRUE, data);
  }
}

static const char *const places[] = {LOCAL, NULL};

const CrDatabase cr_database_pacman = {
    .name = "pacman",
    .type = "alpm",
    .family = "arch",
    .collectors = collectors,
    .places = places,
    .read = read_pacman,
    .list_files = list_files,
};
