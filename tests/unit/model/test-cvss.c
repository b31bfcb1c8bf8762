/* SPDX-License-Identifier: Apache-2.0 */
/* FIRST's own published examples (the guide to 2.0 §3.3, the example documents of 3.1 and 4.0), and vectors that are
 * none. Tens of thousands against others' scores are in tests/oracle/cvss. */
#include "model/cvss.h"

static const struct {
  const char *vector;
  double score; /* -1: not a vector */
  const char *version;
} cases[] = {
    /* CVE-2002-0392, Apache's chunked encoding */
    {"AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8, "2.0"},
    {"(AV:N/AC:L/Au:N/C:N/I:N/A:C)", 7.8, "2.0"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", 6.4, "2.0"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 9.2, "2.0"},
    /* CVE-2003-0818, Microsoft's ASN.1 */
    {"AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0, "2.0"},
    {"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C", 8.3, "2.0"},
    {"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L", 9.0, "2.0"},
    /* CVE-2003-0062, NOD32 */
    {"AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2, "2.0"},
    {"AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C", 4.9, "2.0"},
    {"AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M", 7.5, "2.0"},
    {"AV:N/AC:L/Au:N/C:N/I:N/A:N", 0.0, "2.0"},
    {"AV:L/AC:H/Au:M/C:P/I:N/A:N/CR:L", 0.0, "2.0"}, /* the equation goes below 0 */

    {"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "3.0"},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "3.1"}, /* CVE-2013-1937 phpMyAdmin */
    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4, "3.1"}, /* CVE-2013-0375 MySQL */
    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1, "3.1"}, /* CVE-2014-3566 POODLE */
    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9, "3.1"}, /* CVE-2012-1516 VMware */
    {"CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2, "3.1"}, /* CVE-2009-0783 Tomcat */
    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8, "3.1"}, /* CVE-2012-0384 IOS */
    {"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8, "3.1"}, /* CVE-2015-1098 iWork */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5, "3.1"}, /* CVE-2014-0160 Heartbleed */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "3.1"}, /* CVE-2014-6271 Shellshock */
    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 6.8, "3.1"}, /* CVE-2008-1447 Kaminsky */
    {"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8, "3.1"}, /* CVE-2014-2005 Sophos */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:N/A:N", 5.8, "3.1"}, /* CVE-2010-0467 Joomla */
    {"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 9.3, "3.1"}, /* CVE-2013-6014 Juniper */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 9.6, "3.1"}, /* CVE-2012-5376 Chrome */
    {"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 8.8, "3.1"}, /* CVE-2011-1265 Bluetooth */
    {"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 4.6, "3.1"}, /* CVE-2014-2019 iCloud */
    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N", 7.4, "3.1"}, /* CVE-2014-0224 OpenSSL */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, "3.1"},
    {"CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N", 9.8, "3.1"},               /* the order is free */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C", 8.8, "3.1"}, /* temporal */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/CR:L/IR:L/AR:L", 8.0, "3.1"},
    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/MAV:N", 10.0, "3.1"}, /* 3.1's modified impact; base 9.9 */
    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/MAV:X", 9.9, "3.1"},  /* not defined is not there */
    {"CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/MAV:N", 9.9, "3.0"},

    {"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3, "4.0"}, /* CVE-2022-41741 nginx */
    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7, "4.0"}, /* CVE-2020-3549 Cisco */
    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 5.2, "4.0"},
    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3, "4.0"}, /* CVE-2023-3089 OpenShift */
    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L",
     8.1, "4.0"},
    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 4.6, "4.0"},  /* CVE-2021-44714 Acrobat */
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1, "4.0"},  /* CVE-2022-21830 Rocket.Chat */
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N", 6.9, "4.0"},  /* CVE-2022-22186 Juniper */
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0, "4.0"}, /* CVE-2021-44228 Log4Shell */
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:A", 8.7, "4.0"}, /* CVE-2014-0160 Heartbleed */
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0, "4.0"},
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N/MSI:S", 8.9, "4.0"}, /* safety */
    {"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/S:P/AU:Y/R:I/V:C/RE:H/U:Amber", 7.3, "4.0"},

    {NULL, -1, NULL},
    {"", -1, NULL},
    {"/", -1, NULL},
    {"()", -1, NULL},
    {"HIGH", -1, NULL},
    {"CVSS:3.1/", -1, NULL},
    {"CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", -1, NULL},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", -1, NULL},          /* A is missing */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/", -1, NULL},     /* an empty metric */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:N", -1, NULL},  /* twice */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X", -1, NULL},      /* no such value */
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/XX:Y", -1, NULL}, /* no such metric */
    {"CVSS:3.1/AV:N/AC:L/Au:N/C:N/I:N/A:C", -1, NULL},               /* CVSS 2 under a wrong name */
    {"AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", -1, NULL},               /* CVSS 3 without its name */
    {"cvss:3.1/av:n/ac:l/pr:n/ui:n/s:u/c:h/i:h/a:h", -1, NULL},
    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\n", -1, NULL},
    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:S/SA:H", -1, NULL}, /* S only as MSI */
};

static void test_score(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].vector ? cases[i].vector : "NULL");
    g_assert_cmpfloat_with_epsilon(cr_cvss_score(cases[i].vector), cases[i].score, 1e-9);
    g_assert_cmpstr(cr_cvss_get_version(cases[i].vector), ==, cases[i].version);
  }
}

static void test_severity(void)
{
  static const struct {
    double score;
    const char *version;
    CrSeverity severity;
  } rows[] = {
      {-1, "3.1", CR_SEVERITY_UNKNOWN},  {0, "3.1", CR_SEVERITY_NEGLIGIBLE}, {0.1, "3.1", CR_SEVERITY_LOW},
      {3.9, "3.0", CR_SEVERITY_LOW},     {4.0, "4.0", CR_SEVERITY_MEDIUM},   {6.9, "3.1", CR_SEVERITY_MEDIUM},
      {7.0, "3.1", CR_SEVERITY_HIGH},    {8.9, "3.1", CR_SEVERITY_HIGH},     {9.0, "4.0", CR_SEVERITY_CRITICAL},
      {10, "3.1", CR_SEVERITY_CRITICAL}, {0, "2.0", CR_SEVERITY_LOW},        {6.9, "2.0", CR_SEVERITY_MEDIUM},
      {10, "2.0", CR_SEVERITY_HIGH},     {10, NULL, CR_SEVERITY_CRITICAL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(cr_cvss_get_severity(rows[i].score, rows[i].version), ==, rows[i].severity);
}

static void test_words(void)
{
  static const struct {
    const char *word;
    CrSeverity severity;
  } rows[] = {
      {"CRITICAL", CR_SEVERITY_CRITICAL},
      {"Critical", CR_SEVERITY_CRITICAL},
      {"important", CR_SEVERITY_HIGH},
      {"HIGH", CR_SEVERITY_HIGH},
      {"high**", CR_SEVERITY_HIGH},
      {"moderate", CR_SEVERITY_MEDIUM},
      {"Medium", CR_SEVERITY_MEDIUM},
      {"low", CR_SEVERITY_LOW},
      {"Negligible", CR_SEVERITY_NEGLIGIBLE},
      {"NONE", CR_SEVERITY_NEGLIGIBLE},
      {"unimportant", CR_SEVERITY_NEGLIGIBLE},
      {"not yet assigned", CR_SEVERITY_UNKNOWN},
      {"untriaged", CR_SEVERITY_UNKNOWN},
      {"", CR_SEVERITY_UNKNOWN},
      {"**", CR_SEVERITY_UNKNOWN},
      {"highest", CR_SEVERITY_UNKNOWN},
      {NULL, CR_SEVERITY_UNKNOWN},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].word ? rows[i].word : "NULL");
    g_assert_cmpint(cr_severity_parse(rows[i].word), ==, rows[i].severity);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cvss/score", test_score);
  g_test_add_func("/cvss/severity", test_severity);
  g_test_add_func("/cvss/words", test_words);
  return g_test_run();
}
