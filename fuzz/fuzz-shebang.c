/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass stores of a script, and the grammars of launchers: each line of the input is one word. */
#include <string.h>

#include "reach/script.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GByteArray) stored = g_byte_array_new();
  CrSink *sink = cr_sink_new_array(stored);
  CrEntry entry = {.path = "usr/bin/x", .path_bytes = 9, .mode = 0755, .size = size};
  cr_script_collect(&entry, data, size, FALSE, sink);
  cr_sink_free(sink);
  g_autofree char *text = g_strndup((const char *)data, size);
  g_auto(GStrv) words = g_strsplit(text, "\n", 100);
  cr_script_split_interpreter(text, arena);
  CrLaunch launch = {0};
  if (words[0] && cr_launcher_parse((const char *const *)words, arena, &launch))
    g_ptr_array_unref(launch.changes);
  return 0;
}
