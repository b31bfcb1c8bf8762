/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: what apk would make of a system. apk-world.c says what there is, apk-solve.c decides; apk-updates.c
 * and apk-resolve.c ask. */
#pragma once
#include "vendor/apk.h"

/* A version of a package that may be in the system after an upgrade. */
typedef struct {
  const char *name, *version, *depends, *offers;
  const CrPackage *installed; /* it is the installed one */
  const CrArchiveData *data;  /* else: where it is from */
  CrListPackage record;
} CrApkVersion;

typedef struct {
  const CrPackage *package; /* installed, or NULL: new */
  const char *name;
  GPtrArray *choices;     /* CrApkVersion*, best first; the last of an installed package's is itself */
  guint chosen;           /* index into CHOICES; their count: none fits, it goes */
  const char *kept_back;  /* why a better one is not taken, or NULL */
  const char *held;       /* the words of etc/apk/world that hold it, or NULL */
  CrApkVersion *beyond;   /* the best version that they do not allow */
  const char *wanted_by;  /* new: whose dependency it is */
  const CrPackage *cause; /* new: the update that brings it */
  gboolean moved;         /* another holder of its name was looked for */
  gboolean needed;        /* by world, as it is solved */
  gboolean lifted;        /* not asked for, and taken to another version for the sake of one that was */
} CrApkPackage;

typedef struct {
  CrArena *arena;
  CrArchives *archives;
  GHashTable *wanted;   /* CrPackage* that were asked for, the others stay where they can; or NULL: all */
  GHashTable *packages; /* name → CrApkPackage* */
  GPtrArray *order;     /* CrApkPackage*, by name */
  GHashTable *offers;   /* name → GPtrArray of CrApkPackage* that may offer it */
  gboolean unsolved;    /* it did not come to rest */
} CrApkWorld;

/* What `apk upgrade` makes of the installed PACKAGES (CrPackage*) with the lists of ARCHIVES: for every name the
 * highest version whose repository and constraints in `world` allow it, lowered where dependencies would break, with
 * new packages where dependencies need them or all that they go with is there (install_if), and without what nothing
 * needs any more. With WANTED (CrPackage*) only those are to move, and others with them where they must. apk solves the
 * whole at once; not followed is going back elsewhere to mend a conflict. */
CrApkWorld *cr_apk_world_solve(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted,
                               CrArena *arena);
void cr_apk_world_free(CrApkWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrApkWorld, cr_apk_world_free)

/* ---- apk-world.c ---- */

/* The next word of *TEXT, or FALSE. */
gboolean cr_apk_next_word(const char **text, const char **word, gsize *size);
/* The value of the line "MARK:" in what the database keeps of PACKAGE, in ARENA; NULL: it has none. */
const char *cr_apk_find_field(const CrPackage *package, const char *mark, CrArena *arena);
/* NULL: none fits. */
CrApkVersion *cr_apk_get_chosen(const CrApkPackage *package);
/* The word of world that names NAME, or NULL. */
const char *cr_apk_find_wish(const CrApkWorld *world, const char *name, CrApkWord *out);
/* NAME with all its versions; INSTALLED or NULL. */
CrApkPackage *cr_apk_add_package(CrApkWorld *world, const char *name, const CrPackage *installed);
void cr_apk_note_offers(CrApkWorld *world, CrApkPackage *package);
gboolean cr_apk_version_satisfies(const CrApkVersion *version, const CrApkWord *wanted, CrArena *arena);
/* The package whose chosen version satisfies WANTED, or NULL; not EXCEPT. */
CrApkPackage *cr_apk_find_satisfier(const CrApkWorld *world, const CrApkWord *wanted, const CrApkPackage *except);
