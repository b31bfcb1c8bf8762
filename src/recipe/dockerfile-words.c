/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/dockerfile-lines.h"

#include <string.h>

/* ---- words ---- */

char **cr_docker_split_words(const char *text, char escape)
{
  GPtrArray *words = g_ptr_array_new();
  g_autoptr(GString) word = g_string_new(NULL);
  gboolean inside = FALSE;
  char quote = 0;
  guint braces = 0;
  for (const char *at = text; *at; at++) {
    gboolean blank = *at == ' ' || *at == '\t' || *at == '\n';
    if (blank && !quote && !braces) {
      if (inside)
        g_ptr_array_add(words, g_strdup(word->str));
      g_string_truncate(word, 0);
      inside = FALSE;
      continue;
    }
    inside = TRUE;
    if (*at == escape && at[1] && quote != '\'' && !braces) {
      at++;
      if (*at == '$') /* stays escaped for who expands it */
        g_string_append_c(word, escape);
      g_string_append_c(word, *at);
    } else if ((*at == '"' || *at == '\'') && !braces && (!quote || quote == *at)) {
      quote = quote ? 0 : *at;
    } else {
      if (*at == '$' && quote == '\'') /* single quotes expand nothing */
        g_string_append_c(word, escape);
      braces += *at == '{' && at > text && at[-1] == '$';
      braces -= *at == '}' && braces;
      g_string_append_c(word, *at);
    }
  }
  if (inside)
    g_ptr_array_add(words, g_strdup(word->str));
  g_ptr_array_add(words, NULL);
  return (char **)g_ptr_array_free(words, FALSE);
}

/* ---- expansion ---- */

#define DEPTH 20U

typedef struct {
  const char *at;
  char escape;
  CrDockerFind find;
  gpointer data;
  const char **unknown;
  const char **required;
  guint depth;
} Expanding;

static void expand_until(Expanding *it, char stop, GString *out);

static gboolean is_name(char c)
{
  return g_ascii_isalnum(c) || c == '_';
}

static char *read_name(Expanding *it)
{
  gsize length = 0;
  while (is_name(it->at[length]))
    length++;
  char *name = g_strndup(it->at, length);
  it->at += length;
  return name;
}

static void miss(Expanding *it, const char *name)
{
  if (it->unknown && !*it->unknown)
    *it->unknown = g_intern_string(name);
}

/* Prefix (or, with BACK, suffix) of TEXT that PATTERN fits, the shortest or the longest, taken away. */
static char *trim(const char *text, const char *pattern, gboolean back, gboolean longest)
{
  gsize length = strlen(text);
  for (gsize n = 0; n <= length; n++) {
    gsize take = longest ? length - n : n;
    g_autofree char *part = back ? g_strdup(text + length - take) : g_strndup(text, take);
    if (g_pattern_match_simple(pattern, part))
      return back ? g_strndup(text, length - take) : g_strdup(text + take);
  }
  return g_strdup(text);
}

/* "/PATTERN/WORD}" or "//…": literal patterns as BuildKit's, with globs where they are. */
static char *replace(const char *text, const char *pattern, const char *word, gboolean all)
{
  g_autoptr(GString) out = g_string_new(NULL);
  const char *at = text;
  gboolean done = !*pattern;
  while (*at) {
    gsize length = done ? 0 : strlen(at);
    while (length) {
      g_autofree char *part = g_strndup(at, length);
      if (g_pattern_match_simple(pattern, part))
        break;
      length--;
    }
    if (!length) {
      g_string_append_c(out, *at++);
      continue;
    }
    g_string_append(out, word);
    at += length;
    done = !all;
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *expand_word(Expanding *it, char stop)
{
  GString *word = g_string_new(NULL);
  expand_until(it, stop, word);
  return g_string_free(word, FALSE);
}

/* Behind "${NAME", up to and with "}". */
static void expand_modifier(Expanding *it, const char *name, const char *value, GString *out)
{
  char first = *it->at++;
  gboolean colon = first == ':', twice = FALSE;
  char operation = colon ? *it->at : first;
  it->at += colon && operation; /* "${A:" ends here */
  if (operation == '#' || operation == '%' || operation == '/') {
    twice = *it->at == operation;
    it->at += twice;
  }
  gboolean set = value && (*value || !colon);
  g_autofree char *word = expand_word(it, operation == '/' ? '/' : '}');
  g_autofree char *result = NULL;
  switch (operation) {
  case '-':
    g_string_append(out, set ? value : word);
    return;
  case '+':
    g_string_append(out, set ? word : "");
    return;
  case '?':
    if (!set) {
      miss(it, name);
      if (it->required && !*it->required)
        *it->required = g_intern_string(name);
    }
    g_string_append(out, set ? value : "");
    return;
  case '#':
  case '%':
    result = trim(value ? value : "", word, operation == '%', twice);
    break;
  case '/': {
    g_autofree char *with = expand_word(it, '}');
    result = replace(value ? value : "", word, with, twice);
    break;
  }
  default:
    result = g_strdup(value ? value : "");
  }
  if (!value)
    miss(it, name);
  g_string_append(out, result);
}

static void expand_braces(Expanding *it, GString *out)
{
  g_autofree char *name = read_name(it);
  gboolean known = FALSE;
  const char *value = it->find(name, &known, it->data);
  if (*it->at == '}') {
    it->at++;
    if (!value)
      miss(it, name);
    g_string_append(out, value ? value : "");
  } else if (*it->at) {
    expand_modifier(it, name, value, out);
  }
}

static void expand_until(Expanding *it, char stop, GString *out)
{
  if (++it->depth > DEPTH) {
    it->at += strlen(it->at);
    return;
  }
  while (*it->at && *it->at != stop) {
    if (*it->at == it->escape && it->at[1]) {
      g_string_append_c(out, it->at[1]);
      it->at += 2;
    } else if (*it->at == '$' && it->at[1] == '{') {
      it->at += 2;
      expand_braces(it, out);
    } else if (*it->at == '$' && is_name(it->at[1])) {
      it->at++;
      g_autofree char *name = read_name(it);
      gboolean known = FALSE;
      const char *value = it->find(name, &known, it->data);
      if (!value)
        miss(it, name);
      g_string_append(out, value ? value : "");
    } else {
      g_string_append_c(out, *it->at++);
    }
  }
  it->at += *it->at && stop;
  it->depth--;
}

char *cr_docker_expand(const char *text, char escape, CrDockerFind find, gpointer data, const char **unknown,
                       const char **required)
{
  Expanding it = {.at = text, .escape = escape, .find = find, .data = data, .unknown = unknown, .required = required};
  return expand_word(&it, 0);
}

/* ---- package managers ---- */

static gboolean is_end(char c)
{
  return !c || strchr(" \t\n;&|()\"'`", c);
}

/* WORD at AT as a whole word of a command. */
static const char *find_word(const char *text, const char *word)
{
  gsize length = strlen(word);
  for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
    if ((at == text || is_end(at[-1]) || at[-1] == '/' || at[-1] == ',' || at[-1] == '[') && is_end(at[length]))
      return at;
  return NULL;
}

gboolean cr_docker_installs(const char *command)
{
  static const struct {
    const char *program, *verbs[8];
  } rows[] = {
      {"apt-get", {"install", "upgrade", "dist-upgrade", "full-upgrade", NULL}},
      {"apt", {"install", "upgrade", "full-upgrade", NULL}},
      {"aptitude", {"install", "upgrade", "safe-upgrade", "full-upgrade", NULL}},
      {"apk", {"add", "upgrade", NULL}},
      {"dnf", {"install", "update", "upgrade", "groupinstall", NULL}},
      {"dnf5", {"install", "update", "upgrade", NULL}},
      {"microdnf", {"install", "update", "upgrade", NULL}},
      {"tdnf", {"install", "update", "upgrade", NULL}},
      {"yum", {"install", "update", "upgrade", "groupinstall", NULL}},
      {"zypper", {"install", "in", "update", "up", "patch", "dist-upgrade", "dup", NULL}},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *program = find_word(command, rows[i].program);
    for (guint k = 0; program && rows[i].verbs[k]; k++)
      if (find_word(program, rows[i].verbs[k]))
        return TRUE;
  }
  return FALSE;
}
