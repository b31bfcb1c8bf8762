/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/elf-private.h"

#include <elf.h>
#include <string.h>

#include "base/limits.h"

GBytes *cr_elf_file_take(CrElfFile *elf, guint64 offset, guint64 size)
{
  if (!size || size > CR_LIMIT_FILE_MEMORY)
    return NULL;
  const guint8 *data = cr_file_peek(elf->file, offset, (gsize)size);
  if (!data)
    return NULL;
  /* What is in memory stays there for as long as the collector runs; a window of a large file moves. */
  return cr_file_get_memory(elf->file) ? g_bytes_new_static(data, (gsize)size) : g_bytes_new(data, (gsize)size);
}

static void read_segments(CrElfFile *elf, guint64 offset, guint count, guint entry_bytes)
{
  guint least = elf->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  if (!count)
    return;
  if (entry_bytes < least || count > CR_LIMIT_ELF_SEGMENTS) {
    elf->damaged = TRUE;
    return;
  }
  g_autoptr(GBytes) table = cr_elf_file_take(elf, offset, (guint64)count * entry_bytes);
  CrReader reader = cr_elf_file_reader(elf, table);
  for (guint i = 0; i < count; i++) {
    CrElfSegment segment = {0};
    cr_reader_seek(&reader, (guint64)i * entry_bytes);
    segment.type = cr_reader_u32(&reader);
    if (elf->wide)
      segment.flags = cr_reader_u32(&reader);
    segment.offset = cr_elf_file_word(elf, &reader);
    segment.address = cr_elf_file_word(elf, &reader);
    cr_elf_file_word(elf, &reader); /* physical address */
    segment.size = cr_elf_file_word(elf, &reader);
    if (!elf->wide) {
      cr_reader_u32(&reader); /* size in memory */
      segment.flags = cr_reader_u32(&reader);
    }
    if (cr_reader_failed(&reader))
      break;
    g_array_append_val(elf->segments, segment);
  }
  elf->damaged |= cr_reader_failed(&reader);
}

/* Section headers are not needed to run a program: where they are wrong they are left out without a word. */
static void read_sections(CrElfFile *elf, guint64 offset, guint count, guint entry_bytes, guint names)
{
  guint least = elf->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
  if (!count || entry_bytes < least || count > CR_LIMIT_ELF_SECTIONS)
    return;
  g_autoptr(GBytes) table = cr_elf_file_take(elf, offset, (guint64)count * entry_bytes);
  CrReader reader = cr_elf_file_reader(elf, table);
  for (guint i = 0; i < count; i++) {
    CrElfSection section = {0};
    cr_reader_seek(&reader, (guint64)i * entry_bytes);
    section.name = cr_reader_u32(&reader);
    section.type = cr_reader_u32(&reader);
    section.flags = cr_elf_file_word(elf, &reader);
    cr_elf_file_word(elf, &reader); /* address */
    section.offset = cr_elf_file_word(elf, &reader);
    section.size = cr_elf_file_word(elf, &reader);
    if (cr_reader_failed(&reader))
      break;
    g_array_append_val(elf->sections, section);
  }
  if (names < elf->sections->len) {
    const CrElfSection *section = &g_array_index(elf->sections, CrElfSection, names);
    elf->names = cr_elf_file_take(elf, section->offset, section->size);
  }
}

gboolean cr_elf_file_open(CrElfFile *elf, CrFile *file)
{
  memset(elf, 0, sizeof *elf);
  elf->file = file;
  elf->size = cr_file_get_size(file);
  elf->segments = g_array_new(FALSE, FALSE, sizeof(CrElfSegment));
  elf->sections = g_array_new(FALSE, FALSE, sizeof(CrElfSection));
  elf->needed = g_ptr_array_new_with_free_func(g_free);
  elf->notes = g_ptr_array_new_with_free_func(g_free);
  elf->libraries = g_ptr_array_new_with_free_func(g_free);
  elf->paths = g_ptr_array_new_with_free_func(g_free);
  elf->seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GBytes) head = cr_elf_file_take(elf, 0, MIN(elf->size, sizeof(Elf64_Ehdr)));
  gsize size = 0;
  const guint8 *bytes = head ? g_bytes_get_data(head, &size) : NULL;
  if (size < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG) != 0)
    return FALSE;
  elf->wide = bytes[EI_CLASS] == ELFCLASS64;
  elf->big_endian = bytes[EI_DATA] == ELFDATA2MSB;
  CrReader reader = cr_elf_file_reader(elf, head);
  cr_reader_seek(&reader, EI_NIDENT);
  elf->type = cr_reader_u16(&reader);
  elf->machine = cr_reader_u16(&reader);
  cr_reader_u32(&reader); /* version */
  elf->entry = cr_elf_file_word(elf, &reader);
  guint64 segments = cr_elf_file_word(elf, &reader), sections = cr_elf_file_word(elf, &reader);
  cr_reader_u32(&reader); /* flags */
  cr_reader_u16(&reader); /* size of this header */
  guint segment_bytes = cr_reader_u16(&reader), segment_count = cr_reader_u16(&reader);
  guint section_bytes = cr_reader_u16(&reader), section_count = cr_reader_u16(&reader);
  guint names = cr_reader_u16(&reader);
  elf->damaged = cr_reader_failed(&reader);
  if (elf->damaged)
    return TRUE;
  read_segments(elf, segments, segment_count, segment_bytes);
  read_sections(elf, sections, section_count, section_bytes, names);
  return TRUE;
}

void cr_elf_file_clear(CrElfFile *elf)
{
  if (!elf->segments)
    return;
  g_array_unref(elf->segments);
  g_array_unref(elf->sections);
  g_ptr_array_unref(elf->needed);
  g_ptr_array_unref(elf->notes);
  g_hash_table_unref(elf->seen);
  g_ptr_array_unref(elf->libraries);
  g_ptr_array_unref(elf->paths);
  g_clear_pointer(&elf->names, g_bytes_unref);
  g_free(elf->interpreter);
  g_free(elf->soname);
  g_free(elf->rpath);
  g_free(elf->runpath);
  g_free(elf->built_with);
  memset(elf, 0, sizeof *elf);
}

const char *cr_elf_file_get_name(const CrElfFile *elf, const CrElfSection *section)
{
  CrReader reader = cr_elf_file_reader(elf, elf->names);
  cr_reader_seek(&reader, section->name);
  const char *name = cr_reader_short_string(&reader, 64);
  return name ? name : "";
}

const CrElfSection *cr_elf_file_find_section(const CrElfFile *elf, const char *name)
{
  for (guint i = 0; i < elf->sections->len; i++) {
    const CrElfSection *section = &g_array_index(elf->sections, CrElfSection, i);
    if (!strcmp(cr_elf_file_get_name(elf, section), name))
      return section;
  }
  return NULL;
}

gboolean cr_elf_file_find_offset(const CrElfFile *elf, guint64 address, guint64 *offset, guint64 *left)
{
  for (guint i = 0; i < elf->segments->len; i++) {
    const CrElfSegment *segment = &g_array_index(elf->segments, CrElfSegment, i);
    if (segment->type != PT_LOAD || address < segment->address || address - segment->address >= segment->size)
      continue;
    guint64 inside = address - segment->address;
    if (segment->offset > elf->size || inside >= elf->size - segment->offset)
      return FALSE;
    *offset = segment->offset + inside;
    *left = MIN(segment->size - inside, elf->size - *offset);
    return TRUE;
  }
  return FALSE;
}
