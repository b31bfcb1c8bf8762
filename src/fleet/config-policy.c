/* SPDX-License-Identifier: Apache-2.0 */
/* policy: which updates, when, to what. */
#include <string.h>

#include "base/error.h"
#include "fleet/config-keys.h"
#include "fleet/window.h"

/* Names of containers (moby's restricted names), and a glob's signs. */
#define NAME_GLOB "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-*?"

#define READER(function) static gboolean function(Reading *reading, const CrYaml *node, const char *name, gpointer into)
#define READER_SWITCH(function, field)                                                                                 \
  READER(function)                                                                                                     \
  {                                                                                                                    \
    return cr_config_switch(reading, node, name, &((CrPolicy *)into)->field);                                          \
  }
#define READER_TIME(function, field)                                                                                   \
  READER(function)                                                                                                     \
  {                                                                                                                    \
    return cr_config_time(reading, node, name, &((CrPolicy *)into)->field);                                            \
  }

READER(read_updates)
{
  static const char *const words[] = {"security", "all", "reached", NULL}; /* CrWanted's order */
  guint chosen = 0;
  if (!cr_config_choice(reading, node, name, words, &chosen))
    return FALSE;
  ((CrPolicy *)into)->updates = (CrWanted)chosen;
  return TRUE;
}

/* ---- origins ---- */

static const char *const origin_words[][2] = {
    /* as unattended-upgrades' Origins-Pattern has them, with its short forms */
    {"origin", "o"}, {"archive", "a"},   {"suite", "a"}, {"codename", "n"},
    {"label", "l"},  {"component", "c"}, {"site", ""},
};

static const char *find_origin_word(const char *text, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS(origin_words); i++)
    for (guint k = 0; k < 2; k++)
      if (*origin_words[i][k] && strlen(origin_words[i][k]) == length && !strncmp(text, origin_words[i][k], length))
        return !strcmp(origin_words[i][0], "suite") ? "archive" : origin_words[i][0];
  return NULL;
}

static gboolean read_origin(Reading *reading, const CrYaml *node, CrOriginPattern *pattern)
{
  const char *text = cr_yaml_get_text(node);
  if (!text || !*text)
    return cr_config_refuse(reading, node, "an origin is KEY=GLOB, with commas between several");
  g_auto(GStrv) parts = g_strsplit(text, ",", -1);
  guint count = g_strv_length(parts);
  const char **keys = cr_arena_alloc(reading->arena, (count + 1) * sizeof *keys);
  const char **globs = cr_arena_alloc(reading->arena, (count + 1) * sizeof *globs);
  for (guint i = 0; i < count; i++) {
    const char *part = g_strstrip(parts[i]), *equals = strchr(part, '=');
    keys[i] = equals ? find_origin_word(part, (gsize)(equals - part)) : NULL;
    if (!keys[i] || !equals[1])
      return cr_config_refuse(reading, node,
                              "'%s' is not KEY=GLOB of origin, archive, codename, label, component, site", part);
    globs[i] = cr_arena_strdup(reading->arena, equals + 1);
  }
  *pattern = (CrOriginPattern){keys, globs};
  return TRUE;
}

/* The arrays of a policy live as long as its config: they are the arena's, wrapped. */
static GPtrArray *new_array(Reading *reading)
{
  GPtrArray *array = g_ptr_array_new();
  g_ptr_array_add(reading->arrays, array);
  return array;
}

READER(read_origins)
{
  CrPolicy *policy = into;
  gboolean alone = cr_yaml_get_type(node) == CR_YAML_TEXT;
  if (!alone && cr_yaml_get_type(node) != CR_YAML_LIST)
    return cr_config_refuse(reading, node, "'%s' is a list", name);
  policy->origins = new_array(reading);
  for (guint i = 0; i < (alone ? 1 : cr_yaml_get_length(node)); i++) {
    CrOriginPattern *pattern = cr_arena_new0(reading->arena, CrOriginPattern);
    if (!read_origin(reading, alone ? node : cr_yaml_get_element(node, i), pattern))
      return FALSE;
    g_ptr_array_add(policy->origins, pattern);
  }
  return TRUE;
}

/* ---- minimum ---- */

READER(read_severity)
{
  static const char *const words[] = {"negligible", "low", "medium", "high", "critical", NULL};
  guint chosen = 0;
  if (!cr_config_choice(reading, node, name, words, &chosen))
    return FALSE;
  ((CrPolicy *)into)->minimum = (CrSeverity)(CR_SEVERITY_NEGLIGIBLE + chosen);
  return TRUE;
}
READER_SWITCH(read_reached, minimum_reached)
READER_SWITCH(read_exploited, minimum_exploited)

static const CrConfigKey minimum_keys[] = {
    {"severity", read_severity, "negligible, low, medium, high or critical: that or worse"},
    {"reached", read_reached, "only what the image's process reaches"},
    {"exploited", read_exploited, "only what is exploited in the wild"},
    {NULL, NULL, NULL},
};

const CrConfigKey *cr_config_get_minimum_keys(void)
{
  return minimum_keys;
}

READER(read_minimum)
{
  return cr_config_map(reading, node, name, minimum_keys, into);
}

/* ---- when ---- */

READER(read_window)
{
  CrPolicy *policy = into;
  CrStrv texts = NULL;
  if (!cr_config_list(reading, node, name, FALSE, &texts))
    return FALSE;
  policy->windows = new_array(reading);
  for (guint i = 0; texts[i]; i++) {
    const CrYaml *at = cr_yaml_get_type(node) == CR_YAML_LIST ? cr_yaml_get_element(node, i) : node;
    g_autoptr(GError) cause = NULL;
    CrWindow *window = cr_window_parse(texts[i], &cause);
    if (!window) {
      cr_config_refuse(reading, at, "%s", cause->message);
      if (reading->error && cr_error_get_hint(cause))
        cr_error_set_hint(*reading->error, "%s", cr_error_get_hint(cause));
      return FALSE;
    }
    g_ptr_array_add(reading->windows, window);
    g_ptr_array_add(policy->windows, window);
  }
  return TRUE;
}

READER_TIME(read_jitter, jitter_seconds)
READER_TIME(read_cooldown, cooldown_seconds)
READER_TIME(read_soak, soak_seconds)
READER_TIME(read_gate, gate_seconds)
READER_TIME(read_keep, keep_seconds)
READER_SWITCH(read_minimal, minimal_steps)

/* One goes first in any case, so yes and no say the same: the first by name. */
READER(read_canary)
{
  static const char *const switches[] = {"yes", "true", "on", "no", "false", "off", NULL};
  CrPolicy *policy = into;
  const char *text = cr_yaml_get_text(node);
  policy->canary = NULL;
  if (!text || !*text || strspn(text, NAME_GLOB) != strlen(text))
    return cr_config_refuse(reading, node, "'%s' is the name or a glob of the container that goes first, or yes", name);
  g_autofree char *lower = g_ascii_strdown(text, -1);
  return g_strv_contains(switches, lower) || cr_config_text(reading, node, name, &policy->canary);
}

READER_SWITCH(read_rollback, rollback)
READER_SWITCH(read_metered, metered)

READER(read_at_once)
{
  return cr_config_number(reading, node, name, 1, 1000, &((CrPolicy *)into)->maximum_at_once);
}

READER(read_a_run)
{
  return cr_config_number(reading, node, name, 1, 100000, &((CrPolicy *)into)->maximum_a_run);
}

READER(read_restart)
{
  static const char *const words[] = {"auto", "ask", "never", NULL}; /* CrRestart's order */
  guint chosen = 0;
  if (!cr_config_choice(reading, node, name, words, &chosen))
    return FALSE;
  ((CrPolicy *)into)->restart = (CrRestart)chosen;
  return TRUE;
}

READER(read_hold)
{
  return cr_config_list(reading, node, name, FALSE, &((CrPolicy *)into)->hold);
}

READER(read_actions)
{
  CrPolicy *policy = into;
  CrStrv words = NULL;
  if (!cr_config_list(reading, node, name, FALSE, &words))
    return FALSE;
  policy->patch = policy->rebuild = policy->pull = FALSE;
  for (guint i = 0; words[i]; i++) {
    gboolean *chosen = !strcmp(words[i], "patch")     ? &policy->patch
                       : !strcmp(words[i], "rebuild") ? &policy->rebuild
                       : !strcmp(words[i], "pull")    ? &policy->pull
                                                      : NULL;
    if (!chosen)
      return cr_config_refuse(reading, node, "'%s' is a list of patch, rebuild and pull", name);
    *chosen = TRUE;
  }
  return TRUE;
}

READER(read_signature)
{
  return cr_config_path(reading, node, name, &((CrPolicy *)into)->signature);
}

READER(read_freeze)
{
  return cr_config_path(reading, node, name, &((CrPolicy *)into)->freeze_file);
}

static const CrConfigKey policy_keys[] = {
    {"updates", read_updates, "security, all or reached (security)"},
    {"origins", read_origins, "archives that fixes may come from, as in origin=Debian,label=Debian-Security"},
    {"minimum", read_minimum, "map of severity, reached, exploited: smaller fixes wait"},
    {"hold", read_hold, "globs of packages and images that are left as they are"},
    {"window", read_window, "when anything may be changed, as in \"Mon..Fri 02:00-05:00 Europe/Berlin\" (always)"},
    {"jitter", read_jitter, "up to so much later, another on each machine (0)"},
    {"cool-down", read_cooldown, "how old a fix must be in its archive, unless it is exploited (0)"},
    {"maximum-at-once", read_at_once, "pulls, patches and builds of one wave at once (4)"},
    {"maximum-a-run", read_a_run, "images changed in one run (any)"},
    {"minimal-steps", read_minimal, "publish what can be proved when not all can (no)"},
    {"actions", read_actions, "list of patch, rebuild, pull: what may be done (all)"},
    {"canary", read_canary,
     "name or glob of the container of an image that goes first, and soaks before the rest (by name)"},
    {"gate", read_gate, "longest wait for healthy (from the health check)"},
    {"soak", read_soak, "how long it must stay so (30s)"},
    {"keep", read_keep, "how long the container and image of before are kept (7d)"},
    {"restart", read_restart, "auto, ask or never: containers (auto)"},
    {"rollback", read_rollback, "bring the old one back when the new one is not well (yes)"},
    {"metered", read_metered, "work on a metered connection, too (no)"},
    {"signature", read_signature, "public key that pulled images must be signed with"},
    {"freeze-file", read_freeze, "while it exists nothing is changed"},
    {NULL, NULL, NULL},
};

const CrConfigKey *cr_config_get_policy_keys(void)
{
  return policy_keys;
}

gboolean cr_config_read_policy(Reading *reading, const CrYaml *node, const char *name, CrPolicy *policy)
{
  return cr_config_map(reading, node, name, policy_keys, policy);
}
