/* SPDX-License-Identifier: Apache-2.0 */
/* rpm's database, wherever distributions have put it, in each of the three forms that rpm has had. */
#include "inventory/rpm.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

/* Of several in one folder the first is the one that rpm of its time wrote last: it migrates downwards in this list. */
static const CrRpmBackend *const backends[] = {&cr_rpm_sqlite, &cr_rpm_ndb, &cr_rpm_bdb};

/* rpm's default, openSUSE's and Fedora's since 36, rpm-ostree's; usually links among each other. */
static const char *const folders[] = {"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"};

#define FOLDER_PLACES(folder) folder "/rpmdb.sqlite", folder "/Packages.db", folder "/Packages"
static const char *const places[] = {FOLDER_PLACES("var/lib/rpm"), FOLDER_PLACES("usr/lib/sysimage/rpm"),
                                     FOLDER_PLACES("usr/share/rpm"), CR_RPM_MANIFEST, NULL};

/* ---- the collector ---- */

/* The known places, and any other folder "rpm" that one of them may be a link to. */
static gboolean wants_database(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  const char *slash = strrchr(entry->path, '/');
  if (!slash || slash - entry->path < 4)
    return FALSE;
  if (!strcmp(entry->path, CR_RPM_MANIFEST))
    return TRUE;
  gsize folder = (gsize)(slash - entry->path);
  if (memcmp(slash - 4, "/rpm", 4) != 0 || folder < 5)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(backends); i++)
    if (!strcmp(slash + 1, backends[i]->file) || !g_strcmp0(slash + 1, backends[i]->log))
      return TRUE;
  return FALSE;
}

static gboolean collect_database(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  cr_sink_write_file(sink, file);
  return TRUE;
}

static const CrCollector collector = {
    .name = "rpmdb", .version = 1, .wants = wants_database, .collect = collect_database};
static const CrCollector *const collectors[] = {&collector, NULL};

/* ---- one walk ---- */

void cr_rpm_walk_clear(CrRpmWalk *walk)
{
  g_clear_pointer(&walk->damage, g_free);
}

void cr_rpm_walk_damaged(CrRpmWalk *walk, const char *format, ...)
{
  if (!walk->damages++) {
    va_list args;
    va_start(args, format);
    walk->damage = g_strdup_vprintf(format, args);
    va_end(args);
  }
}

void cr_rpm_release_pages(const guint8 *data, gsize size)
{
  gsize page = (gsize)sysconf(_SC_PAGESIZE), skip = (page - (gsize)data % page) % page;
  if (size > skip + page)
    madvise((void *)(data + skip), (size - skip) / page * page, MADV_PAGEOUT);
}

static void release_bytes(GBytes *bytes)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  cr_rpm_release_pages(data, size);
}

gboolean cr_rpm_walk_spend(CrRpmWalk *walk, gsize bytes)
{
  guint64 before = walk->record_bytes;
  walk->record_bytes += bytes;
  if (before / CR_RPM_RELEASE_EVERY != walk->record_bytes / CR_RPM_RELEASE_EVERY)
    release_bytes(walk->bytes);
  if (walk->record_bytes <= (guint64)g_bytes_get_size(walk->bytes) + (walk->log ? g_bytes_get_size(walk->log) : 0))
    return TRUE;
  cr_rpm_walk_damaged(walk, "its records are larger than itself");
  return FALSE;
}

gboolean cr_rpm_walk_give(CrRpmWalk *walk, guint64 number, const guint8 *blob, gsize size)
{
  if (!cr_rpm_walk_spend(walk, size))
    return FALSE;
  walk->records++;
  return walk->visit(number, blob, size, walk->data);
}

/* ---- one database ---- */

typedef struct {
  CrDatabaseWork *work;
  CrRpmWalk *walk;
  const char *path; /* canonical */
  CrStrv paths;
  guint packages;
  GError *failure; /* librpm is not there: nothing can be read */
} Reading;

static gboolean add_package(Reading *reading, const CrRpmHeader *header)
{
  CrDatabasePackage package = {.own = header->files};
  CrPackage *facts = &package.package;
  facts->name = header->name;
  facts->version = header->version;
  facts->arch = header->arch;
  facts->source_name = header->source_name;
  facts->source_version = header->source_version;
  facts->origin = header->vendor;
  facts->maintainer = header->packager;
  facts->licence = header->licence;
  facts->module = header->module;
  facts->paths = reading->paths;
  reading->packages++;
  return cr_database_add(reading->work, &package);
}

static gboolean visit_record(guint64 number, const guint8 *blob, gsize size, gpointer data)
{
  Reading *reading = data;
  CrRpmHeader header;
  g_autoptr(GError) error = NULL;
  gboolean whole = !reading->work->identity;
  if (!cr_rpm_header_parse(blob, size, whole, reading->work->arena, &header, &error)) {
    if (g_error_matches(error, CR_ERROR, CR_ERROR_ENVIRONMENT)) {
      reading->failure = g_steal_pointer(&error);
      return FALSE;
    }
    cr_rpm_walk_damaged(reading->walk, "record %" G_GUINT64_FORMAT ": %s", number, error->message);
    /* A file list that does not hold together costs the files, not the package. */
    return header.name && header.version ? add_package(reading, &header) : TRUE;
  }
  if (whole && !cr_rpm_header_check_digest(blob, size))
    cr_rpm_walk_damaged(reading->walk, "the record of %s does not match its own digest", header.name);
  return strcmp(header.name, "gpg-pubkey") != 0 ? add_package(reading, &header) : TRUE; /* a key is no package */
}

/* Say what came of it. READ even when in part. */
static CrDatabaseState judge(Reading *reading)
{
  CrRpmWalk *walk = reading->walk;
  CrProblems *problems = reading->work->problems;
  if (reading->failure) {
    cr_problems_add(problems, CR_PROBLEM_BLIND, reading->path, "%s%s%s", reading->failure->message,
                    cr_error_get_hint(reading->failure) ? "; " : "",
                    cr_error_get_hint(reading->failure) ? cr_error_get_hint(reading->failure) : "");
    return CR_DATABASE_BROKEN;
  }
  if (!walk->records || (walk->damages && !reading->packages)) {
    cr_problems_add(problems, CR_PROBLEM_BLIND, reading->path, "cannot read the rpm database: %s",
                    walk->damages ? walk->damage : "it holds no record");
    return CR_DATABASE_BROKEN;
  }
  g_autofree char *more = walk->damages > 1 ? g_strdup_printf(", and %u faults more", walk->damages - 1) : g_strdup("");
  if (walk->damages)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, reading->path,
                    "the rpm database is damaged, %u packages could be read: %s%s", reading->packages, walk->damage,
                    more);
  return CR_DATABASE_READ;
}

static CrDatabaseState read_file(CrDatabaseWork *work, const CrRpmBackend *backend, const CrNode *node,
                                 const char *folder)
{
  g_autoptr(GBytes) bytes = cr_tree_get_facts(work->tree, node, collector.name), log = NULL;
  g_autofree char *log_path = backend->log ? g_strdup_printf("%s/%s", folder, backend->log) : NULL;
  if (log_path)
    log = cr_tree_find_facts(work->tree, log_path, collector.name);
  if (!bytes) {
    cr_problems_add(work->problems, CR_PROBLEM_BLIND, node->path, "cannot read the rpm database: %s",
                    node->size ? "it was not kept" : "it is empty");
    return CR_DATABASE_BROKEN;
  }
  CrRpmWalk walk = {.bytes = bytes, .log = log, .visit = visit_record, .thorough = !work->identity};
  Reading reading = {.work = work, .walk = &walk, .path = node->path};
  reading.paths = cr_database_paths(work, node->path);
  walk.data = &reading;
  backend->walk(&walk);
  CrDatabaseState state = judge(&reading);
  if (g_bytes_get_size(bytes) >= CR_RPM_RELEASE_EVERY)
    release_bytes(bytes);
  g_clear_error(&reading.failure);
  cr_rpm_walk_clear(&walk);
  return state;
}

/* ---- the member ---- */

/* All databases of FOLDER that can be reached, once each: SEEN holds canonical paths. The first that can be read is
 * it; a further one is of an older rpm, and said. */
static void read_folder(CrDatabaseWork *work, const char *folder, GHashTable *seen, CrDatabaseState *state)
{
  for (guint i = 0; i < G_N_ELEMENTS(backends); i++) {
    g_autofree char *path = g_strdup_printf("%s/%s", folder, backends[i]->file);
    CrNode node;
    if (cr_tree_find(work->tree, path, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE ||
        !g_hash_table_add(seen, (gpointer)node.path))
      continue;
    if (*state == CR_DATABASE_READ) {
      cr_problems_add(work->problems, CR_PROBLEM_NOTE, node.path,
                      "another rpm database, which is not read: rpm uses the one in front of it");
      continue;
    }
    CrDatabaseState found = read_file(work, backends[i], &node, folder);
    if (found == CR_DATABASE_READ || *state == CR_DATABASE_ABSENT)
      *state = found;
  }
}

static CrDatabaseState read_rpm(CrDatabaseWork *work)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  CrDatabaseState state = CR_DATABASE_ABSENT;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    read_folder(work, folders[i], seen, &state);
  return state == CR_DATABASE_ABSENT ? cr_rpm_manifest_read(work) : state;
}

static void list_files(const CrDatabasePackage *package, CrDatabaseFileVisit visit, gpointer data)
{
  g_autoptr(GString) path = g_string_new(NULL);
  const CrRpmFiles *files = package->own;
  const char *name = files ? files->names : NULL;
  for (guint i = 0; files && i < files->count; i++) {
    const char *folder = files->folders[files->folder[i]];
    g_string_assign(path, folder);
    g_string_append(path, name);
    gsize skip = strspn(path->str, "/");
    if (path->len > skip)
      visit(package, path->str + skip, path->len - skip, FALSE, data);
    name += strlen(name) + 1;
  }
}

/* ---- relations: read again, because few ask and they are many ---- */

typedef struct {
  GHashTable *packages; /* "name version arch" → CrDatabasePackage */
  CrArena *arena;
  CrDatabaseRelationVisit visit;
  CrExactRelationVisit visit_exact; /* or this one */
  gpointer data;
} Relating;

static char *format_identity(const char *name, const char *version, const char *arch)
{
  return g_strdup_printf("%s %s %s", name, version, arch ? arch : "");
}

static gboolean relate_record(guint64 number, const guint8 *blob, gsize size, gpointer data)
{
  (void)number;
  Relating *relating = data;
  CrRpmHeader header;
  if (!cr_rpm_header_parse(blob, size, FALSE, relating->arena, &header, NULL))
    return TRUE; /* said when the packages were read */
  g_autofree char *key = format_identity(header.name, header.version, header.arch);
  const CrDatabasePackage *package = g_hash_table_lookup(relating->packages, key);
  if (package && relating->visit)
    cr_rpm_header_foreach_relation(blob, size, package, relating->visit, relating->data);
  else if (package)
    cr_rpm_header_foreach_exact_relation(blob, size, &package->package, relating->visit_exact, relating->data);
  return TRUE;
}

static const CrRpmBackend *find_backend(const char *path)
{
  g_autofree char *file = g_path_get_basename(path);
  for (guint i = 0; i < G_N_ELEMENTS(backends); i++)
    if (!strcmp(backends[i]->file, file))
      return backends[i];
  return NULL;
}

/* FALSE: a manifest, which says nothing of them. */
static gboolean relate(CrDatabaseWork *work, Relating *relating)
{
  const CrDatabasePackage *first = work->packages->len ? work->packages->pdata[0] : NULL;
  const char *path = first ? first->package.paths[0] : NULL;
  const CrRpmBackend *backend = path ? find_backend(path) : NULL;
  g_autoptr(GBytes) bytes = backend ? cr_tree_find_facts(work->tree, path, collector.name) : NULL, log = NULL;
  if (!bytes)
    return FALSE;
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree char *log_path = backend->log ? g_strdup_printf("%s/%s", folder, backend->log) : NULL;
  if (log_path)
    log = cr_tree_find_facts(work->tree, log_path, collector.name);
  g_autoptr(GHashTable) packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < work->packages->len; i++) {
    const CrPackage *package = work->packages->pdata[i];
    g_hash_table_insert(packages, format_identity(package->name, package->version, package->arch), (gpointer)package);
  }
  g_autoptr(CrArena) arena = cr_arena_new();
  relating->packages = packages;
  relating->arena = arena;
  CrRpmWalk walk = {.bytes = bytes, .log = log, .visit = relate_record, .data = relating};
  backend->walk(&walk);
  cr_rpm_walk_clear(&walk);
  return TRUE;
}

static void foreach_relation(CrDatabaseWork *work, CrDatabaseRelationVisit visit, gpointer data)
{
  Relating relating = {.visit = visit, .data = data};
  relate(work, &relating);
}

static gboolean foreach_exact_relation(CrDatabaseWork *work, CrExactRelationVisit visit, gpointer data)
{
  Relating relating = {.visit_exact = visit, .data = data};
  return relate(work, &relating);
}

const CrDatabase cr_database_rpm = {
    .name = "rpm",
    .type = "rpm",
    .family = "rpm",
    .collectors = collectors,
    .places = places,
    .read = read_rpm,
    .list_files = list_files,
    .foreach_relation = foreach_relation,
    .foreach_exact_relation = foreach_exact_relation,
};
