/* SPDX-License-Identifier: Apache-2.0 */
/* An image without the last layer that careen put on it: the reverse of a draft (image/draft.h). What cr_draft_seal
 * added is taken away again from config and manifest, byte for byte, and the config's digest proves that what remains
 * is the original and nothing else: it names every layer by its diff_id. */
#pragma once
#include "image/source.h"

typedef struct {
  CrStrv names;                /* labels, and annotations, that were added */
  const char *replaced;        /* the one of them that keeps what they took the place of: a JSON object; or NULL */
  const char *config_digest;   /* of the original: the proof */
  const char *manifest_digest; /* of the original, or NULL: it had none */
  const char *name;            /* of the original, for people; NULL: as now */
} CrPeel;

/* SOURCE is borrowed and must outlive the result. NULL with CR_ERROR_INPUT: what remains is not that original. A
 * daemon shows its config only with the layers: there the proof is made when a draft reads them, CR_ERROR_TRUST. */
CrSource *cr_source_peel(CrSource *source, const CrPeel *peel, GError **error);
