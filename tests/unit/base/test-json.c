/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"

static char *rewrite(const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "a test", &error);
  if (!doc)
    return g_strdup_printf("%s", cr_error_get_name(error));
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_node(writer, cr_json_get_root(doc));
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}

static void test_rewrite(void)
{
  static const struct {
    const char *in, *out;
  } rows[] = {
      {"{\"a\":[1,2,{\"b\":null}],\"c\":\"d\"}", "{\"a\":[1,2,{\"b\":null}],\"c\":\"d\"}"},
      {" [ true , false , 1.5 , -3 ] ", "[true,false,1.5,-3]"},
      {"[[],{},[[]],\"\\u00e9\"]", "[[],{},[[]],\"\xc3\xa9\"]"},
      {"7", "7"},
      {"\"x\"", "\"x\""},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "input"},
      {"[1e400]", "[null]"},
      {"0.1", "0.1"},
      {"[-0.0, -0]", "[-0.0,0]"},
      {"[1,]", "input"},
      {"", "input"},
      {"[", "input"},
      {"{} {}", "input"},
      {"[\"\xff\"]", "input"},
      {"[\"a\\u0000b\"]", "input"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *out = rewrite(rows[i].in);
    g_assert_cmpstr(out, ==, rows[i].out);
  }
}

static void test_look_up(void)
{
  const char *text = "{\"a\":1,\"b\":\"x\",\"a\":2,\"l\":[\"p\",3,\"q\"],\"o\":{\"k\":{}}}";
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "a test", NULL);
  const CrJson *root = cr_json_get_root(doc);
  g_assert_cmpint(cr_json_find_integer(root, "a", -1), ==, 2);
  g_assert_cmpint(cr_json_find_integer(root, "b", -1), ==, -1);
  g_assert_cmpstr(cr_json_find_string(root, "a", "other"), ==, "other");
  g_assert_null(cr_json_find(cr_json_find(root, "b"), "x"));
  g_assert_cmpuint(cr_json_get_length(cr_json_find(root, "l")), ==, 3);
  g_auto(GStrv) strings = cr_json_get_strings(cr_json_find(root, "l"));
  g_assert_cmpuint(g_strv_length(strings), ==, 2);
  g_assert_cmpstr(cr_json_get_member_name(root, 4), ==, "o");
  g_assert_null(cr_json_get_element(root, 99));
}

static void test_deep_and_long(void)
{
  g_autoptr(GString) deep = g_string_new(NULL);
  for (guint i = 0; i < 100000; i++)
    g_string_append_c(deep, '[');
  g_autofree char *out = rewrite(deep->str);
  g_assert_cmpstr(out, ==, "limit");
}

static void test_error_names_place(void)
{
  const char *text = "{\n  \"a\": nope\n}";
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_json_parse(text, strlen(text), "manifest x", &error));
  g_assert_nonnull(strstr(error->message, "cannot read manifest x as JSON at line 2"));
}

static void test_writer_makes_utf8(void)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "bad", "a\xff\x1b");
  cr_json_key_string(writer, "none", NULL);
  cr_json_key_strings(writer, "empty", NULL);
  cr_json_end_object(writer);
  g_assert_cmpstr(cr_json_writer_get_text(writer, NULL), ==,
                  "{\n  \"bad\": \"a\xef\xbf\xbd\\u001B\",\n  \"none\": null,\n  \"empty\": []\n}\n");
}

/* What a terminal obeys is escaped, in names too, and reads back the same. */
static void test_writer_is_safe_to_look_at(void)
{
  static const char text[] = "a\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81\xc3\xa9\xf0\x9f\x98\x80";
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, text, text);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *got = cr_json_writer_get_text(writer, &size);
  g_assert_cmpstr(got, ==,
                  "{\"a\\u007F\\u009B\\u202E\\uDB40\\uDC01\xc3\xa9\xf0\x9f\x98\x80\":"
                  "\"a\\u007F\\u009B\\u202E\\uDB40\\uDC01\xc3\xa9\xf0\x9f\x98\x80\"}");
  g_autoptr(CrJsonDoc) doc = cr_json_parse(got, size, "it", NULL);
  g_assert_cmpstr(cr_json_get_string(cr_json_find(cr_json_get_root(doc), text), NULL), ==, text);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json/rewrite", test_rewrite);
  g_test_add_func("/json/look-up", test_look_up);
  g_test_add_func("/json/deep-and-long", test_deep_and_long);
  g_test_add_func("/json/error-names-place", test_error_names_place);
  g_test_add_func("/json/writer-makes-utf8", test_writer_makes_utf8);
  g_test_add_func("/json/writer-is-safe-to-look-at", test_writer_is_safe_to_look_at);
  return g_test_run();
}
