/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/support-load.h"

#include "base/error.h"
#include "base/limits.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_TYPE   "a(sxay)"
#define PRODUCT_TYPE "(xay)"
/* endoflife.date changes a few times a year. */
#define PRODUCT_FRESH_SECONDS (24 * 60 * 60)
#define PRODUCT_URL           "https://endoflife.date/api"

static GPtrArray *new_list(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify)cr_support_file_free);
}

static void add_file(GPtrArray *list, const char *name, gint64 mtime, GBytes *bytes)
{
  CrSupportFile *file = g_new0(CrSupportFile, 1);
  file->name = g_strdup(name);
  file->mtime = mtime;
  file->bytes = bytes;
  g_ptr_array_add(list, file);
}

/* ---- the cache: what was read out of a package once ---- */

static GBytes *pack(GVariant *value)
{
  g_autoptr(GVariant) owned = g_variant_ref_sink(value);
  return g_variant_get_data_as_bytes(owned);
}

/* Whatever the file holds, this has the type: GVariant checks each value that is not trusted when it is asked for. */
static GVariant *unpack(GBytes *bytes, const char *type)
{
  return g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));
}

static void store(const CrCache *cache, const char *name, GVariant *value)
{
  g_autoptr(GBytes) bytes = pack(value);
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  cr_cache_store(cache, "support", name, data, size, NULL); /* not kept: fetched again the next time */
}

static GVariant *make_bytes(GBytes *bytes)
{
  return g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

static GBytes *take_bytes(GVariant *value)
{
  return g_variant_get_data_as_bytes(value);
}

static GPtrArray *load_cached(const CrCache *cache, const char *name)
{
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "support", name);
  if (!bytes)
    return NULL;
  g_autoptr(GVariant) value = unpack(bytes, FILES_TYPE);
  g_autoptr(GPtrArray) list = new_list();
  for (gsize i = 0; i < g_variant_n_children(value) && i < CR_LIMIT_SUPPORT_FILES; i++) {
    const char *file = NULL;
    gint64 mtime = 0;
    g_autoptr(GVariant) content = NULL;
    g_autoptr(GVariant) row = g_variant_get_child_value(value, i);
    g_variant_get(row, "(&sx@ay)", &file, &mtime, &content);
    add_file(list, file, mtime, take_bytes(content));
  }
  return list->len ? g_steal_pointer(&list) : NULL;
}

static void store_files(const CrCache *cache, const char *name, GPtrArray *list)
{
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE(FILES_TYPE));
  for (guint i = 0; i < list->len; i++) {
    const CrSupportFile *file = list->pdata[i];
    g_variant_builder_add(&builder, "(sx@ay)", file->name, file->mtime, make_bytes(file->bytes));
  }
  store(cache, name, g_variant_builder_end(&builder));
}

/* ---- a package of the signed archive ---- */

CrSupportFiles *cr_support_load_package(CrArchives *archives, const char *package, const char *folder,
                                        const CrVendorOptions *options, GError **error)
{
  CrArchiveFile found;
  if (!archives || !cr_archives_find_file(archives, package, &found))
    return NULL;
  g_autofree char *name = g_strdup_printf("%s-%s", package, found.sha256);
  g_autoptr(GPtrArray) list = load_cached(options->cache, name);
  if (!list) {
    g_autoptr(GBytes) deb = cr_archives_fetch_file(archives, &found, options, error);
    if (!deb)
      return NULL;
    list = cr_support_read_deb(deb, folder, error);
    if (!list)
      return NULL;
    store_files(options->cache, name, list);
  }
  CrSupportFiles *files = g_new0(CrSupportFiles, 1);
  files->files = g_steal_pointer(&list);
  files->name = g_strdup_printf("%s %s (%s)", package, found.version, found.archive->name);
  return files;
}

/* ---- this system's copy ---- */

static GBytes *read_system_file(const char *path, gint64 *mtime)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;
  if (fd < 0)
    return NULL;
  GBytes *bytes = NULL;
  if (!fstat(fd, &info) && S_ISREG(info.st_mode) && (guint64)info.st_size <= CR_LIMIT_SMALL_FILE) {
    g_autofree char *text = g_malloc((gsize)info.st_size + 1);
    ssize_t got = read(fd, text, (gsize)info.st_size);
    if (got == info.st_size)
      bytes = g_bytes_new_take(g_steal_pointer(&text), (gsize)got);
    *mtime = info.st_mtime;
  }
  close(fd);
  return bytes;
}

CrSupportFiles *cr_support_load_system(const char *package, const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  if (!dir)
    return NULL;
  g_autoptr(CrSupportFiles) files = g_new0(CrSupportFiles, 1);
  files->files = new_list();
  gint64 newest = 0;
  for (const char *name = g_dir_read_name(dir); name && files->files->len < CR_LIMIT_SUPPORT_FILES;
       name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gint64 mtime = 0;
    GBytes *bytes = read_system_file(path, &mtime);
    if (!bytes)
      continue;
    add_file(files->files, name, mtime, bytes);
    newest = MAX(newest, mtime);
  }
  if (!files->files->len)
    return NULL;
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(newest);
  g_autofree char *day = date ? g_date_time_format(date, "%Y-%m-%d") : g_strdup("an unknown day");
  files->name = g_strdup_printf("%s of %s (this system's)", package, day);
  return g_steal_pointer(&files);
}

/* ---- endoflife.date ---- */

/* The address after --mirror: the longest prefix of URL that MIRRORS names is exchanged. */
static char *map_url(GHashTable *mirrors, const char *url)
{
  gsize best = 0;
  const char *target = NULL;
  GHashTableIter iter;
  gpointer key = NULL, value = NULL;
  if (mirrors)
    g_hash_table_iter_init(&iter, mirrors);
  while (mirrors && g_hash_table_iter_next(&iter, &key, &value)) {
    gsize length = strlen(key);
    if (length > best && g_str_has_prefix(url, key) && (url[length] == '/' || url[length - 1] == '/')) {
      best = length;
      target = value;
    }
  }
  return target ? g_strconcat(target, url + best, NULL) : g_strdup(url);
}

static GBytes *recall_product(const CrCache *cache, const char *name, gint64 *asked)
{
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "support", name);
  if (!bytes)
    return NULL;
  g_autoptr(GVariant) value = unpack(bytes, PRODUCT_TYPE);
  g_autoptr(GVariant) content = NULL;
  g_variant_get(value, "(x@ay)", asked, &content);
  return take_bytes(content);
}

static GBytes *fetch_product(const char *product, const CrVendorOptions *options, GError **error)
{
  g_autofree char *address = g_strdup_printf("%s/%s.json", PRODUCT_URL, product);
  g_autofree char *url = map_url(options->mirrors, address);
  CrHttpRequest request = {.url = url, .max_bytes = CR_LIMIT_SMALL_FILE, .timeout_ms = 30000};
  g_autoptr(CrHttpResponse) response = cr_http_fetch(options->http, &request, error);
  if (!response)
    return NULL;
  if (response->status == 200)
    return g_bytes_ref(response->body);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s answered %d", address, response->status);
  return NULL;
}

GBytes *cr_support_load_product(const char *product, const CrVendorOptions *options, gint64 *asked, GError **error)
{
  GBytes *at_hand = options->find_product ? options->find_product(product, asked, options->product_data) : NULL;
  if (at_hand)
    return at_hand;
  g_autofree char *name = g_strdup_printf("endoflife-%s", product);
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  g_autoptr(GBytes) kept = recall_product(options->cache, name, asked);
  if (kept && *asked <= now && now - *asked < PRODUCT_FRESH_SECONDS)
    return g_steal_pointer(&kept);
  GBytes *fetched = fetch_product(product, options, kept ? NULL : error);
  if (!fetched)
    return g_steal_pointer(&kept);
  *asked = now;
  store(options->cache, name, g_variant_new("(x@ay)", now, make_bytes(fetched)));
  return fetched;
}
