/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets the name. Everything that can fail is tried before anything that somebody uses changes, and what was done is
 * undone where the rest fails. */
#include "fleet/rebuild-private.h"

#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "fleet/kept-name.h"
#include "remedy/destination.h"

typedef struct {
  char *name, *before; /* of the old one; what it named until now */
} Kept;

static void kept_clear(Kept *kept)
{
  g_free(kept->name);
  g_free(kept->before);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kept, kept_clear)

static gboolean keep(const CrRebuilding *work, Kept *kept, GError **error)
{
  GError *cause = NULL;
  kept->name = cr_fleet_format_kept_name(work->image->reference);
  kept->before = cr_daemon_find_image(work->daemon, kept->name, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  return cr_daemon_tag_image(work->daemon, work->rebuild->before, kept->name, error);
}

static void unkeep(const CrRebuilding *work, const Kept *kept)
{
  if (kept->before)
    cr_daemon_tag_image(work->daemon, kept->before, kept->name, NULL);
  else if (kept->name)
    cr_daemon_untag_image(work->daemon, kept->name, NULL, NULL);
}

static void note_published(CrRebuild *rebuild, const char *destination, const char *kind, const char *digest)
{
  CrPublished *place = cr_arena_new0(rebuild->arena, CrPublished);
  place->destination = cr_arena_strdup(rebuild->arena, destination);
  place->kind = kind;
  place->digest = cr_arena_strdup(rebuild->arena, digest);
  place->id = rebuild->after;
  g_ptr_array_add(rebuild->published, place);
}

/* The registry first: what runs here is never newer than what others can have. */
static gboolean push(CrRebuilding *work, const char *name, GError **error)
{
  g_autofree char *destination = g_strconcat("registry:", name, NULL);
  g_autoptr(CrImageSink) sink =
      cr_image_sink_open(destination, &work->options->scan->source, work->rebuild->problems, error);
  CrDraftOptions options = {.compression = CR_COMPRESSION_GZIP};
  if (!sink)
    return FALSE;
  cr_image_sink_adapt_options(sink, &options);
  g_autoptr(CrDraft) draft = cr_draft_new(work->rebuild->now->source, &options, error);
  if (!draft || !cr_draft_seal(draft, work->rebuild->problems, error) ||
      !cr_image_sink_write(sink, draft, NULL, NULL, error))
    return FALSE;
  note_published(work->rebuild, destination, "registry", cr_draft_get_manifest_digest(draft));
  cr_patch_proof_add_check(work->rebuild->proof, "push", TRUE, destination);
  return TRUE;
}

/* Does the name still mean what this began with? */
static gboolean check_name(CrRebuilding *work)
{
  GError *cause = NULL;
  g_autofree char *id = cr_daemon_find_image(work->daemon, work->image->reference, &cause);
  g_autoptr(GError) error = cause;
  if (error) {
    cr_rebuild_fail(work, "name", "%s", error->message);
    return FALSE;
  }
  if (!g_strcmp0(id, work->rebuild->before) && !cr_stop_is_wanted())
    return TRUE;
  if (cr_stop_is_wanted())
    cr_rebuild_fail(work, "name", "careen was asked to stop");
  else
    cr_rebuild_fail(work, "name", "'%s' is another image by now: %s", work->image->reference, id ? id : "none");
  return FALSE;
}

static gboolean name_it(CrRebuilding *work, GError **error)
{
  CrRebuild *rebuild = work->rebuild;
  g_auto(Kept) kept = {0};
  if (rebuild->before && !keep(work, &kept, error)) {
    unkeep(work, &kept);
    return FALSE;
  }
  if (!cr_daemon_tag_image(work->daemon, rebuild->after, work->image->reference, error)) {
    unkeep(work, &kept);
    return FALSE;
  }
  rebuild->kept = cr_arena_strdup(rebuild->arena, kept.name);
  return TRUE;
}

void cr_rebuild_place(CrRebuilding *work)
{
  CrRebuild *rebuild = work->rebuild;
  const char *registry = work->image->config ? work->image->config->push : NULL;
  gboolean same = !g_strcmp0(rebuild->before, rebuild->after); /* all of it came from the cache */
  g_autoptr(GError) error = NULL;
  if (!check_name(work))
    return;
  if (registry && !push(work, registry, &error)) {
    cr_rebuild_fail(work, "push", "%s", error->message);
    return;
  }
  if (!same && (!check_name(work) || !name_it(work, &error))) {
    if (error)
      cr_rebuild_fail(work, "name", "%s", error->message);
    return;
  }
  g_autofree char *place =
      g_strdup_printf("%s:%s", cr_daemon_is_podman(work->daemon) ? "podman" : "docker", work->image->reference);
  note_published(rebuild, place, cr_daemon_get_kind(work->daemon), NULL);
}
