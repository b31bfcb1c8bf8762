/* SPDX-License-Identifier: Apache-2.0 */
/* Inside inventory/rpm*.c: rpm databases are walked by us up to the header blobs; librpm, loaded at first use, only
 * takes a bounded blob apart (rpm's own database code reads host macros, writes beside the database, and finds an ndb
 * without its index empty).
 *
 * Backends are a family: one const struct each, one file each, one table in rpm.c. */
#pragma once
#include "base/limits.h"
#include "inventory/database.h"

/* ---- one walk over one database file ---- */

typedef struct CrRpmWalk CrRpmWalk;
struct CrRpmWalk {
  GBytes *bytes; /* of the database file */
  GBytes *log;   /* of the write-ahead log beside it, or NULL */
  /* One header blob, valid during the call. FALSE: enough. */
  gboolean (*visit)(guint64 number, const guint8 *blob, gsize size, gpointer data);
  gpointer data;
  gboolean thorough; /* look for damage that loses records silently, too */
  /* What came of it. */
  guint records;
  guint64 record_bytes;
  char *damage; /* the first thing found wrong, a phrase; NULL: none. Owned. */
  guint damages;
};
void cr_rpm_walk_clear(CrRpmWalk *walk);
/* For backends: something is wrong. The first is kept in words, all are counted. */
void cr_rpm_walk_damaged(CrRpmWalk *walk, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* For backends: hand over one record. FALSE: stop, because the visitor has enough, or because the records together are
 * larger than the files they are in (records that share pages: an attack that would cost quadratic time). */
gboolean cr_rpm_walk_give(CrRpmWalk *walk, guint64 number, const guint8 *blob, gsize size);
/* For backends: BYTES were read for a record that then was not given. FALSE: stop, as above. */
gboolean cr_rpm_walk_spend(CrRpmWalk *walk, gsize bytes);

/* The bytes are mapped from a layer index: pages of a large database that were read would count as ours until the end.
 * Gives those of [DATA, DATA+SIZE) back; their content stays what it is. */
void cr_rpm_release_pages(const guint8 *data, gsize size);
/* After as many bytes read. */
#define CR_RPM_RELEASE_EVERY (16 * CR_MIB)

typedef struct {
  const char *file; /* name in the database folder */
  const char *log;  /* of its write-ahead log, or NULL */
  void (*walk)(CrRpmWalk *walk);
} CrRpmBackend;

/* sqlite: table Packages (hnum, blob), read by SQLite on a private copy.
 * ndb: rpm's lib/backend/ndb: a 32-byte header, slots of 16 bytes, blobs with an adler32.
 * bdb: Berkeley DB's hash access method, either byte order; big records on chains of overflow pages. */
extern const CrRpmBackend cr_rpm_sqlite, cr_rpm_ndb, cr_rpm_bdb;

/* ---- one header blob: rpm-header.c ---- */

/* A package's file names, in as few bytes as rpm has them; all in an arena. */
typedef struct {
  guint count, folder_count;
  const char *names;          /* COUNT base names, each ended by NUL */
  const guint32 *folder;      /* COUNT indexes into FOLDERS */
  const char *const *folders; /* with the '/' at their end */
} CrRpmFiles;

typedef struct {
  const char *name;
  const char *version;                      /* [epoch:]version-release */
  const char *arch;                         /* NULL: none (gpg-pubkey) */
  const char *source_name, *source_version; /* of "name-version-release.src.rpm", or NULL */
  const char *vendor, *packager, *licence, *module;
  CrRpmFiles *files; /* or NULL: not asked for */
} CrRpmHeader;

/* Take BLOB apart into ARENA; of the rest only name, version and arch unless WHOLE. CR_ERROR_INPUT, CR_ERROR_LIMIT; if
 * librpm cannot be loaded CR_ERROR_ENVIRONMENT with a hint. */
gboolean cr_rpm_header_parse(const guint8 *blob, gsize size, gboolean whole, CrArena *arena, CrRpmHeader *out,
                             GError **error);
/* Visit what the package of BLOB needs and provides, as CrDatabase.foreach_relation; nothing when the blob is damaged.
 */
void cr_rpm_header_foreach_relation(const guint8 *blob, gsize size, const CrDatabasePackage *package,
                                    CrDatabaseRelationVisit visit, gpointer data);
/* …with versions: as cr_inventory_foreach_exact_relation. */
void cr_rpm_header_foreach_exact_relation(const guint8 *blob, gsize size, const CrPackage *package,
                                          CrExactRelationVisit visit, gpointer data);
/* Does the blob equal the digest that it carries of itself (SHA256HEADER, else SHA1HEADER)? TRUE when it has none. */
gboolean cr_rpm_header_check_digest(const guint8 *blob, gsize size);
/* "openssl-1.1.1k-9.el8.src.rpm" → "openssl", "1.1.1k-9.el8"; FALSE when it is not of that shape. */
gboolean cr_rpm_split_source(const char *file, CrArena *arena, const char **name, const char **version);

/* ---- librpm: rpm-library.c ---- */

#include <rpm/header.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmtd.h>

/* The functions of librpm in use: the header module's, which knows neither configuration nor database. */
typedef struct {
  __typeof__(headerImport) *header_import;
  __typeof__(headerFree) *header_free;
  __typeof__(headerGet) *header_get;
  __typeof__(headerGetString) *header_get_string;
  __typeof__(headerGetNumber) *header_get_number;
  __typeof__(headerIsEntry) *header_is_entry;
  __typeof__(rpmtdNew) *td_new;
  __typeof__(rpmtdFree) *td_free;
  __typeof__(rpmtdFreeData) *td_free_data;
  __typeof__(rpmtdCount) *td_count;
  __typeof__(rpmtdNext) *td_next;
  __typeof__(rpmtdGetString) *td_get_string;
  __typeof__(rpmtdGetNumber) *td_get_number;
  __typeof__(rpmlogSetMask) *log_set_mask;
} CrRpmLibrary;
/* Loaded at the first call, for good; NULL with ERROR (and a hint) if it cannot be. Thread-safe. */
const CrRpmLibrary *cr_rpm_library_get(GError **error);

/* ---- the list that distroless images of Azure Linux have instead of a database: rpm-manifest.c ---- */

#define CR_RPM_MANIFEST "var/lib/rpmmanifest/container-manifest-2"
CrDatabaseState cr_rpm_manifest_read(CrDatabaseWork *work);
