/* SPDX-License-Identifier: Apache-2.0 */
#include "image/draft.h"

#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "image/draft-document.h"
#include "image/draft-store.h"
#include "image/manifest.h"
#include "image/source-private.h"

struct CrDraft {
  CrSource *source;
  CrDraftOptions options;
  char *temporary_dir;
  CrArena *arena;
  GPtrArray *added;                /* CrStored* of new layers */
  GPtrArray *history;              /* CrDraftHistory*, one each */
  GPtrArray *labels, *annotations; /* CrDraftPair* */
  GMutex lock;                     /* of `stored` while layers are read */
  CrStored **stored;               /* by layer; NULL: the source's own blob */
  CrDraftLayer *layers;
  guint layer_count;
  gboolean docker;
  GBytes *config, *manifest; /* once sealed */
  char *config_digest, *manifest_digest;
};

/* ---- beginning and end ---- */

static char *choose_temporary_dir(const char *told)
{
  const char *environment = g_getenv("TMPDIR");
  if (told)
    return g_strdup(told);
  if (environment && *environment)
    return g_strdup(environment);
  return g_strdup(access("/var/tmp", W_OK) == 0 ? "/var/tmp" : g_get_tmp_dir());
}

CrDraft *cr_draft_new(CrSource *source, const CrDraftOptions *options, GError **error)
{
  const CrImage *image = source->image;
  gboolean container =
      image->has_config && image->layer_count && !image->layers[image->layer_count - 1].diff_id && !source->as_is;
  if (!image->has_config || container || source->folder || source->sbom || !source->class->read_layers) {
    GError *cause = g_error_new(CR_ERROR, CR_ERROR_USAGE, "cannot make an image from '%s': it is %s", image->ref,
                                container ? "a container" : "no image with a config");
    cr_error_set_hint(cause, "name the image, such as docker:REF, registry:REF or oci:DIR");
    g_propagate_error(error, cause);
    return NULL;
  }
  CrDraft *draft = g_new0(CrDraft, 1);
  draft->source = source;
  draft->options = *options;
  draft->temporary_dir = choose_temporary_dir(options->temporary_dir);
  draft->arena = cr_arena_new();
  draft->added = g_ptr_array_new();
  draft->history = g_ptr_array_new();
  draft->labels = g_ptr_array_new();
  draft->annotations = g_ptr_array_new();
  g_mutex_init(&draft->lock);
  return draft;
}

void cr_draft_free(CrDraft *draft)
{
  if (!draft)
    return;
  for (guint i = 0; i < draft->added->len; i++)
    cr_stored_free(draft->added->pdata[i]);
  for (guint i = 0; draft->stored && i < draft->source->image->layer_count; i++)
    cr_stored_free(draft->stored[i]);
  g_ptr_array_unref(draft->added);
  g_ptr_array_unref(draft->history);
  g_ptr_array_unref(draft->labels);
  g_ptr_array_unref(draft->annotations);
  g_mutex_clear(&draft->lock);
  g_clear_pointer(&draft->config, g_bytes_unref);
  g_clear_pointer(&draft->manifest, g_bytes_unref);
  g_free(draft->config_digest);
  g_free(draft->manifest_digest);
  g_free(draft->temporary_dir);
  cr_arena_free(draft->arena);
  g_free(draft);
}

/* ---- which documents ---- */

static gboolean is_docker_manifest(GBytes *manifest)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(manifest, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "manifest", NULL);
  const char *type = doc ? cr_json_find_string(cr_json_get_root(doc), "mediaType", "") : "";
  return strcmp(type, cr_draft_get_document_type(TRUE, FALSE)) == 0;
}

static gboolean wants_docker(const CrDraft *draft)
{
  if (draft->options.kind != CR_DRAFT_KEEP && !draft->source->as_is)
    return draft->options.kind == CR_DRAFT_DOCKER;
  return draft->source->manifest && is_docker_manifest(draft->source->manifest);
}

/* How layers that are plain are to be compressed. Docker's manifests know gzip alone. */
static CrCompression choose_compression(const CrDraft *draft)
{
  CrCompression wanted = draft->options.compression;
  if (wanted == CR_COMPRESSION_NONE || (wanted == CR_COMPRESSION_ZSTD && !wants_docker(draft)))
    return wanted;
  return CR_COMPRESSION_GZIP;
}

/* ---- additions ---- */

gboolean cr_draft_add_layer(CrDraft *draft, CrStream *tar, const CrDraftHistory *history, GError **error)
{
  g_return_val_if_fail(!draft->config, FALSE);
  CrStored *stored = cr_stored_new(tar, choose_compression(draft), draft->temporary_dir, error);
  if (!stored) {
    g_prefix_error(error, "cannot add a layer to '%s': ", draft->source->image->ref);
    return FALSE;
  }
  CrDraftHistory *copy = cr_arena_new0(draft->arena, CrDraftHistory);
  copy->created = cr_arena_strdup(draft->arena, history->created);
  copy->created_by = cr_arena_strdup(draft->arena, history->created_by);
  copy->author = cr_arena_strdup(draft->arena, history->author);
  copy->comment = cr_arena_strdup(draft->arena, history->comment);
  g_ptr_array_add(draft->added, stored);
  g_ptr_array_add(draft->history, copy);
  return TRUE;
}

static void add_pair(CrDraft *draft, GPtrArray *pairs, const char *name, const char *value)
{
  g_return_if_fail(!draft->config);
  CrDraftPair *pair = cr_arena_new0(draft->arena, CrDraftPair);
  *pair = (CrDraftPair){cr_arena_strdup(draft->arena, name), cr_arena_strdup(draft->arena, value)};
  for (guint i = 0; i < pairs->len; i++) {
    if (strcmp(((const CrDraftPair *)pairs->pdata[i])->name, name) == 0) {
      pairs->pdata[i] = pair;
      return;
    }
  }
  g_ptr_array_add(pairs, pair);
}

void cr_draft_set_label(CrDraft *draft, const char *name, const char *value)
{
  add_pair(draft, draft->labels, name, value);
}

void cr_draft_set_annotation(CrDraft *draft, const char *name, const char *value)
{
  add_pair(draft, draft->annotations, name, value);
}

/* ---- layers of a source that has no manifest ---- */

typedef struct {
  CrDraft *draft;
  CrCompression compression;
} Adoption;

/* The first layer with DIFF_ID that has no bytes yet, or -1. */
static int find_place(const CrDraft *draft, const char *diff_id)
{
  const CrImage *image = draft->source->image;
  for (guint i = 0; i < image->layer_count; i++)
    if (!draft->stored[i] && strcmp(image->layers[i].diff_id, diff_id) == 0)
      return (int)i;
  return -1;
}

static gboolean adopt(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)digest; /* of a daemon's or archive's file, which proves nothing that the diff_id does not */
  const Adoption *adoption = data;
  CrDraft *draft = adoption->draft;
  g_autoptr(CrStored) stored = cr_stored_new(stream, adoption->compression, draft->temporary_dir, error);
  if (!stored)
    return FALSE;
  g_mutex_lock(&draft->lock);
  int place = find_place(draft, stored->diff_id);
  gboolean wrong = layer >= 0 && strcmp(draft->source->image->layers[layer].diff_id, stored->diff_id) != 0;
  if (wrong)
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "layer %d of '%s' has the diff_id %s, not %s", layer + 1,
                draft->source->image->ref, stored->diff_id, draft->source->image->layers[layer].diff_id);
  else if (place >= 0)
    draft->stored[place] = g_steal_pointer(&stored);
  g_mutex_unlock(&draft->lock);
  return !wrong;
}

/* The text of the first problem that says why something is missing. */
static char *find_reason(const CrProblems *problems)
{
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (problem->kind == CR_PROBLEM_BLIND)
      return g_strdup_printf("%s: %s", problem->where, problem->what);
  }
  return g_strdup("the source does not have it");
}

static gboolean adopt_layers(CrDraft *draft, CrProblems *problems, GError **error)
{
  CrSource *source = draft->source;
  const CrImage *image = source->image;
  Adoption adoption = {draft, choose_compression(draft)};
  g_autofree gboolean *wanted = g_new(gboolean, image->layer_count + 1);
  for (guint i = 0; i < image->layer_count; i++)
    wanted[i] = TRUE;
  source->keep_config = TRUE;
  draft->stored = cr_arena_alloc(draft->arena, ((gsize)image->layer_count + 1) * sizeof *draft->stored);
  if (!cr_source_read_layers(source, wanted, 1, adopt, &adoption, problems, error))
    return FALSE;
  if (!image->raw_config) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': its config is not in what the daemon exports",
                image->ref);
    return FALSE;
  }
  for (guint i = 0; i < image->layer_count; i++) {
    gboolean there = draft->stored[i] != NULL;
    for (guint j = 0; j < i && !there; j++)
      there = draft->stored[j] && strcmp(image->layers[i].diff_id, image->layers[j].diff_id) == 0;
    if (there)
      continue;
    g_autofree char *why = find_reason(problems);
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read layer %u of '%s': %s", i + 1, image->ref, why);
    return FALSE;
  }
  return TRUE;
}

/* ---- sealing ---- */

static void describe_stored(CrDraftLayer *layer, const CrStored *stored, gboolean docker)
{
  layer->digest = stored->digest;
  layer->diff_id = stored->diff_id;
  layer->size_bytes = stored->size_bytes;
  layer->compression = stored->compression;
  layer->media_type = cr_draft_get_layer_type(docker, stored->compression);
}

static const CrStored *find_stored(const CrDraft *draft, guint i)
{
  guint base = draft->source->image->layer_count;
  if (i >= base)
    return draft->added->pdata[i - base];
  if (!draft->stored || draft->stored[i])
    return draft->stored ? draft->stored[i] : NULL;
  for (guint j = 0; j < base; j++) /* the same layer twice */
    if (draft->stored[j] && strcmp(draft->stored[j]->diff_id, draft->source->image->layers[i].diff_id) == 0)
      return draft->stored[j];
  return NULL;
}

static void describe_layers(CrDraft *draft)
{
  const CrImage *image = draft->source->image;
  gboolean convert = draft->source->manifest && is_docker_manifest(draft->source->manifest) != draft->docker;
  draft->layer_count = image->layer_count + draft->added->len;
  draft->layers = cr_arena_alloc(draft->arena, ((gsize)draft->layer_count + 1) * sizeof *draft->layers);
  for (guint i = 0; i < draft->layer_count; i++) {
    CrDraftLayer *layer = &draft->layers[i];
    const CrStored *stored = find_stored(draft, i);
    if (stored) {
      describe_stored(layer, stored, draft->docker);
      continue;
    }
    const CrLayerInfo *info = &image->layers[i];
    layer->media_type =
        convert ? cr_draft_convert_layer_type(draft->docker, info->media_type, info->foreign) : info->media_type;
    layer->digest = info->digest;
    layer->diff_id = info->diff_id;
    layer->size_bytes = (guint64)info->size_bytes;
    layer->foreign = info->foreign;
    layer->compression = cr_draft_get_compression(info->media_type);
  }
}

static gboolean make_config(CrDraft *draft, GError **error)
{
  const CrImage *image = draft->source->image;
  g_autofree char *what = g_strdup_printf("the config of '%s'", image->ref);
  GBytes *original = (GBytes *)image->raw_config;
  if (draft->added->len || draft->labels->len)
    draft->config = cr_draft_make_config(original, what, draft->layers, image->layer_count, draft->layer_count,
                                         draft->history, draft->labels, error);
  else
    draft->config = g_bytes_ref(original);
  return draft->config != NULL;
}

static gboolean make_manifest(CrDraft *draft, GError **error)
{
  GBytes *original = draft->source->manifest;
  guint base = draft->source->image->layer_count;
  gsize config_bytes = g_bytes_get_size(draft->config);
  g_autofree char *what = g_strdup_printf("the manifest of '%s'", draft->source->image->ref);
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  const GPtrArray *annotations = draft->docker ? none : draft->annotations;
  if (!original || is_docker_manifest(original) != draft->docker)
    draft->manifest = cr_draft_write_manifest(draft->docker, draft->config_digest, config_bytes, draft->layers,
                                              draft->layer_count, annotations);
  else if (cr_draft_is_changed(draft))
    draft->manifest = cr_draft_edit_manifest(original, what, draft->config_digest, config_bytes, draft->layers, base,
                                             draft->layer_count, annotations, error);
  else
    draft->manifest = g_bytes_ref(original);
  return draft->manifest != NULL;
}

static char *digest_of_bytes(GBytes *bytes)
{
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  return cr_digest_of(data, size);
}

static gboolean check_zstd(const CrDraft *draft, GError **error)
{
  gboolean ours = draft->docker && !draft->source->as_is;
  for (guint i = 0; ours && i < draft->layer_count; i++) {
    if (draft->layers[i].compression != CR_COMPRESSION_ZSTD)
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE,
                "cannot make a Docker manifest of '%s': its layer %u is zstd, which only OCI's can say",
                draft->source->image->ref, i + 1);
    return FALSE;
  }
  return TRUE;
}

gboolean cr_draft_load(CrDraft *draft, CrProblems *problems, GError **error)
{
  return draft->source->manifest || draft->stored || adopt_layers(draft, problems, error);
}

gboolean cr_draft_seal(CrDraft *draft, CrProblems *problems, GError **error)
{
  g_return_val_if_fail(!draft->config, FALSE);
  draft->docker = wants_docker(draft);
  if (!cr_draft_load(draft, problems, error))
    return FALSE;
  if (draft->source->image->layer_count + draft->added->len > CR_LIMIT_LAYERS) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot add to '%s': more than %u layers", draft->source->image->ref,
                CR_LIMIT_LAYERS);
    return FALSE;
  }
  describe_layers(draft);
  if (!check_zstd(draft, error) || !make_config(draft, error))
    return FALSE;
  draft->config_digest = digest_of_bytes(draft->config);
  if (!make_manifest(draft, error))
    return FALSE;
  draft->manifest_digest = digest_of_bytes(draft->manifest);
  return TRUE;
}

/* ---- of a sealed draft ---- */

CrSource *cr_draft_get_source(const CrDraft *draft)
{
  return draft->source;
}

gboolean cr_draft_is_changed(const CrDraft *draft)
{
  return draft->added->len || draft->labels->len || draft->annotations->len;
}

gboolean cr_draft_is_docker(const CrDraft *draft)
{
  return draft->docker;
}

GBytes *cr_draft_get_config(const CrDraft *draft)
{
  return draft->config;
}

const char *cr_draft_get_config_digest(const CrDraft *draft)
{
  return draft->config_digest;
}

const char *cr_draft_get_config_type(const CrDraft *draft)
{
  return cr_draft_get_document_type(draft->docker, TRUE);
}

GBytes *cr_draft_get_manifest(const CrDraft *draft)
{
  return draft->manifest;
}

const char *cr_draft_get_manifest_digest(const CrDraft *draft)
{
  return draft->manifest_digest;
}

const char *cr_draft_get_manifest_type(const CrDraft *draft)
{
  return cr_draft_get_document_type(draft->docker, FALSE);
}

guint cr_draft_get_layer_count(const CrDraft *draft)
{
  return draft->layer_count;
}

const CrDraftLayer *cr_draft_get_layer(const CrDraft *draft, guint i)
{
  return &draft->layers[i];
}

/* ---- reading layers ---- */

typedef struct {
  CrDraft *draft;
  CrLayerVisit visit;
  gpointer data;
  gint *visited; /* by layer */
} Reading;

static gboolean visit_checked(int i, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  (void)digest;
  const Reading *reading = data;
  const CrDraftLayer *layer = &reading->draft->layers[i];
  g_autofree char *what = g_strdup_printf("layer %d of '%s'", i + 1, reading->draft->source->image->ref);
  g_atomic_int_set(&reading->visited[i], TRUE);
  CrStream *checked = cr_stream_new_checked(stream, layer->size_bytes, layer->digest, what);
  return reading->visit(i, checked, layer->digest, reading->data, error);
}

/* The source's own blobs. Not by cr_source_read_layers: that knows a layer by its diff_id, and one compressed in two
 * ways is two blobs. */
static gboolean read_own(const Reading *reading, const gboolean *ask, guint jobs, GError **error)
{
  CrSource *source = reading->draft->source;
  g_autoptr(CrProblems) problems = cr_problems_new();
  gboolean any = FALSE;
  for (guint i = 0; i < source->image->layer_count; i++)
    any = any || ask[i];
  if (any && !source->class->read_layers(source, ask, jobs, visit_checked, (gpointer)reading, problems, error))
    return FALSE;
  for (guint i = 0; i < source->image->layer_count; i++) {
    if (!ask[i] || reading->visited[i])
      continue;
    g_autofree char *why = find_reason(problems);
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read layer %u of '%s': %s", i + 1, source->image->ref, why);
    return FALSE;
  }
  return TRUE;
}

gboolean cr_draft_read_layers(CrDraft *draft, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                              GError **error)
{
  g_return_val_if_fail(draft->config, FALSE);
  g_autofree gint *visited = g_new0(gint, draft->layer_count + 1);
  g_autofree gboolean *own = g_new0(gboolean, draft->layer_count + 1);
  Reading reading = {draft, visit, data, visited};
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GArray) stored = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < draft->layer_count; i++) {
    if (!wanted[i] || draft->layers[i].foreign || !g_hash_table_add(seen, (gpointer)draft->layers[i].digest))
      continue;
    own[i] = find_stored(draft, i) == NULL;
    if (!own[i])
      g_array_append_val(stored, i);
  }
  if (!read_own(&reading, own, jobs, error))
    return FALSE;
  for (guint n = 0; n < stored->len; n++) {
    guint i = g_array_index(stored, guint, n);
    const CrStored *file = find_stored(draft, i);
    if (!visit_checked((int)i, cr_stream_new_fd(file->fd, 0, file->size_bytes), NULL, &reading, error))
      return FALSE;
  }
  return TRUE;
}
