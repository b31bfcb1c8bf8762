/* SPDX-License-Identifier: Apache-2.0 */
#include "base/day.h"

#include <string.h>

static guint take_number(const char *digits, guint count)
{
  guint number = 0;
  for (guint i = 0; i < count; i++)
    number = number * 10 + (guint)(digits[i] - '0');
  return number;
}

gboolean cr_day_parse(const char *text, GDate *day)
{
  if (strlen(text) != 10)
    return FALSE;
  for (guint i = 0; i < 10; i++)
    if (i == 4 || i == 7 ? text[i] != '-' : !g_ascii_isdigit(text[i]))
      return FALSE;
  guint year = take_number(text, 4), month = take_number(text + 5, 2), number = take_number(text + 8, 2);
  if (!g_date_valid_dmy((GDateDay)number, (GDateMonth)month, (GDateYear)year))
    return FALSE;
  g_date_set_dmy(day, (GDateDay)number, (GDateMonth)month, (GDateYear)year);
  return TRUE;
}

gboolean cr_day_parse_time(const char *iso, GDate *day)
{
  g_autofree char *start = iso ? g_strndup(iso, 10) : NULL;
  return start && cr_day_parse(start, day);
}

char *cr_time_format_utc(gint64 seconds)
{
  g_autoptr(GDateTime) time = seconds ? g_date_time_new_from_unix_utc(seconds) : NULL;
  return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

char *cr_time_format_local(gint64 seconds)
{
  g_autoptr(GDateTime) time = seconds ? g_date_time_new_from_unix_local(seconds) : NULL;
  return time ? g_date_time_format(time, "%Y-%m-%d %H:%M") : NULL;
}
