/* SPDX-License-Identifier: Apache-2.0 */
/* What could be told: of the run from its plan, of flaws from the record, which has what the plan's scans saw. */
#include <string.h>

#include "fleet/tell.h"
#include "record/ask.h"

static void add(GPtrArray *items, CrArena *arena, const char *kind, const char *key, const char *text, gboolean failure)
{
  CrTellItem *item = cr_arena_new0(arena, CrTellItem);
  *item = (CrTellItem){.kind = kind, .key = key, .text = text, .failure = failure};
  g_ptr_array_add(items, item);
}

/* TEXT without what is another each time for the same reason: numbers, and what looks like an id. */
static const char *make_reason(CrArena *arena, const char *text)
{
  g_autoptr(GString) out = g_string_new(NULL);
  while (*text) {
    gsize word = 0, digits = 0;
    while (g_ascii_isxdigit(text[word]))
      digits += g_ascii_isdigit(text[word++]) != 0;
    if (word && digits && (digits == word || word >= 8)) {
      g_string_append_c(out, '#');
    } else {
      while (g_ascii_isalnum(text[word]))
        word++;
      word = MAX(word, 1);
      g_string_append_len(out, text, (gssize)word);
    }
    text += word;
  }
  return cr_arena_strdup(arena, out->str);
}

/* ---- the run ---- */

static gboolean is_outcome(const char *state)
{
  static const char *const outcomes[] = {"done", "failed", "rolled-back", "skipped", "refused", NULL};
  return g_strv_contains(outcomes, state);
}

/* A refusal, and a failure that comes again with the next round, stand until their reason goes: they are remembered,
 * and so not told every hour. What was rolled back is held from then on. */
static void add_outcome(GPtrArray *items, CrArena *arena, const char *state, const char *what, const char *why)
{
  gboolean stands = !strcmp(state, "refused") || !strcmp(state, "skipped") || !strcmp(state, "failed");
  const char *text = why && *why ? cr_arena_printf(arena, "%s: %s", what, why) : cr_arena_strdup(arena, what);
  gboolean failure = !strcmp(state, "failed") || !strcmp(state, "rolled-back");
  add(items, arena, cr_arena_strdup(arena, state),
      stands ? cr_arena_printf(arena, "%s %s: %s", state, what, make_reason(arena, why ? why : "")) : NULL, text,
      failure);
}

static void list_steps(const CrTelling *telling, GPtrArray *items, CrArena *arena)
{
  const CrFleetPlan *plan = telling->plan;
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    const char *gains = step->fixes && !strcmp(step->state, "done")
                            ? cr_arena_printf(arena, "%u fix%s, %u reached; %s", step->fixes,
                                              step->fixes == 1 ? "" : "es", step->reached_fixes, step->reason)
                            : step->reason;
    if (cr_action_changes(step->action) && is_outcome(step->state))
      add_outcome(items, arena, step->state, step->id, gains);
    if (step->action == CR_ACTION_REPLACE)
      add(items, arena, "replace", cr_arena_printf(arena, "replace %s %s", step->image_name, step->reason),
          cr_arena_printf(arena, "%s: %s", step->image_name, step->reason), FALSE);
  }
  for (guint i = 0; i < plan->rollovers->len; i++) {
    const CrFleetRollover *rollover = plan->rollovers->pdata[i];
    g_autofree char *with = rollover->with ? g_strjoinv(", ", (char **)rollover->with) : NULL;
    const char *what = cr_arena_printf(arena, "container %s (%s)%s%s", rollover->container, rollover->step->image_name,
                                       with ? ", with it " : "", with ? with : "");
    add_outcome(items, arena, rollover->state, what, rollover->why);
  }
  /* that an old one is gone is in the history, and no news */
  for (guint i = 0; i < plan->removals->len; i++) {
    const CrFleetRemoval *removal = plan->removals->pdata[i];
    if (is_outcome(removal->state) && strcmp(removal->state, "done") != 0)
      add_outcome(items, arena, removal->state, removal->id, removal->reason);
  }
}

static void list_problems(const CrTelling *telling, GPtrArray *items, CrArena *arena)
{
  const CrProblems *problems = telling->plan->problems;
  guint count = cr_problems_get_count(problems);
  for (guint i = 0; i < count; i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    const char *text = cr_arena_printf(arena, "%s: %s", problem->where, problem->what);
    /* an engine that is away is one trouble, first "refused" and then "no such file" */
    const char *reason = cr_fleet_is_engine(problem->where) ? "" : make_reason(arena, problem->what);
    const char *key =
        i + telling->happened < count ? cr_arena_printf(arena, "problem %s: %s", problem->where, reason) : NULL;
    if (problem->kind != CR_PROBLEM_NOTE)
      add(items, arena, "problem", key, text, TRUE);
  }
}

/* ---- flaws ---- */

typedef struct {
  GPtrArray *items;
  CrArena *arena;
} Listing;

static gboolean on_flaw(const CrSeenFlawSum *flaw, gpointer data)
{
  const Listing *listing = data;
  CrArena *arena = listing->arena;
  gboolean fixable = *flaw->fixed != 0;
  const char *text = cr_arena_printf(arena, "%s in %s, %s%s%s, on %u image%s%s%s%s", flaw->flaw, flaw->package,
                                     !strcmp(flaw->severity, "unknown") ? "severity unknown" : flaw->severity,
                                     flaw->exploited ? ", exploited" : "", flaw->reached ? ", reached" : "",
                                     flaw->images, flaw->images == 1 ? "" : "s", flaw->images == 1 ? " (" : "",
                                     flaw->images == 1 ? flaw->name : "", flaw->images == 1 ? ")" : "");
  /* known as not fixed, it is told again when a fix is there, or when it is exploited */
  add(listing->items, arena, fixable ? "fixable" : "flaw",
      cr_arena_printf(arena, "flaw %s %s%s", flaw->flaw, fixable ? "fixable" : "open",
                      flaw->exploited ? " exploited" : ""),
      fixable ? cr_arena_printf(arena, "%s; fixed in %s", text, flaw->fixed) : text, FALSE);
  return TRUE;
}

GPtrArray *cr_tell_list(const CrTelling *telling, CrArena *arena, GError **error)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new();
  if (telling->failure) {
    const char *text = cr_arena_strdup(arena, telling->failure);
    add(items, arena, "problem", "problem run", text, TRUE);
  }
  if (!telling->plan)
    return g_steal_pointer(&items);
  list_steps(telling, items, arena);
  list_problems(telling, items, arena);
  Listing listing = {items, arena};
  if (!cr_record_sum_flaws(telling->record, g_get_host_name(), arena, on_flaw, &listing, error))
    return NULL;
  return g_steal_pointer(&items);
}
