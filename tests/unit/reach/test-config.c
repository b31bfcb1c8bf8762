/* SPDX-License-Identifier: Apache-2.0 */
/* Words of configuration files: which libraries, programs and further files they name, and how surely. */
#include "reach/config.h"

#include <elf.h>
#include <glib/gstdio.h>
#include <string.h>

#include "image/layer-write.h"
#include "reach/reach.h"

static const Elf64_Ehdr program = {
    .e_ident = ELFMAG "\2\1\1", .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1, .e_ehsize = 64};
static const char *const programs[] = {"usr/sbin/server", "usr/sbin/helper",        "usr/lib/server/mod_a.so",
                                       "opt/b.so",        "usr/lib/x/modules/c.so", "bin/sh"};

static const struct {
  const char *what, *text, *more;
  const char *loaded, *possible, *unreached;
} rows[] = {
    {"a module by path", "LoadModule a_module /opt/b.so\n", "", "opt/b.so", NULL, "usr/lib/server/mod_a.so"},
    {"in a condition", "<IfModule x>\nLoadModule b /opt/b.so\n</IfModule>\n", "", NULL, "opt/b.so", NULL},
    {"behind one", "<IfDefine x>\n</IfDefine>\nload_module /opt/b.so;\n", "", "opt/b.so", NULL, NULL},
    {"a comment", "# LoadModule b /opt/b.so\n; load_module /opt/b.so\n", "", NULL, NULL, "opt/b.so"},
    {"a library that is no module", "engine = /opt/b.so\n", "", NULL, "opt/b.so", NULL},
    {"a name without its folder", "load_module modules/c.so;\n", "", NULL, "usr/lib/x/modules/c.so", NULL},
    {"included", "include more.conf\n", "LoadFile /opt/b.so\n", "opt/b.so", NULL, NULL},
    {"included by pattern", "IncludeOptional /etc/server/m*.conf\n", "LoadFile /opt/b.so\n", "opt/b.so", NULL, NULL},
    {"included in a condition", "<If a>\ninclude more.conf\n", "LoadFile /opt/b.so\n", NULL, "opt/b.so", NULL},
    {"includes itself", "include server.conf\nLoadFile /opt/b.so\n", "include server.conf\n", "opt/b.so", NULL, NULL},
    {"as in pam.d", "auth include more.conf\n", "auth required /opt/b.so nullok\n", NULL, "opt/b.so", NULL},
    {"a program", "CustomLog \"|/usr/sbin/helper -x\" combined\n", "", NULL, "usr/sbin/helper", NULL},
    {"no line end", "LoadFile /opt/b.so", "", "opt/b.so", NULL, NULL},
};

static void add_file(CrLayerWriter *writer, const char *path, const void *data, gsize size)
{
  const CrCollector *const *collectors = cr_reach_get_collectors();
  const CrEntry entry = {.path = path, .path_bytes = strlen(path), .type = CR_ENTRY_FILE, .mode = 0755, .size = size};
  g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  for (guint i = 0; size && collectors[i]; i++)
    if (collectors[i]->wants(&entry, data, MIN(size, CR_COLLECT_HEAD_BYTES)))
      cr_layer_writer_end_facts(writer,
                                collectors[i]->collect(&entry, file, cr_layer_writer_begin_facts(writer, i), NULL));
  g_assert_true(cr_layer_writer_add(writer, &entry, NULL));
}

static CrReach *reach(const CrCache *cache, guint row, CrTree **tree, CrProblems *problems)
{
  static const char *const command[] = {"/usr/sbin/server", "/etc/server/server.conf", NULL};
  CrImage image = {.entrypoint = command, .has_config = TRUE, .user = "", .workdir = "/"};
  image.cmd = image.env = image.shell = image.label_names = image.label_values = cr_strv_empty;
  CrReachOptions options = {NULL, NULL};
  g_autoptr(CrLayerWriter) writer = cr_layer_writer_new(cache, cr_reach_get_collectors(), 0, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
    add_file(writer, programs[i], &program, sizeof program);
  add_file(writer, "etc/server/server.conf", rows[row].text, strlen(rows[row].text));
  add_file(writer, "etc/server/more.conf", rows[row].more, strlen(rows[row].more));
  g_autoptr(CrLayer) layer = cr_layer_writer_finish(writer, NULL, 0, FALSE, NULL);
  *tree = cr_tree_new(&layer, 1);
  return cr_reach_compute(*tree, &image, &options, NULL, NULL, problems);
}

static void test_words(void)
{
  g_autofree char *dir = g_dir_make_tmp("careen-config-XXXXXX", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(dir);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrProblems) problems = cr_problems_new();
    g_autoptr(CrTree) tree = NULL;
    g_autoptr(CrReach) found = reach(cache, i, &tree, problems);
    const char *const paths[] = {rows[i].loaded, rows[i].possible, rows[i].unreached};
    const CrReachLevel levels[] = {CR_REACH_LOADED, CR_REACH_POSSIBLE, CR_REACH_UNREACHED};
    g_test_message("%s", rows[i].what);
    for (guint k = 0; k < G_N_ELEMENTS(paths); k++)
      if (paths[k])
        g_assert_cmpint(cr_reach_get_level(found, paths[k]), ==, levels[k]);
  }
  g_autofree char *area = g_build_filename(dir, "layers", NULL);
  g_rmdir(area);
  g_rmdir(dir);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reach/config/words", test_words);
  return g_test_run();
}
