/* SPDX-License-Identifier: Apache-2.0 */
/* json: careen.sbom/1; the schema is doc/schema/careen.sbom-1.json. */
#include "report/json-parts.h"
#include "report/sbom.h"

static void write_package(CrJsonWriter *writer, const CrScan *scan, const CrPackage *package, GPtrArray *references)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "id", references->pdata[package->index]);
  cr_report_write_identity(writer, package);
  cr_json_key_string(writer, "status", package->status);
  cr_json_key_string(writer, "origin", package->origin);
  cr_json_key_string(writer, "maintainer", package->maintainer);
  cr_json_key_string(writer, "licence", package->licence);
  cr_json_key_strings(writer, "paths", package->paths);
  cr_report_write_count(writer, "layer", package->layer);
  const CrPackage *const *needs = cr_inventory_get_dependencies(scan->inventory, package);
  cr_json_key(writer, "depends");
  if (needs) {
    cr_json_begin_array(writer);
    for (guint i = 0; needs[i]; i++)
      cr_json_string(writer, references->pdata[needs[i]->index]);
    cr_json_end_array(writer);
  } else {
    cr_json_null(writer);
  }
  cr_json_end_object(writer);
}

static void write_document(const CrScan *scan, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GPtrArray) references = cr_sbom_references_new(scan);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.sbom/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, scan);
  cr_json_key(writer, "image");
  cr_report_write_image(writer, scan->image);
  cr_json_key(writer, "os");
  cr_report_write_os(writer, scan->os);
  cr_json_key(writer, "packages");
  cr_json_begin_array(writer);
  for (guint i = 0; i < scan->packages->len; i++) {
    write_package(writer, scan, scan->packages->pdata[i], references);
    if (i % 256 == 255)
      cr_report_take_json(report, writer);
  }
  cr_json_end_array(writer);
  cr_report_write_array(writer, "unowned", scan->unowned, cr_report_write_unowned);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, scan->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

const CrSbomFormat cr_sbom_json = {.name = "json", .write = write_document};
