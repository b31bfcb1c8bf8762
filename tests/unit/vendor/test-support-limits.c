/* SPDX-License-Identifier: Apache-2.0 */
/* Both formats with Debian's own files, and against check-support-status itself. */
#include <string.h>
#include "support-common.h"
#include <glib/gstdio.h>

typedef struct {
  const char *source, *day, *status, *note;
} Row;

static void check(const CrSupportLimits *limits, const Row *row)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  GDate day = make_day(row->day);
  const char *note = NULL;
  CrPackageSupport status = cr_support_limits_match(limits, row->source, &day, arena, &note);
  g_autofree char *name = g_strescape(row->source, NULL);
  g_test_message("%.60s on %s: %s", name, row->day, note ? note : "-");
  g_assert_cmpstr(cr_package_support_get_name(status), ==, row->status);
  if (!row->note)
    g_assert_null(note);
  else
    g_assert_nonnull(strstr(note ? note : "", row->note));
}

static void add(CrSupportLimits *limits, CrLimitsFormat format, const char *name)
{
  gsize size = 0;
  g_autofree char *text = read_data(name, &size);
  cr_support_limits_add(limits, format, text, size);
}

static void test_two_lists(void)
{
  g_autoptr(CrSupportLimits) limits = cr_support_limits_new();
  add(limits, CR_LIMITS_ENDED, "security-support-ended.deb12");
  add(limits, CR_LIMITS_LIMITED, "security-support-limited");
  g_assert_cmpuint(cr_support_limits_get_bad_lines(limits), ==, 0);
  const Row rows[] = {
      {"openssl", "2026-11-24", "full", NULL},
      {"mbedtls", "2026-06-11", "full", "will end on 2026-06-12: Crypto library difficult"},
      {"mbedtls", "2026-06-12", "ended", "ended on 2026-06-12 at version 2.16.9-0.1+deb11u4: Crypto library difficult"},
      {"php-horde-imp", "2025-03-22", "ended",
       "ended on 2025-03-22: https://lists.debian.org/debian-lts/2025/03/msg00012.html"},
      {"php-horde", "2025-03-21", "full", "will end on 2025-03-22"},
      {"php-hord", "2026-11-24", "full", NULL},
      {"xphp-horde", "2026-11-24", "full", NULL},
      {"binutils", "2026-11-24", "limited", "Only suitable for trusted content"},
      {"binutils-mipsen", "2026-11-24", "full", NULL},
      {"golang-1.19", "2026-11-24", "limited", "golang-static-linking"},
      {"libsoup2.4", "2026-11-24", "limited", "Only supported as a client"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check(limits, &rows[i]);
}

static void test_single_list(void)
{
  g_autoptr(CrSupportLimits) limits = cr_support_limits_new();
  add(limits, CR_LIMITS_SINGLE, "security-support.deb13");
  g_assert_cmpuint(cr_support_limits_get_bad_lines(limits), ==, 0);
  const Row rows[] = {
      {"wpewebkit", "2026-01-03", "full", "will end on 2026-01-04"},
      {"wpewebkit", "2026-01-04", "ended", "ended on 2026-01-04 at version 2.38.6-1: wpewebkit is generally"},
      {"isc-dhcp", "2026-11-24", "ended", "ended on 2023-07-05 at version 4.4.3-P1-2: https://lists.isc.org/"},
      {"rust-ripgrep", "2026-11-24", "limited", "go-and-rust-based-packages"},
      {"rust-sequoia-sqv", "2026-11-24", "full", "fully supported"},
      {"libsoup3", "2026-11-24", "limited", "Only supported as a client"},
      {"curl", "2026-11-24", "full", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check(limits, &rows[i]);
}

static void test_bad_lines(void)
{
  g_autoptr(CrSupportLimits) limits = cr_support_limits_new();
  const char *text = "# comment\n\n   \nbad[ limited x\nname odd-word x\nname2 non-supported 1 2020-99-01 x\nonly\n"
                     "c\\+\\+ limited two words \t\nlibc\\d limited\n";
  cr_support_limits_add(limits, CR_LIMITS_SINGLE, text, strlen(text));
  g_assert_cmpuint(cr_support_limits_get_bad_lines(limits), ==, 4);
  g_assert_cmpuint(cr_support_limits_get_count(limits), ==, 2);
  check(limits, &(Row){"c++", "2026-11-24", "limited", "two words"});
  check(limits, &(Row){"libc6", "2026-11-24", "limited", NULL});
  check(limits, &(Row){"libc66", "2026-11-24", "full", NULL});
  check(limits, &(Row){"libc6\n", "2026-11-24", "full", NULL});
  check(limits, &(Row){"libc\xff", "2026-11-24", "full", NULL});
}

/* A pattern that backtracks without end meets a name made for it: bounded, and no match. */
static void test_backtracking(void)
{
  g_autoptr(CrSupportLimits) limits = cr_support_limits_new();
  const char *text = "(a+)+b limited\n";
  cr_support_limits_add(limits, CR_LIMITS_LIMITED, text, strlen(text));
  g_autofree char *name = g_strnfill(200, 'a'), *longer = g_strnfill(1 << 20, 'a');
  check(limits, &(Row){name, "2026-11-24", "full", NULL});
  check(limits, &(Row){longer, "2026-11-24", "full", NULL});
}

/* The oracle: check-support-status over a dpkg database of its own, for a package of each kind. */
static void test_against_check_support_status(void)
{
  g_autofree char *tool = g_find_program_in_path("check-support-status");
  const char *folder = "/usr/share/debian-security-support";
  g_autofree char *ended = g_build_filename(folder, "security-support-ended.deb12", NULL);
  g_autofree char *limited = g_build_filename(folder, "security-support-limited", NULL);
  if (!tool || !g_file_test(ended, G_FILE_TEST_EXISTS)) {
    g_test_skip("check-support-status with the two-list format is not installed here");
    return;
  }
  const char *const sources[] = {"openssl",     "mbedtls",  "php-horde-imp", "php-horde",  "xphp-horde", "binutils",
                                 "golang-1.19", "golang",   "libsoup2.4",    "libsoup2x4", "lxd",        "wpewebkit",
                                 "qtwebkit",    "rust-foo", "rust",          "zoneminder", "node-foo"};
  g_autoptr(GString) status = g_string_new(NULL);
  for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
    g_string_append_printf(status,
                           "Package: bin%u\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nSource: "
                           "%s\nMaintainer: x <x@example.org>\nDescription: x\n\n",
                           i, sources[i]);
  g_autoptr(GError) error = NULL;
  g_autofree char *admin = g_dir_make_tmp("careen-support-XXXXXX", &error);
  g_assert_no_error(error);
  g_autofree char *file = g_build_filename(admin, "status", NULL);
  g_assert_true(g_file_set_contents(file, status->str, (gssize)status->len, &error));

  g_auto(GStrv) environment = g_get_environ();
  environment = g_environ_setenv(environment, "DPKG_ADMINDIR", admin, TRUE);
  environment = g_environ_setenv(environment, "DEBIAN_VERSION", "12", TRUE);
  environment = g_environ_setenv(environment, "LC_ALL", "C", TRUE);
  const char *const kinds[] = {"ended", "limited"};
  g_autoptr(CrSupportLimits) limits = cr_support_limits_new();
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
    gsize size = 0;
    g_autofree char *text = NULL, *output = NULL;
    g_assert_true(g_file_get_contents(k ? limited : ended, &text, &size, NULL));
    cr_support_limits_add(limits, k ? CR_LIMITS_LIMITED : CR_LIMITS_ENDED, text, size);
    char *argv[] = {tool, (char *)"--type", (char *)kinds[k], (char *)"--no-heading", NULL};
    g_assert_true(g_spawn_sync(NULL, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, NULL, &error));
    guint found = 0;
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
      g_autoptr(CrArena) arena = cr_arena_new();
      g_autofree char *line = g_strdup_printf("* Source:%s", sources[i]);
      char *at = strstr(output, line);
      while (at && at[strlen(line)] != ',' && at[strlen(line)] != '\n')
        at = strstr(at + 1, line);
      const char *note = NULL;
      GDate today;
      g_date_clear(&today, 1);
      g_date_set_time_t(&today, time(NULL));
      g_autoptr(CrSupportLimits) one = cr_support_limits_new();
      cr_support_limits_add(one, k ? CR_LIMITS_LIMITED : CR_LIMITS_ENDED, text, size);
      CrPackageSupport got = cr_support_limits_match(one, sources[i], &today, arena, &note);
      g_test_message("%s %s: %s", kinds[k], sources[i], at ? "yes" : "no");
      g_assert_cmpint(got == (k ? CR_PACKAGE_SUPPORT_LIMITED : CR_PACKAGE_SUPPORT_ENDED), ==, at != NULL);
      found += at != NULL;
    }
    g_assert_cmpuint(found, >, 2);
  }
  g_unlink(file);
  g_rmdir(admin);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/support-limits/two-lists", test_two_lists);
  g_test_add_func("/support-limits/single-list", test_single_list);
  g_test_add_func("/support-limits/bad-lines", test_bad_lines);
  g_test_add_func("/support-limits/backtracking", test_backtracking);
  g_test_add_func("/support-limits/check-support-status", test_against_check_support_status);
  return g_test_run();
}
