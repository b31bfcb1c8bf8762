/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/status-deb.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

#define CONTROL_BYTES (16 * CR_MIB) /* of one member: md5sums of 100,000 files */

typedef struct archive Reader;
static void reader_free(Reader *reader)
{
  archive_read_free(reader);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

static gboolean fail(GError **error, Reader *reader, const char *where)
{
  const char *why = archive_error_string(reader);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: %s", where, why ? why : "it is damaged");
  return FALSE;
}

/* ---- a tar inside the ar ---- */

static la_ssize_t read_member(struct archive *inner, void *data, const void **block)
{
  size_t size = 0;
  la_int64_t offset = 0;
  int result = archive_read_data_block(data, block, &size, &offset);
  if (result == ARCHIVE_EOF)
    return 0;
  if (result == ARCHIVE_OK)
    return (la_ssize_t)size;
  archive_set_error(inner, EIO, "it is damaged");
  return -1;
}

/* OUTER at its member PREFIX ("control.tar"), INNER opened on it. */
static gboolean open_member(int fd, Reader *outer, Reader *inner, const char *prefix, GError **error)
{
  struct archive_entry *entry = NULL;
  int result = ARCHIVE_FATAL;
  archive_read_support_format_ar(outer);
  if (lseek(fd, 0, SEEK_SET) == 0 && archive_read_open_fd(outer, fd, 65536) == ARCHIVE_OK)
    while ((result = archive_read_next_header(outer, &entry)) == ARCHIVE_OK)
      if (g_str_has_prefix(archive_entry_pathname(entry) ? archive_entry_pathname(entry) : "", prefix))
        break;
  if (result != ARCHIVE_OK)
    return fail(error, outer, "the package");
  archive_read_support_format_tar(inner);
  archive_read_support_filter_xz(inner);
  archive_read_support_filter_gzip(inner);
  archive_read_support_filter_zstd(inner);
  return archive_read_open(inner, outer, NULL, read_member, NULL) == ARCHIVE_OK || fail(error, inner, prefix);
}

/* "usr/lib/x" of "./usr/lib/x/"; NULL: no name of a package's file. Free with g_free. */
static char *clean_path(const char *name)
{
  if (!name || strlen(name) >= CR_LIMIT_PATH_BYTES)
    return NULL;
  g_auto(GStrv) parts = g_strsplit(name, "/", -1);
  GString *path = g_string_new(NULL);
  for (guint i = 0; parts[i]; i++) {
    if (!*parts[i] || !strcmp(parts[i], "."))
      continue;
    if (!strcmp(parts[i], "..")) {
      g_string_free(path, TRUE);
      return NULL;
    }
    g_string_append_printf(path, "%s%s", path->len ? "/" : "", parts[i]);
  }
  return g_string_free(path, FALSE);
}

typedef gboolean (*Visit)(struct archive *reader, struct archive_entry *entry, const char *path, gpointer data,
                          GError **error);

static gboolean foreach_entry(int fd, const char *prefix, Visit visit, gpointer data, GError **error)
{
  g_autoptr(Reader) outer = archive_read_new();
  g_autoptr(Reader) inner = archive_read_new();
  if (!open_member(fd, outer, inner, prefix, error))
    return FALSE;
  struct archive_entry *entry = NULL;
  int result = ARCHIVE_OK;
  for (guint count = 0; (result = archive_read_next_header(inner, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN;) {
    g_autofree char *path = clean_path(archive_entry_pathname(entry));
    if (!path || ++count > CR_LIMIT_CHANGELOG_DEB_ENTRIES) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
                  "cannot read %s of the package: entry %u has no name that can be used", prefix, count);
      return FALSE;
    }
    if (!visit(inner, entry, path, data, error))
      return FALSE;
  }
  return result == ARCHIVE_EOF || fail(error, inner, prefix);
}

/* ---- control data ---- */

typedef struct {
  CrArena *arena;
  CrStatusDeb *out;
} Control;

static gboolean take_control(struct archive *reader, struct archive_entry *entry, const char *path, gpointer data,
                             GError **error)
{
  Control *control = data;
  CrStatusDeb *out = control->out;
  const struct {
    const char *name;
    const char **text;
  } rows[] = {{"control", &out->control},   {"md5sums", &out->md5sums}, {"conffiles", &out->conffiles},
              {"triggers", &out->triggers}, {"preinst", &out->preinst}, {"postinst", &out->postinst}};
  out->config |= !strcmp(path, "config");
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (strcmp(rows[i].name, path) != 0 || archive_entry_filetype(entry) != AE_IFREG)
      continue;
    la_int64_t size = archive_entry_size(entry);
    if (size < 0 || (guint64)size > CONTROL_BYTES) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read %s of the package: it is too large", path);
      return FALSE;
    }
    char *text = cr_arena_alloc(control->arena, (gsize)size + 1);
    if (archive_read_data(reader, text, (size_t)size) != size)
      return fail(error, reader, path);
    text[size] = '\0';
    *rows[i].text = text;
  }
  return TRUE;
}

gboolean cr_status_deb_read(int fd, CrArena *arena, CrStatusDeb *out, GError **error)
{
  *out = (CrStatusDeb){0};
  Control control = {arena, out};
  if (!foreach_entry(fd, "control.tar", take_control, &control, error))
    return FALSE;
  if (out->control)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read the package: it has no control file");
  return FALSE;
}

gboolean cr_status_deb_foreach(int fd, Visit visit, gpointer data, GError **error)
{
  return foreach_entry(fd, "data.tar", visit, data, error);
}

const char *cr_status_deb_find_field(const char *control, const char *name, CrArena *arena)
{
  gsize length = strlen(name);
  for (const char *at = control; *at;) {
    gsize size = strcspn(at, "\n");
    if (size > length && at[length] == ':' && !g_ascii_strncasecmp(at, name, length)) {
      GString *value = g_string_new_len(at + length + 1, (gssize)(size - length - 1));
      for (at += size; *at == '\n' && (at[1] == ' ' || at[1] == '\t'); at += 1 + strcspn(at + 1, "\n"))
        g_string_append_len(value, at + 1, (gssize)strcspn(at + 1, "\n"));
      const char *text = cr_arena_strdup(arena, g_strstrip(value->str));
      g_string_free(value, TRUE);
      return text;
    }
    at += size + (at[size] == '\n');
  }
  return NULL;
}

/* ---- what must be done besides ---- */

static gboolean is_harmless(const char *script)
{
  static const char *const lines[] = {
      "set -e", "if [ \"$1\" = \"configure\" ]; then", "if [ \"$1\" = configure ]; then", "ldconfig", "fi", ":",
      "exit 0"};
  g_auto(GStrv) all = g_strsplit(script, "\n", -1);
  for (guint i = 0; all[i]; i++) {
    const char *line = g_strstrip(all[i]);
    gboolean known = !*line || *line == '#';
    for (guint k = 0; k < G_N_ELEMENTS(lines) && !known; k++)
      known = !strcmp(line, lines[k]);
    if (!known)
      return FALSE;
  }
  return g_str_has_prefix(script, "#!/bin/sh");
}

/* "activate-noawait ldconfig" (deb-triggers(5)). */
static const char *find_trigger(const char *triggers, CrArena *arena)
{
  g_auto(GStrv) lines = g_strsplit(triggers, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *line = g_strstrip(lines[i]);
    const char *blank = strpbrk(line, " \t");
    if (*line && *line != '#' && !(blank && g_str_has_prefix(line, "activate") && !strcmp(blank + 1, "ldconfig")))
      return cr_arena_strdup(arena, line);
  }
  return NULL;
}

const char *cr_status_deb_find_objection(const CrStatusDeb *deb, CrArena *arena)
{
  if (deb->preinst && !is_harmless(deb->preinst))
    return "its preinst does more than ldconfig";
  if (deb->postinst && !is_harmless(deb->postinst))
    return "its postinst does more than ldconfig";
  if (deb->config)
    return "it is configured by questions";
  const char *trigger = deb->triggers ? find_trigger(deb->triggers, arena) : NULL;
  if (trigger)
    return cr_arena_printf(arena, "it has a trigger that nothing in the image would run: %s", trigger);
  if (deb->conffiles && *deb->conffiles)
    return "it has configuration files, and the image does not tell whether they were changed";
  return deb->md5sums ? NULL : "it does not list its files";
}
