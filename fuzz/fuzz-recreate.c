/* SPDX-License-Identifier: Apache-2.0 */
/* An engine's words about a container: {"container": …, "old": …, "new": …, "changes": …, "libpod": …, "api": …}. */
#include "container/recreate.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse((const char *)data, size, "input", NULL);
  if (!doc)
    return 0;
  const CrJson *root = cr_json_get_root(doc), *libpod = cr_json_find(root, "libpod");
  CrRecreateRequest request = {.container = cr_json_find(root, "container"),
                               .old_image = cr_json_find(root, "old"),
                               .new_image = cr_json_find(root, "new"),
                               .changes = cr_json_find(root, "changes"),
                               .libpod = libpod,
                               .image = "image",
                               .new_image_id = "sha256:new",
                               .api = (guint)CLAMP(cr_json_find_integer(root, "api", 141), 100, 200),
                               .podman = libpod != NULL};
  g_autoptr(CrRecreation) recreation = cr_recreation_new(&request, NULL);
  if (!recreation)
    return 0;
  g_autoptr(CrJsonDoc) body = cr_json_parse(recreation->body, strlen(recreation->body), "body", NULL);
  g_assert_nonnull(body); /* whatever came in, what goes out is JSON */
  g_free(cr_recreation_compare(recreation, request.container, cr_json_find(root, "old")));
  return 0;
}
