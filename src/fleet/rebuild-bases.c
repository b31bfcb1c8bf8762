/* SPDX-License-Identifier: Apache-2.0 */
/* What a build is made on. A name may move while it runs, and BuildKit takes no image id in FROM: so each base gets an
 * alias for the time of the build, which is what FROM says then. */
#include "fleet/rebuild-private.h"

#include <string.h>

#include "base/error.h"

static const CrFleetParent *find_parent(const CrFleetImage *image, const char *name)
{
  g_autofree char *normal = cr_fleet_normalise_name(name);
  for (guint i = 0; i < image->parents->len; i++) {
    const CrFleetParent *parent = image->parents->pdata[i];
    if (!strcmp(parent->image->name, normal))
      return parent;
  }
  return NULL;
}

gboolean cr_rebuild_is_same_name(const char *a, const char *b)
{
  g_autofree char *one = cr_fleet_normalise_name(a), *other = cr_fleet_normalise_name(b);
  return !strcmp(one, other);
}

/* ---- to pull or not ---- */

/* What no image may be fetched for, needed or not; or NULL. */
static const char *find_ban(const CrRebuilding *work, const CrFleetParent *parent)
{
  if (work->options->scan->source.offline)
    return "--offline";
  if (work->image->policy->signature || (parent && parent->image->policy->signature))
    return "policy: signature: what would be pulled cannot be checked for it here";
  return NULL;
}

/* Is a newer one asked for where one is there? What careen makes or patches itself has a step of its own. */
static gboolean wants_newer(const CrRebuilding *work, const char *name, const CrFleetParent *parent)
{
  return work->options->pull && work->image->policy->pull && !strchr(name, '@') &&
         (!parent || (!parent->image->ours && !parent->image->hold));
}

static const char *find_digest(const CrRebuilding *work, const CrRebuildBase *base);

static void take_pulled(CrRebuilding *work, CrRebuildBase *base, const char *id)
{
  if (base->id && strcmp(base->id, id) != 0)
    base->pulled_over = base->id;
  base->id = cr_arena_strdup(work->rebuild->arena, id);
}

/* The name goes to ID, which was fetched without it, if it still is what it was. What was named meanwhile is
 * somebody's deployment: it stays, and is what is built on. */
static gboolean name_pulled(CrRebuilding *work, CrRebuildBase *base, const char *id, const char *digest, GError **error)
{
  GError *cause = NULL;
  g_autofree char *now = cr_daemon_find_image(work->daemon, base->name, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  if (now && g_strcmp0(now, base->id) != 0 && strcmp(now, id) != 0) {
    cr_problems_add(work->rebuild->problems, CR_PROBLEM_PARTIAL, base->name,
                    "it became another image while a newer one was pulled, and is built on as it is now");
    base->id = cr_arena_strdup(work->rebuild->arena, now);
    return TRUE;
  }
  if (g_strcmp0(now, id) != 0 && !cr_daemon_tag_image(work->daemon, id, base->name, error))
    return FALSE;
  take_pulled(work, base, id);
  base->digest = cr_arena_strdup(work->rebuild->arena, digest);
  return TRUE;
}

/* From a registry that careen cannot ask, but the engine perhaps: then its word on the digest counts. */
static gboolean pull_by_tag(CrRebuilding *work, CrRebuildBase *base, const GError *why, GError **error)
{
  g_autofree char *id = NULL;
  if (!cr_daemon_pull_image(work->daemon, base->name, work->recipe->platform, &id, error))
    return FALSE;
  take_pulled(work, base, id);
  base->digest = find_digest(work, base);
  cr_problems_add(work->rebuild->problems, CR_PROBLEM_NOTE, base->name,
                  "pulled by its tag, and by the engine's word it is %s there; careen itself could not ask: %s",
                  base->digest, why->message);
  return TRUE;
}

/* The digest that the name is in its registry now, and nothing else that it becomes meanwhile. */
static gboolean pull(CrRebuilding *work, CrRebuildBase *base, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autofree char *digest = NULL, *id = NULL;
  if (!cr_source_resolve_tag(base->name, &work->options->scan->source, &digest, &why))
    return pull_by_tag(work, base, why, error);
  g_autofree char *pinned = cr_fleet_pin_name(base->name, digest);
  return cr_daemon_pull_image(work->daemon, pinned, work->recipe->platform, &id, error) &&
         name_pulled(work, base, id, digest, error);
}

/* A name that says which digest it is. */
static gboolean pull_pinned(CrRebuilding *work, CrRebuildBase *base, const char *name, GError **error)
{
  g_autofree char *id = NULL;
  if (!cr_daemon_pull_image(work->daemon, name, work->recipe->platform, &id, error))
    return FALSE;
  take_pulled(work, base, id);
  return TRUE;
}

/* ---- one base ---- */

/* The parent that was just rebuilt, or the digest that was asked for. */
static gboolean resolve_given(CrRebuilding *work, CrRebuildBase *base, GError **error)
{
  const char *digest = work->options->base_digest;
  GError *cause = NULL;
  g_autofree char *id = cr_daemon_find_image(work->daemon, digest, &cause);
  g_autofree char *name = g_strdup_printf("%s@%s", base->name, digest);
  if (!id && !cause)
    id = cr_daemon_find_image(work->daemon, name, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  base->id = cr_arena_strdup(work->rebuild->arena, id);
  g_autoptr(GError) why = NULL;
  if (id)
    return TRUE;
  const char *ban = find_ban(work, find_parent(work->image, base->name));
  if (ban || !pull_pinned(work, base, name, &why))
    cr_rebuild_fail(work, "base", "'%s' is not there: %s", name, ban ? ban : why->message);
  return base->id != NULL;
}

static gboolean resolve(CrRebuilding *work, CrRebuildBase *base, GError **error)
{
  const CrFleetParent *parent = find_parent(work->image, base->name);
  const CrRebuildOptions *options = work->options;
  if (options->base_digest && options->base_name && cr_rebuild_is_same_name(options->base_name, base->name))
    return resolve_given(work, base, error);
  GError *cause = NULL;
  g_autofree char *id = cr_daemon_find_image(work->daemon, base->name, &cause);
  if (cause) {
    g_propagate_error(error, cause);
    return FALSE;
  }
  base->id = cr_arena_strdup(work->rebuild->arena, id);
  if (id && !wants_newer(work, base->name, parent))
    return TRUE;
  const char *ban = find_ban(work, parent);
  if (!id && parent && parent->image->build)
    ban = "careen builds it: careen rebuild it first";
  g_autoptr(GError) why = NULL;
  if (!ban && (strchr(base->name, '@') ? pull_pinned(work, base, base->name, &why) : pull(work, base, &why)))
    return TRUE;
  if (id) {
    cr_problems_add(work->rebuild->problems, CR_PROBLEM_PARTIAL, base->name,
                    "built on the one that is here; a newer one was not pulled: %s", ban ? ban : why->message);
    return TRUE;
  }
  cr_rebuild_fail(work, "base", "'%s' is not there: %s", base->name, ban ? ban : why->message);
  return FALSE;
}

/* ---- all of them ---- */

static CrRebuildBase *add(CrRebuilding *work, const char *name, gboolean copied)
{
  for (guint i = 0; i < work->bases->len; i++) {
    CrRebuildBase *base = work->bases->pdata[i];
    if (!strcmp(base->name, name))
      return base;
  }
  CrRebuildBase *base = cr_arena_new0(work->rebuild->arena, CrRebuildBase);
  base->name = name;
  base->copied = copied;
  g_ptr_array_add(work->bases, base);
  return base;
}

/* `--build-context NAME=…`: what FROM or --from says then is no image. */
static gboolean is_context(const CrRebuilding *work, const char *name)
{
  CrStrv contexts = work->recipe->contexts;
  for (guint i = 0; contexts && contexts[i]; i++) {
    gsize length = strcspn(contexts[i], "=");
    if (strlen(name) == length && !strncmp(contexts[i], name, length))
      return TRUE;
  }
  return FALSE;
}

/* The classic builder makes every stage up to the target, needed or not. */
static gboolean list(CrRebuilding *work)
{
  for (int i = 0; i <= work->file->target; i++) {
    const CrDockerfrom *from = &((const CrDockerstage *)work->file->stages->pdata[i])->from;
    if (from->unknown) {
      cr_rebuild_fail(work, "base", "its FROM in line %u is not known: '%s' has no value for $%s", from->line,
                      from->raw, from->unknown);
      return FALSE;
    }
    if (from->image && !is_context(work, from->image))
      add(work, from->image, FALSE);
  }
  g_autoptr(GPtrArray) needed = cr_dockerfile_list_images(work->file);
  for (guint i = 0; i < needed->len; i++) {
    const CrDockerfrom *from = needed->pdata[i];
    if (from->image && !is_context(work, from->image))
      add(work, from->image, TRUE);
  }
  return TRUE;
}

/* The digest that was pulled, else what the engine says of the repository that NAME is of, else the id. */
static const char *find_digest(const CrRebuilding *work, const CrRebuildBase *base)
{
  if (base->digest)
    return base->digest;
  g_autoptr(CrJsonDoc) doc = cr_daemon_inspect_image(work->daemon, base->id, NULL);
  const CrJson *digests = doc ? cr_json_find(cr_json_get_root(doc), "RepoDigests") : NULL;
  g_autofree char *normal = cr_fleet_normalise_name(base->name);
  const char *end = strchr(normal, '@') ? strchr(normal, '@') : strrchr(normal, ':');
  gsize length = end ? (gsize)(end - normal) : strlen(normal);
  for (guint i = 0; i < cr_json_get_length(digests); i++) {
    const char *text = cr_json_get_string(cr_json_get_element(digests, i), NULL);
    g_autofree char *other = text ? cr_fleet_normalise_name(text) : NULL;
    if (other && !strncmp(other, normal, length) && other[length] == '@')
      return cr_arena_strdup(work->rebuild->arena, other + length + 1);
  }
  return base->id;
}

static void note_base(CrRebuilding *work)
{
  const CrDockerfrom *from = cr_dockerfile_get_base(work->file);
  for (guint i = 0; from->image && i < work->bases->len; i++) {
    const CrRebuildBase *base = work->bases->pdata[i];
    if (strcmp(base->name, from->image) != 0)
      continue;
    work->rebuild->base = cr_arena_strdup(work->rebuild->arena, base->name); /* the name is the Dockerfile's */
    work->rebuild->base_digest = find_digest(work, base);
  }
}

/* A parent that the recipe does not name any more is no reason for this build. */
static gboolean check_given(CrRebuilding *work)
{
  const CrRebuildOptions *options = work->options;
  for (guint i = 0; options->base_name && i < work->bases->len; i++)
    if (cr_rebuild_is_same_name(options->base_name, ((const CrRebuildBase *)work->bases->pdata[i])->name))
      return TRUE;
  if (options->base_name)
    cr_rebuild_fail(work, "base", "its recipe does not name '%s' any more: plan again", options->base_name);
  return !options->base_name;
}

gboolean cr_rebuild_prepare_bases(CrRebuilding *work, GError **error)
{
  if (!list(work) || !check_given(work))
    return FALSE;
  for (guint i = 0; i < work->bases->len; i++) {
    CrRebuildBase *base = work->bases->pdata[i];
    if (!resolve(work, base, error))
      return FALSE;
    if (base->copied)
      continue;
    const char *alias = cr_rebuild_make_name("base", work->rebuild->arena);
    if (!cr_daemon_tag_image(work->daemon, base->id, alias, error))
      return FALSE;
    base->alias = alias;
  }
  note_base(work);
  return TRUE;
}

/* Unless somebody has given the name to another one meanwhile. */
static void name_as_before(CrRebuilding *work, const CrRebuildBase *base)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *now = cr_daemon_find_image(work->daemon, base->name, &error);
  if (!error && !g_strcmp0(now, base->id))
    cr_daemon_tag_image(work->daemon, base->pulled_over, base->name, &error);
  if (error)
    cr_problems_add_error(work->rebuild->problems, CR_PROBLEM_PARTIAL, base->name, error);
}

void cr_rebuild_release_bases(CrRebuilding *work, gboolean undo)
{
  for (guint i = 0; i < work->bases->len; i++) {
    const CrRebuildBase *base = work->bases->pdata[i];
    if (undo && base->pulled_over)
      name_as_before(work, base);
    if (base->alias)
      cr_daemon_untag_image(work->daemon, base->alias, NULL, NULL);
  }
}
