/* SPDX-License-Identifier: Apache-2.0 */
/* A day as people write it: 2027-01-31. */
#pragma once
#include <glib.h>

/* FALSE: TEXT is not exactly that, or there is no such day. DAY is then as it was. */
gboolean cr_day_parse(const char *text, GDate *day);
/* The day that an ISO 8601 time begins with. FALSE also for NULL. */
gboolean cr_day_parse_time(const char *iso, GDate *day);
