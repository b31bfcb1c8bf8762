/* SPDX-License-Identifier: Apache-2.0 */
/* OSV's bulk archives: https://osv-vulnerabilities.storage.googleapis.com/ECOSYSTEM/all.zip, one ID.json a record, in
 * the format of https://ossf.github.io/osv-schema/. Who wrote a record is in its id (GHSA-…, PYSEC-…, RHSA-…).
 *
 * A record may name packages of several ecosystems; it then stands in the archive of each, so only the archive's own
 * are taken from it. Ranges of commits are left out: an installed package has none. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <unistd.h>

#include "advisory/feed.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/order.h"
#include "model/cvss.h"

#define BUCKET "https://osv-vulnerabilities.storage.googleapis.com/"

/* What matching understands; a folder is read whatever it has. */
static const struct {
  const char *name, *licence;
  gboolean language; /* no releases: what stands behind a colon is a registry, and names the same packages */
} ecosystems[] = {
    {"AlmaLinux", "MIT", FALSE},
    {"Alpine", "MIT", FALSE},
    {"Debian", "MIT", FALSE},
    {"Go", "CC-BY-4.0", TRUE},
    {"Maven", "CC-BY-4.0", TRUE},
    {"npm", "CC-BY-4.0", TRUE},
    {"NuGet", "CC-BY-4.0", TRUE},
    {"Packagist", "CC-BY-4.0", TRUE},
    {"PyPI", "CC-BY-4.0", TRUE},
    {"Red Hat", "CC-BY-4.0", FALSE},
    {"Rocky Linux", "BSD-3-Clause", FALSE},
    {"RubyGems", "CC-BY-4.0", TRUE},
    {"Ubuntu", "CC-BY-SA-4.0", FALSE},
    {"crates.io", "CC0-1.0, CC-BY-4.0", TRUE},
    {"openSUSE", "CC-BY-4.0", FALSE},
    {"SUSE", "CC-BY-4.0", FALSE},
    {"Mageia", "CC-BY-SA-4.0", FALSE},
    {"openEuler", "CC-BY-4.0", FALSE},
    {"Wolfi", "Apache-2.0", FALSE},
    {"Chainguard", "Apache-2.0", FALSE},
};

static gboolean is_language(const char *ecosystem)
{
  for (guint i = 0; i < G_N_ELEMENTS(ecosystems); i++)
    if (!strcmp(ecosystems[i].name, ecosystem))
      return ecosystems[i].language;
  return FALSE;
}

static void add_file(const CrFeed *feed, const char *ecosystem, GPtrArray *files)
{
  const char *licence = "by record";
  for (guint i = 0; i < G_N_ELEMENTS(ecosystems); i++)
    if (!strcmp(ecosystems[i].name, ecosystem))
      licence = ecosystems[i].licence;
  g_autofree char *name = g_strconcat("osv/", ecosystem, NULL);
  g_autofree char *path = g_strconcat(name, "/all.zip", NULL);
  g_autofree char *escaped = g_uri_escape_string(ecosystem, NULL, FALSE);
  g_autofree char *address = g_strconcat(BUCKET, escaped, "/all.zip", NULL);
  CrFeedFile *file = cr_feed_file_new(feed, name, name, path, address, licence);
  file->ecosystem = g_strdup(ecosystem);
  g_ptr_array_add(files, file);
}

static void plan_osv(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  if (wants->folder) {
    g_auto(GStrv) names = cr_feed_list_folder(wants, "osv", "");
    for (guint i = 0; names[i]; i++) {
      g_autofree char *path = g_build_filename(wants->folder, "osv", names[i], "all.zip", NULL);
      if (g_file_test(path, G_FILE_TEST_EXISTS))
        add_file(feed, names[i], files);
    }
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS(ecosystems); i++) {
    /* Alpine has a feed of its own that says more; its twin here is for --all. Debian's has the CVSS vectors that the
     * tracker lacks. */
    gboolean twin = !strcmp(ecosystems[i].name, "Alpine");
    if (twin ? wants->all : cr_feed_wants(wants, ecosystems[i].name))
      add_file(feed, ecosystems[i].name, files);
  }
}

/* ---- the archive ---- */

static gboolean fail_archive(struct archive *archive, GError **error)
{
  const char *why = archive_error_string(archive);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it is no whole ZIP archive: %s", why ? why : "unknown damage");
  return FALSE;
}

static gboolean read_entry(struct archive *archive, struct archive_entry *entry, GByteArray *bytes, CrFeedSink *sink,
                           GError **error)
{
  const char *path = archive_entry_pathname(entry);
  g_autofree char *name = g_path_get_basename(path ? path : "?");
  if (archive_entry_filetype(entry) == AE_IFDIR || !g_str_has_suffix(name, ".json"))
    return TRUE;
  name[strlen(name) - strlen(".json")] = 0;
  gsize at = 0;
  for (;;) {
    if (bytes->len - at < 65536)
      g_byte_array_set_size(bytes, bytes->len + 65536);
    la_ssize_t n = archive_read_data(archive, bytes->data + at, bytes->len - at);
    if (n < 0)
      return fail_archive(archive, error);
    if (!n)
      return cr_feed_sink_give(sink, name, bytes->data, at, error);
    at += (gsize)n;
    if (at > CR_LIMIT_FEED_RECORD_BYTES) {
      cr_feed_sink_skip(sink, name, "it is larger than 64 MiB");
      return TRUE;
    }
  }
}

static gboolean read_osv(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error)
{
  struct archive *archive = archive_read_new();
  archive_read_support_format_zip(archive);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  struct archive_entry *entry = NULL;
  gboolean ok = archive_read_open_fd(archive, fd, 1 << 20) == ARCHIVE_OK || fail_archive(archive, error);
  while (ok) {
    int status = archive_read_next_header(archive, &entry);
    if (status == ARCHIVE_EOF)
      break;
    ok = status == ARCHIVE_OK || status == ARCHIVE_WARN ? read_entry(archive, entry, bytes, sink, error)
                                                        : fail_archive(archive, error);
  }
  archive_read_free(archive);
  return ok;
}

/* ---- one record ---- */

typedef struct {
  const CrFeedFile *file;
  CrBuilder *builder;
  const CrJson *root;
  CrAdvisory advisory; /* what all packages of the record share */
  CrArena *arena;
  const char *why;
} Record;

static gboolean refuse(Record *record, const char *why)
{
  record->why = why;
  return FALSE;
}

/* An erratum names the flaws that it fixes; it is not another name of them. */
static gboolean is_erratum(const char *id)
{
  static const char *const prefixes[] = {"DSA-", "DLA-", "DTSA-", "USN-", "LSN-", "MGASA-", NULL};
  for (guint i = 0; prefixes[i]; i++)
    if (g_str_has_prefix(id, prefixes[i]))
      return TRUE;
  return strchr(id, ':') != NULL;
}

static guint add_names(const Record *record, const CrJson *array, const char **list, guint count)
{
  for (guint i = 0; i < cr_json_get_length(array); i++) {
    const char *name = cr_json_get_string(cr_json_get_element(array, i), NULL);
    if (name && *name && strlen(name) <= CR_LIMIT_ADVISORY_TEXT && strcmp(name, record->advisory.id) != 0)
      list[count++] = name;
  }
  return count;
}

/* Sorted, each once. */
static CrStrv end_names(const char **list, guint count)
{
  guint kept = 0;
  if (count > 1)
    qsort(list, count, sizeof *list, cr_compare_texts);
  for (guint i = 0; i < count; i++)
    if (!kept || strcmp(list[kept - 1], list[i]) != 0)
      list[kept++] = list[i];
  list[kept] = NULL;
  return list;
}

/* `aliases` and `related` of the record, and `upstream`, which is the flaw itself for DEBIAN-CVE-1 and a list of what
 * is fixed for DSA-1. */
static gboolean take_names(Record *record)
{
  CrAdvisory *advisory = &record->advisory;
  const CrJson *aliases = cr_json_find(record->root, "aliases"), *related = cr_json_find(record->root, "related");
  const CrJson *upstream = cr_json_find(record->root, "upstream");
  guint most = cr_json_get_length(aliases) + cr_json_get_length(related) + cr_json_get_length(upstream);
  if (most > CR_LIMIT_ADVISORY_NAMES)
    return refuse(record, "it has more than 20000 names");
  const char **same = cr_arena_alloc(record->arena, (most + 1) * sizeof *same);
  const char **other = cr_arena_alloc(record->arena, (most + 1) * sizeof *other);
  guint same_count = 0, other_count = add_names(record, related, other, 0);
  if (is_erratum(advisory->id))
    other_count = add_names(record, aliases, other, other_count);
  else
    same_count = add_names(record, aliases, same, same_count);
  for (guint i = 0; i < cr_json_get_length(upstream); i++) {
    const char *name = cr_json_get_string(cr_json_get_element(upstream, i), NULL);
    if (!name || !*name || strlen(name) > CR_LIMIT_ADVISORY_TEXT)
      continue;
    if (g_str_has_suffix(advisory->id, name))
      same[same_count++] = name;
    else
      other[other_count++] = name;
  }
  advisory->aliases = end_names(same, same_count);
  advisory->related = end_names(other, other_count);
  return TRUE;
}

/* Vectors of SEVERITY (newest CVSS last in the feed, kept in its order), and the vendor's own word in it. */
static CrStrv take_severity(Record *record, const CrJson *severity, const char **word)
{
  guint count = 0, length = cr_json_get_length(severity);
  if (!length || length > CR_LIMIT_ADVISORY_NAMES)
    return cr_strv_empty;
  const char **list = cr_arena_alloc(record->arena, (length + 1) * sizeof *list);
  for (guint i = 0; i < length; i++) {
    const CrJson *row = cr_json_get_element(severity, i);
    const char *type = cr_json_find_string(row, "type", ""), *score = cr_json_find_string(row, "score", "");
    if (!*score || strlen(score) > CR_LIMIT_ADVISORY_TEXT)
      continue;
    if (g_str_has_prefix(type, "CVSS_"))
      list[count++] = score;
    else
      *word = score;
  }
  return list;
}

static gboolean take_event(Record *record, const CrJson *node, CrEvent *event)
{
  static const char *const names[] = {"introduced", "fixed", "last_affected", "limit"};
  guint found = 0;
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    const char *version = cr_json_find_string(node, names[i], NULL);
    if (!version)
      continue;
    *event = (CrEvent){(CrEventKind)i, version};
    found++;
  }
  if (found != 1)
    return refuse(record, "an event has not exactly one of introduced, fixed, last_affected and limit");
  return strlen(event->version) <= CR_LIMIT_ADVISORY_TEXT || refuse(record, "a version is longer than 1024 bytes");
}

static gboolean take_ranges(Record *record, const CrJson *array, CrAdvisory *advisory)
{
  guint length = cr_json_get_length(array);
  if (length > CR_LIMIT_ADVISORY_RANGES)
    return refuse(record, "a package has more than 10000 ranges");
  CrRange *ranges = cr_arena_alloc(record->arena, MAX(length, 1) * sizeof *ranges);
  guint count = 0;
  for (guint i = 0; i < length; i++) {
    const CrJson *row = cr_json_get_element(array, i), *list = cr_json_find(row, "events");
    const char *type = cr_json_find_string(row, "type", "");
    if (!strcmp(type, "GIT"))
      continue;
    CrRange *range = &ranges[count++];
    range->semver = !strcmp(type, "SEMVER");
    range->count = cr_json_get_length(list);
    if (!range->semver && strcmp(type, "ECOSYSTEM") != 0)
      return refuse(record, "a range has a type that is not known");
    if (!cr_json_is(list, CR_JSON_ARRAY) || !range->count || range->count > CR_LIMIT_ADVISORY_EVENTS)
      return refuse(record, "a range has no events, or more than 10000");
    CrEvent *events = cr_arena_alloc(record->arena, range->count * sizeof *events);
    for (guint j = 0; j < range->count; j++)
      if (!take_event(record, cr_json_get_element(list, j), &events[j]))
        return FALSE;
    range->events = events;
  }
  advisory->ranges = ranges;
  advisory->range_count = count;
  return TRUE;
}

static CrStrv take_texts(Record *record, const CrJson *array, guint limit, const char *why)
{
  guint count = 0, length = cr_json_get_length(array);
  if (!length)
    return cr_strv_empty;
  if (length > limit) {
    record->why = why;
    return cr_strv_empty;
  }
  const char **list = cr_arena_alloc(record->arena, (length + 1) * sizeof *list);
  for (guint i = 0; i < length; i++) {
    const char *text = cr_json_get_string(cr_json_get_element(array, i), NULL);
    if (text && strlen(text) <= CR_LIMIT_ADVISORY_TEXT)
      list[count++] = text;
  }
  return list;
}

/* Go: ecosystem_specific.imports names the packages of the module and their functions that have the flaw. */
static gboolean take_symbols(Record *record, const CrJson *imports, CrAdvisory *advisory)
{
  guint length = cr_json_get_length(imports), count = 0;
  if (!length || !cr_json_is(imports, CR_JSON_ARRAY))
    return TRUE;
  if (length > CR_LIMIT_ADVISORY_SYMBOLS)
    return refuse(record, "a module has more than 20000 packages");
  CrAffectedSymbols *symbols = cr_arena_alloc(record->arena, length * sizeof *symbols);
  for (guint i = 0; i < length; i++) {
    const CrJson *row = cr_json_get_element(imports, i);
    const char *path = cr_json_find_string(row, "path", NULL);
    if (!path || strlen(path) > CR_LIMIT_ADVISORY_TEXT)
      continue;
    symbols[count++] =
        (CrAffectedSymbols){path, take_texts(record, cr_json_find(row, "symbols"), CR_LIMIT_ADVISORY_SYMBOLS,
                                             "a package has more than 20000 symbols")};
  }
  advisory->symbols = symbols;
  advisory->symbol_count = count;
  return !record->why;
}

/* The vendor's words. Ubuntu and Debian: of the package; GitHub: of the record; RustSec: that it is no flaw but
 * unmaintained, unsound or a notice. */
static void take_words(const CrJson *root, const CrJson *affected, CrAdvisory *advisory)
{
  const CrJson *own = cr_json_find(affected, "ecosystem_specific"), *row = cr_json_find(affected, "database_specific");
  const CrJson *whole = cr_json_find(root, "database_specific");
  const char *words[] = {cr_json_find_string(own, "urgency", NULL), cr_json_find_string(own, "ubuntu_priority", NULL),
                         cr_json_find_string(own, "severity", NULL), cr_json_find_string(row, "severity", NULL),
                         cr_json_find_string(whole, "severity", NULL)};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    if (!words[i] || !*words[i] || strlen(words[i]) > 64 || !strcmp(words[i], "not yet assigned"))
      continue;
    advisory->urgency = words[i];
    break;
  }
  const char *status = cr_json_find_string(own, "status", cr_json_find_string(row, "informational", NULL));
  if (advisory->urgency && (!strcmp(advisory->urgency, "unimportant") || !strcmp(advisory->urgency, "end-of-life")))
    status = advisory->urgency;
  advisory->vendor_status = status && *status && strlen(status) <= 64 ? status : NULL;
}

/* "Debian:12" for Debian's archive, "Packagist" for Packagist's whatever the registry; NULL: another's. */
static const char *find_ecosystem(const CrFeedFile *file, const char *name)
{
  gsize length = strlen(file->ecosystem);
  if (strncmp(name, file->ecosystem, length) != 0 || (name[length] && name[length] != ':'))
    return NULL;
  return name[length] && is_language(file->ecosystem) ? file->ecosystem : name;
}

static gboolean take_affected(Record *record, const CrJson *affected)
{
  const CrJson *package = cr_json_find(affected, "package");
  const char *ecosystem = cr_json_find_string(package, "ecosystem", NULL);
  CrAdvisory advisory = record->advisory;
  advisory.package = cr_json_find_string(package, "name", NULL);
  if (!package) /* only commits of a repository */
    return TRUE;
  if (!ecosystem || !advisory.package || !*advisory.package)
    return refuse(record, "a package has no name or no ecosystem");
  if (strlen(ecosystem) > CR_LIMIT_ADVISORY_TEXT || strlen(advisory.package) > CR_LIMIT_ADVISORY_TEXT)
    return refuse(record, "a package's name is longer than 1024 bytes");
  advisory.ecosystem = find_ecosystem(record->file, ecosystem);
  if (!advisory.ecosystem)
    return TRUE;
  const CrJson *own = cr_json_find(affected, "severity");
  if (cr_json_get_length(own))
    advisory.cvss = take_severity(record, own, &advisory.urgency);
  advisory.versions = take_texts(record, cr_json_find(affected, "versions"), CR_LIMIT_ADVISORY_VERSIONS,
                                 "a package lists more than 100000 versions");
  if (record->why || !take_ranges(record, cr_json_find(affected, "ranges"), &advisory) ||
      !take_symbols(record, cr_json_find(cr_json_find(affected, "ecosystem_specific"), "imports"), &advisory))
    return FALSE;
  take_words(record->root, affected, &advisory);
  cr_builder_add(record->builder, &advisory);
  return TRUE;
}

/* What others can use of a record that is about one CVE: how bad it is, whichever package has it. */
static void take_vector(Record *record)
{
  const CrAdvisory *advisory = &record->advisory;
  const char *cve = cr_record_strip_prefix(advisory->id), *best = NULL, *version = NULL;
  guint count = cr_cve_parse(cve) != 0;
  cve = count ? cve : NULL;
  for (guint i = 0; advisory->aliases && advisory->aliases[i]; i++) {
    if (!cr_cve_parse(advisory->aliases[i]) || !g_strcmp0(cve, advisory->aliases[i]))
      continue;
    cve = advisory->aliases[i];
    count++;
  }
  for (guint i = 0; count == 1 && advisory->cvss && advisory->cvss[i]; i++) {
    const char *own = cr_cvss_get_version(advisory->cvss[i]);
    if (own && (!version || strcmp(own, version) > 0)) {
      version = own;
      best = advisory->cvss[i];
    }
  }
  if (!best)
    return;
  CrArena *arena = record->builder->arena;
  CrBuiltFlaw flaw = {cr_arena_strdup(arena, cve), cr_arena_strdup(arena, best),
                      cr_arena_strdup(arena, cr_record_get_source(advisory->feed, advisory->id))};
  g_array_append_val(record->builder->vectors, flaw);
}

static gboolean take_record(Record *record)
{
  const CrJson *affected = cr_json_find(record->root, "affected");
  CrAdvisory *advisory = &record->advisory;
  advisory->id = cr_json_find_string(record->root, "id", "");
  if (!*advisory->id || strlen(advisory->id) > CR_LIMIT_ADVISORY_TEXT)
    return refuse(record, "it has no id");
  advisory->feed = record->file->state;
  advisory->published = cr_json_find_string(record->root, "published", NULL);
  advisory->modified = cr_json_find_string(record->root, "modified", NULL);
  if (cr_json_get_length(affected) > CR_LIMIT_ADVISORY_PACKAGES)
    return refuse(record, "it has more than 100000 packages");
  if (!take_names(record))
    return FALSE;
  advisory->cvss = take_severity(record, cr_json_find(record->root, "severity"), &advisory->urgency);
  advisory->text = cr_builder_add_text(record->builder, cr_json_find_string(record->root, "summary", NULL));
  if (!advisory->text)
    advisory->text = cr_builder_add_text(record->builder, cr_json_find_string(record->root, "details", NULL));
  for (guint i = 0; i < cr_json_get_length(affected); i++)
    if (!take_affected(record, cr_json_get_element(affected, i)))
      return FALSE;
  take_vector(record);
  cr_builder_add_aliases(record->builder, advisory->id, advisory->aliases);
  cr_builder_see_time(record->builder, advisory->modified);
  return TRUE;
}

static void take_osv(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(data, size, name, &error);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  if (!doc || !cr_json_is(root, CR_JSON_OBJECT)) {
    cr_builder_skip(builder, name, error ? error->message : "it is no JSON object");
    return;
  }
  if (is_language(file->ecosystem))
    cr_builder_cover(builder, file->ecosystem);
  if (cr_json_find_string(root, "withdrawn", NULL))
    return;
  g_autoptr(CrArena) arena = cr_arena_new();
  Record record = {.file = file, .builder = builder, .root = root, .arena = arena};
  CrBuilderMark mark = cr_builder_mark(builder);
  if (take_record(&record)) {
    builder->records++;
    return;
  }
  cr_builder_return(builder, mark);
  cr_builder_skip(builder, name, record.why);
}

const CrFeed cr_feed_osv = {.name = "osv", .plan = plan_osv, .read = read_osv, .take = take_osv};
