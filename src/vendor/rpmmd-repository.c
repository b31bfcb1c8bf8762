/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata of a small repository of package files, made of the records of verified lists: what the package manager
 * of an image is given when careen chose already. */
#include "vendor/rpmmd.h"

#include <string.h>

#include "base/error.h"

/* "1:2-3" as attributes; the release is absent in relations to a version alone. */
static void put_version(GString *out, const char *evr, gsize length)
{
  const char *colon = memchr(evr, ':', length);
  const char *version = colon ? colon + 1 : evr;
  gsize left = length - (gsize)(version - evr);
  const char *dash = memrchr(version, '-', left);
  g_autofree char *epoch = colon ? g_markup_escape_text(evr, colon - evr) : g_strdup("0");
  g_autofree char *ver = g_markup_escape_text(version, dash ? dash - version : (gssize)left);
  g_string_append_printf(out, " epoch=\"%s\" ver=\"%s\"", epoch, ver);
  if (dash) {
    g_autofree char *rel = g_markup_escape_text(dash + 1, (gssize)(left - (gsize)(dash + 1 - version)));
    g_string_append_printf(out, " rel=\"%s\"", rel);
  }
}

static const char *find_flags(const char *op, gsize length)
{
  static const char *const rows[][2] = {{"=", "EQ"}, {"<", "LT"}, {"<=", "LE"}, {">", "GT"}, {">=", "GE"}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (strlen(rows[i][0]) == length && !memcmp(rows[i][0], op, length))
      return rows[i][1];
  return NULL;
}

static void put_entry(GString *out, const char *text, gsize length)
{
  const char *version = *text == '(' || *text == '/' ? NULL : memrchr(text, ' ', length);
  const char *op = version && version > text ? memrchr(text, ' ', (gsize)(version - text)) : NULL;
  const char *flags = op ? find_flags(op + 1, (gsize)(version - op - 1)) : NULL;
  g_autofree char *name = g_markup_escape_text(text, flags ? op - text : (gssize)length);
  g_string_append_printf(out, "<rpm:entry name=\"%s\"", name);
  if (flags) {
    g_string_append_printf(out, " flags=\"%s\"", flags);
    put_version(out, version + 1, length - (gsize)(version + 1 - text));
  }
  g_string_append(out, "/>\n");
}

static void put_relations(GString *out, const char *element, const char *field)
{
  if (!field)
    return;
  g_string_append_printf(out, "<rpm:%s>\n", element);
  for (const char *at = field; *at;) {
    gsize length = strcspn(at, "\t");
    if (length)
      put_entry(out, at, length);
    at += length + (at[length] == '\t');
  }
  g_string_append_printf(out, "</rpm:%s>\n", element);
}

static void put_files(GString *out, const char *files)
{
  for (const char *at = files; at && *at;) {
    gsize length = strcspn(at, "\t");
    g_autofree char *path = g_markup_escape_text(at, (gssize)length);
    g_string_append_printf(out, "<file>%s</file>\n", path);
    at += length + (at[length] == '\t');
  }
}

static void put_package(GString *out, const CrListPackage *record)
{
  g_autofree char *name = g_markup_escape_text(record->name, -1);
  g_autofree char *arch = g_markup_escape_text(record->arch, -1);
  g_autofree char *vendor = g_markup_escape_text(record->origin ? record->origin : "", -1);
  g_autofree char *sha256 = g_ascii_strdown(record->sha256, -1);
  g_string_append_printf(out, "<package type=\"rpm\">\n<name>%s</name>\n<arch>%s</arch>\n<version", name, arch);
  put_version(out, record->version, strlen(record->version));
  g_string_append_printf(out,
                         "/>\n<checksum type=\"sha256\" pkgid=\"YES\">%s</checksum>\n<summary/>\n<description/>\n"
                         "<time file=\"0\" build=\"%s\"/>\n<size package=\"%" G_GUINT64_FORMAT
                         "\" installed=\"%" G_GUINT64_FORMAT "\" archive=\"0\"/>\n<location href=\"%s.rpm\"/>\n"
                         "<format>\n<rpm:vendor>%s</rpm:vendor>\n",
                         sha256, record->built ? record->built : "0", record->size_bytes, record->installed_kib, sha256,
                         vendor);
  put_relations(out, "provides", record->capabilities);
  put_relations(out, "requires", record->depends);
  put_relations(out, "conflicts", record->conflicts);
  put_relations(out, "obsoletes", record->replaces);
  put_relations(out, "recommends", record->recommends);
  put_files(out, record->files);
  g_string_append(out, "</format>\n</package>\n");
}

static gboolean find_record(const CrArchives *archives, const CrArchiveFile *file, CrListPackage *out)
{
  for (guint a = 0; a < archives->archives->len; a++) {
    const CrArchiveData *data = archives->archives->pdata[a];
    guint32 first = 0;
    guint count =
        data->list_count && &data->archive == file->archive ? cr_list_find(data->lists[0].list, file->name, &first) : 0;
    for (guint i = 0; i < count; i++) {
      cr_list_get_named(data->lists[0].list, first, i, out);
      if (!strcmp(out->version, file->version) && !strcmp(out->arch, file->arch) &&
          !g_strcmp0(out->sha256, file->sha256))
        return TRUE;
    }
  }
  return FALSE;
}

GBytes *cr_archives_format_primary(CrArchives *archives, const GPtrArray *changes, GError **error)
{
  g_autoptr(GString) packages = g_string_new(NULL);
  guint count = 0;
  for (guint i = 0; i < changes->len; i++) {
    const CrChange *change = changes->pdata[i];
    CrListPackage record;
    if (!change->file.name)
      continue;
    if (!find_record(archives, &change->file, &record)) {
      g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "no list has the record of package '%s' any more", change->name);
      return NULL;
    }
    put_package(packages, &record);
    count++;
  }
  GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  g_string_append_printf(out,
                         "<metadata xmlns=\"http://linux.duke.edu/metadata/common\" "
                         "xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"%u\">\n%s</metadata>\n",
                         count, packages->str);
  return g_string_free_to_bytes(out);
}

CrStrv cr_archives_get_image_keys(const CrArchives *archives, const CrArchive *archive)
{
  for (guint a = 0; a < archives->archives->len; a++) {
    const CrSuite *suite = archives->archives->pdata[a];
    for (guint i = 0; &suite->data.archive == archive && i < suite->sources->len; i++) {
      const CrAptSource *source = suite->sources->pdata[i];
      if (source->signed_by && source->signed_by[0])
        return source->signed_by;
    }
  }
  return cr_strv_empty;
}
