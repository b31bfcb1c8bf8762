/* SPDX-License-Identifier: Apache-2.0 */
/* Strings of a program that lead somewhere: names of libraries, absolute paths, and names of programs where it starts
 * programs by name.
 *
 * Every ELF file of an image comes by here, so the search goes from mark to mark with memchr ('/' and '.'), which reads
 * a cache line at a time, and looks at single bytes only around a mark. */
#include "reach/elf-private.h"

#include <elf.h>
#include <string.h>

#include "base/limits.h"

#define STRING_BYTES 255U
#define WORD_BYTES   40U
/* Read in pieces with an overlap as long as the longest string. */
#define PIECE_BYTES (1 * CR_MIB)

/* What may stand in the name of a file that a program names; '%', '$' and braces for patterns. */
static gboolean is_name_byte(guint8 c)
{
  return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '/' || c == '%' || c == '$' ||
         c == '{' || c == '}' || c == '@' || c == ',' || c == '~' || c == '#' || c == '*';
}

/* What may stand before an absolute path inside a longer text ("PATH=/bin:/usr/bin", "| /usr/sbin/sendmail -t"). */
static gboolean is_path_start(guint8 before)
{
  return before < 0x20 || before == ' ' || before == '=' || before == ':' || before == '"' || before == '\'' ||
         before == '|' || before == '`' || before == '(' || before == ';' || before == '<' || before == '>';
}

static void keep(CrElfFile *elf, GPtrArray *list, const guint8 *text, gsize size)
{
  char name[STRING_BYTES + 1];
  memcpy(name, text, size);
  name[size] = 0;
  if (g_hash_table_contains(elf->seen, name))
    return;
  if (elf->libraries->len + elf->paths->len >= CR_LIMIT_ELF_STRINGS ||
      elf->kept_bytes + size > CR_LIMIT_ELF_STRING_BYTES) {
    elf->cut = TRUE;
    return;
  }
  char *copy = g_strdup(name);
  g_ptr_array_add(list, copy);
  g_hash_table_add(elf->seen, copy);
  elf->kept_bytes += size;
}

static gsize measure_name(const guint8 *data, gsize size)
{
  gsize n = 0;
  while (n < size && n <= STRING_BYTES && is_name_byte(data[n]))
    n++;
  return n;
}

static gboolean starts_with(const guint8 *data, gsize size, const char *prefix)
{
  gsize n = strlen(prefix);
  return size >= n && !memcmp(data, prefix, n);
}

static gboolean ends_with(const guint8 *data, gsize size, const char *suffix)
{
  gsize n = strlen(suffix);
  return size >= n && !memcmp(data + size - n, suffix, n);
}

/* Kernel and scratch file systems hold no file of an image, and names of source files (assertions) lead nowhere. */
static gboolean leads_nowhere(const guint8 *data, gsize size)
{
  static const char *const sources[] = {".c", ".h", ".cc", ".cpp", ".hpp", ".rs", ".go"};
  for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
    if (ends_with(data, size, sources[i]))
      return TRUE;
  static const char *const roots[] = {"/proc/", "/sys/", "/dev/", "/tmp/", "/run/", "/var/run/", "/var/tmp/", "//"};
  for (guint i = 0; i < G_N_ELEMENTS(roots); i++)
    if (starts_with(data, size, roots[i]))
      return TRUE;
  return FALSE;
}

/* "./helper", "../lib/plugins", "bin/worker": meant from the working folder. Without a dot in front only where the text
 * is nothing else. Returns how many bytes from START on were looked at. */
static gsize keep_relative(CrElfFile *elf, const guint8 *data, gsize size, gsize start)
{
  gsize n = measure_name(data + start, size - start);
  const guint8 *text = data + start;
  gboolean dotted = starts_with(text, n, "./") || starts_with(text, n, "../");
  gboolean whole = (!start || !data[start - 1]) && start + n < size && !text[n] && g_ascii_isalnum(*text);
  if ((dotted || whole) && n > 3 && n <= STRING_BYTES && !leads_nowhere(text, n) && !memchr(text, '%', n) &&
      !memchr(text, '$', n) && !memchr(text, '*', n))
    keep(elf, elf->paths, text, n);
  return n;
}

static void find_paths(CrElfFile *elf, const guint8 *data, gsize size)
{
  gboolean relative = (elf->calls & (CR_ELF_CALLS_EXEC | CR_ELF_CALLS_DLOPEN)) != 0;
  for (gsize at = 0; at < size;) {
    const guint8 *slash = memchr(data + at, '/', size - at);
    if (!slash)
      return;
    gsize start = (gsize)(slash - data), low = at;
    at = start + 1;
    if (start && !is_path_start(data[start - 1])) {
      while (relative && start > low && is_name_byte(data[start - 1]))
        start--;
      if (relative && (!start || is_path_start(data[start - 1])))
        at = MAX(at, start + keep_relative(elf, data, size, start));
      continue;
    }
    gsize n = measure_name(slash, size - start);
    at = start + n;
    if (starts_with(slash, n, "/rustc/")) {
      elf->is_rust = TRUE;
      continue;
    }
    if (n < 3 || n > STRING_BYTES || leads_nowhere(slash, n))
      continue;
    keep(elf, elf->paths, slash, n);
  }
}

/* "php.ini", "apache2.conf": names that stand alone and are looked for in a folder named elsewhere. */
static gboolean is_configuration(const guint8 *dot, gsize size)
{
  static const char *const marks[] = {".conf", ".ini", ".cnf", ".cfg"};
  for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
    gsize n = strlen(marks[i]);
    if (starts_with(dot, size, marks[i]) && (size == n || !is_name_byte(dot[n])))
      return TRUE;
  }
  return FALSE;
}

static gboolean is_library(const guint8 *dot, gsize size)
{
  return starts_with(dot, size, ".so") && (size == 3 || !is_name_byte(dot[3]) || dot[3] == '.' || dot[3] == '%');
}

static void find_marked(CrElfFile *elf, const guint8 *data, gsize size)
{
  for (gsize at = 0; at + 3 <= size;) {
    const guint8 *dot = memchr(data + at, '.', size - at - 2);
    if (!dot)
      return;
    gsize mark = (gsize)(dot - data);
    at = mark + 1;
    if (dot[1] != 's' && dot[1] != 'c' && dot[1] != 'i')
      continue;
    gboolean library = is_library(dot, size - mark);
    if (!library && !is_configuration(dot, size - mark))
      continue;
    gsize start = mark;
    while (start && mark - start < STRING_BYTES && is_name_byte(data[start - 1]))
      start--;
    gsize n = mark - start + measure_name(dot, size - mark);
    at = start + n;
    if (n <= 3 || n > STRING_BYTES || mark == start)
      continue;
    if (library)
      keep(elf, elf->libraries, data + start, n);
    else if (data[start] != '/' && !(start && data[start - 1] == '*'))
      keep(elf, elf->paths, data + start, n);
  }
}

static gboolean is_word_byte(guint8 c)
{
  return g_ascii_islower(c) || g_ascii_isdigit(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

/* What stands at END, behind a word, makes it a command: an argument that could be none of a sentence ("gzip -dc",
 * "ssh %s"), or the text after it is an option, as compilers lay out the words of execlp("ssh", "-x"). */
static gboolean has_argument(const guint8 *data, gsize size, gsize end)
{
  if (end + 1 >= size)
    return FALSE;
  if (!data[end])
    return data[end + 1] == '-' && end + 2 < size && (g_ascii_isalpha(data[end + 2]) || data[end + 2] == '-');
  return data[end] == ' ' && strchr("-%/$\"'<>|&", data[end + 1]) && data[end + 1];
}

/* The first word of each text, and those behind the shell's separators: what could be a program's name. Debian's
 * programs have lower-case names with a letter in front. With a space behind it: it has arguments. A library knows many
 * words (of file systems, of settings) and starts hardly anything: there a word alone says nothing. */
static void keep_word(CrElfFile *elf, const guint8 *word, gsize size, gboolean command)
{
  guint8 text[WORD_BYTES + 1];
  if (!command && (elf->soname || (!elf->interpreter && elf->needed->len)))
    return;
  memcpy(text, word, size);
  text[size] = ' ';
  keep(elf, elf->paths, text, size + (command ? 1 : 0));
}

static void find_words(CrElfFile *elf, const guint8 *data, gsize size)
{
  for (gsize at = 0; at < size;) {
    const guint8 *nul = memchr(data + at, 0, size - at);
    gsize end = nul ? (gsize)(nul - data) : size;
    for (gsize i = at; i < end;) {
      gsize n = 0;
      while (i + n < end && n <= WORD_BYTES && is_word_byte(data[i + n]))
        n++;
      gboolean ended = i + n >= end || data[i + n] == ' ';
      if (n > 1 && n <= WORD_BYTES && ended && g_ascii_islower(data[i]))
        keep_word(elf, data + i, n, has_argument(data, size, i + n));
      while (i < end && data[i] != '|' && data[i] != ';' && data[i] != '&')
        i++;
      while (i < end && (data[i] == '|' || data[i] == ';' || data[i] == '&' || data[i] == ' '))
        i++;
    }
    at = end + 1;
  }
}

static void read_range(CrElfFile *elf, guint64 offset, guint64 size)
{
  gboolean words = !elf->is_go && (elf->calls & CR_ELF_CALLS_SEARCH);
  guint64 end = offset > elf->size ? 0 : MIN(size, elf->size - offset);
  gsize overlap = end > PIECE_BYTES ? STRING_BYTES + 1 : 0;
  for (guint64 at = 0; at < end; at += PIECE_BYTES) {
    gsize piece = (gsize)MIN(end - at, PIECE_BYTES + overlap);
    g_autoptr(GBytes) bytes = cr_elf_file_take(elf, offset + at, piece);
    if (!bytes)
      return;
    const guint8 *data = g_bytes_get_data(bytes, NULL);
    find_marked(elf, data, piece);
    if (!elf->is_go) /* its texts stand end to end */
      find_paths(elf, data, piece);
    if (words)
      find_words(elf, data, piece);
  }
}

/* Data that is loaded, is not code, and can hold texts: by flags, without tables that are known to hold none. */
static gboolean may_hold_texts(const CrElfFile *elf, const CrElfSection *section)
{
  static const char *const others[] = {
      ".eh_frame", ".gcc_except_table",      ".gopclntab", ".got",      ".plt",     ".note", ".interp",
      ".gnu.",     ".data.rel.ro.gopclntab", ".hash",      ".typelink", ".itablink"};
  if (section->type != SHT_PROGBITS || !(section->flags & SHF_ALLOC) || (section->flags & SHF_EXECINSTR))
    return FALSE;
  const char *name = cr_elf_file_get_name(elf, section);
  for (guint i = 0; i < G_N_ELEMENTS(others); i++)
    if (g_str_has_prefix(name, others[i]))
      return FALSE;
  return TRUE;
}

void cr_elf_read_strings(CrElfFile *elf)
{
  gboolean any = FALSE; /* of what is loaded is told by sections */
  for (guint i = 0; i < elf->sections->len; i++) {
    const CrElfSection *section = &g_array_index(elf->sections, CrElfSection, i);
    any |= section->type == SHT_PROGBITS && (section->flags & SHF_ALLOC) != 0;
    if (!may_hold_texts(elf, section))
      continue;
    read_range(elf, section->offset, section->size);
  }
  /* No section headers to go by: everything that is loaded, code too where the linker put texts beside it. */
  for (guint i = 0; !any && i < elf->segments->len; i++) {
    const CrElfSegment *segment = &g_array_index(elf->segments, CrElfSegment, i);
    if (segment->type == PT_LOAD)
      read_range(elf, segment->offset, segment->size);
  }
}
