/* SPDX-License-Identifier: Apache-2.0 */
/* careen cache ls, careen cache prune. */
#include "base/cache.h"
#include "base/json.h"
#include "cli/command.h"
#include "report/text.h"

#include <string.h>

/* What the three switches of prune mean in folders of the cache. */
static const struct {
  const char *area;
  gsize offset;
} areas[] = {
    {"layers", offsetof(CrSettings, layers)},       {"archives", offsetof(CrSettings, archives)},
    {"changelogs", offsetof(CrSettings, archives)}, {"support", offsetof(CrSettings, archives)},
    {"packages", offsetof(CrSettings, archives)},   {"advisories", offsetof(CrSettings, advisories)},
};

static gboolean wants_json(const CrCall *call)
{
  return call->settings->format && !strcmp(call->settings->format, "json");
}

static int write_writer(const CrCall *call, CrJsonWriter *writer, GError **error)
{
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  return cr_output_write(call->output, text, size, error) ? 0 : -1;
}

/* ---- ls ---- */

static char *format_time(gint64 seconds)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
  return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
}

static int list_as_json(const CrCall *call, const char *dir, GPtrArray *items, GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  guint64 total = 0;
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.cache/1");
  cr_json_key_string(writer, "dir", dir);
  cr_json_key(writer, "items");
  cr_json_begin_array(writer);
  for (guint i = 0; i < items->len; i++) {
    const CrCacheItem *item = items->pdata[i];
    g_autofree char *used = format_time(item->used);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "area", item->area);
    cr_json_key_string(writer, "name", item->name);
    cr_json_key_integer(writer, "size", (gint64)item->size_bytes);
    cr_json_key_string(writer, "used", used);
    cr_json_end_object(writer);
    total += item->size_bytes;
  }
  cr_json_end_array(writer);
  cr_json_key_integer(writer, "size", (gint64)total);
  cr_json_end_object(writer);
  return write_writer(call, writer, error);
}

typedef struct {
  const char *area;
  guint count;
  guint64 bytes;
  gint64 oldest, newest;
} Area;

static Area *get_area(GArray *found, const char *name)
{
  for (guint i = 0; i < found->len; i++)
    if (!strcmp(g_array_index(found, Area, i).area, name))
      return &g_array_index(found, Area, i);
  Area area = {.area = name, .oldest = G_MAXINT64};
  g_array_append_val(found, area);
  return &g_array_index(found, Area, found->len - 1);
}

static void append_items(CrText *text, GPtrArray *items)
{
  CrTextGrid *grid = cr_text_grid_new(text, 4);
  cr_text_grid_align_right(grid, 1);
  for (guint i = 0; i < items->len; i++) {
    const CrCacheItem *item = items->pdata[i];
    g_autofree char *size = g_format_size_full(item->size_bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *used = format_time(item->used);
    cr_text_grid_add(grid, item->area, size, used, item->name, NULL);
  }
  cr_text_grid_end(grid);
}

static int list_as_table(const CrCall *call, const char *dir, GPtrArray *items, GError **error)
{
  g_autoptr(CrText) text = cr_text_new(cr_output_get_width(call->output), FALSE);
  g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Area));
  guint64 total = 0;
  for (guint i = 0; i < items->len; i++) {
    const CrCacheItem *item = items->pdata[i];
    Area *area = get_area(found, item->area);
    area->count++;
    area->bytes += item->size_bytes;
    area->oldest = MIN(area->oldest, item->used);
    area->newest = MAX(area->newest, item->used);
    total += item->size_bytes;
  }
  g_autofree char *sum = g_format_size_full(total, G_FORMAT_SIZE_IEC_UNITS);
  cr_text_line(text, "%s  %s in %u item%s", dir, sum, items->len, items->len == 1 ? "" : "s");
  if (call->settings->all) {
    append_items(text, items);
  } else {
    CrTextGrid *grid = cr_text_grid_new(text, 4);
    cr_text_grid_align_right(grid, 1);
    cr_text_grid_align_right(grid, 2);
    for (guint i = 0; i < found->len; i++) {
      const Area *area = &g_array_index(found, Area, i);
      g_autofree char *count = g_strdup_printf("%u", area->count);
      g_autofree char *size = g_format_size_full(area->bytes, G_FORMAT_SIZE_IEC_UNITS);
      g_autofree char *newest = format_time(area->newest);
      g_autofree char *used = g_strdup_printf("last used %.10s", newest);
      cr_text_grid_add(grid, area->area, count, size, used, NULL);
    }
    cr_text_grid_end(grid);
  }
  return cr_output_write(call->output, text->out->str, text->out->len, error) ? 0 : -1;
}

static int run_ls(const CrCall *call, GError **error)
{
  g_autoptr(CrCache) cache = cr_cache_new(call->settings->cache_dir);
  g_autoptr(GPtrArray) items = cr_cache_list(cache, NULL, error);
  if (!items)
    return -1;
  const char *dir = cr_cache_get_dir(cache);
  return wants_json(call) ? list_as_json(call, dir, items, error) : list_as_table(call, dir, items, error);
}

static const CrExample ls_examples[] = {
    {"careen cache ls", "how much each part of the cache takes, and when it was last used"},
    {"careen cache ls --all", "every file, least recently used first"},
    {NULL, NULL},
};

const CrCommand cr_command_cache_ls = {
    .name = "cache ls",
    .summary = "what the cache holds",
    .description = "List what is kept so that it need not be read or fetched again: indexes of layers, package lists, "
                   "changelogs, support data. All of it is safe to delete at any time.",
    .examples = ls_examples,
    .run = run_ls,
};

/* ---- prune ---- */

static gboolean prune_areas(const CrCall *call, CrCache *cache, guint64 *bytes, guint *count, GError **error)
{
  const CrSettings *settings = call->settings;
  gboolean some = settings->layers || settings->archives || settings->advisories;
  guint64 cap = settings->cache_size ? settings->cache_size : CR_CACHE_DEFAULT_BYTES;
  for (guint i = 0; i < G_N_ELEMENTS(areas); i++) {
    gboolean named = *(const gboolean *)(gconstpointer)((const char *)settings + areas[i].offset);
    if (some && !named)
      continue;
    guint removed = 0;
    g_autoptr(GError) why = NULL;
    *bytes += cr_cache_prune(cache, areas[i].area, settings->all ? 0 : cap, &removed, &why);
    *count += removed;
    if (why) {
      g_propagate_error(error, g_steal_pointer(&why));
      return FALSE;
    }
  }
  return TRUE;
}

static int run_prune(const CrCall *call, GError **error)
{
  g_autoptr(CrCache) cache = cr_cache_new(call->settings->cache_dir);
  guint64 bytes = 0;
  guint count = 0;
  if (!prune_areas(call, cache, &bytes, &count, error))
    return -1;
  if (wants_json(call)) {
    g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "schema", "careen.cache-prune/1");
    cr_json_key_string(writer, "dir", cr_cache_get_dir(cache));
    cr_json_key_integer(writer, "removed", count);
    cr_json_key_integer(writer, "size", (gint64)bytes);
    cr_json_end_object(writer);
    return write_writer(call, writer, error);
  }
  if (call->settings->quiet)
    return 0;
  g_autoptr(CrText) text = cr_text_new(cr_output_get_width(call->output), FALSE);
  g_autofree char *size = g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
  cr_text_line(text, "removed %u item%s, %s", count, count == 1 ? "" : "s", size);
  return cr_output_write(call->output, text->out->str, text->out->len, error) ? 0 : -1;
}

static const CrExample prune_examples[] = {
    {"careen cache prune", "bring every part down to the cap of 4 GiB, least recently used first"},
    {"careen cache prune --all --layers", "forget every layer; the next scan reads them again"},
    {"careen cache prune --cache-size 500M", "keep at most 500 MiB of each part"},
    {NULL, NULL},
};

const CrCommand cr_command_cache_prune = {
    .name = "cache prune",
    .summary = "make the cache smaller, or empty it",
    .description = "Remove the least recently used until each part is at most --cache-size; with --all everything. "
                   "--layers, --archives and --advisories choose parts. Nothing is lost but time.",
    .examples = prune_examples,
    .run = run_prune,
};
