/* SPDX-License-Identifier: Apache-2.0 */
/* A gate (gate.h) in time: a container is looked at, probed and judged until it is well, or is not. */
#pragma once
#include "container/daemon.h"
#include "fleet/gate.h"

typedef struct {
  gboolean passed;
  char *why;         /* of one that did not */
  gint64 ready_usec; /* monotonic: when it was well first; of one that only has to run on, when that began */
  gint64 restarts;   /* its count then, for soaking */
} CrGateResult;
void cr_gate_result_clear(CrGateResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrGateResult, cr_gate_result_clear)

/* The container ID was just started and had RESTARTS before. FALSE: the daemon cannot be asked. */
gboolean cr_gate_wait(const CrGate *gate, CrDaemon *daemon, const char *id, gint64 restarts, CrGateResult *result,
                      GError **error);
/* Watch it for SECONDS more from RESULT on; one that is not well any more, or whose probes fail at the end, has not
 * passed then. */
gboolean cr_gate_soak(const CrGate *gate, CrDaemon *daemon, const char *id, guint seconds, CrGateResult *result,
                      GError **error);
