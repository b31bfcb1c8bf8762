/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/gate.h"

#include "base/error.h"
#include "report/near.h"

#include <string.h>

enum {
  GATE_UPDATES = 1 << 0,
  GATE_SECURITY = 1 << 1,
  GATE_REACHED = 1 << 2,
  GATE_UNSUPPORTED = 1 << 3,
  GATE_UNWATCHED = 1 << 4,
  GATE_BLIND = 1 << 5,
};

static const struct {
  const char *name;
  guint bit;
} words[] = {
    {"updates", GATE_UPDATES},         {"security", GATE_SECURITY},   {"reached", GATE_REACHED},
    {"unsupported", GATE_UNSUPPORTED}, {"unwatched", GATE_UNWATCHED}, {"blind", GATE_BLIND},
};

typedef struct {
  char *text;
  guint bits;
} Group;

struct CrGates {
  GArray *groups; /* Group */
};

static void clear_group(gpointer data)
{
  g_free(((Group *)data)->text);
}

static gboolean parse_word(const char *word, guint *bits, GError **error)
{
  const char *names[G_N_ELEMENTS(words)];
  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    names[i] = words[i].name;
    if (!strcmp(words[i].name, word)) {
      *bits |= words[i].bit;
      return TRUE;
    }
  }
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for --fail-on: there is no such gate", word);
  g_autofree char *near = cr_near_format(word, names, G_N_ELEMENTS(names));
  if (error && near)
    cr_error_set_hint(*error, "did you mean %s? There are: updates, security, reached, unsupported, unwatched, blind",
                      near);
  else if (error)
    cr_error_set_hint(*error, "there are: updates, security, reached, unsupported, unwatched, blind");
  return FALSE;
}

static gboolean parse_group(const char *text, CrGates *gates, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, "+", -1);
  guint bits = 0;
  if (!*text) /* g_strsplit gives no part for it, and nothing would be a gate that never trips */
    return parse_word(text, &bits, error);
  for (guint i = 0; parts[i]; i++)
    if (!parse_word(g_strstrip(parts[i]), &bits, error))
      return FALSE;
  if ((bits & GATE_BLIND) && bits != GATE_BLIND) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
                "cannot understand '%s' for --fail-on: blind is said of the image, nothing in it can be that as well",
                text);
    if (error)
      cr_error_set_hint(*error, "part them with a comma: any of them is enough then");
    return FALSE;
  }
  Group group = {g_strdup(text), bits};
  g_array_append_val(gates->groups, group);
  return TRUE;
}

CrGates *cr_gates_parse(const char *text, GError **error)
{
  g_autoptr(CrGates) gates = g_new0(CrGates, 1);
  gates->groups = g_array_new(FALSE, FALSE, sizeof(Group));
  g_array_set_clear_func(gates->groups, clear_group);
  g_auto(GStrv) parts = g_strsplit(text ? text : "", ",", -1);
  for (guint i = 0; parts[i]; i++)
    if (!parse_group(g_strstrip(parts[i]), gates, error))
      return NULL;
  return g_steal_pointer(&gates);
}

void cr_gates_free(CrGates *gates)
{
  if (!gates)
    return;
  g_array_unref(gates->groups);
  g_free(gates);
}

/* ---- judging ---- */

static gboolean is_reached(CrReachLevel level)
{
  return level >= CR_REACH_UNKNOWN;
}

static guint describe_package(const CrScan *scan, const CrPackage *package)
{
  return (is_reached(package->reach.level) ? GATE_REACHED : 0U) |
         (package->support == CR_PACKAGE_SUPPORT_ENDED ? GATE_UNSUPPORTED : 0U) |
         (cr_scan_is_unwatched(scan, package) ? GATE_UNWATCHED : 0U);
}

static void add_name(GString *names, guint *count, const char *name)
{
  if (*count < 3)
    g_string_append_printf(names, "%s%s", *count ? ", " : "", name);
  else if (*count == 3)
    g_string_append(names, ", …");
  (*count)++;
}

static guint judge_updates(const CrScan *scan, guint bits, GString *names)
{
  guint count = 0;
  for (guint i = 0; i < scan->updates->len; i++) {
    const CrUpdate *update = scan->updates->pdata[i];
    guint has = describe_package(scan, update->package) | GATE_UPDATES | (update->security ? GATE_SECURITY : 0U);
    if ((has & bits) == bits)
      add_name(names, &count, update->package->name);
  }
  return count;
}

static guint judge_parts(const CrScan *scan, guint bits, GString *names)
{
  guint count = 0;
  guint release = scan->os->support.phase == CR_PHASE_ENDED ? GATE_UNSUPPORTED : 0U;
  if (release && bits == GATE_UNSUPPORTED)
    add_name(names, &count, scan->os->name ? scan->os->name : "the release");
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    guint has = describe_package(scan, package);
    if (bits != GATE_UNSUPPORTED) /* "reached+unsupported": a package of an ended release is not supported either */
      has |= release;
    if ((has & bits) == bits)
      add_name(names, &count, package->name);
  }
  for (guint i = 0; i < scan->unowned->len; i++) {
    const CrUnowned *file = scan->unowned->pdata[i];
    guint has = (is_reached(file->reach.level) ? GATE_REACHED : 0U) |
                (file->steward.kind <= CR_STEWARD_BUILDER ? GATE_UNWATCHED : 0U);
    if ((has & bits) == bits)
      add_name(names, &count, file->path);
  }
  return count;
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
    const Group *group = &g_array_index(gates->groups, Group, i);
    g_autoptr(GString) names = g_string_new(NULL);
    const char *separator = text->len ? "; " : "";
    if (group->bits == GATE_BLIND) {
      if (is_blind(scan))
        g_string_append_printf(text, "%sblind: %s", separator, scan->summary.reason);
      continue;
    }
    gboolean parts =
        (group->bits & (GATE_UNSUPPORTED | GATE_UNWATCHED)) && !(group->bits & (GATE_UPDATES | GATE_SECURITY));
    guint count = parts ? judge_parts(scan, group->bits, names) : judge_updates(scan, group->bits, names);
    if (count)
      g_string_append_printf(text, "%s%s: %u (%s)", separator, group->text, count, names->str);
  }
  *why = text->len ? g_strdup(text->str) : NULL;
  return *why != NULL;
}
