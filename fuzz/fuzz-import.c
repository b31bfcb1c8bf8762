/* SPDX-License-Identifier: Apache-2.0 */
/* The first line is the file's name, which says its kind. Whatever stands in it, the careen.yaml is one that careen
 * reads. */
#include <string.h>

#include "base/error.h"
#include "cli/config-file.h"
#include "fleet/config.h"
#include "import/import.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  const guint8 *newline = memchr(data, '\n', size);
  if (!newline)
    return 0;
  g_autofree char *name = g_strndup((const char *)data, (gsize)(newline - data));
  g_autoptr(GError) error = NULL;
  GDate today;
  g_date_clear(&today, 1);
  g_date_set_dmy(&today, 28, G_DATE_NOVEMBER, 2026);
  g_autoptr(CrImport) import = cr_import_new(&today);
  if (!g_utf8_validate(name, -1, NULL) ||
      !cr_import_parse(import, NULL, (const char *)newline + 1, size - (gsize)(newline + 1 - data), name, NULL))
    return 0;
  g_autofree char *yaml = cr_import_format_yaml(import), *json = cr_import_format_json(import);
  g_autoptr(CrSettings) settings = cr_settings_new();
  if (!cr_config_parse(yaml, strlen(yaml), "careen.yaml", settings, &error))
    g_error("%s\n%s", error->message, yaml);
  return 0;
}
