/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <string.h>

#include "base/error.h"

static const char *const absent_names[] = {"libcareen-has-none-such.so.1", NULL};
/* What every glibc system has, as the second choice. */
static const char *const present_names[] = {"libcareen-has-none-such.so.1", "libm.so.6", NULL};

static double (*find_root)(double);
static gpointer nothing;
static guint starts;

static gboolean start(void)
{
  return ++starts > 0;
}

static void test_load(void)
{
  static const CrLibraryRow rows[] = {{"sqrt", &find_root}, {NULL, NULL}};
  static CrLibrary library = {
      .names = present_names, .purpose = "counts", .package = "libc6", .rows = rows, .start = start};
  for (guint i = 0; i < 2; i++)
    g_assert_true(cr_library_load(&library, NULL));
  g_assert_cmpfloat(find_root(81), ==, 9);
  g_assert_cmpuint(starts, ==, 1);
}

static void test_absent(void)
{
  static const CrLibraryRow rows[] = {{"sqrt", &nothing}, {NULL, NULL}};
  static CrLibrary library = {.names = absent_names, .purpose = "counts", .package = "libnone1", .rows = rows};
  for (guint i = 0; i < 2; i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_library_load(&library, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
    g_assert_true(g_str_has_prefix(error->message, "cannot load 'libcareen-has-none-such.so.1', which counts: "));
    g_assert_cmpstr(cr_error_get_hint(error), ==, "apt install libnone1");
  }
}

static void test_lacking(void)
{
  static const CrLibraryRow rows[] = {{"careen_has_none_such", &nothing}, {NULL, NULL}};
  static CrLibrary library = {.names = present_names, .purpose = "counts", .package = "libc6", .rows = rows};
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_library_load(&library, &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT);
  g_assert_nonnull(strstr(error->message, "it has no careen_has_none_such"));
}

/* A forward to what is not there ends the process as an error does: a sentence, a hint, exit 4. */
static void test_need(void)
{
  static CrLibrary library = {.names = absent_names, .purpose = "counts", .package = "libnone1"};
  static gpointer place;
  if (g_test_subprocess()) {
    cr_library_need(&library, "sqrt", &place);
    return;
  }
  g_test_trap_subprocess(NULL, 0, 0);
  g_test_trap_assert_failed();
  g_test_trap_assert_stderr("careen: cannot load 'libcareen-has-none-such.so.1', which counts: *\n"
                            "hint: apt install libnone1\n");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/library/load", test_load);
  g_test_add_func("/library/absent", test_absent);
  g_test_add_func("/library/lacking", test_lacking);
  g_test_add_func("/library/need", test_need);
  return g_test_run();
}
