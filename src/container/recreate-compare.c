/* SPDX-License-Identifier: Apache-2.0 */
/* Two containers' inspects against each other: after an update whose image changed nothing there is no difference, and
 * what is expected (recreate-config.c and others say where) is left out. Paths read like "HostConfig.Memory",
 * "Config.Env[PATH]", "Mounts[/data].RW". */
#include <string.h>

#include "container/private.h"
#include "container/recreate-private.h"

typedef struct {
  const CrRecreation *recreation;
  const char *old_id, *new_id;
  GString *text;
} Comparison;

/* What is another's with every container, or moves while it lives. "*" stands for one name. */
static const char *const passing[] = {
    "Id",
    "Created",
    "State",
    "Image",
    "Name",
    "ResolvConfPath",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "RestartCount",
    "GraphDriver",
    "Storage",
    "ProcessLabel",
    "MountLabel",
    "ExecIDs",
    "SizeRw",
    "SizeRootFs",
    "Config.Image",
    "ImageManifestDescriptor",
    "HostConfig.ContainerIDFile",
    "Args.none",
};

/* Of NetworkSettings only what a user may ask of an endpoint is compared; the rest is the engine's answer. */
static const char *const wishes[] = {"IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority"};

static gboolean covers(const char *prefix, const char *path)
{
  gsize length = strlen(prefix);
  return !strncmp(path, prefix, length) && (!path[length] || path[length] == '.' || path[length] == '[');
}

static gboolean is_expected(const Comparison *comparison, const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS(passing); i++)
    if (covers(passing[i], path))
      return TRUE;
  for (guint i = 0; i < comparison->recreation->expected->len; i++)
    if (covers(comparison->recreation->expected->pdata[i], path))
      return TRUE;
  return FALSE;
}

static char *format_value(const CrJson *value)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_node(writer, value);
  return g_strndup(cr_json_writer_get_text(writer, NULL), 200);
}

static void add(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b)
{
  g_autofree char *old = a ? format_value(a) : g_strdup("nothing"), *new = b ? format_value(b) : g_strdup("nothing");
  g_string_append_printf(comparison->text, "%s%s: %s, and now %s", comparison->text->len ? "\n" : "", path, old, new);
}

/* ---- lists whose order says nothing: by a key ---- */

/* What element NODE of the list at PATH is known by; NULL: the place in the list counts. Free with g_free. */
static char *get_key(const Comparison *comparison, const char *path, const CrJson *node)
{
  const char *text = cr_json_get_string(node, "");
  if (!strcmp(path, "Config.Env"))
    return g_strndup(text, strcspn(text, "="));
  if (!strcmp(path, "HostConfig.Binds"))
    return cr_recreate_get_destination(text);
  if (!strcmp(path, "HostConfig.Links"))
    return cr_recreate_format_link(text);
  if (!strcmp(path, "Mounts"))
    return g_strdup(cr_json_find_string(node, "Destination", ""));
  if (!strcmp(path, "HostConfig.Mounts"))
    return g_strdup(cr_json_find_string(node, "Target", ""));
  if (g_str_has_suffix(path, ".Aliases"))
    return cr_recreate_is_id(text, comparison->old_id) || cr_recreate_is_id(text, comparison->new_id) ? g_strdup("")
                                                                                                      : g_strdup(text);
  return NULL;
}

static void compare(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b);

static GHashTable *read_keys(const Comparison *comparison, const char *path, const CrJson *list)
{
  GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < cr_json_get_length(list); i++)
    g_hash_table_insert(keys, get_key(comparison, path, cr_json_get_element(list, i)),
                        (gpointer)cr_json_get_element(list, i));
  return keys;
}

static void compare_keyed(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b)
{
  g_autoptr(GHashTable) old = read_keys(comparison, path, a), new = read_keys(comparison, path, b);
  gboolean links = !strcmp(path, "HostConfig.Links"); /* the names differ, and the key is all */
  for (guint side = 0; side < 2; side++) {
    const CrJson *list = side ? b : a;
    for (guint i = 0; i < cr_json_get_length(list); i++) {
      g_autofree char *key = get_key(comparison, path, cr_json_get_element(list, i));
      g_autofree char *inner = g_strdup_printf("%s[%s]", path, key);
      gboolean both = g_hash_table_contains(old, key) && g_hash_table_contains(new, key);
      if (*key && !(side && both) && !(links && both))
        compare(comparison, inner, g_hash_table_lookup(old, key), g_hash_table_lookup(new, key));
    }
  }
}

static void compare_lists(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b)
{
  const CrJson *some = cr_json_get_length(a) ? a : b;
  g_autofree char *key = get_key(comparison, path, cr_json_get_element(some, 0));
  if (key)
    compare_keyed(comparison, path, a, b);
  else if (!cr_recreate_is_same(a, b))
    add(comparison, path, a, b);
}

/* ---- objects ---- */

/* Members that are keys of the user's, not words of the API: in brackets. */
static gboolean is_map(const char *path)
{
  static const char *const maps[] = {"Config.Labels",           "Config.Volumes",       "Config.ExposedPorts",
                                     "HostConfig.Tmpfs",        "HostConfig.Sysctls",   "HostConfig.Annotations",
                                     "HostConfig.PortBindings", "HostConfig.StorageOpt"};
  for (guint i = 0; i < G_N_ELEMENTS(maps); i++)
    if (!strcmp(path, maps[i]))
      return TRUE;
  return FALSE;
}

/* A member that says {} is one: of a set (Volumes, ExposedPorts) its name is all there is. */
static void compare_member(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b)
{
  if (!a != !b && is_map(path) == FALSE && cr_recreate_is_nothing(a) && cr_recreate_is_nothing(b) &&
      strchr(path, '[')) {
    if (!is_expected(comparison, path))
      add(comparison, path, a, b);
    return;
  }
  compare(comparison, path, a, b);
}

static void compare_objects(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b)
{
  gboolean map = is_map(path);
  for (guint side = 0; side < 2; side++) {
    const CrJson *object = side ? b : a, *other = side ? a : b;
    for (guint i = 0; i < cr_json_get_length(object); i++) {
      const char *name = cr_recreate_get_name(object, i);
      const CrJson *mine = cr_json_get_element(object, i), *theirs = cr_json_find(other, name);
      if (side && theirs)
        continue;
      g_autofree char *inner = map     ? g_strdup_printf("%s[%s]", path, name)
                               : *path ? g_strdup_printf("%s.%s", path, name)
                                       : g_strdup(name);
      compare_member(comparison, inner, side ? theirs : mine, side ? mine : theirs);
    }
  }
}

/* ---- networks ---- */

static const CrJson *find_endpoint(const CrJson *networks, const char *name)
{
  const CrJson *found = cr_json_find(networks, name);
  /* one that was never started has its first network under the name that it was asked for by */
  return found || strcmp(name, "bridge") != 0 ? found : cr_json_find(networks, "default");
}

static void compare_networks(Comparison *comparison, const CrJson *a, const CrJson *b)
{
  for (guint side = 0; side < 2; side++) {
    const CrJson *list = side ? b : a, *other = side ? a : b;
    for (guint i = 0; i < cr_json_get_length(list); i++) {
      const char *name = cr_recreate_get_name(list, i);
      const CrJson *mine = cr_json_get_element(list, i);
      const CrJson *theirs = find_endpoint(other, !strcmp(name, "default") ? "bridge" : name);
      g_autofree char *path = g_strdup_printf("NetworkSettings.Networks[%s]", name);
      if (!theirs && !is_expected(comparison, path))
        g_string_append_printf(comparison->text, "%s%s: %s", comparison->text->len ? "\n" : "", path,
                               side ? "nothing, and now connected" : "connected, and now nothing");
      for (guint k = 0; theirs && !side && k < G_N_ELEMENTS(wishes); k++) {
        g_autofree char *inner = g_strdup_printf("%s.%s", path, wishes[k]);
        compare(comparison, inner, cr_json_find(mine, wishes[k]), cr_json_find(theirs, wishes[k]));
      }
    }
  }
}

static void compare(Comparison *comparison, const char *path, const CrJson *a, const CrJson *b)
{
  if (is_expected(comparison, path))
    return;
  if (!strcmp(path, "NetworkSettings")) {
    compare_networks(comparison, cr_json_find(a, "Networks"), cr_json_find(b, "Networks"));
    return;
  }
  gboolean objects = cr_json_is(a, CR_JSON_OBJECT) || cr_json_is(b, CR_JSON_OBJECT);
  gboolean lists = cr_json_is(a, CR_JSON_ARRAY) || cr_json_is(b, CR_JSON_ARRAY);
  if (objects && !lists)
    compare_objects(comparison, path, a, b);
  else if (lists && !objects && (cr_json_get_length(a) || cr_json_get_length(b)))
    compare_lists(comparison, path, a, b);
  else if (!cr_recreate_is_same(a, b))
    add(comparison, path, a, b);
}

char *cr_recreation_compare(const CrRecreation *recreation, const CrJson *old_container, const CrJson *new_container)
{
  Comparison comparison = {.recreation = recreation,
                           .old_id = cr_json_find_string(old_container, "Id", ""),
                           .new_id = cr_json_find_string(new_container, "Id", ""),
                           .text = g_string_new(NULL)};
  compare(&comparison, "", old_container, new_container);
  gboolean none = !comparison.text->len;
  char *text = g_string_free(comparison.text, FALSE);
  if (!none)
    return text;
  g_free(text);
  return NULL;
}
