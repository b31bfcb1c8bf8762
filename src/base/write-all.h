/* SPDX-License-Identifier: Apache-2.0 */
/* All bytes to a descriptor: what a signal cut short goes on, and a write that takes nothing is a full disk. */
#pragma once
#include <glib.h>

/* FALSE with errno set; how much was written is not known then. */
gboolean cr_write_fully(int fd, const void *data, gsize size);
/* The same with CR_ERROR_ENVIRONMENT "cannot write WHAT: …". */
gboolean cr_write_all(int fd, const void *data, gsize size, const char *what, GError **error);
