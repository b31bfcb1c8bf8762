/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/elf-symbols.h"

#include <elf.h>

#include "base/limits.h"
#include "reach/elf-private.h"

#define RECORDS    65536U /* of versions in one file: libc, which has most, has 50 */
#define NAME_BYTES 8192U  /* the longest C++ symbols of real libraries have some thousands */

typedef struct {
  CrElfFile elf;
  CrElfSymbols *out;
  CrArena *arena;
  GHashTable *tables;   /* tag → address */
  GHashTable *by_index; /* number in DT_VERSYM → version */
} Reading;

static guint64 get_table(const Reading *reading, guint64 tag)
{
  const guint64 *value = g_hash_table_lookup(reading->tables, &tag);
  return value ? *value : 0;
}

static void read_entries(Reading *reading, const CrElfSegment *segment)
{
  CrElfFile *elf = &reading->elf;
  guint entry_bytes = elf->wide ? 16 : 8;
  g_autoptr(GBytes) table =
      cr_elf_file_take(elf, segment->offset, MIN(segment->size, (guint64)entry_bytes * CR_LIMIT_ELF_DYNAMIC));
  CrReader reader = cr_elf_file_reader(elf, table);
  reading->out->damaged |= !table;
  while (cr_reader_left(&reader) >= entry_bytes) {
    guint64 *pair = cr_arena_alloc(reading->arena, 2 * sizeof *pair);
    pair[0] = cr_elf_file_word(elf, &reader);
    pair[1] = cr_elf_file_word(elf, &reader);
    if (pair[0] == DT_NULL)
      break;
    g_hash_table_replace(reading->tables, pair, pair + 1);
  }
}

/* What is at ADDRESS, at most MAX bytes; NULL: nothing. */
static GBytes *take_at(Reading *reading, guint64 address, guint64 max)
{
  guint64 offset = 0, left = 0;
  if (!address || !cr_elf_file_find_offset(&reading->elf, address, &offset, &left))
    return NULL;
  return cr_elf_file_take(&reading->elf, offset, MIN(left, max));
}

static const char *get_string(Reading *reading, guint64 offset)
{
  CrReader reader = cr_elf_file_reader(&reading->elf, reading->out->strings);
  cr_reader_seek(&reader, offset);
  const char *text = cr_reader_short_string(&reader, NAME_BYTES);
  reading->out->damaged |= !text;
  return text;
}

/* ---- versions ---- */

static void take_version(Reading *reading, guint index, const char *version)
{
  g_hash_table_replace(reading->by_index, GUINT_TO_POINTER(index & 0x7fffU), (gpointer)version);
}

/* One library's needs at AT; what they are called. FALSE: the table is damaged. */
static gboolean read_need(Reading *reading, CrReader *reader, guint64 at, guint *records, guint64 *next)
{
  cr_reader_seek(reader, at + 2);
  guint count = cr_reader_u16(reader);
  const char *library = get_string(reading, cr_reader_u32(reader));
  guint64 part = at + cr_reader_u32(reader);
  *next = cr_reader_u32(reader);
  for (guint i = 0; i < count && library && ++*records < RECORDS; i++) {
    cr_reader_seek(reader, part + 4);
    guint flags = cr_reader_u16(reader), index = cr_reader_u16(reader);
    const char *version = get_string(reading, cr_reader_u32(reader));
    guint64 step = cr_reader_u32(reader);
    if (cr_reader_failed(reader) || !version)
      return FALSE;
    take_version(reading, index, version);
    if (!(flags & VER_FLG_WEAK)) {
      CrElfVersionNeed *need = cr_arena_new0(reading->arena, CrElfVersionNeed);
      *need = (CrElfVersionNeed){library, version};
      g_ptr_array_add(reading->out->version_needs, need);
    }
    if (!step)
      break;
    part += step;
  }
  return !cr_reader_failed(reader) && library;
}

static gboolean read_definition(Reading *reading, CrReader *reader, guint64 at, guint *records, guint64 *next)
{
  cr_reader_seek(reader, at + 4);
  guint index = cr_reader_u16(reader);
  cr_reader_u16(reader); /* parents */
  cr_reader_u32(reader); /* hash */
  guint64 part = at + cr_reader_u32(reader);
  *next = cr_reader_u32(reader);
  cr_reader_seek(reader, part);
  const char *version = get_string(reading, cr_reader_u32(reader));
  if (cr_reader_failed(reader) || !version || ++*records >= RECORDS)
    return FALSE;
  take_version(reading, index, version);
  g_ptr_array_add(reading->out->versions, (gpointer)version);
  return TRUE;
}

static void read_versions(Reading *reading, guint64 table, guint64 count_tag,
                          gboolean (*read)(Reading *, CrReader *, guint64, guint *, guint64 *))
{
  guint64 count = get_table(reading, count_tag), at = 0, next = 0;
  g_autoptr(GBytes) bytes = take_at(reading, get_table(reading, table), CR_MIB);
  CrReader reader = cr_elf_file_reader(&reading->elf, bytes);
  guint records = 0;
  for (guint64 i = 0; bytes && i < count && i < RECORDS; i++) {
    if (!read(reading, &reader, at, &records, &next)) {
      reading->out->damaged = TRUE;
      return;
    }
    if (!next)
      return;
    at += next;
  }
}

/* ---- symbols ---- */

/* The table's end is told nowhere but in DT_HASH: else the next table begins behind it, whatever the linker put there.
 */
static guint64 count_symbols(Reading *reading, guint64 symbols, guint entry_bytes)
{
  g_autoptr(GBytes) hash = take_at(reading, get_table(reading, DT_HASH), 8);
  if (hash && g_bytes_get_size(hash) == 8) {
    CrReader reader = cr_elf_file_reader(&reading->elf, hash);
    cr_reader_u32(&reader);
    return cr_reader_u32(&reader);
  }
  static const guint64 tables[] = {DT_STRTAB, DT_GNU_HASH, DT_VERSYM, DT_VERNEED, DT_VERDEF, DT_RELA,
                                   DT_REL,    DT_JMPREL,   DT_RELR,   DT_INIT,    DT_PLTGOT};
  guint64 end = G_MAXUINT64;
  for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
    guint64 address = get_table(reading, tables[i]);
    if (address > symbols)
      end = MIN(end, address);
  }
  return end == G_MAXUINT64 ? 0 : (end - symbols) / entry_bytes;
}

typedef struct {
  guint32 name;
  guint8 info, other;
  guint16 section;
} Symbol;

static Symbol read_symbol(const Reading *reading, CrReader *reader, guint64 at)
{
  Symbol symbol = {0};
  cr_reader_seek(reader, at);
  symbol.name = cr_reader_u32(reader);
  if (!reading->elf.wide)
    cr_reader_seek(reader, at + 12); /* behind value and size */
  symbol.info = cr_reader_u8(reader);
  symbol.other = cr_reader_u8(reader);
  symbol.section = cr_reader_u16(reader);
  return symbol;
}

static void take_symbol(Reading *reading, const Symbol *symbol, guint version)
{
  guint binding = ELF64_ST_BIND(symbol->info), visibility = ELF64_ST_VISIBILITY(symbol->other);
  gboolean wanted = symbol->section == SHN_UNDEF && binding == STB_GLOBAL;
  gboolean offered =
      symbol->section != SHN_UNDEF && binding != STB_LOCAL && visibility != STV_HIDDEN && visibility != STV_INTERNAL;
  const char *name = wanted || offered ? get_string(reading, symbol->name) : NULL;
  if (!name || !*name)
    return;
  CrElfSymbol *kept = cr_arena_new0(reading->arena, CrElfSymbol);
  *kept = (CrElfSymbol){name, g_hash_table_lookup(reading->by_index, GUINT_TO_POINTER(version & 0x7fffU))};
  g_ptr_array_add(wanted ? reading->out->wanted : reading->out->offered, kept);
}

static guint read_index(CrReader *numbers, guint64 at)
{
  cr_reader_seek(numbers, at);
  return cr_reader_u16(numbers);
}

static void read_symbols(Reading *reading)
{
  guint64 symbols = get_table(reading, DT_SYMTAB);
  guint entry_bytes = reading->elf.wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  guint64 count = symbols ? count_symbols(reading, symbols, entry_bytes) : 0;
  if (count > CR_LIMIT_FILE_MEMORY / entry_bytes) {
    reading->out->damaged = TRUE;
    return;
  }
  g_autoptr(GBytes) table = count ? take_at(reading, symbols, count * entry_bytes) : NULL;
  g_autoptr(GBytes) versions = count ? take_at(reading, get_table(reading, DT_VERSYM), count * 2) : NULL;
  if (!table)
    return;
  CrReader reader = cr_elf_file_reader(&reading->elf, table);
  CrReader numbers = cr_elf_file_reader(&reading->elf, versions);
  for (guint64 i = 1; i < MIN(count, g_bytes_get_size(table) / entry_bytes); i++) {
    Symbol symbol = read_symbol(reading, &reader, i * entry_bytes);
    take_symbol(reading, &symbol, versions ? read_index(&numbers, i * 2) : 0);
  }
}

/* ---- all of it ---- */

static void read_tables(Reading *reading)
{
  guint64 size = get_table(reading, DT_STRSZ);
  g_autoptr(GBytes) strings = take_at(reading, get_table(reading, DT_STRTAB), size);
  if (!strings || g_bytes_get_size(strings) < size) {
    reading->out->damaged = TRUE;
    return;
  }
  reading->out->strings = g_bytes_new(g_bytes_get_data(strings, NULL), size); /* outlives the file */
  static const guint64 soname = DT_SONAME;
  const guint64 *name = g_hash_table_lookup(reading->tables, &soname);
  if (name)
    reading->out->soname = get_string(reading, *name);
  read_versions(reading, DT_VERNEED, DT_VERNEEDNUM, read_need);
  read_versions(reading, DT_VERDEF, DT_VERDEFNUM, read_definition);
  read_symbols(reading);
}

CrElfSymbols *cr_elf_symbols_read(CrFile *file, CrArena *arena)
{
  g_autoptr(CrElfSymbols) out = g_new0(CrElfSymbols, 1);
  out->version_needs = g_ptr_array_new();
  out->versions = g_ptr_array_new();
  out->wanted = g_ptr_array_new();
  out->offered = g_ptr_array_new();
  Reading reading = {.out = out, .arena = arena};
  reading.tables = g_hash_table_new(g_int64_hash, g_int64_equal);
  reading.by_index = g_hash_table_new(NULL, NULL);
  const CrElfSegment *dynamic = NULL;
  if (cr_elf_file_open(&reading.elf, file))
    for (guint i = 0; i < reading.elf.segments->len && !dynamic; i++)
      if (g_array_index(reading.elf.segments, CrElfSegment, i).type == PT_DYNAMIC)
        dynamic = &g_array_index(reading.elf.segments, CrElfSegment, i);
  if (dynamic) {
    read_entries(&reading, dynamic);
    read_tables(&reading);
  }
  g_hash_table_unref(reading.tables);
  g_hash_table_unref(reading.by_index);
  cr_elf_file_clear(&reading.elf);
  return dynamic ? g_steal_pointer(&out) : NULL;
}

void cr_elf_symbols_free(CrElfSymbols *symbols)
{
  if (!symbols)
    return;
  g_clear_pointer(&symbols->strings, g_bytes_unref);
  g_ptr_array_unref(symbols->version_needs);
  g_ptr_array_unref(symbols->versions);
  g_ptr_array_unref(symbols->wanted);
  g_ptr_array_unref(symbols->offered);
  g_free(symbols);
}
