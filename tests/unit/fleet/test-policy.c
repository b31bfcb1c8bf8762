/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/policy.h"

#include <glib/gstdio.h>
#include <string.h>

#include "../remove.h"
#include "fleet/window.h"

#define NOW 1795838400 /* 2026-11-28 04:00 UTC */

/* ---- one update, and what is known of it ---- */

typedef struct {
  CrOs os;
  CrArchive archive;
  CrPackage package;
  CrUpdate update;
  CrFinding finding;
  CrScan scan;
} World;

static void fill(World *world)
{
  static const char *const fixes[] = {"CVE-2026-1", NULL};
  *world = (World){.os = {.id = "debian", .codename = "bookworm"}};
  world->archive = (CrArchive){.name = "bookworm-security",
                               .origin = "Debian",
                               .label = "Debian-Security",
                               .suite = "oldstable-security",
                               .codename = "bookworm-security",
                               .uri = "http://security.debian.org/debian-security",
                               .distribution = TRUE};
  world->package = (CrPackage){.name = "libssl3", .source_name = "openssl", .reach = {.level = CR_REACH_LOADED}};
  world->update = (CrUpdate){.package = &world->package,
                             .source = "openssl",
                             .archive = &world->archive,
                             .security = TRUE,
                             .fixes = fixes,
                             .fix_since = "2026-11-27T10:00:00Z"};
  world->finding =
      (CrFinding){.id = "CVE-2026-1", .package = &world->package, .status = "fixable", .severity = CR_SEVERITY_MEDIUM};
  world->scan.os = &world->os;
  world->scan.updates = g_ptr_array_new();
  world->scan.findings = g_ptr_array_new();
  g_ptr_array_add(world->scan.updates, &world->update);
  g_ptr_array_add(world->scan.findings, &world->finding);
}

static void clear(World *world)
{
  g_ptr_array_unref(world->scan.updates);
  g_ptr_array_unref(world->scan.findings);
}

static void expect(World *world, const CrPolicy *policy, gboolean wanted, const char *why)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) verdicts = cr_policy_judge_updates(policy, &world->scan, NOW, arena);
  g_assert_cmpuint(verdicts->len, ==, 1);
  const CrPolicyVerdict *verdict = verdicts->pdata[0];
  g_test_message("%s", verdict->why);
  g_assert_cmpint(verdict->wanted, ==, wanted);
  g_assert_true(strstr(verdict->why, why) != NULL);
}

static void test_updates(void)
{
  World world;
  fill(&world);
  CrPolicy policy = *cr_policy_get_default();
  expect(&world, &policy, TRUE, "the distribution's own");

  world.update.security = FALSE;
  expect(&world, &policy, FALSE, "no security update");
  policy.updates = CR_WANTED_ALL;
  expect(&world, &policy, TRUE, "own");
  policy.updates = CR_WANTED_REACHED;
  world.update.security = TRUE;
  world.package.reach.level = CR_REACH_UNREACHED;
  expect(&world, &policy, FALSE, "nothing that runs reaches it");
  world.package.reach.level = CR_REACH_UNKNOWN; /* counts as reached */
  expect(&world, &policy, TRUE, "own");

  static const char *const packages[] = {"lib*3", NULL}, *const sources[] = {"openssl", NULL};
  policy.hold = packages;
  expect(&world, &policy, FALSE, "hold: lib*3");
  policy.hold = sources;
  expect(&world, &policy, FALSE, "hold: openssl");
  policy.hold = cr_strv_empty;
  world.update.held = TRUE;
  expect(&world, &policy, FALSE, "on hold in the image");
  clear(&world);
}

static void test_origins(void)
{
  static const char *const keys[] = {"origin", "codename", NULL}, *const label[] = {"label", NULL},
                           *const site[] = {"site", NULL};
  static const char *const own[] = {"${distro_id}", "${distro_codename}-security", NULL};
  static const char *const other[] = {"Docker", "*", NULL}, *const any[] = {"*Security", NULL},
                           *const host[] = {"security.debian.org", NULL};
  World world;
  fill(&world);
  CrPolicy policy = *cr_policy_get_default();
  world.archive.distribution = FALSE;
  expect(&world, &policy, FALSE, "neither the distribution's nor configured");
  world.update.configured = TRUE;
  expect(&world, &policy, TRUE, "configured in the image");
  g_autoptr(GPtrArray) origins = g_ptr_array_new();
  policy.origins = origins;
  CrOriginPattern first = {keys, other}, second = {keys, own}, third = {label, any}, fourth = {site, host};
  g_ptr_array_add(origins, &first);
  expect(&world, &policy, FALSE, "of no allowed origin");
  g_ptr_array_add(origins, &second);
  expect(&world, &policy, TRUE, "origin origin=${distro_id}");
  origins->pdata[1] = &third;
  expect(&world, &policy, TRUE, "label=*Security");
  origins->pdata[1] = &fourth;
  expect(&world, &policy, TRUE, "site=security.debian.org");
  world.os.codename = "trixie";
  origins->pdata[1] = &second;
  expect(&world, &policy, FALSE, "no allowed origin");
  clear(&world);
}

/* The words of Origins-Pattern, as unattended_upgrades' match_whitelist_string reads them: each is a glob that must
 * match, of the archive that offers the update. */
static void test_origin_words(void)
{
  static const struct {
    const char *key, *glob;
    gboolean allowed;
  } rows[] = {
      {"origin", "Debian", TRUE},
      {"origin", "Deb", FALSE},
      {"archive", "oldstable-security", TRUE}, /* its Suite */
      {"archive", "bookworm-security", FALSE},
      {"codename", "bookworm-*", TRUE},
      {"codename", "oldstable-security", FALSE},
      {"label", "Debian-Security", TRUE},
      {"label", "Debian", FALSE},
      {"component", "main", TRUE},
      {"component", "m*", TRUE},
      {"component", "contrib", FALSE},
      {"site", "security.debian.org", TRUE},
      {"site", "*.debian.org", TRUE},
      {"site", "deb.debian.org", FALSE},
  };
  World world;
  fill(&world);
  world.update.component = "main";
  CrPolicy policy = *cr_policy_get_default();
  g_autoptr(GPtrArray) origins = g_ptr_array_new();
  policy.origins = origins;
  g_ptr_array_add(origins, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *const keys[] = {"origin", rows[i].key, NULL}, *const globs[] = {"*", rows[i].glob, NULL};
    CrOriginPattern pattern = {keys, globs};
    origins->pdata[0] = &pattern;
    g_test_message("%s=%s", rows[i].key, rows[i].glob);
    expect(&world, &policy, rows[i].allowed, rows[i].allowed ? rows[i].glob : "of no allowed origin");
  }
  static const char *const keys[] = {"component", NULL}, *const any[] = {"*", NULL}, *const one[] = {"main", NULL};
  CrOriginPattern every = {keys, any}, only = {keys, one};
  world.update.component = NULL; /* Alpine's and RPM's archives have none */
  origins->pdata[0] = &every;
  expect(&world, &policy, TRUE, "component=*");
  origins->pdata[0] = &only;
  expect(&world, &policy, FALSE, "of no allowed origin");
  clear(&world);
}

static void test_minimum(void)
{
  World world;
  fill(&world);
  CrPolicy policy = *cr_policy_get_default();
  policy.minimum = CR_SEVERITY_HIGH;
  expect(&world, &policy, FALSE, "medium, below high");
  world.finding.exploited = TRUE; /* never too small */
  expect(&world, &policy, TRUE, "own");
  world.finding.exploited = FALSE;
  world.finding.severity = CR_SEVERITY_UNKNOWN; /* nobody knows that it is small */
  expect(&world, &policy, TRUE, "own");
  world.finding.severity = CR_SEVERITY_CRITICAL;
  world.finding.suppressed = "accepted";
  world.finding.severity = CR_SEVERITY_MEDIUM;
  expect(&world, &policy, TRUE, "own");
  world.finding.suppressed = NULL;
  policy.minimum = CR_SEVERITY_UNKNOWN;
  policy.minimum_exploited = TRUE;
  expect(&world, &policy, FALSE, "exploited");
  clear(&world);
}

static void test_cooldown(void)
{
  World world;
  fill(&world);
  CrPolicy policy = *cr_policy_get_default();
  policy.cooldown_seconds = 3 * 86400;
  expect(&world, &policy, FALSE, "cool-down until 2026-11-30");
  world.finding.exploited = TRUE;
  expect(&world, &policy, TRUE, "own");
  world.finding.exploited = FALSE;
  world.update.fix_since = NULL; /* not known: not new */
  expect(&world, &policy, TRUE, "own");
  world.update.fix_since = "2026-11-25T23:59:59Z";
  expect(&world, &policy, TRUE, "own");
  clear(&world);
}

/* ---- now ---- */

static void test_now(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-policy-XXXXXX", NULL);
  g_autofree char *freeze = g_build_filename(folder, "freeze", NULL);
  g_setenv("CAREEN_METERED", "no", TRUE);
  CrPolicy policy = *cr_policy_get_default();
  policy.freeze_file = freeze;
  g_assert_true(cr_policy_allows_now(&policy, NOW, FALSE, NULL));
  g_autoptr(CrWindow) window = cr_window_parse("Mon 02:00-05:00 UTC", NULL);
  g_autoptr(GPtrArray) windows = g_ptr_array_new();
  g_ptr_array_add(windows, window);
  policy.windows = windows;
  g_autofree char *why = NULL;
  g_assert_false(cr_policy_allows_now(&policy, NOW, TRUE, &why)); /* a Saturday */
  g_assert_true(strstr(why, "outside its window Mon 02:00-05:00 UTC, opens 2026-11-30") != NULL);
  g_assert_cmpint(cr_policy_find_opening(&policy, NOW), ==, NOW + 46 * 3600);
  g_assert_true(cr_policy_allows_now(&policy, NOW + 46 * 3600, FALSE, NULL));
  g_setenv("CAREEN_METERED", "yes", TRUE);
  g_autofree char *metered = NULL;
  g_assert_false(cr_policy_allows_now(&policy, NOW + 46 * 3600, FALSE, &metered));
  g_assert_cmpstr(metered, ==, "the network is metered");
  policy.metered = TRUE;
  g_assert_true(cr_policy_allows_now(&policy, NOW + 46 * 3600, FALSE, NULL));
  g_assert_true(g_file_set_contents(freeze, "", 0, NULL));
  g_autofree char *frozen = NULL;
  g_assert_false(cr_policy_allows_now(&policy, NOW + 46 * 3600, FALSE, &frozen));
  g_assert_true(g_str_has_prefix(frozen, "frozen: "));
}

static void test_images(void)
{
  static const char *const hold[] = {"shop/*", "postgres:16", "redis", NULL};
  CrPolicy policy = *cr_policy_get_default();
  policy.hold = hold;
  g_assert_true(cr_policy_holds_image(&policy, "shop/web:4"));
  g_assert_true(cr_policy_holds_image(&policy, "postgres:16"));
  g_assert_false(cr_policy_holds_image(&policy, "postgres:17"));
  g_assert_true(cr_policy_holds_image(&policy, "redis:7"));
  g_assert_false(cr_policy_holds_image(&policy, "registry.example:5000/redis2"));
}

int main(int argc, char **argv)
{
  g_setenv("TZ", "UTC", TRUE);
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/policy/origin-words", test_origin_words);
  g_test_add_func("/fleet/policy/updates", test_updates);
  g_test_add_func("/fleet/policy/origins", test_origins);
  g_test_add_func("/fleet/policy/minimum", test_minimum);
  g_test_add_func("/fleet/policy/cooldown", test_cooldown);
  g_test_add_func("/fleet/policy/now", test_now);
  g_test_add_func("/fleet/policy/images", test_images);
  return g_test_run();
}
