/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/parts.h"

#include "advisory/match.h"

#include <string.h>

const char *cr_verdict_get_name(CrVerdict verdict)
{
  static const char *const names[] = {"blind", "replace", "patch", "rebuild", "current"};
  return names[verdict];
}

static gboolean is_reached(CrReachLevel level)
{
  return level >= CR_REACH_UNKNOWN;
}

static void count(CrScan *scan)
{
  CrSummary *summary = &scan->summary;
  summary->packages = scan->packages->len;
  summary->updates = scan->updates->len;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    summary->security_updates += update->security;
    summary->reached_security_updates += update->security && is_reached(update->package->reach.level);
  }
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (finding->suppressed)
      continue;
    summary->findings[finding->severity]++;
    summary->exploited += finding->exploited;
  }
  for (guint i = 0; i < scan->packages->len; i++)
    summary->unwatched += cr_scan_is_unwatched(scan, scan->packages->pdata[i]);
  for (guint i = 0; i < scan->unowned->len; i++)
    summary->unwatched += ((const CrUnowned *)scan->unowned->pdata[i])->steward.kind <= CR_STEWARD_BUILDER;
  summary->complete = cr_scan_is_inventory_whole(scan);
}

gboolean cr_scan_is_inventory_whole(const CrScan *scan)
{
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++)
    if (cr_problems_get(scan->problems, i)->kind != CR_PROBLEM_NOTE)
      return FALSE;
  return TRUE;
}

void cr_scan_judge_inventory(CrScan *scan)
{
  scan->summary.packages = scan->packages->len;
  scan->summary.complete = cr_scan_is_inventory_whole(scan);
}

static guint count_installable(const CrScan *scan)
{
  guint installable = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    installable += update->security && update->by != CR_UPDATE_BY_NOTHING;
  }
  return installable;
}

/* What the verdict's sentence says the image runs: the first word of its command without the folder. */
static const char *get_process_name(CrScan *scan)
{
  if (!scan->command || !*scan->command)
    return "its process";
  gsize length = strcspn(scan->command, " ");
  const char *word = cr_arena_strndup(scan->arena, scan->command, length);
  const char *slash = strrchr(word, '/');
  return slash && slash[1] ? slash + 1 : word;
}

static const char *plural(guint n)
{
  return n == 1 ? "" : "s";
}

static const char *explain_blind(CrScan *scan)
{
  for (guint i = 0; i < cr_problems_get_count(scan->problems); i++) {
    const CrProblem *problem = cr_problems_get(scan->problems, i);
    if (problem->kind == CR_PROBLEM_BLIND)
      return cr_arena_printf(scan->arena, "%s%s%s", problem->where, *problem->where ? ": " : "", problem->what);
  }
  return NULL;
}

/* NULL: not blind. The operating system's inventory, its archive, its support: the three without which nothing can be
 * said, where there is one: a static program with its modules has none. A `current` is only given when everything was
 * looked at, so with nothing else to say an incomplete look is blind as well. */
static const char *judge_blind(CrScan *scan)
{
  const char *told = explain_blind(scan);
  if (!cr_inventory_has_database(scan->inventory))
    return told || scan->packages->len ? told : "no package database: what is in this image cannot be known from it";
  if (!scan->packages->len)
    return told ? told : "the package database lists nothing";
  if (told)
    return told;
  if (!cr_archives_is_answering(scan->archive_set))
    return "no verified package archive answers for this release";
  if (scan->os->support.phase == CR_PHASE_UNKNOWN)
    return "nobody can say how long this release is supported";
  return NULL;
}

static const char *judge_replace(CrScan *scan)
{
  if (scan->os->support.phase != CR_PHASE_ENDED)
    return NULL;
  const char *name = scan->os->name ? scan->os->name : "the distribution release";
  if (!scan->os->support.until)
    return cr_arena_printf(scan->arena, "nobody watches %s any more", name);
  return cr_arena_printf(scan->arena, "nobody watches %s any more: support ended on %s", name, scan->os->support.until);
}

typedef gboolean (*Fits)(const CrFinding *finding);

static gboolean is_exploited_fixable(const CrFinding *finding)
{
  return finding->exploited && !strcmp(finding->status, "fixable") && !cr_finding_needs_build(finding);
}

static gboolean is_unfixed(const CrFinding *finding)
{
  return strcmp(finding->status, "fixable") != 0 && finding->severity != CR_SEVERITY_NEGLIGIBLE;
}

/* As everywhere in the summary: findings that no rule hides, each a flaw in one package. */
static guint count_findings(const CrScan *scan, Fits fits)
{
  guint n = 0;
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    n += !finding->suppressed && fits(finding);
  }
  return n;
}

static gboolean is_exploited_build(const CrFinding *finding)
{
  return finding->exploited && cr_finding_needs_build(finding);
}

static const char *format_exploited(CrScan *scan, Fits fits)
{
  guint exploited = count_findings(scan, fits);
  return !exploited ? ""
                    : cr_arena_printf(scan->arena, "; %u finding%s exploited in the wild", exploited,
                                      exploited == 1 ? " is" : "s are");
}

static const char *judge_patch(CrScan *scan)
{
  guint installable = count_installable(scan);
  const CrSummary *summary = &scan->summary;
  if (!installable)
    return NULL;
  if (!cr_reach_is_known(scan->reach))
    return cr_arena_printf(scan->arena, "%u security update%s can be installed; what of %s is run is not known%s",
                           installable, plural(installable), installable == 1 ? "it" : "them",
                           format_exploited(scan, is_exploited_fixable));
  return cr_arena_printf(scan->arena, "%u of %u security update%s reach%s %s%s", summary->reached_security_updates,
                         summary->security_updates, plural(summary->security_updates),
                         summary->reached_security_updates == 1 ? "es" : "", get_process_name(scan),
                         format_exploited(scan, is_exploited_fixable));
}

/* Packages of a language come with a new build of the image only. */
static const char *judge_build(CrScan *scan)
{
  guint findings = count_findings(scan, cr_finding_needs_build), packages = 0;
  const CrPackage *last = NULL;
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  for (guint i = 0; findings && i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    if (!finding->suppressed && cr_finding_needs_build(finding) && g_hash_table_add(seen, (gpointer)finding->package)) {
      packages++;
      last = finding->package;
    }
  }
  if (!packages)
    return NULL;
  return cr_arena_printf(scan->arena, "%u finding%s in %s%s fixed by newer versions: a new build brings them%s",
                         findings, plural(findings),
                         packages == 1 ? last->name : cr_arena_printf(scan->arena, "%u language packages", packages),
                         findings == 1 ? " is" : " are", format_exploited(scan, is_exploited_build));
}

static const char *judge_rebuild(CrScan *scan)
{
  const char *build = judge_build(scan);
  if (build || scan->base.current != 0 || !scan->base.name)
    return build;
  if (scan->base.pending > 0 && scan->base.pending_newest >= 0 && scan->base.pending_newest < scan->base.pending)
    return cr_arena_printf(scan->arena, "the newest %s has %d of the %d fixes pending from the base", scan->base.name,
                           scan->base.pending - scan->base.pending_newest, scan->base.pending);
  return NULL;
}

static const char *judge_updates(CrScan *scan)
{
  const CrSummary *summary = &scan->summary;
  guint kept = summary->security_updates - count_installable(scan);
  if (kept)
    return cr_arena_printf(scan->arena, "%u security update%s kept back, nothing that can be installed", kept,
                           plural(kept));
  if (summary->updates)
    return cr_arena_printf(scan->arena, "no security update pending; %u other update%s", summary->updates,
                           plural(summary->updates));
  return "no update pending";
}

/* Known holes without a fix are counted beside it: nothing can be done, and that is not nothing. */
static const char *judge_current(CrScan *scan)
{
  const char *reason = judge_updates(scan);
  guint unfixed = count_findings(scan, is_unfixed);
  return unfixed ? cr_arena_printf(scan->arena, "%s; %u finding%s without a fix", reason, unfixed, plural(unfixed))
                 : reason;
}

/* A blind verdict is always a problem too, so that the exit code says it and programs that read only `problems` see it.
 */
static void tell_blind(CrScan *scan)
{
  const char *reason = judge_blind(scan);
  if (reason && !explain_blind(scan))
    cr_problems_add(scan->problems, CR_PROBLEM_BLIND, "", "%s", reason);
}

void cr_scan_judge_verdict(CrScan *scan, const CrScanOptions *options)
{
  (void)options;
  tell_blind(scan);
  count(scan);
  const char *(*const judges[])(CrScan *) = {
      [CR_VERDICT_BLIND] = judge_blind,
      [CR_VERDICT_REPLACE] = judge_replace,
      [CR_VERDICT_PATCH] = judge_patch,
      [CR_VERDICT_REBUILD] = judge_rebuild,
  };
  const char **reasons = cr_arena_alloc(scan->arena, (G_N_ELEMENTS(judges) + 2) * sizeof *reasons);
  guint n = 0;
  for (guint i = 0; i < G_N_ELEMENTS(judges); i++) {
    const char *reason = judges[i](scan);
    if (!reason)
      continue;
    if (!n) {
      scan->summary.verdict = (CrVerdict)i;
      scan->summary.reason = reason;
    }
    reasons[n++] = cr_arena_printf(scan->arena, "%s: %s", cr_verdict_get_name((CrVerdict)i), reason);
  }
  if (!n) {
    gboolean complete = scan->summary.complete;
    scan->summary.verdict = complete ? CR_VERDICT_CURRENT : CR_VERDICT_BLIND;
    scan->summary.reason =
        complete ? judge_current(scan) : "nothing to do was found, but not everything could be examined";
    reasons[n++] =
        cr_arena_printf(scan->arena, "%s: %s", cr_verdict_get_name(scan->summary.verdict), scan->summary.reason);
  }
  scan->summary.reasons = reasons;
}

void cr_scan_stamp(CrScan *scan, const CrScanOptions *options)
{
  g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(options->now);
  g_autofree char *text = now ? g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ") : NULL;
  scan->created = cr_arena_strdup(scan->arena, text);
  if (options->as_of_given) {
    char date[16] = "";
    g_date_strftime(date, sizeof date, "%Y-%m-%d", &options->vendor.as_of);
    scan->as_of = cr_arena_strdup(scan->arena, date);
  }
}
