/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's database: `status`, and distroless' `status.d` with one file a package. States and fields: dpkg(1), "Package
 * states", deb-control(5). A package that only left its configuration (config-files) is no package. */
#include "inventory/dpkg.h"

#include <string.h>

#include "base/limits.h"

#define ROOT   "var/lib/dpkg/"
#define STATUS ROOT "status"
/* Package names in one message. */
#define NAMED 8

/* ---- what the pass keeps ---- */

/* PATH behind the last "dpkg/": also where var/lib/dpkg is a link to a folder of that name elsewhere. */
static const char *find_inside(const CrEntry *entry)
{
  const char *found = NULL;
  for (const char *at = entry->path; (at = strstr(at, "dpkg/")); at += 5)
    if (at == entry->path || at[-1] == '/')
      found = at + 5;
  return found;
}

static gboolean wants_status(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  if (g_str_has_suffix(entry->path, "apt/extended_states"))
    return TRUE;
  const char *inside = find_inside(entry);
  return inside && (!strcmp(inside, "status") || !strcmp(inside, "diversions") || !strcmp(inside, "arch") ||
                    g_str_has_prefix(inside, "status.d/"));
}

static gboolean wants_list(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  (void)head;
  (void)head_bytes;
  const char *inside = find_inside(entry);
  return inside && g_str_has_prefix(inside, "info/") && g_str_has_suffix(inside, ".list");
}

static const CrCollector status_collector = {CR_DPKG_STATUS, 1, wants_status, cr_database_collect_whole},
                         list_collector = {CR_DPKG_LIST, 1, wants_list, cr_database_collect_whole};
static const CrCollector *const collectors[] = {&status_collector, &list_collector, NULL};

/* ---- stanzas ---- */

void cr_dpkg_parse_stanza(CrSlice stanza, CrDpkgStanza *out)
{
  *out = (CrDpkgStanza){.stanza = stanza};
  const struct {
    const char *name;
    CrSlice *value;
  } fields[] = {
      {"Package", &out->name},
      {"Status", &out->status},
      {"Version", &out->version},
      {"Architecture", &out->arch},
      {"Source", &out->source_name},
      {"Maintainer", &out->maintainer},
      {"Origin", &out->origin},
      {"Essential", &out->essential},
      {"Protected", &out->protected},
      {"Important", &out->important},
      {"Auto-Installed", &out->automatic},
  };
  CrSlice name, value;
  while (cr_slice_next_field(&stanza, &name, &value)) {
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
      if (cr_slice_is_word(name, fields[i].name))
        *fields[i].value = value;
  }
  /* "Source: x (v)": a version of its own, as binary-only rebuilds have */
  CrSlice rest = out->source_name, word;
  if (cr_slice_next_word(&rest, &out->source_name) && cr_slice_next_word(&rest, &word) && word.size > 2 &&
      word.at[0] == '(' && word.at[word.size - 1] == ')')
    out->source_version = (CrSlice){word.at + 1, word.size - 2};
  /* "want flag state"; distroless' files have none */
  rest = out->status;
  out->has_status = rest.size > 0;
  cr_slice_next_word(&rest, &out->want);
  cr_slice_next_word(&rest, &word);
  if (!cr_slice_next_word(&rest, &out->state))
    out->state = cr_slice("installed", 9);
}

static const char *text(CrDatabaseWork *work, CrSlice slice)
{
  return cr_database_text(work, slice.at, slice.size);
}

/* The same where LAST, the record before's, has the same: architectures and states repeat. */
static const char *text_again(CrDatabaseWork *work, CrSlice slice, const char **last)
{
  if (!*last || !cr_slice_is(slice, *last))
    *last = text(work, slice);
  return *last;
}

static gboolean says_yes(CrSlice value)
{
  return cr_slice_is_word(value, "yes");
}

/* ---- reading ---- */

typedef struct {
  CrDatabaseWork *work;
  const char *path;                      /* of the file being read */
  CrStrv paths;                          /* it alone */
  const char *arch, *state, *maintainer; /* of the record before */
  GHashTable *names;                     /* every name with a record, gone ones too: whose file list is no surprise */
  guint records;                         /* stanzas with a package name */
  guint stateless;                       /* … without a state in `status` */
  guint versionless;                     /* … installed without a version: left out */
  guint oversized;                       /* stanzas too large to look at */
  gboolean broken;                       /* a blind problem was added */
  GString *named;                        /* names of those left out */
  const guint8 *lists;                   /* of status.d: the md5sums beside the file, or NULL */
  gsize list_bytes;
} Reading;

static gboolean is_gone(CrSlice state)
{
  return cr_slice_is_word(state, "not-installed") || cr_slice_is_word(state, "config-files");
}

static gboolean take_stanza(Reading *reading, const CrDpkgStanza *stanza)
{
  CrDatabaseWork *work = reading->work;
  if (!stanza->name.size)
    return TRUE;
  reading->records++;
  const char *name = text(work, stanza->name);
  if (!name)
    return TRUE;
  if (reading->names)
    g_hash_table_add(reading->names, (gpointer)name);
  if (is_gone(stanza->state))
    return TRUE;
  const char *version = text(work, stanza->version); /* a NUL byte ends it: it may be none though it has a size */
  if (!version) {
    if (reading->versionless++ < NAMED)
      g_string_append_printf(reading->named, "%s%s", reading->named->len ? ", " : "", name);
    return TRUE;
  }
  reading->stateless += !stanza->has_status;
  CrDatabasePackage package = {.own = reading->lists, .locator = reading->list_bytes};
  package.package.name = name;
  package.package.version = version;
  package.package.arch = text_again(work, stanza->arch, &reading->arch);
  if (work->identity)
    return cr_database_add(work, &package);
  package.package.source_name = text(work, stanza->source_name);
  package.package.source_version = text(work, stanza->source_version);
  if (!reading->paths || reading->paths[0] != reading->path)
    reading->paths = cr_database_paths(work, reading->path);
  package.package.paths = reading->paths;
  package.package.status = text_again(work, stanza->state, &reading->state);
  package.package.maintainer = text_again(work, stanza->maintainer, &reading->maintainer);
  package.package.origin = text(work, stanza->origin);
  package.package.held = cr_slice_is_word(stanza->want, "hold");
  package.package.essential = says_yes(stanza->essential) || says_yes(stanza->protected) || says_yes(stanza->important);
  package.package.control = stanza->stanza.at;
  package.package.control_bytes = stanza->stanza.size;
  return cr_database_add(work, &package);
}

static void read_stanzas(Reading *reading, CrSlice bytes)
{
  CrSlice stanza;
  while (cr_slice_next_stanza(&bytes, &stanza)) {
    if (stanza.size > CR_LIMIT_STANZA_BYTES) {
      reading->oversized++;
      continue;
    }
    CrDpkgStanza parsed;
    cr_dpkg_parse_stanza(stanza, &parsed);
    if (!take_stanza(reading, &parsed))
      return;
  }
}

static void blind(Reading *reading, const char *why)
{
  reading->broken = TRUE;
  cr_problems_add(reading->work->problems, CR_PROBLEM_BLIND, reading->path, "cannot read dpkg's package database: %s",
                  why);
}

static void report_damage(Reading *reading, CrSlice bytes)
{
  CrProblems *problems = reading->work->problems;
  if (!cr_slice_ends(bytes, "\n"))
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, reading->path,
                    "the file ends in the middle of a line: packages behind it were not seen%s",
                    cr_tree_find(reading->work->tree, ROOT "status-old", NULL) == CR_TREE_FOUND
                        ? "; an older copy, 'status-old', is there"
                        : "");
  if (reading->oversized)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, reading->path, "%u records above %llu MiB were not read",
                    reading->oversized, CR_LIMIT_STANZA_BYTES / CR_MIB);
  if (reading->versionless)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, reading->path, "%u packages without a version were left out: %s%s",
                    reading->versionless, reading->named->str, reading->versionless > NAMED ? ", …" : "");
  if (reading->stateless)
    cr_problems_add(problems, CR_PROBLEM_NOTE, reading->path,
                    "%u records have no Status field; they are counted as installed", reading->stateless);
}

/* FALSE: there is no such file. */
static gboolean read_status(Reading *reading)
{
  CrDatabaseWork *work = reading->work;
  CrNode node;
  reading->path = STATUS;
  CrTreeResult result = cr_tree_find(work->tree, STATUS, &node);
  /* where /var itself leads nowhere (OpenWrt's does until it runs) there is no dpkg */
  if (result == CR_TREE_ABSENT || cr_tree_find_nofollow(work->tree, "var/lib/dpkg", NULL) != CR_TREE_FOUND)
    return FALSE;
  if (result != CR_TREE_FOUND || node.type != CR_ENTRY_FILE) {
    blind(reading, result == CR_TREE_FOUND ? "it is not a file" : "a link on the way leads nowhere");
    return TRUE;
  }
  gsize size = 0;
  const guint8 *data = cr_database_keep(work, cr_tree_get_facts(work->tree, &node, CR_DPKG_STATUS), &size);
  if (!data && node.size) {
    blind(reading, "its content could not be kept when the layer was read");
    return TRUE;
  }
  read_stanzas(reading, cr_slice(data, size));
  if (!reading->records && size)
    blind(reading, "no package record is in it");
  else if (size)
    report_damage(reading, cr_slice(data, size));
  return TRUE;
}

static gboolean read_one(const CrNode *node, gpointer data)
{
  Reading *reading = data;
  CrDatabaseWork *work = reading->work;
  if (node->type == CR_ENTRY_DIR || g_str_has_suffix(node->path, ".md5sums") || g_str_has_suffix(node->path, ".list"))
    return TRUE;
  g_autofree char *sums = g_strconcat(node->path, ".md5sums", NULL);
  gsize size = 0;
  const guint8 *bytes = cr_database_keep(work, cr_tree_find_facts(work->tree, node->path, CR_DPKG_STATUS), &size);
  guint before = reading->records;
  reading->path = cr_arena_strdup(work->arena, node->path);
  reading->lists = cr_database_keep(work, cr_tree_find_facts(work->tree, sums, CR_DPKG_STATUS), &reading->list_bytes);
  read_stanzas(reading, cr_slice(bytes, size));
  reading->lists = NULL;
  reading->list_bytes = 0;
  if (reading->records == before)
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, reading->path, "cannot read this record: no package is in it");
  return TRUE;
}

/* TRUE: there is such a folder. */
static gboolean read_status_folder(Reading *reading)
{
  CrNode node;
  if (cr_tree_find(reading->work->tree, ROOT "status.d", &node) != CR_TREE_FOUND || node.type != CR_ENTRY_DIR)
    return FALSE;
  guint stateless = reading->stateless;
  cr_tree_foreach_child(reading->work->tree, node.path, read_one, reading);
  reading->stateless = stateless; /* these never have a state */
  return TRUE;
}

/* apt: which packages came only because others need them. Records of Architecture: all carry the native one. */
static void read_automatic(CrDatabaseWork *work)
{
  gsize size = 0;
  g_autoptr(GBytes) bytes = cr_tree_find_facts(work->tree, "var/lib/apt/extended_states", CR_DPKG_STATUS);
  if (!bytes)
    return;
  const void *data = g_bytes_get_data(bytes, &size);
  CrSlice rest = cr_slice(data, size), stanza;
  g_autoptr(GHashTable) marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  while (cr_slice_next_stanza(&rest, &stanza)) {
    CrDpkgStanza parsed;
    cr_dpkg_parse_stanza(stanza, &parsed);
    if (!cr_slice_is(parsed.automatic, "1") || parsed.name.size + parsed.arch.size > CR_LIMIT_PATH_BYTES)
      continue;
    g_hash_table_add(marks, g_strdup_printf("%.*s:%.*s", (int)parsed.name.size, parsed.name.at, (int)parsed.arch.size,
                                            parsed.arch.at));
    g_hash_table_add(marks, g_strdup_printf("%.*s:all", (int)parsed.name.size, parsed.name.at));
  }
  for (guint i = 0; i < work->packages->len; i++) {
    CrDatabasePackage *package = work->packages->pdata[i];
    g_autofree char *key =
        g_strdup_printf("%s:%s", package->package.name, package->package.arch ? package->package.arch : "");
    package->package.automatic = g_hash_table_contains(marks, key);
  }
}

/* A trace of dpkg, but no package. */
static void report_nothing(Reading *reading, gboolean has_status, gboolean has_folder)
{
  int layer = cr_tree_find_hidden(reading->work->tree, STATUS);
  g_autofree char *deleted = layer < 0 ? NULL : g_strdup_printf("it was last in layer %d and deleted above it", layer);
  blind(reading, has_status   ? "it is empty"
                 : has_folder ? "status.d holds no package"
                 : deleted    ? deleted
                              : "it is not there");
}

static CrDatabaseState read_dpkg(CrDatabaseWork *work)
{
  Reading reading = {.work = work};
  g_autoptr(GHashTable) names = work->identity ? NULL : g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GString) named = g_string_new(NULL);
  reading.names = names;
  reading.named = named;
  gboolean has_folder = read_status_folder(&reading);
  gboolean has_status = read_status(&reading);
  if (work->identity)
    return has_folder || has_status ? CR_DATABASE_READ : CR_DATABASE_ABSENT;
  reading.path = STATUS;
  guint orphans = cr_dpkg_match_lists(work, names);
  if (!has_folder && !has_status && !orphans)
    return CR_DATABASE_ABSENT;
  if (!reading.records && !reading.broken)
    report_nothing(&reading, has_status, has_folder);
  read_automatic(work);
  return reading.broken && !work->packages->len ? CR_DATABASE_BROKEN : CR_DATABASE_READ;
}

static const char *const places[] = {STATUS, ROOT "status.d", "var/lib/dpkg", NULL};

const CrDatabase cr_database_dpkg = {
    .name = "dpkg",
    .type = "deb",
    .family = "debian",
    .collectors = collectors,
    .places = places,
    .read = read_dpkg,
    .foreach_file = cr_dpkg_foreach_file,
    .foreach_relation = cr_database_foreach_deb_relation,
};
