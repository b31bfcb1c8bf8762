/* SPDX-License-Identifier: Apache-2.0 */
/* Which sets are tried, and what is found, over made-up updates: no image, no package manager. */
#include <string.h>

#include "base/error.h"
#include "remedy/steps.h"

typedef struct {
  const char *name;
  const char *groups; /* "a bc d": packages of one letter, those of a word only go together */
  const char *bad;    /* letters whose plan does not hold */
  const char *needs;  /* "ba": b needs a */
  const char *wanted; /* letters of what is found; "" none */
  guint most;         /* runs */
} Row;

static const Row rows[] = {
    {"one-bad-of-one", "a", "a", "", "", 0},
    {"one-bad-of-two", "a b", "a", "", "b", 3},
    {"last-bad", "a b c d e f g h", "h", "", "abcdefg", 8},
    {"first-bad", "a b c d e f g h", "a", "", "bcdefgh", 8},
    {"two-bad", "a b c d e f g h", "cf", "", "abdegh", 12},
    {"all-bad", "a b c d", "abcd", "", "", 6},
    {"group-falls-together", "a bc d", "c", "", "ad", 6},
    {"needs-what-is-bad", "a b c", "a", "ba", "c", 5},
    {"needs-what-is-good", "a b c", "c", "ba", "ab", 5},
};

typedef struct {
  const Row *row;
  guint tries;
  char last[32];
} Bench;

/* A letter that needs what is left out is left out, as a plan does. */
static CrPlan *make_plan(GHashTable *aside, gpointer data)
{
  Bench *bench = data;
  CrPlan *plan = g_new0(CrPlan, 1);
  plan->arena = cr_arena_new();
  plan->fixes = g_ptr_array_new();
  plan->changes = g_ptr_array_new();
  for (const char *c = bench->row->groups; *c; c++) {
    char name[2] = {*c, 0}, needed[2] = {0, 0};
    if (*c == ' ' || g_hash_table_contains(aside, name))
      continue;
    if (*bench->row->needs && bench->row->needs[0] == *c)
      needed[0] = bench->row->needs[1];
    if (*needed && g_hash_table_contains(aside, needed))
      continue;
    CrChange *change = cr_arena_new0(plan->arena, CrChange);
    change->name = cr_arena_strdup(plan->arena, name);
    g_ptr_array_add(plan->changes, change);
  }
  return plan;
}

static int try_plan(CrPlan *plan, char **why, gpointer data, GError **error)
{
  Bench *bench = data;
  gboolean good = TRUE;
  bench->tries++;
  bench->last[0] = 0;
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    g_strlcat(bench->last, change->name, sizeof bench->last);
    good &= !strstr(bench->row->bad, change->name);
  }
  *why = good ? NULL : g_strdup("it does not hold");
  return good;
}

static GPtrArray *split_groups(const char *text, char ***words)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  *words = g_strsplit(text, " ", -1);
  for (guint i = 0; (*words)[i]; i++) {
    GPtrArray *group = g_ptr_array_new_with_free_func(g_free);
    for (const char *c = (*words)[i]; *c; c++)
      g_ptr_array_add(group, g_strndup(c, 1));
    g_ptr_array_add(groups, group);
  }
  return groups;
}

static void test_row(gconstpointer data)
{
  Bench bench = {.row = data};
  g_auto(GStrv) words = NULL;
  g_autoptr(GPtrArray) groups = split_groups(bench.row->groups, &words);
  g_autoptr(GError) error = NULL;
  CrSteps steps = {make_plan, try_plan, &bench};
  g_autoptr(CrPlan) plan = cr_steps_find(&steps, groups, "all do not hold", &error);
  g_assert_no_error(error);
  g_assert_cmpint(plan != NULL, ==, *bench.row->wanted != 0);
  if (plan)
    g_assert_cmpstr(bench.last, ==, bench.row->wanted); /* the last that was tried is what is found */
  g_assert_cmpuint(bench.tries, <=, bench.row->most);
}

static int fail_plan(CrPlan *plan, char **why, gpointer data, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "no space");
  return -1;
}

static void test_environment(void)
{
  static const Row row = {"x", "a b", "", "", "", 0};
  Bench bench = {.row = &row};
  g_auto(GStrv) words = NULL;
  g_autoptr(GPtrArray) groups = split_groups(row.groups, &words);
  g_autoptr(GError) error = NULL;
  CrSteps steps = {make_plan, fail_plan, &bench};
  g_assert_null(cr_steps_find(&steps, groups, "x", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
}

static void test_bounded(void)
{
  g_autoptr(GString) many = g_string_new(NULL);
  for (char c = 33; c < 126; c++)
    g_string_append_printf(many, "%s%c", many->len ? " " : "", c);
  Row row = {"x", many->str, many->str, "", "", 0};
  Bench bench = {.row = &row};
  g_auto(GStrv) words = NULL;
  g_autoptr(GPtrArray) groups = split_groups(row.groups, &words);
  CrSteps steps = {make_plan, try_plan, &bench};
  g_assert_null(cr_steps_find(&steps, groups, "x", NULL));
  g_assert_cmpuint(bench.tries, <=, CR_STEPS_TRIES + 1);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat("/steps/", rows[i].name, NULL);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  g_test_add_func("/steps/environment", test_environment);
  g_test_add_func("/steps/bounded", test_bounded);
  return g_test_run();
}
