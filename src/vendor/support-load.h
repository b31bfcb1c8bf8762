/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: the files that support data are read from. Three places, the newest wins: the data package of the
 * release's own signed archive (fetched when it is new, kept in the cache under its hash, so also there with
 * --offline), the copy in this system's /usr/share, and for endoflife.date its JSON, asked at most once a day. */
#pragma once
#include "vendor/support.h"

typedef struct {
  char *name;   /* "debian.csv" */
  gint64 mtime; /* Debian's builds clamp it to the upload's date: how old the data are */
  GBytes *bytes;
} CrSupportFile;
void cr_support_file_free(CrSupportFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSupportFile, cr_support_file_free)

/* This system's own copies. */
#define CR_SYSTEM_DISTRO_INFO "/usr/share/distro-info/"
#define CR_SYSTEM_LIMITS      "/usr/share/debian-security-support/"

/* The regular files right in FOLDER ("usr/share/distro-info/") of a binary package, CrSupportFile*. The package's bytes
 * are hash-checked by the caller and still read as hostile. */
GPtrArray *cr_support_read_deb(GBytes *deb, const char *folder, GError **error);

/* A set of files and where it is from. */
typedef struct {
  GPtrArray *files; /* CrSupportFile* */
  char *name;       /* "distro-info-data 0.58+deb12u7 (bookworm)" */
} CrSupportFiles;
void cr_support_files_free(CrSupportFiles *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSupportFiles, cr_support_files_free)
const CrSupportFile *cr_support_files_find(const CrSupportFiles *files, const char *name);

/* PACKAGE's files in FOLDER from the verified archives; NULL with ERROR, or NULL without when no list has it. */
CrSupportFiles *cr_support_load_package(CrArchives *archives, const char *package, const char *folder,
                                        const CrVendorOptions *options, GError **error);
/* The same from this system ("/usr/share/distro-info/"); NULL when it has none. */
CrSupportFiles *cr_support_load_system(const char *package, const char *folder);
/* endoflife.date's JSON for PRODUCT. *ASKED: when it was fetched, seconds. */
GBytes *cr_support_load_product(const char *product, const CrVendorOptions *options, gint64 *asked, GError **error);

/* All that judging OS needs; what is missing is said in DATA->why and in PROBLEMS. */
CrSupportData *cr_support_load(const CrOs *os, CrArchives *archives, const CrVendorOptions *options,
                               CrProblems *problems);
/* For tests and for the loader: put parsed files into DATA. The lists of debian-security-support for release VERSION
 * out of FILES; FALSE when they hold none for it. */
gboolean cr_support_data_take_limits(CrSupportData *data, const CrSupportFiles *files, const char *version);
