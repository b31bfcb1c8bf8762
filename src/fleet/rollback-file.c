/* SPDX-License-Identifier: Apache-2.0 */
/* What apply --write put into files. */
#include <string.h>

#include "fleet/rollback-private.h"
#include "recipe/change-back.h"

static gboolean take_file_back(CrTakingBack *it, const CrFileReturn *back, GError **error)
{
  g_autoptr(GError) cause = NULL;
  CrRollbackItem item = {.kind = "file",
                         .subject = cr_arena_strdup(it->arena, back->path),
                         .outcome = back->why ? CR_ROLLOUT_REFUSED : CR_ROLLOUT_DONE,
                         .why = cr_arena_strdup(it->arena, back->why),
                         .diff = cr_arena_strdup(it->arena, back->diff)};
  g_autofree char *journal = back->files ? cr_written_format(back->files) : NULL;
  it->intent = cr_arena_strdup(it->arena, journal);
  gboolean begun = cr_rollback_begin_item(it, &item, error);
  it->intent = NULL;
  if (!begun)
    return FALSE;
  if (back->files && !cr_rewritten_files_write(back->files, &cause)) {
    item.outcome = CR_ROLLOUT_FAILED;
    item.why = cr_arena_strdup(it->arena, cause->message);
  }
  return cr_rollback_end_item(it, &item, error);
}

gboolean cr_rollback_take_files_back(CrTakingBack *it, const CrStep *step, const char *about, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(GPtrArray) returns = cr_file_returns_make(step->intent ? step->intent : "", about, &cause);
  if (!returns || (!returns->len && !about)) {
    CrRollbackItem item = {.kind = "file",
                           .subject = step->subject,
                           .outcome = CR_ROLLOUT_REFUSED,
                           .why = "what careen wrote there is not on record: an older one did"};
    return cr_rollback_begin_item(it, &item, error) && cr_rollback_end_item(it, &item, error);
  }
  for (guint i = 0; i < returns->len; i++)
    if (!take_file_back(it, returns->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Does STEP, which wrote, mention NAME? */
static gboolean mentions(const CrStep *step, const char *name)
{
  g_autoptr(GPtrArray) returns = cr_file_returns_make(step->intent ? step->intent : "", name, NULL);
  return returns && returns->len;
}

gboolean cr_rollback_take_mentions_back(CrTakingBack *it, const char *name, GError **error)
{
  CrRecord *record = it->options->record;
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, 0, it->arena, error);
  for (guint i = 0; runs && i < runs->len; i++) {
    gint64 run = ((const CrRun *)runs->pdata[i])->id;
    if (it->before_run && run >= it->before_run)
      continue;
    g_autoptr(GPtrArray) steps = cr_record_list_steps(record, run, it->arena, error);
    if (!steps)
      return FALSE;
    gboolean found = FALSE; /* a rollback has a step for each file */
    for (guint k = steps->len; k > 0; k--) {
      const CrStep *step = steps->pdata[k - 1];
      if (strcmp(step->kind, "write") != 0 || step->state != CR_STEP_DONE || !mentions(step, name))
        continue;
      found = TRUE;
      if (!cr_rollback_take_files_back(it, step, name, error))
        return FALSE;
    }
    if (found)
      return TRUE;
  }
  return runs != NULL;
}
