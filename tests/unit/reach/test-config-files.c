/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files as a program is given them when it starts: what makes a module certain, what only possible, and
 * how files lead to files. */
#include "made-root.h"

#define LIBRARIES "for m in one two three; do library a/$m.so $m.so; done; mkdir -p etc/p.d etc/q; program\n"

typedef struct {
  const char *name, *make; /* makes etc/p.conf, which the program is started with */
  const char *wanted;      /* "PATH!" loaded, "PATH?" possible; without the program and its loader */
} Row;

static const Row rows[] = {
    {"/reach/config-files/module", "echo 'LoadModule one_module /a/one.so' >etc/p.conf", "a/one.so!"},
    {"/reach/config-files/module-any-case", "echo 'load_module \"/a/one.so\";' >etc/p.conf", "a/one.so!"},
    {"/reach/config-files/no-such-module", "echo 'LoadModule one_module /a/four.so' >etc/p.conf", ""},
    {"/reach/config-files/no-library", "echo text >a/four.so; echo 'LoadModule x /a/four.so' >etc/p.conf", ""},
    {"/reach/config-files/condition",
     "printf '<IfDefine X>\\nLoadModule a /a/one.so\\n</IfDefine>\\nLoadModule b /a/two.so\\n' >etc/p.conf",
     "a/one.so? a/two.so!"},
    {"/reach/config-files/condition-in-condition",
     "printf '<IfModule a>\\n<IfModule b>\\n</IfModule>\\nLoadModule a /a/one.so\\n</IfModule>\\n' >etc/p.conf",
     "a/one.so?"},
    {"/reach/config-files/condition-that-never-began", "printf '</IfModule>\\nLoadModule a /a/one.so\\n' >etc/p.conf",
     "a/one.so!"},
    {"/reach/config-files/other-block", "printf '<Directory />\\nLoadModule a /a/one.so\\n</Directory>\\n' >etc/p.conf",
     "a/one.so!"},
    {"/reach/config-files/only-named", "echo 'engine = /a/one.so' >etc/p.conf", "a/one.so?"},
    {"/reach/config-files/comment", "printf '# LoadModule a /a/one.so\\n; extension=/a/two.so\\n' >etc/p.conf", ""},
    {"/reach/config-files/by-name", "echo 'LoadModule a modules/one.so' >etc/p.conf", "a/one.so?"},
    {"/reach/config-files/name-without-ending", "echo 'extension = one' >etc/p.conf", "a/one.so?"},
    {"/reach/config-files/include",
     "echo 'Include /etc/p.d/x.conf' >etc/p.conf; echo 'LoadModule a /a/one.so' >etc/p.d/x.conf", "a/one.so!"},
    {"/reach/config-files/include-pattern",
     "echo 'include p.d/*.conf;' >etc/p.conf; echo 'load_module /a/one.so;' >etc/p.d/x.conf; "
     "echo 'load_module /a/two.so;' >etc/p.d/y.off",
     "a/one.so!"},
    {"/reach/config-files/include-folder",
     "echo '!includedir /etc/p.d' >etc/p.conf; echo 'plugin-load=/a/one.so' >etc/p.d/x.cnf", "a/one.so!"},
    {"/reach/config-files/include-in-condition",
     "printf '<If x>\\nInclude p.d/x.conf\\n</If>\\n' >etc/p.conf; echo 'LoadModule a /a/one.so' >etc/p.d/x.conf",
     "a/one.so?"},
    {"/reach/config-files/include-circle",
     "echo 'include q.conf' >etc/p.conf; printf 'include p.conf\\nLoadModule a /a/one.so\\n' >etc/q.conf", "a/one.so!"},
    {"/reach/config-files/include-depth",
     "for i in $(seq 20); do printf 'include %d.conf\\nLoadModule a /a/one.so\\n' $((i + 1)) >etc/$i.conf; done; "
     "echo 'include 1.conf' >etc/p.conf; echo 'LoadModule b /a/two.so' >etc/21.conf",
     "a/one.so!"},
    {"/reach/config-files/substack",
     "echo 'auth include q' >etc/p.conf; echo 'auth required /a/one.so' >etc/q/q; "
     "mv etc/q/q etc/qq; rmdir etc/q; mv etc/qq etc/q",
     "a/one.so?"},
};

static void test_row(gconstpointer data)
{
  const Row *row = data;
  if (!has_compiler())
    return;
  g_autofree char *make = g_strconcat(LIBRARIES, row->make, NULL);
  g_auto(MadeRoot) made = made_root_new(make);
  CrImage image = {.entrypoint = cr_strv_empty, .cmd = cr_strv_empty, .env = cr_strv_empty, .shell = cr_strv_empty};
  const char *command[] = {"/bin/p", "-c", "/etc/p.conf", NULL};
  CrReachOptions options = {.command = command};
  g_autoptr(CrReach) reach = cr_reach_compute(made.tree, &image, &options, NULL, NULL, made.problems);
  g_autofree char *got = format_files(reach);
  g_assert_cmpstr(got, ==, row->wanted);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_test_add_data_func(rows[i].name, &rows[i], test_row);
  return g_test_run();
}
