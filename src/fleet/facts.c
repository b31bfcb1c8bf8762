/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/facts.h"

#include <string.h>

#include "advisory/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "fleet/first-build.h"
#include "fleet/known.h"
#include "fleet/unanswered.h"
#include "lineage/moved.h"
#include "record/stage.h"
#include "remedy/packages.h"

/* ---- fixes ---- */

static CrFactFix *take_fix(const CrPolicyVerdict *verdict, CrArena *arena)
{
  const CrUpdate *update = verdict->update;
  CrFactFix *fix = cr_arena_new0(arena, CrFactFix);
  *fix = (CrFactFix){
      .package = cr_arena_strdup(arena, update->package->name),
      .from = cr_arena_strdup(arena, update->package->version),
      .to = cr_arena_strdup(arena, update->candidate),
      .security = update->security,
      .reached = update->package->reach.level != CR_REACH_UNREACHED,
      .exploited = verdict->exploited,
      .wanted = verdict->wanted,
      .configured = update->configured,
      .origin = update->from,
      .why_not = verdict->wanted ? NULL : cr_arena_strdup(arena, verdict->why),
  };
  return fix;
}

/* What the policy wants of flaws that no package manager installs: those that it would want of packages. */
static gboolean is_build_wanted(const CrPolicy *policy, const CrFinding *finding)
{
  if (finding->suppressed || !cr_finding_needs_build(finding) ||
      cr_policy_holds_package(policy, finding->package->name))
    return FALSE;
  if ((policy->updates == CR_WANTED_REACHED || policy->minimum_reached) && finding->reach == CR_REACH_UNREACHED)
    return FALSE;
  if (policy->minimum_exploited && !finding->exploited)
    return FALSE;
  return policy->minimum == CR_SEVERITY_UNKNOWN || finding->severity == CR_SEVERITY_UNKNOWN ||
         finding->severity >= policy->minimum || finding->exploited;
}

/* ---- the rest ---- */

static void count_flaws(CrImageFacts *facts, const CrPolicy *policy, const CrScan *scan)
{
  g_autoptr(GHashTable) packages = g_hash_table_new(NULL, NULL);
  for (guint i = 0; i < scan->findings->len; i++) {
    const CrFinding *finding = scan->findings->pdata[i];
    facts->waiting += !finding->suppressed && !strcmp(finding->status, "pending_archive");
    if (is_build_wanted(policy, finding))
      g_hash_table_add(packages, (gpointer)finding->package);
  }
  facts->builds = g_hash_table_size(packages);
}

/* Why careen cannot patch it, or NULL: by the packages that would be changed, else by what it is made of. */
static const char *find_obstacle(const CrScan *scan, CrArena *arena)
{
  static const char *const types[] = {"deb", "apk", "rpm"};
  for (guint i = 0; i < G_N_ELEMENTS(types); i++)
    for (guint k = 0; k < scan->packages->len; k++)
      if (!strcmp(((const CrPackage *)scan->packages->pdata[k])->type, types[i]))
        return cr_package_manager_find_type(scan, types[i]) ? cr_package_manager_find_obstacle(scan, types[i], arena)
                                                            : "no package manager that careen runs keeps its packages";
  return "it has no packages of a distribution";
}

static void take_base(CrImageFacts *facts, const CrScan *scan, CrArena *arena)
{
  facts->base_name = cr_arena_strdup(arena, scan->base.name);
  facts->base_moved = scan->base.current == 0;
  facts->base_newest = cr_arena_strdup(arena, scan->base.newest);
  facts->base_pending = scan->base.pending_newest;
  if (scan->base.current < 0 && scan->base.unanswered_by) {
    facts->base_unanswered_by = cr_arena_strdup(arena, scan->base.unanswered_by);
    facts->base_unanswered = cr_arena_strdup(arena, scan->base.unanswered);
  }
}

/* Has the registry another image under the name of an image that others make? What was built or loaded here has no
 * digest there, and is not asked for. */
static gboolean ask_for_tag(CrImageFacts *facts, const CrScan *scan, const CrScanOptions *options, CrTagAnswer *answer)
{
  const CrImage *image = scan->image;
  if (facts->image->build || options->source.offline || !image->repo_digests || !image->repo_digests[0])
    return FALSE;
  const char *at = strchr(image->repo_digests[0], '@');
  CrBase own = {.name = facts->image->name, .digest = at ? at + 1 : NULL, .layers = (int)image->layer_count};
  g_autoptr(CrProblems) aside = cr_problems_new();
  if (!own.digest)
    return FALSE;
  facts->tag_asked = facts->image->name;
  return cr_lineage_ask_registry(image, &own, &options->source, answer, aside) == 0;
}

CrImageFacts *cr_facts_take(const CrFleetImage *image, const CrScan *scan, gint64 now, CrArena *arena)
{
  CrImageFacts *facts = cr_arena_new0(arena, CrImageFacts);
  facts->image = image;
  facts->image_id = cr_arena_strdup(arena, scan->image->id);
  facts->verdict = scan->summary.verdict;
  facts->reason = cr_arena_strdup(arena, scan->summary.reason);
  facts->ended = scan->os->support.phase == CR_PHASE_ENDED;
  facts->successor = image->config ? image->config->successor : NULL;
  facts->cannot = cr_arena_strdup(arena, find_obstacle(scan, arena));
  facts->can_patch = !facts->cannot;
  facts->fixes = g_ptr_array_new();
  g_autoptr(GPtrArray) verdicts = cr_policy_judge_updates(image->policy, scan, now, arena);
  for (guint i = 0; i < verdicts->len; i++) {
    gint64 until = ((const CrPolicyVerdict *)verdicts->pdata[i])->until;
    g_ptr_array_add(facts->fixes, take_fix(verdicts->pdata[i], arena));
    facts->until = until && (!facts->until || until < facts->until) ? until : facts->until;
  }
  count_flaws(facts, image->policy, scan);
  take_base(facts, scan, arena);
  return facts;
}

CrImageFacts *cr_facts_new_error(const CrFleetImage *image, const GError *error, CrArena *arena)
{
  CrImageFacts *facts = cr_arena_new0(arena, CrImageFacts);
  facts->image = image;
  facts->image_id = image->id;
  facts->error = cr_arena_strdup(arena, error->message);
  facts->fixes = g_ptr_array_new();
  return facts;
}

void cr_facts_free_all(GPtrArray *facts)
{
  for (guint i = 0; facts && i < facts->len; i++)
    if (facts->pdata[i])
      g_ptr_array_unref(((CrImageFacts *)facts->pdata[i])->fixes);
  if (facts)
    g_ptr_array_unref(facts);
}

/* ---- all of them ---- */

typedef struct {
  const CrFleet *fleet;
  const CrScanOptions *options;
  CrRecord *record;
  CrKnown *known; /* or NULL */
  CrStage *stage; /* or NULL */
  CrArena *arena;
  CrProblems *problems;
  GPtrArray *facts;  /* parallel to fleet->images */
  GPtrArray *groups; /* GArray of guint: images of one id, that are scanned once */
  GMutex lock;       /* arena, record, facts, known */
} Gathering;

/* An image that nothing runs and nobody lists is only what others are built on. */
static gboolean is_wanted(const CrFleetImage *image)
{
  return image->ours || image->containers->len;
}

static void group_images(Gathering *gathering)
{
  g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < gathering->fleet->images->len; i++) {
    const CrFleetImage *image = gathering->fleet->images->pdata[i];
    if (!is_wanted(image))
      continue;
    if (cr_first_build_is_unbuilt(image)) {
      gathering->facts->pdata[i] =
          cr_first_build_take_facts(gathering->fleet, image, gathering->options->now, gathering->arena);
      continue;
    }
    const char *key = image->id ? image->id : image->source;
    GArray *group = g_hash_table_lookup(by_id, key);
    if (!group) {
      group = g_array_new(FALSE, FALSE, sizeof(guint));
      g_ptr_array_add(gathering->groups, group);
      g_hash_table_insert(by_id, (gpointer)key, group);
    }
    g_array_append_val(group, i);
  }
}

static void observe(Gathering *gathering, const CrScan *scan)
{
  if (!gathering->record || !scan->image->id)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(CrArena) arena = cr_arena_new();
  CrObservation *observation = cr_facts_observe(scan, arena);
  if (!cr_record_put_observation(gathering->record, observation, &error))
    cr_problems_add_error(gathering->problems, CR_PROBLEM_PARTIAL, "record", error);
  cr_observation_clear(observation);
}

static const CrFleetImage *get_first(const Gathering *gathering, const GArray *group)
{
  return gathering->fleet->images->pdata[g_array_index(group, guint, 0)];
}

/* The network is asked without the lock: each group is one thread's own, and so is the arena, or it is of the lock. */
static void ask_for_tags(Gathering *gathering, const GArray *group, const CrScan *scan, const CrScanOptions *options,
                         CrArena *arena)
{
  for (guint k = 0; k < group->len; k++) {
    CrImageFacts *facts = gathering->facts->pdata[g_array_index(group, guint, k)];
    g_auto(CrTagAnswer) answer = {0};
    facts->tag_moved = ask_for_tag(facts, scan, options, &answer);
    g_mutex_lock(&gathering->lock);
    facts->tag_answer = cr_arena_strdup(arena, answer.digest);
    facts->tag_unanswered_by = cr_arena_strdup(arena, answer.place);
    facts->tag_unanswered = cr_arena_strdup(arena, answer.reason);
    g_mutex_unlock(&gathering->lock);
  }
}

static void take_scan(Gathering *gathering, const GArray *group, const CrScan *scan, const CrScanOptions *options,
                      CrArena *arena)
{
  g_mutex_lock(&gathering->lock);
  for (guint k = 0; k < group->len; k++) {
    guint at = g_array_index(group, guint, k);
    gathering->facts->pdata[at] = cr_facts_take(gathering->fleet->images->pdata[at], scan, options->now, arena);
  }
  cr_problems_add_all_of(gathering->problems, get_first(gathering, group)->name, scan->problems);
  observe(gathering, scan);
  g_mutex_unlock(&gathering->lock);
  ask_for_tags(gathering, group, scan, options, arena);
}

static void take_error(Gathering *gathering, const GArray *group, const GError *cause)
{
  g_mutex_lock(&gathering->lock);
  for (guint k = 0; k < group->len; k++) {
    guint at = g_array_index(group, guint, k);
    const CrFleetImage *each = gathering->fleet->images->pdata[at];
    gathering->facts->pdata[at] = cr_facts_new_error(each, cause, gathering->arena);
    cr_problems_add(gathering->problems, CR_PROBLEM_PARTIAL, each->name, "%s", cause->message);
  }
  g_mutex_unlock(&gathering->lock);
}

static void scan_group(Gathering *gathering, const GArray *group)
{
  CrScanOptions options = *gathering->options;
  options.jobs = 1; /* the images are what is done at once */
  options.source.local = gathering->fleet->local;
  if (gathering->known) /* what registries are asked for must not be older than what is compared with it */
    options.source.asked_since = g_get_real_time() / G_USEC_PER_SEC - CR_KNOWN_FRESH_SECONDS;
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrScan) scan = cr_scan_run(get_first(gathering, group)->source, &options, &cause);
  if (!scan) {
    take_error(gathering, group, cause);
    return;
  }
  if (!gathering->known) {
    take_scan(gathering, group, scan, &options, gathering->arena);
    return;
  }
  CrKnownImage *image = cr_known_image_new();
  take_scan(gathering, group, scan, &options, cr_known_image_get_arena(image));
  cr_known_image_take(image, gathering->known, scan, gathering->fleet, group, gathering->facts);
  g_mutex_lock(&gathering->lock);
  cr_known_keep(gathering->known, gathering->fleet, group, image);
  g_mutex_unlock(&gathering->lock);
}

/* What was found in the rounds before, if it is so still. */
static gboolean recall(Gathering *gathering, const GArray *group)
{
  g_mutex_lock(&gathering->lock);
  CrKnownImage *image = gathering->known ? cr_known_find(gathering->known, gathering->fleet, group) : NULL;
  if (image)
    cr_known_use(image, gathering->fleet, group, gathering->facts, gathering->problems);
  g_mutex_unlock(&gathering->lock);
  return image != NULL;
}

static gboolean gather(guint i, gpointer data, GError **error)
{
  (void)error;
  Gathering *gathering = data;
  const GArray *group = gathering->groups->pdata[i];
  if (!recall(gathering, group))
    scan_group(gathering, group);
  const CrFleetImage *first = gathering->fleet->images->pdata[g_array_index(group, guint, 0)];
  cr_stage_advance(gathering->stage, first->name);
  return TRUE;
}

static void write_record(const CrFleet *fleet, const CrScanOptions *options, CrRecord *record, CrProblems *problems)
{
  g_autoptr(GError) error = NULL;
  if (!cr_facts_sight(fleet, record, &error))
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, "record", error);
  else if (!cr_record_prune(record, options->now - CR_LIMIT_RECORD_SECONDS, NULL, &error))
    cr_problems_add_error(problems, CR_PROBLEM_NOTE, "record", error);
}

/* A scan's own note of it would be one an image, and is left out of a round's problems. */
static void say_unanswered(const GPtrArray *list, CrProblems *problems)
{
  g_autoptr(CrUnanswered) unanswered = cr_unanswered_new();
  for (guint i = 0; i < list->len; i++) {
    const CrImageFacts *facts = list->pdata[i];
    if (facts && facts->tag_unanswered_by)
      cr_unanswered_add(unanswered, facts->tag_unanswered_by, facts->tag_unanswered, facts->tag_asked);
    if (facts && facts->base_unanswered_by)
      cr_unanswered_add(unanswered, facts->base_unanswered_by, facts->base_unanswered, facts->base_name);
  }
  cr_unanswered_say(unanswered, "not known is whether there is a newer", problems);
}

GPtrArray *cr_facts_gather(const CrFleet *fleet, const CrScanOptions *options, CrRecord *record, CrKnown *known,
                           CrArena *arena, CrProblems *problems)
{
  Gathering gathering = {
      .fleet = fleet, .options = options, .record = record, .known = known, .arena = arena, .problems = problems};
  gathering.facts = g_ptr_array_new();
  g_ptr_array_set_size(gathering.facts, (int)fleet->images->len);
  gathering.groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  g_mutex_init(&gathering.lock);
  g_autoptr(GError) error = NULL;
  if (record)
    write_record(fleet, options, record, problems);
  group_images(&gathering);
  gathering.stage = cr_stage_new(record, "looking into images", "images", gathering.groups->len);
  cr_source_run_jobs(gathering.groups->len, options->jobs, gather, &gathering, NULL);
  if (known && !cr_known_end(known, record, &error))
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, "record", error);
  say_unanswered(gathering.facts, problems);
  cr_stage_free(gathering.stage);
  g_mutex_clear(&gathering.lock);
  g_ptr_array_unref(gathering.groups);
  return gathering.facts;
}
