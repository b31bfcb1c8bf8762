/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/limits.h"
#include "base/number.h"
#include "vendor/apt.h"
#include <string.h>

/* ---- words: comments dropped, quotes joined, ';' '{' '}' on their own ---- */

typedef struct {
  const char *at, *end;
  GString *word; /* the last word read */
} Lexer;

static gboolean has(const Lexer *lexer, const char *text)
{
  gsize bytes = strlen(text);
  return (gsize)(lexer->end - lexer->at) >= bytes && memcmp(lexer->at, text, bytes) == 0;
}

static void skip_line(Lexer *lexer)
{
  const char *end = memchr(lexer->at, '\n', (gsize)(lexer->end - lexer->at));
  lexer->at = end ? end + 1 : lexer->end;
}

static void skip_blank(Lexer *lexer)
{
  while (lexer->at < lexer->end) {
    if (g_ascii_isspace(*lexer->at))
      lexer->at++;
    else if (has(lexer, "//") || (*lexer->at == '#' && !has(lexer, "#clear") && !has(lexer, "#include") &&
                                  !has(lexer, "#x-apt-configure-index")))
      skip_line(lexer);
    else if (has(lexer, "/*")) {
      const char *end = memmem(lexer->at + 2, (gsize)(lexer->end - lexer->at) - 2, "*/", 2);
      lexer->at = end ? end + 2 : lexer->end;
    } else
      return;
  }
}

/* A word into lexer->word; FALSE at ';', '{', '}' or the end. */
static gboolean read_word(Lexer *lexer)
{
  skip_blank(lexer);
  g_string_truncate(lexer->word, 0);
  gboolean any = FALSE, quoted = FALSE;
  for (; lexer->at < lexer->end; lexer->at++) {
    char c = *lexer->at;
    if (c == '"')
      quoted = !quoted;
    else if (!quoted && (g_ascii_isspace(c) || strchr(";{}", c) || has(lexer, "//")))
      break;
    else if (c)
      g_string_append_c(lexer->word, c);
    any = TRUE;
  }
  return any;
}

/* ---- items ---- */

static void set_item(GHashTable *settings, const char *scope, const char *tag, const char *value)
{
  g_autofree char *full = *scope ? g_strconcat(scope, "::", tag, NULL) : g_strdup(tag);
  char *name = g_ascii_strdown(full, -1);
  const char *old = g_str_has_suffix(name, "::") ? g_hash_table_lookup(settings, name) : NULL;
  g_hash_table_replace(settings, name, old ? g_strconcat(old, "\n", value, NULL) : g_strdup(value));
}

static gboolean is_below(gpointer key, gpointer value, gpointer tree)
{
  gsize bytes = strlen(tree);
  return g_str_has_prefix(key, tree) && (!((char *)key)[bytes] || g_str_has_prefix((char *)key + bytes, "::"));
}

static void clear_tree(GHashTable *settings, const char *name)
{
  g_autofree char *lower = g_ascii_strdown(name, -1);
  g_hash_table_foreach_remove(settings, is_below, lower);
}

/* What stood before ';', '{' or '}': one word is a list item, two a tag and its value. */
static void take_item(GHashTable *settings, const char *scope, GPtrArray *words)
{
  const char *first = words->len ? words->pdata[0] : NULL;
  if (!first)
    return;
  if (strcmp(first, "#clear") == 0) {
    for (guint i = 1; i < words->len; i++)
      clear_tree(settings, words->pdata[i]);
  } else if (*first !=
             '#') /* #include names files by their place on a running system; none of these settings live there */
    set_item(settings, scope, words->len > 1 ? first : "", words->pdata[words->len - 1]);
}

static void enter_scope(GPtrArray *scopes, GPtrArray *words)
{
  const char *scope = scopes->pdata[scopes->len - 1];
  g_autoptr(GString) inner = g_string_new(scope);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf(inner, "%s%s", inner->len ? "::" : "", (const char *)words->pdata[i]);
  g_ptr_array_add(scopes, g_string_free(g_steal_pointer(&inner), FALSE));
}

gboolean cr_apt_config_parse(GHashTable *settings, const char *text, gsize size, GError **error)
{
  g_autoptr(GString) word = g_string_new(NULL);
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) scopes = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(scopes, g_strdup(""));
  Lexer lexer = {text, text + size, word};
  while (TRUE) {
    if (read_word(&lexer)) {
      if (words->len < CR_LIMIT_APT_WORDS)
        g_ptr_array_add(words, g_strdup(word->str));
      continue;
    }
    if (lexer.at >= lexer.end)
      break;
    char c = *lexer.at++;
    if (c == '{') {
      if (!words->len || scopes->len > CR_LIMIT_APT_WORDS) {
        g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "a block starts with no name, or too deep");
        return FALSE;
      }
      enter_scope(scopes, words);
    } else {
      take_item(settings, scopes->pdata[scopes->len - 1], words);
      if (c == '}' && scopes->len > 1)
        g_ptr_array_set_size(scopes, (int)scopes->len - 1);
    }
    g_ptr_array_set_size(words, 0);
  }
  if (words->len) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the last item is not closed");
    return FALSE;
  }
  return TRUE;
}

const char *cr_apt_config_get(GHashTable *settings, const char *name, const char *fallback)
{
  const char *value = settings ? g_hash_table_lookup(settings, name) : NULL;
  return value ? value : fallback;
}

gboolean cr_apt_config_get_boolean(GHashTable *settings, const char *name, gboolean fallback)
{
  static const char *const yes[] = {"yes", "true", "with", "on", "enable", "1"};
  static const char *const no[] = {"no", "false", "without", "off", "disable", "0"};
  const char *value = cr_apt_config_get(settings, name, NULL);
  for (guint i = 0; value && i < G_N_ELEMENTS(yes); i++) {
    if (g_ascii_strcasecmp(value, yes[i]) == 0)
      return TRUE;
    if (g_ascii_strcasecmp(value, no[i]) == 0)
      return FALSE;
  }
  return fallback;
}

int cr_apt_config_get_integer(GHashTable *settings, const char *name, int fallback)
{
  const char *value = cr_apt_config_get(settings, name, NULL);
  gint64 number = 0;
  if (!value || !cr_number_parse_signed(value, G_MININT16, G_MAXINT16, &number))
    return fallback;
  return (int)number;
}
