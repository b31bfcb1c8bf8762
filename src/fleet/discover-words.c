/* SPDX-License-Identifier: Apache-2.0 */
/* What images say of themselves. Where a parent is declared their layers are the check on it; where none is, they are
 * the witness (lineage/rules.h has the rules for one image). */
#include "fleet/discover.h"

#include "fleet/layer-trie.h"
#include "lineage/rules.h"

#include <string.h>

/* ---- layers against what was declared ---- */

/* Are BASE's layers the lowest of LAYERS? Equal ones are: an image of ENV and CMD alone adds none. */
static gboolean is_prefix(CrStrv base, CrStrv layers)
{
  guint i = 0;
  while (base[i] && layers[i] && !strcmp(base[i], layers[i]))
    i++;
  return !base[i];
}

/* Shares it anything? A squashed child or one of another builder has none of its base's layers, and nothing can be said
 * of its age. */
static gboolean shares_bottom(CrStrv a, CrStrv b)
{
  return a && b && a[0] && b[0] && !strcmp(a[0], b[0]);
}

static const char *find_tag_repository(const char *name, char **repository)
{
  const char *slash = strrchr(name, '/'), *tag = strchr(slash ? slash : name, ':');
  *repository = tag ? g_strndup(name, (gsize)(tag - name)) : g_strdup(name);
  return *repository;
}

/* LOCAL was once PARENT: careen kept it under that name, or its repository's digest says so. */
static gboolean was_once(const CrLocalImage *local, const CrFleetImage *parent)
{
  g_autofree char *repository = NULL;
  gsize length = strlen(find_tag_repository(parent->name, &repository));
  g_autofree char *kept = local->kept ? cr_fleet_normalise_name(local->kept) : NULL;
  if (kept && !strncmp(kept, repository, length) && kept[length] == ':')
    return TRUE;
  for (guint i = 0; !local->names[0] && local->image->repo_digests[i]; i++) {
    g_autofree char *digest = cr_fleet_normalise_name(local->image->repo_digests[i]);
    if (!strncmp(digest, repository, length) && digest[length] == '@')
      return TRUE;
  }
  return FALSE;
}

static const CrLocalImage *find_under(const CrLayerTrie *trie, CrStrv layers, const CrFleetImage *parent)
{
  guint depth = 0;
  const CrLocalImage *unnamed = NULL;
  for (const GPtrArray *found = cr_layer_trie_find(trie, layers, 0, &depth); found;
       found = cr_layer_trie_find(trie, layers, depth, &depth)) {
    for (guint i = 0; i < found->len; i++) {
      const CrLocalImage *local = found->pdata[i];
      if (was_once(local, parent))
        return local;
      if (!unnamed && !local->names[0])
        unnamed = local;
    }
    if (depth <= 1)
      break;
  }
  return unnamed;
}

static void check_declared(const CrLayerTrie *trie, const CrFleetImage *image, CrFleetParent *edge)
{
  if (!image->layers || !image->layers[0] || !edge->image->layers || !edge->image->layers[0] || edge->copied)
    return;
  if (is_prefix(edge->image->layers, image->layers))
    return;
  const CrLocalImage *under = trie ? find_under(trie, image->layers, edge->image) : NULL;
  edge->outdated = TRUE;
  edge->built_on = under ? under->image->id : NULL;
  if (!under && !shares_bottom(image->layers, edge->image->layers))
    edge->confidence = CR_CONFIDENCE_LIKELY;
}

/* ---- the witness ---- */

typedef struct {
  CrFleetBuilder *builder;
  const CrLocalDaemon *of; /* NULL: there is no daemon */
  const CrLayerTrie *trie;
  CrFleetImage *image;
  const CrLocalImage *local;
} Asking;

static CrFleetParent *add(const Asking *asking, const CrBase *base, CrConfidence confidence)
{
  CrFleetImage *parent = cr_fleet_get_node(asking->builder, base->name, asking->of ? asking->of->daemon : NULL);
  if (parent == asking->image)
    return NULL;
  CrFleetParent *edge = cr_fleet_add_parent(asking->builder, asking->image, parent, base->how, confidence, FALSE);
  if (edge)
    edge->digest = base->digest;
  return edge;
}

/* Podman's own API alone tells an image's annotations; buildah writes the base's name and digest there. */
static void fetch_annotations(CrArena *arena, const CrLocalImage *local)
{
  g_autofree char *path = g_strdup_printf("/libpod/images/%s/json", local->image->id);
  g_autoptr(CrJsonDoc) doc = cr_daemon_get(local->of->daemon, path, NULL);
  const CrJson *found = doc ? cr_json_find(cr_json_get_root(doc), "Annotations") : NULL;
  cr_json_copy_members(found, arena, &local->image->annotation_names, &local->image->annotation_values);
}

static gboolean ask_annotations(const Asking *asking)
{
  CrBase base = {0};
  if (asking->local->of && cr_daemon_is_podman(asking->local->of->daemon))
    fetch_annotations(asking->builder->fleet->arena, asking->local);
  if (!cr_lineage_by_annotation(asking->local->image, asking->builder->fleet->arena, &base))
    return FALSE;
  return add(asking, &base, base.digest ? CR_CONFIDENCE_CERTAIN : CR_CONFIDENCE_LIKELY) != NULL;
}

/* All that find_only_tag of the rule may ask for: the images at that depth, and those of the repositories that the
 * unnamed ones came from. */
static GPtrArray *list_candidates(const Asking *asking, const GPtrArray *found)
{
  GPtrArray *known = g_ptr_array_new();
  for (guint i = 0; i < found->len; i++) {
    const CrLocalImage *local = found->pdata[i];
    g_ptr_array_add(known, local->image);
    for (guint d = 0; !local->names[0] && local->image->repo_digests[d]; d++) {
      g_autofree char *normal = cr_fleet_normalise_name(local->image->repo_digests[d]);
      normal[strcspn(normal, "@")] = 0;
      const GPtrArray *same = asking->of ? g_hash_table_lookup(asking->of->by_repository, normal) : NULL;
      for (guint s = 0; same && s < same->len; s++)
        g_ptr_array_add(known, ((const CrLocalImage *)same->pdata[s])->image);
    }
  }
  return known;
}

/* The names that are left beside the chosen one. */
static CrStrv list_other_names(const Asking *asking, const GPtrArray *found, const char *chosen)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < found->len; i++) {
    const CrLocalImage *local = found->pdata[i];
    for (guint n = 0; local->names[n]; n++)
      if (strcmp(local->names[n], chosen) != 0)
        g_ptr_array_add(names, (gpointer)local->names[n]);
  }
  return names->len ? cr_arena_list(asking->builder->fleet->arena, names) : NULL;
}

static gboolean is_kept_only(const CrLocalImage *local)
{
  return !local->names[0] && local->kept;
}

static gboolean ask_layers(const Asking *asking, const char *preferred)
{
  guint depth = 0;
  CrArena *arena = asking->builder->fleet->arena;
  const GPtrArray *found = cr_layer_trie_find(asking->trie, asking->local->layers, 0, &depth);
  gboolean passed = FALSE; /* an image without any name was nearer */
  for (; found; found = depth > 1 ? cr_layer_trie_find(asking->trie, asking->local->layers, depth, &depth) : NULL) {
    g_autoptr(GPtrArray) known = list_candidates(asking, found);
    CrBase base = {0};
    const CrImage *which = NULL;
    gboolean named = FALSE;
    for (guint i = 0; i < found->len; i++)
      named |= !is_kept_only(found->pdata[i]);
    if (!named || !cr_lineage_by_layers(asking->local->image, known, preferred, arena, &base, &which)) {
      passed = TRUE;
      continue;
    }
    g_autofree char *normal = cr_fleet_normalise_name(base.name);
    CrStrv others = list_other_names(asking, found, normal);
    CrFleetParent *edge = add(asking, &base, others || passed ? CR_CONFIDENCE_LIKELY : CR_CONFIDENCE_CERTAIN);
    if (!edge)
      return FALSE;
    edge->candidates = others;
    /* it lost its tag to a newer one: that is what its name is now */
    edge->outdated = edge->image->id && strcmp(edge->image->id, which->id) != 0 && edge->image->layers &&
                     !is_prefix(edge->image->layers, asking->local->layers);
    edge->built_on = edge->outdated ? which->id : NULL;
    return TRUE;
  }
  return FALSE;
}

/* Labels are inherited: one that names less than the layers prove is the base's own. */
static gboolean is_deeper(const Asking *asking, const CrBase *label)
{
  guint depth = 0;
  g_autofree char *normal = cr_fleet_normalise_name(label->name);
  const CrLocalImage *tagged = asking->of ? g_hash_table_lookup(asking->of->by_name, normal) : NULL;
  const GPtrArray *found = cr_layer_trie_find(asking->trie, asking->local->layers, 0, &depth);
  guint named = tagged && tagged->layers ? g_strv_length((char **)tagged->layers) : (guint)MAX(label->layers, 0);
  return found && named && depth > named;
}

static void ask_image(const Asking *asking)
{
  CrArena *arena = asking->builder->fleet->arena;
  CrBase label = {0};
  if (ask_annotations(asking))
    return;
  gboolean told = cr_lineage_by_label(asking->local->image, arena, &label);
  if (told && (!asking->local->layers || !is_deeper(asking, &label)) && add(asking, &label, CR_CONFIDENCE_LIKELY))
    return;
  if (asking->local->layers && asking->local->layers[0])
    ask_layers(asking, told ? label.name : NULL);
}

/* ---- all of them ---- */

/* Of what one daemon has (NULL: there is none), and registries beside it. */
static CrLayerTrie *make_trie(const CrFleetBuilder *builder, const CrLocalDaemon *of)
{
  CrLayerTrie *trie = cr_layer_trie_new();
  for (guint i = 0; of && i < of->images->len; i++) {
    CrLocalImage *local = of->images->pdata[i];
    if (local->layers && local->layers[0])
      cr_layer_trie_add(trie, local->layers, local);
  }
  for (guint i = 0; i < builder->fleet->nodes->len; i++) {
    CrLocalImage *remote = g_hash_table_lookup(builder->of_registry, builder->fleet->nodes->pdata[i]);
    if (remote && remote->layers[0])
      cr_layer_trie_add(trie, remote->layers, remote);
  }
  return trie;
}

/* IMAGE's own daemon's; of what none has, the first one's. */
static const CrLayerTrie *find_trie(const CrFleetBuilder *builder, GPtrArray *tries, const CrLocalDaemon **of,
                                    const CrFleetImage *image)
{
  for (guint d = 0; d < builder->locals->len; d++) {
    *of = builder->locals->pdata[d];
    if (!image->daemon || (*of)->daemon == image->daemon)
      return tries->pdata[d];
  }
  *of = NULL;
  return tries->pdata[0];
}

static void add_all_named(CrFleetBuilder *builder)
{
  for (guint d = 0; d < builder->locals->len; d++) {
    const CrLocalDaemon *of = builder->locals->pdata[d];
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < builder->fleet->nodes->len; i++) {
      CrLocalImage *local = g_hash_table_lookup(builder->of_node, builder->fleet->nodes->pdata[i]);
      if (local)
        g_hash_table_add(seen, local);
    }
    for (guint i = 0; i < of->images->len; i++) {
      CrLocalImage *local = of->images->pdata[i];
      if (local->names[0] && !g_hash_table_contains(seen, local))
        cr_fleet_get_local_node(builder, local);
    }
  }
}

static void look_at(CrFleetBuilder *builder, GPtrArray *tries, CrFleetImage *image)
{
  const CrLocalDaemon *of = NULL;
  const CrLayerTrie *trie = find_trie(builder, tries, &of, image);
  cr_fleet_ask_registry(builder, image);
  CrLocalImage *local = g_hash_table_lookup(builder->of_node, image);
  if (!local)
    local = g_hash_table_lookup(builder->of_registry, image);
  gboolean told = cr_fleet_image_get_base(image) != NULL;
  if (!told && local)
    ask_image(&(Asking){builder, of, trie, image, local});
  const CrFleetParent *base = cr_fleet_image_get_base(image);
  if (!base || (!told && !strcmp(base->how, "layers")))
    return;
  cr_fleet_ask_registry(builder, base->image);
  check_declared(trie, image, image->parents->pdata[0]);
}

void cr_fleet_discover_words(CrFleetBuilder *builder)
{
  if (builder->options->all)
    add_all_named(builder);
  g_autoptr(GPtrArray) tries = g_ptr_array_new_with_free_func((GDestroyNotify)cr_layer_trie_free);
  for (guint d = 0; d < MAX(builder->locals->len, 1); d++)
    g_ptr_array_add(tries, make_trie(builder, d < builder->locals->len ? builder->locals->pdata[d] : NULL));
  for (guint i = 0; i < builder->fleet->nodes->len; i++) /* grows: a parent is asked for its own */
    look_at(builder, tries, builder->fleet->nodes->pdata[i]);
}
