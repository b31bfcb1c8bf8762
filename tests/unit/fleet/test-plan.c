/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/plan-write.h"

#include <string.h>

#include "../remove.h"

/* ---- a fleet of the test's own: images in levels, each on one of the level below ---- */

typedef struct {
  CrFleet fleet;
  CrFleetImage *images;
  CrFleetParent *edges;
  CrContainer *containers;
  CrFleetContainer *running;
  CrImageFacts *facts;
  CrFactFix fix;
  CrBuildRecipe recipe;
  CrPolicy policy;
  GPtrArray *list;
  guint count;
} World;

static World *make(guint levels, guint width)
{
  World *world = g_new0(World, 1);
  world->count = levels * width;
  world->fleet.arena = cr_arena_new();
  world->fleet.images = world->fleet.nodes = g_ptr_array_new();
  world->fleet.containers = g_ptr_array_new();
  world->fleet.problems = cr_problems_new();
  world->images = g_new0(CrFleetImage, world->count);
  world->edges = g_new0(CrFleetParent, world->count);
  world->containers = g_new0(CrContainer, world->count);
  world->running = g_new0(CrFleetContainer, world->count);
  world->facts = g_new0(CrImageFacts, world->count);
  world->list = g_ptr_array_new();
  world->policy = *cr_policy_get_default();
  world->recipe.context = "/srv";
  world->fix = (CrFactFix){.package = "openssl",
                           .from = "1",
                           .to = "2",
                           .security = TRUE,
                           .reached = TRUE,
                           .wanted = TRUE,
                           .configured = TRUE};
  world->fix.origin = CR_FROM_OWN;
  for (guint i = 0; i < world->count; i++) {
    CrFleetImage *image = &world->images[i];
    guint level = i / width;
    *image = (CrFleetImage){
        .name = cr_arena_printf(world->fleet.arena, "l%u/i%03u:1", level, i % width), .ours = TRUE, .level = level};
    image->id = cr_arena_printf(world->fleet.arena, "sha256:%u", i);
    image->policy = &world->policy;
    image->build = &world->recipe;
    image->parents = g_ptr_array_new();
    image->children = g_ptr_array_new();
    image->containers = g_ptr_array_new();
    image->uses = g_ptr_array_new();
    world->edges[i] = (CrFleetParent){
        .image = level ? &world->images[i - width] : NULL, .how = "declared", .confidence = CR_CONFIDENCE_CERTAIN};
    if (level)
      g_ptr_array_add(image->parents, &world->edges[i]);
    world->containers[i].name = cr_arena_printf(world->fleet.arena, "c%03u", i);
    world->running[i] = (CrFleetContainer){
        .container = &world->containers[i], .image = image, .may_recreate = TRUE, .why = "", .policy = &world->policy};
    g_ptr_array_add(image->containers, &world->running[i]);
    world->facts[i] = (CrImageFacts){.image = image,
                                     .image_id = image->id,
                                     .verdict = CR_VERDICT_PATCH,
                                     .can_patch = TRUE,
                                     .fixes = g_ptr_array_new()};
    g_ptr_array_add(world->fleet.images, image);
    g_ptr_array_add(world->list, &world->facts[i]);
  }
  return world;
}

static void destroy(World *world)
{
  for (guint i = 0; i < world->count; i++) {
    CrFleetImage *image = &world->images[i];
    GPtrArray *arrays[] = {image->parents, image->children, image->containers, image->uses, world->facts[i].fixes};
    for (guint k = 0; k < G_N_ELEMENTS(arrays); k++)
      g_ptr_array_unref(arrays[k]);
  }
  g_ptr_array_unref(world->fleet.images);
  g_ptr_array_unref(world->fleet.containers);
  cr_problems_free(world->fleet.problems);
  cr_arena_free(world->fleet.arena);
  gpointer blocks[] = {world->images, world->edges, world->containers, world->running, world->facts, world};
  g_ptr_array_unref(world->list);
  for (guint i = 0; i < G_N_ELEMENTS(blocks); i++)
    g_free(blocks[i]);
}

static char *format(const CrFleetPlan *plan)
{
  CrReport report = {.text = g_string_new(NULL), .width = 100};
  cr_fleet_plan_write_json(plan, &report);
  return g_string_free(report.text, FALSE);
}

/* ---- a hundred images in five levels, and a fix in the lowest ---- */

static void test_waves(void)
{
  World *world = make(5, 20);
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add(world->facts[i].fixes, &world->fix);
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  g_assert_cmpuint(plan->steps->len, ==, 100); /* each once */
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    g_assert_cmpint(step->action, ==, CR_ACTION_REBUILD);
    g_assert_cmpuint(step->wave, ==, step->image->level);
    g_assert_cmpuint(g_strv_length((char **)step->after), ==, step->image->level ? 1 : 0);
    for (guint k = 0; step->after[k]; k++) /* what it waits for stands before it */
      g_assert_true(g_hash_table_contains(seen, step->after[k]));
    g_assert_true(g_hash_table_add(seen, (gpointer)step->id));
    g_assert_cmpuint(g_strv_length((char **)step->containers), ==, 1);
  }
  g_assert_true(cr_fleet_plan_does_something(plan));
  g_autoptr(CrFleetPlan) again = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  g_autofree char *first = format(plan), *second = format(again);
  g_assert_cmpstr(first, ==, second); /* byte for byte */
  destroy(world);
}

/* Nothing changes: nothing to do, whatever the fleet. */
static void test_nothing(void)
{
  World *world = make(3, 5);
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  g_assert_false(cr_fleet_plan_does_something(plan));
  g_autofree char *text = format(plan);
  g_assert_true(strstr(text, "\"steps\": []") != NULL); /* those with nothing are left out */
  world->running[7].outdated = TRUE;                    /* …but for containers that run an older one */
  g_autoptr(CrFleetPlan) outdated = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  g_assert_true(cr_fleet_plan_does_something(outdated));
  destroy(world);
}

/* The cap is one of a run: what is beyond it is not done, and neither is what is built on it. */
static void test_cap(void)
{
  World *world = make(2, 3);
  world->policy.maximum_a_run = 2;
  for (guint i = 0; i < world->count; i++)
    g_ptr_array_add(world->facts[i].fixes, &world->fix);
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  guint planned = 0;
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    gboolean refused = !strcmp(step->state, "refused");
    planned += !refused;
    g_assert_true(!refused || strstr(step->reason, "beyond maximum-a-run: 2"));
    for (guint k = 0; step->after[k]; k++)
      g_assert_cmpstr(cr_fleet_plan_find(plan, step->after[k])->state, ==, "planned");
  }
  g_assert_cmpuint(planned, ==, 2);
  destroy(world);
}

static void test_containers(void)
{
  World *world = make(1, 3);
  CrPolicy never = world->policy;
  never.restart = CR_RESTART_NEVER;
  for (guint i = 0; i < world->count; i++)
    g_ptr_array_add(world->facts[i].fixes, &world->fix);
  world->running[1].may_recreate = FALSE;
  world->running[1].why = "not listed under containers:";
  world->running[2].policy = &never;
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  g_autofree char *text = format(plan);
  g_assert_true(strstr(text, "\"c001: not listed under containers:\"") != NULL);
  g_assert_true(strstr(text, "\"c002: restart: never\"") != NULL);
  destroy(world);
}

/* What was found goes before the plan does: it is apply that has only the plan. */
static void test_facts_gone(void)
{
  World *world = make(1, 1);
  char id[] = "sha256:aa", reason[] = "no package database";
  world->facts[0].image_id = id;
  world->facts[0].verdict = CR_VERDICT_BLIND;
  world->facts[0].reason = reason;
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  memset(id, 'x', strlen(id));
  memset(reason, 'x', strlen(reason));
  const CrFleetStep *step = plan->steps->pdata[0];
  g_assert_cmpstr(step->image_id, ==, "sha256:aa");
  g_assert_cmpstr(step->reason, ==, "no package database");
  destroy(world);
}

/* ---- read again ---- */

static void test_load(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-plan-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "plan.json", NULL);
  World *world = make(3, 4);
  g_ptr_array_add(world->facts[0].fixes, &world->fix);
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1795838400);
  g_autofree char *text = format(plan);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_autoptr(GError) error = NULL;
  g_autoptr(CrFleetPlan) read = cr_fleet_plan_load(path, NULL, &error);
  g_assert_no_error(error);
  g_autofree char *again = format(read);
  g_assert_cmpstr(text, ==, again);
  destroy(world);
}

static const struct {
  const char *text, *why;
} wrong[] = {
    {"", "premature EOF"},
    {"[]", "is not what"},
    {"{\"schema\": \"careen.plan/2\"}", "is not what"},
    {"{\"schema\": \"careen.plan/1\", \"steps\": [{}]}", "step 1 has no id"},
    {"{\"schema\": \"careen.plan/1\", \"steps\": [{\"id\": \"a\", \"image\": \"a\", \"action\": \"reboot\"}]}",
     "known action"},
    {"{\"schema\": \"careen.plan/1\", \"steps\": [{\"id\": \"a\", \"image\": \"a\", \"action\": \"patch\"}, {\"id\": "
     "\"a\", \"image\": \"b\", \"action\": \"patch\"}]}",
     "step 2 has the id of another"},
    {"{\"schema\": \"careen.plan/1\", \"steps\": [{\"id\": \"a\", \"image\": \"a\", \"action\": \"patch\", \"after\": "
     "[\"b\"]}]}",
     "waits for one that does not stand before it"},
};

static void test_wrong(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-plan-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "plan.json", NULL);
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_assert_true(g_file_set_contents(path, wrong[i].text, -1, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_fleet_plan_load(path, NULL, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    if (!strstr(error->message, wrong[i].why))
      g_error("'%s' does not say '%s'", error->message, wrong[i].why);
  }
}

/* ---- what goes over with others, and which goes first ---- */

static void expect_step(const CrFleetPlan *plan, guint i, const char *containers, const char *dependents)
{
  const CrFleetStep *step = plan->steps->pdata[i];
  g_autofree char *names = g_strjoinv(" ", (char **)step->containers);
  g_autofree char *with = g_strjoinv(", ", (char **)step->dependents);
  g_assert_cmpstr(names, ==, containers);
  g_assert_cmpstr(with, ==, dependents);
}

/* c000 and c001 go over; c002 uses c000, c003 uses c002 and c001, c001 uses c000. */
static void test_dependents(void)
{
  static const char *const first[] = {"c000", NULL}, *const both[] = {"c001", "c002", NULL};
  World *world = make(1, 5);
  world->running[0].outdated = world->running[1].outdated = TRUE;
  world->containers[1].depends_on = world->containers[2].depends_on = first;
  world->containers[3].depends_on = both;
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  expect_step(plan, 0, "c000", "c002 (uses c000), c003 (uses c002)");
  expect_step(plan, 1, "c001", "");
  expect_step(plan, 2, "", "");
  g_autofree char *json = format(plan);
  g_autoptr(CrFleetPlan) loaded = cr_fleet_plan_parse(json, strlen(json), "plan.json", NULL, NULL);
  g_assert_nonnull(loaded);
  expect_step(loaded, 0, "c000", "c002 (uses c000), c003 (uses c002)");
  CrReport report = {.text = g_string_new(NULL), .width = 100};
  cr_fleet_plan_write_table(plan, &report, NULL);
  g_assert_nonnull(strstr(report.text->str, "4 containers to re-create"));
  g_assert_nonnull(strstr(report.text->str, "and with it c002 (uses c000), c003 (uses c002)"));
  g_string_free(report.text, TRUE);
  destroy(world);
}

static void test_canary(void)
{
  World *world = make(1, 3);
  CrPolicy careful = world->policy;
  careful.canary = "*2";
  for (guint i = 0; i < 3; i++) {
    world->running[i].outdated = TRUE;
    world->running[i].policy = &careful;
    if (i)
      g_ptr_array_add(world->images[0].containers, &world->running[i]);
  }
  g_autoptr(CrFleetPlan) plan = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  expect_step(plan, 0, "c002 c000 c001", "");
  careful.canary = NULL;
  g_autoptr(CrFleetPlan) plain = cr_fleet_plan_make(&world->fleet, world->list, NULL, 1);
  expect_step(plain, 0, "c000 c001 c002", "");
  destroy(world);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/plan/waves", test_waves);
  g_test_add_func("/fleet/plan/nothing", test_nothing);
  g_test_add_func("/fleet/plan/cap", test_cap);
  g_test_add_func("/fleet/plan/containers", test_containers);
  g_test_add_func("/fleet/plan/facts-gone", test_facts_gone);
  g_test_add_func("/fleet/plan/load", test_load);
  g_test_add_func("/fleet/plan/wrong", test_wrong);
  g_test_add_func("/fleet/plan/dependents", test_dependents);
  g_test_add_func("/fleet/plan/canary", test_canary);
  return g_test_run();
}
