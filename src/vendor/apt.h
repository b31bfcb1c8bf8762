/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: apt's decisions. What `apt-get upgrade` and `apt-get dist-upgrade` would do with the verified lists,
 * computed without running anything of the image.
 *
 * The model is apt's own, because the answer must be: packages by (name, architecture), each with the versions that the
 * status file and the lists know, newest first; a candidate by pins; and a mark (keep, install, delete) that the two
 * commands change. Only what a question touches is loaded: a group of packages by name at its first mention, a
 * version's relations and a relation's targets when they are first needed. Where order decides, it is apt's (its hash
 * table's).
 *
 *   apt-config.c    apt.conf(5)                   apt-state.c    what holds, mark keep/delete
 *   apt-pins.c      apt_preferences(5)            apt-install.c  mark install
 *   apt-relation.c  relation fields               apt-scores.c, apt-resolve.c  keep or remove
 *   apt-world.c     packages, versions            apt-upgrade.c  the two commands
 *   apt-order.c     among equal scores            apt-phase.c    phased updates
 *   apt-target.c    who satisfies a relation      apt-updates.c  the answer as CrUpdate
 *   apt-candidate.c priorities, candidate         apt-files.c    settings and pins out of the tree
 *   apt-ask.c       some packages only */
#pragma once
#include <stdbool.h>

#include "vendor/archive-set.h"

/* ---- apt-config.c ---- */

/* One file of apt.conf(5) syntax, laid over SETTINGS (names in lower case; items of a nameless list are joined by
 * newlines under "name::"). FALSE with a message: apt itself would refuse to run. */
gboolean cr_apt_config_parse(GHashTable *settings, const char *text, gsize size, GError **error);
const char *cr_apt_config_get(GHashTable *settings, const char *name, const char *fallback);
gboolean cr_apt_config_get_boolean(GHashTable *settings, const char *name, gboolean fallback);
int cr_apt_config_get_integer(GHashTable *settings, const char *name, int fallback);
/* The content of a kept text file of the image, or NULL; by whichever collector of vendor/ kept it. */
GBytes *cr_apt_read_file(CrTree *tree, const char *path);
/* Visit the files of FOLDER that apt reads, in its order: names of letters, digits, '-', '_' and '.', without or with
 * one of the two extensions. */
void cr_apt_foreach_part(CrTree *tree, const char *folder, const char *extension,
                         void (*visit)(const char *path, GBytes *text, gpointer data), gpointer data);

/* ---- apt-pins.c ---- */

typedef struct {
  const char *archive, *codename, *version, *origin, *label, *component, *architecture, *site; /* "" where unknown */
  gboolean status; /* the dpkg status file: archive "now" and nothing else */
} CrAptFileNames;

typedef struct CrAptPins CrAptPins;
CrAptPins *cr_apt_pins_new(CrArena *arena);
/* One preferences file; FROM names it. Records that apt does not understand are said in PROBLEMS and left out. */
void cr_apt_pins_parse(CrAptPins *pins, const char *text, gsize size, const char *from, CrProblems *problems);
/* APT::Default-Release; goes before every other. */
void cr_apt_pins_add_default_release(CrAptPins *pins, const char *release);
/* Priority that a general pin ("Package: *") gives to FILE, or FALLBACK. */
int cr_apt_pins_get_file(const CrAptPins *pins, const CrAptFileNames *file, int fallback);
/* The first specific pin that fits; FALSE: none. *FROM: the file that says so. */
typedef struct {
  const char *name, *arch, *native, *source, *version;
  const CrAptFileNames *const *files; /* NULL-terminated */
} CrAptPinned;
gboolean cr_apt_pins_find(const CrAptPins *pins, const CrAptPinned *what, int *priority, const char **from);
const char *cr_apt_pins_get_first_file(const CrAptPins *pins);
#define CR_APT_NEVER G_MINSHORT

/* ---- apt-relation.c ---- */

typedef enum {
  CR_APT_PRE_DEPENDS,
  CR_APT_DEPENDS,
  CR_APT_CONFLICTS,
  CR_APT_BREAKS,
  CR_APT_RECOMMENDS,
  CR_APT_SUGGESTS,
} CrAptRelationType;
typedef enum {
  CR_APT_ANY,
  CR_APT_LESS,
  CR_APT_LESS_EQUAL,
  CR_APT_EQUAL,
  CR_APT_GREATER_EQUAL,
  CR_APT_GREATER,
  CR_APT_NOT_EQUAL
} CrAptOperator;

/* One alternative as written; pointers into the text. */
typedef struct {
  const char *name, *arch, *version; /* arch: behind ':', or NULL */
  guint name_bytes, arch_bytes, version_bytes;
  CrAptOperator op;
  gboolean or_next; /* '|' follows */
} CrAptAlternative;
/* The next alternative of *TEXT (NUL-terminated field value); FALSE at its end or, with *BROKEN, where it is no
 * relation.
 */
gboolean cr_apt_relation_next(const char **text, CrAptAlternative *out, gboolean *broken);
/* Does VERSION stand in relation OP to WANTED? (deb-version(7); a NULL version satisfies only CR_APT_ANY) */
gboolean cr_apt_version_satisfies(const char *version, CrAptOperator op, const char *wanted);

/* ---- the world: apt-world.c ---- */

typedef struct CrAptPackage CrAptPackage;
typedef struct CrAptVersion CrAptVersion;
typedef struct CrAptRelation CrAptRelation;
typedef struct CrAptGroup CrAptGroup;
typedef struct CrAptWorld CrAptWorld;
typedef struct CrAptOrder CrAptOrder;

/* A package list, or (first of all) the status file, as apt counts its "package files". */
typedef struct {
  const CrArchiveData *data; /* NULL: dpkg's status */
  const CrArchiveList *list;
  int priority, natural; /* with and without the image's pins */
  CrAptFileNames names;
} CrAptFile;

typedef struct {
  const char *pre_depends, *depends, *conflicts, *breaks, *recommends, *suggests, *provides, *replaces, *enhances;
  const char *section;
} CrAptFields;

typedef enum { CR_APT_MULTI_NO, CR_APT_MULTI_SAME, CR_APT_MULTI_FOREIGN, CR_APT_MULTI_ALLOWED } CrAptMulti;

struct CrAptRelation {
  CrAptVersion *parent;
  CrAptPackage *target;
  const char *version;
  guint8 type, op;
  gboolean or_next, implicit;
  guint group_start;  /* index of the first alternative of its group in parent->relations */
  gboolean resolved;  /* targets are known */
  guint target_count; /* versions that satisfy it (or that it hits, if negative), in apt's order */
  CrAptVersion **targets;
  CrAptRelation *next_reverse; /* of target->reverse */
};

struct CrAptVersion {
  CrAptPackage *package;
  CrAptVersion *next; /* lower, or equal with other content */
  const char *string, *source_name, *source_version;
  const CrPackage *installed; /* recorded in the status file */
  const CrList *list;         /* first list that has it, or NULL */
  guint32 list_id;
  guint phased;
  guint file_count;
  guint relation_count;
  guint8 multi, priority_class; /* 1 required … 5 extra */
  bool all;                     /* Architecture: all */
  bool parsed;
  bool bare; /* installed, and only name and version are known (a bill of materials) */
  guint64 installed_kib, size_bytes;
  const CrAptFile **files;
  const CrAptFields *fields;
  CrAptAlternative *provides; /* Provides taken apart, a name of NULL ends it; NULL: not looked at */
  CrAptPackage **provided;    /* what it stands for too, NULL-terminated; NULL: not looked at */
  CrAptRelation *relations;   /* alternatives one after the other */
};

typedef enum { CR_APT_KEEP, CR_APT_DELETE, CR_APT_INSTALL } CrAptMode;

typedef struct {
  const char *version; /* or NULL */
  CrAptVersion *owner;
} CrAptProvide;

/* An earlier candidate of this run: see cr_apt_set_candidate. */
typedef struct {
  guint until; /* world->clock */
  CrAptVersion *version;
} CrAptWas;
#define CR_APT_WAS 4U

/* An image may have 100,000 of them: small things are kept small. */
struct CrAptPackage {
  CrAptGroup *group;
  const CrPackage *installed;
  CrAptVersion *versions, *current;
  CrAptPackage *same_source; /* the next installed one whose candidate is of the same source: world->sources */
  GArray *provides;          /* CrAptProvide, in apt's order; or NULL */
  CrAptRelation *reverse;
  guint arch;    /* index into world->architectures; 0 native */
  guint touched; /* world->clock when relations on it were last looked at */

  /* what the policy says */
  CrAptVersion *policy;

  /* the mark */
  CrAptVersion *install, *candidate;
  CrAptPackage *cause; /* who asked for it to be installed or removed */
  CrAptWas *was;       /* CR_APT_WAS of them, or NULL before the first */

  /* the resolver */
  int score, old_score, listed_score /* when the list was made */;
  bool essential, important, hold;
  bool protect;
  guint8 was_count, mode;
  gint8 status; /* >0 upgradable, 0 current, <0 downgradable, 2 not installed */
  bool judged;  /* was broken at some time, so that its place in the list may have counted */
  bool pre_installed, upgradable, fixed /* held: never touched */;
};

struct CrAptGroup {
  const char *name;
  CrAptWorld *world;
  guint32 hash;
  gboolean loaded;
  CrAptPackage *packages; /* one per architecture; only [0] in a group with ':' in its name */
  guint package_count;
};

/* A version that is not to be installed any more, and relations on TARGET have not heard of it. */
typedef struct {
  const CrAptPackage *package, *target;
  const CrAptVersion *version;
  guint until; /* world->clock */
} CrAptStale;

struct CrAptWorld {
  CrArena *arena;
  guint clock; /* counts changes of marks */
  GHashTable *settings;
  const CrAptPins *pins;
  GPtrArray *architectures; /* names, native first */
  guint configured_count;   /* of them, those that dpkg has; the rest only have installed packages */
  GPtrArray *files;         /* CrAptFile*, the status file first */
  GHashTable *groups;       /* name → CrAptGroup* */
  GPtrArray *packages;      /* CrAptPackage* of loaded groups that have versions, in no order */
  GPtrArray *installed;     /* CrAptPackage* that are installed, in apt's order */
  GHashTable *provided;     /* name → GPtrArray of installed CrAptVersion* that provide it */
  GHashTable *sources;      /* source name → CrAptPackage*, the first of a chain */
  gboolean install_recommends, install_suggests, ignore_hold;
  gboolean keeps_essential; /* apt 2.3.12 and newer never remove an essential package by themselves */
  gboolean new_rules; /* apt 2.5.2 and newer: reverse dependencies and the source's other binaries are pulled along */
  gboolean phases;    /* apt 2.1.16 and newer heed phased updates */
  gboolean keeps_line;
  const char *machine_id;
  gboolean relation_broken;
  GArray *stale;     /* CrAptStale; nearly always empty */
  gboolean reversed; /* equals are taken in the opposite order, to see if that changes anything */
  gboolean chose_among_equals;
  CrAptOrder *order; /* NULL: not needed so far */
};

typedef struct {
  GPtrArray *archives; /* CrArchiveData* in the order of sources */
  const char *native;
  CrStrv architectures;
  GHashTable *settings;      /* or NULL */
  const CrAptPins *pins;     /* or NULL */
  const GPtrArray *packages; /* CrPackage*; only type "deb" is looked at */
  const char *apt_version;   /* of the image, or NULL: the newest rules */
  const char *machine_id;    /* of the image, or NULL */
  gboolean keeps_line;       /* cr_archives_keep_to_line */
} CrAptWorldInput;

CrAptWorld *cr_apt_world_new(const CrAptWorldInput *input, CrArena *arena);
void cr_apt_world_free(CrAptWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrAptWorld, cr_apt_world_free)
/* The group NAME, made if need be; not loaded. */
CrAptGroup *cr_apt_world_get_group(CrAptWorld *world, const char *name, gsize bytes);
/* Its versions and their candidate. Cheap when already loaded. */
void cr_apt_group_load(CrAptWorld *world, CrAptGroup *group);
/* GROUP's package of ARCH (index). */
CrAptPackage *cr_apt_group_get(CrAptGroup *group, guint arch);
/* The version that record ID of LIST stands for. */
CrAptVersion *cr_apt_world_find_version(CrAptWorld *world, const CrListPackage *record);
/* What RECORD says of its version; FALSE: it has none. Nothing is kept. */
gboolean cr_apt_version_fill(const CrListPackage *record, CrAptVersion *out, CrAptFields *fields);
/* The bucket of apt's hash table that a name is in. */
guint32 cr_apt_hash_name(const char *name, gsize bytes);
/* Sorted as apt walks through its packages. */
void cr_apt_sort_packages(GPtrArray *packages);
gboolean cr_apt_version_is_downloadable(const CrAptVersion *version);
/* Packages that are essential in some list and not loaded yet are loaded. */
void cr_apt_world_load_essential(CrAptWorld *world);

/* ---- apt-target.c ---- */

/* Relations of VERSION, parsed at the first call. */
void cr_apt_version_parse(CrAptWorld *world, CrAptVersion *version);
/* Items of its Provides, taken apart at the first call; a name of NULL ends them. */
const CrAptAlternative *cr_apt_version_get_provides(CrAptWorld *world, CrAptVersion *version);
/* Who provides PACKAGE (its name and architecture), in apt's order. */
GArray *cr_apt_package_get_provides(CrAptWorld *world, CrAptPackage *package);
/* The packages that VERSION stands for by what it provides, its own among them in other architectures. */
CrAptPackage **cr_apt_version_get_provided(CrAptWorld *world, CrAptVersion *version);
/* Fill RELATION->targets. */
void cr_apt_relation_resolve(CrAptWorld *world, CrAptRelation *relation);
/* A negative relation that does not count against PACKAGE (itself, and some of its group). */
gboolean cr_apt_relation_ignores(const CrAptRelation *relation, const CrAptPackage *package);
gboolean cr_apt_relation_is_negative(const CrAptRelation *relation);
gboolean cr_apt_relation_is_critical(const CrAptRelation *relation);
gboolean cr_apt_relation_is_important(const CrAptWorld *world, const CrAptRelation *relation);
/* Index behind the group that starts at I. */
guint cr_apt_group_end(const CrAptVersion *version, guint i);

/* ---- apt-candidate.c ---- */

int cr_apt_version_get_priority(CrAptWorld *world, const CrAptVersion *version, gboolean with_pins, const char **from);
/* Would VERSION take its package out of the release line, and must it not? */
gboolean cr_apt_version_leaves_line(const CrAptWorld *world, const CrAptVersion *version);
CrAptVersion *cr_apt_package_find_candidate(CrAptWorld *world, CrAptPackage *package, gboolean with_pins);

/* ---- apt-state.c ---- */

typedef enum { CR_APT_NOW, CR_APT_WILL, CR_APT_COULD } CrAptWhen; /* current, install and candidate versions */

void cr_apt_world_reset(CrAptWorld *world); /* every package as the status file has it */
void cr_apt_package_reset(CrAptPackage *package);
gboolean cr_apt_relation_holds(CrAptWorld *world, CrAptRelation *relation, CrAptWhen when);
/* Any alternative of the group that starts at I. */
gboolean cr_apt_or_group_holds(CrAptWorld *world, CrAptVersion *version, guint i, CrAptWhen when);
gboolean cr_apt_package_is_broken(CrAptWorld *world, CrAptPackage *package); /* as it will be */
gboolean cr_apt_package_is_broken_now(CrAptWorld *world, CrAptPackage *package);
gboolean cr_apt_package_is_policy_broken(CrAptWorld *world, CrAptPackage *package); /* a recommendation too */
gboolean cr_apt_package_is_policy_broken_now(CrAptWorld *world, CrAptPackage *package);
guint cr_apt_world_count_broken(CrAptWorld *world);
gboolean cr_apt_may_change(CrAptWorld *world, CrAptMode mode, CrAptPackage *package, guint depth);
gboolean cr_apt_may_delete(const CrAptPackage *package);
gboolean cr_apt_mark_keep(CrAptWorld *world, CrAptPackage *package, guint depth);
gboolean cr_apt_mark_delete(CrAptWorld *world, CrAptPackage *package, guint depth);
/* Change the candidate. apt keeps for each relation whether the candidates satisfy it, and brings that up to date only
 * where a package that has or provides the name is marked; decisions follow that memory, so it is modelled: a relation
 * sees the candidates of when its target was last touched. */
void cr_apt_set_candidate(CrAptPackage *package, CrAptVersion *candidate);
void cr_apt_set_mode(CrAptPackage *package, CrAptMode mode, CrAptVersion *install);
void cr_apt_update_status(CrAptPackage *package);

/* ---- apt-install.c ---- */

gboolean cr_apt_mark_install(CrAptWorld *world, CrAptPackage *package, gboolean with_dependencies, guint depth);

/* ---- apt-scores.c, apt-resolve.c ---- */

void cr_apt_make_scores(CrAptWorld *world);
gboolean cr_apt_resolve_by_keep(CrAptWorld *world);
gboolean cr_apt_resolve(CrAptWorld *world);

/* ---- apt-order.c ---- */

/* Packages that have versions, highest score first; remembers their scores. Equals are in the order of the packages, or
 * once the order is loaded in apt's true one. Caller owns the array. */
GPtrArray *cr_apt_list_by_score(CrAptWorld *world);
/* Had two packages that were judged since the list was made the same score, or was one of two equal providers taken, so
 * that the true order may give another answer? */
gboolean cr_apt_order_may_decide(const CrAptWorld *world);
/* Reads every record of every list. */
void cr_apt_order_load(CrAptWorld *world);
guint cr_apt_order_find_id(const CrAptOrder *order, const CrAptPackage *package);
void cr_apt_order_free(CrAptOrder *order);

/* ---- apt-phase.c ---- */

/* The number, 0 to 100, that is drawn for "source-version-machine". */
guint cr_apt_phase_draw(const char *text);
/* APT::Get::Phase-Policy: VERSION has a priority of at most 1, for it is not for this machine yet. */
gboolean cr_apt_phase_lowers(const CrAptWorld *world, const CrAptVersion *version);
/* The version that PACKAGE is marked to have is not for this machine yet, and mends nothing that security has. */
gboolean cr_apt_phase_holds(const CrAptWorld *world, const CrAptPackage *package);

/* ---- apt-garbage.c ---- */

/* Take back new packages that nothing needs in the end (apt: "DoAutomaticRemove"). FALSE: something is broken by that;
 * apt says so and does nothing. */
gboolean cr_apt_drop_garbage(CrAptWorld *world);
/* Installed packages (CrAptPackage*) that nothing needs as the marks are: what `apt-get autoremove` would take. Free
 * with g_hash_table_unref. */
GHashTable *cr_apt_find_unused(CrAptWorld *world);

/* ---- apt-upgrade.c ---- */

/* FALSE: apt gives up (it would print an error and do nothing); the marks are then those of doing nothing. */
gboolean cr_apt_upgrade(CrAptWorld *world);
gboolean cr_apt_dist_upgrade(CrAptWorld *world);

/* ---- apt-updates.c ---- */

/* The version of the image's own apt among PACKAGES (CrPackage*), or NULL. */
const char *cr_apt_find_version(const GPtrArray *packages);
/* cr_archives_find_updates for PACKAGES (CrPackage*). */
void cr_apt_find_updates(CrArchives *archives, const GPtrArray *packages, CrArena *arena, GPtrArray *updates,
                         CrProblems *problems);
/* resolve of the kind deb: `apt-get install` of WANTED (apt-ask.c). */
gboolean cr_apt_ask(CrArchives *archives, const GPtrArray *packages, const GPtrArray *wanted, CrArena *arena,
                    GPtrArray *changes, GError **error);
/* find_unused likewise. */
void cr_apt_ask_unused(CrArchives *archives, const GPtrArray *packages, const GPtrArray *changes, CrArena *arena,
                       GPtrArray *removals);
