/* SPDX-License-Identifier: Apache-2.0 */
/* --minimal-steps: when not all updates together can be proved, which of them can? As unattended-upgrades'
 * MinimalSteps, sets that cannot do without each other stay together, and what others need goes before them.
 *
 * The sets are tried by halves, each together with what holds already, so one bad update among n costs some 2·log2(n)
 * runs. What is found need not be the largest set there is (two updates may each hold without the other), but nothing
 * that was left out could be added to it. */
#pragma once
#include "remedy/choose.h"

#define CR_STEPS_TRIES                                                                                                 \
  24U /* runs of the image's package manager; what is not decided then is left out, and said so                        \
       */

typedef struct {
  /* The plan without what ASIDE names (package → why). The caller's to free. */
  CrPlan *(*make_plan)(GHashTable *aside, gpointer data);
  /* Can PLAN be done and proved? 1; 0 with *WHY (to be freed); -1 with ERROR: the environment failed. */
  int (*try_plan)(CrPlan *plan, char **why, gpointer data, GError **error);
  gpointer data;
} CrSteps;

/* Names of packages that only go together (GPtrArray* of const char*, of PLAN's), in the order in which they can be
 * added; of PLAN's fixes that were to be done. CHOICE as the plan was made with. Free with g_ptr_array_unref. */
GPtrArray *cr_steps_group(CrPlan *plan, const CrChoice *choice);

/* A plan that holds, tried last, of which nothing more could be had; WHY: what was said of all GROUPS together, which
 * do not hold. NULL without ERROR: none holds. */
CrPlan *cr_steps_find(const CrSteps *steps, const GPtrArray *groups, const char *why, GError **error);
