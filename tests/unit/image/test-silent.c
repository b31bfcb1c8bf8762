/* SPDX-License-Identifier: Apache-2.0 */
#include "image/silent.h"

#include <string.h>

#include "base/error.h"

#define HERE "https://one.example:5000"

static gboolean ask(CrSilent *silent, const char *url, int code)
{
  g_autoptr(GError) why = code < 0 ? NULL : g_error_new(CR_ERROR, code, "it is so");
  if (!cr_silent_may_ask(silent, url, NULL))
    return FALSE;
  cr_silent_told(silent, url, why);
  return TRUE;
}

#define FINE (-1)

static void test_servers(void)
{
  g_autoptr(CrSilent) silent = cr_silent_new();
  g_autoptr(GError) error = NULL;
  g_assert_true(ask(silent, HERE "/v2/a/manifests/1", CR_ERROR_ENVIRONMENT));
  g_assert_false(cr_silent_may_ask(silent, HERE "/v2/b/manifests/2?x", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_nonnull(strstr(error->message, "it is so"));
  /* another port, another scheme: another server */
  g_assert_true(ask(silent, "https://one.example:5001/v2/", FINE));
  g_assert_true(ask(silent, "http://one.example:5000/v2/", FINE));
}

static void test_one_that_breaks(void)
{
  g_autoptr(CrSilent) silent = cr_silent_new();
  g_assert_true(ask(silent, HERE, FINE));
  g_assert_true(ask(silent, HERE, CR_ERROR_ENVIRONMENT));
  g_assert_true(ask(silent, HERE, FINE));
  g_assert_true(ask(silent, HERE, CR_ERROR_ENVIRONMENT));
  g_assert_true(ask(silent, HERE, CR_ERROR_ENVIRONMENT));
  g_assert_false(ask(silent, HERE, FINE));
}

static void test_no_failure(void)
{
  g_autoptr(CrSilent) silent = cr_silent_new();
  for (guint i = 0; i < 3; i++)
    g_assert_true(ask(silent, HERE, CR_ERROR_LIMIT));
  g_assert_true(ask(NULL, HERE, CR_ERROR_ENVIRONMENT));
  g_assert_true(ask(NULL, HERE, FINE));
}

static void test_bytes(void)
{
  g_autoptr(CrSilent) silent = cr_silent_new();
  g_autoptr(GError) trust = g_error_new(CR_ERROR, CR_ERROR_TRUST, "its bytes are others");
  g_autoptr(GError) again = NULL;
  g_autoptr(GError) other = g_error_new(CR_ERROR, CR_ERROR_ENVIRONMENT, "it broke");
  cr_silent_mark_bad(silent, HERE "/v2/a/blobs/sha256:1", other);
  g_assert_true(cr_silent_is_good(silent, HERE "/v2/a/blobs/sha256:1", NULL));
  cr_silent_mark_bad(silent, HERE "/v2/a/blobs/sha256:1", trust);
  g_assert_false(cr_silent_is_good(silent, HERE "/v2/a/blobs/sha256:1", &again));
  g_assert_error(again, CR_ERROR, CR_ERROR_TRUST);
  g_assert_true(cr_silent_is_good(silent, HERE "/v2/a/blobs/sha256:2", NULL));
  g_assert_true(cr_silent_is_good(NULL, HERE "/v2/a/blobs/sha256:1", NULL));
}

typedef struct {
  CrSilent *silent;
  gint asked;
} Crowd;

/* Nobody knows yet whether it answers: one finds out for all. */
static gpointer join(gpointer data)
{
  Crowd *crowd = data;
  if (!cr_silent_may_ask(crowd->silent, HERE, NULL))
    return NULL;
  g_autoptr(GError) why = g_error_new(CR_ERROR, CR_ERROR_ENVIRONMENT, "no answer");
  g_atomic_int_inc(&crowd->asked);
  g_thread_yield();
  cr_silent_told(crowd->silent, HERE, why);
  return NULL;
}

static void test_crowd(void)
{
  Crowd crowd = {.silent = cr_silent_new()};
  GThread *threads[8];
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("crowd", join, &crowd);
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  g_assert_cmpint(crowd.asked, ==, 1);
  cr_silent_free(crowd.silent);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/silent/servers", test_servers);
  g_test_add_func("/silent/one-that-breaks", test_one_that_breaks);
  g_test_add_func("/silent/no-failure", test_no_failure);
  g_test_add_func("/silent/bytes", test_bytes);
  g_test_add_func("/silent/crowd", test_crowd);
  return g_test_run();
}
