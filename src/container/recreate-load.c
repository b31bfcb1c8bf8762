/* SPDX-License-Identifier: Apache-2.0 */
/* All that a re-creation must know, asked of the engine. */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/read-file.h"
#include "container/private.h"
#include "container/recreate-private.h"
#include "image/engine-api.h"

/* Paths whose kind and time are asked for; with more of them unexplained it is refused anyway. */
#define STATS_AT_MOST 256U

/* ---- the writable layer ---- */

/* Adds "Mode" and "Mtime" of PATH inside to the object that WRITER is in: the header of archive's HEAD, base64 of
 * {"name","size","mode","mtime","linkTarget"}. What cannot be had is left out, and then excuses nothing. */
static void write_stat(CrDaemon *daemon, const char *id, const char *path, CrJsonWriter *writer)
{
  g_autofree char *escaped = cr_daemon_escape_query(path);
  g_autofree char *archive = g_strdup_printf("/containers/%s/archive?path=%s", id, escaped);
  g_autofree char *whole = cr_daemon_format_path(daemon, archive);
  g_autoptr(CrStream) stream = NULL;
  g_autoptr(CrHttpResponse) response =
      cr_engine_request(cr_daemon_get_engine(daemon), "HEAD", whole, NULL, NULL, 30000, &stream, NULL);
  const char *header = response && response->status == 200
                           ? cr_http_response_find_header(response, "x-docker-container-path-stat")
                           : NULL;
  gsize size = 0;
  g_autofree guint8 *text = header ? g_base64_decode(header, &size) : NULL;
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse((const char *)text, size, "path stat", NULL) : NULL;
  if (!doc)
    return;
  cr_json_key_integer(writer, "Mode", cr_json_find_integer(cr_json_get_root(doc), "mode", 0));
  cr_json_key_string(writer, "Mtime", cr_json_find_string(cr_json_get_root(doc), "mtime", ""));
}

static CrJsonDoc *load_changes(CrDaemon *daemon, const CrContainer *container)
{
  g_autofree char *path = g_strdup_printf("/containers/%s/changes", container->id);
  g_autoptr(CrJsonDoc) plain = cr_daemon_get(daemon, path, NULL);
  if (!plain)
    return NULL;
  CrRecreateRequest request = {.container = container->inspect};
  CrRecreateDraft draft = {.request = &request,
                           .host = cr_json_find(container->inspect, "HostConfig"),
                           .mounts = cr_json_find(container->inspect, "Mounts")};
  const CrJson *changes = cr_json_get_root(plain);
  g_autoptr(GPtrArray) data = cr_recreate_list_data(&draft, changes);
  g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < data->len && i < STATS_AT_MOST; i++)
    g_hash_table_add(wanted, data->pdata[i]);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_array(writer);
  for (guint i = 0; i < cr_json_get_length(changes); i++) {
    const CrJson *change = cr_json_get_element(changes, i);
    const char *name = cr_json_find_string(change, "Path", "");
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "Path", name);
    cr_json_key_integer(writer, "Kind", cr_json_find_integer(change, "Kind", 0));
    if (g_hash_table_contains(wanted, change))
      write_stat(daemon, container->id, name, writer);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return cr_json_parse(text, size, "changes", NULL);
}

/* ---- all of it ---- */

/* Inspect of all networks that CONTAINER is in, as an array; one that is gone is left out. */
static CrJsonDoc *load_networks(CrDaemon *daemon, const CrContainer *container)
{
  const CrJson *networks = cr_json_find(cr_json_find(container->inspect, "NetworkSettings"), "Networks");
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_array(writer);
  for (guint i = 0; i < cr_json_get_length(networks); i++) {
    const char *name = cr_recreate_get_name(networks, i);
    const char *id = cr_json_find_string(cr_json_get_element(networks, i), "NetworkID", "");
    g_autofree char *escaped = cr_daemon_escape_query(*id ? id : name);
    g_autofree char *path = g_strdup_printf("/networks/%s", escaped);
    g_autoptr(CrJsonDoc) doc = cr_daemon_get(daemon, path, NULL);
    if (doc)
      cr_json_node(writer, cr_json_get_root(doc));
  }
  cr_json_end_array(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return cr_json_parse(text, size, "networks", NULL);
}

/* An image as its engine describes it best: Podman's own inspect has the health check, which the other leaves out. */
static CrJsonDoc *load_image(CrDaemon *daemon, const char *id, GError **error)
{
  if (!cr_daemon_is_podman(daemon))
    return cr_daemon_inspect_image(daemon, id, error);
  g_autofree char *escaped = cr_engine_escape(id, error);
  g_autofree char *path = escaped ? g_strdup_printf("/libpod/images/%s/json", escaped) : NULL;
  return path ? cr_daemon_get(daemon, path, error) : NULL;
}

/* NULL and no error: it is gone. */
static CrJsonDoc *load_old_image(CrDaemon *daemon, const char *id, GError **error)
{
  g_autoptr(GError) cause = NULL;
  CrJsonDoc *doc = load_image(daemon, id, &cause);
  if (!doc && !g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_propagate_error(error, g_steal_pointer(&cause));
  return doc;
}

/* The volumes of what VolumesFrom names. One that is gone gives none: they are then named. */
static GHashTable *load_shared(CrDaemon *daemon, const CrContainer *container)
{
  GHashTable *shared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_auto(GStrv) others =
      cr_json_get_strings(cr_json_find(cr_json_find(container->inspect, "HostConfig"), "VolumesFrom"));
  for (guint i = 0; others[i]; i++) {
    others[i][strcspn(others[i], ":")] = 0;
    g_autoptr(CrContainers) other = cr_containers_load(daemon, others[i], NULL);
    const CrContainer *found = other ? other->items->pdata[0] : NULL;
    const CrJson *mounts = found ? cr_json_find(found->inspect, "Mounts") : NULL;
    for (guint k = 0; k < cr_json_get_length(mounts); k++) {
      const CrJson *mount = cr_json_get_element(mounts, k);
      g_hash_table_add(shared, g_strdup_printf("%s:%s", cr_json_find_string(mount, "Name", ""),
                                               cr_json_find_string(mount, "Destination", "")));
    }
  }
  return shared;
}

static CrJsonDoc *load_libpod(CrDaemon *daemon, const CrContainer *container)
{
  g_autofree char *path = g_strdup_printf("/libpod/containers/%s/json", container->id);
  return cr_daemon_is_podman(daemon) ? cr_daemon_get(daemon, path, NULL) : NULL;
}

/* ---- MAC addresses ---- */

/* The container as an engine of 1.52 or later describes it to those who know 1.51: with Config.MacAddress. NULL: there
 * is no need, or it speaks no such version any more. */
static CrJsonDoc *load_before_endpoint_mac(CrDaemon *daemon, const CrContainer *container)
{
  if (cr_daemon_is_podman(daemon) || cr_daemon_get_api(daemon) < CR_ENGINE_API_ENDPOINT_MAC)
    return NULL;
  g_autofree char *version = cr_engine_api_format(CR_ENGINE_API_ENDPOINT_MAC - 1);
  g_autofree char *path = g_strdup_printf("/v%s/containers/%s/json", version, container->id);
  return cr_engine_get(cr_daemon_get_engine(daemon), path, NULL);
}

/* What Docker keeps of the container, where it runs on this machine and may be read: config.v2.json, so called since
 * 1.10, in which each network has "DesiredMacAddress" since 25.0.2. */
static CrJsonDoc *load_kept(CrDaemon *daemon, const CrContainer *container, const CrJson *info)
{
  const char *folder = cr_json_find_string(info, "DockerRootDir", "");
  if (cr_daemon_is_podman(daemon) || cr_daemon_get_api(daemon) < CR_ENGINE_API_ENDPOINTS || *folder != '/' ||
      !cr_engine_get_socket(cr_daemon_get_engine(daemon)))
    return NULL;
  g_autofree char *path = g_build_filename(folder, "containers", container->id, "config.v2.json", NULL);
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_HTTP_BODY, NULL);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return text ? cr_json_parse(text, size, path, NULL) : NULL;
}

static const CrJson *get_root(const CrJsonDoc *doc)
{
  return doc ? cr_json_get_root(doc) : NULL;
}

static const char *find_first_mac(const CrJsonDoc *older)
{
  return older ? cr_json_find_string(cr_json_find(cr_json_get_root(older), "Config"), "MacAddress", "") : NULL;
}

CrRecreation *cr_recreation_load(CrDaemon *daemon, const CrContainer *container, const char *image,
                                 const char *new_image_id, GHashTable *names, GError **error)
{
  GError *cause = NULL;
  g_autoptr(CrJsonDoc) new_image = load_image(daemon, new_image_id, error);
  if (!new_image) {
    g_prefix_error(error, "cannot re-create container '%s': ", container->name);
    return NULL;
  }
  g_autoptr(CrJsonDoc) old_image = load_old_image(daemon, container->image_id, &cause);
  if (cause) {
    g_propagate_prefixed_error(error, cause, "cannot re-create container '%s': ", container->name);
    return NULL;
  }
  g_autoptr(CrJsonDoc) info = cr_daemon_get(daemon, "/info", NULL);
  g_autoptr(CrJsonDoc) networks = load_networks(daemon, container);
  g_autoptr(CrJsonDoc) changes = load_changes(daemon, container);
  g_autoptr(CrJsonDoc) libpod = load_libpod(daemon, container);
  g_autoptr(CrJsonDoc) older = load_before_endpoint_mac(daemon, container);
  g_autoptr(CrJsonDoc) kept = load_kept(daemon, container, get_root(info));
  g_autofree char *hash = cr_compose_ask_hash(daemon, container, names);
  g_autoptr(GHashTable) shared = load_shared(daemon, container);
  const CrJson *host = cr_json_find(container->inspect, "HostConfig");
  gboolean podman = cr_daemon_is_podman(daemon);
  CrRecreateRequest request = {.container = container->inspect,
                               .old_image = get_root(old_image),
                               .new_image = cr_json_get_root(new_image),
                               .networks = get_root(networks),
                               .changes = get_root(changes),
                               .libpod = get_root(libpod),
                               .image = image,
                               .new_image_id = new_image_id,
                               .api = cr_daemon_get_api(daemon),
                               .first_mac = find_first_mac(older),
                               .kept = cr_json_find(cr_json_find(get_root(kept), "NetworkSettings"), "Networks"),
                               .podman = podman,
                               .names = names,
                               /* Podman writes "oci" whatever runs it, and takes the service's own */
                               .default_runtime = podman ? cr_json_find_string(host, "Runtime", NULL)
                                                         : cr_json_find_string(get_root(info), "DefaultRuntime", NULL),
                               .injected = cr_compose_may_inject(container),
                               .shared = shared,
                               .host_name = cr_json_find_string(get_root(info), "Name", NULL),
                               .compose_hash = hash,
                               .compose_stale = cr_compose_needs_hash(container, names)};
  return cr_recreation_new(&request, error);
}
