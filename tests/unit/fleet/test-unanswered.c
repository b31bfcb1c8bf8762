/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/unanswered.h"

static void test_groups(void)
{
  g_autoptr(CrUnanswered) unanswered = cr_unanswered_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  for (guint i = 0; i < 7; i++) {
    g_autofree char *name = g_strdup_printf("web:%u", i);
    cr_unanswered_add(unanswered, "one.example", "does not answer: Timeout was reached", name);
    cr_unanswered_add(unanswered, "one.example", "does not answer: Timeout was reached", name);
  }
  cr_unanswered_add(unanswered, "one.example", "denies access (401)", "shop:1");
  cr_unanswered_add(unanswered, "two.example", "denies access (401)", "shop:2");
  cr_unanswered_say(unanswered, "not known is", problems);
  static const struct {
    const char *where, *what;
  } wanted[] = {
      {"one.example",
       "does not answer: Timeout was reached: not known is web:0, web:1, web:2, web:3, web:4 and 2 more"},
      {"one.example", "denies access (401): not known is shop:1"},
      {"two.example", "denies access (401): not known is shop:2"},
  };
  g_assert_cmpuint(cr_problems_get_count(problems), ==, G_N_ELEMENTS(wanted));
  for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    g_assert_cmpint(problem->kind, ==, CR_PROBLEM_NOTE);
    g_assert_cmpstr(problem->where, ==, wanted[i].where);
    g_assert_cmpstr(problem->what, ==, wanted[i].what);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/unanswered/groups", test_groups);
  return g_test_run();
}
