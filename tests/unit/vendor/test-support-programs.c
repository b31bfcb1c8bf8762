/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "support-common.h"

static const char json[] = "[{\"cycle\":\"1.1.1\",\"eol\":\"2023-09-11\"},{\"cycle\":\"1.1\",\"eol\":\"2019-09-11\"},"
                           "{\"cycle\":\"3\",\"eol\":false},{\"cycle\":\"4\",\"eol\":true},{\"cycle\":\"5\"}]";

static void test_cycles(void)
{
  const struct {
    const char *version, *day, *support, *until, *note;
  } rows[] = {
      {"1.1.1w", "2023-09-11", "full", "2023-09-11", NULL},
      {"1.1.1w", "2023-09-12", "ended", "2023-09-11", "openssl 1.1.1: its makers' fixes ended on 2023-09-11"},
      {"1.1.0l", "2023-09-12", "ended", "2019-09-11", "openssl 1.1: "}, /* the longest that fits */
      {"1.1", "2019-09-11", "full", "2019-09-11", NULL},
      {"3.0.11", "2030-01-01", "full", NULL, NULL},
      {"30.1", "2023-09-12", "unknown", NULL, "has no release"}, /* not of 3 */
      {"1.10.1", "2023-09-12", "unknown", NULL, "has no release"},
      {"4.1", "2023-09-12", "ended", NULL, "fixes ended, says"},
      {"5.1", "2023-09-12", "unknown", NULL, NULL}, /* nothing is said */
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(CrCycles) cycles = cr_cycles_parse(json, strlen(json), "test", &error);
  g_assert_no_error(error);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    GDate day = make_day(rows[i].day);
    CrPackage package = {.type = "generic", .name = "openssl", .version = rows[i].version};
    cr_support_judge_program(cycles, "openssl", &day, arena, &package);
    g_test_message("%s on %s", rows[i].version, rows[i].day);
    g_assert_cmpstr(cr_package_support_get_name(package.support), ==, rows[i].support);
    g_assert_cmpstr(package.steward.until, ==, rows[i].until);
    if (rows[i].note)
      g_assert_nonnull(strstr(package.support_note, rows[i].note));
    else
      g_assert_null(package.support_note);
  }
}

static void test_products(void)
{
  const struct {
    const char *type, *name, *product;
  } rows[] = {{"generic", "node", "nodejs"},
              {"generic", "httpd", "apache-http-server"},
              {"generic", "bash", NULL},
              {"deb", "nginx", NULL}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const CrPackage package = {.type = rows[i].type, .name = rows[i].name};
    g_assert_cmpstr(cr_support_get_program_product(&package), ==, rows[i].product);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/support-programs/cycles", test_cycles);
  g_test_add_func("/support-programs/products", test_products);
  return g_test_run();
}
