/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's grammar (POSIX.1-2017 XCU 2.10) by recursive descent, with bash's [[ ]], (( )), arrays, <<< and |&. */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

/* Of elif, && and |: they nest in the result, and what walks it must not run out of stack. */
#define MAX_CHAIN 2000

typedef struct {
  CrShellWord delimiter;
  CrShellNode *node;
  gboolean strip_tabs;
} Pending; /* a here-document whose body begins behind the next newline */

typedef struct {
  const char *text;
  gsize size, at;
  guint line, depth, chain; /* brackets inside brackets; links of the longest chain of elif, && and | */
  CrArena *arena;
  const char *why; /* set: parsing has failed */
  GArray *pending; /* Pending */
} Parser;

/* ---- the cursor ---- */

static void fail(Parser *parser, const char *why)
{
  if (!parser->why)
    parser->why = why;
}

static char peek(const Parser *parser, gsize ahead)
{
  return parser->at + ahead < parser->size ? parser->text[parser->at + ahead] : 0;
}

static gboolean at_end(const Parser *parser)
{
  return parser->why || parser->at >= parser->size;
}

static void move(Parser *parser, gsize n)
{
  for (; n && parser->at < parser->size; n--, parser->at++)
    parser->line += parser->text[parser->at] == '\n';
}

static void skip_blanks(Parser *parser)
{
  while (!at_end(parser)) {
    char c = peek(parser, 0);
    if (c == ' ' || c == '\t' || c == '\r')
      parser->at++;
    else if (c == '\\' && peek(parser, 1) == '\n')
      move(parser, 2);
    else if (c == '#')
      while (parser->at < parser->size && parser->text[parser->at] != '\n')
        parser->at++;
    else
      return;
  }
}

/* Is the word here exactly TEXT? */
static gboolean at_word(Parser *parser, const char *text)
{
  skip_blanks(parser);
  gsize n = strlen(text);
  if (parser->size - parser->at < n || memcmp(parser->text + parser->at, text, n) != 0)
    return FALSE;
  char after = peek(parser, n);
  return !after || cr_shell_ends_word(after);
}

static gboolean take_word_if(Parser *parser, const char *text)
{
  if (at_end(parser) || !at_word(parser, text))
    return FALSE;
  move(parser, strlen(text));
  return TRUE;
}

static CrShellWord read_word(Parser *parser)
{
  CrShellWord word = {parser->text + parser->at, 0, parser->line};
  gsize n = cr_shell_skip_word(parser->text + parser->at, parser->size - parser->at);
  if (!n) {
    fail(parser, "a quote or bracket is not closed");
    return word;
  }
  word.length = (guint)n;
  move(parser, n);
  return word;
}

/* ---- here-documents and line ends ---- */

static gboolean is_delimiter(const CrShellWord *delimiter, const char *line, gsize length)
{
  gsize at = 0;
  for (guint i = 0; i < delimiter->length; i++) {
    char c = delimiter->text[i];
    if (c == '\'' || c == '"' || c == '\\')
      continue;
    if (at >= length || line[at++] != c)
      return FALSE;
  }
  return at == length;
}

static void read_body(Parser *parser, const Pending *pending)
{
  gsize start = parser->at;
  guint line = parser->line;
  while (parser->at < parser->size) {
    const char *begin = parser->text + parser->at;
    const char *end = memchr(begin, '\n', parser->size - parser->at);
    gsize length = end ? (gsize)(end - begin) : parser->size - parser->at;
    const char *content = begin;
    while (pending->strip_tabs && content < begin + length && *content == '\t')
      content++;
    gboolean last = is_delimiter(&pending->delimiter, content, (gsize)(begin + length - content));
    if (last)
      pending->node->heredoc = (CrShellWord){parser->text + start, (guint)(parser->at - start), line};
    move(parser, length + (end ? 1 : 0));
    if (last)
      return;
  }
  pending->node->heredoc = (CrShellWord){parser->text + start, (guint)(parser->size - start), line};
}

static void read_newline(Parser *parser)
{
  move(parser, 1);
  for (guint i = 0; i < parser->pending->len; i++)
    read_body(parser, &g_array_index(parser->pending, Pending, i));
  g_array_set_size(parser->pending, 0);
}

static void skip_newlines(Parser *parser)
{
  for (skip_blanks(parser); !at_end(parser) && peek(parser, 0) == '\n'; skip_blanks(parser))
    read_newline(parser);
}

/* ---- commands ---- */

static CrShellNode *parse_list(Parser *parser);
static CrShellNode *parse_command(Parser *parser);

static CrShellNode *new_node(Parser *parser, CrShellKind kind)
{
  CrShellNode *node = cr_arena_new0(parser->arena, CrShellNode);
  node->kind = kind;
  node->line = parser->line;
  return node;
}

static void keep_words(Parser *parser, CrShellNode *node, const GArray *words)
{
  node->word_count = words->len;
  node->words = cr_arena_alloc(parser->arena, (words->len + 1) * sizeof *node->words);
  if (words->len)
    memcpy(node->words, words->data, words->len * sizeof *node->words);
}

/* A redirection at the cursor, also with a number or {name} before it; FALSE: there is none. */
static gboolean take_redirection(Parser *parser, CrShellNode *node)
{
  gsize n = 0;
  while (g_ascii_isdigit(peek(parser, n)))
    n++;
  if (n == 0 && peek(parser, 0) == '&' && peek(parser, 1) == '>')
    n = 1;
  char c = peek(parser, n);
  if ((c != '<' && c != '>') || (n == 0 && peek(parser, 1) == '('))
    return FALSE;
  static const char *const operators[] = {"<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"};
  const char *operator= NULL;
  for (guint i = 0; i < G_N_ELEMENTS(operators) && !operator; i++) {
    gsize length = strlen(operators[i]);
    if (parser->size - parser->at - n >= length && memcmp(parser->text + parser->at + n, operators[i], length) == 0)
      operator= operators[i];
  }
  if (!operator)
    return FALSE;
  gboolean here = strcmp(operator, "<<") == 0 || strcmp(operator, "<<-") == 0;
  n += strlen(operator);
  move(parser, n);
  skip_blanks(parser);
  if (at_end(parser) || peek(parser, 0) == '\n')
    return TRUE;
  CrShellWord word = read_word(parser);
  if (here && node && parser->pending->len < CR_LIMIT_SCRIPT_DEPTH) {
    Pending pending = {word, node, operator[2] == '-' };
    node->heredoc_quoted = memchr(word.text, '\'', word.length) || memchr(word.text, '"', word.length) ||
                           memchr(word.text, '\\', word.length);
    g_array_append_val(parser->pending, pending);
  }
  return TRUE;
}

static void skip_redirections(Parser *parser, CrShellNode *node)
{
  for (skip_blanks(parser); !at_end(parser) && take_redirection(parser, node); skip_blanks(parser))
    ;
}

/* [[ … ]]: operators are words here, and newlines blanks. */
static void parse_double_bracket(Parser *parser, GArray *words)
{
  while (!at_end(parser)) {
    skip_newlines(parser);
    gboolean closes = at_word(parser, "]]");
    static const char *const operators[] = {"&&", "||", "(", ")", "<", ">"};
    gsize n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(operators) && !n; i++)
      if (parser->size - parser->at >= strlen(operators[i]) &&
          memcmp(parser->text + parser->at, operators[i], strlen(operators[i])) == 0)
        n = strlen(operators[i]);
    CrShellWord word = {parser->text + parser->at, (guint)n, parser->line};
    if (n)
      move(parser, n);
    else
      word = read_word(parser);
    if (!word.length) {
      fail(parser, "[[ is not closed");
      return;
    }
    g_array_append_val(words, word);
    if (closes)
      return;
  }
}

static CrShellNode *parse_simple(Parser *parser)
{
  CrShellNode *node = new_node(parser, CR_SHELL_SIMPLE);
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(CrShellWord));
  for (skip_blanks(parser); !at_end(parser); skip_blanks(parser)) {
    if (take_redirection(parser, node))
      continue;
    if (cr_shell_ends_word(peek(parser, 0)) && !(strchr("<>", peek(parser, 0)) && peek(parser, 1) == '('))
      break;
    if (!words->len && at_word(parser, "[[")) {
      parse_double_bracket(parser, words);
      continue;
    }
    CrShellWord word = read_word(parser);
    if (!word.length) {
      fail(parser, "a word cannot be read");
      break;
    }
    g_array_append_val(words, word);
  }
  keep_words(parser, node, words);
  return node;
}

static void expect(Parser *parser, const char *word)
{
  skip_newlines(parser);
  if (!take_word_if(parser, word))
    fail(parser, "a compound command is not closed");
}

static CrShellNode *parse_if(Parser *parser)
{
  CrShellNode *node = new_node(parser, CR_SHELL_IF);
  node->first = parse_list(parser);
  expect(parser, "then");
  node->second = parse_list(parser);
  skip_newlines(parser);
  if (take_word_if(parser, "elif")) {
    if (++parser->chain > MAX_CHAIN)
      fail(parser, "too many branches");
    else
      node->third = parse_if(parser);
    return node;
  }
  if (take_word_if(parser, "else"))
    node->third = parse_list(parser);
  expect(parser, "fi");
  return node;
}

static CrShellNode *parse_while(Parser *parser)
{
  CrShellNode *node = new_node(parser, CR_SHELL_WHILE);
  node->first = parse_list(parser);
  expect(parser, "do");
  node->second = parse_list(parser);
  expect(parser, "done");
  return node;
}

static CrShellNode *parse_for(Parser *parser)
{
  CrShellNode *node = new_node(parser, CR_SHELL_FOR);
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(CrShellWord));
  skip_blanks(parser);
  CrShellWord name = {"", 0, parser->line};
  if (peek(parser, 0) == '(') { /* for ((…)) */
    move(parser, cr_shell_skip_nested(parser->text + parser->at, parser->size - parser->at, 0));
    node->has_in = TRUE;
  } else if (!at_end(parser))
    name = read_word(parser);
  g_array_append_val(words, name);
  skip_newlines(parser);
  if (take_word_if(parser, "in")) {
    node->has_in = TRUE;
    for (skip_blanks(parser); !at_end(parser) && !cr_shell_ends_word(peek(parser, 0)); skip_blanks(parser)) {
      CrShellWord word = read_word(parser);
      g_array_append_val(words, word);
    }
  }
  keep_words(parser, node, words);
  skip_blanks(parser);
  if (peek(parser, 0) == ';')
    move(parser, 1);
  expect(parser, "do");
  node->second = parse_list(parser);
  expect(parser, "done");
  return node;
}

static CrShellNode *parse_item(Parser *parser)
{
  CrShellNode *item = new_node(parser, CR_SHELL_ITEM);
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(CrShellWord));
  skip_blanks(parser);
  if (peek(parser, 0) == '(')
    move(parser, 1);
  for (skip_blanks(parser); !at_end(parser) && peek(parser, 0) != ')'; skip_blanks(parser)) {
    if (peek(parser, 0) == '|') {
      move(parser, 1);
      continue;
    }
    CrShellWord word = read_word(parser);
    if (!word.length) {
      fail(parser, "a pattern of case cannot be read");
      return item;
    }
    g_array_append_val(words, word);
  }
  move(parser, 1);
  keep_words(parser, item, words);
  item->first = parse_list(parser);
  skip_newlines(parser);
  if (peek(parser, 0) == ';')
    move(parser, peek(parser, 1) == ';' && peek(parser, 2) == '&' ? 3 : 2);
  return item;
}

static CrShellNode *parse_case(Parser *parser)
{
  CrShellNode *node = new_node(parser, CR_SHELL_CASE);
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(CrShellWord));
  skip_blanks(parser);
  CrShellWord subject = read_word(parser);
  g_array_append_val(words, subject);
  keep_words(parser, node, words);
  expect(parser, "in");
  CrShellNode **last = &node->first;
  for (skip_newlines(parser); !at_end(parser) && !take_word_if(parser, "esac"); skip_newlines(parser)) {
    *last = parse_item(parser);
    last = &(*last)->next;
  }
  return node;
}

static CrShellNode *parse_function(Parser *parser, CrShellWord name)
{
  CrShellNode *node = new_node(parser, CR_SHELL_FUNCTION);
  g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(CrShellWord));
  g_array_append_val(words, name);
  keep_words(parser, node, words);
  skip_newlines(parser);
  node->first = parse_command(parser);
  return node;
}

/* NAME ( ) at the cursor? */
static gboolean at_function(const Parser *parser, gsize *name_length)
{
  gsize n = 0;
  while (g_ascii_isalnum(peek(parser, n)) || (peek(parser, n) && strchr("_-.:", peek(parser, n))))
    n++;
  *name_length = n;
  if (!n)
    return FALSE;
  while (peek(parser, n) == ' ')
    n++;
  if (peek(parser, n) != '(')
    return FALSE;
  for (n++; peek(parser, n) == ' ';)
    n++;
  return peek(parser, n) == ')';
}

static CrShellNode *parse_bracketed(Parser *parser)
{
  if (peek(parser, 0) == '(' && peek(parser, 1) == '(') { /* ((…)): arithmetic starts nothing */
    gsize n = cr_shell_skip_nested(parser->text + parser->at, parser->size - parser->at, 0);
    if (n >= 2 && parser->text[parser->at + n - 2] == ')') {
      move(parser, n);
      return new_node(parser, CR_SHELL_SIMPLE);
    }
  }
  CrShellNode *node = new_node(parser, peek(parser, 0) == '(' ? CR_SHELL_SUBSHELL : CR_SHELL_GROUP);
  move(parser, 1);
  node->first = parse_list(parser);
  skip_newlines(parser);
  if (peek(parser, 0) != (node->kind == CR_SHELL_SUBSHELL ? ')' : '}'))
    fail(parser, "a bracket is not closed");
  else
    move(parser, 1);
  return node;
}

static CrShellNode *parse_compound(Parser *parser)
{
  gsize n = 0;
  if (peek(parser, 0) == '(' || at_word(parser, "{"))
    return parse_bracketed(parser);
  if (take_word_if(parser, "if"))
    return parse_if(parser);
  if (take_word_if(parser, "while") || take_word_if(parser, "until"))
    return parse_while(parser);
  if (take_word_if(parser, "for") || take_word_if(parser, "select"))
    return parse_for(parser);
  if (take_word_if(parser, "case"))
    return parse_case(parser);
  if (take_word_if(parser, "function")) {
    skip_blanks(parser);
    CrShellWord name = {parser->text + parser->at, 0, parser->line};
    while (!cr_shell_ends_word(peek(parser, name.length)) && peek(parser, name.length))
      name.length++;
    move(parser, name.length);
    skip_blanks(parser);
    if (peek(parser, 0) == '(' && peek(parser, 1) == ')')
      move(parser, 2);
    return parse_function(parser, name);
  }
  if (at_function(parser, &n)) {
    CrShellWord name = {parser->text + parser->at, (guint)n, parser->line};
    while (peek(parser, 0) != ')')
      move(parser, 1);
    move(parser, 1);
    return parse_function(parser, name);
  }
  return NULL;
}

static CrShellNode *parse_command(Parser *parser)
{
  skip_blanks(parser);
  if (++parser->depth > CR_LIMIT_SCRIPT_DEPTH) {
    fail(parser, "commands are nested too deep");
    parser->depth--;
    return new_node(parser, CR_SHELL_SIMPLE);
  }
  CrShellNode *node = parse_compound(parser);
  if (node)
    skip_redirections(parser, node);
  else
    node = parse_simple(parser);
  parser->depth--;
  return node;
}

static CrShellNode *combine(Parser *parser, CrShellKind kind, CrShellNode *first, CrShellNode *second)
{
  CrShellNode *node = new_node(parser, kind);
  node->line = first->line;
  node->first = first;
  node->second = second;
  if (++parser->chain > MAX_CHAIN)
    fail(parser, "too many commands in one line");
  return node;
}

static CrShellNode *parse_pipeline(Parser *parser)
{
  gboolean negated = FALSE;
  while (take_word_if(parser, "!"))
    negated = !negated;
  CrShellNode *node = parse_command(parser);
  for (skip_blanks(parser); !at_end(parser) && peek(parser, 0) == '|' && peek(parser, 1) != '|'; skip_blanks(parser)) {
    move(parser, peek(parser, 1) == '&' ? 2 : 1);
    skip_newlines(parser);
    node = combine(parser, CR_SHELL_PIPE, node, parse_command(parser));
  }
  return negated ? combine(parser, CR_SHELL_NOT, node, NULL) : node;
}

static CrShellNode *parse_and_or(Parser *parser)
{
  CrShellNode *node = parse_pipeline(parser);
  for (skip_blanks(parser); !at_end(parser); skip_blanks(parser)) {
    char c = peek(parser, 0);
    if ((c != '&' && c != '|') || peek(parser, 1) != c)
      break;
    move(parser, 2);
    skip_newlines(parser);
    node = combine(parser, c == '&' ? CR_SHELL_AND : CR_SHELL_OR, node, parse_pipeline(parser));
  }
  return node;
}

/* Words that end a list when they stand where a command would. */
static gboolean at_list_end(Parser *parser)
{
  static const char *const ends[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}"};
  if (peek(parser, 0) == ')' || (peek(parser, 0) == ';' && peek(parser, 1) == ';') ||
      (peek(parser, 0) == ';' && peek(parser, 1) == '&'))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
    if (at_word(parser, ends[i]))
      return TRUE;
  return FALSE;
}

static CrShellNode *parse_list(Parser *parser)
{
  CrShellNode *first = NULL, **last = &first;
  for (skip_newlines(parser); !at_end(parser) && !at_list_end(parser); skip_newlines(parser)) {
    gsize before = parser->at;
    guint chain = parser->chain;
    *last = parse_and_or(parser);
    last = &(*last)->next;
    parser->chain = chain;
    skip_blanks(parser);
    if ((peek(parser, 0) == ';' && peek(parser, 1) != ';') || (peek(parser, 0) == '&' && peek(parser, 1) != '&'))
      move(parser, 1);
    if (parser->at == before)
      fail(parser, "no command is read here");
  }
  return first;
}

void cr_shell_parse(const char *text, gsize size, guint first_line, CrArena *arena, CrShellScript *out)
{
  g_autoptr(GArray) pending = g_array_new(FALSE, FALSE, sizeof(Pending));
  Parser parser = {.text = text, .size = size, .line = first_line, .arena = arena, .pending = pending};
  out->first = parse_list(&parser);
  if (!parser.why && parser.at < parser.size)
    parser.why = "a closing word has no beginning";
  out->why = parser.why;
  out->failed = parser.why ? text + parser.at : NULL;
  out->failed_line = parser.line;
}
