/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the tree: operating system, packages of its databases, who owns each path, files that nobody owns.
 *
 * A family: one const struct per package database (dpkg, apk, rpm, chisel, opkg, pacman), one file each, one table in
 * inventory.c. Pure functions of the tree; nothing of the image is executed. */
#pragma once
#include "base/arena.h"
#include "base/json.h"
#include "image/tree.h"
#include "model/image.h"
#include "model/package.h"
#include "model/problem.h"
#include "reach/elf-build.h"

/* All collectors that reading needs (kept database files, os-release, …); NULL-terminated. */
const CrCollector *const *cr_inventory_get_collectors(void);

typedef struct CrInventory CrInventory;

/* IMAGE may be NULL (rootfs). Never fails as a whole: what cannot be read is in PROBLEMS. */
CrInventory *cr_inventory_read(CrTree *tree, const CrImage *image, CrProblems *problems);
/* The same of a bill of materials (CycloneDX, SPDX, careen's own; cr_source_get_sbom): TREE is an empty one. NULL with
 * CR_ERROR_INPUT: it is none, or no JSON. */
CrInventory *cr_inventory_read_sbom(CrTree *tree, const CrImage *image, GBytes *document, CrProblems *problems,
                                    GError **error);
/* Does a document say that it is CycloneDX? Statements of exploitability (VEX) come in that as well. */
gboolean cr_inventory_is_cyclonedx(const CrJson *root);
void cr_inventory_free(CrInventory *inventory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrInventory, cr_inventory_free)

CrOs *cr_inventory_get_os(CrInventory *inventory);            /* support is filled by vendor/ */
GPtrArray *cr_inventory_get_packages(CrInventory *inventory); /* CrPackage*, sorted by type, name, arch, version */
CrArena *cr_inventory_get_arena(CrInventory *inventory);
gboolean
cr_inventory_has_database(const CrInventory *inventory); /* a package database that could be read, even if empty */

/* The package that owns PATH (canonical, as in CrNode), or NULL. usr-merge aliases (bin/x and usr/bin/x), diversions
 * and multi-arch are understood. Ownership tables are built at the first call. Thread-safe after that. */
const CrPackage *cr_inventory_find_owner(CrInventory *inventory, const char *path);
/* Paths that a package's database lists (as recorded, without leading '/'), or an empty vector; in the inventory's
 * arena. */
CrStrv cr_inventory_get_files(CrInventory *inventory, const CrPackage *package);

/* Packages that PACKAGE needs to run, as its database says: dpkg's Depends and Pre-Depends, apk's D:, rpm's Requires,
 * met by name, by what is provided, or by the owner of a path. Of alternatives the first that is there; what nothing
 * here meets is left out. NULL-terminated, in the order of the inventory, without PACKAGE itself. NULL: the database
 * does not say. All are found at the first call. */
const CrPackage *const *cr_inventory_get_dependencies(CrInventory *inventory, const CrPackage *package);

/* A program that tells how it was built (reach/elf-build.h). */
typedef struct {
  const char *path;
  const CrBuild *build;
} CrProgram;

/* Such programs among the files of PACKAGE, one of a package database: sorted by path, each file once, NULL-terminated;
 * NULL: none. All are found at the first call. */
const CrProgram *const *cr_inventory_get_programs(CrInventory *inventory, const CrPackage *package);

/* What the packages of an rpm database say of each other, in rpm's own words: "libz.so.1()(64bit)", "foo >= 1:2-3", or
 * a rich dependency, "(a if b)". rpmlib(…), which asks for the rpm that installs it, is left out. */
typedef enum {
  CR_EXACT_PROVIDES,
  CR_EXACT_REQUIRES,
  CR_EXACT_CONFLICTS,
  CR_EXACT_OBSOLETES,
  CR_EXACT_RECOMMENDS,
  CR_EXACT_SUGGESTS,
  CR_EXACT_SUPPLEMENTS,
  CR_EXACT_ENHANCES,
} CrExactRelation;
typedef void (*CrExactRelationVisit)(const CrPackage *package, CrExactRelation kind, const char *text, gpointer data);
/* Every relation of every package, read again from the database. FALSE: there is none that says (a bill of materials, a
 * manifest). TEXT is gone after the visit. */
gboolean cr_inventory_foreach_exact_relation(CrInventory *inventory, CrExactRelationVisit visit, gpointer data);

/* Does the Go program that PACKAGE (type golang) is a part of, or any Go program among the files of a package of
 * another type, contain SYMBOL of PACKAGE_PATH (as Go's advisories name them; NULL: anything of it)? ABSENT is the
 * evidence that a flaw in it cannot be met. */
CrSymbolState cr_inventory_find_go_symbol(CrInventory *inventory, const CrPackage *package, const char *package_path,
                                          const char *symbol);

/* Files that no package owns and that are programs or libraries: ELF, jars, scripts on PATH or in REACHED (a set of
 * canonical paths, may be NULL). CrUnowned*, sorted by path, steward and reach not yet filled. Python byte code,
 * ldconfig's and package managers' own generated files are not listed. */
GPtrArray *cr_inventory_find_unowned(CrInventory *inventory, CrTree *tree, const CrImage *image, GHashTable *reached,
                                     CrProblems *problems);
