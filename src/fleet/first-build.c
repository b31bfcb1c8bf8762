/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/first-build.h"

#include "recipe/dockerfile.h"

/* Does a file say that it is to be there? careen.yaml, or a service that is on. */
static gboolean is_meant(const CrFleetImage *image)
{
  gboolean told = FALSE;
  for (guint i = 0; i < image->uses->len; i++) {
    const CrImageUse *use = image->uses->pdata[i];
    told |= use->active;
  }
  return image->config || told;
}

gboolean cr_first_build_is_unbuilt(const CrFleetImage *image)
{
  return image->build && image->ours && !image->id && !image->containers->len &&
         (!image->registry || image->registry->missing);
}

/* Could all engines say what they have? Else it may be there all the same. */
static gboolean is_certain(const CrFleet *fleet)
{
  for (guint i = 0; i < fleet->held->len; i++)
    if (!((const CrFleetHeld *)fleet->held->pdata[i])->names)
      return FALSE;
  return fleet->daemons->len > 0;
}

CrDaemon *cr_first_build_choose_daemon(const CrFleet *fleet, const CrFleetImage *image)
{
  for (const CrFleetImage *below = image; below;) {
    if (below->daemon)
      return below->daemon;
    const CrFleetParent *base = cr_fleet_image_get_base(below);
    below = base ? base->image : NULL;
  }
  return fleet->daemons->len ? fleet->daemons->pdata[0] : NULL;
}

/* What a first build that was in vain hangs on: what the recipe says, and the day, for its folder may be another. */
static const char *format_recipe(const CrBuildRecipe *build, gint64 now, CrArena *arena)
{
  g_autofree char *found = build->text || build->remote ? NULL
                           : build->dockerfile          ? g_strdup(build->dockerfile)
                                                        : cr_dockerfile_find(build->context);
  g_autofree char *text = NULL;
  gsize size = 0;
  if (found && !g_file_get_contents(found, &text, &size, NULL))
    size = 0; /* then the build says why */
  g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)(text ? text : ""), size);
  g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(now);
  g_autofree char *day = g_date_time_format(when, "%Y-%m-%d");
  return cr_arena_printf(arena, "%s %s %s", day, build->text ? build->text : "", sum);
}

CrImageFacts *cr_first_build_take_facts(const CrFleet *fleet, const CrFleetImage *image, gint64 now, CrArena *arena)
{
  if (!is_meant(image))
    return NULL;
  CrImageFacts *facts = cr_arena_new0(arena, CrImageFacts);
  facts->image = image;
  facts->fixes = g_ptr_array_new();
  facts->base_pending = -1;
  if (is_certain(fleet))
    facts->recipe = format_recipe(image->build, now, arena);
  else
    facts->error = "no engine could say whether it has it";
  return facts;
}
