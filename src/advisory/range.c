/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/range.h"

#include <string.h>

/* "introduced": "0" is before everything, whatever the scheme makes of a version "0" (OSV schema, events). */
static gboolean is_beginning(const CrEvent *event)
{
  return event->kind == CR_EVENT_INTRODUCED && !strcmp(event->version, "0");
}

static int compare_events(CrVersionScheme scheme, const CrEvent *a, const CrEvent *b)
{
  if (is_beginning(a) || is_beginning(b))
    return (int)is_beginning(b) - (int)is_beginning(a);
  return cr_version_compare(scheme, a->version, b->version);
}

typedef struct {
  CrVersionScheme scheme;
} Order;

static int compare_sorted(gconstpointer a, gconstpointer b, gpointer data)
{
  const Order *order = data;
  return compare_events(order->scheme, *(const CrEvent *const *)a, *(const CrEvent *const *)b);
}

/* Records list events in any order. The sort is stable: equal ones stay as written, so that "fixed 2, introduced 2"
 * goes on. */
static const CrEvent **sort_events(CrVersionScheme scheme, const CrRange *range)
{
  const CrEvent **sorted = g_new(const CrEvent *, range->count + 1);
  for (guint i = 0; i < range->count; i++)
    sorted[i] = &range->events[i];
  Order order = {scheme};
  if (range->count > 1)
    g_qsort_with_data(sorted, (int)range->count, sizeof *sorted, compare_sorted, &order);
  return sorted;
}

static gboolean is_before_limits(CrVersionScheme scheme, const CrRange *range, const char *version)
{
  gboolean limited = FALSE;
  for (guint i = 0; i < range->count; i++) {
    const CrEvent *event = &range->events[i];
    if (event->kind != CR_EVENT_LIMIT)
      continue;
    if (!strcmp(event->version, "*") || cr_version_compare(scheme, version, event->version) < 0)
      return TRUE;
    limited = TRUE;
  }
  return !limited;
}

/* Is VERSION in the range; *FIXED: the first fix above it that is not followed by an introduction at once. */
static gboolean holds(CrVersionScheme scheme, const CrRange *range, const char *version, const char **fixed)
{
  *fixed = NULL;
  if (!is_before_limits(scheme, range, version))
    return FALSE;
  g_autofree const CrEvent **events = sort_events(scheme, range);
  gboolean affected = FALSE, closed = FALSE;
  for (guint i = 0; i < range->count; i++) {
    const CrEvent *event = events[i];
    int order = is_beginning(event) ? 1 : cr_version_compare(scheme, version, event->version);
    if (event->kind == CR_EVENT_INTRODUCED && order >= 0)
      affected = TRUE;
    else if (event->kind == CR_EVENT_FIXED && order >= 0)
      affected = FALSE;
    else if (event->kind == CR_EVENT_LAST_AFFECTED && order > 0)
      affected = FALSE;
    closed =
        closed || (event->kind == CR_EVENT_LAST_AFFECTED && order <= 0); /* free again, by a version without name */
    if (event->kind == CR_EVENT_FIXED && order < 0 && !*fixed && !closed)
      *fixed = event->version;
    else if (event->kind == CR_EVENT_INTRODUCED && order < 0 && *fixed &&
             cr_version_compare(scheme, *fixed, event->version) == 0)
      *fixed = NULL; /* fixed and introduced by the same version: it goes on */
  }
  return affected;
}

static gboolean is_named(const CrAdvisory *advisory, CrVersionScheme scheme, const char *version)
{
  for (guint i = 0; advisory->versions && advisory->versions[i]; i++)
    if (!strcmp(advisory->versions[i], version) || cr_version_compare(scheme, advisory->versions[i], version) == 0)
      return TRUE;
  return FALSE;
}

CrRangeAnswer cr_range_judge(const CrAdvisory *advisory, CrVersionScheme scheme, const char *version)
{
  CrRangeAnswer answer = {0};
  gboolean open = FALSE; /* a range that holds it says of no fix */
  for (guint i = 0; i < advisory->range_count; i++) {
    const char *fixed = NULL;
    if (!holds(scheme, &advisory->ranges[i], version, &fixed))
      continue;
    answer.affected = TRUE;
    open = open || !fixed;
    if (fixed && (!answer.fixed || cr_version_compare(scheme, fixed, answer.fixed) > 0))
      answer.fixed = fixed;
  }
  if (open)
    answer.fixed = NULL;
  if (!answer.affected)
    answer.affected = answer.named = is_named(advisory, scheme, version);
  return answer;
}

gboolean cr_range_has_fix(const CrAdvisory *advisory)
{
  for (guint i = 0; i < advisory->range_count; i++)
    for (guint k = 0; k < advisory->ranges[i].count; k++)
      if (advisory->ranges[i].events[k].kind == CR_EVENT_FIXED)
        return TRUE;
  return FALSE;
}

gboolean cr_range_is_bounded(const CrAdvisory *advisory)
{
  for (guint i = 0; i < advisory->range_count; i++)
    for (guint k = 0; k < advisory->ranges[i].count; k++)
      if (advisory->ranges[i].events[k].kind != CR_EVENT_INTRODUCED)
        return TRUE;
  return !advisory->range_count && advisory->versions && advisory->versions[0];
}
