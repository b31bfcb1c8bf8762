/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/rpmmd.h"

#include <string.h>

struct CrRpmModules {
  GPtrArray *lists;    /* CrList*, borrowed */
  GHashTable *streams; /* module → stream that is active, "" when it is switched off */
  GHashTable *names;   /* of packages in active streams */
};

gboolean cr_rpmmd_is_modular(const char *version)
{
  return strstr(version, ".module+el") || strstr(version, ".module_el") || strstr(version, ".module_f");
}

/* "nodejs:18" or "nodejs:18:8070020230…:bd1311ed". */
static void set_stream(CrRpmModules *modules, const char *module, gsize length, const char *stream, gsize stream_length)
{
  char *name = g_strndup(module, length);
  if (g_hash_table_contains(modules->streams, name))
    g_free(name);
  else
    g_hash_table_insert(modules->streams, name, g_strndup(stream, stream_length));
}

static void set_label(CrRpmModules *modules, const char *label)
{
  const char *colon = strchr(label, ':');
  if (colon)
    set_stream(modules, label, (gsize)(colon - label), colon + 1, strcspn(colon + 1, ":"));
}

static gboolean is_active(const CrRpmModules *modules, const char *label)
{
  const char *colon = label ? strchr(label, ':') : NULL;
  g_autofree char *name = colon ? g_strndup(label, (gsize)(colon - label)) : NULL;
  const char *stream = name ? g_hash_table_lookup(modules->streams, name) : NULL;
  return stream && *stream && !strcmp(stream, colon + 1);
}

static void add_defaults(CrRpmModules *modules, const CrList *list)
{
  guint32 first = 0;
  guint count = cr_list_find(list, CR_LIST_DEFAULTS, &first);
  for (guint i = 0; i < count; i++) {
    CrListPackage record;
    cr_list_get_named(list, first, i, &record);
    set_stream(modules, record.version, strlen(record.version), record.arch, strlen(record.arch));
  }
}

static void add_name(const CrListPackage *record, gpointer data)
{
  CrRpmModules *modules = data;
  if (is_active(modules, record->advisory) && !g_hash_table_contains(modules->names, record->name))
    g_hash_table_add(modules->names, g_strdup(record->name));
}

CrRpmModules *cr_rpmmd_modules_new(const CrArchives *archives, const GPtrArray *packages)
{
  CrRpmModules *modules = g_new0(CrRpmModules, 1);
  modules->lists = g_ptr_array_new();
  modules->streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  modules->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrArchiveData *data = archives->archives->pdata[i];
    if (data->modules)
      g_ptr_array_add(modules->lists, data->modules);
  }
  if (!modules->lists->len)
    return modules;
  for (guint i = 0; archives->rpm && i < archives->rpm->stream_count; i++) {
    const CrRpmStream *row = &archives->rpm->streams[i];
    set_stream(modules, row->name, strlen(row->name), row->stream ? row->stream : "",
               row->stream ? strlen(row->stream) : 0);
  }
  for (guint i = 0; i < packages->len; i++) {
    const CrPackage *package = packages->pdata[i];
    if (package->module)
      set_label(modules, package->module);
  }
  for (guint i = 0; i < modules->lists->len; i++)
    add_defaults(modules, modules->lists->pdata[i]);
  for (guint i = 0; i < modules->lists->len; i++)
    cr_list_foreach(modules->lists->pdata[i], add_name, modules);
  return modules;
}

void cr_rpmmd_modules_free(CrRpmModules *modules)
{
  if (!modules)
    return;
  g_ptr_array_unref(modules->lists);
  g_hash_table_unref(modules->streams);
  g_hash_table_unref(modules->names);
  g_free(modules);
}

gboolean cr_rpmmd_modules_are_known(const CrRpmModules *modules)
{
  return modules->lists->len > 0;
}

/* Of one list: 1 a part of an active stream, 0 only of others, -1 of none. */
static int judge(const CrRpmModules *modules, const CrList *list, const CrListPackage *record)
{
  guint32 first = 0;
  guint count = cr_list_find(list, record->name, &first);
  int found = -1;
  for (guint i = 0; i < count && found < 1; i++) {
    CrListPackage part;
    cr_list_get_named(list, first, i, &part);
    if (!strcmp(part.version, record->version) && !strcmp(part.arch, record->arch))
      found = is_active(modules, part.advisory);
  }
  return found;
}

gboolean cr_rpmmd_modules_shows(const CrRpmModules *modules, const CrArchiveData *data, const CrListPackage *record)
{
  int found = -1;
  for (guint i = 0; i < modules->lists->len; i++)
    found = MAX(found, judge(modules, modules->lists->pdata[i], record));
  if (found >= 0)
    return found > 0;
  if (data->hotfixes)
    return TRUE;
  return !cr_rpmmd_is_modular(record->version) && !g_hash_table_contains(modules->names, record->name);
}
