/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <string.h>

CrSettings *cr_settings_new(void)
{
  CrSettings *settings = g_new0(CrSettings, 1);
  settings->environment = g_ptr_array_new_with_free_func(g_free);
  settings->allow_expired = g_ptr_array_new_with_free_func(g_free);
  settings->mirrors = g_ptr_array_new_with_free_func(g_free);
  settings->ignore_files = g_ptr_array_new_with_free_func(g_free);
  settings->only = g_ptr_array_new_with_free_func(g_free);
  settings->hold = g_ptr_array_new_with_free_func(g_free);
  settings->vex = g_ptr_array_new_with_free_func(g_free);
  settings->hosts = g_ptr_array_new_with_free_func(g_free);
  g_date_clear(&settings->as_of, 1);
  g_date_clear(&settings->since, 1);
  return settings;
}

void cr_settings_free(CrSettings *settings)
{
  if (!settings)
    return;
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++) {
    gpointer *field = (gpointer *)(gpointer)((char *)settings + options[i].offset);
    if (options[i].kind == CR_OPTION_TEXT || options[i].kind == CR_OPTION_CHOICE)
      g_free(*field);
    else if (options[i].kind == CR_OPTION_LIST)
      g_ptr_array_unref(*field);
  }
  g_free(settings->rules_config);
  g_free(settings);
}

gboolean cr_settings_allow_memory(const CrSettings *settings)
{
  return !settings->in_memory || !strcmp(settings->in_memory, "auto");
}

gboolean cr_settings_load_environment(CrSettings *settings, GError **error)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++) {
    if (options[i].flag_only)
      continue;
    g_autofree char *variable = cr_option_format_variable(&options[i]);
    const char *text = g_getenv(variable);
    if (!text || !*text) /* an empty variable is how a wrapper script says "not set" */
      continue;
    if (options[i].kind != CR_OPTION_LIST) {
      if (!cr_option_set(&options[i], settings, text, variable, error))
        return FALSE;
      continue;
    }
    cr_option_reset(&options[i], settings);
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n", -1);
    for (guint w = 0; words[w]; w++)
      if (*words[w] && !cr_option_set(&options[i], settings, words[w], variable, error))
        return FALSE;
  }
  return TRUE;
}
