/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/lineage.h"
#include "lineage/moved.h"
#include "lineage/rules.h"

#include <string.h>

static const CrImage *find_tagged(const GPtrArray *known, const char *name, CrArena *arena)
{
  for (guint i = 0; i < known->len; i++) {
    const CrImage *image = known->pdata[i];
    for (guint t = 0; image->repo_tags && image->repo_tags[t]; t++)
      if (!strcmp(cr_lineage_format_name(image->repo_tags[t], arena), name))
        return image;
  }
  return NULL;
}

/* What the image says of itself knows the name but seldom how many layers it means: a local image of that name does,
 * else the history. */
static void find_layer_count(const CrImage *image, const CrOs *os, GPtrArray *known, CrArena *arena, CrBase *out)
{
  const CrImage *tagged = find_tagged(known, out->name, arena);
  int layers = tagged ? cr_lineage_count_prefix(image, tagged) : -1;
  CrBase other = {0};
  if (out->layers > 0)
    return;
  if (layers > 0)
    out->layers = layers;
  else if (cr_lineage_by_history(image, os, arena, &other))
    out->layers = other.layers;
}

/* Labels are inherited by children: a label is the base's own when an image at hand that carries more of our layers
 * says so. */
static gboolean is_inherited(const CrBase *label, const CrBase *layers, GPtrArray *known, CrArena *arena)
{
  return label->layers > 0 && layers->layers > label->layers && find_tagged(known, layers->name, arena) != NULL;
}

static gboolean find_name(const CrImage *image, const CrOs *os, GPtrArray *known, CrArena *arena, CrBase *out)
{
  if (cr_lineage_by_annotation(image, arena, out)) {
    find_layer_count(image, os, known, arena, out);
    return TRUE;
  }
  CrBase layers = {0};
  gboolean told = cr_lineage_by_label(image, arena, out);
  gboolean matched = cr_lineage_by_layers(image, known, told ? out->name : NULL, arena, &layers, NULL);
  if (told) {
    find_layer_count(image, os, known, arena, out);
    if (!matched || !is_inherited(out, &layers, known, arena))
      return TRUE;
  }
  if (matched) {
    *out = layers;
    return TRUE;
  }
  return cr_lineage_by_history(image, os, arena, out) || cr_lineage_by_guess(image, os, arena, out);
}

static const char *format_place(const char *source, const char *name, CrArena *arena)
{
  return cr_arena_printf(arena, "%s:%s", source, name);
}

/* The local daemon's word on whether the tag still names our base; -1 when it does not have the tag. */
static int ask_local(const CrImage *image, const CrImage *tagged, CrBase *base, CrArena *arena)
{
  if (!tagged)
    return -1;
  if (cr_lineage_count_prefix(image, tagged) > 0)
    return 1;
  base->newest = format_place(tagged->source, base->name, arena);
  return 0;
}

static int judge_current(const CrImage *image, const GPtrArray *local_images, const CrSourceOptions *options,
                         CrArena *arena, CrBase *base, CrProblems *problems)
{
  const CrImage *tagged = find_tagged(local_images, base->name, arena);
  int local = ask_local(image, tagged, base, arena);
  /* heuristics name a base, they do not prove that it was this tag: only a proof can be compared */
  gboolean heuristic = !strcmp(base->how, "history") || !strcmp(base->how, "guess");
  if (heuristic)
    return local == 1 ? 1 : -1;
  /* an image that was only ever built here is in no registry: its daemon is who knows */
  if (tagged && !cr_lineage_find_digest(tagged, base->name, arena))
    return local;
  g_auto(CrTagAnswer) answer = {0};
  int remote = cr_lineage_ask_registry(image, base, options, &answer, problems);
  base->asked = base->name;
  base->answer = cr_arena_strdup(arena, answer.digest);
  base->unanswered_by = cr_arena_strdup(arena, answer.place);
  base->unanswered = cr_arena_strdup(arena, answer.reason);
  if (remote == -2) /* a name that only this daemon knows */
    return local;
  if (remote == 0)
    base->newest = format_place("registry", base->name, arena);
  if (remote >= 0 || local < 0)
    return remote;
  /* unasked: the local tag moved on for certain, but that it did not is no proof */
  return local == 0 ? 0 : -1;
}

void cr_lineage_find_base(const CrSource *source, const CrOs *os, const CrSourceOptions *options, CrArena *arena,
                          CrBase *out, CrProblems *problems)
{
  const CrImage *image = cr_source_get_image(source);
  *out = (CrBase){.current = -1, .pending = -1, .pending_newest = -1, .oldest_fix_days = -1};
  CrBase found = *out;
  if (!image->has_config || !image->layer_count)
    return;
  g_autoptr(GPtrArray) listed = options->local ? NULL : cr_source_list_local(options, arena);
  const GPtrArray *local_images = options->local ? options->local : listed;
  g_autoptr(GPtrArray) known = cr_source_list_siblings(source, arena);
  /* an archive may name a base, but does not say what its tag is today: judge_current asks the daemons alone */
  for (guint i = 0; i < local_images->len; i++)
    g_ptr_array_add(known, local_images->pdata[i]);
  if (!find_name(image, os, known, arena, &found))
    return;
  found.pending = found.pending_newest = found.oldest_fix_days = -1;
  found.current = judge_current(image, local_images, options, arena, &found, problems);
  *out = found;
}
