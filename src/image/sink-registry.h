/* SPDX-License-Identifier: Apache-2.0 */
/* Between sink-registry.c (the image) and sink-registry-record.c (what stands beside it). Private to both. */
#pragma once
#include "image/registry.h"
#include "image/sink-private.h"

#define CR_TYPE_OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"

typedef struct {
  CrReference reference;
  CrRegistry *registry; /* made for each draft: where blobs may be mounted from is the draft's matter */
} CrRegistryPush;       /* sink->own */

gboolean cr_registry_push_connect(CrImageSink *sink, const CrDraft *draft, GError **error);
/* A document, unless it is there; tried again as long as that may help. */
gboolean cr_registry_push_bytes(const CrRegistryPush *push, const char *digest, GBytes *bytes, GError **error);

/* attach and attach_tagged of CrImageSinkClass. */
gboolean cr_registry_push_record(CrImageSink *sink, const CrDraft *draft, const char *artifact_type,
                                 const char *media_type, GBytes *content, CrStrv annotation_names,
                                 CrStrv annotation_values, char **digest, GError **error);
gboolean cr_registry_push_tagged(CrImageSink *sink, const CrDraft *draft, const char *suffix,
                                 const CrAttachment *attachments, guint count, GError **error);
