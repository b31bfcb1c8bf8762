/* SPDX-License-Identifier: Apache-2.0 */
/* "CVE-2026-1 high, exploited · CVE-2026-2 +3": flaws in a cell, the most urgent first. */
#include "report/table-parts.h"

#include <string.h>

void cr_table_flaws_add(GArray *flaws, const char *id, const CrFinding *finding, guint rank)
{
  for (guint i = 0; i < flaws->len; i++) {
    CrTableFlaw *flaw = &g_array_index(flaws, CrTableFlaw, i);
    if (strcmp(flaw->id, id) != 0)
      continue;
    if (finding && !flaw->finding) {
      flaw->finding = finding;
      flaw->rank = rank;
    }
    return;
  }
  CrTableFlaw flaw = {id, finding, finding ? rank : G_MAXUINT};
  g_array_append_val(flaws, flaw);
}

/* By the order of the findings; what no advisory knows behind them, newest first: CVE-YEAR-NUMBER, numbers of different
 * lengths. */
static int compare_flaws(gconstpointer a, gconstpointer b)
{
  const CrTableFlaw *one = a, *other = b;
  if (one->rank != other->rank)
    return one->rank < other->rank ? -1 : 1;
  gsize one_length = strlen(one->id), other_length = strlen(other->id);
  int year = strncmp(other->id, one->id, 8);
  if (year)
    return year;
  return one_length != other_length ? (one_length < other_length ? 1 : -1) : strcmp(other->id, one->id);
}

static void append_words(GString *text, const CrFinding *finding, gboolean vendor)
{
  if (finding->severity != CR_SEVERITY_UNKNOWN)
    g_string_append_printf(text, " %s", cr_severity_get_name(finding->severity));
  if (finding->exploited)
    g_string_append(text, ", exploited");
  if (finding->absent)
    g_string_append(text, ", its code absent");
  if (!vendor)
    return;
  if (finding->vendor_status && strcmp(finding->vendor_status, "unimportant") != 0)
    g_string_append_printf(text, ", %s", finding->vendor_status);
  else if (!strcmp(finding->status, "pending_archive"))
    g_string_append_printf(text, ", fixed in %s, not in the archive yet", finding->fixed);
  else if (!strcmp(finding->status, "disputed"))
    g_string_append(text, ", disputed");
}

char *cr_table_format_flaws(GArray *flaws, guint most, gboolean vendor)
{
  g_array_sort(flaws, compare_flaws);
  guint shown = most && flaws->len > most ? most : flaws->len;
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < shown; i++) {
    const CrTableFlaw *flaw = &g_array_index(flaws, CrTableFlaw, i);
    g_string_append_printf(text, "%s%s", i ? " · " : "", flaw->id);
    if (flaw->finding)
      append_words(text, flaw->finding, vendor);
  }
  if (shown < flaws->len)
    g_string_append_printf(text, " +%u", flaws->len - shown);
  return g_string_free(text, FALSE);
}

/* What the changelogs between the versions name, and what the advisories say is fixed by them. A flaw that the
 * changelog names may still be known to the advisories in another state. */
char *cr_table_format_fixes(const CrScan *scan, GPtrArray *updates, guint most)
{
  g_autoptr(GArray) flaws = g_array_new(FALSE, FALSE, sizeof(CrTableFlaw));
  g_autoptr(GHashTable) packages = g_hash_table_new(NULL, NULL);
  gboolean looked = FALSE;
  for (guint i = 0; i < updates->len; i++) {
    const CrUpdate *update = updates->pdata[i];
    g_hash_table_add(packages, (gpointer)update->package);
    looked = looked || update->fixes;
    for (guint k = 0; update->fixes && update->fixes[k]; k++)
      cr_table_flaws_add(flaws, update->fixes[k], NULL, 0);
  }
  guint named = flaws->len;
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (!g_hash_table_contains(packages, finding->package))
      continue;
    gboolean told = FALSE;
    for (guint k = 0; k < named && !told; k++)
      told = !strcmp(g_array_index(flaws, CrTableFlaw, k).id, finding->id);
    if (told || !strcmp(finding->status, "fixable"))
      cr_table_flaws_add(flaws, finding->id, finding, i);
  }
  return flaws->len ? cr_table_format_flaws(flaws, most, FALSE) : g_strdup(looked ? "names no flaw" : "");
}
