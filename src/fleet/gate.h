/* SPDX-License-Identifier: Apache-2.0 */
/* Is a container well that was just started? By its own HEALTHCHECK, else by running on without a restart; and by
 * probes that its labels ask for:
 *
 *   careen.health.tcp=PORT            something accepts connections there
 *   careen.health.http=PATH[:PORT]    the answer is 200 to 399; "/healthz:8080", or a whole http:// URL; port 80
 *   careen.health.exec=COMMAND        run inside, without a shell, exits 0
 *   careen.health.time=SECONDS        the longest wait; without health check and probes: how long it must run
 *   careen.health.soak=SECONDS        how long it is watched after it was well
 *
 * The longest wait is what the health check itself allows: start period + retries × (interval + timeout), and ten
 * seconds for the engine's own timers. A fixed one rolls slow starters back. Judging is pure; the waiting is the
 * caller's. */
#pragma once
#include "base/json.h"
#include "model/problem.h"

typedef struct {
  gboolean checked; /* it has a HEALTHCHECK */
  gint64 interval_ms, timeout_ms, start_period_ms, start_interval_ms;
  guint retries;
  guint tcp_port; /* 0: none */
  char *http_url; /* a whole one, or NULL */
  char *http_path;
  guint http_port;
  char **exec; /* or NULL */
  guint time_seconds, soak_seconds;
} CrGate;

/* Of a container's INSPECT. TIME_SECONDS (0: as the health check has it) and SOAK_SECONDS are the policy's; labels win.
 * A label that cannot be read is a partial problem, and its probe is not made; what may be left as it is is not touched
 * for it (cr_gate_find_fault). */
void cr_gate_init(CrGate *gate, const CrJson *inspect, guint time_seconds, guint soak_seconds, CrProblems *problems);
void cr_gate_clear(CrGate *gate);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrGate, cr_gate_clear)
/* The first label careen.health.* of INSPECT that cannot be read or that there is none of: "label careen.health.tcp:
 * '0' is not a number from 1 to 65535". Free with g_free; NULL: all are well. */
char *cr_gate_find_fault(const CrJson *inspect);
gboolean cr_gate_has_probes(const CrGate *gate);
/* After so many milliseconds from the start it has failed, or, with neither health check nor probes, passed. At most
 * CR_LIMIT_GATE_SECONDS. */
gint64 cr_gate_compute_deadline_ms(const CrGate *gate);

typedef enum { CR_GATE_WAITS, CR_GATE_PASSES, CR_GATE_FAILS } CrGateVerdict;
typedef struct {
  const char *state;  /* running, exited, … */
  const char *health; /* healthy, unhealthy, starting, none; or NULL */
  int exit_code;
  gint64 restarts, restarts_before;
  gboolean probed; /* all probes are good now; not looked at without probes */
} CrGateSight;
/* A container as it is seen ELAPSED_MS after its start. *WHY (free with g_free) with fails, one half sentence. */
CrGateVerdict cr_gate_judge(const CrGate *gate, const CrGateSight *sight, gint64 elapsed_ms, char **why);
/* While it soaks: WAITS is well, FAILS has *WHY. Probes are not looked at. */
CrGateVerdict cr_gate_judge_soaking(const CrGate *gate, const CrGateSight *sight, char **why);
/* Where the host reaches PORT of the container: its own address, or the published port. FALSE: nowhere. *HOST: free
 * with g_free. */
gboolean cr_gate_find_address(const CrJson *inspect, guint port, char **host, guint *host_port);
