/* SPDX-License-Identifier: Apache-2.0 */
/* libsolv's jobs and answers, with dnf's settings (libdnf, goal/Goal.cpp). */
#include "vendor/rpmmd.h"

#include <string.h>

#include <solv/solver.h>

void cr_rpmmd_step_free(gpointer data)
{
  CrRpmStep *step = data;
  g_ptr_array_unref(step->obsoletes);
  g_free(step);
}

/* ---- the job ---- */

/* Packages that provide one of these stand beside each other (dnf.conf(5) installonlypkgs). */
static void add_install_only(const CrRpmWorld *world, Queue *job)
{
  static const char *const names[] = {"kernel",
                                      "kernel-PAE",
                                      "installonlypkg(kernel)",
                                      "installonlypkg(kernel-module)",
                                      "installonlypkg(vm)",
                                      "multiversion(kernel)"};
  for (guint i = 0; i < G_N_ELEMENTS(names); i++)
    queue_push2(job, SOLVER_MULTIVERSION | SOLVER_SOLVABLE_PROVIDES, pool_str2id(world->pool, names[i], 1));
}

static gboolean is_installed(const CrRpmWorld *world, Id id)
{
  return cr_rpmmd_world_get(world, id)->package != NULL;
}

/* What an installed package recommends and nobody has installed is not brought in by another's recommending it, either
 * (exclude_from_weak_autodetect). */
static void exclude_unmet(const CrRpmWorld *world, Id dependency, Queue *job)
{
  Pool *pool = world->pool;
  Id provider = 0;
  Id at = 0;
  while (ISRELDEP(dependency) && GETRELDEP(pool, dependency)->flags <= 7) /* a version; not a rich dependency */
    dependency = GETRELDEP(pool, dependency)->name;
  if (ISRELDEP(dependency))
    return;
  FOR_PROVIDES(provider, at, dependency)
  {
    if (is_installed(world, provider))
      return;
  }
  FOR_PROVIDES(provider, at, dependency)
  {
    queue_push2(job, SOLVER_EXCLUDEFROMWEAK | SOLVER_SOLVABLE, provider);
  }
}

static void add_weak_excludes(const CrRpmWorld *world, Queue *job)
{
  for (Id p = world->installed->start; p < world->installed->end; p++) {
    const Solvable *solvable = pool_id2solvable(world->pool, p);
    for (Offset at = solvable->recommends; at && world->installed->idarraydata[at]; at++)
      exclude_unmet(world, world->installed->idarraydata[at], job);
  }
}

static gboolean obsoletes_installed(const CrRpmWorld *world, Solvable *solvable)
{
  Pool *pool = world->pool;
  const Id *relations = solvable->repo->idarraydata + solvable->obsoletes;
  for (; solvable->obsoletes && *relations; relations++) {
    Id p = 0;
    Id at = 0;
    FOR_PROVIDES(p, at, *relations)
    {
      if (is_installed(world, p) && pool_match_nevr(pool, pool_id2solvable(pool, p), *relations))
        return TRUE;
    }
  }
  return FALSE;
}

/* As dnf's upgrade_all: what is installed, and of what could be, the names that are installed and what replaces them.
 */
static void add_targets(const CrRpmWorld *world, Queue *job)
{
  Queue targets;
  g_autoptr(GHashTable) names = g_hash_table_new(NULL, NULL);
  for (Id p = world->installed->start; p < world->installed->end; p++)
    g_hash_table_add(names, GINT_TO_POINTER(pool_id2solvable(world->pool, p)->name));
  queue_init(&targets);
  for (Id p = 2; p < (Id)world->solvables->len; p++) {
    Solvable *solvable = pool_id2solvable(world->pool, p);
    if (is_installed(world, p) || g_hash_table_contains(names, GINT_TO_POINTER(solvable->name)) ||
        (world->archives->rpm->obsoletes && obsoletes_installed(world, solvable)))
      queue_push(&targets, p);
  }
  queue_push2(job, SOLVER_UPDATE | SOLVER_SOLVABLE_ONE_OF, pool_queuetowhatprovides(world->pool, &targets));
  queue_free(&targets);
}

static Solver *make_solver(const CrRpmWorld *world)
{
  static const int flags[] = {SOLVER_FLAG_KEEP_ORPHANS, SOLVER_FLAG_BEST_OBEY_POLICY, SOLVER_FLAG_URPM_REORDER};
  const CrRpmSettings *settings = world->archives->rpm;
  Solver *solver = solver_create(world->pool);
  for (guint i = 0; i < G_N_ELEMENTS(flags); i++)
    solver_set_flag(solver, flags[i], 1);
  solver_set_flag(solver, SOLVER_FLAG_ALLOW_VENDORCHANGE, settings->vendor_change);
  solver_set_flag(solver, SOLVER_FLAG_YUM_OBSOLETES, settings->obsoletes);
  solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED, !settings->weak);
  return solver;
}

/* ---- why not ---- */

/* The rule that tells most, of those that cannot hold together. */
static guint rank(SolverRuleinfo type)
{
  switch (type) {
  case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
    return 5;
  case SOLVER_RULE_PKG_CONFLICTS:
  case SOLVER_RULE_PKG_SELF_CONFLICT:
    return 4;
  case SOLVER_RULE_PKG_OBSOLETES:
  case SOLVER_RULE_PKG_INSTALLED_OBSOLETES:
  case SOLVER_RULE_PKG_IMPLICIT_OBSOLETES:
    return 3;
  case SOLVER_RULE_PKG_REQUIRES:
    return 2;
  default:
    return 1;
  }
}

static char *explain(Solver *solver)
{
  char *best = NULL;
  guint best_rank = 0;
  Queue rules;
  queue_init(&rules);
  solver_findallproblemrules(solver, 1, &rules);
  for (int i = 0; i < rules.count; i++) {
    Id from = 0;
    Id to = 0;
    Id dependency = 0;
    SolverRuleinfo type = solver_ruleinfo(solver, rules.elements[i], &from, &to, &dependency);
    if (rank(type) <= best_rank)
      continue;
    best_rank = rank(type);
    g_free(best);
    best = g_utf8_make_valid(solver_problemruleinfo2str(solver, type, from, to, dependency), -1);
  }
  queue_free(&rules);
  return best;
}

/* ---- what came out ---- */

static void add_replaced(const CrRpmWorld *world, Transaction *transaction, CrRpmStep *step)
{
  Queue gone;
  queue_init(&gone);
  transaction_all_obs_pkgs(transaction, step->id, &gone);
  for (int i = 0; i < gone.count; i++) {
    const CrPackage *package = cr_rpmmd_world_get(world, gone.elements[i])->package;
    if (!package)
      continue;
    if (!strcmp(package->name, step->record.name) && !step->replaces)
      step->replaces = package;
    else
      g_ptr_array_add(step->obsoletes, (gpointer)package);
  }
  queue_free(&gone);
}

/* The solvable because of which new package ID comes in, or 0. */
static Id find_cause(Solver *solver, Id id)
{
  Id rule = 0;
  Id from = 0;
  Id to = 0;
  Id dependency = 0;
  int reason = solver_describe_decision(solver, id, &rule);
  if (reason == SOLVER_REASON_WEAKDEP)
    solver_weakdepinfo(solver, id, &from, &to, &dependency);
  else if (rule > 0)
    solver_ruleinfo(solver, rule, &from, &to, &dependency);
  return from;
}

static CrRpmStep *find_step(const GPtrArray *steps, Id id)
{
  for (guint i = 0; i < steps->len; i++)
    if (((CrRpmStep *)steps->pdata[i])->id == id)
      return steps->pdata[i];
  return NULL;
}

/* Through other new packages to the update that is at the start. */
static void set_causes(const CrRpmWorld *world, Solver *solver, const GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++) {
    CrRpmStep *step = steps->pdata[i];
    Id from = step->replaces ? 0 : find_cause(solver, step->id);
    for (guint depth = 0; from > 1 && depth < steps->len; depth++) {
      const CrRpmStep *cause = find_step(steps, from);
      step->cause = cause ? cause->replaces : cr_rpmmd_world_get(world, from)->package;
      if (step->cause || !cause)
        break;
      from = find_cause(solver, cause->id);
    }
  }
}

static void take_steps(const CrRpmWorld *world, Solver *solver, GPtrArray *steps)
{
  Transaction *transaction = solver_create_transaction(solver);
  Queue installed;
  queue_init(&installed);
  int count = transaction_installedresult(transaction, &installed);
  for (int i = 0; i < count; i++) {
    const CrRpmSolvable *solvable = cr_rpmmd_world_get(world, installed.elements[i]);
    CrRpmStep *step = g_new0(CrRpmStep, 1);
    step->id = installed.elements[i];
    step->data = solvable->data;
    step->obsoletes = g_ptr_array_new();
    cr_list_get(solvable->data->lists[0].list, solvable->record, &step->record);
    add_replaced(world, transaction, step);
    g_ptr_array_add(steps, step);
  }
  queue_free(&installed);
  transaction_free(transaction);
  set_causes(world, solver, steps);
}

gboolean cr_rpmmd_solve(const CrRpmWorld *world, const GArray *wanted, GPtrArray *steps, char **why)
{
  Solver *solver = make_solver(world);
  Queue job;
  queue_init(&job);
  add_install_only(world, &job);
  add_weak_excludes(world, &job);
  for (guint i = 0; wanted && i < wanted->len; i++)
    queue_push2(&job, SOLVER_INSTALL | SOLVER_SOLVABLE, g_array_index(wanted, Id, i));
  if (!wanted)
    add_targets(world, &job);
  gboolean good = solver_solve(solver, &job) == 0;
  if (good)
    take_steps(world, solver, steps);
  else if (why)
    *why = explain(solver);
  queue_free(&job);
  solver_free(solver);
  return good;
}
