/* SPDX-License-Identifier: Apache-2.0 */
#include "report/remedy-rows.h"

static void write_fixes(CrJsonWriter *writer, CrStrv fixes)
{
  if (fixes) {
    cr_json_key_strings(writer, "fixes", fixes);
  } else {
    cr_json_key(writer, "fixes");
    cr_json_null(writer);
  }
}

void cr_remedy_write_change(CrJsonWriter *writer, const char *platform, const CrChange *change, CrStrv fixes)
{
  const CrPackage *package = change->package;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "platform", platform);
  cr_json_key_string(writer, "package", change->name);
  cr_json_key_string(writer, "arch", change->arch);
  cr_json_key_string(writer, "from", package ? package->version : NULL);
  cr_json_key_string(writer, "to", change->file.name ? change->file.version : NULL);
  cr_json_key_string(writer, "archive", change->file.archive ? change->file.archive->name : NULL);
  cr_json_key_string(writer, "reach", package ? cr_reach_level_get_name(package->reach.level) : NULL);
  write_fixes(writer, fixes);
  cr_json_end_object(writer);
}

void cr_remedy_write_state(CrJsonWriter *writer, const char *platform, const CrFix *fix, CrStrv fixes)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "platform", platform);
  cr_json_key_string(writer, "package", fix->name);
  cr_json_key_string(writer, "arch", fix->arch);
  cr_json_key_string(writer, "from", fix->package ? fix->package->version : NULL);
  cr_json_key_string(writer, "to", fix->update ? fix->update->candidate : NULL);
  cr_json_key_string(writer, "state", cr_fix_state_get_name(fix->state));
  cr_json_key_string(writer, "why", fix->why);
  write_fixes(writer, fixes);
  cr_json_end_object(writer);
}

void cr_remedy_write_check(CrJsonWriter *writer, const char *platform, const CrCheck *check)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "platform", platform);
  cr_json_key_string(writer, "name", check->name);
  cr_json_key_boolean(writer, "passed", check->passed);
  cr_json_key_string(writer, "detail", check->detail);
  cr_json_end_object(writer);
}

void cr_remedy_write_published(CrJsonWriter *writer, const GPtrArray *published)
{
  cr_json_key(writer, "published");
  cr_json_begin_array(writer);
  for (guint i = 0; i < published->len; i++) {
    const CrPublished *place = published->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "destination", place->destination);
    cr_json_key_string(writer, "id", place->id);
    cr_json_key_string(writer, "digest", place->digest);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}
