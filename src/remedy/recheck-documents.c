/* SPDX-License-Identifier: Apache-2.0 */
/* The bills of materials and the VEX of a record, against what is in the image. */
#include <string.h>

#include "base/digest.h"
#include "remedy/recheck-private.h"

static CrJsonDoc *load(const Rechecking *rechecking, const char *name, gboolean *named)
{
  GBytes *bytes = cr_evidence_find(rechecking->recheck->evidence, &rechecking->provenance, name, named);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return text ? cr_json_parse(text, size, name, NULL) : NULL;
}

static GHashTable *list_purls(const Rechecking *rechecking)
{
  const GPtrArray *packages = rechecking->recheck->scan->packages;
  GHashTable *purls = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (package->purl)
      g_hash_table_add(purls, (gpointer)package->purl);
  }
  return purls;
}

/* ---- SBOM ---- */

static void take_cyclonedx(const CrJson *root, GHashTable *purls)
{
  const CrJson *components = cr_json_find(root, "components");
  for (guint i = 0; i < cr_json_get_length(components); i++) {
    const char *purl = cr_json_find_string(cr_json_get_element(components, i), "purl", NULL);
    if (purl)
      g_hash_table_add(purls, (gpointer)purl);
  }
}

static void take_spdx(const CrJson *root, GHashTable *purls)
{
  const CrJson *packages = cr_json_find(root, "packages");
  for (guint i = 0; i < cr_json_get_length(packages); i++) {
    const CrJson *references = cr_json_find(cr_json_get_element(packages, i), "externalRefs");
    for (guint k = 0; k < cr_json_get_length(references); k++) {
      const CrJson *reference = cr_json_get_element(references, k);
      const char *purl = cr_json_find_string(reference, "referenceLocator", NULL);
      if (purl && !g_strcmp0(cr_json_find_string(reference, "referenceType", NULL), "purl"))
        g_hash_table_add(purls, (gpointer)purl);
    }
  }
}

static void compare(Rechecking *rechecking, const char *name, GHashTable *is, GHashTable *listed)
{
  GHashTableIter iter;
  gpointer purl = NULL;
  g_hash_table_iter_init(&iter, is);
  while (g_hash_table_iter_next(&iter, &purl, NULL))
    if (!g_hash_table_contains(listed, purl))
      cr_recheck_object(rechecking, "%s does not list %s", name, (const char *)purl);
  g_hash_table_iter_init(&iter, listed);
  while (g_hash_table_iter_next(&iter, &purl, NULL))
    if (!g_hash_table_contains(is, purl))
      cr_recheck_object(rechecking, "%s lists %s, which is not there", name, (const char *)purl);
}

static void check_document(Rechecking *rechecking, const char *name, GHashTable *is,
                           void (*take)(const CrJson *root, GHashTable *purls))
{
  gboolean named = FALSE;
  g_autoptr(CrJsonDoc) doc = load(rechecking, name, &named);
  g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
  if (!doc) {
    cr_recheck_object(rechecking, "%s cannot be read", name);
    return;
  }
  take(cr_json_get_root(doc), listed);
  compare(rechecking, name, is, listed);
}

void cr_recheck_check_sbom(Rechecking *rechecking)
{
  g_autoptr(GHashTable) is = list_purls(rechecking);
  check_document(rechecking, "sbom.cdx.json", is, take_cyclonedx);
  check_document(rechecking, "sbom.spdx.json", is, take_spdx);
  cr_recheck_conclude(rechecking, "sbom", "both list the %u packages that are there", g_hash_table_size(is));
}

/* ---- VEX ---- */

/* Is it about this image, by a hash? */
static const CrJson *find_product(const Rechecking *rechecking, const CrJson *statement)
{
  const char *const digests[] = {cr_recheck_get_digest(rechecking), cr_recheck_get_id(rechecking)};
  const CrJson *products = cr_json_find(statement, "products");
  for (guint i = 0; i < cr_json_get_length(products); i++) {
    const CrJson *product = cr_json_get_element(products, i);
    const char *hex = cr_json_find_string(cr_json_find(product, "hashes"), "sha-256", NULL);
    for (guint k = 0; k < G_N_ELEMENTS(digests); k++)
      if (hex && digests[k] && !strcmp(hex, cr_digest_get_hex(digests[k])))
        return product;
  }
  return NULL;
}

static gboolean names_fix(const CrJson *change, const char *id)
{
  const CrJson *fixes = cr_json_find(change, "fixes");
  for (guint i = 0; i < cr_json_get_length(fixes); i++)
    if (!g_strcmp0(cr_json_get_string(cr_json_get_element(fixes, i), NULL), id))
      return TRUE;
  return FALSE;
}

/* The package with this purl, if the patch changed it to that version and it mends ID. */
static gboolean is_mended(const Rechecking *rechecking, const char *purl, const char *id)
{
  const GPtrArray *packages = rechecking->recheck->scan->packages;
  const CrJson *changes = cr_json_find(rechecking->root, "changes");
  for (guint i = 0; purl && i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (!package->purl || strcmp(package->purl, purl) != 0)
      continue;
    for (guint k = 0; k < cr_json_get_length(changes); k++) {
      const CrJson *change = cr_json_get_element(changes, k);
      if (!strcmp(cr_json_find_string(change, "package", ""), package->name) &&
          !strcmp(cr_json_find_string(change, "to", ""), package->version) && names_fix(change, id))
        return TRUE;
    }
  }
  return FALSE;
}

static void check_statement(Rechecking *rechecking, const CrJson *statement)
{
  const char *id = cr_json_find_string(cr_json_find(statement, "vulnerability"), "name", "?");
  const CrJson *product = find_product(rechecking, statement);
  const CrJson *parts = cr_json_find(product, "subcomponents");
  if (g_strcmp0(cr_json_find_string(statement, "status", NULL), "fixed") != 0)
    cr_recheck_object(rechecking, "%s is not said to be fixed", id);
  if (!product)
    cr_recheck_object(rechecking, "%s is said of another image", id);
  else if (!cr_json_get_length(parts))
    cr_recheck_object(rechecking, "%s is said of no package", id);
  for (guint i = 0; i < cr_json_get_length(parts); i++) {
    const char *purl = cr_json_find_string(cr_json_get_element(parts, i), "@id", NULL);
    if (!is_mended(rechecking, purl, id))
      cr_recheck_object(rechecking, "%s is said to be fixed in %s, which the patch did not bring", id,
                        purl ? purl : "nothing");
  }
}

void cr_recheck_check_vex(Rechecking *rechecking)
{
  gboolean named = FALSE;
  g_autoptr(CrJsonDoc) doc = load(rechecking, "openvex.json", &named);
  const CrJson *statements = doc ? cr_json_find(cr_json_get_root(doc), "statements") : NULL;
  guint count = cr_json_get_length(statements);
  if (!named) {
    cr_recheck_leave(rechecking, "vex", CR_RECHECK_SKIPPED, "no flaw is said to be fixed");
    return;
  }
  if (!count)
    cr_recheck_object(rechecking, "openvex.json cannot be read");
  for (guint i = 0; i < count; i++)
    check_statement(rechecking, cr_json_get_element(statements, i));
  rechecking->recheck->fixes = count;
  cr_recheck_conclude(rechecking, "vex", "%u flaw%s fixed, each in a package that the patch brought", count,
                      count == 1 ? "" : "s");
}
