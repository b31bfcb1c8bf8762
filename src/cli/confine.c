/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/confine.h"

#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/confine.h"
#include "base/log.h"

/* Arguments of COMMAND that are images: how many of the first. 0: none of these commands. */
static guint count_images(const CrCommand *command, guint arguments)
{
  return command == &cr_command_why                                                                  ? MIN(arguments, 1)
         : command == &cr_command_scan || command == &cr_command_sbom || command == &cr_command_diff ? arguments
                                                                                                     : 0;
}

static gboolean is_file(const char *image)
{
  static const char *const kinds[] = {"docker-archive:", "oci-archive:", "oci:", "rootfs:", "sbom:"};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (g_str_has_prefix(image, kinds[i]))
      return TRUE;
  return FALSE;
}

static gboolean reads_files_only(const CrCommand *command, char **arguments)
{
  guint count = count_images(command, g_strv_length(arguments));
  for (guint i = 0; i < count; i++)
    if (!is_file(arguments[i]))
      return FALSE;
  return count > 0;
}

/* A rule needs its folder: the cache and the record have theirs made by whoever comes first. */
static void add_folder(GPtrArray *list, char *folder)
{
  g_mkdir_with_parents(folder, 0700);
  g_ptr_array_add(list, folder);
}

static void add_home(GPtrArray *list, const char *name)
{
  g_ptr_array_add(list, g_build_filename(g_get_home_dir(), name, NULL));
}

static GPtrArray *list_writable(const CrSettings *settings)
{
  GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(CrCache) cache = cr_cache_new(settings->cache_dir);
  add_folder(list, g_strdup(cr_cache_get_dir(cache)));
  if (settings->remember)
    add_folder(list, cr_state_get_dir());
  if (settings->output) { /* a link is followed by the file that takes its target's place (output.c) */
    g_autofree char *resolved = realpath(settings->output, NULL);
    g_ptr_array_add(list, g_path_get_dirname(settings->output));
    if (resolved)
      g_ptr_array_add(list, g_path_get_dirname(resolved));
  }
  g_ptr_array_add(list, g_strdup(g_get_tmp_dir()));
  g_ptr_array_add(list, g_strdup("/dev"));
  /* what a login's helper writes: the agent's locks and sockets */
  add_home(list, ".gnupg");
  if (g_getenv("XDG_RUNTIME_DIR"))
    g_ptr_array_add(list, g_strdup(g_getenv("XDG_RUNTIME_DIR")));
  g_ptr_array_add(list, NULL);
  return list;
}

/* gpgv and the helpers of logins: where programs are found, and what those are linked with and written in. */
static GPtrArray *list_runnable(void)
{
  static const char *const system[] = {"/usr",   "/bin",    "/sbin", "/lib", "/lib32",
                                       "/lib64", "/libx32", "/opt",  "/nix", "/gnu"};
  GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < G_N_ELEMENTS(system); i++)
    g_ptr_array_add(list, g_strdup(system[i]));
  g_auto(GStrv) places = g_strsplit(g_getenv("PATH") ? g_getenv("PATH") : "", ":", -1);
  for (guint i = 0; places[i]; i++)
    if (g_path_is_absolute(places[i]))
      g_ptr_array_add(list, g_strdup(places[i]));
  g_ptr_array_add(list, NULL);
  return list;
}

/* --offline does not mean the engine, which may be elsewhere. */
static gboolean has_far_engine(void)
{
  static const char *const variables[] = {"DOCKER_HOST", "CONTAINER_HOST"};
  for (guint i = 0; i < G_N_ELEMENTS(variables); i++) {
    const char *host = g_getenv(variables[i]);
    if (host && *host && !g_str_has_prefix(host, "unix:"))
      return TRUE;
  }
  return FALSE;
}

gboolean cr_cli_is_confined(const CrCommand *command, const CrCall *call)
{
  return reads_files_only(command, call->arguments);
}

gboolean cr_cli_confine(const CrCommand *command, const CrCall *call, GError **error)
{
  if (!cr_cli_is_confined(command, call))
    return TRUE;
  g_autoptr(GPtrArray) writable = list_writable(call->settings), runnable = list_runnable();
  g_autofree char *have = NULL;
  CrConfinement confinement = {.writable = (const char *const *)writable->pdata,
                               .runnable = (const char *const *)runnable->pdata,
                               .connects = !call->settings->offline || has_far_engine()};
  if (!cr_confine(&confinement, &have, error))
    return FALSE;
  cr_log_verbose("confined by %s", *have ? have : "nothing: this kernel has neither Landlock nor seccomp");
  return TRUE;
}
