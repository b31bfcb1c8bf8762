/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/schedule.h"

#define DAY  86400
#define LAST (1000 * DAY)

static const struct {
  const char *what;
  CrSchedule schedule;
  gint64 next;
} rows[] = {
    {"the first is now", {.now = LAST, .interval_seconds = DAY}, LAST},
    {"then a day later", {.now = LAST + 5, .last = LAST, .interval_seconds = DAY}, LAST + DAY},
    {"never in the past", {.now = LAST + 3 * DAY, .last = LAST, .interval_seconds = DAY}, LAST + 3 * DAY},
    {"a failure is tried again", {.now = LAST, .last = LAST, .interval_seconds = DAY, .failures = 1}, LAST + 60},
    {"…ever more rarely", {.now = LAST, .last = LAST, .interval_seconds = DAY, .failures = 4}, LAST + 480},
    {"…and never more rarely than usual",
     {.now = LAST, .last = LAST, .interval_seconds = DAY, .failures = 4000},
     LAST + DAY},
    {"a window opens", {.now = LAST, .last = LAST, .interval_seconds = DAY, .window_opens = LAST + 7200}, LAST + 7200},
    {"a window that is open is no reason to spin",
     {.now = LAST, .last = LAST, .interval_seconds = DAY, .window_opens = LAST - 7},
     LAST + 1},
    {"an event settles",
     {.now = LAST + 100, .last = LAST, .interval_seconds = DAY, .event = LAST + 100, .settle_seconds = 10},
     LAST + 110},
    {"an event during a round waits as long",
     {.now = LAST, .last = LAST, .interval_seconds = DAY, .event = LAST - 1, .settle_seconds = 10},
     LAST + 10},
};

static void test_next(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    g_assert_cmpint(cr_schedule_find_next(&rows[i].schedule), ==, rows[i].next);
  }
}

/* Hosts of a fleet are spread over the time, and each is where it was the last time it was asked. */
static void test_jitter(void)
{
  guint seen[4] = {0};
  for (guint32 seed = 1; seed <= 1000; seed++) {
    CrSchedule schedule = {.now = LAST, .last = LAST, .interval_seconds = DAY, .jitter_seconds = 3599, .seed = seed};
    guint jitter = cr_schedule_find_jitter(&schedule);
    g_assert_cmpuint(jitter, <, 3600);
    g_assert_cmpuint(jitter, ==, cr_schedule_find_jitter(&schedule));
    g_assert_cmpint(cr_schedule_find_next(&schedule), ==, LAST + DAY + jitter);
    seen[jitter / 900]++;
  }
  for (guint i = 0; i < G_N_ELEMENTS(seen); i++)
    g_assert_cmpuint(seen[i], >, 150);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/schedule/next", test_next);
  g_test_add_func("/fleet/schedule/jitter", test_jitter);
  return g_test_run();
}
