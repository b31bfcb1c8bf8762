/* SPDX-License-Identifier: Apache-2.0 */
/* Checks on their way between processes, and the reasons in them. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "remedy/check-list.h"
#include "remedy/limits.h"
#include "remedy/reasons.h"

static void test_carried(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-checks-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "checks", NULL);
  g_autofree char *log = g_strnfill(100000, 'x');
  g_autoptr(CrCheckList) list = cr_check_list_new();
  cr_check_list_add(list, "one", TRUE, "fine");
  g_assert_true(cr_check_list_is_good(list));
  cr_check_list_add(list, "two", FALSE, "a\xff\033[31mb");
  cr_check_list_add(list, "three", TRUE, "");
  cr_check_list_add(list, "long", TRUE, log);
  g_assert_false(cr_check_list_is_good(list));
  g_assert_true(cr_check_list_store(list, path, NULL));
  CrPatchProof proof = {.arena = cr_arena_new(), .checks = g_ptr_array_new(), .passed = TRUE};
  g_assert_true(cr_check_list_load(path, &proof, NULL));
  g_assert_cmpuint(proof.checks->len, ==, 4);
  const CrCheck *const *checks = (const CrCheck *const *)proof.checks->pdata;
  g_assert_cmpstr(checks[0]->name, ==, "one");
  g_assert_cmpstr(checks[1]->detail, ==, "a\xef\xbf\xbd\033[31mb"); /* escapes are the report's to show */
  g_assert_cmpstr(checks[2]->detail, ==, "");
  g_assert_cmpuint(strlen(checks[3]->detail), ==, 8192);
  g_assert_false(proof.passed);
  g_ptr_array_unref(proof.checks);
  cr_arena_free(proof.arena);
  g_unlink(path);
  g_rmdir(folder);
}

static void test_reasons(void)
{
  g_auto(CrReasons) reasons = {0};
  g_assert_cmpstr(cr_reasons_get_text(&reasons, "none"), ==, "none");
  for (guint i = 0; i < 7; i++)
    cr_reasons_add(&reasons, "%u", i);
  g_assert_cmpstr(cr_reasons_get_text(&reasons, "none"), ==, "0; 1; 2; 3; 4; and 2 more");
  g_assert_cmpstr(cr_reasons_get_text(&reasons, "none"), ==, "0; 1; 2; 3; 4; and 2 more");
}

static void test_limits(void)
{
  CrLimits limits = cr_limits_make(0, 0, 0);
  g_assert_cmpuint(limits.disk_bytes, ==, CR_PATCH_DISK_BYTES);
  g_assert_cmpuint(cr_limits_get_program_ms(&limits), ==, CR_PATCH_PROGRAM_SECONDS * 1000);
  limits = cr_limits_make(1, 100, 2); /* a program has no more than is left of all */
  g_assert_cmpuint(cr_limits_get_program_ms(&limits), <=, 2000);
  g_assert_true(cr_limits_check_time(&limits, NULL));
  limits.deadline = g_get_monotonic_time() - 1;
  g_assert_false(cr_limits_check_time(&limits, NULL));
  g_assert_cmpuint(cr_limits_get_program_ms(&limits), ==, 1);
}

static void test_disk(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-disk-XXXXXX", NULL);
  g_autofree char *below = g_build_filename(folder, "below", NULL), *file = g_build_filename(below, "file", NULL);
  g_autofree char *other = g_build_filename(folder, "other", NULL), *loop = g_build_filename(folder, "loop", NULL);
  g_autofree char *text = g_strnfill(1 << 20, 'x');
  g_mkdir(below, 0755);
  g_assert_true(g_file_set_contents(file, text, 1 << 20, NULL));
  guint64 once = cr_limits_measure(folder, G_MAXUINT64);
  g_assert_cmpint(link(file, other), ==, 0);
  g_assert_cmpint(symlink("..", loop), ==, 0);
  guint64 linked = cr_limits_measure(folder, G_MAXUINT64);
  g_assert_cmpuint(linked, <, once + (1 << 19)); /* two names of one file */
  CrLimits limits = {.disk_bytes = once / 2};
  g_assert_false(cr_limits_check_disk(&limits, folder, NULL));
  limits.disk_bytes = once * 2;
  g_assert_true(cr_limits_check_disk(&limits, folder, NULL));
  g_unlink(file);
  g_unlink(other);
  g_unlink(loop);
  g_rmdir(below);
  g_rmdir(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/check-list/carried", test_carried);
  g_test_add_func("/check-list/reasons", test_reasons);
  g_test_add_func("/check-list/limits", test_limits);
  g_test_add_func("/check-list/disk", test_disk);
  return g_test_run();
}
