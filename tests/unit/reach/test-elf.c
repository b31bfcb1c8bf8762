/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass learns of an ELF file: facts of files that the compiler makes, and of the same cut and changed. */
#include "made-root.h"
#include "reach/elf.h"

typedef struct {
  const char *name, *make; /* makes bin/p */
  const char *wanted;      /* facts that must be among those printed, parted by '|'; "" in front: must not */
} Row;

#define COMPILE(text, flags) "printf '%s\\n' '" text "' | cc -nostdlib -o bin/p -x c - -x none " flags "; "
static const Row rows[] = {
    {"/elf/program", COMPILE("void _start(void) {}", "-pie -fPIE -Wl,-dynamic-linker,/lib/ld.so"),
     "bits 64|type DYN|program|interpreter /lib/ld.so|!soname|!damaged|calls 0|built_with "},
    {"/elf/static-program", COMPILE("void _start(void) {}", "-static"), "type EXEC|program|!interpreter|!needed"},
    {"/elf/library", COMPILE("int f(void) { return 0; }", "-shared -fPIC -Wl,-soname,libf.so.1"),
     "type DYN|!program|soname libf.so.1|!interpreter"},
    {"/elf/needed-in-order",
     COMPILE("void _start(void) {}", "-pie -Wl,--no-as-needed,--allow-shlib-undefined a/libx.so lib/ld.so"),
     "needed libx.so ld.so"},
    {"/elf/rpath", COMPILE("void _start(void) {}", "-pie -Wl,--disable-new-dtags,-rpath,/x:/y a/libx.so"),
     "rpath /x:/y|!runpath"},
    {"/elf/runpath", COMPILE("void _start(void) {}", "-pie -Wl,--enable-new-dtags,-rpath,/x a/libx.so"),
     "runpath /x|!rpath"},
    {"/elf/nodefaultlib", COMPILE("void _start(void) {}", "-pie -Wl,-z,nodefaultlib a/libx.so"), "no_default_folders"},
    {"/elf/calls",
     COMPILE("void *dlopen(const char *, int); int execve(); int execvp(); int system(); void *getpwnam(); void "
             "iconv_open(); void f(void) { dlopen(0, 0); execve(); execvp(); system(); getpwnam(); iconv_open(); }",
             "-shared -fPIC"),
     "calls 63"},
    {"/elf/calls-one", COMPILE("int posix_spawnp(); void f(void) { posix_spawnp(); }", "-shared -fPIC"), "calls 6"},
    {"/elf/strings",
     COMPILE("const char *const s[] = {\"libplugin.so.3\", \"/usr/libexec/helper\", \"mods/%s.so\", \"plain\"};",
             "-shared -fPIC"),
     "library libplugin.so.3|library mods/%s.so|path /usr/libexec/helper"},
    {"/elf/relative",
     COMPILE(
         "int execve(); const char *const s[] = {\"./helper\", \"run ../lib/x -v\", \"bin/worker\", \"see bin/other\", "
         "\"http://x.org/y\", \"src/main.c\", \"./a/%s\"}; int f(void) { return execve(); }",
         "-shared -fPIC"),
     "path ./helper|path ../lib/x|path bin/worker|!path bin/other|!path x.org/y|!path src/main.c|!path ./a/%s"},
    {"/elf/stripped", COMPILE("int f(void) { return 0; }", "-shared -fPIC -Wl,-soname,libf.so.1 -s"),
     "soname libf.so.1|!damaged"},
    {"/elf/no-sections",
     COMPILE("int system(); int f(void) { return system(); }",
             "-shared -fPIC -Wl,-soname,libf.so.1") "strip --strip-section-headers bin/p 2>/dev/null || "
                                                    "printf '\\0\\0\\0\\0\\0\\0\\0\\0' | dd of=bin/p bs=1 seek=40 "
                                                    "conv=notrunc status=none; "
                                                    "printf '\\0\\0\\0\\0' | dd of=bin/p bs=1 seek=60 conv=notrunc "
                                                    "status=none",
     "soname libf.so.1|calls 14"},
    {"/elf/object", "echo 'int f(void) { return 0; }' | cc -c -o bin/p -x c -", "!program"},
};

static void add_list(GString *out, const char *name, CrStrv list)
{
  for (guint i = 0; list && list[i]; i++)
    g_string_append_printf(out, "%s %s\n", name, list[i]);
}

static char *format_facts(const CrElfFacts *facts)
{
  g_autoptr(GString) out = g_string_new("\n");
  const struct {
    const char *name, *value;
  } texts[] = {{"interpreter", facts->interpreter},
               {"soname", facts->soname},
               {"rpath", facts->rpath},
               {"runpath", facts->runpath},
               {"built_with", facts->built_with}};
  g_string_append_printf(out, "bits %u\ntype %s\ncalls %u\n", facts->bits,
                         facts->type == 2   ? "EXEC"
                         : facts->type == 3 ? "DYN"
                                            : "other",
                         facts->calls);
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    if (texts[i].value)
      g_string_append_printf(out, "%s %s\n", texts[i].name, texts[i].value);
  g_autofree char *needed = g_strjoinv(" ", (char **)facts->needed);
  if (*needed)
    g_string_append_printf(out, "needed %s\n", needed);
  add_list(out, "library", facts->library_strings);
  add_list(out, "path", facts->path_strings);
  if (facts->is_pie_or_program)
    g_string_append(out, "program\n");
  if (facts->damaged)
    g_string_append(out, "damaged\n");
  if (facts->no_default_folders)
    g_string_append(out, "no_default_folders\n");
  return g_string_free(g_steal_pointer(&out), FALSE);
}

static void test_row(gconstpointer data)
{
  const Row *row = data;
  if (!has_compiler())
    return;
  g_auto(MadeRoot) made = made_root_new(row->make);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrNode node;
  g_assert_cmpint(cr_tree_find(made.tree, "bin/p", &node), ==, CR_TREE_FOUND);
  const CrElfFacts *facts = cr_elf_facts_get(made.tree, &node, arena);
  g_autofree char *got = facts ? format_facts(facts) : g_strdup("\n");
  g_auto(GStrv) wanted = g_strsplit(row->wanted, "|", -1);
  for (guint i = 0; wanted[i]; i++) {
    gboolean absent = wanted[i][0] == '!';
    g_autofree char *line = g_strconcat("\n", wanted[i] + absent, NULL);
    if ((strstr(got, line) == NULL) != absent)
      g_error("%s: %s: %s", row->name, wanted[i], got);
  }
}

/* However it is cut or changed, there are facts or none, and none of them is outside the file. */
static void test_damage(void)
{
  if (!has_compiler())
    return;
  g_auto(MadeRoot) made = made_root_new(
      COMPILE("int system(); const char *s = \"libplugin.so.3\"; void _start(void) { system(); }",
              "-pie -fPIE -Wl,--no-as-needed,--unresolved-symbols=ignore-all,-dynamic-linker,/lib/ld.so a/libx.so "
              "-Wl,-rpath,/x") "cut=0; size=$(stat -c %s bin/p); mkdir cut; while [ $cut -lt $size ]; do head -c $cut "
                               "bin/p >cut/$cut; "
                               "cut=$((cut + 97)); done; mkdir far; for at in 32 40 52 54 56 58 60 62 $(seq 64 16 "
                               "700); do cp bin/p "
                               "far/$at; printf '\\377\\377\\377\\377\\377\\377\\377\\177' | dd of=far/$at bs=1 "
                               "seek=$at conv=notrunc "
                               "status=none; done");
  guint damaged = 0, facts_seen = 0;
  static const char *const folders[] = {"cut", "far"};
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *folder = g_build_filename(made.root, folders[i], NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
      g_autoptr(CrArena) arena = cr_arena_new();
      g_autofree char *path = g_build_filename(folders[i], name, NULL);
      CrNode node;
      g_assert_cmpint(cr_tree_find(made.tree, path, &node), ==, CR_TREE_FOUND);
      const CrElfFacts *facts = cr_elf_facts_get(made.tree, &node, arena);
      facts_seen += facts != NULL;
      damaged += facts && facts->damaged;
      /* A file cut before its last table must not pass for one that needs nothing. */
      g_assert_true(i || !facts || facts->damaged || facts->needed[0] || !facts->interpreter);
    }
  }
  g_assert_cmpuint(facts_seen, >, 50);
  g_assert_cmpuint(damaged, >, 10);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_test_add_data_func(rows[i].name, &rows[i], test_row);
  g_test_add_func("/elf/damage", test_damage);
  return g_test_run();
}
