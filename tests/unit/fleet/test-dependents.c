/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/dependents.h"
#include "fleet/kept-name.h"

#include <string.h>

#include "base/error.h"

/* "name<on,on name…": containers and what each depends on; '!' before a name: started with --rm. */
static const struct {
  const char *name, *containers, *of, *expected, *refused; /* EXPECTED NULL: a circle */
} cases[] = {
    {"nobody", "web db", "web", "", NULL},
    {"one", "db web<db", "db", "web", NULL},
    {"not-backwards", "db web<db", "web", "", NULL},
    {"chain", "a<b b<c c", "c", "b a", NULL},
    {"diamond", "a<b,c b<d c<d d", "d", "b c a", NULL},
    {"order-beats-name", "a<z z<root root", "root", "z a", NULL},
    {"others-left-alone", "a<x x b<root root", "root", "b", NULL},
    {"also-on-others", "a<root,x root x<y y", "root", "a", NULL},
    {"circle-of-two", "a<b b<a,root root", "root", NULL, NULL},
    {"circle-with-it", "a<root root<a", "root", NULL, NULL},
    {"circle-elsewhere", "a<b b<a c<root root", "root", "c", NULL},
    {"itself", "root<root", "root", NULL, NULL},
    {"unknown-target", "a<gone root", "root", "", NULL},
    {"refused", "!a<root root", "root", "a",
     "a uses it and cannot be re-created: it was started with --rm: stopping it removes it and its volumes, and "
     "nothing "
     "could come back"},
    {"not-refused-for-others", "!a root", "root", "", NULL},
};

static CrContainers *make(const char *text)
{
  static const CrJson *const nothing = NULL;
  CrContainers *containers = g_new0(CrContainers, 1);
  containers->arena = cr_arena_new();
  containers->items = g_ptr_array_new();
  containers->docs = g_ptr_array_new();
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  for (guint i = 0; words[i]; i++) {
    CrContainer *container = cr_arena_new0(containers->arena, CrContainer);
    gboolean removed = words[i][0] == '!';
    g_auto(GStrv) parts = g_strsplit(words[i] + removed, "<", 2);
    g_auto(GStrv) on = g_strsplit(parts[1] ? parts[1] : "", ",", -1);
    const char **copy = cr_arena_alloc(containers->arena, (g_strv_length(on) + 1) * sizeof(char *));
    for (guint j = 0; on[j]; j++)
      copy[j] = cr_arena_strdup(containers->arena, on[j]);
    container->name = cr_arena_strdup(containers->arena, parts[0]);
    container->id = cr_arena_printf(containers->arena, "%064u", i);
    container->depends_on = (CrStrv)copy;
    container->auto_remove = removed;
    container->inspect = nothing;
    g_ptr_array_add(containers->items, container);
  }
  return containers;
}

static void test_order(gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE(data);
  g_autoptr(CrContainers) containers = make(cases[i].containers);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  const char *refused = NULL;
  g_autoptr(GPtrArray) order = cr_dependents_list(containers, cases[i].of, &refused, arena, &error);
  if (!cases[i].expected) {
    g_assert_null(order);
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    return;
  }
  g_assert_no_error(error);
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint j = 0; j < order->len; j++)
    g_string_append_printf(names, "%s%s", j ? " " : "", ((const CrContainer *)order->pdata[j])->name);
  g_assert_cmpstr(names->str, ==, cases[i].expected);
  g_assert_cmpstr(refused, ==, cases[i].refused);
}

/* OF and OTHERS changed at once: what is changed after OF, in its order. EXPECTED NULL: a circle. */
static const struct {
  const char *name, *containers, *of, *others, *expected;
} turns[] = {
    {"alone", "a<root root", "root", "", "a"},
    {"shared-user", "net vol use<net,vol", "net", "vol", "vol use"},
    {"shared-user-the-other-way", "net vol use<net,vol", "vol", "net", "net use"},
    {"user-itself", "net use<net", "net", "use", "use"},
    {"each-once", "a<net,vol b<a c<vol net vol", "net", "vol a", "vol a c b"},
    {"one-that-is-gone", "net use<net", "net", "gone", "use"},
    {"circle", "net vol a<b b<a,vol", "net", "vol", NULL},
};

static void test_turn(gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE(data);
  g_autoptr(CrContainers) containers = make(turns[i].containers);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = g_strsplit(turns[i].others, " ", -1);
  g_autoptr(GHashTable) others = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint k = 0; words[k]; k++)
    g_hash_table_add(others, words[k]);
  g_autoptr(GPtrArray) order = cr_turn_list(containers, turns[i].of, others, arena, &error);
  if (!turns[i].expected) {
    g_assert_null(order);
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    return;
  }
  g_assert_no_error(error);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint k = 0; k < order->len; k++)
    g_string_append_printf(text, "%s%s", k ? " " : "", ((const CrContainer *)order->pdata[k])->name);
  g_assert_cmpstr(text->str, ==, turns[i].expected);
}

static const struct {
  const char *text, *name, *kind; /* NAME NULL: none */
} names[] = {
    {"web.new-0a1b2c3d4e5f", "web", "new"},
    {"web.old-0a1b2c3d4e5f", "web", "old"},
    {"web.failed-0a1b2c3d4e5f", "web", "failed"},
    {"shop.new-web-1.old-0a1b2c3d4e5f", "shop.new-web-1", "old"},
    {"web.new-0a1b2c3d4e5f.old-0a1b2c3d4e5e", "web.new-0a1b2c3d4e5f", "old"},
    {"web", NULL, NULL},
    {"", NULL, NULL},
    {".new-0a1b2c3d4e5f", NULL, NULL},
    {"web.new-0a1b2c3d4e5", NULL, NULL},
    {"web.new-0a1b2c3d4e5f0", NULL, NULL},
    {"web.new-0A1B2C3D4E5F", NULL, NULL},
    {"web.older-0a1b2c3d4e5f", NULL, NULL},
    {"web-new-0a1b2c3d4e5f", NULL, NULL},
    {"web.new0a1b2c3d4e5f", NULL, NULL},
};

static void test_names(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *name = NULL, *kind = NULL, *operation = NULL;
    g_assert_cmpint(cr_temporary_name_parse(names[i].text, &name, &kind, &operation), ==, names[i].name != NULL);
    g_assert_cmpstr(name, ==, names[i].name);
    g_assert_cmpstr(kind, ==, names[i].kind);
    if (!name)
      continue;
    g_autofree char *again = cr_temporary_name_format(name, kind, operation);
    g_assert_cmpstr(again, ==, names[i].text);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strdup_printf("/dependents/order/%s", cases[i].name);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_order);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(turns); i++) {
    g_autofree char *path = g_strdup_printf("/dependents/turn/%s", turns[i].name);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_turn);
  }
  g_test_add_func("/dependents/names", test_names);
  return g_test_run();
}
