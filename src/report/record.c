/* SPDX-License-Identifier: Apache-2.0 */
#include "report/record.h"

#include <string.h>

#include "base/digest.h"
#include "report/remedy.h"
#include "report/sbom.h"

#define MAX_SUBJECTS 8U /* kinds of destination, and the config */

typedef struct {
  const CrRemedy *remedy;
  const CrRecordOptions *options;
  CrPatchRecord *record;
  CrScan *after;
  CrSubject list[MAX_SUBJECTS];
  CrRecordSubjects subjects;
} Writing;

/* ---- what it is about ---- */

/* As it was published: a name that others know it by, or the original's. */
static const char *find_name(const CrRemedy *remedy)
{
  for (guint i = 0; i < remedy->published->len; i++) {
    const CrPublished *place = remedy->published->pdata[i];
    const char *name = strchr(place->destination, ':');
    gboolean named =
        !strcmp(place->kind, "registry") || !strcmp(place->kind, "docker") || !strcmp(place->kind, "podman");
    if (named && name)
      return name + (g_str_has_prefix(name, "://") ? 3 : 1);
  }
  return remedy->original.name ? remedy->original.name : remedy->scan->image->name;
}

static void add_subject(Writing *writing, const char *digest)
{
  for (guint i = 0; i < writing->subjects.count; i++)
    if (!strcmp(writing->list[i].digest, digest))
      return;
  if (writing->subjects.count < MAX_SUBJECTS)
    writing->list[writing->subjects.count++] = (CrSubject){writing->subjects.name, digest};
}

static void find_subjects(Writing *writing, const CrDraft *draft)
{
  const GPtrArray *drafts = writing->remedy->drafts;
  writing->subjects.name = find_name(writing->remedy);
  writing->subjects.list = writing->list;
  add_subject(writing, cr_draft_get_manifest_digest(draft));
  for (guint i = 0; i < drafts->len; i++)
    add_subject(writing, cr_draft_get_manifest_digest(drafts->pdata[i]));
  for (guint i = 0; i < drafts->len; i++)
    add_subject(writing, cr_draft_get_config_digest(drafts->pdata[i]));
}

/* The result as anybody will read it, under its own name. */
static gboolean scan_result(Writing *writing, const CrScanOptions *options, GError **error)
{
  CrScanOptions same = *options;
  same.inventory_only = TRUE;
  same.source.offline = TRUE;
  CrSource *source = cr_draft_open_source((CrDraft *)writing->record->draft, error);
  writing->after = source ? cr_scan_run_source(source, cr_problems_new(), &same, error) : NULL;
  if (!writing->after) {
    g_prefix_error(error, "cannot write the record of '%s': ", writing->remedy->scan->image->ref);
    return FALSE;
  }
  CrImage *named = cr_arena_new0(writing->after->arena, CrImage);
  *named = *writing->after->image;
  named->name = writing->subjects.name;
  writing->after->image = named;
  return TRUE;
}

/* ---- documents ---- */

static CrRecordPart *add_part(Writing *writing, const char *file, const char *type, const char *predicate_type,
                              GBytes *content)
{
  CrRecordPart *part = cr_arena_new0(writing->record->arena, CrRecordPart);
  *part = (CrRecordPart){file, type, predicate_type, content, NULL};
  g_ptr_array_add(writing->record->parts, part);
  return part;
}

static GBytes *take_report(CrReport *report)
{
  gsize size = report->text->len;
  return g_bytes_new_take(g_string_free(report->text, FALSE), size);
}

static GBytes *write_sbom(const CrScan *scan, const char *format)
{
  CrReport report = {.text = g_string_new(NULL), .images = 1};
  cr_sbom_format_get(format)->write(scan, &report);
  return take_report(&report);
}

static void write_documents(Writing *writing)
{
  CrReport remedy = {.text = g_string_new(NULL), .images = 1};
  cr_remedy_write_json(writing->remedy, &remedy);
  add_part(writing, "remedy.json", CR_TYPE_REMEDY, CR_PREDICATE_REMEDY, take_report(&remedy));
  add_part(writing, "sbom.cdx.json", CR_TYPE_CYCLONEDX, CR_PREDICATE_CYCLONEDX,
           write_sbom(writing->after, "cyclonedx"));
  add_part(writing, "sbom.spdx.json", CR_TYPE_SPDX, CR_PREDICATE_SPDX, write_sbom(writing->after, "spdx"));
  GBytes *vex = cr_patch_record_write_vex(writing->remedy, writing->after, &writing->subjects,
                                          writing->options->author ? writing->options->author : "careen");
  if (vex)
    add_part(writing, "openvex.json", CR_TYPE_OPENVEX, CR_PREDICATE_OPENVEX, vex);
}

static gboolean write_provenance(Writing *writing, GError **error)
{
  GBytes *statement = cr_patch_record_write_provenance(writing->remedy, &writing->subjects, writing->options,
                                                       writing->record->parts, error);
  if (statement)
    add_part(writing, "provenance.json", CR_TYPE_INTOTO, CR_PREDICATE_SLSA, statement);
  return statement != NULL;
}

/* ---- signatures ---- */

static gboolean sign_part(const Writing *writing, CrRecordPart *part, GError **error)
{
  const CrRecordSubjects *subjects = &writing->subjects;
  gboolean is_statement = !strcmp(part->artifact_type, CR_TYPE_INTOTO);
  g_autoptr(GBytes) statement =
      is_statement ? g_bytes_ref(part->content)
                   : cr_statement_format(subjects->list, subjects->count, part->predicate_type, part->content, error);
  part->envelope = statement ? cr_dsse_sign(writing->options->key, CR_TYPE_INTOTO, statement, error) : NULL;
  return part->envelope != NULL;
}

/* cosign's reference is a repository, without a tag. */
static char *strip_tag(const char *name)
{
  char *repository = g_strndup(name, strcspn(name, "@"));
  char *slash = strrchr(repository, '/'), *colon = strrchr(slash ? slash : repository, ':');
  if (colon)
    *colon = 0;
  return repository;
}

static gboolean sign(const Writing *writing, GError **error)
{
  CrPatchRecord *record = writing->record;
  for (guint i = 0; i < record->parts->len; i++)
    if (!sign_part(writing, record->parts->pdata[i], error))
      return FALSE;
  g_autofree char *reference = strip_tag(writing->subjects.name);
  record->payload = cr_signing_format(reference, cr_draft_get_manifest_digest(record->draft));
  record->signature = cr_key_sign(writing->options->key, record->payload, error);
  return record->signature != NULL;
}

/* ---- the whole ---- */

CrPatchRecord *cr_patch_record_new(const CrRemedy *remedy, const CrDraft *draft, const CrRecordOptions *options,
                                   const CrScanOptions *scan, GError **error)
{
  g_autoptr(CrPatchRecord) record = g_new0(CrPatchRecord, 1);
  record->arena = cr_arena_new();
  record->parts = g_ptr_array_new();
  record->draft = draft;
  Writing writing = {.remedy = remedy, .options = options, .record = record};
  find_subjects(&writing, draft);
  gboolean ok = scan_result(&writing, scan, error);
  if (ok)
    write_documents(&writing);
  ok = ok && write_provenance(&writing, error) && (!options->key || sign(&writing, error));
  cr_scan_free(writing.after);
  return ok ? g_steal_pointer(&record) : NULL;
}

void cr_patch_record_free(CrPatchRecord *record)
{
  if (!record)
    return;
  for (guint i = 0; i < record->parts->len; i++) {
    CrRecordPart *part = record->parts->pdata[i];
    g_bytes_unref(part->content);
    g_clear_pointer(&part->envelope, g_bytes_unref);
  }
  g_ptr_array_unref(record->parts);
  g_clear_pointer(&record->payload, g_bytes_unref);
  g_clear_pointer(&record->signature, g_bytes_unref);
  cr_arena_free(record->arena);
  g_free(record);
}
