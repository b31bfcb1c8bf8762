/* SPDX-License-Identifier: Apache-2.0 */
/* WHO WATCHES: every package and every file that no package owns, in exactly one line; nobody is loud. */
#include "report/table-parts.h"

#include <string.h>

#define FILES_SHOWN 6

typedef struct {
  const CrSteward *steward;
  guint count, likely, unknown; /* all of them; those that no signed list proves */
} Watch;

static gboolean is_same(const CrSteward *a, const CrSteward *b)
{
  return a->kind == b->kind && !g_strcmp0(a->name, b->name) && !g_strcmp0(a->until, b->until) &&
         (a->kind == CR_STEWARD_DISTRIBUTION || a->proof == b->proof);
}

static int compare_watches(gconstpointer a, gconstpointer b)
{
  const Watch *one = a, *other = b;
  if (one->steward->kind != other->steward->kind)
    return (int)other->steward->kind - (int)one->steward->kind;
  if (one->count != other->count)
    return one->count < other->count ? 1 : -1;
  int order = g_strcmp0(one->steward->name, other->steward->name);
  return order ? order : g_strcmp0(one->steward->until, other->steward->until);
}

static void add_watch(GArray *watches, const CrSteward *steward)
{
  Watch *found = NULL;
  for (guint i = 0; i < watches->len && !found; i++)
    if (is_same(g_array_index(watches, Watch, i).steward, steward))
      found = &g_array_index(watches, Watch, i);
  if (!found) {
    Watch fresh = {.steward = steward};
    g_array_append_val(watches, fresh);
    found = &g_array_index(watches, Watch, watches->len - 1);
  }
  found->count++;
  found->likely += steward->proof == CR_PROOF_LIKELY;
  found->unknown += steward->proof == CR_PROOF_UNKNOWN;
}

static const char *name_steward(const CrSteward *steward)
{
  if (steward->kind == CR_STEWARD_NOBODY)
    return "nobody";
  return steward->name ? steward->name : cr_steward_kind_get_name(steward->kind);
}

static char *explain(const Watch *watch)
{
  const CrSteward *steward = watch->steward;
  GString *text = g_string_new(NULL);
  if (steward->until)
    g_string_append_printf(text, "until %s", steward->until);
  const char *separator = text->len ? "; " : "";
  if (steward->kind != CR_STEWARD_DISTRIBUTION) {
    if (steward->evidence)
      g_string_append_printf(text, "%s%s", separator, steward->evidence);
  } else if (watch->unknown == watch->count) {
    g_string_append_printf(text, "%s%s", separator, steward->evidence ? steward->evidence : "not proved");
  } else if (watch->likely + watch->unknown) {
    g_string_append_printf(text, "%s%u in no signed list of today, likely theirs by name and version", separator,
                           watch->likely + watch->unknown);
  }
  return g_string_free(text, FALSE);
}

static void add_packages(CrTextGrid *grid, const CrScan *scan)
{
  g_autoptr(GArray) watches = g_array_new(FALSE, FALSE, sizeof(Watch));
  for (guint i = 0; i < scan->packages->len; i++)
    add_watch(watches, &((const CrPackage *)scan->packages->pdata[i])->steward);
  g_array_sort(watches, compare_watches);
  for (guint i = 0; i < watches->len; i++) {
    const Watch *watch = &g_array_index(watches, Watch, i);
    g_autofree char *count = g_strdup_printf("%u", watch->count);
    g_autofree char *why = explain(watch);
    cr_text_grid_add(grid, count, watch->count == 1 ? "package" : "packages", name_steward(watch->steward), why, NULL);
    if (watch->steward->kind <= CR_STEWARD_BUILDER)
      cr_text_grid_style(grid, 2, watch->steward->kind == CR_STEWARD_NOBODY ? CR_STYLE_LOUD : CR_STYLE_YELLOW);
  }
}

/* Packages with less than full support from their distribution: the list's own words, one line for each wording. */
static void add_limits(CrTextGrid *grid, const CrScan *scan, CrPackageSupport support, const char *words)
{
  g_autoptr(GString) names = g_string_new(NULL);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  guint count = 0, shown = 0;
  const char *note = NULL;
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (package->support != support)
      continue;
    count++;
    note = note ? note : package->support_note;
    if (!g_hash_table_add(seen, (gpointer)package->source_name))
      continue;
    if (shown++ < 5)
      g_string_append_printf(names, "%s%s", shown > 1 ? ", " : "", package->source_name);
  }
  if (!count)
    return;
  g_autofree char *number = g_strdup_printf("%u", count);
  g_autofree char *why =
      g_strdup_printf("%s%s%s%s", names->str, shown > 5 ? ", …" : "", note && g_hash_table_size(seen) == 1 ? ": " : "",
                      note && g_hash_table_size(seen) == 1 ? note : "");
  cr_text_grid_add(grid, number, count == 1 ? "package" : "packages", words, why, NULL);
  cr_text_grid_style(grid, 2, support == CR_PACKAGE_SUPPORT_ENDED ? CR_STYLE_LOUD : CR_STYLE_YELLOW);
}

static int compare_files(gconstpointer a, gconstpointer b)
{
  const CrUnowned *one = *(const CrUnowned *const *)a, *other = *(const CrUnowned *const *)b;
  if (one->reach.level != other->reach.level)
    return (int)other->reach.level - (int)one->reach.level;
  return strcmp(one->path, other->path);
}

static void add_files(CrTextGrid *grid, const CrScan *scan, gboolean all)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new();
  for (guint i = 0; i < scan->unowned->len; i++)
    g_ptr_array_add(files, scan->unowned->pdata[i]);
  g_ptr_array_sort(files, compare_files);
  guint shown = all || files->len <= FILES_SHOWN ? files->len : FILES_SHOWN - 1;
  for (guint i = 0; i < shown; i++) {
    const CrUnowned *file = files->pdata[i];
    g_autofree char *what = g_strdup_printf(
        "/%s%s%s, %s%s", file->path, file->built_with ? ", " : "", file->built_with ? file->built_with : "",
        file->reach.level == CR_REACH_UNKNOWN ? "reach " : "", cr_reach_level_get_name(file->reach.level));
    g_autofree char *why = g_strdup_printf("%s%s%s", what, file->steward.evidence ? "; " : "",
                                           file->steward.evidence ? file->steward.evidence : "");
    cr_text_grid_add(grid, "1", "file", name_steward(&file->steward), why, NULL);
    if (file->steward.kind <= CR_STEWARD_BUILDER)
      cr_text_grid_style(grid, 2, file->steward.kind == CR_STEWARD_NOBODY ? CR_STYLE_LOUD : CR_STYLE_YELLOW);
  }
  if (shown == files->len)
    return;
  guint nobody = 0;
  for (guint i = shown; i < files->len; i++)
    nobody += ((const CrUnowned *)files->pdata[i])->steward.kind == CR_STEWARD_NOBODY;
  g_autofree char *count = g_strdup_printf("%u", files->len - shown);
  g_autofree char *why = g_strdup_printf("that no package owns, %u of them watched by nobody: --all", nobody);
  cr_text_grid_add(grid, count, "more files", "", why, NULL);
}

void cr_table_write_watch(CrText *text, const CrScan *scan, gboolean all)
{
  if (!scan->packages->len && !scan->unowned->len)
    return;
  cr_table_write_heading(text, "WHO WATCHES", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  cr_text_grid_align_right(grid, 0);
  add_packages(grid, scan);
  add_limits(grid, scan, CR_PACKAGE_SUPPORT_ENDED, "of these: support ended");
  add_limits(grid, scan, CR_PACKAGE_SUPPORT_LIMITED, "of these: limited support");
  add_files(grid, scan, all);
  cr_text_grid_end(grid);
}
