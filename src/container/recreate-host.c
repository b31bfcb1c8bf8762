/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig: whole, as raw JSON, with what careen does not know; a few members must be said in other words than
 * inspect has them (research/remediation.md §5, "fix-ups" and "anonymous volumes"). */
#include <string.h>

#include "container/private.h"
#include "container/recreate-private.h"

/* ---- other containers, whose ids change as well ---- */

/* The name that container OTHER (id or name) will have; NULL: it stays what it is. */
static const char *find_new_name(const CrRecreateDraft *draft, const char *other)
{
  GHashTableIter iter;
  gpointer id, name;
  if (!draft->request->names || !*other)
    return NULL;
  g_hash_table_iter_init(&iter, draft->request->names);
  while (g_hash_table_iter_next(&iter, &id, &name))
    if (cr_recreate_is_id(other, id))
      return name;
  return NULL;
}

static void write_mode(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const char *mode = !strcmp(name, "NetworkMode") ? cr_recreate_find_mode(draft) : cr_json_get_string(value, "");
  const char *other = cr_recreate_is_joined(mode) ? find_new_name(draft, mode + strlen("container:")) : NULL;
  g_autofree char *renamed = other ? g_strconcat("container:", other, NULL) : NULL;
  cr_json_key_string(draft->writer, name, renamed ? renamed : mode);
  if (renamed)
    cr_recreate_expect(draft, "HostConfig.%s", name);
  if (other && !strcmp(name, "NetworkMode"))
    cr_recreate_expect(draft, "NetworkSettings"); /* Podman shows the other one's there */
}

static void write_volumes_from(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!cr_json_get_length(value)) {
    cr_recreate_write_raw(draft, name, value);
    return;
  }
  g_auto(GStrv) list = cr_json_get_strings(value);
  cr_json_key(draft->writer, name);
  cr_json_begin_array(draft->writer);
  for (guint i = 0; list[i]; i++) {
    gsize length = strcspn(list[i], ":");
    g_autofree char *other = g_strndup(list[i], length);
    const char *renamed = find_new_name(draft, other);
    g_autofree char *text = g_strconcat(renamed ? renamed : other, list[i] + length, NULL);
    cr_json_string(draft->writer, text);
    if (renamed)
      cr_recreate_expect(draft, "HostConfig.VolumesFrom");
  }
  cr_json_end_array(draft->writer);
}

static void write_links(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!cr_json_get_length(value)) {
    cr_recreate_write_raw(draft, name, value);
    return;
  }
  g_auto(GStrv) list = cr_json_get_strings(value);
  cr_json_key(draft->writer, name);
  cr_json_begin_array(draft->writer);
  for (guint i = 0; list[i]; i++) {
    g_autofree char *link = cr_recreate_format_link(list[i]);
    gsize length = strcspn(link, ":");
    g_autofree char *other = g_strndup(link, length);
    const char *renamed = find_new_name(draft, other); /* inspect has the name that the other one has by now */
    g_autofree char *text = g_strconcat(renamed ? renamed : other, link + length, NULL);
    cr_json_string(draft->writer, text);
    if (renamed)
      cr_recreate_expect(draft, "HostConfig.Links");
  }
  cr_json_end_array(draft->writer);
}

/* ---- what one engine or one mode refuses ---- */

/* Said outright it is refused by proxies that watch the socket, and by engines that name it otherwise after an update.
 */
static void write_runtime(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const char *runtime = cr_json_get_string(value, "");
  if (draft->request->default_runtime && !strcmp(runtime, draft->request->default_runtime))
    return;
  cr_recreate_write_raw(draft, name, value);
}

/* moby runconfig/hostconfig.go: conflicts with another container's network. */
static void write_unless_joined(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!cr_recreate_is_joined(draft->mode))
    cr_recreate_write_raw(draft, name, value);
}

/* Podman derives it from period and quota, and takes one or the other. */
static void write_cpus(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!draft->request->podman || cr_recreate_is_nothing(cr_json_find(draft->host, "CpuQuota")))
    cr_recreate_write_raw(draft, name, value);
}

/* Podman's "not set" is 0 or -1, which as a wish means something else or is refused with cgroups 2. */
static void write_swappiness(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!draft->request->podman || cr_json_get_integer(value, -1) > 0)
    cr_recreate_write_raw(draft, name, value);
}

/* Podman's inspect says RLIMIT_NOFILE, its create takes nofile. */
static void write_limits(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!draft->request->podman || !cr_json_get_length(value)) {
    cr_recreate_write_raw(draft, name, value);
    return;
  }
  cr_json_key(draft->writer, name);
  cr_json_begin_array(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const CrJson *limit = cr_json_get_element(value, i);
    const char *word = cr_json_find_string(limit, "Name", "");
    g_autofree char *plain = g_ascii_strdown(g_str_has_prefix(word, "RLIMIT_") ? word + strlen("RLIMIT_") : word, -1);
    cr_json_begin_object(draft->writer);
    cr_json_key_string(draft->writer, "Name", plain);
    cr_json_key_integer(draft->writer, "Hard", cr_json_find_integer(limit, "Hard", 0));
    cr_json_key_integer(draft->writer, "Soft", cr_json_find_integer(limit, "Soft", 0));
    cr_json_end_object(draft->writer);
  }
  cr_json_end_array(draft->writer);
}

/* Podman lists what the image exposes as bound to nothing; said again it would outlive the image. Docker's empty list
 * is a port that the engine is to choose at the start (version history, 1.52). */
static void write_bindings(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (cr_recreate_is_joined(draft->mode))
    return;
  cr_json_key(draft->writer, name);
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++)
    if (!draft->request->podman || !cr_recreate_is_nothing(cr_json_get_element(value, i)))
      cr_recreate_write_raw(draft, cr_recreate_get_name(value, i), cr_json_get_element(value, i));
    else
      cr_recreate_expect(draft, "HostConfig.PortBindings[%s]", cr_recreate_get_name(value, i));
  cr_json_end_object(draft->writer);
}

static void write_devices(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (!cr_json_get_length(value)) {
    cr_recreate_write_raw(draft, name, value);
    return;
  }
  cr_json_key(draft->writer, name);
  cr_json_begin_array(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const CrJson *device = cr_json_get_element(value, i);
    gboolean said = *cr_json_find_string(device, "CgroupPermissions", "") != 0;
    cr_json_begin_object(draft->writer);
    for (guint k = 0; k < cr_json_get_length(device); k++)
      if (said || strcmp(cr_recreate_get_name(device, k), "CgroupPermissions") != 0)
        cr_recreate_write_raw(draft, cr_recreate_get_name(device, k), cr_json_get_element(device, k));
    if (!said)
      cr_json_key_string(draft->writer, "CgroupPermissions", "rwm");
    cr_json_end_object(draft->writer);
  }
  cr_json_end_array(draft->writer);
}

/* ---- volumes ---- */

/* The element of Mounts[] at DESTINATION when it is a volume with a name. */
static const CrJson *find_volume(const CrRecreateDraft *draft, const char *destination)
{
  for (guint i = 0; i < cr_json_get_length(draft->mounts); i++) {
    const CrJson *mount = cr_json_get_element(draft->mounts, i);
    if (!strcmp(cr_json_find_string(mount, "Type", ""), "volume") && *cr_json_find_string(mount, "Name", "") &&
        !strcmp(cr_json_find_string(mount, "Destination", ""), destination))
      return mount;
  }
  return NULL;
}

static gboolean is_in_binds(const CrRecreateDraft *draft, const char *destination)
{
  g_auto(GStrv) binds = cr_json_get_strings(cr_json_find(draft->host, "Binds"));
  for (guint i = 0; binds[i]; i++) {
    g_autofree char *there = cr_recreate_get_destination(binds[i]);
    if (!strcmp(there, destination))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_in_mounts(const CrRecreateDraft *draft, const char *destination)
{
  const CrJson *mounts = cr_json_find(draft->host, "Mounts");
  for (guint i = 0; i < cr_json_get_length(mounts); i++) {
    const char *target = cr_json_find_string(cr_json_get_element(mounts, i), "Target", "");
    g_autofree char *there = *target == '/' ? g_canonicalize_filename(target, "/") : g_strdup(target);
    if (!strcmp(there, destination))
      return TRUE;
  }
  return FALSE;
}

/* Does it come by VolumesFrom, from a container that has it still? Then it comes from there again. */
static gboolean is_shared(const CrRecreateDraft *draft, const CrJson *mount)
{
  g_autofree char *key =
      g_strdup_printf("%s:%s", cr_json_find_string(mount, "Name", ""), cr_json_find_string(mount, "Destination", ""));
  return draft->request->shared && g_hash_table_contains(draft->request->shared, key);
}

/* A volume that nothing names: an anonymous one (of -v /data, or of the image). */
static gboolean is_unnamed(const CrRecreateDraft *draft, const CrJson *mount)
{
  const char *destination = cr_json_find_string(mount, "Destination", "");
  return *destination && find_volume(draft, destination) == mount && !is_in_binds(draft, destination) &&
         !is_in_mounts(draft, destination) && !is_shared(draft, mount);
}

static char *format_bind(const CrJson *volume)
{
  gboolean writable = cr_json_get_boolean(cr_json_find(volume, "RW"), TRUE);
  return g_strdup_printf("%s:%s%s", cr_json_find_string(volume, "Name", ""),
                         cr_json_find_string(volume, "Destination", ""), writable ? "" : ":ro");
}

/* Named, the same volume is told with other words: its mode is that of a bind, and its own was "". */
static void expect_named(CrRecreateDraft *draft, const char *destination)
{
  cr_recreate_expect(draft, "HostConfig.Binds[%s]", destination);
  cr_recreate_expect(draft, "Mounts[%s].Mode", destination);
  cr_recreate_expect(draft, "Mounts[%s].Propagation", destination);
}

static void write_bind(CrRecreateDraft *draft, const char *bind)
{
  g_autofree char *destination = cr_recreate_get_destination(bind);
  const CrJson *volume = strchr(bind, ':') ? NULL : find_volume(draft, destination);
  g_autofree char *named = volume ? format_bind(volume) : NULL;
  cr_json_string(draft->writer, named ? named : bind);
  if (named)
    expect_named(draft, destination);
}

/* A colon in the path cannot be said in Binds. */
static gboolean fits_bind(const CrJson *volume)
{
  return !strchr(cr_json_find_string(volume, "Destination", ""), ':');
}

static void write_binds(CrRecreateDraft *draft)
{
  g_auto(GStrv) binds = cr_json_get_strings(cr_json_find(draft->host, "Binds"));
  cr_json_key(draft->writer, "Binds");
  cr_json_begin_array(draft->writer);
  for (guint i = 0; binds[i]; i++)
    write_bind(draft, binds[i]);
  for (guint i = 0; i < cr_json_get_length(draft->mounts); i++) {
    const CrJson *volume = cr_json_get_element(draft->mounts, i);
    if (!is_unnamed(draft, volume) || !fits_bind(volume))
      continue;
    g_autofree char *named = format_bind(volume);
    cr_json_string(draft->writer, named);
    expect_named(draft, cr_json_find_string(volume, "Destination", ""));
  }
  cr_json_end_array(draft->writer);
}

/* An element of HostConfig.Mounts; one of type volume without a source gets the name of what is there. */
static void write_mount(CrRecreateDraft *draft, const CrJson *mount)
{
  const char *target = cr_json_find_string(mount, "Target", "");
  g_autofree char *destination = *target == '/' ? g_canonicalize_filename(target, "/") : g_strdup(target);
  gboolean unnamed =
      !strcmp(cr_json_find_string(mount, "Type", ""), "volume") && !*cr_json_find_string(mount, "Source", "");
  const CrJson *volume = unnamed ? find_volume(draft, destination) : NULL;
  if (!volume) {
    cr_json_node(draft->writer, mount);
    return;
  }
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(mount); i++)
    if (strcmp(cr_recreate_get_name(mount, i), "Source") != 0)
      cr_recreate_write_raw(draft, cr_recreate_get_name(mount, i), cr_json_get_element(mount, i));
  cr_json_key_string(draft->writer, "Source", cr_json_find_string(volume, "Name", ""));
  cr_json_end_object(draft->writer);
  cr_recreate_expect(draft, "HostConfig.Mounts[%s].Source", target);
}

/* An image that is mounted (API 1.48 on) is unpacked for each container anew: where, is the engine's own. */
static void expect_images(CrRecreateDraft *draft)
{
  for (guint i = 0; i < cr_json_get_length(draft->mounts); i++) {
    const CrJson *mount = cr_json_get_element(draft->mounts, i);
    if (!strcmp(cr_json_find_string(mount, "Type", ""), "image"))
      cr_recreate_expect(draft, "Mounts[%s].Source", cr_json_find_string(mount, "Destination", ""));
  }
}

static void write_mounts(CrRecreateDraft *draft)
{
  const CrJson *mounts = cr_json_find(draft->host, "Mounts");
  cr_json_key(draft->writer, "Mounts");
  cr_json_begin_array(draft->writer);
  for (guint i = 0; i < cr_json_get_length(mounts); i++)
    write_mount(draft, cr_json_get_element(mounts, i));
  for (guint i = 0; i < cr_json_get_length(draft->mounts); i++) {
    const CrJson *volume = cr_json_get_element(draft->mounts, i);
    if (!is_unnamed(draft, volume) || fits_bind(volume))
      continue;
    const char *destination = cr_json_find_string(volume, "Destination", "");
    cr_json_begin_object(draft->writer);
    cr_json_key_string(draft->writer, "Type", "volume");
    cr_json_key_string(draft->writer, "Source", cr_json_find_string(volume, "Name", ""));
    cr_json_key_string(draft->writer, "Target", destination);
    cr_json_key_boolean(draft->writer, "ReadOnly", !cr_json_get_boolean(cr_json_find(volume, "RW"), TRUE));
    cr_json_end_object(draft->writer);
    cr_recreate_expect(draft, "HostConfig.Mounts[%s]", destination);
    cr_recreate_expect(draft, "Mounts[%s].Mode", destination);
  }
  cr_json_end_array(draft->writer);
}

/* ---- all of it ---- */

static const CrRecreateRule rules[] = {
    {"NetworkMode", write_mode},
    {"IpcMode", write_mode},
    {"PidMode", write_mode},
    {"VolumesFrom", write_volumes_from},
    {"Links", write_links},
    {"Runtime", write_runtime},
    {"Dns", write_unless_joined},
    {"DnsOptions", write_unless_joined},
    {"DnsSearch", write_unless_joined},
    {"ExtraHosts", write_unless_joined},
    {"PortBindings", write_bindings},
    {"PublishAllPorts", write_unless_joined},
    {"NanoCpus", write_cpus},
    {"MemorySwappiness", write_swappiness},
    {"Devices", write_devices},
    {"Ulimits", write_limits},
    {"Binds", cr_recreate_write_nothing},
    {"Mounts", cr_recreate_write_nothing},
};

/* What an engine fills in at create where nothing is said, and an older one did not know when this one was made. */
static void expect_filled(CrRecreateDraft *draft)
{
  static const char *const filled[] = {"CgroupnsMode", "IpcMode",       "ShmSize",  "Isolation",
                                       "MaskedPaths",  "ReadonlyPaths", "LogConfig"};
  for (guint i = 0; i < G_N_ELEMENTS(filled); i++)
    if (cr_recreate_is_nothing(cr_json_find(draft->host, filled[i])))
      cr_recreate_expect(draft, "HostConfig.%s", filled[i]);
}

void cr_recreate_write_host(CrRecreateDraft *draft)
{
  expect_filled(draft);
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(draft->host); i++) {
    const char *name = cr_recreate_get_name(draft->host, i);
    const CrJson *value = cr_json_get_element(draft->host, i);
    if (!cr_recreate_apply_rule(draft, rules, G_N_ELEMENTS(rules), name, value))
      cr_recreate_write_raw(draft, name, value);
  }
  expect_images(draft);
  write_binds(draft);
  write_mounts(draft);
  cr_json_end_object(draft->writer);
}
