/* SPDX-License-Identifier: Apache-2.0 */
/* What must not be re-created here, and what is said of what is. */
#include <string.h>

#include "container/private.h"
#include "container/recreate-private.h"

/* What a program writes on its own start comes back with the start of the new one. */
#define START_SECONDS 60
/* Bits of Go's io/fs.FileMode, in which an engine tells a path's kind. */
#define GO_DIRECTORY (G_GINT64_CONSTANT(1) << 31)
#define GO_NO_DATA   (G_GINT64_CONSTANT(0x0700) << 16) /* device, named pipe, socket */

static void refuse(CrRecreateDraft *draft, const char *where, const char *what)
{
  cr_problems_add(draft->out->problems, CR_PROBLEM_BLIND, where, "%s", what);
}

/* ---- data in the writable layer ---- */

/* Where Compose copies secrets that are in no file. */
static gboolean is_secret(const char *path)
{
  return g_str_has_prefix(path, "/run/secrets/") || g_str_has_prefix(path, "/var/run/secrets/");
}

/* Below these nothing is kept by anybody, or the engine itself writes. */
static gboolean is_passing(const char *path)
{
  if (is_secret(path))
    return FALSE;
  static const char *const folders[] = {"/tmp/",       "/run/",  "/var/run/", "/var/tmp/", "/var/log/",
                                        "/var/cache/", "/proc/", "/sys/",     "/dev/"};
  static const char *const files[] = {"/etc/hosts",  "/etc/hostname",    "/etc/resolv.conf",   "/etc/mtab",
                                      "/.dockerenv", "/etc/ld.so.cache", "/run/.containerenv", "/etc/localtime"};
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    if (g_str_has_prefix(path, folders[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(files); i++)
    if (!strcmp(path, files[i]))
      return TRUE;
  g_autofree char *name = g_path_get_basename(path);
  return g_str_has_suffix(path, ".pyc") || (g_str_has_prefix(path, "/root/.") && g_str_has_suffix(name, "_history"));
}

/* At, below or above something that is mounted: a mount point, or what is behind the mount. */
static gboolean is_at_mount(const CrRecreateDraft *draft, const char *path)
{
  g_autofree char *below = g_strconcat(path, "/", NULL);
  const CrJson *tmpfs = cr_json_find(draft->host, "Tmpfs");
  guint mounts = cr_json_get_length(draft->mounts), all = mounts + cr_json_get_length(tmpfs);
  for (guint i = 0; i < all; i++) {
    const char *there = i < mounts ? cr_json_find_string(cr_json_get_element(draft->mounts, i), "Destination", "")
                                   : cr_recreate_get_name(tmpfs, i - mounts);
    gsize length = strlen(there);
    if (length && (!strcmp(there, path) || g_str_has_prefix(there, below) ||
                   (g_str_has_prefix(path, there) && path[length] == '/')))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_explained(const CrRecreateDraft *draft, const char *path)
{
  return is_passing(path) || is_at_mount(draft, path);
}

static gint64 parse_seconds(const char *text)
{
  g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;
  return time ? g_date_time_to_unix(time) : 0;
}

/* Written by the container's own start: soon after it was made, or last started. What Compose copies in it does between
 * the two. */
static gboolean is_of_start(const CrRecreateDraft *draft, const CrJson *change)
{
  const CrJson *container = draft->request->container;
  gint64 written = parse_seconds(cr_json_find_string(change, "Mtime", NULL));
  gint64 created = parse_seconds(cr_json_find_string(container, "Created", NULL));
  gint64 started = parse_seconds(cr_json_find_string(cr_json_find(container, "State"), "StartedAt", NULL));
  if (is_secret(cr_json_find_string(change, "Path", "")))
    return FALSE;
  return written > 0 &&
         ((created > 0 && !draft->request->injected && written >= created && written <= created + START_SECONDS) ||
          (started > 0 && written >= started && written <= started + START_SECONDS));
}

static int compare_paths(const void *a, const void *b)
{
  const CrJson *left = *(const CrJson *const *)a, *right = *(const CrJson *const *)b;
  return strcmp(cr_json_find_string(left, "Path", ""), cr_json_find_string(right, "Path", ""));
}

/* Is change I of the sorted ALL a folder around another? "/a" and "/a/b" may have "/a-c" between them. */
static gboolean is_around(const GPtrArray *all, guint i)
{
  const char *path = cr_json_find_string(all->pdata[i], "Path", "");
  gsize length = strlen(path);
  for (guint k = i + 1; k < all->len; k++) {
    const char *next = cr_json_find_string(all->pdata[k], "Path", "");
    if (!g_str_has_prefix(next, path))
      return FALSE;
    if (next[length] == '/')
      return TRUE;
  }
  return FALSE;
}

GPtrArray *cr_recreate_list_data(const CrRecreateDraft *draft, const CrJson *changes)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  GPtrArray *data = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(changes); i++)
    g_ptr_array_add(all, (gpointer)cr_json_get_element(changes, i));
  g_ptr_array_sort(all, compare_paths);
  for (guint i = 0; i < all->len; i++) {
    const char *path = cr_json_find_string(all->pdata[i], "Path", "");
    if (*path == '/' && cr_json_find_integer(all->pdata[i], "Kind", 0) != 2 && !is_around(all, i) &&
        !is_explained(draft, path))
      g_ptr_array_add(data, all->pdata[i]);
  }
  return data;
}

/* Files of the image that were deleted in it. */
static guint count_deleted(const CrRecreateDraft *draft)
{
  const CrJson *changes = draft->request->changes;
  guint count = 0;
  for (guint i = 0; i < cr_json_get_length(changes); i++) {
    const CrJson *change = cr_json_get_element(changes, i);
    count +=
        cr_json_find_integer(change, "Kind", 0) == 2 && !is_explained(draft, cr_json_find_string(change, "Path", ""));
  }
  return count;
}

static void find_data(CrRecreateDraft *draft)
{
  g_autoptr(GPtrArray) data = cr_recreate_list_data(draft, draft->request->changes);
  const char *first = NULL, *own = NULL;
  guint count = 0, gone = count_deleted(draft), starts = 0;
  for (guint i = 0; i < data->len; i++) {
    const CrJson *change = data->pdata[i];
    const char *path = cr_json_find_string(change, "Path", "");
    if (cr_json_find_integer(change, "Mode", 0) & (GO_DIRECTORY | GO_NO_DATA))
      continue;
    if (is_of_start(draft, change)) {
      own = own ? own : path;
      starts++;
    } else {
      first = first ? first : path;
      count++;
    }
  }
  const char *label = cr_json_find_string(cr_json_find(draft->config, "Labels"), "careen.layer", "");
  gboolean disposable = !strcmp(label, "disposable");
  if (count && !disposable)
    cr_problems_add(draft->out->problems, CR_PROBLEM_BLIND, "writable layer",
                    "'%s'%s would be lost: nothing mounted holds %s (label careen.layer=disposable: let go)", first,
                    count > 1 ? " and others" : "", count > 1 ? "them" : "it");
  if (count && disposable)
    cr_problems_add(draft->out->problems, CR_PROBLEM_NOTE, "writable layer",
                    "%u changed files go with the old container, as careen.layer=disposable has it", count);
  if (starts)
    cr_problems_add(draft->out->problems, CR_PROBLEM_NOTE, "writable layer",
                    "%u files that its start wrote ('%s') are left to the new one's start", starts, own);
  if (gone)
    cr_problems_add(draft->out->problems, CR_PROBLEM_NOTE, "writable layer",
                    "%u files of the image that were deleted in it will be there again", gone);
}

/* ---- compose ---- */

/* Compose 1 has the image's id inside its config-hash, Compose 2 that of a container whose network or the like it has;
 * without the right one `up` makes it again. */
static void find_compose(CrRecreateDraft *draft)
{
  const CrJson *labels = cr_json_find(draft->config, "Labels");
  const char *version = cr_json_find_string(labels, "com.docker.compose.version", "");
  if (draft->request->compose_stale && !draft->request->compose_hash)
    cr_problems_add(draft->out->problems, CR_PROBLEM_PARTIAL, "compose",
                    "docker-compose %.20s or its files are not here to be asked for the new config-hash: "
                    "docker-compose up will re-create it once",
                    version);
}

void cr_recreate_find_problems(CrRecreateDraft *draft)
{
  const CrRecreateRequest *request = draft->request;
  const CrJson *state = cr_json_find(request->container, "State");
  if (cr_json_get_boolean(cr_json_find(draft->host, "AutoRemove"), FALSE))
    refuse(draft, "--rm",
           "it was started with --rm: stopped, it and its anonymous volumes are gone, and cannot come back");
  if (!strcmp(cr_json_find_string(state, "Status", ""), "removing") ||
      !strcmp(cr_json_find_string(state, "Status", ""), "dead"))
    refuse(draft, "state", "it is being removed");
  if (!request->old_image)
    cr_problems_add(draft->out->problems, CR_PROBLEM_PARTIAL, "old image",
                    "%s no longer has the image it was made from: what that set cannot be told from what the user set, "
                    "and all of it is kept",
                    request->podman ? "Podman" : "Docker");
  if (!request->changes)
    cr_problems_add(draft->out->problems, CR_PROBLEM_PARTIAL, "writable layer",
                    "the engine does not say what was written in it, which would be lost");
  find_data(draft);
  find_compose(draft);
  if (request->podman)
    cr_recreate_find_podman_problems(draft);
}
