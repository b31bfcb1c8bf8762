/* SPDX-License-Identifier: Apache-2.0 */
/* What a file says of itself: libraries it may open (systemd's ELF note, uapi-group "dlopen metadata"), and what built
 * it (Go's debug/buildinfo, cargo-auditable, the compilers' .comment). */
#include "reach/elf-private.h"

#include <elf.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define DLOPEN_OWNER "FDO"
#define DLOPEN_TYPE  0x407c0c0aU
#define GO_MAGIC     "\xff Go buildinf:"
#define GO_HEAD      32U
/* Go aligns its build info so and puts it at the start of the data segment. */
#define GO_ALIGN      16U
#define VERSION_BYTES 128U

static void take_sonames(CrElfFile *elf, const guint8 *text, gsize size)
{
  while (size && !text[size - 1])
    size--;
  g_autoptr(CrJsonDoc) doc = cr_json_parse((const char *)text, size, "dlopen note", NULL);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  for (guint i = 0; i < cr_json_get_length(root); i++) {
    g_auto(GStrv) names = cr_json_get_strings(cr_json_find(cr_json_get_element(root, i), "soname"));
    for (guint j = 0; names[j] && elf->notes->len < CR_LIMIT_ELF_NEEDED; j++)
      g_ptr_array_add(elf->notes, g_strdup(names[j]));
  }
}

static void read_note_segment(CrElfFile *elf, const CrElfSegment *segment)
{
  g_autoptr(GBytes) bytes = cr_elf_file_take(elf, segment->offset, MIN(segment->size, CR_LIMIT_SMALL_FILE));
  CrReader reader = cr_elf_file_reader(elf, bytes);
  while (cr_reader_left(&reader) >= 12) {
    guint64 name_bytes = cr_reader_u32(&reader), bytes_left = cr_reader_u32(&reader);
    guint32 type = cr_reader_u32(&reader);
    const guint8 *name = cr_reader_take(&reader, (name_bytes + 3) & ~3ULL);
    const guint8 *text = cr_reader_take(&reader, MIN((bytes_left + 3) & ~3ULL, cr_reader_left(&reader)));
    if (!name || !text)
      return;
    if (type == DLOPEN_TYPE && name_bytes == sizeof DLOPEN_OWNER && !memcmp(name, DLOPEN_OWNER, sizeof DLOPEN_OWNER) &&
        bytes_left <= cr_reader_left(&reader) + ((bytes_left + 3) & ~3ULL))
      take_sonames(elf, text, (gsize)MIN(bytes_left, (guint64)(reader.data + reader.at - text)));
  }
}

static char *take_version(CrReader *reader, guint64 size)
{
  const guint8 *text = size && size <= VERSION_BYTES ? cr_reader_take(reader, size) : NULL;
  for (guint64 i = 0; text && i < size; i++)
    if (text[i] < 0x20 || text[i] > 0x7e)
      return NULL;
  return text ? g_strndup((const char *)text, (gsize)size) : NULL;
}

/* Before Go 1.18: a pointer to a string, which is a pointer and a length. */
static char *read_old_go_version(CrElfFile *elf, guint pointer_bytes, guint64 address)
{
  guint64 offset = 0, left = 0;
  if (!cr_elf_file_find_offset(elf, address, &offset, &left) || left < 2ULL * pointer_bytes)
    return NULL;
  g_autoptr(GBytes) header = cr_elf_file_take(elf, offset, 2ULL * pointer_bytes);
  CrReader reader = cr_elf_file_reader(elf, header);
  guint64 text = cr_elf_file_word(elf, &reader), size = cr_elf_file_word(elf, &reader);
  if (size > VERSION_BYTES || !cr_elf_file_find_offset(elf, text, &offset, &left) || left < size)
    return NULL;
  g_autoptr(GBytes) bytes = cr_elf_file_take(elf, offset, size);
  CrReader version = cr_elf_file_reader(elf, bytes);
  return take_version(&version, size);
}

static void read_go_info(CrElfFile *elf, guint64 offset)
{
  g_autoptr(GBytes) head = cr_elf_file_take(elf, offset, MIN(elf->size - offset, GO_HEAD + 8 + VERSION_BYTES));
  CrReader reader = cr_elf_file_reader(elf, head);
  cr_reader_seek(&reader, sizeof GO_MAGIC - 1);
  guint pointer_bytes = cr_reader_u8(&reader), flags = cr_reader_u8(&reader);
  char *version = NULL;
  if (flags & 2) {
    cr_reader_seek(&reader, GO_HEAD);
    version = take_version(&reader, cr_reader_varint(&reader));
  } else if (pointer_bytes == (elf->wide ? 8U : 4U)) {
    version = read_old_go_version(elf, pointer_bytes, cr_elf_file_word(elf, &reader));
  }
  elf->is_go = TRUE;
  g_free(elf->built_with);
  elf->built_with = version ? version : g_strdup("go");
}

static gboolean find_go_info(CrElfFile *elf, guint64 offset, guint64 size)
{
  g_autoptr(GBytes) bytes = cr_elf_file_take(elf, offset, MIN(size, CR_LIMIT_SMALL_FILE));
  gsize left = 0;
  const guint8 *data = bytes ? g_bytes_get_data(bytes, &left) : NULL;
  const guint8 *at = data ? memmem(data, left, GO_MAGIC, sizeof GO_MAGIC - 1) : NULL;
  while (at && ((gsize)(at - data) & (GO_ALIGN - 1)))
    at = memmem(at + 1, left - (gsize)(at + 1 - data), GO_MAGIC, sizeof GO_MAGIC - 1);
  if (!at)
    return FALSE;
  read_go_info(elf, offset + (guint64)(at - data));
  return TRUE;
}

/* Is TEXT among SECTION's bytes? Read in pieces, so that a large file is no matter. */
static gboolean section_has(CrElfFile *elf, const CrElfSection *section, const char *text)
{
  gsize size = strlen(text);
  guint64 end = MIN(section->size, elf->size - MIN(section->offset, elf->size));
  for (guint64 at = 0; at + size <= end; at += CR_LIMIT_SMALL_FILE) {
    gsize piece = (gsize)MIN(end - at, CR_LIMIT_SMALL_FILE + size);
    g_autoptr(GBytes) bytes = cr_elf_file_take(elf, section->offset + at, piece);
    if (bytes && memmem(g_bytes_get_data(bytes, NULL), piece, text, size))
      return TRUE;
  }
  return FALSE;
}

/* Go links only what is called: its table of function names tells whether it can start programs or open libraries.
 * Without the table (a packed program) it is taken for granted. */
static void read_go_calls(CrElfFile *elf)
{
  const CrElfSection *table = cr_elf_file_find_section(elf, ".gopclntab");
  if (!table)
    table = cr_elf_file_find_section(elf, ".data.rel.ro.gopclntab");
  if (!table || section_has(elf, table, "syscall.forkAndExecInChild") || section_has(elf, table, "syscall.Exec\0"))
    elf->calls |= CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH;
  else if (!elf->interpreter)
    elf->calls &= ~(guint)(CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH);
}

static void read_go(CrElfFile *elf)
{
  const CrElfSection *section = cr_elf_file_find_section(elf, ".go.buildinfo");
  gboolean found = section && find_go_info(elf, section->offset, section->size);
  for (guint i = 0; !found && !elf->sections->len && i < elf->segments->len; i++) {
    const CrElfSegment *segment = &g_array_index(elf->segments, CrElfSegment, i);
    if (segment->type == PT_LOAD && (segment->flags & PF_W)) {
      found = find_go_info(elf, segment->offset, segment->size);
      break;
    }
  }
  if (found)
    read_go_calls(elf);
}

/* The compilers' own lines, one after the other; Rust's is behind that of the C parts. */
static void read_comment(CrElfFile *elf)
{
  static const char rust[] = "rustc version ";
  const CrElfSection *section = cr_elf_file_find_section(elf, ".comment");
  g_autoptr(GBytes) bytes =
      section ? cr_elf_file_take(elf, section->offset, MIN(section->size, CR_LIMIT_SMALL_FILE)) : NULL;
  CrReader reader = cr_elf_file_reader(elf, bytes);
  const char *first = NULL, *line = NULL;
  while ((line = cr_reader_string(&reader))) {
    if (!first && *line)
      first = line;
    if (g_str_has_prefix(line, rust)) {
      const char *version = line + sizeof rust - 1;
      elf->is_rust = TRUE;
      g_free(elf->built_with);
      elf->built_with = g_strdup_printf("rustc %.*s", (int)MIN(strcspn(version, " "), VERSION_BYTES), version);
      return;
    }
  }
  if (first && !elf->built_with && strlen(first) <= 2 * VERSION_BYTES)
    elf->built_with = g_strdup(first);
}

void cr_elf_read_notes(CrElfFile *elf)
{
  for (guint i = 0; i < elf->segments->len; i++) {
    const CrElfSegment *segment = &g_array_index(elf->segments, CrElfSegment, i);
    if (segment->type == PT_NOTE)
      read_note_segment(elf, segment);
  }
  read_go(elf);
  if (elf->is_go)
    return;
  read_comment(elf);
  if (cr_elf_file_find_section(elf, ".dep-v0")) { /* cargo-auditable's list of crates */
    elf->is_rust = TRUE;
    if (!elf->built_with || !g_str_has_prefix(elf->built_with, "rustc")) {
      g_free(elf->built_with);
      elf->built_with = g_strdup("rustc");
    }
  }
}
