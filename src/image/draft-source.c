/* SPDX-License-Identifier: Apache-2.0 */
/* A sealed draft as a source: what is written is looked at as it will be, before anybody else can. */
#include "base/error.h"
#include "image/draft.h"
#include "image/manifest.h"
#include "image/source-private.h"

static gboolean read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                            CrProblems *problems, GError **error)
{
  for (guint i = 0; i < source->image->layer_count; i++) {
    if (!wanted[i] || !source->image->layers[i].foreign)
      continue;
    g_autofree char *where = g_strdup_printf("layer %u", i + 1);
    cr_problems_add(problems, CR_PROBLEM_BLIND, where,
                    "it is a foreign layer whose bytes are kept elsewhere: nothing in it was examined");
  }
  return cr_draft_read_layers(source->own, wanted, jobs, visit, data, error);
}

static const CrSourceClass draft_class = {.name = "draft", .prefix = "draft", .read_layers = read_layers};

/* Both documents are ours, or the original's that was read before; a limit can be passed all the same. */
static gboolean describe(CrSource *source, const CrDraft *draft, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(cr_draft_get_manifest(draft), &size);
  const CrManifest *manifest = cr_manifest_parse(text, size, "the new manifest", source->arena, error);
  if (!manifest)
    return FALSE;
  text = g_bytes_get_data(cr_draft_get_config(draft), &size);
  return cr_manifest_apply_config(text, size, "the new config", manifest, source->arena, source->image, error);
}

CrSource *cr_draft_open_source(CrDraft *draft, GError **error)
{
  const CrSource *original = cr_draft_get_source(draft);
  g_autoptr(CrSource) source = g_new0(CrSource, 1);
  source->class = &draft_class;
  source->options = original->options;
  source->arena = cr_arena_new();
  source->image = cr_image_new(source->arena);
  source->own = draft;
  source->image->ref = original->image->ref;
  source->image->name = original->image->name;
  source->image->source = original->image->source;
  source->manifest = g_bytes_ref(cr_draft_get_manifest(draft));
  if (!describe(source, draft, error))
    return NULL;
  source->image->id = cr_draft_get_config_digest(draft);
  source->image->digest = cr_draft_get_manifest_digest(draft);
  return g_steal_pointer(&source);
}
