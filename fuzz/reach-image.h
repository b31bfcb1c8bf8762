/* SPDX-License-Identifier: Apache-2.0 */
/* For the targets of reach: what an image that is started with COMMAND reaches; each file has a way from a start. */
#pragma once
#include "files.h"
#include "reach/reach.h"

static int get_owner(const char *path, gpointer data)
{
  return g_str_has_prefix(path, "usr/lib/") ? 1 : -1;
}

static inline void compute_reach(CrTree *tree, CrStrv command)
{
  static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH=/opt/lib:$ORIGIN",
                                            "HOME=/root", NULL};
  CrImage image = {.entrypoint = command, .cmd = cr_strv_empty, .env = environment, .has_config = TRUE};
  image.shell = image.label_names = image.label_values = image.onbuild = cr_strv_empty;
  image.volumes = image.exposed_ports = cr_strv_empty;
  image.user = image.stop_signal = "";
  image.workdir = "/srv";
  CrReachOptions options = {NULL, NULL};
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrReach) reach = cr_reach_compute(tree, &image, &options, get_owner, NULL, problems);
  guint count = 0;
  const CrReachFile *files = cr_reach_get_files(reach, &count);
  for (guint i = 0; i < count; i++)
    g_assert_nonnull(cr_reach_get_path(reach, files[i].path, arena));
}
