/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-work.h"

#define STRV(...) ((const char *const[]){__VA_ARGS__, NULL})

static const FakeFile files[] = {
    {"bin/sh", "ELF"},
    {"usr/bin/a", "ELF"},
    {"usr/bin/b", "ELF"},
    {"usr/bin/c", "ELF"},
    {"usr/bin/d", "ELF"},
    {"usr/bin/python3", "ELF"},
    {"usr/bin/supervisord", "#!/usr/bin/python3\nimport supervisor\n"},
    {"etc/supervisor/supervisord.conf",
     "[supervisord]\nnodaemon=true ; x\n[program:one]\ncommand=a -g 'daemon off;'\n  more\n"
     "[include]\nfiles = conf.d/*.conf other/*.ini\n"},
    {"etc/supervisor/conf.d/two.conf", "[program:two]\ncommand = /usr/bin/b %(ENV_X)s\nautostart=false\n"
                                       "#command=d\n[group:x]\nprograms=one,two\ncommand=d\n"},
    {"etc/supervisor/other/three.ini", "[eventlistener:l]\ncommand=sh -c \"exec c\"\n"},
    {"srv/bad-supervisor.conf", "[program:x]\ncommand=%(ENV_CMD)s\n"},
    {"usr/bin/runsvdir", "ELF"},
    {"etc/service/one/run", "#!/bin/sh\nexec a\n"},
    {"etc/service/one/log/run", "#!/bin/sh\nexec b\n"},
    {"usr/bin/run-parts", "ELF"},
    {"etc/parts/1", "#!/bin/sh\nc\n"},
    {"init", "ELF"},
    {"etc/cont-init.d/01", "#!/usr/bin/with-contenv sh\na\n"},
    {"usr/bin/with-contenv", "ELF"},
    {"etc/services.d/x/run", "#!/usr/bin/execlineb -P\nb -x\n"},
    {"usr/bin/execlineb", "ELF"},
    {"etc/s6-overlay/s6-rc.d/y/up", "c x\n"},
    {"usr/sbin/cron", "ELF"},
    {NULL, NULL},
};

static void test_supervisors(void)
{
  static const struct {
    const char *words[4];
    const char *loaded, *possible;
  } rows[] = {
      {{"supervisord", "-n"},
       "usr/bin/supervisord usr/bin/python3 etc/supervisor/supervisord.conf usr/bin/a usr/bin/c bin/sh",
       "usr/bin/b"},
      {{"supervisord", "-c", "/srv/bad-supervisor.conf"}, "srv/bad-supervisor.conf", "everything"},
      {{"supervisord", "-nc", "/etc/supervisor/conf.d/two.conf"}, "etc/supervisor/conf.d/two.conf", "usr/bin/b"},
      {{"supervisord", "-c", "/missing"}, "usr/bin/supervisord", "everything"},
      {{"runsvdir", "-P", "/etc/service"}, "etc/service/one/run bin/sh usr/bin/a usr/bin/b", NULL},
      {{"run-parts", "/etc/parts"}, "etc/parts/1 usr/bin/c", NULL},
      {{"/init", "d"},
       "init etc/cont-init.d/01 usr/bin/with-contenv usr/bin/a etc/services.d/x/run usr/bin/d",
       "usr/bin/b usr/bin/c"},
      {{"cron", "-f"}, "usr/sbin/cron", "everything"},
  };
  g_autoptr(CrReachWork) work = fake_work_new(files);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    fake_work_reset(work);
    g_test_message("%s %s", rows[i].words[0], rows[i].words[1]);
    g_assert_true(fake_work_start(work, rows[i].words, NULL, NULL));
    const char *lists[] = {rows[i].loaded, rows[i].possible};
    for (guint k = 0; k < 2; k++) {
      g_auto(GStrv) paths = g_strsplit(lists[k] ? lists[k] : "", " ", 0);
      for (guint j = 0; paths[j]; j++) {
        if (strcmp(paths[j], "everything") == 0)
          continue;
        g_test_message("  %s", paths[j]);
        g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(work->levels, paths[j])), ==,
                         k ? CR_REACH_POSSIBLE : CR_REACH_LOADED);
      }
    }
    g_assert_cmpint(work->everything != NULL, ==, rows[i].possible && strstr(rows[i].possible, "everything"));
    if (i == 0)
      g_assert_null(g_hash_table_lookup(work->levels, "usr/bin/d"));
  }
}

static void test_words(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) words = cr_words_split("a  'b c' \"d\\\"e\"f g\\ h ''", arena);
  const char *const expected[] = {"a", "b c", "d\"ef", "g h", ""};
  g_assert_cmpuint(words->len, ==, G_N_ELEMENTS(expected));
  for (guint i = 0; i < words->len; i++)
    g_assert_cmpstr(words->pdata[i], ==, expected[i]);
}

static void test_shebang(void)
{
  static const struct {
    const char *line, *first, *second;
  } rows[] = {
      {"/bin/sh", "/bin/sh", NULL},
      {"/bin/sh -e -x", "/bin/sh", "-e -x"},
      {"/usr/bin/env\tpython3", "/usr/bin/env", "python3"},
      {"/usr/bin/env -S python3 -u", "/usr/bin/env", "-S python3 -u"},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *const *words = cr_script_split_interpreter(rows[i].line, arena);
    g_assert_cmpstr(words[0], ==, rows[i].first);
    g_assert_cmpstr(words[1], ==, rows[i].second);
  }
  g_assert_null(cr_script_split_interpreter("", arena));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reach/supervisors", test_supervisors);
  g_test_add_func("/reach/words", test_words);
  g_test_add_func("/reach/shebang", test_shebang);
  return g_test_run();
}
