/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: test(1), and bash's [[ ]]. What asks the file system is never known: volumes are mounted over it. */
#include <string.h>

#include "base/limits.h"
#include "reach/shell.h"

typedef struct {
  CrShell *shell;
  const char *const *words;
  guint at, count, depth;
  gboolean is_double;
} Test;

static CrShellStatus parse_or(Test *test);

static CrShellStatus negate(CrShellStatus status)
{
  return status == CR_STATUS_UNKNOWN ? status : status == CR_STATUS_TRUE ? CR_STATUS_FALSE : CR_STATUS_TRUE;
}

static CrShellStatus from_boolean(gboolean value)
{
  return value ? CR_STATUS_TRUE : CR_STATUS_FALSE;
}

static const char *word_at(const Test *test, guint ahead)
{
  return test->at + ahead < test->count ? test->words[test->at + ahead] : NULL;
}

static gboolean is_one_of(const char *word, const char *list)
{
  return word && *word && strstr(list, cr_word_is_known(word) ? word : " ") != NULL && strlen(word) <= 3 &&
         !strchr(word, ' ');
}

static CrShellStatus compare_numbers(const char *a, const char *op, const char *b)
{
  char *end_a = NULL, *end_b = NULL;
  gint64 x = g_ascii_strtoll(a, &end_a, 10), y = g_ascii_strtoll(b, &end_b, 10);
  if (*end_a || *end_b || !*a || !*b)
    return CR_STATUS_UNKNOWN;
  if (strcmp(op, "-eq") == 0)
    return from_boolean(x == y);
  if (strcmp(op, "-ne") == 0)
    return from_boolean(x != y);
  if (strcmp(op, "-gt") == 0)
    return from_boolean(x > y);
  if (strcmp(op, "-ge") == 0)
    return from_boolean(x >= y);
  return from_boolean(strcmp(op, "-lt") == 0 ? x < y : x <= y);
}

static CrShellStatus compare(const Test *test, const char *a, const char *op, const char *b)
{
  if (strcmp(op, "=") == 0 || strcmp(op, "==") == 0 || strcmp(op, "!=") == 0) {
    CrShellStatus same = CR_STATUS_UNKNOWN;
    if (test->is_double)
      same = cr_shell_match(b, a);
    else if (cr_word_is_known(a) && cr_word_is_known(b))
      same = from_boolean(strcmp(a, b) == 0);
    else { /* a known beginning can tell two words apart */
      gsize n = MIN(strcspn(a, CR_WORD_UNKNOWN), strcspn(b, CR_WORD_UNKNOWN));
      same = strncmp(a, b, n) != 0 ? CR_STATUS_FALSE : CR_STATUS_UNKNOWN;
    }
    return *op == '!' ? negate(same) : same;
  }
  if (!cr_word_is_known(a) || !cr_word_is_known(b))
    return CR_STATUS_UNKNOWN;
  if (strcmp(op, "<") == 0 || strcmp(op, ">") == 0)
    return from_boolean(*op == '<' ? strcmp(a, b) < 0 : strcmp(a, b) > 0);
  return is_one_of(op, "-eq -ne -gt -ge -lt -le") ? compare_numbers(a, op, b) : CR_STATUS_UNKNOWN;
}

static gboolean is_binary(const char *op)
{
  return is_one_of(op, "= == != =~ -eq -ne -gt -ge -lt -le -nt -ot -ef < >");
}

static CrShellStatus parse_unary(Test *test, const char *op, const char *word)
{
  test->at += 2;
  if (op[1] == 'n' || op[1] == 'z') {
    gboolean empty = !*word;
    gboolean known = cr_word_is_known(word) || strcmp(word, CR_WORD_UNKNOWN) != 0; /* part of it is there */
    return known ? from_boolean(empty == (op[1] == 'z')) : CR_STATUS_UNKNOWN;
  }
  if (op[1] == 'v' && cr_word_is_known(word)) {
    const CrShellValue *value = cr_shell_find_variable(test->shell, word);
    return !value ? CR_STATUS_FALSE : value->count ? CR_STATUS_TRUE : CR_STATUS_UNKNOWN;
  }
  return CR_STATUS_UNKNOWN;
}

static CrShellStatus parse_primary(Test *test)
{
  const char *word = word_at(test, 0);
  if (!word || ++test->depth > CR_LIMIT_SCRIPT_DEPTH)
    return CR_STATUS_UNKNOWN;
  CrShellStatus status = CR_STATUS_UNKNOWN;
  if (strcmp(word, "!") == 0 && word_at(test, 1)) {
    test->at++;
    status = negate(parse_primary(test));
  } else if (strcmp(word, "(") == 0 && word_at(test, 1) && !is_binary(word_at(test, 1))) {
    test->at++;
    status = parse_or(test);
    if (word_at(test, 0) && strcmp(word_at(test, 0), ")") == 0)
      test->at++;
  } else if (is_binary(word_at(test, 1)) && word_at(test, 2)) {
    status = compare(test, word, word_at(test, 1), word_at(test, 2));
    test->at += 3;
  } else if (word[0] == '-' && g_ascii_isalpha(word[1]) && !word[2] && word_at(test, 1))
    status = parse_unary(test, word, word_at(test, 1));
  else {
    status = strcmp(word, CR_WORD_UNKNOWN) == 0 ? CR_STATUS_UNKNOWN : from_boolean(*word != 0);
    test->at++;
  }
  test->depth--;
  return status;
}

static CrShellStatus parse_and(Test *test)
{
  CrShellStatus status = parse_primary(test);
  while (word_at(test, 0) && strcmp(word_at(test, 0), test->is_double ? "&&" : "-a") == 0) {
    test->at++;
    CrShellStatus other = parse_primary(test);
    if (status == CR_STATUS_FALSE || other == CR_STATUS_FALSE)
      status = CR_STATUS_FALSE;
    else if (other == CR_STATUS_UNKNOWN)
      status = CR_STATUS_UNKNOWN;
  }
  return status;
}

static CrShellStatus parse_or(Test *test)
{
  CrShellStatus status = parse_and(test);
  while (word_at(test, 0) && strcmp(word_at(test, 0), test->is_double ? "||" : "-o") == 0) {
    test->at++;
    CrShellStatus other = parse_and(test);
    if (status == CR_STATUS_TRUE || other == CR_STATUS_TRUE)
      status = CR_STATUS_TRUE;
    else if (other == CR_STATUS_UNKNOWN)
      status = CR_STATUS_UNKNOWN;
  }
  return status;
}

CrShellStatus cr_shell_test(CrShell *shell, const char *const *words, gboolean is_double)
{
  Test test = {.shell = shell, .words = words + 1, .is_double = is_double};
  while (test.words[test.count])
    test.count++;
  if (!test.count)
    return CR_STATUS_FALSE;
  CrShellStatus status = parse_or(&test);
  return test.at == test.count ? status : CR_STATUS_UNKNOWN;
}
