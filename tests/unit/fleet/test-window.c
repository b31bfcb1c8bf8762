/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/window.h"

#include <string.h>

#include "base/error.h"

static gint64 at(const char *zone, const char *text)
{
  g_autoptr(GTimeZone) place = g_time_zone_new_identifier(zone);
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, place);
  g_assert_nonnull(time);
  return g_date_time_to_unix(time);
}

#define BERLIN "Europe/Berlin"

static const struct {
  const char *window, *now;
  gboolean open;
} moments[] = {
    {"Mon..Fri 02:00-05:00 " BERLIN, "2026-11-27T02:00:00", TRUE}, /* a Friday */
    {"Mon..Fri 02:00-05:00 " BERLIN, "2026-11-27T04:59:59", TRUE},
    {"Mon..Fri 02:00-05:00 " BERLIN, "2026-11-27T05:00:00", FALSE},
    {"Mon..Fri 02:00-05:00 " BERLIN, "2026-11-27T01:59:59", FALSE},
    {"Mon..Fri 02:00-05:00 " BERLIN, "2026-11-28T03:00:00", FALSE},
    {"Sat,Sun 22:00+4h " BERLIN, "2026-11-28T23:00:00", TRUE},
    {"Sat,Sun 22:00+4h " BERLIN, "2026-11-30T01:59:00", TRUE}, /* Monday: Sunday's goes on */
    {"Sat,Sun 22:00+4h " BERLIN, "2026-11-30T02:00:00", FALSE},
    {"22:00-02:00 " BERLIN, "2026-11-25T23:30:00", TRUE},
    {"22:00-02:00 " BERLIN, "2026-11-25T01:30:00", TRUE},
    {"22:00-02:00 " BERLIN, "2026-11-25T12:00:00", FALSE},
    {"Fri..Mon 00:00-24:00 " BERLIN, "2026-11-29T12:00:00", TRUE}, /* over the week's end */
    {"Fri..Mon 00:00-24:00 " BERLIN, "2026-11-30T23:59:59", TRUE},
    {"Fri..Mon 00:00-24:00 " BERLIN, "2026-12-01T00:00:00", FALSE},
    {"fri 20:00+60h " BERLIN, "2026-11-30T07:59:00", TRUE}, /* a weekend in one */
    {"fri 20:00+60h " BERLIN, "2026-11-30T08:00:00", FALSE},
    {"*-*-01..07 03:00-04:00 " BERLIN, "2026-12-07T03:30:00", TRUE},
    {"*-*-01..07 03:00-04:00 " BERLIN, "2026-12-08T03:30:00", FALSE},
    {"Sun *-*-01..07 03:00-04:00 " BERLIN, "2026-12-06T03:30:00", TRUE}, /* the month's first Sunday */
    {"Sun *-*-01..07 03:00-04:00 " BERLIN, "2026-12-07T03:30:00", FALSE},
    /* 29 March 2026: 02:00 to 03:00 is not there; it opens when the clock jumps */
    {"02:00-05:00 " BERLIN, "2026-03-29T03:00:00", TRUE},
    {"02:30-03:30 " BERLIN, "2026-03-29T03:29:00", TRUE},
    {"02:30-03:30 " BERLIN, "2026-03-29T01:59:00", FALSE},
};

static void test_moments(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(moments); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrWindow) window = cr_window_parse(moments[i].window, &error);
    g_assert_no_error(error);
    g_test_message("%s at %s", moments[i].window, moments[i].now);
    g_assert_cmpint(cr_window_is_open(window, at(BERLIN, moments[i].now)), ==, moments[i].open);
  }
}

static const struct {
  const char *text;
  int column;
  const char *why;
} wrong[] = {
    {"", 1, "a time"},
    {"Mon", 4, "a time"},
    {"Mon..", 6, "a day is missing"},
    {"Mon,Foo 02:00-03:00", 5, "not a day of the week"},
    {"Monn 02:00-03:00", 1, "a time"},
    {"02:00", 6, "its end is missing"},
    {"02:00-02:00", 12, "ends when it begins"},
    {"25:00-26:00", 1, "a time"},
    {"02:60-03:00", 1, "not a time of the day"},
    {"24:00-25:00", 6, "the end of a day"},
    {"24:01-25:00", 1, "not a time of the day"},
    {"02:00+0h", 7, "a duration"},
    {"02:00+200h", 7, "a duration"},
    {"02:00+3d", 7, "a duration"},
    {"02:00-05:00 Europe/Atlantis", 13, "no such time zone"},
    {"*-*-32 02:00-05:00", 7, "not a day of the month"},
    {"*-*-07..01 02:00-05:00", 11, "not a later day"},
    {"00000000000000:00-01:00", 1, "a time"},
};

static void test_wrong(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("%s", wrong[i].text);
    g_assert_null(cr_window_parse(wrong[i].text, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    g_autofree char *column = g_strdup_printf("column %d:", wrong[i].column);
    if (!strstr(error->message, column) || !strstr(error->message, wrong[i].why))
      g_error("%s: not '%s' '%s'", error->message, column, wrong[i].why);
  }
}

/* Every minute of a year and more against the clock on the wall, in zones with and without summer time: inside a window
 * of one day, open is what hour and day say (02:00 to 05:00 has the changed hours in it). find_next agrees with it. */
static void test_year(void)
{
  static const char *const zones[] = {BERLIN, "America/New_York", "Asia/Kolkata", "UTC", "Australia/Lord_Howe"};
  for (guint z = 0; z < G_N_ELEMENTS(zones); z++) {
    g_autofree char *text = g_strdup_printf("Mon..Fri 01:30-05:00 %s", zones[z]);
    g_autoptr(CrWindow) window = cr_window_parse(text, NULL);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(zones[z]);
    gint64 begin = at("UTC", "2026-01-01T00:00:00"), end = begin + 366 * 86400;
    gint64 next = 0;
    for (gint64 now = begin; now < end; now += 900) {
      g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now);
      g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
      int minutes = g_date_time_get_hour(local) * 60 + g_date_time_get_minute(local);
      gboolean expected = minutes >= 90 && minutes < 300 && g_date_time_get_day_of_week(local) <= 5;
      gboolean open = cr_window_is_open(window, now);
      /* In autumn 01:30 comes twice: the first one opens it, and it stays open through the repeated hour. */
      if (open != expected && !(open && minutes >= 60 && minutes < 120))
        g_error("%s at %" G_GINT64_FORMAT ": %d, the clock says %d:%02d", text, now, open, minutes / 60, minutes % 60);
      if (now >= next) {
        gint64 closes = 0;
        next = cr_window_find_next(window, now, &closes);
        g_assert_cmpint(next, >=, now);
        g_assert_cmpint(closes, >, next);
        g_assert_true(cr_window_is_open(window, next));
        g_assert_false(cr_window_is_open(window, closes));
        if (next == now)
          next = closes;
      } else {
        g_assert_false(open && now < next && !cr_window_is_open(window, now));
      }
    }
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/window/moments", test_moments);
  g_test_add_func("/fleet/window/wrong", test_wrong);
  g_test_add_func("/fleet/window/year", test_year);
  return g_test_run();
}
