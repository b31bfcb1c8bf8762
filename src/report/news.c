/* SPDX-License-Identifier: Apache-2.0 */
#include "report/news.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/order.h"
#include "base/read-file.h"
#include "report/json-parts.h"
#include "report/rows.h"

#include <string.h>

#define SCHEMA "careen.news/1"

struct CrNews {
  CrJsonDoc *doc;
  char *file;
};

CrNews *cr_news_load(const char *file, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(file, CR_LIMIT_REPORT_BYTES, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autofree char *what = g_strdup_printf("'%s'", file);
  CrJsonDoc *doc = cr_json_parse(text, size, what, error);
  if (!doc)
    return NULL;
  const CrJson *root = cr_json_get_root(doc);
  const CrJson *one = cr_json_is(root, CR_JSON_ARRAY) ? cr_json_get_element(root, 0) : root;
  if (one && strcmp(cr_json_find_string(one, "schema", ""), "careen.scan/1") != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': it is no report of 'careen scan -f json'", file);
    cr_json_doc_free(doc);
    return NULL;
  }
  CrNews *news = g_new0(CrNews, 1);
  news->doc = doc;
  news->file = g_strdup(file);
  return news;
}

void cr_news_free(CrNews *news)
{
  if (!news)
    return;
  cr_json_doc_free(news->doc);
  g_free(news->file);
  g_free(news);
}

/* ---- what was open then ---- */

static const CrJson *find_report(const CrNews *news, const char *ref)
{
  const CrJson *root = cr_json_get_root(news->doc);
  gboolean several = cr_json_is(root, CR_JSON_ARRAY);
  for (guint i = 0; i < (several ? cr_json_get_length(root) : 1); i++) {
    const CrJson *one = several ? cr_json_get_element(root, i) : root;
    if (!strcmp(cr_json_find_string(cr_json_find(one, "image"), "ref", ""), ref) && cr_json_find(one, "summary"))
      return one;
  }
  return NULL;
}

/* A security update that names no flaw is told apart by the version that is ready. */
#define NAMELESS '='

static char *format_key(const char *id, const char *version, const char *package)
{
  return id ? g_strdup_printf("%s %s", id, package)
            : g_strdup_printf("%c%s %s", NAMELESS, version ? version : "", package);
}

typedef enum { OPEN = 1, READY = 2 } Then; /* ready: the fix could be installed */

/* "id package" → Then, of everything the report names: findings by all their names, updates by what they fix. */
static GHashTable *list_then(const CrJson *report)
{
  GHashTable *then = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const CrJson *findings = cr_json_find(report, "findings"), *updates = cr_json_find(report, "updates");
  for (guint i = 0; i < cr_json_get_length(findings); i++) {
    const CrJson *finding = cr_json_get_element(findings, i);
    const char *package = cr_json_find_string(finding, "package", "");
    gboolean ready = !strcmp(cr_json_find_string(finding, "status", ""), "fixable");
    g_hash_table_replace(then, format_key(cr_json_find_string(finding, "id", ""), NULL, package),
                         GINT_TO_POINTER(ready ? READY : OPEN));
  }
  for (guint i = 0; i < cr_json_get_length(updates); i++) {
    const CrJson *update = cr_json_get_element(updates, i), *fixes = cr_json_find(update, "fixes");
    if (!cr_json_get_boolean(cr_json_find(update, "security"), FALSE))
      continue;
    const char *package = cr_json_find_string(update, "name", "");
    if (!cr_json_get_length(fixes))
      g_hash_table_replace(then, format_key(NULL, cr_json_find_string(update, "candidate", ""), package),
                           GINT_TO_POINTER(READY));
    for (guint k = 0; k < cr_json_get_length(fixes); k++)
      g_hash_table_replace(then, format_key(cr_json_get_string(cr_json_get_element(fixes, k), ""), NULL, package),
                           GINT_TO_POINTER(READY));
  }
  return then;
}

/* ---- sorting into sections ---- */

typedef struct {
  GPtrArray *updates, *flaws; /* const CrReportRow* that are new */
  GPtrArray *fixed;           /* char*, "CVE-2024-1 libssl3" */
  guint available;            /* rows that were ready then and are now */
  gboolean known;             /* the earlier report has this image */
} Sections;

static Then find_then(GHashTable *then, const CrReportRow *row)
{
  g_autofree char *key = format_key(row->id, row->fixed, row->package->name);
  Then best = (Then)GPOINTER_TO_INT(g_hash_table_lookup(then, key));
  for (guint i = 0; row->aliases && row->aliases[i]; i++) {
    g_autofree char *other = format_key(row->aliases[i], NULL, row->package->name);
    best = MAX(best, (Then)GPOINTER_TO_INT(g_hash_table_lookup(then, other)));
  }
  return best;
}

static void add_names(GHashTable *now, const CrReportRow *row)
{
  g_hash_table_add(now, format_key(row->id, row->fixed, row->package->name));
  for (guint i = 0; row->aliases && row->aliases[i]; i++)
    g_hash_table_add(now, format_key(row->aliases[i], NULL, row->package->name));
}

static void sort_out(const CrNews *news, const CrScan *scan, const GPtrArray *rows, Sections *sections)
{
  const CrJson *report = find_report(news, scan->image->ref);
  g_autoptr(GHashTable) then = report ? list_then(report) : g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  sections->known = report != NULL;
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    gboolean ready = !strcmp(row->status, "fixable");
    Then before = find_then(then, row);
    add_names(now, row);
    if (row->suppressed)
      continue;
    if (ready && before == READY)
      sections->available++;
    else if (ready)
      g_ptr_array_add(sections->updates, (gpointer)row);
    else if (!before)
      g_ptr_array_add(sections->flaws, (gpointer)row);
  }
  GHashTableIter iter;
  gpointer key = NULL;
  g_hash_table_iter_init(&iter, then);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    if (!g_hash_table_contains(now, key) && *(const char *)key != NAMELESS)
      g_ptr_array_add(sections->fixed, key);
  for (guint i = 0; i < sections->fixed->len; i++)
    sections->fixed->pdata[i] = g_strdup(sections->fixed->pdata[i]);
  g_ptr_array_sort(sections->fixed, cr_compare_texts);
}

static void init_sections(Sections *sections)
{
  *sections = (Sections){
      .updates = g_ptr_array_new(), .flaws = g_ptr_array_new(), .fixed = g_ptr_array_new_with_free_func(g_free)};
}

static void clear_sections(Sections *sections)
{
  g_ptr_array_unref(sections->updates);
  g_ptr_array_unref(sections->flaws);
  g_ptr_array_unref(sections->fixed);
}

/* ---- writing ---- */

static void put(GString *out, const char *text)
{
  g_autofree char *safe = cr_escape_terminal(text);
  g_string_append(out, safe);
}

static void put_row(GString *out, const CrReportRow *row, const CrOs *os)
{
  g_autofree char *url = cr_report_row_format_url(row, os);
  put(out, row->id ? row->id : "security update");
  if (row->summary) {
    g_string_append_c(out, ' ');
    put(out, row->summary);
  }
  if (url) {
    g_string_append(out, "\n  <");
    put(out, url);
    g_string_append_c(out, '>');
  }
  g_string_append(out, "\n  - ");
  put(out, row->package->name);
  g_string_append_c(out, ' ');
  put(out, row->package->version);
  if (row->fixed) {
    g_string_append(out, " → ");
    put(out, row->fixed);
  }
  g_string_append_printf(out, " (%s%s%s%s)\n\n",
                         row->severity == CR_SEVERITY_UNKNOWN ? "" : cr_severity_get_name(row->severity),
                         row->severity == CR_SEVERITY_UNKNOWN ? "" : ", ", cr_reach_level_get_name(row->reach),
                         row->exploited ? ", exploited" : "");
}

static void put_section(GString *out, const char *title, const GPtrArray *rows, const CrOs *os)
{
  if (!rows->len)
    return;
  g_string_append_printf(out, "*** %s\n\n", title);
  for (guint i = 0; i < rows->len; i++)
    put_row(out, rows->pdata[i], os);
}

static void put_fixed(GString *out, const GPtrArray *fixed)
{
  if (!fixed->len)
    return;
  g_string_append(out, "*** Fixed vulnerabilities\n\n");
  for (guint i = 0; i < fixed->len; i++) {
    put(out, fixed->pdata[i]);
    g_string_append_c(out, '\n');
  }
  g_string_append_c(out, '\n');
}

static void add(CrReport *report, const CrScan *scan)
{
  GString *out = report->text;
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  Sections sections;
  init_sections(&sections);
  sort_out(report->news, scan, rows, &sections);
  if (sections.updates->len || sections.flaws->len || sections.fixed->len) {
    g_string_append(out, "Security report of ");
    put(out, cr_report_get_image_name(scan));
    g_string_append(out, sections.known ? "\n\n" : ", which the earlier report does not have\n\n");
    put_section(out, "New security updates", sections.updates, scan->os);
    put_fixed(out, sections.fixed);
    if (sections.available)
      g_string_append_printf(out, "*** Available security updates\n\n%u were ready before and still are\n\n",
                             sections.available);
    put_section(out, "New vulnerabilities", sections.flaws, scan->os);
  }
  clear_sections(&sections);
}

static void write_rows(CrJsonWriter *writer, const char *name, const GPtrArray *rows)
{
  cr_json_key(writer, name);
  cr_json_begin_array(writer);
  for (guint i = 0; i < rows->len; i++) {
    const CrReportRow *row = rows->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "id", row->id);
    cr_json_key_string(writer, "package", row->package->name);
    cr_json_key_string(writer, "installed", row->package->version);
    cr_json_key_string(writer, "fixed", row->fixed);
    cr_json_key_string(writer, "status", row->status);
    cr_json_key_string(writer, "severity", cr_severity_get_name(row->severity));
    cr_json_key_boolean(writer, "exploited", row->exploited);
    cr_json_key_string(writer, "reach", cr_reach_level_get_name(row->reach));
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_fixed(CrJsonWriter *writer, const GPtrArray *fixed)
{
  cr_json_key(writer, "fixed_vulnerabilities");
  cr_json_begin_array(writer);
  for (guint i = 0; i < fixed->len; i++) {
    const char *key = fixed->pdata[i], *space = strchr(key, ' ');
    g_autofree char *id = g_strndup(key, (gsize)(space - key));
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "id", id);
    cr_json_key_string(writer, "package", space + 1);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void add_json(CrReport *report, const CrScan *scan)
{
  CrJsonWriter *writer = report->own;
  g_autoptr(GPtrArray) rows = cr_report_rows_new(scan);
  Sections sections;
  init_sections(&sections);
  sort_out(report->news, scan, rows, &sections);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", SCHEMA);
  cr_json_key(writer, "image");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", scan->image->ref);
  cr_json_key_string(writer, "id", scan->image->id);
  cr_json_end_object(writer);
  cr_json_key_boolean(writer, "known", sections.known);
  write_rows(writer, "new_security_updates", sections.updates);
  write_fixed(writer, sections.fixed);
  write_rows(writer, "new_vulnerabilities", sections.flaws);
  cr_json_key_integer(writer, "available_security_updates", sections.available);
  cr_json_end_object(writer);
  clear_sections(&sections);
}

static void add_json_error(CrReport *report, const char *ref, const GError *error)
{
  cr_report_write_error(report->own, SCHEMA, ref, error);
}

static void begin_json(CrReport *report)
{
  report->own = cr_json_writer_new(TRUE);
  if (report->images > 1)
    cr_json_begin_array(report->own);
}

static void end_json(CrReport *report)
{
  CrJsonWriter *writer = report->own;
  if (report->images > 1)
    cr_json_end_array(writer);
  cr_report_take_json(report, writer);
  cr_json_writer_free(writer);
  report->own = NULL;
}

const CrReportFormat cr_report_news = {.name = "table",
                                       .begin = cr_report_do_nothing,
                                       .add = add,
                                       .add_error = cr_report_leave_error,
                                       .end = cr_report_do_nothing};
const CrReportFormat cr_report_news_json = {
    .name = "json", .begin = begin_json, .add = add_json, .add_error = add_json_error, .end = end_json};
