/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/release.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"

/* ---- dates ---- */

static gboolean parse_digits(const char **at, guint min, guint max, int *value)
{
  guint n = 0;
  *value = 0;
  for (; n < max && g_ascii_isdigit(**at); n++, (*at)++)
    *value = *value * 10 + (**at - '0');
  return n >= min;
}

static gboolean skip_char(const char **at, char c)
{
  if (**at != c)
    return FALSE;
  (*at)++;
  return TRUE;
}

/* One at least: Launchpad fills an hour of one digit up with another. */
static gboolean skip_spaces(const char **at)
{
  const char *start = *at;
  while (**at == ' ')
    ++*at;
  return *at > start;
}

gint64 cr_release_parse_date(const char *text)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const char *comma = strchr(text, ',');
  const char *at = comma ? comma + 1 : text;
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  while (*at == ' ')
    at++;
  if (!parse_digits(&at, 1, 2, &day) || !skip_spaces(&at) || strlen(at) < 4)
    return -1;
  char name[4] = {at[0], at[1], at[2], 0};
  const char *month = strstr(months, name);
  at += 3;
  if (!month || (month - months) % 3 || !skip_spaces(&at) || !parse_digits(&at, 4, 4, &year) || !skip_spaces(&at) ||
      !parse_digits(&at, 1, 2, &hour) || !skip_char(&at, ':') || !parse_digits(&at, 2, 2, &minute) ||
      !skip_char(&at, ':') || !parse_digits(&at, 2, 2, &second) || !skip_spaces(&at))
    return -1;
  static const char *const zones[] = {"UTC", "GMT", "Z", "+0000", "-0000", NULL};
  if (!g_strv_contains(zones, at))
    return -1;
  g_autoptr(GDateTime) time =
      g_date_time_new_utc(year, (int)((month - months) / 3) + 1, day, hour, minute, second == 60 ? 59 : second);
  return time ? g_date_time_to_unix(time) : -1;
}

const char *cr_release_format_date(gint64 seconds, CrArena *arena)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
  g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
  return cr_arena_strdup(arena, text);
}

/* ---- the file ---- */

typedef struct {
  CrRelease *release;
  CrArena *arena;
  const char *date, *valid_until;
  gboolean strong, weak; /* sections of hashes that were met */
} Parser;

static CrStrv split(CrArena *arena, const char *value)
{
  g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);
  guint count = 0;
  const char **vector = cr_arena_alloc(arena, (g_strv_length(words) + 1) * sizeof *vector);
  for (guint i = 0; words[i]; i++)
    if (*words[i])
      vector[count++] = cr_arena_strdup(arena, words[i]);
  return vector;
}

static gboolean is_yes(const char *value)
{
  return g_ascii_strcasecmp(value, "yes") == 0;
}

static void take_field(Parser *parser, const char *name, const char *value)
{
  CrRelease *release = parser->release;
  const struct {
    const char *name;
    const char **place;
  } texts[] = {
      {"Origin", &release->origin},          {"Label", &release->label},     {"Suite", &release->suite},
      {"Codename", &release->codename},      {"Version", &release->version}, {"Date", &parser->date},
      {"Valid-Until", &parser->valid_until},
  };
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    if (g_ascii_strcasecmp(texts[i].name, name) == 0 && *value)
      *texts[i].place = cr_arena_strdup(parser->arena, value);
  if (g_ascii_strcasecmp(name, "Architectures") == 0)
    release->architectures = split(parser->arena, value);
  else if (g_ascii_strcasecmp(name, "Components") == 0)
    release->components = split(parser->arena, value);
  else if (g_ascii_strcasecmp(name, "Acquire-By-Hash") == 0)
    release->by_hash = is_yes(value);
  else if (g_ascii_strcasecmp(name, "NotAutomatic") == 0)
    release->not_automatic = is_yes(value);
  else if (g_ascii_strcasecmp(name, "ButAutomaticUpgrades") == 0)
    release->but_automatic_upgrades = is_yes(value);
  else if (g_ascii_strcasecmp(name, "No-Support-for-Architecture-all") == 0)
    release->separate_all = strcmp(value, "Packages") != 0;
}

/* "…/Packages", plain or compressed; a path that leaves its folder is never asked for. */
static gboolean is_package_list(const char *path)
{
  const char *name = strrchr(path, '/');
  name = name ? name + 1 : path;
  if (!g_str_has_prefix(name, "Packages") || (name[8] && name[8] != '.'))
    return FALSE;
  if (path[0] == '/' || g_str_has_prefix(path, "../") || strstr(path, "/../"))
    return FALSE;
  for (const char *c = path; *c; c++)
    if (!g_ascii_isalnum(*c) && !strchr("/._+-~", *c))
      return FALSE;
  return TRUE;
}

/* The next word of *AT, which is cut out of the line; NULL: none. */
static char *cut_word(char **at)
{
  char *word = *at + strspn(*at, " \t");
  gsize length = strcspn(word, " \t");
  *at = word + length + (word[length] != '\0');
  word[length] = '\0';
  return length ? word : NULL;
}

/* " <sha256> <size> <path>" */
static gboolean take_hash(Parser *parser, char *line, GError **error)
{
  char *parts[3] = {NULL};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
    parts[i] = cut_word(&line);
  if (!parts[2] || !is_package_list(parts[2]))
    return TRUE;
  if (strlen(parts[0]) != 64 || strspn(parts[0], "0123456789abcdefABCDEF") != 64) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "'%s' has a SHA256 that is none", parts[2]);
    return FALSE;
  }
  const CrReleaseFile *old = cr_release_find_file(parser->release, parts[2]);
  if (old && g_ascii_strcasecmp(old->sha256, parts[0]) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "'%s' stands twice with two hashes", parts[2]);
    return FALSE;
  }
  CrReleaseFile *file = cr_arena_new0(parser->arena, CrReleaseFile);
  for (char *digit = parts[0]; *digit; digit++)
    *digit = g_ascii_tolower(*digit);
  file->path = cr_arena_strdup(parser->arena, parts[2]);
  file->sha256 = cr_arena_strdup(parser->arena, parts[0]);
  if (!cr_number_parse_unsigned(parts[1], 0, CR_LIMIT_LIST_BYTES, &file->size_bytes)) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "'%s' has size '%s'", parts[2], parts[1]);
    return FALSE;
  }
  g_hash_table_replace(parser->release->files, (gpointer)file->path, file);
  return TRUE;
}

static gboolean take_line(Parser *parser, char *line, gboolean *hashes, GError **error)
{
  if (line[0] == ' ' || line[0] == '\t')
    return !*hashes || take_hash(parser, line, error);
  *hashes = FALSE;
  if (!line[0])
    return TRUE;
  char *colon = strchr(line, ':');
  if (!colon) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, "it is no release file: a line has no field name");
    return FALSE;
  }
  *colon = '\0';
  *hashes = g_ascii_strcasecmp(line, "SHA256") == 0;
  parser->strong |= *hashes || g_ascii_strcasecmp(line, "SHA512") == 0;
  parser->weak |= g_ascii_strcasecmp(line, "MD5Sum") == 0 || g_ascii_strcasecmp(line, "SHA1") == 0;
  take_field(parser, line, g_strstrip(colon + 1));
  return TRUE;
}

static gboolean take_lines(Parser *parser, const char *text, gsize size, GError **error)
{
  gboolean hashes = FALSE;
  for (gsize at = 0; at < size;) {
    const char *stop = memchr(text + at, '\n', size - at);
    gsize end = stop ? (gsize)(stop - text) : size;
    /* most lines are hashes of files that are no package list, or of a kind that is not believed */
    if (text[at] != ' ' || (hashes && memmem(text + at, end - at, "Packages", 8))) {
      g_autofree char *line = g_strndup(text + at, end - at);
      g_strchomp(line);
      if (!take_line(parser, line, &hashes, error))
        return FALSE;
    }
    at = end + 1;
  }
  return TRUE;
}

static gboolean check(Parser *parser, GError **error)
{
  CrRelease *release = parser->release;
  release->date = parser->date ? cr_release_parse_date(parser->date) : -1;
  release->valid_until = parser->valid_until ? cr_release_parse_date(parser->valid_until) : -1;
  const char *why = NULL;
  if (release->date < 0)
    why = "it has no date that can be understood";
  else if (parser->valid_until && release->valid_until < 0)
    why = "its Valid-Until cannot be understood";
  else if (parser->weak && !parser->strong)
    why = "it has only hashes that prove nothing (MD5, SHA1)";
  if (why)
    g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, why);
  return !why;
}

CrRelease *cr_release_parse(const char *text, gsize size, CrArena *arena, GError **error)
{
  if (size > CR_LIMIT_RELEASE_BYTES || memchr(text, '\0', size)) {
    g_set_error_literal(error, CR_ERROR, CR_ERROR_INPUT, "it is no release file");
    return NULL;
  }
  CrRelease *release = g_new0(CrRelease, 1);
  release->files = g_hash_table_new(g_str_hash, g_str_equal);
  release->architectures = release->components = cr_strv_empty;
  release->separate_all = TRUE;
  Parser parser = {.release = release, .arena = arena};
  if (take_lines(&parser, text, size, error) && check(&parser, error))
    return release;
  cr_release_free(release);
  return NULL;
}

void cr_release_free(CrRelease *release)
{
  if (!release)
    return;
  g_hash_table_unref(release->files);
  g_free(release);
}

const CrReleaseFile *cr_release_find_file(const CrRelease *release, const char *path)
{
  return g_hash_table_lookup(release->files, path);
}
