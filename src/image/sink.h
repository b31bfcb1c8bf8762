/* SPDX-License-Identifier: Apache-2.0 */
/* Where images go: the counterpart of image/source.h. A family: one const struct per kind, one file each (sink-oci.c,
 * sink-archive.c for both archives, sink-daemon.c for docker: and podman:, sink-registry.c), one table in sink.c. (The
 * CrSink of image/collect.h is something else: where a collector puts what it found.)
 *
 *   oci:DIR[:TAG]           OCI layout (image-spec image-layout.md). Other images in it stay; TAG's is replaced
 *   oci-archive:FILE[:TAG]  the same as a tar with this one image
 *   docker-archive:FILE[:REF]  what `docker save` writes: plain layers, manifest.json; has no manifest to keep
 *   docker:REF, podman:REF  loaded through the Engine API (POST /images/load), then given its name
 *   registry:REF            pushed (OCI distribution-spec 1.1 "Pushing"): only blobs that are missing, mounted from
 *                           another repository of that registry where the original comes from there; by way of a
 *                           publisher where OPTIONS name one (sink-handover.c): one platform, no records then
 *
 * Everything is written first, then CONFIRM is asked, then the image appears under its name in one step (rename, tag).
 * A careen that is killed, a full disk, a broken upload leave what was there before; blobs without a name may stay in a
 * folder or registry, where the next run uses them and a garbage collection removes them. */
#pragma once
#include "image/draft.h"
#include "image/index-draft.h"

typedef struct CrImageSink CrImageSink;

/* DESTINATION as above. Of OPTIONS: offline, plain_http, ca_file, docker_host, podman_host, publisher; what is pushed
 * never goes to a mirror. Nothing is written yet; a daemon is asked whether it is there. CR_ERROR_USAGE: no
 * destination. PROBLEMS (notes about stored credentials) must outlive the sink; may be NULL. */
CrImageSink *cr_image_sink_open(const char *destination, const CrSourceOptions *options, CrProblems *problems,
                                GError **error);
void cr_image_sink_free(CrImageSink *sink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrImageSink, cr_image_sink_free)
/* "oci", "registry", …; and DESTINATION as given. Owned. */
const char *cr_image_sink_get_kind(const CrImageSink *sink);
const char *cr_image_sink_get_destination(const CrImageSink *sink);
/* By which id a daemon knows what was written last: the config's digest, but in containerd's store the manifest's.
 * NULL: nothing was, or SINK is no daemon. Owned. */
const char *cr_image_sink_get_id(const CrImageSink *sink);

/* Change OPTIONS (of a draft that is made for SINK) where another choice serves it better or alone will do. A layout
 * holds OCI manifests only, since skopeo, umoci and podman see no others in it; a Docker image becomes one with the
 * same config and layers, and a draft with Docker's manifest is refused there (CR_ERROR_USAGE). A daemon unpacks what
 * it is given, so plain layers are not compressed for it. */
void cr_image_sink_adapt_options(const CrImageSink *sink, CrDraftOptions *options);

/* IMAGE as it is, where SINK is the daemon that has it: it gets the name, nothing is read or sent. *DONE: it did; else
 * write a draft. */
gboolean cr_image_sink_name(CrImageSink *sink, const CrImage *image, gboolean *done, GError **error);

/* Called once everything is there but the name. FALSE with ERROR: it shall not get one; what was written is removed
 * where that can be (files, a daemon's image), and the error is cr_image_sink_write's. */
typedef gboolean (*CrSinkConfirm)(gpointer data, GError **error);

/* Write the sealed DRAFT; CONFIRM may be NULL. Any number of drafts one after the other, to the same name too.
 * CR_ERROR_ENVIRONMENT: no space, no permission, the registry or daemon failed. CR_ERROR_TRUST: the original's bytes
 * are not what its manifest says. CR_ERROR_INPUT: the original lacks a layer. */
gboolean cr_image_sink_write(CrImageSink *sink, CrDraft *draft, CrSinkConfirm confirm, gpointer data, GError **error);

/* May an index be written there? Daemons and Docker archives hold one platform under a name. */
gboolean cr_image_sink_holds_indexes(const CrImageSink *sink);
/* Write the sealed index and everything in it, in the same way: what it lists first, the index, CONFIRM, then its name.
 * CR_ERROR_USAGE: the sink holds no indexes. */
gboolean cr_image_sink_write_index(CrImageSink *sink, CrIndexDraft *draft, CrSinkConfirm confirm, gpointer data,
                                   GError **error);

/* A record beside an image (OCI distribution-spec 1.1 "Pushing Manifests with Subject", image-spec manifest.md
 * "Guidelines for Artifact Usage"): one blob CONTENT of MEDIA_TYPE whose manifest has ARTIFACT_TYPE, ANNOTATION_NAMES
 * and _VALUES (parallel, or NULL) and names DRAFT's manifest as its subject. A registry without the referrers API gets
 * the tag sha256-HEX, an index to which the record is added. The same record twice is one. *DIGEST (may be NULL): of
 * the record's manifest, free with g_free. Only registries hold such records: cr_image_sink_can_attach. */
gboolean cr_image_sink_can_attach(const CrImageSink *sink);
gboolean cr_image_sink_attach(CrImageSink *sink, const CrDraft *draft, const char *artifact_type,
                              const char *media_type, GBytes *content, CrStrv annotation_names,
                              CrStrv annotation_values, char **digest, GError **error);

/* One layer of a manifest under cosign's tags (image/artifact.h): a signature or an attestation. */
typedef struct {
  const char *media_type;
  GBytes *content;
  CrStrv annotation_names, annotation_values; /* parallel, or NULL */
} CrAttachment;
/* Add ATTACHMENTS (COUNT) to what is under the tag sha256-HEX SUFFIX (".sig", ".att") of DRAFT's manifest; others'
 * stay. */
gboolean cr_image_sink_attach_tagged(CrImageSink *sink, const CrDraft *draft, const char *suffix,
                                     const CrAttachment *attachments, guint count, GError **error);
