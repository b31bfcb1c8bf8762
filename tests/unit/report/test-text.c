/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text.h"

#include <string.h>

static void test_wrap(void)
{
  g_autoptr(CrText) text = cr_text_new(40, FALSE);
  cr_text_span(text, CR_STYLE_PLAIN, "one two three four five six seven ");
  cr_text_span(text, CR_STYLE_BOLD, "eight nine ten");
  cr_text_end(text, 4);
  g_assert_cmpstr(text->out->str, ==, "one two three four five six seven eight\n    nine ten\n");
}

static void test_escape(void)
{
  g_autoptr(CrText) text = cr_text_new(80, TRUE);
  cr_text_span(text, CR_STYLE_PLAIN, "a%sb", "\033]0;x\007\n\302\205\342\200\256\377");
  cr_text_end(text, 0);
  for (const char *p = text->out->str; *p; p++)
    g_assert_true(*p == '\n' ? !p[1] : (guchar)*p >= 0x20);
  g_assert_null(strstr(text->out->str, "\342\200\256"));
}

static void test_measure(void)
{
  g_assert_cmpuint(cr_text_measure("abc"), ==, 3);
  g_assert_cmpuint(cr_text_measure("日本"), ==, 4);
  g_assert_cmpuint(cr_text_measure("e\xcc\x81"), ==, 1);
}

static void test_grid(void)
{
  g_autoptr(CrText) text = cr_text_new(60, FALSE);
  CrTextGrid *grid = cr_text_grid_new(text, 3);
  cr_text_grid_align_right(grid, 0);
  cr_text_grid_add(grid, "1", "short", "words that are many and wrap in the last column", NULL);
  cr_text_grid_add(grid, "1000", "much longer", "x", NULL);
  cr_text_grid_end(grid);
  g_assert_cmpstr(text->out->str, ==,
                  "     1  short        words that are many and wrap in the\n"
                  "                     last column\n"
                  "  1000  much longer  x\n");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/text/wrap", test_wrap);
  g_test_add_func("/text/escape", test_escape);
  g_test_add_func("/text/measure", test_measure);
  g_test_add_func("/text/grid", test_grid);
  return g_test_run();
}
