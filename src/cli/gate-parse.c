/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/gate-private.h"

#include "base/error.h"
#include "report/near.h"

#include <string.h>

#define THERE_ARE                                                                                                      \
  "updates, security, reached, unsupported, unwatched, blind, critical, high, medium, low, negligible, exploited, "    \
  "fixable, epss>=NUMBER, fix-age>DAYSd"

static const struct {
  const char *name;
  guint bit;
  CrSeverity severity; /* with CR_GATE_SEVERITY: this or worse */
} words[] = {
    {"updates", CR_GATE_UPDATES, 0},
    {"security", CR_GATE_SECURITY, 0},
    {"reached", CR_GATE_REACHED, 0},
    {"unsupported", CR_GATE_UNSUPPORTED, 0},
    {"unwatched", CR_GATE_UNWATCHED, 0},
    {"blind", CR_GATE_BLIND, 0},
    {"exploited", CR_GATE_EXPLOITED, 0},
    {"fixable", CR_GATE_FIXABLE, 0},
    {"negligible", CR_GATE_SEVERITY, CR_SEVERITY_NEGLIGIBLE},
    {"low", CR_GATE_SEVERITY, CR_SEVERITY_LOW},
    {"medium", CR_GATE_SEVERITY, CR_SEVERITY_MEDIUM},
    {"high", CR_GATE_SEVERITY, CR_SEVERITY_HIGH},
    {"critical", CR_GATE_SEVERITY, CR_SEVERITY_CRITICAL},
};

/* ---- epss>=0.5, fix-age>14d ---- */

static gboolean refuse(GError **error, const char *word, const char *why, const char *hint)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for --fail-on: %s", word, why);
  if (error)
    cr_error_set_hint(*error, "%s", hint);
  return FALSE;
}

/* The number behind > or >= at AT, up to the end or UNIT. */
static gboolean parse_limit(const char *at, char unit, CrGateLimit *limit)
{
  limit->with = at[0] == '>' && at[1] == '=';
  if (at[0] != '>')
    return FALSE;
  at += limit->with ? 2 : 1;
  char *end = NULL;
  if (!g_ascii_isdigit(*at) && *at != '.')
    return FALSE;
  limit->value = g_ascii_strtod(at, &end);
  if (end == at || limit->value > 100000)
    return FALSE;
  return unit ? end[0] == unit && !end[1] : !*end;
}

static gboolean parse_epss(const char *word, CrGateGroup *group, GError **error)
{
  if (!parse_limit(word + strlen("epss"), 0, &group->epss) || group->epss.value > 1)
    return refuse(error, word, "epss is a probability from 0 to 1",
                  "as in epss>=0.5: 50% chance of exploitation in the next 30 days");
  group->bits |= CR_GATE_EPSS;
  return TRUE;
}

static gboolean parse_age(const char *word, CrGateGroup *group, GError **error)
{
  if (!parse_limit(word + strlen("fix-age"), 'd', &group->age))
    return refuse(error, word, "fix-age is a number of days", "as in fix-age>14d: ready to install for over two weeks");
  group->bits |= CR_GATE_FIX_AGE;
  return TRUE;
}

/* ---- words and groups ---- */

static gboolean parse_word(const char *word, CrGateGroup *group, GError **error)
{
  if (g_str_has_prefix(word, "epss"))
    return parse_epss(word, group, error);
  if (g_str_has_prefix(word, "fix-age"))
    return parse_age(word, group, error);
  const char *names[G_N_ELEMENTS(words) + 2] = {[G_N_ELEMENTS(words)] = "epss>=0.5", "fix-age>14d"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    names[i] = words[i].name;
    if (strcmp(words[i].name, word) != 0)
      continue;
    if ((group->bits & words[i].bit) & CR_GATE_SEVERITY)
      return refuse(error, group->text, "two severities in one gate: each means itself or worse",
                    "keep the higher one, or part them with a comma");
    group->bits |= words[i].bit;
    group->severity = words[i].severity ? words[i].severity : group->severity;
    return TRUE;
  }
  g_autofree char *near = cr_near_format(word, names, G_N_ELEMENTS(names));
  g_autofree char *hint =
      near ? g_strdup_printf("did you mean %s? There are: " THERE_ARE, near) : g_strdup("there are: " THERE_ARE);
  return refuse(error, word, "there is no such gate", hint);
}

static gboolean parse_group(const char *text, CrGates *gates, GError **error)
{
  CrGateGroup group = {.text = g_strdup(text)};
  g_array_append_val(gates->groups, group); /* owned from here, also when it is refused */
  CrGateGroup *own = &g_array_index(gates->groups, CrGateGroup, gates->groups->len - 1);
  g_auto(GStrv) parts = g_strsplit(text, "+", -1);
  if (!*text) /* g_strsplit gives no part for it, and nothing would be a gate that never trips */
    return parse_word(text, own, error);
  for (guint i = 0; parts[i]; i++)
    if (!*g_strstrip(parts[i]))
      return refuse(error, text, "a gate is missing at a +", "there are: " THERE_ARE);
    else if (!parse_word(parts[i], own, error))
      return FALSE;
  if ((own->bits & CR_GATE_BLIND) && own->bits != CR_GATE_BLIND)
    return refuse(error, text, "blind is said of the image, nothing in it can be that as well",
                  "part them with a comma: any of them is enough then");
  return TRUE;
}

static void clear_group(gpointer data)
{
  g_free(((CrGateGroup *)data)->text);
}

CrGates *cr_gates_parse(const char *text, GError **error)
{
  g_autoptr(CrGates) gates = g_new0(CrGates, 1);
  gates->groups = g_array_new(FALSE, FALSE, sizeof(CrGateGroup));
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
