/* SPDX-License-Identifier: Apache-2.0 */
/* What a watcher decides, without a daemon and without a clock. */
#include "fleet/watch.h"

#include <string.h>

#include "fleet/kept-name.h"

#define PATIENCE_SECONDS 60U  /* an engine that is gone is asked at least so often */
#define SETTLE_SECONDS   600U /* and so long do events settle at most */

/* ---- events ---- */

/* Docker's words, and Podman's for the same. */
static const char *const image_news[] = {"tag", "pull", "load", "import", "loadfromarchive", "build", NULL};

/* The name as the fleet has it: an image's normalised, a container's without what careen adds for a while. */
static char *get_subject(const CrDaemonEvent *event)
{
  if (!strcmp(event->type, "image"))
    return *event->name ? cr_fleet_normalise_name(event->name) : g_strdup("");
  char *name = NULL;
  return cr_temporary_name_parse(event->name, &name, NULL, NULL) ? name : g_strdup(event->name);
}

gboolean cr_watch_is_news(const CrDaemonEvent *event)
{
  if (!strcmp(event->type, "container"))
    return !strcmp(event->action, "create") && !cr_fleet_is_temporary_name(event->name);
  if (strcmp(event->type, "image") != 0 || !g_strv_contains(image_news, event->action))
    return FALSE;
  g_autofree char *name = get_subject(event);
  return !cr_fleet_is_kept_name(name);
}

static void add_subject(GHashTable *subjects, const char *name)
{
  if (name)
    g_hash_table_add(subjects, cr_fleet_normalise_name(name));
}

GHashTable *cr_watch_list_subjects(const CrFleetPlan *plan)
{
  GHashTable *subjects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    if (!cr_fleet_step_is_due(step))
      continue;
    add_subject(subjects, step->image_name);
    add_subject(subjects, step->image ? step->image->reference : NULL);
    for (guint k = 0; step->containers[k]; k++)
      g_hash_table_add(subjects, g_strdup(step->containers[k]));
  }
  return subjects;
}

gboolean cr_watch_is_own(const CrDaemonEvent *event, GHashTable *subjects)
{
  g_autofree char *name = get_subject(event);
  return g_hash_table_contains(subjects, name);
}

/* ---- how long ---- */

static guint double_up(guint seconds, guint times, guint most)
{
  for (; times && seconds < most; times--)
    seconds *= 2;
  return MIN(seconds, most);
}

guint cr_watch_find_patience(guint attempts)
{
  return double_up(1, attempts ? attempts - 1 : 0, PATIENCE_SECONDS);
}

guint cr_watch_find_settle(guint base_seconds, guint in_vain)
{
  return double_up(base_seconds, in_vain, MAX(base_seconds, SETTLE_SECONDS));
}

/* ---- windows ---- */

gint64 cr_watch_hold_back(CrFleetPlan *plan, gint64 now)
{
  gint64 first = 0;
  for (guint i = 0; i < plan->steps->len; i++) {
    CrFleetStep *step = plan->steps->pdata[i];
    g_autofree char *why = NULL;
    if (!cr_fleet_step_is_due(step) || !step->image ||
        cr_policy_allows_now(step->image->policy, now, step->exploited_fixes > 0, &why))
      continue;
    gint64 opens = cr_policy_find_opening(step->image->policy, now);
    if (opens > now)
      first = first ? MIN(first, opens) : opens;
    step->state = "refused";
    step->reason = cr_arena_strdup(plan->arena, why);
  }
  return first;
}
