/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/rebuild-write.h"

#include <string.h>

#include "remedy/fixes.h"
#include "report/json-parts.h"
#include "report/remedy-rows.h"
#include "report/table-parts.h"

#define CHANGES_SHOWN 12U
#define LINES_SHOWN   15U

static gboolean is_named(const CrRebuild *rebuild)
{
  return rebuild->good && rebuild->published->len > 0;
}

const char *cr_rebuild_get_outcome(const CrRebuild *rebuild)
{
  return !rebuild->good ? "failed" : is_named(rebuild) ? "rebuilt" : "planned";
}

static const char *get_platform(const CrRebuild *rebuild)
{
  const CrScan *scan = rebuild->now ? rebuild->now : rebuild->old;
  return scan ? scan->image->platform : NULL;
}

/* The flaws that a change closes: those of the update that it is, or that it goes beyond. */
static const CrFix *find_fix(const CrRebuild *rebuild, const CrChange *change)
{
  for (guint i = 0; i < rebuild->states->len; i++) {
    const CrFix *fix = rebuild->states->pdata[i];
    if (fix->package == change->package && fix->package && fix->state == CR_FIX_FIXED)
      return fix;
  }
  return NULL;
}

/* ---- JSON ---- */

static void write_image(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  const char *source = rebuild->now ? rebuild->now->image->source : "docker";
  CrImage none = {.ref = rebuild->image, .source = source, .name = rebuild->image};
  cr_json_key(writer, "image");
  cr_report_write_image_names(writer, rebuild->old ? rebuild->old->image : &none);
}

static void write_result(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  cr_json_key(writer, "result");
  if (!rebuild->after) {
    cr_json_null(writer);
    return;
  }
  const CrPublished *first = rebuild->published->len ? rebuild->published->pdata[0] : NULL;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", first ? first->destination : NULL);
  cr_json_key_string(writer, "id", rebuild->after);
  cr_json_key_string(writer, "digest", first ? first->digest : NULL);
  cr_json_key_string(writer, "platform", get_platform(rebuild));
  cr_json_end_object(writer);
}

static void write_platforms(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  cr_json_key(writer, "platforms");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "platform", get_platform(rebuild));
  cr_json_key_string(writer, "outcome", cr_rebuild_get_outcome(rebuild));
  cr_json_key_string(writer, "how", rebuild->builder);
  cr_json_key_string(writer, "why", NULL);
  cr_json_key_string(writer, "digest", rebuild->old ? rebuild->old->image->digest : NULL);
  cr_json_key_string(writer, "result", NULL);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static CrStrv list_fixes(const CrRebuild *rebuild, const CrUpdate *update)
{
  return rebuild->old ? cr_update_list_fixes(rebuild->old, update, rebuild->arena) : NULL;
}

static void write_changes(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  cr_json_key(writer, "changes");
  cr_json_begin_array(writer);
  for (guint i = 0; i < rebuild->changes->len; i++) {
    const CrChange *change = rebuild->changes->pdata[i];
    const CrFix *fix = find_fix(rebuild, change);
    cr_remedy_write_change(writer, get_platform(rebuild), change, list_fixes(rebuild, fix ? fix->update : NULL));
  }
  cr_json_end_array(writer);
}

static void write_states(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  cr_json_key(writer, "states");
  cr_json_begin_array(writer);
  for (guint i = 0; i < rebuild->states->len; i++) {
    const CrFix *fix = rebuild->states->pdata[i];
    cr_remedy_write_state(writer, get_platform(rebuild), fix, list_fixes(rebuild, fix->update));
  }
  cr_json_end_array(writer);
}

static void write_checks(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  cr_json_key(writer, "checks");
  cr_json_begin_array(writer);
  for (guint i = 0; i < rebuild->checks->len; i++)
    cr_remedy_write_check(writer, get_platform(rebuild), rebuild->checks->pdata[i]);
  cr_json_end_array(writer);
}

static void write_published(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  cr_remedy_write_published(writer, rebuild->good ? rebuild->published : none);
}

/* A rebuild makes every layer anew: which files differ says `careen diff`, nothing here does. */
static void write_files(CrJsonWriter *writer)
{
  static const char *const kinds[] = {"added", "changed", "removed"};
  cr_json_key(writer, "files");
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    cr_json_key_strings(writer, kinds[i], NULL);
  cr_json_end_object(writer);
}

static void write_build(CrJsonWriter *writer, const CrRebuild *rebuild)
{
  cr_json_key(writer, "build");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "builder", rebuild->builder);
  cr_json_key_string(writer, "base", rebuild->base);
  cr_json_key_string(writer, "base_digest", rebuild->base_digest);
  cr_json_key_string(writer, "kept", rebuild->kept);
  cr_json_key_string(writer, "log", rebuild->after ? NULL : rebuild->log);
  cr_json_end_object(writer);
}

void cr_rebuild_write_json(const CrRebuild *rebuild, CrJsonWriter *writer)
{
  const CrScan nothing = {0};
  const CrScan *scan = rebuild->now ? rebuild->now : rebuild->old;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.remedy/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, scan ? scan : &nothing);
  cr_json_key_string(writer, "outcome", cr_rebuild_get_outcome(rebuild));
  write_image(writer, rebuild);
  write_result(writer, rebuild);
  cr_json_key(writer, "layer");
  cr_json_null(writer);
  write_platforms(writer, rebuild);
  write_changes(writer, rebuild);
  write_states(writer, rebuild);
  write_checks(writer, rebuild);
  write_files(writer);
  write_published(writer, rebuild);
  cr_json_key_strings(writer, "dropped", NULL);
  write_build(writer, rebuild);
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_problems_add_all(problems, rebuild->problems);
  if (rebuild->now)
    cr_problems_add_all(problems, rebuild->now->problems);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, problems);
  cr_json_end_object(writer);
}

/* ---- the table ---- */

static void write_verdict(CrText *text, const CrRebuild *rebuild)
{
  const char *why = cr_rebuild_explain(rebuild);
  cr_text_gap(text);
  if (!rebuild->good) {
    cr_text_span(text, CR_STYLE_LOUD, "NOT REBUILT");
    cr_text_span(text, CR_STYLE_BOLD, "   %s, and nothing was named", why ? why : "the proof does not hold");
  } else {
    guint fixed = 0;
    for (guint i = 0; i < rebuild->states->len; i++)
      fixed += ((const CrFix *)rebuild->states->pdata[i])->state == CR_FIX_FIXED;
    cr_text_span(text, CR_STYLE_GREEN, is_named(rebuild) ? "REBUILT" : "WOULD BE REBUILT");
    cr_text_span(text, CR_STYLE_BOLD, "   %u of %u update%s in it; %u package%s", fixed, rebuild->states->len,
                 rebuild->states->len == 1 ? " is" : "s are", rebuild->changes->len,
                 rebuild->changes->len == 1 ? " differs" : "s differ");
  }
  cr_text_end(text, 12);
}

static void write_change_rows(CrText *text, const CrRebuild *rebuild, gboolean all)
{
  guint shown = all ? rebuild->changes->len : MIN(rebuild->changes->len, CHANGES_SHOWN);
  if (!shown)
    return;
  cr_table_write_heading(text, "CHANGES", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  for (guint i = 0; i < shown; i++) {
    const CrChange *change = rebuild->changes->pdata[i];
    const char *from = change->package ? change->package->version : NULL;
    const char *to = change->file.name ? change->file.version : NULL;
    g_autofree char *step = from && to ? g_strdup_printf("%s → %s", from, to)
                            : to       ? g_strdup_printf("%s, new", to)
                                       : g_strdup_printf("%s, gone", from ? from : "");
    cr_text_grid_add(grid, change->name, step, NULL);
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  }
  cr_text_grid_end(grid);
  if (shown == rebuild->changes->len)
    return;
  cr_text_span(text, CR_STYLE_DIM, "  %u more: --all", rebuild->changes->len - shown);
  cr_text_end(text, 2);
}

static void write_left(CrText *text, const CrRebuild *rebuild)
{
  CrTextGrid *grid = NULL;
  for (guint i = 0; i < rebuild->states->len; i++) {
    const CrFix *fix = rebuild->states->pdata[i];
    if (fix->state == CR_FIX_FIXED)
      continue;
    if (!grid) {
      cr_table_write_heading(text, "NOT FIXED", NULL);
      grid = cr_text_grid_new(text, 3);
    }
    g_autofree char *step = g_strdup_printf("%s → %s", fix->package->version, fix->update->candidate);
    cr_text_grid_add(grid, fix->name, step, fix->why, NULL);
    cr_text_grid_style(grid, 0, CR_STYLE_BOLD);
  }
  if (grid)
    cr_text_grid_end(grid);
}

static void write_proof(CrText *text, const CrRebuild *rebuild)
{
  cr_table_write_heading(text, "PROOF", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < rebuild->checks->len; i++) {
    const CrCheck *check = rebuild->checks->pdata[i];
    cr_text_grid_add(grid, check->passed ? "✓" : "✗", check->name, check->detail, NULL);
    cr_text_grid_style(grid, 0, check->passed ? CR_STYLE_GREEN : CR_STYLE_LOUD);
  }
  cr_text_grid_end(grid);
}

/* The builder's last words, where it failed: that is where the reason stands. */
static void write_log(CrText *text, const CrRebuild *rebuild, gboolean all)
{
  if (rebuild->after || !rebuild->log || !*rebuild->log)
    return;
  g_autofree char *copy = g_strdup(rebuild->log);
  g_auto(GStrv) lines = g_strsplit(g_strchomp(copy), "\n", -1);
  guint count = g_strv_length(lines), first = all || count <= LINES_SHOWN ? 0 : count - LINES_SHOWN;
  cr_table_write_heading(text, "THE BUILD SAID", first ? "its last lines" : NULL);
  for (guint i = first; i < count; i++)
    cr_text_line(text, "  %s", g_strchomp(lines[i]));
}

static void write_places(CrText *text, const CrRebuild *rebuild)
{
  if (!rebuild->good)
    return;
  cr_table_write_heading(text, "RESULT", NULL);
  CrTextGrid *grid = cr_text_grid_new(text, 2);
  cr_text_grid_add(grid, "image", rebuild->after, NULL);
  for (guint i = 0; i < rebuild->published->len; i++)
    cr_text_grid_add(grid, i ? "" : "named", ((const CrPublished *)rebuild->published->pdata[i])->destination, NULL);
  if (!rebuild->published->len)
    cr_text_grid_add(grid, "named", "nothing: built, proved and thrown away", NULL);
  if (rebuild->kept)
    cr_text_grid_add(grid, "the old one", rebuild->kept, NULL);
  cr_text_grid_end(grid);
}

void cr_rebuild_write_table(const CrRebuild *rebuild, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_text_gap(text);
  if (rebuild->old)
    cr_table_write_identity(text, rebuild->old->image, rebuild->old->os);
  else
    cr_text_line(text, "%s", rebuild->image);
  write_verdict(text, rebuild);
  write_proof(text, rebuild);
  write_log(text, rebuild, report->all);
  write_change_rows(text, rebuild, report->all);
  write_left(text, rebuild);
  write_places(text, rebuild);
  cr_table_write_problem_list(text, rebuild->problems, report->all);
  if (rebuild->now)
    cr_table_write_problems(text, rebuild->now, report->all);
  cr_report_take_text(report, text);
}
