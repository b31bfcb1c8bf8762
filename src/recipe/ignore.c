/* SPDX-License-Identifier: Apache-2.0 */
/* .dockerignore, by the rules of moby/patternmatcher: not those of git, and not those of fnmatch(3). */
#include "base/limits.h"
#include "recipe/context.h"

#include <string.h>

typedef enum { EXACT, PREFIX, SUFFIX, REGEX } MatchKind;
typedef struct {
  MatchKind kind;
  gboolean exception; /* "!" */
  char *text;         /* cleaned */
  GRegex *regex;
} Pattern;

struct CrIgnore {
  GPtrArray *patterns;
  gboolean exceptions;
};

static void pattern_free(gpointer data)
{
  Pattern *pattern = data;
  g_free(pattern->text);
  g_clear_pointer(&pattern->regex, g_regex_unref);
  g_free(pattern);
}

/* Go's filepath.Clean: without ".", "..", doubled and trailing slashes; a leading slash goes, too. */
static char *clean(const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, "/", -1);
  g_autoptr(GPtrArray) kept = g_ptr_array_new();
  for (guint i = 0; parts[i]; i++) {
    const char *last = kept->len ? kept->pdata[kept->len - 1] : NULL;
    if (!*parts[i] || !strcmp(parts[i], "."))
      continue;
    if (strcmp(parts[i], "..") != 0 || (*text != '/' && (!last || !strcmp(last, ".."))))
      g_ptr_array_add(kept, parts[i]);
    else if (last)
      g_ptr_array_set_size(kept, (int)kept->len - 1);
  }
  g_ptr_array_add(kept, NULL);
  char *path = g_strjoinv("/", (char **)kept->pdata);
  if (*path)
    return path;
  g_free(path);
  return g_strdup(*text == '/' ? "/" : ".");
}

/* "**" at AT of TEXT: how far it goes, and what it means there. */
static const char *add_stars(const char *text, const char *at, GString *regex, MatchKind *kind)
{
  at += 2;
  if (*at == '/')
    at++;
  if (*at) {
    g_string_append(regex, "(.*/)?");
    *kind = REGEX;
  } else if (*kind == EXACT) {
    *kind = PREFIX;
  } else {
    g_string_append(regex, ".*");
    *kind = REGEX;
  }
  if (g_str_has_prefix(text, "**") && at <= text + 3)
    *kind = SUFFIX;
  return at;
}

static char *format_regex(const char *text, MatchKind *kind)
{
  GString *regex = g_string_new("^");
  for (const char *at = text; *at;) {
    if (at[0] == '*' && at[1] == '*') {
      at = add_stars(text, at, regex, kind);
      continue;
    }
    if (*at == '*' || *at == '?')
      g_string_append(regex, *at == '*' ? "[^/]*" : "[^/]");
    else if (strchr(".+()|{}$", *at))
      g_string_append_printf(regex, "\\%c", *at);
    else
      g_string_append_c(regex, *at);
    if (strchr("*?[]\\", *at))
      *kind = REGEX;
    if (*at == '\\')
      g_string_append_c(regex, at[1] ? *++at : '\\');
    at++;
  }
  g_string_append_c(regex, '$');
  return g_string_free(regex, FALSE);
}

static gboolean add_pattern(CrIgnore *ignore, char *line, GError **error)
{
  gboolean exception = *line == '!';
  const char *rest = exception ? g_strstrip(line + 1) : line;
  if (!*rest) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "'!' alone takes nothing back in");
    return FALSE;
  }
  Pattern *pattern = g_new0(Pattern, 1);
  g_ptr_array_add(ignore->patterns, pattern);
  pattern->exception = exception;
  pattern->text = clean(rest);
  ignore->exceptions |= exception;
  g_autofree char *regex = format_regex(pattern->text, &pattern->kind);
  g_autoptr(GError) why = NULL;
  pattern->regex = g_regex_new(regex, G_REGEX_DOLLAR_ENDONLY | G_REGEX_DOTALL, 0, &why);
  if (!pattern->regex)
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "'%s' is not a pattern", rest);
  return pattern->regex != NULL;
}

CrIgnore *cr_ignore_parse(const char *text, gsize size, const char *file, GError **error)
{
  if (size > CR_LIMIT_RECIPE_BYTES || !g_utf8_validate_len(text, size, NULL)) {
    g_set_error(error, CR_ERROR, size > CR_LIMIT_RECIPE_BYTES ? CR_ERROR_LIMIT : CR_ERROR_USAGE,
                "cannot read '%s': it is %s", file, size > CR_LIMIT_RECIPE_BYTES ? "larger than 1 MiB" : "not UTF-8");
    return NULL;
  }
  g_autoptr(CrIgnore) ignore = g_new0(CrIgnore, 1);
  ignore->patterns = g_ptr_array_new_with_free_func(pattern_free);
  g_autofree char *copy = g_strndup(text, size);
  g_auto(GStrv) lines = g_strsplit(g_str_has_prefix(copy, "\xef\xbb\xbf") ? copy + 3 : copy, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (*lines[i] == '#' || !*g_strstrip(lines[i]))
      continue;
    if (!add_pattern(ignore, lines[i], error)) {
      g_prefix_error(error, "cannot read '%s' line %u: ", file, i + 1);
      return NULL;
    }
  }
  return g_steal_pointer(&ignore);
}

static gboolean pattern_matches(const Pattern *pattern, const char *path)
{
  gsize length = strlen(pattern->text);
  switch (pattern->kind) {
  case EXACT:
    return !strcmp(pattern->text, path);
  case PREFIX:
    return !strncmp(pattern->text, path, length - 2);
  case SUFFIX:
    return g_str_has_suffix(path, pattern->text + 2) || (pattern->text[2] == '/' && !strcmp(path, pattern->text + 3));
  case REGEX:
    return g_regex_match(pattern->regex, path, 0, NULL);
  }
  return FALSE;
}

/* The path, or a folder that it is in. */
static gboolean covers(const Pattern *pattern, const char *path)
{
  if (pattern_matches(pattern, path))
    return TRUE;
  g_autofree char *parent = g_strdup(path);
  for (char *slash = parent; (slash = strchr(slash, '/')); *slash++ = '/') {
    *slash = 0;
    if (pattern_matches(pattern, parent))
      return TRUE;
  }
  return FALSE;
}

gboolean cr_ignore_matches(const CrIgnore *ignore, const char *path)
{
  g_autofree char *valid = g_utf8_make_valid(path, -1);
  gboolean matched = FALSE;
  for (guint i = 0; i < ignore->patterns->len; i++) {
    const Pattern *pattern = ignore->patterns->pdata[i];
    if (pattern->exception == matched && covers(pattern, valid))
      matched = !pattern->exception;
  }
  return matched;
}

gboolean cr_ignore_has_exceptions(const CrIgnore *ignore)
{
  return ignore->exceptions;
}

void cr_ignore_free(CrIgnore *ignore)
{
  if (!ignore)
    return;
  g_ptr_array_unref(ignore->patterns);
  g_free(ignore);
}
