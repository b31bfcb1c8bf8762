/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support.h"

#include <string.h>

/* No source package of Debian comes near (Policy sets no limit; the longest is below 70); longer ones fit nothing. */
#define MAX_NAME_BYTES 256U

typedef struct {
  CrLimitsFormat format;
  CrPackageSupport status; /* FULL: the single list's `supported` */
  char *name;              /* a plain name, compared as text; or NULL */
  GRegex *expression;
  char *version; /* last one with support, or NULL */
  GDate date;    /* of the end; invalid for limited ones */
  char *details; /* or NULL */
} Line;

struct CrSupportLimits {
  GPtrArray *lines;
  guint bad;
};

static void line_free(Line *line)
{
  g_free(line->name);
  g_clear_pointer(&line->expression, g_regex_unref);
  g_free(line->version);
  g_free(line->details);
  g_free(line);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Line, line_free)

CrSupportLimits *cr_support_limits_new(void)
{
  CrSupportLimits *limits = g_new0(CrSupportLimits, 1);
  limits->lines = g_ptr_array_new_with_free_func((GDestroyNotify)line_free);
  return limits;
}

void cr_support_limits_free(CrSupportLimits *limits)
{
  if (!limits)
    return;
  g_ptr_array_unref(limits->lines);
  g_free(limits);
}

guint cr_support_limits_get_count(const CrSupportLimits *limits)
{
  return limits->lines->len;
}

guint cr_support_limits_get_bad_lines(const CrSupportLimits *limits)
{
  return limits->bad;
}

/* The next word of *AT as a new string, or NULL at the end; *AT moves to the word behind it. */
static char *take_word(const char **at)
{
  const char *start = *at + strspn(*at, " \t");
  gsize length = strcspn(start, " \t");
  *at = start + length + strspn(start + length, " \t");
  return length ? g_strndup(start, length) : NULL;
}

/* Most patterns are plain names: letters, digits and '-' stand for themselves in a PCRE. The others are compiled as
 * `grep -P -x` would have them, on bytes, with a bound on backtracking: the subject is a name out of an image. */
static gboolean set_pattern(Line *line, const char *pattern)
{
  if (strspn(pattern, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(pattern)) {
    line->name = g_strdup(pattern);
    return TRUE;
  }
  g_autofree char *whole = g_strdup_printf("(*LIMIT_MATCH=20000)^(?:%s)$", pattern);
  line->expression = g_regex_new(whole, G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  return line->expression != NULL;
}

static gboolean set_end(Line *line, const char **at)
{
  line->status = CR_PACKAGE_SUPPORT_ENDED;
  line->version = take_word(at);
  g_autofree char *date = take_word(at);
  return date && cr_support_parse_date(date, strlen(date), &line->date);
}

static gboolean set_status(Line *line, const char **at)
{
  if (line->format == CR_LIMITS_ENDED)
    return set_end(line, at);
  line->status = CR_PACKAGE_SUPPORT_LIMITED;
  if (line->format == CR_LIMITS_LIMITED)
    return TRUE;
  g_autofree char *word = take_word(at);
  if (!g_strcmp0(word, "non-supported"))
    return set_end(line, at);
  if (!g_strcmp0(word, "supported"))
    line->status = CR_PACKAGE_SUPPORT_FULL;
  return line->status == CR_PACKAGE_SUPPORT_FULL || !g_strcmp0(word, "limited");
}

static Line *parse_line(CrLimitsFormat format, const char *text)
{
  g_autoptr(Line) line = g_new0(Line, 1);
  g_date_clear(&line->date, 1);
  line->format = format;
  g_autofree char *pattern = take_word(&text);
  if (!pattern || !set_pattern(line, pattern) || !set_status(line, &text))
    return NULL;
  line->details = *text ? g_strchomp(g_utf8_make_valid(text, -1)) : NULL;
  return g_steal_pointer(&line);
}

void cr_support_limits_add(CrSupportLimits *limits, CrLimitsFormat format, const char *text, gsize size)
{
  const char *end = text + size;
  for (const char *at = text; at < end;) {
    const char *newline = memchr(at, '\n', (gsize)(end - at));
    const char *stop = newline ? newline : end;
    /* a NUL cuts the line there: the rest of it is nobody's word */
    g_autofree char *one = g_strndup(at, (gsize)(stop - at));
    at = newline ? newline + 1 : end;
    g_strstrip(one);
    if (!*one || *one == '#')
      continue;
    Line *line = parse_line(format, one);
    if (line)
      g_ptr_array_add(limits->lines, line);
    else
      limits->bad++;
  }
}

static gboolean fits(const Line *line, const char *source)
{
  if (line->name)
    return !strcmp(line->name, source);
  return g_regex_match(line->expression, source, 0, NULL);
}

/* "ended on 2026-06-12 at version 1.76-2: Upstream project no longer exists": the words and the order of
 * check-support-status. */
static const char *format_note(const Line *line, const GDate *day, CrArena *arena)
{
  if (line->status != CR_PACKAGE_SUPPORT_ENDED)
    return cr_arena_strdup(arena, line->details);
  const char *date = cr_support_format_date(&line->date, arena);
  const char *colon = line->details ? ": " : "", *details = line->details ? line->details : "";
  if (g_date_compare(&line->date, day) > 0)
    return cr_arena_printf(arena, "will end on %s%s%s", date, colon, details);
  if (!line->version || !strcmp(line->version, "0")) /* no version of this release ever had support */
    return cr_arena_printf(arena, "ended on %s%s%s", date, colon, details);
  return cr_arena_printf(arena, "ended on %s at version %s%s%s", date, line->version, colon, details);
}

CrPackageSupport cr_support_limits_match(const CrSupportLimits *limits, const char *source, const GDate *day,
                                         CrArena *arena, const char **note)
{
  const Line *first[CR_LIMITS_SINGLE + 1] = {NULL};
  *note = NULL;
  if (strlen(source) > MAX_NAME_BYTES)
    return CR_PACKAGE_SUPPORT_FULL;
  for (guint i = 0; i < limits->lines->len; i++) {
    const Line *line = limits->lines->pdata[i];
    gboolean overrides = line->status == CR_PACKAGE_SUPPORT_FULL;
    if ((first[line->format] && !overrides) || !fits(line, source))
      continue;
    if (overrides) {
      *note = cr_arena_strdup(arena, line->details);
      return CR_PACKAGE_SUPPORT_FULL;
    }
    first[line->format] = line;
  }
  const Line *end = first[CR_LIMITS_ENDED] ? first[CR_LIMITS_ENDED] : first[CR_LIMITS_SINGLE];
  if (end && end->status == CR_PACKAGE_SUPPORT_ENDED && g_date_compare(&end->date, day) <= 0) {
    *note = format_note(end, day, arena);
    return CR_PACKAGE_SUPPORT_ENDED;
  }
  const Line *limited = first[CR_LIMITS_LIMITED];
  if (!limited && end && end->status == CR_PACKAGE_SUPPORT_LIMITED)
    limited = end;
  if (limited) {
    *note = format_note(limited, day, arena);
    return CR_PACKAGE_SUPPORT_LIMITED;
  }
  if (end)
    *note = format_note(end, day, arena);
  return CR_PACKAGE_SUPPORT_FULL;
}
