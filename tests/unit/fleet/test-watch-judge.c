/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/watch.h"
#include "fleet/window.h"

#include <string.h>

#define EVENT(type_, action_, name_)                                                                                   \
  {                                                                                                                    \
    .type = type_, .action = action_, .id = "sha256:0a", .name = name_                                                 \
  }

static const struct {
  CrDaemonEvent event;
  gboolean news, own; /* own: while shop/web:4 and its container shop-web are changed */
} events[] = {
    {EVENT("image", "tag", "shop/web:4"), TRUE, TRUE},
    {EVENT("image", "tag", "localhost/shop/web:4"), TRUE, TRUE},
    {EVENT("image", "tag", "shop/web:5"), TRUE, FALSE},
    {EVENT("image", "tag", "shop/web:careen-keep-4"), FALSE, FALSE},
    {EVENT("image", "pull", "nginx"), TRUE, FALSE},
    {EVENT("image", "load", "sha256:0a"), TRUE, FALSE},
    {EVENT("image", "import", ""), TRUE, FALSE},
    {EVENT("image", "loadfromarchive", "localhost/other:1"), TRUE, FALSE},
    {EVENT("image", "save", "shop/web:4"), FALSE, TRUE},
    {EVENT("image", "untag", "shop/web:4"), FALSE, TRUE},
    {EVENT("container", "create", "shop-web"), TRUE, TRUE},
    {EVENT("container", "create", "shop-web.new-0a1b2c3d4e5f"), FALSE, TRUE},
    {EVENT("container", "create", "other"), TRUE, FALSE},
    {EVENT("container", "start", "other"), FALSE, FALSE},
    {EVENT("container", "die", "other"), FALSE, FALSE},
    {EVENT("container", "health_status: healthy", "other"), FALSE, FALSE},
    {EVENT("network", "create", "other"), FALSE, FALSE},
};

static const CrPolicy night = {.patch = TRUE};

static CrFleetPlan *make_plan(const CrPolicy *policy)
{
  CrFleetPlan *plan = cr_fleet_plan_new(0);
  CrFleetImage *image = cr_arena_new0(plan->arena, CrFleetImage);
  *image = (CrFleetImage){.name = "shop/web:4", .reference = "shop/web:4", .policy = policy, .ours = TRUE};
  static const char *const containers[] = {"shop-web", NULL};
  CrFleetStep *step = cr_arena_new0(plan->arena, CrFleetStep);
  *step = (CrFleetStep){.id = "patch shop/web:4",
                        .image = image,
                        .image_name = image->name,
                        .action = CR_ACTION_PATCH,
                        .after = cr_strv_empty,
                        .containers = containers,
                        .held_containers = cr_strv_empty,
                        .state = "planned"};
  g_ptr_array_add(plan->steps, step);
  return plan;
}

static void test_events(void)
{
  g_autoptr(CrFleetPlan) plan = make_plan(&night);
  g_autoptr(GHashTable) subjects = cr_watch_list_subjects(plan);
  for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
    const CrDaemonEvent *event = &events[i].event;
    g_test_message("%s %s %s", event->type, event->action, event->name);
    g_assert_cmpint(cr_watch_is_news(event), ==, events[i].news);
    g_assert_cmpint(cr_watch_is_own(event, subjects), ==, events[i].own);
  }
}

static void test_patience(void)
{
  static const guint wanted[] = {1, 1, 2, 4, 8, 16, 32, 60, 60};
  for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
    g_assert_cmpuint(cr_watch_find_patience(i), ==, wanted[i]);
  g_assert_cmpuint(cr_watch_find_patience(G_MAXUINT), ==, 60);
}

static void test_settle(void)
{
  static const guint wanted[] = {10, 20, 40, 80, 160, 320, 600, 600};
  for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
    g_assert_cmpuint(cr_watch_find_settle(10, i), ==, wanted[i]);
  g_assert_cmpuint(cr_watch_find_settle(3600, 5), ==, 3600);
}

/* Tried is only what a window lets through; what it holds back is looked at when it opens. */
static void test_windows(void)
{
  const gint64 noon = 1795867200; /* 2026-11-28 12:00 UTC */
  g_autoptr(GError) error = NULL;
  g_autoptr(CrWindow) window = cr_window_parse("02:00-05:00 UTC", &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) windows = g_ptr_array_new();
  g_ptr_array_add(windows, window);
  CrPolicy policy = *cr_policy_get_default();
  policy.metered = TRUE;
  policy.freeze_file = "/nonexistent/careen/freeze";
  g_autoptr(CrFleetPlan) always = make_plan(&policy);
  g_assert_cmpint(cr_watch_hold_back(always, NULL, noon), ==, 0);
  g_assert_true(cr_fleet_plan_does_something(always));
  policy.windows = windows;
  g_autoptr(CrFleetPlan) later = make_plan(&policy);
  g_assert_cmpint(cr_watch_hold_back(later, NULL, noon), ==, noon + 14 * 3600);
  g_assert_false(cr_fleet_plan_does_something(later));
  const CrFleetStep *step = later->steps->pdata[0];
  g_assert_cmpstr(step->state, ==, "refused");
  g_assert_nonnull(strstr(step->reason, "02:00-05:00"));
  g_autoptr(CrFleetPlan) then = make_plan(&policy);
  g_assert_cmpint(cr_watch_hold_back(then, NULL, noon + 15 * 3600), ==, 0);
  g_assert_true(cr_fleet_plan_does_something(then));
}

/* An image that may be patched by day, and containers of it: one at night, one that asks, one at any time. */
static void test_containers(void)
{
  const gint64 noon = 1795867200;
  g_autoptr(CrWindow) window = cr_window_parse("02:00-05:00 UTC", NULL);
  g_autoptr(GPtrArray) windows = g_ptr_array_new(), items = g_ptr_array_new();
  g_ptr_array_add(windows, window);
  CrPolicy any = *cr_policy_get_default();
  any.metered = TRUE;
  any.freeze_file = "/nonexistent/careen/freeze";
  CrPolicy late = any, ask = any;
  late.windows = windows;
  ask.restart = CR_RESTART_ASK;
  CrContainer containers[] = {{.name = "late"}, {.name = "ask"}, {.name = "any"}};
  CrFleetContainer fleet[] = {{.container = &containers[0], .policy = &late},
                              {.container = &containers[1], .policy = &ask},
                              {.container = &containers[2], .policy = &any}};
  for (guint i = 0; i < G_N_ELEMENTS(fleet); i++)
    g_ptr_array_add(items, &fleet[i]);
  static const char *const all[] = {"late", "ask", "any", NULL}, *const asking[] = {"ask", NULL};
  g_autoptr(CrFleetPlan) plan = make_plan(&any);
  CrFleetStep *step = plan->steps->pdata[0];
  ((CrFleetImage *)step->image)->containers = items;
  step->containers = all;
  g_assert_cmpint(cr_watch_hold_back(plan, NULL, noon), ==, noon + 14 * 3600);
  g_assert_cmpstr(step->state, ==, "planned");
  g_assert_cmpuint(g_strv_length((char **)step->containers), ==, 1);
  g_assert_cmpstr(step->containers[0], ==, "any");
  g_assert_true(g_str_has_prefix(step->held_containers[0], "late: outside its window"));
  g_assert_true(g_str_has_prefix(step->held_containers[1], "ask: restart: ask"));
  step->action = CR_ACTION_NOTHING; /* only the containers are left to do */
  step->containers = asking;
  g_assert_cmpint(cr_watch_hold_back(plan, NULL, noon), ==, 0);
  g_assert_cmpstr(step->state, ==, "refused");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/watch-judge/events", test_events);
  g_test_add_func("/fleet/watch-judge/patience", test_patience);
  g_test_add_func("/fleet/watch-judge/settle", test_settle);
  g_test_add_func("/fleet/watch-judge/windows", test_windows);
  g_test_add_func("/fleet/watch-judge/containers", test_containers);
  return g_test_run();
}
