/* SPDX-License-Identifier: Apache-2.0 */
/* A day as people write it: 2027-01-31. */
#pragma once
#include <glib.h>

/* FALSE: TEXT is not exactly that, or there is no such day. DAY is then as it was. */
gboolean cr_day_parse(const char *text, GDate *day);
/* SECONDS since the epoch as 2026-11-28T04:00:00Z, and as this machine's clock shows it, 2026-11-28 04:00. NULL for 0:
 * never. Free with g_free. */
char *cr_time_format_utc(gint64 seconds);
char *cr_time_format_local(gint64 seconds);
/* The day that an ISO 8601 time begins with. FALSE also for NULL. */
gboolean cr_day_parse_time(const char *iso, GDate *day);
