/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass keeps of Python, Perl, Ruby, JavaScript and PHP: a line for each import and for each call that starts a
 * program or opens a library. One walk over the identifiers of a text, with a table of keywords a language.
 *
 * It is a scanner, no parser: a keyword inside a string or a comment in the middle of a line counts too. What it adds
 * wrongly is an edge too many, and only to a thing that exists under that name. */
#include <string.h>

#include "base/limits.h"
#include "reach/statements-literal.h"

typedef struct {
  const char *word; /* with a '.' or '::' in front: the end of a longer name */
  CrStatementKind kind;
  gboolean bare; /* the argument is a bare word: use Foo::Bar */
} CrKeyword;

static const CrKeyword python_words[] = {
    {"subprocess.run", CR_STATEMENT_COMMAND, FALSE},
    {"subprocess.call", CR_STATEMENT_COMMAND, FALSE},
    {"subprocess.Popen", CR_STATEMENT_COMMAND, FALSE},
    {"Popen", CR_STATEMENT_COMMAND, FALSE},
    {"check_output", CR_STATEMENT_COMMAND, FALSE},
    {"check_call", CR_STATEMENT_COMMAND, FALSE},
    {"subprocess.check_output", CR_STATEMENT_COMMAND, FALSE},
    {"subprocess.check_call", CR_STATEMENT_COMMAND, FALSE},
    {"subprocess.getoutput", CR_STATEMENT_SHELL, FALSE},
    {"os.system", CR_STATEMENT_SHELL, FALSE},
    {"os.popen", CR_STATEMENT_SHELL, FALSE},
    {"os.execv", CR_STATEMENT_COMMAND, FALSE},
    {"os.execvp", CR_STATEMENT_COMMAND, FALSE},
    {"os.execl", CR_STATEMENT_COMMAND, FALSE},
    {"os.execlp", CR_STATEMENT_COMMAND, FALSE},
    {"os.execve", CR_STATEMENT_COMMAND, FALSE},
    {"os.execvpe", CR_STATEMENT_COMMAND, FALSE},
    {"pty.spawn", CR_STATEMENT_COMMAND, FALSE},
    {"create_subprocess_exec", CR_STATEMENT_COMMAND, FALSE},
    {"asyncio.create_subprocess_exec", CR_STATEMENT_COMMAND, FALSE},
    {"create_subprocess_shell", CR_STATEMENT_SHELL, FALSE},
    {"asyncio.create_subprocess_shell", CR_STATEMENT_SHELL, FALSE},
    {"CDLL", CR_STATEMENT_LIBRARY, FALSE},
    {"ctypes.CDLL", CR_STATEMENT_LIBRARY, FALSE},
    {"cdll.LoadLibrary", CR_STATEMENT_LIBRARY, FALSE},
    {"ctypes.cdll.LoadLibrary", CR_STATEMENT_LIBRARY, FALSE},
    {"find_library", CR_STATEMENT_LIBRARY, FALSE},
    {"ctypes.util.find_library", CR_STATEMENT_LIBRARY, FALSE},
    {"ffi.dlopen", CR_STATEMENT_LIBRARY, FALSE},
    {"dlopen", CR_STATEMENT_LIBRARY, FALSE},
    {"import_module", CR_STATEMENT_IMPORT_MAY, FALSE},
    {"importlib.import_module", CR_STATEMENT_IMPORT_MAY, FALSE},
    {"__import__", CR_STATEMENT_IMPORT_MAY, FALSE},
};
static const CrKeyword perl_words[] = {
    {"use", CR_STATEMENT_IMPORT, TRUE},      {"require", CR_STATEMENT_IMPORT_MAY, TRUE},
    {"system", CR_STATEMENT_COMMAND, FALSE}, {"exec", CR_STATEMENT_COMMAND, FALSE},
    {"do", CR_STATEMENT_IMPORT_MAY, FALSE},
};
static const CrKeyword ruby_words[] = {
    {"require", CR_STATEMENT_IMPORT, FALSE},         {"require_relative", CR_STATEMENT_IMPORT, FALSE},
    {"load", CR_STATEMENT_IMPORT_MAY, FALSE},        {"autoload", CR_STATEMENT_IMPORT_MAY, FALSE},
    {"system", CR_STATEMENT_COMMAND, FALSE},         {"exec", CR_STATEMENT_COMMAND, FALSE},
    {"spawn", CR_STATEMENT_COMMAND, FALSE},          {"Process.spawn", CR_STATEMENT_COMMAND, FALSE},
    {"Open3.capture3", CR_STATEMENT_COMMAND, FALSE}, {"Open3.popen3", CR_STATEMENT_COMMAND, FALSE},
    {"IO.popen", CR_STATEMENT_COMMAND, FALSE},       {"dlopen", CR_STATEMENT_LIBRARY, FALSE},
    {"ffi_lib", CR_STATEMENT_LIBRARY, FALSE},
};
static const CrKeyword node_words[] = {
    {"require", CR_STATEMENT_IMPORT, FALSE},
    {"from", CR_STATEMENT_IMPORT, FALSE},
    {"import", CR_STATEMENT_IMPORT, FALSE},
    {"require.resolve", CR_STATEMENT_IMPORT_MAY, FALSE},
    {"spawn", CR_STATEMENT_COMMAND, FALSE},
    {"spawnSync", CR_STATEMENT_COMMAND, FALSE},
    {"execFile", CR_STATEMENT_COMMAND, FALSE},
    {"execFileSync", CR_STATEMENT_COMMAND, FALSE},
    {"exec", CR_STATEMENT_SHELL, FALSE},
    {"execSync", CR_STATEMENT_SHELL, FALSE},
    {"child_process.spawn", CR_STATEMENT_COMMAND, FALSE},
    {"child_process.exec", CR_STATEMENT_SHELL, FALSE},
    {"child_process.execSync", CR_STATEMENT_SHELL, FALSE},
    {"child_process.spawnSync", CR_STATEMENT_COMMAND, FALSE},
    {"child_process.execFile", CR_STATEMENT_COMMAND, FALSE},
    {"cp.spawn", CR_STATEMENT_COMMAND, FALSE},
    {"cp.exec", CR_STATEMENT_SHELL, FALSE},
};
static const CrKeyword php_words[] = {
    {"include", CR_STATEMENT_IMPORT_MAY, FALSE}, {"include_once", CR_STATEMENT_IMPORT_MAY, FALSE},
    {"require", CR_STATEMENT_IMPORT, FALSE},     {"require_once", CR_STATEMENT_IMPORT, FALSE},
    {"exec", CR_STATEMENT_SHELL, FALSE},         {"shell_exec", CR_STATEMENT_SHELL, FALSE},
    {"system", CR_STATEMENT_SHELL, FALSE},       {"passthru", CR_STATEMENT_SHELL, FALSE},
    {"popen", CR_STATEMENT_SHELL, FALSE},        {"proc_open", CR_STATEMENT_SHELL, FALSE},
    {"pcntl_exec", CR_STATEMENT_COMMAND, FALSE},
};

static const struct {
  const CrKeyword *words;
  const char *comment; /* at the beginning of a line */
  CrLanguage language;
  guint count;
} languages[] = {
    {python_words, "#", CR_LANGUAGE_PYTHON, G_N_ELEMENTS(python_words)},
    {perl_words, "#", CR_LANGUAGE_PERL, G_N_ELEMENTS(perl_words)},
    {ruby_words, "#", CR_LANGUAGE_RUBY, G_N_ELEMENTS(ruby_words)},
    {node_words, "//", CR_LANGUAGE_NODE, G_N_ELEMENTS(node_words)},
    {php_words, "//", CR_LANGUAGE_PHP, G_N_ELEMENTS(php_words)},
};

typedef struct {
  const char *text, *end, *at;
  const char *line_start;
  const char *counted; /* up to here lines are counted */
  guint line;
  GString *out;
} Scan;

static guint count_line(Scan *scan, const char *at)
{
  for (const char *newline; (newline = memchr(scan->counted, '\n', (gsize)(at - scan->counted)));) {
    scan->line++;
    scan->counted = newline + 1;
  }
  return scan->line;
}

static void write_head(Scan *scan, CrStatementKind kind, const char *at)
{
  g_string_append_printf(scan->out, "%c%u ", (char)kind, count_line(scan, at));
}

/* At the top level of the file, as far as a line tells: it is not indented. */
static gboolean is_top(const Scan *scan)
{
  return scan->line_start < scan->end && *scan->line_start != ' ' && *scan->line_start != '\t';
}

static void take_import(Scan *scan, const CrKeyword *word, CrLanguage language, const char *name, const char *at)
{
  gsize before = scan->out->len;
  CrStatementKind kind = word->kind == CR_STATEMENT_IMPORT && !is_top(scan) ? CR_STATEMENT_IMPORT_MAY : word->kind;
  write_head(scan, kind, name);
  gsize head = scan->out->len;
  gboolean found = cr_literal_take(&at, scan->end, language, scan->out) ||
                   (word->bare && cr_literal_take_bare(&at, scan->end, scan->out));
  /* PHP: __DIR__ . '/x.php' */
  if (!found && language == CR_LANGUAGE_PHP && cr_literal_starts_with(at, scan->end, "__DIR__")) {
    at += strlen("__DIR__");
    cr_literal_skip_any(&at, scan->end, " .");
    g_string_append(scan->out, ".");
    found = cr_literal_take(&at, scan->end, language, scan->out);
  }
  if (found && scan->out->len > head) {
    scan->out->str[before] = (char)kind;
    g_string_append_c(scan->out, '\n');
    return;
  }
  g_string_truncate(scan->out, before);
  if (language == CR_LANGUAGE_PYTHON) { /* import_module(name) */
    write_head(scan, CR_STATEMENT_DYNAMIC, name);
    g_string_append_c(scan->out, '\n');
  }
}

static void take_call(Scan *scan, const CrKeyword *word, CrLanguage language, const char *name, const char *at)
{
  gsize before = scan->out->len;
  gboolean is_list = at < scan->end && *at == '[';
  if (is_list)
    at++;
  cr_literal_skip_blanks(&at, scan->end);
  CrStatementKind kind = word->kind;
  write_head(scan, kind, name);
  gsize head = scan->out->len;
  if (!cr_literal_take(&at, scan->end, language, scan->out)) {
    g_string_truncate(scan->out, before);
    if (kind != CR_STATEMENT_LIBRARY) {
      write_head(scan, CR_STATEMENT_UNKNOWN, name);
      g_string_append_c(scan->out, '\n');
    }
    return;
  }
  gboolean single = !is_list && strpbrk(scan->out->str + head, " \t|;&") != NULL;
  if (kind == CR_STATEMENT_COMMAND && single)
    scan->out->str[before] = (char)CR_STATEMENT_SHELL;
  else if (kind == CR_STATEMENT_COMMAND)
    cr_literal_take_words(at, scan->end, language, scan->out);
  g_string_append_c(scan->out, '\n');
}

/* Of the line at the cursor; no further than a command is long, so that many marks in one long line cost no more. */
static const char *find_line_end(const Scan *scan)
{
  gsize left = MIN((gsize)(scan->end - scan->at), CR_LIMIT_SCRIPT_VALUE_BYTES);
  const char *newline = memchr(scan->at, '\n', left);
  return newline ? newline : scan->at + left;
}

/* `command` of Perl, Ruby and PHP, and Ruby's %x(command). The mark also stands in comments and quoted texts: what
 * comes before it tells. */
static void take_backquoted(Scan *scan, CrLanguage language, const char *start, char close)
{
  const char *before = start;
  while (before > scan->line_start && (before[-1] == ' ' || before[-1] == '\t'))
    before--;
  gboolean opens = before == scan->line_start || cr_literal_is_one_of(before[-1], "=(,;{}[~&|!:?<");
  gsize word = 0;
  while (before - word > scan->line_start && g_ascii_isalpha(before[-1 - (gssize)word]))
    word++;
  static const char *const words[] = {"return", "print", "puts", "echo", "chomp", "split",
                                      "p",      "die",   "and",  "or",   "if"};
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    opens |= word == strlen(words[i]) && memcmp(before - word, words[i], word) == 0;
  const char *at = scan->at;
  const char *newline = opens ? find_line_end(scan) : at;
  gsize length = scan->out->len;
  write_head(scan, CR_STATEMENT_SHELL, start);
  gsize head = scan->out->len;
  if (opens && cr_literal_take_text(&at, newline, close, FALSE, language, scan->out) && scan->out->len > head) {
    /* From the first variable on it is not known. */
    gsize known = strcspn(scan->out->str + head, language == CR_LANGUAGE_RUBY   ? "#"
                                                 : language == CR_LANGUAGE_PERL ? "$@"
                                                                                : "$");
    if (head + known < scan->out->len) {
      g_string_truncate(scan->out, head + known);
      g_string_append(scan->out, CR_WORD_UNKNOWN);
    }
    g_string_append_c(scan->out, '\n');
    scan->at = at;
  } else
    g_string_truncate(scan->out, length);
}

static const CrKeyword *find_keyword(const CrKeyword *words, guint count, const char *name, gsize length)
{
  for (guint i = 0; i < count; i++)
    if (words[i].word[0] == name[0] && strlen(words[i].word) == length && memcmp(words[i].word, name, length) == 0)
      return &words[i];
  return NULL;
}

/* Perl's open(H, "-|", COMMAND…), open(H, "COMMAND |") and open(H, "| COMMAND"). */
static void take_open(Scan *scan, const char *name)
{
  const char *end = find_line_end(scan);
  const char *at = memchr(scan->at, ',', (gsize)(end - scan->at));
  if (!at)
    return;
  at++;
  cr_literal_skip_blanks(&at, end);
  g_autoptr(GString) mode = g_string_new(NULL);
  if (!cr_literal_take(&at, end, CR_LANGUAGE_PERL, mode) || !strchr(mode->str, '|'))
    return;
  if (strcmp(mode->str, "-|") != 0 && strcmp(mode->str, "|-") != 0) {
    write_head(scan, CR_STATEMENT_SHELL, name);
    g_strdelimit(mode->str, "|", ' ');
    g_string_append_printf(scan->out, "%s\n", g_strstrip(mode->str));
    return;
  }
  cr_literal_skip_any(&at, end, " \t,");
  static const CrKeyword open = {"open", CR_STATEMENT_COMMAND, FALSE};
  if (at < end)
    take_call(scan, &open, CR_LANGUAGE_PERL, name, at);
}

/* `system $command` without brackets. */
static gboolean is_bare_argument(const Scan *scan, CrLanguage language, const char *name, const char *at)
{
  const char *first = scan->line_start;
  cr_literal_skip_blanks(&first, name);
  if (language == CR_LANGUAGE_RUBY) /* at the beginning of a line only: the words are methods of much else */
    return first == name && at > name && (at[-1] == ' ') && (g_ascii_islower(*at) || *at == '*') &&
           !cr_literal_starts_with(at, scan->end, "do") && !cr_literal_starts_with(at, scan->end, "if");
  return language == CR_LANGUAGE_PERL && cr_literal_is_one_of(*at, "$@q");
}

static void take_keyword(Scan *scan, const CrKeyword *word, CrLanguage language, const char *name)
{
  const char *at = scan->at;
  gboolean bracket = FALSE;
  cr_literal_skip_blanks(&at, scan->end);
  if (at < scan->end && *at == '(') {
    bracket = TRUE;
    at++;
    cr_literal_skip_blanks(&at, scan->end);
  }
  gboolean imports = word->kind == CR_STATEMENT_IMPORT || word->kind == CR_STATEMENT_IMPORT_MAY;
  gboolean needs_bracket = language == CR_LANGUAGE_PYTHON || (!imports && language == CR_LANGUAGE_NODE) ||
                           (!imports && language == CR_LANGUAGE_PHP);
  if (needs_bracket && !bracket)
    return;
  if (imports)
    take_import(scan, word, language, name, at);
  else if (bracket ||
           (at < scan->end && (cr_literal_is_one_of(*at, "\"'`") || is_bare_argument(scan, language, name, at))))
    take_call(scan, word, language, name, at);
}

/* A test before the table: which lengths have words with this first letter. */
static void note_lengths(const CrKeyword *words, guint count, guint64 *lengths)
{
  for (guint i = 0; i < count; i++)
    lengths[(guint8)words[i].word[0]] |= 1ULL << MIN(strlen(words[i].word), 63);
}

/* The identifier [NAME, END): a keyword? A variable or member of that name is none. */
/* require("child_process").execSync(…): the one member that is a call of the module itself, and no method of whatever
 * (RegExp has an exec as well). */
static gboolean is_member_of_module(const Scan *scan, const char *name)
{
  static const char module[] = "child_process";
  const gsize length = sizeof module - 1;
  gsize before = (gsize)(name - scan->text);
  if (before < length + 3 || name[-1] != '.' || name[-2] != ')' || !cr_literal_is_one_of(name[-3], "'\"`"))
    return FALSE;
  return !memcmp(name - 3 - length, module, length);
}

static void take_name(Scan *scan, guint which, const guint64 *lengths, const char *name, const char *end)
{
  gsize length = (gsize)(end - name);
  if (length > 63 || !(lengths[(guint8)*name] >> length & 1) ||
      (name > scan->text && cr_literal_is_one_of(name[-1], "$@%>.-") && !is_member_of_module(scan, name)))
    return;
  const CrKeyword *word = find_keyword(languages[which].words, languages[which].count, name, length);
  scan->at = end;
  if (word)
    take_keyword(scan, word, languages[which].language, name);
}

/* The line that begins at START (not the first of the text) is a comment and no more. */
static gboolean is_comment(const Scan *scan, guint which, const char *start)
{
  const char *comment = languages[which].comment, *first = start;
  gsize bytes = strlen(comment);
  while (first < scan->end && (*first == ' ' || *first == '\t'))
    first++;
  return scan->end - first > (gssize)bytes && memcmp(first, comment, bytes) == 0;
}

static void take_perl_word(Scan *scan, const char *name)
{
  gsize length = (gsize)(scan->at - name);
  if (length == 4 && memcmp(name, "open", 4) == 0)
    take_open(scan, name);
  if (length != 2 || memcmp(name, "qx", 2) != 0 || scan->at >= scan->end || !cr_literal_is_one_of(*scan->at, "({[/'"))
    return;
  char open = *scan->at++;
  take_backquoted(scan, CR_LANGUAGE_PERL, name,
                  open == '('                        ? ')'
                  : cr_literal_is_one_of(open, "{[") ? (char)(open + 2)
                                                     : open);
}

/* Neither a letter nor a line's end. */
static void take_mark(Scan *scan, CrLanguage language)
{
  const char *start = scan->at++;
  gsize left = (gsize)(scan->end - start);
  gboolean quotes = language == CR_LANGUAGE_PERL || language == CR_LANGUAGE_RUBY || language == CR_LANGUAGE_PHP;
  if (*start == '`' && quotes)
    take_backquoted(scan, language, start, '`');
  else if (language == CR_LANGUAGE_RUBY && left > 3 && memcmp(start, "%x", 2) == 0 &&
           cr_literal_is_one_of(start[2], "({[")) {
    scan->at = start + 3;
    take_backquoted(scan, language, start, start[2] == '(' ? ')' : (char)(start[2] + 2));
  }
}

/* At the beginning of a line: behind what is no code there, the whole of a comment or of Perl's documentation. */
static void skip_comment(Scan *scan, guint which)
{
  const char *first = scan->at;
  if (languages[which].language == CR_LANGUAGE_PERL && scan->end - first > 2 && *first == '=' &&
      g_ascii_isalpha(first[1])) {
    const char *cut = memmem(first, (gsize)(scan->end - first), "\n=cut", 5);
    scan->at = cut ? cut + 5 : scan->end;
    return;
  }
  if (!is_comment(scan, which, first))
    return;
  const char *newline = memchr(first, '\n', (gsize)(scan->end - first));
  scan->at = newline ? newline : scan->end;
}

static void scan_names(Scan *scan, guint which, const guint64 *lengths)
{
  const char *at = scan->text;
  while (at < scan->end && scan->out->len < CR_LIMIT_SCRIPT_BYTES) {
    if (*at == '\n') {
      scan->line_start = ++at;
      scan->at = at;
      skip_comment(scan, which);
      at = scan->at;
      continue;
    }
    if (!cr_literal_is_word_byte(*at)) {
      scan->at = at;
      take_mark(scan, languages[which].language);
      at = scan->at;
      continue;
    }
    const char *name = at;
    while (at < scan->end && (cr_literal_is_word_byte(*at) || *at == '.'))
      at++;
    take_name(scan, which, lengths, name, at);
    if (languages[which].language == CR_LANGUAGE_PERL &&
        (name == scan->text || !cr_literal_is_one_of(name[-1], "$@%>.-"))) {
      scan->at = at;
      take_perl_word(scan, name);
      at = scan->at;
    }
  }
}

/* Python's texts in triple quotes. */
typedef struct {
  const char *at, *end; /* those up to AT were passed */
  const char *next[2];  /* where the next of each kind begins */
} Quotes;

/* TO, or the end of the text that it is in: an example in a text starts nothing. */
static const char *pass_quotes(Quotes *quotes, const char *to)
{
  static const char *const marks[] = {"\"\"\"", "'''"};
  for (;;) {
    for (guint i = 0; i < 2; i++)
      if (!quotes->next[i] || quotes->next[i] < quotes->at) {
        const char *found = memmem(quotes->at, (gsize)(quotes->end - quotes->at), marks[i], 3);
        quotes->next[i] = found ? found : quotes->end;
      }
    guint which = quotes->next[1] < quotes->next[0];
    const char *opens = quotes->next[which];
    if (opens >= to)
      return to;
    const char *closes = memmem(opens + 3, (gsize)(quotes->end - opens - 3), marks[which], 3);
    quotes->at = closes ? closes + 3 : quotes->end;
    if (quotes->at > to)
      return quotes->at;
  }
}

/* Python's keywords count before a bracket only, so the search goes from bracket to bracket: three times as fast as
 * from name to name, and a Python image has little else to scan. */
static void scan_calls(Scan *scan, guint which, const guint64 *lengths)
{
  const char *bracket = scan->text, *passed = scan->text, *searched = scan->text, *newline = NULL;
  Quotes quotes = {.at = scan->text, .end = scan->end};
  for (; scan->out->len < CR_LIMIT_SCRIPT_BYTES && (bracket = memchr(bracket, '(', (gsize)(scan->end - bracket)));
       bracket++) {
    const char *after = pass_quotes(&quotes, bracket);
    if (after > bracket) {
      passed = after;
      bracket = after - 1;
      continue;
    }
    const char *end = bracket;
    while (end > passed && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r'))
      end--;
    const char *name = end;
    while (name > passed && (cr_literal_is_word_byte(name[-1]) || name[-1] == '.'))
      name--;
    passed = bracket + 1; /* names do not reach over brackets: blanks are gone over once */
    while (name < end && *name == '.')
      name++;
    if (name == end || end - name > 63 || !(lengths[(guint8)*name] >> (end - name) & 1))
      continue;
    const char *nearer = memrchr(searched, '\n', (gsize)(name - searched));
    newline = nearer ? nearer : newline;
    searched = name;
    scan->line_start = newline ? newline + 1 : scan->text;
    if (!newline || !is_comment(scan, which, scan->line_start))
      take_name(scan, which, lengths, name, end);
  }
}

void cr_statements_scan(CrLanguage language, const char *text, gsize size, GString *out)
{
  guint which = 0;
  while (which < G_N_ELEMENTS(languages) && languages[which].language != language)
    which++;
  if (which == G_N_ELEMENTS(languages))
    return;
  guint64 lengths[256] = {0};
  note_lengths(languages[which].words, languages[which].count, lengths);
  Scan scan = {
      .text = text, .end = text + size, .at = text, .line_start = text, .counted = text, .line = 1, .out = out};
  if (language == CR_LANGUAGE_PYTHON) {
    cr_statements_scan_python(text, size, out);
    scan_calls(&scan, which, lengths);
  } else {
    scan_names(&scan, which, lengths);
  }
}
