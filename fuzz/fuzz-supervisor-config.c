/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/script.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrSupervisorConfig config;
  cr_supervisor_config_parse((const char *)data, size, arena, &config);
  for (guint i = 0; i < config.programs->len; i++) {
    const CrSupervisedProgram *program = config.programs->pdata[i];
    g_autoptr(GPtrArray) words = cr_words_split(program->command ? program->command : "", arena);
  }
  g_ptr_array_unref(config.programs);
  g_ptr_array_unref(config.includes);
  return 0;
}
