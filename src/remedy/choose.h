/* SPDX-License-Identifier: Apache-2.0 */
/* What a patch is to do: from a scan to exact versions, before anything runs.
 *
 * Every fix that was asked for is in exactly one state. The changes are those of the image's own package manager when
 * it is asked for nothing but these candidates, so they stay within the release line; what would take away a package,
 * go back a version or touch a package on hold is left out, with its reason. The plan is what runs (packages.h) and
 * what the result is compared with (verify.h). A pure function of the scan and of what `resolve` answers. */
#pragma once
#include "scan/scan.h"

typedef enum {
  CR_FIX_FIXED,          /* the planned version is there (in a plan: will be) */
  CR_FIX_HELD,           /* by the image (dpkg, pins) or by --hold */
  CR_FIX_KEPT_BACK,      /* a dependency is in its way: which */
  CR_FIX_CONFFILE,       /* there, but a configuration file that the user changed was kept */
  CR_FIX_NOT_IN_ARCHIVE, /* no archive has a newer version (yet): an advisory names one, or it was asked for by name */
  CR_FIX_GONE,           /* asked for by name, and not installed */
  CR_FIX_UNSUPPORTED,    /* no package manager that careen runs */
} CrFixState;
const char *cr_fix_state_get_name(CrFixState state);

/* Security updates are those that an archive or an advisory calls so; of apk, whose archives call nothing so, all of
 * the distribution's own where no advisories are at hand. */
typedef enum { CR_WANTED_SECURITY, CR_WANTED_ALL, CR_WANTED_REACHED } CrWanted;

/* One update by name, as an earlier report has it (wishes.h). */
typedef struct {
  const char *name, *arch, *version;
} CrWish;

typedef struct {
  CrWanted updates;        /* reached: security updates of what the image's process reaches */
  CrStrv only;             /* package names, or NULL: all */
  const GPtrArray *wishes; /* CrWish*: exactly these, or NULL: by the two above */
  CrStrv also;             /* names that are wanted besides: what an earlier patch brought, or NULL */
  CrStrv hold;             /* globs of package names, or NULL */
  GHashTable *aside;       /* package name → why its update is left out (steps.h), or NULL */
  gboolean allow_removals; /* FALSE: a fix that takes a package away is kept back */
  /* What changes with WANTED (CrPackage*); cr_archives_resolve behind it. CR_ERROR_USAGE: unsupported. Appends
   * CrChange* that live as long as the plan. */
  gboolean (*resolve)(const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, gpointer data, GError **error);
  /* What nothing needs any more after CHANGES and something needed before, appended to REMOVALS (CrChange*); NULL: it
   * is kept. cr_archives_find_unused behind it. */
  void (*find_unused)(const GPtrArray *changes, CrArena *arena, GPtrArray *removals, gpointer data);
  gpointer data;
  /* CrUpdate*: of the scan's updates those that stay within the release line, with their candidates there; NULL: all of
   * them do. cr_choice_find_in_line. */
  const GPtrArray *in_line;
} CrChoice;

typedef struct {
  const char *name, *arch;  /* ARCH NULL: gone */
  const CrUpdate *update;   /* or NULL: there is none to be had */
  const CrPackage *package; /* or NULL: gone */
  CrFixState state;
  const char *why; /* or NULL where it is fixed */
} CrFix;

typedef struct {
  CrArena *arena;
  GPtrArray *fixes;   /* CrFix*, by name and architecture; strings of the scan or of the arena */
  GPtrArray *changes; /* CrChange*, by name and architecture; empty: nothing to do */
} CrPlan;

/* SCAN must outlive the plan. */
CrPlan *cr_plan_make(const CrScan *scan, const CrChoice *choice);
void cr_plan_free(CrPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPlan, cr_plan_free)
/* The change of package NAME, or NULL. */
const CrChange *cr_plan_find(const CrPlan *plan, const char *name, const char *arch);

/* CrChoice.in_line of SCAN, in ARENA, or NULL. From then on its archives keep to the line. */
GPtrArray *cr_choice_find_in_line(CrScan *scan, CrArena *arena);
/* CrChoice.resolve by the scan's own archives; DATA is the CrScan. */
gboolean cr_choice_resolve(const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, gpointer scan, GError **error);
/* CrChoice.find_unused likewise. */
void cr_choice_find_unused(const GPtrArray *changes, CrArena *arena, GPtrArray *removals, gpointer scan);
