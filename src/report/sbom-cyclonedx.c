/* SPDX-License-Identifier: Apache-2.0 */
/* cyclonedx: CycloneDX 1.6 (ECMA-424) in JSON. What only careen knows stands in properties under "careen:". */
#include "config.h"
#include "report/json-parts.h"
#include "report/rows.h"
#include "report/sbom.h"

#include <string.h>

static void write_property(CrJsonWriter *writer, const char *name, const char *value)
{
  if (!value)
    return;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", name);
  cr_json_key_string(writer, "value", value);
  cr_json_end_object(writer);
}

static void write_hash(CrJsonWriter *writer, const char *digest)
{
  if (!digest || !g_str_has_prefix(digest, "sha256:"))
    return;
  cr_json_key(writer, "hashes");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "alg", "SHA-256");
  cr_json_key_string(writer, "content", digest + strlen("sha256:"));
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static void write_image(CrJsonWriter *writer, const CrScan *scan)
{
  const CrImage *image = scan->image;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "container");
  cr_json_key_string(writer, "bom-ref", "image");
  cr_json_key_string(writer, "name", cr_report_get_image_name(scan));
  if (image->digest || image->id)
    cr_json_key_string(writer, "version", image->digest ? image->digest : image->id);
  write_hash(writer, image->digest);
  cr_json_key(writer, "properties");
  cr_json_begin_array(writer);
  write_property(writer, "careen:image:id", image->id);
  write_property(writer, "careen:image:platform", image->platform);
  for (guint i = 0; i < image->layer_count; i++) {
    g_autofree char *layer = cr_sbom_format_layer(scan, (int)i);
    write_property(writer, "careen:image:layer", layer);
  }
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void write_metadata(CrJsonWriter *writer, const CrScan *scan)
{
  cr_json_key(writer, "metadata");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "timestamp", scan->created);
  cr_json_key(writer, "tools");
  cr_json_begin_object(writer);
  cr_json_key(writer, "components");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "application");
  cr_json_key_string(writer, "name", "careen");
  cr_json_key_string(writer, "version", CR_VERSION);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_key(writer, "component");
  write_image(writer, scan);
  cr_json_end_object(writer);
}

static void write_os(CrJsonWriter *writer, const CrOs *os)
{
  if (!os->id)
    return;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "operating-system");
  cr_json_key_string(writer, "bom-ref", "os");
  cr_json_key_string(writer, "name", os->id);
  if (os->version || os->codename)
    cr_json_key_string(writer, "version", os->version ? os->version : os->codename);
  if (os->name)
    cr_json_key_string(writer, "description", os->name);
  cr_json_end_object(writer);
}

static void write_package(CrJsonWriter *writer, const CrScan *scan, const CrPackage *package, const char *reference)
{
  g_autofree char *layer = cr_sbom_format_layer(scan, package->layer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "library");
  cr_json_key_string(writer, "bom-ref", reference);
  if (package->origin || package->maintainer) {
    cr_json_key(writer, "supplier");
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", package->origin ? package->origin : package->maintainer);
    cr_json_end_object(writer);
  }
  cr_json_key_string(writer, "name", package->name);
  cr_json_key_string(writer, "version", package->version ? package->version : "");
  if (package->licence) {
    cr_json_key(writer, "licenses");
    cr_json_begin_array(writer);
    cr_json_begin_object(writer);
    cr_json_key(writer, "license");
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", package->licence); /* the metadata's own words, which may be no SPDX id */
    cr_json_end_object(writer);
    cr_json_end_object(writer);
    cr_json_end_array(writer);
  }
  if (package->purl)
    cr_json_key_string(writer, "purl", package->purl);
  cr_json_key(writer, "properties");
  cr_json_begin_array(writer);
  write_property(writer, "careen:layer", layer);
  write_property(writer, "careen:source:name", package->source_name);
  write_property(writer, "careen:source:version", package->source_version);
  write_property(writer, "careen:arch", package->arch);
  write_property(writer, "careen:status", package->status);
  for (guint i = 0; package->paths[i]; i++)
    write_property(writer, "careen:path", package->paths[i]);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void write_file(CrJsonWriter *writer, const CrScan *scan, const CrUnowned *file)
{
  g_autofree char *layer = cr_sbom_format_layer(scan, file->layer);
  g_autofree char *valid = g_utf8_make_valid(file->path, -1);
  g_autofree char *escaped = g_uri_escape_string(valid, "/", FALSE);
  g_autofree char *reference = g_strconcat("file:", escaped, NULL);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "type", "file");
  cr_json_key_string(writer, "bom-ref", reference);
  cr_json_key_string(writer, "name", file->path);
  cr_json_key(writer, "properties");
  cr_json_begin_array(writer);
  write_property(writer, "careen:layer", layer);
  write_property(writer, "careen:kind", file->kind);
  write_property(writer, "careen:built-with", file->built_with);
  cr_json_end_array(writer);
  cr_json_end_object(writer);
}

static void write_dependencies(CrJsonWriter *writer, const CrScan *scan, GPtrArray *references)
{
  cr_json_key(writer, "dependencies");
  cr_json_begin_array(writer);
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *const *needs = cr_inventory_get_dependencies(scan->inventory, scan->packages->pdata[i]);
    if (!needs)
      continue;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "ref", references->pdata[i]);
    cr_json_key(writer, "dependsOn");
    cr_json_begin_array(writer);
    for (guint k = 0; needs[k]; k++)
      cr_json_string(writer, references->pdata[needs[k]->index]);
    cr_json_end_array(writer);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

/* "complete" is said only of what was examined whole. */
static void write_compositions(CrJsonWriter *writer, const CrScan *scan)
{
  cr_json_key(writer, "compositions");
  cr_json_begin_array(writer);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "aggregate", cr_scan_is_inventory_whole(scan) ? "complete" : "incomplete");
  cr_json_key(writer, "assemblies");
  cr_json_begin_array(writer);
  cr_json_string(writer, "image");
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  cr_json_end_array(writer);
}

static void write_document(const CrScan *scan, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GPtrArray) references = cr_sbom_references_new(scan);
  g_autofree char *serial = cr_sbom_format_uuid(scan, "cyclonedx");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
  cr_json_key_string(writer, "bomFormat", "CycloneDX");
  cr_json_key_string(writer, "specVersion", "1.6");
  cr_json_key_string(writer, "serialNumber", serial);
  cr_json_key_integer(writer, "version", 1);
  write_metadata(writer, scan);
  cr_json_key(writer, "components");
  cr_json_begin_array(writer);
  write_os(writer, scan->os);
  for (guint i = 0; i < scan->packages->len; i++) {
    write_package(writer, scan, scan->packages->pdata[i], references->pdata[i]);
    if (i % 256 == 255)
      cr_report_take_json(report, writer);
  }
  for (guint i = 0; i < scan->unowned->len; i++)
    write_file(writer, scan, scan->unowned->pdata[i]);
  cr_json_end_array(writer);
  write_dependencies(writer, scan, references);
  write_compositions(writer, scan);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

const CrSbomFormat cr_sbom_cyclonedx = {.name = "cyclonedx", .write = write_document};
