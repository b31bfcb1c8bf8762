/* SPDX-License-Identifier: Apache-2.0 */
#include "container/processes.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *id = NULL, *engine = NULL;
  if (cr_cgroup_find_container(text, arena, &id, &engine) && (strlen(id) != 64 || !engine))
    g_error("an id that is none");
  const char *shim = cr_shim_find_container((const char *)data, size, arena);
  if (shim && (!strchr(shim, '/') || strlen(shim) > 2 * size))
    g_error("a name that is none");
  CrMapping mapping;
  gsize length = 0;
  for (char *cursor = text; cr_mapping_next(&cursor, &mapping);)
    length += strlen(mapping.path) + strlen(mapping.address);
  return length > 2 * size;
}
