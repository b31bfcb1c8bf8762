/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of record/ share. Private to it. */
#pragma once
#include "record/observe.h"

#include <sqlite3.h>

struct CrRecord {
  sqlite3 *db;
  char *path;
  gboolean write;
  guint depth; /* of cr_record_begin */
};

/* ---- statements: one is prepared, bound in order, stepped, and finalized with its scope ---- */

typedef struct {
  CrRecord *record;
  sqlite3_stmt *statement;
  int bound;
} CrSql;
void cr_sql_clear(CrSql *sql);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrSql, cr_sql_clear)

gboolean cr_sql_prepare(CrSql *sql, CrRecord *record, const char *text, GError **error);
void cr_sql_bind_text(CrSql *sql, const char *text); /* NULL is NULL; borrowed until the statement is done */
void cr_sql_bind_integer(CrSql *sql, gint64 value);
/* TRUE: a row is there. FALSE: none, or with ERROR. */
gboolean cr_sql_next(CrSql *sql, GError **error);
/* A statement that gives no rows; ready to be bound again. */
gboolean cr_sql_run(CrSql *sql, GError **error);
const char *cr_sql_get_text(const CrSql *sql, int column, CrArena *arena); /* NULL for NULL */
gint64 cr_sql_get_integer(const CrSql *sql, int column);
/* LIST after the last row; NULL with ERROR, and it is freed, where CAUSE (taken) ended it before. */
GPtrArray *cr_sql_finish(GPtrArray *list, GError *cause, GError **error);
gboolean cr_sql_exec(CrRecord *record, const char *text, GError **error);

/* ---- transactions: nested ones are one ---- */

gboolean cr_record_begin(CrRecord *record, GError **error);
/* OK: keep it (FALSE with ERROR: it could not be), else undo it and give FALSE. */
gboolean cr_record_end(CrRecord *record, gboolean ok, GError **error);

/* schema.c: bring a new or older record to this version. CR_ERROR_USAGE: it is newer; CR_ERROR_INPUT: not a record. */
gboolean cr_record_migrate(CrRecord *record, GError **error);
/* Nothing was ever written into it: what a careen leaves that is killed before its first write. */
gboolean cr_record_is_blank(CrRecord *record);
#define CR_RECORD_VERSION 3

/* report.c: of the image with the record's own number IMAGE. */
gboolean cr_record_put_report(CrRecord *record, gint64 image, const CrSeenReport *report, GError **error);
