/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "container/build.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrBuildAnswer) answer = cr_build_answer_new();
  for (const guint8 *at = data, *end = data + size; at < end;) {
    const guint8 *newline = memchr(at, '\n', (gsize)(end - at));
    gsize length = (gsize)((newline ? newline : end) - at);
    cr_build_answer_take(answer, (const char *)at, length, NULL, NULL);
    at += length + (newline ? 1 : 0);
  }
  if (answer->log->len > CR_BUILD_LOG_BYTES)
    g_error("a log without bounds");
  if (answer->id && strlen(answer->id) != 71)
    g_error("an id that is none");
  return 0;
}
