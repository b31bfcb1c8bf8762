/* SPDX-License-Identifier: Apache-2.0 */
/* Names that careen itself gives: to old images (REPOSITORY:careen-keep-TAG), to what a build is made on and has made
 * before it is proved (careen-base:…, careen-rebuild:…) and, while it changes a container, to the
 * old, the new and the failed one (NAME.old-0a1b2c3d4e5f, .new-, .failed-). They are nobody's wish. */
#pragma once
#include <glib.h>

/* NAME of an image, normalised. */
gboolean cr_fleet_is_kept_name(const char *name);
gboolean cr_fleet_is_build_name(const char *name);
/* NAME of a container. */
gboolean cr_fleet_is_temporary_name(const char *name);
/* NAME.KIND-OPERATION. KIND: "new", "old", "failed"; OPERATION: 12 hex. Free with g_free. */
char *cr_temporary_name_format(const char *name, const char *kind, const char *operation);
/* The parts of such a name, free each with g_free; each may be NULL. FALSE: it is none. */
gboolean cr_temporary_name_parse(const char *text, char **name, char **kind, char **operation);
/* shop/web:4 → shop/web:careen-keep-4. Free with g_free. */
char *cr_fleet_format_kept_name(const char *name);
