/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/apk-file.h"
#include "vendor/apk-repository.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GBytes) file = g_bytes_new_static(data, size);
  CrApkPackageFile package;
  if (!cr_apk_package_read(file, arena, &package, NULL))
    return 0;
  g_assert(package.identity && package.seal.count);
  const char *name = cr_apk_package_find(&package, "pkgname", 0, arena);
  const char *version = cr_apk_package_find(&package, "pkgver", 0, arena);
  CrArchiveFile wanted = {.name = name ? name : "", .version = version ? version : "", .arch = "x86_64"};
  g_autoptr(GString) records = g_string_new(NULL);
  g_assert(cr_apk_record_append(records, &wanted, file, NULL) == (name && version));
  return 0;
}
