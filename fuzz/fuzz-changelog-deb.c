/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/changelog.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GBytes) deb = g_bytes_new_static(data, size);
  CrChangelogFile file;
  if (!cr_changelog_read_deb(deb, "hello", &file, NULL))
    return 0;
  gsize bytes = 0;
  const char *text = file.text ? g_bytes_get_data(file.text, &bytes) : NULL;
  g_autoptr(GPtrArray) entries = cr_changelog_parse(text ? text : "", bytes);
  g_assert(!file.elsewhere || !strchr(file.elsewhere, '/'));
  cr_changelog_file_clear(&file);
  return 0;
}
