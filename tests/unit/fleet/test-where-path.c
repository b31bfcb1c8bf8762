/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/where-private.h"

#include <string.h>

#include "../remove.h"
#include "base/digest.h"
#include "base/limits.h"
#include "image/layer-write.h"
#include "scan/scan.h"

/* ---- globs ---- */

static const struct {
  const char *pattern, *text;
  gboolean fits;
} globs[] = {
    {"", "", TRUE},
    {"", "a", FALSE},
    {"*", "", TRUE},
    {"*", "usr/bin/curl", TRUE},
    {"usr/*/curl", "usr/bin/curl", TRUE},
    {"usr/*", "usr/share/doc/x", TRUE},
    {"usr/bin/cur?", "usr/bin/curl", TRUE},
    {"usr/bin/cur?", "usr/bin/cur", FALSE},
    {"*.jar", "log4j.jar", TRUE},
    {"*.jar", "log4j.jar.bak", FALSE},
    {"a*b*c", "aXbYbZc", TRUE},
    {"a*b*c", "aXbYbZ", FALSE},
    {"*?", "", FALSE},
    {"?", "\xc3\xa9", TRUE}, /* é is one character */
    {"??", "\xc3\xa9", FALSE},
    {"??", "\xc3x", TRUE}, /* bytes that are no UTF-8 are one each */
    {"?", "\xf0", TRUE},   /* …also where more are announced than there are */
    {"*[a]*", "x[a]y", TRUE},
    {"*aaaa*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FALSE},
};

static void test_globs(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(globs); i++) {
    g_test_message("row %u: %s", i, globs[i].pattern);
    g_assert_cmpint(cr_where_match_glob(globs[i].pattern, globs[i].text, strlen(globs[i].text)), ==, globs[i].fits);
  }
}

/* ---- images ---- */

typedef struct {
  char *folder;
  CrRecord *record;
  CrCache *cache;
} World;

static void open_world(World *world)
{
  world->folder = g_dir_make_tmp("careen-where-path-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(world->folder, "record.db", NULL);
  world->record = cr_record_open(path, TRUE, NULL);
  world->cache = cr_cache_new(world->folder);
}

static void close_world(World *world)
{
  cr_record_free(world->record);
  cr_cache_free(world->cache);
  remove_all(world->folder);
  g_free(world->folder);
}

static void put_entry(CrLayerWriter *writer, CrEntryType type, const char *path)
{
  CrEntry entry = {.path = path, .path_bytes = strlen(path), .type = type, .mode = 0755};
  g_assert_true(cr_layer_writer_add(writer, &entry, NULL));
}

/* WORDS: "PATH", or "-PATH" for what it deletes, one behind the other; and MANY files below many/. Its diff_id. */
static char *put_layer(World *world, const char *name, const char *words, guint many)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(CrLayerWriter) writer = cr_layer_writer_new(world->cache, cr_scan_get_collectors(), 0, &error);
  g_assert_no_error(error);
  char *diff_id = cr_digest_of(name, strlen(name));
  g_auto(GStrv) list = g_strsplit(words, " ", -1);
  for (guint i = 0; list[i] && *list[i]; i++)
    put_entry(writer, *list[i] == '-' ? CR_ENTRY_WHITEOUT : CR_ENTRY_FILE, list[i] + (*list[i] == '-'));
  for (guint i = 0; i < many; i++) {
    g_autofree char *path = g_strdup_printf("many/%06u", i);
    put_entry(writer, CR_ENTRY_FILE, path);
  }
  g_autoptr(CrLayer) layer = cr_layer_writer_finish(writer, diff_id, 1, TRUE, &error);
  g_assert_no_error(error);
  return diff_id;
}

static void observe(World *world, const char *name, const char *const *layers)
{
  g_autofree char *id = cr_digest_of(name, strlen(name));
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  g_autoptr(GError) error = NULL;
  CrObservation it = {
      .image_id = id, .name = name, .when = 1795838400, .layers = layers, .packages = none, .flaws = none};
  cr_record_put_observation(world->record, &it, &error);
  g_assert_no_error(error);
}

static const struct {
  const char *subject, *hits; /* "IMAGE:PATH", by image and path */
} rows[] = {
    {"/usr/bin/curl", "a:usr/bin/curl"},
    {"/usr/bin/*", "a:usr/bin/curl a:usr/bin/zip b:usr/bin/zip"},
    {"usr/bin/*", "a:usr/bin/curl a:usr/bin/zip b:usr/bin/zip"},
    {"/usr/*.so*", "a:usr/lib/libx.so.1 b:usr/lib/libx.so.1"}, /* in two layers, and once in the image */
    {"lib?.so.1", "a:usr/lib/libx.so.1 b:usr/lib/libx.so.1"},
    {"*.jar", "b:opt/x.jar"},
    {"/opt/*", "b:opt/x.jar"}, /* not of opt-x */
    {"/gone/*", "a:gone/below"},
    {"*nothing*", ""},
};

static void test_rows(void)
{
  World world;
  open_world(&world);
  g_autofree char *base = put_layer(&world, "base", "usr/bin/curl usr/bin/zip usr/lib/libx.so.1 opt-x/y gone/below", 0);
  g_autofree char *upper = put_layer(&world, "upper", "-usr/bin/curl usr/lib/libx.so.1 opt/x.jar -gone", 0);
  observe(&world, "a:1", (const char *[]){base, NULL});
  observe(&world, "b:1", (const char *[]){base, upper, NULL});
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrWhere) where = cr_where_new(world.record, world.cache, rows[i].subject, &error);
    g_assert_no_error(error);
    g_autoptr(GString) hits = g_string_new(NULL);
    for (guint k = 0; k < where->hits->len; k++) {
      const CrWhereHit *hit = where->hits->pdata[k];
      g_string_append_printf(hits, "%s%c:%s", k ? " " : "", *hit->name, hit->what);
    }
    g_test_message("%s", rows[i].subject);
    g_assert_cmpstr(hits->str, ==, rows[i].hits);
    g_assert_cmpuint(where->looked, ==, 2);
    g_assert_false(where->cut);
  }
  close_world(&world);
}

/* Two images with one layer of more than half of what is listed at most. */
static void test_bound(void)
{
  World world;
  open_world(&world);
  g_autofree char *layer = put_layer(&world, "large", "", CR_LIMIT_WHERE_FILES / 2 + 10);
  observe(&world, "a:1", (const char *[]){layer, NULL});
  observe(&world, "b:1", (const char *[]){layer, NULL});
  g_autoptr(CrWhere) all = cr_where_new(world.record, world.cache, "*", NULL);
  g_assert_cmpuint(all->hits->len, ==, CR_LIMIT_WHERE_FILES);
  g_assert_true(all->cut);
  g_assert_cmpuint(cr_problems_get_count(all->problems), ==, 1);
  g_assert_cmpint(cr_problems_get(all->problems, 0)->kind, ==, CR_PROBLEM_PARTIAL);
  g_assert_true(g_str_has_prefix(cr_problems_get(all->problems, 0)->what, "at least 100000, "));
  g_autoptr(CrWhere) some = cr_where_new(world.record, world.cache, "many/*7", NULL);
  g_assert_cmpuint(some->hits->len, ==, 2 * (CR_LIMIT_WHERE_FILES / 20 + 1));
  g_assert_false(some->cut);
  close_world(&world);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fleet/where-path/globs", test_globs);
  g_test_add_func("/fleet/where-path/rows", test_rows);
  g_test_add_func("/fleet/where-path/bound", test_bound);
  return g_test_run();
}
