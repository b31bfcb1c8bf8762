/* SPDX-License-Identifier: Apache-2.0 */
/* For the targets of apt's two kinds of sources: each entry has a host and a path. */
#pragma once
#include "vendor/sources.h"

static inline void check_sources(__typeof__(cr_sources_parse_oneline) *parse, const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  parse((const char *)data, size, "f", "amd64", arena, list, problems);
  for (guint i = 0; i < list->len; i++) {
    const char *host = NULL;
    const char *path = NULL;
    cr_uri_split(((const CrAptSource *)list->pdata[i])->uri, arena, &host, &path);
    g_assert(host && path);
  }
}
