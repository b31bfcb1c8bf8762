/* SPDX-License-Identifier: Apache-2.0 */
/* --minimal-steps of a remedy: steps.h over its own plan and patch. */
#include <string.h>

#include "base/error.h"
#include "remedy/reasons.h"
#include "remedy/remedy-private.h"
#include "remedy/steps.h"
#include "remedy/twice.h"

static CrPlan *make_smaller_plan(GHashTable *aside, gpointer data)
{
  const CrRemedy *remedy = data;
  CrChoice choice = cr_remedy_make_choice(remedy, aside);
  return cr_plan_make(remedy->scan, &choice);
}

static char *describe_failure(const CrPatchProof *proof)
{
  for (guint i = 0; i < proof->checks->len; i++) {
    const CrCheck *check = proof->checks->pdata[i];
    if (!check->passed)
      return g_strdup_printf("its proof fails: %s: %s", check->name, check->detail);
  }
  return g_strdup("its proof fails");
}

static int try_plan(CrPlan *plan, char **why, gpointer data, GError **error)
{
  CrRemedy *remedy = data;
  g_autoptr(GError) cause = NULL;
  CrPatchOptions options = remedy->options.patch;
  options.twice = FALSE; /* of what is found in the end */
  if (!remedy->patch)
    remedy->patch = cr_patch_new(remedy->scan, &options, error);
  if (!remedy->patch)
    return -1;
  if (cr_patch_try(remedy->patch, remedy->scan, plan, &options, &cause)) {
    *why = remedy->patch->proof->passed ? NULL : describe_failure(remedy->patch->proof);
    return remedy->patch->proof->passed;
  }
  if (!g_error_matches(cause, CR_ERROR, CR_ERROR_GATE)) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return -1;
  }
  *why = g_strdup(cause->message);
  return 0;
}

static void add_steps_check(CrRemedy *remedy, const GPtrArray *groups)
{
  g_auto(CrReasons) reasons = {0};
  for (guint g = 0; g < groups->len; g++) {
    const GPtrArray *group = groups->pdata[g];
    for (guint i = 0; i < group->len; i++)
      for (guint k = 0; k < remedy->plan->fixes->len; k++) {
        const CrFix *fix = remedy->plan->fixes->pdata[k];
        if (!strcmp(fix->name, group->pdata[i]) && fix->state == CR_FIX_KEPT_BACK)
          cr_reasons_add(&reasons, "%s is left out: %s", fix->name, fix->why);
      }
  }
  remedy->left_out = reasons.count > 0;
  cr_remedy_add_check(remedy, "steps", !reasons.count, cr_reasons_get_text(&reasons, "all updates hold after all"));
}

/* All together do not hold, for the reason WHY: the most that does is the patch. *FOUND: there is something. */
static gboolean find_smaller(CrRemedy *remedy, const char *why, gboolean *found, GError **error)
{
  g_autoptr(GError) cause = NULL;
  CrChoice choice = cr_remedy_make_choice(remedy, NULL);
  g_autoptr(GPtrArray) groups = cr_steps_group(remedy->plan, &choice);
  CrSteps steps = {make_smaller_plan, try_plan, remedy};
  CrPlan *plan = groups->len > 1 ? cr_steps_find(&steps, groups, why, &cause) : NULL;
  *found = plan != NULL;
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  if (!plan)
    return TRUE;
  CrPlan *whole = remedy->plan; /* the groups' names are its */
  remedy->plan = plan;
  gboolean good =
      !remedy->options.patch.twice || cr_twice_check(remedy->patch, remedy->scan, plan, &remedy->options.patch, error);
  if (good) {
    add_steps_check(remedy, groups);
    cr_remedy_take_proof(remedy);
  }
  cr_plan_free(whole);
  return good;
}

gboolean cr_remedy_find_smaller(CrRemedy *remedy, const GError *cause, GError **error)
{
  g_autofree char *why = remedy->patch ? describe_failure(remedy->patch->proof) : g_strdup(cause->message);
  gboolean found = FALSE;
  if (!find_smaller(remedy, why, &found, error))
    return FALSE;
  if (found)
    return TRUE;
  g_clear_pointer(&remedy->patch, cr_patch_free); /* what the last try left says nothing about the whole */
  remedy->outcome = CR_REMEDY_FAILED;
  cr_remedy_add_check(remedy, "steps", FALSE, why);
  return TRUE;
}
