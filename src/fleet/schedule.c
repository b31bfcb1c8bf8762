/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/schedule.h"

#define RETRY_SECONDS 60U /* after the first failure; doubled each time, up to the interval */

guint cr_schedule_find_jitter(const CrSchedule *schedule)
{
  if (!schedule->jitter_seconds)
    return 0;
  /* xorshift over machine and day: no state, and no two days alike */
  guint32 x = schedule->seed ^ (guint32)(schedule->last / 86400) * 2654435761U;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x % (schedule->jitter_seconds + 1);
}

static gint64 find_retry(const CrSchedule *schedule)
{
  guint64 wait = RETRY_SECONDS;
  for (guint i = 1; i < schedule->failures && wait < schedule->interval_seconds; i++)
    wait *= 2;
  return schedule->last + (gint64)MIN(wait, (guint64)schedule->interval_seconds);
}

gint64 cr_schedule_find_next(const CrSchedule *schedule)
{
  if (!schedule->last)
    return schedule->now;
  gint64 next = schedule->last + schedule->interval_seconds + cr_schedule_find_jitter(schedule);
  if (schedule->failures)
    next = MIN(next, find_retry(schedule));
  if (schedule->window_opens)
    next = MIN(next, MAX(schedule->window_opens, schedule->last + 1));
  if (schedule->event)
    next = MIN(next, MAX(schedule->event, schedule->last) + schedule->settle_seconds);
  return MAX(next, schedule->now);
}
