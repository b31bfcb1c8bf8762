/* SPDX-License-Identifier: Apache-2.0 */
/* One flaw has many names. Hits that share one are one finding. */
#include "advisory/matching.h"

#include <string.h>

gboolean cr_name_is_cve(const char *name)
{
  return g_str_has_prefix(name, "CVE-") && g_ascii_isdigit(name[4]);
}

const char *cr_name_strip(const char *name)
{
  static const char *const publishers[] = {"DEBIAN-", "UBUNTU-", "ALPINE-", "BIT-", NULL};
  for (guint i = 0; publishers[i]; i++)
    if (g_str_has_prefix(name, publishers[i]) && cr_name_is_cve(name + strlen(publishers[i])))
      return name + strlen(publishers[i]);
  return name;
}

gboolean cr_name_is_erratum(const char *name)
{
  static const char *const prefixes[] = {"DSA-",  "DLA-",  "DTSA-", "ELA-",  "USN-",  "LSN-",
                                         "RHSA-", "RHBA-", "RHEA-", "ALSA-", "ALBA-", "ALEA-",
                                         "RLSA-", "RLBA-", "RLEA-", "RXSA-", "ELSA-", NULL};
  for (guint i = 0; prefixes[i]; i++)
    if (g_str_has_prefix(name, prefixes[i]))
      return TRUE;
  return FALSE;
}

int cr_name_compare(const char *a, const char *b)
{
  gboolean cve_a = cr_name_is_cve(a), cve_b = cr_name_is_cve(b);
  if (cve_a != cve_b)
    return cve_a ? -1 : 1;
  if (cve_a) { /* CVE-YEAR-NUMBER: years have four digits, numbers four or more without zeros in front */
    int year = strncmp(a, b, strlen("CVE-YYYY"));
    if (!year && strlen(a) != strlen(b))
      return strlen(a) < strlen(b) ? -1 : 1;
  }
  return strcmp(a, b);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
  return cr_name_compare(*(const char *const *)a, *(const char *const *)b);
}

/* ---- groups ---- */

typedef struct {
  GArray *parents;   /* guint: union-find over the hits */
  GHashTable *first; /* name → index of the first hit that has it, plus one */
} Union;

static guint find_root(const Union *all, guint i)
{
  guint *parents = (guint *)(gpointer)all->parents->data;
  while (parents[i] != i)
    i = parents[i] = parents[parents[i]];
  return i;
}

static void join(Union *all, const char *name, guint i)
{
  name = cr_name_strip(name);
  guint other = GPOINTER_TO_UINT(g_hash_table_lookup(all->first, name));
  if (!other) {
    g_hash_table_insert(all->first, (gpointer)name, GUINT_TO_POINTER(i + 1));
    return;
  }
  guint a = find_root(all, i), b = find_root(all, other - 1);
  g_array_index(all->parents, guint, MAX(a, b)) = MIN(a, b); /* the first hit leads */
}

static void add_name(GPtrArray *names, const char *name)
{
  name = cr_name_strip(name);
  for (guint i = 0; i < names->len; i++)
    if (!strcmp(names->pdata[i], name))
      return;
  g_ptr_array_add(names, (gpointer)name);
}

/* An erratum lends its own id as one more name, but not the other flaws that it fixes. */
static void add_names(GPtrArray *names, const CrHit *hit)
{
  if (hit->name)
    add_name(names, hit->name);
  add_name(names, hit->advisory->id);
  for (guint i = 0; !hit->name && hit->advisory->aliases[i]; i++)
    add_name(names, hit->advisory->aliases[i]);
}

static CrHitGroup *make_group(GPtrArray *hits, CrArena *arena)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  gboolean heard = FALSE;
  for (guint i = 0; i < hits->len; i++) {
    add_names(names, hits->pdata[i]);
    heard = heard || !((const CrHit *)hits->pdata[i])->mute;
  }
  if (!heard)
    return NULL;
  g_ptr_array_sort(names, compare_names);
  CrHitGroup *group = cr_arena_new0(arena, CrHitGroup);
  group->id = names->pdata[0];
  const char **aliases = cr_arena_alloc(arena, (names->len + 1) * sizeof *aliases);
  for (guint i = 1; i < names->len; i++)
    aliases[i - 1] = names->pdata[i];
  group->aliases = aliases;
  group->hits = hits;
  return group;
}

static int compare_hits(gconstpointer a, gconstpointer b)
{
  const CrHit *one = *(const CrHit *const *)a, *other = *(const CrHit *const *)b;
  if (one->mute != other->mute)
    return one->mute ? 1 : -1;
  return one < other ? -1 : one > other; /* as the matcher gave them: the steward's own word first */
}

static int compare_groups(gconstpointer a, gconstpointer b)
{
  return cr_name_compare((*(const CrHitGroup *const *)a)->id, (*(const CrHitGroup *const *)b)->id);
}

static void free_group(gpointer data)
{
  g_ptr_array_unref(((CrHitGroup *)data)->hits); /* the rest is the arena's */
}

GPtrArray *cr_names_group(const GArray *hits, CrArena *arena)
{
  g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GArray) parents = g_array_sized_new(FALSE, FALSE, sizeof(guint), hits->len);
  Union all = {parents, first};
  for (guint i = 0; i < hits->len; i++) {
    const CrHit *hit = &g_array_index(hits, CrHit, i);
    g_array_append_val(parents, i);
    join(&all, hit->name ? hit->name : hit->advisory->id, i);
    for (guint k = 0; !hit->name && hit->advisory->aliases[k]; k++)
      join(&all, hit->advisory->aliases[k], i);
  }
  g_autofree GPtrArray **members = g_new0(GPtrArray *, hits->len + 1);
  for (guint i = 0; i < hits->len; i++) {
    guint root = find_root(&all, i);
    members[root] = members[root] ? members[root] : g_ptr_array_new();
    g_ptr_array_add(members[root], &g_array_index(hits, CrHit, i));
  }
  GPtrArray *groups = g_ptr_array_new_with_free_func(free_group);
  for (guint i = 0; i < hits->len; i++) {
    if (!members[i])
      continue;
    g_ptr_array_sort(members[i], compare_hits);
    CrHitGroup *group = make_group(members[i], arena);
    if (group)
      g_ptr_array_add(groups, group);
    else
      g_ptr_array_unref(members[i]);
  }
  g_ptr_array_sort(groups, compare_groups);
  return groups;
}
