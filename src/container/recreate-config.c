/* SPDX-License-Identifier: Apache-2.0 */
/* Config: the engine filled in what the image says and the user did not. What equals the old image's is the old
 * image's, and comes from the new one now; all else is the user's. A user's value that equals the old default is lost,
 * as for everybody: no engine tells them apart. */
#include <string.h>

#include "container/recreate-private.h"

static const CrJson *get(const CrRecreating *it, const char *name)
{
  return cr_json_find(it->config, name);
}

static const CrJson *get_old(const CrRecreating *it, const char *name)
{
  return cr_json_find(it->old_config, name);
}

/* Member NAME comes from the new image; it may differ by so much as the images do. */
static void leave_to_image(const CrRecreating *it, const char *name)
{
  g_autofree char *path = g_strdup_printf("Config.%s", name);
  if (!cr_recreate_is_same(get(it, name), cr_json_find(it->new_config, name)))
    cr_recreate_expect(it, path);
}

static void write_node(const CrRecreating *it, const char *name, const CrJson *value)
{
  cr_json_key(it->writer, name);
  cr_json_node(it->writer, value);
}

/* ---- members that the image may have set ---- */

static void write_unless_old(const CrRecreating *it, const char *name)
{
  const CrJson *value = get(it, name);
  if (cr_recreate_is_nothing(value) || cr_recreate_is_same(value, get_old(it, name)))
    leave_to_image(it, name);
  else
    write_node(it, name, value);
}

static gboolean has_string(const CrJson *array, const char *text)
{
  for (guint i = 0; i < cr_json_get_length(array); i++)
    if (!strcmp(cr_json_get_string(cr_json_get_element(array, i), ""), text))
      return TRUE;
  return FALSE;
}

static void write_environment(const CrRecreating *it, const char *name)
{
  const CrJson *all = get(it, name), *old = get_old(it, name);
  if (!cr_recreate_is_same(old, cr_json_find(it->new_config, name)))
    cr_recreate_expect(it, "Config.Env");
  cr_json_key(it->writer, name);
  cr_json_begin_array(it->writer);
  for (guint i = 0; i < cr_json_get_length(all); i++) {
    const char *text = cr_json_get_string(cr_json_get_element(all, i), NULL);
    if (text && !has_string(old, text))
      cr_json_string(it->writer, text);
  }
  cr_json_end_array(it->writer);
}

static void write_labels(const CrRecreating *it, const char *name)
{
  const CrJson *all = get(it, name), *old = get_old(it, name);
  if (!cr_recreate_is_same(old, cr_json_find(it->new_config, name)))
    cr_recreate_expect(it, "Config.Labels");
  cr_json_key(it->writer, name);
  cr_json_begin_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(all); i++) {
    const char *label = cr_json_get_member_name(all, i);
    const char *value = cr_json_get_string(cr_json_get_element(all, i), "");
    const char *was = cr_json_find_string(old, label, NULL);
    if (was && !strcmp(was, value))
      continue;
    g_autofree char *changed = cr_recreate_change_label(it, label, value);
    g_autofree char *path = g_strdup_printf("Config.Labels.%s", label);
    cr_json_key_string(it->writer, label, changed ? changed : value);
    if (changed)
      cr_recreate_expect(it, path);
  }
  cr_json_end_object(it->writer);
}

/* Cmd is the image's only where Entrypoint is, too. An empty entrypoint where the image has one was asked for as "". */
static void write_start(const CrRecreating *it)
{
  const CrJson *entrypoint = get(it, "Entrypoint"), *command = get(it, "Cmd");
  gboolean own_entrypoint = !cr_recreate_is_same(entrypoint, get_old(it, "Entrypoint"));
  gboolean own_command = !cr_recreate_is_same(command, get_old(it, "Cmd"));
  if (!own_entrypoint && own_command && cr_recreate_is_nothing(command))
    own_entrypoint = TRUE; /* the image's own entrypoint was said, which takes its Cmd away */
  if (!own_entrypoint)
    leave_to_image(it, "Entrypoint");
  else if (!cr_recreate_is_nothing(entrypoint))
    write_node(it, "Entrypoint", entrypoint);
  else if (!cr_recreate_is_nothing(cr_json_find(it->new_config, "Entrypoint"))) {
    const char *const none[] = {"", NULL};
    cr_json_key_strings(it->writer, "Entrypoint", none);
    cr_recreate_expect(it, "Config.Entrypoint"); /* [""] and null are both written for it */
  }
  if (!own_entrypoint && !own_command)
    leave_to_image(it, "Cmd");
  else if (!cr_recreate_is_nothing(command))
    write_node(it, "Cmd", command);
}

/* Engines write their own short id there, and the machine's name with its network. */
static void write_hostname(const CrRecreating *it, const char *name)
{
  const char *value = cr_json_get_string(get(it, name), "");
  gboolean automatic = !strcmp(value, it->short_id) ||
                       (!strcmp(it->network_mode, "host") && !strcmp(value, g_get_host_name())) ||
                       !strcmp(cr_json_find_string(it->host, "UTSMode", ""), "host");
  if (!*value || automatic || it->shares_network)
    cr_recreate_expect(it, "Config.Hostname");
  else
    cr_json_key_string(it->writer, name, value);
}

static void write_ports(const CrRecreating *it, const char *name)
{
  const CrJson *all = get(it, name), *old = get_old(it, name), *bound = cr_json_find(it->host, "PortBindings");
  if (it->shares_network)
    return;
  if (!cr_recreate_is_same(old, cr_json_find(it->new_config, name)))
    cr_recreate_expect(it, "Config.ExposedPorts");
  cr_json_key(it->writer, name);
  cr_json_begin_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(all); i++) {
    const char *port = cr_json_get_member_name(all, i);
    if (!cr_json_find(old, port) || cr_json_find(bound, port))
      write_node(it, port, cr_json_get_element(all, i));
  }
  for (guint i = 0; i < cr_json_get_length(bound); i++) {
    const char *port = cr_json_get_member_name(bound, i);
    if (!cr_json_find(all, port)) {
      cr_json_key(it->writer, port);
      cr_json_begin_object(it->writer);
      cr_json_end_object(it->writer);
    }
  }
  cr_json_end_object(it->writer);
}

/* What has a volume already gets it by name (recreate-host.c); said here it would become an empty one. */
static void write_volumes(const CrRecreating *it, const char *name)
{
  const CrJson *all = get(it, name), *old = get_old(it, name), *new_ones = cr_json_find(it->new_config, name);
  cr_recreate_expect(it, "Config.Volumes");
  cr_json_key(it->writer, name);
  cr_json_begin_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(all); i++) {
    const char *path = cr_json_get_member_name(all, i);
    if (!cr_json_find(old, path) && !cr_recreate_is_mounted(it, path))
      write_node(it, path, cr_json_get_element(all, i));
  }
  cr_json_end_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(new_ones); i++) {
    const char *path = cr_json_get_member_name(new_ones, i);
    g_autofree char *mount = g_strdup_printf("Mounts[%s]", path);
    if (!cr_recreate_is_mounted(it, path))
      cr_recreate_expect(it, mount);
  }
}

/* ---- all members ---- */

static void ignore(const CrRecreating *it, const char *name)
{
  (void)it;
  (void)name;
}

static const struct {
  const char *name;
  void (*write)(const CrRecreating *it, const char *name);
} members[] = {
    {"Image", ignore}, /* the new one's is written first */
    {"Cmd", ignore},   /* by write_start, together */
    {"Entrypoint", ignore},
    {"MacAddress", ignore}, /* of a network: recreate-network.c */
    {"CreateCommand", ignore},
    {"Env", write_environment},
    {"ExposedPorts", write_ports},
    {"Healthcheck", write_unless_old},
    {"Hostname", write_hostname},
    {"Labels", write_labels},
    {"OnBuild", write_unless_old},
    {"Shell", write_unless_old},
    {"StopSignal", write_unless_old},
    {"StopTimeout", write_unless_old},
    {"User", write_unless_old},
    {"Volumes", write_volumes},
    {"WorkingDir", write_unless_old},
    {"ArgsEscaped", write_unless_old},
};

void cr_recreate_write_config(const CrRecreating *it)
{
  for (guint i = 0; i < cr_json_get_length(it->config); i++) {
    const char *name = cr_json_get_member_name(it->config, i);
    void (*write)(const CrRecreating *, const char *) = NULL;
    for (guint k = 0; !write && k < G_N_ELEMENTS(members); k++)
      if (!strcmp(members[k].name, name))
        write = members[k].write;
    if (write)
      write(it, name);
    else
      write_node(it, name, cr_json_get_element(it->config, i)); /* also what nobody here knows */
  }
  /* what the old one has not, and the new image may bring: its first health check, say */
  for (guint k = 0; k < G_N_ELEMENTS(members); k++)
    if (!cr_json_find(it->config, members[k].name))
      members[k].write(it, members[k].name);
  write_start(it);
}
