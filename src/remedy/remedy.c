/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/remedy-private.h"

#include <string.h>

#include "base/error.h"
#include "remedy/config-check.h"
#include "remedy/publish.h"
#include "remedy/rescan.h"
#include "remedy/wishes.h"

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

/* Of a patched image only what is installed counts: the archives are asked about its original. */
static gboolean look_below(CrRemedy *remedy, CrSource *source, CrProblems *problems, const CrScanOptions *options,
                           GError **error)
{
  CrScanOptions inventory = *options;
  inventory.inventory_only = TRUE;
  remedy->given = cr_scan_run_source(source, problems, &inventory, error);
  if (!remedy->given)
    return FALSE;
  g_autoptr(CrProblems) below = cr_problems_new();
  CrSource *original = cr_original_open(source, &options->source, below, &remedy->original, error);
  remedy->scan = original ? cr_scan_run_source(original, g_steal_pointer(&below), options, error) : NULL;
  return remedy->scan != NULL;
}

static gboolean look(CrRemedy *remedy, CrSource *source, CrProblems *problems, const CrScanOptions *options,
                     GError **error)
{
  if (cr_original_is_patched(cr_source_get_image(source)))
    return look_below(remedy, source, problems, options, error);
  remedy->original = cr_original_describe(cr_source_get_image(source));
  remedy->scan = cr_scan_run_source(source, problems, options, error);
  return remedy->scan != NULL;
}

static const char *find_version(const CrScan *scan, const char *name, const char *arch)
{
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    if (!package->embedded && !strcmp(package->name, name) && !g_strcmp0(package->arch, arch))
      return package->version;
  }
  return NULL;
}

/* What an earlier patch brought is wanted again, so that the new one never has less. */
static CrStrv list_patched(const CrRemedy *remedy)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < remedy->scan->packages->len; i++) {
    const CrPackage *package = remedy->scan->packages->pdata[i];
    const char *now = package->embedded ? NULL : find_version(remedy->given, package->name, package->arch);
    if (now && strcmp(now, package->version) != 0)
      g_ptr_array_add(names, (gpointer)package->name);
  }
  const char **list = cr_arena_alloc(remedy->arena, (names->len + 1) * sizeof *list);
  for (guint i = 0; i < names->len; i++)
    list[i] = names->pdata[i];
  return list;
}

/* Is all that the plan would do to the original done in IMAGE, and nothing else? Then it is what would come of it. */
static gboolean is_done(const CrRemedy *remedy)
{
  for (guint i = 0; i < remedy->plan->changes->len; i++) {
    const CrChange *change = remedy->plan->changes->pdata[i];
    const char *now = find_version(remedy->given, change->name, change->arch);
    if (g_strcmp0(now, change->file.name ? change->file.version : NULL) != 0)
      return FALSE;
  }
  for (guint i = 0; i < remedy->given->packages->len; i++) {
    const CrPackage *package = remedy->given->packages->pdata[i];
    const char *before =
        package->embedded ? package->version : find_version(remedy->scan, package->name, package->arch);
    if (g_strcmp0(before, package->version) != 0 && !cr_plan_find(remedy->plan, package->name, package->arch))
      return FALSE;
  }
  return TRUE;
}

static GPtrArray *load_wishes(CrRemedy *remedy, GError **error)
{
  gboolean other = FALSE, other_original = FALSE;
  const char *path = remedy->options.from;
  GPtrArray *wishes = cr_wishes_load(path, cr_remedy_get_image(remedy), remedy->arena, &other, error);
  if (wishes && other && remedy->given) { /* it may be of the original */
    g_ptr_array_unref(wishes);
    wishes = cr_wishes_load(path, remedy->scan->image, remedy->arena, &other_original, error);
    other = other_original;
  }
  if (wishes && other)
    cr_problems_add(remedy->scan->problems, CR_PROBLEM_NOTE, path, "the report was made of another image");
  return wishes;
}

/* Without what ASIDE (or NULL) names. */
CrChoice cr_remedy_make_choice(const CrRemedy *remedy, GHashTable *aside)
{
  CrChoice choice = remedy->options.choice;
  choice.wishes = remedy->wishes;
  choice.in_line = remedy->in_line;
  choice.aside = aside;
  choice.also = remedy->given ? list_patched(remedy) : NULL;
  choice.resolve = cr_choice_resolve;
  choice.find_unused = remedy->options.remove_unused ? cr_choice_find_unused : NULL;
  choice.data = remedy->scan;
  return choice;
}

static gboolean choose(CrRemedy *remedy, GError **error)
{
  if (remedy->options.from && !(remedy->wishes = load_wishes(remedy, error)))
    return FALSE;
  remedy->in_line = cr_choice_find_in_line(remedy->scan, remedy->arena);
  CrChoice choice = cr_remedy_make_choice(remedy, NULL);
  remedy->plan = cr_plan_make(remedy->scan, &choice);
  return TRUE;
}

void cr_remedy_add_check(CrRemedy *remedy, const char *name, gboolean passed, const char *detail)
{
  CrCheck *check = cr_arena_new0(remedy->arena, CrCheck);
  *check = (CrCheck){name, passed, cr_arena_strdup(remedy->arena, detail)};
  g_ptr_array_add(remedy->checks, check);
}

/* Something is to be done, and the image is such that nothing can be: that must not look like nothing to do. */
static void refuse(CrRemedy *remedy)
{
  for (guint i = 0; i < remedy->plan->fixes->len && remedy->outcome == CR_REMEDY_NOTHING; i++) {
    const CrFix *fix = remedy->plan->fixes->pdata[i];
    if (fix->state != CR_FIX_UNSUPPORTED || remedy->plan->changes->len)
      continue;
    remedy->outcome = CR_REMEDY_FAILED;
    cr_remedy_add_check(remedy, "install", FALSE, fix->why);
  }
}

CrRemedy *cr_remedy_new(const char *image, const CrScanOptions *scan, const CrRemedyOptions *options, GError **error)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrSource *source = cr_source_open(image, &scan->source, problems, error);
  return source ? cr_remedy_new_source(source, g_steal_pointer(&problems), scan, options, error) : NULL;
}

CrRemedy *cr_remedy_new_source(CrSource *source, CrProblems *problems, const CrScanOptions *scan,
                               const CrRemedyOptions *options, GError **error)
{
  g_autoptr(CrRemedy) remedy = g_new0(CrRemedy, 1);
  remedy->arena = cr_arena_new();
  remedy->options = *options;
  remedy->scanning = *scan;
  remedy->checks = g_ptr_array_new();
  remedy->drafts = g_ptr_array_new_with_free_func((GDestroyNotify)cr_draft_free);
  remedy->made = g_array_new(FALSE, FALSE, sizeof(CrDraftOptions));
  remedy->published = g_ptr_array_new();
  remedy->dropped = g_ptr_array_new();
  if (!look(remedy, source, problems, scan, error))
    return NULL;
  remedy->platform = cr_remedy_get_image(remedy)->platform;
  if (!choose(remedy, error))
    return NULL;
  if (!remedy->plan->changes->len) /* also where an earlier patch has what is not wanted any more: the original then */
    remedy->unchanged = remedy->scan;
  else if (remedy->given && is_done(remedy))
    remedy->unchanged = remedy->given;
  remedy->outcome = remedy->unchanged ? CR_REMEDY_NOTHING : CR_REMEDY_PLANNED;
  refuse(remedy);
  return g_steal_pointer(&remedy);
}

void cr_remedy_free(CrRemedy *remedy)
{
  if (!remedy)
    return;
  g_ptr_array_unref(remedy->drafts);
  g_array_unref(remedy->made);
  g_ptr_array_unref(remedy->dropped);
  g_ptr_array_unref(remedy->published);
  g_ptr_array_unref(remedy->checks);
  g_clear_pointer(&remedy->wishes, g_ptr_array_unref);
  g_clear_pointer(&remedy->in_line, g_ptr_array_unref);
  cr_patch_free(remedy->patch);
  cr_plan_free(remedy->plan);
  cr_scan_free(remedy->result);
  cr_scan_free(remedy->scan);
  cr_scan_free(remedy->given); /* the other may be peeled from it */
  cr_arena_free(remedy->arena);
  g_free(remedy);
}

/* ---- make and prove ---- */

/* The image's own programs refused: that is an answer about the image, with its reasons, like a check that fails. */
static void fail(CrRemedy *remedy, const GError *cause)
{
  g_autofree char *prefix = g_strdup_printf("cannot patch '%s': ", remedy->scan->image->ref);
  gboolean said = g_str_has_prefix(cause->message, prefix); /* the report is about nothing else */
  remedy->outcome = CR_REMEDY_FAILED;
  cr_remedy_add_check(remedy, "install", FALSE, cause->message + (said ? strlen(prefix) : 0));
}

/* Nothing is published, so nothing is fixed. */
static void withdraw(CrRemedy *remedy)
{
  const char *name = "the proof";
  for (guint i = 0; i < remedy->checks->len; i++)
    if (!((const CrCheck *)remedy->checks->pdata[i])->passed)
      name = ((const CrCheck *)remedy->checks->pdata[i])->name;
  for (guint i = 0; i < remedy->plan->fixes->len; i++) {
    CrFix *fix = remedy->plan->fixes->pdata[i];
    if ((fix->state != CR_FIX_FIXED && fix->state != CR_FIX_CONFFILE) || !fix->update)
      continue;
    fix->state = CR_FIX_KEPT_BACK;
    fix->why = cr_arena_printf(remedy->arena, "the patch as a whole failed: %s", name);
  }
}

void cr_remedy_take_proof(CrRemedy *remedy)
{
  const CrPatchProof *proof = remedy->patch->proof;
  for (guint i = 0; i < proof->checks->len; i++)
    g_ptr_array_add(remedy->checks, proof->checks->pdata[i]);
  remedy->outcome = proof->passed ? CR_REMEDY_PATCHED : CR_REMEDY_FAILED;
}

static gboolean make(CrRemedy *remedy, GError **error)
{
  g_autoptr(GError) cause = NULL;
  remedy->patch = cr_patch_make(remedy->scan, remedy->plan, &remedy->options.patch, &cause);
  if (!remedy->patch && !g_error_matches(cause, CR_ERROR, CR_ERROR_GATE)) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  gboolean holds = remedy->patch && remedy->patch->proof->passed;
  if (!holds && remedy->options.minimal_steps)
    return cr_remedy_find_smaller(remedy, cause, error);
  if (remedy->patch)
    cr_remedy_take_proof(remedy);
  else
    fail(remedy, cause);
  return TRUE;
}

gboolean cr_remedy_patch(CrRemedy *remedy, GError **error)
{
  if (remedy->outcome != CR_REMEDY_PLANNED)
    return TRUE;
  gboolean good = make(remedy, error);
  if (good && remedy->outcome == CR_REMEDY_FAILED)
    withdraw(remedy);
  return good;
}

/* ---- publish ---- */

static CrDraft *make_draft(const CrRemedy *remedy, const CrDraftOptions *options, GError **error)
{
  if (remedy->patch)
    return cr_patch_make_draft(remedy->patch, remedy->scan, remedy->plan, &remedy->original, options, error);
  const CrScan *as_it_is = remedy->unchanged; /* digest and all */
  g_autoptr(CrDraft) draft = cr_draft_new(as_it_is->source, options, error);
  return draft && cr_draft_seal(draft, as_it_is->problems, error) ? g_steal_pointer(&draft) : NULL;
}

/* The proof's last check is of the very image: its layers and config, which are the same in every draft. */
static gboolean look_again(CrRemedy *remedy, CrDraft *draft, GError **error)
{
  CrPatchProof *proof = remedy->patch->proof;
  guint before = proof->checks->len;
  if (remedy->scan->image->raw_config)
    cr_config_check(proof, (GBytes *)remedy->scan->image->raw_config, cr_draft_get_config(draft),
                    remedy->patch->diff_id);
  cr_scan_free(g_steal_pointer(&remedy->result)); /* of another destination's draft */
  if (!cr_patch_rescan(proof, remedy->scan, remedy->plan, draft, &remedy->scanning, &remedy->result, error))
    return FALSE;
  for (guint i = before; i < proof->checks->len; i++)
    g_ptr_array_add(remedy->checks, proof->checks->pdata[i]);
  if (!proof->passed) {
    remedy->outcome = CR_REMEDY_FAILED;
    withdraw(remedy);
  }
  return TRUE;
}

CrDraft *cr_remedy_get_draft(CrRemedy *remedy, const CrDraftOptions *options, GError **error)
{
  for (guint i = 0; i < remedy->made->len; i++) { /* most destinations can share one */
    const CrDraftOptions *other = &g_array_index(remedy->made, CrDraftOptions, i);
    if (other->kind == options->kind && other->compression == options->compression)
      return remedy->drafts->pdata[i];
  }
  CrDraft *draft = make_draft(remedy, options, error);
  if (!draft)
    return NULL;
  g_array_append_val(remedy->made, *options);
  g_ptr_array_add(remedy->drafts, draft);
  gboolean first = remedy->patch && remedy->drafts->len == 1;
  return !first || look_again(remedy, draft, error) ? draft : NULL;
}

static void note_published(CrRemedy *remedy, const CrImageSink *sink, const char *digest, const char *id)
{
  CrPublished *place = cr_arena_new0(remedy->arena, CrPublished);
  place->destination = cr_arena_strdup(remedy->arena, cr_image_sink_get_destination(sink));
  place->kind = cr_image_sink_get_kind(sink);
  place->digest = digest;
  place->id = cr_arena_strdup(remedy->arena, id);
  g_ptr_array_add(remedy->published, place);
}

const char *cr_remedy_find_id(const CrImageSink *sink, const CrDraft *draft)
{
  const char *id = cr_image_sink_get_id(sink);
  return id ? id : cr_draft_get_config_digest(draft);
}

void cr_remedy_note_published(CrRemedy *remedy, const CrImageSink *sink, const CrDraft *draft)
{
  note_published(remedy, sink, cr_draft_get_manifest_digest(draft), cr_remedy_find_id(sink, draft));
}

static CrDraft *get_draft_for(CrRemedy *remedy, const CrImageSink *sink, GError **error)
{
  CrDraftOptions options = remedy->options.draft;
  cr_image_sink_adapt_options(sink, &options);
  return cr_remedy_get_draft(remedy, &options, error);
}

/* Everything that is to be written, before any of it is. Nowhere: what it would be is said and scanned all the same,
 * where that costs no reading of the original's layers. */
static gboolean make_drafts(CrRemedy *remedy, const GPtrArray *sinks, GError **error)
{
  for (guint i = 0; i < sinks->len; i++)
    if (!get_draft_for(remedy, sinks->pdata[i], error))
      return FALSE;
  if (!sinks->len && remedy->patch && cr_source_get_manifest(remedy->scan->source))
    return cr_remedy_get_draft(remedy, &remedy->options.draft, error) != NULL;
  return TRUE;
}

/* What is passed on as it is may be where it shall be, but for the name. REST: the sinks that it must be written to. */
static gboolean give_names(CrRemedy *remedy, const GPtrArray *sinks, GPtrArray *rest, GError **error)
{
  for (guint i = 0; i < sinks->len; i++) {
    const CrImage *image = remedy->unchanged ? remedy->unchanged->image : NULL;
    gboolean done = FALSE;
    if (image && !cr_image_sink_name(sinks->pdata[i], image, &done, error))
      return FALSE;
    if (done)
      note_published(remedy, sinks->pdata[i], image->digest, image->id);
    else
      g_ptr_array_add(rest, sinks->pdata[i]);
  }
  return TRUE;
}

/* Signatures and the like speak of the digest that was. */
static void list_dropped(CrRemedy *remedy)
{
  const CrScan *named = remedy->given ? remedy->given : remedy->scan;
  const CrDraft *result = cr_remedy_get_result(remedy);
  const char *digest = named->image->digest;
  if (remedy->outcome == CR_REMEDY_PATCHED && result && digest &&
      strcmp(digest, cr_draft_get_manifest_digest(result)) != 0)
    cr_source_list_referrers(named->source, digest, remedy->arena, remedy->dropped, remedy->scan->problems);
}

gboolean cr_remedy_publish(CrRemedy *remedy, const GPtrArray *all, GError **error)
{
  if (remedy->outcome != CR_REMEDY_PATCHED && remedy->outcome != CR_REMEDY_NOTHING)
    return TRUE;
  g_autoptr(GPtrArray) sinks = g_ptr_array_new();
  if (!give_names(remedy, all, sinks, error))
    return FALSE;
  if (!make_drafts(remedy, sinks, error))
    return FALSE;
  for (guint i = 0; remedy->outcome != CR_REMEDY_FAILED && i < sinks->len; i++) {
    CrDraft *draft = get_draft_for(remedy, sinks->pdata[i], error);
    if (!draft || !cr_image_sink_write(sinks->pdata[i], draft, NULL, NULL, error))
      return FALSE;
    cr_remedy_note_published(remedy, sinks->pdata[i], draft);
  }
  list_dropped(remedy);
  return TRUE;
}

const CrImage *cr_remedy_get_image(const CrRemedy *remedy)
{
  return remedy->given ? remedy->given->image : remedy->scan->image;
}

const CrDraft *cr_remedy_get_result(const CrRemedy *remedy)
{
  return remedy->drafts->len ? remedy->drafts->pdata[0] : NULL;
}

int cr_remedy_get_exit_code(const CrRemedy *remedy)
{
  return remedy->outcome == CR_REMEDY_FAILED || remedy->left_out ? 1 : cr_scan_get_exit_code(remedy->scan);
}
