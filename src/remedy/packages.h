/* SPDX-License-Identifier: Apache-2.0 */
/* The image's own package managers. A family: one const struct each, one file each (packages-apt.c, packages-apk.c,
 * packages-status.c), one table in packages.c.
 *
 * Package files are fetched and checked against signed lists by careen's own process; the package manager installs them
 * in the sandbox without a network, and without a source it could choose anything else from. Its signature checks are
 * never switched off: there is nothing left for it to fetch. */
#pragma once
#include "remedy/choose.h"
#include "remedy/workspace.h"

typedef struct {
  const CrPlan *plan;
  const char *folder; /* of the workspace: fetched files in it, and notes about the run */
  guint timeout_ms;   /* of one program; 0: ten minutes */
  gint64 epoch;       /* seconds: no date in the result is later */
  gint64 started;     /* seconds: what is not older was made by the run; known when `install` is called */
} CrPackagesRun;

typedef struct {
  const char *name; /* "apt", for messages */
  const char *type; /* of the packages it manages, as in their purl: "deb" */
  /* Is it this one that keeps the database of SCAN's image? NULL: always, where there are packages of its type. */
  gboolean (*fits)(const CrScan *scan);
  /* Why it cannot be run in SCAN's image, one phrase in ARENA; NULL: it can, or there is nothing to look at. */
  const char *(*find_obstacle)(const CrScan *scan, CrArena *arena);
  /* What changes with what, as CrChoice.resolve; NULL: as its archives say (cr_archives_resolve). CR_ERROR_USAGE: it
   * would take more than this manager does. */
  gboolean (*resolve)(CrScan *scan, const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, GError **error);
  /* In careen's process: the files of all changes into RUN->folder. */
  gboolean (*fetch)(CrScan *scan, const CrPackagesRun *run, GError **error);
  /* In the workspace's process: make the changes. CR_ERROR_GATE: the image's own programs failed; what they said is in
   * the message. */
  gboolean (*install)(const CrRoots *roots, const CrPackagesRun *run, GError **error);
  /* Likewise: does its own check find nothing to complain about? */
  gboolean (*audit)(const CrRoots *roots, const CrPackagesRun *run, GError **error);
  /* Paths that it or the sandbox makes and that are not part of the change ('/' at the end: all below);
   * NULL-terminated. */
  const char *const *left_out;
} CrPackageManager;
extern const CrPackageManager cr_packages_apt, cr_packages_apk, cr_packages_rpm, cr_packages_status;

/* The one that keeps packages of TYPE in SCAN's image, or NULL. */
const CrPackageManager *cr_package_manager_find_type(const CrScan *scan, const char *type);
/* Why no package of TYPE can be changed in SCAN's image, one phrase in ARENA; NULL: it can. */
const char *cr_package_manager_find_obstacle(const CrScan *scan, const char *type, CrArena *arena);

/* The one for the packages that PLAN changes, or NULL with CR_ERROR_USAGE. */
const CrPackageManager *cr_package_manager_find(const CrScan *scan, GError **error);
