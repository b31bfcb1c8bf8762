/* SPDX-License-Identifier: Apache-2.0 */
/* What the page asks for, and what careen apply --asked finds of it. */
#include "web/apply.h"

#include <glib/gstdio.h>

#include "../remove.h"
#include "fleet/asked.h"

typedef struct {
  char *folder, *spool, *digest;
  CrRecord *record;
  CrApplyDesk *desk;
} Case;

static void begin(Case *it)
{
  g_autoptr(GError) error = NULL;
  it->folder = g_dir_make_tmp("careen-asked-XXXXXX", NULL);
  it->spool = g_build_filename(it->folder, "asked", NULL);
  g_autofree char *path = g_build_filename(it->folder, "record.db", NULL);
  g_assert_null(cr_apply_desk_new(it->spool, &error)); /* it makes no folder itself */
  g_assert_cmpint(g_mkdir(it->spool, 0700), ==, 0);
  it->record = cr_record_open(path, TRUE, NULL);
  it->desk = cr_apply_desk_new(it->spool, NULL);
  g_assert_nonnull(it->desk);
  g_assert_true(cr_record_set_mark(it->record, "plan", "", "{\"schema\":\"careen.plan/1\",\"steps\":[]}", NULL));
  it->digest = cr_asked_find_plan(it->record, NULL);
}

static void clear(Case *it)
{
  cr_apply_desk_free(it->desk);
  cr_record_free(it->record);
  remove_all(it->folder);
  g_free(it->folder);
  g_free(it->spool);
  g_free(it->digest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, clear)

static guint order(Case *it, const char *token, const char *plan, const char *confirm, const char *origin,
                   const char *site)
{
  guint status = 0;
  g_autoptr(GError) error = NULL;
  g_autofree char *body = g_strdup_printf("token=%s&plan=%s&confirm=%s", token, plan, confirm);
  CrApplyOrder asked = {.body = body, .origin = origin, .site = site, .host = "localhost:8470"};
  gboolean ok = cr_apply_desk_take(it->desk, it->record, &asked, &status, &error);
  g_assert_true(ok == !error);
  g_assert_true(ok == (status == 303));
  return status;
}

static gboolean take(Case *it, guint *others)
{
  g_autofree char *plan = NULL;
  g_assert_true(cr_asked_take(it->spool, it->record, &plan, others, NULL));
  return plan != NULL;
}

static void test_order(void)
{
  g_auto(Case) it = {0};
  guint others = 9;
  begin(&it);
  const char *token = cr_apply_desk_get_token(it.desk), *ours = "http://localhost:8470";
  g_assert_cmpuint(order(&it, "", it.digest, "yes", ours, "same-origin"), ==, 403);
  g_assert_cmpuint(order(&it, "0123", it.digest, "yes", ours, "same-origin"), ==, 403);
  g_assert_cmpuint(order(&it, token, it.digest, "yes", "http://evil.example", NULL), ==, 403);
  g_assert_cmpuint(order(&it, token, it.digest, "yes", "null", NULL), ==, 403);
  g_assert_cmpuint(order(&it, token, it.digest, "yes", ours, "cross-site"), ==, 403);
  g_assert_cmpuint(order(&it, token, it.digest, "no", ours, "same-origin"), ==, 400);
  g_assert_cmpuint(order(&it, token, "abcd", "yes", ours, "same-origin"), ==, 409);
  g_assert_cmpuint(order(&it, token, "..%2F..%2Fetc%2Fpasswd", "yes", ours, "same-origin"), ==, 409);
  g_assert_false(take(&it, &others)); /* none of these left anything */
  g_assert_cmpuint(others, ==, 0);
  g_assert_cmpuint(order(&it, token, it.digest, "yes", ours, "same-origin"), ==, 303);
  g_assert_cmpuint(order(&it, token, it.digest, "yes", NULL, NULL), ==, 303); /* again: the same */
  g_assert_true(take(&it, &others));
  g_assert_cmpuint(others, ==, 0);
  g_assert_false(take(&it, &others)); /* once */
}

/* What was asked for is not the newest plan any more, or was never one: it is taken away, and not done. */
static void test_old(void)
{
  g_auto(Case) it = {0};
  guint others = 0;
  begin(&it);
  g_assert_cmpuint(order(&it, cr_apply_desk_get_token(it.desk), it.digest, "yes", NULL, NULL), ==, 303);
  g_assert_true(cr_record_set_mark(it.record, "plan", "", "{\"schema\":\"careen.plan/1\",\"steps\":[1]}", NULL));
  g_autofree char *strange = g_build_filename(it.spool, "apply-x.json", NULL);
  g_autofree char *kept = g_build_filename(it.spool, "notes.txt", NULL);
  g_assert_true(g_file_set_contents(strange, "x", 1, NULL) && g_file_set_contents(kept, "x", 1, NULL));
  g_assert_false(take(&it, &others));
  g_assert_cmpuint(others, ==, 2);
  g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
  g_assert_false(g_file_test(strange, G_FILE_TEST_EXISTS));
  g_assert_true(cr_record_set_mark(it.record, "plan", "", NULL, NULL)); /* no plan at all */
  g_assert_cmpuint(order(&it, cr_apply_desk_get_token(it.desk), "", "yes", NULL, NULL), ==, 409);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/web/apply/order", test_order);
  g_test_add_func("/web/apply/old", test_old);
  return g_test_run();
}
