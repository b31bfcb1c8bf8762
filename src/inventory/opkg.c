/* SPDX-License-Identifier: Apache-2.0 */
/* opkg's database (OpenWrt, Yocto): `status` in dpkg's manner, and for each package info/NAME.control with what the
 * build knew, info/NAME.list with its files. */
#include "inventory/database.h"
#include "inventory/stanza.h"

#include <string.h>

#include "base/limits.h"

#define OPKG "opkg"

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  const char *inside = strstr(entry->path, "lib/opkg/");
  if (!inside)
    return FALSE;
  inside += strlen("lib/opkg/");
  return !strcmp(inside, "status") || (g_str_has_prefix(inside, "info/") &&
                                       (g_str_has_suffix(inside, ".control") || g_str_has_suffix(inside, ".list")));
}

static const CrCollector collector = {OPKG, 1, wants, cr_database_collect_whole};
static const CrCollector *const collectors[] = {&collector, NULL};
static const char *const places[] = {"usr/lib/opkg/status", "var/lib/opkg/status", "lib/opkg/status", NULL};

typedef struct {
  CrSlice name, version, arch, status, source, maintainer, licence, automatic, essential;
} Fields;

static void read_fields(CrSlice stanza, Fields *fields)
{
  const struct {
    const char *name;
    CrSlice *field;
  } names[] = {
      {"Package", &fields->name},    {"Version", &fields->version},          {"Architecture", &fields->arch},
      {"Status", &fields->status},   {"SourceName", &fields->source},        {"Maintainer", &fields->maintainer},
      {"License", &fields->licence}, {"Auto-Installed", &fields->automatic}, {"Essential", &fields->essential}};
  CrSlice name, value;
  while (cr_slice_next_field(&stanza, &name, &value))
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
      if (cr_slice_is_word(name, names[i].name))
        *names[i].field = value;
}

static const char *text(CrDatabaseWork *work, CrSlice slice)
{
  return cr_database_text(work, slice.at, slice.size);
}

/* "install user installed": the third word; without one the package counts as there. */
static CrSlice get_state(CrSlice status)
{
  CrSlice word = {0};
  for (guint i = 0; i < 3; i++)
    if (!cr_slice_next_word(&status, &word))
      return cr_slice("installed", strlen("installed"));
  return word;
}

static CrSlice find_info(CrDatabaseWork *work, const char *status_path, const char *name, const char *ending)
{
  gsize folder = strlen(status_path) - strlen("status"), size = 0;
  if (strchr(name, '/') || strlen(name) > CR_LIMIT_PATH_BYTES)
    return (CrSlice){0};
  g_autofree char *path = g_strdup_printf("%.*sinfo/%s%s", (int)folder, status_path, name, ending);
  const guint8 *data = cr_database_keep(work, cr_tree_find_facts(work->tree, path, OPKG), &size);
  return cr_slice(data, size);
}

static gboolean add_package(CrDatabaseWork *work, const char *path, CrSlice stanza)
{
  Fields fields = {0};
  read_fields(stanza, &fields);
  CrSlice state = get_state(fields.status);
  if (!fields.name.size || cr_slice_is_word(state, "not-installed") || cr_slice_is_word(state, "config-files"))
    return TRUE;
  CrDatabasePackage package = {0};
  package.package.name = text(work, fields.name);
  package.package.version = text(work, fields.version);
  package.package.arch = text(work, fields.arch);
  if (!package.package.name || !package.package.version) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, path, "a record without name or version was left out");
    return TRUE;
  }
  if (!work->identity) {
    read_fields(find_info(work, path, package.package.name, ".control"), &fields);
    CrSlice files = find_info(work, path, package.package.name, ".list");
    package.own = files.at;
    package.locator = files.size;
    package.package.source_name = text(work, fields.source);
    package.package.maintainer = text(work, fields.maintainer);
    package.package.licence = text(work, fields.licence);
    package.package.status = text(work, state);
    package.package.automatic = cr_slice_is_word(fields.automatic, "yes");
    package.package.essential = cr_slice_is_word(fields.essential, "yes");
    package.package.held = cr_slice_starts(fields.status, "hold ");
    package.package.paths = cr_database_paths(work, path);
  }
  return cr_database_add(work, &package);
}

static CrDatabaseState read_status(CrDatabaseWork *work, const CrNode *node)
{
  const char *path = cr_arena_strdup(work->arena, node->path);
  gsize size = 0;
  const guint8 *data = cr_database_keep(work, cr_tree_get_facts(work->tree, node, OPKG), &size);
  CrSlice bytes = cr_slice(data, size), rest = bytes, stanza;
  guint records = 0, oversized = 0;
  while (cr_slice_next_stanza(&rest, &stanza)) {
    gboolean large = stanza.size > CR_LIMIT_STANZA_BYTES;
    oversized += large;
    records += !large && cr_slice_starts(stanza, "Package:");
    if (!large && !add_package(work, path, stanza))
      break;
  }
  if (!records && node->size) {
    cr_problems_add(work->problems, CR_PROBLEM_BLIND, path, "cannot read opkg's package database: %s",
                    data ? "no package record is in it" : "its content could not be kept when the layer was read");
    return CR_DATABASE_BROKEN;
  }
  if (oversized)
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, path, "%u records above %llu MiB were not read", oversized,
                    CR_LIMIT_STANZA_BYTES / CR_MIB);
  if (size && !cr_slice_ends(bytes, "\n"))
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, path,
                    "the file ends in the middle of a line: packages behind it were not seen");
  return CR_DATABASE_READ;
}

static CrDatabaseState read_opkg(CrDatabaseWork *work)
{
  for (guint i = 0; places[i]; i++) {
    CrNode node;
    if (cr_tree_find(work->tree, places[i], &node) == CR_TREE_FOUND && node.type == CR_ENTRY_FILE)
      return read_status(work, &node);
  }
  return CR_DATABASE_ABSENT;
}

static void list_files(const CrDatabasePackage *package, CrDatabaseFileVisit visit, gpointer data)
{
  CrSlice rest = cr_slice(package->own, (gsize)package->locator), line;
  while (cr_slice_next_line(&rest, &line)) {
    const char *tab = memchr(line.at, '\t', line.size); /* newer ones write "path TAB mode TAB target" */
    gsize size = tab ? (gsize)(tab - line.at) : line.size;
    if (size > 1 && line.at[0] == '/')
      visit(package, line.at + 1, size - 1, TRUE, data);
  }
}

const CrDatabase cr_database_opkg = {
    .name = "opkg",
    .type = "opkg",
    .family = "openwrt",
    .collectors = collectors,
    .places = places,
    .read = read_opkg,
    .list_files = list_files,
};
