/* SPDX-License-Identifier: Apache-2.0 */
/* Pulls. Those of one wave run at once, for a registry's answer is what they wait for (doc/decisions/022); what is
 * written down and what is named is the main thread's alone. */
#include <string.h>

#include "base/error.h"
#include "fleet/apply-private.h"
#include "fleet/signature.h"

typedef struct {
  const CrFleetStep *step;
  CrStep record;
  gboolean allowed;
  CrOutcome outcome; /* of one that is not */
  CrKept kept;
  char *id; /* what the name is now, where it could be fetched */
  GError *error;
} CrPulling;

void cr_pulling_free(gpointer data)
{
  CrPulling *pulling = data;
  cr_kept_clear(&pulling->kept);
  g_free(pulling->id);
  g_clear_error(&pulling->error);
  g_free(pulling);
}

/* The old one gets its second name first. */
static void prepare(const CrApplying *applying, CrPulling *pulling)
{
  const CrFleetStep *step = pulling->step;
  if (!cr_apply_may_change(applying, step, &pulling->outcome))
    return;
  if (applying->options->dry_run)
    pulling->outcome = cr_outcome_end(CR_STEP_DONE, "dry run: nothing was pulled");
  else
    pulling->allowed = cr_apply_keep(step->image, step->image_id, &pulling->kept, &pulling->error);
}

/* What is signed is fetched by its digest, and gets the name then: the tag may move meanwhile. */
static void fetch_signed(CrPulling *pulling, const CrSourceOptions *options)
{
  const CrFleetImage *image = pulling->step->image;
  g_autofree char *pinned = NULL;
  g_autofree char *id = NULL;
  if (cr_signature_check(image->reference, image->policy->signature, options, &pinned, &pulling->error) &&
      cr_daemon_pull_image(image->daemon, pinned, NULL, &id, &pulling->error) &&
      cr_daemon_tag_image(image->daemon, id, image->reference, &pulling->error))
    pulling->id = g_steal_pointer(&id);
}

static void fetch(gpointer data, gpointer user)
{
  const CrApplying *applying = user;
  CrPulling *pulling = data;
  const CrFleetImage *image = pulling->step->image;
  if (image->policy->signature)
    fetch_signed(pulling, &applying->options->scan->source);
  else
    cr_daemon_pull_image(image->daemon, image->reference, NULL, &pulling->id, &pulling->error);
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

CrOutcome cr_apply_pull(CrApplying *applying, const CrFleetStep *step)
{
  CrArena *arena = applying->plan->arena;
  const CrFleetImage *image = step->image;
  g_autoptr(GError) error = NULL;
  CrPulling *pulling = g_hash_table_lookup(applying->pulls, step);
  if (pulling->error) {
    if (pulling->kept.name)
      cr_apply_unkeep(image, &pulling->kept);
    return g_error_matches(pulling->error, CR_ERROR, CR_ERROR_TRUST)
               ? cr_outcome_end(CR_STEP_REFUSED, cr_arena_strdup(arena, pulling->error->message))
               : cr_outcome_fail(applying, pulling->error);
  }
  if (!pulling->allowed)
    return pulling->outcome;
  const char *bad = cr_record_find_mark(applying->options->record, "bad", pulling->id, arena, NULL);
  if (bad && !cr_daemon_tag_image(image->daemon, step->image_id, image->reference, &error))
    return cr_outcome_fail(applying, error);
  if (bad || !strcmp(pulling->id, step->image_id))
    cr_apply_unkeep(image, &pulling->kept);
  if (bad)
    return cr_outcome_end_in_vain(CR_STEP_REFUSED, cr_arena_printf(arena, "the newer one failed before: %s", bad));
  if (!strcmp(pulling->id, step->image_id))
    return cr_outcome_end_in_vain(CR_STEP_SKIPPED, "its registry has no other one");
  CrOutcome outcome =
      cr_outcome_end(CR_STEP_DONE, cr_arena_printf(arena, "pulled; the old one is %s", pulling->kept.name));
  outcome.after = cr_arena_strdup(arena, pulling->id);
  return outcome;
}
