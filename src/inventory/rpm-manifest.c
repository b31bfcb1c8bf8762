/* SPDX-License-Identifier: Apache-2.0 */
/* CBL-Mariner's and Azure Linux' distroless images carry no database but what `rpm -qa` printed when they were made:
 * lines of name, version-release, time installed, time built, vendor, epoch or "(none)", size, architecture, epoch as a
 * number, source package; between them tabs. It lists no files. */
#include <string.h>

#include "base/limits.h"
#include "inventory/rpm.h"

enum { NAME, VERSION, VENDOR = 4, EPOCH, ARCH = 7, SOURCE = 9, FIELDS };

static const char *get_known(const char *text)
{
  return text && *text && strcmp(text, "(none)") != 0 ? text : NULL;
}

static gboolean add_line(CrDatabaseWork *work, const char *line, gsize length)
{
  g_autofree char *copy = g_strndup(line, length);
  g_auto(GStrv) fields = g_strsplit(copy, "\t", FIELDS + 1);
  const char *name = get_known(fields[0]), *version = name ? get_known(fields[VERSION]) : NULL;
  if (g_strv_length(fields) < FIELDS || !name || !version) {
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, CR_RPM_MANIFEST, "it has a line that is no package");
    return TRUE;
  }
  if (!strcmp(name, "gpg-pubkey"))
    return TRUE;
  const char *epoch = get_known(fields[EPOCH]), *source = get_known(fields[SOURCE]);
  CrDatabasePackage package = {0};
  CrPackage *facts = &package.package;
  facts->name = cr_arena_strdup(work->arena, name);
  facts->version = epoch && strcmp(epoch, "0") != 0 ? cr_arena_printf(work->arena, "%s:%s", epoch, version)
                                                    : cr_arena_strdup(work->arena, version);
  facts->arch = cr_arena_strdup(work->arena, get_known(fields[ARCH]));
  facts->origin = cr_arena_strdup(work->arena, get_known(fields[VENDOR]));
  facts->paths = cr_database_paths(work, CR_RPM_MANIFEST);
  if (source)
    cr_rpm_split_source(source, work->arena, &facts->source_name, &facts->source_version);
  return cr_database_add(work, &package);
}

CrDatabaseState cr_rpm_manifest_read(CrDatabaseWork *work)
{
  if (cr_tree_find(work->tree, CR_RPM_MANIFEST, NULL) != CR_TREE_FOUND)
    return CR_DATABASE_ABSENT;
  g_autoptr(GBytes) bytes = cr_tree_find_facts(work->tree, CR_RPM_MANIFEST, "rpmdb");
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  guint before = work->packages->len;
  for (gsize at = 0; at < size;) {
    const char *end = memchr(text + at, '\n', size - at);
    gsize length = end ? (gsize)(end - text) - at : size - at;
    if (length > CR_LIMIT_SMALL_FILE) {
      cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, CR_RPM_MANIFEST, "it has a line of %" G_GSIZE_FORMAT " bytes",
                      length);
    } else if (length && !add_line(work, text + at, length))
      break;
    at += length + 1;
  }
  if (work->packages->len > before)
    return CR_DATABASE_READ;
  cr_problems_add(work->problems, CR_PROBLEM_BLIND, CR_RPM_MANIFEST,
                  "cannot read the list of rpm packages: it names none");
  return CR_DATABASE_BROKEN;
}
