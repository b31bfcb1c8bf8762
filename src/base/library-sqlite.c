/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: advisories and one kind of rpm database need it. */
#include <sqlite3.h>
#include <stdarg.h>

#include "base/library.h"

static const char *const names[] = {"libsqlite3.so.0", NULL};
static CrLibrary library = {
    .names = names, .purpose = "reads advisories and rpm's database", .package = "libsqlite3-0"};

#define FORWARD(type, name, parameters, arguments) CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)
#define FORWARD_VOID(name, parameters, arguments)  CR_LIBRARY_FORWARD_VOID(library, name, parameters, arguments)

/* clang-format off */
FORWARD(int, sqlite3_open_v2, (const char *file, sqlite3 **db, int flags, const char *vfs), (file, db, flags, vfs))
FORWARD(int, sqlite3_file_control, (sqlite3 *db, const char *name, int operation, void *argument), (db, name, operation, argument))
FORWARD(sqlite3_vfs *, sqlite3_vfs_find, (const char *name), (name))
FORWARD(int, sqlite3_close, (sqlite3 *db), (db))
FORWARD(const char *, sqlite3_errmsg, (sqlite3 *db), (db))
FORWARD(int, sqlite3_limit, (sqlite3 *db, int id, int value), (db, id, value))
FORWARD_VOID(sqlite3_progress_handler, (sqlite3 *db, int steps, int (*handler)(void *), void *data), (db, steps, handler, data))
FORWARD(int, sqlite3_deserialize, (sqlite3 *db, const char *schema, unsigned char *data, sqlite3_int64 size, sqlite3_int64 room,
                                   unsigned int flags), (db, schema, data, size, room, flags))
FORWARD(int, sqlite3_exec, (sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *data, char **why),
        (db, sql, row, data, why))
FORWARD(void *, sqlite3_malloc64, (sqlite3_uint64 size), (size))
FORWARD_VOID(sqlite3_free, (void *memory), (memory))
FORWARD(int, sqlite3_prepare_v2, (sqlite3 *db, const char *sql, int size, sqlite3_stmt **statement, const char **rest),
        (db, sql, size, statement, rest))
FORWARD(int, sqlite3_step, (sqlite3_stmt *statement), (statement))
FORWARD(int, sqlite3_finalize, (sqlite3_stmt *statement), (statement))
FORWARD(int, sqlite3_prepare_v3, (sqlite3 *db, const char *sql, int size, unsigned int flags, sqlite3_stmt **statement,
                                  const char **rest), (db, sql, size, flags, statement, rest))
FORWARD(int, sqlite3_errcode, (sqlite3 *db), (db))
FORWARD(int, sqlite3_reset, (sqlite3_stmt *statement), (statement))
FORWARD(int, sqlite3_bind_int64, (sqlite3_stmt *statement, int at, sqlite3_int64 value), (statement, at, value))
FORWARD(int, sqlite3_bind_text, (sqlite3_stmt *statement, int at, const char *text, int size, void (*destroy)(void *)),
        (statement, at, text, size, destroy))
FORWARD(int, sqlite3_bind_blob, (sqlite3_stmt *statement, int at, const void *bytes, int size, void (*destroy)(void *)),
        (statement, at, bytes, size, destroy))
FORWARD(int, sqlite3_bind_blob64, (sqlite3_stmt *statement, int at, const void *bytes, sqlite3_uint64 size,
                                   void (*destroy)(void *)), (statement, at, bytes, size, destroy))
FORWARD(int, sqlite3_bind_value, (sqlite3_stmt *statement, int at, const sqlite3_value *value), (statement, at, value))
FORWARD(sqlite3_value *, sqlite3_column_value, (sqlite3_stmt *statement, int column), (statement, column))
FORWARD(int, sqlite3_column_int, (sqlite3_stmt *statement, int column), (statement, column))
FORWARD(const void *, sqlite3_column_blob, (sqlite3_stmt *statement, int column), (statement, column))
FORWARD(int, sqlite3_column_bytes, (sqlite3_stmt *statement, int column), (statement, column))
FORWARD(sqlite3_int64, sqlite3_column_int64, (sqlite3_stmt *statement, int column), (statement, column))
FORWARD(int, sqlite3_changes, (sqlite3 *db), (db))
FORWARD(sqlite3_int64, sqlite3_last_insert_rowid, (sqlite3 *db), (db))
FORWARD(const unsigned char *, sqlite3_column_text, (sqlite3_stmt *statement, int column), (statement, column))
/* clang-format on */

/* Every operation in use is a switch: (int value, int *result). */
int sqlite3_db_config(sqlite3 *db, int operation, ...)
{
  va_list args;
  va_start(args, operation);
  int value = va_arg(args, int);
  int *result = va_arg(args, int *);
  va_end(args);
  return CR_LIBRARY_CALL(library, sqlite3_db_config)(db, operation, value, result);
}
