/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/steps.h"

#include <string.h>

#include "base/error.h"

/* ---- groups ---- */

typedef struct {
  const CrFix *fix;
  GHashTable *changes; /* names of packages that change with it, its own among them */
  gboolean taken;
} Unit;

static void free_unit(gpointer data)
{
  Unit *unit = data;
  g_hash_table_unref(unit->changes);
  g_free(unit);
}

static Unit *make_unit(CrPlan *plan, const CrFix *fix, const CrChoice *choice)
{
  Unit *unit = g_new0(Unit, 1);
  unit->fix = fix;
  unit->changes = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_add(unit->changes, (gpointer)fix->name);
  g_autoptr(GPtrArray) wanted = g_ptr_array_new(), changes = g_ptr_array_new();
  g_ptr_array_add(wanted, (gpointer)fix->package);
  if (choice->resolve(wanted, plan->arena, changes, choice->data, NULL))
    for (guint i = 0; i < changes->len; i++)
      g_hash_table_add(unit->changes, (gpointer)((const CrChange *)changes->pdata[i])->name);
  return unit;
}

/* What another needs changes with fewer others than it does itself. */
static gint compare_units(gconstpointer a, gconstpointer b)
{
  const Unit *one = *(Unit *const *)a, *other = *(Unit *const *)b;
  guint x = g_hash_table_size(one->changes), y = g_hash_table_size(other->changes);
  return x != y ? (x < y ? -1 : 1) : strcmp(one->fix->name, other->fix->name);
}

static gboolean needs(const Unit *unit, const Unit *other)
{
  return g_hash_table_contains(unit->changes, other->fix->name);
}

GPtrArray *cr_steps_group(CrPlan *plan, const CrChoice *choice)
{
  g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(free_unit);
  for (guint i = 0; i < plan->fixes->len; i++) {
    const CrFix *fix = plan->fixes->pdata[i];
    if (fix->package && fix->update && (fix->state == CR_FIX_FIXED || fix->state == CR_FIX_CONFFILE))
      g_ptr_array_add(units, make_unit(plan, fix, choice));
  }
  g_ptr_array_sort(units, compare_units);
  GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < units->len; i++) {
    Unit *unit = units->pdata[i];
    if (unit->taken)
      continue;
    GPtrArray *group = g_ptr_array_new();
    for (guint k = i; k < units->len; k++) {
      Unit *other = units->pdata[k];
      if (other->taken || !needs(unit, other) || !needs(other, unit))
        continue;
      other->taken = TRUE;
      g_ptr_array_add(group, (gpointer)other->fix->name);
    }
    g_ptr_array_add(groups, group);
  }
  return groups;
}

/* ---- the search ---- */

typedef enum {
  UNDECIDED,
  GOOD,
  FOLLOWS, /* alone it changes nothing: what it needs is left out, and the plan says so */
  BAD,
} Verdict;

typedef struct {
  const CrSteps *steps;
  const GPtrArray *groups;
  Verdict *verdicts;
  char **whys;
  guint tries, changes; /* CHANGES: of the largest plan that held */
  GError **error;
} Search;

static CrPlan *make_plan(const Search *search, guint from, guint to)
{
  g_autoptr(GHashTable) aside = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < search->groups->len; i++) {
    Verdict verdict = search->verdicts[i];
    const GPtrArray *group = search->groups->pdata[i];
    gboolean left_out = verdict == BAD || (verdict == UNDECIDED && (i < from || i >= to));
    for (guint k = 0; left_out && k < group->len; k++)
      g_hash_table_insert(aside, group->pdata[k], search->whys[i] ? search->whys[i] : "not tried yet");
  }
  return search->steps->make_plan(aside, search->steps->data);
}

static void decide(Search *search, guint from, guint to, Verdict verdict, const char *why)
{
  for (guint i = from; i < to; i++) {
    search->verdicts[i] = verdict;
    g_free(search->whys[i]);
    search->whys[i] = g_strdup(why);
  }
}

static gboolean search_range(Search *search, guint from, guint to);

static gboolean split(Search *search, guint from, guint to, const char *why)
{
  if (to - from == 1) {
    decide(search, from, to, BAD, why);
    return TRUE;
  }
  guint middle = from + (to - from) / 2;
  return search_range(search, from, middle) && search_range(search, middle, to);
}

/* FALSE: the environment failed. */
static gboolean search_range(Search *search, guint from, guint to)
{
  g_autoptr(CrPlan) plan = make_plan(search, from, to);
  if (plan->changes->len <= search->changes) {
    decide(search, from, to, FOLLOWS, NULL);
    return TRUE;
  }
  if (search->tries >= CR_STEPS_TRIES) {
    decide(search, from, to, BAD, "not decided: enough was tried");
    return TRUE;
  }
  search->tries++;
  g_autofree char *why = NULL;
  int result = search->steps->try_plan(plan, &why, search->steps->data, search->error);
  if (result < 0)
    return FALSE;
  if (result == 0)
    return split(search, from, to, why);
  decide(search, from, to, GOOD, NULL);
  search->changes = plan->changes->len;
  return TRUE;
}

/* The plan with every reason as it is known in the end, and its patch the one that is left behind. */
static CrPlan *conclude(Search *search)
{
  g_autoptr(CrPlan) plan = make_plan(search, 0, 0);
  g_autofree char *why = NULL;
  if (!search->changes)
    return NULL;
  int result = search->steps->try_plan(plan, &why, search->steps->data, search->error);
  if (result == 0)
    g_set_error(search->error, CR_ERROR, CR_ERROR_GATE, "what could be proved once could not be proved again: %s",
                why ? why : "no reason was given");
  return result > 0 ? g_steal_pointer(&plan) : NULL;
}

CrPlan *cr_steps_find(const CrSteps *steps, const GPtrArray *groups, const char *why, GError **error)
{
  Search search = {.steps = steps, .groups = groups, .error = error};
  search.verdicts = g_new0(Verdict, groups->len + 1);
  search.whys = g_new0(char *, groups->len + 1);
  CrPlan *plan = groups->len && split(&search, 0, groups->len, why) ? conclude(&search) : NULL;
  for (guint i = 0; i < groups->len; i++)
    g_free(search.whys[i]);
  g_free(search.whys);
  g_free(search.verdicts);
  return plan;
}
