/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that no package owns, each once; not what a package owns, not data, byte code or kernel file systems. A
 * folder is read, because modes matter here. */
#include "case.h"

#include <unistd.h>

/* A program of 64 bits that is only a header. */
static const char elf[64] = "\x7f"
                            "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1";
static const char jar[] = "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\11\0\0\0META-INF/";
static const char zip[] = "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\11\0\0\0some-file";
static const char status[] = "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n";
static const char list[] = "/usr/bin/owned\n/usr/bin/script\n";
static const char script[] = "#!/bin/sh\n";

static const struct {
  const char *path, *data;
  gsize size;
  int mode;
  gboolean reached;
  const char *kind; /* NULL: not listed */
} files[] = {
    {"var/lib/dpkg/status", status, sizeof status - 1, 0644, FALSE, NULL},
    {"var/lib/dpkg/info/a.list", list, sizeof list - 1, 0644, FALSE, NULL},
    {"var/lib/dpkg/info/a.postinst", script, sizeof script, 0755, TRUE, NULL},
    {"usr/bin/owned", elf, sizeof elf, 0755, TRUE, NULL},
    {"usr/bin/script", script, sizeof script, 0755, TRUE, NULL},
    {"opt/app/tool", elf, sizeof elf, 0755, FALSE, "elf"},
    {"opt/app/node_modules/x/y.node", elf, sizeof elf, 0644, FALSE, "elf"},
    {"proc/self/exe", elf, sizeof elf, 0755, FALSE, NULL},
    {"usr/lib/debug/x.debug", elf, sizeof elf, 0644, FALSE, NULL},
    {"usr/local/bin/mine", script, sizeof script, 0755, FALSE, "script"},
    {"usr/local/bin/not-executable", script, sizeof script, 0644, FALSE, NULL},
    {"opt/app/not-reached.sh", script, sizeof script, 0755, FALSE, NULL},
    {"opt/app/run", script, sizeof script, 0755, TRUE, "script"},
    {"opt/app/main.py", "print()\n", 8, 0644, TRUE, "script"},
    {"opt/app/site-packages/x/module.py", "print()\n", 8, 0644, TRUE, NULL},
    {"opt/app/main.pyc", script, sizeof script, 0644, TRUE, NULL},
    {"opt/app/data.json", "{}\n", 3, 0644, TRUE, NULL},
    {"opt/app/app.jar", jar, sizeof jar, 0644, FALSE, "jar"},
    {"opt/app/other.zip", zip, sizeof zip, 0644, FALSE, NULL},
};

static void write_files(const char *root)
{
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(root, files[i].path, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    g_assert_true(g_file_set_contents_full(path, files[i].data, (gssize)files[i].size, G_FILE_SET_CONTENTS_NONE,
                                           files[i].mode, NULL));
    g_assert_cmpint(g_chmod(path, files[i].mode), ==, 0);
  }
}

static CrLayer *read_folder(const Place *place, const char *root)
{
  g_autoptr(GPtrArray) collectors = g_ptr_array_new();
  for (const CrCollector *const *c = cr_inventory_get_collectors(); *c; c++)
    g_ptr_array_add(collectors, (gpointer)*c);
  g_ptr_array_add(collectors, (gpointer)&cr_elf_collector);
  g_ptr_array_add(collectors, NULL);
  CrPassOptions options = {
      .cache = place->cache, .collectors = (const CrCollector *const *)collectors->pdata, .name = "folder"};
  g_autoptr(GError) error = NULL;
  CrLayer *layer = cr_pass_read_folder(root, &options, &error);
  g_assert_no_error(error);
  return layer;
}

static void link_name(const char *root, const char *from, const char *to)
{
  g_autofree char *old = g_build_filename(root, from, NULL), *new = g_build_filename(root, to, NULL);
  g_assert_cmpint(link(old, new), ==, 0);
}

static void test_list(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autofree char *root = g_build_filename(place.dir, "root", NULL);
  write_files(root);
  link_name(root, "opt/app/tool", "opt/app/tool-under-another-name");
  g_autoptr(CrLayer) layer = read_folder(&place, root);
  g_autoptr(CrTree) tree = cr_tree_new(&layer, 1);
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(CrInventory) inventory = cr_inventory_read(tree, NULL, problems);
  g_autoptr(GHashTable) reached = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GHashTable) kinds = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < G_N_ELEMENTS(files); i++)
    if (files[i].reached)
      g_hash_table_add(reached, (gpointer)files[i].path);
  g_autoptr(GPtrArray) found = cr_inventory_find_unowned(inventory, tree, NULL, reached, problems);
  for (guint i = 0; i < found->len; i++) {
    const CrUnowned *file = found->pdata[i];
    g_test_message("%s %s", file->kind, file->path);
    g_hash_table_insert(kinds, (gpointer)file->path, (gpointer)file->kind);
    g_assert_cmpint(file->layer, ==, 0);
    g_assert_true(!i || strcmp(((const CrUnowned *)found->pdata[i - 1])->path, file->path) < 0);
  }
  guint expected = 0;
  for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
    g_test_message("%s", files[i].path);
    g_assert_cmpstr(g_hash_table_lookup(kinds, files[i].path), ==, files[i].kind);
    expected += files[i].kind != NULL;
  }
  g_assert_cmpuint(found->len, ==, expected); /* the second name is no second file */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/unowned/list", test_list);
  return g_test_run();
}
