/* SPDX-License-Identifier: Apache-2.0 */
/* A package list of a Debian-like archive (Packages; deb-control fields, Debian Policy §5, wiki
 * "DebianRepository/Format"), compiled once per content into a read-only index in the cache (list-format.h): look-ups
 * touch a few mapped pages, a record that is asked for is read once, and nothing is parsed at scan time. Private to
 * vendor/. Thread-safe for reading. Strings live as long as the list and are NULL where the field is absent; line
 * breaks in them are blanks. */
#pragma once
#include "base/cache.h"
#include "base/stream.h"

typedef struct CrList CrList;

/* Where a record of a list came from is the archive's (archive-set.h). */
typedef struct {
  const CrList *list;
  guint32 id; /* of the record in its list */
  const char *name, *version, *arch;
  const char *source_name, *source_version; /* never NULL */
  const char *filename, *sha256;            /* sha256: 64 hex digits */
  guint64 size_bytes, installed_kib;
  const char *depends, *pre_depends, *recommends, *suggests, *conflicts, *breaks, *replaces, *provides, *enhances;
  const char *multi_arch, *section, *priority, *maintainer, *origin, *built_using, *static_built_using;
  /* what lists of other families have (list-apk.c, list-rpmmd.c make stanzas of them) */
  const char *checksum; /* apk's own, "Q1…": the same in the index and in an image's database */
  const char *built;    /* when it was built, or its advisory was issued: seconds */
  const char *offers;   /* what it provides, in words divided by blanks: "so:libz.so.1=1.3" */
  const char *advisory; /* of an rpm-md update record: its kind, "security" */
  const char *fixes;    /* …and the flaws that it closes, divided by blanks */
  /* rpm: relations in rpm's words, divided by tabs: "libz.so.1()(64bit)\tfoo >= 1:2-3\t(a if b)". The same form have
   * depends, recommends, suggests, conflicts, replaces (Obsoletes) and enhances of such a record. */
  const char *capabilities; /* what it provides */
  const char *files;        /* those of its files that primary.xml lists */
  const char *supplements;
  gboolean essential, important /* Important or Protected: yes */;
  int phased_percentage; /* Phased-Update-Percentage, 100 where absent */
} CrListPackage;

/* Compile the text of STREAM (owned; decompressed Packages) and keep it under AREA "archives", NAME. Every stanza is
 * checked; a broken one is CR_ERROR_INPUT (the list was hash-checked: it is the archive's own mistake, so the caller
 * refuses the list). */
gboolean cr_list_compile(CrStream *stream, const CrCache *cache, const char *name, GError **error);
/* NULL: not in the cache, or damaged, or of an old format (then it is removed). CACHE must outlive the list. */
CrList *cr_list_open(const CrCache *cache, const char *name);
void cr_list_free(CrList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrList, cr_list_free)
guint32 cr_list_get_count(const CrList *list);
/* Ids are in the order of names. A record that the file does not hold as it was written has empty texts, and the list
 * is damaged from then on and gone from the cache: what was decided by it must be thrown away, with words. */
void cr_list_get(const CrList *list, guint32 id, CrListPackage *out);
gboolean cr_list_is_damaged(const CrList *list);
/* Every record, in the order of the list; RECORD is gone after the visit. Ends early where the list is damaged. */
void cr_list_foreach(const CrList *list, void (*visit)(const CrListPackage *record, gpointer data), gpointer data);

/* Records by binary package name, in the list's order. Returns how many; *FIRST: pass to cr_list_get_named with an
 * offset below that. */
guint cr_list_find(const CrList *list, const char *name, guint32 *first);
void cr_list_get_named(const CrList *list, guint32 first, guint offset, CrListPackage *out);
/* Records that provide NAME (Provides, of whatever version or architecture the field says), same protocol. */
guint cr_list_find_providers(const CrList *list, const char *name, guint32 *first);
/* As if every record with "Essential: yes" provided this name, which no package can have: apt's dist-upgrade installs
 * those that are missing. */
#define CR_LIST_ESSENTIALS ":essential"
/* And as if every record of apk's with an install_if provided this one. */
#define CR_LIST_INSTALL_IF ":install-if"
void cr_list_get_provider(const CrList *list, guint32 first, guint offset, CrListPackage *out);
/* Records of rpm that mention NAME: which provide it (a capability or a file), obsolete it, or supplement it. With
 * other records between them, seldom: look into each. Same protocol. */
typedef enum {
  CR_LIST_MENTION_PROVIDES = 'p',
  CR_LIST_MENTION_OBSOLETES = 'o',
  CR_LIST_MENTION_SUPPLEMENTS = 's'
} CrListMention;
guint cr_list_find_mentions(const CrList *list, CrListMention kind, const char *name, guint32 *first);
guint32 cr_list_get_mention(const CrList *list, guint32 first, guint offset); /* its record's id */
/* Has the list any binary of source package NAME? */
gboolean cr_list_has_source(const CrList *list, const char *name);
