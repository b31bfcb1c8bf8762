/* SPDX-License-Identifier: Apache-2.0 */
/* What a file says of itself: libraries it may open (systemd's ELF note, uapi-group "dlopen metadata"), and what built
 * it (Go's debug/buildinfo, cargo-auditable, the compilers' .comment). */
#include "reach/elf-private.h"

#include <elf.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define DLOPEN_OWNER  "FDO"
#define DLOPEN_TYPE   0x407c0c0aU
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
  const CrElfSection *table = cr_elf_find_go_table(elf);
  if (!table || section_has(elf, table, "syscall.forkAndExecInChild") || section_has(elf, table, "syscall.Exec\0"))
    elf->calls |= CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH;
  else if (!elf->interpreter)
    elf->calls &= ~(guint)(CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH);
}

static void read_go(CrElfFile *elf)
{
  char *version = NULL;
  elf->is_go = cr_elf_read_go_info(elf, &version, NULL);
  if (!elf->is_go)
    return;
  g_free(elf->built_with);
  elf->built_with = version ? version : g_strdup("go");
  read_go_calls(elf);
}

/* mold and lld put a line of their own beside the compilers'. */
static gboolean is_linker(const char *line)
{
  return g_str_has_prefix(line, "mold ") || g_str_has_prefix(line, "Linker: ");
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
    if (*line && (!first || (is_linker(first) && !is_linker(line))))
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
