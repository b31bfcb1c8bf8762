/* SPDX-License-Identifier: Apache-2.0 */
/* careen.remedy/1. Every key is always there; null is unknown or not so, [] is none. */
#include "remedy/fixes.h"
#include "report/json-parts.h"
#include "report/remedy-rows.h"
#include "report/remedy.h"

/* ---- the two images ---- */

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
  cr_remedy_write_change(writer, remedy->platform, change, cr_update_list_fixes(remedy->scan, update, remedy->arena));
}

static void write_state(CrJsonWriter *writer, const CrRemedy *remedy, const CrFix *fix)
{
  CrStrv fixes = fix->update ? cr_update_list_fixes(remedy->scan, fix->update, remedy->arena) : NULL;
  cr_remedy_write_state(writer, remedy->platform, fix, fixes);
}

static void write_changes_of(CrJsonWriter *writer, const CrRemedy *remedy)
{
  gboolean any = remedy->outcome != CR_REMEDY_NOTHING; /* what IMAGE has already is no change */
  for (guint i = 0; any && i < remedy->plan->changes->len; i++)
    write_change(writer, remedy, remedy->plan->changes->pdata[i]);
}

static void write_states_of(CrJsonWriter *writer, const CrRemedy *remedy)
{
  for (guint i = 0; i < remedy->plan->fixes->len; i++)
    write_state(writer, remedy, remedy->plan->fixes->pdata[i]);
}

/* ---- the proof ---- */

static void write_checks_of(CrJsonWriter *writer, const CrRemedy *remedy)
{
  for (guint i = 0; i < remedy->checks->len; i++)
    cr_remedy_write_check(writer, remedy->platform, remedy->checks->pdata[i]);
}

static void write_files_of(CrJsonWriter *writer, const CrRemedy *remedy, char mark)
{
  for (guint i = 0; remedy->patch && i < remedy->patch->proof->files->len; i++) {
    const CrChangedFile *file = remedy->patch->proof->files->pdata[i];
    if (file->mark != mark)
      continue;
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "platform", remedy->platform);
    cr_json_key_string(writer, "path", file->path);
    cr_json_key_string(writer, "package", file->owner);
    cr_json_key_string(writer, "why", file->why);
    cr_json_end_object(writer);
  }
}

/* ---- where it is, and what stayed behind ---- */

static void write_dropped(CrJsonWriter *writer, const GPtrArray *dropped)
{
  cr_json_key(writer, "dropped");
  cr_json_begin_array(writer);
  for (guint i = 0; i < dropped->len; i++) {
    const CrDropped *one = dropped->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "type", one->type);
    cr_json_key_string(writer, "digest", one->digest);
    cr_json_key_string(writer, "subject", one->subject);
    cr_json_key_string(writer, "place", one->place);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_platform(CrJsonWriter *writer, const char *platform, const char *digest, const char *how,
                           const char *why, const CrRemedy *remedy)
{
  const CrDraft *result = remedy ? cr_remedy_get_result(remedy) : NULL;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "platform", platform);
  cr_json_key_string(writer, "outcome", remedy ? cr_remedy_outcome_get_name(remedy->outcome) : "carried");
  cr_json_key_string(writer, "how", how);
  cr_json_key_string(writer, "why", why);
  cr_json_key_string(writer, "digest", digest);
  cr_json_key_string(writer, "result", remedy ? result ? cr_draft_get_manifest_digest(result) : NULL : digest);
  cr_json_end_object(writer);
}

/* ---- the whole ---- */

static void write_lists(CrJsonWriter *writer, const GPtrArray *remedies, const char *name,
                        void (*write)(CrJsonWriter *writer, const CrRemedy *remedy))
{
  cr_json_key(writer, name);
  cr_json_begin_array(writer);
  for (guint i = 0; i < remedies->len; i++)
    write(writer, remedies->pdata[i]);
  cr_json_end_array(writer);
}

static void write_files(CrJsonWriter *writer, const GPtrArray *remedies)
{
  static const struct {
    const char *name;
    char mark;
  } kinds[] = {{"added", '+'}, {"changed", '~'}, {"removed", '-'}};
  cr_json_key(writer, "files");
  cr_json_begin_object(writer);
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
    cr_json_key(writer, kinds[k].name);
    cr_json_begin_array(writer);
    for (guint i = 0; i < remedies->len; i++)
      write_files_of(writer, remedies->pdata[i], kinds[k].mark);
    cr_json_end_array(writer);
  }
  cr_json_end_object(writer);
}

static void begin(CrJsonWriter *writer, const CrScan *scan, CrRemedyOutcome outcome)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.remedy/1");
  cr_json_key(writer, "tool");
  cr_report_write_tool(writer, scan);
  cr_json_key_string(writer, "outcome", cr_remedy_outcome_get_name(outcome));
}

static void write_answers(CrJsonWriter *writer, const GPtrArray *remedies)
{
  write_lists(writer, remedies, "changes", write_changes_of);
  write_lists(writer, remedies, "states", write_states_of);
  write_lists(writer, remedies, "checks", write_checks_of);
  write_files(writer, remedies);
}

static void end(CrJsonWriter *writer, const CrProblems *problems, CrReport *report)
{
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, problems);
  cr_json_end_object(writer);
  cr_report_take_json(report, writer);
}

void cr_remedy_write_json(const CrRemedy *remedy, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GPtrArray) one = g_ptr_array_new();
  g_ptr_array_add(one, (gpointer)remedy);
  begin(writer, remedy->scan, remedy->outcome);
  cr_json_key(writer, "image");
  cr_report_write_image_names(writer, cr_remedy_get_image(remedy));
  write_result(writer, remedy);
  write_layer(writer, remedy);
  cr_json_key(writer, "platforms");
  cr_json_begin_array(writer);
  write_platform(writer, remedy->platform, cr_remedy_get_image(remedy)->digest, NULL, NULL, remedy);
  cr_json_end_array(writer);
  write_answers(writer, one);
  cr_remedy_write_published(writer, remedy->published);
  write_dropped(writer, remedy->dropped);
  end(writer, remedy->scan->problems, report);
}

/* ---- an index ---- */

static void write_index(CrJsonWriter *writer, const CrPlatforms *platforms)
{
  const CrImage *image = cr_source_get_image(cr_index_get_source(platforms->index));
  CrImage names = {.ref = image->ref,
                   .source = image->source,
                   .name = image->name,
                   .digest = cr_index_get_digest(platforms->index)}; /* no one image of it: without id and platform */
  const CrIndexDraft *draft = cr_platforms_get_result(platforms);
  const CrPublished *first = platforms->published->len ? platforms->published->pdata[0] : NULL;
  cr_json_key(writer, "image");
  cr_report_write_image_names(writer, &names);
  cr_json_key(writer, "result");
  if (draft) {
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "ref", first ? first->destination : NULL);
    cr_json_key_string(writer, "id", NULL);
    cr_json_key_string(writer, "digest", cr_index_draft_get_digest(draft));
    cr_json_key_string(writer, "platform", NULL);
    cr_json_end_object(writer);
  } else {
    cr_json_null(writer);
  }
  cr_json_key(writer, "layer");
  cr_json_null(writer);
}

void cr_platforms_write_json(const CrPlatforms *platforms, CrReport *report)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autoptr(GPtrArray) remedies = g_ptr_array_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_problems_add_all(problems, platforms->problems);
  for (guint i = 0; i < platforms->list->len; i++) {
    CrRemedy *remedy = ((const CrPlatform *)platforms->list->pdata[i])->remedy;
    if (!remedy)
      continue;
    g_ptr_array_add(remedies, remedy);
    cr_problems_add_all(problems, remedy->scan->problems);
  }
  begin(writer, ((const CrRemedy *)remedies->pdata[0])->scan, platforms->outcome);
  write_index(writer, platforms);
  cr_json_key(writer, "platforms");
  cr_json_begin_array(writer);
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    write_platform(writer, platform->image->platform, platform->image->digest, platform->how, platform->why,
                   platform->remedy);
  }
  cr_json_end_array(writer);
  write_answers(writer, remedies);
  cr_remedy_write_published(writer, platforms->published);
  write_dropped(writer, platforms->dropped);
  end(writer, problems, report);
}
