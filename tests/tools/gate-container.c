/* SPDX-License-Identifier: Apache-2.0 */
/* gate-container docker|podman NAME SECONDS SOAK: is the container NAME, just started, well? For the oracle. Prints
 * "passed", or "failed: WHY" and exits 1. SECONDS 0: as long as its own health check has it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "fleet/gate-wait.h"

static int gate_container(CrDaemon *daemon, char **argv, GError **error)
{
  g_autoptr(CrContainers) found = cr_containers_load(daemon, argv[2], error);
  if (!found)
    return -1;
  const CrContainer *container = found->items->pdata[0];
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_auto(CrGate) gate = {0};
  g_auto(CrGateResult) result = {0};
  cr_gate_init(&gate, container->inspect, (guint)atoi(argv[3]), (guint)atoi(argv[4]), problems);
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    printf("problem: %s: %s\n", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  if (!cr_gate_wait(&gate, daemon, container->id, 0, &result, error) ||
      !cr_gate_soak(&gate, daemon, container->id, gate.soak_seconds, &result, error))
    return -1;
  printf("%s%s\n", result.passed ? "passed" : "failed: ", result.passed ? "" : result.why);
  return result.passed ? 0 : 1;
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  CrSourceOptions options = {.docker_host = g_getenv("DOCKER_HOST"), .podman_host = g_getenv("CONTAINER_HOST")};
  if (argc != 5)
    return 2;
  g_autoptr(CrDaemon) daemon = cr_daemon_open(argv[1], &options, &error);
  int code = daemon ? gate_container(daemon, argv, &error) : -1;
  if (code >= 0)
    return code;
  fprintf(stderr, "%s\n", error->message);
  return cr_error_get_exit_code(error);
}
