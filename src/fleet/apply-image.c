/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "fleet/apply-private.h"
#include "fleet/first-build.h"
#include "fleet/kept-name.h"
#include "fleet/rebuild.h"
#include "remedy/destination.h"

/* ---- keeping the old one ---- */

void cr_kept_clear(CrKept *kept)
{
  g_free(kept->name);
  g_free(kept->before);
}

gboolean cr_apply_keep(const CrFleetImage *image, const char *id, CrKept *kept, GError **error)
{
  GError *cause = NULL;
  kept->name = cr_fleet_format_kept_name(image->reference);
  kept->before = cr_daemon_find_image(image->daemon, kept->name, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  return cr_daemon_tag_image(image->daemon, id, kept->name, error);
}

void cr_apply_unkeep(const CrFleetImage *image, const CrKept *kept)
{
  if (kept->before)
    cr_daemon_tag_image(image->daemon, kept->before, kept->name, NULL);
  else
    cr_daemon_untag_image(image->daemon, kept->name, NULL, NULL);
}

/* ---- may it be done? ---- */

static const char *find_blocker(const CrApplying *applying, const CrFleetStep *step)
{
  for (guint i = 0; step->after[i]; i++) {
    const CrFleetStep *before = cr_fleet_plan_find(applying->plan, step->after[i]);
    if (!before || strcmp(before->state, "done") != 0)
      return cr_arena_printf(applying->plan->arena, "waits for '%s', which was not done", step->after[i]);
  }
  return NULL;
}

/* The policy's word on this moment; a plan may be old, so holds are asked again, too. */
static const char *find_objection(const CrApplying *applying, const CrFleetStep *step)
{
  CrPolicy policy = *step->image->policy;
  g_autofree char *why = NULL;
  if (applying->options->ignore_window)
    policy.windows = NULL;
  if (step->image->hold)
    return step->image->hold;
  if (cr_policy_holds_image(&policy, step->image_name))
    return "policy: hold";
  if (step->action == CR_ACTION_PATCH ? !policy.patch : step->action == CR_ACTION_PULL ? !policy.pull : !policy.rebuild)
    return "the policy does not allow it";
  if (cr_policy_allows_now(&policy, applying->options->now, step->exploited_fixes > 0, &why))
    return NULL;
  return cr_arena_strdup(applying->plan->arena, why);
}

/* The engine that STEP is for; of what none has, the one that builds it. Or NULL. */
static CrDaemon *find_daemon(const CrApplying *applying, const CrFleetStep *step)
{
  gboolean first = !step->image->id && !step->image_id && step->action == CR_ACTION_REBUILD;
  return first ? cr_first_build_choose_daemon(applying->fleet, step->image) : step->image->daemon;
}

gboolean cr_apply_is_unchanged(const CrApplying *applying, const CrFleetStep *step, CrOutcome *outcome)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *id = cr_daemon_find_image(find_daemon(applying, step), step->image->reference, &error);
  if (!error && !g_strcmp0(id, step->image_id))
    return TRUE;
  *outcome =
      error ? cr_outcome_fail(applying, error)
            : cr_outcome_end(CR_STEP_REFUSED, "changed since: it is another image by now than when this was planned");
  return FALSE;
}

gboolean cr_apply_may_change(const CrApplying *applying, const CrFleetStep *step, CrOutcome *outcome)
{
  const char *why = NULL;
  if (!step->image)
    *outcome = cr_outcome_end(CR_STEP_REFUSED, "changed since: it is not in the fleet any more");
  else if (!step->image->ours)
    *outcome = cr_outcome_end(CR_STEP_REFUSED, "it is not among what careen may act on");
  else if (!find_daemon(applying, step))
    *outcome = cr_outcome_end(CR_STEP_REFUSED, "no daemon here has it");
  else if ((why = find_blocker(applying, step)))
    *outcome = cr_outcome_end(CR_STEP_SKIPPED, why);
  else if ((why = find_objection(applying, step)))
    *outcome = cr_outcome_end(CR_STEP_REFUSED, why);
  else
    return cr_apply_is_unchanged(applying, step, outcome);
  return FALSE;
}

void cr_apply_remember(const CrApplying *applying, const CrFleetImage *image, const CrScan *scan, const char *proved,
                       const char *id)
{
  g_autoptr(GError) error = NULL;
  if (!scan || !id || g_strcmp0(proved, id) != 0)
    return;
  if (!cr_facts_remember(scan, cr_daemon_get_name(image->daemon), image->name, id, applying->options->record, &error))
    cr_problems_add_error(applying->plan->problems, CR_PROBLEM_NOTE, "record", error);
}

/* ---- patch ---- */

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

CrOutcome cr_apply_patch(const CrApplying *applying, const CrFleetStep *step)
{
  CrArena *arena = applying->plan->arena;
  g_autoptr(GError) error = NULL;
  CrScanOptions scan = *applying->options->scan;
  scan.vendor.keep_packages = TRUE;
  CrRemedyOptions options = *applying->options->remedy;
  options.choice.updates = CR_WANTED_ALL; /* which, the plan has chosen */
  options.choice.only = list_packages(arena, step);
  options.choice.hold = step->image->policy->hold;
  options.minimal_steps = step->image->policy->minimal_steps;
  g_autoptr(CrRemedy) remedy = cr_remedy_new(step->image->source, &scan, &options, &error);
  if (!remedy || !cr_remedy_patch(remedy, &error))
    return cr_outcome_fail(applying, error);
  if (remedy->outcome == CR_REMEDY_NOTHING)
    return cr_outcome_end_in_vain(CR_STEP_SKIPPED, "nothing is to be patched any more");
  if (remedy->outcome != CR_REMEDY_PATCHED)
    return cr_outcome_end_in_vain(CR_STEP_FAILED, explain_failure(remedy, arena));
  if (applying->options->dry_run)
    return cr_remedy_get_draft(remedy, &options.draft, &error) && remedy->outcome == CR_REMEDY_PATCHED
               ? cr_outcome_end(CR_STEP_DONE, "dry run: patched and proved, and nothing was named")
           : error ? cr_outcome_fail(applying, error)
                   : cr_outcome_end(CR_STEP_FAILED, explain_failure(remedy, arena));
  return publish(applying, step, remedy);
}

/* ---- rebuild ---- */

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

CrOutcome cr_apply_rebuild(const CrApplying *applying, const CrFleetStep *step)
{
  CrArena *arena = applying->plan->arena;
  const CrApplyOptions *options = applying->options;
  const CrFleetStep *base = find_new_base(applying, step);
  g_autoptr(GError) error = NULL;
  gboolean behind = cr_fleet_image_is_behind(step->image);
  /* what its branch has become may be all that is wanted */
  gboolean newer = step->image->build && step->image->build->remote && step->image->policy->updates == CR_WANTED_ALL;
  static const char *const whole[] = {NULL}; /* nothing from the cache: the fix may be in a line that has not changed */
  CrRebuildOptions how = {
      .scan = options->scan,
      .outdated = whole,
      .base_name = base ? base->image->reference : NULL,
      .base_digest = base ? base->new_id : NULL,
      .pull = step->image->policy->pull && !step->image->policy->signature, /* which rebuild does not check */
      .must_fix = step->fixes && !*step->after && !behind && !newer,
      .dry_run = options->dry_run,
      .daemon = find_daemon(applying, step),
  };
  if (options->dry_run && *step->after)
    return cr_outcome_end(CR_STEP_DONE, "dry run: it is built when its base is");
  g_autoptr(CrRebuild) rebuild = cr_rebuild_run(step->image, &how, &error);
  if (!rebuild)
    return cr_outcome_fail(applying, error);
  if (!rebuild->good) {
    const char *why = cr_rebuild_explain(rebuild);
    CrOutcome failed = cr_outcome_end(CR_STEP_FAILED, cr_arena_strdup(arena, why ? why : "it could not be proved"));
    failed.vain = cr_rebuild_is_vain(rebuild);
    return failed;
  }
  if (options->dry_run)
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
  outcome.vain =
      behind || cr_rebuild_is_vain(rebuild); /* or what its recipe never brings would have it built every night */
  return outcome;
}
