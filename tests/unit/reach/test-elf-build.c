/* SPDX-License-Identifier: Apache-2.0 */
/* What a program says it was built from, on made-up ELF files: Go's two formats, replaced modules, function names;
 * crates of Rust; what is packed or damaged. Real programs are the oracle's (tests/oracle/languages). */
#include <elf.h>
#include <string.h>
#include <zlib.h>

#include "reach/elf-build.h"

#define BASE 0x400000U
#define MARK "0123456789abcdef"
static const char modules[] =
    MARK "path\tx\nmod\texample.org/x\t(devel)\t\ndep\tgolang.org/x/net\tv0.5.0\th1:a=\n"
         "dep\tgolang.org/x/text\tv0.6.0\n=>\texample.org/text\tv1.0.0\th1:b=\nbuild\tCGO_ENABLED=0\n" MARK;

/* One loaded segment with the whole file, sections one behind the other. */
typedef struct {
  GByteArray *bytes;
  Elf64_Shdr headers[4];
  GString *names;
  guint count;
} Program;

static void add_section(Program *program, const char *name, const void *data, gsize size)
{
  static const guint8 zeros[16] = {0};
  if (!program->bytes) {
    program->bytes = g_byte_array_new();
    g_byte_array_set_size(program->bytes, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
    program->names = g_string_new(NULL);
    g_string_append_c(program->names, 0);
    program->count = 1;
    memset(program->headers, 0, sizeof program->headers);
  }
  g_byte_array_append(program->bytes, zeros, (16 - program->bytes->len % 16) % 16);
  program->headers[program->count++] =
      (Elf64_Shdr){.sh_name = (guint)program->names->len, .sh_offset = program->bytes->len, .sh_size = size};
  g_string_append_len(program->names, name, (gssize)strlen(name) + 1);
  g_byte_array_append(program->bytes, data, (guint)size);
}

static GBytes *finish(Program *program, gboolean stripped)
{
  add_section(program, ".shstrtab", "", 0);
  program->headers[program->count - 1].sh_size = program->names->len;
  g_byte_array_append(program->bytes, (const guint8 *)program->names->str, (guint)program->names->len);
  Elf64_Ehdr head = {
      .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1}, .e_type = ET_EXEC, .e_machine = EM_X86_64};
  head.e_phoff = sizeof head;
  head.e_phentsize = sizeof(Elf64_Phdr);
  head.e_phnum = 1;
  head.e_shentsize = sizeof(Elf64_Shdr);
  if (!stripped) {
    head.e_shoff = program->bytes->len;
    head.e_shnum = (guint16)program->count;
    head.e_shstrndx = (guint16)(program->count - 1);
    g_byte_array_append(program->bytes, (const guint8 *)program->headers, (guint)(program->count * sizeof(Elf64_Shdr)));
  }
  Elf64_Phdr segment = {.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = BASE, .p_filesz = program->bytes->len};
  memcpy(program->bytes->data, &head, sizeof head);
  memcpy(program->bytes->data + sizeof head, &segment, sizeof segment);
  g_string_free(program->names, TRUE);
  return g_byte_array_free_to_bytes(program->bytes);
}

static GBytes *collect(GBytes *program, GError **error)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(program, &size);
  g_autoptr(CrFile) file = cr_file_new_bytes(program);
  g_autoptr(GByteArray) out = g_byte_array_new();
  CrSink *sink = cr_sink_new_array(out);
  const CrEntry entry = {.path = "x", .path_bytes = 1, .type = CR_ENTRY_FILE, .size = size};
  g_assert_true(cr_build_collector.wants(&entry, data, CR_COLLECT_HEAD_BYTES));
  gboolean ok = cr_build_collector.collect(&entry, file, sink, error);
  cr_sink_free(sink);
  return ok ? g_bytes_new(out->data, out->len) : NULL;
}

static char *print_parts(GBytes *facts)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  GString *out = g_string_new(NULL);
  const CrBuild *build = g_bytes_get_size(facts) ? cr_build_parse(facts, arena) : NULL;
  if (build)
    g_string_append_printf(out, "%c %s", (char)build->kind, build->toolchain ? build->toolchain : "-");
  for (guint i = 0; build && i < build->count; i++)
    g_string_append_printf(out, " %s%s@%s", build->parts[i].is_main ? "*" : "", build->parts[i].name,
                           build->parts[i].version);
  return g_string_free(out, FALSE);
}

static void check_parts(GBytes *program, const char *expected)
{
  g_autoptr(GBytes) facts = collect(program, NULL);
  g_assert_nonnull(facts);
  g_autofree char *text = print_parts(facts);
  g_assert_cmpstr(text, ==, expected);
  g_bytes_unref(program);
}

static GByteArray *make_inline_info(void)
{
  GByteArray *info = g_byte_array_new();
  g_byte_array_append(info, (const guint8 *)"\xff Go buildinf:\x08\x02", 16);
  g_byte_array_set_size(info, 32);
  memset(info->data + 16, 0, 16);
  g_byte_array_append(info, (const guint8 *)"\x08go1.20.1", 9);
  guint8 length[2] = {(guint8)((sizeof modules - 1) | 0x80), (guint8)((sizeof modules - 1) >> 7)};
  g_byte_array_append(info, length, 2);
  g_byte_array_append(info, (const guint8 *)modules, sizeof modules - 1);
  return info;
}

#define PARTS "*example.org/x@(devel) golang.org/x/net@v0.5.0 example.org/text@v1.0.0"

static void test_go_inline(void)
{
  g_autoptr(GByteArray) info = make_inline_info();
  for (guint stripped = 0; stripped < 2; stripped++) {
    Program program = {0};
    add_section(&program, ".go.buildinfo", info->data, info->len);
    check_parts(finish(&program, stripped), "g go1.20.1 " PARTS);
  }
}

/* Pointers to strings, as before Go 1.18. */
static void test_go_pointers(void)
{
  const guint64 start = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), at = BASE + ((start + 15) & ~15ULL);
  struct {
    char magic[16];
    guint64 version, modules;
    guint64 version_text, version_size, modules_text, modules_size;
    char text[8];
    char list[sizeof modules];
  } info = {"\xff Go buildinf:\x08", at + 32, at + 48, at + 64, 8, at + 72, sizeof modules - 1, "go1.16.5", {0}};
  memcpy(info.list, modules, sizeof modules);
  info.magic[14] = 8;
  info.magic[15] = 0;
  Program program = {0};
  add_section(&program, ".go.buildinfo", &info, sizeof info);
  check_parts(finish(&program, FALSE), "g go1.16.5 " PARTS);
}

static void test_go_symbols(void)
{
  static const char names[] =
      "main.main\0golang.org/x/net/html.Parse\0golang.org/x/net/html.(*Tokenizer).Next.func1\0"
      "gopkg.in/yaml%2ev3.Unmarshal-fm\0slices.SortFunc[go.shape.[]x/y.z,int].gowrap2\0golang.org/x/net/html.init.0\0";
  static const struct {
    const char *package, *symbol;
    CrSymbolState state;
  } rows[] = {{"golang.org/x/net/html", "Parse", CR_SYMBOL_PRESENT},
              {"golang.org/x/net/html", "Tokenizer.Next", CR_SYMBOL_PRESENT},
              {"golang.org/x/net/html", "Tokenizer.Raw", CR_SYMBOL_ABSENT},
              {"golang.org/x/net/html", NULL, CR_SYMBOL_PRESENT},
              {"golang.org/x/net/html", "init", CR_SYMBOL_PRESENT},
              {"golang.org/x/net/http2", NULL, CR_SYMBOL_ABSENT},
              {"golang.org/x/net", NULL, CR_SYMBOL_ABSENT},
              {"gopkg.in/yaml.v3", "Unmarshal", CR_SYMBOL_PRESENT},
              {"slices", "SortFunc", CR_SYMBOL_PRESENT}};
  g_autoptr(GByteArray) info = make_inline_info();
  for (guint old = 0; old < 2; old++) {
    g_autoptr(GByteArray) table = g_byte_array_new();
    const guint64 words[] = {6, 1, 0, 72, 72 + sizeof names - 1, 0, 0, 0};
    g_byte_array_append(table, (const guint8 *)(old ? "\xfb\xff\xff\xff\0\0\1\x08" : "\xf1\xff\xff\xff\0\0\1\x08"), 8);
    g_byte_array_append(table, (const guint8 *)words, sizeof words);
    g_byte_array_append(table, (const guint8 *)names, sizeof names);
    Program program = {0};
    add_section(&program, ".go.buildinfo", info->data, info->len);
    add_section(&program, ".gopclntab", table->data, table->len);
    g_autoptr(GBytes) file = finish(&program, FALSE);
    g_autoptr(GBytes) facts = collect(file, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
      g_test_message("%s %s", rows[i].package, rows[i].symbol ? rows[i].symbol : "(anything)");
      g_assert_cmpint(cr_build_find_symbol(facts, rows[i].package, rows[i].symbol), ==,
                      old ? CR_SYMBOL_UNKNOWN : rows[i].state);
    }
  }
}

static void test_rust(void)
{
  static const char json[] =
      "{\"packages\":[{\"name\":\"app\",\"version\":\"0.1.0\",\"source\":\"local\",\"root\":true},"
      "{\"name\":\"time\",\"version\":\"0.1.43\",\"source\":\"crates.io\"},"
      "{\"name\":\"cc\",\"version\":\"1.0.0\",\"source\":\"crates.io\",\"kind\":\"build\"}]}";
  guint8 packed[512];
  uLongf size = sizeof packed;
  g_assert_cmpint(compress(packed, &size, (const Bytef *)json, sizeof json - 1), ==, Z_OK);
  Program program = {0};
  add_section(&program, ".dep-v0", packed, size);
  check_parts(finish(&program, FALSE), "r - *app@0.1.0 time@0.1.43");
  Program damaged = {0};
  add_section(&damaged, ".dep-v0", packed, size / 2);
  g_autoptr(GBytes) file = finish(&damaged, FALSE);
  g_autoptr(GError) error = NULL;
  g_assert_null(collect(file, &error));
  g_assert_nonnull(strstr(error->message, "crates"));
}

static void test_others(void)
{
  Program packed = {0}, plain = {0};
  add_section(&packed, ".x", "UPX!\r\r", 6);
  check_parts(finish(&packed, TRUE), "p -");
  add_section(&plain, ".x", "UPX!\r\r", 6);
  check_parts(finish(&plain, FALSE), "");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/elf-build/go-inline", test_go_inline);
  g_test_add_func("/elf-build/go-pointers", test_go_pointers);
  g_test_add_func("/elf-build/go-symbols", test_go_symbols);
  g_test_add_func("/elf-build/rust", test_rust);
  g_test_add_func("/elf-build/others", test_others);
  return g_test_run();
}
