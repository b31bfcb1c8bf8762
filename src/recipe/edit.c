/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "base/whole-file.h"
#include "base/write-all.h"

#define AROUND 3U /* lines of the diff before and after a change */

/* A file with its edits made. */
typedef struct {
  char *real;                /* its path, links followed */
  const char *name;          /* as the edits say it */
  GPtrArray *before, *after; /* char*: lines with their ends, the same number of both */
} Edited;

static void edited_free(gpointer data)
{
  Edited *edited = data;
  free(edited->real);
  g_ptr_array_unref(edited->before);
  g_ptr_array_unref(edited->after);
  g_free(edited);
}

/* ---- reading ---- */

static void add_lines(const char *text, gsize size, GPtrArray *before, GPtrArray *after)
{
  for (const char *at = text, *end = text + size; at < end;) {
    const char *newline = memchr(at, '\n', (gsize)(end - at));
    gsize length = newline ? (gsize)(newline - at) + 1 : (gsize)(end - at);
    g_ptr_array_add(before, g_strndup(at, length));
    g_ptr_array_add(after, g_strndup(at, length));
    at += length;
  }
}

static Edited *open_file(GPtrArray *files, const char *path, GError **error)
{
  char *real = realpath(path, NULL);
  if (!real) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot edit '%s': %s", path, g_strerror(errno));
    return NULL;
  }
  for (guint i = 0; i < files->len; i++) {
    Edited *known = files->pdata[i];
    if (!strcmp(known->real, real)) {
      free(real);
      return known;
    }
  }
  Edited *edited = g_new0(Edited, 1);
  edited->real = real;
  edited->name = path;
  edited->before = g_ptr_array_new_with_free_func(g_free);
  edited->after = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(files, edited);
  g_autoptr(GBytes) bytes = cr_read_file(real, CR_LIMIT_DOCUMENT_BYTES, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  if (size && memchr(text, 0, size)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot edit '%s': it is not text", path);
    return NULL;
  }
  add_lines(text, size, edited->before, edited->after);
  return edited;
}

/* ---- one edit ---- */

/* What may stand around a reference: nothing of a name. "nginx:1.2" is not in "nginx:1.25". */
static gboolean is_name_byte(char c)
{
  return g_ascii_isalnum(c) || (c && strchr("._-/:@$+%", c));
}

/* Where FROM stands in LINE, at COLUMN (characters, from 1) or behind its quote. In the line as it was: two edits of a
 * line are each at their own place. NULL: something else does. */
static const char *find_value(const char *line, const CrEdit *edit)
{
  const char *at = line;
  for (guint i = 1; i < edit->place.column && *at; i++)
    at = g_utf8_next_char(at);
  gsize length = strlen(edit->from);
  if (*at == '"' || *at == '\'')
    at++;
  if (!length || at > line + strlen(line) || strncmp(at, edit->from, length) != 0 || is_name_byte(at[length]) ||
      (at > line && is_name_byte(at[-1]) && at[-1] != '='))
    return NULL;
  return at;
}

static gboolean is_safe(const char *text)
{
  for (const char *at = text; *at; at++)
    if (!is_name_byte(*at) || strchr("$%", *at))
      return FALSE;
  return *text != 0;
}

static gboolean refuse(const CrEdit *edit, GError **error, const char *why)
{
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot write '%s' into '%s' line %u, column %u: %s", edit->to,
              edit->place.file, edit->place.line, edit->place.column, why);
  return FALSE;
}

/* SHIFT: by how much what stands there has moved, by edits further left in the line. */
static gboolean make_edit(Edited *edited, const CrEdit *edit, gssize shift, GError **error)
{
  if (!is_safe(edit->to))
    return refuse(edit, error, "that is no reference of an image");
  const char *line =
      edit->place.line && edit->place.line <= edited->before->len ? edited->before->pdata[edit->place.line - 1] : NULL;
  const char *at = line && g_utf8_validate(line, -1, NULL) ? find_value(line, edit) : NULL;
  if (!at) {
    g_autofree char *why = g_strdup_printf("'%s' does not stand there, the file has changed", edit->from);
    return refuse(edit, error, why);
  }
  char **now = (char **)&edited->after->pdata[edit->place.line - 1];
  gsize offset = (gsize)((gssize)(at - line) + shift);
  char *changed = g_strdup_printf("%.*s%s%s", (int)offset, *now, edit->to, *now + offset + strlen(edit->from));
  g_free(*now);
  *now = changed;
  return TRUE;
}

static int compare_edits(gconstpointer a, gconstpointer b)
{
  const CrEdit *x = *(const CrEdit *const *)a, *y = *(const CrEdit *const *)b;
  int order = strcmp(x->place.file, y->place.file);
  order = order ? order : (x->place.line > y->place.line) - (x->place.line < y->place.line);
  order = order ? order : (x->place.column > y->place.column) - (x->place.column < y->place.column);
  return order ? order : strcmp(x->to, y->to);
}

/* Files with all EDITS made, or NULL. The same edit twice (two uses of one anchor) is one. */
static GPtrArray *make_edits(const GPtrArray *edits, GError **error)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(edited_free), sorted = g_ptr_array_new();
  for (guint i = 0; i < edits->len; i++)
    g_ptr_array_add(sorted, edits->pdata[i]);
  g_ptr_array_sort(sorted, compare_edits);
  gssize shift = 0;
  const CrEdit *last = NULL;
  for (guint i = 0; i < sorted->len; i++) {
    const CrEdit *edit = sorted->pdata[i];
    gboolean same_line = last && !strcmp(last->place.file, edit->place.file) && last->place.line == edit->place.line;
    if (same_line && last->place.column == edit->place.column) {
      if (strcmp(last->to, edit->to) != 0) {
        refuse(edit, error, "two different images would stand there");
        return NULL;
      }
      continue;
    }
    shift = same_line ? shift : 0;
    Edited *edited = open_file(files, edit->place.file, error);
    if (!edited || !make_edit(edited, edit, shift, error))
      return NULL;
    shift += (gssize)strlen(edit->to) - (gssize)strlen(edit->from);
    last = edit;
  }
  return g_steal_pointer(&files);
}

/* ---- the diff ---- */

static gboolean is_changed(const Edited *edited, guint line)
{
  return strcmp(edited->before->pdata[line], edited->after->pdata[line]) != 0;
}

static void add_line(GString *out, char mark, const char *line)
{
  g_string_append_printf(out, "%c%s", mark, line);
  if (!g_str_has_suffix(line, "\n"))
    g_string_append(out, "\n\\ No newline at end of file\n");
}

/* Lines [FROM, TO): runs of changed lines are taken out and put in together. */
static void add_hunk(GString *out, const Edited *edited, guint from, guint to)
{
  g_string_append_printf(out, "@@ -%u,%u +%u,%u @@\n", from + 1, to - from, from + 1, to - from);
  for (guint i = from; i < to;) {
    guint end = i;
    while (end < to && is_changed(edited, end))
      end++;
    for (guint k = i; k < end; k++)
      add_line(out, '-', edited->before->pdata[k]);
    for (guint k = i; k < end; k++)
      add_line(out, '+', edited->after->pdata[k]);
    if (end == i)
      add_line(out, ' ', edited->before->pdata[end++]);
    i = end;
  }
}

static void add_diff(GString *out, const Edited *edited)
{
  guint count = edited->before->len;
  gboolean headed = FALSE;
  for (guint i = 0; i < count; i++) {
    if (!is_changed(edited, i))
      continue;
    if (!headed)
      g_string_append_printf(out, "--- %s\n+++ %s\n", edited->name, edited->name);
    headed = TRUE;
    guint last = i;
    for (guint k = i; k < count && k <= last + 2 * AROUND; k++)
      last = is_changed(edited, k) ? k : last;
    guint to = MIN(last + AROUND + 1, count);
    add_hunk(out, edited, i > AROUND ? i - AROUND : 0, to);
    i = to - 1;
  }
}

char *cr_edits_format(const GPtrArray *edits, GError **error)
{
  g_autoptr(GPtrArray) files = make_edits(edits, error);
  if (!files)
    return NULL;
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < files->len; i++)
    add_diff(out, files->pdata[i]);
  return g_string_free(out, FALSE);
}

/* ---- writing ---- */

/* The owner is kept where we may: root always, others only their own files. */
static gboolean write_lines(const Edited *edited, CrWholeFile *file, const struct stat *info, GError **error)
{
  int fd = cr_whole_file_get_fd(file);
  for (guint i = 0; i < edited->after->len; i++) {
    const char *line = edited->after->pdata[i];
    if (!cr_write_all(fd, line, strlen(line), edited->name, error))
      return FALSE;
  }
  struct stat now;
  if (fstat(fd, &now) == 0 && (now.st_uid != info->st_uid || now.st_gid != info->st_gid) &&
      fchown(fd, info->st_uid, info->st_gid) < 0) {
    cr_error_set_errno(error, errno, "cannot write '%s' with its owner", edited->name);
    return FALSE;
  }
  if (fchmod(fd, info->st_mode & 07777) < 0 || !cr_whole_file_publish(file, edited->real)) {
    cr_error_set_errno(error, errno, "cannot write '%s'", edited->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean write_file(const Edited *edited, GError **error)
{
  struct stat info;
  g_autofree char *folder = g_path_get_dirname(edited->real);
  CrWholeFile *file = stat(edited->real, &info) == 0 ? cr_whole_file_create(folder, ".careen-", 0600) : NULL;
  if (!file) {
    cr_error_set_errno(error, errno, "cannot write '%s'", edited->name);
    return FALSE;
  }
  gboolean ok = write_lines(edited, file, &info, error);
  cr_whole_file_free(file);
  return ok;
}

/* Every file is read and every edit made before the first is written. */
gboolean cr_edits_write(const GPtrArray *edits, GError **error)
{
  g_autoptr(GPtrArray) files = make_edits(edits, error);
  for (guint i = 0; files && i < files->len; i++)
    if (!write_file(files->pdata[i], error))
      return FALSE;
  return files != NULL;
}
