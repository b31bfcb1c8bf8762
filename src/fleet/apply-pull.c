/* SPDX-License-Identifier: Apache-2.0 */
/* Pulls. Those of one wave run at once, for a registry's answer is what they wait for (doc/decisions/022); what is
 * written down and what is named is the main thread's alone. What is fetched is the planned digest, and the engine
 * names nothing by itself: the name is given here, if it still is what the plan saw. */
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/apply-private.h"
#include "fleet/signature.h"

typedef struct {
  const CrFleetStep *step;
  CrStep record;
  gboolean allowed;
  CrOutcome outcome; /* of one that is not */
  char *pinned;      /* "REPOSITORY@sha256:…": what is fetched */
  gboolean was_here; /* …which the engine had already */
  char *id;          /* of it, once it is fetched */
  GError *error;
} CrPulling;

void cr_pulling_free(gpointer data)
{
  CrPulling *pulling = data;
  g_free(pulling->pinned);
  g_free(pulling->id);
  g_clear_error(&pulling->error);
  g_free(pulling);
}

static void prepare(const CrApplying *applying, CrPulling *pulling)
{
  if (!cr_apply_may_change(applying, pulling->step, &pulling->outcome))
    return;
  if (applying->options->dry_run)
    pulling->outcome = cr_outcome_end(CR_STEP_DONE, "dry run: nothing was pulled");
  else
    pulling->allowed = TRUE;
}

/* ---- fetching: any thread ---- */

/* The digest that was planned (a plan of an older careen has none: then what the name is now), signed where the policy
 * wants that. The tag may move meanwhile, there and here. */
static char *choose_digest(const CrFleetStep *step, const CrSourceOptions *options, GError **error)
{
  const char *name = step->image->reference, *key = step->image->policy->signature;
  g_autofree char *now = NULL, *pinned = NULL, *is_signed = NULL;
  if (!step->digest && !cr_source_resolve_tag(name, options, &now, error))
    return NULL;
  pinned = cr_fleet_pin_name(name, step->digest ? step->digest : now);
  if (!key)
    return g_steal_pointer(&pinned);
  return cr_signature_check(pinned, key, options, &is_signed, error) ? g_steal_pointer(&is_signed) : NULL;
}

static void fetch(gpointer data, gpointer user)
{
  const CrApplying *applying = user;
  CrPulling *pulling = data;
  CrDaemon *daemon = pulling->step->image->daemon;
  pulling->pinned = choose_digest(pulling->step, &applying->options->scan->source, &pulling->error);
  if (!pulling->pinned)
    return;
  g_autofree char *before = cr_daemon_find_image(daemon, pulling->pinned, NULL);
  pulling->was_here = before != NULL;
  cr_daemon_pull_image(daemon, pulling->pinned, NULL, &pulling->id, &pulling->error);
}

/* CrPulling*, each on record: whatever ends careen from now on, the next one knows what was under way. */
static gboolean begin_wave(CrApplying *applying, const CrFleetStep *step, GPtrArray *wave, GError **error)
{
  for (guint i = 0; i < applying->plan->steps->len; i++) {
    const CrFleetStep *other = applying->plan->steps->pdata[i];
    if (other->action != CR_ACTION_PULL || other->wave != step->wave || !cr_fleet_step_is_due(other) ||
        g_hash_table_contains(applying->pulls, other))
      continue;
    CrPulling *pulling = g_new0(CrPulling, 1);
    pulling->step = other;
    g_hash_table_insert(applying->pulls, (gpointer)other, pulling);
    g_ptr_array_add(wave, pulling);
    if (!cr_apply_begin_step(applying, &pulling->record, other->id, cr_action_get_name(other->action),
                             other->image_name, other->image_id, other, error))
      return FALSE;
  }
  return TRUE;
}

gboolean cr_apply_fetch_wave(CrApplying *applying, const CrFleetStep *step, GError **error)
{
  g_autoptr(GPtrArray) wave = g_ptr_array_new();
  guint most = 0, allowed = 0;
  if (!begin_wave(applying, step, wave, error))
    return FALSE;
  for (guint i = 0; i < wave->len; i++) {
    CrPulling *pulling = wave->pdata[i];
    prepare(applying, pulling);
    if (!pulling->allowed)
      continue;
    guint own = MAX(pulling->step->image->policy->maximum_at_once, 1);
    most = most ? MIN(most, own) : own;
    allowed++;
  }
  if (!allowed)
    return TRUE;
  GThreadPool *pool = g_thread_pool_new(fetch, applying, (int)MIN(most, allowed), FALSE, NULL);
  for (guint i = 0; i < wave->len; i++)
    if (((const CrPulling *)wave->pdata[i])->allowed)
      g_thread_pool_push(pool, wave->pdata[i], NULL);
  g_thread_pool_free(pool, FALSE, TRUE);
  return TRUE;
}

const CrStep *cr_apply_find_pull(const CrApplying *applying, const CrFleetStep *step)
{
  const CrPulling *pulling = g_hash_table_lookup(applying->pulls, step);
  return pulling ? &pulling->record : NULL;
}

/* ---- naming ---- */

/* The old one gets its second name first. What was named meanwhile is somebody's deployment, and stays. */
static CrOutcome name_it(const CrApplying *applying, const CrFleetStep *step, const char *id)
{
  const CrFleetImage *image = step->image;
  g_autoptr(GError) error = NULL;
  g_auto(CrKept) kept = {0};
  CrOutcome outcome;
  if (!cr_apply_keep(image, step->image_id, &kept, &error))
    return cr_outcome_fail(applying, error);
  if (!cr_apply_is_unchanged(applying, step, &outcome)) {
    cr_apply_unkeep(image, &kept);
    return outcome;
  }
  if (!cr_daemon_tag_image(image->daemon, id, image->reference, &error)) {
    cr_apply_unkeep(image, &kept);
    return cr_outcome_fail(applying, error);
  }
  outcome =
      cr_outcome_end(CR_STEP_DONE, cr_arena_printf(applying->plan->arena, "pulled; the old one is %s", kept.name));
  outcome.after = cr_arena_strdup(applying->plan->arena, id);
  return outcome;
}

/* What was pulled is on record at once, and not "never looked at" until the next plan. */
static void look_at(const CrApplying *applying, const CrFleetImage *image, const char *id)
{
  g_autoptr(GError) error = NULL;
  if (cr_stop_is_wanted())
    return;
  g_autoptr(CrScan) scan = cr_scan_run(image->source, applying->options->scan, &error);
  if (scan)
    cr_apply_remember(applying, image, scan, scan->image->id, id);
  else
    cr_problems_add(applying->plan->problems, CR_PROBLEM_PARTIAL, image->name,
                    "it was pulled, and could not be looked at: %s", error->message);
}

CrOutcome cr_apply_pull(CrApplying *applying, const CrFleetStep *step)
{
  CrArena *arena = applying->plan->arena;
  const CrFleetImage *image = step->image;
  CrPulling *pulling = g_hash_table_lookup(applying->pulls, step);
  if (pulling->error)
    return g_error_matches(pulling->error, CR_ERROR, CR_ERROR_TRUST)
               ? cr_outcome_end(CR_STEP_REFUSED, cr_arena_strdup(arena, pulling->error->message))
               : cr_outcome_fail(applying, pulling->error);
  if (!pulling->allowed)
    return pulling->outcome;
  if (!strcmp(pulling->id, step->image_id))
    return cr_outcome_end_in_vain(CR_STEP_SKIPPED, "its registry has no other one");
  const char *bad = cr_record_find_mark(applying->options->record, "bad", pulling->id, arena, NULL);
  CrOutcome outcome =
      bad ? cr_outcome_end_in_vain(CR_STEP_REFUSED, cr_arena_printf(arena, "the newer one failed before: %s", bad))
          : name_it(applying, step, pulling->id);
  if (outcome.state == CR_STEP_DONE)
    look_at(applying, image, pulling->id);
  else if (!pulling->was_here) /* it goes, unless something uses it */
    cr_daemon_untag_image(image->daemon, pulling->pinned, NULL, NULL);
  return outcome;
}
