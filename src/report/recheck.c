/* SPDX-License-Identifier: Apache-2.0 */
#include "report/recheck.h"
#include "report/json-parts.h"
#include "report/table-parts.h"

/* ---- careen.verify-patch/1: every key is always there ---- */

static void write_original(CrJsonWriter *writer, const CrRecheck *recheck)
{
  cr_json_key(writer, "original");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", recheck->label.name);
  cr_json_key_string(writer, "digest", recheck->label.digest);
  cr_json_key_string(writer, "id", recheck->label.config_digest);
  cr_json_end_object(writer);
}

static void write_line(CrJsonWriter *writer, gconstpointer item)
{
  const CrRecheckLine *line = item;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", line->name);
  cr_json_key_string(writer, "state", cr_recheck_state_get_name(line->state));
  cr_json_key_string(writer, "detail", line->detail);
  cr_json_end_object(writer);
}

void cr_recheck_write_json(const CrRecheck *recheck, CrReport *report)
{
  const CrScan *scan = recheck->original ? recheck->original : recheck->scan;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.verify-patch/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, scan);
  cr_json_key_string(writer, "verdict", cr_recheck_state_get_name(cr_recheck_get_verdict(recheck)));
  cr_json_key(writer, "image");
  cr_report_write_image_names(writer, recheck->scan->image);
  write_original(writer, recheck);
  cr_json_key_string(writer, "record", recheck->evidence->place);
  cr_json_key_string(writer, "key", recheck->key_id);
  cr_json_key_integer(writer, "changes", recheck->changes);
  cr_json_key_integer(writer, "fixes", recheck->fixes);
  cr_report_write_array(writer, "checks", recheck->lines, write_line);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, scan->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

/* ---- for people ---- */

static void write_verdict(CrText *text, const CrRecheck *recheck)
{
  static const struct {
    const char *word;
    CrStyle style;
  } looks[] = {
      [CR_RECHECK_HOLDS] = {"THE PATCH HOLDS", CR_STYLE_GREEN},
      [CR_RECHECK_FAILS] = {"THE PATCH DOES NOT HOLD", CR_STYLE_LOUD},
      [CR_RECHECK_UNKNOWN] = {"NOT ALL COULD BE CHECKED", CR_STYLE_YELLOW},
      [CR_RECHECK_SKIPPED] = {"", CR_STYLE_PLAIN},
  };
  CrRecheckState verdict = cr_recheck_get_verdict(recheck);
  cr_text_gap(text);
  cr_text_span(text, looks[verdict].style, "%s", looks[verdict].word);
  cr_text_span(text, CR_STYLE_PLAIN, "   %u package%s changed, %u flaw%s said to be fixed", recheck->changes,
               cr_table_plural(recheck->changes), recheck->fixes, cr_table_plural(recheck->fixes));
  cr_text_end(text, 2);
}

static void write_lines(CrText *text, const CrRecheck *recheck)
{
  static const struct {
    const char *word;
    CrStyle style;
  } looks[] = {
      [CR_RECHECK_HOLDS] = {"holds", CR_STYLE_GREEN},
      [CR_RECHECK_FAILS] = {"FAILS", CR_STYLE_LOUD},
      [CR_RECHECK_UNKNOWN] = {"unknown", CR_STYLE_YELLOW},
      [CR_RECHECK_SKIPPED] = {"-", CR_STYLE_PLAIN},
  };
  cr_text_gap(text);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; i < recheck->lines->len; i++) {
    const CrRecheckLine *line = recheck->lines->pdata[i];
    cr_text_grid_add(grid, looks[line->state].word, line->name, line->detail, NULL);
    cr_text_grid_style(grid, 0, looks[line->state].style);
  }
  cr_text_grid_end(grid);
}

void cr_recheck_write_table(const CrRecheck *recheck, CrReport *report)
{
  const CrImage *image = recheck->scan->image;
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_text_span(text, CR_STYLE_BOLD, "%s", image->name ? image->name : image->ref);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s  %s", image->digest ? image->digest : image->id, image->platform);
  cr_text_end(text, 2);
  write_verdict(text, recheck);
  write_lines(text, recheck);
  cr_report_take_text(report, text);
}
