/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that maintainer scripts make: the key of an SSH host, the id of a machine, a private key of a certificate
 * that nobody signed. Made on a machine they are its own; made in an image they are the same for all who run it, and
 * readable by all who have it. */
#pragma once
#include <glib.h>

/* What the file at PATH is, by its name, permissions, size and the HEAD_BYTES of its beginning, or NULL: no secret. */
const char *cr_secret_identify(const char *path, guint mode, guint64 size, const char *head, gsize head_bytes);

/* Regular files of the tar at PATH that are secrets: their path → what they are (static). Free with
 * g_hash_table_unref; NULL with ERROR. */
GHashTable *cr_secrets_find(const char *path, GError **error);
