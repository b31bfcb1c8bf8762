/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig: passed whole, also what nobody here knows. Said otherwise are what engines write in another form than
 * they take (links), what names another container by an id that may be gone, and volumes without a name: those get the
 * name that they have, for else the new container begins with empty ones. */
#include <string.h>

#include "container/recreate-private.h"

/* ---- volumes ---- */

/* The DESTINATION of "SOURCE:DESTINATION[:OPTIONS]". */
static gboolean is_bind_of(const char *bind, const char *path)
{
  const char *colon = strchr(bind, ':');
  gsize length = colon ? strcspn(colon + 1, ":") : 0;
  return colon && strlen(path) == length && !strncmp(colon + 1, path, length);
}

static gboolean is_bound(const CrJson *host, const char *path)
{
  const CrJson *binds = cr_json_find(host, "Binds");
  for (guint i = 0; i < cr_json_get_length(binds); i++)
    if (is_bind_of(cr_json_get_string(cr_json_get_element(binds, i), ""), path))
      return TRUE;
  return cr_json_find(cr_json_find(host, "Tmpfs"), path) != NULL;
}

static gboolean is_in_mounts(const CrJson *host, const char *path)
{
  const CrJson *mounts = cr_json_find(host, "Mounts");
  for (guint i = 0; i < cr_json_get_length(mounts); i++)
    if (!strcmp(cr_json_find_string(cr_json_get_element(mounts, i), "Target", ""), path))
      return TRUE;
  return FALSE;
}

static const CrJson *find_mount(const CrRecreating *it, const char *path)
{
  const CrJson *mounts = cr_json_find(it->request->container, "Mounts");
  for (guint i = 0; i < cr_json_get_length(mounts); i++)
    if (!strcmp(cr_json_find_string(cr_json_get_element(mounts, i), "Destination", ""), path))
      return cr_json_get_element(mounts, i);
  return NULL;
}

gboolean cr_recreate_is_mounted(const CrRecreating *it, const char *path)
{
  return is_bound(it->host, path) || is_in_mounts(it->host, path) || find_mount(it, path);
}

/* Does the MOUNT come from a container of VolumesFrom? Then it comes from there again. */
static gboolean is_shared(const CrRecreating *it, const CrJson *mount)
{
  g_autofree char *key =
      g_strdup_printf("%s:%s", cr_json_find_string(mount, "Name", ""), cr_json_find_string(mount, "Destination", ""));
  return it->request->shared && g_hash_table_contains(it->request->shared, key);
}

static void write_binds(const CrRecreating *it, const CrJson *value)
{
  const CrJson *mounts = cr_json_find(it->request->container, "Mounts");
  gboolean more = FALSE;
  cr_json_begin_array(it->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++)
    cr_json_node(it->writer, cr_json_get_element(value, i));
  for (guint i = 0; i < cr_json_get_length(mounts); i++) {
    const CrJson *mount = cr_json_get_element(mounts, i);
    const char *name = cr_json_find_string(mount, "Name", ""), *path = cr_json_find_string(mount, "Destination", "");
    if (strcmp(cr_json_find_string(mount, "Type", ""), "volume") != 0 || !*name || !*path || is_bound(it->host, path) ||
        is_in_mounts(it->host, path) || is_shared(it, mount))
      continue;
    gboolean writable = cr_json_get_boolean(cr_json_find(mount, "RW"), TRUE);
    g_autofree char *bind = g_strdup_printf("%s:%s%s", name, path, writable ? "" : ":ro");
    cr_json_string(it->writer, bind);
    more = TRUE;
  }
  cr_json_end_array(it->writer);
  if (more)
    cr_recreate_expect(it, "HostConfig.Binds");
}

/* `--mount type=volume,target=…` without a source: the engine gave it a name, which Mounts beside HostConfig has. */
static void write_mount(const CrRecreating *it, const CrJson *mount)
{
  const CrJson *real = find_mount(it, cr_json_find_string(mount, "Target", ""));
  const char *name = cr_json_find_string(real, "Name", "");
  gboolean nameless =
      !strcmp(cr_json_find_string(mount, "Type", ""), "volume") && !*cr_json_find_string(mount, "Source", "") && *name;
  if (!nameless) {
    cr_json_node(it->writer, mount);
    return;
  }
  cr_recreate_expect(it, "HostConfig.Mounts");
  cr_json_begin_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(mount); i++) {
    const char *member = cr_json_get_member_name(mount, i);
    if (!strcmp(member, "Source"))
      continue;
    cr_json_key(it->writer, member);
    cr_json_node(it->writer, cr_json_get_element(mount, i));
  }
  cr_json_key_string(it->writer, "Source", name);
  cr_json_end_object(it->writer);
}

static void write_mounts(const CrRecreating *it, const CrJson *value)
{
  cr_json_begin_array(it->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++)
    write_mount(it, cr_json_get_element(value, i));
  cr_json_end_array(it->writer);
}

/* ---- others ---- */

/* "container:ID" by the name that this one will have. */
static void write_mode(const CrRecreating *it, const CrJson *value)
{
  const char *mode = cr_json_get_string(value, "");
  const char *id = g_str_has_prefix(mode, "container:") ? mode + strlen("container:") : NULL;
  const char *name = id && it->request->names ? g_hash_table_lookup(it->request->names, id) : NULL;
  g_autofree char *changed = name ? g_strdup_printf("container:%s", name) : NULL;
  if (value && !cr_json_is(value, CR_JSON_STRING))
    cr_json_node(it->writer, value);
  else
    cr_json_string(it->writer, changed ? changed : mode);
}

static void write_network_mode(const CrRecreating *it, const CrJson *value)
{
  if (it->shares_network)
    cr_recreate_expect(it, "HostConfig.NetworkMode");
  write_mode(it, value);
}

static void write_ipc_mode(const CrRecreating *it, const CrJson *value)
{
  if (g_str_has_prefix(cr_json_get_string(value, ""), "container:"))
    cr_recreate_expect(it, "HostConfig.IpcMode");
  write_mode(it, value);
}

static void write_pid_mode(const CrRecreating *it, const CrJson *value)
{
  if (g_str_has_prefix(cr_json_get_string(value, ""), "container:"))
    cr_recreate_expect(it, "HostConfig.PidMode");
  write_mode(it, value);
}

/* "/a:/web/alias" is said as "a:alias". */
static void write_links(const CrRecreating *it, const CrJson *value)
{
  if (cr_json_get_length(value))
    cr_recreate_expect(it, "HostConfig.Links"); /* the middle is the new one's name for now */
  cr_json_begin_array(it->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const char *link = cr_json_get_string(cr_json_get_element(value, i), "");
    const char *colon = strchr(link, ':'), *slash = colon ? strrchr(colon, '/') : NULL;
    g_autofree char *text =
        g_strdup_printf("%.*s:%s", (int)(colon ? colon - link - (*link == '/') : 0), link + (*link == '/'),
                        slash   ? slash + 1
                        : colon ? colon + 1
                                : "");
    if (colon)
      cr_json_string(it->writer, text);
  }
  cr_json_end_array(it->writer);
}

/* Docker writes "" and takes "rwm"; Podman calls an empty one wrong. */
static void write_devices(const CrRecreating *it, const CrJson *value)
{
  cr_json_begin_array(it->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const CrJson *device = cr_json_get_element(value, i);
    gboolean empty = !*cr_json_find_string(device, "CgroupPermissions", "");
    cr_json_begin_object(it->writer);
    for (guint k = 0; k < cr_json_get_length(device); k++) {
      const char *member = cr_json_get_member_name(device, k);
      if (empty && !strcmp(member, "CgroupPermissions"))
        continue;
      cr_json_key(it->writer, member);
      cr_json_node(it->writer, cr_json_get_element(device, k));
    }
    if (empty)
      cr_json_key_string(it->writer, "CgroupPermissions", "rwm");
    cr_json_end_object(it->writer);
  }
  cr_json_end_array(it->writer);
  if (cr_json_get_length(value))
    cr_recreate_expect(it, "HostConfig.Devices[].CgroupPermissions");
}

static const struct {
  const char *name;
  void (*write)(const CrRecreating *it, const CrJson *value);
} members[] = {
    {"Binds", write_binds},      {"Mounts", write_mounts},    {"NetworkMode", write_network_mode},
    {"IpcMode", write_ipc_mode}, {"PidMode", write_pid_mode}, {"Links", write_links},
    {"Devices", write_devices},
};

/* What is left out: the engine's own default as it was resolved, and what of another container's network is not ours.
 */
static gboolean is_left_out(const CrRecreating *it, const char *name, const CrJson *value)
{
  static const char *const of_network[] = {"Dns",   "DnsOptions",   "DnsSearch",       "ExtraHosts",
                                           "Links", "PortBindings", "PublishAllPorts", NULL};
  static const char *const not_for_podman[] = {"MemorySwappiness", "NanoCpus", NULL};
  if (!strcmp(name, "Runtime"))
    return !g_strcmp0(cr_json_get_string(value, ""), it->request->default_runtime);
  if (!strcmp(name, "ContainerIDFile"))
    return TRUE;
  if (it->shares_network && g_strv_contains(of_network, name))
    return TRUE;
  if (!it->request->podman || !g_strv_contains(not_for_podman, name))
    return FALSE;
  /* Podman writes both quota and NanoCpus, and takes only one; 0 as a swappiness is its word for not set. */
  return strcmp(name, "NanoCpus") != 0 || !cr_recreate_is_nothing(cr_json_find(it->host, "CpuQuota"));
}

void cr_recreate_write_host(const CrRecreating *it)
{
  gboolean bound = FALSE;
  cr_json_begin_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(it->host); i++) {
    const char *name = cr_json_get_member_name(it->host, i);
    const CrJson *value = cr_json_get_element(it->host, i);
    guint k = 0;
    if (is_left_out(it, name, value))
      continue;
    bound = bound || !strcmp(name, "Binds");
    while (k < G_N_ELEMENTS(members) && strcmp(members[k].name, name) != 0)
      k++;
    cr_json_key(it->writer, name);
    if (k < G_N_ELEMENTS(members))
      members[k].write(it, value);
    else
      cr_json_node(it->writer, value);
  }
  if (!bound) {
    cr_json_key(it->writer, "Binds");
    write_binds(it, NULL);
  }
  cr_json_end_object(it->writer);
}
