/* SPDX-License-Identifier: Apache-2.0 */
/* One layer as a folder that overlay takes for a lower one (OCI image spec layer.md, kernel overlayfs.rst).
 *
 * The layer's bytes are hostile. Every name is resolved by the kernel with the folder as its root (openat2,
 * RESOLVE_IN_ROOT), a name with ".." in it is refused, and nothing is opened that was not made here. Whiteouts become
 * devices 0:0, opaque marks an extended attribute: "trusted.overlay.opaque", in a user namespace "user.overlay.opaque".
 * Attributes in overlay's own name space that a layer brings along are dropped: they would be orders to the kernel. */
#pragma once
#include "base/stream.h"

/* Unpack the plain tar STREAM (borrowed) into the empty folder FOLDER (a descriptor). Owners, modes, times, links,
 * devices and extended attributes as the tar has them; in a user namespace (USER_MARKS) devices are left out, since the
 * kernel refuses them and nothing installs over one. CR_ERROR_INPUT, CR_ERROR_LIMIT, CR_ERROR_ENVIRONMENT (no space).
 */
gboolean cr_unpack_layer(CrStream *stream, int folder, gboolean user_marks, GError **error);
/* Likewise, and adds to IMPLIED (char*, owned) the folders that the tar has no entry for (implied.h). */
gboolean cr_unpack_layer_and_tell(CrStream *stream, int folder, gboolean user_marks, GHashTable *implied,
                                  GError **error);
