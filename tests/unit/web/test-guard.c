/* SPDX-License-Identifier: Apache-2.0 */
#include "web/guard.h"

#include <glib/gstdio.h>

#include "../remove.h"
#include "base/error.h"

static CrGuard *guard(const CrGuardOptions *options, gboolean loopback, gboolean unix_socket)
{
  g_autoptr(GError) error = NULL;
  CrGuard *it = cr_guard_new(options, loopback, unix_socket, &error);
  g_assert_no_error(error);
  return it;
}

static guint ask(CrGuard *it, const char *host, const char *authorization, const char *user)
{
  CrGuardRequest request = {"192.0.2.1", host, authorization, user};
  return cr_guard_check(it, &request, 1);
}

static void test_host(void)
{
  static const char *const hosts[] = {"careen.example", NULL};
  CrGuardOptions options = {.hosts = hosts};
  g_autoptr(CrGuard) it = guard(&options, TRUE, FALSE);
  static const struct {
    const char *host;
    guint status;
  } rows[] = {
      {"localhost:8470", 0},
      {"127.0.0.1", 0},
      {"[::1]:8470", 0},
      {"LOCALHOST", 0},
      {"careen.example:443", 0},
      {NULL, 421},
      {"evil.example", 421},
      {"127.0.0.1.evil.example", 421},
      {"localhost.evil:80", 421},
      {"", 421},
      {"[::1]evil", 421},
      {"careen.example.", 421},
      {":", 421},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (ask(it, rows[i].host, NULL, NULL) != rows[i].status)
      g_error("host '%s'", rows[i].host);
  g_autoptr(CrGuard) socket = guard(&(CrGuardOptions){0}, TRUE, TRUE); /* no browser reaches a socket by a name */
  g_assert_cmpuint(ask(socket, "whatever", NULL, NULL), ==, 0);
}

static void test_token(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-guard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "token", NULL), *basic = NULL, *header = NULL;
  g_assert_true(g_file_set_contents_full(path, "  0123456789abcdef\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  CrGuardOptions options = {.token_file = path};
  g_autoptr(CrGuard) it = guard(&options, FALSE, FALSE);
  basic = g_base64_encode((const guchar *)"anybody:0123456789abcdef", 24);
  header = g_strconcat("Basic ", basic, NULL);
  g_assert_cmpuint(ask(it, "any.example", NULL, NULL), ==, 401);
  g_assert_cmpuint(ask(it, "any.example", "Bearer 0123456789abcdef", NULL), ==, 0);
  g_assert_cmpuint(ask(it, "any.example", "bearer 0123456789abcdef", NULL), ==, 0);
  g_assert_cmpuint(ask(it, "any.example", "Bearer 0123456789abcdeF", NULL), ==, 401);
  g_assert_cmpuint(ask(it, "any.example", "Bearer 0123456789abcdef0", NULL), ==, 401);
  g_assert_cmpuint(ask(it, "any.example", "Bearer ", NULL), ==, 401);
  g_assert_cmpuint(ask(it, "any.example", header, NULL), ==, 0);
  g_assert_cmpuint(ask(it, "any.example", "Basic !!!", NULL), ==, 401);
  g_assert_cmpuint(ask(it, "any.example", "Basic ", NULL), ==, 401);
  g_assert_cmpuint(ask(it, "any.example", "Digest x", NULL), ==, 401);
}

static void refuses(const CrGuardOptions *options, gboolean loopback, const char *why)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_guard_new(options, loopback, FALSE, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  if (!strstr(error->message, why))
    g_error("'%s' does not say '%s'", error->message, why);
}

static void test_refused(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-guard-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "token", NULL);
  CrGuardOptions options = {0};
  refuses(&options, FALSE, "nobody would be asked");
  options.user_header = "X-Remote-User";
  refuses(&options, FALSE, "nobody would be asked");
  options.token_file = path;
  refuses(&options, FALSE, "cannot believe the header");
  options.user_header = NULL;
  refuses(&options, TRUE, path);
  g_assert_true(g_file_set_contents_full(path, "short", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  refuses(&options, TRUE, "at least 16 letters");
  g_assert_true(g_file_set_contents_full(path, "0123456789 abcdef0", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  refuses(&options, TRUE, "not one word");
  g_assert_true(g_file_set_contents_full(path, "0123456789abcdef", -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
  g_assert_cmpint(g_chmod(path, 0644), ==, 0);
  refuses(&options, TRUE, "everybody may read it");
}

static void test_proxy(void)
{
  CrGuardOptions options = {.user_header = "X-Remote-User"};
  g_autoptr(CrGuard) it = guard(&options, TRUE, FALSE);
  g_assert_cmpuint(ask(it, "careen.example", NULL, NULL), ==, 403);
  g_assert_cmpuint(ask(it, "careen.example", NULL, ""), ==, 403);
  g_assert_cmpuint(ask(it, "careen.example", NULL, "ada"), ==, 0);
}

static void test_rate(void)
{
  CrGuardOptions options = {.rate = 2};
  g_autoptr(CrGuard) it = guard(&options, TRUE, FALSE);
  CrGuardRequest request = {"192.0.2.1", "localhost", NULL, NULL}, other = {"192.0.2.2", "localhost", NULL, NULL};
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint(cr_guard_check(it, &request, 1), ==, 0);
  g_assert_cmpuint(cr_guard_check(it, &request, 1), ==, 429);
  g_assert_cmpuint(cr_guard_check(it, &other, 1), ==, 0);
  g_assert_cmpuint(cr_guard_check(it, &request, 1 + G_USEC_PER_SEC / 2), ==, 0);
  g_assert_cmpuint(cr_guard_check(it, &request, 1 + G_USEC_PER_SEC / 2), ==, 429);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/web/guard/host", test_host);
  g_test_add_func("/web/guard/token", test_token);
  g_test_add_func("/web/guard/refused", test_refused);
  g_test_add_func("/web/guard/proxy", test_proxy);
  g_test_add_func("/web/guard/rate", test_rate);
  return g_test_run();
}
