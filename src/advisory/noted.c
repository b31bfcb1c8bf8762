/* SPDX-License-Identifier: Apache-2.0 */
/* One name a line, sorted. Two scans at once may lose a name of one of them; the next scan of that image brings it
 * back. */
#include <string.h>

#include "advisory/database-write.h"
#include "advisory/refresh.h"
#include "base/limits.h"
#include "base/order.h"

#define NAME "noted"
/* Releases of all distributions that OSV knows are some hundred; more is a hostile os-release in a loop. */
#define MOST 2000

char **cr_advisories_get_noted(const CrCache *cache)
{
  g_autoptr(GBytes) bytes = cr_cache_load(cache, CR_DATABASE_AREA, NAME);
  gsize size = 0;
  const char *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *text = g_strndup(data ? data : "", MIN(size, CR_MIB));
  g_auto(GStrv) lines = g_strsplit(text, "\n", MOST);
  GPtrArray *names = g_ptr_array_new();
  for (guint i = 0; lines[i]; i++)
    if (*lines[i])
      g_ptr_array_add(names, g_strdup(lines[i]));
  g_ptr_array_sort(names, cr_compare_texts);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}

static gboolean is_name(const char *text)
{
  gsize length = strlen(text);
  return length && length <= 200 && g_utf8_validate(text, -1, NULL) && !strpbrk(text, "\r\n");
}

void cr_advisories_note(const CrCache *cache, CrStrv ecosystems)
{
  g_auto(GStrv) known = cr_advisories_get_noted(cache);
  g_autoptr(GPtrArray) all = g_ptr_array_new();
  for (guint i = 0; known[i]; i++)
    g_ptr_array_add(all, known[i]);
  guint before = all->len;
  for (guint i = 0; ecosystems[i] && all->len < MOST - 1; i++)
    if (is_name(ecosystems[i]) && !g_ptr_array_find_with_equal_func(all, ecosystems[i], g_str_equal, NULL))
      g_ptr_array_add(all, (gpointer)ecosystems[i]);
  if (all->len == before)
    return;
  g_ptr_array_sort(all, cr_compare_texts);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < all->len; i++)
    g_string_append_printf(text, "%s\n", (const char *)all->pdata[i]);
  cr_cache_store(cache, CR_DATABASE_AREA, NAME, text->str, text->len, NULL);
}
