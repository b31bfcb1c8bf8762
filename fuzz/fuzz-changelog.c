/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/changelog.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(GPtrArray) entries = cr_changelog_parse((const char *)data, size);
  g_autofree char *text = cr_changelog_format(entries);
  g_autoptr(GPtrArray) kept = cr_changelog_parse_kept(text, strlen(text));
  const char *since = NULL;
  g_autofree const char **fixes = cr_changelog_find_fixes(kept, "1.0", "99:1", &since);
  return 0;
}
