/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/where.h"

#include <string.h>

#include "../remove.h"
#include "base/error.h"

typedef struct {
  char *folder;
  CrRecord *record;
  CrCache *cache;
} World;

static const char *const aliases[] = {"GHSA-aaaa-bbbb-1111", NULL};

static void observe(World *world, const char *image_id, const char *name, const char *openssl, gboolean advisories)
{
  g_autofree char *own = g_strconcat("sha256:layer of ", image_id, NULL);
  const char *layers[] = {"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", own, NULL};
  CrSeenPackage package = {
      .type = "deb", .name = "libssl3", .source = "openssl", .version = openssl, .arch = "amd64", .reach = "loaded"};
  package.candidate = "3.0.2";
  package.security = TRUE;
  CrSeenPackage jar = {.type = "maven",
                       .name = "log4j-core",
                       .source = "log4j-core",
                       .version = "2.9.1",
                       .arch = "",
                       .reach = "unknown"};
  CrSeenFlaw flaw = {.id = "CVE-2026-1",
                     .package = "libssl3",
                     .installed = openssl,
                     .fixed = "3.0.2",
                     .status = "fixable",
                     .severity = "high",
                     .reach = "loaded"};
  flaw.aliases = aliases;
  flaw.exploited = TRUE;
  g_autoptr(GPtrArray) packages = g_ptr_array_new(), flaws = g_ptr_array_new();
  g_ptr_array_add(packages, &package);
  g_ptr_array_add(packages, &jar);
  if (advisories)
    g_ptr_array_add(flaws, &flaw);
  CrObservation it = {
      .image_id = image_id, .name = name, .when = 1795838400, .layers = layers, .packages = packages, .flaws = flaws};
  it.data = advisories ? "2026-11-27" : NULL;
  g_autoptr(GError) error = NULL;
  cr_record_put_observation(world->record, &it, &error);
  g_assert_no_error(error);
}

static void open_world(World *world)
{
  world->folder = g_dir_make_tmp("careen-where-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(world->folder, "record.db", NULL);
  world->record = cr_record_open(path, TRUE, NULL);
  world->cache = cr_cache_new(world->folder);
  observe(world, "sha256:aaa", "shop/web:1", "3.0.1", TRUE);
  observe(world, "sha256:bbb", "shop/db:1", "3.0.10", TRUE);
  observe(world, "sha256:ccc", "shop/old:1", "1.1.1~deb10u1", FALSE);
  CrSighting web = {"here", "container", "docker", "front", "sha256:aaa", "running", 1, 1};
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  g_ptr_array_add(list, &web);
  g_assert_true(cr_record_put_sightings(world->record, list, NULL));
}

static void close_world(World *world)
{
  cr_record_free(world->record);
  cr_cache_free(world->cache);
  remove_all(world->folder);
  g_free(world->folder);
}

static const struct {
  const char *subject, *hits; /* names of the images, sorted */
  gboolean whole;             /* every image was answered for */
} rows[] = {
    {"openssl", "shop/db:1 shop/old:1 shop/web:1", TRUE},
    {"libssl3", "shop/db:1 shop/old:1 shop/web:1", TRUE},
    {"openssl<3.0.2", "shop/old:1 shop/web:1", TRUE}, /* 3.0.10 is newer, 1.1.1~ older: dpkg's order */
    {"openssl<=3.0.1", "shop/old:1 shop/web:1", TRUE},
    {"openssl=3.0.1", "shop/web:1", TRUE},
    {"openssl>3.0.1", "shop/db:1", TRUE},
    {"openssl>=3.0.1", "shop/db:1 shop/web:1", TRUE},
    {"log4j-core<2.17", "shop/db:1 shop/old:1 shop/web:1", TRUE}, /* by Maven's */
    {"log4j-core<2.9", "", TRUE},
    {"nothing", "", TRUE},
    {"CVE-2026-1", "shop/db:1 shop/web:1", FALSE}, /* one was looked at without advisories */
    {"GHSA-aaaa-bbbb-1111", "shop/db:1 shop/web:1", FALSE},
    {"CVE-2026-2", "", FALSE},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "shop/db:1 shop/old:1 shop/web:1", TRUE},
    {"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee", "", FALSE},
    {"/usr/bin/curl", "", FALSE}, /* no layer index is at hand */
    {"github.com/x/y", "", TRUE}, /* a package of Go */
};

static void test_rows(void)
{
  World world;
  open_world(&world);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrWhere) where = cr_where_new(world.record, world.cache, rows[i].subject, &error);
    g_assert_no_error(error);
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint k = 0; k < where->hits->len; k++)
      g_string_append_printf(names, "%s%s", k ? " " : "", ((const CrWhereHit *)where->hits->pdata[k])->name);
    g_test_message("%s", rows[i].subject);
    g_assert_cmpstr(names->str, ==, rows[i].hits);
    g_assert_cmpuint(where->images, ==, 3);
    g_assert_cmpint(where->looked == 3, ==, rows[i].whole);
    g_assert_cmpint(cr_problems_get_count(where->problems) == 0, ==, rows[i].whole);
  }
  close_world(&world);
}

static void test_hit(void)
{
  World world;
  open_world(&world);
  g_autoptr(CrWhere) where = cr_where_new(world.record, world.cache, "CVE-2026-1", NULL);
  const CrWhereHit *hit = where->hits->pdata[1];
  g_assert_cmpstr(hit->name, ==, "shop/web:1");
  g_assert_cmpstr(hit->fix, ==, "fixed in 3.0.2");
  g_assert_cmpstr(hit->reach, ==, "loaded");
  g_assert_true(hit->exploited);
  g_assert_cmpuint(hit->sightings->len, ==, 1);
  g_assert_cmpstr(((const CrSighting *)hit->sightings->pdata[0])->name, ==, "front");
  close_world(&world);
}

static void test_wrong(void)
{
  static const char *const subjects[] = {"<3", "a<", "a<>3", "a=<3", "=", "a<=>1"};
  World world;
  open_world(&world);
  for (guint i = 0; i < G_N_ELEMENTS(subjects); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_where_new(world.record, world.cache, subjects[i], &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  }
  close_world(&world);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/where/rows", test_rows);
  g_test_add_func("/fleet/where/hit", test_hit);
  g_test_add_func("/fleet/where/wrong", test_wrong);
  return g_test_run();
}
