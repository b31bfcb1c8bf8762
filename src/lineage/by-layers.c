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

/* Does the repository of NAME ("debian:12") and of DIGEST ("debian@sha256:…") agree? */
static gboolean is_same_repository(const char *name, const char *digest, CrArena *arena)
{
  const char *other = cr_lineage_format_name(digest, arena);
  const char *tag = strrchr(name, ':'), *other_tag = strrchr(other, ':');
  return tag && other_tag && tag - name == other_tag - other && !strncmp(name, other, (gsize)(tag - name));
}

const char *cr_lineage_find_digest(const CrImage *image, const char *name, CrArena *arena)
{
  for (guint i = 0; image->repo_digests && image->repo_digests[i]; i++) {
    const char *at = strchr(image->repo_digests[i], '@');
    if (at && is_same_repository(name, image->repo_digests[i], arena))
      return at + 1;
  }
  return NULL;
}

static gboolean is_tag(const char *tag)
{
  return !strstr(tag, "<none>");
}

static gboolean is_tagged(const CrImage *image)
{
  for (guint t = 0; image->repo_tags && image->repo_tags[t]; t++)
    if (is_tag(image->repo_tags[t]))
      return TRUE;
  return FALSE;
}

/* The one tag that the repository of DIGEST has among KNOWN, or NULL. */
static const char *find_only_tag(GPtrArray *known, const char *digest, CrArena *arena)
{
  const char *only = NULL;
  for (guint i = 0; i < known->len; i++) {
    const CrImage *image = known->pdata[i];
    for (guint t = 0; image->repo_tags && image->repo_tags[t]; t++) {
      if (!is_tag(image->repo_tags[t]))
        continue;
      const char *name = cr_lineage_format_name(image->repo_tags[t], arena);
      if (!is_same_repository(name, digest, arena))
        continue;
      if (only && strcmp(only, name) != 0)
        return NULL;
      only = name;
    }
  }
  return only;
}

/* Lower is better known: official names have no folder, "latest" says least, "localhost/" is podman's word for no
 * registry. */
static int rank_name(const CrImage *image, const char *name, const char *preferred, CrArena *arena)
{
  const char *slash = strrchr(name, '/');
  const char *tag = strchr(slash ? slash : name, ':');
  int rank = 0;
  if (preferred && !strcmp(name, preferred))
    return -1;
  rank += cr_lineage_find_digest(image, name, arena) ? 0 : 8;
  rank += slash ? 4 : 0;
  rank += g_str_has_prefix(name, "localhost/") ? 2 : 0;
  rank += tag && !strcmp(tag, ":latest") ? 1 : 0;
  return rank;
}

typedef struct {
  const CrImage *image; /* NULL: none yet */
  const char *name;
  int rank;
} Best;

static void offer(Best *best, const CrImage *image, const char *name, const char *preferred, CrArena *arena)
{
  int rank = rank_name(image, name, preferred, arena);
  gboolean better = !best->image || image->layer_count > best->image->layer_count || rank < best->rank;
  if (!better && rank == best->rank) {
    gsize length = strlen(name), other = strlen(best->name);
    better = length != other ? length < other : strcmp(name, best->name) < 0;
  }
  if (better)
    *best = (Best){image, name, rank};
}

/* A tag that IMAGE has as well is its own name, not its base's. */
static gboolean is_own_tag(const CrImage *image, const char *tag)
{
  return image->repo_tags && g_strv_contains(image->repo_tags, tag);
}

static void offer_names(Best *best, const CrImage *image, const CrImage *candidate, GPtrArray *known,
                        const char *preferred, CrArena *arena)
{
  for (guint t = 0; candidate->repo_tags && candidate->repo_tags[t]; t++) {
    const char *tag = candidate->repo_tags[t];
    if (is_tag(tag) && !is_own_tag(image, tag))
      offer(best, candidate, cr_lineage_format_name(tag, arena), preferred, arena);
  }
  if (is_tagged(candidate))
    return;
  for (guint i = 0; candidate->repo_digests && candidate->repo_digests[i]; i++) {
    const char *name = find_only_tag(known, candidate->repo_digests[i], arena);
    if (name)
      offer(best, candidate, name, preferred, arena);
  }
}

gboolean cr_lineage_by_layers(const CrImage *image, GPtrArray *known, const char *preferred, CrArena *arena,
                              CrBase *out, const CrImage **found)
{
  Best best = {NULL, NULL, 0};
  for (guint i = 0; i < known->len; i++) {
    const CrImage *candidate = known->pdata[i];
    int layers = cr_lineage_count_prefix(image, candidate);
    if (layers <= 0 || layers >= (int)image->layer_count)
      continue;
    if (!best.image || (guint)layers >= best.image->layer_count)
      offer_names(&best, image, candidate, known, preferred, arena);
  }
  if (!best.image)
    return FALSE;
  out->name = best.name;
  out->digest = cr_lineage_find_digest(best.image, best.name, arena);
  out->layers = (int)best.image->layer_count;
  out->how = "layers";
  if (found)
    *found = best.image;
  return TRUE;
}
