/* SPDX-License-Identifier: Apache-2.0 */
/* Does the patched image still start? Its own health check decides, or a command of the user's, or else that what it
 * runs stays up for a few seconds (or ends well: not everything is a server). Tried as trial.h says, network off.
 *
 * What fails is tried with the image as it was, too: what did not work there (a server that wants a password or another
 * server) may fail in the new one, and that is said. */
#pragma once
#include "remedy/check-list.h"
#include "remedy/trial.h"
#include "remedy/workspace.h"

#define CR_SMOKE_STAY_MS    3000U
#define CR_SMOKE_TIMEOUT_MS 30000U

typedef struct {
  gboolean off;               /* --no-smoke */
  const char *const *command; /* --smoke, its words; NULL: the image's own health check, or none */
  guint timeout_ms;           /* for a check; 0: CR_SMOKE_TIMEOUT_MS */
  guint stay_ms;              /* 0: CR_SMOKE_STAY_MS */
} CrSmokeOptions;

/* Adds the check "smoke". In the workspace's process, after all that compares files. */
void cr_smoke_check(const CrRoots *roots, const CrImage *image, const CrSmokeOptions *options, CrCheckList *list);
/* The image that ROOTS (of an image that is in nobody's way: no changes) has, tried alone; its words, free with g_free.
 */
char *cr_smoke_try(const CrRoots *roots, const CrImage *image, const CrSmokeOptions *options, gboolean *good);
/* "it ended with exit code 1 and said: …". Free with g_free. */
char *cr_smoke_describe(const CrTrialRequest *request, const CrTrialResult *result);
