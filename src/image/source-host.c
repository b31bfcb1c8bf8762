/* SPDX-License-Identifier: Apache-2.0 */
/* host:/: this machine. Its root, without what is mounted below it. */
#include <string.h>

#include "base/error.h"
#include "image/source-private.h"

static gboolean open_host(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  (void)problems;
  if (strcmp(rest, "/") != 0) {
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot use 'host:%s': this machine is host:/", rest);
    cr_error_set_hint(cause, "another folder is rootfs:%s", rest);
    g_propagate_error(error, cause);
    return FALSE;
  }
  CrImage *image = source->image;
  image->name = cr_arena_strdup(source->arena, g_get_host_name());
  image->platform = cr_arena_strdup(source->arena, cr_source_get_own_platform());
  image->os = "linux";
  image->architecture = strchr(image->platform, '/') + 1;
  image->layer_count = 1;
  image->layers = cr_arena_new0(source->arena, CrLayerInfo);
  source->folder = g_strdup("/");
  return TRUE;
}

const CrSourceClass cr_source_host = {.name = "host", .prefix = "host", .open = open_host};
