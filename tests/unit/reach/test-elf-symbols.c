/* SPDX-License-Identifier: Apache-2.0 */
/* What ELF files want and offer: libraries that the compiler makes, with and without versions and hash tables. */
#include "made-root.h"
#include "reach/elf-symbols.h"

typedef struct {
  const char *name, *make; /* makes bin/p */
  const char *wanted;      /* lines that must be among those printed, parted by '|'; "!" in front: must not */
} Row;

#define MAP "printf 'V_1 { global: old; local: *; };\\nV_2 { global: new; } V_1;\\n' >map; "
#define LIBRARY                                                                                                        \
  MAP "echo 'int old(void) { return 1; } int new(void) { return 2; } int inside(void) { return 3; }' |"                \
      " cc -shared -nostdlib -fPIC -Wl,-soname,libv.so.1,--version-script=map -o a/libv.so.1 -x c -; "
#define USER(code, flags) LIBRARY "echo '" code "' | cc -nostdlib -o bin/p -x c - -x none a/libv.so.1 " flags "; "
#define CALLS             "int old(void); int new(void); void _start(void) { old(); new(); }"

static const Row rows[] = {
    {"defines", LIBRARY "cp a/libv.so.1 bin/p",
     "soname libv.so.1|version V_1|version V_2|offers old@V_1|offers new@V_2|!offers inside|!damaged"},
    {"needs", USER(CALLS, "-pie -fPIE"), "needs V_1 of libv.so.1|needs V_2 of libv.so.1|wants old@V_1|wants new@V_2"},
    {"one-need", USER("int old(void); void _start(void) { old(); }", "-pie -fPIE"),
     "needs V_1 of libv.so.1|!needs V_2 of libv.so.1|wants old@V_1|!wants new@V_2"},
    {"old-hash", USER(CALLS, "-pie -fPIE -Wl,--hash-style=sysv"), "wants old@V_1|wants new@V_2|!damaged"},
    {"weak", USER("int old(void) __attribute__((weak)); void _start(void) { if (old) old(); }", "-pie -fPIE"),
     "!wants old@V_1"},
    {"no-versions", "echo 'int plain(void) { return 1; }' | cc -shared -nostdlib -fPIC -o bin/p -x c -",
     "offers plain|!version V_1|!soname"},
    {"hidden",
     "echo '__attribute__((visibility(\"hidden\"))) int h(void) { return 1; } int v(void) { return h(); }' |"
     " cc -shared -nostdlib -fPIC -o bin/p -x c -",
     "offers v|!offers h"},
    {"static", "echo 'void _start(void) {}' | cc -nostdlib -static -no-pie -o bin/p -x c -", "none"},
    {"cut", LIBRARY "head -c 700 a/libv.so.1 >bin/p", "damaged"},
    {"text", "echo text >bin/p", "none"},
};

static char *format_symbols(const CrElfSymbols *symbols)
{
  GString *out = g_string_new("\n");
  if (!symbols)
    g_string_append(out, "none\n");
  if (symbols && symbols->soname)
    g_string_append_printf(out, "soname %s\n", symbols->soname);
  if (symbols && symbols->damaged)
    g_string_append(out, "damaged\n");
  for (guint i = 0; symbols && i < symbols->versions->len; i++)
    g_string_append_printf(out, "version %s\n", (const char *)symbols->versions->pdata[i]);
  for (guint i = 0; symbols && i < symbols->version_needs->len; i++) {
    const CrElfVersionNeed *need = symbols->version_needs->pdata[i];
    g_string_append_printf(out, "needs %s of %s\n", need->version, need->library);
  }
  for (guint k = 0; symbols && k < 2; k++) {
    const GPtrArray *list = k ? symbols->offered : symbols->wanted;
    for (guint i = 0; i < list->len; i++) {
      const CrElfSymbol *symbol = list->pdata[i];
      g_string_append_printf(out, "%s %s%s%s\n", k ? "offers" : "wants", symbol->name, symbol->version ? "@" : "",
                             symbol->version ? symbol->version : "");
    }
  }
  return g_string_free(out, FALSE);
}

static void test_row(gconstpointer data)
{
  const Row *row = data;
  g_autofree char *root = make_root(row->make);
  g_autofree char *path = g_build_filename(root, "bin/p", NULL);
  g_autofree char *text = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(path, &text, &size, NULL));
  g_autoptr(GBytes) bytes = g_bytes_new(text, size);
  g_autoptr(CrFile) file = cr_file_new_bytes(bytes);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrElfSymbols) symbols = cr_elf_symbols_read(file, arena);
  g_autofree char *said = format_symbols(symbols);
  g_auto(GStrv) words = g_strsplit(row->wanted, "|", -1);
  for (guint i = 0; words[i]; i++) {
    gboolean absent = *words[i] == '!';
    g_autofree char *line = g_strdup_printf("\n%s%s", words[i] + absent, absent ? "" : "\n");
    if ((strstr(said, line) != NULL) == absent)
      g_error("%s '%s' in: %s", absent ? "found" : "no", words[i], said);
  }
  remove_all(root);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat("/elf-symbols/", rows[i].name, NULL);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  return g_test_run();
}
