/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of inventory/ share; the databases themselves need only database.h. */
#pragma once
#include "inventory/database.h"

/* ---- os.c: which operating system ---- */
extern const CrCollector cr_os_collector;
/* Fills OS (all but support) from the tree; PACKAGES (CrPackage*) help where there is no os-release. */
void cr_os_read(CrOs *os, CrTree *tree, CrArena *arena, GPtrArray *packages, CrProblems *problems);
/* Value of NAME in the text of an os-release or lsb-release file, unquoted (os-release(5)), or NULL; in ARENA. */
const char *cr_os_find_value(const char *text, gsize size, const char *name, CrArena *arena);

/* ---- absent.c: when there is no package database ---- */
/* Say what the image is then, and what its files still tell. BROKEN: a database was there and could not be read (said
 * already). DATABASES as in inventory.c, NULL-terminated. */
void cr_absent_report(CrTree *tree, const CrImage *image, const CrOs *os, const CrDatabase *const *databases,
                      gboolean broken, CrProblems *problems);

/* ---- layers.c: which layer brought a package in ---- */
/* Fills `layer` of every package of WORK. */
void cr_layers_attribute(CrDatabaseWork *work);

/* ---- owners.c: path → package ---- */
typedef struct CrOwners CrOwners;
/* WORKS: CrDatabaseWork*, whose packages have their index. */
CrOwners *cr_owners_new(GPtrArray *works, CrTree *tree, CrArena *arena, CrProblems *problems);
void cr_owners_free(CrOwners *owners);
/* Number of the owner of PATH, or -1. */
int cr_owners_find(const CrOwners *owners, const char *path);
/* The same of what languages' packages claim (CrClaim), owners by their index: PATH itself, else the nearest folder
 * that is claimed with all below it. */
typedef struct {
  const CrPackage *package;
  const char *path; /* with '/' at its end: a folder */
} CrClaim;
CrOwners *cr_owners_new_claims(const GArray *claims, CrArena *arena, CrProblems *problems);
int cr_owners_find_claim(const CrOwners *owners, const char *path);

/* ---- languages.c: packages that no package database records ---- */
/* Their collectors into ALL, at most ROOM; returns how many. */
guint cr_languages_get_collectors(const CrCollector **all, guint room);
/* Fills `found` and `claims`. */
void cr_languages_read(CrInventory *inventory);
/* The package of a package database that owns PATH, or NULL. inventory.c. */
const CrPackage *cr_inventory_find_recorded(CrInventory *inventory, const char *path);

/* ---- unowned.c; java.c ---- */
extern const CrCollector cr_program_collector, cr_jar_collector;
/* ---- sbom.c: a document instead of a tree ---- */
/* Fills `found` and the operating system. CR_ERROR_INPUT: it is none. */
gboolean cr_sbom_read(CrInventory *inventory, GBytes *document, GError **error);

struct CrInventory {
  CrTree *tree;
  const CrImage *image;
  CrArena *arena;
  CrProblems *problems;
  CrOs os;
  GPtrArray *works;    /* CrDatabaseWork*: one for each database that was read */
  GPtrArray *recorded; /* CrPackage* of the databases, each once, by number */
  GPtrArray *found;    /* CrPackage* of languages */
  GArray *claims;      /* CrClaim: what those own */
  GPtrArray *packages; /* CrPackage*, all of them, sorted */
  gboolean has_database;
  GMutex lock;          /* of `owners` and `claimed` while they are made, of the arena, of the works after reading */
  CrOwners *owners;     /* of `recorded` */
  CrOwners *claimed;    /* of `found` */
  GHashTable *programs; /* const CrPackage* → GPtrArray of CrProgram*; made at the first question */
  char *asked;          /* the program that was asked for symbols last, and what the index keeps of it */
  GBytes *asked_facts;
  guint questions;                       /* for symbols, so far */
  const CrPackage *const **dependencies; /* by index; made at the first question */
};
