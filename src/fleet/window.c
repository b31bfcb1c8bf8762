/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/window.h"

#include <string.h>

#include "base/error.h"

#define MINUTES_A_DAY 1440
#define LONGEST       (7 * MINUTES_A_DAY)

struct CrWindow {
  char *text;
  gboolean days[8];        /* 1 Monday … 7 Sunday */
  gboolean month_days[32]; /* of "*-*-01..07"; [0]: all */
  guint from, minutes;     /* local minutes of the day it opens, and how long */
  GTimeZone *zone;
};

/* ---- reading ---- */

typedef struct {
  const char *text, *at;
  GError **error;
} Reader;

static gboolean refuse(const Reader *reader, const char *why)
{
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot use the window '%s' at column %d: %s", reader->text,
                              (int)(reader->at - reader->text) + 1, why);
  cr_error_set_hint(cause, "as in \"Mon..Fri 02:00-05:00 Europe/Berlin\" or \"Sat,Sun 22:00+4h\"");
  g_propagate_error(reader->error, cause);
  return FALSE;
}

static void skip_blanks(Reader *reader)
{
  while (*reader->at == ' ' || *reader->at == '\t')
    reader->at++;
}

static const char *const day_names[] = {"",         "monday", "tuesday",  "wednesday",
                                        "thursday", "friday", "saturday", "sunday"};

/* "Mon", "monday"; 0: none. */
static guint read_day(Reader *reader)
{
  gsize length = 0;
  while (g_ascii_isalpha(reader->at[length]))
    length++;
  for (guint day = 1; day < G_N_ELEMENTS(day_names); day++)
    if ((length == 3 || length == strlen(day_names[day])) && !g_ascii_strncasecmp(reader->at, day_names[day], length)) {
      reader->at += length;
      return day;
    }
  return 0;
}

/* "Mon..Fri,Sun". What is no day is left for who comes next. */
static gboolean read_days(Reader *reader, CrWindow *window)
{
  const char *start = reader->at;
  guint first = read_day(reader);
  if (!first) {
    reader->at = start;
    for (guint day = 1; day <= 7; day++)
      window->days[day] = TRUE;
    return TRUE;
  }
  for (;;) {
    guint last = first;
    if (g_str_has_prefix(reader->at, "..")) {
      reader->at += 2;
      last = read_day(reader);
      if (!last)
        return refuse(reader, "a day is missing behind '..'");
    }
    for (guint day = first;; day = day % 7 + 1) { /* Fri..Mon goes over the week's end */
      window->days[day] = TRUE;
      if (day == last)
        break;
    }
    if (*reader->at != ',')
      return TRUE;
    reader->at++;
    first = read_day(reader);
    if (!first)
      return refuse(reader, "it is not a day of the week");
  }
}

static gboolean read_number(Reader *reader, guint most, guint *number)
{
  if (!g_ascii_isdigit(*reader->at))
    return FALSE;
  guint value = 0;
  for (guint digits = 0; g_ascii_isdigit(*reader->at) && digits < 4; digits++)
    value = value * 10 + (guint)(*reader->at++ - '0');
  *number = value;
  return value <= most && !g_ascii_isdigit(*reader->at);
}

/* "*-*-01..07": days of the month, as systemd.time(7) writes them. */
static gboolean read_month_days(Reader *reader, CrWindow *window)
{
  window->month_days[0] = TRUE;
  if (!g_str_has_prefix(reader->at, "*-*-"))
    return TRUE;
  reader->at += strlen("*-*-");
  window->month_days[0] = FALSE;
  for (;;) {
    guint first = 0, last = 0;
    if (!read_number(reader, 31, &first) || !first)
      return refuse(reader, "it is not a day of the month");
    last = first;
    if (g_str_has_prefix(reader->at, "..")) {
      reader->at += 2;
      if (!read_number(reader, 31, &last) || last < first)
        return refuse(reader, "it is not a later day of the month");
    }
    for (guint day = first; day <= last; day++)
      window->month_days[day] = TRUE;
    if (*reader->at != ',')
      break;
    reader->at++;
  }
  skip_blanks(reader);
  return TRUE;
}

/* "02:00"; 24:00 is a day's end. */
static gboolean read_clock(Reader *reader, guint *minutes)
{
  guint hour = 0, minute = 0;
  const char *start = reader->at;
  if (!read_number(reader, 24, &hour) || *reader->at != ':') {
    reader->at = start;
    return refuse(reader, "a time as in 02:00 is expected");
  }
  reader->at++;
  if (!read_number(reader, 59, &minute) || (hour == 24 && minute)) {
    reader->at = start;
    return refuse(reader, "it is not a time of the day");
  }
  *minutes = hour * 60 + minute;
  return TRUE;
}

/* "4h", "90m", "1h30m" */
static gboolean read_duration(Reader *reader, guint *minutes)
{
  const char *start = reader->at;
  *minutes = 0;
  guint number = 0;
  while (read_number(reader, 9999, &number) && (*reader->at == 'h' || *reader->at == 'm'))
    *minutes += *reader->at++ == 'h' ? number * 60 : number;
  if (*minutes && *minutes <= LONGEST && (!*reader->at || strchr(" \t", *reader->at)))
    return TRUE;
  reader->at = start;
  return refuse(reader, "a duration as in 4h or 90m, of a week at most, is expected");
}

static gboolean read_times(Reader *reader, CrWindow *window)
{
  if (!read_clock(reader, &window->from))
    return FALSE;
  if (window->from == MINUTES_A_DAY)
    return refuse(reader, "24:00 is the end of a day, not the begin of a window");
  skip_blanks(reader);
  if (*reader->at == '+') {
    reader->at++;
    return read_duration(reader, &window->minutes);
  }
  if (*reader->at != '-')
    return refuse(reader, "its end is missing: 02:00-05:00, or 02:00+3h");
  reader->at++;
  skip_blanks(reader);
  guint until = 0;
  if (!read_clock(reader, &until))
    return FALSE;
  if (until == window->from)
    return refuse(reader, "it ends when it begins; for a whole day write 00:00-24:00");
  window->minutes = until > window->from ? until - window->from : until + MINUTES_A_DAY - window->from;
  return TRUE;
}

static gboolean read_zone(Reader *reader, CrWindow *window)
{
  skip_blanks(reader);
  g_autofree char *name = g_strchomp(g_strdup(reader->at));
  window->zone = *name ? g_time_zone_new_identifier(name) : g_time_zone_new_local();
  return window->zone || refuse(reader, "there is no such time zone");
}

CrWindow *cr_window_parse(const char *text, GError **error)
{
  g_autoptr(CrWindow) window = g_new0(CrWindow, 1);
  window->text = g_strdup(text);
  Reader reader = {window->text, window->text, error};
  skip_blanks(&reader);
  if (!read_days(&reader, window))
    return NULL;
  skip_blanks(&reader);
  if (!read_month_days(&reader, window) || !read_times(&reader, window) || !read_zone(&reader, window))
    return NULL;
  return g_steal_pointer(&window);
}

void cr_window_free(CrWindow *window)
{
  if (!window)
    return;
  g_free(window->text);
  g_clear_pointer(&window->zone, g_time_zone_unref);
  g_free(window);
}

const char *cr_window_get_text(const CrWindow *window)
{
  return window->text;
}

/* ---- judging ---- */

static gboolean opens_on(const CrWindow *window, int year, int month, int day)
{
  g_autoptr(GDateTime) noon = g_date_time_new_utc(year, month, day, 12, 0, 0);
  return noon && window->days[g_date_time_get_day_of_week(noon)] && (window->month_days[0] || window->month_days[day]);
}

/* The moment that MINUTES after the begin of the local day are: what the clock leaves out in spring is the moment when
 * it jumps, of what it repeats in autumn the first is meant. Ends may be days later. */
static gint64 find_moment(const CrWindow *window, int year, int month, int day, guint minutes)
{
  g_autoptr(GDateTime) noon = g_date_time_new_utc(year, month, day, 12, 0, 0);
  g_autoptr(GDateTime) there = g_date_time_add_days(noon, (int)(minutes / MINUTES_A_DAY));
  guint left = minutes % MINUTES_A_DAY;
  g_autoptr(GDateTime) local = g_date_time_new(window->zone, g_date_time_get_year(there), g_date_time_get_month(there),
                                               g_date_time_get_day_of_month(there), (int)left / 60, (int)left % 60, 0);
  return local ? g_date_time_to_unix(local) : 0;
}

/* The window that opens on the local day OFFSET days from NOW's. FALSE: none does. */
static gboolean find_opening(const CrWindow *window, gint64 now, int offset, gint64 *opens, gint64 *closes)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now);
  g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, window->zone) : NULL;
  g_autoptr(GDateTime) noon = local ? g_date_time_new_utc(g_date_time_get_year(local), g_date_time_get_month(local),
                                                          g_date_time_get_day_of_month(local), 12, 0, 0)
                                    : NULL;
  g_autoptr(GDateTime) there = noon ? g_date_time_add_days(noon, offset) : NULL;
  if (!there)
    return FALSE;
  int year = g_date_time_get_year(there), month = g_date_time_get_month(there),
      day = g_date_time_get_day_of_month(there);
  if (!opens_on(window, year, month, day))
    return FALSE;
  *opens = find_moment(window, year, month, day, window->from);
  *closes = find_moment(window, year, month, day, window->from + window->minutes);
  return *closes > *opens;
}

gboolean cr_window_is_open(const CrWindow *window, gint64 now)
{
  for (int offset = -8; offset <= 1; offset++) {
    gint64 opens = 0, closes = 0;
    if (find_opening(window, now, offset, &opens, &closes) && opens <= now && now < closes)
      return TRUE;
  }
  return FALSE;
}

gint64 cr_window_find_next(const CrWindow *window, gint64 now, gint64 *closes)
{
  /* the 31st may be two months away, and one that is open now may have opened a week ago */
  for (int offset = -8; offset <= 64; offset++) {
    gint64 opens = 0, ends = 0;
    if (!find_opening(window, now, offset, &opens, &ends) || ends <= now)
      continue;
    if (closes)
      *closes = ends;
    return MAX(opens, now);
  }
  if (closes)
    *closes = 0;
  return 0;
}
