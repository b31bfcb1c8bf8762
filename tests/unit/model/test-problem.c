/* SPDX-License-Identifier: Apache-2.0 */
#include "model/problem.h"

static void test_same_text_once(void)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  cr_problems_add(problems, CR_PROBLEM_NOTE, "b", "x %d", 1);
  cr_problems_add(problems, CR_PROBLEM_NOTE, "b", "x %d", 1);
  cr_problems_add(problems, CR_PROBLEM_BLIND, "c", "y");
  cr_problems_add(problems, CR_PROBLEM_NOTE, "a", "z");
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 3);
  cr_problems_sort(problems);
  g_assert_cmpstr(cr_problems_get(problems, 0)->where, ==, "c");
  g_assert_cmpstr(cr_problems_get(problems, 1)->where, ==, "a");
  g_assert_cmpstr(cr_problems_get(problems, 2)->what, ==, "x 1");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/problem/same-text-once", test_same_text_once);
  return g_test_run();
}
