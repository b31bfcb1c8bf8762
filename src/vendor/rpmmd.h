/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: repositories of rpm packages. repodata/repomd.xml names the other files with their hashes; it is
 * signed by repomd.xml.asc beside it, where the distribution does that at all (many sign only the packages: then
 * nothing proves that the list is whole, and it is not used). XML is read by GMarkup as it comes in: no entity is
 * expanded, no DTD obeyed. */
#pragma once
#include "vendor/archive-plan.h"

/* ---- rpmmd-index.c ---- */

/* repomd.xml: release->files by type ("primary", "updateinfo") with their place relative to the repository, date from
 * its revision or the newest file. CR_ERROR_INPUT, CR_ERROR_TRUST (only weak hashes). */
CrRelease *cr_rpmmd_parse(const char *text, gsize size, CrArena *arena, GError **error);

/* ---- list-rpmmd.c ---- */

/* primary.xml as stanzas for cr_list_compile: versions as in the database ("1:2.3-4.el9", no epoch 0). */
CrStream *cr_list_translate_primary(CrStream *stream);
/* updateinfo.xml: one stanza per package of an update, with the kind, the flaws and the day of the update. */
CrStream *cr_list_translate_updateinfo(CrStream *stream);

/* ---- list-modules.c ---- */

/* modules.yaml: one stanza per package that is part of a module, with its "module:stream" as Advisory. */
CrStream *cr_list_translate_modules(CrStream *stream);

/* ---- rpmmd-config.c ---- */

/* A section of a .repo file (dnf.conf(5), zypper(8)). */
typedef struct {
  const char *id, *file;
  const char *baseurl;  /* the first, variables replaced, no '/' at the end; NULL: none */
  const char *list;     /* mirrorlist or metalink, or NULL */
  const char *priority; /* or NULL: 99 */
  CrStrv excludes;      /* globs of names */
  CrStrv keys;          /* paths in the image */
  gboolean enabled;
  gboolean hotfixes; /* module_hotfixes */
} CrRpmRepository;

/* What an image tells its package manager about updates. */
typedef struct {
  const char *name, *stream; /* STREAM NULL: the module is switched off */
} CrRpmStream;
typedef struct CrRpmSettings {
  gboolean vendor_change; /* an update may come from another vendor: dnf.conf(5) allow_vendor_change (yes unless it says
                             no), zypp.conf solver.allowVendorChange (no unless it says yes) */
  gboolean best;          /* dnf.conf(5): all or nothing */
  gboolean weak;          /* install_weak_deps: yes unless it says no */
  gboolean obsoletes;     /* likewise */
  const CrRpmStream *streams; /* etc/dnf/modules.d: enabled or switched off; the rest is by default */
  guint stream_count;
} CrRpmSettings;
/* In ARENA. */
const CrRpmSettings *cr_rpmmd_settings_read(CrTree *tree, const CrOs *os, CrArena *arena);

/* A boolean of dnf.conf. */
gboolean cr_rpmmd_is_true(const char *value);
/* $releasever, $basearch and what etc/dnf/vars and etc/yum/vars hold. */
char *cr_rpmmd_expand(const char *text, GHashTable *variables);
void cr_rpmmd_repositories_parse(const char *text, gsize size, const char *file, GHashTable *variables, CrArena *arena,
                                 GPtrArray *list, CrProblems *problems);
/* All of the tree; *EXCLUDES: of dnf.conf or yum.conf. */
void cr_rpmmd_repositories_read(CrTree *tree, GHashTable *variables, CrArena *arena, GPtrArray *list, CrStrv *excludes,
                                CrProblems *problems);

/* ---- rpmmd-mirrors.c ---- */

/* The first addresses of repositories (const char*, in ARENA; https only) in a list of mirrors or a metalink. Who
 * answers there is nobody to believe: the signature of repomd.xml decides, whatever hash a metalink names.
 * CR_ERROR_INPUT, CR_ERROR_ENVIRONMENT (there is none). */
GPtrArray *cr_rpmmd_mirrors_parse(const char *text, gsize size, CrArena *arena, GError **error);

/* ---- rpmmd-modules.c ---- */

/* Which packages modules (modules.yaml) show and hide: those of the streams that are enabled, else installed, else the
 * default are seen, and hide all others with their names. Streams that need streams of other modules are not followed.
 */
typedef struct CrRpmModules CrRpmModules;
CrRpmModules *cr_rpmmd_modules_new(const CrArchives *archives, const GPtrArray *packages);
void cr_rpmmd_modules_free(CrRpmModules *modules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRpmModules, cr_rpmmd_modules_free)
gboolean cr_rpmmd_modules_shows(const CrRpmModules *modules, const CrArchiveData *data, const CrListPackage *record);
/* Does any archive have modules? */
gboolean cr_rpmmd_modules_are_known(const CrRpmModules *modules);
/* Is VERSION a module's build by its name ("1.module+el8…")? */
gboolean cr_rpmmd_is_modular(const char *version);
/* In a list of modules, the name of records that name the default stream (Architecture) of a module (Version). */
#define CR_LIST_DEFAULTS ":defaults"

/* ---- rpmmd-candidate.c ---- */

/* The archives that have lists, those of the best priority first; free with g_ptr_array_unref. */
GPtrArray *cr_rpmmd_list_archives(const CrArchives *archives);
gboolean cr_rpmmd_is_excluded(const CrArchiveData *data, const CrListPackage *record);
/* Is PACKAGE one of those that are installed beside each other (dnf.conf(5) installonlypkgs)? */
gboolean cr_rpmmd_is_install_only(const char *name);
/* Can RECORD take the place of PACKAGE, by its architecture? */
gboolean cr_rpmmd_fits_arch(const CrPackage *package, const CrListPackage *record);
typedef struct {
  const CrArchiveData *data; /* NULL: none */
  CrListPackage record;
} CrRpmCandidate;
/* The highest version for PACKAGE over the ARCHIVES of the best priority that have it: of what may be installed, and of
 * what the image's configuration excludes. */
void cr_rpmmd_find_candidate(const GPtrArray *archives, const CrRpmModules *modules, const CrPackage *package,
                             CrRpmCandidate *best, CrRpmCandidate *excluded);

/* ---- rpmmd-pool.c: what libsolv is given ---- */

#include <solv/pool.h>
#include <solv/repo.h>

/* A solvable: an installed package, or a record of a list. */
typedef struct {
  const CrPackage *package;
  const CrArchiveData *data; /* NULL: installed */
  guint32 record;
} CrRpmSolvable;

/* All that an update could take in: what is installed, every record that could take its place, and what those need, by
 * whatever name it is provided, to the end. Much less than a repository: a few thousand of 60,000. */
typedef struct {
  Pool *pool;
  Repo *installed;
  const CrArchives *archives;
  CrInventory *inventory;
  GPtrArray *order;       /* CrArchiveData*, as cr_rpmmd_list_archives */
  GPtrArray *repos;       /* Repo*, one for each of ORDER */
  CrRpmModules *modules;  /* borrowed */
  GArray *solvables;      /* CrRpmSolvable, by Id */
  GPtrArray *records;     /* GHashTable*, one for each of ORDER: record → Id, 0 of those that are out of question */
  GHashTable *packages;   /* CrPackage → Id */
  GHashTable *names;      /* names looked up so far, with the kind of look-up before them */
  GPtrArray *wanted;      /* names still to be looked up */
  GHashTable *paths;      /* files that something needs: text → its Id */
  GPtrArray *unlisted;    /* char*: paths needed that only a list of all files could tell of */
  gboolean related;       /* the database tells the relations of what is installed */
  guint64 relation_bytes; /* of what is installed */
  gboolean full;          /* over CR_LIMIT_RPM_SOLVABLES or CR_LIMIT_RPM_RELATION_BYTES: what came after is missing */
} CrRpmWorld;
CrRpmWorld *cr_rpmmd_world_new(const CrArchives *archives, CrInventory *inventory, CrRpmModules *modules);
void cr_rpmmd_world_free(CrRpmWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRpmWorld, cr_rpmmd_world_free)
const CrRpmSolvable *cr_rpmmd_world_get(const CrRpmWorld *world, Id id);
/* The Id of RECORD of DATA, or 0. */
Id cr_rpmmd_world_find(const CrRpmWorld *world, const CrArchiveData *data, guint32 record);

/* ---- rpmmd-relations.c ---- */

/* A relation in rpm's words as libsolv's; 0: it is none. */
Id cr_rpmmd_parse_relation(Pool *pool, const char *text, gsize length);
/* Is PATH among those that primary.xml lists (createrepo_c: cr_is_primary)? */
gboolean cr_rpmmd_is_primary_path(const char *path);

/* ---- rpmmd-solve.c ---- */

/* One package that comes in. */
typedef struct {
  Id id;
  const CrArchiveData *data;
  CrListPackage record;
  const CrPackage *replaces; /* the installed one of its name, or NULL */
  GPtrArray *obsoletes;      /* CrPackage*: others that go because of it */
  const CrPackage *cause;    /* of a new one: the installed package whose update needs it; or NULL */
} CrRpmStep;
void cr_rpmmd_step_free(gpointer step);
/* What `dnf upgrade` does (WANTED NULL), or what it takes to install WANTED (Id, guint32) and no more. Appends
 * CrRpmStep*. FALSE with *WHY (or NULL): it cannot be done. */
gboolean cr_rpmmd_solve(const CrRpmWorld *world, const GArray *wanted, GPtrArray *steps, char **why);

/* ---- rpmmd-resolve.c ---- */

/* cr_archives_resolve. */
gboolean cr_rpmmd_resolve(CrArchives *archives, CrInventory *inventory, const GPtrArray *wanted, CrArena *arena,
                          GPtrArray *changes, GError **error);

/* ---- rpmmd-updates.c ---- */

void cr_rpmmd_find_updates(CrArchives *archives, CrInventory *inventory, CrArena *arena, GPtrArray *updates,
                           CrProblems *problems);
