/* SPDX-License-Identifier: Apache-2.0 */
/* Where two layers differ, and in what. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "remedy/twice.h"

typedef struct {
  const char *name, *change; /* what a shell does to the second one's folder */
  const char *wanted;        /* "": nothing */
} Row;

static const Row rows[] = {
    {"same", "true", ""},
    {"content", "printf b >f; touch -d @1 f", "f: content"},
    {"mode", "chmod 600 f", "f: mode"},
    {"time", "touch -d @5 f", "f: time"},
    {"target", "ln -sf g l; touch -hd @1 l", "l: target"},
    {"type", "rm f; mkdir f; touch -d @1 f", "f/: only the second time"},
    {"gone", "rm f", "f: only the first time"},
    {"new", "printf x >n; touch -d @1 n", "n: only the second time"},
    {"owner", "owner=7", ": owner"},
};

static void test_row(gconstpointer data)
{
  const Row *row = data;
  g_autofree char *folder = g_dir_make_tmp("careen-twice-XXXXXX", NULL);
  g_autofree char *script =
      g_strdup_printf("set -e; umask 022; for i in a b; do mkdir $i; cd $i; owner=0; printf a >f; ln -s f l; touch -d "
                      "@1 f; [ $i = a ] || { %s; };"
                      " touch -hd @1 l; tar --sort=name --owner=$owner --group=0 -cf ../$i.tar *; cd ..; done",
                      row->change);
  const char *argv[] = {"sh", "-c", script, NULL};
  int status = 1;
  g_assert_true(g_spawn_sync(folder, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint(status, ==, 0);
  g_autofree char *a = g_build_filename(folder, "a.tar", NULL), *b = g_build_filename(folder, "b.tar", NULL);
  g_auto(CrReasons) reasons = {.most = 100};
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_twice_compare(a, b, &reasons, &error));
  g_assert_no_error(error);
  g_test_message("%s", cr_reasons_get_text(&reasons, ""));
  g_assert_cmpint(reasons.count != 0, ==, *row->wanted != 0);
  g_assert_nonnull(strstr(cr_reasons_get_text(&reasons, ""), row->wanted));
  const char *remove[] = {"rm", "-rf", folder, NULL};
  g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void test_absent(void)
{
  g_auto(CrReasons) reasons = {0};
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_twice_compare("/nowhere/a", "/nowhere/b", &reasons, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat("/twice/", rows[i].name, NULL);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  g_test_add_func("/twice/absent", test_absent);
  return g_test_run();
}
