/* SPDX-License-Identifier: Apache-2.0 */
/* A container's own layer: the daemon's list of changes up to the first newline (none: all changed), then its export.
 */
#include <string.h>

#include "image/engine.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  const guint8 *newline = memchr(data, '\n', size), *end = data + size, *export = newline ? newline + 1 : end;
  g_autoptr(CrJsonDoc) doc = newline ? cr_json_parse((const char *)data, newline - data, "changes", NULL) : NULL;
  g_autoptr(GBytes) bytes = g_bytes_new_static(export, (gsize)(end - export));
  g_autoptr(CrStream) stream =
      cr_container_new_changes(cr_stream_new_bytes(bytes), "Docker", doc ? cr_json_get_root(doc) : NULL, "x", NULL);
  const guint8 *block = NULL;
  while (stream && cr_stream_next(stream, &block, NULL) > 0)
    ;
  return 0;
}
