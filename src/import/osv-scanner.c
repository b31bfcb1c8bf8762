/* SPDX-License-Identifier: Apache-2.0 */
/* OSV-Scanner's osv-scanner.toml: [[IgnoredVulns]] and [[PackageOverrides]]. */
#include <string.h>

#include "import/import.h"
#include "import/toml.h"

typedef struct {
  CrImport *import;
  const char *place;
  const char *id, *until, *reason, *name, *version, *ecosystem, *ignored;
  const char *other; /* a condition that careen does not have */
} Table;

static void add_flaw(const Table *table)
{
  GDate last;
  if (!table->id || !cr_import_is_flaw(table->id))
    cr_import_lose(table->import, table->place, "'%s' is the name of no flaw", table->id ? table->id : "");
  else if (!table->until || cr_import_read_end(table->import, table->until, table->id, table->place, &last))
    cr_import_add_rule(table->import, table->id, NULL, NULL, table->reason, table->until ? &last : NULL, table->place);
}

static void add_package(const Table *table)
{
  GDate last;
  const char *what = table->name ? table->name : "all packages";
  const char *package = table->name && table->ecosystem && !table->other
                            ? cr_import_make_package(table->import, table->ecosystem, table->name, table->version)
                            : NULL;
  if (!cr_import_is_true(table->ignored))
    cr_import_lose(table->import, table->place,
                   "what it says of %s has no equivalent: careen does not look at licences", what);
  else if (!package)
    cr_import_lose(table->import, table->place, "the rule for %s is left out: %s", what,
                   table->other        ? "it has a condition that careen has not"
                   : !table->ecosystem ? "it is for any ecosystem, and careen's rule would be for more than that one"
                                       : "careen has no pattern for such packages");
  else if (!table->until || cr_import_read_end(table->import, table->until, what, table->place, &last))
    cr_import_add_rule(table->import, NULL, package, NULL, table->reason, table->until ? &last : NULL, table->place);
}

static void read_member(Table *table, const CrTomlItem *item)
{
  const struct {
    const char *key;
    const char **slot;
  } rows[] = {
      {"id", &table->id},          {"ignoreUntil", &table->until},   {"effectiveUntil", &table->until},
      {"reason", &table->reason},  {"name", &table->name},           {"version", &table->version},
      {"ignore", &table->ignored}, {"ecosystem", &table->ecosystem}, {"vulnerability.ignore", &table->ignored},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i].key, item->key)) {
      *rows[i].slot = item->value;
      return;
    }
  table->other = item->key;
}

static gboolean read_file(CrImport *import, const CrImportSource *source, GError **error)
{
  g_autoptr(GPtrArray) items = cr_toml_parse(source->text, source->name, import->arena, error);
  if (!items)
    return FALSE;
  for (guint i = 0; i < items->len;) {
    const CrTomlItem *first = items->pdata[i];
    Table table = {.import = import, .place = cr_import_format_line(import, source->name, first->line)};
    gboolean flaws = !strcmp(first->table, "IgnoredVulns"), packages = !strcmp(first->table, "PackageOverrides");
    for (; i < items->len; i++) {
      const CrTomlItem *item = items->pdata[i];
      if (strcmp(item->table, first->table) != 0 || item->element != first->element)
        break;
      if (flaws || packages)
        read_member(&table, item);
      else
        cr_import_lose(import, cr_import_format_line(import, source->name, item->line), "'%s' has no equivalent",
                       item->key);
    }
    if (flaws)
      add_flaw(&table);
    else if (packages)
      add_package(&table);
  }
  return TRUE;
}

const CrImportKind cr_import_osv_scanner = {
    .kind = "osv-scanner",
    .names = (const char *const[]){"*osv-scanner*.toml", NULL},
    .read = read_file,
};
