/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "model/version.h"
#include "vendor/changelog.h"
#include <string.h>

void cr_changelog_entry_free(CrChangelogEntry *entry)
{
  g_free(entry->version);
  g_free(entry->date);
  g_strfreev(entry->flaws);
  g_free(entry);
}

/* ---- flaws ---- */

/* A CVE id at TEXT ("CVE-2024-12345", any case, and the "CAN-" of before 2005): its length, or 0. */
static gsize match_flaw(const char *text)
{
  if (g_ascii_strncasecmp(text, "CVE-", 4) != 0 && g_ascii_strncasecmp(text, "CAN-", 4) != 0)
    return 0;
  gsize year = 4;
  while (g_ascii_isdigit(text[year]))
    year++;
  if (year != 8 || text[year] != '-')
    return 0;
  gsize end = year + 1;
  while (g_ascii_isdigit(text[end]))
    end++;
  return end >= year + 5 && end <= year + 12 ? end : 0;
}

static void find_flaws(const char *line, GHashTable *flaws)
{
  for (const char *p = line; (p = strpbrk(p, "Cc")); p++) {
    gsize bytes = match_flaw(p);
    if (!bytes || (p > line && g_ascii_isalnum(p[-1])) || g_hash_table_size(flaws) >= CR_LIMIT_CHANGELOG_ENTRIES)
      continue;
    g_hash_table_add(flaws, g_strdup_printf("CVE-%.*s", (int)(bytes - 4), p + 4));
  }
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char **take_flaws(GHashTable *flaws)
{
  GPtrArray *sorted = g_ptr_array_new();
  GHashTableIter iter;
  gpointer flaw = NULL;
  g_hash_table_iter_init(&iter, flaws);
  while (g_hash_table_iter_next(&iter, &flaw, NULL))
    g_ptr_array_add(sorted, g_strdup(flaw));
  g_hash_table_remove_all(flaws);
  g_ptr_array_sort(sorted, compare_texts);
  g_ptr_array_add(sorted, NULL);
  return (char **)g_ptr_array_free(sorted, FALSE);
}

/* ---- lines ---- */

/* "source (version) distribution; urgency=…": the version, or NULL. */
static char *parse_heading(const char *line)
{
  if (!g_ascii_isalnum(*line))
    return NULL;
  const char *open = strstr(line, " (");
  const char *close = open ? strchr(open, ')') : NULL;
  const char *semicolon = close ? strchr(close, ';') : NULL;
  if (!semicolon || close - open <= 2 || close - open > 256 || strcspn(line, " ") != (gsize)(open - line))
    return NULL;
  return g_strndup(open + 2, (gsize)(close - open) - 2);
}

/* " -- Name <mail>  Mon, 02 Jan 2023 10:00:00 +0000": the day, or NULL. */
static char *parse_trailer(const char *line)
{
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (!g_str_has_prefix(line, " -- "))
    return NULL;
  const char *date = strrchr(line, ',');
  if (!date)
    return NULL;
  g_auto(GStrv) words = g_strsplit_set(date + 1, " \t", 12);
  const char *parts[3] = {0};
  guint count = 0;
  for (guint i = 0; words[i] && count < 3; i++)
    if (*words[i])
      parts[count++] = words[i];
  if (count < 3)
    return NULL;
  guint64 day = g_ascii_strtoull(parts[0], NULL, 10);
  guint64 year = g_ascii_strtoull(parts[2], NULL, 10);
  for (guint i = 0; i < G_N_ELEMENTS(months); i++)
    if (g_ascii_strncasecmp(parts[1], months[i], 3) == 0 && day >= 1 && day <= 31 && year >= 1990 && year <= 9999)
      return g_strdup_printf("%04u-%02u-%02u", (guint)year, i + 1, (guint)day);
  return NULL;
}

GPtrArray *cr_changelog_parse(const char *text, gsize size)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)cr_changelog_entry_free);
  g_autoptr(GHashTable) flaws = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GString) line = g_string_new(NULL);
  CrChangelogEntry *entry = NULL;
  const char *end = text + size;
  for (const char *at = text; at < end;) {
    const char *newline = memchr(at, '\n', (gsize)(end - at));
    const char *stop = newline ? newline : end;
    g_string_truncate(line, 0);
    g_string_append_len(line, at, (gssize)(stop - at));
    at = stop < end ? stop + 1 : end;
    char *version = parse_heading(line->str);
    if (version) {
      if (entry)
        entry->flaws = take_flaws(flaws);
      entry = NULL;
      if (entries->len >= CR_LIMIT_CHANGELOG_ENTRIES) {
        g_free(version);
        break;
      }
      entry = g_new0(CrChangelogEntry, 1);
      entry->version = version;
      g_ptr_array_add(entries, entry);
    } else if (entry) {
      find_flaws(line->str, flaws);
      char *date = entry->date ? NULL : parse_trailer(line->str);
      if (date)
        entry->date = date;
    }
  }
  if (entry)
    entry->flaws = take_flaws(flaws);
  return entries;
}

/* ---- kept entries ---- */

char *cr_changelog_format(const GPtrArray *entries)
{
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < entries->len; i++) {
    const CrChangelogEntry *entry = entries->pdata[i];
    g_autofree char *flaws = g_strjoinv(" ", entry->flaws);
    g_string_append_printf(out, "%s\t%s\t%s\n", entry->version, entry->date ? entry->date : "", flaws);
  }
  return g_string_free(out, FALSE);
}

GPtrArray *cr_changelog_parse_kept(const char *text, gsize size)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)cr_changelog_entry_free);
  g_autofree char *copy = g_strndup(text, size);
  for (char *line = copy; *line;) {
    char *end = line + strcspn(line, "\n"), *next = end + (*end != 0);
    *end = 0;
    char *date = strchr(line, '\t'), *flaws = date ? strchr(date + 1, '\t') : NULL;
    if (flaws && date > line) {
      CrChangelogEntry *entry = g_new0(CrChangelogEntry, 1);
      entry->version = g_strndup(line, (gsize)(date - line));
      entry->date = flaws > date + 1 ? g_strndup(date + 1, (gsize)(flaws - date - 1)) : NULL;
      entry->flaws = flaws[1] ? g_strsplit(flaws + 1, " ", -1) : g_new0(char *, 1);
      g_ptr_array_add(entries, entry);
    }
    line = next;
  }
  return entries;
}

const char **cr_changelog_find_fixes(const GPtrArray *entries, const char *old, const char *new, const char **since)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  GPtrArray *fixes = g_ptr_array_new();
  const char *oldest = NULL;
  *since = NULL;
  for (guint i = 0; i < entries->len; i++) {
    const CrChangelogEntry *entry = entries->pdata[i];
    if (!*entry->flaws || cr_version_compare_deb(entry->version, old) <= 0 ||
        cr_version_compare_deb(entry->version, new) > 0)
      continue;
    for (guint k = 0; entry->flaws[k]; k++)
      if (g_hash_table_add(seen, entry->flaws[k]))
        g_ptr_array_add(fixes, entry->flaws[k]);
    if (!oldest || cr_version_compare_deb(entry->version, oldest) < 0) {
      oldest = entry->version;
      *since = entry->date;
    }
  }
  g_ptr_array_sort(fixes, compare_texts);
  g_ptr_array_add(fixes, NULL);
  return (const char **)g_ptr_array_free(fixes, FALSE);
}
