/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "vendor/apk.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  cr_apk_repositories_parse((const char *)data, size, "repositories", arena, list, problems);
  for (guint i = 0; i < list->len; i++) {
    const CrApkRepository *repository = list->pdata[i];
    g_assert(*repository->uri && !strpbrk(repository->uri, " \t\n"));
  }
  CrApkWord word = cr_apk_word_parse((const char *)data, size, arena);
  g_assert(!cr_apk_word_accepts(&word, NULL) || !word.version);
  cr_apk_word_accepts(&word, "1.2.3-r4");
  return 0;
}
