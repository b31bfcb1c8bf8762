/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "fleet/apply-private.h"
#include "fleet/first-build.h"
#include "fleet/kept-name.h"
#include "remedy/workspace.h"

#define AT_MOST     4U
#define SHARE_BYTES (512 * CR_MIB) /* of free memory for each: what it knows of the image, and what runs for it */

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

CrDaemon *cr_apply_find_daemon(const CrApplying *applying, const CrFleetStep *step)
{
  gboolean first = !step->image->id && !step->image_id && step->action == CR_ACTION_REBUILD;
  return first ? cr_first_build_choose_daemon(applying->fleet, step->image) : step->image->daemon;
}

gboolean cr_apply_is_unchanged(const CrApplying *applying, const CrFleetStep *step, CrOutcome *outcome)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *id = cr_daemon_find_image(cr_apply_find_daemon(applying, step), step->image->reference, &error);
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
  else if (!cr_apply_find_daemon(applying, step))
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

/* ---- several at once ---- */

static gboolean has_image(const GPtrArray *steps, const char *id)
{
  for (guint i = 0; id && i < steps->len; i++)
    if (!g_strcmp0(((const CrFleetStep *)steps->pdata[i])->image_id, id))
      return TRUE;
  return FALSE;
}

GPtrArray *cr_apply_choose_together(const CrApplying *applying, const CrFleetStep *step)
{
  GPtrArray *steps = g_ptr_array_new();
  const GPtrArray *all = applying->plan->steps;
  guint at = 0, most = MIN(AT_MOST, MAX(applying->options->scan->jobs, 1));
  guint64 room = cr_workspace_get_free_memory() / SHARE_BYTES;
  most = (guint)MIN(most, MAX(room, 1));
  g_ptr_array_find((GPtrArray *)all, step, &at);
  for (guint i = at; i < all->len && steps->len < most; i++) {
    const CrFleetStep *other = all->pdata[i];
    if (other->action != step->action || other->wave != step->wave || !cr_fleet_step_is_due(other) || !other->image)
      continue;
    most = MIN(most, MAX(other->image->policy->maximum_at_once, 1));
    if (steps->len >= most || has_image(steps, other->image_id))
      break;
    g_ptr_array_add(steps, (gpointer)other);
  }
  return steps;
}
