/* SPDX-License-Identifier: Apache-2.0 */
/* careen patch of an image of several platforms, for people: what became of each, then of each that was patched what a
 * single image's table has, then where the index is. */
#include "report/remedy-parts.h"

#include <string.h>

static const struct {
  const char *word;
  CrStyle style;
} looks[] = {
    [CR_REMEDY_NOTHING] = {"nothing to do", CR_STYLE_GREEN},
    [CR_REMEDY_PLANNED] = {"planned", CR_STYLE_YELLOW},
    [CR_REMEDY_PATCHED] = {"patched", CR_STYLE_GREEN},
    [CR_REMEDY_FAILED] = {"not patched", CR_STYLE_LOUD},
};

/* "8 packages, native", "8 packages, by qemu-aarch64" */
static char *format_how(const CrPlatform *platform)
{
  if (!platform->remedy)
    return g_strdup_printf("carried over unpatched: %s", platform->why);
  guint count = platform->remedy->plan->changes->len;
  gboolean itself = !strcmp(platform->how, "native") || !strcmp(platform->how, "compatible");
  return g_strdup_printf("%u package%s, %s%s", count, cr_table_plural(count), itself ? "" : "by ", platform->how);
}

static void write_platforms(CrText *text, const CrPlatforms *platforms)
{
  cr_table_write_heading(text, "PLATFORMS", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    const CrRemedy *remedy = platform->remedy;
    g_autofree char *how = format_how(platform);
    cr_text_grid_add(grid, platform->image->platform ? platform->image->platform : "not named",
                     remedy ? looks[remedy->outcome].word : "as it is", how, NULL);
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
    cr_text_grid_style(grid, 1, remedy ? looks[remedy->outcome].style : CR_STYLE_YELLOW);
  }
  cr_text_grid_end(grid);
}

static void write_each(CrText *text, const CrPlatforms *platforms, gboolean all)
{
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrRemedy *remedy = ((const CrPlatform *)platforms->list->pdata[i])->remedy;
    if (!remedy)
      continue;
    cr_text_gap(text);
    cr_text_span(text, CR_STYLE_BOLD, "%s", remedy->platform);
    cr_text_end(text, 2);
    cr_remedy_write_answers(text, remedy, all);
    cr_table_write_problems(text, remedy->scan, all);
  }
}

static void write_result(CrText *text, const CrPlatforms *platforms)
{
  const CrIndexDraft *draft = cr_platforms_get_result(platforms);
  if (!draft || platforms->outcome == CR_REMEDY_FAILED)
    return;
  cr_table_write_heading(text, "RESULT", platforms->outcome == CR_REMEDY_NOTHING ? "unchanged" : NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  cr_text_grid_add(grid, "index", cr_index_draft_get_digest(draft), NULL);
  cr_remedy_add_places(grid, platforms->published);
  cr_remedy_add_dropped(grid, platforms->dropped);
  cr_text_grid_end(grid);
}

void cr_platforms_write_table(const CrPlatforms *platforms, CrReport *report)
{
  const CrImage *image = cr_source_get_image(cr_index_get_source(platforms->index));
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_text_span(text, CR_STYLE_BOLD, "%s", image->name ? image->name : image->ref);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s  %u platform%s", cr_index_get_digest(platforms->index), platforms->list->len,
               cr_table_plural(platforms->list->len));
  cr_text_end(text, 2);
  write_platforms(text, platforms);
  write_each(text, platforms, report->all);
  write_result(text, platforms);
  for (guint i = 0; i < cr_problems_get_count(platforms->problems); i++) {
    const CrProblem *problem = cr_problems_get(platforms->problems, i);
    cr_text_line(text, "%s  %s: %s", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
  cr_report_take_text(report, text);
}
