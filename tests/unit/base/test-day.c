/* SPDX-License-Identifier: Apache-2.0 */
#include "base/day.h"

static void test_parse(void)
{
  static const struct {
    const char *text;
    guint year, month, day; /* 0: refused */
  } rows[] = {
      {"2027-01-31", 2027, 1, 31},
      {"2028-02-29", 2028, 2, 29},
      {"2027-02-29", 0, 0, 0},
      {"2027-13-01", 0, 0, 0},
      {"2027-00-10", 0, 0, 0},
      {"0000-01-01", 0, 0, 0},
      {" 2027-1-01", 0, 0, 0},
      {"+027-01-01", 0, 0, 0},
      {"2027-1-031", 0, 0, 0},
      {"2027/01/31", 0, 0, 0},
      {"2027-01-31Z", 0, 0, 0},
      {"2027-01-3", 0, 0, 0},
      {"", 0, 0, 0},
      {"yesterday!", 0, 0, 0},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    GDate day;
    g_date_set_dmy(&day, 1, 1, 1);
    gboolean ok = cr_day_parse(rows[i].text, &day);
    g_test_message("'%s'", rows[i].text);
    g_assert_cmpint(ok, ==, rows[i].year != 0);
    g_assert_cmpuint(g_date_get_year(&day), ==, ok ? rows[i].year : 1);
    g_assert_cmpuint((guint)g_date_get_month(&day), ==, ok ? rows[i].month : 1);
    g_assert_cmpuint(g_date_get_day(&day), ==, ok ? rows[i].day : 1);
  }
}

static void test_time(void)
{
  GDate day;
  g_assert_true(cr_day_parse_time("2026-11-25T23:59:59Z", &day));
  g_assert_cmpuint(g_date_get_day(&day), ==, 25);
  g_assert_true(cr_day_parse_time("2026-11-24", &day));
  g_assert_cmpuint(g_date_get_day(&day), ==, 24);
  g_assert_false(cr_day_parse_time(NULL, &day));
  g_assert_false(cr_day_parse_time("2026-11", &day));
}

static void test_times(void)
{
  g_setenv("TZ", "Europe/Berlin", TRUE);
  g_autofree char *utc = cr_time_format_utc(1795838400), *local = cr_time_format_local(1795838400);
  g_assert_cmpstr(utc, ==, "2026-11-28T04:00:00Z");
  g_assert_cmpstr(local, ==, "2026-11-28 05:00");
  g_assert_null(cr_time_format_utc(0)); /* never */
  g_assert_null(cr_time_format_local(0));
  g_assert_null(cr_time_format_utc(G_MAXINT64)); /* no such year */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/day/parse", test_parse);
  g_test_add_func("/day/time", test_time);
  g_test_add_func("/base/day/times", test_times);
  return g_test_run();
}
