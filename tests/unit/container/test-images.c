/* SPDX-License-Identifier: Apache-2.0 */
/* Pulling by a made-up engine, which has an older image of that name all the time: what is no success must not give its
 * id. */
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "container/daemon.h"

#define ID "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* One request a connection; DATA: the answer to a pull. */
static gboolean serve(GThreadedSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
  (void)service;
  (void)source;
  GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
  g_autoptr(GString) asked = g_string_new(NULL);
  char byte;
  while (!strstr(asked->str, "\r\n\r\n") && g_input_stream_read(in, &byte, 1, NULL, NULL) == 1)
    g_string_append_c(asked, byte);
  const char *body = strstr(asked->str, "/images/create?") ? *(const char **)data
                     : strstr(asked->str, "/version ")     ? "{\"ApiVersion\":\"1.56\",\"MinAPIVersion\":\"1.44\"}"
                     : strstr(asked->str, "/images/a:1/")  ? "{\"Id\":\"" ID "\"}"
                                                           : "OK";
  g_autofree char *answer =
      g_strdup_printf("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
  g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)), answer, strlen(answer), NULL, NULL,
                            NULL);
  return TRUE;
}

static gpointer run(gpointer loop)
{
  g_main_loop_run(loop);
  return NULL;
}

static void test_pull(void)
{
  static const struct {
    const char *answer, *why; /* NULL: it has it */
  } rows[] = {
      {"{\"status\":\"Pulling\"}\r\n{\"status\":\"Downloaded\"}\r\n", NULL},
      {"", NULL},
      {"{\"status\":\"Pulling\",\"error\":\"\",\"errorDetail\":null}\n", NULL},
      {"{\"errorDetail\":{\"message\":\"no space\"},\"error\":\"no space\"}\r\n", "cannot pull 'a:1': no space"},
      {"{\"errorDetail\":{\"message\":\"no space\"}}\r\n{\"status\":\"x\"}\r\n", "cannot pull 'a:1': no space"},
      {"{\"error\":\"no space\"}\n", "cannot pull 'a:1': no space"},
      {"{\"status\":\"x\"}\n{\"errorDetail\":{\"message\":\"no space\"}}", "cannot pull 'a:1': no space"},
      {"{\"errorDetail\":{\"code\":1}}\n", "cannot pull 'a:1': it gave no reason"},
  };
  const char *answer = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("careen-test.XXXXXX", &error);
  g_assert_no_error(error);
  g_autofree char *path = g_build_filename(folder, "sock", NULL), *host = g_strconcat("unix://", path, NULL);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
  g_autoptr(GSocketService) service = g_threaded_socket_service_new(4);
  g_socket_listener_add_address(G_SOCKET_LISTENER(service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                NULL, NULL, &error);
  g_assert_no_error(error);
  g_signal_connect(service, "run", G_CALLBACK(serve), &answer);
  GMainLoop *loop = g_main_loop_new(NULL, FALSE);
  GThread *thread = g_thread_new("accept", run, loop);
  CrSourceOptions options = {.docker_host = host};
  g_autoptr(CrDaemon) daemon = cr_daemon_open("docker", &options, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) cause = NULL;
    g_autofree char *id = NULL;
    answer = rows[i].answer;
    g_test_message("%s", answer);
    g_assert_true(cr_daemon_pull_image(daemon, "a:1", NULL, &id, &cause) == !rows[i].why);
    g_assert_cmpstr(cause ? cause->message : NULL, ==, rows[i].why);
    g_assert_cmpstr(id, ==, rows[i].why ? NULL : ID);
  }
  g_socket_service_stop(service);
  g_main_loop_quit(loop);
  g_thread_join(thread);
  g_main_loop_unref(loop);
  g_unlink(path);
  g_rmdir(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/container/images/pull", test_pull);
  return g_test_run();
}
