/* SPDX-License-Identifier: Apache-2.0 */
/* Times of others: cron's five fields, or six with seconds before them, and @daily, @every 6h. */
#include <string.h>

#include "base/number.h"
#include "fleet/window.h"
#include "import/import.h"

/* "@every 6h", "@daily" → "6h", "24h"; NULL: it is none of these. */
static const char *find_word(CrImport *import, const char *text)
{
  static const char *const words[][2] = {
      {"@hourly", "1h"}, {"@daily", "24h"}, {"@midnight", "24h"}, {"@weekly", "7d"}, {"@monthly", "30d"}};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    if (!strcmp(words[i][0], text))
      return words[i][1];
  if (!g_str_has_prefix(text, "@every "))
    return NULL;
  const char *time = text + strlen("@every ");
  gsize digits = strspn(time, "0123456789");
  return digits && digits < 6 && time[digits] && strchr("smh", time[digits]) && !time[digits + 1]
             ? cr_arena_strdup(import->arena, time)
             : NULL;
}

/* "*" → NULL with TRUE; "1-5" → "Mon..Fri"; "6,0" → "Sat,Sun". */
static gboolean read_days(const char *text, GString *out)
{
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  if (!strcmp(text, "*") || !strcmp(text, "?"))
    return TRUE;
  g_auto(GStrv) parts = g_strsplit_set(text, ",", -1);
  for (guint i = 0; parts[i]; i++) {
    const char *dash = strchr(parts[i], '-');
    g_auto(GStrv) ends = g_strsplit(parts[i], "-", 2);
    for (guint k = 0; ends[k]; k++) {
      guint day = 8;
      for (guint d = 0; d < G_N_ELEMENTS(days); d++)
        if (!g_ascii_strcasecmp(days[d], ends[k]) || (ends[k][0] == (char)('0' + d) && !ends[k][1]))
          day = d;
      if (day > 7)
        return FALSE;
      g_string_append_printf(out, "%s%s", k ? ".." : out->len ? "," : "", days[day]);
    }
    if (dash && !ends[1])
      return FALSE;
  }
  return out->len > 0;
}

/* A window of an hour from there. NULL: no such simple time. */
static char *make_window(const char *const *fields, const char *zone)
{
  guint64 minute = 0, hour = 0;
  g_autoptr(GString) days = g_string_new(NULL);
  if (!cr_number_parse_unsigned(fields[0], 0, 59, &minute) || !cr_number_parse_unsigned(fields[1], 0, 23, &hour) ||
      strcmp(fields[2], "*") != 0 || strcmp(fields[3], "*") != 0 || !read_days(fields[4], days))
    return NULL;
  g_autofree char *text = g_strdup_printf("%s%s%02u:%02u+1h%s%s", days->str, days->len ? " " : "", (guint)hour,
                                          (guint)minute, zone && *zone ? " " : "", zone && *zone ? zone : "");
  g_autoptr(CrWindow) window = cr_window_parse(text, NULL);
  return window ? g_steal_pointer(&text) : NULL;
}

/* "0 * /6 * * *" (without the blank) → "6h"; NULL: no such. */
static char *make_interval(const char *const *fields)
{
  guint64 number = 0;
  const char *step = g_str_has_prefix(fields[0], "*/")   ? fields[0] + 2
                     : g_str_has_prefix(fields[1], "*/") ? fields[1] + 2
                                                         : NULL;
  gboolean minutes = step == fields[0] + 2, all = TRUE;
  for (guint i = minutes ? 1 : 2; i < 5; i++)
    all = all && !strcmp(fields[i], "*");
  if (!step || !all || !cr_number_parse_unsigned(step, 1, minutes ? 59 : 23, &number))
    return NULL;
  return g_strdup_printf("%u%c", (guint)number, minutes ? 'm' : 'h');
}

void cr_import_read_schedule(CrImport *import, const char *text, const char *zone, gboolean acts, const char *place)
{
  const char *word = find_word(import, text);
  if (word) {
    cr_import_set(import, &import->interval, "interval", word, place);
    return;
  }
  g_autofree char *copy = g_strdup(text);
  g_auto(GStrv) words = g_strsplit_set(g_strstrip(copy), " \t", -1);
  guint count = g_strv_length(words);
  const char *const *fields = (const char *const *)words + (count == 6);
  g_autofree char *interval = count == 5 || count == 6 ? make_interval(fields) : NULL;
  g_autofree char *window = !interval && (count == 5 || count == 6) ? make_window(fields, zone) : NULL;
  if (interval)
    cr_import_set(import, &import->interval, "interval", interval, place);
  else if (window && acts) {
    cr_import_set(import, &import->window, "window", window, place);
    cr_import_note(import, place, "'%s' becomes a window of one hour: careen looks by interval: and acts in the window",
                   text);
  } else if (window) {
    cr_import_set(import, &import->interval, "interval", "24h", place);
    cr_import_note(import, place, "'%s' becomes once a day: for looking alone careen has no hour", text);
  } else
    cr_import_lose(import, place, "the schedule '%s' has no equivalent: set interval: and window:", text);
}
