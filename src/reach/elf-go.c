/* SPDX-License-Identifier: Apache-2.0 */
/* Go's marks in a program: its build info (debug/buildinfo: inline since 1.18, pointers before), and the function names
 * of its pclntab (runtime/symtab.go; cmd/link/internal/ld/pcln.go). */
#include "reach/elf-private.h"

#include <elf.h>
#include <string.h>

#include "base/limits.h"

#define GO_MAGIC "\xff Go buildinf:"
#define GO_HEAD  32U
/* Go aligns its build info so and puts it at the start of the data segment. */
#define GO_ALIGN      16U
#define VERSION_BYTES 128U
/* Marks of 16 bytes stand before and behind the list of modules. */
#define MARK_BYTES 16U

/* SIZE bytes of text, or NULL where it is none. */
static char *take_text(CrReader *reader, guint64 size, guint64 limit)
{
  const guint8 *text = size && size <= limit ? cr_reader_take(reader, size) : NULL;
  return text && !memchr(text, 0, (gsize)size) ? g_strndup((const char *)text, (gsize)size) : NULL;
}

static char *take_version(CrReader *reader, guint64 size)
{
  g_autofree char *text = take_text(reader, size, VERSION_BYTES);
  for (const char *at = text; at && *at; at++)
    if (*at < 0x20 || *at > 0x7e)
      return NULL;
  return g_steal_pointer(&text);
}

/* The list between its marks; NULL: a program of GOPATH's times, or none at all. */
static char *take_modules(CrReader *reader, guint64 size)
{
  if (size <= 2 * MARK_BYTES || size > CR_LIMIT_SMALL_FILE || !cr_reader_take(reader, MARK_BYTES))
    return NULL;
  return take_text(reader, size - 2 * MARK_BYTES, CR_LIMIT_SMALL_FILE);
}

/* Before Go 1.18: a pointer to a string, which is a pointer and a length. The bytes of the string. */
static GBytes *read_old_string(CrElfFile *elf, guint pointer_bytes, guint64 address, guint64 limit)
{
  guint64 offset = 0, left = 0;
  if (!cr_elf_file_find_offset(elf, address, &offset, &left) || left < 2ULL * pointer_bytes)
    return NULL;
  g_autoptr(GBytes) header = cr_elf_file_take(elf, offset, 2ULL * pointer_bytes);
  CrReader reader = cr_elf_file_reader(elf, header);
  guint64 text = cr_elf_file_word(elf, &reader), size = cr_elf_file_word(elf, &reader);
  if (size > limit || !cr_elf_file_find_offset(elf, text, &offset, &left) || left < size)
    return NULL;
  return cr_elf_file_take(elf, offset, size);
}

static void read_old_info(CrElfFile *elf, CrReader *reader, guint pointer_bytes, char **version, char **modules)
{
  guint64 first = cr_elf_file_word(elf, reader), second = cr_elf_file_word(elf, reader);
  g_autoptr(GBytes) text = read_old_string(elf, pointer_bytes, first, VERSION_BYTES);
  CrReader inside = cr_elf_file_reader(elf, text);
  *version = take_version(&inside, inside.size);
  g_autoptr(GBytes) list = modules ? read_old_string(elf, pointer_bytes, second, CR_LIMIT_SMALL_FILE) : NULL;
  CrReader lines = cr_elf_file_reader(elf, list);
  if (modules)
    *modules = take_modules(&lines, lines.size);
}

static void read_info(CrElfFile *elf, guint64 offset, char **version, char **modules)
{
  guint64 want = GO_HEAD + 20 + VERSION_BYTES + (modules ? CR_LIMIT_SMALL_FILE : 0);
  g_autoptr(GBytes) head = cr_elf_file_take(elf, offset, MIN(elf->size - offset, want));
  CrReader reader = cr_elf_file_reader(elf, head);
  cr_reader_seek(&reader, sizeof GO_MAGIC - 1);
  guint pointer_bytes = cr_reader_u8(&reader), flags = cr_reader_u8(&reader);
  if (flags & 2) {
    cr_reader_seek(&reader, GO_HEAD);
    guint64 size = cr_reader_varint(&reader);
    *version = take_version(&reader, size);
    if (modules && *version)
      *modules = take_modules(&reader, cr_reader_varint(&reader));
  } else if (pointer_bytes == (elf->wide ? 8U : 4U)) {
    read_old_info(elf, &reader, pointer_bytes, version, modules);
  }
}

static gboolean find_info(CrElfFile *elf, guint64 offset, guint64 size, guint64 *found)
{
  guint64 end = MIN(offset, elf->size);
  g_autoptr(GBytes) bytes = cr_elf_file_take(elf, offset, MIN(MIN(size, CR_LIMIT_SMALL_FILE), elf->size - end));
  gsize left = 0;
  const guint8 *data = bytes ? g_bytes_get_data(bytes, &left) : NULL;
  const guint8 *at = data ? memmem(data, left, GO_MAGIC, sizeof GO_MAGIC - 1) : NULL;
  while (at && ((gsize)(at - data) & (GO_ALIGN - 1)))
    at = memmem(at + 1, left - (gsize)(at + 1 - data), GO_MAGIC, sizeof GO_MAGIC - 1);
  if (at)
    *found = offset + (guint64)(at - data);
  return at != NULL;
}

gboolean cr_elf_read_go_info(CrElfFile *elf, char **version, char **modules)
{
  guint64 offset = 0;
  const CrElfSection *section = cr_elf_file_find_section(elf, ".go.buildinfo");
  gboolean found = section && find_info(elf, section->offset, section->size, &offset);
  for (guint i = 0; !found && !elf->sections->len && i < elf->segments->len; i++) {
    const CrElfSegment *segment = &g_array_index(elf->segments, CrElfSegment, i);
    if (segment->type == PT_LOAD && (segment->flags & PF_W)) {
      found = find_info(elf, segment->offset, segment->size, &offset);
      break;
    }
  }
  if (found)
    read_info(elf, offset, version, modules);
  return found;
}

const CrElfSection *cr_elf_find_go_table(const CrElfFile *elf)
{
  const CrElfSection *table = cr_elf_file_find_section(elf, ".gopclntab");
  return table ? table : cr_elf_file_find_section(elf, ".data.rel.ro.gopclntab");
}

/* ---- the names of functions ---- */

/* Where the names stand in TABLE. FALSE: a table before Go 1.16, in which inlined functions cannot be told. */
static gboolean find_names(CrElfFile *elf, const CrElfSection *table, guint64 *start, guint64 *end)
{
  g_autoptr(GBytes) head = cr_elf_file_take(elf, table->offset, MIN(table->size, 8 + 8 * 8));
  CrReader reader = cr_elf_file_reader(elf, head);
  guint32 magic = cr_reader_u32(&reader);
  cr_reader_seek(&reader, 7);
  guint pointer_bytes = cr_reader_u8(&reader);
  if ((magic != 0xfffffffaU && magic != 0xfffffff0U && magic != 0xfffffff1U) || pointer_bytes != (elf->wide ? 8U : 4U))
    return FALSE;
  guint before = magic == 0xfffffffaU ? 2 : 3; /* counts of functions and files; since 1.18 the start of the code */
  for (guint i = 0; i < before; i++)
    cr_elf_file_word(elf, &reader);
  *start = cr_elf_file_word(elf, &reader);
  *end = cr_elf_file_word(elf, &reader);
  return !cr_reader_failed(&reader) && *start < *end && *end <= table->size;
}

gboolean cr_elf_foreach_go_name(CrElfFile *elf, void (*visit)(const char *name, gpointer data), gpointer data)
{
  const CrElfSection *table = cr_elf_find_go_table(elf);
  guint64 at = 0, end = 0;
  if (!table || !find_names(elf, table, &at, &end))
    return FALSE;
  while (at < end) {
    g_autoptr(GBytes) piece = cr_elf_file_take(elf, table->offset + at, MIN(end - at, CR_LIMIT_SMALL_FILE));
    CrReader reader = cr_elf_file_reader(elf, piece);
    gsize done = 0;
    for (const char *name; (name = cr_reader_string(&reader)); done = reader.at)
      if (*name)
        visit(name, data);
    if (!done)
      return FALSE; /* cut, or a name of a megabyte */
    at += done;
  }
  return TRUE;
}
