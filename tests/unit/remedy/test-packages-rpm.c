/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of rpm's package managers, of which microdnf, tdnf and yum run nowhere in the tests; the repository
 * that they are given; and what of `rpm -V` is a complaint. That dnf and zypper do with it what they would by hand is
 * tests/oracle/patch-rpm. */
#include "remedy/packages-rpm.h"

#include <string.h>

#include "base/error.h"

static CrChange changes[] = {
    {.name = "lib", .arch = "x86_64", .file = {.name = "lib", .version = "1:2-3.el9", .arch = "x86_64"}},
    {.name = "old", .arch = "noarch"},
    {.name = "a+b", .arch = "noarch", .file = {.name = "a+b", .version = "2~rc1^git-1", .arch = "noarch"}},
};

static char *format(const CrRpmTool *tool, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; i < G_N_ELEMENTS(changes); i++)
    g_ptr_array_add(list, &changes[i]);
  CrPlan plan = {.changes = list};
  g_autoptr(GPtrArray) argv = cr_rpm_tool_format_command(tool, &plan, error);
  return argv ? g_strjoinv(" ", (char **)argv->pdata) : NULL;
}

static const CrRpmTool *find_tool(const char *name)
{
  const CrRpmTool *const *tool = cr_rpm_tools_get();
  while (*tool && strcmp((*tool)->name, name) != 0)
    tool++;
  return *tool;
}

static void test_commands(void)
{
  static const char *const rows[][2] = {
      {"dnf", "dnf -y --disablerepo=* --enablerepo=careen-patch --setopt=reposdir=/tmp/repos --setopt=plugins=0 "
              "--setopt=cachedir=/tmp/cache --setopt=logdir=/tmp/log --setopt=gpgcheck=1 --setopt=localpkg_gpgcheck=1 "
              "--setopt=best=1 --setopt=strict=1 --setopt=install_weak_deps=0 --setopt=metadata_timer_sync=0 install "
              "lib-1:2-3.el9.x86_64 a+b-2~rc1^git-1.noarch"},
      {"microdnf", "microdnf -y --disablerepo=* --enablerepo=careen-patch --setopt=install_weak_deps=0 install "
                   "lib-1:2-3.el9.x86_64 a+b-2~rc1^git-1.noarch"},
      {"tdnf", "tdnf -y --disablerepo=* --enablerepo=careen-patch install lib-1:2-3.el9.x86_64 "
               "a+b-2~rc1^git-1.noarch"},
      {"yum", "yum -y --disablerepo=* --enablerepo=careen-patch --setopt=reposdir=/tmp/repos --setopt=plugins=0 "
              "--setopt=cachedir=/tmp/cache --setopt=logfile=/tmp/yum.log --setopt=gpgcheck=1 "
              "--setopt=localpkg_gpgcheck=1 install lib-1:2-3.el9.x86_64 a+b-2~rc1^git-1.noarch"},
      {"zypper", "zypper --non-interactive --gpg-auto-import-keys --reposd-dir /tmp/repos --cache-dir /tmp/cache "
                 "install --no-recommends --auto-agree-with-licenses lib.x86_64=1:2-3.el9 a+b.noarch=2~rc1^git-1"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = format(find_tool(rows[i][0]), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, rows[i][1]);
  }
}

/* No tool is ever told to go without signatures. */
static void test_signatures(void)
{
  static const char *const words[] = {"nogpgcheck", "gpgcheck=0", "no-gpg-checks", "allow-unsigned", "nosignature"};
  for (const CrRpmTool *const *tool = cr_rpm_tools_get(); *tool; tool++) {
    g_autofree char *text = format(*tool, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
      g_assert_null(strstr(text, words[i]));
  }
}

static void test_refused(void)
{
  static const char *const names[] = {"-x", "a*", "a b", "@group", "/bin/sh", "", "a;b"};
  const char *good = changes[0].file.name;
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GError) error = NULL;
    changes[0].file.name = names[i];
    g_assert_null(format(find_tool("dnf"), &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_GATE);
  }
  changes[0].file.name = good;
}

static void test_repository(void)
{
  static const char *const keys[] = {
      "/etc/pki/rpm-gpg/A", "/etc/pki/rpm-gpg/B b", "relative", "/etc/C\nx=1", "/etc/D", NULL};
  g_autofree char *text = cr_rpm_tools_format_repository(keys);
  g_assert_nonnull(strstr(text, "\ngpgcheck=1\n"));
  g_assert_nonnull(strstr(text, "\nbaseurl=file:///tmp/packages\n"));
  g_assert_true(g_str_has_suffix(text, "\ngpgkey=file:///etc/pki/rpm-gpg/A file:///etc/D\n"));
  g_autofree char *none = cr_rpm_tools_format_repository(cr_strv_empty);
  g_assert_null(strstr(none, "gpgkey"));
}

static void test_complaints(void)
{
  static const struct {
    const char *line;
    gboolean complaint;
  } rows[] = {
      {"", FALSE},
      {"S.5....T.  c /etc/web.conf", FALSE},
      {"S.5....T.    /usr/bin/web", TRUE},
      {".......T.    /usr/bin/web", FALSE},
      {".M.......    /var/log/x", FALSE},
      {"....L....    /usr/lib/x.so", TRUE},
      {"missing     /usr/bin/web", TRUE},
      {"missing   d /usr/share/doc/web", FALSE},
      {"missing   g /run/x", FALSE},
      {"Unsatisfied dependencies for web-2-3.noarch:", TRUE},
      {"error: rpmdb: damaged", TRUE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].line);
    g_assert_cmpint(cr_rpm_tools_is_complaint(rows[i].line), ==, rows[i].complaint);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/packages-rpm/commands", test_commands);
  g_test_add_func("/packages-rpm/signatures", test_signatures);
  g_test_add_func("/packages-rpm/refused", test_refused);
  g_test_add_func("/packages-rpm/repository", test_repository);
  g_test_add_func("/packages-rpm/complaints", test_complaints);
  return g_test_run();
}
