/* SPDX-License-Identifier: Apache-2.0 */
#include "model/package.h"

const char *const cr_strv_empty[1] = {NULL};

#define NAMES(function, type, ...)                                                                                     \
  const char *function(type value)                                                                                     \
  {                                                                                                                    \
    static const char *const names[] = {__VA_ARGS__};                                                                  \
    g_return_val_if_fail((gsize)value < G_N_ELEMENTS(names), "unknown");                                               \
    return names[value];                                                                                               \
  }

NAMES(cr_support_phase_get_name, CrSupportPhase, "unknown", "full", "lts", "elts", "rolling", "ended")
NAMES(cr_steward_kind_get_name, CrStewardKind, "nobody", "builder", "upstream", "archive", "distribution")
NAMES(cr_proof_get_name, CrProof, "unknown", "likely", "signed-list")
NAMES(cr_package_support_get_name, CrPackageSupport, "unknown", "full", "limited", "ended")
NAMES(cr_reach_level_get_name, CrReachLevel, "unreached", "unknown", "possible", "loaded")
NAMES(cr_update_by_get_name, CrUpdateBy, "upgrade", "dist-upgrade", "nothing")
NAMES(cr_from_get_name, CrFrom, "unknown", "base", "own")
NAMES(cr_severity_get_name, CrSeverity, "unknown", "negligible", "low", "medium", "high", "critical")
