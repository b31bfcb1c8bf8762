/* SPDX-License-Identifier: Apache-2.0 */
/* Images that have packages and no dpkg (distroless: one record a package in var/lib/dpkg/status.d, its control file
 * and its md5sums): their packages are unpacked over them by careen, and the records replaced as the builder writes
 * them.
 *
 *   status-deb.c      what a package has, and whether unpacking it is all that installing it does
 *   status-resolve.c  what changes with what
 *   status-layer.c    the files that change, as one plain tar
 *   packages-status.c the member of packages.h
 */
#pragma once
#include "remedy/packages.h"
#include "remedy/status-deb.h"

#define CR_STATUS_FOLDER "var/lib/dpkg/status.d/"

/* As CrChoice.resolve. CR_ERROR_USAGE: it would take more than unpacking, the message says what; CR_ERROR_GATE: a
 * dependency is in the way. */
gboolean cr_status_resolve(CrScan *scan, const GPtrArray *wanted, CrArena *arena, GPtrArray *changes, GError **error);

/* What PLAN changes in SCAN's image as a plain tar in FD, whiteouts by name; folders as the image has them.
 *
 * Taken is what such an image would have: a path that the image has, and a new one unless the builder left out such
 * paths. Those are paths of the old version that its md5sums name and the image lacks; in folders of documents
 * (usr/share/doc, man, info, locale, …) new files beside one that was left out; elsewhere new files of a folder of
 * which nothing was taken. Files that the old md5sums name and the new version has no more become whiteouts. */
gboolean cr_status_layer_write(CrScan *scan, const CrPlan *plan, gint64 epoch, int fd, GError **error);
/* That rule: OLD are the paths of the old md5sums, IS_THERE says whether the image has one. */
gboolean cr_status_layer_takes(CrStrv old, const char *path, gboolean (*is_there)(const char *path, gpointer data),
                               gpointer data);
