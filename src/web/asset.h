/* SPDX-License-Identifier: Apache-2.0 */
/* Files of src/web/assets, in the program itself: made at build time by tools/embed-assets. */
#pragma once
#include <glib.h>

typedef struct {
  const char *name; /* "page.css" */
  const char *path; /* "/assets/page-1a2b3c4d.css": another name when it is another file, so that it is kept for ever */
  const char *type;
  const char *data;
  gsize size;
} CrWebAsset;

/* Ended by one without a name. */
extern const CrWebAsset cr_web_assets[];
/* By its name; never NULL for one that is there. */
const CrWebAsset *cr_web_asset_get(const char *name);
/* By its path, or NULL. */
const CrWebAsset *cr_web_asset_find(const char *path);
