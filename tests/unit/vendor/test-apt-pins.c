/* SPDX-License-Identifier: Apache-2.0 */
/* apt_preferences(5); the whole is compared with `apt-cache policy` in tests/oracle/apt-decisions. */
#include "vendor/apt.h"
#include <string.h>

static const CrAptFileNames main_list = {"stable", "bookworm", "12.11",          "Debian", "Debian",
                                         "main",   "amd64",    "deb.debian.org", FALSE};
static const CrAptFileNames security = {"stable-security", "bookworm-security", "12",
                                        "Debian",          "Debian-Security",   "main",
                                        "amd64",           "deb.debian.org",    FALSE};
static const CrAptFileNames local = {"", "", "", "", "", "", "amd64", "", FALSE};
static const CrAptFileNames status = {"now", "", "", "", "", "now", "", "", TRUE};

static CrAptPins *parse(CrArena *arena, const char *text, CrProblems *problems)
{
  CrAptPins *pins = cr_apt_pins_new(arena);
  cr_apt_pins_parse(pins, text, strlen(text), "etc/apt/preferences", problems);
  return pins;
}

static void test_general(void)
{
  static const struct {
    const char *text;
    int main_list, security, local, status;
  } rows[] = {
      {"", 500, 500, 500, 100},
      {"Package: *\nPin: release n=bookworm\nPin-Priority: 900\n", 900, 500, 500, 100},
      {"Package: *\nPin: release a=stable*\nPin-Priority: 50\n", 50, 50, 500, 100},
      {"Package: *\nPin: release o=Debian, l=Debian-Security\nPin-Priority: 600\n", 500, 600, 500, 100},
      {"Package: *\nPin: release bookworm\nPin-Priority: 600\n", 600, 500, 500, 100},
      {"Package: *\nPin: release v=12.*\nPin-Priority: 600\n", 600, 500, 500, 100},
      {"Package: *\nPin: release a=now\nPin-Priority: 1000\n", 500, 500, 500, 1000},
      {"Package: *\nPin: release *\nPin-Priority: 90\n", 90, 90, 90, 90},
      {"Package: *\nPin: origin \"deb.debian.org\"\nPin-Priority: 80\n", 80, 80, 500, 100},
      {"Package: *\nPin: origin \"\"\nPin-Priority: 80\n", 500, 500, 80, 100},
      {"# c\nPackage: *\n# c\nPin: release n=/^bookworm/\nPin-Priority: 1\n\n\nPackage: *\nPin: release "
       "*\nPin-Priority: 2\n",
       1, 1, 2, 2},
      {"Package: *\nPin: release *\nPin-Priority: 2\n\nPackage: *\nPin: release l=Debian-Security\nPin-Priority: "
       "never\n",
       2, CR_APT_NEVER, 2, 2},
      {"Package: *\nPin: release c=non-free\nPin-Priority: 2\n", 500, 500, 500, 100},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(CrProblems) problems = cr_problems_new();
    CrAptPins *pins = parse(arena, rows[i].text, problems);
    g_assert_cmpint(cr_apt_pins_get_file(pins, &main_list, 500), ==, rows[i].main_list);
    g_assert_cmpint(cr_apt_pins_get_file(pins, &security, 500), ==, rows[i].security);
    g_assert_cmpint(cr_apt_pins_get_file(pins, &local, 500), ==, rows[i].local);
    g_assert_cmpint(cr_apt_pins_get_file(pins, &status, 100), ==, rows[i].status);
    g_assert_cmpuint(cr_problems_get_count(problems), ==, 0);
    cr_apt_pins_free(pins);
  }
}

static void test_specific(void)
{
  static const struct {
    const char *text, *name, *arch;
    int want; /* 0: none */
  } rows[] = {
      {"Package: libssl3\nPin: version 3.0.*\nPin-Priority: 990\n", "libssl3", "amd64", 990},
      {"Package: libssl3\nPin: version 3.0.*\nPin-Priority: 990\n", "libssl3", "i386", 0},
      {"Package: libssl3:any\nPin: version 3.0.*\nPin-Priority: 990\n", "libssl3", "i386", 990},
      {"Package: libssl3:i386\nPin: version 3.0.*\nPin-Priority: 990\n", "libssl3", "i386", 990},
      {"Package: libssl3\nPin: version 1.*\nPin-Priority: 990\n", "libssl3", "amd64", 0},
      {"Package: lib*\nPin: release l=Debian-Security\nPin-Priority: -1\n", "libssl3", "amd64", -1},
      {"Package: /ssl[0-9]$/\nPin: release a=stable-security\nPin-Priority: 7\n", "libssl3", "amd64", 7},
      {"Package: other libssl3\nPin: origin deb.debian.org\nPin-Priority: 7\n", "libssl3", "amd64", 7},
      {"Package: src:openssl\nPin: release n=bookworm-security\nPin-Priority: 7\n", "libssl3", "amd64", 7},
      {"Package: src:openssh\nPin: release n=bookworm-security\nPin-Priority: 7\n", "libssl3", "amd64", 0},
      {"Package: libssl3\nPin: release n=bookworm\nPin-Priority: 1\n\nPackage: libssl3\nPin: version *\nPin-Priority: "
       "2\n",
       "libssl3", "amd64", 2},
  };
  const CrAptFileNames *const files[] = {&security, NULL};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(CrProblems) problems = cr_problems_new();
    CrAptPins *pins = parse(arena, rows[i].text, problems);
    CrAptPinned what = {rows[i].name, rows[i].arch, "amd64", "openssl", "3.0.15-1~deb12u1", files};
    int priority = 0;
    const char *from = NULL;
    g_assert_cmpint(cr_apt_pins_find(pins, &what, &priority, &from), ==, rows[i].want != 0);
    g_assert_cmpint(priority, ==, rows[i].want);
    g_assert_cmpstr(from, ==, rows[i].want ? "etc/apt/preferences" : NULL);
    cr_apt_pins_free(pins);
  }
}

static void test_problems(void)
{
  static const char *const texts[] = {
      "Pin: release *\nPin-Priority: 5\n",
      "Package: *\nPin: release *\n",
      "Package: *\nPin: release *\nPin-Priority: 0\n",
      "Package: *\nPin: release *\nPin-Priority: 99999\n",
      "Package: a\nPin: release *\nPin-Priority: never\n",
      "Package: *\nPin: nothing x\nPin-Priority: 5\n",
      "Package: *\nPin: version 1\nPin-Priority: 5\n",
  };
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(CrProblems) problems = cr_problems_new();
    CrAptPins *pins = parse(arena, texts[i], problems);
    g_assert_cmpuint(cr_problems_get_count(problems), ==, 1);
    g_assert_cmpint(cr_apt_pins_get_file(pins, &main_list, 500), ==, 500);
    cr_apt_pins_free(pins);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vendor/apt-pins/general", test_general);
  g_test_add_func("/vendor/apt-pins/specific", test_specific);
  g_test_add_func("/vendor/apt-pins/problems", test_problems);
  return g_test_run();
}
