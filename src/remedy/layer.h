/* SPDX-License-Identifier: Apache-2.0 */
/* The upper folder of a workspace as one layer of an image (OCI image spec layer.md): a plain tar with only what the
 * updates changed.
 *
 * Left out: what is the same as below (content, owner, mode, attributes; a time alone is no change), package lists,
 * caches, logs (but not the folders for them), locks, temporary files, the backups that passwd, dpkg and debconf keep
 * beside their files, ldconfig's auxiliary cache, and the marks of the sandbox. Each folder on the way to something is
 * in it, as the kernel shows it, because daemons that unpack a layer alone would make it with a mode of their own.
 *
 * The same changes give the same bytes: entries are sorted, names of owners and access times are not written, and what
 * the run itself made carries one date. Whiteouts are names, never opaque marks, which not every tool reads. */
#pragma once
#include "remedy/workspace.h"

typedef struct {
  gint64 epoch;    /* seconds: no time is later than this, SOURCE_DATE_EPOCH or the newest archive's date */
  gint64 started;  /* seconds: when the run began by this machine's clock; what is not older was made by it */
  CrStrv left_out; /* as CrPackageManager.left_out, or NULL */
} CrLayerPack;

/* Write the tar to TAR and what is in it to LIST, both descriptors: per path "+" (new), "~" (changed) or "-" (gone),
 * the path, a NUL; folders that are only on the way are not listed. *COUNT: listed paths. */
gboolean cr_layer_pack(const CrRoots *roots, const CrLayerPack *pack, int tar, int list, guint *count, GError **error);
/* Is PATH never part of a patch? (without a leading '/') */
gboolean cr_layer_leaves_out(const char *path, gboolean is_folder);
