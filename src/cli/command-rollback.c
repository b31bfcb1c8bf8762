/* SPDX-License-Identifier: Apache-2.0 */
/* careen rollback: back to what was before. */
#include "base/log.h"
#include "base/stop.h"
#include "cli/fleet-look.h"
#include "fleet/lease.h"
#include "fleet/rollback.h"

static void say(const char *line, gpointer data)
{
  const CrSettings *settings = data;
  g_autofree char *safe = settings->quiet ? NULL : cr_escape_terminal(line);
  if (safe)
    g_printerr("%s\n", safe);
}

/* Nothing is left half done by an earlier one. *COUNT: so many containers are others now. */
static gboolean recover(const CrFleet *fleet, CrRecord *record, gpointer settings, guint *count, GError **error)
{
  for (guint i = 0; i < fleet->daemons->len; i++) {
    guint finished = 0;
    if (!cr_rollout_recover(fleet->daemons->pdata[i], record, say, settings, &finished, error))
      return FALSE;
    *count += finished;
  }
  return TRUE;
}

static CrRollback *roll_back(const CrCall *call, CrRecord *record, GError **error)
{
  gpointer settings = (gpointer)call->settings;
  CrRollbackOptions options = {.record = record, .say = say, .data = settings};
  guint count = 0;
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) leases = NULL;
  g_autoptr(CrFleetLook) it = cr_fleet_look_new(call->settings, NULL, 0, error);
  if (it)
    leases = cr_leases_take(record, it->fleet->daemons, call->settings->lock_dir, problems, error);
  if (!leases || !recover(it->fleet, record, settings, &count, error))
    return NULL;
  if (count) {
    g_clear_pointer(&it, cr_fleet_look_free);
    it = cr_fleet_look_new(call->settings, NULL, 0, error);
  }
  if (!it || !cr_record_end_killed(record, "careen was killed while it did this", error))
    return NULL;
  CrRollback *rollback = cr_rollback_run(it->fleet, call->arguments[0], &options, error);
  if (rollback)
    cr_problems_add_all(rollback->problems, problems);
  return rollback;
}

static int run(const CrCall *call, GError **error)
{
  g_autoptr(CrRecord) record = cr_record_open(NULL, TRUE, error);
  if (!record)
    return -1;
  cr_stop_arm(); /* what is begun is finished */
  g_autoptr(CrRollback) rollback = roll_back(call, record, error);
  cr_stop_disarm();
  if (!rollback)
    return -1;
  g_autoptr(CrReport) report = cr_look_report_new(call);
  if (cr_look_wants_json(call))
    cr_rollback_write_json(rollback, report);
  else
    cr_rollback_write_table(rollback, report);
  if (!cr_look_flush(call, report, error))
    return -1;
  return cr_rollback_is_done(rollback) ? 0 : 1;
}

static const CrExample examples[] = {
    {"careen rollback shop-web", "a container: the one of before, or its image again"},
    {"careen rollback shop/web:4", "an image: its name is the kept one's again, its containers follow"},
    {"careen rollback 17", "all that run 17 of careen history did"},
    {"careen rollback", "all that the last run did, unless it was taken back already"},
    {NULL, NULL},
};

const CrCommand cr_command_rollback = {
    .name = "rollback",
    .arguments = "[NAME|RUN]",
    .max = 1,
    .summary = "back to what was before",
    .description =
        "Take back what careen did: to a container, to an image with the containers that use it, or in one run, the "
        "last first. A name that is both is the container's; an image has its tag (web:latest), and podman:NAME is "
        "Podman's where two daemons have it.\n\n"
        "While the old container is kept (policy: keep) it is that very one, with all it wrote; after that a new one "
        "is made from the old image, with the settings and volumes it has now. It is waited for as after an update, "
        "and when it is not well what runs now stays. An image's name is REPOSITORY:careen-keep-TAG's again. What was "
        "gone back from counts as bad: careen does not roll it out again. An image or the last run is not taken back "
        "twice; the rollback's own number goes forward again. One that was killed is finished by the same command, or "
        "by the next apply or watch.\n\n"
        "Exit codes: 0 all is as before; 1 something was refused or failed, or nothing is left to take back; 2 there "
        "is nothing of that name; 4 no engine answers, another careen is at work on one, or the environment fails.",
    .examples = examples,
    .run = run,
};
