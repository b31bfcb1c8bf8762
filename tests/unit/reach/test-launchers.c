/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/script.h"

#include <string.h>

typedef struct {
  const char *words;   /* '|' between them */
  const char *command; /* the command's words, joined by ' '; NULL: no launcher; "": no command */
  const char *rest;    /* "user=… dir=… clear sh=… +NAME=VALUE", what else is known */
} Row;

static const Row rows[] = {
    {"nginx|-g|daemon off;", NULL, NULL},
    {"env|python3|app.py", "python3 app.py", ""},
    {"env|-i|-u|HOME|A=1|prog|C=2", "prog C=2", "clear +HOME +A=1"},
    {"env|-|prog", "prog", "clear"},
    {"env|-C|/srv|--unset=X|prog", "prog", "dir=/srv +X"},
    {"env|-S|python3 -u|app.py", "python3 -u app.py", ""},
    {"env|-S A=1 'my prog' ${B} x\\ y|z", "my prog \001 x y z", "+A=1"},
    {"env|--split-string=perl -w|x.pl", "perl -w x.pl", ""},
    {"env", "", ""},
    {"nice|-n|5|prog|-n", "prog -n", ""},
    {"nice|-10|prog", "prog", ""},
    {"nice|--adjustment=5|prog", "prog", ""},
    {"ionice|-c2|-n|7|prog", "prog", ""},
    {"nohup|prog|a", "prog a", ""},
    {"setsid|-w|prog", "prog", ""},
    {"stdbuf|-oL|-e|0|prog", "prog", ""},
    {"timeout|-k|5s|--signal|TERM|10m|prog|--x", "prog --x", ""},
    {"timeout|10|prog", "prog", ""},
    {"chroot|--userspec=a:b|/new|prog", "prog", ""},
    {"su-exec|redis:redis|redis-server|/etc/r.conf", "redis-server /etc/r.conf", "user=redis:redis"},
    {"gosu|postgres|docker-entrypoint.sh|postgres", "docker-entrypoint.sh postgres", "user=postgres"},
    {"setpriv|--reuid=33|--regid|33|--clear-groups|prog", "prog", "user=33"},
    {"runuser|-u|www|--|prog|-c", "prog -c", "user=www"},
    {"runuser|-|www|-c|exec prog", "", "user=www sh=exec prog"},
    {"su|postgres|-c|pg_ctl start", "", "user=postgres sh=pg_ctl start"},
    {"su|-s|/bin/bash|-c|prog x|www", "", "user=www sh=prog x"},
    {"su|-|www", "", "user=www asks"},
    {"sudo|-E|-u|app|FOO=1|prog|-x", "prog -x", "user=app +FOO=1"},
    {"sudo|-i", "", "user=root asks"},
    {"tini|-g|-s|-vv|-p|SIGTERM|--|prog|-g", "prog -g", ""},
    {"/sbin/tini|--|prog", "prog", ""},
    {"/usr/bin/tini-static|prog", "prog", ""},
    {"docker-init|--|prog", "prog", ""},
    {"dumb-init|--rewrite|15:3|-c|--|prog", "prog", ""},
    {"dumb-init|-r|15:3|prog", "prog", ""},
    {"catatonit|--|prog", "prog", ""},
    {"chpst|-u|www:www|-n|5|prog", "prog", "user=www:www"},
    {"s6-setuidgid|app|prog", "prog", "user=app"},
    {"flock|-n|/run/lock|prog|-c", "prog -c", ""},
    {"flock|/run/lock|-c|prog a", "", "sh=prog a"},
    {"find|.|-name|x|-exec|chown|redis|{}|+", "chown redis \001", "maybe"},
    {"find|/|-exec|a|{}|;|-exec|b|;", "a \001", "maybe then"},
    {"find|/|-print", "", "maybe"},
    {"xargs|-0|-n|1|-I|{}|prog|-x", "prog -x \001", "maybe"},
    {"xargs|-r", "", "maybe"},
    {"start-stop-daemon|--start|--chuid|www|--pidfile|/p|--exec|/usr/sbin/d|--|-D|x", "/usr/sbin/d -D x", "user=www"},
    {"start-stop-daemon|-S|-x|/usr/sbin/d|-a|/bin/w", "/bin/w", ""},
    {"watch|-n|5|prog|x", "", "sh=prog x"},
    {"timeout", "", ""},
    {"gosu", "", ""},
    {"env|-u", "", ""},
    {"su|-c", "", "user=root asks"},
};

static char *format_rest(const CrLaunch *launch)
{
  g_autoptr(GString) text = g_string_new(NULL);
  if (launch->user)
    g_string_append_printf(text, " user=%s", launch->user);
  if (launch->workdir)
    g_string_append_printf(text, " dir=%s", launch->workdir);
  if (launch->clear)
    g_string_append(text, " clear");
  if (launch->shell_text)
    g_string_append_printf(text, " sh=%s", launch->shell_text);
  if (launch->shell_asked)
    g_string_append(text, " asks");
  if (launch->possible_only)
    g_string_append(text, " maybe");
  if (launch->then)
    g_string_append(text, " then");
  for (guint i = 0; i < launch->changes->len; i++)
    g_string_append_printf(text, " +%s", (char *)launch->changes->pdata[i]);
  if (text->len)
    g_string_erase(text, 0, 1);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_launchers(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].words);
    g_auto(GStrv) argv = g_strsplit(rows[i].words, "|", 0);
    CrLaunch launch = {0};
    gboolean is_launcher = cr_launcher_parse((const char *const *)argv, arena, &launch);
    g_assert_cmpint(is_launcher, ==, rows[i].command != NULL);
    if (!is_launcher)
      continue;
    const char *const *words = launch.words ? launch.words : (const char *const *)argv + launch.command;
    g_autofree char *joined = launch.shell_text || launch.shell_asked ? g_strdup("") : g_strjoinv(" ", (char **)words);
    g_assert_cmpstr(joined, ==, rows[i].command);
    g_autofree char *rest = format_rest(&launch);
    g_assert_cmpstr(rest, ==, rows[i].rest);
    g_ptr_array_unref(launch.changes);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reach/launchers", test_launchers);
  return g_test_run();
}
