/* SPDX-License-Identifier: Apache-2.0 */
#include "report/near.h"

#include <string.h>

#define LONGEST 64 /* longer words are not typing errors of each other */

/* Optimal string alignment distance, three rows. */
static guint measure_distance(const char *a, const char *b)
{
  gsize m = strlen(a), n = strlen(b);
  if (m > LONGEST || n > LONGEST)
    return G_MAXUINT;
  guint rows[3][LONGEST + 1];
  for (guint j = 0; j <= n; j++)
    rows[0][j] = j;
  for (guint i = 1; i <= m; i++) {
    guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (guint j = 1; j <= n; j++) {
      guint other = above[j - 1] + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));
      row[j] = MIN(other, MIN(above[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = MIN(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[m % 3][n];
}

/* 0: the same word; G_MAXUINT: not near. */
static guint rank_candidate(const char *word, const char *candidate)
{
  gsize length = strlen(word);
  if (!g_ascii_strcasecmp(word, candidate))
    return 0;
  guint distance = measure_distance(word, candidate);
  if (distance <= MAX(1, length / 3))
    return distance;
  if (length >= 2 && g_str_has_prefix(candidate, word))
    return 10;
  if (length >= 3 && strstr(candidate, word))
    return 20;
  return G_MAXUINT;
}

typedef struct {
  const char *name;
  guint rank;
} Ranked;

static gint compare_ranked(gconstpointer a, gconstpointer b)
{
  const Ranked *x = a, *y = b;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  gsize m = strlen(x->name), n = strlen(y->name);
  if (m != n)
    return m < n ? -1 : 1;
  return strcmp(x->name, y->name);
}

const char **cr_near_find(const char *word, const char *const *candidates, guint count, guint max)
{
  g_autoptr(GArray) near = g_array_new(FALSE, FALSE, sizeof(Ranked));
  for (guint i = 0; i < count; i++) {
    Ranked ranked = {.name = candidates[i], .rank = rank_candidate(word, candidates[i])};
    if (ranked.rank != G_MAXUINT)
      g_array_append_val(near, ranked);
  }
  g_array_sort(near, compare_ranked);
  const char **found = g_new0(const char *, max + 1);
  guint n = 0;
  for (guint i = 0; i < near->len && n < max; i++) {
    const char *name = g_array_index(near, Ranked, i).name;
    if (!n || strcmp(found[n - 1], name) != 0)
      found[n++] = name;
  }
  return found;
}

char *cr_near_format(const char *word, const char *const *candidates, guint count)
{
  g_autofree const char **near = cr_near_find(word, candidates, count, 3);
  if (!near[0])
    return NULL;
  GString *text = g_string_new(NULL);
  for (guint i = 0; near[i]; i++)
    g_string_append_printf(text, "%s'%s'", !i ? "" : near[i + 1] ? ", " : " or ", near[i]);
  return g_string_free(text, FALSE);
}
