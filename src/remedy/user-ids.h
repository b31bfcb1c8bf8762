/* SPDX-License-Identifier: Apache-2.0 */
/* Ids in a user namespace: root is the caller, the rest the ranges that /etc/subuid and /etc/subgid give the caller.
 * newuidmap and newgidmap of the package uidmap do it; they check those files themselves. */
#pragma once
#include <glib.h>
#include <sys/types.h>

/* The range that TEXT (subuid(5)) gives the user called NAME or numbered ID. */
gboolean cr_user_ids_find(const char *text, const char *name, guint id, guint64 *first, guint64 *count);
/* Map the new user namespace of process PID. CR_ERROR_ENVIRONMENT with a hint. */
gboolean cr_user_ids_map(pid_t pid, GError **error);
