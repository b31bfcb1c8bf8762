/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/statement.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"

static void write_subject(CrJsonWriter *writer, const CrSubject *subject)
{
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "name", subject->name);
  cr_json_key(writer, "digest");
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "sha256", cr_digest_get_hex(subject->digest));
  cr_json_end_object(writer);
  cr_json_end_object(writer);
}

GBytes *cr_statement_format(const CrSubject *subjects, guint count, const char *predicate_type, GBytes *predicate,
                            GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(predicate, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "the predicate", error);
  if (!doc)
    return NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "_type", STATEMENT_TYPE);
  cr_json_key(writer, "subject");
  cr_json_begin_array(writer);
  for (guint i = 0; i < count; i++)
    write_subject(writer, &subjects[i]);
  cr_json_end_array(writer);
  cr_json_key_string(writer, "predicateType", predicate_type);
  cr_json_key(writer, "predicate");
  cr_json_node(writer, cr_json_get_root(doc));
  cr_json_end_object(writer);
  text = cr_json_writer_get_text(writer, &size);
  return g_bytes_new(text, size);
}

gboolean cr_statement_parse(GBytes *bytes, const char *what, CrStatement *statement, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  *statement = (CrStatement){.doc = cr_json_parse(text, size, what, error)};
  if (!statement->doc)
    return FALSE;
  const CrJson *root = cr_json_get_root(statement->doc);
  statement->predicate_type = cr_json_find_string(root, "predicateType", NULL);
  statement->subjects = cr_json_find(root, "subject");
  statement->predicate = cr_json_find(root, "predicate");
  if (!g_strcmp0(cr_json_find_string(root, "_type", NULL), STATEMENT_TYPE) && statement->predicate_type &&
      cr_json_get_length(statement->subjects) && cr_json_is(statement->predicate, CR_JSON_OBJECT))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: it is no in-toto statement", what);
  cr_statement_clear(statement);
  return FALSE;
}

void cr_statement_clear(CrStatement *statement)
{
  g_clear_pointer(&statement->doc, cr_json_doc_free);
  *statement = (CrStatement){NULL, NULL, NULL, NULL};
}

gboolean cr_statement_is_about(const CrStatement *statement, const char *digest)
{
  if (!digest || !cr_digest_is_valid(digest))
    return FALSE;
  for (guint i = 0; i < cr_json_get_length(statement->subjects); i++) {
    const CrJson *subject = cr_json_get_element(statement->subjects, i);
    const char *hex = cr_json_find_string(cr_json_find(subject, "digest"), "sha256", NULL);
    if (hex && !strcmp(hex, cr_digest_get_hex(digest)))
      return TRUE;
  }
  return FALSE;
}
