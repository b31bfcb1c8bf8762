/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/gate.h"

#include <string.h>

#include "base/limits.h"
#include "base/number.h"

/* Docker's defaults (moby daemon/health.go). */
#define DEFAULT_INTERVAL_MS 30000
#define DEFAULT_TIMEOUT_MS  30000
#define DEFAULT_RETRIES     3U
/* Podman's health checks are systemd timers, Docker's a goroutine a container: both come late on a busy machine. */
#define SLACK_MS 10000
/* Without a word from the container: longer than its crash loop's first rounds (100 ms, 200 ms, … 6.4 s). */
#define STABLE_MS 10000
#define PROBES_MS 60000

/* ---- what the container says ---- */

#define HEALTH "careen.health."

static const char *find_label(const CrJson *inspect, const char *name)
{
  return cr_json_find_string(cr_json_find(cr_json_find(inspect, "Config"), "Labels"), name, NULL);
}

/* Nanoseconds of a health check as milliseconds; none, zero or less: FALLBACK. */
static gint64 get_ms(const CrJson *check, const char *name, gint64 fallback)
{
  gint64 ns = cr_json_find_integer(check, name, 0);
  return ns > 0 ? MAX(ns / 1000000, 1) : fallback;
}

static void read_check(CrGate *gate, const CrJson *check)
{
  const CrJson *test = cr_json_find(check, "Test");
  const char *kind = cr_json_get_string(cr_json_get_element(test, 0), "");
  gate->checked = *kind && strcmp(kind, "NONE") != 0;
  if (!gate->checked)
    return;
  gint64 retries = cr_json_find_integer(check, "Retries", 0);
  gate->interval_ms = get_ms(check, "Interval", DEFAULT_INTERVAL_MS);
  gate->timeout_ms = get_ms(check, "Timeout", DEFAULT_TIMEOUT_MS);
  gate->start_period_ms = get_ms(check, "StartPeriod", 0);
  gate->start_interval_ms = get_ms(check, "StartInterval", 0);
  gate->retries = retries > 0 ? (guint)MIN(retries, 1000000) : DEFAULT_RETRIES;
}

static gboolean read_number(const CrJson *inspect, const char *label, guint least, guint most, guint *number,
                            CrProblems *problems)
{
  const char *text = find_label(inspect, label);
  guint64 value = 0;
  if (!text)
    return FALSE;
  if (!cr_number_parse_unsigned(text, least, most, &value)) {
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, label, "'%s' is not a number from %u to %u", text, least, most);
    return FALSE;
  }
  *number = (guint)value;
  return TRUE;
}

static void read_http(CrGate *gate, const char *text, CrProblems *problems)
{
  if (g_str_has_prefix(text, "http://") || g_str_has_prefix(text, "https://")) {
    gate->http_url = g_strdup(text);
    return;
  }
  const char *colon = strrchr(text, ':');
  guint64 port = 80;
  if (text[0] != '/' || (colon && !cr_number_parse_unsigned(colon + 1, 1, 65535, &port))) {
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, HEALTH "http", "'%s' is not PATH, PATH:PORT or a URL", text);
    return;
  }
  gate->http_path = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup(text);
  gate->http_port = (guint)port;
}

static void read_labels(CrGate *gate, const CrJson *inspect, CrProblems *problems)
{
  read_number(inspect, HEALTH "time", 1, CR_LIMIT_GATE_SECONDS, &gate->time_seconds, problems);
  read_number(inspect, HEALTH "soak", 0, CR_LIMIT_GATE_SECONDS, &gate->soak_seconds, problems);
  read_number(inspect, HEALTH "tcp", 1, 65535, &gate->tcp_port, problems);
  const char *http = find_label(inspect, HEALTH "http"), *exec = find_label(inspect, HEALTH "exec");
  g_autoptr(GError) error = NULL;
  if (http)
    read_http(gate, http, problems);
  if (exec && !g_shell_parse_argv(exec, NULL, &gate->exec, &error))
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, HEALTH "exec", "'%s' is no command: %s", exec, error->message);
}

void cr_gate_init(CrGate *gate, const CrJson *inspect, guint time_seconds, guint soak_seconds, CrProblems *problems)
{
  g_autoptr(CrProblems) faults = cr_problems_new();
  *gate = (CrGate){.time_seconds = time_seconds, .soak_seconds = soak_seconds};
  read_check(gate, cr_json_find(cr_json_find(inspect, "Config"), "Healthcheck"));
  read_labels(gate, inspect, faults);
  for (guint i = 0; i < cr_problems_get_count(faults); i++) {
    const CrProblem *fault = cr_problems_get(faults, i);
    cr_problems_add(problems, fault->kind, fault->where, "%s, and is not heeded", fault->what);
  }
}

/* A probe that is misspelled is one that nobody makes. */
static const char *find_unknown_label(const CrJson *inspect)
{
  static const char *const known[] = {HEALTH "time", HEALTH "soak", HEALTH "tcp", HEALTH "http", HEALTH "exec", NULL};
  const CrJson *labels = cr_json_find(cr_json_find(inspect, "Config"), "Labels");
  for (guint i = 0; i < cr_json_get_length(labels); i++) {
    const char *name = cr_json_get_member_name(labels, i);
    if (g_str_has_prefix(name, HEALTH) && !g_strv_contains(known, name))
      return name;
  }
  return NULL;
}

char *cr_gate_find_fault(const CrJson *inspect)
{
  g_auto(CrGate) gate = {0};
  g_autoptr(CrProblems) faults = cr_problems_new();
  read_labels(&gate, inspect, faults);
  if (cr_problems_get_count(faults)) {
    const CrProblem *fault = cr_problems_get(faults, 0);
    return g_strdup_printf("label %s: %s", fault->where, fault->what);
  }
  const char *unknown = find_unknown_label(inspect);
  return unknown ? g_strdup_printf("label %s: there is no such probe", unknown) : NULL;
}

void cr_gate_clear(CrGate *gate)
{
  g_clear_pointer(&gate->http_url, g_free);
  g_clear_pointer(&gate->http_path, g_free);
  g_clear_pointer(&gate->exec, g_strfreev);
}

gboolean cr_gate_has_probes(const CrGate *gate)
{
  return gate->tcp_port || gate->http_url || gate->http_path || gate->exec;
}

/* ---- judging ---- */

gint64 cr_gate_compute_deadline_ms(const CrGate *gate)
{
  const gint64 most = CR_LIMIT_GATE_SECONDS * 1000LL;
  gint64 each = 0, all = 0, deadline = 0;
  if (gate->time_seconds)
    return MIN(gate->time_seconds * 1000LL, most);
  if (!gate->checked)
    return cr_gate_has_probes(gate) ? PROBES_MS : STABLE_MS;
  if (__builtin_add_overflow(gate->interval_ms, gate->timeout_ms, &each) ||
      __builtin_mul_overflow(each, (gint64)gate->retries, &all) ||
      __builtin_add_overflow(all, gate->start_period_ms, &deadline) || deadline > most - SLACK_MS)
    return most;
  return deadline + SLACK_MS;
}

CrGateVerdict cr_gate_judge_soaking(const CrGate *gate, const CrGateSight *sight, char **why)
{
  gboolean again = sight->restarts > sight->restarts_before || g_strcmp0(sight->state, "restarting") == 0;
  if (again && !sight->exit_code && g_strcmp0(sight->state, "running") == 0) /* an engine forgets it by then */
    *why = g_strdup("it exited and was started again");
  else if (again)
    *why = g_strdup_printf("it exited with %d and was started again", sight->exit_code);
  else if (g_strcmp0(sight->state, "exited") == 0 || g_strcmp0(sight->state, "dead") == 0)
    *why = g_strdup_printf("it exited with %d", sight->exit_code);
  else if (g_strcmp0(sight->state, "stopped") == 0) /* Podman's, until it has the code */
    *why = g_strdup("it exited");
  else if (g_strcmp0(sight->state, "running") != 0)
    *why = g_strdup_printf("it is %s", sight->state ? sight->state : "gone");
  else if (gate->checked && g_strcmp0(sight->health, "unhealthy") == 0)
    *why = g_strdup("its health check says unhealthy");
  return *why ? CR_GATE_FAILS : CR_GATE_WAITS;
}

CrGateVerdict cr_gate_judge(const CrGate *gate, const CrGateSight *sight, gint64 elapsed_ms, char **why)
{
  *why = NULL;
  if (cr_gate_judge_soaking(gate, sight, why) == CR_GATE_FAILS)
    return CR_GATE_FAILS;
  gboolean late = elapsed_ms >= cr_gate_compute_deadline_ms(gate), probes = cr_gate_has_probes(gate);
  gboolean healthy = !gate->checked || g_strcmp0(sight->health, "healthy") == 0;
  if (gate->checked || probes) {
    if (healthy && (!probes || sight->probed))
      return CR_GATE_PASSES;
    if (!late)
      return CR_GATE_WAITS;
    *why = g_strdup_printf("%s within %" G_GINT64_FORMAT " s",
                           healthy ? "its probes were not answered well" : "its health check did not say healthy",
                           elapsed_ms / 1000);
    return CR_GATE_FAILS;
  }
  return late ? CR_GATE_PASSES : CR_GATE_WAITS;
}

/* ---- where to probe ---- */

gboolean cr_gate_find_address(const CrJson *inspect, guint port, char **host, guint *host_port)
{
  const CrJson *settings = cr_json_find(inspect, "NetworkSettings"), *networks = cr_json_find(settings, "Networks");
  const char *mode = cr_json_find_string(cr_json_find(inspect, "HostConfig"), "NetworkMode", "");
  const char *address = strcmp(mode, "host") == 0 ? "127.0.0.1" : NULL;
  *host_port = port;
  for (guint i = 0; !address && i < cr_json_get_length(networks); i++) {
    const char *its = cr_json_find_string(cr_json_get_element(networks, i), "IPAddress", "");
    address = *its ? its : NULL; /* a network that is not connected yet has "" */
  }
  if (address) {
    *host = g_strdup(address);
    return TRUE;
  }
  g_autofree char *name = g_strdup_printf("%u/tcp", port);
  const CrJson *published = cr_json_get_element(cr_json_find(cr_json_find(settings, "Ports"), name), 0);
  const char *at = cr_json_find_string(published, "HostIp", "");
  guint64 number = 0;
  if (!cr_number_parse_unsigned(cr_json_find_string(published, "HostPort", ""), 1, 65535, &number))
    return FALSE;
  *host = g_strdup(*at && strcmp(at, "0.0.0.0") != 0 && strcmp(at, "::") != 0 ? at : "127.0.0.1");
  *host_port = (guint)number;
  return TRUE;
}
