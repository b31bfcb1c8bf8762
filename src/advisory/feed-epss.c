/* SPDX-License-Identifier: Apache-2.0 */
/* FIRST's exploit prediction scores: https://epss.empiricalsecurity.com/epss_scores-current.csv.gz (it redirects to the
 * day's file). A comment with the model and the day, a line of names, then "CVE-2024-1,0.00043,0.09843" by the 300,000.
 * https://www.first.org/epss/data_stats: free to use with attribution. */
#include <string.h>

#include "advisory/feed.h"

#define FILE_NAME "epss_scores-current.csv.gz"

static void plan_epss(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files)
{
  g_autofree char *path = wants->folder ? g_build_filename(wants->folder, "epss", FILE_NAME, NULL) : NULL;
  if (!path || g_file_test(path, G_FILE_TEST_EXISTS))
    g_ptr_array_add(files, cr_feed_file_new(feed, "epss", "epss", "epss/" FILE_NAME,
                                            "https://epss.empiricalsecurity.com/" FILE_NAME, "FIRST.org"));
}

/* "0.03351" in 1/100,000, rounded; FALSE: not from 0 to 1. By hand: 700,000 numbers. */
static gboolean parse_share(const char *text, const char *end, guint32 *value)
{
  guint64 whole = 0, part = 0, unit = 10000000;
  const char *at = text;
  for (; at < end && g_ascii_isdigit(*at) && whole <= 1; at++)
    whole = whole * 10 + (guint64)(*at - '0');
  if (at == text)
    return FALSE;
  if (at < end && *at == '.')
    for (at++; at < end && g_ascii_isdigit(*at); at++, unit /= 10)
      part += (guint64)(*at - '0') * unit;
  if (at != end) { /* 4e-05 */
    g_autofree char *copy = g_strndup(text, (gsize)(end - text));
    char *stop = NULL;
    double number = g_ascii_strtod(copy, &stop);
    if (*stop || !(number >= 0 && number <= 1))
      return FALSE;
    *value = (guint32)(number * 100000 + 0.5);
    return TRUE;
  }
  guint64 total = whole * 100000 + (part + 500) / 1000;
  *value = (guint32)total;
  return total <= 100000;
}

static gboolean take_line(CrBuilder *builder, const char *line, const char *end)
{
  char cve[32];
  const char *first = memchr(line, ',', (gsize)(end - line));
  const char *second = first ? memchr(first + 1, ',', (gsize)(end - first - 1)) : NULL;
  guint32 score = 0, percentile = 0;
  if (!second || (gsize)(first - line) >= sizeof cve)
    return FALSE;
  memcpy(cve, line, (gsize)(first - line));
  cve[first - line] = 0;
  guint64 key = cr_cve_parse(cve);
  if (!key || !parse_share(first + 1, second, &score) || !parse_share(second + 1, end, &percentile))
    return FALSE;
  cr_builder_add_score(builder, key, score, percentile);
  builder->records++;
  return TRUE;
}

/* "#model_version:v2026.06.15,score_date:2026-07-02T00:00:00Z" */
static void take_comment(CrBuilder *builder, const char *line, const char *end)
{
  g_autofree char *text = g_strndup(line, (gsize)(end - line));
  const char *date = strstr(text, "score_date:");
  if (date)
    cr_builder_see_time(builder, date + strlen("score_date:"));
}

static void take_epss(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder)
{
  const char *stop = data + size;
  for (const char *line = data; line < stop;) {
    const char *end = memchr(line, '\n', (gsize)(stop - line));
    const char *next = end ? end + 1 : stop;
    if (!end)
      end = stop;
    if (end > line && end[-1] == '\r')
      end--;
    if (end > line && *line == '#') {
      take_comment(builder, line, end);
    } else if (end > line && !(end - line >= 4 && !memcmp(line, "cve,", 4)) && !take_line(builder, line, end)) {
      g_autofree char *what = g_strndup(line, MIN((gsize)(end - line), 40));
      g_autofree char *valid = g_utf8_make_valid(what, -1);
      cr_builder_skip(builder, valid, "it is no line of CVE, score and percentile");
    }
    line = next;
  }
}

const CrFeed cr_feed_epss = {.name = "epss", .plan = plan_epss, .read = cr_feed_read_lines, .take = take_epss};
