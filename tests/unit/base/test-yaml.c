/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include "base/error.h"

#include <string.h>

static CrYamlDoc *parse(const char *text)
{
  g_autoptr(GError) error = NULL;
  CrYamlDoc *doc = cr_yaml_parse(text, strlen(text), "f", &error);
  g_assert_no_error(error);
  return doc;
}

static void test_shapes(void)
{
  g_autoptr(CrYamlDoc) doc = parse("a: 1\nb: [x, 'y', ~]\nc: {d: true}\ne:\nf: \"null\"\ng: |\n  two\n  lines\n");
  const CrYaml *root = cr_yaml_doc_get_root(doc, 0);
  g_assert_cmpuint(cr_yaml_doc_get_count(doc), ==, 1);
  g_assert_cmpint(cr_yaml_get_type(root), ==, CR_YAML_MAP);
  g_assert_cmpuint(cr_yaml_get_length(root), ==, 6);
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(root, "a")), ==, "1");
  const CrYaml *b = cr_yaml_find(root, "b");
  g_assert_cmpuint(cr_yaml_get_length(b), ==, 3);
  g_assert_false(cr_yaml_is_quoted(cr_yaml_get_element(b, 0)));
  g_assert_true(cr_yaml_is_quoted(cr_yaml_get_element(b, 1)));
  g_assert_cmpint(cr_yaml_get_type(cr_yaml_get_element(b, 2)), ==, CR_YAML_NULL);
  g_assert_null(cr_yaml_get_element(b, 3));
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(cr_yaml_find(root, "c"), "d")), ==, "true");
  g_assert_cmpint(cr_yaml_get_type(cr_yaml_find(root, "e")), ==, CR_YAML_NULL);
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(root, "f")), ==, "null");
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(root, "g")), ==, "two\nlines\n");
  g_assert_cmpuint(cr_yaml_get_line(cr_yaml_get_key(root, 2)), ==, 3);
  g_assert_cmpuint(cr_yaml_get_column(cr_yaml_find(root, "a")), ==, 4);
  g_autofree char *place = cr_yaml_format_place(doc, cr_yaml_get_element(b, 1));
  g_assert_cmpstr(place, ==, "'f' line 2, column 8");
}

static void test_several_documents(void)
{
  g_autoptr(CrYamlDoc) doc = parse("kind: Pod\n---\nkind: Job\n---\n# nothing\n");
  g_assert_cmpuint(cr_yaml_doc_get_count(doc), ==, 3);
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(cr_yaml_doc_get_root(doc, 1), "kind")), ==, "Job");
  g_assert_cmpint(cr_yaml_get_type(cr_yaml_doc_get_root(doc, 2)), ==, CR_YAML_NULL);
  g_assert_null(cr_yaml_doc_get_root(doc, 3));
  g_autoptr(CrYamlDoc) empty = parse("");
  g_assert_cmpuint(cr_yaml_doc_get_count(empty), ==, 0);
}

static void test_aliases_and_merges(void)
{
  g_autoptr(CrYamlDoc) doc = parse("base: &b {image: x, tag: 1}\nother: &o {tag: 9, more: y}\nweb: {<<: *b, tag: "
                                   "2}\nall: {<<: [*b, *o]}\nsame: *b\n");
  const CrYaml *root = cr_yaml_doc_get_root(doc, 0), *web = cr_yaml_find(root, "web"), *all = cr_yaml_find(root, "all");
  g_assert_cmpuint(cr_yaml_get_length(web), ==, 2);
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(web, "image")), ==, "x");
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(web, "tag")), ==, "2");
  g_assert_cmpuint(cr_yaml_get_length(all), ==, 3);
  g_assert_cmpstr(cr_yaml_get_text(cr_yaml_find(all, "tag")), ==, "1");
  g_assert_true(cr_yaml_find(root, "same") == cr_yaml_find(root, "base")); /* not a copy */
}

/* Ten levels of ten aliases each would be ten thousand million nodes. */
static void test_laughs(void)
{
  g_autoptr(GString) text = g_string_new("a0: &a0 x\n");
  for (guint i = 1; i < 12; i++) {
    g_string_append_printf(text, "a%u: &a%u [", i, i);
    for (guint k = 0; k < 10; k++)
      g_string_append_printf(text, "%s*a%u", k ? ", " : "", i - 1);
    g_string_append(text, "]\n");
  }
  g_autoptr(CrYamlDoc) doc = parse(text->str);
  g_assert_cmpuint(cr_yaml_get_length(cr_yaml_doc_get_root(doc, 0)), ==, 12);
}

static void test_refused(void)
{
  static const struct {
    const char *text, *says;
  } rows[] = {
      {"a: 1\na: 2\n", "line 2, column 1: duplicate key"},
      {"a: [1, 2\n", "line "},
      {"? [x]\n: y\n", "a key must be a plain word"},
      {"a: *nobody\n", "there is no anchor 'nobody'"},
      {"a: &a [*a]\n", "an alias stands inside its own anchor"},
      {"a: \"\\x\"\n", "line "},
      {"\377\n", "not UTF-8"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    CrYamlDoc *doc = cr_yaml_parse(rows[i].text, strlen(rows[i].text), "f", &error);
    g_assert_null(doc);
    g_assert_nonnull(error);
    if (!strstr(error->message, rows[i].says))
      g_error("row %u: '%s' does not say '%s'", i, error->message, rows[i].says);
    g_assert_true(g_str_has_prefix(error->message, "cannot read 'f'"));
  }
  g_autofree char *deep = g_strnfill(2000, '[');
  g_autoptr(GError) error = NULL;
  g_assert_null(cr_yaml_parse(deep, strlen(deep), "f", &error));
  g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/base/yaml/shapes", test_shapes);
  g_test_add_func("/base/yaml/several", test_several_documents);
  g_test_add_func("/base/yaml/aliases", test_aliases_and_merges);
  g_test_add_func("/base/yaml/laughs", test_laughs);
  g_test_add_func("/base/yaml/refused", test_refused);
  return g_test_run();
}
