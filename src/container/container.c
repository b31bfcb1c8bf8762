/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/order.h"
#include "container/private.h"
#include "container/processes.h"

/* ---- from inspect ---- */

/* RFC 3339 with nanoseconds; 0 for the engine's "0001-01-01T00:00:00Z" and for nonsense. */
static gint64 parse_time(const char *text)
{
  g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;
  gint64 seconds = time ? g_date_time_to_unix(time) : 0;
  return MAX(seconds, 0);
}

const char *cr_container_find_label(const CrContainer *container, const char *name)
{
  for (guint i = 0; container->label_names[i]; i++)
    if (!strcmp(container->label_names[i], name))
      return container->label_values[i];
  return NULL;
}

gboolean cr_container_is_image_id(const char *image, const char *image_id)
{
  if (g_str_has_prefix(image, "sha256:"))
    return TRUE;
  gsize length = strlen(image);
  return length >= 12 && length <= 64 && strspn(image, "0123456789abcdef") == length && image_id &&
         g_str_has_prefix(image_id, "sha256:") && g_str_has_prefix(image_id + strlen("sha256:"), image);
}

static const char *find_followed(const CrContainer *container)
{
  const char *label = cr_container_find_label(container, CR_CONTAINER_FOLLOWS);
  if (*container->image && !cr_container_is_image_id(container->image, container->image_id))
    return container->image;
  return label && *label ? label : NULL;
}

/* Who would make it again, by the labels that they put on it. */
static void find_manager(CrContainer *container, CrArena *arena)
{
  static const struct {
    const char *label, *manager;
  } rows[] = {
      {"PODMAN_SYSTEMD_UNIT", "systemd"},        {"com.docker.swarm.service.name", "swarm"},
      {"io.kubernetes.pod.name", "kubernetes"},  {"io.kubernetes.pod.namespace", "kubernetes"},
      {"com.docker.compose.service", "compose"}, {"io.podman.compose.service", "compose"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *value = cr_container_find_label(container, rows[i].label);
    if (!value || !*value)
      continue;
    container->manager = rows[i].manager;
    const char *project = cr_container_find_label(container, "com.docker.compose.project");
    container->unit = !strcmp(rows[i].manager, "compose") && project ? cr_arena_printf(arena, "%s/%s", project, value)
                                                                     : cr_arena_strdup(arena, value);
    return;
  }
}

static void read_state(CrContainer *container, CrArena *arena, const CrJson *state)
{
  container->state = cr_arena_strdup(arena, cr_json_find_string(state, "Status", "unknown"));
  const CrJson *health = cr_json_find(state, "Health");
  if (!health)
    health = cr_json_find(state, "Healthcheck"); /* Podman's own word */
  const char *word = cr_json_find_string(health, "Status", "none");
  container->health = cr_arena_strdup(arena, *word ? word : "none");
  container->pid = cr_json_find_integer(state, "Pid", 0);
  container->started = parse_time(cr_json_find_string(state, "StartedAt", NULL));
  container->exit_code = (int)cr_json_find_integer(state, "ExitCode", 0);
}

static CrContainer *read_container(CrArena *arena, const CrJson *inspect)
{
  CrContainer *container = cr_arena_new0(arena, CrContainer);
  const CrJson *config = cr_json_find(inspect, "Config"), *host = cr_json_find(inspect, "HostConfig");
  const char *name = cr_json_find_string(inspect, "Name", "");
  container->id = cr_arena_strdup(arena, cr_json_find_string(inspect, "Id", ""));
  container->name = cr_arena_strdup(arena, *name == '/' ? name + 1 : name);
  container->image = cr_arena_strdup(arena, cr_json_find_string(config, "Image", ""));
  g_autofree char *image_id = cr_daemon_format_id(cr_json_find_string(inspect, "Image", ""));
  container->image_id = cr_arena_strdup(arena, image_id);
  container->inspect = inspect;
  container->depends_on = cr_strv_empty;
  const char *policy = cr_json_find_string(cr_json_find(host, "RestartPolicy"), "Name", "");
  container->restart_policy = *policy ? cr_arena_strdup(arena, policy) : "no";
  container->auto_remove = cr_json_get_boolean(cr_json_find(host, "AutoRemove"), FALSE);
  cr_json_copy_members(cr_json_find(config, "Labels"), arena, &container->label_names, &container->label_values);
  container->follows = find_followed(container);
  read_state(container, arena, cr_json_find(inspect, "State"));
  find_manager(container, arena);
  return container;
}

/* ---- what it leans on ---- */

/* "container:ID" of a mode, "/a:/b/alias" of a link, "a:ro" of volumes: the name or id of the other. NULL: none. */
static char *get_other(const char *mode)
{
  return g_str_has_prefix(mode, "container:") ? g_strdup(mode + strlen("container:")) : NULL;
}

static void add_dependence(const CrContainers *all, GPtrArray *list, char *other)
{
  if (!other)
    return;
  const CrContainer *found = cr_containers_find(all, *other == '/' ? other + 1 : other);
  const char *name = found ? found->name : other;
  for (guint i = 0; i < list->len; i++)
    if (!strcmp(list->pdata[i], name)) {
      g_free(other);
      return;
    }
  g_ptr_array_add(list, g_strdup(name));
  g_free(other);
}

static void find_dependences(const CrContainers *all, CrContainer *container)
{
  static const char *const modes[] = {"NetworkMode", "IpcMode", "PidMode"};
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
  const CrJson *host = cr_json_find(container->inspect, "HostConfig");
  for (guint i = 0; i < G_N_ELEMENTS(modes); i++)
    add_dependence(all, list, get_other(cr_json_find_string(host, modes[i], "")));
  g_auto(GStrv) links = cr_json_get_strings(cr_json_find(host, "Links"));
  g_auto(GStrv) volumes = cr_json_get_strings(cr_json_find(host, "VolumesFrom"));
  for (guint i = 0; links[i]; i++)
    add_dependence(all, list, g_strndup(links[i], strcspn(links[i], ":")));
  for (guint i = 0; volumes[i]; i++)
    add_dependence(all, list, g_strndup(volumes[i], strcspn(volumes[i], ":")));
  g_ptr_array_sort(list, cr_compare_texts);
  container->depends_on = cr_arena_list_copies(all->arena, list);
}

/* ---- lists ---- */

const CrContainer *cr_containers_find(const CrContainers *containers, const char *name_or_id)
{
  gsize length = strlen(name_or_id);
  for (guint i = 0; i < containers->items->len; i++) {
    const CrContainer *item = containers->items->pdata[i];
    if (!strcmp(item->name, name_or_id) || (length >= 12 && !strncmp(item->id, name_or_id, length)))
      return item;
  }
  return NULL;
}

static CrContainers *containers_new(void)
{
  CrContainers *containers = g_new0(CrContainers, 1);
  containers->arena = cr_arena_new();
  containers->items = g_ptr_array_new();
  containers->docs = g_ptr_array_new_with_free_func((GDestroyNotify)cr_json_doc_free);
  return containers;
}

void cr_containers_free(CrContainers *containers)
{
  if (!containers)
    return;
  g_ptr_array_unref(containers->items);
  g_ptr_array_unref(containers->docs);
  cr_arena_free(containers->arena);
  g_free(containers);
}

static gboolean add(CrContainers *containers, CrDaemon *daemon, const char *id, GError **error)
{
  g_autofree char *escaped = cr_engine_escape(id, error);
  g_autofree char *path = escaped ? g_strdup_printf("/containers/%s/json", escaped) : NULL;
  CrJsonDoc *doc = path ? cr_daemon_get(daemon, path, error) : NULL;
  if (!doc)
    return FALSE;
  g_ptr_array_add(containers->docs, doc);
  g_ptr_array_add(containers->items, read_container(containers->arena, cr_json_get_root(doc)));
  return TRUE;
}

static int compare_containers(const void *a, const void *b)
{
  const CrContainer *left = *(const CrContainer *const *)a, *right = *(const CrContainer *const *)b;
  int order = strcmp(left->name, right->name);
  return order ? order : strcmp(left->id, right->id);
}

CrContainers *cr_containers_list(CrDaemon *daemon, GError **error)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_get(daemon, "/containers/json?all=true", error);
  if (!doc)
    return NULL;
  g_autoptr(CrContainers) containers = containers_new();
  const CrJson *list = cr_json_get_root(doc);
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    g_autoptr(GError) cause = NULL;
    if (!add(containers, daemon, cr_json_find_string(cr_json_get_element(list, i), "Id", ""), &cause) &&
        !g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_propagate_error(error, g_steal_pointer(&cause));
      return NULL;
    }
  }
  g_ptr_array_sort(containers->items, compare_containers);
  for (guint i = 0; i < containers->items->len; i++)
    find_dependences(containers, containers->items->pdata[i]);
  return g_steal_pointer(&containers);
}

CrContainers *cr_containers_load(CrDaemon *daemon, const char *name, GError **error)
{
  g_autoptr(CrContainers) containers = containers_new();
  if (!add(containers, daemon, name, error))
    return NULL;
  find_dependences(containers, containers->items->pdata[0]);
  return g_steal_pointer(&containers);
}

/* ---- ourselves ---- */

/* What this process says of the container that it runs in, once: that does not change. */
typedef struct {
  CrArena *arena;
  const char *id;    /* of its cgroup, or NULL */
  GPtrArray *mounts; /* lines of mountinfo with " /etc/host": what engines bind into each */
} Self;

static gpointer read_self(gpointer data)
{
  (void)data;
  Self *self = g_new0(Self, 1);
  g_autofree char *cgroup = NULL, *mounts = NULL;
  const char *engine = NULL;
  self->arena = cr_arena_new();
  self->mounts = g_ptr_array_new();
  if (!g_file_get_contents("/proc/self/cgroup", &cgroup, NULL, NULL) ||
      !cr_cgroup_find_container(cgroup, self->arena, &self->id, &engine))
    self->id = NULL;
  g_file_get_contents("/proc/self/mountinfo", &mounts, NULL, NULL);
  g_auto(GStrv) lines = g_strsplit(mounts ? mounts : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (strstr(lines[i], " /etc/host"))
      g_ptr_array_add(self->mounts, (gpointer)cr_arena_strdup(self->arena, lines[i]));
  return self;
}

static const Self *get_self(void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, read_self, NULL);
}

/* Docker binds /var/lib/docker/containers/ID/hostname into each, Podman …/overlay-containers/ID/userdata/hostname. */
static gboolean is_mounted_here(const Self *self, const char *id)
{
  g_autofree char *docker = g_strdup_printf("/containers/%s/", id);
  g_autofree char *podman = g_strdup_printf("-containers/%s/userdata/", id);
  for (guint i = 0; i < self->mounts->len; i++)
    if (strstr(self->mounts->pdata[i], docker) || strstr(self->mounts->pdata[i], podman))
      return TRUE;
  return FALSE;
}

gboolean cr_container_is_of_unit(const CrContainer *container)
{
  return !g_strcmp0(container->manager, "systemd") && container->unit;
}

gboolean cr_container_is_own(const CrContainer *container)
{
  const Self *self = get_self();
  return !g_strcmp0(self->id, container->id) || is_mounted_here(self, container->id);
}
