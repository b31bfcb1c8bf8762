/* SPDX-License-Identifier: Apache-2.0 */
/* careen policy test: what a policy would decide, and by which of its rules. */
#pragma once
#include "fleet/fleet.h"
#include "report/report.h"

typedef struct {
  const char *name; /* of the image */
  const CrPolicy *policy;
  const char *policy_name;   /* "policy:", "policies: careful", "its own" */
  const char *error;         /* it could not be looked into */
  gboolean held;             /* the image as a whole */
  GPtrArray *verdicts;       /* CrPolicyTestVerdict* */
  const CrFleetImage *image; /* or NULL: nothing of the fleet */
} CrPolicyTestImage;

typedef struct {
  const char *package, *from, *to, *archive;
  gboolean security, wanted;
  const char *why;
} CrPolicyTestVerdict;

typedef struct {
  CrArena *arena;
  gint64 at;         /* the time that is asked about, seconds */
  GPtrArray *images; /* CrPolicyTestImage* */
  CrProblems *problems;
} CrPolicyTest;

CrPolicyTest *cr_policy_test_new(gint64 at);
void cr_policy_test_free(CrPolicyTest *test);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPolicyTest, cr_policy_test_free)
/* What POLICY says of SCAN, or that it could not be had (SCAN NULL, ERROR). */
void cr_policy_test_add(CrPolicyTest *test, const CrFleetImage *image, const char *name, const CrPolicy *policy,
                        const CrScan *scan, const GError *error);
void cr_policy_test_write_table(const CrPolicyTest *test, CrReport *report);
void cr_policy_test_write_json(const CrPolicyTest *test, CrReport *report); /* careen.policy-test/1 */
