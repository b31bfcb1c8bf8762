/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's word expansions (POSIX.1-2017 XCU 2.6) over values of which some are not known and some are several. */
#include <fnmatch.h>
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

static const char *const unknown_list[] = {CR_WORD_UNKNOWN, NULL};

/* ---- values changed ---- */

/* Each text of VALUE through CHANGE; a text that is not known stays so. */
typedef const char *(*CrChangeText)(CrShell *shell, const char *text, const char *argument);
static const CrShellValue *change_all(CrShell *shell, const CrShellValue *value, CrChangeText change,
                                      const char *argument)
{
  if (!value || !value->count)
    return value;
  if (!cr_word_is_known(argument))
    return &cr_shell_value_unknown;
  CrShellValue *changed = cr_arena_new0(shell->arena, CrShellValue);
  changed->count = value->count;
  for (guint i = 0; i < value->count; i++) {
    guint n = 0;
    while (value->values[i][n])
      n++;
    const char **list = cr_arena_alloc(shell->arena, (n + 1) * sizeof *list);
    for (guint j = 0; j < n; j++)
      list[j] = cr_word_is_known(value->values[i][j]) ? change(shell, value->values[i][j], argument) : CR_WORD_UNKNOWN;
    changed->values[i] = list;
  }
  return changed;
}

/* ---- argument lists in the making ---- */

typedef struct {
  GPtrArray *fields; /* const char*, in the arena */
  GString *current;
  gboolean open, glob;
} Partial;

typedef struct {
  CrShell *shell;
  GPtrArray *partials; /* Partial* */
  gboolean split;
  gboolean pattern; /* for fnmatch(3): what is quoted is taken literally */
} Builder;

static void free_partial(gpointer data)
{
  Partial *partial = data;
  g_ptr_array_unref(partial->fields);
  g_string_free(partial->current, TRUE);
  g_free(partial);
}

static Partial *new_partial(const Partial *from)
{
  Partial *partial = g_new0(Partial, 1);
  partial->fields = g_ptr_array_new();
  partial->current = g_string_new(from ? from->current->str : NULL);
  for (guint i = 0; from && i < from->fields->len; i++)
    g_ptr_array_add(partial->fields, from->fields->pdata[i]);
  partial->open = from && from->open;
  partial->glob = from && from->glob;
  return partial;
}

static void append(Partial *partial, const char *text, gsize length)
{
  partial->open = TRUE;
  if (partial->current->len + length > CR_LIMIT_SCRIPT_VALUE_BYTES)
    g_string_assign(partial->current, CR_WORD_UNKNOWN);
  else
    g_string_append_len(partial->current, text, (gssize)length);
}

static gboolean add_matches(Builder *builder, Partial *partial)
{
  CrShell *shell = builder->shell;
  const char *pattern = partial->current->str;
  if (!partial->glob || !builder->split || !cr_word_is_known(pattern) || (*pattern != '/' && !shell->workdir))
    return FALSE;
  const char *whole = *pattern == '/' ? pattern : cr_arena_printf(shell->arena, "%s/%s", shell->workdir, pattern);
  const GPtrArray *found = cr_scripts_glob(shell->work, whole);
  for (guint i = 0; i < found->len && partial->fields->len < 10000; i++)
    g_ptr_array_add(partial->fields, found->pdata[i]);
  return found->len > 0;
}

static void close_field(Builder *builder, Partial *partial)
{
  if (!partial->open)
    return;
  if (!add_matches(builder, partial) && partial->fields->len < 10000)
    g_ptr_array_add(partial->fields, (gpointer)cr_arena_strdup(builder->shell->arena, partial->current->str));
  g_string_truncate(partial->current, 0);
  partial->open = partial->glob = FALSE;
}

static void append_split(Builder *builder, Partial *partial, const char *text)
{
  for (const char *at = text; *at;) {
    gsize blank = strspn(at, " \t\n");
    if (blank)
      close_field(builder, partial);
    at += blank;
    gsize n = strcspn(at, " \t\n");
    if (!n)
      break;
    append(partial, at, n);
    partial->glob |= memchr(at, '*', n) || memchr(at, '?', n);
    at += n;
  }
}

static void append_literal(const Builder *builder, Partial *partial, const char *text, gsize length)
{
  append(partial, "", 0);
  for (gsize i = 0; i < length; i++) {
    if (builder->pattern && strchr("*?[\\", text[i]))
      append(partial, "\\", 1);
    append(partial, text + i, 1);
  }
}

/* One list of a value; JOINED: "$*" and scalars; else each element a field of its own, as "$@" has it. */
static void append_list(Builder *builder, Partial *partial, CrStrv list, gboolean quoted, gboolean joined)
{
  for (guint i = 0; list[i] && i < 10000; i++) {
    if (i && joined && (quoted || !builder->split))
      append(partial, " ", 1);
    else if (i)
      close_field(builder, partial);
    if (quoted && builder->pattern)
      append_literal(builder, partial, list[i], strlen(list[i]));
    else if (quoted || !builder->split)
      append(partial, list[i], strlen(list[i]));
    else
      append_split(builder, partial, list[i]);
  }
}

static void append_value(Builder *builder, const CrShellValue *value, gboolean quoted, gboolean joined)
{
  if (!value) {
    for (guint i = 0; quoted && joined && i < builder->partials->len; i++)
      append(builder->partials->pdata[i], "", 0);
    return;
  }
  gboolean unknown = !value->count || value->count * builder->partials->len > CR_LIMIT_SCRIPT_VALUES;
  guint before = builder->partials->len;
  guint times = unknown ? 1 : value->count;
  for (guint t = 1; t < times; t++)
    for (guint i = 0; i < before; i++)
      g_ptr_array_add(builder->partials, new_partial(builder->partials->pdata[i]));
  for (guint t = 0; t < times; t++)
    for (guint i = 0; i < before; i++)
      append_list(builder, builder->partials->pdata[t * before + i], unknown ? unknown_list : value->values[t], quoted,
                  joined);
}

/* GLOB: TEXT stands without quotes. */
static void append_all(Builder *builder, const char *text, gsize length, gboolean glob)
{
  for (guint i = 0; i < builder->partials->len; i++) {
    Partial *partial = builder->partials->pdata[i];
    if (builder->pattern && !glob)
      append_literal(builder, partial, text, length);
    else
      append(partial, text, length);
    partial->glob |= glob;
  }
}

/* ---- parameters ---- */

static const CrShellValue *count_arguments(CrShell *shell, const CrShellValue *list)
{
  if (!list)
    return cr_shell_value_new(shell, "0");
  if (list->count != 1)
    return &cr_shell_value_unknown;
  guint n = 0;
  for (; list->values[0][n]; n++)
    if (strcmp(list->values[0][n], CR_WORD_UNKNOWN) == 0)
      return &cr_shell_value_unknown;
  return cr_shell_value_new(shell, cr_arena_printf(shell->arena, "%u", n));
}

/* Element N (from 0) of each list; a list that is shorter, or not known from some place on. */
static const CrShellValue *pick(CrShell *shell, const CrShellValue *list, guint64 n)
{
  if (!list || !list->count)
    return list;
  const CrShellValue *picked = NULL;
  for (guint i = 0; i < list->count; i++) {
    guint at = 0;
    while (at < n && list->values[i][at] && strcmp(list->values[i][at], CR_WORD_UNKNOWN) != 0)
      at++;
    const char *text = list->values[i][at];
    const CrShellValue *one = text && strcmp(text, CR_WORD_UNKNOWN) == 0 ? &cr_shell_value_unknown
                                                                         : cr_shell_value_new(shell, text ? text : "");
    picked = i ? cr_shell_value_join(shell, picked, one) : one;
  }
  return picked;
}

static const CrShellValue *find_parameter(CrShell *shell, const char *name)
{
  if (strcmp(name, "@") == 0 || strcmp(name, "*") == 0)
    return shell->arguments;
  if (strcmp(name, "#") == 0)
    return count_arguments(shell, shell->arguments);
  if (strcmp(name, "0") == 0 || strcmp(name, "BASH_SOURCE") == 0)
    return cr_shell_value_new(shell, shell->zero);
  if (g_ascii_isdigit(*name)) {
    guint64 n = g_ascii_strtoull(name, NULL, 10);
    const CrShellValue *value = pick(shell, shell->arguments, n - 1);
    gboolean empty = value && value->count == 1 && !*value->values[0][0];
    return empty ? NULL : value;
  }
  if (strlen(name) == 1 && strchr("?$!-", *name))
    return &cr_shell_value_unknown;
  return cr_shell_find_variable(shell, name);
}

static gsize measure_name(const char *text, gsize size)
{
  if (!size)
    return 0;
  if (strchr("@*#?$!-", text[0]))
    return 1;
  gsize n = 0;
  if (g_ascii_isdigit(text[0])) {
    while (n < size && g_ascii_isdigit(text[n]))
      n++;
    return n;
  }
  while (n < size && (g_ascii_isalnum(text[n]) || text[n] == '_'))
    n++;
  return n;
}

static const char *expand_part(CrShell *shell, const char *text, gsize length)
{
  CrShellWord word = {text, (guint)length, shell->line};
  return length ? cr_shell_expand_text(shell, &word) : "";
}

/* ---- ${NAME…} ---- */

CrShellStatus cr_shell_match(const char *pattern, const char *text)
{
  if (!cr_word_is_known(pattern) || !cr_word_is_known(text)) {
    /* A known beginning still tells: "-*" against an unknown word that begins with a letter. */
    gsize n = strcspn(pattern, "*?[\\" CR_WORD_UNKNOWN), m = strcspn(text, CR_WORD_UNKNOWN);
    return strncmp(pattern, text, MIN(n, m)) != 0 ? CR_STATUS_FALSE : CR_STATUS_UNKNOWN;
  }
  return fnmatch(pattern, text, 0) == 0 ? CR_STATUS_TRUE : CR_STATUS_FALSE;
}

/* OPERATOR and pattern in one: "#p", "##p", "%p", "%%p". */
static const char *remove_part(CrShell *shell, const char *text, const char *argument)
{
  gboolean prefix = *argument == '#', longest = argument[1] == *argument;
  const char *pattern = argument + (longest ? 2 : 1);
  gsize n = strlen(text);
  for (gsize i = 0; i <= n; i++) {
    gsize cut = longest == prefix ? n - i : i; /* prefix: bytes taken from the front; suffix: where the end begins */
    g_autofree char *part = prefix ? g_strndup(text, cut) : g_strdup(text + cut);
    if (fnmatch(pattern, part, 0) == 0)
      return prefix ? cr_arena_strdup(shell->arena, text + cut) : cr_arena_strndup(shell->arena, text, cut);
  }
  return text;
}

/* "OFFSET:LENGTH", numbers only. */
static const char *take_part(CrShell *shell, const char *text, const char *argument)
{
  char *end = NULL;
  gint64 n = (gint64)strlen(text), offset = g_ascii_strtoll(argument, &end, 10), length = n;
  if (*end == ':')
    length = g_ascii_strtoll(end + 1, &end, 10);
  if (*end)
    return CR_WORD_UNKNOWN;
  offset = CLAMP(offset < 0 ? offset + n : offset, 0, n);
  length = length < 0 ? MAX(n - offset + length, 0) : MIN(length, n - offset);
  return cr_arena_strndup(shell->arena, text + offset, (gsize)length);
}

/* "/PATTERN/TEXT" or "//PATTERN/TEXT", the pattern without wildcards. */
static const char *replace_part(CrShell *shell, const char *text, const char *argument)
{
  gboolean all = argument[1] == '/';
  const char *pattern = argument + (all ? 2 : 1);
  gsize n = strcspn(pattern, "/");
  if (!n || strcspn(pattern, "*?[\\") < n || *pattern == '#' || *pattern == '%')
    return CR_WORD_UNKNOWN;
  g_autofree char *what = g_strndup(pattern, n);
  g_auto(GStrv) parts = g_strsplit(text, what, all ? 0 : 2);
  g_autofree char *joined = g_strjoinv(pattern[n] ? pattern + n + 1 : "", parts);
  return strlen(joined) > CR_LIMIT_SCRIPT_VALUE_BYTES ? CR_WORD_UNKNOWN : cr_arena_strdup(shell->arena, joined);
}

static const char *change_case(CrShell *shell, const char *text, const char *argument)
{
  gboolean up = *argument == '^';
  g_autofree char *changed = g_strdup(text);
  for (char *at = changed; *at; at++) {
    *at = up ? g_ascii_toupper(*at) : g_ascii_tolower(*at);
    if (argument[1] != *argument)
      break;
  }
  return cr_arena_strdup(shell->arena, changed);
}

/* The operators that choose between the value and a word; -1 in *EMPTY where it is not known. */
static const CrShellValue *choose(CrShell *shell, const char *name, const CrShellValue *value, const char *op,
                                  gsize length)
{
  gboolean colon = *op == ':';
  char kind = op[colon];
  const char *rest = op + 1 + colon;
  gsize rest_length = length - 1 - colon;
  gboolean known = !value || value->count == 1;
  gboolean empty =
      !value || (colon && known && (!value->values[0][0] || (!*value->values[0][0] && !value->values[0][1])));
  gboolean undecided = value && (!value->count || value->count > 1 ||
                                 (colon && value->values[0][0] && strcmp(value->values[0][0], CR_WORD_UNKNOWN) == 0));
  if (kind == '?')
    return value ? value : &cr_shell_value_unknown;
  if (!undecided && empty == (kind == '+'))
    return kind == '+' ? NULL : value;
  const CrShellValue *other = cr_shell_value_new(shell, expand_part(shell, rest, rest_length));
  if (kind == '=' && !undecided)
    cr_shell_set(shell, name, other);
  if (!undecided)
    return other;
  return kind == '+' ? cr_shell_value_join(shell, cr_shell_value_new(shell, ""), other)
                     : cr_shell_value_join(shell, value, other);
}

static const CrShellValue *apply(CrShell *shell, const char *name, const CrShellValue *value, const char *op,
                                 gsize length)
{
  if (!length)
    return value;
  if (strchr("-=?+", *op) || (*op == ':' && length > 1 && strchr("-=?+", op[1])))
    return choose(shell, name, value, op, length);
  gsize head = *op == ':' ? 1 : length > 1 && op[1] == *op ? 2 : 1;
  CrShellWord word = {op + head, (guint)(length - head), shell->line};
  gboolean pattern = *op == '#' || *op == '%';
  const char *argument = !word.length ? ""
                         : pattern    ? cr_shell_expand_pattern(shell, &word)
                                      : cr_shell_expand_text(shell, &word);
  if (*op == ':')
    return change_all(shell, value, take_part, argument);
  const char *whole = cr_arena_printf(shell->arena, "%.*s%s", (int)head, op, argument);
  if (*op == '#' || *op == '%')
    return change_all(shell, value, remove_part, whole);
  if (*op == '/')
    return change_all(shell, value, replace_part, whole);
  if (*op == '^' || *op == ',')
    return change_all(shell, value, change_case, whole);
  return &cr_shell_value_unknown;
}

/* [INDEX] behind a name: *ALL for @ and *. */
static const CrShellValue *apply_index(CrShell *shell, const CrShellValue *value, const char *index, gboolean *all)
{
  *all = strcmp(index, "@") == 0 || strcmp(index, "*") == 0;
  if (*all || !value)
    return value;
  char *end = NULL;
  guint64 n = g_ascii_strtoull(index, &end, 10);
  return end == index || *end ? &cr_shell_value_unknown : pick(shell, value, n);
}

/* BODY is what stands between ${ and }. */
static void append_braced(Builder *builder, const char *body, gsize size, gboolean quoted)
{
  CrShell *shell = builder->shell;
  gboolean length = size > 1 && body[0] == '#' && measure_name(body + 1, size - 1);
  gboolean indirect = size > 1 && body[0] == '!';
  gsize at = length || indirect ? 1 : 0;
  gsize n = measure_name(body + at, size - at);
  const char *name = cr_arena_strndup(shell->arena, body + at, n);
  const CrShellValue *value = n ? find_parameter(shell, name) : &cr_shell_value_unknown;
  gboolean all = strcmp(name, "@") == 0, joined = !all;
  at += n;
  if (at < size && body[at] == '[') {
    const char *end = memchr(body + at, ']', size - at);
    gsize stop = end ? (gsize)(end - body) : size - 1;
    value = apply_index(shell, value, expand_part(shell, body + at + 1, stop - at - 1), &all);
    joined = !(all && body[at + 1] == '@');
    at = stop + 1;
  } else if (value && !all && strcmp(name, "*") != 0)
    value = pick(shell, value, 0); /* an array's name alone is its first element */
  if (indirect) {
    gboolean known = value && value->count == 1 && value->values[0][0] && cr_word_is_known(value->values[0][0]);
    value = known && at == size ? find_parameter(shell, value->values[0][0]) : &cr_shell_value_unknown;
  } else if (length)
    value = all || strcmp(name, "*") == 0 ? count_arguments(shell, value) : &cr_shell_value_unknown;
  else if (at < size && (all || strcmp(name, "*") == 0) && body[at] == ':' && at + 1 < size &&
           !strchr("-=?+", body[at + 1]))
    value = &cr_shell_value_unknown; /* "${@:2}": see take_tail */
  else
    value = apply(shell, name, value, body + at, size - MIN(at, size));
  append_value(builder, value, quoted, joined);
}

/* "${@:N}": the arguments from the N-th on. */
static gboolean append_tail(Builder *builder, const char *body, gsize size, gboolean quoted)
{
  CrShell *shell = builder->shell;
  if (size < 3 || body[0] != '@' || body[1] != ':' || !g_ascii_isdigit(body[2]) || memchr(body + 2, ':', size - 2))
    return FALSE;
  guint64 from = g_ascii_strtoull(body + 2, NULL, 10);
  if (!shell->arguments->count || from > 1000)
    return FALSE;
  CrShellValue *tail = cr_arena_new0(shell->arena, CrShellValue);
  *tail = *shell->arguments;
  for (guint i = 0; i < tail->count; i++)
    for (guint64 n = 1; n < from && tail->values[i][0] && strcmp(tail->values[i][0], CR_WORD_UNKNOWN) != 0; n++)
      tail->values[i]++;
  append_value(builder, tail, quoted, FALSE);
  return TRUE;
}

/* ---- the walk over one word ---- */

static void append_substitution(Builder *builder, const char *text, gsize size, gboolean quoted)
{
  const char *output = cr_shell_substitute(builder->shell, text, size, builder->shell->line);
  append_value(builder, cr_shell_value_new(builder->shell, output), quoted, TRUE);
}

/* Behind a '$' at TEXT[0]; how many bytes it took. */
static gsize append_dollar(Builder *builder, const char *text, gsize size, gboolean quoted)
{
  CrShell *shell = builder->shell;
  gsize n = size > 1 && (text[1] == '(' || text[1] == '{') ? cr_shell_skip_nested(text, size, 0) : 0;
  if (n && text[1] == '{') {
    if (!append_tail(builder, text + 2, n - 3, quoted))
      append_braced(builder, text + 2, n - 3, quoted);
    return n;
  }
  if (n > 4 && text[2] == '(' && text[n - 2] == ')') { /* $((…)) */
    append_value(builder, &cr_shell_value_unknown, quoted, TRUE);
    return n;
  }
  if (n) {
    append_substitution(builder, text + 2, n - 3, quoted);
    return n;
  }
  gsize length = size > 1 ? measure_name(text + 1, size - 1) : 0;
  if (!length) {
    append_all(builder, "$", 1, FALSE);
    return 1;
  }
  if (g_ascii_isdigit(text[1]))
    length = 1;
  const char *name = cr_arena_strndup(shell->arena, text + 1, length);
  const CrShellValue *value = find_parameter(shell, name);
  gboolean list = strcmp(name, "@") == 0 || strcmp(name, "*") == 0;
  append_value(builder, list || !value ? value : pick(shell, value, 0), quoted, strcmp(name, "@") != 0);
  return 1 + length;
}

static void append_quoted(Builder *builder, const char *text, gsize size)
{
  gboolean alone = size >= 2 && text[0] == '$' && (text[1] == '@' || (size > 2 && memchr(text, '@', size)));
  if (!alone)
    append_all(builder, "", 0, FALSE); /* "" is a field */
  for (gsize at = 0; at < size;) {
    gsize n = 1;
    if (text[at] == '\\' && at + 1 < size && strchr("$`\"\\\n", text[at + 1])) {
      append_all(builder, text + at + 1, text[at + 1] == '\n' ? 0 : 1, FALSE);
      n = 2;
    } else if (text[at] == '$')
      n = append_dollar(builder, text + at, size - at, TRUE);
    else if (text[at] == '`' && (n = cr_shell_skip_nested(text + at, size - at, 0)) > 1)
      append_substitution(builder, text + at + 1, n - 2, TRUE);
    else {
      while (at + n < size && !strchr("\\$`", text[at + n]))
        n++;
      append_all(builder, text + at, n, FALSE);
    }
    at += MAX(n, 1);
  }
}

static gsize append_plain(Builder *builder, const char *text, gsize size)
{
  gsize n = 1;
  while (n < size && !strchr("\\$`'\"<>", text[n]))
    n++;
  gboolean glob = memchr(text, '*', n) || memchr(text, '?', n) || memchr(text, '[', n);
  append_all(builder, text, n, glob);
  return n;
}

static void append_word(Builder *builder, const char *text, gsize size)
{
  for (gsize at = 0; at < size;) {
    const char *here = text + at;
    gsize left = size - at, n = 1;
    if (*here == '\\') {
      append_all(builder, here + 1, left > 1 && here[1] != '\n' ? 1 : 0, FALSE);
      n = 2;
    } else if (*here == '\'' && (n = cr_shell_skip_nested(here, left, 0)) > 1)
      append_all(builder, here + 1, n - 2, FALSE);
    else if (*here == '"' && (n = cr_shell_skip_nested(here, left, 0)) > 1)
      append_quoted(builder, here + 1, n - 2);
    else if (*here == '`' && (n = cr_shell_skip_nested(here, left, 0)) > 1)
      append_substitution(builder, here + 1, n - 2, FALSE);
    else if (*here == '$' && left > 1 && (here[1] == '"' || here[1] == '\''))
      n = 1;
    else if (*here == '$')
      n = append_dollar(builder, here, left, FALSE);
    else if ((*here == '<' || *here == '>') && left > 1 && here[1] == '(' &&
             (n = cr_shell_skip_nested(here + 1, left - 1, 0)) > 1) {
      cr_shell_substitute(builder->shell, here + 2, n - 2, builder->shell->line);
      append_all(builder, CR_WORD_UNKNOWN, 1, FALSE);
      n++;
    } else
      n = append_plain(builder, here, left);
    at += MAX(n, 1);
  }
}

static GPtrArray *expand(CrShell *shell, const CrShellWord *words, guint count, gboolean split, gboolean pattern)
{
  g_autoptr(GPtrArray) partials = g_ptr_array_new_with_free_func(free_partial);
  g_ptr_array_add(partials, new_partial(NULL));
  Builder builder = {shell, partials, split, pattern};
  for (guint i = 0; i < count; i++) {
    shell->line = words[i].line;
    append_word(&builder, words[i].text, words[i].length);
    for (guint j = 0; j < partials->len; j++)
      close_field(&builder, partials->pdata[j]);
  }
  GPtrArray *lists = g_ptr_array_new();
  for (guint i = 0; i < partials->len; i++) {
    const Partial *partial = partials->pdata[i];
    const char **list = cr_arena_alloc(shell->arena, (partial->fields->len + 1) * sizeof *list);
    for (guint j = 0; j < partial->fields->len; j++)
      list[j] = partial->fields->pdata[j];
    g_ptr_array_add(lists, list);
  }
  return lists;
}

GPtrArray *cr_shell_expand(CrShell *shell, const CrShellWord *words, guint count, gboolean split)
{
  return expand(shell, words, count, split, FALSE);
}

static const char *expand_one(CrShell *shell, const CrShellWord *word, gboolean pattern)
{
  g_autoptr(GPtrArray) lists = expand(shell, word, 1, FALSE, pattern);
  if (lists->len != 1)
    return CR_WORD_UNKNOWN;
  const char *const *list = lists->pdata[0];
  if (!list[0])
    return "";
  g_autofree char *joined = g_strjoinv(" ", (char **)list);
  return cr_arena_strdup(shell->arena, joined);
}

const char *cr_shell_expand_text(CrShell *shell, const CrShellWord *word)
{
  return expand_one(shell, word, FALSE);
}

const char *cr_shell_expand_pattern(CrShell *shell, const CrShellWord *word)
{
  return expand_one(shell, word, TRUE);
}
