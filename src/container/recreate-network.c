/* SPDX-License-Identifier: Apache-2.0 */
/* Networks. From API 1.44 on (Docker 25) create takes all of them; before it takes one, and the others are connected
 * before the start. What the engine chose itself (addresses, ids, generated MACs, its short id as an alias) is not
 * said again. Docker 29 (API 1.52) shows no configured MAC any more; careen speaks 1.51 to it. */
#include <string.h>

#include "container/recreate-private.h"

/* Docker's defaults have neither aliases nor fixed addresses. */
static gboolean is_default(const CrRecreating *it, const char *network)
{
  static const char *const docker[] = {"bridge", "default", "host", "none", "", NULL};
  return g_strv_contains(docker, network) || (it->request->podman && !strcmp(network, "podman"));
}

/* Is NETWORK the one of NetworkMode, which may be a name or an id? */
static gboolean is_first(const CrRecreating *it, const char *network, const CrJson *endpoint)
{
  const char *id = cr_json_find_string(endpoint, "NetworkID", "");
  const char *mode = !strcmp(it->network_mode, "default") ? "bridge" : it->network_mode;
  return !strcmp(network, mode) || (*id && !strcmp(id, mode));
}

/* The MAC that a user chose, or NULL. Engines write a configured one into Config; in an endpoint it may be a
 * generated one. */
static const char *find_mac(const CrRecreating *it, const char *network, const CrJson *endpoint)
{
  const char *mac = cr_json_find_string(it->config, "MacAddress", "");
  const char *option = NULL, *address = NULL, *address6 = NULL;
  if (it->request->podman) {
    cr_podman_find_obstacle(cr_json_find(cr_json_find(it->request->libpod, "Config"), "CreateCommand"), &address,
                            &address6, &option);
    return is_first(it, network, endpoint) ||
                   cr_json_get_length(
                       cr_json_find(cr_json_find(it->request->container, "NetworkSettings"), "Networks")) == 1
               ? option
               : NULL;
  }
  return *mac && is_first(it, network, endpoint) ? mac : NULL;
}

static void write_ipam(const CrRecreating *it, const char *network, const CrJson *endpoint)
{
  const CrJson *ipam = cr_json_find(endpoint, "IPAMConfig");
  const char *address = NULL, *address6 = NULL, *mac = NULL;
  if (it->request->podman) { /* which writes it nowhere but in its command */
    cr_podman_find_obstacle(cr_json_find(cr_json_find(it->request->libpod, "Config"), "CreateCommand"), &address,
                            &address6, &mac);
    if (!address && !address6)
      return;
    cr_json_key(it->writer, "IPAMConfig");
    cr_json_begin_object(it->writer);
    if (address)
      cr_json_key_string(it->writer, "IPv4Address", address);
    if (address6)
      cr_json_key_string(it->writer, "IPv6Address", address6);
    cr_json_end_object(it->writer);
    return;
  }
  if (cr_recreate_is_nothing(ipam) || is_default(it, network))
    return;
  cr_json_key(it->writer, "IPAMConfig");
  cr_json_node(it->writer, ipam);
}

static void write_aliases(const CrRecreating *it, const char *network, const CrJson *endpoint)
{
  const CrJson *aliases = cr_json_find(endpoint, "Aliases");
  if (is_default(it, network) || !cr_json_get_length(aliases))
    return;
  cr_json_key(it->writer, "Aliases");
  cr_json_begin_array(it->writer);
  for (guint i = 0; i < cr_json_get_length(aliases); i++) {
    const char *alias = cr_json_get_string(cr_json_get_element(aliases, i), "");
    if (*alias && strcmp(alias, it->short_id) != 0)
      cr_json_string(it->writer, alias);
  }
  cr_json_end_array(it->writer);
}

/* "/a:/web/alias" or "a:alias" is said as "a:alias". */
static void write_endpoint(const CrRecreating *it, const char *network, const CrJson *endpoint)
{
  static const char *const as_they_are[] = {"Links", "DriverOpts", "GwPriority"};
  const char *mac = find_mac(it, network, endpoint);
  cr_json_begin_object(it->writer);
  write_ipam(it, network, endpoint);
  write_aliases(it, network, endpoint);
  for (guint i = 0; i < G_N_ELEMENTS(as_they_are); i++) {
    const CrJson *value = cr_json_find(endpoint, as_they_are[i]);
    if (cr_recreate_is_nothing(value))
      continue;
    cr_json_key(it->writer, as_they_are[i]);
    cr_json_node(it->writer, value);
  }
  if (mac && (it->request->api >= 144 || it->request->podman))
    cr_json_key_string(it->writer, "MacAddress", mac);
  cr_json_end_object(it->writer);
}

static void add_connect(const CrRecreating *it, const char *network, const CrJson *endpoint)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  CrRecreating other = *it;
  CrRecreateConnect *connect = g_new0(CrRecreateConnect, 1);
  other.writer = writer;
  cr_json_begin_object(writer);
  cr_json_key(writer, "EndpointConfig");
  write_endpoint(&other, network, endpoint);
  cr_json_end_object(writer);
  const char *id = cr_json_find_string(endpoint, "NetworkID", "");
  connect->network = g_strdup(*id && !it->request->podman ? id : network);
  connect->body = g_strdup(cr_json_writer_get_text(writer, NULL));
  g_ptr_array_add(it->out->connects, connect);
}

void cr_recreate_write_networks(const CrRecreating *it)
{
  const CrJson *networks = cr_json_find(cr_json_find(it->request->container, "NetworkSettings"), "Networks");
  const char *mac = cr_json_find_string(it->config, "MacAddress", "");
  if (!it->has_networks)
    return;
  if (*mac && it->request->api < 144 && !it->request->podman)
    cr_json_key_string(it->writer, "MacAddress", mac);
  cr_json_key(it->writer, "NetworkingConfig");
  cr_json_begin_object(it->writer);
  cr_json_key(it->writer, "EndpointsConfig");
  cr_json_begin_object(it->writer);
  for (guint i = 0; i < cr_json_get_length(networks); i++) {
    const char *network = cr_json_get_member_name(networks, i);
    const CrJson *endpoint = cr_json_get_element(networks, i);
    if (it->request->api >= 144 || it->request->podman || is_first(it, network, endpoint)) {
      cr_json_key(it->writer, network);
      write_endpoint(it, network, endpoint);
    } else
      add_connect(it, network, endpoint);
  }
  cr_json_end_object(it->writer);
  cr_json_end_object(it->writer);
}
