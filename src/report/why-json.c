/* SPDX-License-Identifier: Apache-2.0 */
/* careen.why/1; the schema is doc/schema/careen.why-1.json. */
#include "report/json-parts.h"
#include "report/report.h"

static void write_step(CrJsonWriter *writer, const CrWhy *why, const CrReachFile *file)
{
  const CrPackage *owner = cr_inventory_find_owner(why->scan->inventory, file->path);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "path", file->path);
  cr_json_key_string(writer, "level", cr_reach_level_get_name(file->level));
  cr_json_key_string(writer, "kind", file->kind);
  cr_json_key_string(writer, "evidence", file->evidence);
  cr_json_key_string(writer, "package", owner ? owner->name : NULL);
  cr_json_end_object(writer);
}

void cr_why_write_json(const CrWhy *why, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.why/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, why->scan);
  cr_json_key(writer, "image");
  cr_report_write_image(writer, why->scan->image);
  cr_json_key_string(writer, "subject", why->subject);
  cr_json_key_string(writer, "kind", why->kind);
  cr_json_key(writer, "absence");
  if (why->absence.status) {
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "status", why->absence.status);
    cr_json_key_string(writer, "what", why->absence.what);
    cr_json_end_object(writer);
  } else {
    cr_json_null(writer);
  }
  cr_json_key_string(writer, "path", why->path);
  cr_json_key_string(writer, "command", why->scan->command);
  cr_json_key_string(writer, "reach", cr_reach_level_get_name(why->level));
  cr_json_key(writer, "way");
  cr_json_begin_array(writer);
  for (guint i = 0; why->way && why->way[i]; i++)
    write_step(writer, why, why->way[i]);
  cr_json_end_array(writer);
  cr_report_write_array(writer, "packages", why->packages, cr_report_write_package);
  cr_json_key(writer, "unowned");
  if (why->unowned)
    cr_report_write_unowned(writer, why->unowned);
  else
    cr_json_null(writer);
  cr_report_write_array(writer, "updates", why->updates, cr_report_write_update);
  cr_report_write_array(writer, "findings", why->findings, cr_report_write_finding);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, why->scan->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
