/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-edit.h"

#include <string.h>

#include "base/error.h"

/* PATH's names with '/' between them. VALUE is set, or appended where it begins with '+'. */
static char *change(const char *text, const char *path, const char *value)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, strlen(text), "x", &error);
  g_auto(GStrv) names = g_strsplit(path, "/", -1);
  gboolean ok = edit && (*value == '+' ? cr_json_edit_append(edit, (const char *const *)names, value + 1, &error)
                                       : cr_json_edit_set(edit, (const char *const *)names, value, &error));
  if (!ok)
    return g_strdup(error->message);
  g_autoptr(GBytes) bytes = cr_json_edit_get_bytes(edit);
  return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static void test_changes(void)
{
  static const struct {
    const char *text, *path, *value, *expected;
  } rows[] = {
      /* what is there is replaced, and nothing else is touched: 1.0 stays 1.0 */
      {" { \"a\" : 1.0 , \"b\" : [ 2e3 ] } ", "a", "7", " { \"a\" : 7 , \"b\" : [ 2e3 ] } "},
      {"{\"a\":{\"b\":\"x,}\\\"\"},\"c\":3}", "a/b", "null", "{\"a\":{\"b\":null},\"c\":3}"},
      {"{\"a\":{\"b\":1},\"b\":2}", "b", "3", "{\"a\":{\"b\":1},\"b\":3}"},
      /* new members stand last, missing and null objects are made */
      {"{}", "a", "1", "{\"a\":1}"},
      {"{ }", "a", "1", "{\"a\":1 }"},
      {"{\"x\":1}", "a/b/c", "1", "{\"x\":1,\"a\":{\"b\":{\"c\":1}}}"},
      {"{\"a\":null,\"x\":1}", "a/b", "1", "{\"a\":{\"b\":1},\"x\":1}"},
      {"{\"a\":{\n  \"b\": 1\n}}", "a/c", "2", "{\"a\":{\n  \"b\": 1,\"c\":2\n}}"},
      {"{}", "a\"b", "1", "{\"a\\\"b\":1}"},
      /* arrays */
      {"{\"a\":[]}", "a", "+1", "{\"a\":[1]}"},
      {"{\"a\":[1, 2 ]}", "a", "+3", "{\"a\":[1, 2,3 ]}"},
      {"{\"a\":null}", "a", "+3", "{\"a\":[3]}"},
      {"{\"a\":[[1],{\"b\":[2]}]}", "a", "+{\"c\":3}", "{\"a\":[[1],{\"b\":[2]},{\"c\":3}]}"},
      {"{\"r\":{\"t\":\"layers\"}}", "r/d", "+\"x\"", "{\"r\":{\"t\":\"layers\",\"d\":[\"x\"]}}"},
      /* the last of duplicates counts, a name may be escaped */
      {"{\"a\":[1],\"a\":[2]}", "a", "+3", "{\"a\":[1],\"a\":[2,3]}"},
      {"{\"\\u0061\":[1]}", "a", "+2", "{\"\\u0061\":[1,2]}"},
      /* bytes that are not UTF-8 stay too */
      {"{\"a\":\"\xff\",\"b\":1}", "b", "2", "{\"a\":\"\xff\",\"b\":2}"},
      {"{\"a\":1}", "a/b", "2", "cannot change x: 'a' is not an object"},
      {"{\"a\":{}}", "a", "+2", "cannot change x: 'a' is not an array"},
      {"[1]", "a", "2", "cannot change x: it is not an object"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = change(rows[i].text, rows[i].path, rows[i].value);
    if (strcmp(got, rows[i].expected) != 0)
      g_error("row %u: '%s', not '%s'", i, got, rows[i].expected);
  }
}

/* "-" takes the last element away, "" the member. */
static void test_removals(void)
{
  static const struct {
    const char *text, *path, *what, *expected;
  } rows[] = {
      {"{\"a\":1,\"b\":2}", "b", "", "{\"a\":1}"},
      {"{\"a\":1,\"b\":2}", "a", "", "{\"b\":2}"},
      {"{ \"a\": {\n \"b\": 1,\n \"c\": [2]\n } }", "a/c", "", "{ \"a\": {\n \"b\": 1\n } }"},
      {"{\"a\":1}", "a", "", "{}"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "a", "", "{\"a\":1,\"b\":2}"},
      {"{\"a\":1}", "b", "", NULL},
      {"{\"a\":[1]}", "a/b", "", NULL},
      {"{\"a\":[1,{\"b\":[2]} ]}", "a", "-", "{\"a\":[1 ]}"},
      {"{\"a\":[\"],\"]}", "a", "-", "{\"a\":[]}"},
      {"{\"a\":[ ]}", "a", "-", NULL},
      {"{\"a\":{}}", "a", "-", NULL},
      {"{\"a\":null}", "a", "-", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrJsonEdit) edit = cr_json_edit_new(rows[i].text, strlen(rows[i].text), "x", NULL);
    g_auto(GStrv) names = g_strsplit(rows[i].path, "/", -1);
    gboolean there = *rows[i].what ? cr_json_edit_remove_last(edit, (const char *const *)names)
                                   : cr_json_edit_remove(edit, (const char *const *)names);
    g_autoptr(GBytes) bytes = cr_json_edit_get_bytes(edit);
    g_autofree char *got = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_assert_cmpint(there, ==, rows[i].expected != NULL);
    if (strcmp(got, rows[i].expected ? rows[i].expected : rows[i].text) != 0)
      g_error("row %u: '%s', not '%s'", i, got, rows[i].expected);
  }
}

static void test_bad_text(void)
{
  static const char *const texts[] = {"", "{", "{\"a\":}", "{\"a\":1} x", "{\"a\":\"\\x\"}"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_json_edit_new(texts[i], strlen(texts[i]), "x", &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/json-edit/changes", test_changes);
  g_test_add_func("/base/json-edit/removals", test_removals);
  g_test_add_func("/base/json-edit/bad-text", test_bad_text);
  return g_test_run();
}
