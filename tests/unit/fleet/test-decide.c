/* SPDX-License-Identifier: Apache-2.0 */
/* The table of research/remediation.md §5c, a row of cases for each of its rows. */
#include "fleet/decide.h"

#include <string.h>

/* A fix in letters: r reached, x exploited, b from the base, o from the image's own layers, u not configured in the
 * image, h held by the policy, n no security. */
static const struct {
  const char *what;
  const char *fixes;                 /* separated by blanks */
  gboolean first, behind, ref_moved; /* never built; on an older one of a base that is made here */
  gboolean recipe, foreign_to_us, parent_changes, base_moved, tag_moved, ended, cannot_patch, all;
  int base_pending;
  guint waiting, builds;
  const char *tried, *hold;
  CrAction action;
  const char *reason;
} rows[] = {
    {.what = "nothing", .action = CR_ACTION_NOTHING, .reason = "nothing to do"},
    {.what = "no recipe: patch",
     .fixes = "ro b",
     .action = CR_ACTION_PATCH,
     .reason = "2 fixes, 1 reached; it has no recipe here"},
    {.what = "of its own layers, with a recipe: rebuild",
     .fixes = "ro",
     .recipe = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "1 fix, 1 reached of what its own recipe installs"},
    {.what = "…that its own sources would not bring: patch",
     .fixes = "rou",
     .recipe = TRUE,
     .action = CR_ACTION_PATCH,
     .reason = "1 fix, 1 reached"},
    {.what = "the newest base has it: rebuild",
     .fixes = "b b",
     .recipe = TRUE,
     .base_moved = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "the newest debian:12 has the fixes: 2 fixes"},
    {.what = "the newest base has one of two: patch, which brings both",
     .fixes = "b b",
     .recipe = TRUE,
     .base_moved = TRUE,
     .base_pending = 1,
     .action = CR_ACTION_PATCH,
     .reason = "the newest debian:12 lacks 1 of them"},
    {.what = "the newest base lacks all: patch",
     .fixes = "b",
     .recipe = TRUE,
     .base_moved = TRUE,
     .base_pending = 1,
     .action = CR_ACTION_PATCH,
     .reason = "lacks 1"},
    {.what = "nobody knows what the newest base lacks: patch",
     .fixes = "b",
     .recipe = TRUE,
     .base_moved = TRUE,
     .base_pending = -1,
     .action = CR_ACTION_PATCH,
     .reason = "no newer debian:12"},
    {.what = "the base has not moved: patch",
     .fixes = "b",
     .recipe = TRUE,
     .action = CR_ACTION_PATCH,
     .reason = "there is no newer debian:12 that has them"},
    {.what = "the base moved and nothing is pending: a moving tag is no reason",
     .recipe = TRUE,
     .base_moved = TRUE,
     .action = CR_ACTION_NOTHING,
     .reason = "nothing to do"},
    {.what = "base and own, the newest base has its part: one rebuild",
     .fixes = "b ro",
     .recipe = TRUE,
     .base_moved = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "2 fixes, 1 reached"},
    {.what = "our parent changes: one rebuild after it, not two",
     .fixes = "b ro",
     .recipe = TRUE,
     .parent_changes = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "its base shop/base:1 changes; 2 fixes, 1 reached of its own"},
    {.what = "our parent changes, nothing of its own",
     .recipe = TRUE,
     .parent_changes = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "its base shop/base:1 changes"},
    {.what = "our parent changes, but there is no recipe: patch",
     .fixes = "b",
     .parent_changes = TRUE,
     .action = CR_ACTION_PATCH,
     .reason = "no recipe here"},
    {.what = "foreign, a newer one is there: pull",
     .fixes = "b",
     .tag_moved = TRUE,
     .action = CR_ACTION_PULL,
     .reason = "a newer one is in its registry; 1 fix pending in this one"},
    {.what = "foreign, a newer one, nothing pending: a new version is no security fix",
     .tag_moved = TRUE,
     .action = CR_ACTION_NOTHING,
     .reason = "nothing to do"},
    {.what = "…unless all updates are wanted",
     .tag_moved = TRUE,
     .all = TRUE,
     .action = CR_ACTION_PULL,
     .reason = "a newer one is in its registry"},
    {.what = "what has a recipe is never pulled",
     .fixes = "ro",
     .recipe = TRUE,
     .tag_moved = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "own recipe"},
    {.what = "no package manager, with a recipe: rebuild",
     .fixes = "b",
     .recipe = TRUE,
     .cannot_patch = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "it cannot be patched: no shell"},
    {.what = "no package manager, no recipe: its publisher",
     .fixes = "b",
     .cannot_patch = TRUE,
     .action = CR_ACTION_WAIT,
     .reason = "its publisher must"},
    {.what = "a static program: rebuild",
     .recipe = TRUE,
     .builds = 2,
     .action = CR_ACTION_REBUILD,
     .reason = "need a newer build"},
    {.what = "a static program of others: its publisher",
     .builds = 1,
     .action = CR_ACTION_WAIT,
     .reason = "by its publisher"},
    {.what = "in no archive yet: wait",
     .waiting = 1,
     .action = CR_ACTION_WAIT,
     .reason = "1 flaw is fixed by versions that are in no archive yet"},
    {.what = "not watched any more: propose",
     .ended = TRUE,
     .action = CR_ACTION_REPLACE,
     .reason = "successor: debian:13"},
    {.what = "not watched any more, but fixes are there",
     .fixes = "b",
     .ended = TRUE,
     .action = CR_ACTION_PATCH,
     .reason = "; its release is no longer watched"},
    {.what = "held by the policy",
     .fixes = "h",
     .action = CR_ACTION_HOLD,
     .reason = "1 security fix is left by the policy (hold: openssl)"},
    {.what = "not asked for is not held", .fixes = "n", .action = CR_ACTION_NOTHING, .reason = "nothing to do"},
    {.what = "the image on hold",
     .fixes = "b",
     .hold = "label careen.hold",
     .action = CR_ACTION_HOLD,
     .reason = "label careen.hold"},
    {.what = "on hold, and nothing to do",
     .hold = "label careen.hold",
     .action = CR_ACTION_NOTHING,
     .reason = "nothing to do"},
    {.what = "not listed",
     .fixes = "rb",
     .foreign_to_us = TRUE,
     .action = CR_ACTION_HOLD,
     .reason = "1 fix, 1 reached; not listed under images:"},
    {.what = "was in vain",
     .fixes = "ro",
     .recipe = TRUE,
     .tried = "rebuilt on 2026-11-20, and they were still pending",
     .action = CR_ACTION_WAIT,
     .reason = "rebuilt on 2026-11-20"},
    {.what = "was in vain, but its parent changes",
     .fixes = "ro",
     .recipe = TRUE,
     .parent_changes = TRUE,
     .tried = "rebuilt",
     .action = CR_ACTION_REBUILD,
     .reason = "its base"},
    {.what = "never built", .recipe = TRUE, .first = TRUE, .action = CR_ACTION_REBUILD, .reason = "never built here"},
    {.what = "never built, on what changes",
     .recipe = TRUE,
     .first = TRUE,
     .parent_changes = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "never built here; after its base shop/base:1"},
    {.what = "never built, on hold",
     .recipe = TRUE,
     .first = TRUE,
     .hold = "label careen.hold",
     .action = CR_ACTION_HOLD,
     .reason = "label careen.hold"},
    {.what = "never built, and that was in vain",
     .recipe = TRUE,
     .first = TRUE,
     .tried = "tried on 2026-11-20 in vain: smoke",
     .action = CR_ACTION_WAIT,
     .reason = "smoke"},
    {.what = "its base was built in an earlier run",
     .recipe = TRUE,
     .behind = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "its base shop/base:1 moved"},
    {.what = "…with a fix pending: one build for both",
     .fixes = "ro",
     .recipe = TRUE,
     .behind = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "its base shop/base:1 moved; 1 fix, 1 reached of its own"},
    {.what = "…and was in vain: no loop",
     .recipe = TRUE,
     .behind = TRUE,
     .tried = "rebuilt",
     .action = CR_ACTION_WAIT,
     .reason = "rebuilt"},
    {.what = "the ref of its context moved: a newer version is no security fix",
     .recipe = TRUE,
     .ref_moved = TRUE,
     .action = CR_ACTION_NOTHING,
     .reason = "nothing to do; main of its context moved: 1111111111 → 2222222222"},
    {.what = "…it comes along",
     .fixes = "ro",
     .recipe = TRUE,
     .ref_moved = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "own recipe installs; main of its context moved"},
    {.what = "…unless all updates are wanted",
     .recipe = TRUE,
     .ref_moved = TRUE,
     .all = TRUE,
     .action = CR_ACTION_REBUILD,
     .reason = "main of its context moved: 1111111111 → 2222222222"},
    {.what = "without a recipe it cannot follow",
     .behind = TRUE,
     .action = CR_ACTION_NOTHING,
     .reason = "nothing to do"},
};

static void add_fix(GPtrArray *fixes, CrArena *arena, const char *letters)
{
  CrFactFix *fix = cr_arena_new0(arena, CrFactFix);
  *fix = (CrFactFix){.package = "openssl", .from = "1", .to = "2"};
  fix->security = !strchr(letters, 'n');
  fix->reached = strchr(letters, 'r') != NULL;
  fix->exploited = strchr(letters, 'x') != NULL;
  fix->configured = !strchr(letters, 'u');
  fix->wanted = !strpbrk(letters, "hn");
  fix->why_not = strchr(letters, 'h') ? "hold: openssl" : strchr(letters, 'n') ? "no security update" : NULL;
  fix->origin = strchr(letters, 'b') ? CR_FROM_BASE : CR_FROM_OWN;
  g_ptr_array_add(fixes, fix);
}

static void test_rows(void)
{
  static const CrBuildRecipe recipe = {.context = "/srv"};
  static const CrFleetStep parent = {.image_name = "shop/base:1", .action = CR_ACTION_REBUILD};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GPtrArray) fixes = g_ptr_array_new();
    g_auto(GStrv) letters = g_strsplit(rows[i].fixes ? rows[i].fixes : "", " ", -1);
    for (guint k = 0; letters[k]; k++)
      add_fix(fixes, arena, letters[k]);
    CrPolicy policy = *cr_policy_get_default();
    policy.updates = rows[i].all ? CR_WANTED_ALL : CR_WANTED_SECURITY;
    CrFleetImage image = {
        .name = "shop/web:4", .ours = !rows[i].foreign_to_us, .hold = rows[i].hold, .policy = &policy};
    CrFleetImage base = {.name = "shop/base:1", .ours = TRUE, .build = &recipe, .id = "sha256:2"};
    CrFleetParent edge = {.image = &base, .outdated = rows[i].behind, .confidence = CR_CONFIDENCE_CERTAIN};
    image.parents = g_ptr_array_new();
    g_ptr_array_add(image.parents, &edge);
    image.id = rows[i].first ? NULL : "sha256:1";
    image.build = rows[i].recipe ? &recipe : NULL;
    CrImageFacts facts = {.image = &image, .fixes = fixes, .verdict = CR_VERDICT_PATCH, .base_name = "debian:12"};
    facts.recipe = rows[i].first ? "2026-11-20 FROM" : NULL;
    if (rows[i].ref_moved) {
      facts.context_ref = "main";
      facts.context_was = "1111111111111111111111111111111111111111";
      facts.context_is = "2222222222222222222222222222222222222222";
    }
    facts.base_moved = rows[i].base_moved;
    facts.base_pending = rows[i].base_pending;
    facts.tag_moved = rows[i].tag_moved;
    facts.ended = rows[i].ended;
    facts.successor = "debian:13";
    facts.can_patch = !rows[i].cannot_patch;
    facts.cannot = rows[i].cannot_patch ? "no shell" : NULL;
    facts.waiting = rows[i].waiting;
    facts.builds = rows[i].builds;
    g_test_message("%s", rows[i].what);
    CrDecision decision = cr_decide(&facts, rows[i].parent_changes ? &parent : NULL, rows[i].tried, arena);
    g_assert_cmpstr(cr_action_get_name(decision.action), ==, cr_action_get_name(rows[i].action));
    if (!strstr(decision.reason, rows[i].reason))
      g_error("%s: '%s' does not say '%s'", rows[i].what, decision.reason, rows[i].reason);
    g_assert_cmpint(decision.after_parent, ==, rows[i].parent_changes && decision.action == CR_ACTION_REBUILD);
    g_ptr_array_unref(image.parents);
  }
}

static void test_error(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  CrFleetImage image = {.name = "a", .ours = TRUE, .policy = cr_policy_get_default(), .parents = none};
  CrImageFacts facts = {.image = &image, .error = "cannot read 'a': no such image"};
  CrDecision decision = cr_decide(&facts, NULL, NULL, arena);
  g_assert_cmpint(decision.action, ==, CR_ACTION_WAIT);
  g_assert_true(strstr(decision.reason, "could not be looked into") != NULL);
}

/* The same need has the same fingerprint, whatever the order; another base, fix or parent gives another. */
static void test_fingerprint(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  CrFleetImage image = {.name = "a", .ours = TRUE, .policy = cr_policy_get_default(), .parents = none};
  CrFactFix one = {.package = "a", .to = "1", .wanted = TRUE}, two = {.package = "b", .to = "2", .wanted = TRUE};
  CrFactFix unwanted = {.package = "c", .to = "3"};
  g_autoptr(GPtrArray) there = g_ptr_array_new(), back = g_ptr_array_new();
  g_ptr_array_add(there, &one);
  g_ptr_array_add(there, &two);
  g_ptr_array_add(back, &two);
  g_ptr_array_add(back, &unwanted);
  g_ptr_array_add(back, &one);
  CrImageFacts facts = {.image = &image, .fixes = there}, turned = {.image = &image, .fixes = back};
  const char *first = cr_decide_fingerprint(&facts, NULL, arena);
  g_assert_cmpuint(strlen(first), ==, 64);
  g_assert_cmpstr(first, ==, cr_decide_fingerprint(&turned, NULL, arena));
  two.to = "3";
  g_assert_cmpstr(first, !=, cr_decide_fingerprint(&facts, NULL, arena));
  two.to = "2";
  facts.base_moved = TRUE;
  g_assert_cmpstr(first, !=, cr_decide_fingerprint(&facts, NULL, arena));
  facts.base_moved = FALSE;
  CrFleetStep parent = {.image_name = "p", .image_id = "sha256:1"};
  g_assert_cmpstr(first, !=, cr_decide_fingerprint(&facts, &parent, arena));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/decide/rows", test_rows);
  g_test_add_func("/fleet/decide/error", test_error);
  g_test_add_func("/fleet/decide/fingerprint", test_fingerprint);
  return g_test_run();
}
