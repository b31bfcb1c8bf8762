/* SPDX-License-Identifier: Apache-2.0 */
/* An image as its config and manifest describe it (OCI image spec 1.1: config.md, manifest.md; Docker's schema 2
 * alike). */
#pragma once
#include "base/arena.h"
#include "base/json.h"
#include "model/package.h"

typedef struct {
  const char *digest;     /* of the blob as stored (compressed), or NULL: daemons do not say */
  const char *diff_id;    /* "sha256:…" of the plain tar; never NULL for images, NULL for a rootfs */
  gint64 size_bytes;      /* of the blob as stored; 0 unknown */
  const char *media_type; /* or NULL */
  const char *created_by; /* the history line that made it, or NULL */
  gboolean foreign;       /* non-distributable or with urls[] only: `blind` unless the bytes are there */
} CrLayerInfo;

typedef struct {
  const char *test_kind; /* "NONE", "CMD", "CMD-SHELL" or NULL: no health check declared */
  CrStrv command;        /* words behind it */
} CrHealthCheck;

typedef struct {
  const char *ref;      /* as the user wrote it */
  const char *source;   /* careen.scan/1 image.source: "docker", "registry", … */
  const char *name;     /* repository and tag, for people: "nginx:1.22", or the file's name */
  const char *chosen;   /* for a plain word: what it was taken for ("the Docker daemon"), else NULL */
  const char *id;       /* digest of the config, "sha256:…"; NULL for a rootfs */
  const char *digest;   /* of the manifest, or NULL */
  const char *platform; /* "linux/amd64", "linux/arm64/v8" */
  const char *os;
  const char *architecture; /* GOARCH */
  const char *variant;
  const char *created; /* RFC 3339 or NULL */
  gint64 size_bytes;   /* sum of the layers as stored; 0 unknown */
  CrStrv entrypoint, cmd, env, shell;
  CrStrv volumes, exposed_ports; /* names */
  CrStrv onbuild;
  const char *user, *workdir, *stop_signal; /* "" when not set */
  CrHealthCheck health;
  CrStrv label_names, label_values;           /* parallel */
  CrStrv annotation_names, annotation_values; /* of the manifest; parallel */
  CrStrv repo_tags, repo_digests;             /* from a daemon or archive */
  guint layer_count;
  CrLayerInfo *layers;
  CrStrv history;           /* created_by of every history entry, empty layers too, in order */
  gboolean has_config;      /* FALSE for a rootfs: no entrypoint, no layers' history */
  const GBytes *raw_config; /* the config's bytes, for patch; or NULL. The texts above are UTF-8, these need not be */
} CrImage;

/* Value of label NAME or annotation NAME, or NULL. */
const char *cr_image_find_label(const CrImage *image, const char *name);
const char *cr_image_find_annotation(const CrImage *image, const char *name);
