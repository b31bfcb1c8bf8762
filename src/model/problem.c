/* SPDX-License-Identifier: Apache-2.0 */
#include "model/problem.h"

#include <string.h>

struct CrProblems {
  GMutex lock;
  GPtrArray *list;
  GHashTable *seen; /* CrProblem → itself, by value */
};

static void problem_free(gpointer data)
{
  CrProblem *problem = data;
  g_free(problem->where);
  g_free(problem->what);
  g_free(problem);
}

static guint problem_hash(gconstpointer data)
{
  const CrProblem *problem = data;
  return g_str_hash(problem->where) * 31 + g_str_hash(problem->what) + (guint)problem->kind;
}

static gboolean problem_equal(gconstpointer a, gconstpointer b)
{
  const CrProblem *x = a, *y = b;
  return x->kind == y->kind && !strcmp(x->where, y->where) && !strcmp(x->what, y->what);
}

CrProblems *cr_problems_new(void)
{
  CrProblems *problems = g_new0(CrProblems, 1);
  g_mutex_init(&problems->lock);
  problems->list = g_ptr_array_new_with_free_func(problem_free);
  problems->seen = g_hash_table_new(problem_hash, problem_equal);
  return problems;
}

void cr_problems_free(CrProblems *problems)
{
  if (!problems)
    return;
  g_hash_table_unref(problems->seen);
  g_ptr_array_unref(problems->list);
  g_mutex_clear(&problems->lock);
  g_free(problems);
}

/* Takes WHAT. */
static void add(CrProblems *problems, CrProblemKind kind, const char *where, char *what)
{
  CrProblem *problem = g_new0(CrProblem, 1);
  problem->kind = kind;
  problem->where = g_strdup(where ? where : "");
  problem->what = what;
  g_mutex_lock(&problems->lock);
  if (g_hash_table_contains(problems->seen, problem)) {
    problem_free(problem);
  } else {
    g_hash_table_add(problems->seen, problem);
    g_ptr_array_add(problems->list, problem);
  }
  g_mutex_unlock(&problems->lock);
}

void cr_problems_add(CrProblems *problems, CrProblemKind kind, const char *where, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add(problems, kind, where, g_strdup_vprintf(format, args));
  va_end(args);
}

void cr_problems_add_error(CrProblems *problems, CrProblemKind kind, const char *where, const GError *error)
{
  add(problems, kind, where, g_strdup(error ? error->message : "unknown error"));
}

void cr_problems_add_all(CrProblems *problems, const CrProblems *from)
{
  for (guint i = 0; i < from->list->len; i++) {
    const CrProblem *problem = from->list->pdata[i];
    add(problems, problem->kind, problem->where, g_strdup(problem->what));
  }
}

void cr_problems_add_all_of(CrProblems *problems, const char *name, const CrProblems *from)
{
  for (guint i = 0; i < cr_problems_get_count(from); i++) {
    const CrProblem *problem = cr_problems_get(from, i);
    g_autofree char *where = *problem->where ? g_strdup_printf("%s: %s", name, problem->where) : g_strdup(name);
    if (problem->kind != CR_PROBLEM_NOTE)
      cr_problems_add(problems, problem->kind, where, "%s", problem->what);
  }
}

gboolean cr_problems_are_complete(const CrProblems *problems)
{
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    if (cr_problems_get(problems, i)->kind != CR_PROBLEM_NOTE)
      return FALSE;
  return TRUE;
}

guint cr_problems_get_count(const CrProblems *problems)
{
  return problems->list->len;
}

const CrProblem *cr_problems_get(const CrProblems *problems, guint i)
{
  return problems->list->pdata[i];
}

static int compare(gconstpointer a, gconstpointer b)
{
  const CrProblem *x = *(const CrProblem *const *)a, *y = *(const CrProblem *const *)b;
  if (x->kind != y->kind)
    return x->kind > y->kind ? -1 : 1;
  int where = strcmp(x->where, y->where);
  return where ? where : strcmp(x->what, y->what);
}

void cr_problems_sort(CrProblems *problems)
{
  g_ptr_array_sort(problems->list, compare);
}

const char *cr_problem_kind_get_name(CrProblemKind kind)
{
  static const char *const names[] = {"note", "partial", "blind"};
  return names[kind];
}
