/* SPDX-License-Identifier: Apache-2.0 */
#include "match-case.h"

#define DEBIAN "debian", "12", "deb"
static const MatchRow rows[] = {
    /* by source and source version, in its own release */
    {DEBIAN, "zlib1g", "1:1.2.13.dfsg-1", "zlib", .findings = "CVE-2023-45853 unfixed - critical\n"},
    {"debian", "13", "deb", "zlib1g", "1:1.3.dfsg+really1.3.1-1", "zlib", .offer = "1:1.3.dfsg+really1.3.1-1+deb13u1",
     .findings = "CVE-2026-27171 fixable 1:1.3.dfsg+really1.3.1-1+deb13u1 unknown\n"},
    /* the same fix, and no archive that has it */
    {"debian", "13", "deb", "zlib1g", "1:1.3.dfsg+really1.3.1-1", "zlib",
     .findings = "CVE-2026-27171 pending_archive 1:1.3.dfsg+really1.3.1-1+deb13u1 unknown\n"},
    {"debian", "13", "deb", "zlib1g", "1:1.3.dfsg+really1.3.1-1", "zlib", .offer = "1:1.3.dfsg+really1.3.1-1+b1",
     .findings = "CVE-2026-27171 pending_archive 1:1.3.dfsg+really1.3.1-1+deb13u1 unknown\n"},
    /* a binary-only rebuild has the source's version */
    {DEBIAN, "libssl3", "3.0.13-1~deb12u1+b1", "openssl", "3.0.13-1~deb12u1", .offer = "3.0.14-1~deb12u2",
     .findings = "CVE-2010-0928 unfixed - negligible [unimportant]\n"
                 "CVE-2024-6119 fixable 3.0.14-1~deb12u2 high DSA-5764-1\n"},
    {DEBIAN, "libssl3", "3.0.14-1~deb12u2", "openssl",
     .findings = "CVE-2010-0928 unfixed - negligible [unimportant]\n"},
    /* Debian's words, each kept apart; what it never had is nothing */
    {DEBIAN, "by-hand", "1.0-1", .offer = "1.0-1+deb12u1",
     .findings = "CVE-2099-0001 deferred - unknown [no-dsa]\n"
                 "CVE-2099-0002 deferred - unknown [postponed]\n"
                 "CVE-2099-0003 wont_fix - unknown [ignored]\n"
                 "CVE-2099-0004 unfixed - unknown [undetermined]\n"
                 "CVE-2099-0005 wont_fix - unknown [end-of-life]\n"
                 "CVE-2099-0007 fixable 1.0-1+deb12u1 unknown\n"},
    /* its own word before the score: low, though CVSS says more; unimportant though it is exploited */
    {DEBIAN, "nginx", "1.22.1-9", .offer = "1.22.1-9+deb12u11",
     .findings = "CVE-2009-4487 unfixed - negligible [unimportant]\nCVE-2013-0337 unfixed - low\n"
                 "CVE-2023-44487 fixable 1.22.1-9+deb12u11 negligible exploited [unimportant]\n"},
    /* sid by its own name; backports by the release they were taken from, as if built there */
    {"debian", NULL, "deb", "by-hand", "1.0-3", .findings = NULL},
    {DEBIAN, "by-hand", "1.0-1~bpo12+1", .offer = "1.0-2~bpo12+1",
     .findings = "CVE-2099-0008 pending_archive 1.0-2 unknown\n"},
    {DEBIAN, "by-hand", "1.0-2~bpo12+1", .findings = ""},
    /* a package of another archive is not comparable; of an unproved one neither */
    {DEBIAN, "nginx", "1.20.0-1~bookworm", .steward = {CR_STEWARD_ARCHIVE, "nginx.org", NULL, CR_PROOF_LIKELY, NULL}},
    {DEBIAN, "nginx", "1.99-1", .steward = {CR_STEWARD_DISTRIBUTION, "the vendor", NULL, CR_PROOF_UNKNOWN, NULL}},
    /* a release without data is not checked */
    {"debian", "99", "deb", "zlib1g", "1:1.2.13.dfsg-1", "zlib", .findings = NULL},
    /* code inside: what a new build would fix, and what is not fixed yet */
    {DEBIAN, "gosu", "1.14-1+b6", .control = "Package: gosu\nBuilt-Using: golang-1.19 (= 1.19~rc1-1),\n zlib (= 1)\n",
     .findings = "CVE-2022-1962 pending_archive - unknown [needs a rebuild by Debian]\n"
                 "CVE-2022-27664 pending_archive - unknown [needs a rebuild by Debian]\n"
                 "CVE-2022-37434 pending_archive - unknown [needs a rebuild by Debian]\n"
                 "CVE-2023-45853 unfixed - critical [in zlib inside]\n"},
};

static void test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    match_check(&rows[i], TRUE);
}

/* Nobody judges a package whose support ended: the worst word counts, but what was found harmless stays so. */
static void test_ended(void)
{
  static const MatchRow ended[] = {
      {DEBIAN, "advancecomp", "2.1-1", .offer = "2.5-1", .support = CR_PACKAGE_SUPPORT_FULL,
       .findings = "CVE-2019-9210 fixable 2.1-2 low\n"},
      {DEBIAN, "advancecomp", "2.1-1", .offer = "2.5-1", .support = CR_PACKAGE_SUPPORT_ENDED,
       .findings = "CVE-2019-9210 fixable 2.1-2 high\n"},
      {DEBIAN, "nginx", "1.22.1-9", .offer = "1.22.1-9+deb12u11", .support = CR_PACKAGE_SUPPORT_ENDED,
       .findings = "CVE-2009-4487 unfixed - negligible [unimportant]\nCVE-2013-0337 unfixed - low\n"
                   "CVE-2023-44487 fixable 1.22.1-9+deb12u11 negligible exploited [unimportant]\n"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(ended); i++)
    match_check(&ended[i], TRUE);
}

/* A field of any length is judged in bounded time; what is over the bound is said. */
static void test_many(void)
{
  g_autoptr(GString) control = g_string_new("Package: gosu\nBuilt-Using: zlib (= 1)");
  for (guint i = 0; i < 200000; i++)
    g_string_append_printf(control, ", x%u (= 1)", i);
  const MatchRow row = {DEBIAN, "gosu", "1.14-1+b6", .control = control->str,
                        .findings = "CVE-2022-37434 pending_archive - unknown [needs a rebuild by Debian]\n"
                                    "CVE-2023-45853 unfixed - critical [in zlib inside]\n"};
  gint64 start = g_get_monotonic_time();
  match_check(&row, TRUE);
  g_test_message("%" G_GINT64_FORMAT " ms", (g_get_monotonic_time() - start) / 1000);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  match_open();
  g_test_add_func("/match-debian/rows", test_rows);
  g_test_add_func("/match-debian/ended", test_ended);
  g_test_add_func("/match-debian/many", test_many);
  int result = g_test_run();
  match_close();
  return result;
}
