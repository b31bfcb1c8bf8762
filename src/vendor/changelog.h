/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: Debian changelogs, for the flaws that an update fixes. changelog-parse.c reads the text,
 * changelog-deb.c takes it out of a binary package, changelog.c fetches, remembers and answers. */
#pragma once
#include "vendor/vendor.h"

typedef struct {
  char *version;
  char *date;   /* YYYY-MM-DD, or NULL */
  char **flaws; /* CVE ids, sorted, once each */
} CrChangelogEntry;
void cr_changelog_entry_free(CrChangelogEntry *entry);
/* Entries (CrChangelogEntry*) of a Debian changelog (Debian Policy §4.4), newest first; what is not understood is
 * passed over. Never NULL. */
GPtrArray *cr_changelog_parse(const char *text, gsize size);

typedef struct {
  GBytes *text;    /* or NULL: it has none */
  char *elsewhere; /* its doc folder is a link to this other package's, or NULL */
} CrChangelogFile;
void cr_changelog_file_clear(CrChangelogFile *file);
/* The changelog of binary PACKAGE out of its DEB. */
gboolean cr_changelog_read_deb(GBytes *deb, const char *package, CrChangelogFile *out, GError **error);

/* How entries are kept in the cache: a line each, "version TAB date TAB flaws with blanks between". */
char *cr_changelog_format(const GPtrArray *entries);
/* Unknown lines are left out. */
GPtrArray *cr_changelog_parse_kept(const char *text, gsize size);
/* The flaws named by entries newer than OLD up to NEW (source versions), sorted, in a NULL-terminated array (free the
 * array alone; the texts are ENTRIES'); *SINCE: day of the oldest of those entries that names any, or NULL. */
const char **cr_changelog_find_fixes(const GPtrArray *entries, const char *old, const char *new, const char **since);
