/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the collector "elf": an ELF file opened for reading, whatever its size and however its offsets lie. Every part
 * is a block that is inside the file or absent. Rules: ELF gABI ch. 4-5. */
#pragma once
#include "base/reader.h"
#include "image/collect.h"
#include "reach/elf.h"

typedef struct {
  guint32 type, flags;
  guint64 offset, address, size; /* size: in the file */
} CrElfSegment;

typedef struct {
  guint32 name; /* offset in the names' section */
  guint32 type;
  guint64 flags, offset, size;
} CrElfSection;

typedef struct {
  CrFile *file;
  guint64 size;
  gboolean big_endian, wide; /* wide: ELFCLASS64 */
  guint16 type, machine;
  guint64 entry;
  GArray *segments;     /* CrElfSegment */
  GArray *sections;     /* CrElfSection; empty when stripped or not to be believed */
  GBytes *names;        /* the sections' names, or NULL */
  gboolean damaged;     /* something needed points outside the file */
  GPtrArray *needed;    /* char* */
  GPtrArray *notes;     /* char*: sonames of .note.dlopen */
  GPtrArray *libraries; /* char* */
  GPtrArray *paths;     /* char* */
  GHashTable *seen;     /* of both, so that each string is kept once */
  gsize kept_bytes;
  char *interpreter, *soname, *rpath, *runpath, *built_with;
  guint calls; /* CR_ELF_CALLS_* */
  gboolean is_go, is_rust, cut;
  gboolean no_default_folders; /* DF_1_NODEFLIB */
} CrElfFile;

/* FALSE: no ELF header at all. */
gboolean cr_elf_file_open(CrElfFile *elf, CrFile *file);
void cr_elf_file_clear(CrElfFile *elf);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrElfFile, cr_elf_file_clear)

/* SIZE bytes at OFFSET that stay valid, or NULL when they are not all inside the file (or more than is ever needed). */
GBytes *cr_elf_file_take(CrElfFile *elf, guint64 offset, guint64 size);
static inline CrReader cr_elf_file_reader(const CrElfFile *elf, GBytes *bytes)
{
  gsize size = 0;
  const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return cr_reader_init(data, size, elf->big_endian);
}
/* A word of the file's class: 4 or 8 bytes. */
static inline guint64 cr_elf_file_word(const CrElfFile *elf, CrReader *reader)
{
  return elf->wide ? cr_reader_u64(reader) : cr_reader_u32(reader);
}
const char *cr_elf_file_get_name(const CrElfFile *elf, const CrElfSection *section); /* never NULL */
const CrElfSection *cr_elf_file_find_section(const CrElfFile *elf, const char *name);
/* Where ADDRESS of the process is in the file. FALSE: in no loaded segment. */
gboolean cr_elf_file_find_offset(const CrElfFile *elf, guint64 address, guint64 *offset, guint64 *left);

/* elf-dynamic.c: interpreter, dynamic section, undefined symbols. */
void cr_elf_read_dynamic(CrElfFile *elf);
/* elf-notes.c: .note.dlopen, and what built it: .comment, Go's build info, cargo-auditable's section. */
void cr_elf_read_notes(CrElfFile *elf);
/* elf-go.c: FALSE: no Go program. *VERSION ("go1.22.3") and *MODULES (lines as `go version -m` prints; may be NULL: not
 * wanted) stay NULL where they cannot be read; free with g_free. */
gboolean cr_elf_read_go_info(CrElfFile *elf, char **version, char **modules);
const CrElfSection *cr_elf_find_go_table(const CrElfFile *elf);
/* elf-go.c: every function name that Go's linker wrote, inlined ones too. FALSE: not all of them can be told. */
gboolean cr_elf_foreach_go_name(CrElfFile *elf, void (*visit)(const char *name, gpointer data), gpointer data);
/* elf-strings.c: names of libraries, absolute paths, and (where it starts programs by name) words. */
void cr_elf_read_strings(CrElfFile *elf);
