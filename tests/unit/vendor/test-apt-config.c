/* SPDX-License-Identifier: Apache-2.0 */
/* Values and refusals were compared with `apt-config dump` of apt 2.6.2, which prints a cleared or absent one as "". */
#include "base/error.h"
#include "vendor/apt.h"
#include <string.h>

static void test_parse(void)
{
  static const struct {
    const char *text, *name, *want;
  } rows[] = {
      {"APT::Install-Recommends \"false\";", "apt::install-recommends", "false"},
      {"APT { Install-Recommends \"0\"; };", "apt::install-recommends", "0"},
      {"apt { get { assume-yes true; }; install-recommends no; }", "apt::install-recommends", "no"},
      {"APT::Default-Release \"stable\"; // a comment; \"quoted\"\n", "apt::default-release", "stable"},
      {"# whole line\nAPT::Default-Release \"a # b\";", "apt::default-release", "a # b"},
      {"/* APT::Default-Release \"x\"; */ APT::Default-Release \"y\";", "apt::default-release", "y"},
      {"APT::Default-Release \"x\";\nAPT::Default-Release \"y\";", "apt::default-release", "y"},
      {"APT::Default-Release \"x\";\n#clear APT::Default-Release;", "apt::default-release", NULL},
      {"APT::Get::A \"1\"; #clear APT;", "apt::get::a", NULL},
      {"DPkg::Post-Invoke { \"rm -f /x || true\"; \"sync\"; };", "dpkg::post-invoke::", "rm -f /x || true\nsync"},
      {"Acquire::Languages \"none\";", "acquire::languages", "none"},
      {"A \"http://x/y\";", "a", "http://x/y"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GHashTable) settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GError) error = NULL;
    g_assert_true(cr_apt_config_parse(settings, rows[i].text, strlen(rows[i].text), &error));
    g_assert_cmpstr(cr_apt_config_get(settings, rows[i].name, NULL), ==, rows[i].want);
  }
}

static void test_refuse(void)
{
  static const char *const texts[] = {"APT::Install-Recommends \"false\"", "{ \"x\"; };", "A \"1\"; B"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GHashTable) settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_apt_config_parse(settings, texts[i], strlen(texts[i]), &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_INPUT);
  }
}

static void test_values(void)
{
  static const struct {
    const char *value;
    gboolean fallback, want;
    int number;
  } rows[] = {
      {"yes", FALSE, TRUE, 7},  {"False", TRUE, FALSE, 7}, {"1", FALSE, TRUE, 1},
      {"maybe", TRUE, TRUE, 7}, {"-5", TRUE, TRUE, -5},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GHashTable) settings = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(settings, "x", (gpointer)rows[i].value);
    g_assert_cmpint(cr_apt_config_get_boolean(settings, "x", rows[i].fallback), ==, rows[i].want);
    g_assert_cmpint(cr_apt_config_get_integer(settings, "x", 7), ==, rows[i].number);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vendor/apt-config/parse", test_parse);
  g_test_add_func("/vendor/apt-config/refuse", test_refuse);
  g_test_add_func("/vendor/apt-config/values", test_values);
  return g_test_run();
}
