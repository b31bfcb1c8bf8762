/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/steward.h"

/* The verified lists as the stewards' rules ask them. */

static const CrArchive *find_exact(gpointer data, const CrPackage *package, gboolean *same_name_version)
{
  return data ? cr_archives_find_exact(data, package, same_name_version) : NULL;
}

static const CrArchive *find_source(gpointer data, const char *source_name)
{
  return data ? cr_archives_find_source(data, source_name) : NULL;
}

static gboolean has_name(gpointer data, const CrArchive *archive, const char *name)
{
  return data && cr_archives_has_name(data, archive, name);
}

static const char *find_newest(gpointer data, const char *name)
{
  CrArchiveFile file;
  return data && cr_archives_find_file(data, name, &file) ? file.version : NULL;
}

void cr_vendor_judge_stewards(CrInventory *inventory, CrArchives *archives, const CrImage *image, GPtrArray *unowned,
                              const CrVendorOptions *options, CrProblems *problems)
{
  (void)options;
  (void)problems;
  CrArena *arena = cr_inventory_get_arena(inventory);
  GPtrArray *packages = cr_inventory_get_packages(inventory);
  guint count = archives ? cr_archives_get_count(archives) : 0;
  const CrArchive **list = cr_arena_alloc(arena, (count + 1) * sizeof *list);
  for (guint i = 0; i < count; i++)
    list[i] = cr_archives_get(archives, i);
  CrStewardLists lists = {
      .data = archives,
      .archives = list,
      .answering = archives && cr_archives_is_answering(archives),
      .find_exact = find_exact,
      .find_source = find_source,
      .has_name = has_name,
      .find_newest = find_newest,
  };
  CrStewardContext context = {.os = cr_inventory_get_os(inventory), .lists = &lists, .arena = arena};
  context.family = cr_support_family_find(context.os);
  context.builder = image ? cr_steward_find_builder(image, &context.builder_label) : NULL;
  for (guint i = 0; i < packages->len; i++)
    cr_steward_judge_package(&context, packages->pdata[i]);
  for (guint i = 0; unowned && i < unowned->len; i++)
    cr_steward_judge_file(&context, unowned->pdata[i]);
}
