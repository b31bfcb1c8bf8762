/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that a layer has no entry for, although it has something in them. Unpacked they are as mkdir made them, and
 * overlay shows what the highest layer has: a /root or /tmp would be everybody's, or nobody's. They are what the layers
 * below say, as containerd unpacks them. */
#pragma once
#include <glib.h>

/* The layers are the folders "0", "1", … of the current one. ORDER: which they are from the lowest, COUNT of them.
 * IMPLIED[NUMBER]: the set of such paths (char*), or NULL. Owners, modes, times and attributes are taken over. FALSE
 * with errno. */
gboolean cr_implied_inherit(const guint32 *order, gsize count, GHashTable *const *implied);
