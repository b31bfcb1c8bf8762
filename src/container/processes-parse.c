/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "container/processes.h"

/* ---- maps ---- */

/* needrestart's own list (its $nrconf{blacklist_mappings}): made by the process itself, for itself. */
static gboolean is_own(const char *path)
{
  static const char *const prefixes[] = {"/dev/",     "/SYSV",          "/memfd:", "/[aio]", "/drm",
                                         "/i915",     "/tmp/",          "/run/",   "/proc/", "/var/run/",
                                         "/var/tmp/", "/anon_hugepage", "/dmabuf"};
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(path, prefixes[i]))
      return TRUE;
  return FALSE;
}

/* "7f0c…-7f0d… r-xp 00001000 fe:00 1234   /usr/lib/x.so (deleted)" */
static gboolean parse_line(char *line, CrMapping *mapping)
{
  *mapping = (CrMapping){.address = line};
  char *cursor = strchr(line, ' ');
  if (!cursor || strlen(cursor) < 5)
    return FALSE;
  *cursor++ = 0;
  mapping->executable = cursor[2] == 'x';
  char *end = strchr(cursor, ' ');         /* permissions */
  end = end ? strchr(end + 1, ' ') : NULL; /* offset */
  if (!end)
    return FALSE;
  mapping->major = (guint)g_ascii_strtoull(end + 1, &end, 16);
  if (*end++ != ':')
    return FALSE;
  mapping->minor = (guint)g_ascii_strtoull(end, &end, 16);
  if (*end != ' ')
    return FALSE;
  mapping->inode = g_ascii_strtoull(end, &end, 10);
  while (*end == ' ')
    end++;
  if (!mapping->inode || *end != '/')
    return FALSE;
  mapping->path = end;
  mapping->deleted = g_str_has_suffix(end, " (deleted)");
  if (mapping->deleted)
    end[strlen(end) - strlen(" (deleted)")] = 0;
  return !is_own(end);
}

gboolean cr_mapping_next(char **text, CrMapping *mapping)
{
  while (*text && **text) {
    char *line = *text, *end = strchr(line, '\n');
    *text = end ? end + 1 : line + strlen(line);
    if (end)
      *end = 0;
    if (parse_line(line, mapping))
      return TRUE;
  }
  return FALSE;
}

/* ---- cgroup ---- */

#define ID_DIGITS 64U

/* Where the id stands in the last component that has one. Names that only look after a container (conmon) are none. */
static const struct {
  const char *prefix, *engine; /* ENGINE NULL: not a process of the container itself */
} scopes[] = {
    {"docker-", "docker"},      {"libpod-conmon-", NULL},      {"libpod-payload-", "podman"},
    {"libpod-", "podman"},      {"crio-conmon-", NULL},        {"crio-", "cri-o"},
    {"nerdctl-", "containerd"}, {"containerd-", "containerd"}, {"cri-containerd-", "containerd"},
    {"conmon-", NULL},
};
static const struct {
  const char *folder, *engine;
} folders[] = {
    {"docker", "docker"},
    {"libpod_parent", "podman"},
    {"kubepods", "kubernetes"},
    {"buildkit", "docker"},
};

static gsize count_hex(const char *text)
{
  return strspn(text, "0123456789abcdef");
}

/* COMPONENT is "docker-HEX.scope", "libpod-HEX" or "HEX"; *PREFIX_BYTES what stands before. */
static const char *find_id(const char *component, gsize length, gsize *prefix_bytes)
{
  for (gsize at = 0; at + ID_DIGITS <= length; at++) {
    gsize digits = count_hex(component + at);
    if (digits == ID_DIGITS && (!at || component[at - 1] == '-')) {
      *prefix_bytes = at;
      return component + at;
    }
    at += digits;
  }
  return NULL;
}

static const char *get_engine(const char *path, const char *component, gsize prefix_bytes)
{
  for (guint i = 0; prefix_bytes && i < G_N_ELEMENTS(scopes); i++)
    if (strlen(scopes[i].prefix) == prefix_bytes && !strncmp(component, scopes[i].prefix, prefix_bytes))
      return scopes[i].engine;
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *inside = g_strdup_printf("/%s", folders[i].folder);
    const char *found = strstr(path, inside);
    if (found && found < component)
      return folders[i].engine;
  }
  return prefix_bytes ? NULL : "containerd"; /* "/NAMESPACE/ID", as containerd itself names it */
}

/* The deepest component with an id: kubernetes has the pod's above it, and inside a container may be another. */
static gboolean search_path(const char *path, const char *end, CrArena *arena, const char **id, const char **engine)
{
  for (const char *last = end; last > path;) {
    const char *component = last;
    while (component > path && component[-1] != '/')
      component--;
    gsize prefix = 0;
    const char *found = find_id(component, (gsize)(last - component), &prefix);
    if (found) {
      g_autofree char *whole = g_strndup(path, (gsize)(end - path));
      *engine = get_engine(whole, whole + (component - path), prefix);
      *id = cr_arena_strndup(arena, found, ID_DIGITS);
      return *engine != NULL;
    }
    last = component > path ? component - 1 : path;
  }
  return FALSE;
}

gboolean cr_cgroup_find_container(const char *cgroup, CrArena *arena, const char **id, const char **engine)
{
  for (const char *line = cgroup; *line;) {
    const char *end = strchrnul(line, '\n');
    const char *path = memchr(line, ':', (gsize)(end - line));
    path = path ? memchr(path + 1, ':', (gsize)(end - path - 1)) : NULL;
    if (path && search_path(path + 1, end, arena, id, engine))
      return TRUE;
    line = *end ? end + 1 : end;
  }
  return FALSE;
}

/* ---- containerd-shim -namespace NS -id ID -address … ---- */

const char *cr_shim_find_container(const char *command, gsize size, CrArena *arena)
{
  const char *space = NULL, *id = NULL, *last = "";
  for (const char *at = command, *end = command + size; at < end;) {
    gsize length = strnlen(at, (gsize)(end - at));
    if (at + length == end) /* cut off */
      break;
    if (!strcmp(last, "-namespace") || !strcmp(last, "--namespace"))
      space = at;
    else if (!strcmp(last, "-id") || !strcmp(last, "--id"))
      id = at;
    last = at;
    at += length + 1;
  }
  if (!space || !id || !*space || !*id || !strcmp(space, "moby"))
    return NULL;
  return cr_arena_printf(arena, "%s/%s", space, id);
}
