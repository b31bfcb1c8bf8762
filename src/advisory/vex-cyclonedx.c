/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX with vulnerabilities (ECMA-424 §7.16): a bill of materials that carries `analysis`, or a VEX document that
 * refers to one. What is affected is named by bom-ref, by a BOM-Link that ends in one, or by package URL. */
#include "advisory/suppress.h"

#include "base/error.h"
#include "inventory/inventory.h"

#include <string.h>

typedef struct {
  CrSuppressions *suppressions;
  GHashTable *purls; /* bom-ref → package URL, of the document's JSON */
  const char *author, *time;
} Reading;

static const char *keep(const Reading *reading, const char *text)
{
  return cr_arena_strdup(cr_suppressions_get_arena(reading->suppressions), text);
}

static void walk_components(Reading *reading, const CrJson *components)
{
  for (guint i = 0; i < cr_json_get_length(components); i++) {
    const CrJson *component = cr_json_get_element(components, i);
    const char *reference = cr_json_find_string(component, "bom-ref", NULL);
    const char *purl = cr_json_find_string(component, "purl", NULL);
    if (reference && purl)
      g_hash_table_insert(reading->purls, (gpointer)reference, (gpointer)purl);
    walk_components(reading, cr_json_find(component, "components"));
  }
}

/* "urn:cdx:SERIAL/VERSION#REF" → REF, percent-decoded; another reference is itself. Free with g_free. */
static char *get_reference(const char *text)
{
  const char *hash = g_str_has_prefix(text, "urn:cdx:") ? strchr(text, '#') : NULL;
  char *decoded = hash ? g_uri_unescape_string(hash + 1, NULL) : NULL;
  return decoded ? decoded : g_strdup(text);
}

static CrStrv read_names(const Reading *reading, const CrJson *vulnerability)
{
  const CrJson *references = cr_json_find(vulnerability, "references");
  const char **names = cr_arena_alloc(cr_suppressions_get_arena(reading->suppressions),
                                      ((gsize)cr_json_get_length(references) + 2) * sizeof *names);
  guint count = 0;
  const char *id = cr_json_find_string(vulnerability, "id", NULL);
  if (id)
    names[count++] = keep(reading, id);
  for (guint i = 0; i < cr_json_get_length(references); i++) {
    const char *other = cr_json_find_string(cr_json_get_element(references, i), "id", NULL);
    if (other)
      names[count++] = keep(reading, other);
  }
  return names;
}

static void read_vulnerability(const Reading *reading, const CrJson *vulnerability)
{
  const CrJson *analysis = cr_json_find(vulnerability, "analysis"), *affects = cr_json_find(vulnerability, "affects");
  CrVexStatement statement = {.author = reading->author};
  if (!cr_vex_parse_status(cr_json_find_string(analysis, "state", NULL), &statement.status))
    return; /* a finding without a judgement */
  statement.names = read_names(reading, vulnerability);
  statement.why =
      keep(reading, cr_json_find_string(analysis, "justification", cr_json_find_string(analysis, "detail", NULL)));
  statement.time = keep(reading, cr_json_find_string(analysis, "lastUpdated",
                                                     cr_json_find_string(vulnerability, "updated", reading->time)));
  for (guint i = 0; i < cr_json_get_length(affects); i++) {
    const char *text = cr_json_find_string(cr_json_get_element(affects, i), "ref", NULL);
    if (!text)
      continue;
    g_autofree char *reference = get_reference(text);
    const char *purl = g_hash_table_lookup(reading->purls, reference);
    if (!purl && g_str_has_prefix(reference, "pkg:"))
      purl = reference;
    if (!purl) /* also the image itself, when it has no package URL: no image could be told by it */
      continue;
    gboolean image = g_str_has_prefix(purl, "pkg:oci/");
    statement.component = image ? NULL : keep(reading, purl);
    statement.product = image ? keep(reading, purl) : NULL;
    cr_suppressions_add_statement(reading->suppressions, &statement);
  }
}

static gboolean read_cyclonedx(const CrJson *root, CrSuppressions *suppressions, GError **error)
{
  const CrJson *vulnerabilities = cr_json_find(root, "vulnerabilities"), *metadata = cr_json_find(root, "metadata");
  if (!cr_json_is(vulnerabilities, CR_JSON_ARRAY)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it has no vulnerabilities: it is a bill of materials only");
    return FALSE;
  }
  g_autoptr(GHashTable) purls = g_hash_table_new(g_str_hash, g_str_equal);
  Reading reading = {.suppressions = suppressions, .purls = purls};
  const CrJson *authors = cr_json_find(metadata, "authors"), *image = cr_json_find(metadata, "component");
  const char *author = cr_json_find_string(cr_json_get_element(authors, 0), "name", NULL);
  if (!author)
    author = cr_json_find_string(cr_json_find(metadata, "supplier"), "name", NULL);
  reading.author = keep(&reading, author);
  reading.time = keep(&reading, cr_json_find_string(metadata, "timestamp", NULL));
  if (cr_json_find_string(image, "bom-ref", NULL) && cr_json_find_string(image, "purl", NULL))
    g_hash_table_insert(purls, (gpointer)cr_json_find_string(image, "bom-ref", NULL),
                        (gpointer)cr_json_find_string(image, "purl", NULL));
  walk_components(&reading, cr_json_find(root, "components"));
  for (guint i = 0; i < cr_json_get_length(vulnerabilities); i++)
    read_vulnerability(&reading, cr_json_get_element(vulnerabilities, i));
  return TRUE;
}

const CrVexFormat cr_vex_cyclonedx = {.name = "CycloneDX", .is = cr_inventory_is_cyclonedx, .read = read_cyclonedx};
