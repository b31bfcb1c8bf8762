/* SPDX-License-Identifier: Apache-2.0 */
/* What may be done, to what, and when. The words are unattended-upgrades' where they fit (doc/fleet.md has the table).
 * Pure: time comes in, nothing is asked. */
#pragma once
#include "remedy/choose.h"

typedef struct CrWindow CrWindow; /* window.h */
typedef enum { CR_RESTART_AUTO, CR_RESTART_ASK, CR_RESTART_NEVER } CrRestart;

/* One line of `origins:`, as u-u's Origins-Pattern: "origin=Debian,codename=${distro_codename},label=Debian-Security";
 * all of a line must match, any line is enough. */
typedef struct {
  CrStrv keys, patterns; /* parallel; origin, archive (suite), codename, label, site, component: globs */
} CrOriginPattern;

typedef struct {
  const char *name;   /* of `policies:`, or NULL: the fleet's */
  CrWanted updates;   /* security, all, reached */
  GPtrArray *origins; /* CrOriginPattern*; empty: the distribution's own and what the image configures */
  CrSeverity minimum; /* `minimum: {severity: high}`; UNKNOWN: any */
  gboolean minimum_reached, minimum_exploited; /* `minimum: {reached: yes, exploited: yes}` */
  CrStrv hold;                                 /* package and image globs */
  gboolean minimal_steps;
  GPtrArray *windows; /* CrWindow*; empty: always */
  guint jitter_seconds;
  guint maximum_at_once;  /* pulls, patches and builds of one wave; default 4 */
  guint maximum_a_run;    /* image steps a run; 0: any */
  guint cooldown_seconds; /* a fix must be this old in its archive, unless it is exploited */
  const char *canary;     /* glob: which container of an image goes first; NULL: the first by name */
  guint soak_seconds;     /* after the gate; default 30 */
  guint gate_seconds;     /* longest wait for healthy; 0: from the health check itself */
  guint keep_seconds;     /* how long old container and image are kept; default 7 days */
  CrRestart restart;
  gboolean rollback;                               /* default yes */
  gboolean metered;                                /* may work on a metered connection; default no */
  gboolean pull, rebuild, patch, replace_proposal; /* which actions are allowed; default yes */
  const char *signature;   /* path of a public key that pulled images must be signed with, or NULL */
  const char *freeze_file; /* while it exists nothing is changed; default STATE/freeze and /etc/careen/freeze */
} CrPolicy;

/* What holds where nothing is said. */
const CrPolicy *cr_policy_get_default(void);

/* ---- judgements ---- */

/* May anything be changed now? FALSE with the reason ("outside its window Mon..Fri 02:00-05:00 Europe/Berlin, opens
 * 2026-11-30 02:00"), free with g_free; NOW seconds. EXPLOITED: something to be done closes an exploited hole. */
gboolean cr_policy_allows_now(const CrPolicy *policy, gint64 now, gboolean exploited, char **why);
/* The file that freezes everything, or NULL: none is there. Free with g_free. */
char *cr_policy_find_freeze(const CrPolicy *policy);
/* When a window opens next: NOW while one is open or where there is none; 0: never. */
gint64 cr_policy_find_opening(const CrPolicy *policy, gint64 now);
/* By a glob of `hold` for its name, with or without the tag. */
gboolean cr_policy_holds_image(const CrPolicy *policy, const char *name);
/* Does its `canary:` name CONTAINER? */
gboolean cr_policy_names_canary(const CrPolicy *policy, const char *container);
gboolean cr_policy_holds_package(const CrPolicy *policy, const char *name);

typedef struct {
  const CrUpdate *update;
  gboolean wanted;
  gboolean exploited; /* a flaw that it fixes is */
  const char
      *why;     /* the rule that decided: "origin Debian-Security is allowed", "hold: linux-*", "cool-down until …" */
  gint64 until; /* of a cool-down: when it ends, and the verdict with it; 0: the verdict does not age */
} CrPolicyVerdict;
/* What POLICY says of every update of SCAN: CrPolicyVerdict*, in SCAN's order, strings in ARENA. For plan and
 * `policy test`. */
GPtrArray *cr_policy_judge_updates(const CrPolicy *policy, const CrScan *scan, gint64 now, CrArena *arena);
