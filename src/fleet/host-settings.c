/* SPDX-License-Identifier: Apache-2.0 */
/* An engine's settings that decide what updating it, or a hole in it, costs. One row a setting. */
#include <string.h>

#include "fleet/host.h"

typedef struct {
  CrArena *arena;
  const CrHostEngine *engine;
  GPtrArray *settings;
} Judging;

static void add(Judging *judging, const char *name, const char *value, gboolean good, const char *what)
{
  CrHostSetting *setting = cr_arena_new0(judging->arena, CrHostSetting);
  *setting = (CrHostSetting){judging->engine->kind, name, value, good, what};
  g_ptr_array_add(judging->settings, setting);
}

static gboolean is_docker(const CrHostEngine *engine)
{
  return !strcmp(engine->kind, "docker");
}

/* Does SecurityOptions have "name=NAME"? */
static gboolean has_option(const CrJson *info, const char *name)
{
  g_auto(GStrv) options = cr_json_get_strings(cr_json_find(info, "SecurityOptions"));
  g_autofree char *wanted = g_strconcat("name=", name, NULL);
  for (guint i = 0; options[i]; i++)
    if (g_str_has_prefix(options[i], wanted) && strchr(",", options[i][strlen(wanted)]))
      return TRUE;
  return FALSE;
}

static void judge_live_restore(Judging *judging)
{
  const CrJson *info = judging->engine->info;
  if (!is_docker(judging->engine))
    return; /* Podman has no daemon that containers depend on */
  gboolean on = cr_json_get_boolean(cr_json_find(info, "LiveRestoreEnabled"), FALSE);
  const char *swarm = cr_json_find_string(cr_json_find(info, "Swarm"), "LocalNodeState", "inactive");
  if (!on && strcmp(swarm, "inactive") != 0 && *swarm) {
    add(judging, "live-restore", "off", TRUE, "not possible in a swarm: its services move to other nodes instead");
    return;
  }
  add(judging, "live-restore", on ? "on" : "off", on,
      on ? "containers run on while the engine is updated"
         : "every update of the engine stops all containers: \"live-restore\": true in /etc/docker/daemon.json");
}

static void judge_users(Judging *judging)
{
  const CrJson *info = judging->engine->info;
  gboolean rootless = has_option(info, "rootless"), userns = has_option(info, "userns");
  if (rootless || userns)
    add(judging, "user namespaces", rootless ? "rootless" : "remapped", TRUE, "root in a container is nobody here");
  else
    add(judging, "user namespaces", "off", TRUE,
        "root in a container is root here: a hole in kernel or runtime is one of the whole machine");
}

/* Docker's clients of version 29 refuse engines below 1.44 (and engines below 25 have none newer than 1.43). */
static void judge_api(Judging *judging)
{
  const char *text = cr_json_find_string(judging->engine->version, "ApiVersion", NULL);
  if (!text || !is_docker(judging->engine))
    return;
  const char *dot = strchr(text, '.');
  guint64 minor = dot ? g_ascii_strtoull(dot + 1, NULL, 10) : 0;
  gboolean good = strtoul(text, NULL, 10) > 1 || minor >= 44;
  add(judging, "API", cr_arena_strdup(judging->arena, text), good,
      good ? "current clients talk to it" : "clients of Docker 29 and newer refuse it: they ask for 1.44 at least");
}

static void judge_experimental(Judging *judging)
{
  if (cr_json_get_boolean(cr_json_find(judging->engine->info, "ExperimentalBuild"), FALSE))
    add(judging, "experimental", "on", FALSE, "experimental features get no security support");
}

/* Warnings that the engine gives itself ("WARNING: API is accessible on http://0.0.0.0:2375 without encryption"). */
static void judge_warnings(Judging *judging)
{
  g_auto(GStrv) warnings = cr_json_get_strings(cr_json_find(judging->engine->info, "Warnings"));
  for (guint i = 0; warnings[i]; i++) {
    const char *text = warnings[i];
    if (g_str_has_prefix(text, "WARNING: "))
      text += strlen("WARNING: ");
    if (strstr(text, "accessible") || strstr(text, "encryption"))
      add(judging, "socket", "open", FALSE, cr_arena_strdup(judging->arena, text));
  }
}

void cr_host_judge_engine(const CrHostEngine *engine, CrArena *arena, GPtrArray *settings, GPtrArray *engines)
{
  static void (*const rows[])(Judging * judging) = {judge_warnings, judge_live_restore, judge_api, judge_experimental,
                                                    judge_users};
  Judging judging = {arena, engine, settings};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    rows[i](&judging);
  const char *version = cr_json_find_string(engine->info, "ServerVersion", NULL);
  if (!version)
    version = cr_json_find_string(engine->version, "Version", "?");
  g_autofree char *line =
      g_strdup_printf("%s %s, API %s", engine->kind, version, cr_json_find_string(engine->version, "ApiVersion", "?"));
  g_ptr_array_add(engines, (gpointer)cr_arena_strdup(arena, line));
}
