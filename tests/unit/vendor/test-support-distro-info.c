/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "support-common.h"

#include "base/error.h"

static void test_find(void)
{
  g_autoptr(CrDistroInfo) debian = read_table("debian.csv");
  g_autoptr(CrDistroInfo) ubuntu = read_table("ubuntu.csv");
  const struct {
    const CrDistroInfo *table;
    const char *version, *series, *found;
  } rows[] = {
      {debian, "12", "bookworm", "bookworm"},
      {debian, "12", NULL, "bookworm"},
      {debian, "12.5", NULL, "bookworm"},
      {debian, NULL, "sid", "sid"},
      {debian, "1.1", NULL, "buzz"},
      {debian, "1", NULL, NULL},
      {debian, "99", NULL, NULL},
      {debian, "99", "trixie", "trixie"},
      {debian, "", "", NULL},
      {ubuntu, "20.04", "focal", "focal"},
      {ubuntu, "20.04", NULL, "focal"},
      {ubuntu, "22.10", NULL, "kinetic"},
      {ubuntu, "20", NULL, NULL},
      {ubuntu, NULL, NULL, NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const CrDistroRelease *release = cr_distro_info_find(rows[i].table, rows[i].version, rows[i].series);
    g_assert_cmpstr(release ? release->series : NULL, ==, rows[i].found);
  }
}

static void test_columns_by_name(void)
{
  g_autoptr(GError) error = NULL;
  const char *text =
      "series,new,eol,version,release\r\nfoo,x,2020-02-29,7 LTS,2019-01-01\r\nbar,y,2021-02-29,8,\n,z,,,";
  g_autoptr(CrDistroInfo) info = cr_distro_info_parse(text, strlen(text), &error);
  g_assert_no_error(error);
  const CrDistroRelease *foo = cr_distro_info_find(info, "7", NULL);
  g_assert_nonnull(foo);
  GDate leap = make_day("2020-02-29");
  g_assert_cmpint(g_date_compare(&foo->eol, &leap), ==, 0);
  g_assert_false(g_date_valid(&cr_distro_info_find(info, "8", NULL)->eol)); /* 2021 has no 29 February */
}

static void test_no_table(void)
{
  const char *const texts[] = {"", "\n", "version,codename\n1,x\n", "<html>", "version,series,release\n"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_distro_info_parse(texts[i], strlen(texts[i]), &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void test_dates(void)
{
  GDate date;
  const char *const bad[] = {"",         "2020-1-01",  "2020-13-01",  "2020-00-10", "2020/01/01",
                             "20200101", "2020-01-0x", "2020-01-011", "0000-01-01"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(cr_support_parse_date(bad[i], strlen(bad[i]), &date));
  g_assert_true(cr_support_parse_date("2028-02-29", 10, &date));
  g_assert_cmpint(g_date_get_month(&date), ==, 2);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/support-distro-info/find", test_find);
  g_test_add_func("/support-distro-info/columns-by-name", test_columns_by_name);
  g_test_add_func("/support-distro-info/no-table", test_no_table);
  g_test_add_func("/support-distro-info/dates", test_dates);
  return g_test_run();
}
