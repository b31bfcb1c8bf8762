/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/rules.h"

#include <string.h>

int cr_lineage_count_prefix(const CrImage *image, const CrImage *base)
{
  if (!base->layer_count || base->layer_count > image->layer_count)
    return -1;
  for (guint i = 0; i < base->layer_count; i++)
    if (!image->layers[i].diff_id || !base->layers[i].diff_id ||
        strcmp(image->layers[i].diff_id, base->layers[i].diff_id) != 0)
      return -1;
  return (int)base->layer_count;
}

/* Lower is better known: official names have no folder, "latest" says least, "localhost/" is podman's word for no
 * registry. */
static int rank_name(const char *name, const char *preferred)
{
  const char *slash = strrchr(name, '/');
  const char *tag = strchr(slash ? slash : name, ':');
  int rank = 0;
  if (preferred && !strcmp(name, preferred))
    return -1;
  rank += slash ? 4 : 0;
  rank += g_str_has_prefix(name, "localhost/") ? 2 : 0;
  rank += tag && !strcmp(tag, ":latest") ? 1 : 0;
  return rank;
}

static gboolean is_better(const char *name, const char *than, const char *preferred)
{
  if (!than)
    return TRUE;
  int a = rank_name(name, preferred), b = rank_name(than, preferred);
  if (a != b)
    return a < b;
  gsize length = strlen(name), other = strlen(than);
  return length != other ? length < other : strcmp(name, than) < 0;
}

static gboolean has_tag(const CrImage *image, const char *tag)
{
  return image->repo_tags && g_strv_contains(image->repo_tags, tag);
}

gboolean cr_lineage_by_layers(const CrImage *image, GPtrArray *known, const char *preferred, CrArena *arena,
                              CrBase *out, const CrImage **found)
{
  const CrImage *best = NULL;
  const char *best_name = NULL;
  for (guint i = 0; i < known->len; i++) {
    const CrImage *candidate = known->pdata[i];
    int layers = cr_lineage_count_prefix(image, candidate);
    if (layers <= 0 || layers >= (int)image->layer_count || !candidate->repo_tags)
      continue;
    if (best && (guint)layers < best->layer_count)
      continue;
    for (guint t = 0; candidate->repo_tags[t]; t++) {
      const char *tag = candidate->repo_tags[t];
      if (strstr(tag, "<none>") || has_tag(image, tag))
        continue;
      const char *name = cr_lineage_format_name(tag, arena);
      gboolean longer = !best || (guint)layers > best->layer_count;
      if (longer || is_better(name, best_name, preferred)) {
        best = candidate;
        best_name = name;
      }
    }
  }
  if (!best)
    return FALSE;
  out->name = best_name;
  out->digest = NULL;
  out->layers = (int)best->layer_count;
  out->how = "layers";
  if (found)
    *found = best;
  return TRUE;
}
