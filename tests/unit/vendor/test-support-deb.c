/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the data package itself, as the archive has it. */
#include <string.h>
#include "support-common.h"
#include "vendor/support-load.h"

#include "base/error.h"

static void test_real_package(void)
{
  g_autoptr(GError) error = NULL;
  gsize size = 0;
  g_autofree char *text = read_data("distro-info-data.deb", &size);
  g_autoptr(GBytes) deb = g_bytes_new(text, size);
  g_autoptr(GPtrArray) files = cr_support_read_deb(deb, "usr/share/distro-info/", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(files->len, ==, 2);
  CrSupportFiles set = {.files = files};
  const CrSupportFile *table = cr_support_files_find(&set, "debian.csv");
  g_assert_nonnull(table);
  g_assert_null(cr_support_files_find(&set, "README.Debian"));
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(table->mtime);
  g_assert_cmpint(g_date_time_get_year(date), ==, 2026);
  gsize table_size = 0;
  const char *csv = g_bytes_get_data(table->bytes, &table_size);
  g_autoptr(CrDistroInfo) info = cr_distro_info_parse(csv, table_size, &error);
  g_assert_no_error(error);
  g_assert_nonnull(cr_distro_info_find(info, "13", NULL));
  g_autoptr(GPtrArray) none = cr_support_read_deb(deb, "usr/share/nothing/", &error);
  g_assert_no_error(error);
  g_assert_cmpuint(none->len, ==, 0);
}

/* Cut anywhere or with a byte changed: an error or fewer files, never a crash. */
static void test_damaged(void)
{
  gsize size = 0;
  g_autofree char *text = read_data("distro-info-data.deb", &size);
  guint refused = 0;
  for (gsize at = 0; at < size; at += 97) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) cut = g_bytes_new(text, at);
    g_autoptr(GPtrArray) files = cr_support_read_deb(cut, "usr/share/distro-info/", &error);
    g_assert_true(files || error);
    refused += !files;
    g_autoptr(GError) other = NULL;
    text[at] ^= 0x5a;
    g_autoptr(GBytes) changed = g_bytes_new(text, size);
    g_autoptr(GPtrArray) rest = cr_support_read_deb(changed, "usr/share/distro-info/", &other);
    g_assert_true(rest || other);
    text[at] ^= 0x5a;
  }
  g_assert_cmpuint(refused, >, size / 97 / 2);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/support-deb/real-package", test_real_package);
  g_test_add_func("/support-deb/damaged", test_damaged);
  return g_test_run();
}
