/* SPDX-License-Identifier: Apache-2.0 */
/* careen.remedy/1. Every key is always there; null is unknown or not so, [] is none. */
#include "remedy/fixes.h"
#include "report/json-parts.h"
#include "report/remedy.h"

static void write_fixes(CrJsonWriter *writer, CrStrv fixes)
{
  if (fixes) {
    cr_json_key_strings(writer, "fixes", fixes);
  } else {
    cr_json_key(writer, "fixes");
    cr_json_null(writer);
  }
}

/* ---- the two images ---- */

static void write_image(CrJsonWriter *writer, const CrRemedy *remedy)
{
  const CrImage *image = cr_remedy_get_image(remedy);
  cr_json_key(writer, "image");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", image->ref);
  cr_json_key_string(writer, "source", image->source);
  cr_json_key_string(writer, "name", image->name);
  cr_json_key_string(writer, "id", image->id);
  cr_json_key_string(writer, "digest", image->digest);
  cr_json_key_string(writer, "platform", image->platform);
  cr_json_end_object(writer);
}

static void write_result(CrJsonWriter *writer, const CrRemedy *remedy)
{
  const CrDraft *draft = cr_remedy_get_result(remedy);
  cr_json_key(writer, "result");
  if (!draft) {
    cr_json_null(writer);
    return;
  }
  const CrPublished *first = remedy->published->len ? remedy->published->pdata[0] : NULL;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "ref", first ? first->destination : NULL);
  cr_json_key_string(writer, "id", cr_draft_get_config_digest(draft));
  cr_json_key_string(writer, "digest", cr_draft_get_manifest_digest(draft));
  cr_json_key_string(writer, "platform", remedy->scan->image->platform);
  cr_json_end_object(writer);
}

static void write_layer(CrJsonWriter *writer, const CrRemedy *remedy)
{
  const CrDraft *draft = cr_remedy_get_result(remedy);
  cr_json_key(writer, "layer");
  if (!remedy->patch) {
    cr_json_null(writer);
    return;
  }
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "diff_id", remedy->patch->diff_id);
  cr_json_key_integer(writer, "plain_size", (gint64)remedy->patch->size_bytes);
  if (draft) {
    const CrDraftLayer *layer = cr_draft_get_layer(draft, cr_draft_get_layer_count(draft) - 1);
    cr_json_key_string(writer, "digest", layer->digest);
    cr_json_key_integer(writer, "size", (gint64)layer->size_bytes);
  } else {
    cr_json_key_string(writer, "digest", NULL);
    cr_report_write_count(writer, "size", -1);
  }
  cr_json_end_object(writer);
}

/* ---- what changes ---- */

static void write_change(CrJsonWriter *writer, const CrRemedy *remedy, const CrChange *change)
{
  const CrUpdate *update = cr_update_find(remedy->scan, change->package);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "package", change->name);
  cr_json_key_string(writer, "arch", change->arch);
  cr_json_key_string(writer, "from", change->package ? change->package->version : NULL);
  cr_json_key_string(writer, "to", change->file.name ? change->file.version : NULL);
  cr_json_key_string(writer, "archive", change->file.archive ? change->file.archive->name : NULL);
  cr_json_key_string(writer, "reach", change->package ? cr_reach_level_get_name(change->package->reach.level) : NULL);
  write_fixes(writer, cr_update_list_fixes(remedy->scan, update, remedy->arena));
  cr_json_end_object(writer);
}

static void write_state(CrJsonWriter *writer, const CrRemedy *remedy, const CrFix *fix)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "package", fix->name);
  cr_json_key_string(writer, "arch", fix->arch);
  cr_json_key_string(writer, "from", fix->package ? fix->package->version : NULL);
  cr_json_key_string(writer, "to", fix->update ? fix->update->candidate : NULL);
  cr_json_key_string(writer, "state", cr_fix_state_get_name(fix->state));
  cr_json_key_string(writer, "why", fix->why);
  write_fixes(writer, fix->update ? cr_update_list_fixes(remedy->scan, fix->update, remedy->arena) : NULL);
  cr_json_end_object(writer);
}

static void write_plan(CrJsonWriter *writer, const CrRemedy *remedy)
{
  cr_json_key(writer, "changes");
  cr_json_begin_array(writer);
  gboolean any = remedy->outcome != CR_REMEDY_NOTHING; /* what IMAGE has already is no change */
  for (guint i = 0; any && i < remedy->plan->changes->len; i++)
    write_change(writer, remedy, remedy->plan->changes->pdata[i]);
  cr_json_end_array(writer);
  cr_json_key(writer, "states");
  cr_json_begin_array(writer);
  for (guint i = 0; i < remedy->plan->fixes->len; i++)
    write_state(writer, remedy, remedy->plan->fixes->pdata[i]);
  cr_json_end_array(writer);
}

/* ---- the proof ---- */

static void write_checks(CrJsonWriter *writer, const CrRemedy *remedy)
{
  cr_json_key(writer, "checks");
  cr_json_begin_array(writer);
  for (guint i = 0; i < remedy->checks->len; i++) {
    const CrCheck *check = remedy->checks->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "name", check->name);
    cr_json_key_boolean(writer, "passed", check->passed);
    cr_json_key_string(writer, "detail", check->detail);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_files(CrJsonWriter *writer, const CrRemedy *remedy, const char *name, char mark)
{
  cr_json_key(writer, name);
  cr_json_begin_array(writer);
  for (guint i = 0; remedy->patch && i < remedy->patch->proof->files->len; i++) {
    const CrChangedFile *file = remedy->patch->proof->files->pdata[i];
    if (file->mark != mark)
      continue;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "path", file->path);
    cr_json_key_string(writer, "package", file->owner);
    cr_json_key_string(writer, "why", file->why);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_published(CrJsonWriter *writer, const CrRemedy *remedy)
{
  cr_json_key(writer, "published");
  cr_json_begin_array(writer);
  for (guint i = 0; i < remedy->published->len; i++) {
    const CrPublished *place = remedy->published->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "destination", place->destination);
    cr_json_key_string(writer, "id", place->id);
    cr_json_key_string(writer, "digest", place->digest);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

void cr_remedy_write_json(const CrRemedy *remedy, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.remedy/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, remedy->scan);
  cr_json_key_string(writer, "outcome", cr_remedy_outcome_get_name(remedy->outcome));
  write_image(writer, remedy);
  write_result(writer, remedy);
  write_layer(writer, remedy);
  write_plan(writer, remedy);
  write_checks(writer, remedy);
  cr_json_key(writer, "files");
  cr_json_begin_object(writer);
  write_files(writer, remedy, "added", '+');
  write_files(writer, remedy, "changed", '~');
  write_files(writer, remedy, "removed", '-');
  cr_json_end_object(writer);
  write_published(writer, remedy);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, remedy->scan->problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}
