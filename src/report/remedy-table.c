/* SPDX-License-Identifier: Apache-2.0 */
/* careen patch, for people: what it came to, what was fixed, what was not and why, how it was proved, where it is. */
#include "remedy/fixes.h"
#include "report/remedy.h"
#include "report/table-parts.h"

static void write_heading(CrText *text, const char *words)
{
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_BOLD, "%s", words);
  cr_text_end(text, 2);
}

static void write_outcome(CrText *text, const CrRemedy *remedy)
{
  static const struct {
    const char *word;
    CrStyle style;
  } looks[] = {
      [CR_REMEDY_NOTHING] = {"NOTHING TO DO", CR_STYLE_GREEN},
      [CR_REMEDY_PLANNED] = {"PLANNED", CR_STYLE_YELLOW},
      [CR_REMEDY_PATCHED] = {"PATCHED", CR_STYLE_GREEN},
      [CR_REMEDY_FAILED] = {"NOT PATCHED", CR_STYLE_LOUD},
  };
  guint count = remedy->plan->changes->len;
  cr_text_gap(text);
  cr_text_span(text, looks[remedy->outcome].style, "%s", looks[remedy->outcome].word);
  if (count)
    cr_text_span(text, CR_STYLE_BOLD, "   %u package%s", count, cr_table_plural(count));
  cr_text_end(text, 12);
}

static void write_changes(CrText *text, const CrRemedy *remedy)
{
  if (!remedy->plan->changes->len)
    return;
  write_heading(text, "CHANGES");
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  for (guint i = 0; i < remedy->plan->changes->len; i++) {
    const CrChange *change = remedy->plan->changes->pdata[i];
    const CrUpdate *update = cr_update_find(remedy->scan, change->package);
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    if (update)
      g_ptr_array_add(one, (gpointer)update);
    g_autofree char *fixes = cr_table_format_fixes(remedy->scan, one, 3);
    g_autofree char *step = g_strdup_printf("%s → %s", change->package ? change->package->version : "new",
                                            change->file.name ? change->file.version : "removed");
    CrReachLevel level = change->package ? change->package->reach.level : CR_REACH_UNREACHED;
    cr_text_grid_add(grid, change->name, step, cr_reach_level_get_name(level), fixes, NULL);
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
    cr_text_grid_style(grid, 2, cr_table_get_reach_style(level));
  }
  cr_text_grid_end(grid);
}

static void write_left(CrText *text, const CrRemedy *remedy)
{
  CrTextGrid *grid = NULL;
  for (guint i = 0; i < remedy->plan->fixes->len; i++) {
    const CrFix *fix = remedy->plan->fixes->pdata[i];
    if (fix->state == CR_FIX_FIXED)
      continue;
    if (!grid) {
      write_heading(text, "NOT FIXED");
      grid = cr_text_grid_new(text, 3);
    }
    cr_text_grid_add(grid, fix->name, cr_fix_state_get_name(fix->state), fix->why ? fix->why : "", NULL);
  }
  if (grid)
    cr_text_grid_end(grid);
}

static void write_checks(CrText *text, const CrRemedy *remedy)
{
  if (!remedy->checks->len)
    return;
  write_heading(text, "PROOF");
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < remedy->checks->len; i++) {
    const CrCheck *check = remedy->checks->pdata[i];
    cr_text_grid_add(grid, check->passed ? "holds" : "FAILS", check->name, check->detail, NULL);
    cr_text_grid_style(grid, 0, check->passed ? CR_STYLE_GREEN : CR_STYLE_LOUD);
  }
  cr_text_grid_end(grid);
}

static void write_places(CrText *text, const CrRemedy *remedy)
{
  cr_text_gap(text);
  for (guint i = 0; i < remedy->published->len; i++) {
    const CrPublished *place = remedy->published->pdata[i];
    cr_text_line(text, "published  %s  %s", place->destination, place->digest);
  }
  if (!remedy->published->len && remedy->outcome == CR_REMEDY_PATCHED)
    cr_text_line(text, "published nowhere: --tag REF, --push or --to DEST");
}

void cr_remedy_write_table(const CrRemedy *remedy, CrReport *report)
{
  const CrImage *image = remedy->scan->image;
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_text_span(text, CR_STYLE_BOLD, "%s", image->name ? image->name : image->ref);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s", image->platform);
  cr_text_end(text, 2);
  write_outcome(text, remedy);
  write_changes(text, remedy);
  write_left(text, remedy);
  write_checks(text, remedy);
  write_places(text, remedy);
  g_string_append_len(report->text, text->out->str, (gssize)text->out->len);
}
