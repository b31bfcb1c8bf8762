/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/status.h"

#include "fleet/history.h"
#include "record/observe.h"

#include <string.h>

#define NAMED 6U /* of one kind, in a worry */

/* ---- images ---- */

static void count_verdict(CrStatus *status, const char *verdict, gboolean ours)
{
  CrStatusVerdict *found = NULL;
  for (guint i = 0; !found && i < status->verdicts->len; i++)
    if (!strcmp(g_array_index(status->verdicts, CrStatusVerdict, i).verdict, verdict))
      found = &g_array_index(status->verdicts, CrStatusVerdict, i);
  if (!found) {
    CrStatusVerdict fresh = {.verdict = verdict};
    g_array_append_val(status->verdicts, fresh);
    found = &g_array_index(status->verdicts, CrStatusVerdict, status->verdicts->len - 1);
  }
  found->ours += ours;
  found->others += !ours;
}

static int rank_verdict(const char *verdict)
{
  static const char *const order[] = {"blind", "replace", "patch", "rebuild", "current"};
  guint i = 0;
  while (i < G_N_ELEMENTS(order) && strcmp(order[i], verdict) != 0)
    i++;
  return (int)i;
}

static int compare_verdicts(gconstpointer a, gconstpointer b)
{
  const CrStatusVerdict *x = a, *y = b;
  int order = rank_verdict(x->verdict) - rank_verdict(y->verdict);
  return order ? order : strcmp(x->verdict, y->verdict);
}

static void look_at_images(CrStatus *status, CrRecord *record)
{
  for (guint i = 0; i < status->fleet->images->len; i++) {
    const CrFleetImage *image = status->fleet->images->pdata[i];
    if (!image->id)
      continue;
    g_autoptr(GError) error = NULL;
    const CrObservation *seen = record ? cr_record_find_observation(record, image->id, status->arena, &error) : NULL;
    if (error)
      cr_problems_add_error(status->problems, CR_PROBLEM_PARTIAL, "record", error);
    if (!seen) {
      status->unseen += record != NULL;
      continue;
    }
    count_verdict(status, seen->verdict, image->ours);
    status->oldest_look = status->oldest_look ? MIN(status->oldest_look, seen->when) : seen->when;
    status->newest_look = MAX(status->newest_look, seen->when);
  }
  g_array_sort(status->verdicts, compare_verdicts);
}

/* ---- containers ---- */

static void look_at_containers(CrStatus *status)
{
  for (guint i = 0; i < status->fleet->containers->len; i++) {
    CrFleetContainer *node = status->fleet->containers->pdata[i];
    status->held += g_str_has_prefix(node->why, "label careen.hold");
    if (!node->outdated)
      continue;
    status->outdated++;
    status->to_recreate += node->may_recreate;
    g_ptr_array_add(status->outdated_names, node);
  }
}

/* ---- the record ---- */

static void take(CrStatus *status, GError *error)
{
  if (error)
    cr_problems_add_error(status->problems, CR_PROBLEM_PARTIAL, "record", error);
  g_clear_error(&error);
}

static void look_at_runs(CrStatus *status, CrRecord *record)
{
  GError *error = NULL;
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, 1, status->arena, &error);
  take(status, g_steal_pointer(&error));
  status->last = runs && runs->len ? runs->pdata[0] : NULL;
  g_autoptr(GPtrArray) steps =
      status->last ? cr_record_list_steps(record, status->last->id, status->arena, &error) : NULL;
  take(status, g_steal_pointer(&error));
  for (guint i = 0; steps && i < steps->len; i++)
    status->steps[((const CrStep *)steps->pdata[i])->state]++;
  g_autoptr(GPtrArray) started = cr_record_list_steps(record, 0, status->arena, &error);
  take(status, g_steal_pointer(&error));
  g_autoptr(GPtrArray) operations = cr_record_list_operations(record, NULL, TRUE, status->arena, &error);
  take(status, g_steal_pointer(&error));
  status->cut_off = status->last && cr_history_is_cut_off(record, status->last);
  gboolean acting = status->last && !status->last->ended && !status->cut_off; /* it is doing them right now */
  status->interrupted = acting ? 0 : (started ? started->len : 0) + (operations ? operations->len : 0);
}

/* What was rolled back is held everywhere for as long as a name is that image. */
static void look_at_bad(CrStatus *status, CrRecord *record)
{
  GError *error = NULL;
  status->bad = cr_record_list_marks(record, "bad", status->arena, &error);
  take(status, g_steal_pointer(&error));
  for (guint i = 0; status->bad && i < status->fleet->images->len; i++) {
    const CrFleetImage *image = status->fleet->images->pdata[i];
    gboolean found = FALSE;
    for (guint b = 0; image->id && !found && b < status->bad->len; b++)
      found = !strcmp(((const CrMark *)status->bad->pdata[b])->key, image->id);
    if (found)
      g_ptr_array_add(status->held_back, (gpointer)image);
  }
}

/* The lease is the daemon's; what holds it says whether that is the watcher or a run that acts. */
static void look_for_watcher(CrStatus *status, CrRecord *record)
{
  for (guint i = 0; !status->watching && i <= status->fleet->daemons->len; i++) {
    gboolean every = i == status->fleet->daemons->len;
    const char *name = every ? NULL : cr_daemon_get_name(status->fleet->daemons->pdata[i]);
    const char *address = name ? strchr(name, ':') + 1 : NULL;
    g_auto(GStrv) leases = every ? g_strsplit("watch", " ", 1) : g_new0(char *, 4);
    if (!every) {
      leases[0] = g_strdup_printf("watch:%s", name);
      leases[1] = g_strdup_printf("daemon:%s", name);
      leases[2] = g_strdup_printf("daemon:%s", address);
    }
    for (guint l = 0; !status->watching && leases[l]; l++) {
      const char *command = NULL;
      gint64 pid = 0, since = 0;
      if (!cr_record_find_lease(record, leases[l], status->arena, &pid, &since, &command))
        continue;
      status->watching = g_str_has_prefix(leases[l], "watch") || (command && strstr(command, "watch"));
      status->watcher = pid;
      status->watching_since = since;
    }
  }
}

/* ---- all of it ---- */

static void look_at_policy(CrStatus *status)
{
  const CrPolicy *policy = status->fleet->config->policy;
  char *why = NULL;
  g_autofree char *freeze = cr_policy_find_freeze(policy);
  status->freeze = cr_arena_strdup(status->arena, freeze);
  status->may_act = cr_policy_allows_now(policy, status->now, FALSE, &why);
  status->why_not = cr_arena_strdup(status->arena, why);
  g_free(why);
  status->windowed = policy->windows && policy->windows->len;
  gint64 opens = status->windowed ? cr_policy_find_opening(policy, status->now) : 0;
  status->opens = opens > status->now ? opens : 0;
}

CrStatus *cr_status_new(const CrFleet *fleet, CrRecord *record, const char *data, const char *no_data, gint64 now)
{
  CrStatus *status = g_new0(CrStatus, 1);
  status->arena = cr_arena_new();
  status->fleet = fleet;
  status->now = now;
  status->host = g_get_host_name();
  status->verdicts = g_array_new(FALSE, FALSE, sizeof(CrStatusVerdict));
  status->outdated_names = g_ptr_array_new();
  status->held_back = g_ptr_array_new();
  status->problems = cr_problems_new();
  status->recorded = record != NULL;
  status->data = cr_arena_strdup(status->arena, data);
  status->no_data = cr_arena_strdup(status->arena, no_data);
  cr_problems_add_all(status->problems, fleet->problems);
  look_at_images(status, record);
  look_at_containers(status);
  look_at_policy(status);
  if (record) {
    look_at_runs(status, record);
    look_at_bad(status, record);
    look_for_watcher(status, record);
  }
  if (!status->bad)
    status->bad = g_ptr_array_new();
  cr_problems_sort(status->problems);
  return status;
}

void cr_status_free(CrStatus *status)
{
  if (!status)
    return;
  g_array_unref(status->verdicts);
  g_ptr_array_unref(status->outdated_names);
  g_ptr_array_unref(status->bad);
  g_ptr_array_unref(status->held_back);
  cr_problems_free(status->problems);
  cr_arena_free(status->arena);
  g_free(status);
}

static void add_worry(const CrStatus *status, GPtrArray *worries, guint count, const char *one, const char *more)
{
  if (count)
    g_ptr_array_add(worries, (gpointer)cr_arena_printf(status->arena, "%u %s", count, count == 1 ? one : more));
}

/* What could not be looked at may be ill: nobody is to read "all is well" then. */
static void worry_about_sight(const CrStatus *status, GPtrArray *worries)
{
  g_autoptr(GPtrArray) places = g_ptr_array_new();
  for (guint i = 0; i < cr_problems_get_count(status->problems); i++) {
    const CrProblem *problem = cr_problems_get(status->problems, i);
    gboolean known = problem->kind == CR_PROBLEM_NOTE;
    for (guint p = 0; !known && p < places->len; p++)
      known = !g_strcmp0(places->pdata[p], problem->where);
    if (!known)
      g_ptr_array_add(places, (gpointer)problem->where);
  }
  guint count = places->len;
  if (!count)
    return;
  g_ptr_array_set_size(places, (int)MIN(count, NAMED));
  g_ptr_array_add(places, NULL);
  g_autofree char *names = g_strjoinv(", ", (char **)places->pdata);
  const char *more = count > NAMED ? cr_arena_printf(status->arena, " and %u more", count - NAMED) : "";
  g_ptr_array_add(worries,
                  (gpointer)cr_arena_printf(status->arena, "not everything could be looked at: %s%s", names, more));
}

static void worry_about_holds(const CrStatus *status, GPtrArray *worries)
{
  if (status->freeze)
    g_ptr_array_add(worries, (gpointer)cr_arena_printf(status->arena, "frozen: '%s' is there", status->freeze));
  for (guint i = 0; i < status->held_back->len && i < NAMED; i++) {
    const CrFleetImage *image = status->held_back->pdata[i];
    g_ptr_array_add(worries, (gpointer)cr_arena_printf(
                                 status->arena, "%s is held: what it is now failed and was rolled back", image->name));
  }
  if (status->held_back->len > NAMED)
    add_worry(status, worries, status->held_back->len - NAMED, "more image is held after a rollback",
              "more images are held after a rollback");
}

GPtrArray *cr_status_list_worries(const CrStatus *status)
{
  GPtrArray *worries = g_ptr_array_new();
  guint open = 0;
  for (guint i = 0; i < status->verdicts->len; i++) {
    const CrStatusVerdict *verdict = &g_array_index(status->verdicts, CrStatusVerdict, i);
    open += strcmp(verdict->verdict, "current") != 0 ? verdict->ours : 0;
  }
  worry_about_sight(status, worries);
  cr_history_add_worries(worries, status->arena, status->last, status->cut_off, status->interrupted);
  worry_about_holds(status, worries);
  add_worry(status, worries, open, "image of ours has something to do", "images of ours have something to do");
  add_worry(status, worries, status->outdated, "container is outdated", "containers are outdated");
  add_worry(status, worries, status->unseen, "image was never looked at", "images were never looked at");
  if (!status->data)
    g_ptr_array_add(worries, (gpointer) "there are no advisories: careen db update");
  return worries;
}
