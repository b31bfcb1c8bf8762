/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic section as the loader reads it (by program headers and addresses; section headers may be wrong or gone).
 */
#include "reach/elf-private.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

typedef struct {
  guint64 strings, strings_bytes, symbols, symbol_bytes, hash, gnu_hash;
  guint64 soname, rpath, runpath, flags;
  gboolean has_soname, has_rpath, has_runpath;
  GArray *needed; /* guint64 */
} Dynamic;

#define KNOWN_BYTES 40U

/* Sorted by name for bsearch. */
static const struct {
  const char *name;
  guint calls;
} known_symbols[] = {
    {"__libc_dlopen_mode", CR_ELF_CALLS_DLOPEN},
    {"apr_dso_load", CR_ELF_CALLS_DLOPEN},
    {"dlmopen", CR_ELF_CALLS_DLOPEN},
    {"dlopen", CR_ELF_CALLS_DLOPEN},
    {"execl", CR_ELF_CALLS_EXEC},
    {"execle", CR_ELF_CALLS_EXEC},
    {"execlp", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"execv", CR_ELF_CALLS_EXEC},
    {"execve", CR_ELF_CALLS_EXEC},
    {"execveat", CR_ELF_CALLS_EXEC},
    {"execvp", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"execvpe", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"fexecve", CR_ELF_CALLS_EXEC},
    {"g_module_open", CR_ELF_CALLS_DLOPEN},
    {"g_module_open_full", CR_ELF_CALLS_DLOPEN},
    {"g_spawn_async", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_spawn_async_with_pipes", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_spawn_command_line_async", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_spawn_command_line_sync", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_spawn_sync", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_subprocess_launcher_spawnv", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_subprocess_new", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"g_subprocess_newv", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"getaddrinfo", CR_ELF_CALLS_NSS},
    {"getaddrinfo_a", CR_ELF_CALLS_NSS},
    {"getgrent", CR_ELF_CALLS_NSS},
    {"getgrgid", CR_ELF_CALLS_NSS},
    {"getgrgid_r", CR_ELF_CALLS_NSS},
    {"getgrnam", CR_ELF_CALLS_NSS},
    {"getgrnam_r", CR_ELF_CALLS_NSS},
    {"getgrouplist", CR_ELF_CALLS_NSS},
    {"gethostbyaddr", CR_ELF_CALLS_NSS},
    {"gethostbyaddr_r", CR_ELF_CALLS_NSS},
    {"gethostbyname", CR_ELF_CALLS_NSS},
    {"gethostbyname2", CR_ELF_CALLS_NSS},
    {"gethostbyname2_r", CR_ELF_CALLS_NSS},
    {"gethostbyname_r", CR_ELF_CALLS_NSS},
    {"getnameinfo", CR_ELF_CALLS_NSS},
    {"getnetbyname", CR_ELF_CALLS_NSS},
    {"getnetgrent", CR_ELF_CALLS_NSS},
    {"getprotobyname", CR_ELF_CALLS_NSS},
    {"getprotobyname_r", CR_ELF_CALLS_NSS},
    {"getpwent", CR_ELF_CALLS_NSS},
    {"getpwnam", CR_ELF_CALLS_NSS},
    {"getpwnam_r", CR_ELF_CALLS_NSS},
    {"getpwuid", CR_ELF_CALLS_NSS},
    {"getpwuid_r", CR_ELF_CALLS_NSS},
    {"getservbyname", CR_ELF_CALLS_NSS},
    {"getservbyname_r", CR_ELF_CALLS_NSS},
    {"getservbyport", CR_ELF_CALLS_NSS},
    {"getspnam", CR_ELF_CALLS_NSS},
    {"getspnam_r", CR_ELF_CALLS_NSS},
    {"glob", CR_ELF_CALLS_NSS},
    {"iconv_open", CR_ELF_CALLS_ICONV},
    {"initgroups", CR_ELF_CALLS_NSS},
    {"innetgr", CR_ELF_CALLS_NSS},
    {"lt_dlopen", CR_ELF_CALLS_DLOPEN},
    {"lt_dlopenadvise", CR_ELF_CALLS_DLOPEN},
    {"lt_dlopenext", CR_ELF_CALLS_DLOPEN},
    {"newlocale", CR_ELF_CALLS_ICONV},
    {"popen", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH | CR_ELF_CALLS_SHELL},
    {"posix_spawn", CR_ELF_CALLS_EXEC},
    {"posix_spawnp", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH},
    {"setlocale", CR_ELF_CALLS_ICONV},
    {"system", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH | CR_ELF_CALLS_SHELL},
    {"wordexp", CR_ELF_CALLS_EXEC | CR_ELF_CALLS_SEARCH | CR_ELF_CALLS_SHELL | CR_ELF_CALLS_NSS},
};

typedef struct {
  const char *name;
  guint calls;
} Symbol;
G_STATIC_ASSERT(sizeof known_symbols[0] == sizeof(Symbol));

static int compare_symbol(const void *name, const void *symbol)
{
  return strcmp(name, ((const Symbol *)symbol)->name);
}

static char *read_string(CrElfFile *elf, GBytes *strings, guint64 offset)
{
  CrReader reader = cr_elf_file_reader(elf, strings);
  cr_reader_seek(&reader, offset);
  const char *text = cr_reader_short_string(&reader, CR_LIMIT_PATH_BYTES);
  if (!text) {
    elf->damaged = TRUE;
    return NULL;
  }
  return g_strdup(text);
}

static void note_entry(Dynamic *dynamic, guint64 tag, guint64 value)
{
  switch (tag) {
  case DT_NEEDED:
    if (dynamic->needed->len < CR_LIMIT_ELF_NEEDED)
      g_array_append_val(dynamic->needed, value);
    break;
  case DT_SONAME:
    dynamic->soname = value;
    dynamic->has_soname = TRUE;
    break;
  case DT_RPATH:
    dynamic->rpath = value;
    dynamic->has_rpath = TRUE;
    break;
  case DT_RUNPATH:
    dynamic->runpath = value;
    dynamic->has_runpath = TRUE;
    break;
  case DT_STRTAB:
    dynamic->strings = value;
    break;
  case DT_STRSZ:
    dynamic->strings_bytes = value;
    break;
  case DT_SYMTAB:
    dynamic->symbols = value;
    break;
  case DT_SYMENT:
    dynamic->symbol_bytes = value;
    break;
  case DT_HASH:
    dynamic->hash = value;
    break;
  case DT_GNU_HASH:
    dynamic->gnu_hash = value;
    break;
  case DT_FLAGS_1:
    dynamic->flags = value;
    break;
  default:
    break;
  }
}

static void read_entries(CrElfFile *elf, const CrElfSegment *segment, Dynamic *dynamic)
{
  guint entry_bytes = elf->wide ? 16 : 8;
  guint64 room = MIN(segment->size, (guint64)entry_bytes * CR_LIMIT_ELF_DYNAMIC);
  g_autoptr(GBytes) table = cr_elf_file_take(elf, segment->offset, room);
  if (!table) {
    elf->damaged = TRUE;
    return;
  }
  CrReader reader = cr_elf_file_reader(elf, table);
  while (cr_reader_left(&reader) >= entry_bytes) {
    guint64 tag = cr_elf_file_word(elf, &reader), value = cr_elf_file_word(elf, &reader);
    if (tag == DT_NULL)
      break;
    note_entry(dynamic, tag, value);
  }
}

/* How many symbols the table has. Undefined ones are never in the GNU hash, so its first hashed index bounds them; an
 * empty hash says 1 whatever there is, then the strings that follow the table (all linkers put them there) bound it. */
static guint64 count_symbols(CrElfFile *elf, const Dynamic *dynamic)
{
  guint64 offset = 0, left = 0;
  if (dynamic->hash && cr_elf_file_find_offset(elf, dynamic->hash, &offset, &left) && left >= 8) {
    g_autoptr(GBytes) head = cr_elf_file_take(elf, offset, 8);
    CrReader reader = cr_elf_file_reader(elf, head);
    cr_reader_u32(&reader);
    return cr_reader_u32(&reader);
  }
  if (dynamic->gnu_hash && cr_elf_file_find_offset(elf, dynamic->gnu_hash, &offset, &left) && left >= 8) {
    g_autoptr(GBytes) head = cr_elf_file_take(elf, offset, 8);
    CrReader reader = cr_elf_file_reader(elf, head);
    cr_reader_u32(&reader);
    guint32 first = cr_reader_u32(&reader);
    if (first > 1)
      return first;
  }
  return dynamic->strings > dynamic->symbols ? (dynamic->strings - dynamic->symbols) / (elf->wide ? 24 : 16) : 0;
}

static void read_symbols(CrElfFile *elf, const Dynamic *dynamic, GBytes *strings)
{
  guint64 offset = 0, left = 0;
  guint entry_bytes = elf->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
  if (!dynamic->symbols)
    return;
  if ((dynamic->symbol_bytes && dynamic->symbol_bytes != entry_bytes) ||
      !cr_elf_file_find_offset(elf, dynamic->symbols, &offset, &left)) {
    elf->damaged = TRUE;
    return;
  }
  guint64 count = MIN(MIN(count_symbols(elf, dynamic), left / entry_bytes), CR_LIMIT_FILE_MEMORY / entry_bytes);
  g_autoptr(GBytes) table = cr_elf_file_take(elf, offset, count * entry_bytes);
  CrReader reader = cr_elf_file_reader(elf, table);
  CrReader names = cr_elf_file_reader(elf, strings);
  for (guint64 i = 0; i < count && !cr_reader_failed(&reader); i++) {
    cr_reader_seek(&reader, i * entry_bytes);
    guint32 name = cr_reader_u32(&reader);
    cr_reader_seek(&reader, i * entry_bytes + (elf->wide ? 6 : 14));
    if (cr_reader_u16(&reader) != SHN_UNDEF || !name || name >= names.size)
      continue;
    names.failed = FALSE; /* of the name before: too long to be one that is known */
    cr_reader_seek(&names, name);
    const char *text = cr_reader_short_string(&names, KNOWN_BYTES);
    const Symbol *symbol =
        text ? bsearch(text, known_symbols, G_N_ELEMENTS(known_symbols), sizeof(Symbol), compare_symbol) : NULL;
    if (symbol)
      elf->calls |= symbol->calls;
  }
}

static void read_interpreter(CrElfFile *elf, const CrElfSegment *segment)
{
  g_autoptr(GBytes) bytes = cr_elf_file_take(elf, segment->offset, MIN(segment->size, CR_LIMIT_PATH_BYTES));
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  if (!text) {
    elf->damaged = TRUE;
    return;
  }
  g_free(elf->interpreter);
  elf->interpreter = g_strndup(text, size);
}

static void read_tables(CrElfFile *elf, const Dynamic *dynamic)
{
  guint64 offset = 0, left = 0;
  g_autoptr(GBytes) strings = NULL;
  if (cr_elf_file_find_offset(elf, dynamic->strings, &offset, &left))
    strings = cr_elf_file_take(elf, offset, MIN(dynamic->strings_bytes, left));
  if (!strings) {
    elf->damaged |= dynamic->needed->len || dynamic->symbols;
    return;
  }
  for (guint i = 0; i < dynamic->needed->len; i++) {
    char *name = read_string(elf, strings, g_array_index(dynamic->needed, guint64, i));
    if (name)
      g_ptr_array_add(elf->needed, name);
  }
  if (dynamic->has_soname)
    elf->soname = read_string(elf, strings, dynamic->soname);
  if (dynamic->has_rpath)
    elf->rpath = read_string(elf, strings, dynamic->rpath);
  if (dynamic->has_runpath)
    elf->runpath = read_string(elf, strings, dynamic->runpath);
  read_symbols(elf, dynamic, strings);
}

void cr_elf_read_dynamic(CrElfFile *elf)
{
  g_autoptr(GArray) needed = g_array_new(FALSE, FALSE, sizeof(guint64));
  Dynamic dynamic = {.needed = needed};
  gboolean found = FALSE;
  for (guint i = 0; i < elf->segments->len; i++) {
    const CrElfSegment *segment = &g_array_index(elf->segments, CrElfSegment, i);
    if (segment->type == PT_INTERP)
      read_interpreter(elf, segment);
    if (segment->type != PT_DYNAMIC || found)
      continue;
    found = TRUE;
    read_entries(elf, segment, &dynamic);
    elf->no_default_folders = (dynamic.flags & DF_1_NODEFLIB) != 0;
  }
  if (found && !elf->damaged)
    read_tables(elf, &dynamic);
  /* A static program tells no calls. It may start what it names; Go's function names say more (elf-notes.c). */
  if (!elf->interpreter && !elf->needed->len && !elf->soname)
    elf->calls |= CR_ELF_CALLS_EXEC;
}
