/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a scan: identity, verdict, then what matters, most urgent first, then what to run next. */
#include "report/table-parts.h"

#include <string.h>

const char *cr_table_plural(guint count)
{
  return count == 1 ? "" : "s";
}

CrStyle cr_table_get_reach_style(CrReachLevel level)
{
  static const CrStyle styles[] = {
      [CR_REACH_UNREACHED] = CR_STYLE_DIM,
      [CR_REACH_UNKNOWN] = CR_STYLE_YELLOW,
      [CR_REACH_POSSIBLE] = CR_STYLE_YELLOW,
      [CR_REACH_LOADED] = CR_STYLE_RED,
  };
  return styles[level];
}

char *cr_table_format_support(const CrOs *os)
{
  static const char *const words[] = {
      [CR_PHASE_UNKNOWN] = "support unknown",
      [CR_PHASE_FULL] = "supported",
      [CR_PHASE_LTS] = "LTS",
      [CR_PHASE_ELTS] = "ELTS",
      [CR_PHASE_ROLLING] = "rolling",
      [CR_PHASE_ENDED] = "support ended",
  };
  const char *word = words[os->support.phase], *until = os->support.until;
  if (!until)
    return g_strdup(word);
  return os->support.phase == CR_PHASE_ENDED ? g_strdup_printf("%s %s", word, until)
                                             : g_strdup_printf("%s until %s", word, until);
}

char *cr_table_format_os(const CrOs *os)
{
  if (!os->id)
    return g_strdup(os->name ? os->name : "no operating system known");
  GString *text = g_string_new(os->id);
  if (os->version)
    g_string_append_printf(text, " %s", os->version);
  if (os->codename && (!os->version || strcmp(os->codename, os->version) != 0))
    g_string_append_printf(text, " %s", os->codename);
  return g_string_free(text, FALSE);
}

void cr_table_write_heading(CrText *text, const char *words, const char *more)
{
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_BOLD, "%s", words);
  if (more)
    cr_text_span(text, CR_STYLE_PLAIN, " (%s)", more);
  cr_text_end(text, 2);
}

void cr_table_write_next_line(CrText *text, const char *command)
{
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_DIM, "next: ");
  cr_text_span(text, CR_STYLE_BOLD, "%s", command);
  cr_text_end(text, 6);
}

/* ---- identity ---- */

void cr_table_write_identity(CrText *text, const CrImage *image, const CrOs *os)
{
  const char *digest = image->digest ? image->digest : image->id;
  cr_text_span(text, CR_STYLE_BOLD, "%s", image->name ? image->name : image->ref);
  if (digest)
    cr_text_span(text, CR_STYLE_DIM, "  %.19s…", digest);
  if (image->platform && *image->platform)
    cr_text_span(text, CR_STYLE_PLAIN, "  %s", image->platform);
  g_autofree char *system = cr_table_format_os(os), *support = cr_table_format_support(os);
  cr_text_span(text, CR_STYLE_PLAIN, "  %s", system);
  if (os->id) {
    gboolean bad = os->support.phase == CR_PHASE_ENDED || os->support.phase == CR_PHASE_UNKNOWN;
    cr_text_span(text, CR_STYLE_PLAIN, " · ");
    cr_text_span(text, bad ? CR_STYLE_RED : CR_STYLE_PLAIN, "%s", support);
  }
  cr_text_end(text, 2);
}

static void append_base(GString *line, const CrScan *scan)
{
  const CrBase *base = &scan->base;
  if (!base->name)
    return;
  g_string_append_printf(line, "%son %s", line->len ? " " : "built ", base->name);
  if (base->layers > 0)
    g_string_append_printf(line, " (%d of %u layers)", base->layers, scan->image->layer_count);
  else if (base->how && !strcmp(base->how, "guess"))
    g_string_append(line, " (a guess)");
  if (base->current == 0)
    g_string_append(line, ", which has moved since");
}

static void write_making(CrText *text, const CrScan *scan)
{
  const CrImage *image = scan->image;
  g_autoptr(GString) line = g_string_new(NULL);
  /* Year 1 and the first second of 1970 are what tools write that leave the time out. */
  if (image->created && strlen(image->created) >= 10 && strncmp(image->created, "1970-01-01T00:00:00", 19) > 0)
    g_string_append_printf(line, "built %.10s", image->created);
  append_base(line, scan);
  if (scan->command && *scan->command)
    g_string_append_printf(line, "%sruns %s", line->len ? " · " : "", scan->command);
  else if (image->has_config)
    g_string_append_printf(line, "%sstarts nothing by itself", line->len ? " · " : "");
  if (image->chosen)
    g_string_append_printf(line, "%sfrom %s", line->len ? " · " : "", image->chosen);
  if (scan->as_of)
    g_string_append_printf(line, "%sjudged as of %s", line->len ? " · " : "", scan->as_of);
  if (!line->len)
    return;
  cr_text_span(text, CR_STYLE_PLAIN, "%s", line->str);
  cr_text_end(text, 2);
}

/* Everything is in exactly one of these; WHO WATCHES has the names. */
static void write_counts(CrText *text, const CrScan *scan)
{
  guint unwatched_files = 0;
  for (guint i = 0; i < scan->unowned->len; i++)
    unwatched_files += ((const CrUnowned *)scan->unowned->pdata[i])->steward.kind <= CR_STEWARD_BUILDER;
  guint ended = 0;
  for (guint i = 0; i < scan->packages->len; i++)
    ended += ((const CrPackage *)scan->packages->pdata[i])->support == CR_PACKAGE_SUPPORT_ENDED;
  guint packages = scan->packages->len, unwatched = scan->summary.unwatched - unwatched_files;
  if (!packages && !scan->unowned->len)
    return;
  cr_text_span(text, CR_STYLE_PLAIN, "%u package%s, ", packages, cr_table_plural(packages));
  cr_text_span(text, unwatched ? CR_STYLE_RED : CR_STYLE_PLAIN, "%u unwatched", unwatched);
  if (ended)
    cr_text_span(text, CR_STYLE_RED, ", %u past %s support", ended, ended == 1 ? "its" : "their");
  if (scan->unowned->len) {
    cr_text_span(text, CR_STYLE_PLAIN, " · %u program%s without a package, ", scan->unowned->len,
                 cr_table_plural(scan->unowned->len));
    cr_text_span(text, unwatched_files ? CR_STYLE_RED : CR_STYLE_PLAIN, "%u unwatched", unwatched_files);
  }
  cr_text_end(text, 2);
}

/* ---- verdict ---- */

static void write_verdict(CrText *text, const CrScan *scan)
{
  static const struct {
    const char *words;
    CrStyle style;
  } looks[] = {
      [CR_VERDICT_BLIND] = {"BLIND", CR_STYLE_LOUD},      [CR_VERDICT_REPLACE] = {"REPLACE", CR_STYLE_LOUD},
      [CR_VERDICT_PATCH] = {"PATCH", CR_STYLE_YELLOW},    [CR_VERDICT_REBUILD] = {"REBUILD", CR_STYLE_YELLOW},
      [CR_VERDICT_CURRENT] = {"CURRENT", CR_STYLE_GREEN},
  };
  const CrSummary *summary = &scan->summary;
  gboolean now = summary->verdict == CR_VERDICT_PATCH && summary->reached_security_updates;
  cr_text_gap(text);
  cr_text_span(text, now ? CR_STYLE_LOUD : looks[summary->verdict].style, "%s",
               now ? "PATCH NOW" : looks[summary->verdict].words);
  cr_text_span(text, CR_STYLE_BOLD, "   %s", summary->reason);
  cr_text_end(text, 12);
  for (guint i = 1; summary->reasons[0] && summary->reasons[i]; i++) {
    cr_text_span(text, CR_STYLE_PLAIN, "and also    %s", summary->reasons[i]);
    cr_text_end(text, 12);
  }
}

/* ---- the format ---- */

static void add(CrReport *report, const CrScan *scan)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_table_write_identity(text, scan->image, scan->os);
  write_making(text, scan);
  write_counts(text, scan);
  write_verdict(text, scan);
  cr_table_write_updates(text, scan, report->all);
  cr_table_write_findings(text, scan, report->all, report->suppressed);
  cr_table_write_watch(text, scan, report->all);
  cr_table_write_care(text, scan, report->all);
  cr_table_write_next(text, scan);
  if (report->written++)
    g_string_append(report->text, "\n\n");
  cr_report_take_text(report, text);
}

static void nothing(CrReport *report)
{
  (void)report;
}

/* The message is on standard error already; here a place is kept, so that nobody counts one report too few. */
static void add_error(CrReport *report, const char *ref, const GError *error)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  cr_text_span(text, CR_STYLE_BOLD, "%s", ref);
  cr_text_end(text, 2);
  cr_text_gap(text);
  cr_text_span(text, CR_STYLE_LOUD, "NO REPORT");
  cr_text_span(text, CR_STYLE_BOLD, "   %s", error->message);
  cr_text_end(text, 12);
  if (report->written++)
    g_string_append(report->text, "\n\n");
  cr_report_take_text(report, text);
}

const CrReportFormat cr_report_table = {
    .name = "table", .begin = nothing, .add = add, .add_error = add_error, .end = nothing};
