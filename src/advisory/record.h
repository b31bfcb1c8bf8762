/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: one advisory of one package as bytes, and what the feeds build of them.
 *
 * The bytes stand in the database's rows one after the other, each with its length before it (all numbers are
 * unsigned LEB128, all texts end in NUL, an empty text is NULL):
 *   id; count, aliases; count, related; published, modified (seconds since 1970 plus one, 0 none); vendor_status;
 *   urgency; count, cvss; count of ranges, each (count of events times two, plus one for SEMVER) and its events (kind,
 *   version); count, versions; count of symbols, each path, count, symbols; text
 * A name is a byte and what follows: 0 a text; else one of the prefixes before "CVE-YEAR-NUMBER", then year and number,
 * which makes 14 bytes 5. Half of all bytes were such names. */
#pragma once
#include "advisory/database.h"

void cr_record_encode(const CrAdvisory *advisory, GByteArray *out);
/* Append the advisories in DATA (that must live as long as ARENA) to OUT. What is not in the bytes is taken from
 * TEMPLATE: feed, ecosystem, package. FALSE: damaged. */
gboolean cr_record_decode(const guint8 *data, gsize size, const CrAdvisory *template, CrArena *arena, GPtrArray *out);

/* "CVE-2024-123" as one number that sorts by year and number; 0: it is no CVE, or not written as usual. */
guint64 cr_cve_parse(const char *text);
/* ISO 8601 as feeds write it ("2024-10-15T17:33:56.597448Z", "2024-10-15") to seconds; FALSE: none, or before 1970. */
gboolean cr_record_parse_time(const char *text, gint64 *seconds);
/* "DEBIAN-CVE-2024-1" → "CVE-2024-1", else ID itself. */
const char *cr_record_strip_prefix(const char *id);
/* Who gives the ids of this shape: "GitHub" for GHSA-…; FEED decides where the id does not. */
const char *cr_record_get_source(const char *feed, const char *id);

/* ---- what one part of a file says, before it is in the database ---- */

typedef struct {
  guint ecosystem; /* index into `ecosystems` */
  guint size;
  const char *package, *id; /* to sort by */
  const guint8 *bytes;
} CrBuiltRow;
typedef struct {
  const char *id, *other;
} CrBuiltAlias;
typedef struct {
  guint64 id;
  const char *text;
} CrBuiltText;
typedef struct {
  guint64 cve;
  guint32 score, percentile; /* in 1/100,000 */
} CrBuiltScore;
typedef struct {
  const char *cve, *value, *source; /* KEV: dateAdded, NULL; vectors: CVSS, by whom */
} CrBuiltFlaw;
typedef struct {
  const char *name;
  GBytes *bytes;
} CrBuiltDocument;

typedef struct {
  CrArena *arena;
  GPtrArray *ecosystems; /* const char*: of rows, and covered without any */
  GArray *rows, *aliases, *texts, *scores, *exploited, *vectors, *documents;
  guint64 records, skipped;
  GPtrArray *skips; /* char*, the first few: "GHSA-…: why" */
  guint64 next_text;
  gint64 now, newest; /* of the data, seconds; what claims to be from the future does not count */
  GByteArray *scratch;
} CrBuilder;

/* FIRST_TEXT: where numbering of texts begins; parts of one file must not meet. */
CrBuilder *cr_builder_new(guint64 first_text);
void cr_builder_free(CrBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrBuilder, cr_builder_free)
/* Ids, names and texts are copied. The package's name is normalised. */
void cr_builder_add(CrBuilder *builder, const CrAdvisory *advisory);
guint64 cr_builder_add_text(CrBuilder *builder, const char *text); /* NULL and "" give 0; cut to one line */
void cr_builder_add_aliases(CrBuilder *builder, const char *id, CrStrv others);
/* SCORE and PERCENTILE in 1/100,000. */
void cr_builder_add_score(CrBuilder *builder, guint64 cve, guint32 score, guint32 percentile);
void cr_builder_cover(CrBuilder *builder, const char *ecosystem); /* it is in this feed, if nothing of it has a flaw */
void cr_builder_see_time(CrBuilder *builder, const char *iso);
void cr_builder_skip(CrBuilder *builder, const char *name, const char *why);
/* A record is added whole or not at all: where it began, and back to there. */
typedef struct {
  guint rows, aliases, texts;
} CrBuilderMark;
CrBuilderMark cr_builder_mark(const CrBuilder *builder);
void cr_builder_return(CrBuilder *builder, CrBuilderMark mark);
