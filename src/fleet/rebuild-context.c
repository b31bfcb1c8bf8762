/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe whose context is an address: fetched for this build into a folder of its own, which goes with it, however
 * careen ends. */
#include "fleet/rebuild-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "recipe/remote.h"

static const char *watch(gpointer data)
{
  (void)data;
  return cr_stop_is_wanted() ? "careen was asked to stop" : NULL;
}

/* The Dockerfile, wherever its links lead: one outside of the context would be a file of this machine. */
static gboolean find_dockerfile(CrRebuilding *work, CrBuildRecipe *recipe, GError **error)
{
  if (recipe->text)
    return TRUE;
  g_autofree char *named = recipe->dockerfile ? g_build_filename(recipe->context, recipe->dockerfile, NULL)
                                              : cr_dockerfile_find(recipe->context);
  g_autofree char *whole = realpath(named, NULL), *root = realpath(recipe->context, NULL);
  gsize length = root ? strlen(root) : 0;
  if (!whole || !root || strncmp(whole, root, length) != 0 || whole[length] != '/') {
    const char *name = recipe->dockerfile ? recipe->dockerfile : "Dockerfile";
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot rebuild '%s': there is no %s in its context '%s'",
                work->image->name, name, work->rebuild->context);
    return FALSE;
  }
  recipe->dockerfile = cr_arena_strdup(work->rebuild->arena, whole);
  return TRUE;
}

gboolean cr_rebuild_fetch_context(CrRebuilding *work, GError **error)
{
  CrArena *arena = work->rebuild->arena;
  const CrScanOptions *scan = work->options->scan;
  CrRemote remote;
  g_auto(CrRemoteContext) context = {0};
  g_autofree char *safe = cr_remote_redact(work->recipe->context);
  CrRemoteOptions options = {.http = scan->vendor.http, .watch = watch};
  work->rebuild->context = cr_arena_strdup(arena, safe);
  if (scan->source.offline)
    return cr_error_refuse(error, CR_ERROR_OFFLINE, "without --offline it is fetched",
                           "cannot rebuild '%s': its context '%s' is not on this machine", work->image->name, safe);
  if (!cr_remote_parse(work->recipe->context, arena, &remote, error))
    return FALSE;
  work->fetched = cr_workspace_new(scan->cache, 0, error);
  if (!work->fetched || !cr_remote_fetch(&remote, cr_workspace_get_path(work->fetched), &options, &context, error)) {
    g_prefix_error(error, "cannot rebuild '%s': ", work->image->name);
    return FALSE;
  }
  CrBuildRecipe *recipe = cr_arena_new0(arena, CrBuildRecipe);
  *recipe = *work->recipe;
  recipe->remote = FALSE;
  recipe->context = cr_arena_strdup(arena, context.folder);
  work->recipe = recipe;
  work->rebuild->revision = cr_arena_strdup(arena, context.revision);
  if (g_str_has_prefix(remote.url, "http://") || g_str_has_prefix(remote.url, "git://"))
    cr_problems_add(work->rebuild->problems, CR_PROBLEM_NOTE, work->image->name,
                    "its context came from '%s', which anybody on the way can change: https or ssh", safe);
  return find_dockerfile(work, recipe, error);
}
