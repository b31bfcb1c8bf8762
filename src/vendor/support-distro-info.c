/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

#include "base/error.h"

#include <stddef.h>
#include <string.h>

struct CrDistroInfo {
  CrArena *arena;
  GPtrArray *releases; /* CrDistroRelease* */
};

typedef struct {
  const char *name;
  gsize offset;
  gboolean is_date;
  gboolean needed;
} Column;

static const Column columns[] = {
    {"version", offsetof(CrDistroRelease, version), FALSE, TRUE},
    {"series", offsetof(CrDistroRelease, series), FALSE, TRUE},
    {"created", offsetof(CrDistroRelease, created), TRUE, FALSE},
    {"release", offsetof(CrDistroRelease, release), TRUE, TRUE},
    {"eol", offsetof(CrDistroRelease, eol), TRUE, TRUE},
    {"eol-lts", offsetof(CrDistroRelease, eol_lts), TRUE, FALSE},
    {"eol-elts", offsetof(CrDistroRelease, eol_elts), TRUE, FALSE},
    {"eol-server", offsetof(CrDistroRelease, eol_server), TRUE, FALSE},
    {"eol-esm", offsetof(CrDistroRelease, eol_esm), TRUE, FALSE},
    {"eol-legacy", offsetof(CrDistroRelease, eol_legacy), TRUE, FALSE},
};

/* Far more than any table has; what is to the right of it is no column of ours. */
#define MAX_COLUMNS 32

gboolean cr_support_parse_date(const char *text, gsize length, GDate *date)
{
  g_date_clear(date, 1);
  if (length != 10 || text[4] != '-' || text[7] != '-')
    return FALSE;
  guint parts[3] = {0};
  const gsize starts[] = {0, 5, 8, 11};
  for (guint i = 0; i < 3; i++)
    for (gsize at = starts[i]; at < starts[i + 1] - 1; at++) {
      if (!g_ascii_isdigit(text[at]))
        return FALSE;
      parts[i] = parts[i] * 10 + (guint)(text[at] - '0');
    }
  if (!g_date_valid_dmy((GDateDay)parts[2], (GDateMonth)parts[1], (GDateYear)parts[0]))
    return FALSE;
  g_date_set_dmy(date, (GDateDay)parts[2], (GDateMonth)parts[1], (GDateYear)parts[0]);
  return TRUE;
}

/* The next field of [*AT, END), without the comma; its length in *LENGTH. */
static const char *take_field(const char **at, const char *end, gsize *length)
{
  const char *start = *at;
  const char *comma = memchr(start, ',', (gsize)(end - start));
  *length = (gsize)((comma ? comma : end) - start);
  *at = comma ? comma + 1 : end;
  return start;
}

/* Which column stands where; FALSE if a needed one is missing. */
static gboolean read_header(const char *at, const char *end, const Column *places[MAX_COLUMNS])
{
  guint found = 0, needed = 0;
  for (guint i = 0; i < MAX_COLUMNS && at < end; i++) {
    gsize length = 0;
    const char *field = take_field(&at, end, &length);
    for (guint c = 0; c < G_N_ELEMENTS(columns); c++)
      if (strlen(columns[c].name) == length && !memcmp(columns[c].name, field, length)) {
        places[i] = &columns[c];
        found += columns[c].needed;
      }
  }
  for (guint c = 0; c < G_N_ELEMENTS(columns); c++)
    needed += columns[c].needed;
  return found == needed;
}

static void read_row(CrDistroInfo *info, const char *at, const char *end, const Column *const places[MAX_COLUMNS])
{
  CrDistroRelease *release = cr_arena_new0(info->arena, CrDistroRelease);
  release->version = release->series = "";
  for (guint i = 0; i < MAX_COLUMNS && at < end; i++) {
    gsize length = 0;
    const char *field = take_field(&at, end, &length);
    if (!places[i])
      continue;
    void *place = (char *)release + places[i]->offset;
    if (places[i]->is_date)
      cr_support_parse_date(field, length, place);
    else
      *(const char **)place = cr_arena_strndup(info->arena, field, length);
  }
  if (*release->series)
    g_ptr_array_add(info->releases, release);
}

CrDistroInfo *cr_distro_info_parse(const char *text, gsize size, GError **error)
{
  g_autoptr(CrDistroInfo) info = g_new0(CrDistroInfo, 1);
  info->arena = cr_arena_new();
  info->releases = g_ptr_array_new();
  const Column *places[MAX_COLUMNS] = {NULL};
  gboolean first = TRUE;
  const char *end = text + size;
  for (const char *line = text; line < end;) {
    const char *newline = memchr(line, '\n', (gsize)(end - line));
    const char *stop = newline ? newline : end;
    const char *next = newline ? newline + 1 : end;
    if (stop > line && stop[-1] == '\r')
      stop--;
    if (first && !read_header(line, stop, places))
      break;
    if (!first && stop > line)
      read_row(info, line, stop, places);
    first = FALSE;
    line = next;
  }
  if (first) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT,
                        "not a table of distro-info-data: its first line does not name version, series, release, eol");
    return NULL;
  }
  return g_steal_pointer(&info);
}

void cr_distro_info_free(CrDistroInfo *info)
{
  if (!info)
    return;
  g_clear_pointer(&info->releases, g_ptr_array_unref);
  g_clear_pointer(&info->arena, cr_arena_free);
  g_free(info);
}

/* "20.04 LTS" is 20.04, "12.5" is 12, but "1.1" is not "1": a row's version must end where VERSION_ID does or at a dot.
 */
static gboolean version_fits(const char *row, const char *version)
{
  gsize length = strcspn(row, " ");
  if (!length || strncmp(row, version, length) != 0)
    return FALSE;
  return version[length] == 0 || (version[length] == '.' && !memchr(row, '.', length));
}

const CrDistroRelease *cr_distro_info_find(const CrDistroInfo *info, const char *version, const char *series)
{
  for (guint i = 0; series && *series && i < info->releases->len; i++) {
    const CrDistroRelease *release = info->releases->pdata[i];
    if (!g_ascii_strcasecmp(release->series, series))
      return release;
  }
  for (guint i = 0; version && *version && i < info->releases->len; i++) {
    const CrDistroRelease *release = info->releases->pdata[i];
    if (version_fits(release->version, version))
      return release;
  }
  return NULL;
}
