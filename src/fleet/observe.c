/* SPDX-License-Identifier: Apache-2.0 */
/* A scan as the record keeps it. */
#include <string.h>

#include "fleet/facts.h"
#include "remedy/fixes.h"

static void take_packages(CrObservation *it, const CrScan *scan, CrArena *arena)
{
  g_autoptr(GHashTable) updates = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < scan->updates->len; i++)
    g_hash_table_insert(updates, (gpointer)((const CrUpdate *)scan->updates->pdata[i])->package,
                        scan->updates->pdata[i]);
  for (guint i = 0; i < scan->packages->len; i++) {
    const CrPackage *package = scan->packages->pdata[i];
    const CrUpdate *update = g_hash_table_lookup(updates, package);
    CrSeenPackage *seen = cr_arena_new0(arena, CrSeenPackage);
    *seen = (CrSeenPackage){
        .type = cr_arena_strdup(arena, package->type),
        .name = cr_arena_strdup(arena, package->name),
        .source = cr_arena_strdup(arena, package->source_name),
        .version = cr_arena_strdup(arena, package->version),
        .arch = cr_arena_strdup(arena, package->arch),
        .purl = cr_arena_strdup(arena, package->purl),
        .reach = cr_reach_level_get_name(package->reach.level),
        .candidate = update ? cr_arena_strdup(arena, update->candidate) : NULL,
        .security = update && update->security,
    };
    g_ptr_array_add(it->packages, seen);
  }
}

static void take_flaws(CrObservation *it, const CrScan *scan, CrArena *arena)
{
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    CrSeenFlaw *seen = cr_arena_new0(arena, CrSeenFlaw);
    *seen = (CrSeenFlaw){
        .id = cr_arena_strdup(arena, finding->id),
        .package = cr_arena_strdup(arena, finding->package->name),
        .installed = cr_arena_strdup(arena, finding->package->version),
        .fixed = cr_arena_strdup(arena, finding->fixed),
        .status = finding->suppressed ? "suppressed" : cr_arena_strdup(arena, finding->status),
        .severity = cr_severity_get_name(finding->severity),
        .reach = cr_reach_level_get_name(finding->reach),
        .aliases = cr_arena_strdupv(arena, finding->aliases),
        .exploited = finding->exploited,
    };
    g_ptr_array_add(it->flaws, seen);
  }
}

CrObservation *cr_facts_observe(const CrScan *scan, CrArena *arena)
{
  const CrImage *image = scan->image;
  CrObservation *it = cr_arena_new0(arena, CrObservation);
  it->image_id = cr_arena_strdup(arena, image->id);
  it->name = cr_arena_strdup(arena, image->name ? image->name : image->ref);
  it->digest = cr_arena_strdup(arena, image->digest);
  it->platform = cr_arena_strdup(arena, image->platform);
  it->os = scan->os->id ? cr_arena_printf(arena, "%s%s%s", scan->os->id, scan->os->version ? " " : "",
                                          scan->os->version ? scan->os->version : "")
                        : NULL;
  it->verdict = cr_verdict_get_name(scan->summary.verdict);
  it->reason = cr_arena_strdup(arena, scan->summary.reason);
  it->data = cr_arena_strdup(arena, scan->data_advisories);
  it->when = g_get_real_time() / G_USEC_PER_SEC;
  const char **layers = cr_arena_alloc(arena, (image->layer_count + 1) * sizeof *layers);
  for (guint i = 0, n = 0; i < image->layer_count; i++)
    if (image->layers[i].diff_id)
      layers[n++] = cr_arena_strdup(arena, image->layers[i].diff_id);
  it->layers = layers;
  const char *bases[] = {scan->base.name, NULL};
  it->bases = cr_arena_strdupv(arena, bases);
  it->packages = g_ptr_array_new();
  it->flaws = g_ptr_array_new();
  take_packages(it, scan, arena);
  take_flaws(it, scan, arena);
  it->report = cr_facts_write_report(scan, arena);
  return it;
}

void cr_observation_clear(CrObservation *observation)
{
  g_clear_pointer(&observation->packages, g_ptr_array_unref);
  g_clear_pointer(&observation->flaws, g_ptr_array_unref);
}

/* ---- where it is ---- */

static void add_sighting(GPtrArray *list, CrArena *arena, const char *daemon, const char *kind, const char *name,
                         const char *image_id, const char *state, gint64 now)
{
  CrSighting *it = cr_arena_new0(arena, CrSighting);
  *it = (CrSighting){g_get_host_name(), kind, daemon, name, image_id, state, now, now};
  g_ptr_array_add(list, it);
}

gboolean cr_facts_remember(const CrScan *scan, const char *place, const char *name, const char *id, CrRecord *record,
                           GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrObservation *observation = cr_facts_observe(scan, arena);
  g_autofree char *own = cr_fleet_normalise_name(name ? name : observation->name);
  g_autoptr(GPtrArray) sightings = g_ptr_array_new();
  observation->name = own;
  if (id)
    observation->image_id = cr_arena_strdup(arena, id);
  add_sighting(sightings, arena, place, "image", own, observation->image_id, NULL, observation->when);
  gboolean ok =
      cr_record_put_observation(record, observation, error) && cr_record_put_sightings(record, sightings, error);
  cr_observation_clear(observation);
  return ok;
}

gboolean cr_facts_sight_one(CrRecord *record, const CrDaemon *daemon, const char *kind, const char *name,
                            const char *image_id, const char *state, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GPtrArray) sightings = g_ptr_array_new();
  add_sighting(sightings, arena, cr_daemon_get_name(daemon), kind, name, image_id, state,
               g_get_real_time() / G_USEC_PER_SEC);
  return cr_record_put_sightings(record, sightings, error);
}

/* A name of an image, or the id of one that has none; and what was seen: Docker lists no image without a name that
 * others were built from, though containers run it. */
static GHashTable *list_images(const CrFleetHeld *held, const GPtrArray *seen)
{
  GHashTable *all = g_hash_table_new(g_str_hash, g_str_equal);
  GHashTable *const both[] = {held->names, held->ids};
  for (guint i = 0; i < G_N_ELEMENTS(both); i++) {
    GHashTableIter iterator;
    gpointer key;
    g_hash_table_iter_init(&iterator, both[i]);
    while (g_hash_table_iter_next(&iterator, &key, NULL))
      g_hash_table_add(all, key);
  }
  for (guint i = 0; i < seen->len; i++)
    g_hash_table_add(all, (gpointer)((const CrSighting *)seen->pdata[i])->name);
  return all;
}

/* What a daemon could not list may be there all the same, and so may what another daemon has. */
static gboolean forget_gone(CrRecord *record, const CrFleetHeld *held, const char *daemon, const GPtrArray *seen,
                            GError **error)
{
  const char *host = g_get_host_name();
  g_autoptr(GHashTable) images = held->names ? list_images(held, seen) : NULL;
  return (!images || cr_record_keep_sightings(record, host, "image", daemon, images, error)) &&
         (!held->containers || cr_record_keep_sightings(record, host, "container", daemon, held->containers, error));
}

gboolean cr_facts_sight(const CrFleet *fleet, CrRecord *record, GError **error)
{
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  for (guint d = 0; d < fleet->daemons->len; d++) {
    const CrDaemon *daemon = fleet->daemons->pdata[d];
    const char *own = cr_daemon_get_name(daemon);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (guint i = 0; i < fleet->images->len; i++) {
      const CrFleetImage *image = fleet->images->pdata[i];
      if (image->daemon == daemon && image->id)
        add_sighting(list, arena, own, "image", image->name, image->id, NULL, now);
    }
    for (guint i = 0; i < fleet->containers->len; i++) {
      const CrFleetContainer *it = fleet->containers->pdata[i];
      if (it->daemon == daemon)
        add_sighting(list, arena, own, "container", it->container->name, it->container->image_id, it->container->state,
                     now);
    }
    if (!cr_record_put_sightings(record, list, error) || !forget_gone(record, fleet->held->pdata[d], own, list, error))
      return FALSE;
  }
  return TRUE;
}
