/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: how long a release is supported, by whom, and which of its packages are not.
 *
 * The facts are the vendors' own: distro-info-data's tables (debian.csv, ubuntu.csv), debian-security-support's lists,
 * endoflife.date's JSON for the rest. This header has their parsers, the place they are loaded from, and the family of
 * distributions: one const struct each, one file each, one table in support-family.c. Judging is a pure function of
 * (os, day, data). */
#pragma once
#include "vendor/vendor.h"

/* ---- distro-info-data: support-distro-info.c ---- */

/* A release. Dates are the last day of a phase, inclusive; an empty or unreadable column is an invalid GDate. */
typedef struct {
  const char *version; /* "12", "20.04 LTS"; "" for sid */
  const char *series;  /* "bookworm" */
  GDate created, release, eol;
  GDate eol_lts, eol_elts;               /* debian.csv */
  GDate eol_server, eol_esm, eol_legacy; /* ubuntu.csv */
} CrDistroRelease;

typedef struct CrDistroInfo CrDistroInfo;
/* A table as distro-info-data ships it: comma separated, the first line names the columns (further and unknown ones are
 * ignored, so later tables stay readable). CR_ERROR_INPUT if version, series, release or eol is not among them. */
CrDistroInfo *cr_distro_info_parse(const char *text, gsize size, GError **error);
void cr_distro_info_free(CrDistroInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrDistroInfo, cr_distro_info_free)
/* By codename if given and known, else by VERSION_ID ("12", "12.5" and "20.04" all fit); or NULL. Owned by INFO. */
const CrDistroRelease *cr_distro_info_find(const CrDistroInfo *info, const char *version, const char *series);

/* ---- debian-security-support: support-limits.c ---- */

typedef enum {
  CR_LIMITS_ENDED,   /* security-support-ended.debN:  source version date details */
  CR_LIMITS_LIMITED, /* security-support-limited:     source details */
  CR_LIMITS_SINGLE,  /* security-support.debN:        source non-supported version date details | source
                        limited|supported details */
} CrLimitsFormat;

typedef struct CrSupportLimits CrSupportLimits;
CrSupportLimits *cr_support_limits_new(void);
void cr_support_limits_free(CrSupportLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSupportLimits, cr_support_limits_free)
/* Add one file. Lines that cannot be understood (a bad expression, a bad date, an unknown word) are left out and
 * counted. */
void cr_support_limits_add(CrSupportLimits *limits, CrLimitsFormat format, const char *text, gsize size);
guint cr_support_limits_get_count(const CrSupportLimits *limits);
guint cr_support_limits_get_bad_lines(const CrSupportLimits *limits);
/* What the lists say of SOURCE on DAY, by check-support-status' rules: whole-name PCRE, the first line of a file that
 * fits, `supported` over everything, ended on its day. The version column is the last one that had support; it is told,
 * never compared (as there). FULL where no line fits. *NOTE: the list's own words in ARENA, or NULL; also with FULL
 * where an end is announced. */
CrPackageSupport cr_support_limits_match(const CrSupportLimits *limits, const char *source, const GDate *day,
                                         CrArena *arena, const char **note);

/* ---- endoflife.date: support-endoflife.c ---- */

typedef struct {
  const char *cycle;
  GDate eol, support, extended; /* invalid: no date */
  int eol_flag;                 /* 1: ended, day unknown; 0: no end known; -1: see the date, or nothing said */
} CrCycle;

typedef struct {
  CrArena *arena;
  GPtrArray *list; /* CrCycle* */
} CrCycles;
/* /api/PRODUCT.json (v0): an array of cycles. */
CrCycles *cr_cycles_parse(const char *text, gsize size, const char *what, GError **error);
void cr_cycles_free(CrCycles *cycles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrCycles, cr_cycles_free)

/* ---- where the data come from: support-data.c ---- */

/* Everything loaded for one question; strings live as long as it. */
typedef struct {
  CrDistroInfo *distro_info; /* or NULL: none */
  const char *
      distro_info_name; /* "distro-info-data 0.58+deb12u7 (bookworm)", "this system's distro-info-data of 2026-04-25" */
  CrSupportLimits *limits; /* for this release, or NULL */
  const char *limits_name;
  CrCycles *cycles; /* or NULL */
  const char *cycles_name;
  const char *why;  /* why what is missing is missing: a phrase, or NULL */
  const char *date; /* ISO date of the oldest data used, or NULL */
  CrArena *arena;
} CrSupportData;
void cr_support_data_free(CrSupportData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSupportData, cr_support_data_free)

/* ---- the family of distributions: support-family.c ---- */

typedef struct {
  const CrOs *os;
  const char *architecture; /* of the packages, "amd64"; NULL unknown */
  const GDate *day;         /* judged day */
  const GDate *today;       /* what `architectures` of archives is true for */
  const CrSupportData *data;
  const CrArchive *const *archives; /* NULL-terminated, may be empty */
  CrArena *arena;
} CrSupportQuery;

typedef struct {
  CrSupportPhase phase;
  GDate until; /* last day of the phase, with `ended` the last day that was watched; invalid: not known */
  const char *steward;
  const char *evidence;
} CrSupportAnswer;

typedef struct {
  const char *id;             /* os-release ID */
  const char *steward;        /* who publishes its security fixes: "Debian security team" */
  const char *distro_info;    /* table of distro-info-data, "debian.csv", or NULL */
  const char *product;        /* of endoflife.date, or NULL */
  guint version_parts;        /* how much of VERSION_ID makes a release: 1 "12", 2 "3.18", 0 all of it */
  gboolean rolling;           /* has no releases */
  const char *rolling_mark;   /* text of VERSION_ID or PRETTY_NAME that marks its development branch ("edge", "_alpha"),
                                 or NULL */
  const char *const *vendors; /* words of rpm's Vendor tag, apk's or pacman's packager that say "made by us"; or NULL */
  void (*judge)(const CrSupportQuery *query, CrSupportAnswer *answer); /* NULL: by rolling or its cycles */
} CrSupportFamily;

extern const CrSupportFamily cr_support_debian, cr_support_ubuntu;

/* The member for OS, or NULL: no support data anywhere for it. */
const CrSupportFamily *cr_support_family_find(const CrOs *os);
/* endoflife.date's name for OS (CentOS Stream is another product than CentOS), or NULL. */
const char *cr_support_get_product(const CrSupportFamily *family, const CrOs *os);
/* The distribution, or this branch of it, has no releases. */
gboolean cr_support_is_rolling(const CrSupportFamily *family, const CrOs *os);
/* VERSION_ID cut to what makes a release ("3.18"), or NULL. */
const char *cr_support_format_cycle(const CrSupportFamily *family, const CrOs *os, CrArena *arena);
/* Never fails: UNKNOWN with evidence that says why. */
void cr_support_judge(const CrSupportQuery *query, CrSupportAnswer *answer);
/* ISO form in ARENA; NULL for an invalid date. */
const char *cr_support_format_date(const GDate *date, CrArena *arena);
/* YYYY-MM-DD exactly; FALSE leaves DATE cleared. */
gboolean cr_support_parse_date(const char *text, gsize length, GDate *date);
/* DAY is on or before UNTIL, which must be a date. */
gboolean cr_support_covers(const GDate *until, const GDate *day);
/* A type of the distribution's own package manager ("deb", "apk", …), not of a language. */
gboolean cr_support_is_system_type(const char *type);
/* Fill PACKAGE's support and support_note from the release's phase and DATA's limits. */
void cr_support_judge_package(const CrSupportData *data, CrSupportPhase phase, const GDate *day, CrArena *arena,
                              CrPackage *package);

/* ---- programs built from source: support-programs.c ---- */

/* endoflife.date's name for a program that inventory/programs.c knows, or NULL. */
const char *cr_support_get_program_product(const CrPackage *package);
/* Fill PACKAGE's support, support_note and steward.until from the cycle that its version is of. */
void cr_support_judge_program(const CrCycles *cycles, const char *product, const GDate *day, CrArena *arena,
                              CrPackage *package);
/* All of PACKAGES; what could not be had is one note. FALSE: because nobody answered. */
gboolean cr_support_judge_programs(GPtrArray *packages, const GDate *day, CrArena *arena,
                                   const CrVendorOptions *options, CrProblems *problems);
