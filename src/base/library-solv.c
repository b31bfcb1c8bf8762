/* SPDX-License-Identifier: Apache-2.0 */
/* libsolv: only images with rpm packages that could be updated need it. */
#include <solv/pool.h>
#include <solv/pool_parserpmrichdep.h>
#include <solv/poolarch.h>
#include <solv/repo.h>
#include <solv/solver.h>

#include "base/library.h"

static const char *const names[] = {"libsolv.so.1", NULL};
static CrLibrary library = {.names = names, .purpose = "solves rpm's dependencies", .package = "libsolv1"};

/* Rich dependencies only: it drags in librpm, expat and more. */
static const char *const extension_names[] = {"libsolvext.so.1", NULL};
static CrLibrary extension = {
    .names = extension_names, .purpose = "reads rpm's rich dependencies", .package = "libsolvext1"};

#define FORWARD(type, name, parameters, arguments) CR_LIBRARY_FORWARD(library, type, name, parameters, arguments)
#define FORWARD_VOID(name, parameters, arguments)  CR_LIBRARY_FORWARD_VOID(library, name, parameters, arguments)

/* clang-format off */
FORWARD(Pool *, pool_create, (void), ())
FORWARD_VOID(pool_free, (Pool *pool), (pool))
FORWARD(int, pool_setdisttype, (Pool *pool, int type), (pool, type))
FORWARD(int, pool_set_flag, (Pool *pool, int flag, int value), (pool, flag, value))
FORWARD(unsigned char, pool_arch2color_slow, (Pool *pool, Id arch), (pool, arch))
FORWARD_VOID(pool_setarch, (Pool *pool, const char *arch), (pool, arch))
FORWARD(Id, pool_str2id, (Pool *pool, const char *text, int create), (pool, text, create))
FORWARD(Id, pool_strn2id, (Pool *pool, const char *text, unsigned int length, int create), (pool, text, length, create))
FORWARD(Id, pool_rel2id, (Pool *pool, Id name, Id evr, int flags, int create), (pool, name, evr, flags, create))
FORWARD(const char *, pool_id2str, (const Pool *pool, Id id), (pool, id))
CR_LIBRARY_FORWARD(extension, Id, pool_parserpmrichdep, (Pool *pool, const char *text), (pool, text))
FORWARD_VOID(pool_set_installed, (Pool *pool, Repo *repo), (pool, repo))
FORWARD_VOID(pool_createwhatprovides, (Pool *pool), (pool))
FORWARD(Id, pool_addrelproviders, (Pool *pool, Id dependency), (pool, dependency))
FORWARD(Id, pool_queuetowhatprovides, (Pool *pool, Queue *queue), (pool, queue))
FORWARD(int, pool_match_nevr_rel, (Pool *pool, Solvable *solvable, Id dependency), (pool, solvable, dependency))
FORWARD(Repo *, repo_create, (Pool *pool, const char *name), (pool, name))
FORWARD(Id, repo_add_solvable, (Repo *repo), (repo))
FORWARD(Offset, repo_addid_dep, (Repo *repo, Offset list, Id id, Id marker), (repo, list, id, marker))
FORWARD_VOID(queue_init, (Queue *queue), (queue))
FORWARD_VOID(queue_free, (Queue *queue), (queue))
FORWARD_VOID(queue_alloc_one, (Queue *queue), (queue))
FORWARD(Solver *, solver_create, (Pool *pool), (pool))
FORWARD_VOID(solver_free, (Solver *solver), (solver))
FORWARD(int, solver_set_flag, (Solver *solver, int flag, int value), (solver, flag, value))
FORWARD(int, solver_solve, (Solver *solver, Queue *job), (solver, job))
FORWARD(Transaction *, solver_create_transaction, (Solver *solver), (solver))
FORWARD(int, solver_describe_decision, (Solver *solver, Id package, Id *info), (solver, package, info))
FORWARD(SolverRuleinfo, solver_weakdepinfo, (Solver *solver, Id package, Id *from, Id *to, Id *dependency),
        (solver, package, from, to, dependency))
FORWARD(SolverRuleinfo, solver_ruleinfo, (Solver *solver, Id rule, Id *from, Id *to, Id *dependency),
        (solver, rule, from, to, dependency))
FORWARD_VOID(solver_findallproblemrules, (Solver *solver, Id problem, Queue *rules), (solver, problem, rules))
FORWARD(const char *, solver_problemruleinfo2str, (Solver *solver, SolverRuleinfo type, Id from, Id to, Id dependency),
        (solver, type, from, to, dependency))
FORWARD(int, transaction_installedresult, (Transaction *transaction, Queue *installed), (transaction, installed))
FORWARD_VOID(transaction_all_obs_pkgs, (Transaction *transaction, Id package, Queue *packages), (transaction, package, packages))
FORWARD_VOID(transaction_free, (Transaction *transaction), (transaction))
/* clang-format on */
