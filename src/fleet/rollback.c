/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/stop.h"
#include "fleet/facts.h"
#include "fleet/kept-name.h"
#include "fleet/rollback-private.h"

/* ---- one item, written down before and after ---- */

gboolean cr_rollback_begin_item(CrTakingBack *it, const CrRollbackItem *item, GError **error)
{
  it->step = (CrStep){.run = it->result->run,
                      .number = it->first + it->result->items->len + 1,
                      .id = cr_arena_printf(it->arena, "rollback %s", item->subject),
                      .kind = !strcmp(item->kind, "container") ? "recreate"
                              : !strcmp(item->kind, "image")   ? "name"
                                                               : "write",
                      .subject = item->subject,
                      .reason = "it was asked for",
                      .state = CR_STEP_STARTED,
                      .started = g_get_real_time() / G_USEC_PER_SEC,
                      .before = item->before,
                      .intent = it->intent ? it->intent : "{}"};
  return cr_record_put_step(it->options->record, &it->step, error);
}

/* ITEM's texts are the fleet's, in part, which is gone when the result is written. */
static CrRollbackItem *copy_item(CrArena *arena, const CrRollbackItem *item)
{
  CrRollbackItem *copy = cr_arena_new0(arena, CrRollbackItem);
  *copy = (CrRollbackItem){.kind = item->kind,
                           .subject = cr_arena_strdup(arena, item->subject),
                           .daemon = cr_arena_strdup(arena, item->daemon),
                           .outcome = item->outcome,
                           .why = cr_arena_strdup(arena, item->why),
                           .before = cr_arena_strdup(arena, item->before),
                           .after = cr_arena_strdup(arena, item->after),
                           .log = cr_arena_strdup(arena, item->log),
                           .diff = cr_arena_strdup(arena, item->diff),
                           .with = item->with, /* the arena's */
                           .down_ms = item->down_ms};
  return copy;
}

gboolean cr_rollback_end_item(CrTakingBack *it, const CrRollbackItem *item, GError **error)
{
  static const CrStepState states[] = {
      [CR_ROLLOUT_DONE] = CR_STEP_DONE,
      [CR_ROLLOUT_ROLLED_BACK] = CR_STEP_ROLLED_BACK,
      [CR_ROLLOUT_FAILED] = CR_STEP_FAILED,
      [CR_ROLLOUT_REFUSED] = CR_STEP_REFUSED,
  };
  g_ptr_array_add(it->result->items, copy_item(it->arena, item));
  it->step.state = states[item->outcome];
  it->step.ended = g_get_real_time() / G_USEC_PER_SEC;
  it->step.after = item->after;
  it->step.error = item->why;
  return cr_record_put_step(it->options->record, &it->step, error);
}

static gboolean refuse(CrTakingBack *it, CrRollbackItem *item, const char *why, GError **error)
{
  item->outcome = CR_ROLLOUT_REFUSED;
  item->why = why;
  return cr_rollback_begin_item(it, item, error) && cr_rollback_end_item(it, item, error);
}

/* ---- containers ---- */

static const CrFleetContainer *find_container(const CrFleet *fleet, const char *daemon, const char *name)
{
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *container = fleet->containers->pdata[i];
    if (!strcmp(container->container->name, name) && !strcmp(cr_daemon_get_name(container->daemon), daemon))
      return container;
  }
  return NULL;
}

gboolean cr_rollback_has_daemon(const CrFleet *fleet, const char *name)
{
  for (guint i = 0; i < fleet->daemons->len; i++)
    if (!strcmp(cr_daemon_get_name(fleet->daemons->pdata[i]), name))
      return TRUE;
  return FALSE;
}

static const char *find_image_of(CrTakingBack *it, CrDaemon *daemon, const char *container)
{
  g_autoptr(CrContainers) now = cr_containers_load(daemon, container, NULL);
  return now ? cr_arena_strdup(it->arena, ((const CrContainer *)now->items->pdata[0])->image_id) : NULL;
}

static void take_result(CrTakingBack *it, CrRollbackItem *item, const CrRollout *rollout, CrDaemon *daemon)
{
  item->outcome = rollout->outcome;
  item->why = cr_arena_strdup(it->arena, rollout->why);
  item->log = cr_arena_strdup(it->arena, rollout->log);
  item->down_ms = rollout->down_ms;
  g_autofree char *outcome = cr_rollout_format_outcome(rollout);
  item->with = outcome ? cr_arena_list_copies(it->arena, rollout->with) : NULL;
  it->step.outcome = cr_arena_strdup(it->arena, outcome);
  item->after = find_image_of(it, daemon, item->subject);
  cr_problems_add_all(it->result->problems, rollout->problems);
}

/* What went with SUBJECT, in its turn, is on record too. */
static gboolean add_changes(CrTakingBack *it, const char *subject, const CrRollout *rollout, CrDaemon *daemon,
                            GError **error)
{
  for (guint i = 0; i < rollout->changes->len; i++) {
    const CrRolloutChange *change = rollout->changes->pdata[i];
    if (!strcmp(change->container, subject))
      continue;
    CrRollbackItem item = {.kind = "container",
                           .subject = cr_arena_strdup(it->arena, change->container),
                           .daemon = cr_daemon_get_name(daemon),
                           .outcome = rollout->outcome,
                           .why = rollout->why ? cr_arena_printf(it->arena, "with %s", subject) : NULL,
                           .before = cr_arena_strdup(it->arena, change->before),
                           .after = find_image_of(it, daemon, change->container)};
    if (!cr_rollback_begin_item(it, &item, error) || !cr_rollback_end_item(it, &item, error))
      return FALSE;
  }
  return TRUE;
}

/* CONTAINER back to what it was before its last change; IMAGE_ID: onto that image, from whatever it came; WHOLE: with
 * what went over in its turn. */
static gboolean roll(CrTakingBack *it, const CrFleetContainer *container, const char *image_id, gboolean whole,
                     GError **error)
{
  const CrPolicy *policy = container->policy;
  CrRollbackItem item = {.kind = "container",
                         .subject = cr_arena_strdup(it->arena, container->container->name),
                         .daemon = cr_daemon_get_name(container->daemon),
                         .before = container->container->image_id};
  CrRolloutOptions options = {.record = it->options->record,
                              .run = it->result->run,
                              .step = it->first + it->result->items->len + 1,
                              .image_id = image_id,
                              .gate_seconds = policy->gate_seconds,
                              .soak_seconds = policy->soak_seconds,
                              .keep_seconds = policy->keep_seconds,
                              .rollback = TRUE, /* what cannot be gone back to must not end what runs */
                              .say = it->options->say,
                              .data = it->options->data};
  if (cr_stop_is_wanted())
    return refuse(it, &item, "careen was asked to stop", error);
  if (!cr_rollback_begin_item(it, &item, error))
    return FALSE;
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrRollout) rollout = image_id ? cr_rollout_run(container, &options, &cause)
                                          : cr_rollout_undo(container->daemon, item.subject, whole, &options, &cause);
  if (rollout) {
    take_result(it, &item, rollout, container->daemon);
  } else {
    item.outcome = CR_ROLLOUT_FAILED;
    item.why = cr_arena_strdup(it->arena, cause->message);
  }
  return cr_rollback_end_item(it, &item, error) &&
         (!rollout || add_changes(it, item.subject, rollout, container->daemon, error));
}

/* ---- images ---- */

static const char *find_id(CrTakingBack *it, const CrFleetImage *image, const char *name)
{
  g_autofree char *id = cr_daemon_find_image(image->daemon, name, NULL);
  return cr_arena_strdup(it->arena, id);
}

/* The name is TO's; what it was until now has the kept name, so that this can be taken back, too. */
static gboolean name_again(CrTakingBack *it, const CrFleetImage *image, const char *from, const char *to,
                           GError **error)
{
  g_autofree char *kept = cr_fleet_format_kept_name(image->reference);
  g_autofree char *why = g_strdup_printf("%s: taken back by careen rollback", image->name);
  CrRecord *record = it->options->record;
  return cr_daemon_tag_image(image->daemon, to, image->reference, error) &&
         cr_daemon_tag_image(image->daemon, from, kept, error) && cr_record_set_mark(record, "bad", from, why, error) &&
         cr_record_set_mark(record, "bad", to, NULL, error) &&
         cr_facts_sight_one(record, image->daemon, "image", image->name, to, NULL, error);
}

/* WHAT is not there, and whether careen itself removed it: by the name SUBJECT or its id. */
static const char *explain_gone(CrTakingBack *it, const char *what, const char *subject)
{
  gint64 when = cr_record_find_removed(it->options->record, subject);
  g_autoptr(GDateTime) day = when ? g_date_time_new_from_unix_utc(when) : NULL;
  g_autofree char *text =
      day ? g_date_time_format(day, "; careen removed it on %Y-%m-%d, by the policy's keep:") : NULL;
  return cr_arena_printf(it->arena, "%s%s", what, text ? text : "");
}

static gboolean begin_name(CrTakingBack *it, const CrRollbackItem *item, const char *to, GError **error)
{
  g_autofree char *intent = cr_rollback_format_intent(item->daemon, to);
  it->intent = cr_arena_strdup(it->arena, intent);
  gboolean begun = cr_rollback_begin_item(it, item, error);
  it->intent = NULL;
  return begun;
}

static gboolean give_name(CrTakingBack *it, const CrFleetImage *image, CrRollbackItem *item, const char *to,
                          gboolean *done, GError **error)
{
  g_autoptr(GError) cause = NULL;
  if (!begin_name(it, item, to, error))
    return FALSE;
  *done = name_again(it, image, item->before, to, &cause);
  item->outcome = *done ? CR_ROLLOUT_DONE : CR_ROLLOUT_FAILED;
  item->why = cause ? cr_arena_strdup(it->arena, cause->message) : NULL;
  item->after = *done ? to : NULL;
  return cr_rollback_end_item(it, item, error);
}

/* IMAGE's name back to TO (an id, or NULL: there is none, WHY). EXPECTED: what it must be by now, or NULL. */
static gboolean rename_image(CrTakingBack *it, const CrFleetImage *image, const char *to, const char *expected,
                             const char *why, gboolean *done, GError **error)
{
  CrRollbackItem item = {.kind = "image",
                         .subject = image->name,
                         .daemon = cr_daemon_get_name(image->daemon),
                         .before = find_id(it, image, image->reference)};
  *done = FALSE;
  if (!to || !item.before)
    return refuse(it, &item, to ? "there is no image of that name any more" : why, error);
  if (it->first && expected && !strcmp(to, item.before))
    item.before = expected; /* it was killed with that done, and perhaps no more */
  if (expected && strcmp(expected, item.before) != 0)
    return refuse(it, &item, "changed since: it is another image by now", error);
  if (!strcmp(to, item.before)) {
    *done = TRUE;
    item.after = to;
    return begin_name(it, &item, to, error) && cr_rollback_end_item(it, &item, error);
  }
  return give_name(it, image, &item, to, done, error);
}

/* Where the last that was done to IMAGE is a way back that was killed or failed with the name given back: what the name
 * was before that, or NULL. The same again finishes it, and does not go forward. */
static const char *find_cut(CrTakingBack *it, const CrFleetImage *image)
{
  CrRecord *record = it->options->record;
  const char *now = find_id(it, image, image->reference);
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, image->name, 0, it->arena, NULL);
  for (guint r = 0; now && runs && r < runs->len; r++) {
    const CrRun *run = runs->pdata[r];
    gboolean cut = g_strcmp0(run->outcome, "done") != 0 && cr_rollback_goes_back(record, run, it->arena);
    g_autoptr(GPtrArray) steps = cr_record_list_steps(record, run->id, it->arena, NULL);
    for (guint i = 0; steps && i < steps->len; i++) {
      const CrStep *step = steps->pdata[i];
      if (strcmp(step->subject, image->name) != 0)
        continue;
      if (cut && !strcmp(step->kind, "name") && step->before && strcmp(step->before, now) != 0 &&
          cr_rollback_meant(step, now, it->arena)) {
        it->before_run = run->id;
        return step->before;
      }
      if (step->state == CR_STEP_DONE && g_strcmp0(step->before, step->after) != 0)
        return NULL;
    }
  }
  return NULL;
}

/* The newest change of CONTAINER that stands, or NULL. *FROM (may be NULL): the image that it came from. */
static const CrOperation *find_last(CrTakingBack *it, const CrFleetContainer *container, const char **from)
{
  return cr_rollout_find_last(container->daemon, it->options->record, container->container->name, it->arena, from,
                              NULL);
}

static gboolean roll_user(CrTakingBack *it, const CrFleetContainer *container, const char *to, GError **error)
{
  const char *from = NULL;
  const CrOperation *last = find_last(it, container, &from);
  if (last && !g_strcmp0(from, to)) /* the container of before is what to go back to */
    return roll(it, container, NULL, FALSE, error);
  if (last || container->may_recreate)
    return roll(it, container, to, FALSE, error);
  CrRollbackItem item = {.kind = "container",
                         .subject = container->container->name,
                         .daemon = cr_daemon_get_name(container->daemon),
                         .before = container->container->image_id};
  return refuse(it, &item, cr_arena_printf(it->arena, "careen may not re-create it: %s", container->why), error);
}

gboolean cr_rollback_take_image_back(CrTakingBack *it, const CrFleetImage *image, GError **error)
{
  g_autofree char *kept = cr_fleet_format_kept_name(image->reference);
  const char *cut = find_cut(it, image), *to = find_id(it, image, cut ? image->reference : kept);
  gboolean done = FALSE;
  const char *why = cr_arena_printf(it->arena, "there is no %s to go back to", kept);
  CrRollbackItem rest = {
      .kind = "image", .subject = image->name, .daemon = cr_daemon_get_name(image->daemon), .before = cut};
  if (cut ? !give_name(it, image, &rest, to, &done, error)
          : !rename_image(it, image, to, NULL, to ? NULL : explain_gone(it, why, image->name), &done, error))
    return FALSE;
  for (guint i = 0; done && i < image->containers->len; i++) {
    const CrFleetContainer *container = image->containers->pdata[i];
    if (container->daemon == image->daemon && strcmp(container->container->image_id, to) != 0 &&
        !cr_fleet_is_temporary_name(container->container->name) && !roll_user(it, container, to, error))
      return FALSE;
  }
  return !done || cr_rollback_take_mentions_back(it, image->name, error);
}

/* ---- runs ---- */

static gboolean take_step_back(CrTakingBack *it, const CrStep *step, GError **error)
{
  const CrFleetImage *image = cr_rollback_is_naming(step) ? cr_fleet_find_image(it->fleet, step->subject) : NULL;
  gboolean done = FALSE;
  if (step->state != CR_STEP_DONE)
    return TRUE;
  if (!strcmp(step->kind, "write"))
    return cr_rollback_take_files_back(it, step, NULL, error);
  if (image && !strcmp(step->kind, "rebuild") && !step->before) {
    CrRollbackItem item = {.kind = "image", .subject = step->subject};
    return refuse(it, &item, "it was built for the first time: there is none before it", error);
  }
  if (!image || !image->daemon || !step->before || !step->after || !strcmp(step->before, step->after))
    return TRUE; /* a container's, whose operation has more */
  const char *why = cr_arena_printf(it->arena, "the image of before, %.19s, is not here any more", step->before);
  return rename_image(it, image, find_id(it, image, step->before), step->after, explain_gone(it, why, step->before),
                      &done, error);
}

static gboolean take_operation_back(CrTakingBack *it, const CrOperation *operation, GError **error)
{
  const CrFleetContainer *container = find_container(it->fleet, operation->daemon, operation->container);
  const char *from = NULL;
  const CrOperation *last = container ? find_last(it, container, &from) : NULL;
  CrRollbackItem item = {.kind = "container", .subject = operation->container, .daemon = operation->daemon};
  if (!container)
    return refuse(it, &item,
                  cr_rollback_has_daemon(it->fleet, operation->daemon) ? "there is no such container any more"
                                                                       : "its engine cannot be asked",
                  error);
  if (last && it->first && last->run == it->result->run) { /* gone back before this was killed */
    item.before = from;
    item.after = container->container->image_id;
    return cr_rollback_begin_item(it, &item, error) && cr_rollback_end_item(it, &item, error);
  }
  if (last && strcmp(last->id, operation->id) != 0)
    return refuse(it, &item, cr_arena_printf(it->arena, "changed again since, by run %" G_GINT64_FORMAT, last->run),
                  error);
  return roll(it, container, NULL, TRUE, error);
}

/* Names first, so that a container that must be made again is made by its name; each in the reverse order. */
gboolean cr_rollback_take_run_back(CrTakingBack *it, gint64 run, GError **error)
{
  CrRecord *record = it->options->record;
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, run, it->arena, error);
  g_autoptr(GPtrArray) operations = steps ? cr_record_list_operations(record, NULL, FALSE, it->arena, error) : NULL;
  if (!operations)
    return FALSE;
  for (guint i = steps->len; i > 0; i--)
    if (!take_step_back(it, steps->pdata[i - 1], error))
      return FALSE;
  for (guint i = operations->len; i > 0; i--) {
    const CrOperation *operation = operations->pdata[i - 1];
    if (operation->run == run && !g_strcmp0(operation->outcome, "committed") &&
        !take_operation_back(it, operation, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- what is meant ---- */

typedef struct {
  gint64 run;
  gint64 spent, spent_by; /* the last that changed something was taken back by that one: there is nothing to do */
  const CrFleetContainer *container;
  const CrFleetImage *image;
} Target;

/* By which of RUNS (newest first) the run ID was taken back, which itself was not; 0: by none. */
static gint64 find_undoing(const GPtrArray *runs, gint64 id)
{
  for (guint i = 0; i < runs->len; i++) {
    const CrRun *run = runs->pdata[i];
    if (run->undoes == id && run->id > id && !g_strcmp0(run->outcome, "done") && !find_undoing(runs, run->id))
      return run->id;
  }
  return 0;
}

static gboolean find_run(CrRecord *record, gint64 number, Target *target, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) runs = cr_record_list_runs(record, NULL, 0, arena, error);
  for (guint i = 0; runs && i < runs->len; i++) {
    const CrRun *run = runs->pdata[i];
    g_autoptr(GPtrArray) steps = number ? NULL : cr_record_list_steps(record, run->id, arena, NULL);
    gboolean changed = FALSE;
    for (guint k = 0; steps && k < steps->len; k++)
      changed |= ((const CrStep *)steps->pdata[k])->state == CR_STEP_DONE;
    if (number ? run->id == number : changed && !run->undoes && g_strcmp0(run->command, "rollback") != 0) {
      target->spent_by = number ? 0 : find_undoing(runs, run->id);
      *(target->spent_by ? &target->spent : &target->run) = run->id;
      return TRUE;
    }
  }
  if (runs && number)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot take back run %" G_GINT64_FORMAT ": it is not on record",
                number);
  else if (runs)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot take anything back: no run on record changed anything");
  return FALSE;
}

static gboolean find_named_container(const CrFleet *fleet, const char *name, Target *target, GError **error)
{
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrFleetContainer *container = fleet->containers->pdata[i];
    g_autofree char *full = g_strdup_printf("%s:%s", cr_daemon_get_kind(container->daemon), container->container->name);
    if (strcmp(container->container->name, name) != 0 && strcmp(full, name) != 0)
      continue;
    if (target->container) {
      g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot take '%s' back: two daemons have a container of that name",
                  name);
      if (error)
        cr_error_set_hint(*error, "say %s:%s", cr_daemon_get_kind(container->daemon), name);
      return FALSE;
    }
    target->container = container;
  }
  return TRUE;
}

/* What must be asked of an engine, and none answers. */
static gboolean refuse_without_engine(const char *what, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot take %s back: neither Docker nor Podman answers", what);
  if (error)
    cr_error_set_hint(*error, "start it, or say where it is: DOCKER_HOST, CONTAINER_HOST");
  return FALSE;
}

/* Did RUN do something to images or containers? What it wrote into files needs no engine. */
static gboolean needs_engine(CrRecord *record, gint64 run)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) steps = cr_record_list_steps(record, run, arena, NULL);
  for (guint i = 0; steps && i < steps->len; i++) {
    const CrStep *step = steps->pdata[i];
    if (step->state == CR_STEP_DONE && strcmp(step->kind, "write") != 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean find_run_target(const CrFleet *fleet, CrRecord *record, gint64 number, Target *target, GError **error)
{
  if (!find_run(record, number, target, error))
    return FALSE;
  g_autofree char *what = g_strdup_printf("run %" G_GINT64_FORMAT, target->run);
  return fleet->daemons->len || !target->run || !needs_engine(record, target->run) ||
         refuse_without_engine(what, error);
}

static gboolean find_target(const CrFleet *fleet, CrRecord *record, const char *text, Target *target, GError **error)
{
  guint64 number = 0;
  if (!text || cr_number_parse_unsigned(text, 1, G_MAXINT64, &number))
    return find_run_target(fleet, record, (gint64)number, target, error);
  g_autofree char *quoted = g_strdup_printf("'%s'", text);
  if (!fleet->daemons->len)
    return refuse_without_engine(quoted, error);
  if (!find_named_container(fleet, text, target, error))
    return FALSE;
  if (target->container)
    return TRUE;
  target->image = cr_fleet_find_image(fleet, text);
  if (target->image && target->image->daemon)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
              "cannot take '%s' back: no daemon here has a container or an image of "
              "that name",
              text);
  for (guint i = 0; error && i < cr_problems_get_count(fleet->problems); i++) {
    const CrProblem *problem = cr_problems_get(fleet->problems, i);
    if (problem->kind != CR_PROBLEM_NOTE) {
      cr_error_set_hint(*error, "not everything could be looked at: %s: %s", problem->where, problem->what);
      break;
    }
  }
  return FALSE;
}

/* ---- all of it ---- */

CrRollback *cr_rollback_new(void)
{
  CrRollback *rollback = g_new0(CrRollback, 1);
  rollback->arena = cr_arena_new();
  rollback->items = g_ptr_array_new();
  rollback->problems = cr_problems_new();
  return rollback;
}

void cr_rollback_free(CrRollback *rollback)
{
  g_ptr_array_unref(rollback->items);
  cr_problems_free(rollback->problems);
  cr_arena_free(rollback->arena);
  g_free(rollback);
}

gboolean cr_rollback_is_done(const CrRollback *rollback)
{
  for (guint i = 0; i < rollback->items->len; i++)
    if (((const CrRollbackItem *)rollback->items->pdata[i])->outcome != CR_ROLLOUT_DONE)
      return FALSE;
  return rollback->items->len > 0;
}

static gboolean act(CrTakingBack *it, const Target *target, GError **error)
{
  CrRollback *result = it->result;
  CrRecord *record = it->options->record;
  result->undoes = target->run;
  if (!cr_record_begin_run(record, "rollback", target->run, &result->run, error))
    return FALSE;
  gboolean ok = target->container ? roll(it, target->container, NULL, TRUE, error)
                : target->image   ? cr_rollback_take_image_back(it, target->image, error)
                                  : cr_rollback_take_run_back(it, target->run, error);
  if (!ok)
    return FALSE;
  g_autofree char *summary = result->items->len ? NULL : g_strdup("nothing of it can be taken back");
  return cr_record_end_run(record, result->run, cr_rollback_is_done(result) ? "done" : "failed", summary, error);
}

/* What was taken back already, in words; or NULL. */
static const char *find_nothing(CrTakingBack *it, const Target *target)
{
  if (target->spent)
    return cr_arena_printf(it->arena,
                           "run %" G_GINT64_FORMAT ", the last that changed something, was taken back by "
                           "run %" G_GINT64_FORMAT ": careen rollback RUN says which other is meant",
                           target->spent, target->spent_by);
  gint64 by = target->image ? cr_rollback_find_undoing(it->options->record, target->image) : 0;
  return by ? cr_arena_printf(it->arena,
                              "the last that changed %s was taken back by run %" G_GINT64_FORMAT
                              ": careen rollback %" G_GINT64_FORMAT " goes forward again",
                              target->image->name, by, by)
            : NULL;
}

CrRollback *cr_rollback_run(const CrFleet *fleet, const char *target, const CrRollbackOptions *options, GError **error)
{
  Target found = {0};
  CrRollbackAim killed;
  if (!find_target(fleet, options->record, target, &found, error))
    return NULL;
  g_autoptr(CrRollback) result = cr_rollback_new();
  CrTakingBack it = {.fleet = fleet, .options = options, .result = result, .arena = result->arena};
  if ((found.run || found.image) &&
      cr_rollback_find_killed(fleet, options->record, found.run, found.image, it.arena, &killed))
    return cr_rollback_finish(&it, &killed, error) ? g_steal_pointer(&result) : NULL;
  result->nothing = find_nothing(&it, &found);
  if (result->nothing) {
    cr_problems_add(result->problems, CR_PROBLEM_NOTE, "record", "%s", result->nothing);
    return g_steal_pointer(&result);
  }
  return act(&it, &found, error) ? g_steal_pointer(&result) : NULL;
}
