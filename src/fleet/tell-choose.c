/* SPDX-License-Identifier: Apache-2.0 */
/* Who knows what already. What one has been told is a text, a key a line, sorted. Pure. */
#include <string.h>

#include "fleet/tell.h"

static int compare_texts(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Keys are lines: what is in them may have none of its own. */
static char *format_key(const char *key)
{
  char *line = g_strdup(key);
  return g_strdelimit(line, "\r\n", ' ');
}

static GHashTable *parse_told(const char *told)
{
  GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_auto(GStrv) lines = g_strsplit(told ? told : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i])
      g_hash_table_add(known, g_strdup(lines[i]));
  return known;
}

static GHashTable *list_keys(const GPtrArray *items)
{
  GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < items->len; i++) {
    const CrTellItem *item = items->pdata[i];
    if (item->key)
      g_hash_table_add(keys, format_key(item->key));
  }
  return keys;
}

/* Problems that were told of and are none any more. */
static void add_ends(GPtrArray *news, GHashTable *known, GHashTable *now, CrArena *arena)
{
  g_autoptr(GPtrArray) ends = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, known);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    if (g_str_has_prefix(key, "problem ") && !g_hash_table_contains(now, key))
      g_ptr_array_add(ends, key);
  g_ptr_array_sort(ends, compare_texts);
  for (guint i = 0; i < ends->len; i++) {
    CrTellItem *item = cr_arena_new0(arena, CrTellItem);
    item->kind = "well";
    item->text = cr_arena_strdup(arena, (const char *)ends->pdata[i] + strlen("problem "));
    g_ptr_array_add(news, item);
  }
}

GPtrArray *cr_tell_choose(const GPtrArray *items, const char *told, gboolean complete, CrArena *arena)
{
  g_autoptr(GHashTable) known = parse_told(told), now = list_keys(items);
  GPtrArray *news = g_ptr_array_new();
  for (guint i = 0; i < items->len; i++) {
    CrTellItem *item = items->pdata[i];
    g_autofree char *key = item->key ? format_key(item->key) : NULL;
    if (!key || !g_hash_table_contains(known, key))
      g_ptr_array_add(news, item);
  }
  if (complete)
    add_ends(news, known, now, arena);
  return news;
}

/* What is known from now on; where not everything was looked at, what was known before stays known. */
char *cr_tell_format_told(const GPtrArray *items, const char *told, gboolean complete)
{
  g_autoptr(GHashTable) all = list_keys(items), known = parse_told(complete ? NULL : told);
  g_autoptr(GPtrArray) lines = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, all);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    g_ptr_array_add(lines, key);
  g_hash_table_iter_init(&iter, known);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    if (!g_hash_table_contains(all, key))
      g_ptr_array_add(lines, key);
  g_ptr_array_sort(lines, compare_texts);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf(text, "%s\n", (const char *)lines->pdata[i]);
  return g_string_free(text, FALSE);
}
