/* SPDX-License-Identifier: Apache-2.0 */
/* Who the config's User is in an image: names, numbers, groups. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/error.h"
#include "remedy/trial.h"

static char *root;

typedef struct {
  const char *name, *user;
  const char *wanted; /* "uid:gid home groups…"; NULL: an error */
} Row;

static const Row rows[] = {
    {"none", "", "0:0 /root"},
    {"name", "app", "1000:1001 /home/app 2000 2001"},
    {"number-with-record", "1000", "1000:1001 /home/app 2000 2001"},
    {"number-without", "4242", "4242:0 -"},
    {"name-and-group", "app:extra", "1000:2000 /home/app"},
    {"numbers", "1000:7", "1000:7 /home/app"},
    {"number-and-name", "4242:extra", "4242:2000 -"},
    {"empty-group", "app:", "1000:1001 /home/app 2000 2001"},
    {"empty-user", ":extra", "0:2000 /root"},
    {"unknown", "ghost", NULL},
    {"unknown-group", "app:ghost", NULL},
    {"too-large", "99999999999", NULL},
    {"negative", "-1", NULL},
};

static void test_row(gconstpointer data)
{
  const Row *row = data;
  g_auto(CrTrialUser) user = {0};
  g_autoptr(GError) error = NULL;
  if (!cr_trial_user_find(root, row->user, &user, &error)) {
    g_assert_null(row->wanted);
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
    return;
  }
  g_autoptr(GString) said = g_string_new(NULL);
  g_string_printf(said, "%u:%u %s", user.uid, user.gid, user.home ? user.home : "-");
  for (guint i = 0; i < user.groups->len; i++)
    g_string_append_printf(said, " %u", g_array_index(user.groups, guint, i));
  g_assert_cmpstr(said->str, ==, row->wanted);
}

/* A link to a file of this machine leads to nothing. */
static void test_link(void)
{
  g_autofree char *folder = g_dir_make_tmp("careen-user-XXXXXX", NULL);
  g_autofree char *etc = g_build_filename(folder, "etc", NULL), *passwd = g_build_filename(etc, "passwd", NULL);
  g_mkdir(etc, 0755);
  g_autofree char *outside = g_build_filename(root, "etc/passwd", NULL);
  g_assert_cmpint(symlink(outside, passwd), ==, 0);
  g_auto(CrTrialUser) user = {0};
  g_assert_false(cr_trial_user_find(folder, "app", &user, NULL));
  g_unlink(passwd);
  g_rmdir(etc);
  g_rmdir(folder);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  root = g_dir_make_tmp("careen-user-XXXXXX", NULL);
  g_autofree char *etc = g_build_filename(root, "etc", NULL);
  g_autofree char *passwd = g_build_filename(etc, "passwd", NULL), *group = g_build_filename(etc, "group", NULL);
  g_mkdir(etc, 0755);
  g_file_set_contents(passwd, "root:x:0:0::/root:/bin/sh\nbroken\napp:x:1000:1001::/home/app:/bin/sh\n", -1, NULL);
  g_file_set_contents(group, "root:x:0:\nextra:x:2000:other,app\nmore:x:2001:app\n", -1, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *name = g_strconcat("/trial-user/", rows[i].name, NULL);
    g_test_add_data_func(name, &rows[i], test_row);
  }
  g_test_add_func("/trial-user/link", test_link);
  int code = g_test_run();
  g_unlink(passwd);
  g_unlink(group);
  g_rmdir(etc);
  g_rmdir(root);
  g_free(root);
  return code;
}
