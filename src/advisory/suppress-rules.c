/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/suppress-rules.h"

#include "base/day.h"
#include "base/yaml.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static const char *const keys[] = {"id", "package", "path", "reason", "owner", "expires"};

static const char *get_text(const CrYaml *rule, const char *key, CrArena *arena)
{
  const char *text = cr_yaml_get_text(cr_yaml_find(rule, key));
  return text && *text ? cr_arena_strdup(arena, text) : NULL;
}

static gboolean check_keys(const CrYamlDoc *doc, const CrYaml *rule, GError **error)
{
  for (guint i = 0; i < cr_yaml_get_length(rule); i++) {
    const CrYaml *key = cr_yaml_get_key(rule, i);
    gboolean known = FALSE;
    for (guint k = 0; k < G_N_ELEMENTS(keys); k++)
      known = known || !strcmp(keys[k], cr_yaml_get_text(key));
    if (!known)
      return cr_yaml_refuse(doc, key, error, "unknown key '%s': a rule has id, package, path, reason, owner, expires",
                            cr_yaml_get_text(key));
    if (cr_yaml_get_type(cr_yaml_get_element(rule, i)) > CR_YAML_TEXT)
      return cr_yaml_refuse(doc, key, error, "'%s' takes one value", cr_yaml_get_text(key));
  }
  return TRUE;
}

static CrIgnoreRule *read_rule(const CrYamlDoc *doc, const CrYaml *node, CrArena *arena, GError **error)
{
  if (cr_yaml_get_type(node) != CR_YAML_MAP) {
    cr_yaml_refuse(doc, node, error, "a rule is a map of id, package or path with reason, owner and expires");
    return NULL;
  }
  if (!check_keys(doc, node, error))
    return NULL;
  CrIgnoreRule *rule = cr_arena_new0(arena, CrIgnoreRule);
  rule->id = get_text(node, "id", arena);
  rule->package = get_text(node, "package", arena);
  rule->path = get_text(node, "path", arena);
  rule->reason = get_text(node, "reason", arena);
  rule->owner = get_text(node, "owner", arena);
  const char *expires = get_text(node, "expires", arena);
  g_autofree char *place = cr_yaml_format_place(doc, node);
  rule->place = cr_arena_strdup(arena, place);
  const char *missing = !rule->reason ? "reason" : !rule->owner ? "owner" : !expires ? "expires" : NULL;
  if (!rule->id && !rule->package && !rule->path)
    cr_yaml_refuse(doc, node, error, "the rule says not what it is for: id, package or path is missing");
  else if (missing)
    cr_yaml_refuse(doc, node, error, "'%s' is missing: every rule has a reason, an owner and an expiry", missing);
  else if (!cr_day_parse(expires, &rule->expires))
    cr_yaml_refuse(doc, cr_yaml_find(node, "expires"), error, "'%s' is no day such as 2027-01-31", expires);
  else
    return rule;
  return NULL;
}

static gboolean read_rules(const CrYamlDoc *doc, gboolean alone, CrArena *arena, GPtrArray *rules, GError **error)
{
  const CrYaml *root = cr_yaml_doc_get_root(doc, 0);
  if (cr_yaml_doc_get_count(doc) == 0 || cr_yaml_get_type(root) == CR_YAML_NULL)
    return TRUE; /* empty, or comments only */
  if (cr_yaml_get_type(root) != CR_YAML_MAP)
    return cr_yaml_refuse(doc, root, error, "it is not a map with 'ignore'");
  for (guint i = 0; alone && i < cr_yaml_get_length(root); i++)
    if (strcmp(cr_yaml_get_text(cr_yaml_get_key(root, i)), "ignore") != 0)
      return cr_yaml_refuse(doc, cr_yaml_get_key(root, i), error, "unknown key '%s': there is only 'ignore'",
                            cr_yaml_get_text(cr_yaml_get_key(root, i)));
  const CrYaml *list = cr_yaml_find(root, "ignore");
  if (cr_yaml_get_type(list) != CR_YAML_LIST && cr_yaml_get_type(list) != CR_YAML_NULL)
    return cr_yaml_refuse(doc, list, error, "'ignore' is a list of rules");
  for (guint i = 0; i < cr_yaml_get_length(list); i++) {
    CrIgnoreRule *rule = read_rule(doc, cr_yaml_get_element(list, i), arena, error);
    if (!rule)
      return FALSE;
    g_ptr_array_add(rules, rule);
  }
  return TRUE;
}

gboolean cr_ignore_rules_parse(const char *text, gsize size, const char *name, CrArena *arena, GPtrArray *rules,
                               GError **error)
{
  g_autoptr(CrYamlDoc) doc = cr_yaml_parse(text, size, name, error);
  return doc && read_rules(doc, TRUE, arena, rules, error);
}

gboolean cr_ignore_rules_load(const char *path, gboolean alone, CrArena *arena, GPtrArray *rules, GError **error)
{
  g_autoptr(CrYamlDoc) doc = cr_yaml_load(path, error);
  return doc && read_rules(doc, alone, arena, rules, error);
}

gboolean cr_suppressions_check_rules(const CrYamlDoc *doc, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) rules = g_ptr_array_new();
  return read_rules(doc, FALSE, arena, rules, error);
}

/* ---- judging ---- */

static gboolean fits(const char *glob, const char *text)
{
  return text && fnmatch(glob, text, 0) == 0;
}

static gboolean fits_id(const CrIgnoreRule *rule, const CrFinding *finding)
{
  if (!rule->id || fits(rule->id, finding->id))
    return TRUE;
  for (guint i = 0; finding->aliases && finding->aliases[i]; i++)
    if (fits(rule->id, finding->aliases[i]))
      return TRUE;
  return FALSE;
}

static gboolean fits_package(const CrIgnoreRule *rule, const CrPackage *package, CrArena *arena)
{
  if (!rule->package || !package)
    return !rule->package;
  if (fits(rule->package, package->name) || fits(rule->package, package->source_name) ||
      fits(rule->package, package->purl))
    return TRUE;
  CrPurl wanted; /* "pkg:npm/lodash": of any version */
  return g_str_has_prefix(rule->package, "pkg:") && package->purl && cr_purl_parse(rule->package, arena, &wanted) &&
         cr_suppress_purl_means(&wanted, package, arena);
}

static gboolean fits_path(const CrIgnoreRule *rule, const CrPackage *package)
{
  if (!rule->path)
    return TRUE;
  const char *glob = rule->path + strspn(rule->path, "/");
  for (guint i = 0; package && package->paths && package->paths[i]; i++)
    if (fits(glob, package->paths[i]))
      return TRUE;
  return FALSE;
}

static gboolean is_expired(const CrIgnoreRule *rule, const GDate *today)
{
  return g_date_compare(&rule->expires, today) < 0;
}

static void format_day(const GDate *date, char day[16])
{
  g_date_strftime(day, 16, "%Y-%m-%d", date);
}

const char *cr_ignore_rules_judge(GPtrArray *rules, const CrFinding *finding, const GDate *today, CrArena *arena)
{
  const CrIgnoreRule *found = NULL;
  for (guint i = 0; i < rules->len; i++) {
    CrIgnoreRule *rule = rules->pdata[i];
    if (!fits_id(rule, finding) || !fits_package(rule, finding->package, arena) || !fits_path(rule, finding->package))
      continue;
    rule->met = TRUE;
    if (is_expired(rule, today))
      continue;
    rule->used = TRUE;
    found = found ? found : rule;
  }
  if (!found)
    return NULL;
  char day[16] = "";
  format_day(&found->expires, day);
  return cr_arena_printf(arena, "%s (%s, until %s)", found->reason, found->owner, day);
}

void cr_ignore_rules_tell(const GPtrArray *rules, const GDate *today, CrProblems *problems)
{
  for (guint i = 0; i < rules->len; i++) {
    const CrIgnoreRule *rule = rules->pdata[i];
    const char *what = rule->id ? rule->id : rule->package ? rule->package : rule->path;
    char day[16] = "";
    format_day(&rule->expires, day);
    if (!rule->met)
      cr_problems_add(problems, CR_PROBLEM_NOTE, rule->place, "the ignore rule for %s meets nothing in this image",
                      what);
    else if (is_expired(rule, today))
      cr_problems_add(problems, CR_PROBLEM_NOTE, rule->place,
                      "the ignore rule for %s ended on %s: what it hid is shown again (owner: %s)", what, day,
                      rule->owner);
  }
}
