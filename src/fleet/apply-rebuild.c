/* SPDX-License-Identifier: Apache-2.0 */
/* Rebuilds. Those of one wave that the engine builds by itself are built a few at once (doc/decisions/022): a build is
 * a long answer of the engine's that is waited for. Their bases are made ready before, by the main thread, and nothing
 * else is done meanwhile: what proves an image forks. Proved and named they are one after the other, in the plan's
 * order. */
#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "fleet/rebuild.h"

typedef struct {
  const CrFleetStep *step;
  CrStep record;
  CrRebuildOptions how;
  CrOutcome outcome; /* of one that is not allowed */
  gboolean allowed;
  CrRebuildJob *job; /* NULL: its turn begins it */
  gboolean ahead;    /* it is built with others; else when its turn comes, and alone */
  GError *error;     /* why it cannot be, though it is allowed */
  GThread *thread;
} CrRebuilt;

void cr_rebuilt_free(gpointer data)
{
  CrRebuilt *it = data;
  cr_rebuild_job_free(it->job);
  g_clear_error(&it->error);
  g_free(it);
}

/* ---- how ---- */

/* What its base became in this run: children are built on exactly that. */
static const CrFleetStep *find_new_base(const CrApplying *applying, const CrFleetStep *step)
{
  const CrFleetParent *base = cr_fleet_image_get_base(step->image);
  for (guint i = 0; base && step->after[i]; i++) {
    const CrFleetStep *before = cr_fleet_plan_find(applying->plan, step->after[i]);
    if (before && before->image == base->image && before->new_id)
      return before;
  }
  return NULL;
}

/* What its branch has become may be all that is wanted. */
static gboolean may_be_newer(const CrFleetImage *image)
{
  return image->build && image->build->remote && image->policy->updates == CR_WANTED_ALL;
}

static CrRebuildOptions choose_options(const CrApplying *applying, const CrFleetStep *step)
{
  static const char *const whole[] = {NULL}; /* nothing from the cache: the fix may be in a line that has not changed */
  const CrFleetStep *base = find_new_base(applying, step);
  const CrFleetImage *image = step->image;
  return (CrRebuildOptions){
      .scan = applying->options->scan,
      .outdated = whole,
      .base_name = base ? base->image->reference : NULL,
      .base_digest = base ? base->new_id : NULL,
      .pull = image->policy->pull && !image->policy->signature, /* which rebuild does not check */
      .must_fix = step->fixes && !*step->after && !cr_fleet_image_is_behind(image) && !may_be_newer(image),
      .dry_run = applying->options->dry_run,
      .daemon = cr_apply_find_daemon(applying, step),
  };
}

/* ---- building at once ---- */

static gpointer work(gpointer data)
{
  CrRebuilt *it = data;
  cr_rebuild_build(it->job);
  return NULL;
}

/* All of them on record: whatever ends careen from now on, the next one knows what was under way. */
static gboolean begin(CrApplying *applying, const GPtrArray *steps, GPtrArray *all, GError **error)
{
  for (guint i = 0; i < steps->len; i++) {
    const CrFleetStep *step = steps->pdata[i];
    CrRebuilt *it = g_new0(CrRebuilt, 1);
    it->step = step;
    g_hash_table_insert(applying->rebuilds, (gpointer)step, it);
    g_ptr_array_add(all, it);
    if (!cr_apply_begin_step(applying, &it->record, step->id, cr_action_get_name(step->action), step->image_name,
                             step->image_id, step, error))
      return FALSE;
  }
  for (guint i = 0; i < steps->len; i++)
    cr_apply_say(applying, ((const CrFleetStep *)steps->pdata[i])->id, NULL);
  return TRUE;
}

static gboolean depends(const CrRebuildJob *job, const GPtrArray *all, guint before)
{
  for (guint i = 0; i < before; i++) {
    const CrRebuilt *other = all->pdata[i];
    if (other->ahead && cr_rebuild_depend(job, other->job))
      return TRUE;
  }
  return FALSE;
}

/* What another builder makes, or what stands on a base that one before it has pulled, waits for its turn. */
static void make_ready(CrApplying *applying, GPtrArray *all)
{
  for (guint i = 0; i < all->len && !cr_stop_is_wanted(); i++) {
    CrRebuilt *it = all->pdata[i];
    it->allowed = cr_apply_may_change(applying, it->step, &it->outcome);
    if (!it->allowed)
      continue;
    it->how = choose_options(applying, it->step);
    it->job = cr_rebuild_begin(it->step->image, &it->how, &it->error);
    if (!it->job || !cr_rebuild_is_by_engine(it->job))
      continue;
    it->ahead = cr_rebuild_prepare(it->job, &it->error) && !depends(it->job, all, i);
    if (!it->ahead)
      g_clear_pointer(&it->job, cr_rebuild_job_free);
  }
}

gboolean cr_apply_build_ahead(CrApplying *applying, const CrFleetStep *step, GError **error)
{
  gboolean waits = applying->options->dry_run && *step->after; /* for what a dry run does not name */
  g_autoptr(GPtrArray) steps = cr_apply_choose_together(applying, step), all = g_ptr_array_new();
  if (steps->len < 2 || waits)
    return TRUE;
  if (!begin(applying, steps, all, error))
    return FALSE;
  make_ready(applying, all);
  for (guint i = 0; i < all->len; i++) {
    CrRebuilt *it = all->pdata[i];
    it->thread = it->ahead ? g_thread_new("rebuild", work, it) : NULL;
  }
  for (guint i = 0; i < all->len; i++)
    g_clear_pointer(&((CrRebuilt *)all->pdata[i])->thread, g_thread_join);
  return TRUE;
}

const CrStep *cr_apply_find_rebuild(const CrApplying *applying, const CrFleetStep *step)
{
  const CrRebuilt *it = g_hash_table_lookup(applying->rebuilds, step);
  return it ? &it->record : NULL;
}

/* ---- proof and name ---- */

static CrOutcome tell(const CrApplying *applying, const CrFleetStep *step, const CrRebuild *rebuild)
{
  CrArena *arena = applying->plan->arena;
  if (!rebuild->good) {
    const char *why = cr_rebuild_explain(rebuild);
    CrOutcome failed = cr_outcome_end(CR_STEP_FAILED, cr_arena_strdup(arena, why ? why : "it could not be proved"));
    failed.vain = cr_rebuild_is_vain(rebuild);
    return failed;
  }
  if (applying->options->dry_run)
    return cr_outcome_end(CR_STEP_DONE, "dry run: built and proved, and nothing was named");
  CrOutcome outcome = cr_outcome_end(
      CR_STEP_DONE, rebuild->kept ? cr_arena_printf(arena, "rebuilt and proved; the old one is %s", rebuild->kept)
                                  : "built and proved");
  outcome.after = cr_arena_strdup(arena, rebuild->after);
  if (step->image->daemon)
    cr_apply_remember(applying, step->image, rebuild->now, rebuild->now ? rebuild->now->image->id : NULL,
                      rebuild->after);
  g_autofree char *detail = cr_rebuild_format_outcome(rebuild);
  outcome.detail = cr_arena_strdup(arena, detail);
  outcome.vain = cr_fleet_image_is_behind(step->image) ||
                 cr_rebuild_is_vain(rebuild); /* or what its recipe never brings would have it built every night */
  return outcome;
}

/* Containers of others may have gone over since it was built, with all their patience: may it still be? */
static gboolean may_go_on(CrApplying *applying, CrRebuilt *it, CrOutcome *outcome)
{
  if (!it->ahead && !it->error && cr_stop_is_wanted())
    *outcome = cr_outcome_stop(applying);
  else if (it->allowed)
    return cr_apply_may_change(applying, it->step, outcome);
  else
    *outcome = it->outcome;
  return FALSE;
}

/* From where it stands: built ahead, begun, or neither. */
static CrRebuild *go_on(const CrApplying *applying, CrRebuilt *it, GError **error)
{
  if (!it->job) {
    it->how = choose_options(applying, it->step);
    it->job = cr_rebuild_begin(it->step->image, &it->how, error);
  }
  if (!it->job || (!it->ahead && !cr_rebuild_prepare(it->job, error)))
    return NULL;
  if (!it->ahead)
    cr_rebuild_build(it->job);
  return cr_rebuild_end(g_steal_pointer(&it->job), error);
}

CrOutcome cr_apply_rebuild(CrApplying *applying, const CrFleetStep *step)
{
  CrRebuilt *begun = g_hash_table_lookup(applying->rebuilds, step), alone = {.step = step};
  CrOutcome outcome = {0};
  g_autoptr(GError) error = NULL;
  if (begun && !may_go_on(applying, begun, &outcome)) {
    g_clear_pointer(&begun->job, cr_rebuild_job_free);
    return outcome;
  }
  if (applying->options->dry_run && *step->after)
    return cr_outcome_end(CR_STEP_DONE, "dry run: it is built when its base is");
  if (begun && begun->error)
    return cr_outcome_fail(applying, begun->error);
  CrRebuilt *it = begun ? begun : &alone;
  g_autoptr(CrRebuild) rebuild = go_on(applying, it, &error);
  g_clear_pointer(&it->job, cr_rebuild_job_free);
  return rebuild ? tell(applying, step, rebuild) : cr_outcome_fail(applying, error);
}
