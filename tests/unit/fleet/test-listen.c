/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/listen.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../remove.h"
#include "base/http.h"

static char *answer(const char *path, const char **type, guint *status, gpointer data)
{
  if (!strcmp(path, "/sick"))
    *status = 503;
  else if (strcmp(path, "/metrics") != 0)
    return NULL;
  *type = "text/plain; version=0.0.4";
  return g_strdup(data);
}

static int fetch(const char *socket, const char *url, const char *method, char **body)
{
  CrHttpOptions options = {.unix_socket = socket};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  CrHttpRequest request = {.url = url, .method = method, .no_retry = TRUE};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, &error);
  g_assert_no_error(error);
  if (body)
    *body = g_strndup(g_bytes_get_data(response->body, NULL), g_bytes_get_size(response->body));
  return response->status;
}

static void test_port(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrListener) listener = cr_listener_new("localhost:0", answer, "careen_x 1\n", &error);
  g_assert_no_error(error);
  g_autofree char *url = g_strconcat(cr_listener_get_address(listener), "metrics", NULL);
  g_autofree char *sick = g_strconcat(cr_listener_get_address(listener), "sick", NULL);
  g_autofree char *other = g_strconcat(cr_listener_get_address(listener), "../etc/passwd", NULL);
  g_autofree char *body = NULL;
  g_assert_cmpint(fetch(NULL, url, NULL, &body), ==, 200);
  g_assert_cmpstr(body, ==, "careen_x 1\n");
  g_assert_cmpint(fetch(NULL, sick, NULL, NULL), ==, 503);
  g_assert_cmpint(fetch(NULL, other, NULL, NULL), ==, 404);
  g_assert_cmpint(fetch(NULL, url, "DELETE", NULL), ==, 405);
}

static void test_socket(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-listen-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "m.sock", NULL);
  g_autofree char *address = g_strconcat("unix:", path, NULL);
  for (int round = 0; round < 2; round++) { /* its own stale one is no hindrance */
    g_autoptr(GError) error = NULL;
    g_autoptr(CrListener) listener = cr_listener_new(address, answer, "careen_x 2\n", &error);
    g_assert_no_error(error);
    GStatBuf st;
    g_assert_cmpint(g_stat(path, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 07777, ==, 0660);
    g_autofree char *body = NULL;
    g_assert_cmpint(fetch(path, "http://localhost/metrics", NULL, &body), ==, 200);
    g_assert_cmpstr(body, ==, "careen_x 2\n");
    g_autoptr(GError) second = NULL;
    g_assert_null(cr_listener_new(address, answer, NULL, &second)); /* a live one is */
    g_assert_error(second, CR_ERROR, CR_ERROR_ENVIRONMENT);
  }
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  g_assert_true(g_file_set_contents(path, "precious", -1, NULL));
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_listener_new(address, answer, NULL, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  g_assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));
}

static void test_refused(void)
{
  static const char *const addresses[] = {
      "0.0.0.0:9469",    "192.0.2.1:80",  "[::]:80", "example.org:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
      "127.0.0.1:65536", "unix:relative", "",        "localhost:-1"};
  for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("%s", addresses[i]);
    g_assert_null(cr_listener_new(addresses[i], answer, NULL, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/listen/port", test_port);
  g_test_add_func("/fleet/listen/socket", test_socket);
  g_test_add_func("/fleet/listen/refused", test_refused);
  return g_test_run();
}
