/* SPDX-License-Identifier: Apache-2.0 */
/* debsecan's whitelist: "VERSION 0", then "BUG,PACKAGE" a line; without a package for all. */
#include <string.h>

#include "base/error.h"
#include "import/import.h"

#define FIRST_LINE "VERSION 0\n"

static gboolean is(const CrImportSource *source)
{
  return g_str_has_prefix(source->text, FIRST_LINE);
}

static gboolean read_file(CrImport *import, const CrImportSource *source, GError **error)
{
  if (!is(source))
    return cr_error_refuse(error, CR_ERROR_INPUT, NULL,
                           "cannot read '%s' as debsecan's whitelist: its first line is not VERSION 0", source->name);
  g_auto(GStrv) lines = g_strsplit(source->text, "\n", -1);
  for (guint i = 1; lines[i]; i++) {
    if (!*lines[i])
      continue;
    const char *place = cr_import_format_line(import, source->name, i + 1);
    g_auto(GStrv) parts = g_strsplit(lines[i], ",", -1);
    gboolean alone = parts[0] && parts[1] && !*parts[1];
    const char *package =
        parts[0] && parts[1] && !parts[2] && !alone ? cr_import_make_package(import, "deb", parts[1], NULL) : NULL;
    if (!cr_import_is_flaw(parts[0]) || (!alone && !package) || (alone && parts[2]))
      cr_import_lose(import, place, "'%s' is not FLAW,PACKAGE", lines[i]);
    else
      cr_import_add_rule(import, parts[0], package, NULL, NULL, NULL, place);
  }
  return TRUE;
}

const CrImportKind cr_import_debsecan = {
    .kind = "debsecan",
    .names = (const char *const[]){NULL},
    .is = is,
    .read = read_file,
};
