/* SPDX-License-Identifier: Apache-2.0 */
/* A maintenance window: days, a range of hours (which may go over midnight) or a start and a duration, a time zone.
 *
 *   "Mon..Fri 02:00-05:00 Europe/Berlin"   "Sat,Sun 22:00+4h"   "02:00-05:00"   "*-*-01..07 03:00-04:00 UTC"
 *
 * Days are those on which it opens. The wall clock counts: the hour that a summer-time change leaves out or repeats is
 * as that zone's people have it. */
#pragma once
#include <glib.h>

typedef struct CrWindow CrWindow;
/* CR_ERROR_USAGE says what is wrong, with the column in TEXT. Never opens is wrong. */
CrWindow *cr_window_parse(const char *text, GError **error);
void cr_window_free(CrWindow *window);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWindow, cr_window_free)
const char *cr_window_get_text(const CrWindow *window);
/* NOW in seconds. */
gboolean cr_window_is_open(const CrWindow *window, gint64 now);
/* When it opens next (NOW if it is open), and when it closes then (may be NULL). */
gint64 cr_window_find_next(const CrWindow *window, gint64 now, gint64 *closes);
