/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in and out. yajl underneath; nothing outside this file knows that.
 *
 * Reading gives a tree with every cap of base/limits.h applied: depth, nodes, bytes. Integers beyond 64 bits are
 * refused, text must be UTF-8, a NUL inside a string is refused. The last of duplicate keys wins. Getters take NULL and
 * wrong types and give the default, so a document of the wrong shape is handled where it matters and nowhere crashes.
 *
 * Writing streams to a GString, in the order written; numbers and escapes are deterministic. */
#pragma once
#include "base/arena.h"

typedef enum {
  CR_JSON_NULL,
  CR_JSON_BOOL,
  CR_JSON_INTEGER,
  CR_JSON_DOUBLE,
  CR_JSON_STRING,
  CR_JSON_ARRAY,
  CR_JSON_OBJECT
} CrJsonType;
typedef struct CrJson CrJson;       /* a node; lives as long as its document */
typedef struct CrJsonDoc CrJsonDoc; /* owns all nodes */

/* WHAT names the document in errors ("manifest sha256:…"). CR_ERROR_INPUT with line and column, or CR_ERROR_LIMIT. */
CrJsonDoc *cr_json_parse(const char *text, gsize size, const char *what, GError **error);
void cr_json_doc_free(CrJsonDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrJsonDoc, cr_json_doc_free)
const CrJson *cr_json_get_root(const CrJsonDoc *doc);

CrJsonType cr_json_get_type(const CrJson *node); /* NULL counts as CR_JSON_NULL */
gboolean cr_json_is(const CrJson *node, CrJsonType type);
/* Member NAME of an object or NULL. */
const CrJson *cr_json_find(const CrJson *object, const char *name);
/* Number of elements of an array or members of an object, else 0. */
guint cr_json_get_length(const CrJson *node);
/* Element I of an array, or value of member I of an object (in document order). */
const CrJson *cr_json_get_element(const CrJson *node, guint i);
const char *cr_json_get_member_name(const CrJson *object, guint i);
/* Values: the fallback where the node is missing or of another type. Strings are owned by the document. */
const char *cr_json_get_string(const CrJson *node, const char *fallback);
gint64 cr_json_get_integer(const CrJson *node, gint64 fallback);
double cr_json_get_double(const CrJson *node, double fallback);
gboolean cr_json_get_boolean(const CrJson *node, gboolean fallback);
/* The same for member NAME of OBJECT. */
const char *cr_json_find_string(const CrJson *object, const char *name, const char *fallback);
gint64 cr_json_find_integer(const CrJson *object, const char *name, gint64 fallback);
/* Strings of an array (other elements left out) as a NULL-terminated vector; free with g_strfreev. Never NULL. */
char **cr_json_get_strings(const CrJson *array);
/* The strings of ARRAY, in ARENA, NULL-terminated. */
const char *const *cr_json_copy_strings(const CrJson *array, CrArena *arena);
/* The members of OBJECT as parallel lists in ARENA; a value that is no string is "". */
void cr_json_copy_members(const CrJson *object, CrArena *arena, const char *const **names, const char *const **values);

typedef struct CrJsonWriter CrJsonWriter;
/* PRETTY: two spaces a level and a newline at the end, as jq prints. */
CrJsonWriter *cr_json_writer_new(gboolean pretty);
void cr_json_writer_free(CrJsonWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrJsonWriter, cr_json_writer_free)
void cr_json_begin_object(CrJsonWriter *writer);
void cr_json_end_object(CrJsonWriter *writer);
void cr_json_begin_array(CrJsonWriter *writer);
void cr_json_end_array(CrJsonWriter *writer);
void cr_json_key(CrJsonWriter *writer, const char *name);
/* NULL gives null; bytes that are not UTF-8 become U+FFFD, what a terminal would obey is written \uXXXX. */
void cr_json_string(CrJsonWriter *writer, const char *value);
void cr_json_integer(CrJsonWriter *writer, gint64 value);
void cr_json_double(CrJsonWriter *writer, double value); /* shortest form that reads back the same; NaN gives null */
void cr_json_boolean(CrJsonWriter *writer, gboolean value);
void cr_json_null(CrJsonWriter *writer);
void cr_json_node(CrJsonWriter *writer, const CrJson *node); /* a whole tree as it was read */
/* key and value in one go */
void cr_json_key_string(CrJsonWriter *writer, const char *name, const char *value);
void cr_json_key_integer(CrJsonWriter *writer, const char *name, gint64 value);
void cr_json_key_boolean(CrJsonWriter *writer, const char *name, gboolean value);
void cr_json_key_strings(CrJsonWriter *writer, const char *name, const char *const *values); /* NULL: [] */
/* Move the text so far behind OUT: what is written next goes on from there, so that a large document never stands in
 * memory as a whole. */
void cr_json_writer_take(CrJsonWriter *writer, GString *out);
/* The text so far, without what was taken; *SIZE may be NULL. Owned by the writer. */
const char *cr_json_writer_get_text(CrJsonWriter *writer, gsize *size);
