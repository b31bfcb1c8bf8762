/* SPDX-License-Identifier: Apache-2.0 */
/* Config: what the user set goes on, what the old image set does not. An engine merges the image's settings into the
 * container's at create (moby daemon/commit.go, merge), so inspect shows both as one; a value that the old image has,
 * too, is taken for its, left out here, and comes from the new image. */
#include <signal.h>
#include <string.h>

#include "base/number.h"
#include "container/private.h"
#include "container/recreate-private.h"
#include "image/engine-api.h"

static const CrJson *find_old(const CrRecreateDraft *draft, const char *name)
{
  const CrJson *old = cr_json_find(draft->old_config, name);
  /* Podman has it beside the image's Config, not in it */
  return old || strcmp(name, "Healthcheck") != 0 ? old : cr_json_find(draft->request->old_image, name);
}

/* What comes from the image, and differs when the new one has it differently. */
static void expect_from_image(CrRecreateDraft *draft, const char *name)
{
  cr_recreate_expect(draft, "Config.%s", name);
}

/* A value that is the image's or the user's as a whole. */
static void write_whole(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const CrJson *old = find_old(draft, name);
  /* Podman gives an image without a folder "/" */
  gboolean filled = draft->request->podman && draft->old_config && cr_recreate_is_nothing(old) &&
                    !strcmp(name, "WorkingDir") && !strcmp(cr_json_get_string(value, ""), "/");
  if (draft->old_config && (filled || cr_recreate_is_same(value, old)))
    expect_from_image(draft, name);
  else
    cr_recreate_write_raw(draft, name, value);
}

/* The number of "SIGTERM", "term", "15" or "RTMIN+3"; -1: none. Podman's inspect has the number whatever was said. */
static int get_signal(const char *text)
{
  guint64 number = 0;
  if (cr_number_parse_unsigned(text, 1, 64, &number))
    return (int)number;
  const char *name = g_ascii_strncasecmp(text, "SIG", 3) ? text : text + 3;
  for (int i = 1; i < NSIG; i++) {
    const char *word = sigabbrev_np(i);
    if (word && !g_ascii_strcasecmp(word, name))
      return i;
  }
  return -1;
}

static void write_signal(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const char *own = cr_json_get_string(value, ""), *old = cr_json_get_string(find_old(draft, name), "");
  int number = get_signal(own);
  int of_image = *old ? get_signal(old) : draft->request->podman ? SIGTERM : -1;
  if (draft->old_config && number > 0 && number == of_image)
    expect_from_image(draft, name);
  else
    write_whole(draft, name, value);
}

/* ---- Env, Labels ---- */

static gboolean has_string(const CrJson *list, const char *text)
{
  for (guint i = 0; i < cr_json_get_length(list); i++)
    if (!strcmp(cr_json_get_string(cr_json_get_element(list, i), ""), text))
      return TRUE;
  return FALSE;
}

/* Does LIST have the variable of PAIR, with whatever value? */
static gboolean has_key(const CrJson *list, const char *pair)
{
  gsize length = strcspn(pair, "=");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const char *other = cr_json_get_string(cr_json_get_element(list, i), "");
    if (!strncmp(other, pair, length) && strcspn(other, "=") == length)
      return TRUE;
  }
  return FALSE;
}

/* Podman writes into Env what it derives anew for every container: containers.conf(5)'s own default of env among it.
 * What its command line names is the user's all the same. */
static gboolean is_derived(const CrRecreateDraft *draft, const char *pair)
{
  static const char *const pairs[] = {
      "container=podman",
      "container=oci",
      "TERM=xterm",
      "HOME=/root",
      "HOME=/",
      "HOME=",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  };
  if (!draft->request->podman || has_key(find_old(draft, "Env"), pair) || cr_recreate_is_podman_word(draft, pair))
    return FALSE;
  if (g_str_has_prefix(pair, "HOSTNAME="))
    return cr_recreate_is_id(pair + strlen("HOSTNAME="), draft->id) ||
           !strcmp(pair + strlen("HOSTNAME="), cr_json_find_string(draft->config, "Hostname", ""));
  for (guint i = 0; i < G_N_ELEMENTS(pairs); i++)
    if (!strcmp(pair, pairs[i]))
      return TRUE;
  return FALSE;
}

static void expect_env(CrRecreateDraft *draft, const char *pair)
{
  cr_recreate_expect(draft, "Config.Env[%.*s]", (int)strcspn(pair, "="), pair);
}

static void write_env(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const CrJson *old = find_old(draft, name), *new = cr_json_find(draft->new_config, name);
  g_autoptr(GHashTable) set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  cr_json_key(draft->writer, name);
  cr_json_begin_array(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const char *pair = cr_json_get_string(cr_json_get_element(value, i), "");
    if (has_string(old, pair) || is_derived(draft, pair)) {
      expect_env(draft, pair);
      continue;
    }
    cr_json_string(draft->writer, pair);
    g_hash_table_add(set, g_strndup(pair, strcspn(pair, "=")));
  }
  cr_json_end_array(draft->writer);
  for (guint i = 0; i < cr_json_get_length(new); i++) {
    const char *pair = cr_json_get_string(cr_json_get_element(new, i), "");
    g_autofree char *key = g_strndup(pair, strcspn(pair, "="));
    if (!g_hash_table_contains(set, key))
      expect_env(draft, pair);
  }
}

/* Compose compares these with what it would make now (compose mustRecreate): the image is another, and so is a hash
 * that has it inside. */
static const char *find_rewritten(const CrRecreateDraft *draft, const char *label)
{
  if (!strcmp(label, "com.docker.compose.image"))
    return draft->request->new_image_id;
  if (!strcmp(label, "com.docker.compose.config-hash"))
    return draft->request->compose_hash;
  return NULL;
}

/* One that had a name and is made from an id now would never be seen as outdated again. */
static void write_followed(CrRecreateDraft *draft, const CrJson *labels)
{
  const char *name = cr_json_find_string(draft->config, "Image", "");
  g_autofree char *id = cr_daemon_format_id(cr_json_find_string(draft->request->container, "Image", ""));
  if (!*name || cr_container_is_image_id(name, id) ||
      !cr_container_is_image_id(draft->request->image, draft->request->new_image_id))
    return;
  if (!cr_json_find(labels, CR_CONTAINER_FOLLOWS))
    cr_json_key_string(draft->writer, CR_CONTAINER_FOLLOWS, name);
  cr_recreate_expect(draft, "Config.Labels[%s]", CR_CONTAINER_FOLLOWS);
}

static void write_labels(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const CrJson *old = find_old(draft, name), *new = cr_json_find(draft->new_config, name);
  cr_json_key(draft->writer, name);
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const char *label = cr_recreate_get_name(value, i);
    const CrJson *text = cr_json_get_element(value, i);
    const char *rewritten = find_rewritten(draft, label);
    if (rewritten)
      cr_json_key_string(draft->writer, label, rewritten);
    else if (!cr_json_find(old, label) || !cr_recreate_is_same(text, cr_json_find(old, label)))
      cr_recreate_write_raw(draft, label, text);
    if (rewritten || (cr_json_find(old, label) && cr_recreate_is_same(text, cr_json_find(old, label))))
      cr_recreate_expect(draft, "Config.Labels[%s]", label);
  }
  write_followed(draft, value);
  cr_json_end_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(new); i++)
    if (!cr_json_find(value, cr_recreate_get_name(new, i)))
      cr_recreate_expect(draft, "Config.Labels[%s]", cr_recreate_get_name(new, i));
}

/* ---- the command ---- */

/* An empty entrypoint is said as [""]: nothing at all would bring the image's back (moby, mergeAndVerifyConfig). */
static void write_entrypoint(CrRecreateDraft *draft, const CrJson *value)
{
  static const char *const empty[] = {"", NULL};
  if (cr_recreate_is_nothing(value))
    cr_json_key_strings(draft->writer, "Entrypoint", empty);
  else
    cr_recreate_write_raw(draft, "Entrypoint", value);
}

/* A command is the image's only beside its entrypoint: with one of the user's the image's is dropped. */
static void write_command(CrRecreateDraft *draft)
{
  const CrJson *entry = cr_json_find(draft->config, "Entrypoint"), *command = cr_json_find(draft->config, "Cmd");
  const CrJson *old = find_old(draft, "Cmd");
  gboolean entry_same = draft->old_config && cr_recreate_is_same(entry, find_old(draft, "Entrypoint"));
  /* the same entrypoint and no command, where the image has one: the user named the entrypoint */
  if (entry_same && cr_recreate_is_nothing(command) && !cr_recreate_is_nothing(old))
    entry_same = FALSE;
  gboolean command_same = entry_same && cr_recreate_is_same(command, old);
  if (entry_same)
    expect_from_image(draft, "Entrypoint");
  else
    write_entrypoint(draft, entry);
  if (command_same)
    expect_from_image(draft, "Cmd");
  else
    cr_recreate_write_raw(draft, "Cmd", command);
  if (entry_same || command_same) {
    cr_recreate_expect(draft, "Path");
    cr_recreate_expect(draft, "Args");
  }
}

/* Each part of a health check is filled from the image where the user left it out. */
static void write_health(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const CrJson *old = find_old(draft, name);
  gboolean begun = FALSE;
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const char *part = cr_recreate_get_name(value, i);
    const CrJson *of_old = cr_json_find(old, part);
    if (!cr_recreate_is_nothing(of_old) && cr_recreate_is_same(cr_json_get_element(value, i), of_old))
      continue;
    if (!begun) {
      cr_json_key(draft->writer, name);
      cr_json_begin_object(draft->writer);
      begun = TRUE;
    }
    cr_recreate_write_raw(draft, part, cr_json_get_element(value, i));
  }
  if (begun)
    cr_json_end_object(draft->writer);
  static const char *const parts[] = {"Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
    const CrJson *own = cr_json_find(value, parts[i]);
    if (cr_recreate_is_nothing(own) || cr_recreate_is_same(own, cr_json_find(old, parts[i])))
      cr_recreate_expect(draft, "Config.Healthcheck.%s", parts[i]);
  }
}

/* ---- sets: ExposedPorts, Volumes ---- */

static void expect_members(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const CrJson *new = cr_json_find(draft->new_config, name);
  for (guint i = 0; i < cr_json_get_length(new); i++)
    if (!cr_json_find(value, cr_recreate_get_name(new, i)))
      cr_recreate_expect(draft, "Config.%s[%s]", name, cr_recreate_get_name(new, i));
}

static void write_ports(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (cr_recreate_is_joined(draft->mode)) /* refused there: moby ErrConflictNetworkExposePorts */
    return;
  const CrJson *old = find_old(draft, name), *bindings = cr_json_find(draft->host, "PortBindings");
  cr_json_key(draft->writer, name);
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const char *port = cr_recreate_get_name(value, i);
    if (cr_json_find(old, port) && cr_recreate_is_nothing(cr_json_find(bindings, port)))
      cr_recreate_expect(draft, "Config.ExposedPorts[%s]", port);
    else
      cr_recreate_write_raw(draft, port, cr_json_get_element(value, i));
  }
  /* a published port is exposed, also where only the image said so */
  for (guint i = 0; i < cr_json_get_length(bindings); i++) {
    const char *port = cr_recreate_get_name(bindings, i);
    if (cr_json_find(value, port) || cr_recreate_is_nothing(cr_json_get_element(bindings, i)))
      continue;
    cr_json_key(draft->writer, port);
    cr_json_begin_object(draft->writer);
    cr_json_end_object(draft->writer);
    cr_recreate_expect(draft, "Config.ExposedPorts[%s]", port);
  }
  cr_json_end_object(draft->writer);
  expect_members(draft, name, value);
  const CrJson *new = cr_json_find(draft->new_config, name);
  for (guint i = 0; i < cr_json_get_length(new); i++) /* Podman's are bound to nothing */
    if (cr_recreate_is_nothing(cr_json_find(bindings, cr_recreate_get_name(new, i))))
      cr_recreate_expect(draft, "HostConfig.PortBindings[%s]", cr_recreate_get_name(new, i));
}

/* Is something mounted at PATH: of Mounts[] (all that recreate-host.c names) or a tmpfs? */
static gboolean is_covered(const CrRecreateDraft *draft, const char *path)
{
  g_autofree char *clean = *path == '/' ? g_canonicalize_filename(path, "/") : g_strdup(path);
  for (guint i = 0; i < cr_json_get_length(draft->mounts); i++) {
    const char *there = cr_json_find_string(cr_json_get_element(draft->mounts, i), "Destination", "");
    if (!strcmp(there, clean) || !strcmp(there, path))
      return TRUE;
  }
  const CrJson *tmpfs = cr_json_find(draft->host, "Tmpfs");
  return cr_json_find(tmpfs, path) || cr_json_find(tmpfs, clean);
}

/* What is mounted there is named by recreate-host.c; to say it here again makes a second volume of it in Podman, and a
 * conflict with a tmpfs in Docker. */
static void write_volumes(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const CrJson *old = find_old(draft, name), *new = cr_json_find(draft->new_config, name);
  cr_json_key(draft->writer, name);
  cr_json_begin_object(draft->writer);
  for (guint i = 0; i < cr_json_get_length(value); i++) {
    const char *path = cr_recreate_get_name(value, i);
    if (cr_json_find(old, path) || is_covered(draft, path))
      cr_recreate_expect(draft, "Config.Volumes[%s]", path);
    else
      cr_recreate_write_raw(draft, path, cr_json_get_element(value, i));
  }
  cr_json_end_object(draft->writer);
  expect_members(draft, name, value);
  for (guint i = 0; i < cr_json_get_length(new); i++)
    if (!is_covered(draft, cr_recreate_get_name(new, i))) {
      cr_recreate_expect(draft, "Mounts[%s]", cr_recreate_get_name(new, i));
      cr_recreate_expect(draft, "HostConfig.Binds[%s]", cr_recreate_get_name(new, i)); /* so Podman has it */
    }
}

/* ---- names ---- */

/* The engine's own choice is its short id, the machine's name with the host's network, the other's with another's. */
static void write_hostname(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  const char *text = cr_json_get_string(value, "");
  gboolean host = !strcmp(cr_json_find_string(draft->host, "UTSMode", ""), "host");
  gboolean shared = !strcmp(draft->mode, "host");
  if (cr_recreate_is_joined(draft->mode) || host || cr_recreate_is_id(text, draft->id) ||
      (shared && (!draft->request->host_name || !strcmp(text, draft->request->host_name)))) {
    cr_recreate_expect(draft, "Config.Hostname");
    return;
  }
  cr_recreate_write_raw(draft, name, value);
}

static void write_domain(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  gboolean host = !strcmp(cr_json_find_string(draft->host, "UTSMode", ""), "host");
  if (cr_recreate_is_joined(draft->mode) || host || !strcmp(draft->mode, "host"))
    cr_recreate_expect(draft, "Config.Domainname");
  else
    cr_recreate_write_raw(draft, name, value);
}

/* From 1.44 on it belongs to the endpoint (recreate-network.c). */
static void write_mac(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  if (draft->request->api < CR_ENGINE_API_ENDPOINTS && !draft->request->podman &&
      cr_recreate_has_networks(draft->mode) && *cr_json_get_string(value, ""))
    cr_recreate_write_raw(draft, name, value);
}

/* ---- all of it ---- */

/* What is not here goes on as it is, known to careen or not: Tty, StopTimeout (no engine takes it from an image), … */
static const CrRecreateRule rules[] = {
    {"User", write_whole},
    {"WorkingDir", write_whole},
    {"StopSignal", write_signal},
    {"Shell", write_whole},
    {"OnBuild", write_whole},
    {"ArgsEscaped", write_whole},
    {"Env", write_env},
    {"Labels", write_labels},
    {"Healthcheck", write_health},
    {"Volumes", write_volumes},
    {"ExposedPorts", write_ports},
    {"Hostname", write_hostname},
    {"Domainname", write_domain},
    {"MacAddress", write_mac},
    {"Image", cr_recreate_write_nothing},
    {"Entrypoint", cr_recreate_write_nothing},
    {"Cmd", cr_recreate_write_nothing},
};

void cr_recreate_write_config(CrRecreateDraft *draft)
{
  cr_json_key_string(draft->writer, "Image", draft->request->image);
  for (guint i = 0; i < cr_json_get_length(draft->config); i++) {
    const char *name = cr_recreate_get_name(draft->config, i);
    const CrJson *value = cr_json_get_element(draft->config, i);
    if (!cr_recreate_apply_rule(draft, rules, G_N_ELEMENTS(rules), name, value))
      cr_recreate_write_raw(draft, name, value);
  }
  /* members that the container has not, and the new image may bring */
  for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
    if (rules[i].write != cr_recreate_write_nothing && !cr_json_find(draft->config, rules[i].name))
      rules[i].write(draft, rules[i].name, NULL);
  write_command(draft);
}
