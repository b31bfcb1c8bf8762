/* SPDX-License-Identifier: Apache-2.0 */
#include "image/index-draft.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json-edit.h"
#include "base/json.h"
#include "base/limits.h"
#include "image/draft-document.h"
#include "image/index-private.h"

#define OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"

struct CrIndexDraft {
  CrIndex *index;
  CrDraftOptions options;
  CrArena *arena;
  CrDraft **entries;         /* by entry: what stands there; NULL: dropped, or not known before sealing */
  GPtrArray *sources, *made; /* CrSource*, CrDraft*: of what is carried */
  GPtrArray *images;         /* CrDraft*, each digest once */
  GPtrArray *annotations;    /* CrDraftPair* */
  GPtrArray *dropped;        /* CrDropped* */
  gboolean docker, convert;
  guint64 bytes_held;
  GBytes *bytes;
  char *digest;
};

CrIndexDraft *cr_index_draft_new(CrIndex *index, const CrDraftOptions *options)
{
  CrIndexDraft *draft = g_new0(CrIndexDraft, 1);
  draft->index = index;
  draft->options = *options;
  draft->arena = cr_arena_new();
  draft->entries = g_new0(CrDraft *, (gsize)cr_index_get_count(index) + 1);
  draft->sources = g_ptr_array_new_with_free_func((GDestroyNotify)cr_source_free);
  draft->made = g_ptr_array_new_with_free_func((GDestroyNotify)cr_draft_free);
  draft->images = g_ptr_array_new();
  draft->annotations = g_ptr_array_new();
  draft->dropped = g_ptr_array_new();
  return draft;
}

void cr_index_draft_free(CrIndexDraft *draft)
{
  if (!draft)
    return;
  g_ptr_array_unref(draft->images);
  g_ptr_array_unref(draft->made); /* before the sources that they are of */
  g_ptr_array_unref(draft->sources);
  g_ptr_array_unref(draft->annotations);
  g_ptr_array_unref(draft->dropped);
  g_clear_pointer(&draft->bytes, g_bytes_unref);
  g_free(draft->digest);
  g_free(draft->entries);
  cr_arena_free(draft->arena);
  g_free(draft);
}

void cr_index_draft_replace(CrIndexDraft *draft, guint i, CrDraft *image)
{
  g_return_if_fail(!draft->bytes && i < cr_index_get_count(draft->index));
  draft->entries[i] = image;
}

void cr_index_draft_set_annotation(CrIndexDraft *draft, const char *name, const char *value)
{
  CrDraftPair *pair = cr_arena_new0(draft->arena, CrDraftPair);
  *pair = (CrDraftPair){cr_arena_strdup(draft->arena, name), cr_arena_strdup(draft->arena, value)};
  g_ptr_array_add(draft->annotations, pair);
}

/* ---- what is carried ---- */

static gboolean was_docker(const CrIndex *index)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(index->source->index, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "index", NULL);
  return doc && !strcmp(cr_json_find_string(cr_json_get_root(doc), "mediaType", ""), DOCKER_INDEX);
}

/* All documents are in memory until the index is written. */
static gboolean count_bytes(CrIndexDraft *draft, const CrDraft *made, GError **error)
{
  draft->bytes_held += g_bytes_get_size(cr_draft_get_manifest(made)) + g_bytes_get_size(cr_draft_get_config(made));
  if (draft->bytes_held <= CR_LIMIT_INDEX_CARRIED_BYTES)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_LIMIT,
              "cannot carry over the index of '%s': its documents are larger than %u MiB",
              draft->index->source->image->ref, (guint)(CR_LIMIT_INDEX_CARRIED_BYTES / CR_MIB));
  return FALSE;
}

/* As it is, unless another kind of manifest is wanted of an image. */
static gboolean carry(CrIndexDraft *draft, guint i, CrProblems *problems, GError **error)
{
  const CrIndex *index = draft->index;
  gboolean as_is = !draft->convert || index->entries[i].kind != CR_INDEX_IMAGE;
  CrSource *source = cr_source_open_member(index->source, &index->manifest->entries[i], as_is, error);
  if (!source) {
    g_prefix_error(error, "cannot carry over entry %u of the index of '%s': ", i + 1, index->source->image->ref);
    return FALSE;
  }
  g_ptr_array_add(draft->sources, source);
  CrDraftOptions options = draft->options;
  if (as_is)
    options.kind = CR_DRAFT_KEEP;
  CrDraft *made = draft->entries[i] = cr_draft_new(source, &options, error);
  if (!made)
    return FALSE;
  g_ptr_array_add(draft->made, made);
  return cr_draft_seal(made, problems, error) && count_bytes(draft, made, error);
}

/* Is DIGEST, which an attestation speaks of, no longer what one of the images is? */
static gboolean is_outdated(const CrIndexDraft *draft, const char *digest)
{
  gboolean known = FALSE;
  for (guint i = 0; i < cr_index_get_count(draft->index); i++) {
    if (draft->index->entries[i].kind != CR_INDEX_IMAGE)
      continue;
    if (!strcmp(cr_draft_get_manifest_digest(draft->entries[i]), digest))
      return FALSE;
    known = known || !strcmp(draft->index->entries[i].digest, digest);
  }
  return known;
}

static void drop(CrIndexDraft *draft, guint i)
{
  const CrIndexEntry *entry = &draft->index->entries[i];
  CrDropped *dropped = cr_arena_new0(draft->arena, CrDropped);
  *dropped = (CrDropped){.digest = entry->digest, .type = entry->type, .subject = entry->subject, .place = "index"};
  g_ptr_array_add(draft->dropped, dropped);
}

static gboolean carry_others(CrIndexDraft *draft, CrProblems *problems, GError **error)
{
  guint count = cr_index_get_count(draft->index);
  if (count > CR_LIMIT_INDEX_CARRIED) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT,
                "cannot carry over the index of '%s': it lists %u manifests, more than %u",
                draft->index->source->image->ref, count, CR_LIMIT_INDEX_CARRIED);
    return FALSE;
  }
  for (guint i = 0; i < count; i++)
    if (draft->index->entries[i].kind == CR_INDEX_IMAGE && !draft->entries[i] && !carry(draft, i, problems, error))
      return FALSE;
  for (guint i = 0; i < count; i++) {
    const CrIndexEntry *entry = &draft->index->entries[i];
    if (entry->kind == CR_INDEX_ATTESTATION && entry->subject && is_outdated(draft, entry->subject))
      drop(draft, i);
    else if (!draft->entries[i] && !carry(draft, i, problems, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- the document ---- */

/* The descriptor NODE with the manifest that now stands there. */
static char *format_entry(const CrJson *node, const CrDraft *image, const char *was, GError **error)
{
  static const char *const type[] = {"mediaType", NULL}, *const digest[] = {"digest", NULL},
                           *const size[] = {"size", NULL};
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_node(writer, node);
  gsize bytes = 0;
  const char *text = cr_json_writer_get_text(writer, &bytes);
  if (!strcmp(was, cr_draft_get_manifest_digest(image)))
    return g_strdup(text);
  g_autofree char *new_type = cr_json_quote(cr_draft_get_manifest_type(image));
  g_autofree char *new_digest = cr_json_quote(cr_draft_get_manifest_digest(image));
  g_autofree char *new_size = g_strdup_printf("%" G_GSIZE_FORMAT, g_bytes_get_size(cr_draft_get_manifest(image)));
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new(text, bytes, "an entry of the index", error);
  if (!edit || !cr_json_edit_set(edit, type, new_type, error) || !cr_json_edit_set(edit, digest, new_digest, error) ||
      !cr_json_edit_set(edit, size, new_size, error))
    return NULL;
  g_autoptr(GBytes) made = cr_json_edit_get_bytes(edit);
  const char *data = g_bytes_get_data(made, &bytes);
  return g_strndup(data, bytes);
}

static gboolean set_entries(const CrIndexDraft *draft, CrJsonEdit *edit, const CrJson *list, GError **error)
{
  static const char *const path[] = {"manifests", NULL};
  if (!cr_json_edit_set(edit, path, "[]", error))
    return FALSE;
  for (guint i = 0; i < cr_index_get_count(draft->index); i++) {
    if (!draft->entries[i])
      continue;
    g_autofree char *entry =
        format_entry(cr_json_get_element(list, i), draft->entries[i], draft->index->entries[i].digest, error);
    if (!entry || !cr_json_edit_append(edit, path, entry, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean set_annotations(const CrIndexDraft *draft, CrJsonEdit *edit, GError **error)
{
  for (guint i = 0; !draft->docker && i < draft->annotations->len; i++) {
    const CrDraftPair *pair = draft->annotations->pdata[i];
    const char *const path[] = {"annotations", pair->name, NULL};
    g_autofree char *value = cr_json_quote(pair->value);
    if (!cr_json_edit_set(edit, path, value, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean is_changed(const CrIndexDraft *draft)
{
  gboolean changed = draft->convert || (!draft->docker && draft->annotations->len);
  for (guint i = 0; i < cr_index_get_count(draft->index) && !changed; i++)
    changed = !draft->entries[i] ||
              strcmp(cr_draft_get_manifest_digest(draft->entries[i]), draft->index->entries[i].digest) != 0;
  return changed;
}

static gboolean make_document(CrIndexDraft *draft, GError **error)
{
  static const char *const type[] = {"mediaType", NULL};
  GBytes *original = draft->index->source->index;
  if (!is_changed(draft)) {
    draft->bytes = g_bytes_ref(original);
    return TRUE;
  }
  gsize size = 0;
  const char *text = g_bytes_get_data(original, &size);
  g_autofree char *what = g_strdup_printf("the index of '%s'", draft->index->source->image->ref);
  g_autofree char *quoted = cr_json_quote(cr_index_draft_get_media_type(draft));
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, what, error);
  g_autoptr(CrJsonEdit) edit = doc ? cr_json_edit_new(text, size, what, error) : NULL;
  if (!edit || !set_entries(draft, edit, cr_json_find(cr_json_get_root(doc), "manifests"), error) ||
      !set_annotations(draft, edit, error) || (draft->convert && !cr_json_edit_set(edit, type, quoted, error)))
    return FALSE;
  draft->bytes = cr_json_edit_get_bytes(edit);
  return TRUE;
}

/* A platform may stand in it twice, arm/v6 as arm/v7. */
static void collect_images(CrIndexDraft *draft)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < cr_index_get_count(draft->index); i++)
    if (draft->entries[i] && g_hash_table_add(seen, (gpointer)cr_draft_get_manifest_digest(draft->entries[i])))
      g_ptr_array_add(draft->images, draft->entries[i]);
}

gboolean cr_index_draft_seal(CrIndexDraft *draft, CrProblems *problems, GError **error)
{
  g_return_val_if_fail(!draft->bytes, FALSE);
  gboolean before = was_docker(draft->index);
  draft->docker = draft->options.kind == CR_DRAFT_KEEP ? before : draft->options.kind == CR_DRAFT_DOCKER;
  draft->convert = draft->docker != before;
  if (!carry_others(draft, problems, error) || !make_document(draft, error))
    return FALSE;
  collect_images(draft);
  gsize size = 0;
  const void *data = g_bytes_get_data(draft->bytes, &size);
  draft->digest = cr_digest_of(data, size);
  return TRUE;
}

/* ---- of a sealed one ---- */

CrIndex *cr_index_draft_get_index(const CrIndexDraft *draft)
{
  return draft->index;
}

gboolean cr_index_draft_is_docker(const CrIndexDraft *draft)
{
  return draft->docker;
}

GBytes *cr_index_draft_get_bytes(const CrIndexDraft *draft)
{
  return draft->bytes;
}

const char *cr_index_draft_get_digest(const CrIndexDraft *draft)
{
  return draft->digest;
}

const char *cr_index_draft_get_media_type(const CrIndexDraft *draft)
{
  return draft->docker ? DOCKER_INDEX : OCI_INDEX;
}

guint cr_index_draft_get_count(const CrIndexDraft *draft)
{
  return draft->images->len;
}

CrDraft *cr_index_draft_get_image(const CrIndexDraft *draft, guint n)
{
  return draft->images->pdata[n];
}

const GPtrArray *cr_index_draft_get_dropped(const CrIndexDraft *draft)
{
  return draft->dropped;
}
