/* SPDX-License-Identifier: Apache-2.0 */
/* A Debian package (deb(5)) for an image without dpkg: what its control data say, and its files one after the other.
 * Hash-checked, and still read as hostile: nothing is unpacked by these names, and every size is limited. */
#pragma once
#include <archive.h>
#include <archive_entry.h>

#include "base/arena.h"

typedef struct {
  const char *control, *md5sums, *conffiles, *triggers; /* NULL: it has none */
  const char *preinst, *postinst;                       /* likewise */
  gboolean config;                                      /* it asks questions by debconf */
} CrStatusDeb;

/* The control data of the package that FD holds from its beginning, in ARENA. CR_ERROR_INPUT, CR_ERROR_LIMIT. */
gboolean cr_status_deb_read(int fd, CrArena *arena, CrStatusDeb *out, GError **error);
/* Call VISIT for each entry of its files; READER is at the entry's content. FALSE with ERROR from VISIT ends it. */
gboolean cr_status_deb_foreach(int fd,
                               gboolean (*visit)(struct archive *reader, struct archive_entry *entry, const char *path,
                                                 gpointer data, GError **error),
                               gpointer data, GError **error);
/* Field NAME of CONTROL on one line, in ARENA, or NULL. */
const char *cr_status_deb_find_field(const char *control, const char *name, CrArena *arena);

/* Why unpacking the files of DEB alone would not be the same as installing it, in ARENA; NULL: it would. Harmless are:
 * no script to run at installation (preinst, postinst; what runs at removal does not run), or one that does nothing but
 * call ldconfig, as debhelper writes it; no trigger but ldconfig's, whose cache such images do not have; no
 * configuration file, for nothing in the image tells whether its user changed it. */
const char *cr_status_deb_find_objection(const CrStatusDeb *deb, CrArena *arena);
