/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/gate-wait.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"

/* Between two looks: at first short, so that what is ready at once is not called down; later one inspect a second. */
#define QUICK_MS       100
#define SLOW_MS        1000
#define QUICK_FOR_MS   10000
#define PROBE_MS       5000U
#define ANSWER_BYTES   16U /* "HTTP/1.1 200 OK…" */
#define HTTP_FIRST_BAD 400

void cr_gate_result_clear(CrGateResult *result)
{
  g_clear_pointer(&result->why, g_free);
}

/* ---- probes ---- */

/* A connection past every proxy: a container's address is this machine's own. */
static GSocketConnection *connect_to(const char *host, guint port)
{
  g_autoptr(GSocketClient) client = g_socket_client_new();
  g_socket_client_set_enable_proxy(client, FALSE);
  g_socket_client_set_timeout(client, PROBE_MS / 1000);
  return g_socket_client_connect_to_host(client, host, (guint16)port, NULL, NULL);
}

static gboolean probe_tcp(const CrJson *inspect, guint port)
{
  g_autofree char *host = NULL;
  guint at = 0;
  if (!cr_gate_find_address(inspect, port, &host, &at))
    return FALSE;
  g_autoptr(GSocketConnection) connection = connect_to(host, at);
  return connection != NULL;
}

/* One request by hand: a client that follows, retries and waits for a whole body would answer another question. */
static gboolean ask_http(const char *host, guint port, const char *path)
{
  g_autoptr(GSocketConnection) connection = connect_to(host, port);
  if (!connection)
    return FALSE;
  g_autofree char *request = g_strdup_printf("GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: careen\r\n"
                                             "Connection: close\r\n\r\n",
                                             path, host);
  char answer[ANSWER_BYTES + 1] = "";
  gsize n = 0;
  GIOStream *stream = G_IO_STREAM(connection);
  if (!g_output_stream_write_all(g_io_stream_get_output_stream(stream), request, strlen(request), NULL, NULL, NULL) ||
      !g_input_stream_read_all(g_io_stream_get_input_stream(stream), answer, ANSWER_BYTES, &n, NULL, NULL))
    return FALSE;
  gint64 status = n == ANSWER_BYTES && g_str_has_prefix(answer, "HTTP/1.") && answer[8] == ' '
                      ? g_ascii_strtoll(answer + 9, NULL, 10)
                      : 0;
  return status >= 200 && status < HTTP_FIRST_BAD;
}

static gboolean ask_url(const char *url)
{
  CrHttpOptions options = {.offline = FALSE};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  CrHttpRequest request = {.url = url, .timeout_ms = PROBE_MS, .no_retry = TRUE};
  g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, NULL);
  return response && response->status >= 200 && response->status < HTTP_FIRST_BAD;
}

static gboolean probe_http(const CrGate *gate, const CrJson *inspect)
{
  g_autofree char *host = NULL;
  guint port = 0;
  if (gate->http_url)
    return ask_url(gate->http_url);
  return cr_gate_find_address(inspect, gate->http_port, &host, &port) && ask_http(host, port, gate->http_path);
}

static gboolean probe(const CrGate *gate, CrDaemon *daemon, const char *id, const CrJson *inspect)
{
  int status = 0;
  if (gate->tcp_port && !probe_tcp(inspect, gate->tcp_port))
    return FALSE;
  if ((gate->http_url || gate->http_path) && !probe_http(gate, inspect))
    return FALSE;
  return !gate->exec ||
         (cr_container_exec(daemon, id, (const char *const *)gate->exec, PROBE_MS, &status, NULL, NULL) && !status);
}

/* ---- Podman's health checks ---- */

typedef struct {
  gboolean needed;
  gint64 next_usec;
} CheckRuns;

/* systemd's timers run them; without systemd nobody does. */
static CheckRuns begin_checks(const CrGate *gate, const CrDaemon *daemon)
{
  return (CheckRuns){.needed = gate->checked && cr_daemon_is_podman(daemon) &&
                               !g_file_test("/run/systemd/system", G_FILE_TEST_IS_DIR)};
}

/* Run it once where it is due; what came of it, the next look shows. */
static void run_check(const CrGate *gate, CheckRuns *checks, CrDaemon *daemon, const char *id)
{
  gint64 now = g_get_monotonic_time();
  if (!checks->needed || now < checks->next_usec)
    return;
  g_autofree char *path = g_strdup_printf("/libpod/containers/%s/healthcheck", id);
  CrJsonDoc *answer = cr_daemon_get(daemon, path, NULL);
  g_clear_pointer(&answer, cr_json_doc_free);
  checks->next_usec = now + gate->interval_ms * 1000;
}

/* ---- looking ---- */

/* One look; SIGHT's texts point into *KEPT. A container that is gone is seen as such. */
static gboolean look(CrDaemon *daemon, const char *id, CrGateSight *sight, CrContainers **kept, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_clear_pointer(kept, cr_containers_free);
  *sight = (CrGateSight){.restarts_before = sight->restarts_before};
  *kept = cr_containers_load(daemon, id, &cause);
  if (!*kept) {
    if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
      return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  const CrContainer *container = (*kept)->items->pdata[0];
  sight->state = container->state;
  sight->health = container->health;
  sight->exit_code = container->exit_code;
  sight->restarts = cr_json_find_integer(container->inspect, "RestartCount", 0);
  return TRUE;
}

static const CrJson *get_inspect(const CrContainers *kept)
{
  return ((const CrContainer *)kept->items->pdata[0])->inspect;
}

static void wait_a_little(gint64 elapsed_ms)
{
  g_usleep(1000UL * (elapsed_ms < QUICK_FOR_MS ? QUICK_MS : SLOW_MS));
}

gboolean cr_gate_wait(const CrGate *gate, CrDaemon *daemon, const char *id, gint64 restarts, CrGateResult *result,
                      GError **error)
{
  g_autoptr(CrContainers) kept = NULL;
  CrGateSight sight = {.restarts_before = restarts};
  gint64 start = g_get_monotonic_time();
  CheckRuns checks = begin_checks(gate, daemon);
  *result = (CrGateResult){.ready_usec = start};
  for (;;) {
    run_check(gate, &checks, daemon, id);
    if (!look(daemon, id, &sight, &kept, error))
      return FALSE;
    if (cr_gate_has_probes(gate) && g_strcmp0(sight.state, "running") == 0)
      sight.probed = probe(gate, daemon, id, get_inspect(kept));
    gint64 now = g_get_monotonic_time(), elapsed_ms = (now - start) / 1000;
    CrGateVerdict verdict = cr_gate_judge(gate, &sight, elapsed_ms, &result->why);
    if (verdict == CR_GATE_WAITS) {
      wait_a_little(elapsed_ms);
      continue;
    }
    result->passed = verdict == CR_GATE_PASSES;
    result->restarts = sight.restarts;
    if (gate->checked || cr_gate_has_probes(gate))
      result->ready_usec = now;
    return TRUE;
  }
}

gboolean cr_gate_soak(const CrGate *gate, CrDaemon *daemon, const char *id, guint seconds, CrGateResult *result,
                      GError **error)
{
  g_autoptr(CrContainers) kept = NULL;
  CrGateSight sight = {.restarts_before = result->restarts};
  gint64 start = g_get_monotonic_time(), end = start + (gint64)seconds * G_USEC_PER_SEC;
  CheckRuns checks = begin_checks(gate, daemon);
  while (result->passed) {
    run_check(gate, &checks, daemon, id);
    if (!look(daemon, id, &sight, &kept, error))
      return FALSE;
    result->passed = cr_gate_judge_soaking(gate, &sight, &result->why) != CR_GATE_FAILS;
    gint64 now = g_get_monotonic_time();
    if (result->passed && now >= end) {
      result->passed = !cr_gate_has_probes(gate) || probe(gate, daemon, id, get_inspect(kept));
      if (!result->passed)
        result->why = g_strdup_printf("its probes were not answered well after %u s more", seconds);
      break;
    }
    if (result->passed)
      wait_a_little((now - start) / 1000);
  }
  return TRUE;
}
