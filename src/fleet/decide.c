/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/decide.h"
#include "base/order.h"

#include <string.h>

const char *cr_action_get_name(CrAction action)
{
  static const char *const names[] = {"nothing", "patch", "rebuild", "pull", "replace", "wait", "hold"};
  return names[action];
}

gboolean cr_action_changes(CrAction action)
{
  return action == CR_ACTION_PATCH || action == CR_ACTION_REBUILD || action == CR_ACTION_PULL;
}

/* ---- what the rows ask ---- */

typedef struct {
  const CrImageFacts *facts;
  const CrFleetImage *image;
  const CrPolicy *policy;
  const CrFleetStep *parent;
  const char *tried;
  CrArena *arena;
  guint wanted, reached;      /* fixes that the policy wants */
  guint from_base, elsewhere; /* of them */
  guint unconfigured;         /* of those elsewhere: what the image's own sources would not bring */
  gboolean behind;            /* it is on an older one of a base that is made here */
  guint held;                 /* security fixes that the policy does not want… */
  const char *held_why;       /* …and the first one's reason */
} Case;

/* A policy's own word, not a lack of need: then the image is on hold, else it needs nothing. */
static gboolean is_policy(const char *why)
{
  return g_str_has_prefix(why, "hold: ") || g_str_has_prefix(why, "cool-down") || strstr(why, "allowed origin") ||
         g_str_has_prefix(why, "the worst flaw") || g_str_has_prefix(why, "no flaw that it fixes is exploited");
}

static Case take_case(const CrImageFacts *facts, const CrFleetStep *parent, const char *tried, CrArena *arena)
{
  Case it = {.facts = facts, .image = facts->image, .policy = facts->image->policy, .parent = parent};
  it.tried = tried;
  it.behind = cr_fleet_image_is_behind(facts->image);
  it.arena = arena;
  for (guint i = 0; i < facts->fixes->len; i++) {
    const CrFactFix *fix = facts->fixes->pdata[i];
    if (!fix->wanted) {
      gboolean held = fix->security && fix->why_not && is_policy(fix->why_not);
      it.held += held;
      if (held && !it.held_why)
        it.held_why = fix->why_not;
      continue;
    }
    it.wanted++;
    it.reached += fix->reached;
    it.from_base += fix->origin == CR_FROM_BASE;
    it.elsewhere += fix->origin != CR_FROM_BASE;
    it.unconfigured += fix->origin != CR_FROM_BASE && !fix->configured;
  }
  return it;
}

/* Its base is another now, and that has at least one of the fixes that came from it. */
static gboolean newer_base_helps(const Case *it)
{
  return it->facts->base_moved && it->from_base && it->facts->base_pending >= 0 &&
         (guint)it->facts->base_pending < it->from_base;
}

/* A new build brings everything that is wanted: the base's part is in its newest, the rest its own commands install. */
static gboolean rebuild_brings_all(const Case *it)
{
  gboolean base = !it->from_base || (it->facts->base_moved && it->facts->base_pending == 0);
  return it->image->build && base && !it->unconfigured;
}

static const char *plural(guint count)
{
  return count == 1 ? "" : "es";
}

static const char *count_fixes(const Case *it)
{
  return it->reached ? cr_arena_printf(it->arena, "%u fix%s, %u reached", it->wanted, plural(it->wanted), it->reached)
                     : cr_arena_printf(it->arena, "%u fix%s", it->wanted, plural(it->wanted));
}

/* ---- the rows ---- */

static gboolean is_not_listed(const Case *it)
{
  return !it->image->ours && (it->wanted || it->facts->tag_moved || it->facts->builds);
}
static const char *say_not_listed(const Case *it)
{
  return it->wanted ? cr_arena_printf(it->arena, "%s; not listed under images: in careen.yaml", count_fixes(it))
                    : "a newer one is in its registry; not listed under images: in careen.yaml";
}

/* The branch or tag that its recipe is at is another commit. A newer version is no security fix: by itself it is only a
 * reason where all updates are wanted. */
static gboolean is_ref_wanted(const Case *it)
{
  return it->facts->context_is && it->policy->updates == CR_WANTED_ALL;
}
static const char *say_ref(const Case *it)
{
  return cr_arena_printf(it->arena, "%s of its context moved: %.10s → %.10s", it->facts->context_ref,
                         it->facts->context_was, it->facts->context_is);
}

static gboolean needs_anything(const Case *it)
{
  return it->wanted || it->parent || it->facts->builds || it->facts->tag_moved || it->facts->recipe || it->behind ||
         is_ref_wanted(it);
}

static gboolean is_held(const Case *it)
{
  return needs_anything(it) && (it->image->hold || cr_policy_holds_image(it->policy, it->image->name));
}
static const char *say_held(const Case *it)
{
  return it->image->hold ? it->image->hold : "hold: names the image";
}

/* A name that says which one it is can become no other: its file must say so. */
static gboolean is_pinned(const Case *it)
{
  return needs_anything(it) && strchr(it->image->name, '@');
}
static const char *say_pinned(const Case *it)
{
  return it->wanted ? cr_arena_printf(it->arena,
                                      "%s; its name pins a digest: careen apply --write moves it, with the "
                                      "name without one under images:",
                                      count_fixes(it))
                    : "its name pins a digest: careen apply --write moves it, with the name without one under images:";
}

/* What nobody has built yet needs that before anything else. */
static gboolean is_first_in_vain(const Case *it)
{
  return it->facts->recipe && it->tried;
}

static gboolean is_first(const Case *it)
{
  return it->facts->recipe && it->policy->rebuild;
}
static const char *say_first(const Case *it)
{
  return it->parent ? cr_arena_printf(it->arena, "never built here; after its base %s", it->parent->image_name)
                    : "never built here";
}

static gboolean is_first_not_allowed(const Case *it)
{
  return it->facts->recipe != NULL;
}
static const char *say_first_not_allowed(const Case *it)
{
  (void)it;
  return "never built here, and the policy's actions: do not allow a rebuild";
}

static gboolean follows_parent(const Case *it)
{
  return it->parent && it->image->build && it->policy->rebuild;
}
static const char *say_parent(const Case *it)
{
  return it->wanted
             ? cr_arena_printf(it->arena, "its base %s changes; %s of its own", it->parent->image_name, count_fixes(it))
             : cr_arena_printf(it->arena, "its base %s changes", it->parent->image_name);
}

static gboolean was_in_vain(const Case *it)
{
  return it->tried && (it->wanted || it->facts->builds || it->behind || is_ref_wanted(it));
}
static const char *say_in_vain(const Case *it)
{
  return it->tried;
}

/* Its base was made anew in an earlier run, or by hand. What others make is no reason: a moving tag would have it built
 * every night. */
static gboolean follows_moved_base(const Case *it)
{
  return it->behind && it->policy->rebuild;
}
static const char *say_moved_base(const Case *it)
{
  const char *base = cr_fleet_image_get_base(it->image)->image->name;
  return it->wanted ? cr_arena_printf(it->arena, "its base %s moved; %s of its own", base, count_fixes(it))
                    : cr_arena_printf(it->arena, "its base %s moved", base);
}

static gboolean follows_ref(const Case *it)
{
  return is_ref_wanted(it) && it->policy->rebuild;
}

static gboolean can_pull(const Case *it)
{
  return !it->image->build && it->facts->tag_moved && it->policy->pull &&
         (it->wanted || it->policy->updates == CR_WANTED_ALL || !it->facts->can_patch);
}
static const char *say_pull(const Case *it)
{
  return it->wanted
             ? cr_arena_printf(it->arena, "a newer one is in its registry; %s pending in this one", count_fixes(it))
             : "a newer one is in its registry";
}

static gboolean can_rebuild_on_base(const Case *it)
{
  return it->image->build && it->policy->rebuild && newer_base_helps(it) && rebuild_brings_all(it);
}
static const char *say_rebuild_on_base(const Case *it)
{
  return cr_arena_printf(it->arena, "the newest %s has the fixes: %s", it->facts->base_name, count_fixes(it));
}

static gboolean can_rebuild_own(const Case *it)
{
  return it->image->build && it->policy->rebuild && it->wanted && rebuild_brings_all(it);
}
static const char *say_rebuild_own(const Case *it)
{
  return cr_arena_printf(it->arena, "%s of what its own recipe installs", count_fixes(it));
}

static gboolean can_patch(const Case *it)
{
  return it->wanted && it->facts->can_patch && it->policy->patch;
}
static const char *say_patch(const Case *it)
{
  const char *base = it->facts->base_name;
  if (it->from_base && base && it->facts->base_moved && it->facts->base_pending > 0)
    return cr_arena_printf(it->arena, "%s; the newest %s lacks %d of them", count_fixes(it), base,
                           it->facts->base_pending);
  if (it->from_base && base && it->image->build)
    return cr_arena_printf(it->arena, "%s; there is no newer %s that has them", count_fixes(it), base);
  return it->image->build ? count_fixes(it) : cr_arena_printf(it->arena, "%s; it has no recipe here", count_fixes(it));
}

static gboolean can_rebuild_anyhow(const Case *it)
{
  return it->image->build && it->policy->rebuild && (it->wanted || it->facts->builds);
}
static const char *say_rebuild_anyhow(const Case *it)
{
  if (!it->wanted)
    return cr_arena_printf(it->arena, "%u program%s or package%s of a language need%s a newer build", it->facts->builds,
                           it->facts->builds == 1 ? "" : "s", it->facts->builds == 1 ? "" : "s",
                           it->facts->builds == 1 ? "s" : "");
  return cr_arena_printf(it->arena, "%s; it cannot be patched: %s", count_fixes(it),
                         it->facts->cannot ? it->facts->cannot : "the policy does not allow it");
}

static gboolean is_no_action_allowed(const Case *it)
{
  return it->wanted && (!it->facts->cannot || it->image->build);
}
static const char *say_not_allowed(const Case *it)
{
  return cr_arena_printf(it->arena, "%s; the policy's actions: allow nothing that brings them", count_fixes(it));
}

static gboolean must_wait_for_owner(const Case *it)
{
  return it->wanted || (it->facts->builds && !it->image->build);
}
static const char *say_wait_for_owner(const Case *it)
{
  return it->wanted
             ? cr_arena_printf(it->arena, "%s; it cannot be patched (%s) and has no recipe here: its publisher must",
                               count_fixes(it), it->facts->cannot)
             : cr_arena_printf(it->arena, "%u part%s need%s a newer build by %s publisher", it->facts->builds,
                               it->facts->builds == 1 ? "" : "s", it->facts->builds == 1 ? "s" : "", "its");
}

static gboolean is_ended(const Case *it)
{
  return it->facts->ended;
}
static const char *say_ended(const Case *it)
{
  return it->facts->successor ? cr_arena_printf(it->arena, "its release is no longer watched by anyone; successor: %s",
                                                it->facts->successor)
                              : "its release is no longer watched by anyone: choose a newer base";
}

static gboolean is_waiting(const Case *it)
{
  return it->facts->waiting > 0;
}
static const char *say_waiting(const Case *it)
{
  return cr_arena_printf(it->arena, "%u flaw%s fixed by versions that are in no archive yet", it->facts->waiting,
                         it->facts->waiting == 1 ? " is" : "s are");
}

static gboolean is_held_back(const Case *it)
{
  return it->held > 0;
}
static const char *say_held_back(const Case *it)
{
  return cr_arena_printf(it->arena, "%u security fix%s left by the policy (%s)", it->held,
                         it->held == 1 ? " is" : "es are", it->held_why);
}

/* The first that fits. What is in vain stands below what only a base's change makes worth doing again. */
static const struct {
  gboolean (*fits)(const Case *it);
  CrAction action;
  const char *(*say)(const Case *it);
} rows[] = {
    {is_not_listed, CR_ACTION_HOLD, say_not_listed},
    {is_held, CR_ACTION_HOLD, say_held},
    {is_pinned, CR_ACTION_HOLD, say_pinned},
    {is_first_in_vain, CR_ACTION_WAIT, say_in_vain},
    {is_first, CR_ACTION_REBUILD, say_first},
    {is_first_not_allowed, CR_ACTION_HOLD, say_first_not_allowed},
    {follows_parent, CR_ACTION_REBUILD, say_parent},
    {was_in_vain, CR_ACTION_WAIT, say_in_vain},
    {follows_moved_base, CR_ACTION_REBUILD, say_moved_base},
    {follows_ref, CR_ACTION_REBUILD, say_ref},
    {can_pull, CR_ACTION_PULL, say_pull},
    {can_rebuild_on_base, CR_ACTION_REBUILD, say_rebuild_on_base},
    {can_rebuild_own, CR_ACTION_REBUILD, say_rebuild_own},
    {can_patch, CR_ACTION_PATCH, say_patch},
    {can_rebuild_anyhow, CR_ACTION_REBUILD, say_rebuild_anyhow},
    {is_no_action_allowed, CR_ACTION_HOLD, say_not_allowed},
    {must_wait_for_owner, CR_ACTION_WAIT, say_wait_for_owner},
    {is_ended, CR_ACTION_REPLACE, say_ended},
    {is_held_back, CR_ACTION_HOLD, say_held_back},
    {is_waiting, CR_ACTION_WAIT, say_waiting},
};

CrDecision cr_decide(const CrImageFacts *facts, const CrFleetStep *parent, const char *tried, CrArena *arena)
{
  if (facts->error)
    return (CrDecision){CR_ACTION_WAIT, cr_arena_printf(arena, "it could not be looked into: %s", facts->error), FALSE};
  Case it = take_case(facts, parent, tried, arena);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (!rows[i].fits(&it))
      continue;
    const char *reason = rows[i].say(&it);
    gboolean changes = rows[i].action == CR_ACTION_PATCH || rows[i].action == CR_ACTION_REBUILD;
    if (changes && facts->ended)
      reason = cr_arena_printf(arena, "%s; its release is no longer watched by anyone", reason);
    if (rows[i].action == CR_ACTION_REBUILD && facts->context_is && rows[i].say != say_ref)
      reason = cr_arena_printf(arena, "%s; %s", reason, say_ref(&it));
    return (CrDecision){rows[i].action, reason, parent && rows[i].action == CR_ACTION_REBUILD};
  }
  const char *reason = facts->verdict == CR_VERDICT_BLIND ? cr_arena_strdup(arena, facts->reason) : "nothing to do";
  if (facts->context_is)
    reason = cr_arena_printf(arena, "%s; %s", reason, say_ref(&it));
  return (CrDecision){CR_ACTION_NOTHING, reason, FALSE};
}

const char *cr_decide_fingerprint(const CrImageFacts *facts, const CrFleetStep *parent, CrArena *arena)
{
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < facts->fixes->len; i++) {
    const CrFactFix *fix = facts->fixes->pdata[i];
    if (fix->wanted)
      g_ptr_array_add(words, g_strdup_printf("%s %s", fix->package, fix->to));
  }
  g_ptr_array_sort(words, cr_compare_texts);
  g_autoptr(GString) text = g_string_new("1\n"); /* of this rule */
  g_string_append_printf(text, "%s %d %d %u\n", facts->base_name ? facts->base_name : "", facts->base_moved,
                         facts->base_pending, facts->builds);
  if (parent)
    g_string_append_printf(text, "parent %s %s\n", parent->image_name, parent->image_id ? parent->image_id : "");
  if (facts->recipe)
    g_string_append_printf(text, "first %s\n", facts->recipe);
  if (cr_fleet_image_is_behind(facts->image))
    g_string_append_printf(text, "behind %s\n", cr_fleet_image_get_base(facts->image)->image->id);
  if (facts->context_is)
    g_string_append_printf(text, "context %s\n", facts->context_is);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf(text, "%s\n", (const char *)words->pdata[i]);
  g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
  return cr_arena_strdup(arena, sum);
}
