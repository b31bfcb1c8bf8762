/* SPDX-License-Identifier: Apache-2.0 */
/* Release files: dates, lists and their hashes, and what is refused. */
#include <string.h>

#include "base/error.h"
#include "vendor/release.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static void test_dates(void)
{
  static const struct {
    const char *text;
    gint64 seconds;
  } rows[] = {
      {"Sat, 11 Jul 2026 10:16:37 UTC", 1783764997},
      {"11 Jul 2026 10:16:37 +0000", 1783764997},
      {"Thu, 1 Jan 1970 00:00:00 GMT", 0},
      {"Thu,  1 Jan 1970 00:00:09 Z", 9},
      {"Thu, 1 Jan 1970 0:00:00 UTC", 0},
      {"Thu, 01 Jan 1970  3:12:28 UTC", 11548}, /* as Ubuntu writes it before ten in the morning */
      {"Sat, 11 Jul 2026 10:16:37 +0200", -1},
      {"Sat, 11 Jul 2026 10:16:37", -1},
      {"Sat, 32 Jul 2026 10:16:37 UTC", -1},
      {"Sat, 11 Anj 2026 10:16:37 UTC", -1},
      {"Sat, 11 Jul 26 10:16:37 UTC", -1},
      {"2026-07-11T10:16:37Z", -1},
      {"", -1},
      {"Sat, 11 Jul 2026 10:16:37 UTC x", -1},
      {"Sat, 11 Jul 2026 25:16:37 UTC", -1},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].text);
    g_assert_cmpint(cr_release_parse_date(rows[i].text), ==, rows[i].seconds);
  }
}

static void test_fields(void)
{
  static const char text[] =
      "Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nVersion: 12\n"
      "Codename: bookworm-security\nDate: Thu, 1 Jan 1970 00:01:00 UTC\nValid-Until: Thu, 1 Jan 1970 01:00:00 UTC\n"
      "Acquire-By-Hash: yes\nNotAutomatic: yes\nButAutomaticUpgrades: yes\n"
      "No-Support-for-Architecture-all: Packages\nArchitectures: all amd64 arm64\nComponents: main contrib\n"
      "MD5Sum:\n 0123 7 main/binary-amd64/Packages\n"
      "SHA256:\n " A64 "  7 main/binary-amd64/Packages\n " B64 " 9 main/binary-amd64/Packages.xz\n"
      " " B64 " 9 main/Contents-amd64\n " B64 " 9 ../../Packages\n " B64 " 9 /Packages\n";
  g_autoptr(GError) error = NULL;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrRelease) release = cr_release_parse(text, strlen(text), arena, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(release->label, ==, "Debian-Security");
  g_assert_cmpstr(release->codename, ==, "bookworm-security");
  g_assert_cmpint(release->date, ==, 60);
  g_assert_cmpint(release->valid_until, ==, 3600);
  g_assert_true(release->by_hash && release->not_automatic && release->but_automatic_upgrades);
  g_assert_false(release->separate_all);
  g_assert_cmpstr(release->architectures[2], ==, "arm64");
  g_assert_null(release->architectures[3]);
  g_assert_cmpuint(g_hash_table_size(release->files), ==, 2);
  const CrReleaseFile *file = cr_release_find_file(release, "main/binary-amd64/Packages.xz");
  g_assert_cmpuint(file->size_bytes, ==, 9);
  g_assert_cmpstr(file->sha256, ==, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
  g_assert_cmpstr(cr_release_format_date(release->date, arena), ==, "1970-01-01T00:01:00Z");
}

static void test_refused(void)
{
  static const struct {
    const char *text, *why;
  } rows[] = {
      {"Origin: x\n", "it has no date that can be understood"},
      {"Date: yesterday\n", "it has no date that can be understood"},
      {"Date: Thu, 1 Jan 1970 00:01:00 UTC\nValid-Until: never\n", "its Valid-Until cannot be understood"},
      {"Date: Thu, 1 Jan 1970 00:01:00 UTC\nMD5Sum:\n 0 1 Packages\nSHA1:\n 0 1 Packages\n",
       "it has only hashes that prove nothing (MD5, SHA1)"},
      {"<html>\n", "it is no release file: a line has no field name"},
      {"Date: Thu, 1 Jan 1970 00:01:00 UTC\nSHA256:\n 12 1 Packages\n", "'Packages' has a SHA256 that is none"},
      {"Date: Thu, 1 Jan 1970 00:01:00 UTC\nSHA256:\n " A64 " 1 Packages\n " B64 " 1 Packages\n",
       "'Packages' stands twice with two hashes"},
      {"Date: Thu, 1 Jan 1970 00:01:00 UTC\nSHA256:\n " A64 " 99999999999999 Packages\n",
       "'Packages' has size '99999999999999'"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(CrArena) arena = cr_arena_new();
    g_assert_null(cr_release_parse(rows[i].text, strlen(rows[i].text), arena, &error));
    g_assert_nonnull(error);
    g_assert_cmpstr(error->message, ==, rows[i].why);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/release/dates", test_dates);
  g_test_add_func("/release/fields", test_fields);
  g_test_add_func("/release/refused", test_refused);
  return g_test_run();
}
