/* SPDX-License-Identifier: Apache-2.0 */
/* The layer pass: one streaming read of a layer (decompress → digests → untar → collectors → sorted index → cache).
 *
 * Inflating, digests, and tar with the collectors overlap on threads of their own; memory does not grow with the layer
 * (sorting spills to unlinked temporary runs). Caps of base/limits.h; over one the layer is `partial` and says what was
 * not read. Rules for names (OCI image spec layer.md, and what containerd and Docker do on disk): leading '/' is
 * dropped; ".." is resolved inside the root where that stays inside, else the entry is refused with a `partial`
 * problem; ".wh.NAME" is a whiteout, ".wh..wh..opq" an opaque mark, other ".wh..wh.*" names are left out (aufs
 * leftovers). */
#pragma once
#include "base/stream.h"
#include "image/layer.h"
#include "image/readers.h"
#include "model/package.h"

typedef struct {
  const CrCache *cache;
  const CrCollector *const *collectors; /* NULL-terminated */
  const char *expected_digest;          /* of the stream's raw (compressed) bytes, or NULL: not checked */
  const char *expected_diff_id;         /* or NULL: whatever it proves to be */
  const char *name;                     /* for messages: "layer 2 of 'nginx:1.22'" */
  gboolean keep;                        /* publish to the cache; FALSE: an anonymous index in an unlinked file */
  CrReaders *apart;                     /* in processes of their own (apart.h); NULL: in this one */
  guint reader_cpu_seconds, reader_silent_seconds; /* their bounds; 0: limits.h */
  CrStrv only; /* of a folder: these paths and what is below them; NULL: all, on one file system */
  void (*progress)(guint64 raw_bytes, gpointer data); /* or NULL */
  gpointer progress_data;
} CrPassOptions;

/* Read STREAM (owned; compressed by any of stream.h's methods, or plain) to its end. A digest that differs is
 * CR_ERROR_TRUST and nothing is published; a truncated or corrupt stream is CR_ERROR_INPUT. Returns the opened index.
 */
CrLayer *cr_pass_read_layer(CrStream *stream, const CrPassOptions *options, GError **error);

/* Is GOT the digest EXPECTED of an image (NULL: nobody says)? FALSE with CR_ERROR_TRUST, WHAT ("its digest") named. */
gboolean cr_pass_check_digest(const char *what, const char *expected, const char *got, GError **error);

/* The same for a folder on this machine (rootfs:DIR, host:/): walked with openat and O_NOFOLLOW, on one file system
 * only unless `only` names what is on others (those are left out with a note), unreadable files are `partial` problems.
 * Never kept in the cache. */
CrLayer *cr_pass_read_folder(const char *dir, const CrPassOptions *options, GError **error);
