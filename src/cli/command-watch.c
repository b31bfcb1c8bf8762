/* SPDX-License-Identifier: Apache-2.0 */
/* careen watch: look, plan, apply what the policy allows now; again and again. */
#include <string.h>

#include "advisory/refresh.h"
#include "base/limits.h"
#include "base/log.h"
#include "cli/fleet-look.h"
#include "fleet/lease.h"
#include "fleet/apply.h"
#include "fleet/tell.h"
#include "fleet/watch.h"

#define INTERVAL_SECONDS 3600U
#define INTERRUPTED      130 /* as careen apply */
#define SETTLE_SECONDS   5U
#define RENEW_SECONDS    (6U * 3600U) /* advisories; their publishers make them anew a few times a day */

typedef struct {
  const CrCall *call;
  CrSettings *settings;  /* as they were read last */
  CrFleetConfig *config; /* the same */
  CrKnown *known;        /* what the rounds since then found */
  CrSourceOptions source;
  CrRecord *leases;        /* holds them */
  GHashTable *watched;     /* name of an engine → CrLease*, ours */
  CrCache *cache;          /* for making room */
  guint state;             /* of the fleet in the round before */
  char *said, *incomplete; /* the last round's lines: what is as it was is not said again */
} Watcher;

static void watcher_clear(Watcher *watcher)
{
  g_clear_pointer(&watcher->known, cr_known_free);
  g_clear_pointer(&watcher->settings, cr_settings_free);
  g_clear_pointer(&watcher->config, cr_fleet_config_free);
  g_clear_pointer(&watcher->watched, g_hash_table_unref);
  g_clear_pointer(&watcher->leases, cr_record_free);
  g_clear_pointer(&watcher->cache, cr_cache_free);
  g_clear_pointer(&watcher->said, g_free);
  g_clear_pointer(&watcher->incomplete, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Watcher, watcher_clear)

/* ---- telling ---- */

static void say(const char *line, gpointer data)
{
  const Watcher *watcher = data;
  g_autofree char *safe = watcher->call->settings->quiet ? NULL : cr_escape_terminal(line);
  if (safe)
    g_printerr("%s\n", safe);
}

typedef struct {
  Watcher *watcher;
  CrWatchRound *round;
  const CrFleet *fleet;
} Looking;

/* What an apply says as it goes is said by the lines of its steps; here it only shows that something goes on. */
static void on_progress(const char *line, gpointer data)
{
  cr_log_verbose("%s", line);
  cr_watch_progress(((const Looking *)data)->round->watch);
}

/* Line by line what is not in BEFORE; *BEFORE becomes TEXT. */
static void say_new(Watcher *watcher, GString *text, char **before)
{
  g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1), old = g_strsplit(*before ? *before : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i] && !g_strv_contains((const char *const *)old, lines[i]))
      say(lines[i], watcher);
  g_free(*before);
  *before = g_strdup(text->str);
}

static void say_steps(Watcher *watcher, const CrFleetPlan *plan)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < plan->steps->len; i++) {
    const CrFleetStep *step = plan->steps->pdata[i];
    gboolean changes = cr_action_changes(step->action);
    if (strcmp(step->state, "planned") != 0 && (changes || *step->containers || !strcmp(step->state, "refused")))
      g_string_append_printf(text, "%s: %s: %s\n", step->state, changes ? step->id : step->image_name, step->reason);
    for (guint k = 0; step->held_containers[k]; k++)
      g_string_append_printf(text, "stays: %s\n", step->held_containers[k]);
  }
  for (guint i = 0; i < plan->rollovers->len; i++) {
    const CrFleetRollover *rollover = plan->rollovers->pdata[i];
    g_string_append_printf(text, "%s: re-create %s%s%s\n", rollover->state, rollover->container,
                           rollover->why ? ": " : "", rollover->why ? rollover->why : "");
  }
  say_new(watcher, text, &watcher->said);
}

static void say_problems(Watcher *watcher, GString *text, const CrProblems *problems)
{
  for (guint i = 0; i < cr_problems_get_count(problems); i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    if (problem->kind != CR_PROBLEM_NOTE)
      g_string_append_printf(text, "not looked at: %s: %s\n", problem->where, problem->what);
  }
  say_new(watcher, text, &watcher->incomplete);
}

/* ---- one watcher an engine ---- */

static gboolean take_lease(Watcher *watcher, CrDaemon *daemon, GError **error)
{
  const char *name = cr_daemon_get_name(daemon);
  if (g_hash_table_contains(watcher->watched, name))
    return TRUE;
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrLease *lease = cr_lease_take(watcher->leases, daemon, CR_LEASE_WATCH, watcher->settings->lock_dir, problems, error);
  for (guint i = 0; i < cr_problems_get_count(problems); i++)
    cr_log_note("%s: %s", cr_problems_get(problems, i)->where, cr_problems_get(problems, i)->what);
  if (!lease) {
    g_prefix_error(error, "only one can watch: ");
    return FALSE;
  }
  g_hash_table_insert(watcher->watched, g_strdup(name), lease);
  return TRUE;
}

/* Before the first round, which may take an hour: who watches already is told at once. */
static gboolean take_leases(Watcher *watcher, GError **error)
{
  static const char *const kinds[] = {"docker", "podman"};
  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(CrDaemon) daemon = cr_daemon_open(kinds[i], &watcher->source, NULL);
    if (daemon && !take_lease(watcher, daemon, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- the advisories ---- */

/* Those that are there are kept new: whoever fetched them once (careen db update) wants to know what is known today.
 * What could not be asked is a line in TEXT; the old ones are used on. */
static void renew_advisories(const Watcher *watcher, GString *text)
{
  const CrSettings *settings = watcher->settings;
  g_autoptr(CrAdvisories) there = settings->offline ? NULL : cr_advisories_open(watcher->cache, NULL);
  if (!there)
    return;
  CrHttpOptions http_options = {.ca_file = settings->ca_file};
  g_autoptr(CrHttp) http = cr_http_new(&http_options);
  g_autoptr(GHashTable) mirrors = cr_mirrors_new(settings);
  g_autoptr(GError) error = NULL;
  CrRefreshOptions options = {
      .cache = watcher->cache,
      .http = http,
      .mirror = mirrors ? g_hash_table_lookup(mirrors, "advisories") : NULL,
      .mirrors = mirrors,
      .max_age_seconds = settings->max_age ? MIN(settings->max_age, RENEW_SECONDS) : RENEW_SECONDS,
      .jobs = settings->jobs,
  };
  g_autoptr(CrRefresh) refresh = cr_refresh_run(&options, &error);
  if (!refresh)
    g_string_append_printf(text, "advisories are not renewed: %s\n", error->message);
  for (guint i = 0; refresh && i < refresh->files->len; i++) {
    const CrRefreshFile *file = refresh->files->pdata[i];
    if (file->outcome == CR_REFRESH_FAILED)
      g_string_append_printf(text, "advisories are not renewed: %s: %s\n", file->name, file->why ? file->why : "?");
  }
}

/* ---- a round ---- */

/* Of all names and ids: another number, another fleet. */
static guint hash_fleet(const CrFleet *fleet)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < fleet->images->len; i++) {
    const CrFleetImage *image = fleet->images->pdata[i];
    g_string_append_printf(text, "%s %s\n", image->name, image->id ? image->id : "");
  }
  for (guint i = 0; i < fleet->containers->len; i++) {
    const CrContainer *container = ((const CrFleetContainer *)fleet->containers->pdata[i])->container;
    g_string_append_printf(text, "%s %s\n", container->name, container->image_id);
  }
  return g_str_hash(text->str);
}

static void on_facts(const GPtrArray *facts, const CrFleetPlan *plan, gpointer data)
{
  const Looking *looking = data;
  cr_watch_progress(looking->round->watch);
  looking->round->metrics = cr_metrics_format_fleet(looking->fleet, facts, plan);
}

static gboolean check_daemons(Watcher *watcher, const CrFleet *fleet, GError **error)
{
  for (guint i = 0; i < fleet->daemons->len; i++)
    if (!take_lease(watcher, fleet->daemons->pdata[i], error))
      return FALSE;
  if (fleet->daemons->len)
    return TRUE;
  const CrProblem *problem = cr_problems_get_count(fleet->problems) ? cr_problems_get(fleet->problems, 0) : NULL;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot watch: %s",
              problem ? problem->what : "neither Docker nor Podman answers");
  return FALSE;
}

static void on_recovery(const char *line, gpointer data)
{
  const Looking *looking = data;
  say(line, looking->watcher);
  cr_watch_progress(looking->round->watch);
}

static gboolean recover(Looking *looking, CrRecord *record, guint *count, GError **error)
{
  CrApplyOptions options = {.record = record,
                            .lock_dir = looking->watcher->settings->lock_dir,
                            .command = "watch",
                            .say = on_recovery,
                            .data = looking};
  *count = 0;
  return looking->watcher->settings->dry_run || cr_apply_recover(looking->fleet, &options, count, error);
}

static gboolean apply(Looking *looking, const CrFleetLook *it, CrFleetPlan *plan, CrRecord *record, CrApplied *applied,
                      GError **error)
{
  CrWatchRound *round = looking->round;
  CrRemedyOptions remedy = {.patch = {.cache = it->look->cache,
                                      .apart = it->look->options.apart,
                                      .epoch = -1,
                                      .in_memory = cr_settings_allow_memory(looking->watcher->settings)}};
  CrApplyOptions options = {
      .scan = &it->look->options,
      .remedy = &remedy,
      .record = record,
      .lock_dir = looking->watcher->settings->lock_dir,
      .command = "watch",
      .now = round->now,
      .dry_run = looking->watcher->settings->dry_run,
      .say = on_progress,
      .data = looking,
  };
  cr_watch_set_acting(round->watch, cr_fleet_plan_does_something(plan) ? cr_watch_list_subjects(plan) : NULL);
  gboolean ok = cr_apply_run(plan, it->fleet, &options, applied, error);
  cr_watch_set_acting(round->watch, NULL);
  round->done = options.dry_run ? 0 : applied->done;
  round->failed = applied->failed;
  round->rolled_back = applied->rolled_back;
  round->refused = applied->refused;
  round->skipped = applied->skipped;
  round->interrupted = applied->interrupted;
  return ok;
}

/* The layers of what has come since; what is as it was has read nothing. */
static void make_room(const Watcher *watcher)
{
  guint64 size = watcher->settings->cache_size;
  cr_cache_prune(watcher->cache, "layers", size ? size : CR_CACHE_DEFAULT_BYTES, NULL, NULL);
  cr_cache_prune(watcher->cache, NULL, G_MAXUINT64, NULL, NULL);
}

/* The fleet, after what a killed careen left was finished or undone: looked at again then. NULL with ERROR. */
static CrFleetLook *look_at_fleet(Looking *looking, CrRecord *record, GError **error)
{
  Watcher *watcher = looking->watcher;
  guint recovered = 1;
  CrFleetLook *it = NULL;
  for (guint i = 0; recovered; i++) {
    g_clear_pointer(&it, cr_fleet_look_free);
    recovered = 0;
    it = cr_fleet_look_new_of(watcher->settings, watcher->config, error);
    looking->fleet = it ? it->fleet : NULL;
    if (!it || !check_daemons(watcher, it->fleet, error) || (i < 3 && !recover(looking, record, &recovered, error))) {
      g_clear_pointer(&it, cr_fleet_look_free);
      return NULL;
    }
  }
  return it;
}

static void note_fleet(Looking *looking, const CrFleetPlan *plan)
{
  CrWatchRound *round = looking->round;
  round->images = looking->fleet->images->len;
  round->containers = looking->fleet->containers->len;
  round->state = hash_fleet(looking->fleet);
  round->complete = cr_problems_are_complete(plan->problems);
}

/* PLAN after it was done, or as far as it was, or NULL; LOOKED: how many problems it had before. FAILURE: why the round
 * ended early, or NULL. */
static void tell(const Watcher *watcher, CrWatchRound *round, const CrFleetPlan *plan, guint looked,
                 const CrApplied *applied, CrRecord *record, const char *failure)
{
  g_autoptr(CrProblems) problems = cr_problems_new();
  CrTelling telling = {.config = &watcher->config->notify,
                       .plan = plan,
                       .applied = applied,
                       .happened = plan ? cr_problems_get_count(plan->problems) - looked : 0,
                       .failure = failure,
                       .command = "watch",
                       .record = record,
                       .now = round->now};
  if (watcher->settings->dry_run)
    return;
  cr_tell(&telling, &round->told, &round->not_told, plan ? plan->problems : problems);
  for (guint i = 0; !plan && i < cr_problems_get_count(problems); i++)
    say(cr_problems_get(problems, i)->what, (gpointer)watcher);
}

static CrFleetPlan *plan_round(Looking *looking, const CrFleetLook *it, CrRecord *record)
{
  const CrSettings *settings = looking->watcher->settings;
  g_autoptr(GPtrArray) files = g_ptr_array_new();
  g_ptr_array_extend(files, settings->ignore_files, NULL, NULL);
  g_ptr_array_extend(files, settings->vex, NULL, NULL);
  g_ptr_array_add(files, NULL);
  return cr_fleet_look_plan_round(it, record, looking->watcher->known, (CrStrv)files->pdata, on_facts, looking);
}

static gboolean look_with(CrWatchRound *round, Watcher *watcher, CrRecord *record, GError **error)
{
  Looking looking = {watcher, round, NULL};
  g_autoptr(GString) text = g_string_new(NULL);
  renew_advisories(watcher, text);
  cr_watch_progress(round->watch);
  g_autoptr(CrFleetLook) it = look_at_fleet(&looking, record, error);
  if (!it)
    return FALSE;
  g_autoptr(CrFleetPlan) plan = plan_round(&looking, it, record);
  note_fleet(&looking, plan);
  round->window_opens = cr_watch_hold_back(plan, record, round->now);
  CrApplied applied = {0};
  guint looked = cr_problems_get_count(plan->problems);
  gboolean ok = apply(&looking, it, plan, record, &applied, error);
  tell(watcher, round, plan, looked, &applied, record, ok ? NULL : (*error)->message);
  say_steps(watcher, plan);
  say_problems(watcher, text, plan->problems);
  if (round->state != watcher->state)
    make_room(watcher);
  watcher->state = round->state;
  return ok;
}

/* careen apply by hand: this round waits, and that is no failure that anybody is told of. */
static gboolean is_anybody_acting(const Watcher *watcher, CrRecord *record, GError **error)
{
  GHashTableIter iter;
  gpointer lease = NULL;
  g_autoptr(CrArena) arena = cr_arena_new();
  gint64 pid = 0, since = 0;
  const char *command = NULL;
  if (cr_record_find_lease(record, NULL, arena, &pid, &since, &command)) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "process %" G_GINT64_FORMAT " (%.100s) is at work", pid,
                command);
    return TRUE;
  }
  g_hash_table_iter_init(&iter, watcher->watched);
  while (g_hash_table_iter_next(&iter, NULL, &lease))
    if (cr_lease_find_other(lease, error))
      return TRUE;
  return FALSE;
}

static gboolean look(CrWatchRound *round, gpointer data, GError **error)
{
  Watcher *watcher = data;
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrRecord) record = cr_record_open(NULL, TRUE, error);
  if (!record || is_anybody_acting(watcher, record, error))
    return FALSE;
  if (look_with(round, watcher, record, &cause))
    return TRUE;
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_ENVIRONMENT) && is_anybody_acting(watcher, record, error))
    return FALSE; /* it came between */
  tell(watcher, round, NULL, 0, NULL, record, cause->message);
  g_propagate_error(error, g_steal_pointer(&cause));
  return FALSE;
}

/* ---- the command ---- */

static CrWatchPace get_pace(const Watcher *watcher)
{
  guint64 interval = watcher->settings->interval;
  return (CrWatchPace){
      .interval_seconds = interval ? (guint)MIN(interval, G_MAXINT32) : INTERVAL_SECONDS,
      .jitter_seconds = watcher->config->policy->jitter_seconds,
      .settle_seconds = SETTLE_SECONDS,
  };
}

static gboolean reload(CrWatchPace *pace, gpointer data, GError **error)
{
  Watcher *watcher = data;
  g_autoptr(CrSettings) settings = cr_cli_load_settings(watcher->call->line, error);
  g_autoptr(CrFleetConfig) config = settings ? cr_fleet_config_load(settings->config, error) : NULL;
  if (!config)
    return FALSE;
  /* facts are judged by policies of the one, and pointers into it: they go with it */
  cr_known_free(watcher->known);
  watcher->known = cr_known_new();
  cr_settings_free(watcher->settings);
  cr_fleet_config_free(watcher->config);
  watcher->settings = g_steal_pointer(&settings);
  watcher->config = g_steal_pointer(&config);
  *pace = get_pace(watcher);
  return TRUE;
}

static gboolean prepare(Watcher *watcher, GError **error)
{
  CrWatchPace pace;
  if (!reload(&pace, watcher, error))
    return FALSE;
  watcher->watched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_lease_drop);
  watcher->cache = cr_cache_new(watcher->settings->cache_dir);
  watcher->leases = cr_record_open(NULL, TRUE, error);
  return watcher->leases && take_leases(watcher, error);
}

static int run(const CrCall *call, GError **error)
{
  g_auto(Watcher) watcher = {
      .call = call,
      .source = {.docker_host = g_getenv("DOCKER_HOST"), .podman_host = g_getenv("CONTAINER_HOST")},
  };
  if (!prepare(&watcher, error))
    return -1;
  CrWatchOptions options = {
      .pace = get_pace(&watcher),
      .once = call->settings->once,
      .listen = call->settings->listen,
      .source = &watcher.source,
      .round = look,
      .reload = reload,
      .say = say,
      .data = &watcher,
  };
  CrWatchRound last = {.complete = TRUE};
  gboolean ok = cr_watch_run(&options, &last, error);
  if (!ok)
    return -1;
  if (last.failed || last.refused || last.rolled_back)
    return 1;
  return last.interrupted && call->settings->once ? INTERRUPTED : last.complete ? 0 : 3;
}

static const CrExample examples[] = {
    {"careen watch", "as a service: systemctl enable --now careen-watch"},
    {"careen watch --once", "one round, as a timer or cron would have it"},
    {"careen watch --dry-run --interval 10m", "make and prove what would be done, and change nothing"},
    {"careen watch --listen 127.0.0.1:9469", "with metrics for Prometheus"},
    {NULL, NULL},
};

const CrCommand cr_command_watch = {
    .name = "watch",
    .formats = "table",
    .summary = "look, plan and apply within the policy, unattended, again and again",
    .description =
        "Look at the fleet, plan, and apply what the policy allows at that time; then again after --interval, when an "
        "engine tells of a new image or container, and when a window opens that something waits for. What is as it was "
        "costs conditional requests only, and is not said again.\n\n"
        "One careen watches an engine. careen apply by hand works between two rounds. An engine that goes away is "
        "asked "
        "again until it is back. What could not be done is tried again after a minute, then ever more rarely.\n\n"
        "SIGHUP reads careen.yaml again; one that cannot be used is said, and the old one stays. After SIGTERM or "
        "SIGINT the step at hand is finished, the rest is skipped, and careen ends with 0. Under systemd (Type=notify) "
        "it tells its state and feeds the watchdog for as long as a round goes on.\n\n"
        "Exit codes: 0 asked to stop, and with --once all that was done stands, or nothing to do; 1 (--once) a step "
        "failed or was refused; 2 wrong use; 3 (--once) something could not be examined; 4 another careen watches the "
        "same engine, or the environment fails; 130 (--once) interrupted: nothing is half done.",
    .examples = examples,
    .run = run,
};
