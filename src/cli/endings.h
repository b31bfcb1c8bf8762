/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: the ways a process ends other than by its result. Interrupted: nothing with a name is left behind, the
 * terminal's line is clean, and the parent sees the signal. Refused memory or threads: exit 4 with a message instead of
 * GLib's abort. A bug: exit 70. Also the standard descriptors that whoever started us has closed. */
#pragma once
#include <glib.h>

/* First thing in main. */
void cr_endings_prepare(void);
/* Is there as much memory as any look at an image takes? FALSE with ERROR: better said now than in the middle. */
gboolean cr_endings_check_memory(GError **error);
