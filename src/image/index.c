/* SPDX-License-Identifier: Apache-2.0 */
#include "image/index.h"

#include <string.h>

#include "base/error.h"
#include "image/index-private.h"

static CrIndexKind find_kind(const CrDescriptor *entry)
{
  if (entry->attestation)
    return CR_INDEX_ATTESTATION;
  gboolean nested =
      entry->media_type && (strstr(entry->media_type, ".index.v") || strstr(entry->media_type, ".manifest.list.v"));
  return entry->artifact_type || nested ? CR_INDEX_ARTIFACT : CR_INDEX_IMAGE;
}

static const char *find_type(const CrDescriptor *entry, CrIndexKind kind)
{
  if (kind == CR_INDEX_IMAGE)
    return NULL;
  if (entry->artifact_type)
    return entry->artifact_type;
  return kind == CR_INDEX_ATTESTATION ? "attestation" : entry->media_type;
}

static void describe(CrIndex *index, const CrDescriptor *from, CrIndexEntry *out)
{
  out->kind = find_kind(from);
  out->digest = from->digest;
  out->media_type = from->media_type;
  out->os = from->os;
  out->architecture = from->architecture;
  out->variant = from->variant;
  out->type = find_type(from, out->kind);
  out->subject = from->subject;
  if (from->os && from->architecture)
    out->platform = cr_arena_printf(index->arena, "%s/%s%s%s", from->os, from->architecture, from->variant ? "/" : "",
                                    from->variant ? from->variant : "");
}

CrIndex *cr_index_open(CrSource *source, GError **error)
{
  if (!source->index)
    return NULL;
  g_autoptr(CrIndex) index = g_new0(CrIndex, 1);
  index->source = source;
  index->arena = cr_arena_new();
  g_autofree char *what = g_strdup_printf("the index of '%s'", source->image->ref);
  gsize size = 0;
  const char *text = g_bytes_get_data(source->index, &size);
  index->manifest = cr_manifest_parse(text, size, what, index->arena, error);
  if (!index->manifest)
    return NULL;
  index->entries = cr_arena_alloc(index->arena, ((gsize)index->manifest->count + 1) * sizeof *index->entries);
  for (guint i = 0; i < index->manifest->count; i++)
    describe(index, &index->manifest->entries[i], &index->entries[i]);
  return g_steal_pointer(&index);
}

void cr_index_free(CrIndex *index)
{
  if (!index)
    return;
  cr_arena_free(index->arena);
  g_free(index);
}

const char *cr_index_get_digest(const CrIndex *index)
{
  return index->source->index_digest;
}

CrSource *cr_index_get_source(const CrIndex *index)
{
  return index->source;
}

guint cr_index_get_count(const CrIndex *index)
{
  return index->manifest->count;
}

const CrIndexEntry *cr_index_get_entry(const CrIndex *index, guint i)
{
  return &index->entries[i];
}

const char *cr_index_find_annotation(const CrIndex *index, const char *name)
{
  const CrManifest *manifest = index->manifest;
  for (guint i = 0; manifest->annotation_names[i]; i++)
    if (!strcmp(manifest->annotation_names[i], name))
      return manifest->annotation_values[i];
  return NULL;
}

gboolean cr_index_choose(const CrIndex *index, const char *platform, guint *i, GError **error)
{
  g_autofree char *what = g_strdup_printf("'%s'", index->source->image->ref);
  const CrDescriptor *chosen = cr_manifest_choose(index->manifest, platform, what, error);
  if (chosen)
    *i = (guint)(chosen - index->manifest->entries);
  return chosen != NULL;
}

char *cr_index_format_platforms(const CrIndex *index)
{
  return cr_manifest_format_platforms(index->manifest);
}

CrSource *cr_index_open_image(const CrIndex *index, guint i, GError **error)
{
  g_return_val_if_fail(index->entries[i].kind == CR_INDEX_IMAGE, NULL);
  return cr_source_open_member(index->source, &index->manifest->entries[i], FALSE, error);
}
