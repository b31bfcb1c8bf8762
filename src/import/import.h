/* SPDX-License-Identifier: Apache-2.0 */
/* What other tools were told, as careen.yaml: which containers are updated, what is hidden, who is told, and when.
 *
 * A family: one const struct per kind of file, one file each, one table in import.c. A reader fills its part of the
 * CrImport; what it finds and cannot carry over is a problem with its place, never left out in silence. Two rules hold
 * for all of them: careen is never let do more than the other tool did, and no rule hides more than the original hid
 * (where the two would differ, the rule is named instead). Nothing is written; secrets are not repeated, only the file
 * they should be put in is. */
#pragma once
#include "base/arena.h"
#include "base/yaml.h"
#include "model/problem.h"

/* An ignore rule of suppress.h, as it will stand there. */
typedef struct {
  const char *id, *package, *path; /* globs, with what is no glob in the original escaped; NULL: any */
  const char *reason, *owner;
  const char *expires; /* the last day it holds, "2027-01-31" */
} CrImportRule;

/* An image that careen is to look after, and how little it may do. */
typedef struct {
  const char *name;
  const char *actions;     /* "[pull]", "[]": only told of */
  gboolean never_restarts; /* containers stay on what they have */
} CrImportImage;

typedef struct {
  const char *kind; /* "trivyignore" */
  const char *file;
} CrImportFile;

typedef struct {
  CrArena *arena;
  GDate today;
  GPtrArray *files;      /* CrImportFile* */
  GPtrArray *images;     /* CrImportImage* */
  GPtrArray *containers; /* const char* */
  GPtrArray *rules;      /* CrImportRule* */
  /* Values of careen.yaml as they will stand there, or NULL. */
  const char *updates, *window, *minimal_steps, *metered; /* of policy: */
  GPtrArray *origins, *hold;                              /* likewise; const char* */
  GPtrArray *mail, *webhooks, *ntfy, *command;            /* of notify:; const char* */
  const char *sender, *smtp, *smtp_user, *report, *journal;
  const char *ntfy_token, *fail_on, *interval;
  CrProblems *problems;
} CrImport;

/* Rules that had no end end this many days after TODAY: careen's all have one. */
#define CR_IMPORT_RULE_DAYS 90

CrImport *cr_import_new(const GDate *today);
void cr_import_free(CrImport *import);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrImport, cr_import_free)
/* Read FILE ("-": standard input; "KIND:FILE" where its name and content do not tell). CR_ERROR_USAGE, CR_ERROR_INPUT:
 * it is none of the kinds, or not as its kind has it. */
gboolean cr_import_add(CrImport *import, const char *file, GError **error);
/* The same of TEXT, which is called NAME; KIND or NULL. For the tests, too. */
gboolean cr_import_parse(CrImport *import, const char *kind, const char *text, gsize size, const char *name,
                         GError **error);
/* "trivyignore, grype, …": the kinds there are, for messages. Free with g_free. */
char *cr_import_list_kinds(void);

/* write.c: the careen.yaml; what has no equivalent is a comment in it. Free with g_free. */
char *cr_import_format_yaml(const CrImport *import);
/* careen.import/1. Free with g_free. */
char *cr_import_format_json(const CrImport *import);

/* ---- for the members of the family ---- */

typedef struct {
  const char *name, *text; /* NUL-terminated UTF-8 */
  gsize size;
  const CrYamlDoc *yaml; /* TEXT as YAML (JSON is), or NULL: it is none, or the kind is not of it */
} CrImportSource;

typedef struct {
  const char *kind;
  gboolean is_yaml;
  const char *const *names; /* what the file is usually called, ended by NULL; globs */
  /* Is it one, whatever it is called? Or NULL. */
  gboolean (*is)(const CrImportSource *source);
  gboolean (*read)(CrImport *import, const CrImportSource *source, GError **error);
} CrImportKind;

extern const CrImportKind cr_import_trivyignore, cr_import_trivyignore_yaml, cr_import_grype, cr_import_osv_scanner,
    cr_import_debsecan, cr_import_unattended, cr_import_diun, cr_import_inspect, cr_import_compose,
    cr_import_environment;

/* WHAT ("WATCHTOWER_TIMEOUT") at PLACE has no equivalent, and WHY. */
void cr_import_lose(CrImport *import, const char *place, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* NODE, the value of KEY in DOC, is to be a list of rules, or nothing: anything else is lost. */
void cr_import_expect_list(CrImport *import, const CrYamlDoc *doc, const char *key, const CrYaml *node);
/* Worth saying, and nothing is lost. */
void cr_import_note(CrImport *import, const char *place, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Set SLOT, which KEY of careen.yaml will be. Where another file said otherwise, that stays, and it is said. */
void cr_import_set(CrImport *import, const char **slot, const char *key, const char *value, const char *place);
/* TEXT is added to LIST once. */
void cr_import_add_text(CrImport *import, GPtrArray *list, const char *text);
/* The image NAME may be treated as ACTIONS says; of two answers the stricter. What is no name, or a digest, is said:
 * FALSE. */
gboolean cr_import_add_image(CrImport *import, const char *name, const char *actions, gboolean never_restarts,
                             const char *place);
/* "'FILE' line N" in the arena. */
const char *cr_import_format_line(CrImport *import, const char *file, guint line);

/* rule.c */

/* EXPIRES NULL: CR_IMPORT_RULE_DAYS from now. REASON NULL or empty: "imported from PLACE". */
void cr_import_add_rule(CrImport *import, const char *id, const char *package, const char *path, const char *reason,
                        const GDate *expires, const char *place);
/* A time TEXT ("2027-01-31", also with a clock behind it) at which a rule ends for its tool, as the last whole day
 * before it. FALSE: no time; or over already, which is noted. */
gboolean cr_import_read_end(CrImport *import, const char *text, const char *what, const char *place, GDate *last);
/* Could TEXT be the name of a flaw (CVE-…, GHSA-…, RUSTSEC-…), and no check of a configuration? */
gboolean cr_import_is_flaw(const char *text);
/* The doublestar glob TEXT as one of fnmatch(3) that fits no path more; NULL: there is none. In the arena. */
const char *cr_import_convert_path(CrImport *import, const char *text);
/* The package NAME (VERSION or NULL) of Grype's TYPE or OSV's ECOSYSTEM as a package URL or a glob for one, which fits
 * no other package; NULL: it cannot be told. In the arena. */
const char *cr_import_make_package(CrImport *import, const char *type, const char *name, const char *version);

/* schedule.c: a cron line or @daily as interval: or, where ACTS, window: in ZONE (NULL: this machine's). */
void cr_import_read_schedule(CrImport *import, const char *text, const char *zone, gboolean acts, const char *place);

/* notice.c */

typedef struct {
  const char *host, *port, *user, *sender, *secret; /* SECRET: what held the password, for the message; or NULL */
  gboolean tls;
} CrImportMail;
void cr_import_add_mail_server(CrImport *import, const CrImportMail *mail, const char *place);
/* Addresses, by commas or spaces. */
void cr_import_add_mail_to(CrImport *import, const char *addresses);
/* Shoutrrr's URLs, by spaces: those that careen can serve; the others are named by their scheme. */
void cr_import_add_shoutrrr(CrImport *import, const char *urls, const char *place);

/* container.c */

/* A container, as a Compose file or `docker inspect` has it. */
typedef struct {
  const char *name;               /* of the container, or a glob for it, as careen.yaml has them ('*' and '?') */
  const char *older;              /* the glob that docker-compose 1 would name it by, or NULL */
  const char *image, *place;      /* image NULL: only built */
  GHashTable *labels, *variables; /* const char* → const char* */
  GPtrArray *command;             /* const char* */
} CrImportContainer;
void cr_import_container_free(CrImportContainer *container);
/* watchtower.c, diun.c: what their labels on CONTAINERS and their own containers among these say. VARIABLES (of an
 * environment file) or NULL. */
void cr_import_read_watchtower(CrImport *import, const GPtrArray *containers, GHashTable *variables, const char *place);
void cr_import_read_diun_labels(CrImport *import, const GPtrArray *containers);
void cr_import_read_diun_variables(CrImport *import, GHashTable *variables, const char *place);
gboolean cr_import_is_true(const char *text);
