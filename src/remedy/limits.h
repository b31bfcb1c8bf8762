/* SPDX-License-Identifier: Apache-2.0 */
/* How much of this machine one patch may use: disk and time. What runs in an image may fill a disk or never end. */
#pragma once
#include <glib.h>

#define CR_PATCH_DISK_BYTES      (20ULL << 30)
#define CR_PATCH_PROGRAM_SECONDS 600U
#define CR_PATCH_TOTAL_SECONDS   3600U

typedef struct {
  guint64 disk_bytes;  /* of one workspace: layers, packages, changes and the new layer */
  guint program_ms;    /* one program of the image's */
  gint64 deadline;     /* µs of the monotonic clock: the end of it all; 0: none */
  guint total_seconds; /* what DEADLINE came of, for messages */
} CrLimits;

/* The defaults where a value is 0; time runs from now. */
CrLimits cr_limits_make(guint64 disk_bytes, guint program_seconds, guint total_seconds);
/* CR_ERROR_GATE when the time is over. */
gboolean cr_limits_check_time(const CrLimits *limits, GError **error);
/* For one program from now on: its own time, or what is left of all. At least 1. */
guint cr_limits_get_program_ms(const CrLimits *limits);
/* What files below FOLDER take on disk, as du(1) counts; more than MAX is not counted further. Names that vanish
 * meanwhile count as nothing. */
guint64 cr_limits_measure(const char *folder, guint64 max);
/* CR_ERROR_ENVIRONMENT when FOLDER has grown beyond the limit. */
gboolean cr_limits_check_disk(const CrLimits *limits, const char *folder, GError **error);
