/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/recipe.h"

#include <unistd.h>

/* A Compose file or a manifest, as the bytes say. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static char *path;
  if (!path)
    path = g_strdup_printf("%s/careen-fuzz-%d-compose.yaml", g_get_tmp_dir(), (int)getpid());
  if (!g_file_set_contents(path, (const char *)data, (gssize)size, NULL))
    return 0;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrRecipes) recipes = cr_recipes_load(path, NULL, &error);
  unlink(path);
  if (!recipes == !error)
    g_error("neither recipes nor an error");
  return 0;
}
