/* SPDX-License-Identifier: Apache-2.0 */
#include "report/rows.h"

#include <string.h>

/* ---- collecting ---- */

typedef struct {
  GPtrArray *rows;
  GHashTable *updates; /* const CrPackage* → const CrUpdate* */
  GHashTable *known;   /* "id\npackage index" that a finding has, by any of its names */
  GHashTable *told;    /* const CrPackage* with a row */
} Collecting;

static char *format_key(const char *id, const CrPackage *package)
{
  return g_strdup_printf("%s\n%p", id, (gconstpointer)package);
}

static void add_finding(Collecting *collecting, const CrFinding *finding)
{
  CrReportRow *row = g_new0(CrReportRow, 1);
  *row = (CrReportRow){
      .id = finding->id,
      .aliases = finding->aliases,
      .package = finding->package,
      .finding = finding,
      .update = g_hash_table_lookup(collecting->updates, finding->package),
      .fixed = finding->fixed,
      .status = finding->status,
      .severity = finding->severity,
      .cvss = finding->cvss,
      .epss = finding->epss,
      .exploited = finding->exploited,
      .reach = finding->reach,
      .source = finding->source,
      .summary = finding->summary,
      .suppressed = finding->suppressed,
  };
  g_ptr_array_add(collecting->rows, row);
  g_hash_table_add(collecting->told, (gpointer)finding->package);
  g_hash_table_add(collecting->known, format_key(finding->id, finding->package));
  for (guint i = 0; finding->aliases && finding->aliases[i]; i++)
    g_hash_table_add(collecting->known, format_key(finding->aliases[i], finding->package));
}

static void add_update(Collecting *collecting, const CrUpdate *update, const char *id)
{
  CrReportRow *row = g_new0(CrReportRow, 1);
  *row = (CrReportRow){
      .id = id,
      .aliases = cr_strv_empty,
      .package = update->package,
      .update = update,
      .fixed = update->candidate,
      .status = "fixable",
      .cvss = -1,
      .epss = -1,
      .reach = update->package->reach.level,
      .source = update->archive ? update->archive->name : NULL,
  };
  g_ptr_array_add(collecting->rows, row);
  g_hash_table_add(collecting->told, (gpointer)update->package);
}

static void add_fixes(Collecting *collecting, const CrUpdate *update)
{
  for (guint i = 0; update->fixes && update->fixes[i]; i++) {
    g_autofree char *key = format_key(update->fixes[i], update->package);
    if (!g_hash_table_contains(collecting->known, key))
      add_update(collecting, update, update->fixes[i]);
  }
  if (!g_hash_table_contains(collecting->told, update->package))
    add_update(collecting, update, NULL);
}

/* ---- order ---- */

static int compare_doubles(double a, double b)
{
  return a < b ? 1 : a > b ? -1 : 0;
}

/* Not yet rated stands before what was rated low: most of it is only new. */
static guint rate(const CrReportRow *row)
{
  return row->severity == CR_SEVERITY_UNKNOWN ? 2 * CR_SEVERITY_LOW + 1 : 2 * row->severity;
}

static int compare_rows(gconstpointer a, gconstpointer b)
{
  const CrReportRow *one = *(const CrReportRow *const *)a, *other = *(const CrReportRow *const *)b;
  if (!one->suppressed != !other->suppressed)
    return one->suppressed ? 1 : -1;
  if (one->exploited != other->exploited)
    return one->exploited ? -1 : 1;
  if (one->severity != other->severity)
    return (int)rate(other) - (int)rate(one);
  if (!one->fixed != !other->fixed)
    return one->fixed ? -1 : 1;
  if (one->reach != other->reach)
    return (int)other->reach - (int)one->reach;
  int order = compare_doubles(one->epss, other->epss);
  if (!order)
    order = g_strcmp0(one->id, other->id);
  if (!order)
    order = strcmp(one->package->name, other->package->name);
  if (!order)
    order = g_strcmp0(one->package->arch, other->package->arch);
  return order ? order : (int)one->package->index - (int)other->package->index;
}

GPtrArray *cr_report_rows_new(const CrScan *scan)
{
  g_autoptr(GHashTable) updates = g_hash_table_new(NULL, NULL);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
  Collecting collecting = {
      .rows = g_ptr_array_new_with_free_func(g_free), .updates = updates, .known = known, .told = told};
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    g_hash_table_insert(updates, (gpointer)update->package, (gpointer)update);
  }
  for (guint i = 0; i < scan->findings->len; i++)
    add_finding(&collecting, scan->findings->pdata[i]);
  for (guint i = 0; i < scan->updates->len; i++)
    if (((const CrUpdate *)scan->updates->pdata[i])->security)
      add_fixes(&collecting, scan->updates->pdata[i]);
  g_ptr_array_sort(collecting.rows, compare_rows);
  return collecting.rows;
}

/* ---- phrases ---- */

char *cr_report_row_format_title(const CrReportRow *row)
{
  const CrPackage *package = row->package;
  g_autofree char *fixed = row->fixed ? g_strdup_printf(" (fixed in %s)", row->fixed) : g_strdup("");
  return g_strdup_printf("%s in %s %s%s", row->id ? row->id : "security update pending", package->name,
                         package->version, fixed);
}

char *cr_report_row_format_action(const CrReportRow *row)
{
  const CrUpdate *update = row->update;
  if (update && row->fixed && !g_strcmp0(row->status, "fixable"))
    return g_strdup_printf("update %s from %s to %s%s%s%s", row->package->name, row->package->version,
                           update->candidate, update->archive ? " (" : "", update->archive ? update->archive->name : "",
                           update->archive ? ")" : "");
  if (row->fixed && !g_strcmp0(row->status, "pending_archive"))
    return g_strdup_printf("fixed in %s, which no archive at hand has yet", row->fixed);
  if (row->fixed)
    return g_strdup_printf("update %s from %s to %s", row->package->name, row->package->version, row->fixed);
  return g_strdup("no fix yet");
}

char *cr_report_row_format_url(const CrReportRow *row, const CrOs *os)
{
  if (!row->id)
    return NULL;
  g_autofree char *id = g_uri_escape_string(row->id, ":", FALSE);
  const char *type = row->package->type;
  if (!strcmp(type, "deb") && os && !g_strcmp0(os->id, "debian"))
    return g_strdup_printf("https://security-tracker.debian.org/tracker/%s", id);
  if (!strcmp(type, "deb") && os && !g_strcmp0(os->id, "ubuntu") && g_str_has_prefix(row->id, "CVE-"))
    return g_strdup_printf("https://ubuntu.com/security/%s", id);
  if (!strcmp(type, "apk") && g_str_has_prefix(row->id, "CVE-"))
    return g_strdup_printf("https://security.alpinelinux.org/vuln/%s", id);
  return g_strdup_printf("https://osv.dev/vulnerability/%s", id);
}

char *cr_report_row_format_fingerprint(const CrReportRow *row)
{
  const CrPackage *package = row->package;
  const char *path = package->paths && package->paths[0] ? package->paths[0] : "";
  g_autofree char *text = g_strdup_printf("%s\n%s\n%s\n%s\n%s", row->id ? row->id : "", package->type, package->name,
                                          package->arch ? package->arch : "", path);
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

const char *cr_report_get_image_name(const CrScan *scan)
{
  return scan->image->name ? scan->image->name : scan->image->ref;
}
