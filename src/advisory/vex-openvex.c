/* SPDX-License-Identifier: Apache-2.0 */
/* OpenVEX 0.2.0 (and 0.0.x, whose products are plain strings): github.com/openvex/spec, OPENVEX-SPEC.md. */
#include "advisory/suppress.h"

#include "base/error.h"

#include <string.h>

static gboolean is_openvex(const CrJson *root)
{
  const char *context = cr_json_find_string(root, "@context", "");
  return strstr(context, "openvex.dev/") != NULL;
}

static const char *keep(CrSuppressions *suppressions, const char *text)
{
  return cr_arena_strdup(cr_suppressions_get_arena(suppressions), text);
}

/* "vulnerability": "CVE-1" of old, or {name, aliases}. */
static CrStrv read_names(const CrJson *vulnerability, CrSuppressions *suppressions)
{
  const CrJson *aliases = cr_json_find(vulnerability, "aliases");
  const char *name = cr_json_get_string(vulnerability, cr_json_find_string(vulnerability, "name", NULL));
  if (!name)
    name = cr_json_find_string(vulnerability, "@id", NULL);
  const char **names =
      cr_arena_alloc(cr_suppressions_get_arena(suppressions), ((gsize)cr_json_get_length(aliases) + 2) * sizeof *names);
  guint count = 0;
  if (name)
    names[count++] = keep(suppressions, name);
  for (guint i = 0; cr_json_is(aliases, CR_JSON_ARRAY) && i < cr_json_get_length(aliases); i++) {
    const char *alias = cr_json_get_string(cr_json_get_element(aliases, i), NULL);
    if (alias)
      names[count++] = keep(suppressions, alias);
  }
  return names;
}

/* The package URL of a component, or its @id. */
static const char *find_name(const CrJson *component)
{
  const char *purl = cr_json_find_string(cr_json_find(component, "identifiers"), "purl", NULL);
  return purl ? purl : cr_json_get_string(component, cr_json_find_string(component, "@id", NULL));
}

/* A product is an image (then the subcomponents are what is meant, or all of it), or itself a package. */
static void add_product(CrSuppressions *suppressions, const CrJson *product, CrVexStatement statement)
{
  const char *name = find_name(product);
  const char *hash = cr_json_find_string(cr_json_find(product, "hashes"), "sha-256", NULL);
  if (!name && !hash)
    return;
  gboolean package = name && g_str_has_prefix(name, "pkg:") && !g_str_has_prefix(name, "pkg:oci/") &&
                     !g_str_has_prefix(name, "pkg:docker/");
  if (package) {
    statement.component = keep(suppressions, name);
  } else if (hash) {
    g_autofree char *digest = g_strconcat("sha256:", hash, NULL);
    statement.product = keep(suppressions, digest);
  } else {
    statement.product = keep(suppressions, name);
  }
  const CrJson *parts = cr_json_find(product, "subcomponents");
  if (package || !cr_json_get_length(parts)) {
    cr_suppressions_add_statement(suppressions, &statement);
    return;
  }
  for (guint i = 0; i < cr_json_get_length(parts); i++) {
    const char *part = find_name(cr_json_get_element(parts, i));
    if (!part)
      continue;
    statement.component = keep(suppressions, part);
    cr_suppressions_add_statement(suppressions, &statement);
  }
}

static gboolean read_openvex(const CrJson *root, CrSuppressions *suppressions, GError **error)
{
  const CrJson *statements = cr_json_find(root, "statements");
  if (!cr_json_is(statements, CR_JSON_ARRAY)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it has no statements");
    return FALSE;
  }
  const char *author = keep(suppressions, cr_json_find_string(root, "author", NULL));
  const char *time = cr_json_find_string(root, "last_updated", cr_json_find_string(root, "timestamp", NULL));
  for (guint i = 0; i < cr_json_get_length(statements); i++) {
    const CrJson *node = cr_json_get_element(statements, i);
    CrVexStatement statement = {.author = author};
    if (!cr_vex_parse_status(cr_json_find_string(node, "status", NULL), &statement.status)) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "statement %u has no status that is known", i + 1);
      return FALSE;
    }
    statement.names = read_names(cr_json_find(node, "vulnerability"), suppressions);
    statement.why = keep(
        suppressions, cr_json_find_string(node, "justification", cr_json_find_string(node, "impact_statement", NULL)));
    statement.time = keep(suppressions, cr_json_find_string(node, "timestamp", time));
    const CrJson *products = cr_json_find(node, "products");
    for (guint k = 0; k < cr_json_get_length(products); k++)
      add_product(suppressions, cr_json_get_element(products, k), statement);
  }
  return TRUE;
}

const CrVexFormat cr_vex_openvex = {.name = "OpenVEX", .is = is_openvex, .read = read_openvex};
