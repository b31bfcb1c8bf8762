/* SPDX-License-Identifier: Apache-2.0 */
/* CSAF 2.0, profile VEX (OASIS csaf-v2.0 §4.5): products are named in a tree and by relationships, vulnerabilities say
 * which product ids are known_not_affected, fixed, … */
#include "advisory/suppress.h"

#include "base/error.h"
#include "base/limits.h"

#include <string.h>

typedef struct {
  CrSuppressions *suppressions;
  GHashTable *purls; /* product id → GPtrArray of package URLs (kept) */
  const char *author, *time;
} Reading;

static const char *keep(const Reading *reading, const char *text)
{
  return cr_arena_strdup(cr_suppressions_get_arena(reading->suppressions), text);
}

static gboolean is_csaf(const CrJson *root)
{
  const CrJson *document = cr_json_find(root, "document");
  return cr_json_is(cr_json_find(document, "tracking"), CR_JSON_OBJECT) &&
         cr_json_find_string(document, "csaf_version", NULL);
}

static void add_purl(Reading *reading, const char *id, const char *purl)
{
  GPtrArray *list = g_hash_table_lookup(reading->purls, id);
  if (!list) {
    list = g_ptr_array_new();
    g_hash_table_insert(reading->purls, (gpointer)keep(reading, id), list);
  }
  g_ptr_array_add(list, (gpointer)keep(reading, purl));
}

static void add_product(Reading *reading, const CrJson *product)
{
  const char *id = cr_json_find_string(product, "product_id", NULL);
  const char *purl = cr_json_find_string(cr_json_find(product, "product_identification_helper"), "purl", NULL);
  if (id && purl)
    add_purl(reading, id, purl);
}

/* Depth is bounded by the JSON reader. */
static void walk_branches(Reading *reading, const CrJson *branches)
{
  for (guint i = 0; i < cr_json_get_length(branches); i++) {
    const CrJson *branch = cr_json_get_element(branches, i);
    add_product(reading, cr_json_find(branch, "product"));
    walk_branches(reading, cr_json_find(branch, "branches"));
  }
}

/* "openssl as a component of Debian 12" is a product of its own, and means the component's package URLs. */
static void walk_relationships(Reading *reading, const CrJson *relationships)
{
  for (guint i = 0; i < cr_json_get_length(relationships); i++) {
    const CrJson *relationship = cr_json_get_element(relationships, i);
    const char *id = cr_json_find_string(cr_json_find(relationship, "full_product_name"), "product_id", NULL);
    const char *component = cr_json_find_string(relationship, "product_reference", NULL);
    const GPtrArray *purls = component ? g_hash_table_lookup(reading->purls, component) : NULL;
    for (guint k = 0; id && purls && k < purls->len; k++)
      add_purl(reading, id, purls->pdata[k]);
  }
}

/* The label (a justification) or threat of impact that names PRODUCT. */
static const char *find_why(const CrJson *vulnerability, const char *product)
{
  static const struct {
    const char *list, *value;
  } places[] = {{"flags", "label"}, {"threats", "details"}};
  for (guint p = 0; p < G_N_ELEMENTS(places); p++) {
    const CrJson *list = cr_json_find(vulnerability, places[p].list);
    for (guint i = 0; i < cr_json_get_length(list); i++) {
      const CrJson *ids = cr_json_find(cr_json_get_element(list, i), "product_ids");
      for (guint k = 0; k < cr_json_get_length(ids); k++)
        if (!g_strcmp0(cr_json_get_string(cr_json_get_element(ids, k), NULL), product))
          return cr_json_find_string(cr_json_get_element(list, i), places[p].value, NULL);
    }
  }
  return NULL;
}

static void add_statements(Reading *reading, const CrJson *vulnerability, CrStrv names, CrVexStatus status,
                           const CrJson *ids)
{
  for (guint i = 0; i < cr_json_get_length(ids); i++) {
    const char *id = cr_json_get_string(cr_json_get_element(ids, i), NULL);
    const GPtrArray *purls = id ? g_hash_table_lookup(reading->purls, id) : NULL;
    for (guint k = 0; purls && k < purls->len; k++) {
      const char *purl = purls->pdata[k];
      gboolean image = g_str_has_prefix(purl, "pkg:oci/");
      CrVexStatement statement = {.names = names,
                                  .status = status,
                                  .component = image ? NULL : purl,
                                  .product = image ? purl : NULL,
                                  .author = reading->author,
                                  .why = keep(reading, find_why(vulnerability, id)),
                                  .time = reading->time};
      cr_suppressions_add_statement(reading->suppressions, &statement);
    }
  }
}

static void read_vulnerability(Reading *reading, const CrJson *vulnerability)
{
  const CrJson *ids = cr_json_find(vulnerability, "ids");
  const char **names = cr_arena_alloc(cr_suppressions_get_arena(reading->suppressions),
                                      ((gsize)cr_json_get_length(ids) + 2) * sizeof *names);
  guint count = 0;
  const char *cve = cr_json_find_string(vulnerability, "cve", NULL);
  if (cve)
    names[count++] = keep(reading, cve);
  for (guint i = 0; i < cr_json_get_length(ids); i++) {
    const char *text = cr_json_find_string(cr_json_get_element(ids, i), "text", NULL);
    if (text)
      names[count++] = keep(reading, text);
  }
  const CrJson *status = cr_json_find(vulnerability, "product_status");
  for (guint i = 0; i < cr_json_get_length(status); i++) {
    CrVexStatus word;
    if (cr_vex_parse_status(cr_json_get_member_name(status, i), &word))
      add_statements(reading, vulnerability, names, word, cr_json_get_element(status, i));
  }
}

static gboolean read_csaf(const CrJson *root, CrSuppressions *suppressions, GError **error)
{
  const CrJson *document = cr_json_find(root, "document"), *tree = cr_json_find(root, "product_tree");
  const CrJson *vulnerabilities = cr_json_find(root, "vulnerabilities");
  if (!cr_json_is(vulnerabilities, CR_JSON_ARRAY)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "it has no vulnerabilities");
    return FALSE;
  }
  g_autoptr(GHashTable) purls = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  Reading reading = {.suppressions = suppressions, .purls = purls};
  reading.author = keep(&reading, cr_json_find_string(cr_json_find(document, "publisher"), "name", NULL));
  reading.time = keep(&reading, cr_json_find_string(cr_json_find(document, "tracking"), "current_release_date", NULL));
  walk_branches(&reading, cr_json_find(tree, "branches"));
  const CrJson *names = cr_json_find(tree, "full_product_names");
  for (guint i = 0; i < cr_json_get_length(names); i++)
    add_product(&reading, cr_json_get_element(names, i));
  walk_relationships(&reading, cr_json_find(tree, "relationships"));
  for (guint i = 0; i < cr_json_get_length(vulnerabilities); i++)
    read_vulnerability(&reading, cr_json_get_element(vulnerabilities, i));
  return TRUE;
}

const CrVexFormat cr_vex_csaf = {.name = "CSAF", .is = is_csaf, .read = read_csaf};
