/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "base/whole-file.h"
#include "base/write-all.h"

#define AROUND 3U /* lines of the diff before and after a change */

static void lines_free(gpointer data)
{
  CrRewrittenLines *lines = data;
  g_free(lines->before);
  g_free(lines->after);
  g_strfreev(lines->about);
  g_free(lines);
}

static void file_free(gpointer data)
{
  CrRewrittenFile *file = data;
  g_free(file->path);
  g_bytes_unref(file->before);
  g_clear_pointer(&file->after, g_bytes_unref);
  g_ptr_array_unref(file->lines);
  g_free(file);
}

/* ---- reading ---- */

static GBytes *read_text(const char *path, const char *name, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_DOCUMENT_BYTES, error);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  if (bytes && size && memchr(text, 0, size)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot change '%s': it is not text", name);
    return NULL;
  }
  return g_steal_pointer(&bytes);
}

/* The file at NAME, among FILES if it is there under any of its names. */
static CrRewrittenFile *open_file(GPtrArray *files, const char *name, GError **error)
{
  char *real = realpath(name, NULL);
  if (!real) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot change '%s': %s", name, g_strerror(errno));
    return NULL;
  }
  g_autofree char *path = g_strdup(real);
  free(real);
  for (guint i = 0; i < files->len; i++)
    if (!strcmp(((CrRewrittenFile *)files->pdata[i])->path, path))
      return files->pdata[i];
  GBytes *before = read_text(path, name, error);
  if (!before)
    return NULL;
  CrRewrittenFile *file = g_new0(CrRewrittenFile, 1);
  file->path = g_steal_pointer(&path);
  file->name = name;
  file->before = before;
  file->lines = g_ptr_array_new_with_free_func(lines_free);
  g_ptr_array_add(files, file);
  return file;
}

/* ---- where a change is ---- */

typedef struct {
  CrRewrittenFile *file;
  const CrFileChange *change;
  gsize from, to; /* bytes that make way */
} Placed;

static gboolean refuse(const CrFileChange *change, GError **error, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot write '%s' into '%s' line %u, column %u: %s", change->after,
              change->place.file, change->place.line, change->place.column, why);
  return FALSE;
}

static gsize measure_line(const char *at, const char *end)
{
  const char *newline = memchr(at, '\n', (gsize)(end - at));
  return newline ? (gsize)(newline - at) + 1 : (gsize)(end - at);
}

/* Of line NUMBER, from 1; NULL: there is none. */
static const char *find_line(const char *text, const char *end, guint number)
{
  const char *at = text;
  for (guint i = 1; i < number && at < end; i++)
    at += measure_line(at, end);
  return number && at < end ? at : NULL;
}

static gboolean is_line(const char *at, const char *end, const char *expected)
{
  gsize length = measure_line(at, end);
  while (length && (at[length - 1] == '\n' || at[length - 1] == '\r'))
    length--;
  return length == strlen(expected) && !memcmp(at, expected, length);
}

static gboolean find_place(Placed *placed, GError **error)
{
  const CrFileChange *change = placed->change;
  gsize size = 0, length = strlen(change->before);
  const char *text = g_bytes_get_data(placed->file->before, &size), *end = text + size;
  const char *line = find_line(text, end, change->place.line), *at = line;
  const char *line_end = line ? line + measure_line(line, end) : NULL;
  if (line && !g_utf8_validate(line, line_end - line, NULL))
    at = NULL;
  for (guint i = 1; at && i < change->place.column; i++)
    at = at < line_end ? g_utf8_next_char(at) : NULL;
  if (!at || at >= line_end || (change->line && !is_line(line, end, change->line)) || (gsize)(end - at) < length ||
      memcmp(at, change->before, length) != 0) {
    g_autofree char *why = g_strdup_printf("'%s' does not stand there, the file has changed", change->before);
    return refuse(change, error, why);
  }
  placed->from = (gsize)(at - text);
  placed->to = placed->from + length;
  return TRUE;
}

static int compare_placed(gconstpointer a, gconstpointer b)
{
  const Placed *x = a, *y = b;
  int order = strcmp(x->file->path, y->file->path);
  order = order ? order : (x->from > y->from) - (x->from < y->from);
  return order ? order : (x->to > y->to) - (x->to < y->to);
}

/* Sorted, each once, none inside another. */
static gboolean settle(GArray *all, GError **error)
{
  g_array_sort(all, compare_placed);
  for (guint i = 1; i < all->len;) {
    const Placed *last = &g_array_index(all, Placed, i - 1), *it = &g_array_index(all, Placed, i);
    gboolean apart = last->file != it->file || last->to < it->from || (last->to == it->from && last->from < it->from);
    if (apart) {
      i++;
      continue;
    }
    if (last->from != it->from || last->to != it->to || strcmp(last->change->after, it->change->after) != 0)
      return refuse(it->change, error, "two different ones would stand there");
    g_array_remove_index(all, i);
  }
  return TRUE;
}

/* ---- making them ---- */

static guint count_lines(const char *text, gsize size)
{
  guint count = 0;
  for (gsize i = 0; i < size; i++)
    count += text[i] == '\n';
  return count;
}

/* TEXT, whose newlines become those of the line that is at AT. */
static void append(GString *out, const char *text, const char *at, const char *end)
{
  gsize length = measure_line(at, end);
  gboolean crlf = length >= 2 && at[length - 1] == '\n' && at[length - 2] == '\r';
  for (const char *c = text; *c; c++) {
    if (*c == '\n' && crlf && (c == text || c[-1] != '\r'))
      g_string_append_c(out, '\r');
    g_string_append_c(out, *c);
  }
}

/* What changes [FIRST, END) of ALL are of, each once. */
static char **list_about(const GArray *all, guint first, guint end)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = first; i < end; i++) {
    const char *about = g_array_index(all, Placed, i).change->about;
    if (about && g_hash_table_add(seen, (gpointer)about))
      g_strv_builder_add(builder, about);
  }
  return g_strv_builder_end(builder);
}

/* The changes [FIRST, the result) of ALL, which begin in lines that one before them touches too, as changed lines. *AT:
 * how much of the file OUT has. */
static guint make_lines(CrRewrittenFile *file, const GArray *all, guint first, gsize *at, GString *out)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(file->before, &size), *end = text + size;
  const Placed *it = &g_array_index(all, Placed, first);
  gsize from = it->from;
  while (from && text[from - 1] != '\n')
    from--;
  g_string_append_len(out, text + *at, (gssize)(from - *at));
  gsize start = out->len, to = from;
  guint i = first, new_line = count_lines(out->str, start) + 1;
  for (*at = from; i < all->len; i++) {
    it = &g_array_index(all, Placed, i);
    if (it->file != file || (i > first && it->from >= to))
      break;
    g_string_append_len(out, text + *at, (gssize)(it->from - *at));
    append(out, it->change->after, text + it->from, end);
    *at = it->to;
    to = MAX(to, it->to);
    if (to == from || text[to - 1] != '\n' || to == it->from) /* the rest of its last line */
      to += measure_line(text + to, end);
  }
  g_string_append_len(out, text + *at, (gssize)(to - *at));
  *at = to;
  g_autofree char *before = g_strndup(text + from, to - from), *after = g_strndup(out->str + start, out->len - start);
  if (strcmp(before, after) != 0) {
    CrRewrittenLines *lines = g_new0(CrRewrittenLines, 1);
    *lines = (CrRewrittenLines){count_lines(text, from) + 1, new_line, g_steal_pointer(&before),
                                g_steal_pointer(&after), list_about(all, first, i)};
    g_ptr_array_add(file->lines, lines);
  }
  return i;
}

/* All of ALL that are FILE's, from FIRST on. */
static guint make_file(CrRewrittenFile *file, const GArray *all, guint first)
{
  gsize at = 0, size = 0;
  const char *text = g_bytes_get_data(file->before, &size);
  GString *out = g_string_new(NULL);
  guint i = first;
  while (i < all->len && g_array_index(all, Placed, i).file == file)
    i = make_lines(file, all, i, &at, out);
  g_string_append_len(out, text + at, (gssize)(size - at));
  file->after = g_string_free_to_bytes(out);
  return i;
}

GPtrArray *cr_file_changes_make(const GPtrArray *changes, GError **error)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(file_free);
  g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Placed));
  for (guint i = 0; i < changes->len; i++) {
    const CrFileChange *change = changes->pdata[i];
    Placed placed = {.file = open_file(files, change->place.file, error), .change = change};
    if (!placed.file || !find_place(&placed, error))
      return NULL;
    g_array_append_val(all, placed);
  }
  if (!settle(all, error))
    return NULL;
  for (guint i = 0; i < all->len;)
    i = make_file(g_array_index(all, Placed, i).file, all, i);
  return g_steal_pointer(&files);
}

/* ---- the diff ---- */

static void add_lines(GString *out, char mark, const char *text, gsize size)
{
  const char *end = text + size;
  for (const char *at = text; at < end;) {
    gsize length = measure_line(at, end);
    g_string_append_printf(out, "%c%.*s", mark, (int)length, at);
    at += length;
    if (at[-1] != '\n')
      g_string_append(out, "\n\\ No newline at end of file\n");
  }
}

/* Lines [FROM, TO) of the file as it was, counted from 1. */
static void add_context(GString *out, const char *text, const char *end, guint from, guint to)
{
  const char *at = from < to ? find_line(text, end, from) : NULL;
  for (guint i = from; at && at < end && i < to; i++) {
    gsize length = measure_line(at, end);
    add_lines(out, ' ', at, length);
    at += length;
  }
}

static guint count_whole(const char *text)
{
  gsize size = strlen(text);
  return count_lines(text, size) + (size && text[size - 1] != '\n');
}

static guint get_end(const CrRewrittenLines *lines)
{
  return lines->old_line + count_whole(lines->before);
}

/* Changes [FIRST, the result) with what is around them. */
static guint add_hunk(GString *out, const CrRewrittenFile *file, guint first)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(file->before, &size), *end = text + size;
  guint total = count_lines(text, size) + (size && text[size - 1] != '\n'), last = first;
  const CrRewrittenLines *head = file->lines->pdata[first];
  while (last + 1 < file->lines->len && ((const CrRewrittenLines *)file->lines->pdata[last + 1])->old_line <=
                                            get_end(file->lines->pdata[last]) + 2 * AROUND)
    last++;
  guint from = head->old_line > AROUND ? head->old_line - AROUND : 1, more = 0;
  guint to = MIN(get_end(file->lines->pdata[last]) + AROUND, total + 1);
  g_autoptr(GString) body = g_string_new(NULL);
  guint at = from;
  for (guint i = first; i <= last; i++) {
    const CrRewrittenLines *lines = file->lines->pdata[i];
    add_context(body, text, end, at, lines->old_line);
    add_lines(body, '-', lines->before, strlen(lines->before));
    add_lines(body, '+', lines->after, strlen(lines->after));
    at = get_end(lines);
    more += count_whole(lines->after) - count_whole(lines->before); /* may be less: it wraps, and back again */
  }
  add_context(body, text, end, at, to);
  g_string_append_printf(out, "@@ -%u,%u +%u,%u @@\n%s", from, to - from, from + head->new_line - head->old_line,
                         to - from + more, body->str);
  return last + 1;
}

char *cr_rewritten_files_format(const GPtrArray *files)
{
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < files->len; i++) {
    const CrRewrittenFile *file = files->pdata[i];
    if (file->lines->len)
      g_string_append_printf(out, "--- %s\n+++ %s\n", file->name, file->name);
    for (guint k = 0; k < file->lines->len;)
      k = add_hunk(out, file, k);
  }
  return g_string_free(out, FALSE);
}

/* ---- writing ---- */

#define TEMPORARY ".careen-"

/* The owner is kept where we may: root always, others only their own files. */
static gboolean write_bytes(const CrRewrittenFile *changed, CrWholeFile *file, const struct stat *info, GError **error)
{
  int fd = cr_whole_file_get_fd(file);
  gsize size = 0;
  const char *text = g_bytes_get_data(changed->after, &size);
  if (!cr_write_all(fd, text, size, changed->name, error))
    return FALSE;
  struct stat now;
  if (fstat(fd, &now) == 0 && (now.st_uid != info->st_uid || now.st_gid != info->st_gid) &&
      fchown(fd, info->st_uid, info->st_gid) < 0) {
    cr_error_set_errno(error, errno, "cannot write '%s' with its owner", changed->name);
    return FALSE;
  }
  if (fchmod(fd, info->st_mode & 07777) < 0 || !cr_whole_file_publish(file, changed->path)) {
    cr_error_set_errno(error, errno, "cannot write '%s'", changed->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean write_file(const CrRewrittenFile *changed, GError **error)
{
  g_autoptr(GBytes) now = read_text(changed->path, changed->name, error);
  if (!now)
    return FALSE;
  if (!g_bytes_equal(now, changed->before)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot write '%s': somebody else has just changed it", changed->name);
    return FALSE;
  }
  struct stat info;
  g_autofree char *folder = g_path_get_dirname(changed->path);
  cr_whole_file_sweep(folder, TEMPORARY);
  CrWholeFile *file = stat(changed->path, &info) == 0 ? cr_whole_file_create(folder, TEMPORARY, 0600) : NULL;
  if (!file) {
    cr_error_set_errno(error, errno, "cannot write '%s'", changed->name);
    return FALSE;
  }
  gboolean ok = write_bytes(changed, file, &info, error);
  cr_whole_file_free(file);
  return ok;
}

gboolean cr_rewritten_files_write(const GPtrArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++) {
    const CrRewrittenFile *file = files->pdata[i];
    if (file->lines->len && !write_file(file, error))
      return FALSE;
  }
  return TRUE;
}
