/* SPDX-License-Identifier: Apache-2.0 */
/* What the members of packages.h have in common: files of the image by names that stay in it, and what its programs
 * said. */
#pragma once
#include "base/process.h"
#include "remedy/packages.h"

#define CR_PACKAGES_TIMEOUT_MS (600U * 1000U)

/* Open PATH of the image as it is now, resolved with the image as root; openat2's FLAGS and MODE. -1 with errno. */
int cr_packages_open(const CrRoots *roots, const char *path, guint64 flags, guint64 mode);
gboolean cr_packages_has(const CrRoots *roots, const char *path);
/* A file of the image, at most MAX bytes; NULL: it is not there, or cannot be read. */
GBytes *cr_packages_load(const CrRoots *roots, const char *path, gsize max);
/* Make PATH hold BYTES, with what owner and mode it has; made 0644. CR_ERROR_ENVIRONMENT. */
gboolean cr_packages_store(const CrRoots *roots, const char *path, const void *bytes, gsize size, GError **error);

/* The folder NAME of the workspace, made where it is not there. Free with g_free; NULL with ERROR. */
char *cr_packages_make_folder(const CrPackagesRun *run, const char *name, GError **error);
/* All files of RUN's plan into FOLDER, checked against their lists, several at once and with progress; what is there
 * already stays. */
gboolean cr_packages_fetch(CrScan *scan, const CrPackagesRun *run, const char *folder, const char *ending,
                           GError **error);
/* Where that of CHANGE is: by its digest, so that a name or version of an archive becomes no path. Free with g_free. */
char *cr_packages_format_path(const char *folder, const CrChange *change, const char *ending);
/* Write a file of the workspace. WHAT is for the message: "package 'zlib'". */
gboolean cr_packages_keep(const char *path, const void *bytes, gsize size, int mode, const char *what, GError **error);

/* What a program said, for the record, into the file NAME of RUN->folder. */
void cr_packages_keep_log(const CrPackagesRun *run, const char *name, const CrProcessResult *result);
/* The last COUNT lines of it in one, for a message. Free with g_free. */
char *cr_packages_get_last_lines(const CrProcessResult *result, guint count);
/* CR_ERROR_GATE with the end of what PROGRAM said, unless it ended well. */
gboolean cr_packages_check_exit(const CrProcessResult *result, const char *program, GError **error);
