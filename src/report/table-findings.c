/* SPDX-License-Identifier: Apache-2.0 */
/* What READY TO INSTALL has not: FIXED BY A NEW BUILD, packages of languages whose newer versions are fixed; FIXED,
 * where no archive was asked what could be installed; NOT FIXED YET, what nobody can install today. One row for each
 * source package, the most urgent first. */
#include "report/table-parts.h"

#include "advisory/match.h"
#include "model/version.h"

#include <string.h>

#define ROWS_SHOWN 10
/* A package and the file that it is a part of in one column; with more the file has a line of its own. */
#define NAME_WIDTH  40
#define FLAWS_SHOWN 3

typedef struct {
  const CrPackage *package; /* the most reached one */
  GHashTable *packages;
  GHashTable *ids; /* of flaws */
  GArray *flaws;   /* CrTableFlaw */
  const CrFinding *worst;
  guint rank;         /* of that */
  const char *fixed;  /* the highest */
  CrReachLevel level; /* the highest of the findings */
} Row;

static void free_row(gpointer data)
{
  Row *row = data;
  g_hash_table_unref(row->packages);
  g_hash_table_unref(row->ids);
  g_array_unref(row->flaws);
  g_free(row);
}

typedef gboolean (*Fits)(const CrScan *scan, const CrFinding *finding);

static gboolean is_build(const CrScan *scan, const CrFinding *finding)
{
  (void)scan;
  return cr_finding_needs_build(finding);
}

/* Fixed by the advisories' word alone. */
static gboolean is_announced(const CrScan *scan, const CrFinding *finding)
{
  if (strcmp(finding->status, "fixable") != 0 || cr_finding_needs_build(finding))
    return FALSE;
  for (guint i = 0; i < scan->updates->len; i++)
    if (((const CrUpdate *)scan->updates->pdata[i])->package == finding->package)
      return FALSE;
  return TRUE;
}

static gboolean is_open(const CrScan *scan, const CrFinding *finding)
{
  (void)scan;
  return strcmp(finding->status, "fixable") != 0;
}

static Row *get_row(GPtrArray *rows, GHashTable *index, const CrFinding *finding)
{
  const CrPackage *package = finding->package;
  char *key = g_strdup_printf("%s\n%s\n%s", package->type, package->source_name, package->source_version);
  Row *row = g_hash_table_lookup(index, key);
  if (row) {
    g_free(key);
    return row;
  }
  row = g_new0(Row, 1);
  row->package = package;
  row->level = finding->reach;
  row->worst = finding;
  row->rank = G_MAXUINT;
  row->packages = g_hash_table_new(NULL, NULL);
  row->ids = g_hash_table_new(g_str_hash, g_str_equal);
  row->flaws = g_array_new(FALSE, FALSE, sizeof(CrTableFlaw));
  g_ptr_array_add(rows, row);
  g_hash_table_insert(index, key, row);
  return row;
}

/* Findings stand with the most urgent first, and so do the rows; what is reached goes before what is not, and what is
 * not in the program at all is last. */
static int compare_rows(gconstpointer a, gconstpointer b)
{
  const Row *one = *(const Row *const *)a, *other = *(const Row *const *)b;
  gboolean one_out = one->level == CR_REACH_UNREACHED && !one->worst->exploited;
  gboolean other_out = other->level == CR_REACH_UNREACHED && !other->worst->exploited;
  return one_out != other_out ? (int)one_out - (int)other_out : (one->rank > other->rank) - (one->rank < other->rank);
}

static GPtrArray *make_rows(const CrScan *scan, Fits fits)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func(free_row);
  g_autoptr(GHashTable) index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->suppressed || !fits(scan, finding))
      continue;
    Row *row = get_row(rows, index, finding);
    g_hash_table_add(row->packages, (gpointer)finding->package);
    guint rank = finding->absent ? i + scan->findings->len : i;
    CrTableFlaw flaw = {finding->id, finding, rank};
    if (rank < row->rank) {
      row->worst = finding;
      row->rank = rank;
    }
    if (g_hash_table_add(row->ids, (gpointer)finding->id))
      g_array_append_val(row->flaws, flaw);
    CrVersionScheme scheme = cr_version_scheme_for(finding->package->type);
    if (finding->fixed && (!row->fixed || cr_version_compare(scheme, finding->fixed, row->fixed) > 0))
      row->fixed = finding->fixed;
    if (finding->reach > row->level) {
      row->level = finding->reach;
      row->package = finding->package;
    }
  }
  g_ptr_array_sort(rows, compare_rows); /* stable */
  return rows;
}

static gboolean is_urgent(const Row *row)
{
  return row->worst->exploited || (row->level != CR_REACH_UNREACHED && row->worst->severity != CR_SEVERITY_NEGLIGIBLE);
}

static void add_row(CrTextGrid *grid, const Row *row, gboolean build, gboolean all)
{
  guint count = g_hash_table_size(row->packages);
  g_autofree char *more = count > 1 ? g_strdup_printf(" +%u", count - 1) : g_strdup("");
  gboolean inside = row->package->embedded && row->package->paths[0]; /* a part of a program: in which? */
  g_autofree char *place = inside ? g_strdup_printf("in /%s%s", row->package->paths[0], more) : NULL;
  gboolean apart = place && strlen(row->package->name) + strlen(place) > NAME_WIDTH;
  g_autofree char *name = g_strdup_printf("%s%s%s", row->package->name, place && !apart ? " " : "",
                                          !place  ? more
                                          : apart ? ""
                                                  : place);
  g_autofree char *step = build ? g_strdup_printf("%s → %s", row->package->version, row->fixed ? row->fixed : "?")
                                : g_strdup(row->package->version);
  g_autofree char *flaws = cr_table_format_flaws(row->flaws, all ? 0 : FLAWS_SHOWN, !build);
  cr_text_grid_add(grid, name, step, cr_reach_level_get_name(row->level), flaws, NULL);
  cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  cr_text_grid_style(grid, 2, cr_table_get_reach_style(row->level));
  if (apart)
    cr_text_grid_note(grid, CR_STYLE_DIM, "%s", place);
}

static guint count_flaws(const GPtrArray *rows, guint from)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = from; i < rows->len; i++) {
    const Row *row = rows->pdata[i];
    for (guint k = 0; k < row->flaws->len; k++)
      g_hash_table_add(seen, (gpointer)g_array_index(row->flaws, CrTableFlaw, k).id);
  }
  return g_hash_table_size(seen);
}

static void write_rest(CrText *text, const GPtrArray *rows, guint shown)
{
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = shown; i < rows->len && i < shown + 4; i++)
    g_string_append_printf(names, "%s%s", i > shown ? ", " : "", ((const Row *)rows->pdata[i])->package->name);
  if (rows->len > shown + 4)
    g_string_append(names, ", …");
  guint flaws = count_flaws(rows, shown), packages = rows->len - shown;
  cr_text_span(text, CR_STYLE_DIM, "  %u flaw%s in %u %spackage%s (%s)%s: --all", flaws, cr_table_plural(flaws),
               packages, shown ? "more " : "", cr_table_plural(packages), names->str,
               shown >= ROWS_SHOWN ? "" : ", not reached or negligible");
  cr_text_end(text, 2);
}

static void write_section(CrText *text, const char *heading, const GPtrArray *rows, gboolean build, gboolean all)
{
  if (!rows->len)
    return;
  guint shown = 0;
  while (shown < rows->len && (all || (shown < ROWS_SHOWN && is_urgent(rows->pdata[shown]))))
    shown++;
  cr_table_write_heading(text, heading, NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < shown; i++)
    add_row(grid, rows->pdata[i], build, all);
  cr_text_grid_end(grid);
  if (shown < rows->len)
    write_rest(text, rows, shown);
}

static void write_suppressed(CrText *text, const CrScan *scan, guint count, gboolean list)
{
  if (!list) {
    cr_text_gap(text);
    cr_text_span(text, CR_STYLE_DIM, "%u finding%s suppressed: --show-suppressed", count, cr_table_plural(count));
    cr_text_end(text, 2);
    return;
  }
  cr_table_write_heading(text, "SUPPRESSED", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->suppressed)
      cr_text_grid_add(grid, finding->id, finding->package ? finding->package->name : "", finding->suppressed, NULL);
  }
  cr_text_grid_end(grid);
}

void cr_table_write_findings(CrText *text, const CrScan *scan, gboolean all, gboolean suppressed)
{
  g_autoptr(GPtrArray) build = make_rows(scan, is_build), announced = make_rows(scan, is_announced);
  g_autoptr(GPtrArray) open = make_rows(scan, is_open);
  write_section(text, "FIXED BY THE DISTRIBUTION (by its advisories)", announced, TRUE, all);
  write_section(text, "FIXED BY A NEW BUILD", build, TRUE, all);
  write_section(text, "NOT FIXED YET", open, FALSE, all);
  guint hidden = 0;
  for (guint i = 0; i < scan->findings->len; i++)
    hidden += ((const CrFinding *)scan->findings->pdata[i])->suppressed != NULL;
  if (hidden)
    write_suppressed(text, scan, hidden, suppressed);
}
