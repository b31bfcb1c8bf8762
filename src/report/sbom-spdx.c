/* SPDX-License-Identifier: Apache-2.0 */
/* spdx: SPDX 2.3 in JSON. A licence that the metadata names in its own words becomes a LicenseRef with those words: no
 * guess at an SPDX id is made. */
#include "config.h"
#include "report/json-parts.h"
#include "report/rows.h"
#include "report/sbom.h"

#include <string.h>

#define NONE "NOASSERTION"

/* "LicenseRef-" and the first half of the text's hash: the same words, the same name. Free with g_free. */
static char *format_licence_id(const char *licence)
{
  g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, licence, -1);
  return g_strdup_printf("LicenseRef-%.16s", hash);
}

static void write_common(CrJsonWriter *writer, const char *licence)
{
  g_autofree char *id = licence ? format_licence_id(licence) : NULL;
  cr_json_key_string(writer, "downloadLocation", NONE);
  cr_json_key_boolean(writer, "filesAnalyzed", FALSE);
  cr_json_key_string(writer, "licenseConcluded", NONE);
  cr_json_key_string(writer, "licenseDeclared", id ? id : NONE);
  cr_json_key_string(writer, "copyrightText", NONE);
}

static void write_purl(CrJsonWriter *writer, const char *purl)
{
  if (!purl)
    return;
  cr_json_key(writer, "externalRefs");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "referenceCategory", "PACKAGE-MANAGER");
  cr_json_key_string(writer, "referenceType", "purl");
  cr_json_key_string(writer, "referenceLocator", purl);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static void write_image(CrJsonWriter *writer, const CrScan *scan)
{
  const CrImage *image = scan->image;
  const char *digest = image->digest ? image->digest : image->id;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "SPDXID", "SPDXRef-image");
  cr_json_key_string(writer, "name", cr_report_get_image_name(scan));
  if (digest)
    cr_json_key_string(writer, "versionInfo", digest);
  cr_json_key_string(writer, "primaryPackagePurpose", "CONTAINER");
  write_common(writer, NULL);
  if (digest && g_str_has_prefix(digest, "sha256:")) {
    cr_json_key(writer, "checksums");
    cr_json_begin_array(writer);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "algorithm", "SHA256");
    cr_json_key_string(writer, "checksumValue", digest + strlen("sha256:"));
    cr_json_end_object(writer);
    cr_json_end_array(writer);
  }
  cr_json_end_object(writer);
}

static void write_os(CrJsonWriter *writer, const CrOs *os)
{
  if (!os->id)
    return;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "SPDXID", "SPDXRef-os");
  cr_json_key_string(writer, "name", os->id);
  if (os->version || os->codename)
    cr_json_key_string(writer, "versionInfo", os->version ? os->version : os->codename);
  cr_json_key_string(writer, "primaryPackagePurpose", "OPERATING_SYSTEM");
  write_common(writer, NULL);
  cr_json_end_object(writer);
}

static void write_package(CrJsonWriter *writer, const CrScan *scan, const CrPackage *package)
{
  g_autofree char *id = g_strdup_printf("SPDXRef-package-%u", package->index);
  g_autofree char *layer = cr_sbom_format_layer(scan, package->layer);
  g_autofree char *path = package->paths[0] ? g_strdup_printf("recorded in %s", package->paths[0]) : NULL;
  g_autofree char *comment =
      path || layer ? g_strdup_printf("%s%s%s", path ? path : "", path && layer ? ", " : "", layer ? layer : "") : NULL;
  g_autofree char *supplier = package->origin ? g_strdup_printf("Organization: %s", package->origin) : g_strdup(NONE);
  g_autofree char *source = g_strdup_printf("built from: %s %s", package->source_name,
                                            package->source_version ? package->source_version : "");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "SPDXID", id);
  cr_json_key_string(writer, "name", package->name);
  if (package->version && *package->version)
    cr_json_key_string(writer, "versionInfo", package->version);
  cr_json_key_string(writer, "supplier", supplier);
  cr_json_key_string(writer, "primaryPackagePurpose", "LIBRARY");
  write_common(writer, package->licence);
  cr_json_key_string(writer, "sourceInfo", source);
  if (comment)
    cr_json_key_string(writer, "comment", comment);
  write_purl(writer, package->purl);
  cr_json_end_object(writer);
}

static void write_relation(CrJsonWriter *writer, const char *from, const char *kind, const char *to)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "spdxElementId", from);
  cr_json_key_string(writer, "relationshipType", kind);
  cr_json_key_string(writer, "relatedSpdxElement", to);
  cr_json_end_object(writer);
}

static void write_relations(CrJsonWriter *writer, const CrScan *scan)
{
  cr_json_key(writer, "relationships");
  cr_json_begin_array(writer);
  write_relation(writer, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image");
  if (scan->os->id)
    write_relation(writer, "SPDXRef-image", "CONTAINS", "SPDXRef-os");
  for (guint i = 0; i < scan->packages->len; i++) {
    g_autofree char *id = g_strdup_printf("SPDXRef-package-%u", i);
    write_relation(writer, "SPDXRef-image", "CONTAINS", id);
    const CrPackage *const *needs = cr_inventory_get_dependencies(scan->inventory, scan->packages->pdata[i]);
    for (guint k = 0; needs && needs[k]; k++) {
      g_autofree char *other = g_strdup_printf("SPDXRef-package-%u", needs[k]->index);
      write_relation(writer, id, "DEPENDS_ON", other);
    }
  }
  for (guint i = 0; i < scan->unowned->len; i++) {
    g_autofree char *id = g_strdup_printf("SPDXRef-file-%u", i);
    write_relation(writer, "SPDXRef-image", "CONTAINS", id);
  }
  cr_json_end_array(writer);
}

/* SPDX wants a checksum of every file, which a layer index does not keep: files that no package owns are packages of
 * one file. */
static void write_file(CrJsonWriter *writer, const CrScan *scan, guint index)
{
  const CrUnowned *file = scan->unowned->pdata[index];
  g_autofree char *id = g_strdup_printf("SPDXRef-file-%u", index);
  g_autofree char *layer = cr_sbom_format_layer(scan, file->layer);
  g_autofree char *comment =
      g_strdup_printf("a file that no package owns (%s)%s%s%s%s", file->kind, file->built_with ? ", built with " : "",
                      file->built_with ? file->built_with : "", layer ? ", " : "", layer ? layer : "");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "SPDXID", id);
  cr_json_key_string(writer, "name", file->path);
  cr_json_key_string(writer, "primaryPackagePurpose", "FILE");
  write_common(writer, NULL);
  cr_json_key_string(writer, "comment", comment);
  cr_json_end_object(writer);
}

static void write_licences(CrJsonWriter *writer, const CrScan *scan)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  cr_json_key(writer, "hasExtractedLicensingInfos");
  cr_json_begin_array(writer);
  for (guint i = 0; i < scan->packages->len; i++) {
    const char *licence = ((const CrPackage *)scan->packages->pdata[i])->licence;
    if (!licence || !g_hash_table_add(seen, (gpointer)licence))
      continue;
    g_autofree char *id = format_licence_id(licence);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "licenseId", id);
    cr_json_key_string(writer, "extractedText", licence);
    cr_json_key_string(writer, "name", licence);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_document(const CrScan *scan, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autofree char *namespace = cr_sbom_format_uuid(scan, "spdx");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "spdxVersion", "SPDX-2.3");
  cr_json_key_string(writer, "dataLicense", "CC0-1.0");
  cr_json_key_string(writer, "SPDXID", "SPDXRef-DOCUMENT");
  cr_json_key_string(writer, "name", cr_report_get_image_name(scan));
  cr_json_key_string(writer, "documentNamespace", namespace);
  cr_json_key(writer, "creationInfo");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "created", scan->created);
  cr_json_key(writer, "creators");
  cr_json_begin_array(writer);
  cr_json_string(writer, "Tool: careen-" CR_VERSION);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "packages");
  cr_json_begin_array(writer);
  write_image(writer, scan);
  write_os(writer, scan->os);
  for (guint i = 0; i < scan->packages->len; i++) {
    write_package(writer, scan, scan->packages->pdata[i]);
    if (i % 256 == 255)
      cr_report_take_json(report, writer);
  }
  for (guint i = 0; i < scan->unowned->len; i++)
    write_file(writer, scan, i);
  cr_json_end_array(writer);
  write_relations(writer, scan);
  write_licences(writer, scan);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

const CrSbomFormat cr_sbom_spdx = {.name = "spdx", .write = write_document};
