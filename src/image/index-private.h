/* SPDX-License-Identifier: Apache-2.0 */
/* Private to image/index*.c. */
#pragma once
#include "image/index.h"
#include "image/source-private.h"

struct CrIndex {
  CrSource *source;
  CrArena *arena;
  const CrManifest *manifest;
  CrIndexEntry *entries; /* parallel to the manifest's */
};
