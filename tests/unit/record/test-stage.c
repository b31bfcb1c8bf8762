/* SPDX-License-Identifier: Apache-2.0 */
#include "record/stage.h"

#include <unistd.h>

#include "../remove.h"

static const CrStageSeen *find(const CrRecord *record, CrArena *arena, const char *path, const char *text)
{
  if (text)
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return cr_stage_find(record, arena);
}

static void test_stage(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-stage-XXXXXX", NULL);
  g_autofree char *db = g_build_filename(folder, "record.db", NULL),
                  *path = g_build_filename(folder, "stage.json", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = cr_record_open(db, TRUE, NULL);
  g_assert_null(find(record, arena, path, NULL));
  CrStage *stage = cr_stage_new(record, "looking into images", "images", 1000000000);
  const CrStageSeen *seen = NULL;
  gint64 end = g_get_monotonic_time() + 120 * G_USEC_PER_SEC;
  while (!seen && g_get_monotonic_time() < end) { /* nothing is written in the first second */
    cr_stage_advance(stage, "shop/web:4");
    seen = cr_stage_find(record, arena);
  }
  g_assert_nonnull(seen);
  g_assert_cmpstr(seen->what, ==, "looking into images");
  g_assert_cmpstr(seen->subject, ==, "shop/web:4");
  g_assert_cmpuint(seen->total, ==, 1000000000);
  g_assert_cmpuint(seen->done, >, 0);
  cr_stage_free(stage);
  g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  g_assert_null(cr_stage_new(NULL, "x", "x", 1));
  cr_stage_advance(NULL, "x");
}

static void test_left(void)
{
  autofolder char *folder = g_dir_make_tmp("careen-stage-XXXXXX", NULL);
  g_autofree char *db = g_build_filename(folder, "record.db", NULL),
                  *path = g_build_filename(folder, "stage.json", NULL);
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRecord) record = cr_record_open(db, TRUE, NULL);
  g_autofree char *other = g_strdup_printf("{\"pid\":%d,\"started\":1,\"done\":1,\"total\":2}", getpid());
  static const char *const texts[] = {
      "", "{", "[]", "{\"pid\":1}", "{\"pid\":-1,\"started\":5,\"done\":1,\"total\":2}", "{\"pid\":\"x\"}"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    g_assert_null(find(record, arena, path, texts[i]));
  g_assert_null(find(record, arena, path, other)); /* its number was given again */
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/record/stage/stage", test_stage);
  g_test_add_func("/record/stage/left", test_left);
  return g_test_run();
}
