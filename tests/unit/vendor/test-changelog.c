/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/changelog.h"
#include <string.h>

static const char text[] = "openssl (3.0.15-1~deb12u1) bookworm; urgency=medium\n"
                           "\n"
                           "  * Import 3.0.15\n"
                           "    - CVE-2024-6119 (denial of service in X.509 name checks)\n"
                           "    - cve-2024-5535, CVE-2024-6119; not a CVE-12-1 or XCVE-2024-0001\n"
                           "\n"
                           " -- A Person <a@debian.org>  Sun, 15 Sep 2024 10:00:00 +0200\n"
                           "\n"
                           "openssl (3.0.14-1~deb12u2) bookworm-security; urgency=high\n"
                           "\n"
                           "  * CAN-2024-4741\n"
                           "\n"
                           " -- A Person, Esq. <a@debian.org>  Mon, 2 Sep 2024 10:00:00 +0200\n"
                           "\n"
                           "openssl (3.0.14-1~deb12u1) bookworm; urgency=medium\n"
                           "\n"
                           "  * Nothing of interest\n"
                           "\n"
                           " -- A Person <a@debian.org>  broken date\n"
                           "\n"
                           "openssl (3.0.13-1~deb12u1) bookworm; urgency=medium\n"
                           "  * CVE-2024-0727\n"
                           " -- A Person <a@debian.org>  Fri, 02 Feb 2024 10:00:00 +0200\n"
                           "Old Changelog:\n"
                           "  CVE-1999-1111\n";

static void check(const GPtrArray *entries)
{
  static const struct {
    const char *old, *new, *fixes, *since;
  } rows[] = {
      {"3.0.14-1~deb12u1", "3.0.15-1~deb12u1", "CVE-2024-4741 CVE-2024-5535 CVE-2024-6119", "2024-09-02"},
      {"3.0.14-1~deb12u2", "3.0.15-1~deb12u1", "CVE-2024-5535 CVE-2024-6119", "2024-09-15"},
      {"3.0.13-1~deb12u1", "3.0.14-1~deb12u1", "", NULL},
      {"3.0.15-1~deb12u1", "3.0.15-1~deb12u1", "", NULL},
      {"3.0.11-1", "3.0.13-1~deb12u1", "CVE-1999-1111 CVE-2024-0727", "2024-02-02"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *since = NULL;
    g_autofree const char **fixes = cr_changelog_find_fixes(entries, rows[i].old, rows[i].new, &since);
    g_autofree char *joined = g_strjoinv(" ", (char **)fixes);
    g_assert_cmpstr(joined, ==, rows[i].fixes);
    g_assert_cmpstr(since, ==, rows[i].since);
  }
}

static void test_fixes(void)
{
  g_autoptr(GPtrArray) entries = cr_changelog_parse(text, strlen(text));
  g_assert_cmpuint(entries->len, ==, 4);
  check(entries);
  g_autofree char *kept = cr_changelog_format(entries);
  g_autoptr(GPtrArray) again = cr_changelog_parse_kept(kept, strlen(kept));
  g_assert_cmpuint(again->len, ==, 4);
  check(again);
}

/* A real package: this machine's own would do, but what it holds is not known; so one made here. */
static void test_deb(void)
{
  g_autofree char *dir = g_dir_make_tmp("careen-deb.XXXXXX", NULL);
  g_autofree char *script = g_strdup_printf(
      "set -e; cd '%s'; mkdir -p t/DEBIAN t/usr/share/doc/a; ln -s a t/usr/share/doc/b; "
      "printf 'Package: a\\nVersion: 1\\nArchitecture: all\\nMaintainer: x\\nDescription: x\\n' > t/DEBIAN/control; "
      "printf 'upstream' | gzip > t/usr/share/doc/a/changelog.gz; "
      "printf 'a (1) sid; urgency=low\\n\\n  * CVE-2024-0001\\n' | gzip > t/usr/share/doc/a/changelog.Debian.gz; "
      "dpkg-deb -b t a.deb > /dev/null",
      dir);
  const char *argv[] = {"sh", "-c", script, NULL};
  g_autoptr(GError) error = NULL;
  int status = 0;
  g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_cmpint(status, ==, 0);
  g_autofree char *file = g_build_filename(dir, "a.deb", NULL);
  char *data = NULL;
  gsize size = 0;
  g_assert_true(g_file_get_contents(file, &data, &size, &error));
  g_autoptr(GBytes) deb = g_bytes_new_take(data, size);
  CrChangelogFile found;
  g_assert_true(cr_changelog_read_deb(deb, "a", &found, &error));
  gsize bytes = 0;
  const char *got = g_bytes_get_data(found.text, &bytes);
  g_autofree char *changelog = g_strndup(got, bytes);
  g_assert_cmpstr(changelog, ==, "a (1) sid; urgency=low\n\n  * CVE-2024-0001\n");
  cr_changelog_file_clear(&found);
  g_assert_true(cr_changelog_read_deb(deb, "b", &found, &error));
  g_assert_null(found.text);
  g_assert_cmpstr(found.elsewhere, ==, "a");
  cr_changelog_file_clear(&found);
  g_autoptr(GBytes) half = g_bytes_new_from_bytes(deb, 0, size / 2);
  g_assert_false(cr_changelog_read_deb(half, "a", &found, &error));
  g_assert_null(found.text);
  const char *rm[] = {"rm", "-rf", dir, NULL};
  g_spawn_sync(NULL, (char **)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vendor/changelog/fixes", test_fixes);
  g_test_add_func("/vendor/changelog/deb", test_deb);
  return g_test_run();
}
