/* SPDX-License-Identifier: Apache-2.0 */
/* Distributions: their signed archives (what could be installed now), their support (who watches until when), and who
 * stewards each package. A family: one const struct per distribution, one file each (debian.c, ubuntu.c, alpine.c, …),
 * one table in vendor.c. */
#pragma once
#include "base/cache.h"
#include "base/http.h"
#include "image/tree.h"
#include "inventory/inventory.h"
#include "model/image.h"
#include "model/package.h"
#include "model/problem.h"

/* Collectors for what archives need from an image (sources.list(.d), preferences(.d), apt.conf(.d), keyrings, auth);
 * NULL-terminated. */
const CrCollector *const *cr_vendor_get_collectors(void);

typedef struct {
  const CrCache *cache;
  CrHttp *http; /* its own offline flag rules */
  gboolean offline;
  GDate as_of;                      /* --as-of; support only, never signatures */
  const char *const *allow_expired; /* archive names or "all" */
  gboolean changelogs;              /* look up `fixes`; FALSE: --no-changelogs */
  GHashTable *mirrors;              /* archive name or URI prefix → mirror URI; or NULL */
  const char *keyrings;             /* folder with the distributions' keys; NULL: /usr/share/keyrings */
  /* endoflife.date's JSON of a product that is at hand already, with the time it was asked for in *ASKED (seconds):
   * then nothing is fetched. NULL: it is not. */
  GBytes *(*find_product)(const char *product, gint64 *asked, gpointer data);
  gpointer product_data;
  gboolean configured_unknown; /* nothing tells which archives are configured (a bill of materials): the release's own
                                  are taken for it */
  gboolean keep_packages;      /* package files that are fetched go to the cache: they will be installed */
  struct CrAsked *asked;       /* asked.h: shared by images that are scanned at once; or NULL */
  guint jobs;
} CrVendorOptions;

/* ---- archives: vendor/archive-*.c ---- */

/* The archives of this image: the release's own and the configured ones, fetched or revalidated, verified, compiled. */
typedef struct CrArchives CrArchives;
CrArchives *cr_archives_open(CrTree *tree, CrInventory *inventory, const CrVendorOptions *options,
                             CrProblems *problems);
void cr_archives_free(CrArchives *archives);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrArchives, cr_archives_free)
guint cr_archives_get_count(const CrArchives *archives);
const CrArchive *cr_archives_get(const CrArchives *archives, guint i);
/* Packages of TYPE ("deb", "apk", "rpm") are what these archives hold. */
gboolean cr_archives_has_type(const CrArchives *archives, const char *type);
/* The image's own architecture in the package manager's words ("amd64", "x86_64"), or NULL. */
const char *cr_archives_get_native(const CrArchives *archives);
/* TRUE: at least one verified archive of the distribution itself answered (else the verdict is blind). */
gboolean cr_archives_is_answering(const CrArchives *archives);

/* Fill UPDATES (CrUpdate*, in ARENA; sorted by source, name, arch) by the package manager's own rules. `reach` and
 * `from` are scan/'s. */
void cr_archives_find_updates(CrArchives *archives, CrInventory *inventory, const CrVendorOptions *options,
                              CrArena *arena, GPtrArray *updates, CrProblems *problems);
/* From now on no update, and nothing that comes with one, leaves the release line (CrArchive.line) for another release,
 * backports, or the archive of somebody else: only a package that the distribution does not have, or that is of another
 * archive already, may come from one. For apt, where one archive may offer what another has. */
void cr_archives_keep_to_line(CrArchives *archives);
/* Fill `fixes` and `fix_since` of UPDATES from the changelogs inside hash-checked packages (cached for ever by source
 * and version). */
void cr_archives_find_fixes(CrArchives *archives, GPtrArray *updates, const CrVendorOptions *options, CrArena *arena,
                            CrProblems *problems);
/* Call when every question was asked: a package list that turned out to be damaged in the cache makes the answers
 * blind. It was removed, so that the next scan fetches it again. */
void cr_archives_tell_damage(const CrArchives *archives, CrProblems *problems);

/* Which verified list holds exactly this package (name, version, architecture and the control fields that a list and a
 * database share, where the database keeps any)? The archive, or NULL. *SAME_NAME_VERSION (may be NULL): a list has
 * name, version and arch but other fields. */
const CrArchive *cr_archives_find_exact(CrArchives *archives, const CrPackage *package, gboolean *same_name_version);
/* Does any verified list of an archive of the distribution itself have this source package (any version)? */
const CrArchive *cr_archives_find_source(CrArchives *archives, const char *source_name);
/* Is any version of binary NAME in ARCHIVE's lists? */
gboolean cr_archives_has_name(CrArchives *archives, const CrArchive *archive, const char *name);

/* A package file that a verified list names: where it is and the hash it must have. Strings live as long as ARCHIVES.
 */
typedef struct {
  const char *name, *version, *arch;
  const char *filename; /* relative to the archive's URI */
  const char *sha256;   /* 64 hex digits; or NULL */
  const char *checksum; /* apk: what the index calls it by, "Q1…"; or NULL */
  const char *tag;      /* apk: of the repository, "edge"; or NULL */
  guint64 size_bytes;
  const CrArchive *archive;
} CrArchiveFile;
/* The newest version of binary package NAME (its own architecture or "all") over the verified lists of the
 * distribution's own archives of this release. For data packages (distro-info-data, debian-security-support) and for
 * what a candidate is. FALSE: in none. */
gboolean cr_archives_find_file(CrArchives *archives, const char *name, CrArchiveFile *out);
/* Likewise of exactly this version and architecture, over all verified lists. FALSE: in none (a superseded version is
 * in no list). */
gboolean cr_archives_find_version(CrArchives *archives, const char *name, const char *version, const char *arch,
                                  CrArchiveFile *out);
/* The bytes of FILE, checked by size and hash (apk: identity, signature and the hash of its files), from the cache or
 * fetched; kept with options->keep_packages. CR_ERROR_OFFLINE, CR_ERROR_TRUST, CR_ERROR_ENVIRONMENT. */
GBytes *cr_archives_fetch_file(CrArchives *archives, const CrArchiveFile *file, const CrVendorOptions *options,
                               GError **error);
/* The same as a descriptor at its beginning, for reading, in memory that does not grow with the file (apk's are read
 * whole); always kept. A connection that breaks is taken up where it broke. -1 with ERROR. WATCH (may be NULL) hears of
 * what came. Any number of threads. */
typedef struct {
  void (*advance)(guint64 bytes, gpointer data);
  gpointer data;
} CrArchiveFetching;
int cr_archives_open_file(CrArchives *archives, const CrArchiveFile *file, const CrVendorOptions *options,
                          const CrArchiveFetching *watch, GError **error);
/* A name for FILE that no other content has, of letters and digits. Free with g_free. */
char *cr_archive_file_format_name(const CrArchiveFile *file);

/* One package that a run of the package manager changes. */
typedef struct {
  const char *name, *arch;
  const CrPackage *package; /* what is installed, or NULL: it is new */
  CrArchiveFile file;       /* what takes its place; name NULL: it is removed */
} CrChange;
/* What the image's package manager changes when it is asked for the candidates of WANTED (CrPackage*, installed), and
 * for nothing else: those and what they cannot go without. Appended to CHANGES (CrChange*, in ARENA; sorted by name and
 * architecture). FALSE: it cannot be done; the message is one phrase ("nginx would have unmet dependencies"). */
gboolean cr_archives_resolve(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                             GPtrArray *changes, GError **error);

/* Installed packages that came for others' sake and that nothing needs any more once CHANGES are made, and that
 * something needed before: what `apt-get autoremove` takes afterwards less what it would have taken before. Appended to
 * REMOVALS as CrChange*; none where the package manager is not apt. */
void cr_archives_find_unused(CrArchives *archives, CrInventory *inventory, const GPtrArray *changes, CrArena *arena,
                             GPtrArray *removals);

/* rpm-md: primary.xml of a repository that has the files of CHANGES (CrChange*), each as "SHA256.rpm", and nothing
 * else; made of the records of verified lists. */
GBytes *cr_archives_format_primary(CrArchives *archives, const GPtrArray *changes, GError **error);
/* rpm-md: the files of the image that its configuration names as keys of ARCHIVE ("/etc/pki/rpm-gpg/…"). */
CrStrv cr_archives_get_image_keys(const CrArchives *archives, const CrArchive *archive);

/* ---- support and stewards: vendor/support.c, vendor/steward.c ---- */

/* Fill os->support, and each package's support, support_note and steward; and the stewards of unowned files. */
void cr_vendor_judge_support(CrInventory *inventory, CrArchives *archives, const CrVendorOptions *options,
                             CrProblems *problems);
void cr_vendor_judge_stewards(CrInventory *inventory, CrArchives *archives, const CrImage *image, GPtrArray *unowned,
                              const CrVendorOptions *options, CrProblems *problems);
/* Date of the support data in use, ISO 8601, for tool.data.support. Static or interned. */
const char *cr_vendor_get_support_date(void);
/* Fill OS's codename from its version where only that is known (a bill of materials), by distro-info-data of this
 * system. */
void cr_vendor_name_release(CrOs *os, CrArena *arena);
/* purl "distro" qualifier and coverage release: "debian-12", "alpine-3.18"; NULL unknown. In ARENA. */
const char *cr_vendor_format_release(const CrOs *os, CrArena *arena);
