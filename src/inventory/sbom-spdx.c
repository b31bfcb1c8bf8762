/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX 2.2 and 2.3 in JSON. */
#include "inventory/sbom.h"

#include <string.h>

static gboolean is_spdx(const CrJson *root)
{
  return g_str_has_prefix(cr_json_find_string(root, "spdxVersion", ""), "SPDX-2");
}

static const char *find_purl(const CrJson *package)
{
  const CrJson *references = cr_json_find(package, "externalRefs");
  for (guint i = 0; i < cr_json_get_length(references); i++) {
    const CrJson *reference = cr_json_get_element(references, i);
    if (!strcmp(cr_json_find_string(reference, "referenceType", ""), "purl"))
      return cr_json_find_string(reference, "referenceLocator", NULL);
  }
  return NULL;
}

/* "built from: openssl 3.0.11-1" (Trivy and careen), "built package from: …" (old Trivy). */
static void find_source(CrSbomReading *reading, const CrJson *node, CrSbomPackage *package)
{
  static const char *const fronts[] = {"built from: ", "built package from: "};
  const char *text = cr_json_find_string(node, "sourceInfo", "");
  for (guint i = 0; i < G_N_ELEMENTS(fronts); i++) {
    if (!g_str_has_prefix(text, fronts[i]))
      continue;
    const char *name = text + strlen(fronts[i]), *space = strchr(name, ' ');
    if (!space || space == name)
      return;
    package->source_name = cr_arena_strndup(reading->arena, name, (gsize)(space - name));
    package->source_version = space + 1;
    return;
  }
}

/* The words behind a LicenseRef, else what is declared. */
static const char *find_licence(const CrJson *root, const CrJson *package)
{
  const char *declared = cr_json_find_string(package, "licenseDeclared", NULL);
  if (!declared || !strcmp(declared, "NOASSERTION") || !strcmp(declared, "NONE"))
    return NULL;
  const CrJson *texts =
      g_str_has_prefix(declared, "LicenseRef-") ? cr_json_find(root, "hasExtractedLicensingInfos") : NULL;
  for (guint i = 0; i < cr_json_get_length(texts); i++)
    if (!strcmp(cr_json_find_string(cr_json_get_element(texts, i), "licenseId", ""), declared))
      return cr_json_find_string(cr_json_get_element(texts, i), "name", declared);
  return declared;
}

static gboolean is_purpose(const CrJson *package, const char *purpose)
{
  g_autofree char *word = g_strdelimit(g_strdup(cr_json_find_string(package, "primaryPackagePurpose", "")), "-", '_');
  return !strcmp(word, purpose);
}

static void read_package(CrSbomReading *reading, const CrJson *root, const CrJson *node)
{
  if (is_purpose(node, "FILE") || is_purpose(node, "CONTAINER") || is_purpose(node, "OPERATING_SYSTEM"))
    return;
  const char *supplier = cr_json_find_string(node, "supplier", NULL);
  CrSbomPackage package = {
      .purl = find_purl(node),
      .name = cr_json_find_string(node, "name", NULL),
      .licence = find_licence(root, node),
      .supplier = supplier && g_str_has_prefix(supplier, "Organization: ") ? supplier + strlen("Organization: ") : NULL,
  };
  find_source(reading, node, &package);
  gboolean image = package.purl && g_str_has_prefix(package.purl, "pkg:oci/");
  if (!image)
    cr_sbom_add(reading, &package);
}

static void read_spdx(CrSbomReading *reading, const CrJson *root)
{
  const CrJson *packages = cr_json_find(root, "packages");
  for (guint i = 0; i < cr_json_get_length(packages); i++) {
    const CrJson *node = cr_json_get_element(packages, i);
    if (is_purpose(node, "OPERATING_SYSTEM"))
      cr_sbom_set_os(reading, cr_json_find_string(node, "name", NULL), cr_json_find_string(node, "versionInfo", NULL),
                     NULL, NULL);
  }
  for (guint i = 0; i < cr_json_get_length(packages); i++)
    read_package(reading, root, cr_json_get_element(packages, i));
}

const CrSbomReader cr_sbom_reader_spdx = {.name = "SPDX", .is = is_spdx, .read = read_spdx};
