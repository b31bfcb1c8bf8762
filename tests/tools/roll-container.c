/* SPDX-License-Identifier: Apache-2.0 */
/* roll-container docker|podman NAME IMAGE|undo|recover [GATE [SOAK [KEEP]]]: what was interrupted is mended, then the
 * container NAME goes over to IMAGE, or back; times in seconds. For the oracles: rollout by itself. The record is
 * careen's own (XDG_STATE_HOME), the progress goes to standard error; prints "OUTCOME: WHY" and exits 0 for done, 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fleet/rollout.h"

static void say(const char *line, gpointer data)
{
  (void)data;
  fprintf(stderr, "%s\n", line);
}

static int print(const CrRollout *result)
{
  printf("%s%s%s\n", cr_rollout_outcome_get_name(result->outcome), result->why ? ": " : "",
         result->why ? result->why : "");
  for (guint i = 0; i < cr_problems_get_count(result->problems); i++)
    printf("problem: %s: %s\n", cr_problems_get(result->problems, i)->where,
           cr_problems_get(result->problems, i)->what);
  if (result->log)
    printf("log: %s\n", result->log);
  printf("down: %" G_GINT64_FORMAT " ms\n", result->down_ms);
  return result->outcome == CR_ROLLOUT_DONE ? 0 : 1;
}

static CrRollout *roll(CrDaemon *daemon, const char *name, const char *image, CrRolloutOptions *options, GError **error)
{
  if (!strcmp(image, "undo"))
    return cr_rollout_undo(daemon, name, !g_getenv("ALONE"), options, error);
  g_autoptr(CrContainers) found = cr_containers_load(daemon, name, error);
  g_autofree char *id = found ? cr_daemon_find_image(daemon, image, error) : NULL;
  if (!id)
    return NULL;
  CrFleetContainer container = {.container = found->items->pdata[0], .daemon = daemon};
  options->image_id = id;
  return cr_rollout_run(&container, options, error);
}

static int act(int argc, char **argv, GError **error)
{
  CrSourceOptions source = {.docker_host = g_getenv("DOCKER_HOST"), .podman_host = g_getenv("CONTAINER_HOST")};
  g_autoptr(CrRecord) record = cr_record_open(NULL, TRUE, error);
  g_autoptr(CrDaemon) daemon = record ? cr_daemon_open(argv[1], &source, error) : NULL;
  CrRolloutOptions options = {
      .record = record,
      .gate_seconds = argc > 4 ? (guint)atoi(argv[4]) : 0,
      .soak_seconds = argc > 5 ? (guint)atoi(argv[5]) : 0,
      .keep_seconds = argc > 6 ? (guint)atoi(argv[6]) : 3600,
      .rollback = !g_getenv("NO_ROLLBACK"),
      .say = say,
  };
  if (!daemon || !cr_record_take_lease(record, cr_daemon_get_name(daemon), error) ||
      !cr_rollout_recover(daemon, record, say, NULL, NULL, error))
    return -1;
  if (!strcmp(argv[3], "recover"))
    return 0;
  g_autoptr(CrRollout) result = roll(daemon, argv[2], argv[3], &options, error);
  return result ? print(result) : -1;
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  if (argc < 4)
    return 2;
  int code = act(argc, argv, &error);
  if (code >= 0)
    return code;
  fprintf(stderr, "%s\n", error ? error->message : "no such image");
  return error ? cr_error_get_exit_code(error) : 4;
}
