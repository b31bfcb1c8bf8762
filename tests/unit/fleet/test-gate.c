/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/gate.h"

#include <string.h>

static CrJsonDoc *parse(const char *text)
{
  g_autoptr(GError) error = NULL;
  CrJsonDoc *doc = cr_json_parse(text, strlen(text), "inspect", &error);
  g_assert_no_error(error);
  return doc;
}

/* ---- the longest wait ---- */

#define CHECK(members)     "{\"Config\":{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]" members "}}}"
#define LABEL(name, value) "{\"Config\":{\"Labels\":{\"careen.health." name "\":\"" value "\"}}}"

static const struct {
  const char *what, *inspect;
  guint policy_seconds;
  gint64 expected_ms;
} deadlines[] = {
    {"nothing said: it runs on for ten seconds", "{}", 0, 10000},
    {"no health check is none", "{\"Config\":{\"Healthcheck\":{\"Test\":[\"NONE\"]}}}", 0, 10000},
    {"an empty test is none", "{\"Config\":{\"Healthcheck\":{\"Test\":[]}}}", 0, 10000},
    {"Docker's defaults: 3 * (30 + 30) + 10", CHECK(""), 0, 190000},
    {"zero is the default, too", CHECK(",\"Interval\":0,\"Timeout\":0,\"Retries\":0"), 0, 190000},
    {"its own: 60 + 5 * (2 + 1) + 10",
     CHECK(",\"Interval\":2000000000,\"Timeout\":1000000000,\"StartPeriod\":60000000000,\"Retries\":5"), 0, 85000},
    {"a start interval asks more often and makes nothing longer",
     CHECK(",\"Interval\":2000000000,\"Timeout\":1000000000,\"StartInterval\":500000000,\"StartPeriod\":60000000000,"
           "\"Retries\":5"),
     0, 85000},
    {"the policy's", CHECK(""), 42, 42000},
    {"the label wins over the policy's", LABEL("time", "7"), 42, 7000},
    {"a label that is no number is not heeded", LABEL("time", "7s"), 42, 42000},
    {"probes have a minute", LABEL("tcp", "80"), 0, 60000},
    {"a century is an hour", CHECK(",\"Interval\":3000000000000000000"), 0, 3600000},
    {"an overflow is an hour",
     CHECK(",\"Interval\":9223372036854775807,\"Timeout\":9223372036854775807,\"Retries\":9223372036854775807,"
           "\"StartPeriod\":9223372036854775807"),
     0, 3600000},
    {"negative is the default", CHECK(",\"Interval\":-5,\"Retries\":-1"), 0, 190000},
};

static void test_deadline(gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE(data);
  g_autoptr(CrJsonDoc) doc = parse(deadlines[i].inspect);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_auto(CrGate) gate = {0};
  cr_gate_init(&gate, cr_json_get_root(doc), deadlines[i].policy_seconds, 30, problems);
  g_assert_cmpint(cr_gate_compute_deadline_ms(&gate), ==, deadlines[i].expected_ms);
}

/* ---- labels ---- */

static const struct {
  const char *what, *name, *value;
  guint tcp, http_port, soak;
  const char *path, *url, *program;
  guint problems;
} labels[] = {
    {"tcp", "tcp", "5432", 5432, 0, 30, NULL, NULL, NULL, 0},
    {"tcp-zero", "tcp", "0", 0, 0, 30, NULL, NULL, NULL, 1},
    {"tcp-large", "tcp", "65536", 0, 0, 30, NULL, NULL, NULL, 1},
    {"path", "http", "/healthz", 0, 80, 30, "/healthz", NULL, NULL, 0},
    {"path-port", "http", "/healthz:8080", 0, 8080, 30, "/healthz", NULL, NULL, 0},
    {"path-no-port", "http", "/healthz:web", 0, 0, 30, NULL, NULL, NULL, 1},
    {"no-path", "http", "healthz", 0, 0, 30, NULL, NULL, NULL, 1},
    {"url", "http", "http://x:1/y", 0, 0, 30, NULL, "http://x:1/y", NULL, 0},
    {"exec", "exec", "pg_isready -U 'a b'", 0, 0, 30, NULL, NULL, "pg_isready", 0},
    {"exec-open-quote", "exec", "x 'y", 0, 0, 30, NULL, NULL, NULL, 1},
    {"soak", "soak", "0", 0, 0, 0, NULL, NULL, NULL, 0},
    {"soak-negative", "soak", "-1", 0, 0, 30, NULL, NULL, NULL, 1},
};

static void test_label(gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE(data);
  g_autofree char *text =
      g_strdup_printf("{\"Config\":{\"Labels\":{\"careen.health.%s\":\"%s\"}}}", labels[i].name, labels[i].value);
  g_autoptr(CrJsonDoc) doc = parse(text);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_auto(CrGate) gate = {0};
  cr_gate_init(&gate, cr_json_get_root(doc), 0, 30, problems);
  g_assert_cmpuint(gate.tcp_port, ==, labels[i].tcp);
  g_assert_cmpuint(gate.http_port, ==, labels[i].http_port);
  g_assert_cmpuint(gate.soak_seconds, ==, labels[i].soak);
  g_assert_cmpstr(gate.http_path, ==, labels[i].path);
  g_assert_cmpstr(gate.http_url, ==, labels[i].url);
  g_assert_cmpstr(gate.exec ? gate.exec[0] : NULL, ==, labels[i].program);
  g_assert_cmpuint(cr_problems_get_count(problems), ==, labels[i].problems);
  g_autofree char *fault = cr_gate_find_fault(cr_json_get_root(doc));
  g_assert_cmpint(fault != NULL, ==, labels[i].problems > 0);
}

static void test_fault(void)
{
  static const struct {
    const char *labels, *fault;
  } rows[] = {
      {"{}", NULL},
      {"{\"careen.health.tcp\":\"80\",\"careen.hold\":\"\"}", NULL},
      {"{\"careen.health.tcp\":\"web\"}", "label careen.health.tcp: 'web' is not a number from 1 to 65535"},
      {"{\"careen.health.http\":\"x\"}", "label careen.health.http: 'x' is not PATH, PATH:PORT or a URL"},
      {"{\"careen.health.grpc\":\"80\"}", "label careen.health.grpc: there is no such probe"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = g_strdup_printf("{\"Config\":{\"Labels\":%s}}", rows[i].labels);
    g_autoptr(CrJsonDoc) doc = parse(text);
    g_autofree char *fault = cr_gate_find_fault(cr_json_get_root(doc));
    g_assert_cmpstr(fault, ==, rows[i].fault);
  }
}

/* ---- judging ---- */

static const CrGate plain = {0}, checked = {.checked = TRUE, .time_seconds = 20}, probing = {.tcp_port = 80};

static const struct {
  const char *name;
  const CrGate *gate;
  CrGateSight sight;
  gint64 elapsed_ms;
  CrGateVerdict verdict;
  const char *why;
} cases[] = {
    {"runs", &plain, {.state = "running"}, 9999, CR_GATE_WAITS, NULL},
    {"ran-on", &plain, {.state = "running"}, 10000, CR_GATE_PASSES, NULL},
    {"exited", &plain, {.state = "exited", .exit_code = 3}, 100, CR_GATE_FAILS, "it exited with 3"},
    {"exited-well", &plain, {.state = "exited"}, 10000, CR_GATE_FAILS, "it exited with 0"},
    {"crash-loop-seen-running",
     &plain,
     {.state = "running", .restarts = 1, .exit_code = 2},
     10000,
     CR_GATE_FAILS,
     "it exited with 2 and was started again"},
    {"restarting",
     &plain,
     {.state = "restarting", .exit_code = 1},
     100,
     CR_GATE_FAILS,
     "it exited with 1 and was started again"},
    {"restarts-before", &plain, {.state = "running", .restarts = 4, .restarts_before = 4}, 10000, CR_GATE_PASSES, NULL},
    {"gone", &plain, {.state = NULL}, 100, CR_GATE_FAILS, "it is gone"},
    {"paused", &plain, {.state = "paused"}, 100, CR_GATE_FAILS, "it is paused"},
    {"unhealthy-without-check", &plain, {.state = "running", .health = "unhealthy"}, 10000, CR_GATE_PASSES, NULL},
    {"starting", &checked, {.state = "running", .health = "starting"}, 19999, CR_GATE_WAITS, NULL},
    {"healthy", &checked, {.state = "running", .health = "healthy"}, 1, CR_GATE_PASSES, NULL},
    {"healthy-but-restarted",
     &checked,
     {.state = "running", .health = "healthy", .restarts = 1},
     1,
     CR_GATE_FAILS,
     "it exited and was started again"},
    {"unhealthy",
     &checked,
     {.state = "running", .health = "unhealthy"},
     5000,
     CR_GATE_FAILS,
     "its health check says unhealthy"},
    {"never-healthy",
     &checked,
     {.state = "running", .health = "starting"},
     20000,
     CR_GATE_FAILS,
     "its health check did not say healthy within 20 s"},
    {"no-health-known",
     &checked,
     {.state = "running"},
     20000,
     CR_GATE_FAILS,
     "its health check did not say healthy within 20 s"},
    {"probes-open", &probing, {.state = "running", .probed = TRUE}, 1, CR_GATE_PASSES, NULL},
    {"probes-closed", &probing, {.state = "running"}, 59999, CR_GATE_WAITS, NULL},
    {"probes-never",
     &probing,
     {.state = "running"},
     60000,
     CR_GATE_FAILS,
     "its probes were not answered well within 60 s"},
};

static void test_judge(gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE(data);
  g_autofree char *why = NULL;
  g_assert_cmpint(cr_gate_judge(cases[i].gate, &cases[i].sight, cases[i].elapsed_ms, &why), ==, cases[i].verdict);
  g_assert_cmpstr(why, ==, cases[i].why);
}

/* ---- where ---- */

static const struct {
  const char *name, *inspect, *host;
  guint port;
} places[] = {
    {"address", "{\"NetworkSettings\":{\"Networks\":{\"a\":{\"IPAddress\":\"172.17.0.2\"}}}}", "172.17.0.2", 80},
    {"second-network",
     "{\"NetworkSettings\":{\"Networks\":{\"a\":{\"IPAddress\":\"\"},\"b\":{\"IPAddress\":\"10.0.0.2\"}}}}", "10.0.0.2",
     80},
    {"published",
     "{\"NetworkSettings\":{\"Networks\":{},\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]}}}",
     "127.0.0.1", 8080},
    {"published-at",
     "{\"NetworkSettings\":{\"Ports\":{\"80/tcp\":[{\"HostIp\":\"192.0.2.1\",\"HostPort\":\"8080\"}]}}}", "192.0.2.1",
     8080},
    {"host", "{\"HostConfig\":{\"NetworkMode\":\"host\"}}", "127.0.0.1", 80},
    {"not-published", "{\"NetworkSettings\":{\"Ports\":{\"80/tcp\":null}}}", NULL, 0},
    {"nowhere", "{}", NULL, 0},
};

static void test_address(gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE(data);
  g_autoptr(CrJsonDoc) doc = parse(places[i].inspect);
  g_autofree char *host = NULL;
  guint port = 0;
  g_assert_cmpint(cr_gate_find_address(cr_json_get_root(doc), 80, &host, &port), ==, places[i].host != NULL);
  g_assert_cmpstr(host, ==, places[i].host);
  if (places[i].host)
    g_assert_cmpuint(port, ==, places[i].port);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(deadlines); i++) {
    g_autofree char *path = g_strdup_printf("/gate/deadline/%s", deadlines[i].what);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_deadline);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
    g_autofree char *path = g_strdup_printf("/gate/label/%s", labels[i].what);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_label);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strdup_printf("/gate/judge/%s", cases[i].name);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_judge);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree char *path = g_strdup_printf("/gate/address/%s", places[i].name);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_address);
  }
  g_test_add_func("/gate/fault", test_fault);
  return g_test_run();
}
