/* SPDX-License-Identifier: Apache-2.0 */
/* The updates of an earlier report (careen.scan/1), for --from: exactly these are wanted, so that what was seen and
 * approved is what is done. */
#pragma once
#include "base/arena.h"
#include "model/image.h"

/* CrWish* of the report in PATH that is of IMAGE: of several reports the one with its id, digest or reference; a single
 * one is taken as it is, and *OTHER is then TRUE where it was made of another image. Strings in ARENA. CR_ERROR_USAGE:
 * no such report; CR_ERROR_ENVIRONMENT: it cannot be read. Free with g_ptr_array_unref. */
GPtrArray *cr_wishes_load(const char *path, const CrImage *image, CrArena *arena, gboolean *other, GError **error);
