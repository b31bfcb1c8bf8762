/* SPDX-License-Identifier: Apache-2.0 */
/* The family of sources. Private to image/source*.c: a member is one file, one const struct, one line in source.c. */
#pragma once
#include "image/manifest.h"
#include "image/source.h"

typedef struct CrSourceClass {
  const char *name;   /* of careen.scan/1 image.source, "docker-archive" */
  const char *prefix; /* as written before ':', the same as NAME in most; NULL ends an alias */
  /* Open REST (what stands behind the prefix). Fills source->image's fields and source->own; on FALSE `close` is still
   * called. */
  gboolean (*open)(CrSource *source, const char *rest, CrProblems *problems, GError **error);
  /* As cr_source_read_layers. NULL: there is only a folder. */
  gboolean (*read_layers)(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                          CrProblems *problems, GError **error);
  void (*close)(CrSource *source); /* free source->own; NULL: nothing to free */
  /* As cr_source_list_siblings: adds to IMAGES. NULL: there are none. */
  void (*list_siblings)(const CrSource *source, GPtrArray *images, CrArena *arena);
  /* Make SOURCE, empty but for what cr_source_open_member sets, the manifest ENTRY where PARENT found its own; OWN is
   * PARENT's or refers to it. NULL: holds no indexes. */
  gboolean (*open_member)(CrSource *source, const CrSource *parent, const CrDescriptor *entry, GError **error);
  /* The registry that it is in (CrRegistry). NULL: in none. */
  struct CrRegistry *(*find_registry)(const CrSource *source);
} CrSourceClass;

struct CrSource {
  const CrSourceClass *class;
  CrSourceOptions options; /* a shallow copy; what it points to outlives the source */
  CrArena *arena;          /* strings of `image` and of the member */
  CrImage *image;          /* ref and source are set before `open`; every string is never NULL where image.h says so */
  char *folder;            /* of a rootfs folder, else NULL */
  GBytes *sbom;            /* of sbom:, the document; else NULL */
  GBytes *index;           /* what it was chosen from, and its digest (in the arena); NULL: it stands alone */
  const char *index_digest;
  const CrManifest *root; /* of a layout its index.json, else NULL */
  gboolean as_is;         /* any manifest, to be carried: its config is bytes, its layers have no diff_ids */
  GBytes *manifest;       /* the image's own, byte for byte; NULL where there is none (daemons, Docker archives) */
  gboolean keep_config;   /* a daemon's image: reading its layers also looks for the config, for image->raw_config */
  gpointer own;           /* the member's */
};

extern const CrSourceClass cr_source_docker, cr_source_podman, cr_source_registry, cr_source_docker_archive,
    cr_source_oci_archive, cr_source_oci, cr_source_rootfs, cr_source_container, cr_source_host, cr_source_sbom;

/* One of CLASS that is not opened yet, named IMAGE; CHOSEN as CrImage has it. source.c */
CrSource *cr_source_new(const char *image, const CrSourceClass *class, const CrSourceOptions *options,
                        const char *chosen);
/* The manifest ENTRY from the same place as PARENT, which must outlive it; with AS_IS one of any kind, which is not
 * looked into. source.c */
CrSource *cr_source_open_member(const CrSource *parent, const CrDescriptor *entry, gboolean as_is, GError **error);
/* Fill SOURCE's image from MANIFEST and its CONFIG, whose digest was checked. source-common.c */
gboolean cr_source_describe(CrSource *source, const CrManifest *manifest, GBytes *config, const char *what,
                            GError **error);
/* Which of MANIFEST's entries OPTIONS choose; errors are cr_manifest_choose's. source-common.c */
const CrDescriptor *cr_source_choose(const CrManifest *index, const CrSourceOptions *options, const char *what,
                                     GError **error);

/* For plain words: does this daemon answer and have REF? TRUE with *FOUND; FALSE and no error when there is no daemon.
 * source-docker.c. */
gboolean cr_source_docker_has(const char *ref, const CrSourceOptions *options, gboolean podman, gboolean *found);

/* Call RUN for each of COUNT things, up to JOBS at once. After a failure no more are started; ERROR is that of the
 * first in order. source-common.c. */
gboolean cr_source_run_jobs(guint count, guint jobs, gboolean (*run)(guint i, gpointer data, GError **error),
                            gpointer data, GError **error);
/* PATH could not be opened: absent or of the wrong type is the user's mistake (CR_ERROR_USAGE), the rest
 * CR_ERROR_ENVIRONMENT. source-common.c. */
void cr_source_set_path_error(const char *path, int errnum, GError **error);
/* FALSE with CR_ERROR_USAGE: at PATH is something of MODE, which is no file to read an image from. */
gboolean cr_source_refuse_kind(const char *path, mode_t mode, GError **error);
/* The platform of this machine as "linux/amd64", for what has no config. */
const char *cr_source_get_own_platform(void);
