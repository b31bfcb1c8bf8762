/* SPDX-License-Identifier: Apache-2.0 */
/* careen why, for people: what it is, the way to it, the fix, who watches. */
#include "report/table-parts.h"

#include "advisory/match.h"
#include "model/version.h"

#include <string.h>

#define LABEL_WIDTH    11
#define FINDINGS_SHOWN 8
#define NAMES_SHOWN    6

/* A line with a word in the first column; wraps behind it. */
static void begin_line(CrText *text, CrStyle style, const char *label)
{
  cr_text_span(text, style, "%-*s", LABEL_WIDTH, label);
}

/* ---- the same said of several packages is said once ---- */

/* ITEMS in groups (GPtrArray) of one key each, in the order of their first ones. Free with g_ptr_array_unref. */
static GPtrArray *group_by(const GPtrArray *items, char *(*format_key)(gconstpointer item))
{
  GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  g_autoptr(GHashTable) index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < items->len; i++) {
    char *key = format_key(items->pdata[i]);
    GPtrArray *group = g_hash_table_lookup(index, key);
    if (group) {
      g_free(key);
    } else {
      group = g_ptr_array_new();
      g_ptr_array_add(groups, group);
      g_hash_table_insert(index, key, group);
    }
    g_ptr_array_add(group, items->pdata[i]);
  }
  return groups;
}

static const CrPackage *get_package(gconstpointer package)
{
  return package;
}

static const CrPackage *get_package_of_finding(gconstpointer finding)
{
  return ((const CrFinding *)finding)->package;
}

static const CrPackage *get_package_of_update(gconstpointer update)
{
  return ((const CrUpdate *)update)->package;
}

/* "nginx, nginx-common and 3 more" */
static char *join_names(const GPtrArray *group, const CrPackage *(*get)(gconstpointer item))
{
  GString *names = g_string_new(NULL);
  guint shown = group->len <= NAMES_SHOWN + 1 ? group->len : NAMES_SHOWN;
  for (guint i = 0, copies = 0; i < shown; i += copies) {
    const char *name = get(group->pdata[i])->name;
    for (copies = 1; i + copies < shown && !strcmp(get(group->pdata[i + copies])->name, name);)
      copies++;
    g_string_append_printf(names, "%s%s", i ? ", " : "", name);
    if (copies > 1)
      g_string_append_printf(names, " (%u copies)", copies);
  }
  if (shown < group->len)
    g_string_append_printf(names, " and %u more", group->len - shown);
  return g_string_free(names, FALSE);
}

/* ---- the subject ---- */

static void write_packages(CrText *text, const CrWhy *why)
{
  for (guint i = 0; i < why->packages->len; i++) {
    const CrPackage *package = why->packages->pdata[i];
    cr_text_span(text, CR_STYLE_BOLD, "%s", package->name);
    cr_text_span(text, CR_STYLE_PLAIN, " %s%s%s", package->version, package->arch ? " " : "",
                 package->arch ? package->arch : "");
    if (strcmp(package->source_name, package->name) != 0)
      cr_text_span(text, CR_STYLE_PLAIN, ", source %s", package->source_name);
    if (package->embedded && package->paths[0])
      cr_text_span(text, CR_STYLE_PLAIN, ", in /%s", package->paths[0]);
    if (package->layer >= 0)
      cr_text_span(text, CR_STYLE_PLAIN, ", came with layer %d of %u", package->layer + 1,
                   why->scan->image->layer_count);
    cr_text_end(text, 2);
  }
}

static void write_subject(CrText *text, const CrWhy *why)
{
  const CrImage *image = why->scan->image;
  if (why->path || !strcmp(why->kind, "advisory")) {
    cr_text_span(text, CR_STYLE_BOLD, "%s%s", why->path ? "/" : "", why->path ? why->path : why->subject);
    cr_text_span(text, CR_STYLE_PLAIN, " in %s", image->name ? image->name : image->ref);
    cr_text_end(text, 2);
  }
  write_packages(text, why);
  if (why->unowned) {
    cr_text_span(text, CR_STYLE_PLAIN, "%s that no package owns%s%s", why->unowned->kind,
                 why->unowned->built_with ? ", built with " : "",
                 why->unowned->built_with ? why->unowned->built_with : "");
    cr_text_end(text, 2);
  } else if (why->path && !why->packages->len) {
    cr_text_line(text, "a file that no package owns");
  }
}

/* ---- known flaws ---- */

static void write_scores(CrText *text, const CrFinding *finding)
{
  g_autoptr(GString) line = g_string_new(NULL);
  if (finding->severity_source)
    g_string_append_printf(line, "severity from %s", finding->severity_source);
  if (finding->cvss >= 0)
    g_string_append_printf(line, "%sCVSS %.1f %s", line->len ? "; " : "", finding->cvss, finding->cvss_vector);
  if (finding->epss >= 0.9995) /* nothing is certain */
    g_string_append_printf(line, "%sEPSS over 99.9%%", line->len ? "; " : "");
  else if (finding->epss >= 0)
    g_string_append_printf(line, "%sEPSS %.1f%%", line->len ? "; " : "", finding->epss * 100);
  if (!line->len)
    return;
  begin_line(text, CR_STYLE_PLAIN, "");
  cr_text_span(text, CR_STYLE_DIM, "%s", line->str);
  cr_text_end(text, LABEL_WIDTH);
}

static const char *explain_status(const CrFinding *finding)
{
  static const struct {
    const char *status, *words;
  } rows[] = {
      {"fixable", "fixed by"},           {"pending_archive", "not in the archive yet: fixed in"},
      {"wont_fix", "will not be fixed"}, {"deferred", "not fixed yet, later"},
      {"disputed", "disputed"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!strcmp(rows[i].status, finding->status))
      return rows[i].words;
  return "not fixed yet";
}

/* What the advisories know of a flaw beyond its state in one package. */
static void write_details(CrText *text, const CrFinding *finding)
{
  if (finding->summary) {
    begin_line(text, CR_STYLE_PLAIN, "");
    cr_text_span(text, CR_STYLE_PLAIN, "%s", finding->summary);
    cr_text_end(text, LABEL_WIDTH);
  }
  if (finding->absent) {
    begin_line(text, CR_STYLE_PLAIN, "");
    cr_text_span(text, CR_STYLE_GREEN, "%s", finding->absent);
    cr_text_end(text, LABEL_WIDTH);
  }
  write_scores(text, finding);
  g_autofree char *names = g_strjoinv(", ", (char **)finding->aliases);
  if (!*names)
    return;
  begin_line(text, CR_STYLE_PLAIN, "");
  cr_text_span(text, CR_STYLE_DIM, "also %s", names);
  cr_text_end(text, LABEL_WIDTH);
}

static char *format_finding_key(gconstpointer item)
{
  const CrFinding *finding = item;
  return g_strdup_printf("%s\n%s\n%s\n%d\n%s\n%s\n%d", finding->id, finding->status,
                         finding->fixed ? finding->fixed : "", (int)finding->severity,
                         finding->source ? finding->source : "", finding->vendor_status ? finding->vendor_status : "",
                         finding->absent != NULL);
}

static void write_finding(CrText *text, const GPtrArray *group, gboolean first)
{
  static const CrStyle styles[] = {
      [CR_SEVERITY_UNKNOWN] = CR_STYLE_PLAIN, [CR_SEVERITY_NEGLIGIBLE] = CR_STYLE_DIM,
      [CR_SEVERITY_LOW] = CR_STYLE_PLAIN,     [CR_SEVERITY_MEDIUM] = CR_STYLE_YELLOW,
      [CR_SEVERITY_HIGH] = CR_STYLE_RED,      [CR_SEVERITY_CRITICAL] = CR_STYLE_LOUD,
  };
  const CrFinding *finding = group->pdata[0];
  g_autofree char *names = join_names(group, get_package_of_finding);
  begin_line(text, CR_STYLE_BOLD, first ? "FLAW" : "");
  cr_text_span(text, CR_STYLE_PLAIN, "%s ", finding->id);
  cr_text_span(text, styles[finding->severity], "%s%s",
               finding->severity ? cr_severity_get_name(finding->severity) : "severity unknown",
               finding->exploited ? ", exploited in the wild" : "");
  cr_text_span(text, CR_STYLE_PLAIN, " in %s, %s", names, explain_status(finding));
  if (finding->fixed)
    cr_text_span(text, CR_STYLE_PLAIN, " %s", finding->fixed);
  cr_text_span(text, CR_STYLE_PLAIN, " (%s%s%s)", finding->source, finding->vendor_status ? ": " : "",
               finding->vendor_status ? finding->vendor_status : "");
  if (finding->absent)
    cr_text_span(text, CR_STYLE_GREEN, "; its code is not in the program");
  cr_text_end(text, LABEL_WIDTH);
}

/* What is not in the program at all goes last. */
static int compare_presence(gconstpointer a, gconstpointer b)
{
  const GPtrArray *one = *(const GPtrArray *const *)a, *other = *(const GPtrArray *const *)b;
  return (((const CrFinding *)one->pdata[0])->absent != NULL) - (((const CrFinding *)other->pdata[0])->absent != NULL);
}

/* Of an advisory everything that is known of it; of a package what is open, the most urgent first. */
static void write_findings(CrText *text, const CrWhy *why, gboolean all)
{
  gboolean whole = !strcmp(why->kind, "advisory");
  g_autoptr(GPtrArray) groups = group_by(why->findings, format_finding_key);
  g_ptr_array_sort(groups, compare_presence); /* stable */
  guint count = groups->len, shown = all || whole || count <= FINDINGS_SHOWN ? count : FINDINGS_SHOWN;
  if (count)
    cr_text_gap(text);
  for (guint i = 0; i < shown; i++) {
    const GPtrArray *group = groups->pdata[i];
    write_finding(text, group, i == 0);
    if (whole && i == 0)
      write_details(text, group->pdata[0]);
  }
  if (shown == count)
    return;
  begin_line(text, CR_STYLE_PLAIN, "");
  cr_text_span(text, CR_STYLE_DIM, "%u more: --all", count - shown);
  cr_text_end(text, LABEL_WIDTH);
}

static const char *explain_level(CrReachLevel level)
{
  static const char *const words[] = {
      [CR_REACH_UNREACHED] = "nothing leads to it from the start of",
      [CR_REACH_UNKNOWN] = "could not be analysed from the start of",
      [CR_REACH_POSSIBLE] = "there is a way by which it can be run or opened by",
      [CR_REACH_LOADED] = "certain at the start of",
  };
  return words[level];
}

static void write_way(CrText *text, const CrWhy *why)
{
  const char *name = cr_reach_level_get_name(why->level);
  g_autofree char *label = g_ascii_strup(name, -1);
  cr_text_gap(text);
  begin_line(text, cr_table_get_reach_style(why->level), label);
  cr_text_span(text, CR_STYLE_PLAIN, "%s %s", explain_level(why->level),
               why->scan->command && *why->scan->command ? why->scan->command : "the image");
  cr_text_end(text, LABEL_WIDTH);
  if (!why->way)
    return;
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  for (guint i = 0; why->way[i]; i++) {
    const CrReachFile *file = why->way[i];
    const CrPackage *owner = cr_inventory_find_owner(why->scan->inventory, file->path);
    g_autofree char *indent = g_strnfill(i < 8 ? i : 8, ' ');
    g_autofree char *path = g_strdup_printf("%s%s/%s", i ? indent + 1 : "", i ? "└ " : "", file->path);
    g_autofree char *evidence =
        g_strdup_printf("%s%s", file->evidence ? file->evidence : file->kind,
                        file->level == CR_REACH_POSSIBLE && why->level == CR_REACH_LOADED ? " (possible)" : "");
    cr_text_grid_add(grid, path, owner ? owner->name : "no package", evidence, NULL);
    cr_text_grid_style(grid, 1, owner ? CR_STYLE_DIM : CR_STYLE_YELLOW);
  }
  cr_text_grid_end(grid);
}

/* Binaries of one source that one decision installs. */
static char *format_update_key(gconstpointer item)
{
  const CrUpdate *update = item;
  return g_strdup_printf("%s\n%s\n%s\n%d\n%s\n%d", update->package->source_name, update->candidate,
                         update->archive ? update->archive->name : "", (int)update->by,
                         update->kept_back ? update->kept_back : "", update->configured);
}

static void write_update(CrText *text, const CrWhy *why, GPtrArray *group, gboolean first)
{
  const CrUpdate *update = group->pdata[0];
  g_autofree char *names = join_names(group, get_package_of_update);
  g_autofree char *fixes = cr_table_format_fixes(why->scan, group, 0);
  gboolean present = FALSE;
  begin_line(text, CR_STYLE_BOLD, first ? "FIX" : "");
  cr_text_span(text, CR_STYLE_PLAIN, "%s %s in %s%s", names, update->candidate,
               update->archive ? update->archive->name : "?", update->security ? ", a security update" : "");
  if (update->by == CR_UPDATE_BY_NOTHING)
    cr_text_span(text, CR_STYLE_YELLOW, ", kept back: %s",
                 update->kept_back ? update->kept_back : "no command takes it");
  else
    cr_text_span(text, CR_STYLE_PLAIN, ", by %s %s", cr_table_find_manager(why->scan, update->package->type, &present),
                 cr_update_by_get_name(update->by));
  if (!update->configured && cr_table_knows_archives(why->scan))
    cr_text_span(text, CR_STYLE_YELLOW, "; that archive is not configured in the image");
  cr_text_end(text, LABEL_WIDTH);
  if (!*fixes)
    return;
  begin_line(text, CR_STYLE_PLAIN, "");
  cr_text_span(text, CR_STYLE_PLAIN, "%s%s%s", fixes, update->fix_since ? "; ready since " : "",
               update->fix_since ? update->fix_since : "");
  cr_text_end(text, LABEL_WIDTH);
}

/* Packages of languages come with a new build of the image: each with the highest version that a fix needs. FALSE: no
 * such package here. */
static gboolean write_builds(CrText *text, const CrWhy *why)
{
  g_autoptr(GHashTable) needs = g_hash_table_new(NULL, NULL); /* CrPackage* → the version */
  g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < why->findings->len; i++) {
    const CrFinding *finding = why->findings->pdata[i];
    if (!cr_finding_needs_build(finding) || !finding->fixed)
      continue;
    const char *known = g_hash_table_lookup(needs, finding->package);
    CrVersionScheme scheme = cr_version_scheme_for(finding->package->type);
    if (!known || cr_version_compare(scheme, finding->fixed, known) > 0)
      g_hash_table_insert(needs, (gpointer)finding->package, (gpointer)finding->fixed);
  }
  gboolean first = TRUE;
  for (guint i = 0; i < why->packages->len; i++) {
    const CrPackage *package = why->packages->pdata[i];
    const char *version = g_hash_table_lookup(needs, package);
    if (!version)
      continue;
    g_autofree char *line = g_strdup_printf("%s %s", package->name, version);
    if (!g_hash_table_add(said, g_steal_pointer(&line)))
      continue; /* of another copy */
    begin_line(text, CR_STYLE_BOLD, first ? "FIX" : "");
    cr_text_span(text, CR_STYLE_PLAIN, "a new build with %s %s or newer", package->name, version);
    cr_text_end(text, LABEL_WIDTH);
    first = FALSE;
  }
  return !first;
}

/* Where no update is pending and no build would help. Archives answer for what package databases record; for the rest
 * advisories do. */
static const char *explain_no_fix(const CrWhy *why)
{
  static const char *const recorded[] = {"deb", "apk", "rpm", "opkg", "alpm", NULL};
  const CrPackage *package = why->packages->pdata[0];
  if (g_strv_contains(recorded, package->type))
    return cr_archives_is_answering(why->scan->archive_set) ? "no update is pending"
                                                            : "not known: no verified archive answered";
  if (!package->advisories)
    return "not known: no advisory source covers it, so it was not checked";
  return why->findings->len ? "no version with a fix is known" : "none is needed: no advisory is about this version";
}

static void write_fix(CrText *text, const CrWhy *why)
{
  cr_text_gap(text);
  if (!why->updates->len && !write_builds(text, why)) {
    begin_line(text, CR_STYLE_BOLD, "FIX");
    cr_text_span(text, CR_STYLE_PLAIN, "%s", explain_no_fix(why));
    cr_text_end(text, LABEL_WIDTH);
  }
  g_autoptr(GPtrArray) groups = group_by(why->updates, format_update_key);
  for (guint i = 0; i < groups->len; i++)
    write_update(text, why, groups->pdata[i], i == 0);
}

static void write_steward(CrText *text, const CrSteward *steward, const char *name, gboolean first)
{
  begin_line(text, CR_STYLE_BOLD, first ? "WATCHED BY" : "");
  const char *who = steward->kind == CR_STEWARD_NOBODY ? "nobody" : steward->name;
  cr_text_span(text, steward->kind == CR_STEWARD_NOBODY ? CR_STYLE_LOUD : CR_STYLE_PLAIN, "%s",
               who ? who : cr_steward_kind_get_name(steward->kind));
  if (steward->until)
    cr_text_span(text, CR_STYLE_PLAIN, " until %s", steward->until);
  if (steward->evidence)
    cr_text_span(text, CR_STYLE_DIM, "  %s%s%s", steward->evidence, name ? ": " : "", name ? name : "");
  cr_text_end(text, LABEL_WIDTH);
}

static char *format_steward_key(gconstpointer item)
{
  const CrPackage *package = item;
  const CrSteward *steward = &package->steward;
  return g_strdup_printf("%d\n%s\n%s\n%s\n%d\n%s", (int)steward->kind, steward->name ? steward->name : "",
                         steward->until ? steward->until : "", steward->evidence ? steward->evidence : "",
                         (int)package->support, package->support_note ? package->support_note : "");
}

static void write_watch(CrText *text, const CrWhy *why)
{
  cr_text_gap(text);
  g_autoptr(GPtrArray) groups = group_by(why->packages, format_steward_key);
  for (guint i = 0; i < groups->len; i++) {
    const GPtrArray *group = groups->pdata[i];
    const CrPackage *package = group->pdata[0];
    g_autofree char *names = groups->len > 1 ? join_names(group, get_package) : NULL;
    write_steward(text, &package->steward, names, i == 0);
    if (!package->support_note)
      continue;
    begin_line(text, CR_STYLE_PLAIN, "");
    cr_text_span(text, CR_STYLE_YELLOW, "%s: %s", cr_package_support_get_name(package->support), package->support_note);
    cr_text_end(text, LABEL_WIDTH);
  }
  if (why->unowned)
    write_steward(text, &why->unowned->steward, NULL, TRUE);
}

static void write_absence(CrText *text, const CrWhy *why)
{
  gboolean checked = strcmp(why->absence.status, "not_checked") != 0;
  cr_text_gap(text);
  begin_line(text, CR_STYLE_BOLD, "FLAW");
  cr_text_span(text, checked ? CR_STYLE_PLAIN : CR_STYLE_YELLOW, "%s: %s",
               checked ? "not among the findings of this image" : "not checked", why->absence.what);
  cr_text_end(text, LABEL_WIDTH);
  if (cr_scan_is_inventory_whole(why->scan))
    return;
  begin_line(text, CR_STYLE_PLAIN, "");
  cr_text_span(text, CR_STYLE_YELLOW, "not everything in the image could be examined: careen scan says what");
  cr_text_end(text, LABEL_WIDTH);
}

void cr_why_write_table(const CrWhy *why, CrReport *report)
{
  g_autoptr(CrText) text = cr_text_new(report->width, report->colour);
  write_subject(text, why);
  write_findings(text, why, report->all);
  if (why->absence.status)
    write_absence(text, why);
  else
    write_way(text, why);
  if (why->packages->len || why->updates->len)
    write_fix(text, why);
  if (why->packages->len || why->unowned)
    write_watch(text, why);
  cr_report_take_text(report, text);
}
