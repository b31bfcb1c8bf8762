/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/recipe.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const suffixes[] = {"container", "image", "build"};
  for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
    g_autofree char *path = g_strdup_printf("%s/careen-fuzz-%d.%s", g_get_tmp_dir(), (int)getpid(), suffixes[i]);
    if (!g_file_set_contents(path, (const char *)data, (gssize)size, NULL))
      return 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(CrRecipes) recipes = cr_recipes_load(path, NULL, &error);
    unlink(path);
    if (!recipes == !error)
      g_error("neither recipes nor an error");
  }
  return 0;
}
