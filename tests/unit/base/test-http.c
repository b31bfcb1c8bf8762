/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against a server on loopback that answers what each path says. */
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <utime.h>

#include "base/error.h"
#include "base/http-private.h"

typedef struct {
  const char *path;
  guint fails;         /* first answers that are FAILURE instead */
  const char *failure; /* raw answer, NULL: the connection is closed without a word */
  const char *answer;  /* raw; "@2" in it stands for the second server's port, "@1" for the first's */
} Route;

static const Route routes[] = {
    {"/plain", 0, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Thing:  a value \r\n\r\nhello"},
    {"/chunks", 0, NULL, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"},
    {"/missing", 0, NULL, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"},
    {"/fresh", 0, NULL, "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"},
    {"/busy", 1, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
    {"/dropped", 2, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
    {"/long-wait", 1, "HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\nRetry-After: 999\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
    {"/once-short", 1, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe",
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
    {"/short", 99, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello", NULL},
    {"/to-other", 0, NULL, "HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:@2/echo\r\nContent-Length: 0\r\n\r\n"},
    {"/to-same", 0, NULL, "HTTP/1.1 302 There\r\nLocation: echo\r\nContent-Length: 0\r\n\r\n"},
    {"/to-back", 0, NULL, "HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:@2/back\r\nContent-Length: 0\r\n\r\n"},
    {"/back", 0, NULL, "HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:@1/echo\r\nContent-Length: 0\r\n\r\n"},
    {"/to-file", 0, NULL, "HTTP/1.1 302 There\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"},
    {"/loop", 0, NULL, "HTTP/1.1 302 There\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"},
    {"/part", 0, NULL, "HTTP/1.1 206 Part\r\nContent-Length: 3\r\nContent-Range: bytes 2-4/5\r\n\r\nllo"},
};

typedef struct {
  guint16 port[2];
  guint asked[G_N_ELEMENTS(routes)];
  GMutex mutex;
  char *request; /* the last one's head */
  guint connections;
} Server;
static Server server;

static char *fill_ports(const char *answer)
{
  GString *text = g_string_new(answer);
  for (guint i = 0; i < 2; i++) {
    char mark[] = {'@', (char)('1' + i), 0};
    g_autofree char *port = g_strdup_printf("%d", server.port[i]);
    g_string_replace(text, mark, port, 0);
  }
  return g_string_free(text, FALSE);
}

/* The raw answer to HEAD, or NULL to hang up. */
static char *choose_answer(const char *head)
{
  const char *path = strchr(head, ' ');
  g_assert_nonnull(path);
  g_autofree char *name = g_strndup(path + 1, strcspn(path + 1, " ?"));
  if (strcmp(name, "/echo") == 0)
    return g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(head), head);
  for (guint i = 0; i < G_N_ELEMENTS(routes); i++) {
    if (strcmp(routes[i].path, name) != 0)
      continue;
    const char *answer = server.asked[i]++ < routes[i].fails ? routes[i].failure : routes[i].answer;
    return answer ? fill_ports(answer) : NULL;
  }
  return g_strdup("HTTP/1.1 500 No such route\r\nContent-Length: 0\r\n\r\n");
}

/* Headers up to the empty line; NULL at the end of the connection. */
static char *read_head(GInputStream *in)
{
  g_autoptr(GString) head = g_string_new(NULL);
  char c;
  while (g_input_stream_read(in, &c, 1, NULL, NULL) == 1) {
    g_string_append_c(head, c);
    if (g_str_has_suffix(head->str, "\r\n\r\n"))
      return g_strdup(head->str);
  }
  return NULL;
}

/* A body without end, until the reader hangs up; *SENT counts it. */
static void send_without_end(GOutputStream *out, gint *sent)
{
  static char block[65536];
  gsize n = 0;
  const char *head = "HTTP/1.1 200 OK\r\n\r\n";
  g_output_stream_write_all(out, head, strlen(head), NULL, NULL, NULL);
  while (g_output_stream_write_all(out, block, sizeof block, &n, NULL, NULL))
    g_atomic_int_add(sent, (gint)(n / 1024));
}
static gint endless_sent;

static gboolean on_connection(GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
                              gpointer data)
{
  (void)service;
  (void)source;
  (void)data;
  GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
  GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
  g_mutex_lock(&server.mutex);
  server.connections++;
  g_mutex_unlock(&server.mutex);
  for (;;) {
    g_autofree char *head = read_head(in);
    if (!head)
      return TRUE;
    if (strstr(head, " /endless ")) {
      send_without_end(out, &endless_sent);
      return TRUE;
    }
    if (strstr(head, " /silent ")) {
      const char *start = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi";
      g_output_stream_write_all(out, start, strlen(start), NULL, NULL, NULL);
      continue; /* waits for the client to hang up */
    }
    g_mutex_lock(&server.mutex);
    g_autofree char *answer = choose_answer(head);
    g_free(server.request);
    server.request = g_strdup(head);
    g_mutex_unlock(&server.mutex);
    if (!answer)
      return TRUE;
    g_output_stream_write_all(out, answer, strlen(answer), NULL, NULL, NULL);
    if (strstr(answer, "\r\n\r\nhe") && !g_str_has_suffix(answer, "Content-Length: 5\r\n\r\nhello") &&
        !strstr(answer, "X-Thing"))
      return TRUE; /* a body cut short */
  }
}

static char *url(guint which, const char *path)
{
  return g_strdup_printf("http://127.0.0.1:%d%s", server.port[which - 1], path);
}

static CrHttp *client(void)
{
  static const CrHttpOptions options = {0};
  return cr_http_new(&options);
}

static char *get_text(const CrHttpResponse *response)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(response->body, &size);
  return g_strndup(data ? data : "", size);
}

/* ---- cases ---- */

static void test_answers(void)
{
  static const struct {
    const char *path;
    int status;
    const char *body;
    guint asked;
  } rows[] = {
      {"/plain", 200, "hello", 1}, {"/chunks", 200, "hello", 1},     {"/missing", 404, "gone", 1},
      {"/fresh", 304, "", 1},      {"/busy", 200, "hello", 2},       {"/dropped", 200, "hello", 3},
      {"/long-wait", 429, "", 1},  {"/once-short", 200, "hello", 2},
  };
  g_autoptr(CrHttp) http = client();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *where = url(1, rows[i].path);
    g_autoptr(GError) error = NULL;
    CrHttpRequest request = {.url = where};
    g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, &error);
    g_assert_no_error(error);
    g_autofree char *text = get_text(response);
    g_assert_cmpint(response->status, ==, rows[i].status);
    g_assert_cmpstr(text, ==, rows[i].body);
    for (guint r = 0; r < G_N_ELEMENTS(routes); r++) {
      if (strcmp(routes[r].path, rows[i].path) == 0)
        g_assert_cmpuint(server.asked[r], ==, rows[i].asked);
    }
  }
}

static void test_headers_and_reuse(void)
{
  g_autoptr(CrHttp) http = client();
  g_autofree char *where = url(1, "/plain");
  CrHttpRequest request = {.url = where};
  guint before = server.connections;
  for (guint i = 0; i < 3; i++) {
    g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, NULL);
    g_assert_nonnull(response);
    g_assert_cmpstr(cr_http_response_find_header(response, "x-thing"), ==, "a value");
    g_assert_cmpstr(response->final_url, ==, where);
  }
  g_assert_cmpuint(server.connections, ==, before + 1);
}

/* What /echo saw after a redirect from PATH, with credentials of the caller's. */
static char *see_after(const char *path)
{
  g_autoptr(CrHttp) http = client();
  g_autofree char *where = url(1, path);
  const char *headers[] = {"Authorization: Bearer secret", "Accept: thing/1", NULL};
  CrHttpRequest request = {.url = where, .headers = headers};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, &error);
  g_assert_no_error(error);
  g_assert_cmpint(response->status, ==, 200);
  return get_text(response);
}

static void test_redirects(void)
{
  static const struct {
    const char *path;
    gboolean authorized;
  } rows[] = {{"/echo", TRUE}, {"/to-same", TRUE}, {"/to-other", FALSE}, {"/to-back", TRUE}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *seen = see_after(rows[i].path);
    g_assert_nonnull(strstr(seen, "Accept: thing/1"));
    g_assert_nonnull(strstr(seen, "User-Agent: careen/"));
    g_assert_cmpint(strstr(seen, "Bearer secret") != NULL, ==, rows[i].authorized);
  }
}

static void test_failures(void)
{
  static const struct {
    const char *path, *says;
    CrErrorCode code;
    guint64 max;
  } rows[] = {
      {"/to-file", "it sends to 'file:///etc/passwd'", CR_ERROR_ENVIRONMENT, 0},
      {"/loop", "more than 10 redirects", CR_ERROR_ENVIRONMENT, 0},
      {"/plain", "larger than 4 bytes", CR_ERROR_LIMIT, 4},
  };
  g_autoptr(CrHttp) http = client();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *where = url(1, rows[i].path);
    g_autoptr(GError) error = NULL;
    CrHttpRequest request = {.url = where, .max_bytes = rows[i].max};
    g_assert_null(cr_http_fetch(http, &request, &error));
    g_assert_error(error, CR_ERROR, (int)rows[i].code);
    g_assert_nonnull(strstr(error->message, rows[i].says));
  }
}

static void test_secrets_stay_out_of_messages(void)
{
  g_autoptr(CrHttp) http = client();
  g_autoptr(GError) error = NULL;
  CrHttpRequest request = {.url = "http://user:geheim@127.0.0.1:1/x?token=geheim"};
  g_assert_null(cr_http_fetch(http, &request, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_null(strstr(error->message, "geheim"));
  g_assert_nonnull(strstr(error->message, "'http://127.0.0.1:1/x'"));
}

static void test_offline(void)
{
  CrHttpOptions options = {.offline = TRUE};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  g_autofree char *where = url(1, "/plain");
  g_autoptr(GError) error = NULL;
  CrHttpRequest request = {.url = where};
  g_assert_null(cr_http_fetch(http, &request, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_OFFLINE);
}

/* A broken stream gives what came, then the error; the rest comes with resume_from. */
static void test_broken_stream_and_resume(void)
{
  g_autoptr(CrHttp) http = client();
  g_autofree char *where = url(1, "/short");
  g_autoptr(GError) error = NULL;
  g_autoptr(CrStream) stream = NULL;
  CrHttpRequest request = {.url = where};
  g_autoptr(CrHttpResponse) response = cr_http_open(http, &request, &stream, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(cr_http_response_find_header(response, "content-length"), ==, "500");
  const guint8 *data = NULL;
  g_assert_cmpint(cr_stream_next(stream, &data, &error), ==, 5);
  g_assert_cmpmem(data, 5, "hello", 5);
  g_assert_cmpint(cr_stream_next(stream, &data, &error), ==, -1);
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_nonnull(strstr(error->message, "broke after 5 bytes"));
  g_autofree char *part = url(1, "/part");
  CrHttpRequest rest = {.url = part, .resume_from = 2};
  g_autoptr(CrHttpResponse) answer = cr_http_fetch(http, &rest, NULL);
  g_autofree char *text = get_text(answer);
  g_assert_cmpint(answer->status, ==, 206);
  g_assert_cmpstr(text, ==, "llo");
  g_assert_nonnull(strstr(server.request, "Range: bytes=2-\r\n"));
}

static void test_stall(void)
{
  g_autoptr(CrHttp) http = client();
  cr_http_set_stall_ms(http, 50);
  g_autofree char *where = url(1, "/silent");
  g_autoptr(GError) error = NULL;
  CrHttpRequest request = {.url = where, .no_retry = TRUE};
  g_assert_null(cr_http_fetch(http, &request, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_nonnull(strstr(error->message, "nothing came any more"));
}

/* A reader that takes one piece holds the server up: what was sent is bounded by buffers, not by the server's will. */
static void test_back_pressure(void)
{
  g_autoptr(CrHttp) http = client();
  g_autofree char *where = url(1, "/endless");
  CrStream *stream = NULL;
  CrHttpRequest request = {.url = where};
  g_autoptr(CrHttpResponse) response = cr_http_open(http, &request, &stream, NULL);
  g_assert_nonnull(response);
  const guint8 *data = NULL;
  gsize all = 0;
  while (all < 3 << 20) {
    gssize n = cr_stream_next(stream, &data, NULL);
    g_assert_cmpint(n, >, 0);
    g_assert_cmpint(n, <=, 1 << 20);
    all += (gsize)n;
  }
  cr_stream_free(stream);
  g_assert_cmpint(g_atomic_int_get(&endless_sent), <, 64 * 1024);
}

static void test_unix_socket(void)
{
  g_autofree char *dir = g_dir_make_tmp("careen-http.XXXXXX", NULL);
  g_autofree char *path = g_build_filename(dir, "s", NULL);
  CrHttpOptions options = {.unix_socket = path, .offline = TRUE};
  CrHttpRequest request = {.url = "http://localhost/plain"};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_http_fetch(http, &request, &error));
  g_autofree char *says = g_strdup_printf("cannot connect to '%s': No such file or directory", path);
  g_assert_cmpstr(error->message, ==, says);
  g_autoptr(GSocketService) service = g_threaded_socket_service_new(4);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
  g_socket_listener_add_address(G_SOCKET_LISTENER(service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                NULL, NULL, NULL);
  g_signal_connect(service, "run", G_CALLBACK(on_connection), NULL);
  g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, NULL);
  g_autofree char *text = get_text(response);
  g_assert_cmpstr(text, ==, "hello");
  static const struct {
    const char *path, *body; /* NULL: a client has to ask */
  } rows[] = {{"/plain", "hello"}, {"/chunks", NULL},  {"/missing", NULL},      {"/short", NULL},
              {"/silent", NULL},   {"/endless", NULL}, {"/plain\r\nX: y", NULL}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GBytes) body = cr_http_get_local(path, rows[i].path, 300, NULL);
    g_autofree char *got = body ? g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body)) : NULL;
    g_assert_cmpstr(got, ==, rows[i].body);
  }
  g_socket_service_stop(service);
  g_unlink(path);
  g_autoptr(GBytes) nobody = cr_http_get_local(path, "/plain", 300, NULL);
  g_assert_null(nobody);
  g_rmdir(dir);
}

static void test_files(void)
{
  g_autofree char *dir = g_dir_make_tmp("careen-http.XXXXXX", NULL);
  g_autofree char *path = g_build_filename(dir, "a b", NULL);
  g_autofree char *file = g_filename_to_uri(path, NULL, NULL);
  g_assert_true(g_file_set_contents(path, "hello", 5, NULL));
  struct utimbuf times = {1700000000, 1700000000}; /* Tue, 14 Nov 2023 22:13:20 GMT */
  utime(path, &times);
  g_autofree char *gone = g_strconcat(file, "-gone", NULL);
  g_autofree char *folder = g_filename_to_uri(dir, NULL, NULL);
  const struct {
    const char *url, *since;
    guint64 resume;
    int status;
    const char *body;
  } rows[] = {
      {file, NULL, 0, 200, "hello"},
      {file, "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT", 0, 304, ""},
      {file, "If-Modified-Since: Tue, 14 Nov 2023 22:13:19 GMT", 0, 200, "hello"},
      {file, "If-Modified-Since: nonsense", 0, 200, "hello"},
      {file, NULL, 2, 206, "llo"},
      {file, NULL, 5, 416, ""},
      {gone, NULL, 0, 404, ""},
      {folder, NULL, 0, 404, ""},
  };
  CrHttpOptions options = {.offline = TRUE};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *headers[] = {rows[i].since, NULL};
    CrHttpRequest request = {.url = rows[i].url, .headers = headers, .resume_from = rows[i].resume};
    g_autoptr(GError) error = NULL;
    g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, &error);
    g_assert_no_error(error);
    g_autofree char *text = get_text(response);
    g_assert_cmpint(response->status, ==, rows[i].status);
    g_assert_cmpstr(text, ==, rows[i].body);
    if (rows[i].status < 400)
      g_assert_cmpstr(cr_http_response_find_header(response, "last-modified"), ==, "Tue, 14 Nov 2023 22:13:20 GMT");
  }
  g_unlink(path);
  g_rmdir(dir);
}

static void test_auth_conf(void)
{
  static const char text[] = "# machine deb.example login no password no\n"
                             "machine deb.example/debian/private login path password p1\n"
                             "machine http://plain.example login clear password p2\n"
                             "machine deb.example:8443 login port password p3\n"
                             "machine deb.example\n\tlogin any\n\tpassword p4\n"
                             "machine nobody.example password p5\n"
                             "machine nobody.example login late\n";
  static const struct {
    const char *url, *login, *password;
  } rows[] = {
      {"https://deb.example/debian/private/dists", "path", "p1"},
      {"https://deb.example/debian/dists", "any", "p4"},
      {"https://deb.example:8443/debian", "port", "p3"},
      {"http://deb.example/debian", NULL, NULL}, /* never in the clear unless it says http:// */
      {"http://plain.example/x", "clear", "p2"},
      {"https://plain.example/x", NULL, NULL},
      {"https://other.example/", NULL, NULL},
      {"https://nobody.example/", "late", "p5"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *login = NULL;
    g_autofree char *password = NULL;
    gboolean found = cr_http_auth_match(text, rows[i].url, &login, &password);
    g_assert_cmpint(found, ==, rows[i].login != NULL);
    g_assert_cmpstr(login, ==, rows[i].login);
    if (found)
      g_assert_cmpstr(password, ==, rows[i].password);
  }
}

static void test_auth_folder(void)
{
  g_autofree char *top = g_dir_make_tmp("careen-http.XXXXXX", NULL);
  g_autofree char *folder = g_build_filename(top, "auth.conf.d", NULL);
  g_autofree char *part = g_build_filename(folder, "one.conf", NULL);
  g_autofree char *ignored = g_build_filename(folder, "a.conf.bak", NULL);
  g_mkdir(folder, 0700);
  g_autofree char *text = g_strdup_printf("machine http://127.0.0.1:%d login me password it\n", server.port[0]);
  g_file_set_contents(part, text, -1, NULL);
  g_file_set_contents(ignored, "machine http://127.0.0.1 login wrong password it\n", -1, NULL);
  CrHttpOptions options = {.auth_conf = folder};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  g_autofree char *near = url(1, "/echo");
  g_autofree char *far = url(1, "/to-other");
  CrHttpRequest request = {.url = near};
  g_autoptr(CrHttpResponse) own = cr_http_fetch(http, &request, NULL);
  g_autofree char *seen = get_text(own);
  g_assert_nonnull(strstr(seen, "Authorization: Basic bWU6aXQ=\r\n")); /* me:it */
  request.url = far;
  g_autoptr(CrHttpResponse) other = cr_http_fetch(http, &request, NULL);
  g_autofree char *there = get_text(other);
  g_assert_nonnull(strstr(there, "GET /echo"));
  g_assert_null(strstr(there, "Authorization"));
  g_unlink(part);
  g_unlink(ignored);
  g_rmdir(folder);
  g_rmdir(top);
}

static gpointer fetch_many(gpointer data)
{
  g_autofree char *where = url(1, "/plain");
  for (guint i = 0; i < 50; i++) {
    CrHttpRequest request = {.url = where};
    g_autoptr(CrHttpResponse) response = cr_http_fetch(data, &request, NULL);
    g_assert_nonnull(response);
    g_assert_cmpuint(g_bytes_get_size(response->body), ==, 5);
  }
  return NULL;
}

static void test_threads(void)
{
  g_autoptr(CrHttp) http = client();
  GThread *threads[8];
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("fetch", fetch_many, http);
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
}

static gpointer run_loop(gpointer data)
{
  (void)data;
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  g_main_loop_run(loop);
  return NULL;
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_autoptr(GSocketService) service = g_threaded_socket_service_new(32);
  for (guint i = 0; i < 2; i++)
    server.port[i] = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service), NULL, NULL);
  g_signal_connect(service, "run", G_CALLBACK(on_connection), NULL);
  g_thread_unref(g_thread_new("loop", run_loop, NULL));
  g_test_add_func("/http/answers", test_answers);
  g_test_add_func("/http/headers-and-reuse", test_headers_and_reuse);
  g_test_add_func("/http/redirects", test_redirects);
  g_test_add_func("/http/failures", test_failures);
  g_test_add_func("/http/secrets-stay-out-of-messages", test_secrets_stay_out_of_messages);
  g_test_add_func("/http/offline", test_offline);
  g_test_add_func("/http/broken-stream-and-resume", test_broken_stream_and_resume);
  g_test_add_func("/http/stall", test_stall);
  g_test_add_func("/http/back-pressure", test_back_pressure);
  g_test_add_func("/http/unix-socket", test_unix_socket);
  g_test_add_func("/http/files", test_files);
  g_test_add_func("/http/auth-conf", test_auth_conf);
  g_test_add_func("/http/auth-folder", test_auth_folder);
  g_test_add_func("/http/threads", test_threads);
  return g_test_run();
}
