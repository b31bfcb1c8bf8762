/* SPDX-License-Identifier: Apache-2.0 */
/* Grype's .grype.yaml: ignore:, fail-on-severity:. */
#include <string.h>

#include "import/import.h"

typedef struct {
  CrImport *import;
  const char *place;
  const char *flaw, *reason, *name, *version, *type, *location;
  const char *other; /* a condition that careen does not have */
  gboolean some;     /* a package is said */
} Rule;

/* A condition that is not carried over would make the rule hide more. */
static void read_members(Rule *rule, const CrYaml *map, gboolean package)
{
  for (guint i = 0; i < cr_yaml_get_length(map); i++) {
    const char *key = cr_yaml_get_text(cr_yaml_get_key(map, i));
    const CrYaml *node = cr_yaml_get_element(map, i);
    const char *value = cr_yaml_get_text(node);
    const struct {
      const char *key;
      gboolean package;
      const char **slot;
    } rows[] = {
        {"vulnerability", FALSE, &rule->flaw}, {"reason", FALSE, &rule->reason}, {"name", TRUE, &rule->name},
        {"version", TRUE, &rule->version},     {"type", TRUE, &rule->type},      {"location", TRUE, &rule->location},
    };
    gboolean known =
        (!package && !strcmp(key, "include-aliases")) || (value && !*value) || (!package && !strcmp(key, "package"));
    if (!package && !strcmp(key, "package"))
      read_members(rule, node, TRUE);
    rule->some = rule->some || (package && value && *value);
    for (guint r = 0; r < G_N_ELEMENTS(rows); r++)
      if (rows[r].package == package && !strcmp(rows[r].key, key) && value) {
        *rows[r].slot = *value ? value : NULL;
        known = TRUE;
      }
    if (!known)
      rule->other = key;
  }
}

/* Why it cannot be carried over, or NULL, with PACKAGE and PATH. */
static const char *convert(const Rule *rule, const char **package, const char **path)
{
  if (rule->other)
    return cr_arena_printf(rule->import->arena, "careen has no '%s' in a rule", rule->other);
  if (rule->flaw && !cr_import_is_flaw(rule->flaw))
    return "it is for no flaw";
  if (rule->name && !rule->type)
    return "a package is said without its type, and careen's rule would be for more than that one";
  if (rule->name && !(*package = cr_import_make_package(rule->import, rule->type, rule->name, rule->version)))
    return "careen has no pattern for such packages";
  if (rule->location && !(*path = cr_import_convert_path(rule->import, rule->location)))
    return "careen has no pattern for such paths";
  if (rule->some && !rule->name && (rule->type || rule->version))
    return "careen has no rule for a type or a version alone";
  return rule->flaw || *package || *path ? NULL : "it says not what it is for";
}

static void read_rule(CrImport *import, const CrYaml *node, const char *place)
{
  Rule rule = {.import = import, .place = place};
  read_members(&rule, node, FALSE);
  const char *package = NULL, *path = NULL;
  const char *why = convert(&rule, &package, &path);
  if (why)
    cr_import_lose(import, place, "the rule for %s is left out: %s",
                   rule.flaw   ? rule.flaw
                   : rule.name ? rule.name
                               : "all flaws",
                   why);
  else
    cr_import_add_rule(import, rule.flaw, package, path, rule.reason, NULL, place);
}

static void read_rules(CrImport *import, const CrYamlDoc *doc, const CrYaml *list)
{
  cr_import_expect_list(import, doc, "ignore", list);
  for (guint i = 0; i < cr_yaml_get_length(list); i++) {
    g_autofree char *place = cr_yaml_format_place(doc, cr_yaml_get_element(list, i));
    read_rule(import, cr_yaml_get_element(list, i), cr_arena_strdup(import->arena, place));
  }
}

/* Grype's is that or worse, as ours. */
static void read_severity(CrImport *import, const char *text, const char *place)
{
  static const char *const words[] = {"negligible", "low", "medium", "high", "critical", NULL};
  g_autofree char *lower = g_ascii_strdown(text ? text : "", -1);
  if (g_strv_contains(words, lower))
    cr_import_set(import, &import->fail_on, "fail-on", lower, place);
  else if (*lower)
    cr_import_lose(import, place, "fail-on-severity '%s' is none of careen's", text);
}

static gboolean read_file(CrImport *import, const CrImportSource *source, GError **error)
{
  (void)error;
  const CrYaml *root = cr_yaml_doc_get_root(source->yaml, 0);
  for (guint i = 0; i < cr_yaml_get_length(root); i++) {
    const CrYaml *node = cr_yaml_get_element(root, i), *key = cr_yaml_get_key(root, i);
    const char *name = key ? cr_yaml_get_text(key) : "", *text = cr_yaml_get_text(node);
    g_autofree char *place = cr_yaml_format_place(source->yaml, key ? key : node);
    if (!strcmp(name, "ignore"))
      read_rules(import, source->yaml, node);
    else if (!strcmp(name, "fail-on-severity"))
      read_severity(import, text, place);
    else if ((text && *text && strcmp(text, "false") != 0) || cr_yaml_get_length(node))
      cr_import_lose(import, place, "'%s' has no equivalent", name);
  }
  return TRUE;
}

const CrImportKind cr_import_grype = {
    .kind = "grype",
    .is_yaml = TRUE,
    .names = (const char *const[]){"*.grype.y*ml", "grype.y*ml", NULL},
    .read = read_file,
};
