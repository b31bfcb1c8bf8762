/* SPDX-License-Identifier: Apache-2.0 */
/* What files hold, by hash: of a layer, and of a Debian package. Nothing is unpacked; both are read as hostile. */
#pragma once
#include "base/stream.h"

/* Regular files of a tar: path (without "./") → "sha256:…"; hard links under each name. Of a path that comes twice the
 * last counts. */
typedef GHashTable CrContents;

/* Of the layer that STREAM (owned, compressed or not) is, whose plain tar must have DIFF_ID: CR_ERROR_TRUST. */
CrContents *cr_contents_read_layer(CrStream *stream, const char *diff_id, GError **error);
/* Of the data.tar in the package FD (owned), which was checked. CR_ERROR_INPUT. */
CrContents *cr_contents_read_deb(int fd, GError **error);
