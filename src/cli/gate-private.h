/* SPDX-License-Identifier: Apache-2.0 */
/* What gate-parse.c understands and gate.c judges. */
#pragma once
#include "cli/gate.h"

enum {
  CR_GATE_UPDATES = 1 << 0,
  CR_GATE_SECURITY = 1 << 1,
  CR_GATE_REACHED = 1 << 2,
  CR_GATE_UNSUPPORTED = 1 << 3,
  CR_GATE_UNWATCHED = 1 << 4,
  CR_GATE_BLIND = 1 << 5,
  CR_GATE_SEVERITY = 1 << 6,
  CR_GATE_EXPLOITED = 1 << 7,
  CR_GATE_FIXABLE = 1 << 8,
  CR_GATE_EPSS = 1 << 9,
  CR_GATE_FIX_AGE = 1 << 10,
};
/* Said of flaws only. */
#define CR_GATE_OF_FINDINGS (CR_GATE_SEVERITY | CR_GATE_EXPLOITED | CR_GATE_FIXABLE | CR_GATE_EPSS)

typedef struct {
  double value;
  gboolean with; /* >=, else > */
} CrGateLimit;

typedef struct {
  char *text;
  guint bits;
  CrSeverity severity;
  CrGateLimit epss, age;
} CrGateGroup;

struct CrGates {
  GArray *groups; /* CrGateGroup */
};
