/* SPDX-License-Identifier: Apache-2.0 */
/* apply --write: the digest that a name is now, into the files that use it, for their own tools to carry out. Only what
 * was fetched or pushed has a digest that others can pull by. */
#include <string.h>

#include "fleet/apply-private.h"
#include "recipe/change-back.h"
#include "recipe/digest.h"

/* "repo@sha256:…" of REFERENCE's repository among what the engine says of its image. */
static const char *find_digest(const CrFleetImage *image, CrArena *arena, GError **error)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_inspect_image(image->daemon, image->reference, error);
  const CrJson *digests = doc ? cr_json_find(cr_json_get_root(doc), "RepoDigests") : NULL;
  g_autofree char *repository = g_strdup(image->name);
  char *colon = strrchr(repository, ':');
  if (colon && !strchr(colon, '/'))
    *colon = 0;
  for (guint i = 0; i < cr_json_get_length(digests); i++) {
    const char *text = cr_json_get_string(cr_json_get_element(digests, i), "");
    const char *at = strchr(text, '@');
    g_autofree char *normal = at ? cr_fleet_normalise_name(text) : NULL;
    if (normal && g_str_has_prefix(normal, repository) && normal[strlen(repository)] == '@')
      return cr_arena_strdup(arena, at + 1);
  }
  return NULL;
}

static gboolean is_candidate(const CrFleetStep *step)
{
  return step->image && step->image->daemon && cr_action_changes(step->action) && !strcmp(step->state, "done");
}

/* Changed by an earlier run, which did not come to write it. */
static gboolean is_left(const CrApplying *applying, const CrFleetStep *step)
{
  const char *before = g_hash_table_lookup(applying->unwritten, step->image_name);
  return before && step->image && step->image->daemon && g_strcmp0(before, step->image_id) != 0;
}

/* What the name is now; in a dry run what its registry says. NULL without ERROR: nobody else could pull it. */
static const char *find_new_digest(const CrApplying *applying, const CrFleetStep *step, GError **error)
{
  CrArena *arena = applying->plan->arena;
  const CrApplyOptions *options = applying->options;
  if (step->action == CR_ACTION_PULL && step->digest && is_candidate(step))
    return step->digest;
  if (!options->dry_run || !is_candidate(step))
    return find_digest(step->image, arena, error);
  g_autofree char *digest = NULL;
  if (step->action != CR_ACTION_PULL ||
      !cr_source_resolve_tag(step->image->reference, &options->scan->source, &digest, error))
    return NULL;
  return cr_arena_strdup(arena, digest);
}

/* Every use of an image, for variables that several have. */
static GPtrArray *list_uses(const CrFleet *fleet)
{
  GPtrArray *uses = g_ptr_array_new();
  for (guint i = 0; i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    for (guint k = 0; k < image->uses->len; k++)
      g_ptr_array_add(uses, image->uses->pdata[k]);
  }
  return uses;
}

static void add_edit(const CrApplying *applying, const CrFleetStep *step, const CrImageUse *use, const char *digest)
{
  CrArena *arena = applying->plan->arena;
  const CrFleet *fleet = applying->fleet;
  if (!use->image)
    return;
  g_autoptr(GPtrArray) all = list_uses(fleet);
  const char *why = NULL;
  const CrFileChange *change = cr_image_use_put_digest(use, digest, all, arena, &why);
  if (why) {
    g_autofree char *place =
        g_strdup_printf("%s line %u", cr_fleet_shorten_path(fleet, use->place.file), use->place.line);
    cr_problems_add(applying->plan->problems, CR_PROBLEM_NOTE, place, "%s is not written: %s", step->image_name, why);
  }
  if (!change)
    return;
  CrFleetEdit *edit = cr_arena_new0(arena, CrFleetEdit);
  *edit = (CrFleetEdit){.step = step, .change = *change, .from = use->image};
  edit->change.about = step->image_name;
  edit->to = cr_arena_printf(arena, "%.*s@%s", (int)strcspn(use->image, "@"), use->image, digest);
  g_ptr_array_add(applying->plan->edits, edit);
}

/* STEP's name itself, or with a digest that an earlier one wrote behind it. */
static gboolean is_name_of(const CrFleetImage *image, const CrFleetStep *step)
{
  gsize length = strlen(step->image->name);
  return image == step->image || (!strncmp(image->name, step->image->name, length) && image->name[length] == '@');
}

static gboolean is_used(const CrFleet *fleet, const CrFleetStep *step)
{
  for (guint i = 0; i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    if (image->uses->len && is_name_of(image, step))
      return TRUE;
  }
  return FALSE;
}

static void add_edits(const CrApplying *applying, const CrFleetStep *step, const char *digest)
{
  for (guint i = 0; i < applying->fleet->images->len; i++) {
    const CrFleetImage *image = applying->fleet->images->pdata[i];
    for (guint k = 0; is_name_of(image, step) && k < image->uses->len; k++)
      add_edit(applying, step, image->uses->pdata[k], digest);
  }
}

static void collect(const CrApplying *applying)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    const CrFleetStep *step = applying->plan->steps->pdata[i];
    if ((!is_candidate(step) && !is_left(applying, step)) || !is_used(applying->fleet, step))
      continue;
    g_autoptr(GError) error = NULL;
    const char *digest = find_new_digest(applying, step, &error);
    if (error)
      cr_problems_add_error(applying->plan->problems, CR_PROBLEM_PARTIAL, step->image_name, error);
    else if (!digest)
      cr_problems_add(applying->plan->problems, CR_PROBLEM_NOTE, step->image_name,
                      "not written into files: no registry has it, so that nobody else could pull it");
    if (digest)
      add_edits(applying, step, digest);
  }
}

static GPtrArray *make_files(const CrFleetPlan *plan, GError **error)
{
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  for (guint i = 0; i < plan->edits->len; i++)
    g_ptr_array_add(changes, &((CrFleetEdit *)plan->edits->pdata[i])->change);
  return cr_file_changes_make(changes, error);
}

/* What will stand where, in the record before it does: `careen rollback` takes it back. */
static gboolean write_files(const CrApplying *applying, CrStep *record, GError **error)
{
  g_autoptr(GPtrArray) files = make_files(applying->plan, error);
  g_autofree char *journal = files ? cr_written_format(files) : NULL;
  if (!files)
    return FALSE;
  record->intent = cr_arena_strdup(applying->plan->arena, journal);
  return cr_record_put_step(applying->options->record, record, error) && cr_rewritten_files_write(files, error);
}

/* ---- what is still to be written ---- */

#define UNWRITTEN "unwritten"

GHashTable *cr_apply_list_unwritten(const CrFleetPlan *plan, const CrApplyOptions *options)
{
  GHashTable *unwritten = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
  for (guint i = 0; options->write && i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    const char *before = cr_record_find_mark(options->record, UNWRITTEN, step->image_name, plan->arena, NULL);
    if (before)
      g_hash_table_insert(unwritten, (gpointer)step->image_name, g_strdup(before));
  }
  return unwritten;
}

static gboolean may_be_written(const CrApplying *applying, const CrFleetStep *step)
{
  return cr_action_changes(step->action) && step->image && step->image->daemon && is_used(applying->fleet, step);
}

gboolean cr_apply_mark_unwritten(CrApplying *applying, GError **error)
{
  const CrApplyOptions *options = applying->options;
  for (guint i = 0; options->write && i < applying->plan->steps->len; i++) {
    const CrFleetStep *step = applying->plan->steps->pdata[i];
    if (cr_fleet_step_is_due(step) && may_be_written(applying, step) &&
        !cr_record_set_mark(options->record, UNWRITTEN, step->image_name, step->image_id ? step->image_id : "", error))
      return FALSE;
  }
  return TRUE;
}

/* WRITTEN, else what was changed stays to be written. */
static gboolean forget_unwritten(const CrApplying *applying, gboolean written, GError **error)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    const CrFleetStep *step = applying->plan->steps->pdata[i];
    gboolean stays = !written && (is_candidate(step) || is_left(applying, step));
    if ((may_be_written(applying, step) || g_hash_table_contains(applying->unwritten, step->image_name)) && !stays &&
        !cr_record_set_mark(applying->options->record, UNWRITTEN, step->image_name, NULL, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- all of it ---- */

gboolean cr_apply_write_files(CrApplying *applying, GError **error)
{
  collect(applying);
  const GPtrArray *edits = applying->plan->edits;
  if (applying->options->dry_run)
    return TRUE;
  if (!edits->len)
    return forget_unwritten(applying, TRUE, error);
  CrStep record;
  const CrFleetEdit *first = edits->pdata[0];
  g_autofree char *id = g_strdup_printf("write %u file place%s", edits->len, edits->len == 1 ? "" : "s");
  if (!cr_apply_begin_step(applying, &record, id, "write", first->change.place.file, NULL, first->step, error))
    return FALSE;
  g_autoptr(GError) cause = NULL;
  gboolean ok = write_files(applying, &record, &cause);
  if (!ok)
    cr_problems_add_error(applying->plan->problems, CR_PROBLEM_PARTIAL, "--write", cause);
  return cr_apply_end_step(applying, &record,
                           ok ? cr_outcome_end(CR_STEP_DONE, NULL) : cr_outcome_fail(applying, cause), error) &&
         forget_unwritten(applying, ok, error);
}

char *cr_apply_format_diff(const CrFleetPlan *plan, GError **error)
{
  g_autoptr(GPtrArray) files = make_files(plan, error);
  return files ? cr_rewritten_files_format(files) : NULL;
}
