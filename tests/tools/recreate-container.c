/* SPDX-License-Identifier: Apache-2.0 */
/* recreate-container docker|podman CONTAINER IMAGE NEW-NAME [body]: CONTAINER again as NEW-NAME from IMAGE, beside it.
 * For the oracle. Prints its problems, a "differs: " line for each difference beyond what must be, and "created ID".
 * "body": prints what the engine would be told, and creates nothing. Exits 1 where it differs or is refused. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "container/recreate.h"

static void print_problems(const CrRecreation *recreation)
{
  for (guint i = 0; i < cr_problems_get_count(recreation->problems); i++) {
    const CrProblem *problem = cr_problems_get(recreation->problems, i);
    printf("%s: %s: %s\n", cr_problem_kind_get_name(problem->kind), problem->where, problem->what);
  }
}

static int recreate(CrDaemon *daemon, char **argv, gboolean body, GError **error)
{
  g_autoptr(CrContainers) found = cr_containers_load(daemon, argv[2], error);
  g_autofree char *image = found ? cr_daemon_find_image(daemon, argv[3], error) : NULL;
  if (!image)
    return -1;
  const CrContainer *container = found->items->pdata[0];
  g_autoptr(CrRecreation) recreation = cr_recreation_load(daemon, container, argv[3], image, NULL, error);
  if (!recreation)
    return -1;
  print_problems(recreation);
  if (body)
    printf("%s\n", recreation->body);
  if (body || !cr_recreation_is_allowed(recreation, NULL))
    return body ? 0 : 1;
  g_autofree char *id = NULL;
  if (!cr_recreation_create(recreation, daemon, argv[4], &id, error))
    return -1;
  g_autoptr(CrContainers) made = cr_containers_load(daemon, id, error);
  if (!made)
    return -1;
  g_autofree char *text =
      cr_recreation_compare(recreation, container->inspect, ((const CrContainer *)made->items->pdata[0])->inspect);
  g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    printf("differs: %s\n", lines[i]);
  printf("created %s\n", id);
  return text ? 1 : 0;
}

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  CrSourceOptions options = {.docker_host = g_getenv("DOCKER_HOST"), .podman_host = g_getenv("CONTAINER_HOST")};
  if (argc != 5 && argc != 6)
    return 2;
  g_autoptr(CrDaemon) daemon = cr_daemon_open(argv[1], &options, &error);
  int code = daemon ? recreate(daemon, argv, argc == 6, &error) : -1;
  if (code >= 0)
    return code;
  fprintf(stderr, "%s\n", error ? error->message : "no such image");
  return error ? cr_error_get_exit_code(error) : 4;
}
