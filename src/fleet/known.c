/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/known.h"

#include <string.h>

#include "base/log.h"
#include "fleet/known-ask.h"

/* ---- judging ---- */

/* The first line of NOW that is not as in WAS. */
static const char *judge_world(const char *was, const char *now)
{
  g_auto(GStrv) old = g_strsplit(was, "\n", -1), new = g_strsplit(now, "\n", -1);
  guint i = 0;
  while (old[i] && new[i] && !strcmp(old[i], new[i]))
    i++;
  const char *line = new[i] ? new[i] : "";
  return g_str_has_prefix(line, "day ")          ? "another day"
         : g_str_has_prefix(line, "advisories ") ? "other advisories"
                                                 : "a file of this machine that it was judged by";
}

const char *cr_known_judge(const CrHangsOn *it, const CrKnownNow *now)
{
  if (strcmp(it->world, now->world) != 0)
    return judge_world(it->world, now->world);
  if (it->until && it->until <= now->now)
    return "a cool-down or the validity of a release file is over";
  for (guint i = 0; i < it->archives->len; i++) {
    const CrArchiveState *state = it->archives->pdata[i];
    if (!now->stands(state, now->data))
      return state->name;
  }
  for (guint i = 0; i < it->tags->len && !now->offline; i++) {
    const CrKnownTag *tag = it->tags->pdata[i];
    if (g_strcmp0(tag->digest, now->resolve(tag->name, now->data)) != 0)
      return tag->name;
  }
  g_autofree char *around = cr_surroundings_hash(now->surroundings, it->layers, it->names);
  return strcmp(it->around, around) != 0 ? "local images around it" : NULL;
}

/* ---- one image ---- */

/* One of the names of its id. */
typedef struct {
  const char *source; /* CrFleetImage.source */
  const CrPolicy *policy;
  gboolean built; /* it is made here: its name is asked for nowhere */
  CrImageFacts *facts;
} Node;

struct CrKnownImage {
  CrArena *arena;
  CrHangsOn hangs;
  GPtrArray *nodes; /* Node*, in the order of the fleet */
  CrProblems *problems;
  const char *id;      /* in the record, or NULL */
  gboolean settled;    /* it may be used again */
  gboolean seen, used; /* in this round */
};

static void free_image(gpointer data)
{
  CrKnownImage *image = data;
  for (guint i = 0; i < image->nodes->len; i++)
    g_ptr_array_unref(((Node *)image->nodes->pdata[i])->facts->fixes);
  g_ptr_array_unref(image->nodes);
  g_clear_pointer(&image->hangs.archives, g_ptr_array_unref);
  g_clear_pointer(&image->hangs.tags, g_ptr_array_unref);
  cr_problems_free(image->problems);
  cr_arena_free(image->arena);
  g_free(image);
}

CrKnownImage *cr_known_image_new(void)
{
  CrKnownImage *image = g_new0(CrKnownImage, 1);
  image->arena = cr_arena_new();
  image->nodes = g_ptr_array_new();
  image->problems = cr_problems_new();
  return image;
}

CrArena *cr_known_image_get_arena(CrKnownImage *image)
{
  return image->arena;
}

static const CrFleetImage *get_member(const CrFleet *fleet, const GArray *group, guint i)
{
  return fleet->images->pdata[g_array_index(group, guint, i)];
}

static const char *get_key(const CrFleet *fleet, const GArray *group)
{
  const CrFleetImage *first = get_member(fleet, group, 0);
  return first->id ? first->id : first->source;
}

/* ---- taking ---- */

static void add_tag(CrKnownImage *image, const char *name, const char *digest)
{
  CrKnownTag *tag = cr_arena_new0(image->arena, CrKnownTag);
  *tag = (CrKnownTag){cr_arena_strdup(image->arena, name), cr_arena_strdup(image->arena, digest)};
  g_ptr_array_add(image->hangs.tags, tag);
}

/* An image that only a registry has is what its tag is there. */
static void take_remote(CrKnownImage *image, const CrScan *scan, const CrFleetImage *node)
{
  if (node->id || !g_str_has_prefix(node->source, "registry:") || strchr(node->source, '@'))
    return;
  const char *index = cr_source_get_index_digest(scan->source);
  add_tag(image, node->source + strlen("registry:"), index ? index : scan->image->digest);
}

static CrStrv list_layers(const CrImage *image, CrArena *arena)
{
  const char **layers = cr_arena_alloc(arena, ((gsize)image->layer_count + 1) * sizeof *layers);
  guint count = 0;
  while (count < image->layer_count && image->layers[count].diff_id) {
    layers[count] = cr_arena_strdup(arena, image->layers[count].diff_id);
    count++;
  }
  layers[count] = NULL;
  return layers;
}

/* The newest base was to be looked into, and could not be. */
static gboolean is_base_settled(const CrBase *base)
{
  return base->current != 0 || base->pending <= 0 || !base->newest || base->pending_newest >= 0;
}

static void take_hangs(CrKnownImage *image, const CrKnown *known, const CrScan *scan)
{
  CrHangsOn *hangs = &image->hangs;
  const CrKnownNow *now = cr_known_get_now(known);
  gboolean settled = FALSE;
  hangs->world = cr_arena_strdup(image->arena, now->world);
  hangs->archives = cr_archives_list_states(scan->archive_set, &settled);
  hangs->tags = g_ptr_array_new();
  image->settled = settled && is_base_settled(&scan->base);
  for (guint i = 0; i < hangs->archives->len; i++) {
    gint64 until = ((const CrArchiveState *)hangs->archives->pdata[i])->until;
    hangs->until = until && (!hangs->until || until < hangs->until) ? until : hangs->until;
  }
  if (scan->base.asked)
    add_tag(image, scan->base.asked, scan->base.answer);
  hangs->layers = list_layers(scan->image, image->arena);
  hangs->names = cr_surroundings_list_names(scan->image, &scan->base, image->arena);
  g_autofree char *around = cr_surroundings_hash(now->surroundings, hangs->layers, hangs->names);
  hangs->around = cr_arena_strdup(image->arena, around);
}

void cr_known_image_take(CrKnownImage *image, const CrKnown *known, const CrScan *scan, const CrFleet *fleet,
                         const GArray *group, const GPtrArray *facts)
{
  take_hangs(image, known, scan);
  cr_problems_add_all(image->problems, scan->problems);
  image->id = cr_arena_strdup(image->arena, scan->image->id);
  for (guint i = 0; i < group->len; i++) {
    const CrFleetImage *member = get_member(fleet, group, i);
    CrImageFacts *each = facts->pdata[g_array_index(group, guint, i)];
    Node *node = cr_arena_new0(image->arena, Node);
    *node = (Node){cr_arena_strdup(image->arena, member->source), member->policy, member->build != NULL, each};
    g_ptr_array_ref(each->fixes);
    g_ptr_array_add(image->nodes, node);
    if (each->tag_asked)
      add_tag(image, each->tag_asked, each->tag_answer);
    if (each->until && (!image->hangs.until || each->until < image->hangs.until))
      image->hangs.until = each->until;
    take_remote(image, scan, member);
  }
}

/* ---- rounds ---- */

struct CrKnown {
  GHashTable *images; /* id, or the source of what has none → CrKnownImage* */
  CrKnownAsker *asker;
};

CrKnown *cr_known_new(void)
{
  CrKnown *known = g_new0(CrKnown, 1);
  known->images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_image);
  known->asker = cr_known_asker_new();
  return known;
}

void cr_known_free(CrKnown *known)
{
  if (!known)
    return;
  g_hash_table_unref(known->images);
  cr_known_asker_free(known->asker);
  g_free(known);
}

const CrKnownNow *cr_known_get_now(const CrKnown *known)
{
  return cr_known_asker_get_now(known->asker);
}

void cr_known_begin(CrKnown *known, const CrFleet *fleet, const CrScanOptions *options, CrStrv files)
{
  g_autoptr(GPtrArray) hangs = g_ptr_array_new();
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, known->images);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    CrKnownImage *image = value;
    image->seen = image->used = FALSE;
    if (image->settled)
      g_ptr_array_add(hangs, &image->hangs);
  }
  cr_known_asker_ask(known->asker, fleet->local, options, files, hangs);
}

/* NULL: they are the same. */
static const char *compare_nodes(const CrKnownImage *image, const CrFleet *fleet, const GArray *group)
{
  if (image->nodes->len != group->len)
    return "its names";
  for (guint i = 0; i < group->len; i++) {
    const CrFleetImage *member = get_member(fleet, group, i);
    const Node *node = image->nodes->pdata[i];
    if (strcmp(node->source, member->source) != 0)
      return "its names";
    if (node->policy != member->policy)
      return "its policy";
    if (node->built != (member->build != NULL))
      return "its recipe";
  }
  return NULL;
}

CrKnownImage *cr_known_find(CrKnown *known, const CrFleet *fleet, const GArray *group)
{
  CrKnownImage *image = g_hash_table_lookup(known->images, get_key(fleet, group));
  if (!image)
    return NULL;
  const char *why = !image->settled ? "not all could be had" : compare_nodes(image, fleet, group);
  if (!why)
    why = cr_known_judge(&image->hangs, cr_known_get_now(known));
  if (!why)
    return image;
  cr_log_verbose("%s is looked into again: %s", get_member(fleet, group, 0)->name, why);
  return NULL;
}

void cr_known_use(CrKnownImage *image, const CrFleet *fleet, const GArray *group, GPtrArray *facts,
                  CrProblems *problems)
{
  image->seen = image->used = TRUE;
  for (guint i = 0; i < group->len; i++) {
    const CrFleetImage *member = get_member(fleet, group, i);
    CrImageFacts *each = ((const Node *)image->nodes->pdata[i])->facts;
    each->image = member;
    each->successor = member->config ? member->config->successor : NULL;
    g_ptr_array_ref(each->fixes);
    facts->pdata[g_array_index(group, guint, i)] = each;
  }
  cr_problems_add_all_of(problems, get_member(fleet, group, 0)->name, image->problems);
}

void cr_known_keep(CrKnown *known, const CrFleet *fleet, const GArray *group, CrKnownImage *image)
{
  image->seen = TRUE;
  g_hash_table_replace(known->images, g_strdup(get_key(fleet, group)), image);
}

static gboolean is_gone(gpointer key, gpointer value, gpointer data)
{
  (void)key;
  (void)data;
  return !((const CrKnownImage *)value)->seen;
}

gboolean cr_known_end(CrKnown *known, CrRecord *record, GError **error)
{
  g_hash_table_foreach_remove(known->images, is_gone, NULL);
  g_autoptr(GPtrArray) ids = g_ptr_array_new();
  GHashTableIter iter;
  gpointer value = NULL;
  g_hash_table_iter_init(&iter, known->images);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const CrKnownImage *image = value;
    if (image->used && image->id)
      g_ptr_array_add(ids, (gpointer)image->id);
  }
  guint there = ids->len;
  if (record && !cr_record_touch_observations(record, ids, g_get_real_time() / G_USEC_PER_SEC, &there, error))
    return FALSE;
  if (there == ids->len)
    return TRUE;
  /* somebody threw the record away: it is written anew, image for image, in the next round */
  g_hash_table_iter_init(&iter, known->images);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    ((CrKnownImage *)value)->settled = FALSE;
  return TRUE;
}
