/* SPDX-License-Identifier: Apache-2.0 */
/* What forbids a re-creation: something would be lost, and no engine can be told to keep it. */
#include <string.h>

#include "container/recreate-private.h"

#define SHOWN 3 /* paths in a message */

static void forbid(const CrRecreating *it, const char *what)
{
  cr_problems_add(it->out->problems, CR_PROBLEM_BLIND, cr_json_find_string(it->request->container, "Name", "") + 1,
                  "%s", what);
}

/* ---- what is in the writable layer ---- */

/* Where programs write what they need not find again, and where engines write themselves. */
static const char *const passing[] = {"/tmp",
                                      "/run",
                                      "/var/run",
                                      "/var/tmp",
                                      "/var/log",
                                      "/var/cache",
                                      "/var/lock",
                                      "/proc",
                                      "/sys",
                                      "/dev",
                                      "/.dockerenv",
                                      "/etc/hosts",
                                      "/etc/hostname",
                                      "/etc/mtab",
                                      "/etc/resolv.conf",
                                      "/var/lib/apt",
                                      "/etc/ld.so.cache",
                                      "/.cache",
                                      "/root/.cache",
                                      NULL};
/* Configuration and programs: another image has its own, and what was changed by hand is said. */
static const char *const of_image[] = {"/etc",   "/usr",  "/bin",          "/sbin", "/lib",
                                       "/lib64", "/boot", "/var/lib/dpkg", NULL};

static gboolean is_below(const char *path, const char *folder)
{
  gsize length = strlen(folder);
  return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static gboolean is_below_any(const char *path, const char *const *folders)
{
  for (guint i = 0; folders[i]; i++)
    if (is_below(path, folders[i]))
      return TRUE;
  return FALSE;
}

static gboolean is_left_over(const char *path)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  return g_str_has_suffix(name, ".pyc") || g_str_has_suffix(name, ".pid") || !strcmp(name, "__pycache__") ||
         (*name == '.' && g_str_has_suffix(name, "_history")) || is_below_any(path, passing);
}

/* On the way to a mount, or in one. */
static gboolean is_of_mount(const CrRecreating *it, const char *path)
{
  const CrJson *mounts = cr_json_find(it->request->container, "Mounts"), *tmpfs = cr_json_find(it->host, "Tmpfs");
  for (guint i = 0; i < cr_json_get_length(mounts); i++) {
    const char *target = cr_json_find_string(cr_json_get_element(mounts, i), "Destination", "");
    if (is_below(path, target) || is_below(target, path))
      return TRUE;
  }
  for (guint i = 0; i < cr_json_get_length(tmpfs); i++)
    if (is_below(path, cr_json_get_member_name(tmpfs, i)) || is_below(cr_json_get_member_name(tmpfs, i), path))
      return TRUE;
  return FALSE;
}

static int compare_paths(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Paths of CHANGES that have no other below them, sorted: folders are listed for what changed in them. */
static GPtrArray *list_leaves(const CrJson *changes)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  GPtrArray *leaves = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(changes); i++) {
    const char *path = cr_json_find_string(cr_json_get_element(changes, i), "Path", "");
    if (*path == '/')
      g_ptr_array_add(all, (gpointer)path);
  }
  g_ptr_array_sort(all, compare_paths);
  for (guint i = 0; i < all->len; i++) { /* "/a" and "/a/b" may have "/a-c" between them */
    gboolean leaf = TRUE;
    for (guint k = i + 1; leaf && k < all->len && g_str_has_prefix(all->pdata[k], all->pdata[i]); k++)
      leaf = !is_below(all->pdata[k], all->pdata[i]);
    if (leaf)
      g_ptr_array_add(leaves, all->pdata[i]);
  }
  return leaves;
}

static char *format_paths(const GPtrArray *paths)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < paths->len && i < SHOWN; i++)
    g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)paths->pdata[i]);
  if (paths->len > SHOWN)
    g_string_append_printf(text, " and %u more", paths->len - SHOWN);
  return g_string_free(text, FALSE);
}

static void judge_changes(const CrRecreating *it)
{
  g_autoptr(GPtrArray) leaves = list_leaves(it->request->changes);
  g_autoptr(GPtrArray) data = g_ptr_array_new(), changed = g_ptr_array_new();
  const char *layer = cr_json_find_string(cr_json_find(it->config, "Labels"), "careen.layer", "");
  for (guint i = 0; i < leaves->len; i++) {
    const char *path = leaves->pdata[i];
    if (strcmp(path, "/run/secrets") != 0 && is_below(path, "/run/secrets") && !is_of_mount(it, path) &&
        !it->request->podman)
      g_ptr_array_add(data, (gpointer)path); /* Compose copies secrets of its environment there */
    else if (is_left_over(path) || is_of_mount(it, path))
      continue;
    else
      g_ptr_array_add(is_below_any(path, of_image) ? changed : data, (gpointer)path);
  }
  g_autofree char *of_data = format_paths(data), *of_changed = format_paths(changed);
  const char *name = cr_json_find_string(it->request->container, "Name", "/") + 1;
  if (data->len && strcmp(layer, "disposable") != 0)
    cr_problems_add(it->out->problems, CR_PROBLEM_BLIND, name,
                    "it keeps data in its own layer, which a new one would not have: %s (a volume, or the label "
                    "careen.layer=disposable)",
                    of_data);
  if (changed->len)
    cr_problems_add(it->out->problems, CR_PROBLEM_NOTE, name,
                    "was changed by hand, and is as its image has it again: %s", of_changed);
}

/* ---- all of it ---- */

static void judge_podman(const CrRecreating *it)
{
  const CrJson *libpod = it->request->libpod, *command = cr_json_find(cr_json_find(libpod, "Config"), "CreateCommand");
  const char *address = NULL, *address6 = NULL, *mac = NULL;
  const char *option = cr_podman_find_obstacle(command, &address, &address6, &mac);
  if (option) {
    g_autofree char *text =
        g_strdup_printf("it was made with %.*s, which Podman's API cannot be told", (int)strcspn(option, "="), option);
    forbid(it, text);
  }
  if (*cr_json_find_string(libpod, "Pod", ""))
    forbid(it, "it is of a pod, which is made as a whole");
  if (*cr_json_find_string(libpod, "Rootfs", ""))
    forbid(it, "it runs a folder (--rootfs), not an image");
}

void cr_recreate_find_problems(const CrRecreating *it)
{
  const char *name = cr_json_find_string(it->request->container, "Name", "");
  if (!cr_json_is(it->config, CR_JSON_OBJECT) || !cr_json_is(it->host, CR_JSON_OBJECT) || *name != '/') {
    cr_problems_add(it->out->problems, CR_PROBLEM_BLIND, "container", "the engine does not say how it was made");
    return;
  }
  if (cr_json_get_boolean(cr_json_find(it->host, "AutoRemove"), FALSE))
    forbid(it, "it goes when it stops (--rm), with its volumes: nothing would be left to go back to");
  if (!it->old_config)
    cr_problems_add(it->out->problems, CR_PROBLEM_NOTE, name + 1,
                    "its old image is gone, so what that set stays as it was: command, environment, labels");
  if (it->request->podman && it->request->libpod)
    judge_podman(it);
  judge_changes(it);
}
