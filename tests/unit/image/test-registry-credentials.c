/* SPDX-License-Identifier: Apache-2.0 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "image/registry.h"

/* bWU6aXQ= is me:it, dG9wOnNlY3JldDp3aXRoOmNvbG9ucw== is top:secret:with:colons */
static const char config[] =
    "{\"auths\": {"
    "  \"https://index.docker.io/v1/\": {\"auth\": \"bWU6aXQ=\"},"
    "  \"registry.example\": {\"auth\": \"dG9wOnNlY3JldDp3aXRoOmNvbG9ucw==\"},"
    "  \"registry.example/team/app\": {\"username\": \"app\", \"password\": \"p\"},"
    "  \"https://old.example:5000/v2/\": {\"auth\": \"bWU6aXQ=\"},"
    "  \"token.example\": {\"auth\": \"bWU6aXQ=\", \"identitytoken\": \"refresh\"},"
    "  \"bearer.example\": {\"registrytoken\": \"bear\"},"
    "  \"stored.example\": {},"
    "  \"odd.example\": {\"auth\": 7},"
    "  \"nocolon.example\": {\"auth\": \"bWU=\"}"
    "}, \"credHelpers\": {\"helped.example\": \"ecr-login\", \"evil.example\": \"../../tmp/x\"}}";

static void test_match(void)
{
  static const struct {
    const char *host, *repository, *user, *password, *token, *helper;
  } rows[] = {
      {"docker.io", "library/debian", "me", "it", NULL, NULL},
      {"registry.example", "other", "top", "secret:with:colons", NULL, NULL},
      {"registry.example", "team/app", "app", "p", NULL, NULL},
      {"registry.example", "team/app/sub", "app", "p", NULL, NULL},
      {"registry.example", "team/application", "top", "secret:with:colons", NULL, NULL},
      {"old.example:5000", "x", "me", "it", NULL, NULL},
      {"token.example", "x", "me", "it", "refresh", NULL},
      {"bearer.example", "x", NULL, NULL, NULL, NULL},
      {"stored.example", "x", NULL, NULL, NULL, NULL},
      {"odd.example", "x", NULL, NULL, NULL, NULL},
      {"nocolon.example", "x", NULL, NULL, NULL, NULL},
      {"helped.example", "x", NULL, NULL, NULL, "ecr-login"},
      {"evil.example", "x", NULL, NULL, NULL, NULL}, /* no program's name */
      {"registry.exam", "ple", NULL, NULL, NULL, NULL},
      {"old.example", "x", NULL, NULL, NULL, NULL}, /* another port is another registry */
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(CrCredentials) got = {NULL, NULL, NULL, NULL};
    g_autofree char *helper = NULL;
    g_autoptr(GError) error = NULL;
    gboolean found =
        cr_credentials_match(config, strlen(config), "test", rows[i].host, rows[i].repository, &got, &helper, &error);
    g_assert_no_error(error);
    gboolean bearer = strcmp(rows[i].host, "bearer.example") == 0;
    g_assert_cmpint(found, ==, rows[i].user || rows[i].helper || bearer);
    g_assert_cmpstr(got.user, ==, rows[i].user);
    g_assert_cmpstr(got.password, ==, rows[i].password);
    g_assert_cmpstr(got.identity_token, ==, rows[i].token);
    g_assert_cmpstr(got.registry_token, ==, bearer ? "bear" : NULL);
    g_assert_cmpstr(helper, ==, rows[i].helper);
  }
}

static void test_store(void)
{
  static const char store[] = "{\"credsStore\": \"pass\", \"credHelpers\": {\"x.example\": \"own\"}}";
  static const struct {
    const char *host, *helper;
  } rows[] = {{"x.example", "own"}, {"y.example", "pass"}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(CrCredentials) got = {NULL, NULL, NULL, NULL};
    g_autofree char *helper = NULL;
    g_assert_true(cr_credentials_match(store, strlen(store), "test", rows[i].host, "a", &got, &helper, NULL));
    g_assert_cmpstr(helper, ==, rows[i].helper);
  }
}

static void test_bad(void)
{
  static const char *const texts[] = {"", "[]", "{\"auths\": ", "7"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_auto(CrCredentials) got = {NULL, NULL, NULL, NULL};
    g_autofree char *helper = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_credentials_match(texts[i], strlen(texts[i]), "test", "a.example", "a", &got, &helper, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void test_places(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-credentials-XXXXXX", NULL);
  g_autofree char *unit = g_build_filename(folder, "careen.registry", NULL);
  g_autofree char *other = g_build_filename(folder, "other.json", NULL);
  g_assert_true(g_file_set_contents(unit, "{\"auths\": {\"both.example\": {\"auth\": \"bWU6aXQ=\"}}}", -1, NULL));
  g_assert_true(g_file_set_contents(
      other, "{\"auths\": {\"both.example\": {\"auth\": \"YTpi\"}, \"one.example\": {\"auth\": \"YTpi\"}}}", -1, NULL));
  g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
  g_setenv("REGISTRY_AUTH_FILE", other, TRUE);
  static const struct {
    const char *host, *user;
  } rows[] = {{"both.example", "me"}, {"one.example", "a"}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(CrCredentials) got = {NULL, NULL, NULL, NULL};
    g_assert_true(cr_credentials_find(rows[i].host, "a", &got, NULL));
    g_assert_cmpstr(got.user, ==, rows[i].user);
  }
  g_unsetenv("CREDENTIALS_DIRECTORY");
  g_unsetenv("REGISTRY_AUTH_FILE");
  g_unlink(unit);
  g_unlink(other);
  g_rmdir(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/registry-credentials/match", test_match);
  g_test_add_func("/registry-credentials/store", test_store);
  g_test_add_func("/registry-credentials/bad", test_bad);
  g_test_add_func("/registry-credentials/places", test_places);
  return g_test_run();
}
