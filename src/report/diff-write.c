/* SPDX-License-Identifier: Apache-2.0 */
/* careen diff, for people and as careen.diff/1 (doc/schema/careen.diff-1.json). */
#include "report/json-parts.h"
#include "report/table-parts.h"

#define FLAWS_SHOWN 12

/* ---- table ---- */

static void write_heading(CrText *text, const char *words, guint count)
{
  g_autofree char *more = g_strdup_printf("%u", count);
  cr_table_write_heading(text, words, more);
}

static const char *name_change(const CrDiffPackage *change)
{
  if (!change->from)
    return "came";
  if (!change->to)
    return "went";
  return change->order > 0 ? "newer" : change->order < 0 ? "OLDER" : "other";
}

static void write_packages(CrText *text, const CrDiff *diff)
{
  if (!diff->packages->len)
    return;
  write_heading(text, "PACKAGES", diff->packages->len);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < diff->packages->len; i++) {
    const CrDiffPackage *change = &g_array_index(diff->packages, CrDiffPackage, i);
    g_autofree char *step = change->from && change->to ? g_strdup_printf("%s → %s", change->from, change->to)
                                                       : g_strdup(change->from ? change->from : change->to);
    cr_text_grid_add(grid, name_change(change), change->name, step, NULL);
    if (change->order < 0)
      cr_text_grid_style(grid, 0, CR_STYLE_RED);
  }
  cr_text_grid_end(grid);
}

static void write_settings(CrText *text, const CrDiff *diff)
{
  if (!diff->settings->len)
    return;
  write_heading(text, "CONFIGURATION", diff->settings->len);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  for (guint i = 0; i < diff->settings->len; i++) {
    const CrDiffSetting *change = &g_array_index(diff->settings, CrDiffSetting, i);
    g_autofree char *step =
        g_strdup_printf("%s → %s", change->from ? change->from : "not set", change->to ? change->to : "not set");
    cr_text_grid_add(grid, change->name, step, NULL);
  }
  cr_text_grid_end(grid);
}

static void write_updates(CrText *text, const CrDiff *diff, const char *heading, GPtrArray *updates, gboolean second)
{
  if (!updates->len)
    return;
  write_heading(text, heading, updates->len);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < updates->len; i++) {
    const CrUpdate *update = updates->pdata[i];
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    g_ptr_array_add(one, (gpointer)update);
    g_autofree char *fixes = cr_table_format_fixes(second ? diff->b : diff->a, one, 3);
    g_autofree char *what = g_strdup_printf("%s%s%s", update->security ? "security" : "", *fixes ? "  " : "", fixes);
    CrReachLevel level = update->package->reach.level;
    cr_text_grid_add(grid, update->package->name, update->candidate, cr_reach_level_get_name(level), what, NULL);
    cr_text_grid_style(grid, 2, cr_table_get_reach_style(level));
  }
  cr_text_grid_end(grid);
}

/* One line a flaw, with the most urgent first as they stand; in how many packages, the most reached one named. */
static void write_flaws(CrText *text, const char *heading, const GPtrArray *findings, gboolean all)
{
  if (!findings->len)
    return;
  g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal); /* name of a flaw → its first finding */
  g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < findings->len; i++) {
    const CrFinding *finding = findings->pdata[i], *first = g_hash_table_lookup(rows, finding->id);
    if (!first || finding->package->reach.level > first->package->reach.level)
      g_hash_table_insert(rows, (gpointer)finding->id, (gpointer)finding);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, finding->id));
    g_hash_table_insert(counts, (gpointer)finding->id, GUINT_TO_POINTER(count + 1));
  }
  guint total = g_hash_table_size(rows), shown = 0;
  write_heading(text, heading, total);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < findings->len && (all || shown < FLAWS_SHOWN); i++) {
    const char *id = ((const CrFinding *)findings->pdata[i])->id;
    const CrFinding *finding = g_hash_table_lookup(rows, id);
    if (!finding)
      continue;
    g_hash_table_remove(rows, id);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, id));
    g_autofree char *more = count > 1 ? g_strdup_printf(" +%u", count - 1) : g_strdup("");
    g_autofree char *name = g_strdup_printf("%s%s", finding->package->name, more);
    g_autofree char *words =
        g_strdup_printf("%s%s", cr_severity_get_name(finding->severity), finding->exploited ? ", exploited" : "");
    CrReachLevel level = finding->package->reach.level;
    cr_text_grid_add(grid, id, words, cr_reach_level_get_name(level), name, NULL);
    cr_text_grid_style(grid, 2, cr_table_get_reach_style(level));
    shown++;
  }
  cr_text_grid_end(grid);
  if (shown < total) {
    cr_text_span(text, CR_STYLE_DIM, "  %u more: --all", total - shown);
    cr_text_end(text, 2);
  }
}

static void write_files(CrText *text, const char *heading, GPtrArray *files)
{
  if (!files->len)
    return;
  write_heading(text, heading, files->len);
  for (guint i = 0; i < files->len; i++) {
    const CrUnowned *file = files->pdata[i];
    cr_text_span(text, CR_STYLE_PLAIN, "  /%s%s%s", file->path, file->built_with ? ", " : "",
                 file->built_with ? file->built_with : "");
    cr_text_end(text, 4);
  }
}

static void write_side(CrText *text, const CrScan *scan, const char *mark)
{
  const CrSummary *summary = &scan->summary;
  g_autofree char *os = cr_table_format_os(scan->os);
  cr_text_span(text, CR_STYLE_BOLD, "%s %s", mark, scan->image->name ? scan->image->name : scan->image->ref);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s, %u packages, %u security update%s pending, %s", os, summary->packages,
               summary->security_updates, cr_table_plural(summary->security_updates),
               cr_verdict_get_name(summary->verdict));
  cr_text_end(text, 2);
}

static void write_shared(CrText *text, const CrDiff *diff)
{
  guint a = diff->a->image->layer_count, b = diff->b->image->layer_count;
  if (diff->shared_layers == a && a == b)
    cr_text_line(text, "the same layer%s", cr_table_plural(a));
  else
    cr_text_line(text, "%u layer%s shared, of %u and %u", diff->shared_layers, cr_table_plural(diff->shared_layers), a,
                 b);
}

void cr_diff_write_table(const CrDiff *diff, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_side(text, diff->a, "-");
  write_side(text, diff->b, "+");
  write_shared(text, diff);
  gboolean same = !diff->packages->len && !diff->settings->len && !diff->gone->len && !diff->came->len &&
                  !diff->closed->len && !diff->opened->len;
  write_packages(text, diff);
  write_settings(text, diff);
  write_updates(text, diff, "NO LONGER PENDING", diff->solved, FALSE);
  write_updates(text, diff, "PENDING NOW", diff->pending, TRUE);
  write_flaws(text, "KNOWN FLAWS, GONE", diff->closed, report->all);
  write_flaws(text, "KNOWN FLAWS, NEW", diff->opened, report->all);
  write_files(text, "PROGRAMS WITHOUT A PACKAGE, GONE", diff->gone);
  write_files(text, "PROGRAMS WITHOUT A PACKAGE, NEW", diff->came);
  if (same)
    cr_text_line(text, "same packages, same configuration");
  cr_report_take_text(report, text);
}

/* ---- JSON ---- */

static void write_json_packages(CrJsonWriter *writer, const CrDiff *diff)
{
  cr_json_key(writer, "packages");
  cr_json_begin_array(writer);
  for (guint i = 0; i < diff->packages->len; i++) {
    const CrDiffPackage *change = &g_array_index(diff->packages, CrDiffPackage, i);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "type", change->type);
    cr_json_key_string(writer, "name", change->name);
    cr_json_key_string(writer, "arch", change->arch);
    cr_json_key_string(writer, "from", change->from);
    cr_json_key_string(writer, "to", change->to);
    cr_json_key_boolean(writer, "downgrade", change->order < 0);
    cr_json_key_string(writer, "reach", cr_reach_level_get_name(change->reach));
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_json_settings(CrJsonWriter *writer, const CrDiff *diff)
{
  cr_json_key(writer, "config");
  cr_json_begin_array(writer);
  for (guint i = 0; i < diff->settings->len; i++) {
    const CrDiffSetting *change = &g_array_index(diff->settings, CrDiffSetting, i);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", change->name);
    cr_json_key_string(writer, "from", change->from);
    cr_json_key_string(writer, "to", change->to);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_json_side(CrJsonWriter *writer, const char *name, const CrScan *scan)
{
  cr_json_key(writer, name);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", scan->image->ref);
  cr_json_key_string(writer, "id", scan->image->id);
  cr_json_key_string(writer, "digest", scan->image->digest);
  cr_json_key_string(writer, "verdict", cr_verdict_get_name(scan->summary.verdict));
  cr_json_key_integer(writer, "packages", scan->summary.packages);
  cr_json_key_integer(writer, "security_updates", scan->summary.security_updates);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, scan->problems);
  cr_json_end_object(writer);
}

void cr_diff_write_json(const CrDiff *diff, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.diff/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, diff->b);
  write_json_side(writer, "a", diff->a);
  write_json_side(writer, "b", diff->b);
  cr_json_key_integer(writer, "shared_layers", diff->shared_layers);
  write_json_packages(writer, diff);
  write_json_settings(writer, diff);
  cr_report_write_array(writer, "solved", diff->solved, cr_report_write_update);
  cr_report_write_array(writer, "pending", diff->pending, cr_report_write_update);
  cr_report_write_array(writer, "closed", diff->closed, cr_report_write_finding);
  cr_report_write_array(writer, "opened", diff->opened, cr_report_write_finding);
  cr_report_write_array(writer, "gone", diff->gone, cr_report_write_unowned);
  cr_report_write_array(writer, "came", diff->came, cr_report_write_unowned);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
