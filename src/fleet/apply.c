/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/apply.h"

#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/kept-name.h"
#include "remedy/destination.h"

typedef struct {
  CrFleetPlan *plan;
  const CrFleet *fleet;
  const CrApplyOptions *options;
  CrApplied *applied;
  CrStep record; /* of the step at hand */
  guint number;
} Applying;

/* ---- how a step ended ---- */

typedef struct {
  CrStepState state;
  const char *why;   /* in the plan's arena, or NULL */
  const char *after; /* image id, or NULL */
  gboolean vain;     /* the same would come of it again: not until what it hangs on changes */
} Outcome;

static Outcome end(CrStepState state, const char *why)
{
  return (Outcome){.state = state, .why = why};
}

static Outcome end_in_vain(CrStepState state, const char *why)
{
  return (Outcome){.state = state, .why = why, .vain = TRUE};
}

static Outcome fail(const Applying *applying, const GError *error)
{
  return end(CR_STEP_FAILED, cr_arena_strdup(applying->plan->arena, error->message));
}

static gboolean put_step(Applying *applying, GError **error)
{
  return applying->options->dry_run || cr_record_put_step(applying->options->record, &applying->record, error);
}

static gboolean begin_step(Applying *applying, const char *id, const char *kind, const char *subject,
                           const CrFleetStep *step, GError **error)
{
  applying->record = (CrStep){.run = applying->applied->run,
                              .number = ++applying->number,
                              .id = id,
                              .kind = kind,
                              .subject = subject,
                              .reason = step->reason,
                              .state = CR_STEP_STARTED,
                              .started = g_get_real_time() / G_USEC_PER_SEC,
                              .before = step->image_id,
                              .intent = "{}"};
  return put_step(applying, error);
}

static gboolean end_step(Applying *applying, Outcome outcome, GError **error)
{
  CrApplied *applied = applying->applied;
  applied->done += outcome.state == CR_STEP_DONE;
  applied->failed += outcome.state == CR_STEP_FAILED;
  applied->skipped += outcome.state == CR_STEP_SKIPPED;
  applied->refused += outcome.state == CR_STEP_REFUSED;
  applying->record.state = outcome.state;
  applying->record.ended = g_get_real_time() / G_USEC_PER_SEC;
  applying->record.after = outcome.after;
  applying->record.error = outcome.state == CR_STEP_DONE ? NULL : outcome.why;
  return put_step(applying, error);
}

/* ---- keeping the old one ---- */

typedef struct {
  char *name, *before; /* …and what it named until now */
} Kept;

static void kept_clear(Kept *kept)
{
  g_free(kept->name);
  g_free(kept->before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kept, kept_clear)

static gboolean keep(const CrFleetImage *image, const char *id, Kept *kept, GError **error)
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

/* Nothing came of it: the name for the old one is what it was before. */
static void unkeep(const CrFleetImage *image, const Kept *kept)
{
  if (kept->before)
    cr_daemon_tag_image(image->daemon, kept->before, kept->name, NULL);
  else
    cr_daemon_untag_image(image->daemon, kept->name, NULL, NULL);
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

/* Named only when it is proved, and the old one has its name already. */
static Outcome publish(const Applying *applying, const CrFleetStep *step, CrRemedy *remedy)
{
  const CrFleetImage *image = step->image;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autofree char *destination =
      g_strdup_printf("%s:%s", cr_daemon_is_podman(image->daemon) ? "podman" : "docker", image->reference);
  char *names[] = {destination, NULL};
  g_autoptr(GPtrArray) sinks = cr_destinations_open(names, &applying->options->scan->source, problems, &error);
  g_auto(Kept) kept = {0};
  if (!sinks || !keep(image, step->image_id, &kept, &error))
    return fail(applying, error);
  if (!cr_remedy_publish(remedy, sinks, &error) || remedy->outcome != CR_REMEDY_PATCHED) {
    unkeep(image, &kept);
    return error ? fail(applying, error) : end_in_vain(CR_STEP_FAILED, explain_failure(remedy, applying->plan->arena));
  }
  g_autofree char *id = cr_daemon_find_image(image->daemon, image->reference, NULL);
  Outcome outcome =
      end(CR_STEP_DONE, cr_arena_printf(applying->plan->arena, "patched and proved; the old one is %s", kept.name));
  outcome.after = cr_arena_strdup(applying->plan->arena, id);
  return outcome;
}

static Outcome patch(const Applying *applying, const CrFleetStep *step)
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
    return fail(applying, error);
  if (remedy->outcome == CR_REMEDY_NOTHING)
    return end_in_vain(CR_STEP_SKIPPED, "nothing is to be patched any more");
  if (remedy->outcome != CR_REMEDY_PATCHED)
    return end_in_vain(CR_STEP_FAILED, explain_failure(remedy, arena));
  if (applying->options->dry_run)
    return cr_remedy_get_draft(remedy, &options.draft, &error) && remedy->outcome == CR_REMEDY_PATCHED
               ? end(CR_STEP_DONE, "dry run: patched and proved, and nothing was named")
           : error ? fail(applying, error)
                   : end(CR_STEP_FAILED, explain_failure(remedy, arena));
  return publish(applying, step, remedy);
}

/* ---- pull ---- */

static Outcome pull(const Applying *applying, const CrFleetStep *step)
{
  const CrFleetImage *image = step->image;
  CrArena *arena = applying->plan->arena;
  g_autoptr(GError) error = NULL;
  g_autofree char *id = NULL;
  g_auto(Kept) kept = {0};
  if (image->policy->signature)
    return end(CR_STEP_REFUSED, "policy: signature: what would be pulled cannot be checked for it here");
  if (applying->options->dry_run)
    return end(CR_STEP_DONE, "dry run: nothing was pulled");
  if (!keep(image, step->image_id, &kept, &error))
    return fail(applying, error);
  if (!cr_daemon_pull_image(image->daemon, image->reference, NULL, &id, &error)) {
    unkeep(image, &kept);
    return fail(applying, error);
  }
  const char *bad = cr_record_find_mark(applying->options->record, "bad", id, arena, NULL);
  if (bad && !cr_daemon_tag_image(image->daemon, step->image_id, image->reference, &error))
    return fail(applying, error);
  if (bad || !strcmp(id, step->image_id))
    unkeep(image, &kept);
  if (bad)
    return end_in_vain(CR_STEP_REFUSED, cr_arena_printf(arena, "the newer one failed before: %s", bad));
  if (!strcmp(id, step->image_id))
    return end_in_vain(CR_STEP_SKIPPED, "its registry has no other one");
  Outcome outcome = end(CR_STEP_DONE, cr_arena_printf(arena, "pulled; the old one is %s", kept.name));
  outcome.after = cr_arena_strdup(arena, id);
  return outcome;
}

static Outcome rebuild(const Applying *applying, const CrFleetStep *step)
{
  const char *owner = step->image->owner ? step->image->owner : "its recipe";
  return end(CR_STEP_REFUSED,
             cr_arena_printf(applying->plan->arena,
                             "this careen cannot rebuild: build it by %s, without the build's cache", owner));
}

/* ---- may it be done? ---- */

static const char *find_blocker(const Applying *applying, const CrFleetStep *step)
{
  for (guint i = 0; step->after[i]; i++) {
    const CrFleetStep *before = cr_fleet_plan_find(applying->plan, step->after[i]);
    if (!before || strcmp(before->state, "done") != 0)
      return cr_arena_printf(applying->plan->arena, "waits for '%s', which was not done", step->after[i]);
  }
  return NULL;
}

/* The policy's word on this moment; a plan may be old, so holds are asked again, too. */
static const char *find_objection(const Applying *applying, const CrFleetStep *step)
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

static Outcome change(const Applying *applying, const CrFleetStep *step)
{
  const char *why = NULL;
  g_autoptr(GError) error = NULL;
  if (!step->image)
    return end(CR_STEP_REFUSED, "changed since: it is not in the fleet any more");
  if (!step->image->ours)
    return end(CR_STEP_REFUSED, "it is not among what careen may act on");
  if (!step->image->daemon)
    return end(CR_STEP_REFUSED, "no daemon here has it");
  if ((why = find_blocker(applying, step)))
    return end(CR_STEP_SKIPPED, why);
  if ((why = find_objection(applying, step)))
    return end(CR_STEP_REFUSED, why);
  g_autofree char *id = cr_daemon_find_image(step->image->daemon, step->image->reference, &error);
  if (error)
    return fail(applying, error);
  if (g_strcmp0(id, step->image_id) != 0)
    return end(CR_STEP_REFUSED, "changed since: it is another image by now than when this was planned");
  if (step->action == CR_ACTION_PATCH)
    return patch(applying, step);
  return step->action == CR_ACTION_PULL ? pull(applying, step) : rebuild(applying, step);
}

/* ---- all of it ---- */

static void say(const Applying *applying, const char *what, const char *why)
{
  g_autofree char *line = why ? g_strdup_printf("%s: %s", what, why) : g_strdup(what);
  if (applying->options->say)
    applying->options->say(line, applying->options->data);
}

/* What brought nothing is not planned again until something that it hangs on changes: the mark "tried" (plan.c). */
static gboolean remember_vain(const Applying *applying, const CrFleetStep *step, const Outcome *outcome, GError **error)
{
  if (!outcome->vain || applying->options->dry_run || !step->fingerprint || !*step->fingerprint)
    return TRUE;
  g_autoptr(GDateTime) now = g_date_time_new_now_local();
  g_autofree char *day = g_date_time_format(now, "%Y-%m-%d");
  g_autofree char *value = g_strdup_printf("%s tried on %s in vain: %s", step->fingerprint, day,
                                           outcome->why ? outcome->why : "nothing came of it");
  return cr_record_set_mark(applying->options->record, "tried", step->image_name, value, error);
}

static gboolean do_step(Applying *applying, CrFleetStep *step, GError **error)
{
  if (!begin_step(applying, step->id, cr_action_get_name(step->action), step->image_name, step, error))
    return FALSE;
  say(applying, step->id, NULL);
  Outcome outcome = cr_stop_is_wanted() ? end(CR_STEP_SKIPPED, "careen was asked to stop") : change(applying, step);
  step->state = cr_step_state_get_name(outcome.state);
  if (outcome.why)
    step->reason = outcome.why;
  return remember_vain(applying, step, &outcome, error) && end_step(applying, outcome, error);
}

/* Containers that run the old one still do: said, and on record. */
static gboolean refuse_containers(Applying *applying, CrFleetStep *step, GError **error)
{
  gboolean changes = cr_action_changes(step->action);
  if (applying->options->dry_run || (changes && strcmp(step->state, "done") != 0))
    return TRUE;
  for (guint i = 0; step->containers[i]; i++) {
    g_autofree char *id = g_strdup_printf("recreate %s", step->containers[i]);
    if (!begin_step(applying, id, "recreate", step->containers[i], step, error) ||
        !end_step(applying,
                  end(CR_STEP_REFUSED, "this careen cannot re-create containers: it runs the old image until its own "
                                       "tool does"),
                  error))
      return FALSE;
  }
  return TRUE;
}

static gboolean take_leases(const Applying *applying, GError **error)
{
  for (guint i = 0; i < applying->fleet->daemons->len; i++)
    if (!cr_record_take_lease(applying->options->record, cr_daemon_get_name(applying->fleet->daemons->pdata[i]), error))
      return FALSE;
  return TRUE;
}

static gboolean do_steps(Applying *applying, GError **error)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    CrFleetStep *step = applying->plan->steps->pdata[i];
    if (!cr_fleet_step_is_due(step))
      continue;
    if (cr_action_changes(step->action) && !do_step(applying, step, error))
      return FALSE;
    if (!refuse_containers(applying, step, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean run(Applying *applying, GError **error)
{
  const CrApplyOptions *options = applying->options;
  CrApplied *applied = applying->applied;
  if (options->dry_run)
    return do_steps(applying, error);
  if (!take_leases(applying, error) || !cr_record_begin_run(options->record, options->command, 0, &applied->run, error))
    return FALSE;
  if (!do_steps(applying, error))
    return FALSE;
  g_autofree char *summary = g_strdup_printf("%u done, %u failed, %u refused, %u skipped", applied->done,
                                             applied->failed, applied->refused, applied->skipped);
  return cr_record_end_run(options->record, applied->run, applied->failed || applied->refused ? "failed" : "done",
                           summary, error);
}

gboolean cr_apply_run(CrFleetPlan *plan, const CrFleet *fleet, const CrApplyOptions *options, CrApplied *applied,
                      GError **error)
{
  Applying applying = {.plan = plan, .fleet = fleet, .options = options, .applied = applied};
  *applied = (CrApplied){0};
  if (!options->dry_run && !cr_record_end_killed(options->record, "careen was killed while it did this", error))
    return FALSE;
  if (!cr_fleet_plan_does_something(plan))
    return TRUE;
  cr_stop_arm();
  gboolean ok = run(&applying, error);
  cr_stop_disarm();
  for (guint i = 0; !options->dry_run && i < fleet->daemons->len; i++)
    cr_record_drop_lease(options->record, cr_daemon_get_name(fleet->daemons->pdata[i]));
  return ok;
}
