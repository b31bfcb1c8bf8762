/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the tests of support and stewards. */
#pragma once
#include "vendor/support.h"

static inline char *read_data(const char *name, gsize *size)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "vendor", "support", name, NULL);
  char *text = NULL;
  g_file_get_contents(path, &text, size, &error);
  g_assert_no_error(error);
  return text;
}

static inline GDate make_day(const char *text)
{
  GDate day;
  g_assert_true(cr_support_parse_date(text, strlen(text), &day));
  return day;
}

static inline CrDistroInfo *read_table(const char *name)
{
  g_autoptr(GError) error = NULL;
  gsize size = 0;
  g_autofree char *text = read_data(name, &size);
  CrDistroInfo *info = cr_distro_info_parse(text, size, &error);
  g_assert_no_error(error);
  return info;
}
