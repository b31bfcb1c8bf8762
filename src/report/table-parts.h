/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the table of a scan, each written whole or not at all, and phrases that why and diff share. For
 * report/ and the tables of fleet/. */
#pragma once
#include "report/report.h"
#include "report/text.h"

/* Updates that one decision installs: those of one source package from one archive, the most reached binary first. */
typedef struct {
  const CrUpdate *first;
  GPtrArray *members; /* const CrUpdate* */
  CrReachLevel level; /* the highest */
} CrUpdateGroup;
/* Groups of the updates that KEEP says yes to, most urgent first: by reach, then name. Free with g_ptr_array_unref. */
GPtrArray *cr_update_groups_new(const CrScan *scan, gboolean (*keep)(const CrUpdate *update, gconstpointer data),
                                gconstpointer data);
/* "nginx +2", with ALL "nginx, nginx-common, nginx-light". Free with g_free. */
char *cr_update_group_format_name(const CrUpdateGroup *group, gboolean all);
/* The archive that all GROUPS come from, or NULL. */
const CrArchive *cr_update_groups_find_archive(const GPtrArray *groups);
/* A row: name, step, reach, with ARCHIVE the archive, flaws. Of 4 columns, or 5. */
void cr_update_group_add_row(CrTextGrid *grid, const CrScan *scan, const CrUpdateGroup *group, gboolean archive,
                             gboolean all);

/* table-updates.c */
void cr_table_write_updates(CrText *text, const CrScan *scan, gboolean all);
/* table-findings.c: what no package manager can install: holes without a fix, fixes that need a new build. */
/* SUPPRESSED: also those that rules or VEX hide, with the reason; else their number. */
void cr_table_write_findings(CrText *text, const CrScan *scan, gboolean all, gboolean suppressed);
/* table-watch.c */
void cr_table_write_watch(CrText *text, const CrScan *scan, gboolean all);
/* table-care.c: problems, archives that are not configured, what was not looked up, and what to run next. */
void cr_table_write_care(CrText *text, const CrScan *scan, gboolean all);
void cr_table_write_problems(CrText *text, const CrScan *scan, gboolean all);             /* those alone */
void cr_table_write_problem_list(CrText *text, const CrProblems *problems, gboolean all); /* of no scan */
void cr_table_write_next(CrText *text, const CrScan *scan);

/* table.c: the line above a section, "FIXED (bookworm-security)"; MORE may be NULL */
void cr_table_write_heading(CrText *text, const char *words, const char *more);
/* "next: COMMAND", the end of a table */
void cr_table_write_next_line(CrText *text, const char *command);
/* name, digest, platform, system and its support */
void cr_table_write_identity(CrText *text, const CrImage *image, const CrOs *os);

/* ---- phrases ---- */

/* A word as a shell takes it. Free with g_free. */
char *cr_table_quote(const char *word);
/* "careen patch shop/web:4 --tag shop/web:4-patched": what patches IMAGE and keeps the result beside it; NULL: it is
 * nothing that a new image can be made of. Free with g_free. */
char *cr_table_format_patch_command(const CrImage *image);

CrStyle cr_table_get_reach_style(CrReachLevel level);
/* The program that updates packages of TYPE in this image ("apt", "apk", "microdnf"); where it has none, what its kind
 * of system usually has, and not PRESENT. */
const char *cr_table_find_manager(const CrScan *scan, const char *type, gboolean *present);
/* Which archives an image has configured stands in the image itself; a list of packages does not tell. */
gboolean cr_table_knows_archives(const CrScan *scan);
/* "LTS until 2028-06-30", "support ended 2024-07-01", "rolling", "support unknown". Free with g_free. */
char *cr_table_format_support(const CrOs *os);
/* "debian 12 bookworm", "no operating system known". Free with g_free. */
char *cr_table_format_os(const CrOs *os);
/* A flaw as a word in a cell: its name and, where the advisories know it, its finding with its place among the
 * findings.
 */
typedef struct {
  const char *id;
  const CrFinding *finding; /* or NULL */
  guint rank;
} CrTableFlaw;
/* Each name once; a finding fills in a name that came without one. */
void cr_table_flaws_add(GArray *flaws, const char *id, const CrFinding *finding, guint rank);
/* Sorts FLAWS (CrTableFlaw), the most urgent first; VENDOR: with the vendor's word on each. MOST 0: all. Free with
 * g_free. */
char *cr_table_format_flaws(GArray *flaws, guint most, gboolean vendor);
/* "CVE-2026-1 high, exploited · CVE-2026-2 +3", "names no flaw", "" when not looked up; with what SCAN's findings know
 * of each. MOST 0: all. Free with g_free. */
char *cr_table_format_fixes(const CrScan *scan, GPtrArray *updates, guint most);
/* Names of up to MOST, then "…": "perl-base, tzdata, …". Free with g_free. */
char *cr_table_format_names(GPtrArray *groups, guint from, guint most);
const char *cr_table_plural(guint count);
