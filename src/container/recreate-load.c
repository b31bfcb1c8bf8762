/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a re-creation needs, asked of the engine; and the new container made. */
#include <string.h>

#include "base/error.h"
#include "container/private.h"
#include "container/recreate-private.h"

/* What was asked, freed together. */
typedef struct {
  CrJsonDoc *old_image, *new_image, *changes, *info, *libpod;
  GHashTable *shared;
  char *compose_host;
} Asked;

static void asked_clear(Asked *asked)
{
  g_clear_pointer(&asked->old_image, cr_json_doc_free);
  g_clear_pointer(&asked->new_image, cr_json_doc_free);
  g_clear_pointer(&asked->changes, cr_json_doc_free);
  g_clear_pointer(&asked->info, cr_json_doc_free);
  g_clear_pointer(&asked->libpod, cr_json_doc_free);
  g_clear_pointer(&asked->shared, g_hash_table_unref);
  g_clear_pointer(&asked->compose_host, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

static const CrJson *get_root(const CrJsonDoc *doc)
{
  return doc ? cr_json_get_root(doc) : NULL;
}

static CrJsonDoc *ask_of(CrDaemon *daemon, const char *format, const char *id, GError **error)
{
  g_autofree char *escaped = cr_engine_escape(id, error);
  if (!escaped)
    return NULL;
  GString *path = g_string_new(format);
  g_string_replace(path, "%", escaped, 1);
  CrJsonDoc *doc = cr_daemon_get(daemon, path->str, error);
  g_string_free(path, TRUE);
  return doc;
}

/* The old image may be gone: that is no error. */
static gboolean ask_old_image(CrDaemon *daemon, const char *id, CrJsonDoc **image, GError **error)
{
  GError *cause = NULL;
  *image = cr_daemon_inspect_image(daemon, id, &cause);
  if (*image || g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_clear_error(&cause);
    return TRUE;
  }
  g_propagate_error(error, cause);
  return FALSE;
}

/* The volumes of what VolumesFrom names. */
static gboolean ask_shared(CrDaemon *daemon, const CrJson *inspect, GHashTable *shared, GError **error)
{
  g_auto(GStrv) others = cr_json_get_strings(cr_json_find(cr_json_find(inspect, "HostConfig"), "VolumesFrom"));
  for (guint i = 0; others[i]; i++) {
    others[i][strcspn(others[i], ":")] = 0;
    g_autoptr(CrJsonDoc) doc = ask_of(daemon, "/containers/%/json", others[i], error);
    if (!doc)
      return FALSE;
    const CrJson *mounts = cr_json_find(cr_json_get_root(doc), "Mounts");
    for (guint k = 0; k < cr_json_get_length(mounts); k++) {
      const CrJson *mount = cr_json_get_element(mounts, k);
      g_hash_table_add(shared, g_strdup_printf("%s:%s", cr_json_find_string(mount, "Name", ""),
                                               cr_json_find_string(mount, "Destination", "")));
    }
  }
  return TRUE;
}

static gboolean ask(CrDaemon *daemon, const CrContainer *container, const char *new_image_id, Asked *asked,
                    GError **error)
{
  gboolean podman = cr_daemon_is_podman(daemon);
  const char *address = strchr(cr_daemon_get_name(daemon), ':') + 1;
  asked->shared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  asked->compose_host = strstr(address, "://") ? g_strdup(address) : NULL;
  if (!(asked->new_image = cr_daemon_inspect_image(daemon, new_image_id, error)) ||
      !ask_old_image(daemon, container->image_id, &asked->old_image, error) ||
      !(asked->changes = ask_of(daemon, "/containers/%/changes", container->id, error)) ||
      !ask_shared(daemon, container->inspect, asked->shared, error))
    return FALSE;
  if (podman)
    return (asked->libpod = ask_of(daemon, "/libpod/containers/%/json", container->id, error)) != NULL;
  return (asked->info = cr_daemon_get(daemon, "/info", error)) != NULL;
}

CrRecreation *cr_recreation_load(CrDaemon *daemon, const CrContainer *container, const char *image,
                                 const char *new_image_id, GHashTable *names, GError **error)
{
  g_auto(Asked) asked = {0};
  if (!ask(daemon, container, new_image_id, &asked, error)) {
    g_prefix_error(error, "cannot see how container '%s' was made: ", container->name);
    return NULL;
  }
  gboolean podman = cr_daemon_is_podman(daemon);
  CrRecreateRequest request = {
      .container = container->inspect,
      .old_image = get_root(asked.old_image),
      .new_image = get_root(asked.new_image),
      .changes = get_root(asked.changes),
      .image = image,
      .new_image_id = new_image_id,
      .api = cr_daemon_get_api(daemon),
      .podman = podman,
      .names = names,
      /* Podman writes "oci" whatever runs it, and takes the service's own. */
      .default_runtime = podman ? cr_json_find_string(cr_json_find(container->inspect, "HostConfig"), "Runtime", "")
                                : cr_json_find_string(get_root(asked.info), "DefaultRuntime", NULL),
      .compose_host = asked.compose_host,
      .shared = asked.shared,
      .libpod = get_root(asked.libpod),
  };
  return cr_recreation_new(&request, error);
}

/* ---- made ---- */

static gboolean connect(const CrRecreateConnect *it, CrDaemon *daemon, const char *id, GError **error)
{
  g_autofree char *network = cr_engine_escape(it->network, error);
  if (!network)
    return FALSE;
  g_autofree char *path = g_strdup_printf("/networks/%s/connect", network);
  g_autofree char *quoted = g_strdup_printf("{\"Container\":\"%s\",%s", id, it->body + 1); /* ID is hex: see below */
  if (cr_daemon_send(daemon, "POST", path, quoted, NULL, error))
    return TRUE;
  g_prefix_error(error, "cannot connect it to network '%s': ", it->network);
  return FALSE;
}

static gboolean is_id(const char *id)
{
  return *id && strspn(id, "0123456789abcdef") == strlen(id);
}

gboolean cr_recreation_create(const CrRecreation *recreation, CrDaemon *daemon, const char *name, char **id,
                              GError **error)
{
  g_autoptr(CrJsonDoc) answer = NULL;
  g_autofree char *escaped = cr_daemon_escape_query(name);
  g_autofree char *path = g_strdup_printf("/containers/create?name=%s", escaped);
  if (!cr_daemon_send(daemon, "POST", path, recreation->body, &answer, error)) {
    g_prefix_error(error, "cannot create container '%s': ", name);
    return FALSE;
  }
  const char *made = answer ? cr_json_find_string(cr_json_get_root(answer), "Id", "") : "";
  if (!is_id(made)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot create container '%s': the engine gave it no id", name);
    return FALSE;
  }
  for (guint i = 0; i < recreation->connects->len; i++)
    if (!connect(recreation->connects->pdata[i], daemon, made, error)) {
      cr_container_remove(daemon, made, FALSE, NULL);
      return FALSE;
    }
  *id = g_strdup(made);
  return TRUE;
}
