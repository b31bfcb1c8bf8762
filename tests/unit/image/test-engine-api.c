/* SPDX-License-Identifier: Apache-2.0 */
#include "image/engine-api.h"

#include "base/error.h"

static void test_parse(void)
{
  static const struct {
    const char *text;
    guint expected;
  } rows[] = {
      {"1.41", 141}, {"1.4", 104}, {"2.0", 200}, {"10.99", 1099}, {"", 0},      {"1", 0},
      {"1.", 0},     {".41", 0},   {"1.41x", 0}, {"v1.41", 0},    {"1.100", 0}, {"-1.41", 0},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpuint(cr_engine_api_parse(rows[i].text), ==, rows[i].expected);
  g_assert_cmpuint(cr_engine_api_parse(NULL), ==, 0);
  g_autofree char *text = cr_engine_api_format(104);
  g_assert_cmpstr(text, ==, "1.4");
}

static void test_choose(void)
{
  static const struct {
    const char *newest, *oldest;
    guint expected;
    const char *why;
  } rows[] = {
      {"1.41", "1.12", 141, NULL}, /* Docker 20.10 */
      {"1.51", "1.24", 151, NULL}, /* 28.5 */
      {"1.56", "1.44", 156, NULL},
      {"1.70", "1.44", 156, NULL},
      {"1.70", "1.56", 156, NULL},
      {"1.22", NULL, 122, NULL}, /* before 1.25 it did not say its oldest */
      {"1.40", "", 140, NULL},
      {"1.70", "1.57", 0, "cannot use Docker at 'x': it speaks API 1.57 and newer, careen knows up to 1.56"},
      {"2.1", "2.0", 0, "cannot use Docker at 'x': it speaks API 2.0 and newer, careen knows up to 1.56"},
      {NULL, NULL, 0, "cannot use Docker at 'x': it does not say which API it speaks"},
      {"new", "1.12", 0, "cannot use Docker at 'x': it does not say which API it speaks"},
      {"1.41", "old", 0, "cannot use Docker at 'x': it does not say which API it speaks"},
      {"1.41", "1.42", 0, "cannot use Docker at 'x': it does not say which API it speaks"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("%s, %s", rows[i].newest, rows[i].oldest);
    g_assert_cmpuint(cr_engine_api_choose("Docker at 'x'", rows[i].newest, rows[i].oldest, &error), ==,
                     rows[i].expected);
    g_assert_cmpstr(error ? error->message : NULL, ==, rows[i].why);
    if (error)
      g_assert_cmpint(error->code, ==, CR_ERROR_ENVIRONMENT);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/engine-api/parse", test_parse);
  g_test_add_func("/image/engine-api/choose", test_choose);
  return g_test_run();
}
