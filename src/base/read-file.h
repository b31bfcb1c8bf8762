/* SPDX-License-Identifier: Apache-2.0 */
/* A file that the user names, read whole: also a pipe (`--vex <(…)`), never endless. */
#pragma once
#include <glib.h>

/* Everything in PATH ("-": standard input), a NUL behind it that does not count. CR_ERROR_USAGE: not there, not
 * readable, or a folder. CR_ERROR_LIMIT: more than MAX_BYTES. */
GBytes *cr_read_file(const char *path, gsize max_bytes, GError **error);
/* Is anything at PATH, also a link that leads nowhere? UNKNOWN: the answer where its folder may not be looked into. */
gboolean cr_file_is_there(const char *path, gboolean unknown);
/* FALSE with CR_ERROR_USAGE: what stands at PATH is no file that can be read whole (a pipe would be waited for). */
gboolean cr_file_is_regular(const char *path, GError **error);
