/* SPDX-License-Identifier: Apache-2.0 */
/* TAKE CARE: what could not be looked at and what would mislead; then the next command. */
#include "report/table-parts.h"

#include <string.h>

#define NOTES_SHOWN   4
#define PARTIAL_SHOWN 12

static void begin(CrText *text, gboolean *begun)
{
  if (*begun)
    return;
  *begun = TRUE;
  cr_table_write_heading(text, "TAKE CARE", NULL);
}

gboolean cr_table_knows_archives(const CrScan *scan)
{
  return strcmp(scan->image->source, "sbom") != 0;
}

const char *cr_table_find_manager(const CrScan *scan, const char *type, gboolean *present)
{
  static const struct {
    const char *type, *package, *program;
  } rows[] = {
      {"deb", "apt", "apt"},           {"apk", "apk-tools", "apk"}, {"rpm", "dnf", "dnf"}, {"rpm", "dnf5", "dnf"},
      {"rpm", "microdnf", "microdnf"}, {"rpm", "tdnf", "tdnf"},     {"rpm", "yum", "yum"},
  };
  const char *usual = NULL;
  for (guint k = 0; k < G_N_ELEMENTS(rows); k++) {
    if (strcmp(rows[k].type, type) != 0)
      continue;
    usual = usual ? usual : rows[k].program;
    for (guint i = 0; i < scan->packages->len; i++) {
      const CrPackage *package = scan->packages->pdata[i];
      *present = !strcmp(package->type, type) && !strcmp(package->name, rows[k].package);
      if (*present)
        return rows[k].program;
    }
  }
  *present = FALSE;
  return usual ? usual : "the package manager's";
}

/* An archive that offers fixes but that the image's own package manager does not ask. */
static void write_unconfigured(CrText *text, const CrScan *scan, gboolean *begun)
{
  if (!cr_table_knows_archives(scan))
    return;
  for (guint i = 0; i < scan->archive_count; i++) {
    const CrArchive *archive = scan->archives[i];
    const char *type = NULL;
    guint missed = 0;
    for (guint k = 0; k < scan->updates->len; k++) {
      const CrUpdate *update = scan->updates->pdata[k];
      if (update->archive != archive || !update->security || update->configured)
        continue;
      type = update->package->type;
      missed++;
    }
    if (!missed)
      continue;
    gboolean present = FALSE;
    const char *manager = cr_table_find_manager(scan, type, &present);
    begin(text, begun);
    cr_text_span(text, CR_STYLE_YELLOW, "  %s is not configured in the image", archive->name);
    cr_text_span(text, CR_STYLE_PLAIN,
                 present ? ": %s upgrade inside it would leave out %u security update%s"
                         : ", which has no %s: %u security update%s can only come with a new build or from outside",
                 manager, missed, cr_table_plural(missed));
    cr_text_end(text, 4);
  }
}

/* The verdict is this problem, in the same words, a few lines above. */
static gboolean is_verdict(const CrScan *scan, const CrProblem *problem)
{
  if (problem->kind != CR_PROBLEM_BLIND || scan->summary.verdict != CR_VERDICT_BLIND)
    return FALSE;
  g_autofree char *words = g_strdup_printf("%s%s%s", problem->where, *problem->where ? ": " : "", problem->what);
  return !strcmp(words, scan->summary.reason);
}

/* SCAN or NULL: leave out what its verdict says already. */
static void write_problems(CrText *text, const CrProblems *problems, const CrScan *scan, gboolean all, gboolean *begun)
{
  static const struct {
    CrStyle style;
    const char *word, *one, *more;
    guint shown;
  } kinds[] = {
      [CR_PROBLEM_NOTE] = {CR_STYLE_DIM, "note", "note", "notes", NOTES_SHOWN},
      [CR_PROBLEM_PARTIAL] = {CR_STYLE_YELLOW, "partial", "that is partial", "that are partial", PARTIAL_SHOWN},
      [CR_PROBLEM_BLIND] = {CR_STYLE_LOUD, "blind", "that is blind", "that are blind", G_MAXUINT},
  };
  guint seen[G_N_ELEMENTS(kinds)] = {0};
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (scan && is_verdict(scan, problem))
      continue;
    if (seen[problem->kind]++ >= kinds[problem->kind].shown && !all)
      continue;
    begin(text, begun);
    cr_text_span(text, kinds[problem->kind].style, "  %s", kinds[problem->kind].word);
    cr_text_span(text, CR_STYLE_PLAIN, "  %s%s%s", problem->where, *problem->where ? ": " : "", problem->what);
    cr_text_end(text, 4);
  }
  for (int kind = CR_PROBLEM_BLIND; kind >= CR_PROBLEM_NOTE && !all; kind--)
    if (seen[kind] > kinds[kind].shown) {
      guint left = seen[kind] - kinds[kind].shown;
      cr_text_span(text, CR_STYLE_DIM, "  %u more %s: --all", left, left == 1 ? kinds[kind].one : kinds[kind].more);
      cr_text_end(text, 4);
    }
}

/* "debian-tracker of 2026-11-22, osv/PyPI of 2026-07-23": the feeds that cover this image's packages, each once. */
static char *format_feeds(const CrScan *scan)
{
  GString *feeds = g_string_new(NULL);
  for (guint i = 0; i < scan->coverage->len; i++) {
    const char *words = ((const CrCoverage *)scan->coverage->pdata[i])->advisories;
    gboolean told = !words;
    for (guint k = 0; k < i && !told; k++)
      told = !g_strcmp0(((const CrCoverage *)scan->coverage->pdata[k])->advisories, words);
    if (!told)
      g_string_append_printf(feeds, "%s%s", feeds->len ? ", " : "", words);
  }
  return g_string_free(feeds, FALSE);
}

/* What the answer rests on: each usable archive with the day of its signed release file, and the advisories. Main
 * archives name no day until which they are valid, so their age is for people to judge. */
static void write_grounds(CrText *text, const CrScan *scan)
{
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint i = 0; i < scan->archive_count; i++) {
    const CrArchive *archive = scan->archives[i];
    if (archive->date && archive->is_signed)
      g_string_append_printf(line, "%s%s of %.10s", line->len ? ", " : "archives: ", archive->name, archive->date);
  }
  g_autofree char *feeds = format_feeds(scan);
  if (*feeds)
    g_string_append_printf(line, "%sadvisories: %s", line->len ? "; " : "", feeds);
  gboolean missing = scan->packages->len && !scan->data_advisories, archives = g_str_has_prefix(line->str, "archives");
  if (line->len || missing)
    cr_text_gap(text);
  if (line->len) {
    cr_text_span(text, CR_STYLE_DIM, "%s", line->str);
    cr_text_end(text, 2);
  }
  if (missing) {
    cr_text_span(text, CR_STYLE_DIM,
                 "Known holes without a fix are not listed: no advisory data yet (careen db update).%s",
                 archives ? " What is said here comes from signed package archives." : "");
    cr_text_end(text, 0);
  }
}

void cr_table_write_problems(CrText *text, const CrScan *scan, gboolean all)
{
  gboolean begun = FALSE;
  write_problems(text, scan->problems, scan, all, &begun);
}

void cr_table_write_problem_list(CrText *text, const CrProblems *problems, gboolean all)
{
  gboolean begun = FALSE;
  write_problems(text, problems, NULL, all, &begun);
}

void cr_table_write_care(CrText *text, const CrScan *scan, gboolean all)
{
  gboolean begun = FALSE;
  write_unconfigured(text, scan, &begun);
  write_problems(text, scan->problems, scan, all, &begun);
  write_grounds(text, scan);
}

/* ---- next ---- */

/* What can be installed before what is kept back, then by reach. */
static guint rate(const CrUpdate *update)
{
  return (update->by == CR_UPDATE_BY_NOTHING ? 0U : 16U) + update->package->reach.level;
}

static const CrUpdate *find_worst(const CrScan *scan)
{
  const CrUpdate *worst = NULL;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if (update->security && (!worst || rate(update) > rate(worst)))
      worst = update;
  }
  return worst;
}

char *cr_table_quote(const char *word)
{
  gsize plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@+=~");
  return word[plain] ? g_shell_quote(word) : g_strdup(word);
}

/* The tag of NAME with "-patched" behind it. */
static char *name_patched(const char *name)
{
  g_autofree char *whole = g_strndup(name, strcspn(name, "@"));
  const char *slash = strrchr(whole, '/'), *colon = strrchr(whole, ':');
  gboolean tagged = colon && (!slash || colon > slash);
  return g_strconcat(whole, tagged ? "-patched" : ":latest-patched", NULL);
}

char *cr_table_format_patch_command(const CrImage *image)
{
  static const char *const published[] = {"docker", "podman", "registry", NULL}, *const files[] = {"docker-archive",
                                                                                                   "oci-archive", "oci",
                                                                                                   NULL};
  gboolean named = g_strv_contains(published, image->source);
  if (!image->has_config || (!named && !g_strv_contains(files, image->source)))
    return NULL;
  g_autofree char *ref = cr_table_quote(image->ref), *name = named ? name_patched(image->name) : NULL,
                  *tag = name ? cr_table_quote(name) : NULL;
  if (tag)
    return g_strdup_printf("careen patch %s --tag %s", ref, tag);
  return g_strdup_printf("careen patch %s --to %s", ref,
                         !strcmp(image->source, "docker-archive") ? "docker-archive:patched.tar"
                         : !strcmp(image->source, "oci")          ? "oci:patched"
                                                                  : "oci-archive:patched.oci.tar");
}

void cr_table_write_next(CrText *text, const CrScan *scan)
{
  const CrSummary *summary = &scan->summary;
  const CrUpdate *worst = find_worst(scan);
  g_autofree char *ref = cr_table_quote(scan->image->ref);
  g_autofree char *patch =
      worst && worst->by != CR_UPDATE_BY_NOTHING ? cr_table_format_patch_command(scan->image) : NULL;
  g_autoptr(GString) line = g_string_new(patch);
  if (!patch && worst)
    g_string_printf(line, "careen why %s %s", worst->package->name, ref);
  else if (!patch && (summary->verdict == CR_VERDICT_CURRENT || (!scan->packages->len && !scan->image->layer_count)))
    return; /* nothing to do; or nothing was seen, and there is no more to show */
  else if (!patch)
    g_string_printf(line, "careen scan --all %s", ref);
  cr_table_write_next_line(text, line->str);
}
