/* SPDX-License-Identifier: Apache-2.0 */
/* The family of sinks. Private to image/sink*.c: a member is one file, one const struct, one line in sink.c. */
#pragma once
#include "image/draft-store.h"
#include "image/manifest.h"
#include "image/sink.h"
#include "image/tar-write.h"

/* What is written: one image, or an index and all that is in it. */
typedef struct {
  CrDraft **images; /* of sinks that hold no indexes exactly one */
  guint count;
  gboolean is_index;
  const char *digest, *type; /* of what gets the name: the image's manifest, or the index */
  GBytes *document;          /* likewise */
} CrImageSinkWork;

typedef struct {
  const char *prefix; /* as written before ':' */
  gboolean is_layout; /* takes OCI manifests only */
  gboolean unpacks;   /* what is compressed only costs it time */
  gboolean indexes;   /* holds several platforms under one name */
  /* What stands behind the prefix; fills sink->own. On FALSE `close` is still called. */
  gboolean (*open)(CrImageSink *sink, const char *rest, GError **error);
  /* As cr_image_sink_name; NULL: it holds no images but what is written. */
  gboolean (*name)(CrImageSink *sink, const CrImage *image, gboolean *done, GError **error);
  gboolean (*write)(CrImageSink *sink, const CrImageSinkWork *work, CrSinkConfirm confirm, gpointer data,
                    GError **error);
  /* As cr_image_sink_attach; NULL: holds no records. */
  gboolean (*attach)(CrImageSink *sink, const CrDraft *draft, const char *artifact_type, const char *media_type,
                     GBytes *content, CrStrv annotation_names, CrStrv annotation_values, char **digest, GError **error);
  /* As cr_image_sink_attach_tagged; where there is attach. */
  gboolean (*attach_tagged)(CrImageSink *sink, const CrDraft *draft, const char *suffix,
                            const CrAttachment *attachments, guint count, GError **error);
  void (*close)(CrImageSink *sink);
} CrImageSinkClass;

struct CrImageSink {
  const CrImageSinkClass *class;
  char *destination;
  CrSourceOptions options; /* a shallow copy */
  CrProblems *problems;
  CrArena *arena;
  const char *id; /* as cr_image_sink_get_id; in ARENA */
  gpointer own;
};

extern const CrImageSinkClass cr_image_sink_oci, cr_image_sink_oci_archive, cr_image_sink_docker_archive,
    cr_image_sink_docker, cr_image_sink_podman, cr_image_sink_registry;
/* registry:REF, where there is a publisher; not in the table. */
extern const CrImageSinkClass cr_image_sink_handover;

/* "PATH" or "PATH:NAME": an existing PATH as it is, else cut at the first ':' that leaves one, else at the first ':'.
 * *NAME is NULL or points into REST. Free the result with g_free. sink.c */
char *cr_image_sink_split_name(const char *rest, const char **name);
/* A descriptor of WORK's document for a layout's index.json, named NAME unless NULL (annotation
 * org.opencontainers.image.ref.name; and io.containerd.image.name, FULL_NAME unless NULL, by which Docker's and
 * containerd's loaders go). Free with g_free. sink.c */
char *cr_image_sink_format_entry(const CrImageSinkWork *work, const char *name, const char *full_name);
/* *DRAFT alone. sink.c */
CrImageSinkWork cr_image_sink_work_of(CrDraft **draft);
/* Every layer that has bytes of its own: TRUE in a fresh array. FALSE with ERROR where FOREIGN layers are a hindrance.
 */
gboolean *cr_image_sink_want_all(const CrDraft *draft, gboolean foreign, GError **error);
/* cr_draft_read_layers with a bar that says how far it is. sink-layers.c */
gboolean cr_image_sink_read_layers(CrDraft *draft, const gboolean *wanted, guint jobs, CrLayerVisit visit,
                                   gpointer data, GError **error);
/* An OCI layout with WORK as a tar, and MANIFEST_JSON (or NULL) beside it as Docker 25 and later write it.
 * sink-archive.c */
gboolean cr_image_sink_write_tar(CrTarWriter *tar, const CrImageSinkWork *work, const char *name,
                                 const char *manifest_json, GError **error);
/* manifest.json (moby image/tarexport): config and layers are HEX.json and HEX.tar of the diff_ids (PLAIN), else blobs
 * of an OCI layout; NAME is the one tag, or NULL. Free with g_free. sink-archive.c */
char *cr_image_sink_format_saved(const CrDraft *draft, gboolean plain, const char *name);
