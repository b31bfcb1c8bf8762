/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/remedy.h"

#include <string.h>

#include "base/error.h"
#include "remedy/publish.h"

const char *cr_remedy_outcome_get_name(CrRemedyOutcome outcome)
{
  static const char *const names[] = {
      [CR_REMEDY_NOTHING] = "nothing",
      [CR_REMEDY_PLANNED] = "planned",
      [CR_REMEDY_PATCHED] = "patched",
      [CR_REMEDY_FAILED] = "failed",
  };
  return names[outcome];
}

/* ---- look and choose ---- */

CrRemedy *cr_remedy_new(const char *image, const CrScanOptions *scan, const CrRemedyOptions *options, GError **error)
{
  g_autoptr(CrRemedy) remedy = g_new0(CrRemedy, 1);
  remedy->arena = cr_arena_new();
  remedy->options = *options;
  remedy->checks = g_ptr_array_new();
  remedy->drafts = g_ptr_array_new_with_free_func((GDestroyNotify)cr_draft_free);
  remedy->published = g_ptr_array_new();
  remedy->scan = cr_scan_run(image, scan, error);
  if (!remedy->scan)
    return NULL;
  CrChoice choice = options->choice;
  choice.resolve = cr_choice_resolve;
  choice.data = remedy->scan;
  remedy->plan = cr_plan_make(remedy->scan, &choice);
  remedy->outcome = remedy->plan->changes->len ? CR_REMEDY_PLANNED : CR_REMEDY_NOTHING;
  return g_steal_pointer(&remedy);
}

void cr_remedy_free(CrRemedy *remedy)
{
  if (!remedy)
    return;
  g_ptr_array_unref(remedy->drafts);
  g_ptr_array_unref(remedy->published);
  g_ptr_array_unref(remedy->checks);
  cr_patch_free(remedy->patch);
  cr_plan_free(remedy->plan);
  cr_scan_free(remedy->scan);
  cr_arena_free(remedy->arena);
  g_free(remedy);
}

/* ---- make and prove ---- */

static void add_check(CrRemedy *remedy, const char *name, gboolean passed, const char *detail)
{
  CrCheck *check = cr_arena_new0(remedy->arena, CrCheck);
  *check = (CrCheck){name, passed, cr_arena_strdup(remedy->arena, detail)};
  g_ptr_array_add(remedy->checks, check);
}

/* The image's own programs refused: that is an answer about the image, with its reasons, like a check that fails. */
static void fail(CrRemedy *remedy, const GError *cause)
{
  remedy->outcome = CR_REMEDY_FAILED;
  add_check(remedy, "install", FALSE, cause->message);
}

gboolean cr_remedy_patch(CrRemedy *remedy, GError **error)
{
  if (remedy->outcome != CR_REMEDY_PLANNED)
    return TRUE;
  g_autoptr(GError) cause = NULL;
  remedy->patch = cr_patch_make(remedy->scan, remedy->plan, &remedy->options.patch, &cause);
  if (!remedy->patch && g_error_matches(cause, CR_ERROR, CR_ERROR_GATE)) {
    fail(remedy, cause);
    return TRUE;
  }
  if (!remedy->patch) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  const CrPatchProof *proof = remedy->patch->proof;
  for (guint i = 0; i < proof->checks->len; i++)
    g_ptr_array_add(remedy->checks, proof->checks->pdata[i]);
  remedy->outcome = proof->passed ? CR_REMEDY_PATCHED : CR_REMEDY_FAILED;
  return TRUE;
}

/* ---- publish ---- */

static CrDraft *make_draft(const CrRemedy *remedy, const CrDraftOptions *options, GError **error)
{
  if (remedy->patch)
    return cr_patch_make_draft(remedy->patch, remedy->scan, remedy->plan, options, error);
  g_autoptr(CrDraft) draft = cr_draft_new(remedy->scan->source, options, error); /* the original, digest and all */
  return draft && cr_draft_seal(draft, remedy->scan->problems, error) ? g_steal_pointer(&draft) : NULL;
}

/* The draft for OPTIONS. Most destinations can share one. */
static CrDraft *get_draft(CrRemedy *remedy, const CrDraftOptions *options, GArray *made, GError **error)
{
  for (guint i = 0; i < made->len; i++) {
    const CrDraftOptions *other = &g_array_index(made, CrDraftOptions, i);
    if (other->kind == options->kind && other->compression == options->compression)
      return remedy->drafts->pdata[i];
  }
  CrDraft *draft = make_draft(remedy, options, error);
  if (!draft)
    return NULL;
  g_array_append_val(made, *options);
  g_ptr_array_add(remedy->drafts, draft);
  return draft;
}

static void note_published(CrRemedy *remedy, const CrImageSink *sink, const CrDraft *draft)
{
  CrPublished *place = cr_arena_new0(remedy->arena, CrPublished);
  place->destination = cr_arena_strdup(remedy->arena, cr_image_sink_get_destination(sink));
  place->kind = cr_image_sink_get_kind(sink);
  place->digest = cr_draft_get_manifest_digest(draft);
  place->id = cr_draft_get_config_digest(draft);
  g_ptr_array_add(remedy->published, place);
}

gboolean cr_remedy_publish(CrRemedy *remedy, const GPtrArray *sinks, GError **error)
{
  if (remedy->outcome != CR_REMEDY_PATCHED && remedy->outcome != CR_REMEDY_NOTHING)
    return TRUE;
  g_autoptr(GArray) made = g_array_new(FALSE, FALSE, sizeof(CrDraftOptions));
  for (guint i = 0; i < sinks->len; i++) {
    CrDraftOptions options = remedy->options.draft;
    cr_image_sink_adapt_options(sinks->pdata[i], &options);
    CrDraft *draft = get_draft(remedy, &options, made, error);
    if (!draft || !cr_image_sink_write(sinks->pdata[i], draft, NULL, NULL, error))
      return FALSE;
    note_published(remedy, sinks->pdata[i], draft);
  }
  /* Nowhere: what it would be is said all the same, where that costs no reading of the original's layers. */
  if (!sinks->len && remedy->patch && cr_source_get_manifest(remedy->scan->source))
    return get_draft(remedy, &remedy->options.draft, made, error) != NULL;
  return TRUE;
}

const CrDraft *cr_remedy_get_result(const CrRemedy *remedy)
{
  return remedy->drafts->len ? remedy->drafts->pdata[0] : NULL;
}

int cr_remedy_get_exit_code(const CrRemedy *remedy)
{
  return remedy->outcome == CR_REMEDY_FAILED ? 1 : cr_scan_get_exit_code(remedy->scan);
}
