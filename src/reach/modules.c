/* SPDX-License-Identifier: Apache-2.0 */
/* What interpreters share: folders that modules are looked for in, and modules followed from import to import. */
#include <string.h>

#include "reach/script.h"

/* ---- folders ---- */

void cr_folders_add_glob(CrReachWork *work, const char *pattern, GPtrArray *folders)
{
  const GPtrArray *found = cr_scripts_glob(work, pattern);
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add(folders, found->pdata[i]);
}

void cr_folders_reach(CrReachWork *work, const char *const *patterns, guint count, const char *program, const char *why)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new();
  for (guint i = 0; i < count; i++)
    cr_folders_add_glob(work, patterns[i], folders);
  for (guint i = 0; i < folders->len; i++)
    cr_reach_add_folder(work, folders->pdata[i], CR_REACH_POSSIBLE, NULL, NULL, program, "import", why);
}

void cr_folders_reach_variable(CrReachWork *work, const CrReachContext *context, const char *variable,
                               const char *program)
{
  const char *value = cr_environment_find(context->environment, variable);
  g_auto(GStrv) folders = g_strsplit(value ? value : "", ":", 50);
  for (guint i = 0; folders[i]; i++)
    if (folders[i][0] && strcmp(folders[i], "/") != 0)
      cr_reach_add_folder(work, cr_command_make_absolute(work, folders[i], context), CR_REACH_POSSIBLE, NULL, NULL,
                          program, "import", variable);
}

/* ---- modules ---- */

void cr_modules_init(CrModules *modules, const CrRun *run, CrLanguage language)
{
  *modules = (CrModules){.run = run, .language = language};
  modules->queue = g_ptr_array_new();
  modules->known = g_hash_table_new(g_str_hash, g_str_equal);
}

void cr_modules_clear(CrModules *modules)
{
  g_ptr_array_unref(modules->queue);
  g_hash_table_unref(modules->known);
}

gboolean cr_modules_add(CrModules *modules, const char *path, const char *from, const char *evidence)
{
  const CrRun *run = modules->run;
  const char *canonical = cr_reach_add_in(run->work, path, run->context, run->level, from, "import", evidence);
  if (canonical && g_hash_table_add(modules->known, (gpointer)canonical))
    g_ptr_array_add(modules->queue, (gpointer)canonical);
  return canonical != NULL;
}

const char *cr_modules_next(CrModules *modules, CrScriptFacts *facts)
{
  CrReachWork *work = modules->run->work;
  while (modules->next < modules->queue->len) {
    const char *path = modules->queue->pdata[modules->next++];
    CrNode node;
    if (cr_tree_find(cr_reach_work_get_tree(work), path, &node) == CR_TREE_FOUND &&
        cr_script_facts_get(work, &node, facts) && facts->language == modules->language)
      return path;
  }
  return NULL;
}
