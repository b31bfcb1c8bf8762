/* SPDX-License-Identifier: Apache-2.0 */
/* Where images live. A family: one const struct per kind of source, one file each (source-docker.c serves docker: and
 * podman:, source-registry.c, source-archive.c serves docker-archive:, oci-archive:, source-oci.c, source-rootfs.c,
 * source-container.c), one table in source.c. CONTRACT.md "IMAGE" has the spellings and how plain words resolve. */
#pragma once
#include "base/cache.h"
#include "base/stream.h"
#include "image/silent.h"
#include "model/image.h"
#include "model/problem.h"

typedef struct {
  const CrCache *cache;
  const char *platform;    /* "linux/arm64/v8" or NULL: this machine's, else the only one there is */
  gboolean offline;        /* registries are not asked; local daemons are */
  gboolean plain_http;     /* --plain-http */
  const char *ca_file;     /* --ca-file */
  const char *docker_host; /* DOCKER_HOST, or NULL: unix:///var/run/docker.sock, then the rootless one */
  const char
      *podman_host; /* CONTAINER_HOST, or NULL: the system's or user's socket, else an own `podman system service` */
  const char *publisher;  /* unix socket of who writes to registries in our stead (publisher.h), or NULL */
  CrSilent *silent;       /* what registries did not answer (silent.h), or NULL */
  GHashTable *mirrors;    /* registry host → mirror URL, or NULL */
  CrStrv only;            /* of a folder (host:/, rootfs:DIR) these paths and all below them, nothing else; NULL: all */
  const GPtrArray *local; /* what cr_source_list_local gave, for images that are looked into together; NULL: asked */
  gint64 asked_since; /* seconds: what registries said before is not remembered but asked again; 0: what is remembered
                         does as long as it is kept (lineage/moved.h) */
  gboolean any_platform; /* of an index the first image, where none is for PLATFORM: it is only the way to the index */
} CrSourceOptions;

typedef struct CrSource CrSource; /* an opened image: its description is known, its layers can be read */

/* Open IMAGE. Manifest and config are digest-checked. Errors name image and place; CR_ERROR_NOT_FOUND,
 * CR_ERROR_ENVIRONMENT, CR_ERROR_INPUT. An image that only a registry has, with `offline`: a source without layers, and
 * a `blind` problem. */
CrSource *cr_source_open(const char *image, const CrSourceOptions *options, CrProblems *problems, GError **error);
void cr_source_free(CrSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSource, cr_source_free)
const CrImage *cr_source_get_image(const CrSource *source);

/* Called with the stream of one layer. LAYER is its index, or -1 where the source cannot know before the bytes are
 * hashed (old daemons: the callee matches by diff_id). STREAM is owned by the callee. DIGEST: expected raw digest or
 * NULL. May be called from several threads at once with different layers. FALSE with ERROR stops the rest. */
typedef gboolean (*CrLayerVisit)(int layer, CrStream *stream, const char *digest, gpointer data, GError **error);
/* Read the layers whose WANTED is TRUE (array of image->layer_count); up to JOBS at once where the source can. A layer
 * that is foreign and not there gets no call and a `blind` problem. For a rootfs there is one layer; a folder
 * (cr_source_get_folder) is not streamed. */
gboolean cr_source_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                               CrProblems *problems, GError **error);
/* rootfs:DIR: the folder to be walked by cr_pass_read_folder; else NULL. */
const char *cr_source_get_folder(const CrSource *source);

/* The index by which IMAGE named several, byte for byte, and its digest; NULL: it stands alone. image/index.h reads it.
 * Owned by SOURCE. */
GBytes *cr_source_get_index(const CrSource *source);
const char *cr_source_get_index_digest(const CrSource *source);

/* The image's manifest byte for byte (registries, OCI layouts); NULL where there is none. Owned by SOURCE. */
GBytes *cr_source_get_manifest(const CrSource *source);

/* sbom:FILE: the document, which stands for the image's tree; else NULL. Owned by SOURCE. */
GBytes *cr_source_get_sbom(const CrSource *source);

/* For lineage: the manifest digest that REF (a registry name with tag) has now, by HEAD; and its platform's layers. */
gboolean cr_source_resolve_tag(const char *ref, const CrSourceOptions *options, char **digest, GError **error);
/* For lineage: what the local daemons hold (each CrImage with source, layers' diff_ids, repo tags and repo digests
 * only); empty without a daemon. Free with g_ptr_array_unref; strings live in ARENA. */
GPtrArray *cr_source_list_local(const CrSourceOptions *options, CrArena *arena);
/* For lineage: the other images in the same archive or layout that have full names, likewise. */
GPtrArray *cr_source_list_siblings(const CrSource *source, CrArena *arena);
