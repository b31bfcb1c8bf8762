/* SPDX-License-Identifier: Apache-2.0 */
/* Old and new, side by side: what the engine made of the request. What it cannot explain is a setting that would be
 * lost, and ends the change before the old one is stopped. */
#include <string.h>

#include "container/recreate-private.h"

#define SHOWN_BYTES 60

typedef struct {
  const CrRecreation *recreation;
  GString *out;
} Comparing;

/* What is never the same, or is how the engine keeps it and not what was asked for. */
static const char *const never[] = {"Config.Image",
                                    "Config.CreateCommand",
                                    "Config.StopSignalName",
                                    "Config.Annotations",
                                    "Config.MacAddress",
                                    "HostConfig.ContainerIDFile",
                                    "HostConfig.Runtime",
                                    "HostConfig.Annotations",
                                    "HostConfig.CgroupMode",
                                    "HostConfig.LogConfig.Path",
                                    "HostConfig.LogConfig.Size",
                                    "HostConfig.LogConfig.Tag",
                                    NULL};

static gboolean is_expected(const Comparing *it, const char *path)
{
  if (g_strv_contains(never, path))
    return TRUE;
  for (guint i = 0; i < it->recreation->expected->len; i++) {
    const char *expected = it->recreation->expected->pdata[i];
    gsize length = strlen(expected);
    if (!strncmp(path, expected, length) && (!path[length] || path[length] == '.' || path[length] == '['))
      return TRUE;
  }
  return FALSE;
}

static char *describe(const CrJson *node)
{
  if (cr_recreate_is_nothing(node))
    return g_strdup("nothing");
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_node(writer, node);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  const char *end = size > SHOWN_BYTES ? g_utf8_find_prev_char(text, text + SHOWN_BYTES) : NULL;
  return end ? g_strdup_printf("%.*s…", (int)(end - text), text) : g_strdup(text);
}

static void differ(const Comparing *it, const char *path, const CrJson *old, const CrJson *new_one)
{
  if (is_expected(it, path))
    return;
  g_autofree char *from = describe(old), *to = describe(new_one);
  g_string_append_printf(it->out, "%s%s: %s → %s", it->out->len ? "\n" : "", path, from, to);
}

/* Each of ONE is somewhere in OTHER: lists that engines keep in any order. */
static gboolean has_all(const CrJson *one, const CrJson *other)
{
  for (guint i = 0; i < cr_json_get_length(one); i++) {
    gboolean found = FALSE;
    for (guint k = 0; !found && k < cr_json_get_length(other); k++)
      found = cr_recreate_is_same(cr_json_get_element(one, i), cr_json_get_element(other, k));
    if (!found)
      return FALSE;
  }
  return TRUE;
}

static void compare(const Comparing *it, const char *path, const CrJson *old, const CrJson *new_one);

static void compare_members(const Comparing *it, const char *path, const CrJson *old, const CrJson *new_one)
{
  for (guint i = 0; i < cr_json_get_length(old); i++) {
    const char *name = cr_json_get_member_name(old, i);
    g_autofree char *below = g_strdup_printf("%s.%s", path, name);
    compare(it, below, cr_json_get_element(old, i), cr_json_find(new_one, name));
  }
  for (guint i = 0; i < cr_json_get_length(new_one); i++) {
    const char *name = cr_json_get_member_name(new_one, i);
    g_autofree char *below = g_strdup_printf("%s.%s", path, name);
    if (!cr_json_find(old, name))
      compare(it, below, NULL, cr_json_get_element(new_one, i));
  }
}

static void compare(const Comparing *it, const char *path, const CrJson *old, const CrJson *new_one)
{
  gboolean old_is = cr_json_is(old, CR_JSON_OBJECT), new_is = cr_json_is(new_one, CR_JSON_OBJECT);
  if (cr_recreate_is_same(old, new_one))
    return;
  if ((old_is || cr_recreate_is_nothing(old)) && (new_is || cr_recreate_is_nothing(new_one)) && (old_is || new_is))
    compare_members(it, path, old, new_one);
  else if (cr_json_is(old, CR_JSON_ARRAY) && cr_json_is(new_one, CR_JSON_ARRAY) &&
           cr_json_get_length(old) == cr_json_get_length(new_one) && has_all(old, new_one) && has_all(new_one, old))
    return;
  else
    differ(it, path, old, new_one);
}

/* Devices: "" and "rwm" are the same permissions. */
static gboolean devices_are_same(const CrJson *old, const CrJson *new_one)
{
  static const char *const members[] = {"PathOnHost", "PathInContainer"};
  if (cr_json_get_length(old) != cr_json_get_length(new_one))
    return FALSE;
  for (guint i = 0; i < cr_json_get_length(old); i++)
    for (guint k = 0; k < G_N_ELEMENTS(members); k++)
      if (strcmp(cr_json_find_string(cr_json_get_element(old, i), members[k], ""),
                 cr_json_find_string(cr_json_get_element(new_one, i), members[k], "")) != 0)
        return FALSE;
  return TRUE;
}

static void compare_host(const Comparing *it, const CrJson *old, const CrJson *new_one)
{
  for (guint i = 0; i < cr_json_get_length(old); i++) {
    const char *name = cr_json_get_member_name(old, i);
    const CrJson *was = cr_json_get_element(old, i), *is = cr_json_find(new_one, name);
    g_autofree char *path = g_strdup_printf("HostConfig.%s", name);
    if (strcmp(name, "Devices") != 0 || !devices_are_same(was, is))
      compare(it, path, was, is);
  }
  for (guint i = 0; i < cr_json_get_length(new_one); i++) {
    const char *name = cr_json_get_member_name(new_one, i);
    g_autofree char *path = g_strdup_printf("HostConfig.%s", name);
    if (!cr_json_find(old, name))
      compare(it, path, NULL, cr_json_get_element(new_one, i));
  }
}

/* ---- mounts ---- */

static const CrJson *find_mount(const CrJson *mounts, const char *path)
{
  for (guint i = 0; i < cr_json_get_length(mounts); i++)
    if (!strcmp(cr_json_find_string(cr_json_get_element(mounts, i), "Destination", ""), path))
      return cr_json_get_element(mounts, i);
  return NULL;
}

static gboolean mounts_are_same(const CrJson *old, const CrJson *new_one)
{
  static const char *const members[] = {"Type", "Name", "RW", "Driver"};
  for (guint i = 0; i < G_N_ELEMENTS(members); i++)
    if (!cr_recreate_is_same(cr_json_find(old, members[i]), cr_json_find(new_one, members[i])))
      return FALSE;
  return strcmp(cr_json_find_string(old, "Type", ""), "bind") != 0 ||
         cr_recreate_is_same(cr_json_find(old, "Source"), cr_json_find(new_one, "Source"));
}

static void compare_mounts(const Comparing *it, const CrJson *old, const CrJson *new_one)
{
  for (guint i = 0; i < cr_json_get_length(old); i++) {
    const CrJson *was = cr_json_get_element(old, i);
    const char *target = cr_json_find_string(was, "Destination", "");
    const CrJson *is = find_mount(new_one, target);
    g_autofree char *path = g_strdup_printf("Mounts[%s]", target);
    if (!is || !mounts_are_same(was, is))
      differ(it, path, was, is);
  }
  for (guint i = 0; i < cr_json_get_length(new_one); i++) {
    const CrJson *is = cr_json_get_element(new_one, i);
    const char *target = cr_json_find_string(is, "Destination", "");
    g_autofree char *path = g_strdup_printf("Mounts[%s]", target);
    if (!find_mount(old, target))
      differ(it, path, NULL, is);
  }
}

/* ---- networks ---- */

static gboolean has_alias(const CrJson *aliases, const char *alias)
{
  for (guint i = 0; i < cr_json_get_length(aliases); i++)
    if (!strcmp(cr_json_get_string(cr_json_get_element(aliases, i), ""), alias))
      return TRUE;
  return FALSE;
}

static void compare_networks(const Comparing *it, const CrJson *old, const CrJson *new_one)
{
  static const char *const members[] = {"IPAMConfig", "DriverOpts", "GwPriority"};
  const CrJson *was = cr_json_find(cr_json_find(old, "NetworkSettings"), "Networks");
  const CrJson *is = cr_json_find(cr_json_find(new_one, "NetworkSettings"), "Networks");
  for (guint i = 0; i < cr_json_get_length(was); i++) {
    const char *name = cr_json_get_member_name(was, i);
    const CrJson *before = cr_json_get_element(was, i), *after = cr_json_find(is, name);
    g_autofree char *path = g_strdup_printf("Networks.%s", name);
    if (!after)
      differ(it, path, before, NULL);
    for (guint k = 0; after && k < G_N_ELEMENTS(members); k++) {
      g_autofree char *below = g_strdup_printf("%s.%s", path, members[k]);
      compare(it, below, cr_json_find(before, members[k]), cr_json_find(after, members[k]));
    }
    const CrJson *aliases = cr_json_find(before, "Aliases");
    for (guint k = 0; after && k < cr_json_get_length(aliases); k++) {
      const char *alias = cr_json_get_string(cr_json_get_element(aliases, k), "");
      g_autofree char *below = g_strdup_printf("%s.Aliases", path);
      if (strncmp(cr_json_find_string(old, "Id", ""), alias, strlen(alias)) != 0 &&
          !has_alias(cr_json_find(after, "Aliases"), alias))
        differ(it, below, cr_json_get_element(aliases, k), NULL);
    }
  }
  for (guint i = 0; i < cr_json_get_length(is); i++) {
    const char *name = cr_json_get_member_name(is, i);
    g_autofree char *path = g_strdup_printf("Networks.%s", name);
    if (!cr_json_find(was, name))
      differ(it, path, NULL, cr_json_get_element(is, i));
  }
}

char *cr_recreation_compare(const CrRecreation *recreation, const CrJson *old_container, const CrJson *new_container)
{
  Comparing it = {.recreation = recreation, .out = g_string_new(NULL)};
  compare(&it, "Config", cr_json_find(old_container, "Config"), cr_json_find(new_container, "Config"));
  compare_host(&it, cr_json_find(old_container, "HostConfig"), cr_json_find(new_container, "HostConfig"));
  compare_mounts(&it, cr_json_find(old_container, "Mounts"), cr_json_find(new_container, "Mounts"));
  compare_networks(&it, old_container, new_container);
  return g_string_free(it.out, it.out->len == 0);
}
