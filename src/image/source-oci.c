/* SPDX-License-Identifier: Apache-2.0 */
/* oci:DIR[:TAG]: a folder in OCI image layout, as skopeo, buildah, umoci and buildx write it. */
#include "base/error.h"
#include "image/layout.h"

static gboolean open_oci(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  (void)problems;
  const char *tag = NULL;
  g_autofree char *dir = cr_layout_split_tag(rest, &tag);
  CrLayout *layout = source->own = g_new0(CrLayout, 1);
  layout->blobs = cr_blobs_open_folder(dir, error);
  if (!layout->blobs)
    return FALSE;
  if (!cr_blobs_find(layout->blobs, "index.json", NULL)) {
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': it has no index.json", dir);
    cr_error_set_hint(cause, "a root file system is rootfs:%s", dir);
    g_propagate_error(error, cause);
    return FALSE;
  }
  return cr_layout_open(source, layout, tag, error);
}

const CrSourceClass cr_source_oci = {
    .name = "oci",
    .prefix = "oci",
    .open = open_oci,
    .read_layers = cr_layout_read_layers,
    .close = cr_layout_close,
    .list_siblings = cr_layout_list_siblings,
    .open_member = cr_layout_open_member,
};
