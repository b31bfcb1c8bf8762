/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the verified lists of an image. */
#include "vendor/archive-set.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/write-all.h"
#include "model/version.h"
#include "vendor/archive-plan.h"

/* ---- the same package? ---- */

/* What apt's own VersionHash compares (apt-pkg/deb/deblistparser.cc): the fields that decide what a package does to a
 * system and that archives do not override, as they do Section and Priority. */
static const struct {
  const char *name;
  gsize offset; /* in CrListPackage; Installed-Size is a number */
} shared[] = {
    {"Depends", offsetof(CrListPackage, depends)},     {"Pre-Depends", offsetof(CrListPackage, pre_depends)},
    {"Conflicts", offsetof(CrListPackage, conflicts)}, {"Breaks", offsetof(CrListPackage, breaks)},
    {"Replaces", offsetof(CrListPackage, replaces)},
};

/* The value of field NAME in a stanza, with its continued lines; *SIZE 0: absent. */
static const char *find_field(const char *text, gsize size, const char *name, gsize *value_size)
{
  gsize length = strlen(name);
  *value_size = 0;
  for (gsize at = 0; at < size;) {
    const char *stop = memchr(text + at, '\n', size - at);
    gsize end = stop ? (gsize)(stop - text) : size;
    gboolean found = end - at > length && text[at + length] == ':' && g_ascii_strncasecmp(text + at, name, length) == 0;
    gsize start = at + length + 1;
    at = end + 1;
    if (!found)
      continue;
    while (at < size && (text[at] == ' ' || text[at] == '\t')) {
      stop = memchr(text + at, '\n', size - at);
      end = stop ? (gsize)(stop - text) : size;
      at = end + 1;
    }
    *value_size = end - start;
    return text + start;
  }
  return "";
}

static gboolean is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* As apt hashes them: without blanks, in one case; "<" and ">" are dpkg's old words for "<=" and ">=", which dpkg
 * rewrites in its database, so "=" behind them does not count. */
static gboolean skip(const char **at, const char *end)
{
  while (*at < end && (is_blank(**at) || (**at == '=' && ((*at)[-1] == '<' || (*at)[-1] == '>'))))
    (*at)++;
  return *at < end;
}

static gboolean is_same_value(const char *a, gsize a_size, const char *b, gsize b_size)
{
  const char *a_end = a + a_size;
  const char *b_end = b + b_size;
  /* a value never begins with '=', so that [-1] stays inside */
  while (a < a_end && is_blank(*a))
    a++;
  while (b < b_end && is_blank(*b))
    b++;
  if ((a < a_end && *a == '=') || (b < b_end && *b == '='))
    return FALSE;
  for (;;) {
    gboolean more_a = skip(&a, a_end);
    gboolean more_b = skip(&b, b_end);
    if (!more_a || !more_b)
      return more_a == more_b;
    if (g_ascii_tolower(*a) != g_ascii_tolower(*b))
      return FALSE;
    a++;
    b++;
  }
}

gboolean cr_archive_is_same_deb(const CrPackage *package, const CrListPackage *record)
{
  gsize size = 0;
  for (guint i = 0; i < G_N_ELEMENTS(shared); i++) {
    const char *value = find_field(package->control, package->control_bytes, shared[i].name, &size);
    const char *listed = *(const char *const *)(gconstpointer)((const char *)record + shared[i].offset);
    if (!is_same_value(value, size, listed ? listed : "", listed ? strlen(listed) : 0))
      return FALSE;
  }
  const char *value = find_field(package->control, package->control_bytes, "Installed-Size", &size);
  g_autofree char *text = g_strndup(value, size);
  return g_ascii_strtoull(text, NULL, 10) == record->installed_kib;
}

typedef struct {
  const CrPackage *package;
  gboolean same_version;
} Exact;

static gboolean find_in_list(const CrArchives *archives, const CrList *list, Exact *exact)
{
  const CrPackage *package = exact->package;
  guint32 first = 0;
  guint count = cr_list_find(list, package->name, &first);
  for (guint i = 0; i < count; i++) {
    CrListPackage record;
    cr_list_get_named(list, first, i, &record);
    if (g_strcmp0(record.version, package->version) != 0 || g_strcmp0(record.arch, package->arch) != 0)
      continue;
    exact->same_version = TRUE;
    if (!package->control) /* a chisel manifest, a bill of materials: there is nothing else to compare */
      return TRUE;
    /* distroless' status.d holds what the archive's own package holds, so it is compared the same way */
    if (archives->kind->is_same(package, &record))
      return TRUE;
  }
  return FALSE;
}

const CrArchive *cr_archives_find_exact(CrArchives *archives, const CrPackage *package, gboolean *same_name_version)
{
  Exact exact = {.package = package};
  const CrArchive *found = NULL;
  if (!cr_archives_has_type(archives, package->type))
    return NULL;
  for (guint a = 0; a < archives->archives->len && !found; a++) {
    const CrArchiveData *data = archives->archives->pdata[a];
    for (guint l = 0; l < data->list_count && !found; l++)
      if (find_in_list(archives, data->lists[l].list, &exact))
        found = &data->archive;
  }
  if (same_name_version)
    *same_name_version = exact.same_version;
  return found;
}

const CrArchive *cr_archives_find_source(CrArchives *archives, const char *source_name)
{
  for (guint a = 0; a < archives->archives->len; a++) {
    const CrArchiveData *data = archives->archives->pdata[a];
    for (guint l = 0; data->archive.distribution && l < data->list_count; l++)
      if (cr_list_has_source(data->lists[l].list, source_name))
        return &data->archive;
  }
  return NULL;
}

gboolean cr_archives_has_name(CrArchives *archives, const CrArchive *archive, const char *name)
{
  for (guint a = 0; a < archives->archives->len; a++) {
    const CrArchiveData *data = archives->archives->pdata[a];
    guint32 first = 0;
    for (guint l = 0; &data->archive == archive && l < data->list_count; l++)
      if (cr_list_find(data->lists[l].list, name, &first))
        return TRUE;
  }
  return FALSE;
}

/* ---- files ---- */

static CrArchiveFile make_file(const CrArchiveData *data, const CrListPackage *record)
{
  return (CrArchiveFile){
      .name = record->name,
      .version = record->version,
      .arch = record->arch,
      .filename = record->filename,
      .sha256 = record->sha256,
      .checksum = record->checksum,
      .size_bytes = record->size_bytes,
      .archive = &data->archive,
  };
}

static void take_newest(CrArchives *archives, const CrArchiveData *data, const CrList *list, const char *name,
                        CrArchiveFile *out)
{
  guint32 first = 0;
  guint count = cr_list_find(list, name, &first);
  for (guint i = 0; i < count; i++) {
    CrListPackage record;
    cr_list_get_named(list, first, i, &record);
    if (g_strcmp0(record.arch, archives->native) != 0 && strcmp(record.arch, "all") != 0)
      continue;
    if (!record.filename || !record.sha256 || (out->name && cr_version_compare_deb(record.version, out->version) <= 0))
      continue;
    *out = make_file(data, &record);
  }
}

static gboolean find_version(const CrArchiveData *data, const CrList *list, const CrArchiveFile *like,
                             CrArchiveFile *out)
{
  guint32 first = 0;
  guint count = cr_list_find(list, like->name, &first);
  for (guint i = 0; i < count; i++) {
    CrListPackage record;
    cr_list_get_named(list, first, i, &record);
    if (g_strcmp0(record.version, like->version) != 0 || g_strcmp0(record.arch, like->arch) != 0 ||
        (!record.sha256 && !record.checksum))
      continue;
    *out = make_file(data, &record);
    return TRUE;
  }
  return FALSE;
}

gboolean cr_archives_find_version(CrArchives *archives, const char *name, const char *version, const char *arch,
                                  CrArchiveFile *out)
{
  const CrArchiveFile like = {.name = name, .version = version, .arch = arch};
  for (guint a = 0; a < archives->archives->len; a++) {
    const CrArchiveData *data = archives->archives->pdata[a];
    for (guint l = 0; data->archive.is_signed && l < data->list_count; l++)
      if (find_version(data, data->lists[l].list, &like, out))
        return TRUE;
  }
  return FALSE;
}

gboolean cr_archives_find_file(CrArchives *archives, const char *name, CrArchiveFile *out)
{
  *out = (CrArchiveFile){0};
  for (guint a = 0; a < archives->archives->len; a++) {
    const CrArchiveData *data = archives->archives->pdata[a];
    const CrSuite *suite = archives->archives->pdata[a];
    for (guint l = 0; suite->own && suite->known && l < data->list_count; l++)
      take_newest(archives, data, data->lists[l].list, name, out);
  }
  return out->name != NULL;
}
