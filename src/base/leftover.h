/* SPDX-License-Identifier: Apache-2.0 */
/* Names that must not outlive the process: temporary files and folders that have to have a name for a while. Whoever
 * makes one adds it, and forgets it when it is gone or has become a result; when a signal ends the process, its handler
 * removes what is still there. What has no name (O_TMPFILE) needs none of this, and survives no `kill -9` either:
 * prefer it. */
#pragma once
#include <glib.h>

/* Any thread. A folder is removed after the files, when it is empty. More than a few at a time are not remembered. */
void cr_leftover_add(const char *path);
void cr_leftover_forget(const char *path);
/* Async-signal-safe. */
void cr_leftover_remove_all(void);
