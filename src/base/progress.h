/* SPDX-License-Identifier: Apache-2.0 */
/* Progress on a terminal's last line, for whatever can take over half a second. Nothing is printed when stderr is no
 * terminal, with --quiet or --no-progress, or before 500 ms have passed. Any thread may advance. */
#pragma once
#include <glib.h>

typedef struct CrProgress CrProgress;

/* MODE for the whole process. */
void cr_progress_set_enabled(gboolean enabled);

/* Start a bar: LABEL ("layer 2 of 7"), TOTAL bytes or 0 when not known. One that never advances by anything, but is
 * drawn now and then by advancing it by nothing, shows how long it takes. */
CrProgress *cr_progress_new(const char *label, guint64 total_bytes);
/* BYTES more will come: TOTAL grows as it gets known. */
void cr_progress_expect(CrProgress *progress, guint64 bytes);
void cr_progress_advance(CrProgress *progress, guint64 bytes);
/* Remove the bar and free. */
void cr_progress_free(CrProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrProgress, cr_progress_free)
/* Erase what is on the line, for a message to come. */
void cr_progress_clear_line(void);
