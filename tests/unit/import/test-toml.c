/* SPDX-License-Identifier: Apache-2.0 */
#include "import/toml.h"

#include "base/error.h"

/* Items as "TABLE#ELEMENT KEY=VALUE", or the end of the message. */
static void check_toml(gconstpointer data)
{
  const char *const *row = data;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) items = cr_toml_parse(row[1], "x.toml", arena, &error);
  g_autoptr(GString) out = g_string_new(NULL);
  for (guint i = 0; items && i < items->len; i++) {
    const CrTomlItem *item = items->pdata[i];
    g_string_append_printf(out, "%s%s#%u %s=%s", i ? "; " : "", item->table, item->element, item->key, item->value);
  }
  g_assert_cmpstr(items ? out->str : error->message, ==, row[2]);
}

static const char *const rows[][3] = {
    {"empty", "# nothing\n\n", ""},
    {"bare", "a = 1 # one\nb = 2027-01-31\r\nc = true", "#0 a=1; #0 b=2027-01-31; #0 c=true"},
    {"strings", "a = \"x\\n\\u00e9\"\nb = 'C:\\n'", "#0 a=x\n\xc3\xa9; #0 b=C:\\n"},
    {"long", "a = \"\"\"\none \\\n   two\"\"\"\nb = '''\nraw\\\n'''", "#0 a=one two; #0 b=raw\\\n"},
    {"quotes at the end", "a = \"\"\"x\"\"\"\"\"", "#0 a=x\"\""},
    {"keys", "\"a b\" . c = 1\n", "#0 a b.c=1"},
    {"tables", "[[v]]\nid = 1\n[[v]]\nid = 2\n[t.u]\nx = 3", "v#1 id=1; v#2 id=2; t.u#0 x=3"},
    {"arrays", "a = [\"]\", # ]\n [1]]\nb = 2", "#0 a=[\"]\", # ]\n [1]]; #0 b=2"},
    {"twice", "a = 1\na = 2", "cannot read 'x.toml' line 2: a key is there twice"},
    {"inline", "\na = {b = 1}", "cannot read 'x.toml' line 2: inline tables are not read: write [TABLE]"},
    {"open string", "a = \"x\nb = 1", "cannot read 'x.toml' line 1: a string does not end"},
    {"open array", "a = [1,\n2", "cannot read 'x.toml' line 2: an array does not end"},
    {"open table", "[a\n", "cannot read 'x.toml' line 1: the name of a table does not end"},
    {"no value", "a =\n", "cannot read 'x.toml' line 1: there is no value"},
    {"no equals", "a 1\n", "cannot read 'x.toml' line 1: there is no '=' behind a key"},
    {"more", "a = \"1\" 2\n", "cannot read 'x.toml' line 1: there is more on the line"},
    {"escape", "a = \"\\q\"", "cannot read 'x.toml' line 1: there is no such escape"},
    {"surrogate", "a = \"\\ud800\"", "cannot read 'x.toml' line 1: there is no such escape"},
};

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strdup_printf("/import/toml/%s", rows[i][0]);
    g_test_add_data_func(path, rows[i], check_toml);
  }
  return g_test_run();
}
