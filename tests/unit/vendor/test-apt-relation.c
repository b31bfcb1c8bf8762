/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apt.h"

static char *format(const char *text)
{
  static const char *const operators[] = {"", "<<", "<=", "=", ">=", ">>", "!="};
  GString *out = g_string_new(NULL);
  CrAptAlternative item;
  gboolean broken = FALSE;
  while (cr_apt_relation_next(&text, &item, &broken)) {
    g_string_append_printf(out, "%.*s", (int)item.name_bytes, item.name);
    if (item.arch)
      g_string_append_printf(out, ":%.*s", (int)item.arch_bytes, item.arch);
    if (item.version)
      g_string_append_printf(out, "[%s%.*s]", operators[item.op], (int)item.version_bytes, item.version);
    g_string_append(out, item.or_next ? "|" : " ");
  }
  if (broken)
    g_string_append_c(out, '!');
  return g_string_free(out, FALSE);
}

static void test_next(void)
{
  static const struct {
    const char *text, *want;
  } rows[] = {
      {"libc6 (>= 2.36), libssl3 (>= 3.0.0)", "libc6[>=2.36] libssl3[>=3.0.0] "},
      {"debconf (>= 0.5) | debconf-2.0", "debconf[>=0.5]|debconf-2.0 "},
      {"python3:any (>= 3.11~), gcc:i386", "python3:any[>=3.11~] gcc:i386 "},
      {"a(=1),b  ( << 2 )  ,c", "a[=1] b[<<2] c "},
      {"a (< 1), b (> 2)", "a[<=1] b[>=2] "},
      {"a,, b,", "a b "},
      {"", ""},
      {"   \n ", ""},
      {"a (>= 1", "!"},
      {"a )", "!"},
      {"a, b [amd64]", "a !"},
      {"a (>= )", "!"},
      {"a b", "!"},
      {"| a", "!"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *got = format(rows[i].text);
    g_assert_cmpstr(got, ==, rows[i].want);
  }
}

static void test_satisfies(void)
{
  static const struct {
    const char *version;
    CrAptOperator op;
    const char *wanted;
    gboolean want;
  } rows[] = {
      {"1.0", CR_APT_ANY, NULL, TRUE},          {NULL, CR_APT_ANY, NULL, TRUE},
      {NULL, CR_APT_GREATER_EQUAL, "1", FALSE}, {"1.0-1", CR_APT_GREATER_EQUAL, "1.0", TRUE},
      {"1.0~rc1", CR_APT_LESS, "1.0", TRUE},    {"1:0", CR_APT_GREATER, "9", TRUE},
      {"1.0", CR_APT_EQUAL, "1.00", TRUE},      {"1.0", CR_APT_NOT_EQUAL, "1.0", FALSE},
      {"2", CR_APT_LESS_EQUAL, "2", TRUE},      {"2", CR_APT_GREATER, "2", FALSE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(cr_apt_version_satisfies(rows[i].version, rows[i].op, rows[i].wanted), ==, rows[i].want);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vendor/apt-relation/next", test_next);
  g_test_add_func("/vendor/apt-relation/satisfies", test_satisfies);
  return g_test_run();
}
