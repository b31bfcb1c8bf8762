/* SPDX-License-Identifier: Apache-2.0 */
/* The named files that make up an image at rest: of a folder (oci:DIR), or the members of a tar (docker-archive:,
 * oci-archive:), plain or compressed. Private to image/.
 *
 * A plain tar is indexed by one walk over its headers that seeks over the bodies; members are then read by pread at
 * their offsets, several at once. A compressed tar has no offsets: it is streamed once when it is opened, to learn the
 * names and to keep the documents (members that begin like JSON and are small), and once more when layers are read, in
 * the order they stand. Most writers put manifest.json last, so one reading cannot do; unpacking to a temporary file
 * would cost the image's size on disk, where decompressing twice costs a fraction of the pass over the layers. */
#pragma once
#include "image/source.h"

typedef struct CrBlobs CrBlobs;

/* Errors name DIR or FILE: absent is CR_ERROR_USAGE with a hint, not readable CR_ERROR_ENVIRONMENT, no tar at all
 * CR_ERROR_INPUT. */
CrBlobs *cr_blobs_open_folder(const char *dir, GError **error);
CrBlobs *cr_blobs_open_archive(const char *file, GError **error);
/* The same, but gives up (NULL, no error) as soon as the members look like a root file system. For plain words: no tar
 * is CR_ERROR_INPUT with the reason alone ("it is no tar", or what is wrong with its compression). */
CrBlobs *cr_blobs_sniff_archive(const char *file, GError **error);
void cr_blobs_free(CrBlobs *blobs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrBlobs, cr_blobs_free)

/* The folder or file, for messages. */
const char *cr_blobs_get_path(const CrBlobs *blobs);
/* Is there a regular file NAME (links followed inside)? SIZE may be NULL. */
gboolean cr_blobs_find(const CrBlobs *blobs, const char *name, guint64 *size);
/* A document, at most CR_LIMIT_DOCUMENT_BYTES. CR_ERROR_INPUT "cannot read 'NAME' in 'PATH': …". */
GBytes *cr_blobs_load(const CrBlobs *blobs, const char *name, GError **error);
/* What is wrong with the archive as a whole ("cut short …"), or NULL; an image may be whole all the same. */
const char *cr_blobs_get_damage(const CrBlobs *blobs);

typedef struct {
  const char *name;
  int layer;          /* passed to VISIT */
  const char *digest; /* passed to VISIT; may be NULL */
} CrBlobWanted;
/* Open each of WANTED (all exist) and VISIT it, up to JOBS at once where that can be. */
gboolean cr_blobs_read(CrBlobs *blobs, const CrBlobWanted *wanted, guint count, guint jobs, CrLayerVisit visit,
                       gpointer data, GError **error);
