/* SPDX-License-Identifier: Apache-2.0 */
/* A wish to stop that is heeded between steps. What acts on containers must not end in the middle of one: between
 * cr_stop_arm and cr_stop_disarm the first SIGINT or SIGTERM is only noted, and a second of the same kind ends the
 * process as it would have (base/leftover.h). SIGHUP is a wish to read the configuration again.
 *
 * Both nest: a wish stays until the last cr_stop_disarm. One thread at a time arms and disarms. */
#pragma once
#include <glib.h>

void cr_stop_arm(void);
void cr_stop_disarm(void);
/* Asked between steps, and by whoever waits. */
gboolean cr_stop_is_wanted(void);
/* Was there a SIGHUP since the last call? */
gboolean cr_stop_take_reload(void);
/* A descriptor that can be read once either wish is there: for poll; read nothing from it. */
int cr_stop_get_fd(void);
