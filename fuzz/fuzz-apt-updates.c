/* SPDX-License-Identifier: Apache-2.0 */
/* apt's decisions: a dpkg status, a line "===", a package list. */
#include "image.h"
#include "vendor/apt.h"

static void find_updates(CrArchives *set, CrArchiveData *archive, CrTree *tree)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) updates = g_ptr_array_new();
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, NULL, problems);
  g_ptr_array_add(set->archives, archive);
  cr_apt_find_updates(set, cr_inventory_get_packages(inventory), set->arena, updates, problems);
  for (guint i = 0; i < updates->len; i++)
    g_assert_nonnull(((const CrUpdate *)updates->pdata[i])->candidate);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const architectures[] = {"amd64", "i386", NULL};
  const CrCollector *const *collectors = cr_inventory_get_collectors();
  g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "careen-fuzz", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(folder);
  const guint8 *mark = memmem(data, size, "\n===\n", 5);
  gsize status = mark ? (gsize)(mark + 1 - data) : size, rest = mark ? status + 4 : size;
  g_autoptr(GBytes) text = g_bytes_new_static(data + rest, size - rest);
  if (!cr_list_compile(cr_stream_new_bytes(text), cache, "updates", NULL))
    return 0;
  g_autoptr(CrLayerWriter) writer = begin_image(collectors);
  add_file(writer, collectors, "var/lib/dpkg/status", data, status);
  g_autoptr(CrTree) tree = end_image(writer);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) archives = g_ptr_array_new();
  g_autoptr(CrList) opened = cr_list_open(cache, "updates");
  CrArchiveList list = {.list = opened, .architecture = "amd64", .component = "main"};
  CrArchiveData archive = {
      .archive = {.name = "main", .distribution = TRUE, .configured = TRUE}, .list_count = 1, .lists = &list};
  CrAptPins *pins = cr_apt_pins_new(arena);
  CrArchives set = {
      .arena = arena, .archives = archives, .native = "amd64", .architectures = architectures, .pins = pins};
  find_updates(&set, &archive, tree);
  cr_apt_pins_free(pins);
  return 0;
}
