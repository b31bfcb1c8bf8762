/* SPDX-License-Identifier: Apache-2.0 */
#include "web/root.h"

#include "base/error.h"
#include "web/web.h"

static void test_check(void)
{
  static const char *const good[] = {"/careen", "/a/b", "/~ops/careen_1.2", "/.well", "/planning", "/x/plan"};
  static const char *const bad[] = {"",      "/",           "careen",  "/careen/", "//evil.example",
                                    "/a//b", "/.",          "/a/..",   "/a?b",     "/a#b",
                                    "/a b",  "/a\"b",       "/a\r\nb", "/%2f",     "/\\evil",
                                    "/ä",    "/fleet.json", "/assets", "/apply",   "/openapi.json"};
  for (guint i = 0; i < G_N_ELEMENTS(good); i++)
    if (!cr_root_check(good[i], NULL))
      g_error("'%s' is refused", good[i]);
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    if (cr_root_check(bad[i], &error))
      g_error("'%s' is taken", bad[i]);
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  }
  for (guint i = 0; cr_web_pages_get()[i]; i++) { /* what a proxy that takes it away could not be told from */
    g_autofree char *root = g_strdup(cr_web_pages_get()[i]->path);
    if (g_str_has_suffix(root, "/"))
      root[strlen(root) - 1] = '\0';
    g_assert_false(cr_root_check(root, NULL));
  }
  g_autofree char *most = g_strnfill(200, 'x'), *more = g_strnfill(201, 'x');
  *most = *more = '/';
  g_assert_true(cr_root_check(most, NULL));
  g_assert_false(cr_root_check(more, NULL));
}

static void test_take(void)
{
  static const struct {
    const char *root, *path, *taken;
  } rows[] = {
      {"", "/plan", "/plan"},
      {"/careen", "/careen/plan", "/plan"},
      {"/careen", "/plan", "/plan"},
      {"/careen", "/careen/", "/"},
      {"/careen", "/careen", NULL},
      {"/careen", "/careening", "/careening"},
      {"/careen", "/", "/"},
      {"/a/b", "/a/b/run/1", "/run/1"},
      {"/a/b", "/a/run/1", "/a/run/1"},
      {"/careen", "/careen//x", "//x"},
      {"/careen", "/careen/careen/plan", "/careen/plan"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(cr_root_take(rows[i].root, rows[i].path), ==, rows[i].taken);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/root/check", test_check);
  g_test_add_func("/root/take", test_take);
  return g_test_run();
}
