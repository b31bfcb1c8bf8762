/* SPDX-License-Identifier: Apache-2.0 */
/* The networks of a container: what a user asked of each endpoint, without what the engine gave it. From API 1.44 on
 * (and in Podman always) create takes them all; before, one, and the others are connected before it starts, which is
 * when addresses and ports are claimed. */
#include <string.h>

#include "container/private.h"
#include "container/recreate-private.h"
#include "image/engine-api.h"

static const CrJson *find_networks(const CrRecreateDraft *draft)
{
  return cr_json_find(cr_json_find(draft->request->container, "NetworkSettings"), "Networks");
}

static const char *get_default(const CrRecreateDraft *draft)
{
  return draft->request->podman ? "podman" : "bridge";
}

/* Inspect of the network whose name or id NAME is, or NULL. */
static const CrJson *find_network(const CrRecreateDraft *draft, const char *name)
{
  for (guint i = 0; i < cr_json_get_length(draft->request->networks); i++) {
    const CrJson *network = cr_json_get_element(draft->request->networks, i);
    if (!strcmp(cr_json_find_string(network, "Name", ""), name) ||
        !strcmp(cr_json_find_string(network, "Id", ""), name))
      return network;
  }
  return NULL;
}

/* Is member I of Networks the network that MODE means? A mode may be a name, an id, or "default". */
static gboolean is_of_mode(const CrRecreateDraft *draft, const CrJson *networks, guint i, const char *mode)
{
  const char *name = cr_recreate_get_name(networks, i);
  const CrJson *endpoint = cr_json_get_element(networks, i);
  if (!strcmp(mode, "default") || !strcmp(mode, "bridge") || !*mode)
    return !strcmp(name, get_default(draft)) || !strcmp(name, "default");
  return !strcmp(name, mode) || !strcmp(cr_json_find_string(endpoint, "NetworkID", ""), mode);
}

static gboolean has_mode(const CrRecreateDraft *draft, const CrJson *networks, const char *mode)
{
  for (guint i = 0; i < cr_json_get_length(networks); i++)
    if (is_of_mode(draft, networks, i, mode))
      return TRUE;
  return FALSE;
}

/* Networks may have been disconnected and connected since it was created: what it is in now is what counts. */
const char *cr_recreate_find_mode(CrRecreateDraft *draft)
{
  const CrJson *networks = find_networks(draft);
  if (!cr_recreate_has_networks(draft->mode) || has_mode(draft, networks, draft->mode))
    return draft->mode;
  cr_recreate_expect(draft, "HostConfig.NetworkMode");
  if (cr_json_get_length(networks))
    return cr_recreate_get_name(networks, 0);
  cr_recreate_expect(draft, "NetworkSettings.Networks");
  cr_problems_add(draft->out->problems, CR_PROBLEM_NOTE, "network",
                  "it is disconnected from every network, and stays so");
  return "none";
}

/* ---- one endpoint ---- */

/* Docker's bridge driver makes the address out of the IPv4 one (before 28): 02:42 and its bytes. */
static gboolean is_generated_mac(const char *mac, const char *ip)
{
  guint byte[4] = {0};
  g_auto(GStrv) parts = g_strsplit(ip, ".", 5);
  if (g_strv_length(parts) != 4)
    return FALSE;
  for (guint i = 0; i < 4; i++)
    byte[i] = (guint)g_ascii_strtoull(parts[i], NULL, 10) & 0xff;
  g_autofree char *made = g_strdup_printf("02:42:%02x:%02x:%02x:%02x", byte[0], byte[1], byte[2], byte[3]);
  return !g_ascii_strcasecmp(made, mac);
}

/* One that an engine may have drawn: those of makers of hardware are not local (IEEE 802c). */
static gboolean is_local_mac(const char *mac)
{
  return g_ascii_xdigit_value(mac[0]) >= 0 && g_ascii_xdigit_value(mac[1]) >= 0 && (g_ascii_xdigit_value(mac[1]) & 2);
}

/* The MAC that the user configured for network NAME, or NULL. For the first network inspect has it in Config up to 1.51
 * (moby PR 47233). Of another one the endpoint says only what it has now, generated or not (moby issue 48168), and
 * below 1.44 no other has one. Docker on this machine keeps the two apart in a file; without it a generated one is
 * known by its form up to Docker 27. Later ones are random, and stay, which is said: an address that was set may not be
 * lost, and one that is kept does no harm, since the old container has stopped. Podman tells what it has, and its
 * command what was wanted. */
static const char *find_mac(const CrRecreateDraft *draft, const char *name, const CrJson *endpoint, gboolean first)
{
  const CrRecreateRequest *request = draft->request;
  const char *now = cr_json_find_string(endpoint, "MacAddress", ""), *told = NULL;
  if (request->podman) {
    const char *ip = NULL, *ip6 = NULL, *mac = NULL;
    cr_recreate_find_podman_addresses(draft, &ip, &ip6, &mac);
    return first ? mac : NULL;
  }
  if (request->api < CR_ENGINE_API_ENDPOINTS) /* Config has it */
    return NULL;
  if (first && request->api < CR_ENGINE_API_ENDPOINT_MAC)
    told = cr_json_find_string(draft->config, "MacAddress", "");
  else if (first)
    told = request->first_mac;
  if (!told)
    told = cr_json_find_string(cr_json_find(request->kept, name), "DesiredMacAddress", NULL);
  if (told || is_generated_mac(now, cr_json_find_string(endpoint, "IPAddress", "")))
    return told && *told ? told : NULL;
  if (request->api >= CR_ENGINE_API_GW_PRIORITY && is_local_mac(now)) /* Docker 28 */
    cr_problems_add(draft->out->problems, CR_PROBLEM_NOTE, "network",
                    "'%s': whether its MAC address %s was set or drawn by the engine is known only on the engine's own "
                    "machine: it is kept as if it was set",
                    name, now);
  return *now ? now : NULL;
}

static gboolean write_aliases(CrRecreateDraft *draft, CrJsonWriter *writer, const CrJson *endpoint)
{
  g_auto(GStrv) aliases = cr_json_get_strings(cr_json_find(endpoint, "Aliases"));
  gboolean some = FALSE;
  for (guint i = 0; aliases[i]; i++) {
    if (cr_recreate_is_id(aliases[i], draft->id))
      continue;
    if (!some) {
      cr_json_key(writer, "Aliases");
      cr_json_begin_array(writer);
    }
    some = TRUE;
    cr_json_string(writer, aliases[i]);
  }
  if (some)
    cr_json_end_array(writer);
  return some;
}

/* Podman's inspect has no IPAMConfig; the words of its command do. */
static void write_podman_address(const CrRecreateDraft *draft, CrJsonWriter *writer)
{
  const char *ip = NULL, *ip6 = NULL, *mac = NULL;
  cr_recreate_find_podman_addresses(draft, &ip, &ip6, &mac);
  if (!ip && !ip6)
    return;
  cr_json_key(writer, "IPAMConfig");
  cr_json_begin_object(writer);
  if (ip)
    cr_json_key_string(writer, "IPv4Address", ip);
  if (ip6)
    cr_json_key_string(writer, "IPv6Address", ip6);
  cr_json_end_object(writer);
}

/* The members that are a wish; all others are an answer, and are left out. */
static void write_endpoint(CrRecreateDraft *draft, CrJsonWriter *writer, const char *name, const CrJson *endpoint,
                           gboolean first)
{
  static const char *const wishes[] = {"IPAMConfig", "Links", "DriverOpts", "GwPriority"};
  gboolean own = strcmp(name, get_default(draft)) != 0; /* the default bridge takes neither names nor addresses */
  const char *mac = find_mac(draft, name, endpoint, first);
  cr_json_begin_object(writer);
  for (guint i = 0; i < G_N_ELEMENTS(wishes); i++) {
    const CrJson *wish = cr_json_find(endpoint, wishes[i]);
    gboolean known = strcmp(wishes[i], "GwPriority") != 0 || draft->request->api >= CR_ENGINE_API_GW_PRIORITY;
    if (cr_recreate_is_nothing(wish) || !known || (!own && !strcmp(wishes[i], "IPAMConfig")))
      continue;
    cr_json_key(writer, wishes[i]);
    cr_json_node(writer, wish);
  }
  if (own)
    write_aliases(draft, writer, endpoint);
  if (draft->request->podman && first)
    write_podman_address(draft, writer);
  if (mac)
    cr_json_key_string(writer, "MacAddress", mac);
  cr_json_end_object(writer);
}

/* ---- all of them ---- */

static void add_connect(CrRecreateDraft *draft, const char *name, const CrJson *endpoint)
{
  const char *id = cr_json_find_string(endpoint, "NetworkID", "");
  const CrJson *network = find_network(draft, *id ? id : name);
  CrRecreateConnect *connect = g_new0(CrRecreateConnect, 1);
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key(writer, "EndpointConfig");
  write_endpoint(draft, writer, name, endpoint, FALSE);
  cr_json_end_object(writer);
  connect->network = g_strdup(network ? cr_json_find_string(network, "Id", name) : *id ? id : name);
  connect->body = g_strdup(cr_json_writer_get_text(writer, NULL));
  g_ptr_array_add(draft->out->connects, connect);
}

void cr_recreate_write_networks(CrRecreateDraft *draft)
{
  const CrJson *networks = find_networks(draft);
  guint count = cr_json_get_length(networks);
  if (!cr_recreate_has_networks(draft->mode) || !count)
    return;
  gboolean all = draft->request->podman || draft->request->api >= CR_ENGINE_API_ENDPOINTS;
  gboolean moved = !has_mode(draft, networks, draft->mode);
  cr_json_key(draft->writer, "NetworkingConfig");
  cr_json_begin_object(draft->writer);
  cr_json_key(draft->writer, "EndpointsConfig");
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < count; i++) {
    const char *name = cr_recreate_get_name(networks, i);
    const CrJson *endpoint = cr_json_get_element(networks, i);
    gboolean first = moved ? i == 0 : is_of_mode(draft, networks, i, draft->mode);
    if (first || all) {
      cr_json_key(draft->writer, strcmp(name, "default") ? name : get_default(draft));
      write_endpoint(draft, draft->writer, name, endpoint, first || count == 1);
    } else {
      add_connect(draft, name, endpoint);
    }
  }
  cr_json_end_object(draft->writer);
  cr_json_end_object(draft->writer);
}
