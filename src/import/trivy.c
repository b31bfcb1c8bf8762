/* SPDX-License-Identifier: Apache-2.0 */
/* Trivy's .trivyignore (a flaw a line, "exp:2027-01-31" behind it) and .trivyignore.yaml. */
#include <string.h>

#include "import/import.h"

/* What is no flaw: names of its checks of configurations, secrets and licences. */
static gboolean is_known(CrImport *import, const char *id, const char *place)
{
  if (cr_import_is_flaw(id))
    return TRUE;
  cr_import_lose(import, place,
                 "'%s' is the name of no flaw: careen does not check configurations, secrets or licences", id);
  return FALSE;
}

/* ---- .trivyignore ---- */

static void read_line(CrImport *import, const char *line, const char *comment, const char *place)
{
  g_auto(GStrv) halves = g_strsplit(line, "#", 2);
  g_auto(GStrv) words = g_strsplit_set(halves[0], " \t", -1);
  GDate last;
  gboolean ends = FALSE;
  if (!is_known(import, words[0], place))
    return;
  for (guint i = 1; words[i]; i++) {
    if (!g_str_has_prefix(words[i], "exp:"))
      continue;
    if (!cr_import_read_end(import, words[i] + strlen("exp:"), words[0], place, &last))
      return;
    ends = TRUE;
  }
  cr_import_add_rule(import, words[0], NULL, NULL, halves[1] ? halves[1] : comment, ends ? &last : NULL, place);
}

/* Comments right above a line are its reason. */
static gboolean read_plain(CrImport *import, const CrImportSource *source, GError **error)
{
  (void)error;
  g_autoptr(GString) comment = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(source->text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *line = g_strstrip(lines[i]);
    if (*line == '#')
      g_string_append_printf(comment, "%s%s", comment->len ? " " : "", g_strstrip(lines[i] + 1));
    else if (*line)
      read_line(import, line, comment->str, cr_import_format_line(import, source->name, i + 1));
    if (*line != '#')
      g_string_truncate(comment, 0);
  }
  return TRUE;
}

const CrImportKind cr_import_trivyignore = {
    .kind = "trivyignore",
    .names = (const char *const[]){"*.trivyignore", "trivyignore", NULL},
    .read = read_plain,
};

/* ---- .trivyignore.yaml ---- */

typedef struct {
  CrImport *import;
  const CrYaml *node;
  const char *id, *reason, *place;
  const GDate *expires;
} Rule;

/* Every path with every package: a rule of Trivy's is for what has one of each. */
static void add_rules(const Rule *rule, const GPtrArray *paths, const GPtrArray *packages)
{
  for (guint i = 0; i < MAX(paths->len, 1); i++)
    for (guint k = 0; k < MAX(packages->len, 1); k++)
      cr_import_add_rule(rule->import, rule->id, packages->len ? packages->pdata[k] : NULL,
                         paths->len ? paths->pdata[i] : NULL, rule->reason, rule->expires, rule->place);
}

/* FALSE: there were some, and none could be carried over. */
static gboolean read_globs(const Rule *rule, const char *key, GPtrArray *out)
{
  const CrYaml *list = cr_yaml_find(rule->node, key);
  gboolean paths = !strcmp(key, "paths");
  for (guint i = 0; i < cr_yaml_get_length(list) && i < 100; i++) {
    const char *text = cr_yaml_get_text(cr_yaml_get_element(list, i));
    const char *glob = NULL;
    if (text && paths)
      glob = cr_import_convert_path(rule->import, text);
    else if (text && g_str_has_prefix(text, "pkg:") && !strpbrk(text, "*?[\\") && !strstr(text, "arch=source"))
      glob = cr_arena_strdup(rule->import->arena, text);
    if (glob)
      g_ptr_array_add(out, (gpointer)glob);
    else
      cr_import_lose(rule->import, rule->place,
                     "the rule for %s is left out where %s has '%s': careen has no such pattern", rule->id, key,
                     text ? text : "");
  }
  return out->len || cr_yaml_get_type(list) == CR_YAML_NULL;
}

static void read_rule(CrImport *import, const CrYaml *node, const char *place)
{
  const char *id = cr_yaml_get_text(cr_yaml_find(node, "id"));
  const char *end = cr_yaml_get_text(cr_yaml_find(node, "expired_at"));
  GDate last;
  if (!id) {
    cr_import_lose(import, place, "a rule without 'id' is left out");
    return;
  }
  if (!is_known(import, id, place) || (end && !cr_import_read_end(import, end, id, place, &last)))
    return;
  Rule rule = {import, node, id, cr_yaml_get_text(cr_yaml_find(node, "statement")), place, end ? &last : NULL};
  g_autoptr(GPtrArray) paths = g_ptr_array_new(), packages = g_ptr_array_new();
  if (read_globs(&rule, "paths", paths) && read_globs(&rule, "purls", packages))
    add_rules(&rule, paths, packages);
}

static gboolean read_yaml(CrImport *import, const CrImportSource *source, GError **error)
{
  (void)error;
  const CrYaml *root = cr_yaml_doc_get_root(source->yaml, 0);
  for (guint i = 0; i < cr_yaml_get_length(root); i++) {
    const CrYaml *key = cr_yaml_get_key(root, i), *list = cr_yaml_get_element(root, i);
    const char *name = key ? cr_yaml_get_text(key) : "";
    cr_import_expect_list(import, source->yaml, name, list);
    for (guint k = 0; k < cr_yaml_get_length(list); k++) {
      g_autofree char *place = cr_yaml_format_place(source->yaml, cr_yaml_get_element(list, k));
      if (!strcmp(name, "vulnerabilities"))
        read_rule(import, cr_yaml_get_element(list, k), cr_arena_strdup(import->arena, place));
      else
        cr_import_lose(import, place, "a rule of '%s' is left out: careen looks for flaws alone", name);
    }
  }
  return TRUE;
}

const CrImportKind cr_import_trivyignore_yaml = {
    .kind = "trivyignore-yaml",
    .is_yaml = TRUE,
    .names = (const char *const[]){"*.trivyignore.y*ml", "trivyignore.y*ml", NULL},
    .read = read_yaml,
};
