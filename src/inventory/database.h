/* SPDX-License-Identifier: Apache-2.0 */
/* The family of package databases. Private to inventory/: a member is one file, one const struct, one line in
 * inventory.c.
 *
 * `read` is a pure function of a tree. It is called for the whole image, and again for the trees that the image's lower
 * layers make, to learn which layer brought a package version in: therefore nothing but the tree is asked, and nothing
 * is kept outside WORK. */
#pragma once
#include "inventory/inventory.h"

typedef enum {
  CR_DATABASE_ABSENT, /* no trace of it: say nothing */
  CR_DATABASE_READ,   /* read, if in part then with `partial` problems; it may be empty */
  CR_DATABASE_BROKEN, /* it is there and gave nothing usable: a `blind` problem was added */
} CrDatabaseState;

typedef struct CrDatabase CrDatabase;

/* A package as its database records it. */
typedef struct {
  CrPackage package; /* first: a CrPackage* of the inventory is one of these */
  const CrDatabase *database;
  guint64 locator;   /* the member's own: where its record or file list is (an offset, a record number) */
  gconstpointer own; /* likewise; in WORK's arena or kept bytes */
  guint number;      /* inventory.c's: position among the packages of all databases; what two record has one */
} CrDatabasePackage;

/* One reading of one database. */
typedef struct {
  const CrDatabase *database;
  CrTree *tree;
  CrArena *arena;       /* everything that packages point to; lives as long as they do */
  CrProblems *problems; /* never NULL; thrown away when a lower layer is read */
  gboolean identity;    /* only name, version, arch are looked at: the rest may be left out */
  GPtrArray *packages;  /* CrDatabasePackage*, filled by cr_database_add */
  GPtrArray *kept;      /* GBytes*, filled by cr_database_keep */
} CrDatabaseWork;

/* One path of one package as recorded: no leading '/', LENGTH bytes, not NUL-terminated. STABLE: the bytes live as long
 * as the packages (kept bytes, WORK's arena), so they need not be copied. Folders may be given too. */
typedef void (*CrDatabaseFileVisit)(const CrDatabasePackage *package, const char *path, gsize length, gboolean stable,
                                    gpointer data);

/* One thing that PACKAGE needs, or offers besides its own name: NAME without version and architecture, LENGTH bytes; a
 * path where it begins with '/'. ALTERNATIVE: instead of the need before it. */
typedef enum { CR_RELATION_NEEDS, CR_RELATION_PROVIDES } CrRelationKind;
typedef void (*CrDatabaseRelationVisit)(const CrDatabasePackage *package, CrRelationKind kind, const char *name,
                                        gsize length, gboolean alternative, gpointer data);

struct CrDatabase {
  const char *name;                     /* "dpkg", for messages */
  const char *type;                     /* purl type: "deb" */
  const char *family;                   /* CrOs.family where only this database is there: "debian" */
  const CrCollector *const *collectors; /* NULL-terminated; what `read` and the file lists need */
  /* Canonical paths of which one shows that this database was here, NULL-terminated: for "deleted in layer 4"
   * (cr_tree_find_hidden). */
  const char *const *places;
  CrDatabaseState (*read)(CrDatabaseWork *work);
  /* One of the two is there; cr_database_foreach_file calls it. The paths of PACKAGE, which knows them all by itself…
   */
  void (*list_files)(const CrDatabasePackage *package, CrDatabaseFileVisit visit, gpointer data);
  /* …or of every package that `read` added to WORK, or of ONLY, where the lists have something in common: diversions,
   * one manifest. */
  void (*foreach_file)(CrDatabaseWork *work, const CrDatabasePackage *only, CrDatabaseFileVisit visit, gpointer data);
  /* What every package of WORK needs to run and provides; NULL: the database does not say. Called under a lock. */
  void (*foreach_relation)(CrDatabaseWork *work, CrDatabaseRelationVisit visit, gpointer data);
  /* cr_inventory_foreach_exact_relation; NULL: nobody asks it. */
  gboolean (*foreach_exact_relation)(CrDatabaseWork *work, CrExactRelationVisit visit, gpointer data);
};

/* Take over one package: a shallow copy of PACKAGE, whose strings are constants, in WORK's arena or in kept bytes. To
 * be filled: name, version, arch, and unless WORK->identity all else that the database knows up to `control`;
 * source_name and source_version NULL mean "its own", paths NULL is none, status NULL is "installed". The rest (type,
 * purl, layer, index, steward, reach) is inventory.c's. FALSE: there are CR_LIMIT_PACKAGES already (a problem was
 * added); stop. */
gboolean cr_database_add(CrDatabaseWork *work, const CrDatabasePackage *package);
/* The paths of every package that `read` added to WORK, or of ONLY. WORK is the one given to `read` for the whole
 * image, problems included (file lists that are missing are said there once). Call under a lock. */
void cr_database_foreach_file(CrDatabaseWork *work, const CrDatabasePackage *only, CrDatabaseFileVisit visit,
                              gpointer data);
/* Keep BYTES (owned from here on, NULL is allowed) as long as the packages; returns the data. */
const guint8 *cr_database_keep(CrDatabaseWork *work, GBytes *bytes, gsize *size);
/* Text that came from the image, for messages and package fields: a copy of LENGTH bytes in WORK's arena, NULL when
 * LENGTH is 0. NUL bytes inside end it. */
const char *cr_database_text(CrDatabaseWork *work, const char *bytes, gsize length);
/* A vector of one path, for CrPackage.paths. */
CrStrv cr_database_paths(CrDatabaseWork *work, const char *path);

/* For collectors: the whole file. */
gboolean cr_database_collect_whole(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error);

/* foreach_relation of dpkg: Depends, Pre-Depends and Provides of each package's control (deb-control(5)). */
void cr_database_foreach_deb_relation(CrDatabaseWork *work, CrDatabaseRelationVisit visit, gpointer data);

extern const CrDatabase cr_database_dpkg, cr_database_apk, cr_database_rpm, cr_database_chisel, cr_database_opkg,
    cr_database_pacman;
