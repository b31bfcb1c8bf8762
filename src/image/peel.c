/* SPDX-License-Identifier: Apache-2.0 */
#include "image/peel.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json-edit.h"
#include "base/json.h"
#include "image/source-private.h"

typedef struct {
  CrSource *inner;
  CrStrv names;
  const char *replaced, *config_digest; /* in the source's arena */
} Peeled;

/* ---- the documents ---- */

static gboolean has_digest(GBytes *bytes, const char *digest)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autofree char *got = cr_digest_of(data, size);
  return !strcmp(got, digest);
}

/* What NAME was before: a member of the object that REPLACED holds as text. NULL: it was not there. */
static char *find_old(const char *replaced, const char *name)
{
  g_autoptr(CrJsonDoc) doc = replaced ? cr_json_parse(replaced, strlen(replaced), "label", NULL) : NULL;
  const char *old = doc ? cr_json_find_string(cr_json_get_root(doc), name, NULL) : NULL;
  return g_strdup(old);
}

/* Take NAMES away from the object at PATH (one or two names), or put back what they replaced. */
static gboolean restore_pairs(CrJsonEdit *edit, const char *const *path, CrStrv names, const char *replaced,
                              GError **error)
{
  const char *whole[4] = {path[0], path[1], NULL, NULL};
  for (guint i = 0; names[i]; i++) {
    g_autofree char *old = find_old(replaced, names[i]), *quoted = old ? cr_json_quote(old) : NULL;
    whole[path[1] ? 2 : 1] = names[i];
    if (quoted && !cr_json_edit_set(edit, whole, quoted, error))
      return FALSE;
    if (!quoted)
      cr_json_edit_remove(edit, whole);
  }
  return TRUE;
}

/* What is empty now may not have been there at all, or have been null: the ways that an original is written. */
static GBytes *write_variant(const CrJsonEdit *peeled, const char *const *paths[2], guint variant)
{
  g_autoptr(GBytes) text = cr_json_edit_get_bytes(peeled);
  gsize size = 0;
  const char *data = g_bytes_get_data(text, &size);
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(data, size, "the config", NULL);
  for (guint i = 0; edit && i < 2; i++, variant /= 3) {
    if (variant % 3 == 1)
      cr_json_edit_remove(edit, paths[i]);
    else if (variant % 3 == 2 && !cr_json_edit_set(edit, paths[i], "null", NULL))
      return NULL;
  }
  return edit ? cr_json_edit_get_bytes(edit) : NULL;
}

static GBytes *peel_config(GBytes *config, const Peeled *peeled, GError **error)
{
  static const char *const diff_ids[] = {"rootfs", "diff_ids", NULL}, *const history[] = {"history", NULL},
                           *const labels[] = {"config", "Labels", NULL};
  const char *const *may_be_new[2] = {labels, history};
  gsize size = 0;
  const char *text = g_bytes_get_data(config, &size);
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, size, "the config", error);
  if (!edit || !restore_pairs(edit, labels, peeled->names, peeled->replaced, error))
    return NULL;
  cr_json_edit_remove_last(edit, diff_ids);
  cr_json_edit_remove_last(edit, history);
  for (guint variant = 0; variant < 9; variant++) {
    g_autoptr(GBytes) bytes = write_variant(edit, may_be_new, variant);
    if (bytes && has_digest(bytes, peeled->config_digest))
      return g_steal_pointer(&bytes);
  }
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "what is below its patch layer is not the image '%s' that it names",
              peeled->config_digest);
  return NULL;
}

/* The original's manifest, or, where another kind was written than it had, one of this kind that says the same. */
static GBytes *peel_manifest(GBytes *manifest, GBytes *config, const CrPeel *peel, const char *replaced, GError **error)
{
  static const char *const digest[] = {"config", "digest", NULL}, *const bytes[] = {"config", "size", NULL},
                           *const layers[] = {"layers", NULL}, *const annotations[] = {"annotations", NULL};
  gsize size = 0;
  const char *text = g_bytes_get_data(manifest, &size);
  g_autofree char *quoted = cr_json_quote(peel->config_digest),
                  *number = g_strdup_printf("%" G_GSIZE_FORMAT, g_bytes_get_size(config));
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, size, "the manifest", error);
  if (!edit || !cr_json_edit_set(edit, digest, quoted, error) || !cr_json_edit_set(edit, bytes, number, error) ||
      !restore_pairs(edit, annotations, peel->names, replaced, error))
    return NULL;
  cr_json_edit_remove_last(edit, layers);
  g_autoptr(GBytes) with = cr_json_edit_get_bytes(edit);
  if (peel->manifest_digest && has_digest(with, peel->manifest_digest))
    return g_steal_pointer(&with);
  cr_json_edit_remove(edit, annotations); /* there were none, unless some are left */
  g_autoptr(GBytes) without = cr_json_edit_get_bytes(edit);
  return peel->manifest_digest && has_digest(without, peel->manifest_digest) ? g_steal_pointer(&without)
                                                                             : g_steal_pointer(&with);
}

/* ---- the description ---- */

static gboolean is_added(CrStrv names, const char *name)
{
  for (guint i = 0; names[i]; i++)
    if (!strcmp(names[i], name))
      return TRUE;
  return FALSE;
}

/* NAMES and VALUES (parallel) without those of PEEL, or with what those replaced. */
static void restore_vectors(CrArena *arena, CrStrv *names, CrStrv *values, CrStrv added, const char *replaced)
{
  guint count = g_strv_length((char **)*names), kept = 0;
  const char **new_names = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *new_names);
  const char **new_values = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *new_values);
  for (guint i = 0; i < count; i++) {
    gboolean ours = is_added(added, (*names)[i]);
    g_autofree char *old = ours ? find_old(replaced, (*names)[i]) : NULL;
    if (ours && !old)
      continue;
    new_names[kept] = (*names)[i];
    new_values[kept++] = old ? cr_arena_strdup(arena, old) : (*values)[i];
  }
  *names = new_names;
  *values = new_values;
}

static void describe(CrSource *source, const CrImage *from, const CrPeel *peel, const Peeled *peeled)
{
  CrImage *image = source->image;
  *image = *from;
  guint lines = g_strv_length((char **)from->history);
  const char **history = cr_arena_alloc(source->arena, ((gsize)lines + 1) * sizeof *history);
  for (guint i = 0; i + 1 < lines; i++)
    history[i] = from->history[i];
  image->history = history;
  image->layer_count = from->layer_count - 1;
  image->size_bytes = MAX(0, from->size_bytes - MAX(0, from->layers[from->layer_count - 1].size_bytes));
  image->id = peeled->config_digest;
  image->digest = cr_arena_strdup(source->arena, peel->manifest_digest);
  image->name = peel->name ? cr_arena_strdup(source->arena, peel->name) : from->name;
  image->repo_tags = image->repo_digests = cr_strv_empty;
  image->raw_config = NULL;
  restore_vectors(source->arena, &image->annotation_names, &image->annotation_values, peeled->names,
                  cr_image_find_annotation(from, peel->replaced ? peel->replaced : ""));
  restore_vectors(source->arena, &image->label_names, &image->label_values, peeled->names, peeled->replaced);
}

/* ---- the source ---- */

static gboolean prove_late(CrSource *source, GError **error)
{
  Peeled *peeled = source->own;
  GBytes *config = (GBytes *)peeled->inner->image->raw_config;
  if (source->image->raw_config || !config)
    return TRUE;
  g_autoptr(GError) cause = NULL;
  source->image->raw_config = peel_config(config, peeled, &cause);
  if (!source->image->raw_config)
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot use '%s': %s", source->image->ref, cause->message);
  return source->image->raw_config != NULL;
}

static gboolean read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                            CrProblems *problems, GError **error)
{
  Peeled *peeled = source->own;
  CrSource *inner = peeled->inner;
  g_autofree gboolean *ask = g_new0(gboolean, inner->image->layer_count + 1);
  memcpy(ask, wanted, source->image->layer_count * sizeof *ask);
  inner->keep_config = inner->keep_config || source->keep_config;
  return inner->class->read_layers(inner, ask, jobs, visit, data, problems, error) && prove_late(source, error);
}

static void close_peeled(CrSource *source)
{
  g_free(source->own);
}

static const CrSourceClass peeled_class = {
    .name = "peeled", .prefix = "peeled", .read_layers = read_layers, .close = close_peeled};

static CrStrv copy_names(CrArena *arena, CrStrv names)
{
  guint count = g_strv_length((char **)names);
  const char **copy = cr_arena_alloc(arena, ((gsize)count + 1) * sizeof *copy);
  for (guint i = 0; i < count; i++)
    copy[i] = cr_arena_strdup(arena, names[i]);
  return copy;
}

CrSource *cr_source_peel(CrSource *inner, const CrPeel *peel, GError **error)
{
  const CrImage *from = inner->image;
  if (!from->layer_count || !inner->class->read_layers) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot peel '%s': it has no layer", from->ref);
    return NULL;
  }
  g_autoptr(CrSource) source = g_new0(CrSource, 1);
  source->class = &peeled_class;
  source->options = inner->options;
  source->arena = cr_arena_new();
  source->image = cr_arena_new0(source->arena, CrImage);
  Peeled *peeled = source->own = g_new0(Peeled, 1);
  peeled->inner = inner;
  peeled->names = copy_names(source->arena, peel->names);
  peeled->config_digest = cr_arena_strdup(source->arena, peel->config_digest);
  peeled->replaced = cr_arena_strdup(source->arena, peel->replaced ? cr_image_find_label(from, peel->replaced) : NULL);
  describe(source, from, peel, peeled);
  GBytes *config = (GBytes *)from->raw_config;
  if (config && !(source->image->raw_config = peel_config(config, peeled, error)))
    return NULL;
  if (!config || !inner->manifest)
    return g_steal_pointer(&source);
  const char *replaced = cr_image_find_annotation(from, peel->replaced ? peel->replaced : "");
  source->manifest = peel_manifest(inner->manifest, (GBytes *)source->image->raw_config, peel, replaced, error);
  return source->manifest ? g_steal_pointer(&source) : NULL;
}
