/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the shell: known, one of a few, or not known; and the variables that have them. */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

const CrShellValue cr_shell_value_unknown = {.count = 0};

const CrShellValue *cr_shell_value_new_list(CrShell *shell, CrStrv list)
{
  CrShellValue *value = cr_arena_new0(shell->arena, CrShellValue);
  value->values[0] = list;
  value->count = 1;
  return value;
}

const CrShellValue *cr_shell_value_new(CrShell *shell, const char *text)
{
  const char **list = cr_arena_alloc(shell->arena, 2 * sizeof *list);
  list[0] = text;
  return cr_shell_value_new_list(shell, list);
}

static gboolean is_same(CrStrv a, CrStrv b)
{
  guint i = 0;
  for (; a[i] && b[i]; i++)
    if (strcmp(a[i], b[i]) != 0)
      return FALSE;
  return !a[i] && !b[i];
}

const CrShellValue *cr_shell_value_join(CrShell *shell, const CrShellValue *a, const CrShellValue *b)
{
  if (a == b)
    return a;
  if (!a || !b || !a->values[0] || !b->values[0]) /* not known, or unset in one of them */
    return &cr_shell_value_unknown;
  CrShellValue *joined = cr_arena_new0(shell->arena, CrShellValue);
  *joined = *a;
  for (guint i = 0; i < b->count; i++) {
    gboolean known = FALSE;
    for (guint j = 0; j < joined->count && !known; j++)
      known = is_same(joined->values[j], b->values[i]);
    if (!known && joined->count == G_N_ELEMENTS(joined->values))
      return &cr_shell_value_unknown;
    if (!known)
      joined->values[joined->count++] = b->values[i];
  }
  return joined;
}

const CrShellValue *cr_shell_find_variable(CrShell *shell, const char *name)
{
  const CrShellValue *value = g_hash_table_lookup(shell->variables, name);
  if (value)
    return value->count == 1 && !value->values[0] ? NULL : value; /* unset */
  const char *text = cr_environment_find(shell->run->context->environment, name);
  if (text)
    return cr_shell_value_new(shell, text);
  if (strcmp(name, "PWD") == 0)
    return shell->workdir ? cr_shell_value_new(shell, shell->workdir) : &cr_shell_value_unknown;
  static const char *const own[] = {"RANDOM",  "HOSTNAME", "UID",        "EUID",    "PPID",
                                    "SECONDS", "LINENO",   "OSTYPE",     "HOME",    "USER",
                                    "SHELL",   "IFS",      "PIPESTATUS", "BASHPID", "BASH_VERSION"};
  for (guint i = 0; i < G_N_ELEMENTS(own); i++)
    if (strcmp(name, own[i]) == 0)
      return &cr_shell_value_unknown;
  return NULL;
}
