/* SPDX-License-Identifier: Apache-2.0 */
/* Podman takes more on its command line than the API that careen speaks can say, and inspect by that API does not show
 * the rest. What a container was made with is in Config.CreateCommand of its own API: an option that is not known to
 * survive is named, and the container is left to its owner. */
#include <string.h>

#include "container/private.h"
#include "container/recreate-private.h"

typedef enum { TAKES_VALUE, TAKES_NONE } Arity;
typedef struct {
  const char *name; /* without dashes; one letter is a short one */
  Arity arity;
} Option;

/* podman-run(1) of 4.3 to 5.8: those that inspect shows and create takes back. */
static const Option known[] = {
    {"a", TAKES_VALUE},
    {"add-host", TAKES_VALUE},
    {"annotation", TAKES_VALUE},
    {"attach", TAKES_VALUE},
    {"authfile", TAKES_VALUE},
    {"c", TAKES_VALUE},
    {"cap-add", TAKES_VALUE},
    {"cap-drop", TAKES_VALUE},
    {"cgroup-parent", TAKES_VALUE},
    {"cgroupns", TAKES_VALUE},
    {"cidfile", TAKES_VALUE},
    {"cpu-period", TAKES_VALUE},
    {"cpu-quota", TAKES_VALUE},
    {"cpu-shares", TAKES_VALUE},
    {"cpus", TAKES_VALUE},
    {"cpuset-cpus", TAKES_VALUE},
    {"cpuset-mems", TAKES_VALUE},
    {"d", TAKES_NONE},
    {"detach", TAKES_NONE},
    {"detach-keys", TAKES_VALUE},
    {"device", TAKES_VALUE},
    {"dns", TAKES_VALUE},
    {"dns-opt", TAKES_VALUE},
    {"dns-option", TAKES_VALUE},
    {"dns-search", TAKES_VALUE},
    {"e", TAKES_VALUE},
    {"entrypoint", TAKES_VALUE},
    {"env", TAKES_VALUE},
    {"env-file", TAKES_VALUE},
    {"expose", TAKES_VALUE},
    {"group-add", TAKES_VALUE},
    {"h", TAKES_VALUE},
    {"health-cmd", TAKES_VALUE},
    {"health-interval", TAKES_VALUE},
    {"health-retries", TAKES_VALUE},
    {"health-start-period", TAKES_VALUE},
    {"health-timeout", TAKES_VALUE},
    {"hostname", TAKES_VALUE},
    {"http-proxy", TAKES_NONE},
    {"i", TAKES_NONE},
    {"init", TAKES_NONE},
    {"interactive", TAKES_NONE},
    {"ip", TAKES_VALUE},
    {"ip6", TAKES_VALUE},
    {"ipc", TAKES_VALUE},
    {"l", TAKES_VALUE},
    {"label", TAKES_VALUE},
    {"label-file", TAKES_VALUE},
    {"log-driver", TAKES_VALUE},
    {"log-opt", TAKES_VALUE},
    {"m", TAKES_VALUE},
    {"mac-address", TAKES_VALUE},
    {"memory", TAKES_VALUE},
    {"memory-reservation", TAKES_VALUE},
    {"memory-swap", TAKES_VALUE},
    {"mount", TAKES_VALUE},
    {"name", TAKES_VALUE},
    {"net", TAKES_VALUE},
    {"network", TAKES_VALUE},
    {"network-alias", TAKES_VALUE},
    {"no-healthcheck", TAKES_NONE},
    {"oom-kill-disable", TAKES_NONE},
    {"oom-score-adj", TAKES_VALUE},
    {"os", TAKES_VALUE},
    {"P", TAKES_NONE},
    {"p", TAKES_VALUE},
    {"pid", TAKES_VALUE},
    {"pids-limit", TAKES_VALUE},
    {"platform", TAKES_VALUE},
    {"privileged", TAKES_NONE},
    {"publish", TAKES_VALUE},
    {"publish-all", TAKES_NONE},
    {"pull", TAKES_VALUE},
    {"q", TAKES_NONE},
    {"quiet", TAKES_NONE},
    {"read-only", TAKES_NONE},
    {"replace", TAKES_NONE},
    {"restart", TAKES_VALUE},
    {"rm", TAKES_NONE}, /* refused for what it is, in recreate-problems.c */
    {"security-opt", TAKES_VALUE},
    {"shm-size", TAKES_VALUE},
    {"sig-proxy", TAKES_NONE},
    {"stop-signal", TAKES_VALUE},
    {"stop-timeout", TAKES_VALUE},
    {"sysctl", TAKES_VALUE},
    {"t", TAKES_NONE},
    {"tls-verify", TAKES_NONE},
    {"tmpfs", TAKES_VALUE},
    {"tty", TAKES_NONE},
    {"u", TAKES_VALUE},
    {"ulimit", TAKES_VALUE},
    {"user", TAKES_VALUE},
    {"uts", TAKES_VALUE},
    {"v", TAKES_VALUE},
    {"volume", TAKES_VALUE},
    {"volumes-from", TAKES_VALUE},
    {"w", TAKES_VALUE},
    {"workdir", TAKES_VALUE},
};

static const Option *find_option(const char *name, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS(known); i++)
    if (strlen(known[i].name) == length && !strncmp(known[i].name, name, length))
      return &known[i];
  return NULL;
}

/* A value that has more in it than the API can say. */
static gboolean is_odd_value(const char *option, gsize length, const char *value)
{
  if (length == 10 && !strncmp(option, "http-proxy", length)) /* proxies of the engine's environment, unless false */
    return !strcmp(value, "false");
  gboolean is_network =
      (length == 7 && !strncmp(option, "network", length)) || (length == 3 && !strncmp(option, "net", length));
  gboolean is_volume = (length == 6 && !strncmp(option, "volume", length)) || (length == 1 && *option == 'v');
  gboolean is_mount = length == 5 && !strncmp(option, "mount", length);
  if (length == 6 && !strncmp(option, "device", length)) { /* inspect does not say "r" */
    const char *last = strrchr(value, ':');
    return last && last[1] != '/' && strcmp(last + 1, "rwm") != 0;
  }
  if (is_network) /* "name:alias=x", "pasta:-t", "ns:/path" */
    return strchr(value, ':') && !g_str_has_prefix(value, "container:");
  if (is_volume) { /* its last part: U changes owners, O is an overlay */
    const char *last = strrchr(value, ':');
    g_auto(GStrv) words = g_strsplit(last ? last + 1 : "", ",", -1);
    for (guint i = 0; last && words[i]; i++)
      if (!strcmp(words[i], "U") || !strcmp(words[i], "O") || g_str_has_prefix(words[i], "idmap"))
        return TRUE;
  }
  if (is_mount)
    return !strstr(value, "type=bind") && !strstr(value, "type=volume") && !strstr(value, "type=tmpfs");
  return FALSE;
}

static const char *get_word(const CrJson *command, guint i)
{
  return cr_json_get_string(cr_json_get_element(command, i), "");
}

/* After "podman [OPTION…] [container] run|create". */
static guint find_first(const CrJson *command)
{
  for (guint i = 1; i < cr_json_get_length(command); i++)
    if (!strcmp(get_word(command, i), "run") || !strcmp(get_word(command, i), "create"))
      return i + 1;
  return cr_json_get_length(command);
}

/* One word of short options, "-dit" or "-p80:80". TRUE: the next word is its value. */
static gboolean read_short(const char *word, gboolean *odd, const char **option, const char **value)
{
  for (const char *p = word + 1; *p; p++) {
    const Option *found = find_option(p, 1);
    if (!found) {
      *odd = TRUE;
      return FALSE;
    }
    if (found->arity == TAKES_NONE)
      continue;
    *option = p;
    *value = p[1] == '=' ? p + 2 : p[1] ? p + 1 : NULL;
    return !*value;
  }
  return FALSE;
}

/* The first option before the image in COMMAND that the API cannot be told, or NULL. *STATIC_IP, *STATIC_IP6, *MAC
 * (left as they are without one): what --ip, --ip6 and --mac-address say; borrowed. */
static const char *find_obstacle(const CrJson *command, const char **static_ip, const char **static_ip6,
                                 const char **mac)
{
  guint count = cr_json_get_length(command);
  for (guint i = find_first(command); i < count; i++) {
    const char *word = get_word(command, i), *option = word, *value = NULL;
    gboolean odd = FALSE;
    gsize length = 1;
    if (*word != '-' || !strcmp(word, "--")) /* the image: what follows is its program's */
      return NULL;
    if (word[1] != '-') {
      if (read_short(word, &odd, &option, &value))
        value = ++i < count ? get_word(command, i) : "";
    } else {
      option = word + 2;
      length = strcspn(option, "=");
      const Option *found = find_option(option, length);
      odd = !found;
      if (option[length] == '=')
        value = option + length + 1;
      else if (found && found->arity == TAKES_VALUE)
        value = ++i < count ? get_word(command, i) : "";
    }
    if (odd || (value && is_odd_value(option, length, value)))
      return word;
    if (value && length == 2 && !strncmp(option, "ip", 2))
      *static_ip = value;
    if (value && length == 3 && !strncmp(option, "ip6", 3))
      *static_ip6 = value;
    if (value && length == 11 && !strncmp(option, "mac-address", 11))
      *mac = value;
  }
  return NULL;
}

static const CrJson *find_command(const CrRecreateDraft *draft)
{
  return cr_json_find(cr_json_find(draft->request->libpod, "Config"), "CreateCommand");
}

void cr_recreate_find_podman_addresses(const CrRecreateDraft *draft, const char **ip, const char **ip6,
                                       const char **mac)
{
  *ip = *ip6 = *mac = NULL;
  find_obstacle(find_command(draft), ip, ip6, mac);
  const char **const all[] = {ip, ip6, mac};
  for (guint i = 0; i < G_N_ELEMENTS(all); i++)
    *all[i] = *all[i] && **all[i] ? *all[i] : NULL;
}

gboolean cr_recreate_is_podman_word(const CrRecreateDraft *draft, const char *pair)
{
  const CrJson *command = find_command(draft);
  for (guint i = find_first(command); i < cr_json_get_length(command); i++)
    if (g_str_has_suffix(get_word(command, i), pair))
      return TRUE;
  return FALSE;
}

static void refuse(CrRecreateDraft *draft, const char *what)
{
  cr_problems_add(draft->out->problems, CR_PROBLEM_BLIND, "podman", "%s", what);
}

void cr_recreate_find_podman_problems(CrRecreateDraft *draft)
{
  const CrJson *libpod = draft->request->libpod;
  const char *ip = NULL, *ip6 = NULL, *mac = NULL;
  if (!cr_json_is(libpod, CR_JSON_OBJECT)) {
    refuse(draft, "Podman does not say what it was made with, so that options may be lost");
    return;
  }
  const char *option = find_obstacle(find_command(draft), &ip, &ip6, &mac);
  if (option)
    cr_problems_add(draft->out->problems, CR_PROBLEM_BLIND, "podman",
                    "it was made with %.80s, which Podman's API cannot be told", option);
  if (cr_json_get_boolean(cr_json_find(libpod, "IsInfra"), FALSE))
    refuse(draft, "it is the infra container of a pod");
  else if (*cr_json_find_string(libpod, "Pod", ""))
    cr_problems_add(draft->out->problems, CR_PROBLEM_BLIND, "podman", "it is in pod %.12s, which is made as a whole",
                    cr_json_find_string(libpod, "Pod", ""));
  if (*cr_json_find_string(libpod, "Rootfs", ""))
    refuse(draft, "it runs a folder (--rootfs), not an image");
}
