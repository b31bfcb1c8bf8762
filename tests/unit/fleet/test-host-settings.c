/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/host.h"

#include <string.h>

static const struct {
  const char *kind, *info, *version;
  const char *settings; /* "NAME=VALUE" of each in order, what is not good with '!' before */
} rows[] = {
    {"docker",
     "{\"ServerVersion\": \"20.10.24\", \"LiveRestoreEnabled\": false, \"SecurityOptions\": "
     "[\"name=seccomp,profile=default\"]}",
     "{\"ApiVersion\": \"1.41\"}", "!live-restore=off !API=1.41 user namespaces=off"},
    {"docker", "{\"LiveRestoreEnabled\": true, \"SecurityOptions\": [\"name=userns\"]}", "{\"ApiVersion\": \"1.47\"}",
     "live-restore=on API=1.47 user namespaces=remapped"},
    {"docker",
     "{\"LiveRestoreEnabled\": true, \"SecurityOptions\": [\"name=rootless\", \"name=cgroupns\"], "
     "\"ExperimentalBuild\": true}",
     "{\"ApiVersion\": \"2.0\"}", "live-restore=on API=2.0 !experimental=on user namespaces=rootless"},
    /* a swarm cannot keep its containers, and need not */
    {"docker", "{\"LiveRestoreEnabled\": false, \"Swarm\": {\"LocalNodeState\": \"active\"}}",
     "{\"ApiVersion\": \"1.44\"}", "live-restore=off API=1.44 user namespaces=off"},
    {"docker",
     "{\"LiveRestoreEnabled\": true, \"Warnings\": [\"WARNING: API is accessible on http://0.0.0.0:2375 without "
     "encryption.\", \"WARNING: No swap limit support\"]}",
     "{\"ApiVersion\": \"1.44\"}", "!socket=open live-restore=on API=1.44 user namespaces=off"},
    /* names that only begin alike are others */
    {"docker", "{\"LiveRestoreEnabled\": true, \"SecurityOptions\": [\"name=usernsx\"]}", "{}",
     "live-restore=on user namespaces=off"},
    /* Podman has no daemon that containers hang on, and its own numbers */
    {"podman", "{\"LiveRestoreEnabled\": false, \"SecurityOptions\": [\"name=rootless\"]}",
     "{\"ApiVersion\": \"1.41\"}", "user namespaces=rootless"},
    {"docker", "[]", "null", "!live-restore=off user namespaces=off"},
};

static void test_settings(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrJsonDoc) info = cr_json_parse(rows[i].info, strlen(rows[i].info), "info", NULL);
    g_autoptr(CrJsonDoc) version = cr_json_parse(rows[i].version, strlen(rows[i].version), "version", NULL);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GPtrArray) settings = g_ptr_array_new(), engines = g_ptr_array_new();
    CrHostEngine engine = {rows[i].kind, cr_json_get_root(info), cr_json_get_root(version)};
    cr_host_judge_engine(&engine, arena, settings, engines);
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint k = 0; k < settings->len; k++) {
      const CrHostSetting *setting = settings->pdata[k];
      g_assert_cmpstr(setting->daemon, ==, rows[i].kind);
      g_assert_nonnull(setting->what);
      g_string_append_printf(words, "%s%s%s=%s", k ? " " : "", setting->good ? "" : "!", setting->name, setting->value);
    }
    g_assert_cmpstr(words->str, ==, rows[i].settings);
    g_assert_cmpuint(engines->len, ==, 1);
  }
}

static void test_tools(void)
{
  g_assert_true(cr_host_is_tool("runc"));
  g_assert_true(cr_host_is_tool("containerd.io"));
  g_assert_false(cr_host_is_tool("nginx"));
  g_assert_true(cr_host_is_tool_program("usr/local/bin/dockerd"));
  g_assert_true(cr_host_is_tool_program("runc"));
  g_assert_false(cr_host_is_tool_program("usr/local/bin/runc/other"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/host/settings", test_settings);
  g_test_add_func("/fleet/host/tools", test_tools);
  return g_test_run();
}
