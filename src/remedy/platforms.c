/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/platforms.h"

#include <string.h>

#include "base/error.h"
#include "remedy/publish.h"
#include "remedy/runner.h"

/* ---- which ---- */

static CrPlatform *find_platform(const CrPlatforms *platforms, guint entry)
{
  for (guint i = 0; i < platforms->list->len; i++) {
    CrPlatform *platform = platforms->list->pdata[i];
    if (platform->entry == entry)
      return platform;
  }
  return NULL;
}

/* One that names no platform is of what its config says. */
static void find_runner(CrPlatforms *platforms, CrPlatform *platform)
{
  const CrIndexEntry *image = platform->image;
  if (image->platform) {
    platform->how = cr_runner_find(image->os, image->architecture, image->variant, CR_BINFMT_FOLDER, platforms->arena,
                                   &platform->why);
    return;
  }
  g_autoptr(CrSource) source = cr_index_open_image(platforms->index, platform->entry, NULL);
  const CrImage *described = source ? cr_source_get_image(source) : NULL;
  platform->how = described ? cr_runner_find(described->os, described->architecture, described->variant,
                                             CR_BINFMT_FOLDER, platforms->arena, &platform->why)
                            : NULL;
  if (!described)
    platform->why = "the index does not say what it is for, and neither does its config";
}

static void list_platforms(CrPlatforms *platforms)
{
  for (guint i = 0; i < cr_index_get_count(platforms->index); i++) {
    const CrIndexEntry *image = cr_index_get_entry(platforms->index, i);
    if (image->kind != CR_INDEX_IMAGE)
      continue;
    CrPlatform *platform = cr_arena_new0(platforms->arena, CrPlatform);
    platform->entry = i;
    platform->image = image;
    find_runner(platforms, platform);
    g_ptr_array_add(platforms->list, platform);
  }
}

static gboolean refuse(const CrPlatforms *platforms, const char *what, const char *why, GError **error)
{
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot patch %s of '%s': %s", what,
                              cr_source_get_image(cr_index_get_source(platforms->index))->ref, why);
  cr_error_set_hint(cause, "apt-get install qemu-user-static registers foreign programs with binfmt_misc");
  g_propagate_error(error, cause);
  return FALSE;
}

/* With wishes all others are carried, whether they run here or not. */
static gboolean apply_wishes(CrPlatforms *platforms, CrStrv wishes, GError **error)
{
  g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);
  for (guint i = 0; wishes[i]; i++) {
    guint entry = 0;
    if (!cr_index_choose(platforms->index, wishes[i], &entry, error))
      return FALSE;
    CrPlatform *platform = find_platform(platforms, entry);
    if (!platform || !platform->how)
      return refuse(platforms, wishes[i], platform ? platform->why : "it is no image", error);
    g_hash_table_add(wanted, platform);
  }
  for (guint i = 0; i < platforms->list->len; i++) {
    CrPlatform *platform = platforms->list->pdata[i];
    if (g_hash_table_contains(wanted, platform))
      continue;
    platform->how = NULL;
    platform->why = "--platform names others";
  }
  return TRUE;
}

static gboolean choose(CrPlatforms *platforms, CrStrv wishes, GError **error)
{
  list_platforms(platforms);
  if (wishes && wishes[0])
    return apply_wishes(platforms, wishes, error);
  for (guint i = 0; i < platforms->list->len; i++)
    if (((const CrPlatform *)platforms->list->pdata[i])->how)
      return TRUE;
  g_autofree char *all = cr_index_format_platforms(platforms->index);
  g_autofree char *why = g_strdup_printf("programs of none run here: %s", all);
  return refuse(platforms, "any platform", why, error);
}

/* ---- look ---- */

/* Of all remedies the gravest; nothing only where all have nothing to do. */
static void judge(CrPlatforms *platforms)
{
  platforms->outcome = CR_REMEDY_NOTHING;
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    if (platform->remedy && platform->remedy->outcome > platforms->outcome)
      platforms->outcome = platform->remedy->outcome;
  }
}

CrPlatforms *cr_platforms_new(CrIndex *index, CrStrv wishes, const CrScanOptions *scan, const CrRemedyOptions *options,
                              GError **error)
{
  g_autoptr(CrPlatforms) platforms = g_new0(CrPlatforms, 1);
  platforms->arena = cr_arena_new();
  platforms->index = index;
  platforms->options = *options;
  platforms->list = g_ptr_array_new();
  platforms->drafts = g_ptr_array_new_with_free_func((GDestroyNotify)cr_index_draft_free);
  platforms->made = g_array_new(FALSE, FALSE, sizeof(CrDraftOptions));
  platforms->published = g_ptr_array_new();
  platforms->dropped = g_ptr_array_new();
  platforms->problems = cr_problems_new();
  if (!choose(platforms, wishes, error))
    return NULL;
  CrScanOptions scanning = *scan;
  for (guint i = 0; i < platforms->list->len; i++) {
    CrPlatform *platform = platforms->list->pdata[i];
    scanning.source.platform = platform->image->platform; /* of its base, too */
    CrSource *source = platform->how ? cr_index_open_image(index, platform->entry, error) : NULL;
    if (source)
      platform->remedy = cr_remedy_new_source(source, cr_problems_new(), &scanning, options, error);
    if (platform->how && !platform->remedy)
      return NULL;
    if (platform->remedy && platform->image->platform)
      platform->remedy->platform = platform->image->platform;
  }
  judge(platforms);
  return g_steal_pointer(&platforms);
}

void cr_platforms_free(CrPlatforms *platforms)
{
  if (!platforms)
    return;
  g_ptr_array_unref(platforms->drafts); /* before what they are made of */
  for (guint i = 0; i < platforms->list->len; i++)
    cr_remedy_free(((CrPlatform *)platforms->list->pdata[i])->remedy);
  g_ptr_array_unref(platforms->list);
  g_array_unref(platforms->made);
  g_ptr_array_unref(platforms->published);
  g_ptr_array_unref(platforms->dropped);
  cr_problems_free(platforms->problems);
  cr_arena_free(platforms->arena);
  g_free(platforms);
}

void cr_platforms_leave(const CrIndex *index, CrRemedy *remedy)
{
  const char *digest = cr_remedy_get_image(remedy)->digest;
  g_autofree char *all = cr_index_format_platforms(index);
  cr_problems_add(remedy->scan->problems, CR_PROBLEM_NOTE, "platforms", "of %s only %s: the destination holds one", all,
                  remedy->platform);
  for (guint i = 0; remedy->outcome == CR_REMEDY_PATCHED && i < cr_index_get_count(index); i++) {
    const CrIndexEntry *entry = cr_index_get_entry(index, i);
    if (entry->kind != CR_INDEX_ATTESTATION || g_strcmp0(entry->subject, digest) != 0)
      continue;
    CrDropped *dropped = cr_arena_new0(remedy->arena, CrDropped);
    *dropped = (CrDropped){.digest = cr_arena_strdup(remedy->arena, entry->digest),
                           .type = cr_arena_strdup(remedy->arena, entry->type),
                           .subject = digest,
                           .place = "index"};
    g_ptr_array_add(remedy->dropped, dropped);
  }
}

/* ---- make and prove ---- */

gboolean cr_platforms_patch(CrPlatforms *platforms, GError **error)
{
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    if (!platform->remedy || cr_remedy_patch(platform->remedy, error))
      continue;
    g_prefix_error(error, "%s: ", platform->image->platform ? platform->image->platform : "a platform without a name");
    return FALSE;
  }
  judge(platforms);
  return TRUE;
}

/* ---- publish ---- */

static void set_annotations(CrIndexDraft *draft, const CrPlatforms *platforms)
{
  /* one that was patched before has its original's already: each platform is patched from there */
  if (platforms->outcome == CR_REMEDY_PATCHED && !cr_index_find_annotation(platforms->index, CR_PATCH_LABEL_ORIGINAL))
    cr_index_draft_set_annotation(draft, CR_PATCH_LABEL_ORIGINAL, cr_index_get_digest(platforms->index));
}

static CrIndexDraft *make_draft(CrPlatforms *platforms, const CrDraftOptions *options, GError **error)
{
  g_autoptr(CrIndexDraft) draft = cr_index_draft_new(platforms->index, options);
  CrDraftOptions one = *options;
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    CrDraft *image = platform->remedy ? cr_remedy_get_draft(platform->remedy, &one, error) : NULL;
    if (platform->remedy && !image)
      return NULL;
    if (image)
      cr_index_draft_replace(draft, platform->entry, image);
  }
  set_annotations(draft, platforms);
  return cr_index_draft_seal(draft, platforms->problems, error) ? g_steal_pointer(&draft) : NULL;
}

static CrIndexDraft *get_draft(CrPlatforms *platforms, const CrDraftOptions *options, GError **error)
{
  for (guint i = 0; i < platforms->made->len; i++) {
    const CrDraftOptions *other = &g_array_index(platforms->made, CrDraftOptions, i);
    if (other->kind == options->kind && other->compression == options->compression)
      return platforms->drafts->pdata[i];
  }
  CrIndexDraft *draft = make_draft(platforms, options, error);
  if (!draft)
    return NULL;
  g_array_append_val(platforms->made, *options);
  g_ptr_array_add(platforms->drafts, draft);
  return draft;
}

/* What sinks that hold one platform get: that of SINGLE, patched or as it is. */
static CrDraft *get_single(CrPlatforms *platforms, const char *single, const CrDraftOptions *options, GError **error)
{
  guint entry = 0;
  if (!cr_index_choose(platforms->index, single, &entry, error))
    return NULL;
  CrPlatform *platform = find_platform(platforms, entry);
  if (platform && platform->remedy)
    return cr_remedy_get_draft(platform->remedy, options, error);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot write one platform of '%s': %s is not among those patched",
              cr_source_get_image(cr_index_get_source(platforms->index))->ref,
              platform && platform->image->platform ? platform->image->platform : "that of this machine");
  return NULL;
}

static gboolean make_drafts(CrPlatforms *platforms, const GPtrArray *sinks, const char *single, GError **error)
{
  for (guint i = 0; i < sinks->len; i++) {
    CrDraftOptions options = platforms->options.draft;
    cr_image_sink_adapt_options(sinks->pdata[i], &options);
    gboolean made = cr_image_sink_holds_indexes(sinks->pdata[i])
                        ? get_draft(platforms, &options, error) != NULL
                        : get_single(platforms, single, &options, error) != NULL;
    if (!made)
      return FALSE;
  }
  return sinks->len || get_draft(platforms, &platforms->options.draft, error) != NULL;
}

static void note_published(CrPlatforms *platforms, const CrImageSink *sink, const char *digest, const char *id)
{
  CrPublished *place = cr_arena_new0(platforms->arena, CrPublished);
  place->destination = cr_arena_strdup(platforms->arena, cr_image_sink_get_destination(sink));
  place->kind = cr_image_sink_get_kind(sink);
  place->digest = digest;
  place->id = id ? cr_arena_strdup(platforms->arena, id) : NULL;
  g_ptr_array_add(platforms->published, place);
}

/* What SINK has of each remedy; ONLY: it has no other. */
static gboolean note_each(CrPlatforms *platforms, const CrImageSink *sink, const CrDraftOptions *options,
                          const CrDraft *only, GError **error)
{
  for (guint i = 0; i < platforms->list->len; i++) {
    CrRemedy *remedy = ((const CrPlatform *)platforms->list->pdata[i])->remedy;
    const CrDraft *draft = remedy ? cr_remedy_get_draft(remedy, options, error) : NULL;
    if (remedy && !draft)
      return FALSE;
    if (draft && (!only || draft == only))
      cr_remedy_note_published(remedy, sink, draft);
  }
  return TRUE;
}

static gboolean write_to(CrPlatforms *platforms, CrImageSink *sink, const char *single, GError **error)
{
  CrDraftOptions options = platforms->options.draft;
  cr_image_sink_adapt_options(sink, &options);
  if (cr_image_sink_holds_indexes(sink)) {
    CrIndexDraft *draft = get_draft(platforms, &options, error);
    if (!draft || !cr_image_sink_write_index(sink, draft, NULL, NULL, error))
      return FALSE;
    note_published(platforms, sink, cr_index_draft_get_digest(draft), NULL);
    return note_each(platforms, sink, &options, NULL, error);
  }
  CrDraft *draft = get_single(platforms, single, &options, error);
  if (!draft || !cr_image_sink_write(sink, draft, NULL, NULL, error) ||
      !note_each(platforms, sink, &options, draft, error))
    return FALSE;
  note_published(platforms, sink, cr_draft_get_manifest_digest(draft), cr_remedy_find_id(sink, draft));
  return TRUE;
}

/* Attestations inside the index, signatures and the like beside it and beside each platform that changed. */
static void list_dropped(CrPlatforms *platforms)
{
  CrSource *source = cr_index_get_source(platforms->index);
  const CrIndexDraft *draft = cr_platforms_get_result(platforms);
  if (!draft || !strcmp(cr_index_draft_get_digest(draft), cr_index_get_digest(platforms->index)))
    return;
  const GPtrArray *inside = cr_index_draft_get_dropped(draft);
  for (guint i = 0; i < inside->len; i++)
    g_ptr_array_add(platforms->dropped, inside->pdata[i]);
  cr_source_list_referrers(source, cr_index_get_digest(platforms->index), platforms->arena, platforms->dropped,
                           platforms->problems);
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    if (platform->remedy && platform->remedy->outcome == CR_REMEDY_PATCHED)
      cr_source_list_referrers(source, platform->image->digest, platforms->arena, platforms->dropped,
                               platforms->problems);
  }
}

gboolean cr_platforms_publish(CrPlatforms *platforms, const GPtrArray *sinks, const char *single, GError **error)
{
  if (platforms->outcome != CR_REMEDY_PATCHED && platforms->outcome != CR_REMEDY_NOTHING)
    return TRUE;
  if (!make_drafts(platforms, sinks, single, error))
    return FALSE;
  judge(platforms); /* the last check of each was made just now */
  for (guint i = 0; platforms->outcome != CR_REMEDY_FAILED && i < sinks->len; i++)
    if (!write_to(platforms, sinks->pdata[i], single, error))
      return FALSE;
  list_dropped(platforms);
  return TRUE;
}

const CrIndexDraft *cr_platforms_get_result(const CrPlatforms *platforms)
{
  return platforms->drafts->len ? platforms->drafts->pdata[0] : NULL;
}

int cr_platforms_get_exit_code(const CrPlatforms *platforms)
{
  int code = 0;
  for (guint i = 0; i < platforms->list->len; i++) {
    const CrPlatform *platform = platforms->list->pdata[i];
    int one = platform->remedy ? cr_remedy_get_exit_code(platform->remedy) : 0;
    code = one == 1 || code == 0 ? one : code;
  }
  return code;
}
