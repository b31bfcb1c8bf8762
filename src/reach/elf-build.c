/* SPDX-License-Identifier: Apache-2.0 */
/* The collector "build". Its format: one byte of CrBuildKind, the toolchain and the lines of modules as texts that end
 * in NUL, then for Go the sorted hashes of the function names, each as the distance from the one before (varints). */
#include "reach/elf-build.h"

#include <elf.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "reach/elf-private.h"

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  return cr_elf_collector.wants(entry, head, head_bytes);
}

/* Does the table of section names have one of ours? Nearly every file is done with after this; one without the table
 * may be packed, or stripped of it. */
static gboolean may_tell(CrFile *file)
{
  gsize size = (gsize)MIN(cr_file_get_size(file), sizeof(Elf64_Ehdr));
  const guint8 *head = cr_file_peek(file, 0, size);
  if (!head || size < sizeof(Elf32_Ehdr))
    return FALSE;
  gboolean wide = head[EI_CLASS] == ELFCLASS64;
  CrReader reader = cr_reader_init(head, size, head[EI_DATA] == ELFDATA2MSB);
  cr_reader_seek(&reader, wide ? 40 : 32);
  guint64 table = wide ? cr_reader_u64(&reader) : cr_reader_u32(&reader);
  cr_reader_seek(&reader, wide ? 58 : 46);
  guint entry_bytes = cr_reader_u16(&reader), count = cr_reader_u16(&reader), names = cr_reader_u16(&reader);
  if (!table || !count || names >= count || entry_bytes < (wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
    return TRUE;
  const guint8 *section = cr_file_peek(file, table + (guint64)names * entry_bytes, entry_bytes);
  CrReader row = cr_reader_init(section, entry_bytes, reader.big_endian);
  cr_reader_seek(&row, wide ? 24 : 16);
  guint64 offset = wide ? cr_reader_u64(&row) : cr_reader_u32(&row);
  guint64 bytes = wide ? cr_reader_u64(&row) : cr_reader_u32(&row);
  bytes = MIN(bytes, 64 * CR_KIB);
  const guint8 *text = cr_reader_failed(&row) ? NULL : cr_file_peek(file, offset, (gsize)bytes);
  return !text || memmem(text, (gsize)bytes, ".go.buildinfo", 13) || memmem(text, (gsize)bytes, ".dep-v0", 7);
}

static void write_head(CrSink *sink, CrBuildKind kind, const char *toolchain, const char *lines)
{
  const char mark = (char)kind;
  cr_sink_write(sink, &mark, 1);
  cr_sink_write(sink, toolchain ? toolchain : "", toolchain ? strlen(toolchain) + 1 : 1);
  cr_sink_write(sink, lines ? lines : "", lines ? strlen(lines) + 1 : 1);
}

/* ---- Go's functions ---- */

static guint32 hash_name(const char *package, gsize package_bytes, const char *symbol, gsize symbol_bytes)
{
  guint64 hash = 14695981039346656037U;
  for (gsize i = 0; i < package_bytes; i++)
    hash = (hash ^ (guint8)package[i]) * 1099511628211U;
  hash = (hash ^ 0x100) * 1099511628211U;
  for (gsize i = 0; i < symbol_bytes; i++)
    hash = (hash ^ (guint8)symbol[i]) * 1099511628211U;
  return (guint32)(hash ^ hash >> 32);
}

/* "gopkg.in/yaml%2ev3" as the linker escapes it. */
static gsize unescape(char *text, gsize size)
{
  gsize n = 0;
  for (gsize i = 0; i < size; i++) {
    if (text[i] == '%' && i + 2 < size && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2])) {
      text[n++] = (char)(g_ascii_xdigit_value(text[i + 1]) << 4 | g_ascii_xdigit_value(text[i + 2]));
      i += 2;
    } else {
      text[n++] = text[i];
    }
  }
  return n;
}

/* Is it a part that the compiler made: "func1", "2", "gowrap1", "deferwrap3"? */
static gboolean is_made(const char *part, gsize size)
{
  static const char *const words[] = {"func", "gowrap", "deferwrap", ""};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    gsize length = strlen(words[i]);
    if (size <= length || memcmp(part, words[i], length) != 0)
      continue;
    gsize digits = length;
    while (digits < size && g_ascii_isdigit(part[digits]))
      digits++;
    if (digits == size)
      return TRUE;
  }
  return FALSE;
}

/* "(*Transport[go.shape.int]).RoundTrip.func1" → "Transport.RoundTrip", as advisories write it. */
static gsize normalise_symbol(char *text, gsize size)
{
  gsize n = 0;
  for (gsize i = 0; i < size && text[i] != '-'; i++) /* -fm, -range1 */
    if (!strchr("(*)", text[i]))
      text[n++] = text[i];
  for (gsize at = n; at-- > 0;) {
    if (text[at] != '.')
      continue;
    if (!is_made(text + at + 1, n - at - 1))
      break;
    n = at;
  }
  return n;
}

typedef struct {
  GArray *hashes; /* guint32 */
  GString *name;
  gboolean full;
} Names;

static void take_name(const char *name, gpointer data)
{
  Names *names = data;
  GString *text = names->name;
  g_string_truncate(text, 0);
  guint depth = 0; /* of the arguments of generic functions */
  for (const char *at = name; *at; at++) {
    depth += *at == '[';
    if (!depth)
      g_string_append_c(text, *at);
    depth -= *at == ']' && depth;
  }
  const char *slash = strrchr(text->str, '/');
  const char *dot = strchr(slash ? slash : text->str, '.');
  if (!dot || dot == text->str)
    return;
  gsize package_bytes = (gsize)(dot - text->str), symbol_bytes = text->len - package_bytes - 1;
  char *symbol = text->str + package_bytes + 1;
  package_bytes = unescape(text->str, package_bytes);
  symbol_bytes = normalise_symbol(symbol, symbol_bytes);
  names->full |= names->hashes->len >= CR_LIMIT_BUILD_SYMBOLS;
  if (names->full)
    return;
  guint32 whole = hash_name(text->str, package_bytes, "", 0),
          hash = hash_name(text->str, package_bytes, symbol, symbol_bytes);
  guint32 last = names->hashes->len > 1 ? g_array_index(names->hashes, guint32, names->hashes->len - 2) : 0;
  if (!names->hashes->len || last != whole || g_array_index(names->hashes, guint32, names->hashes->len - 1) != hash) {
    g_array_append_val(names->hashes, whole);
    g_array_append_val(names->hashes, hash);
  }
}

static int compare_hashes(gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
  return (x > y) - (x < y);
}

static void write_symbols(CrElfFile *elf, CrSink *sink)
{
  g_autoptr(GArray) hashes = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_autoptr(GString) name = g_string_new(NULL);
  Names names = {hashes, name, FALSE};
  if (!cr_elf_foreach_go_name(elf, take_name, &names) || names.full)
    return;
  g_array_sort(hashes, compare_hashes);
  g_autoptr(GByteArray) out = g_byte_array_new();
  guint32 last = 0;
  for (guint i = 0; i < hashes->len; i++) {
    guint32 hash = g_array_index(hashes, guint32, i);
    if (i && hash == last)
      continue;
    cr_write_varint(out, hash - last);
    last = hash;
  }
  cr_sink_write(sink, out->data, out->len);
}

/* ---- Rust's crates ---- */

static char *unpack(const guint8 *data, gsize size, gsize *bytes)
{
  g_autofree char *out = g_try_malloc(CR_LIMIT_BUILD_LIST_BYTES);
  uLongf length = (uLongf)CR_LIMIT_BUILD_LIST_BYTES;
  if (!out || uncompress((Bytef *)out, &length, data, (uLong)size) != Z_OK)
    return NULL;
  *bytes = length;
  return g_steal_pointer(&out);
}

static void append_crate(GString *lines, const CrJson *crate)
{
  const char *name = cr_json_find_string(crate, "name", ""), *version = cr_json_find_string(crate, "version", "");
  const char *source = cr_json_find_string(crate, "source", "");
  if (!strcmp(cr_json_find_string(crate, "kind", "runtime"), "build"))
    return; /* ran while it was built, is not in it */
  gboolean root = cr_json_get_boolean(cr_json_find(crate, "root"), FALSE);
  if (!strpbrk(name, "\t\n") && !strpbrk(version, "\t\n") && !strpbrk(source, "\t\n"))
    g_string_append_printf(lines, "%s\t%s\t%s\t%s\n", root ? "mod" : "dep", name, version, source);
}

static gboolean write_rust(CrElfFile *elf, const CrElfSection *section, CrSink *sink, GError **error)
{
  g_autoptr(GBytes) bytes = cr_elf_file_take(elf, section->offset, section->size);
  gsize size = 0, length = 0;
  const guint8 *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = data ? unpack(data, size, &length) : NULL;
  g_autoptr(CrJsonDoc) doc = text ? cr_json_parse(text, length, "the list of crates", error) : NULL;
  if (!doc) {
    if (error && !*error)
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "its list of crates (.dep-v0) cannot be unpacked");
    return FALSE;
  }
  g_autoptr(GString) lines = g_string_new(NULL);
  const CrJson *crates = cr_json_find(cr_json_get_root(doc), "packages");
  for (guint i = 0; i < cr_json_get_length(crates); i++)
    append_crate(lines, cr_json_get_element(crates, i));
  write_head(sink, CR_BUILD_RUST, NULL, lines->str);
  return TRUE;
}

/* ---- the collector ---- */

/* UPX leaves its mark behind the program headers and no section headers. */
static gboolean is_packed(CrElfFile *elf)
{
  gsize size = (gsize)MIN(elf->size, 2 * CR_KIB);
  g_autoptr(GBytes) head = elf->sections->len ? NULL : cr_elf_file_take(elf, 0, size);
  return head && memmem(g_bytes_get_data(head, NULL), size, "UPX!", 4);
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  (void)entry;
  g_auto(CrElfFile) elf = {0};
  if (!may_tell(file) || !cr_elf_file_open(&elf, file))
    return TRUE;
  g_autofree char *version = NULL, *modules = NULL;
  const CrElfSection *crates = cr_elf_file_find_section(&elf, ".dep-v0");
  if (cr_elf_read_go_info(&elf, &version, &modules)) {
    write_head(sink, CR_BUILD_GO, version, modules);
    write_symbols(&elf, sink);
  } else if (crates) {
    return write_rust(&elf, crates, sink, error);
  } else if (is_packed(&elf)) {
    write_head(sink, CR_BUILD_PACKED, NULL, NULL);
  }
  return TRUE;
}

const CrCollector cr_build_collector = {.name = "build", .version = 1, .wants = wants, .collect = collect};

/* ---- reading back ---- */

static CrReader open_facts(GBytes *facts, CrBuildKind *kind, const char **toolchain, const char **lines)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(facts, &size);
  CrReader reader = cr_reader_init(data, size, FALSE);
  *kind = (CrBuildKind)cr_reader_u8(&reader);
  *toolchain = cr_reader_string(&reader);
  *lines = cr_reader_string(&reader);
  return reader;
}

const CrBuild *cr_build_parse(GBytes *facts, CrArena *arena)
{
  CrBuild *build = cr_arena_new0(arena, CrBuild);
  const char *toolchain = NULL, *lines = NULL;
  CrReader reader = open_facts(facts, &build->kind, &toolchain, &lines);
  if (cr_reader_failed(&reader))
    return NULL;
  build->toolchain = *toolchain ? cr_arena_strdup(arena, toolchain) : NULL;
  cr_build_parse_lines(build, lines, strlen(lines), arena);
  return build;
}

CrSymbolState cr_build_find_symbol(GBytes *facts, const char *package_path, const char *symbol)
{
  CrBuildKind kind = CR_BUILD_PACKED;
  const char *toolchain = NULL, *lines = NULL;
  CrReader reader = open_facts(facts, &kind, &toolchain, &lines);
  if (cr_reader_failed(&reader) || kind != CR_BUILD_GO || !cr_reader_left(&reader))
    return CR_SYMBOL_UNKNOWN;
  guint32 wanted = hash_name(package_path, strlen(package_path), symbol ? symbol : "", symbol ? strlen(symbol) : 0);
  guint64 hash = 0;
  while (cr_reader_left(&reader) && hash <= wanted) {
    hash += cr_reader_varint(&reader);
    if (hash == wanted)
      return CR_SYMBOL_PRESENT;
  }
  return cr_reader_failed(&reader) ? CR_SYMBOL_UNKNOWN : CR_SYMBOL_ABSENT;
}
