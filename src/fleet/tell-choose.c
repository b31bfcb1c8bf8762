/* SPDX-License-Identifier: Apache-2.0 */
/* Who knows what already. What one has been told is a text, a key a line, sorted; behind the key of a problem and a
 * tab, how it was told, for its end. Pure. */
#include <string.h>

#include "fleet/tell.h"
#include "base/order.h"

#define PROBLEM "problem "

/* Keys are lines: what is in them may have none of its own. */
static char *format_key(const char *key)
{
  char *line = g_strdup(key);
  return g_strdelimit(line, "\r\n\t", ' ');
}

static void add_key(GHashTable *keys, const CrTellItem *item)
{
  if (item->key)
    g_hash_table_replace(keys, format_key(item->key),
                         g_str_has_prefix(item->key, PROBLEM) ? format_key(item->text) : NULL);
}

static GHashTable *parse_told(const char *told)
{
  GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_auto(GStrv) lines = g_strsplit(told ? told : "", "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *tab = strchr(lines[i], '\t');
    if (*lines[i])
      g_hash_table_replace(known, tab ? g_strndup(lines[i], (gsize)(tab - lines[i])) : g_strdup(lines[i]),
                           tab ? g_strdup(tab + 1) : NULL);
  }
  return known;
}

static GHashTable *list_keys(const GPtrArray *items)
{
  GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < items->len; i++)
    add_key(keys, items->pdata[i]);
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
    if (g_str_has_prefix(key, PROBLEM) && !g_hash_table_contains(now, key))
      g_ptr_array_add(ends, key);
  g_ptr_array_sort(ends, cr_compare_texts);
  for (guint i = 0; i < ends->len; i++) {
    CrTellItem *item = cr_arena_new0(arena, CrTellItem);
    item->kind = "well";
    const char *text = g_hash_table_lookup(known, ends->pdata[i]);
    item->text = cr_arena_strdup(arena, text ? text : (const char *)ends->pdata[i] + strlen(PROBLEM));
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
  g_autoptr(GHashTable) all = parse_told(complete ? NULL : told);
  g_autoptr(GPtrArray) keys = g_ptr_array_new();
  GHashTableIter iter;
  gpointer key;
  for (guint i = 0; i < items->len; i++)
    add_key(all, items->pdata[i]);
  g_hash_table_iter_init(&iter, all);
  while (g_hash_table_iter_next(&iter, &key, NULL))
    g_ptr_array_add(keys, key);
  g_ptr_array_sort(keys, cr_compare_texts);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < keys->len; i++) {
    const char *how = g_hash_table_lookup(all, keys->pdata[i]);
    g_string_append_printf(text, "%s%s%s\n", (const char *)keys->pdata[i], how ? "\t" : "", how ? how : "");
  }
  return g_string_free(text, FALSE);
}
