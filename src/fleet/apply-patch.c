/* SPDX-License-Identifier: Apache-2.0 */
/* Patches. A few of one wave are made and proved at once (doc/decisions/022): those that come next in the plan, each in
 * a thread, one of which at a time does something while the processes of the others work (base/baton.h). What is
 * written down, named and said is the main thread's alone, in the plan's order. */
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "remedy/destination.h"

typedef struct {
  const CrFleetStep *step;
  CrStep record;
  CrScanOptions scan; /* what REMEDY points to */
  CrRemedyOptions how;
  CrRemedy *remedy;  /* proved, and without a name yet; NULL: */
  CrOutcome outcome; /* …how it ended */
  gboolean stopped;  /* …or it never began */
  CrPatchWave *wave; /* NULL: it was made alone */
  GThread *thread;
} CrPatching;

struct CrPatchWave {
  const CrApplying *applying;
  CrBaton *baton;
  GPtrArray *patches; /* CrPatching*, in the plan's order */
  guint unnamed;      /* of those */
  GMutex lock;
  GCond changed;
  guint under_way; /* threads that are not done */
  gboolean over;   /* they may end: not before, for what they opened (Podman's service) ends with its thread */
};

void cr_patching_free(gpointer data)
{
  CrPatching *patching = data;
  cr_remedy_free(patching->remedy);
  g_free(patching);
}

/* ---- making and proving ---- */

/* The packages of the plan's fixes: "openssl 3.0.1 → 3.0.2" is of openssl. */
static CrStrv list_packages(CrArena *arena, const CrFleetStep *step)
{
  guint count = g_strv_length((char **)step->fixed);
  const char **names = cr_arena_alloc(arena, (count + 1) * sizeof *names);
  for (guint i = 0; i < count; i++)
    names[i] = cr_arena_strndup(arena, step->fixed[i], strcspn(step->fixed[i], " "));
  names[count] = NULL;
  return names;
}

static void prepare(const CrApplying *applying, CrPatching *patching)
{
  const CrFleetStep *step = patching->step;
  patching->scan = *applying->options->scan;
  patching->scan.vendor.keep_packages = TRUE;
  patching->how = *applying->options->remedy;
  patching->how.choice.updates = CR_WANTED_ALL; /* which, the plan has chosen */
  patching->how.choice.only = list_packages(applying->plan->arena, step);
  patching->how.choice.hold = step->image->policy->hold;
  patching->how.minimal_steps = step->image->policy->minimal_steps;
  if (patching->wave) {
    patching->how.patch.baton = patching->wave->baton;
    patching->how.patch.at_once = patching->wave->patches->len;
  }
}

/* What is against the result, by its checks. */
static const char *explain_failure(const CrRemedy *remedy, CrArena *arena)
{
  for (guint i = 0; remedy->checks && i < remedy->checks->len; i++) {
    const CrCheck *check = remedy->checks->pdata[i];
    if (!check->passed)
      return cr_arena_printf(arena, "its patch is not published: %s: %s", check->name,
                             check->detail ? check->detail : "it does not hold");
  }
  return "its patch is not published: it could not be proved";
}

/* TRUE: there is one that is proved; else *OUTCOME. */
static gboolean make_remedy(const CrApplying *applying, const CrPatching *patching, CrRemedy **made, CrOutcome *outcome)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRemedy) remedy = cr_remedy_new(patching->step->image->source, &patching->scan, &patching->how, &error);
  if (!remedy || !cr_remedy_patch(remedy, &error))
    *outcome = cr_outcome_fail(applying, error);
  else if (remedy->outcome == CR_REMEDY_NOTHING)
    *outcome = cr_outcome_end_in_vain(CR_STEP_SKIPPED, "nothing is to be patched any more");
  else if (remedy->outcome != CR_REMEDY_PATCHED)
    *outcome = cr_outcome_end_in_vain(CR_STEP_FAILED, explain_failure(remedy, applying->plan->arena));
  else if (!applying->options->dry_run)
    *made = g_steal_pointer(&remedy);
  else if (cr_remedy_get_draft(remedy, &patching->how.draft, &error) && remedy->outcome == CR_REMEDY_PATCHED)
    *outcome = cr_outcome_end(CR_STEP_DONE, "dry run: patched and proved, and nothing was named");
  else
    *outcome = error ? cr_outcome_fail(applying, error)
                     : cr_outcome_end(CR_STEP_FAILED, explain_failure(remedy, applying->plan->arena));
  return *made != NULL;
}

/* ---- a few at once ---- */

/* As no other one has the baton, all is this thread's meanwhile, the plan's arena too. */
static gpointer work(gpointer data)
{
  CrPatching *patching = data;
  CrPatchWave *wave = patching->wave;
  cr_baton_take(wave->baton);
  patching->stopped = cr_stop_is_wanted();
  if (!patching->stopped && make_remedy(wave->applying, patching, &patching->remedy, &patching->outcome))
    cr_patch_settle(patching->remedy->patch); /* it may wait long for its name, while containers of others soak */
  cr_baton_lay_down(wave->baton);
  g_mutex_lock(&wave->lock);
  wave->under_way--;
  g_cond_broadcast(&wave->changed);
  while (!wave->over)
    g_cond_wait(&wave->changed, &wave->lock);
  g_mutex_unlock(&wave->lock);
  return NULL;
}

void cr_patch_wave_end(CrPatchWave *wave)
{
  if (!wave)
    return;
  g_mutex_lock(&wave->lock);
  wave->over = TRUE;
  g_cond_broadcast(&wave->changed);
  g_mutex_unlock(&wave->lock);
  for (guint i = 0; i < wave->patches->len; i++) {
    CrPatching *patching = wave->patches->pdata[i];
    g_clear_pointer(&patching->thread, g_thread_join);
  }
  g_ptr_array_unref(wave->patches);
  cr_baton_free(wave->baton);
  g_mutex_clear(&wave->lock);
  g_cond_clear(&wave->changed);
  g_free(wave);
}

/* All of them on record: whatever ends careen from now on, the next one knows what was under way. */
static gboolean begin(CrApplying *applying, const GPtrArray *steps, CrPatchWave *wave, GError **error)
{
  for (guint i = 0; i < steps->len; i++) {
    const CrFleetStep *step = steps->pdata[i];
    CrPatching *patching = g_new0(CrPatching, 1);
    patching->step = step;
    patching->wave = wave;
    g_hash_table_insert(applying->patches, (gpointer)step, patching);
    g_ptr_array_add(wave->patches, patching);
    if (!cr_apply_begin_step(applying, &patching->record, step->id, cr_action_get_name(step->action), step->image_name,
                             step->image_id, step, error))
      return FALSE;
  }
  wave->unnamed = steps->len;
  return TRUE;
}

gboolean cr_apply_make_patches(CrApplying *applying, const CrFleetStep *step, GError **error)
{
  g_autoptr(GPtrArray) steps = cr_apply_choose_together(applying, step);
  if (steps->len < 2 || applying->wave) /* a plan from a file may have its waves mixed: then this one is made alone */
    return TRUE;
  CrPatchWave *wave = applying->wave = g_new0(CrPatchWave, 1);
  wave->applying = applying;
  wave->baton = cr_baton_new();
  wave->patches = g_ptr_array_new();
  g_mutex_init(&wave->lock);
  g_cond_init(&wave->changed);
  if (!begin(applying, steps, wave, error))
    return FALSE;
  g_autoptr(GPtrArray) allowed = g_ptr_array_new();
  for (guint i = 0; i < wave->patches->len; i++) {
    CrPatching *patching = wave->patches->pdata[i];
    cr_apply_say(applying, patching->step->id, NULL);
    if (!cr_apply_may_change(applying, patching->step, &patching->outcome))
      continue;
    prepare(applying, patching);
    g_ptr_array_add(allowed, patching);
  }
  wave->under_way = allowed->len;
  cr_baton_take(wave->baton); /* none forks while others are still being started */
  for (guint i = 0; i < allowed->len; i++) {
    CrPatching *patching = allowed->pdata[i];
    patching->thread = g_thread_new("patch", work, patching);
  }
  cr_baton_lay_down(wave->baton);
  g_mutex_lock(&wave->lock);
  while (wave->under_way)
    g_cond_wait(&wave->changed, &wave->lock);
  g_mutex_unlock(&wave->lock);
  return TRUE;
}

const CrStep *cr_apply_find_patch(const CrApplying *applying, const CrFleetStep *step)
{
  const CrPatching *patching = g_hash_table_lookup(applying->patches, step);
  return patching ? &patching->record : NULL;
}

/* ---- naming ---- */

/* Named only when it is proved, and the old one has its name already. What was named meanwhile is somebody's
 * deployment, and stays. */
static CrOutcome publish(const CrApplying *applying, const CrFleetStep *step, CrRemedy *remedy)
{
  const CrFleetImage *image = step->image;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autofree char *destination =
      g_strdup_printf("%s:%s", cr_daemon_is_podman(image->daemon) ? "podman" : "docker", image->reference);
  char *names[] = {destination, NULL};
  g_autoptr(GPtrArray) sinks = cr_destinations_open(names, &applying->options->scan->source, problems, &error);
  g_auto(CrKept) kept = {0};
  CrOutcome changed;
  if (sinks && !cr_apply_is_unchanged(applying, step, &changed))
    return changed;
  if (!sinks || !cr_apply_keep(image, step->image_id, &kept, &error))
    return cr_outcome_fail(applying, error);
  if (!cr_remedy_publish(remedy, sinks, &error) || remedy->outcome != CR_REMEDY_PATCHED) {
    cr_apply_unkeep(image, &kept);
    return error ? cr_outcome_fail(applying, error)
                 : cr_outcome_end_in_vain(CR_STEP_FAILED, explain_failure(remedy, applying->plan->arena));
  }
  g_autofree char *id = cr_daemon_find_image(image->daemon, image->reference, NULL);
  CrOutcome outcome = cr_outcome_end(
      CR_STEP_DONE, cr_arena_printf(applying->plan->arena, "patched and proved; the old one is %s", kept.name));
  outcome.after = cr_arena_strdup(applying->plan->arena, id);
  const CrPublished *place = remedy->published->len ? remedy->published->pdata[0] : NULL;
  cr_apply_remember(applying, image, remedy->result, place ? place->id : NULL, id);
  return outcome;
}

/* What was made ahead was allowed then; containers of others may have gone over since, with all their patience. */
static CrOutcome name_it(CrApplying *applying, CrPatching *patching)
{
  CrOutcome outcome = patching->outcome;
  if (patching->stopped)
    return cr_outcome_stop(applying);
  if (!patching->remedy || !cr_apply_may_change(applying, patching->step, &outcome))
    return outcome;
  return publish(applying, patching->step, patching->remedy);
}

CrOutcome cr_apply_patch(CrApplying *applying, const CrFleetStep *step)
{
  CrPatching *patching = g_hash_table_lookup(applying->patches, step);
  if (patching) {
    CrOutcome outcome = name_it(applying, patching);
    g_clear_pointer(&patching->remedy, cr_remedy_free); /* its folder is large */
    if (!--patching->wave->unnamed)
      g_clear_pointer(&applying->wave, cr_patch_wave_end);
    return outcome;
  }
  CrPatching alone = {.step = step};
  CrOutcome outcome = {0};
  prepare(applying, &alone);
  g_autoptr(CrRemedy) remedy = NULL;
  return make_remedy(applying, &alone, &remedy, &outcome) ? publish(applying, step, remedy) : outcome;
}
