/* SPDX-License-Identifier: Apache-2.0 */
/* What overlay would show, as plain files: for folders that the kernel lets no overlay lie in (a container's own root,
 * old kernels without root). It costs the image's size on disk, twice, and no more where the file system shares blocks.
 */
#pragma once
#include <glib.h>

/* Owner, mode, attributes but overlay's own, and time of the open file or folder FROM to TO. FALSE with errno. */
gboolean cr_merge_copy_attributes(int from, int to);
/* Lay the layer in folder LAYER (as cr_unpack_layer leaves it; a descriptor) over what is in INTO: whiteouts remove,
 * opaque folders empty, the rest replaces. Owners, times, links and attributes are kept. CR_ERROR_ENVIRONMENT. */
gboolean cr_merge_layer(int layer, int into, gboolean user_marks, GError **error);
