/* SPDX-License-Identifier: Apache-2.0 */
/* READY TO INSTALL, KEPT BACK, and the other updates as a count. */
#include "report/table-parts.h"

#include <string.h>

#define FLAWS_SHOWN 3

/* ---- groups: one line a source package ---- */

static void free_group(gpointer data)
{
  CrUpdateGroup *group = data;
  g_ptr_array_unref(group->members);
  g_free(group);
}

static gboolean fits(const CrUpdateGroup *group, const CrUpdate *update)
{
  const CrUpdate *first = group->first;
  return first->archive == update->archive && !g_strcmp0(first->source, update->source) &&
         !g_strcmp0(first->kept_back, update->kept_back);
}

static int compare_members(gconstpointer a, gconstpointer b)
{
  const CrUpdate *one = *(const CrUpdate *const *)a, *other = *(const CrUpdate *const *)b;
  if (one->package->reach.level != other->package->reach.level)
    return (int)other->package->reach.level - (int)one->package->reach.level;
  return strcmp(one->package->name, other->package->name);
}

static int compare_groups(gconstpointer a, gconstpointer b)
{
  const CrUpdateGroup *one = *(const CrUpdateGroup *const *)a, *other = *(const CrUpdateGroup *const *)b;
  if (one->level != other->level)
    return (int)other->level - (int)one->level;
  int order = strcmp(one->first->package->name, other->first->package->name);
  return order ? order : g_strcmp0(one->first->package->arch, other->first->package->arch);
}

GPtrArray *cr_update_groups_new(const CrScan *scan, gboolean (*keep)(const CrUpdate *update, gconstpointer data),
                                gconstpointer data)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func(free_group);
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (!keep(update, data))
      continue;
    /* Updates are sorted by source: only the last few groups can fit. */
    CrUpdateGroup *group = NULL;
    for (guint k = groups->len; k > 0 && !group; k--) {
      CrUpdateGroup *candidate = groups->pdata[k - 1];
      if (g_strcmp0(candidate->first->source, update->source) != 0)
        break;
      if (fits(candidate, update))
        group = candidate;
    }
    if (!group) {
      group = g_new0(CrUpdateGroup, 1);
      group->first = update;
      group->members = g_ptr_array_new();
      g_ptr_array_add(groups, group);
    }
    g_ptr_array_add(group->members, (gpointer)update);
    group->level = MAX(group->level, update->package->reach.level);
  }
  for (guint i = 0; i < groups->len; i++) {
    CrUpdateGroup *group = groups->pdata[i];
    g_ptr_array_sort(group->members, compare_members);
    group->first = group->members->pdata[0];
  }
  g_ptr_array_sort(groups, compare_groups);
  return groups;
}

/* ---- phrases ---- */

char *cr_table_format_names(GPtrArray *groups, guint from, guint most)
{
  GString *text = g_string_new(NULL);
  for (guint i = from; i < groups->len && i < from + most; i++) {
    const CrUpdateGroup *group = groups->pdata[i];
    g_string_append_printf(text, "%s%s", i > from ? ", " : "", group->first->package->name);
  }
  if (groups->len > from + most)
    g_string_append(text, ", …");
  return g_string_free(text, FALSE);
}

char *cr_update_group_format_name(const CrUpdateGroup *group, gboolean all)
{
  GString *text = g_string_new(group->first->package->name);
  if (!all && group->members->len > 1)
    g_string_append_printf(text, " +%u", group->members->len - 1);
  for (guint i = 1; all && i < group->members->len; i++)
    g_string_append_printf(text, ", %s", ((const CrUpdate *)group->members->pdata[i])->package->name);
  return g_string_free(text, FALSE);
}

/* ---- sections ---- */

static gboolean is_ready_security(const CrUpdate *update, gconstpointer data)
{
  (void)data;
  return update->security && update->by != CR_UPDATE_BY_NOTHING;
}

static gboolean is_kept_security(const CrUpdate *update, gconstpointer data)
{
  (void)data;
  return update->security && update->by == CR_UPDATE_BY_NOTHING;
}

static gboolean is_other(const CrUpdate *update, gconstpointer data)
{
  (void)data;
  return !update->security;
}

const CrArchive *cr_update_groups_find_archive(const GPtrArray *groups)
{
  const CrArchive *only = NULL;
  for (guint i = 0; i < groups->len; i++) {
    const CrUpdateGroup *group = groups->pdata[i];
    if (i && group->first->archive != only)
      return NULL;
    only = group->first->archive;
  }
  return only;
}

void cr_update_group_add_row(CrTextGrid *grid, const CrScan *scan, const CrUpdateGroup *group, gboolean archive,
                             gboolean all)
{
  const CrUpdate *first = group->first;
  g_autofree char *name = cr_update_group_format_name(group, all);
  g_autofree char *step = g_strdup_printf("%s → %s", first->package->version, first->candidate);
  g_autofree char *fixes = cr_table_format_fixes(scan, group->members, all ? 0 : FLAWS_SHOWN);
  const char *reach = cr_reach_level_get_name(group->level);
  if (archive)
    cr_text_grid_add(grid, name, step, reach, first->archive ? first->archive->name : "", fixes, NULL);
  else
    cr_text_grid_add(grid, name, step, reach, fixes, NULL);
  cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  cr_text_grid_style(grid, 2, cr_table_get_reach_style(group->level));
}

static void add_ready(CrTextGrid *grid, const CrScan *scan, const CrUpdateGroup *group, gboolean archive, gboolean all)
{
  cr_update_group_add_row(grid, scan, group, archive, all);
  if (group->first->by == CR_UPDATE_BY_DIST_UPGRADE) {
    g_autofree char *brings = g_strjoinv(", ", (char **)group->first->brings);
    cr_text_grid_note(grid, CR_STYLE_DIM, "only by dist-upgrade%s%s", *brings ? ", brings " : "", brings);
  }
}

/* How many of GROUPS (sorted) are shown: what is reached, or everything. */
static guint count_shown(GPtrArray *groups, gboolean all)
{
  guint shown = 0;
  while (shown < groups->len && (all || ((const CrUpdateGroup *)groups->pdata[shown])->level != CR_REACH_UNREACHED))
    shown++;
  return shown;
}

static void write_ready(CrText *text, const CrScan *scan, gboolean all)
{
  g_autoptr(GPtrArray) groups = cr_update_groups_new(scan, is_ready_security, NULL);
  if (!groups->len)
    return;
  const CrArchive *only = cr_update_groups_find_archive(groups);
  cr_table_write_heading(text, "READY TO INSTALL", only ? only->name : NULL);
  guint shown = count_shown(groups, all);
  CrTextGrid *grid = cr_text_grid_new(text, only ? 4 : 5);
  for (guint i = 0; i < shown; i++)
    add_ready(grid, scan, groups->pdata[i], !only, all);
  cr_text_grid_end(grid);
  if (shown == groups->len)
    return;
  g_autofree char *names = cr_table_format_names(groups, shown, 4);
  guint left = 0;
  for (guint i = shown; i < groups->len; i++)
    left += ((const CrUpdateGroup *)groups->pdata[i])->members->len;
  cr_text_span(text, CR_STYLE_DIM, "  %u %s%s not reached (%s): --all", left, shown ? "more " : "",
               left == 1 ? "is" : "are", names);
  cr_text_end(text, 2);
}

static void write_kept(CrText *text, const CrScan *scan)
{
  g_autoptr(GPtrArray) groups = cr_update_groups_new(scan, is_kept_security, NULL);
  if (!groups->len)
    return;
  cr_table_write_heading(text, "KEPT BACK", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < groups->len; i++) {
    const CrUpdateGroup *group = groups->pdata[i];
    g_autofree char *name = cr_update_group_format_name(group, FALSE);
    g_autofree char *step = g_strdup_printf("%s → %s", group->first->package->version, group->first->candidate);
    cr_text_grid_add(grid, name, step, cr_reach_level_get_name(group->level),
                     group->first->kept_back ? group->first->kept_back : "", NULL);
    cr_text_grid_style(grid, 2, cr_table_get_reach_style(group->level));
  }
  cr_text_grid_end(grid);
}

static void write_other(CrText *text, const CrScan *scan, gboolean all)
{
  g_autoptr(GPtrArray) groups = cr_update_groups_new(scan, is_other, NULL);
  if (!groups->len)
    return;
  if (all) {
    cr_table_write_heading(text, "OTHER UPDATES", NULL);
    CrTextGrid *grid = cr_text_grid_new(text, 5);
    for (guint i = 0; i < groups->len; i++) {
      const CrUpdateGroup *group = groups->pdata[i];
      g_autofree char *name = cr_update_group_format_name(group, TRUE);
      g_autofree char *step = g_strdup_printf("%s → %s", group->first->package->version, group->first->candidate);
      cr_text_grid_add(grid, name, step, cr_reach_level_get_name(group->level),
                       group->first->archive ? group->first->archive->name : "",
                       group->first->kept_back ? group->first->kept_back : "", NULL);
      cr_text_grid_style(grid, 2, cr_table_get_reach_style(group->level));
    }
    cr_text_grid_end(grid);
    return;
  }
  g_autofree char *names = cr_table_format_names(groups, 0, 4);
  /* Debian's archives say themselves what is for security; of the others only advisories do. */
  const CrUpdateGroup *first = groups->pdata[0];
  gboolean told = scan->data_advisories || !strcmp(first->first->package->type, "deb");
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_DIM, "%u other update%s, %s (%s): --all", groups->len, cr_table_plural(groups->len),
               told ? "not for security" : "whether for security is not known without advisories", names);
  cr_text_end(text, 2);
}

/* "12 fixes pending from the base (its newest version has 9 of them), 4 from your own layers" */
static void write_origin(CrText *text, const CrScan *scan)
{
  guint own = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    own += update->security && update->from == CR_FROM_OWN;
  }
  const CrBase *base = &scan->base;
  if (base->pending < 0 || (!base->pending && !own))
    return;
  g_autoptr(GString) line = g_string_new(NULL);
  g_string_append_printf(line, "%d fix%s pending from the base", base->pending, base->pending == 1 ? "" : "es");
  if (base->pending_newest >= 0)
    g_string_append_printf(line, " (its newest version has %d of them)", base->pending - base->pending_newest);
  g_string_append_printf(line, ", %u from your own layers", own);
  if (base->oldest_fix_days > 0)
    g_string_append_printf(line, "; the oldest has been ready for %d days", base->oldest_fix_days);
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_PLAIN, "%s", line->str);
  cr_text_end(text, 2);
}

void cr_table_write_updates(CrText *text, const CrScan *scan, gboolean all)
{
  write_ready(text, scan, all);
  write_kept(text, scan);
  write_origin(text, scan);
  write_other(text, scan, all);
}
