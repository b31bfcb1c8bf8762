/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/gate-private.h"

#include "base/day.h"

#include <string.h>

static gboolean is_reached(CrReachLevel level)
{
  return level >= CR_REACH_UNKNOWN;
}

static gboolean is_over(const CrGateLimit *limit, double value)
{
  return limit->with ? value >= limit->value : value > limit->value;
}

/* ---- what a thing has ---- */

static guint describe_package(const CrScan *scan, const CrPackage *package)
{
  return (is_reached(package->reach.level) ? CR_GATE_REACHED : 0U) |
         (package->support == CR_PACKAGE_SUPPORT_ENDED ? CR_GATE_UNSUPPORTED : 0U) |
         (cr_scan_is_unwatched(scan, package) ? CR_GATE_UNWATCHED : 0U);
}

/* Days from FIX_SINCE (YYYY-MM-DD…) to the day that is judged by; -1: not known. */
static int count_days(const CrScan *scan, const char *fix_since)
{
  GDate since;
  if (!cr_day_parse_time(fix_since, &since))
    return -1;
  int days = g_date_days_between(&since, &scan->today);
  return days < 0 ? 0 : days;
}

static guint describe_update(const CrScan *scan, const CrGateGroup *group, const CrUpdate *update)
{
  int days = group->bits & CR_GATE_FIX_AGE ? count_days(scan, update->fix_since) : -1;
  return describe_package(scan, update->package) | CR_GATE_UPDATES | (update->security ? CR_GATE_SECURITY : 0U) |
         (days >= 0 && is_over(&group->age, days) ? CR_GATE_FIX_AGE : 0U);
}

static const CrUpdate *find_update(const CrScan *scan, const CrPackage *package)
{
  for (guint i = 0; i < scan->updates->len; i++)
    if (((const CrUpdate *)scan->updates->pdata[i])->package == package)
      return scan->updates->pdata[i];
  return NULL;
}

static guint describe_finding(const CrScan *scan, const CrGateGroup *group, const CrFinding *finding)
{
  guint has = describe_package(scan, finding->package);
  if (group->bits & (CR_GATE_UPDATES | CR_GATE_SECURITY | CR_GATE_FIX_AGE)) {
    const CrUpdate *update = find_update(scan, finding->package);
    has |= update ? describe_update(scan, group, update) : 0U;
  }
  /* The code that has the flaw may be missing from a package that is reached. */
  has = is_reached(finding->reach) ? has | CR_GATE_REACHED : has & ~(guint)CR_GATE_REACHED;
  return has | (finding->severity >= group->severity ? CR_GATE_SEVERITY : 0U) |
         (finding->exploited ? CR_GATE_EXPLOITED : 0U) | (!strcmp(finding->status, "fixable") ? CR_GATE_FIXABLE : 0U) |
         (finding->epss >= 0 && is_over(&group->epss, finding->epss) ? CR_GATE_EPSS : 0U);
}

/* ---- judging ---- */

static void add_name(GString *names, guint *count, const char *name)
{
  if (*count < 3)
    g_string_append_printf(names, "%s%s", *count ? ", " : "", name);
  else if (*count == 3)
    g_string_append(names, ", …");
  (*count)++;
}

static guint judge_updates(const CrScan *scan, const CrGateGroup *group, GString *names)
{
  guint count = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    if ((describe_update(scan, group, update) & group->bits) == group->bits)
      add_name(names, &count, update->package->name);
  }
  return count;
}

/* A package of a release that nobody supports any more is not supported either; alone the word is the image's. */
static guint describe_release(const CrScan *scan, const CrGateGroup *group)
{
  gboolean ended = scan->os->support.phase == CR_PHASE_ENDED && group->bits != CR_GATE_UNSUPPORTED;
  return ended ? CR_GATE_UNSUPPORTED : 0U;
}

static guint judge_findings(const CrScan *scan, const CrGateGroup *group, GString *names)
{
  guint count = 0;
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    guint has = describe_finding(scan, group, finding) | describe_release(scan, group);
    if (finding->suppressed || (has & group->bits) != group->bits)
      continue;
    g_autofree char *name = g_strdup_printf("%s in %s", finding->id, finding->package->name);
    add_name(names, &count, name);
  }
  return count;
}

static guint judge_parts(const CrScan *scan, const CrGateGroup *group, GString *names)
{
  guint count = 0, bits = group->bits;
  if (scan->os->support.phase == CR_PHASE_ENDED && bits == CR_GATE_UNSUPPORTED)
    add_name(names, &count, scan->os->name ? scan->os->name : "the release");
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    guint has = describe_package(scan, package) | describe_release(scan, group);
    if ((has & bits) == bits)
      add_name(names, &count, package->name);
  }
  for (guint i = 0; i < scan->unowned->len; i++) {
    const CrUnowned *file = scan->unowned->pdata[i];
    guint has = (is_reached(file->reach.level) ? CR_GATE_REACHED : 0U) |
                (file->steward.kind <= CR_STEWARD_BUILDER ? CR_GATE_UNWATCHED : 0U);
    if ((has & bits) == bits)
      add_name(names, &count, file->path);
  }
  return count;
}

static guint judge_group(const CrScan *scan, const CrGateGroup *group, GString *names)
{
  if (group->bits & CR_GATE_OF_FINDINGS)
    return judge_findings(scan, group, names);
  gboolean parts = (group->bits & (CR_GATE_UNSUPPORTED | CR_GATE_UNWATCHED)) &&
                   !(group->bits & (CR_GATE_UPDATES | CR_GATE_SECURITY | CR_GATE_FIX_AGE));
  return parts ? judge_parts(scan, group, names) : judge_updates(scan, group, names);
}

static gboolean is_blind(const CrScan *scan)
{
  for (guint i = 0; scan->summary.reasons[i]; i++)
    if (g_str_has_prefix(scan->summary.reasons[i], "blind:"))
      return TRUE;
  return scan->summary.verdict == CR_VERDICT_BLIND;
}

gboolean cr_gates_judge(const CrGates *gates, const CrScan *scan, char **why)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < gates->groups->len; i++) {
    const CrGateGroup *group = &g_array_index(gates->groups, CrGateGroup, i);
    g_autoptr(GString) names = g_string_new(NULL);
    const char *separator = text->len ? "; " : "";
    if (group->bits == CR_GATE_BLIND) {
      if (is_blind(scan))
        g_string_append_printf(text, "%sblind: %s", separator, scan->summary.reason);
      continue;
    }
    guint count = judge_group(scan, group, names);
    if (count)
      g_string_append_printf(text, "%s%s: %u (%s)", separator, group->text, count, names->str);
  }
  *why = text->len ? g_strdup(text->str) : NULL;
  return *why != NULL;
}

const char *cr_gates_find_advised(const CrGates *gates)
{
  for (guint i = 0; i < gates->groups->len; i++) {
    const CrGateGroup *group = &g_array_index(gates->groups, CrGateGroup, i);
    if (group->bits & CR_GATE_OF_FINDINGS)
      return group->text;
  }
  return NULL;
}
