/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/known.h"

#include <string.h>
#include <unistd.h>

#include "vendor/archive-set.h"

/* ---- what facts hang on ---- */

static CrArchiveState security = {.type = "deb", .name = "bookworm-security", .key = "k", .folder = "f", .hash = "h"};
static CrKnownTag base_tag = {"debian:12", "sha256:0a"}, silent_tag = {"shop/web:1", NULL};
static const char *const layers[] = {"sha256:l1", "sha256:l2", NULL};
static const char *const names[] = {"debian:12", NULL};

static gboolean archive_stands;
static const char *base_digest, *silent_digest;

static gboolean stands(const CrArchiveState *state, gpointer data)
{
  (void)data;
  g_assert_true(state == &security);
  return archive_stands;
}

static const char *resolve(const char *tag, gpointer data)
{
  (void)data;
  return !strcmp(tag, "debian:12") ? base_digest : silent_digest;
}

static void add_local(GPtrArray *local, CrArena *arena, const char *id, const char *tag, guint layer_count)
{
  CrImage *image = cr_arena_new0(arena, CrImage);
  const char **tags = cr_arena_alloc(arena, 2 * sizeof *tags);
  tags[0] = tag;
  *image = (CrImage){.id = id, .source = "docker", .repo_tags = tags, .layer_count = layer_count};
  image->layers = cr_arena_alloc(arena, 2 * sizeof *image->layers);
  for (guint i = 0; i < layer_count; i++)
    image->layers[i].diff_id = layers[i];
  g_ptr_array_add(local, image);
}

#define WORLD "day 2026-11-28\nadvisories a\n/keys 1\n"

/* Each row changes one thing; UNTIL is of what is known. */
static const struct {
  const char *what, *world, *base, *silent, *new_id, *new_tag, *wanted;
  guint new_layers; /* of one more local image; 0: there is none */
  gint64 until, now;
  gboolean archive, offline;
} rows[] = {
    {.what = "as it was", .archive = TRUE},
    {.what = "the day", .world = "day 2026-11-29\nadvisories a\n/keys 1\n", .archive = TRUE, .wanted = "another day"},
    {.what = "the database",
     .world = "day 2026-11-28\nadvisories b\n/keys 1\n",
     .archive = TRUE,
     .wanted = "other advisories"},
    {.what = "a key came",
     .world = WORLD "/keys/new 1\n",
     .archive = TRUE,
     .wanted = "a file of this machine that it was judged by"},
    {.what = "a cool-down or Valid-Until, the second before", .until = 1001, .archive = TRUE},
    {.what = "a cool-down or Valid-Until ends",
     .until = 1000,
     .archive = TRUE,
     .wanted = "a cool-down or the validity of a release file is over"},
    {.what = "the archive", .wanted = "bookworm-security"},
    {.what = "the tag moved", .base = "sha256:0b", .archive = TRUE, .wanted = "debian:12"},
    {.what = "no answer now", .base = "", .archive = TRUE, .wanted = "debian:12"},
    {.what = "an answer at last", .silent = "sha256:0c", .archive = TRUE, .wanted = "shop/web:1"},
    {.what = "offline nobody is asked", .base = "", .archive = TRUE, .offline = TRUE},
    {.what = "a local image of the base's name",
     .new_id = "new",
     .new_tag = "docker.io/library/debian:12",
     .new_layers = 0,
     .archive = TRUE,
     .wanted = "local images around it"},
    {.what = "a local image below it",
     .new_id = "new",
     .new_tag = "other:1",
     .new_layers = 1,
     .archive = TRUE,
     .wanted = "local images around it"},
    {.what = "a local image that has nothing to do with it",
     .new_id = "new",
     .new_tag = "other:1",
     .new_layers = 0,
     .archive = TRUE},
};

static void test_judge(void)
{
  g_autoptr(GPtrArray) archives = g_ptr_array_new(), tags = g_ptr_array_new();
  g_ptr_array_add(archives, &security);
  g_ptr_array_add(tags, &base_tag);
  g_ptr_array_add(tags, &silent_tag);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].what);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GPtrArray) local = g_ptr_array_new();
    add_local(local, arena, "own", "shop/web:1", 2);
    g_autoptr(CrSurroundings) before = cr_surroundings_new(local);
    g_autofree char *around = cr_surroundings_hash(before, layers, names);
    if (rows[i].new_id)
      add_local(local, arena, rows[i].new_id, rows[i].new_tag, rows[i].new_layers);
    g_autoptr(CrSurroundings) after = cr_surroundings_new(local);
    archive_stands = rows[i].archive;
    base_digest = !rows[i].base ? "sha256:0a" : *rows[i].base ? rows[i].base : NULL;
    silent_digest = rows[i].silent;
    CrHangsOn hangs = {.world = WORLD,
                       .until = rows[i].until,
                       .archives = archives,
                       .tags = tags,
                       .layers = layers,
                       .names = names,
                       .around = around};
    CrKnownNow now = {.world = rows[i].world ? rows[i].world : WORLD,
                      .now = 1000,
                      .surroundings = after,
                      .offline = rows[i].offline,
                      .stands = stands,
                      .resolve = resolve};
    g_assert_cmpstr(cr_known_judge(&hangs, &now), ==, rows[i].wanted);
  }
}

/* ---- rounds ---- */

typedef struct {
  CrArena *arena;
  CrCache *cache;
  char *folder;
  CrScanOptions options;
  CrFleet fleet;
  CrPolicy policy, other;
  CrFleetImage web;
  GArray *group;
  CrKnown *known;
  CrProblems *problems;
  GPtrArray *facts;
} Fixture;

static void set_up(Fixture *it, gconstpointer data)
{
  (void)data;
  it->arena = cr_arena_new();
  it->folder = g_dir_make_tmp("careen-known-XXXXXX", NULL);
  it->cache = cr_cache_new(it->folder);
  it->options = (CrScanOptions){.cache = it->cache,
                                .jobs = 1,
                                .vendor = {.cache = it->cache, .keyrings = it->folder},
                                .source = {.cache = it->cache}};
  it->web =
      (CrFleetImage){.name = "shop/web:1", .source = "docker:shop/web:1", .id = "sha256:1", .policy = &it->policy};
  it->fleet = (CrFleet){.arena = it->arena, .images = g_ptr_array_new()};
  g_ptr_array_add(it->fleet.images, &it->web);
  it->group = g_array_new(FALSE, TRUE, sizeof(guint));
  g_array_set_size(it->group, 1);
  it->known = cr_known_new();
  it->problems = cr_problems_new();
  it->facts = g_ptr_array_new();
  g_ptr_array_set_size(it->facts, 1);
  cr_known_begin(it->known, &it->fleet, &it->options, NULL);
}

static void tear_down(Fixture *it, gconstpointer data)
{
  (void)data;
  cr_known_free(it->known);
  cr_problems_free(it->problems);
  g_ptr_array_unref(it->facts);
  g_ptr_array_unref(it->fleet.images);
  g_array_unref(it->group);
  cr_cache_free(it->cache);
  rmdir(it->folder);
  g_free(it->folder);
  cr_arena_free(it->arena);
}

/* As a scan of an image without archives would; UNTIL: of its first cool-down; UNSETTLED: a file did not come. */
static void keep(Fixture *it, gint64 until, gboolean unsettled)
{
  CrKnownImage *image = cr_known_image_new();
  CrImageFacts *facts = cr_arena_new0(cr_known_image_get_arena(image), CrImageFacts);
  *facts = (CrImageFacts){.image = &it->web, .fixes = g_ptr_array_new(), .until = until};
  it->facts->pdata[0] = facts;
  CrLayerInfo layer = {.diff_id = "sha256:l1"};
  CrImage described = {.id = "sha256:1", .layer_count = 1, .layers = &layer};
  CrArchives set = {.archives = g_ptr_array_new(), .unsettled = unsettled};
  CrScan scan = {.image = &described, .archive_set = &set, .problems = cr_problems_new(), .base = {.current = -1}};
  cr_problems_add(scan.problems, CR_PROBLEM_PARTIAL, "here", "something");
  cr_known_image_take(image, it->known, &scan, &it->fleet, it->group, it->facts);
  cr_known_keep(it->known, &it->fleet, it->group, image);
  g_ptr_array_unref(facts->fixes); /* cr_facts_free_all, at the end of the round */
  g_ptr_array_unref(set.archives);
  cr_problems_free(scan.problems);
}

static CrKnownImage *find_next(Fixture *it)
{
  g_assert_true(cr_known_end(it->known, NULL, NULL));
  cr_known_begin(it->known, &it->fleet, &it->options, NULL);
  return cr_known_find(it->known, &it->fleet, it->group);
}

static void test_use(Fixture *it, gconstpointer data)
{
  (void)data;
  keep(it, 0, FALSE);
  CrKnownImage *image = find_next(it);
  g_assert_nonnull(image);
  const CrImageConfig config = {.successor = "debian:13"};
  CrFleetImage again = it->web; /* the next round's graph is another */
  again.config = &config;
  it->fleet.images->pdata[0] = &again;
  cr_known_use(image, &it->fleet, it->group, it->facts, it->problems);
  CrImageFacts *facts = it->facts->pdata[0];
  g_assert_true(facts->image == &again);
  g_assert_cmpstr(facts->successor, ==, "debian:13");
  g_assert_cmpuint(cr_problems_get_count(it->problems), ==, 1);
  g_ptr_array_unref(facts->fixes);
}

static void test_changes(Fixture *it, gconstpointer data)
{
  (void)data;
  const CrBuildRecipe recipe = {0};
  keep(it, 0, FALSE);
  g_assert_nonnull(find_next(it));
  keep(it, 0, FALSE);
  it->web.policy = &it->other;
  g_assert_null(find_next(it));
  keep(it, 0, FALSE);
  it->web.source = "docker:shop/web:2";
  g_assert_null(find_next(it));
  keep(it, 0, FALSE);
  it->web.build = &recipe;
  g_assert_null(find_next(it));
  keep(it, 0, FALSE);
  it->web.id = "sha256:2";
  g_assert_null(find_next(it));
}

static void test_ends(Fixture *it, gconstpointer data)
{
  (void)data;
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  keep(it, now + 3600, FALSE);
  g_assert_nonnull(find_next(it));
  keep(it, now - 1, FALSE);
  g_assert_null(find_next(it));
  keep(it, 0, TRUE); /* what did not come may come the next time */
  g_assert_null(find_next(it));
}

/* Nobody asked for it in a round: forgotten. */
static void test_gone(Fixture *it, gconstpointer data)
{
  (void)data;
  keep(it, 0, FALSE);
  g_assert_nonnull(find_next(it));
  g_assert_null(find_next(it));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/known/judge", test_judge);
  g_test_add("/known/use", Fixture, NULL, set_up, test_use, tear_down);
  g_test_add("/known/changes", Fixture, NULL, set_up, test_changes, tear_down);
  g_test_add("/known/ends", Fixture, NULL, set_up, test_ends, tear_down);
  g_test_add("/known/gone", Fixture, NULL, set_up, test_gone, tear_down);
  return g_test_run();
}
