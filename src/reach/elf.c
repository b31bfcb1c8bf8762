/* SPDX-License-Identifier: Apache-2.0 */
/* The collector "elf" and its format: varints (base/reader.h) and texts as length and bytes, in the order of
 * write_facts. */
#include "reach/elf.h"

#include <elf.h>
#include <string.h>

#include "base/limits.h"
#include "reach/elf-private.h"

enum {
  FLAG_BIG_ENDIAN = 1,
  FLAG_PROGRAM = 2,
  FLAG_DAMAGED = 4,
  FLAG_CUT = 8,
  FLAG_GO = 16,
  FLAG_RUST = 32,
  FLAG_NO_DEFAULT = 64
};

static gboolean wants(const CrEntry *entry, const guint8 *head, gsize head_bytes)
{
  if (head_bytes < 20 || memcmp(head, ELFMAG, SELFMAG) != 0)
    return FALSE;
  guint type = head[EI_DATA] == ELFDATA2MSB ? head[17] : head[16];
  return type == ET_EXEC || type == ET_DYN; /* objects and kernel modules run in no process of the image */
}

static void write_text(GByteArray *out, const char *text)
{
  gsize size = text ? strlen(text) + 1 : 0; /* 0: absent; else one more than the length */
  cr_write_varint(out, size);
  if (size > 1)
    g_byte_array_append(out, (const guint8 *)text, (guint)size - 1);
}

static void write_texts(GByteArray *out, const GPtrArray *texts)
{
  cr_write_varint(out, texts->len);
  for (guint i = 0; i < texts->len; i++)
    write_text(out, texts->pdata[i]);
}

static void write_facts(GByteArray *out, const CrElfFile *elf)
{
  /* A library has an entry point of sorts too; what the kernel starts has an interpreter or needs none. */
  gboolean program = elf->interpreter || elf->type == ET_EXEC || (elf->entry && !elf->soname && !elf->needed->len);
  guint flags = (elf->big_endian ? FLAG_BIG_ENDIAN : 0) | (program ? FLAG_PROGRAM : 0) |
                (elf->damaged ? FLAG_DAMAGED : 0) | (elf->cut ? FLAG_CUT : 0) | (elf->is_go ? FLAG_GO : 0) |
                (elf->is_rust ? FLAG_RUST : 0) | (elf->no_default_folders ? FLAG_NO_DEFAULT : 0);
  cr_write_varint(out, elf->wide ? 64 : 32);
  cr_write_varint(out, flags);
  cr_write_varint(out, elf->machine);
  cr_write_varint(out, elf->type);
  cr_write_varint(out, elf->calls);
  write_text(out, elf->interpreter);
  write_text(out, elf->soname);
  write_text(out, elf->rpath);
  write_text(out, elf->runpath);
  write_text(out, elf->built_with);
  write_texts(out, elf->needed);
  write_texts(out, elf->notes);
  write_texts(out, elf->libraries);
  write_texts(out, elf->paths);
}

static gboolean collect(const CrEntry *entry, CrFile *file, CrSink *sink, GError **error)
{
  g_auto(CrElfFile) elf = {0};
  if (!cr_elf_file_open(&elf, file))
    return TRUE;
  cr_elf_read_dynamic(&elf);
  cr_elf_read_notes(&elf);
  cr_elf_read_strings(&elf);
  if (elf.is_rust && !elf.built_with)
    elf.built_with = g_strdup("rustc");
  g_autoptr(GByteArray) out = g_byte_array_sized_new(1024);
  write_facts(out, &elf);
  cr_sink_write(sink, out->data, out->len);
  return TRUE;
}

const CrCollector cr_elf_collector = {.name = "elf", .version = 4, .wants = wants, .collect = collect};

static const char *read_text(CrReader *reader, CrArena *arena)
{
  guint64 size = cr_reader_varint(reader);
  if (!size)
    return NULL;
  if (size == 1)
    return "";
  const guint8 *bytes = cr_reader_take(reader, size - 1);
  return bytes ? cr_arena_strndup(arena, (const char *)bytes, (gsize)size - 1) : NULL;
}

static CrStrv read_texts(CrReader *reader, CrArena *arena)
{
  guint64 count = cr_reader_varint(reader);
  if (!count)
    return cr_strv_empty;
  if (count > cr_reader_left(reader)) { /* each takes a byte at least */
    cr_reader_fail(reader);
    return cr_strv_empty;
  }
  const char **texts = cr_arena_alloc(arena, (gsize)(count + 1) * sizeof *texts);
  guint n = 0;
  for (guint64 i = 0; i < count && !cr_reader_failed(reader); i++) {
    const char *text = read_text(reader, arena);
    if (text)
      texts[n++] = text;
  }
  return texts;
}

static const CrElfFacts *parse(GBytes *facts, CrArena *arena, gboolean strings)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(facts, &size);
  CrReader reader = cr_reader_init(data, size, FALSE);
  CrElfFacts *elf = cr_arena_new0(arena, CrElfFacts);
  elf->bits = (guint8)cr_reader_varint(&reader);
  guint flags = (guint)cr_reader_varint(&reader);
  elf->machine = (guint16)cr_reader_varint(&reader);
  elf->type = (guint16)cr_reader_varint(&reader);
  elf->calls = (guint)cr_reader_varint(&reader);
  elf->big_endian = (flags & FLAG_BIG_ENDIAN) != 0;
  elf->is_pie_or_program = (flags & FLAG_PROGRAM) != 0;
  elf->damaged = (flags & FLAG_DAMAGED) != 0;
  elf->cut = (flags & FLAG_CUT) != 0;
  elf->is_go = (flags & FLAG_GO) != 0;
  elf->is_rust = (flags & FLAG_RUST) != 0;
  elf->no_default_folders = (flags & FLAG_NO_DEFAULT) != 0;
  elf->calls_dlopen = (elf->calls & CR_ELF_CALLS_DLOPEN) != 0;
  elf->calls_exec = (elf->calls & CR_ELF_CALLS_EXEC) != 0;
  elf->interpreter = read_text(&reader, arena);
  elf->soname = read_text(&reader, arena);
  elf->rpath = read_text(&reader, arena);
  elf->runpath = read_text(&reader, arena);
  elf->built_with = read_text(&reader, arena);
  elf->needed = read_texts(&reader, arena);
  elf->dlopen_notes = read_texts(&reader, arena);
  elf->library_strings = strings ? read_texts(&reader, arena) : cr_strv_empty;
  elf->path_strings = strings ? read_texts(&reader, arena) : cr_strv_empty;
  return cr_reader_failed(&reader) ? NULL : elf;
}

const CrElfFacts *cr_elf_facts_parse(GBytes *facts, CrArena *arena)
{
  return parse(facts, arena, TRUE);
}

const CrElfFacts *cr_elf_facts_get_head(CrTree *tree, const CrNode *node, CrArena *arena)
{
  g_autoptr(GBytes) facts = node->has_facts ? cr_tree_get_facts(tree, node, cr_elf_collector.name) : NULL;
  return facts ? parse(facts, arena, FALSE) : NULL;
}

const CrElfFacts *cr_elf_facts_get(CrTree *tree, const CrNode *node, CrArena *arena)
{
  g_autoptr(GBytes) facts = node->has_facts ? cr_tree_get_facts(tree, node, cr_elf_collector.name) : NULL;
  return facts ? cr_elf_facts_parse(facts, arena) : NULL;
}
