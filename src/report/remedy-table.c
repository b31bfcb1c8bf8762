/* SPDX-License-Identifier: Apache-2.0 */
/* careen patch, for people: what it came to, what was fixed, what was not and why, how it was proved, where it is, and
 * what to run next. What failed stands first. */
#include "report/remedy-parts.h"

#include <string.h>

#include "remedy/fixes.h"

#define LEFT_SHOWN 12

/* ---- what it came to ---- */

static gboolean is_made(const CrFix *fix)
{
  return fix->state == CR_FIX_FIXED || fix->state == CR_FIX_CONFFILE;
}

typedef struct {
  guint wanted, made, reached, flaws, exploited, along;
} Count;

static gboolean is_exploited(const CrScan *scan, const char *flaw)
{
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->exploited && !strcmp(finding->id, flaw))
      return TRUE;
  }
  return FALSE;
}

static Count count(const CrRemedy *remedy)
{
  Count count = {.wanted = remedy->plan->fixes->len};
  g_autoptr(GHashTable) flaws = g_hash_table_new(g_str_hash, g_str_equal);
  guint changed = 0;
  for (guint i = 0; i < remedy->plan->fixes->len; i++) {
    const CrFix *fix = remedy->plan->fixes->pdata[i];
    if (!is_made(fix))
      continue;
    count.made++;
    count.reached += fix->package && fix->package->reach.level != CR_REACH_UNREACHED;
    changed += fix->update != NULL;
    CrStrv list = fix->update ? cr_update_list_fixes(remedy->scan, fix->update, remedy->arena) : NULL;
    for (guint k = 0; list && list[k]; k++)
      if (g_hash_table_add(flaws, (gpointer)list[k]))
        count.exploited += is_exploited(remedy->scan, list[k]);
  }
  count.flaws = g_hash_table_size(flaws);
  count.along = remedy->plan->changes->len > changed ? remedy->plan->changes->len - changed : 0;
  return count;
}

static const char *name_wanted(const CrRemedy *remedy)
{
  const CrChoice *choice = &remedy->options.choice;
  if (remedy->options.from)
    return "update";
  if (choice->only || choice->updates == CR_WANTED_ALL)
    return "update";
  return choice->updates == CR_WANTED_REACHED ? "reached security update" : "security update";
}

/* "15 of 15 security updates installed, 3 of them reached; 41 flaws fixed, 1 exploited in the wild" */
static char *format_done(const CrRemedy *remedy)
{
  gboolean planned = remedy->outcome == CR_REMEDY_PLANNED;
  Count all = count(remedy);
  GString *line = g_string_new(NULL);
  g_string_append_printf(line, "%u of %u %s%s %s", all.made, all.wanted, name_wanted(remedy),
                         cr_table_plural(all.wanted), planned ? "can be installed" : "installed");
  if (all.reached && remedy->options.choice.updates != CR_WANTED_REACHED)
    g_string_append_printf(line, ", %u of them reached", all.reached);
  if (all.along)
    g_string_append_printf(line, ", %u other package%s with %s", all.along, cr_table_plural(all.along),
                           all.made == 1 ? "it" : "them");
  if (all.flaws)
    g_string_append_printf(line, "; %s%u flaw%s%s", planned ? "they fix " : "", all.flaws, cr_table_plural(all.flaws),
                           planned ? "" : " fixed");
  if (all.exploited)
    g_string_append_printf(line, ", %u exploited in the wild", all.exploited);
  return g_string_free(line, FALSE);
}

/* Of how many archives is something known, and of how many not? */
static void count_archives(const CrScan *scan, guint *read, guint *unread)
{
  for (guint i = 0; i < scan->archive_count; i++)
    ++*(scan->archives[i]->date ? read : unread);
}

/* Nothing found, where nothing could be looked into. */
static gboolean is_unknown(const CrRemedy *remedy)
{
  guint read = 0, unread = 0;
  count_archives(remedy->scan, &read, &unread);
  return remedy->outcome == CR_REMEDY_NOTHING && !remedy->given && !remedy->plan->fixes->len && unread && !read;
}

static char *format_nothing(const CrRemedy *remedy)
{
  guint read = 0, unread = 0;
  count_archives(remedy->scan, &read, &unread);
  guint wanted = remedy->plan->fixes->len;
  if (remedy->given && remedy->unchanged == remedy->given)
    return g_strdup("it is patched already, and nothing newer has come");
  if (remedy->given)
    return g_strdup("nothing of its patch is wanted any more: the result is its original");
  if (is_unknown(remedy))
    return g_strdup("what is pending: none of its archives could be read");
  if (!wanted)
    return g_strdup_printf("no %s is pending%s", name_wanted(remedy),
                           unread ? " in the archives that could be read" : "");
  return g_strdup_printf("none of the %u %s%s can be installed", wanted, name_wanted(remedy), cr_table_plural(wanted));
}

static char *format_failed(const CrRemedy *remedy)
{
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < remedy->checks->len; i++) {
    const CrCheck *check = remedy->checks->pdata[i];
    if (!check->passed && !strcmp(check->name, "install"))
      return g_strdup("it could not be done, and nothing was published");
    if (!check->passed)
      g_string_append_printf(names, "%s%s", names->len ? ", " : "", check->name);
  }
  return g_strdup_printf("the proof does not hold (%s), and nothing was published", names->str);
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
  g_autofree char *words = remedy->outcome == CR_REMEDY_NOTHING  ? format_nothing(remedy)
                           : remedy->outcome == CR_REMEDY_FAILED ? format_failed(remedy)
                                                                 : format_done(remedy);
  cr_text_gap(text);
  if (is_unknown(remedy))
    cr_text_span(text, CR_STYLE_LOUD, "NOT KNOWN");
  else
    cr_text_span(text, looks[remedy->outcome].style, "%s", looks[remedy->outcome].word);
  cr_text_span(text, CR_STYLE_BOLD, "   %s", words);
  cr_text_end(text, 12);
}

/* ---- what changes ---- */

static gboolean is_in(const CrUpdate *update, gconstpointer set)
{
  return g_hash_table_contains((GHashTable *)set, update);
}

static void write_fixed(CrText *text, const CrRemedy *remedy, gboolean all)
{
  static const char *const headings[] = {
      [CR_REMEDY_NOTHING] = "IN THE PATCH",
      [CR_REMEDY_PLANNED] = "WOULD BE INSTALLED",
      [CR_REMEDY_PATCHED] = "FIXED",
      [CR_REMEDY_FAILED] = "WANTED",
  };
  g_autoptr(GHashTable) made = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < remedy->plan->fixes->len; i++) {
    const CrFix *fix = remedy->plan->fixes->pdata[i];
    if (is_made(fix) && fix->update)
      g_hash_table_add(made, (gpointer)fix->update);
  }
  g_autoptr(GPtrArray) groups = cr_update_groups_new(remedy->scan, is_in, made);
  if (!groups->len)
    return;
  const CrArchive *only = cr_update_groups_find_archive(groups);
  cr_table_write_heading(text, headings[remedy->outcome], only ? only->name : NULL);
  CrTextGrid *grid = cr_text_grid_new(text, only ? 4 : 5);
  for (guint i = 0; i < groups->len; i++)
    cr_update_group_add_row(grid, remedy->scan, groups->pdata[i], !only, all);
  cr_text_grid_end(grid);
}

static gboolean is_asked_for(const CrRemedy *remedy, const CrChange *change)
{
  for (guint i = 0; i < remedy->plan->fixes->len; i++) {
    const CrFix *fix = remedy->plan->fixes->pdata[i];
    if (change->package && fix->package == change->package && fix->update)
      return TRUE;
  }
  return FALSE;
}

/* What was not asked for and changes all the same, because the rest cannot go without it. */
static void write_along(CrText *text, const CrRemedy *remedy)
{
  CrTextGrid *grid = NULL;
  for (guint i = 0; i < remedy->plan->changes->len; i++) {
    const CrChange *change = remedy->plan->changes->pdata[i];
    if (is_asked_for(remedy, change))
      continue;
    if (!grid) {
      cr_table_write_heading(text, "WITH THEM", NULL);
      grid = cr_text_grid_new(text, 2);
    }
    const char *from = change->package ? change->package->version : NULL;
    const char *to = change->file.name ? change->file.version : NULL;
    g_autofree char *step = from && to ? g_strdup_printf("%s → %s", from, to)
                            : to       ? g_strdup_printf("%s, new", to)
                                       : g_strdup_printf("%s, removed", from ? from : "");
    cr_text_grid_add(grid, change->name, step, NULL);
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  }
  if (grid)
    cr_text_grid_end(grid);
}

/* ---- what was not fixed ---- */

static gboolean is_alike(const CrFix *one, const CrFix *other)
{
  return one->state == other->state && !g_strcmp0(one->why, other->why) &&
         !g_strcmp0(one->package ? one->package->source_name : one->name,
                    other->package ? other->package->source_name : other->name);
}

/* How many later ones say the same; 0 of one that an earlier one stands for: -1. */
static int count_alike(const GPtrArray *fixes, guint at)
{
  int more = 0;
  for (guint i = 0; i < fixes->len; i++) {
    if (i == at || !is_alike(fixes->pdata[at], fixes->pdata[i]))
      continue;
    if (i < at)
      return -1;
    more++;
  }
  return more;
}

static void add_left(CrTextGrid *grid, const CrFix *fix, int more)
{
  static const char *const words[] = {
      [CR_FIX_FIXED] = "fixed",
      [CR_FIX_HELD] = "held",
      [CR_FIX_KEPT_BACK] = "kept back",
      [CR_FIX_CONFFILE] = "file kept",
      [CR_FIX_NOT_IN_ARCHIVE] = "no archive has it",
      [CR_FIX_GONE] = "not there",
      [CR_FIX_UNSUPPORTED] = "unsupported",
  };
  g_autofree char *name = more ? g_strdup_printf("%s +%d", fix->name, more) : g_strdup(fix->name);
  g_autofree char *step = fix->package && fix->update
                              ? g_strdup_printf("%s → %s", fix->package->version, fix->update->candidate)
                              : g_strdup(fix->package ? fix->package->version : "");
  cr_text_grid_add(grid, name, step, words[fix->state], fix->why ? fix->why : "", NULL);
  cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  cr_text_grid_style(grid, 2,
                     fix->state == CR_FIX_HELD || fix->state == CR_FIX_CONFFILE ? CR_STYLE_PLAIN : CR_STYLE_YELLOW);
}

static void write_left(CrText *text, const CrRemedy *remedy, gboolean all)
{
  const GPtrArray *fixes = remedy->plan->fixes;
  CrTextGrid *grid = NULL;
  guint shown = 0, hidden = 0;
  for (guint i = 0; i < fixes->len; i++) {
    const CrFix *fix = fixes->pdata[i];
    int more = fix->state == CR_FIX_FIXED ? -1 : count_alike(fixes, i);
    if (more < 0)
      continue;
    if (shown++ >= LEFT_SHOWN && !all) {
      hidden += 1 + (guint)more;
      continue;
    }
    if (!grid) {
      cr_table_write_heading(text, "NOT FIXED, OR NOT ENTIRELY", NULL);
      grid = cr_text_grid_new(text, 4);
    }
    add_left(grid, fix, more);
  }
  if (grid)
    cr_text_grid_end(grid);
  if (hidden) {
    cr_text_span(text, CR_STYLE_DIM, "  %u more: --all", hidden);
    cr_text_end(text, 2);
  }
}

/* ---- all of it ---- */

static void write_changes(CrText *text, const CrRemedy *remedy, gboolean all)
{
  if (remedy->outcome != CR_REMEDY_NOTHING || all) {
    write_fixed(text, remedy, all);
    write_along(text, remedy);
  }
  write_left(text, remedy, all);
}

void cr_remedy_write_answers(CrText *text, const CrRemedy *remedy, gboolean all)
{
  write_outcome(text, remedy);
  if (remedy->outcome == CR_REMEDY_FAILED)
    cr_remedy_write_proof(text, remedy, all);
  write_changes(text, remedy, all);
  if (remedy->outcome != CR_REMEDY_FAILED)
    cr_remedy_write_proof(text, remedy, all);
}

void cr_remedy_write_table(const CrRemedy *remedy, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_table_write_identity(text, cr_remedy_get_image(remedy), remedy->scan->os);
  cr_remedy_write_answers(text, remedy, report->all);
  cr_remedy_write_result(text, remedy);
  cr_table_write_problems(text, remedy->scan, report->all);
  cr_remedy_write_next(text, remedy);
  cr_report_take_text(report, text);
}
