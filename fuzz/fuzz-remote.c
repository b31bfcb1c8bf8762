/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "recipe/remote.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *text = g_strndup((const char *)data, size), *safe = cr_remote_redact(text);
  g_autoptr(GError) error = NULL;
  CrRemote remote;
  gboolean good = cr_remote_parse(text, arena, &remote, &error);
  if (!good == !error)
    g_error("neither an address nor an error");
  if (good && (*remote.url == '-' || (remote.ref && *remote.ref == '-')))
    g_error("an option of git's");
  if (good && !cr_remote_is_address(text))
    g_error("an address that is none");
  g_autofree char *commit = cr_remote_parse_refs(text, NULL);
  g_assert_true(!commit || strlen(commit) == 40 || strlen(commit) == 64);
  return 0;
}
