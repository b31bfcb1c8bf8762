/* SPDX-License-Identifier: Apache-2.0 */
/* What registries hold of images that no engine here has: so their bases are known, and what is built on an older one
 * of them. An image costs one HEAD; the rest is fetched once for each digest that its name has, and kept in the cache.
 */
#include "fleet/discover.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/manifest.h"

#include <string.h>

#define KEPT_TYPE "(sssasasasasas)" /* id, platform, created, diff_ids, labels and annotations: names, values */

/* ---- one image: any thread ---- */

typedef struct {
  CrFleetImage *image;
  char *digest;   /* what the name is now; NULL: not known */
  GVariant *kept; /* KEPT_TYPE */
  GError *error;
} Answer;

static void free_answer(gpointer data)
{
  Answer *answer = data;
  g_free(answer->digest);
  g_clear_pointer(&answer->kept, g_variant_unref);
  g_clear_error(&answer->error);
  g_free(answer);
}

static char *make_key(const CrReference *name, const char *digest, const char *platform)
{
  g_autofree char *text =
      g_strjoin("\n", name->registry, name->repository, digest, platform ? platform : "", KEPT_TYPE, NULL);
  g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
  return g_strdup_printf("image-%s", sum);
}

static GVariant *recall(const CrCache *cache, const char *key)
{
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "support", key);
  if (!bytes)
    return NULL;
  g_autoptr(GVariant) raw = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(KEPT_TYPE), bytes, FALSE));
  GVariant *kept = g_variant_get_normal_form(raw);
  const char *id = NULL;
  g_variant_get_child(kept, 0, "&s", &id);
  if (cr_digest_is_valid(id))
    return kept;
  g_variant_unref(kept);
  return NULL;
}

static GVariant *describe(const CrImage *image)
{
  static const char *const none[] = {NULL};
  g_autoptr(GPtrArray) layers = g_ptr_array_new();
  for (guint i = 0; i < image->layer_count; i++)
    if (image->layers[i].diff_id)
      g_ptr_array_add(layers, (gpointer)image->layers[i].diff_id);
  g_ptr_array_add(layers, NULL);
  CrStrv lists[] = {image->label_names, image->label_values, image->annotation_names, image->annotation_values};
  for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
    if (!lists[i])
      lists[i] = none;
  return g_variant_ref_sink(g_variant_new("(sss^as^as^as^as^as)", image->id, image->platform ? image->platform : "",
                                          image->created ? image->created : "", layers->pdata, lists[0], lists[1],
                                          lists[2], lists[3]));
}

static GVariant *fetch(const CrReference *name, const char *digest, const CrSourceOptions *options, GError **error)
{
  g_autofree char *ref = g_strdup_printf("registry:%s/%s@%s", name->registry, name->repository, digest);
  g_autoptr(CrProblems) aside = cr_problems_new();
  g_autoptr(CrSource) source = cr_source_open(ref, options, aside, error);
  return source ? describe(cr_source_get_image(source)) : NULL;
}

static void ask(Answer *answer, const CrSourceOptions *options)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference name;
  if (!cr_reference_parse(answer->image->name, arena, &name, &answer->error))
    return;
  if (name.digest)
    answer->digest = g_strdup(name.digest);
  else if (!cr_source_resolve_tag(answer->image->name, options, &answer->digest, &answer->error))
    return;
  g_autofree char *key = make_key(&name, answer->digest, options->platform);
  answer->kept = recall(options->cache, key);
  if (answer->kept)
    return;
  answer->kept = fetch(&name, answer->digest, options, &answer->error);
  if (answer->kept) /* a cache that cannot be written costs the next look some requests, no more */
    cr_cache_store(options->cache, "support", key, g_variant_get_data(answer->kept), g_variant_get_size(answer->kept),
                   NULL);
}

/* ---- into the graph ---- */

static CrStrv copy_list(CrArena *arena, GVariant *kept, gsize child)
{
  g_autoptr(GVariant) list = g_variant_get_child_value(kept, child);
  g_autofree const char **strings = g_variant_get_strv(list, NULL);
  return cr_arena_strdupv(arena, (CrStrv)strings);
}

/* As the engines' own images are, so that lineage needs no second set of rules. */
static CrLocalImage *make_local(CrArena *arena, const CrFleetImage *node, GVariant *kept)
{
  CrLocalImage *local = cr_arena_new0(arena, CrLocalImage);
  CrImage *image = cr_arena_new0(arena, CrImage);
  const char *names[] = {node->name, NULL}, *id = NULL;
  g_variant_get_child(kept, 0, "&s", &id);
  local->image = image;
  local->layers = copy_list(arena, kept, 3);
  local->names = local->written = image->repo_tags = cr_arena_strdupv(arena, names);
  image->repo_digests = cr_strv_empty;
  image->has_config = TRUE;
  image->source = "registry";
  image->ref = "";
  image->id = cr_arena_strdup(arena, id);
  image->label_names = copy_list(arena, kept, 4);
  image->label_values = copy_list(arena, kept, 5);
  image->annotation_names = copy_list(arena, kept, 6);
  image->annotation_values = copy_list(arena, kept, 7);
  image->layer_count = g_strv_length((char **)local->layers);
  image->layers = cr_arena_alloc(arena, (image->layer_count + 1) * sizeof *image->layers);
  for (guint i = 0; i < image->layer_count; i++)
    image->layers[i].diff_id = local->layers[i];
  return local;
}

static void take(CrFleetBuilder *builder, Answer *answer)
{
  CrArena *arena = builder->fleet->arena;
  CrFleetImage *image = answer->image;
  CrFleetRegistry *registry = cr_arena_new0(arena, CrFleetRegistry);
  image->registry = registry;
  if (!answer->kept) {
    registry->missing = g_error_matches(answer->error, CR_ERROR, CR_ERROR_NOT_FOUND);
    registry->error = cr_arena_strdup(arena, answer->error->message);
    const char *place = cr_error_get_place(answer->error), *reason = cr_error_get_reason(answer->error);
    if (place && reason)
      cr_unanswered_add(builder->unanswered, place, reason, image->name);
    else
      cr_problems_add(builder->fleet->problems, CR_PROBLEM_NOTE, image->name, "no engine here has it, and %s",
                      registry->error);
    return;
  }
  CrLocalImage *local = make_local(arena, image, answer->kept);
  const char *platform = NULL, *created = NULL;
  g_variant_get_child(answer->kept, 1, "&s", &platform);
  g_variant_get_child(answer->kept, 2, "&s", &created);
  registry->id = local->image->id;
  registry->digest = cr_arena_strdup(arena, answer->digest);
  registry->platform = *platform ? cr_arena_strdup(arena, platform) : NULL;
  registry->created = *created ? cr_arena_strdup(arena, created) : NULL;
  image->digest = registry->digest;
  image->layers = local->layers;
  g_hash_table_insert(builder->of_registry, image, local);
}

/* ---- which ---- */

/* What only careen's own engine will ever have is not for a registry to know of: a name without a host would be asked
 * for on Docker Hub. */
static gboolean may_have(const CrFleetImage *image)
{
  const char *slash = strchr(image->name, '/');
  g_autofree char *host = slash ? g_strndup(image->name, (gsize)(slash - image->name)) : NULL;
  return !image->build || (host && (strpbrk(host, ".:") || !strcmp(host, "localhost")));
}

static gboolean is_to_be_asked(const CrFleetBuilder *builder, const CrFleetImage *image)
{
  if (!builder->options->registries || image->id || image->registry || g_str_has_prefix(image->name, "sha256:"))
    return FALSE;
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference name;
  return may_have(image) && cr_reference_parse(image->name, arena, &name, NULL);
}

typedef struct {
  const CrFleetBuilder *builder;
  GPtrArray *answers; /* Answer* */
} Asking;

static gboolean ask_one(guint i, gpointer data, GError **error)
{
  (void)error; /* what one does not answer is no reason not to ask the next */
  const Asking *asking = data;
  ask(asking->answers->pdata[i], asking->builder->options->source);
  return TRUE;
}

static void refuse(CrFleetBuilder *builder, CrFleetImage *image)
{
  CrFleetRegistry *registry = cr_arena_new0(builder->fleet->arena, CrFleetRegistry);
  registry->error = "not asked: --offline";
  image->registry = registry;
  builder->not_asked++;
}

static void ask_all(CrFleetBuilder *builder, guint first, guint end)
{
  g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func(free_answer);
  for (guint i = first; i < end; i++) {
    CrFleetImage *image = builder->fleet->nodes->pdata[i];
    if (!is_to_be_asked(builder, image))
      continue;
    if (builder->options->source->offline) {
      refuse(builder, image);
      continue;
    }
    Answer *answer = g_new0(Answer, 1);
    answer->image = image;
    g_ptr_array_add(answers, answer);
  }
  Asking asking = {.builder = builder, .answers = answers};
  cr_source_run_jobs(answers->len, CR_LIMIT_REGISTRIES_AT_ONCE, ask_one, &asking, NULL);
  for (guint i = 0; i < answers->len; i++)
    take(builder, answers->pdata[i]);
}

void cr_fleet_discover_registries(CrFleetBuilder *builder)
{
  ask_all(builder, 0, builder->fleet->nodes->len);
}

void cr_fleet_ask_registry(CrFleetBuilder *builder, CrFleetImage *image)
{
  guint at = 0;
  if (is_to_be_asked(builder, image) && g_ptr_array_find(builder->fleet->nodes, image, &at))
    ask_all(builder, at, at + 1);
}

void cr_fleet_say_not_asked(CrFleetBuilder *builder)
{
  cr_unanswered_say(builder->unanswered, "no engine here has", builder->fleet->problems);
  if (builder->not_asked)
    cr_problems_add(builder->fleet->problems, CR_PROBLEM_NOTE, "registries",
                    "--offline: not asked for %u image%s that no engine here has", builder->not_asked,
                    builder->not_asked == 1 ? "" : "s");
}
