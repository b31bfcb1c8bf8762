/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole fleet needs, in order: careen.plan/1 (doc/schema). Pure and deterministic: the same facts, policy and
 * time give the same bytes. One step an image, by the table of research/remediation.md §5c (decide.c has it as a
 * table); children after parents; what waits for a parent is one rebuild after it, not two. */
#pragma once
#include "fleet/facts.h"
#include "recipe/change.h"

typedef enum {
  CR_ACTION_NOTHING,
  CR_ACTION_PATCH,
  CR_ACTION_REBUILD,
  CR_ACTION_PULL,
  CR_ACTION_REPLACE, /* proposed, never done */
  CR_ACTION_WAIT,    /* the fix is in no archive yet */
  CR_ACTION_HOLD,    /* by policy */
} CrAction;
const char *cr_action_get_name(CrAction action);
/* patch, rebuild or pull */
gboolean cr_action_changes(CrAction action);

typedef struct CrFleetStep CrFleetStep;
struct CrFleetStep {
  const char *id;                    /* "patch shop/web:4": stable between plans */
  const CrFleetImage *image;         /* NULL in a plan that was read from a file and whose image is gone */
  const char *image_name, *image_id; /* what it was planned for: apply refuses when the id is another by then */
  CrAction action;
  const char *reason;
  guint fixes, reached_fixes, exploited_fixes;
  CrStrv fixed;           /* "openssl 3.0.1 → 3.0.2" */
  CrStrv after;           /* ids */
  CrStrv containers;      /* names that will be re-created */
  CrStrv dependents;      /* re-created with those, for they use one: "user (uses web)"; each once in a plan. Or NULL */
  CrStrv held_containers; /* that run it and will not be: "web: label careen.enable=false" */
  const char *state;      /* "planned", "refused" (with why in `reason`), after apply its outcome */
  const char *digest;     /* of a pull: what its registry had under the name when it was planned; else NULL */
  guint wave;             /* 0: first; steps of one wave are independent */
  const char *new_id;     /* after apply: what the name is now; or NULL */
  const char *fingerprint; /* cr_decide_fingerprint: for the mark "tried", if it brings nothing */
};

/* What apply did with a container. */
typedef struct {
  const char *container, *state, *why; /* WHY may be NULL */
  const CrFleetStep *step;
  CrStrv with; /* made again with it, for they use it or another of its turn: "user (uses web)"; or NULL */
} CrFleetRollover;

/* An old image that goes (prune.h). */
typedef struct {
  const char *id;                    /* "prune shop/web:4 sha256:0a1b2c3d4e5f" */
  const CrFleetImage *image;         /* that it was before; NULL in a plan that was read and whose image is gone */
  const char *image_name, *image_id; /* …its name; what goes */
  const char *kept;                  /* shop/web:careen-keep-4, or NULL: it has no name */
  const char *reason, *state;        /* as a step's */
} CrFleetRemoval;

/* A digest that apply --write puts into a file. */
typedef struct {
  CrFileChange change;
  const char *from, *to; /* the image that is used there: "nginx:1.25" → "nginx:1.25@sha256:…" */
  const CrFleetStep *step;
} CrFleetEdit;

typedef struct {
  CrArena *arena;
  GPtrArray *steps;     /* CrFleetStep*, in the order of doing */
  GPtrArray *rollovers; /* CrFleetRollover*, as they were done; empty before apply */
  GPtrArray *edits;     /* CrFleetEdit*, of apply --write */
  GPtrArray *removals;  /* CrFleetRemoval*, done last */
  gint64 when;
  CrProblems *problems;
} CrFleetPlan;

/* Empty. */
CrFleetPlan *cr_fleet_plan_new(gint64 when);
/* FACTS as cr_facts_gather gives them, which need not outlive it as FLEET must; RECORD (may be NULL) knows digests that
 * failed before and what was asked. */
CrFleetPlan *cr_fleet_plan_make(const CrFleet *fleet, const GPtrArray *facts, CrRecord *record, gint64 now);
/* Each step's `dependents`, of those that no step re-creates by itself; PLAN in its order. */
void cr_fleet_plan_find_dependents(CrFleetPlan *plan, const CrFleet *fleet);
/* A printed plan; CR_ERROR_USAGE. Steps find their images in FLEET. */
CrFleetPlan *cr_fleet_plan_load(const char *path, const CrFleet *fleet, GError **error);
/* The same of TEXT, which PATH names in errors. */
CrFleetPlan *cr_fleet_plan_parse(const char *text, gsize size, const char *path, const CrFleet *fleet, GError **error);
void cr_fleet_plan_free(CrFleetPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrFleetPlan, cr_fleet_plan_free)
/* Is it a step that apply does something for? And is there one? */
gboolean cr_fleet_step_is_due(const CrFleetStep *step);
gboolean cr_fleet_plan_does_something(const CrFleetPlan *plan);
const CrFleetStep *cr_fleet_plan_find(const CrFleetPlan *plan, const char *id);
