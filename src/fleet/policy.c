/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/policy.h"

#include <gio/gio.h>
#include <string.h>

#include "base/read-file.h"
#include "base/cache.h"
#include "base/day.h"
#include "fleet/window.h"

#define DEFAULT_AT_ONCE 4U
#define DEFAULT_SOAK    30U
#define DEFAULT_KEEP    (7U * 86400U)

const CrPolicy *cr_policy_get_default(void)
{
  static const CrPolicy standard = {
      .updates = CR_WANTED_SECURITY,
      .hold = cr_strv_empty,
      .maximum_at_once = DEFAULT_AT_ONCE,
      .soak_seconds = DEFAULT_SOAK,
      .keep_seconds = DEFAULT_KEEP,
      .restart = CR_RESTART_AUTO,
      .rollback = TRUE,
      .pull = TRUE,
      .rebuild = TRUE,
      .patch = TRUE,
      .replace_proposal = TRUE,
  };
  return &standard;
}

/* ---- now ---- */

/* The policy's own, else the two usual ones. */
char *cr_policy_find_freeze(const CrPolicy *policy)
{
  g_autofree char *state = cr_state_get_dir();
  g_autofree char *own = g_build_filename(state, "freeze", NULL);
  const char *const places[] = {policy->freeze_file, policy->freeze_file ? NULL : own,
                                policy->freeze_file ? NULL : "/etc/careen/freeze"};
  for (guint i = 0; i < G_N_ELEMENTS(places); i++)
    if (places[i] && cr_file_is_there(places[i], TRUE)) /* what would stop it must not be overlooked */
      return g_strdup(places[i]);
  return NULL;
}

/* As NetworkManager says; what it does not know is not metered. CAREEN_METERED=yes|no is for machines without it. */
static gboolean is_metered(void)
{
  const char *told = g_getenv("CAREEN_METERED");
  if (told && *told)
    return !strcmp(told, "yes") || !strcmp(told, "1");
  return g_network_monitor_get_network_metered(g_network_monitor_get_default());
}

gint64 cr_policy_find_opening(const CrPolicy *policy, gint64 now)
{
  gint64 first = 0;
  for (guint i = 0; policy->windows && i < policy->windows->len; i++) {
    gint64 next = cr_window_find_next(policy->windows->pdata[i], now, NULL);
    if (next && (!first || next < first))
      first = next;
  }
  return policy->windows && policy->windows->len ? first : now;
}

/* OPENS: when the next of them does; 0: never. */
static char *explain_windows(const CrPolicy *policy, gint64 opens)
{
  g_autofree char *when = opens ? cr_time_format_local(opens) : g_strdup("never");
  const char *text = cr_window_get_text(policy->windows->pdata[0]);
  return policy->windows->len == 1 ? g_strdup_printf("outside its window %s, opens %s", text, when)
                                   : g_strdup_printf("outside its windows, the next opens %s", when);
}

gboolean cr_policy_allows_now(const CrPolicy *policy, gint64 now, gboolean exploited, char **why)
{
  (void)exploited; /* a window is a promise to the users of a service: it holds for those, too */
  g_autofree char *freeze = cr_policy_find_freeze(policy);
  gint64 opens = cr_policy_find_opening(policy, now);
  char *reason = NULL;
  if (freeze)
    reason = g_strdup_printf("frozen: '%s' is there", freeze);
  else if (opens != now)
    reason = explain_windows(policy, opens);
  else if (!policy->metered && is_metered())
    reason = g_strdup("the network is metered");
  if (why)
    *why = reason;
  else
    g_free(reason);
  return !reason;
}

/* ---- holds ---- */

static const char *find_hold(const CrPolicy *policy, const char *name)
{
  for (guint i = 0; policy->hold && policy->hold[i]; i++)
    if (g_pattern_match_simple(policy->hold[i], name))
      return policy->hold[i];
  return NULL;
}

/* "shop/web" holds all of its tags. */
gboolean cr_policy_holds_image(const CrPolicy *policy, const char *name)
{
  const char *slash = strrchr(name, '/'), *tag = strchr(slash ? slash : name, ':');
  g_autofree char *repository = tag ? g_strndup(name, (gsize)(tag - name)) : NULL;
  return find_hold(policy, name) || (repository && find_hold(policy, repository));
}

gboolean cr_policy_names_canary(const CrPolicy *policy, const char *container)
{
  return policy->canary && g_pattern_match_simple(policy->canary, container);
}

gboolean cr_policy_holds_package(const CrPolicy *policy, const char *name)
{
  return find_hold(policy, name) != NULL;
}

/* ---- updates ---- */

typedef struct {
  const CrPolicy *policy;
  const CrScan *scan;
  gint64 now;
  CrArena *arena;
} Judging;

/* "${distro_id}" and "${distro_codename}" are the image's own. */
static char *expand(const Judging *judging, const char *glob)
{
  const struct {
    const char *macro, *value;
  } macros[] = {{"${distro_id}", judging->scan->os->id}, {"${distro_codename}", judging->scan->os->codename}};
  g_autoptr(GString) text = g_string_new(glob);
  for (guint i = 0; i < G_N_ELEMENTS(macros); i++)
    g_string_replace(text, macros[i].macro, macros[i].value ? macros[i].value : "", 0);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Host part of an archive's address. */
static char *find_site(const char *uri)
{
  const char *start = uri ? strstr(uri, "://") : NULL;
  return start ? g_strndup(start + 3, strcspn(start + 3, "/:")) : g_strdup("");
}

static gboolean matches_key(const Judging *judging, const CrUpdate *update, const char *key, const char *glob)
{
  const CrArchive *archive = update->archive;
  g_autofree char *site = find_site(archive->uri), *pattern = expand(judging, glob);
  const struct {
    const char *key, *value;
  } values[] = {
      {"origin", archive->origin},
      {"archive", archive->suite},
      {"codename", archive->codename},
      {"label", archive->label},
      {"site", site},
      {"component", update->component},
  };
  for (guint i = 0; i < G_N_ELEMENTS(values); i++)
    if (!strcmp(values[i].key, key))
      return g_pattern_match_simple(pattern, values[i].value ? values[i].value : "") ||
             /* Debian's own are "Debian" where os-release says "debian" */
             (!strcmp(key, "origin") && values[i].value && !g_ascii_strcasecmp(pattern, values[i].value));
  return FALSE;
}

static const char *format_origin(const Judging *judging, const CrOriginPattern *pattern)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; pattern->keys[i]; i++)
    g_string_append_printf(text, "%s%s=%s", i ? "," : "", pattern->keys[i], pattern->patterns[i]);
  return cr_arena_strdup(judging->arena, text->str);
}

/* NULL: allowed (*WHY says by what); else why not. */
static const char *judge_origin(const Judging *judging, const CrUpdate *update, const char **why)
{
  const CrArchive *archive = update->archive;
  GPtrArray *origins = judging->policy->origins;
  for (guint i = 0; origins && i < origins->len; i++) {
    const CrOriginPattern *pattern = origins->pdata[i];
    gboolean all = TRUE;
    for (guint k = 0; pattern->keys[k] && all; k++)
      all = matches_key(judging, update, pattern->keys[k], pattern->patterns[k]);
    if (all) {
      *why = cr_arena_printf(judging->arena, "origin %s", format_origin(judging, pattern));
      return NULL;
    }
  }
  if (origins && origins->len)
    return cr_arena_printf(judging->arena, "%s is of no allowed origin", archive->name);
  if (archive->distribution || update->configured) {
    *why = cr_arena_printf(judging->arena, "%s is %s", archive->name,
                           archive->distribution ? "the distribution's own" : "configured in the image");
    return NULL;
  }
  return cr_arena_printf(judging->arena, "%s is neither the distribution's nor configured in the image", archive->name);
}

/* What the advisories know of the flaws that UPDATE fixes. */
static void rate(const Judging *judging, const CrUpdate *update, CrSeverity *worst, gboolean *exploited)
{
  *worst = CR_SEVERITY_UNKNOWN;
  *exploited = FALSE;
  for (guint i = 0; i < judging->scan->findings->len; i++) {
    const CrFinding *finding = judging->scan->findings->pdata[i];
    gboolean fixed = !finding->suppressed && finding->package == update->package && !strcmp(finding->status, "fixable");
    for (guint k = 0; !finding->suppressed && !fixed && update->fixes && update->fixes[k]; k++)
      fixed = !strcmp(update->fixes[k], finding->id);
    if (!fixed)
      continue;
    *worst = MAX(*worst, finding->severity);
    *exploited |= finding->exploited;
  }
}

static const char *judge_minimum(const Judging *judging, const CrUpdate *update, CrSeverity worst, gboolean exploited)
{
  const CrPolicy *policy = judging->policy;
  if (policy->updates != CR_WANTED_ALL && !update->security)
    return "no security update";
  gboolean reached = update->package->reach.level != CR_REACH_UNREACHED;
  if ((policy->updates == CR_WANTED_REACHED || policy->minimum_reached) && !reached)
    return "nothing that runs reaches it";
  if (policy->minimum_exploited && !exploited)
    return "no flaw that it fixes is exploited";
  /* of what no advisory rates nobody knows that it is harmless */
  if (policy->minimum != CR_SEVERITY_UNKNOWN && worst != CR_SEVERITY_UNKNOWN && worst < policy->minimum && !exploited)
    return cr_arena_printf(judging->arena, "the worst flaw that it fixes is %s, below %s", cr_severity_get_name(worst),
                           cr_severity_get_name(policy->minimum));
  return NULL;
}

/* A fix of whose age nothing is known is not kept waiting: unknown is not new. */
static const char *judge_age(const Judging *judging, const CrUpdate *update, gboolean exploited, gint64 *until)
{
  GDate since;
  if (!judging->policy->cooldown_seconds || exploited || !cr_day_parse_time(update->fix_since, &since))
    return NULL;
  g_autoptr(GDateTime) begin =
      g_date_time_new_utc(g_date_get_year(&since), (int)g_date_get_month(&since), g_date_get_day(&since), 0, 0, 0);
  gint64 over = g_date_time_to_unix(begin) + judging->policy->cooldown_seconds;
  if (over <= judging->now)
    return NULL;
  *until = over;
  g_autofree char *when = cr_time_format_local(over);
  return cr_arena_printf(judging->arena, "cool-down until %s: it is of %.10s", when, update->fix_since);
}

static const char *judge_hold(const Judging *judging, const CrUpdate *update)
{
  const char *glob = find_hold(judging->policy, update->package->name);
  if (!glob && update->source)
    glob = find_hold(judging->policy, update->source);
  if (glob)
    return cr_arena_printf(judging->arena, "hold: %s", glob);
  if (update->held)
    return "on hold in the image";
  return update->by == CR_UPDATE_BY_NOTHING ? cr_arena_printf(judging->arena, "kept back: %s",
                                                              update->kept_back ? update->kept_back : "by its archive")
                                            : NULL;
}

static CrPolicyVerdict *judge(const Judging *judging, const CrUpdate *update)
{
  CrPolicyVerdict *verdict = cr_arena_new0(judging->arena, CrPolicyVerdict);
  verdict->update = update;
  CrSeverity worst;
  gboolean exploited;
  rate(judging, update, &worst, &exploited);
  const char *allowed = NULL, *against = judge_hold(judging, update);
  if (!against)
    against = judge_origin(judging, update, &allowed);
  if (!against)
    against = judge_minimum(judging, update, worst, exploited);
  if (!against)
    against = judge_age(judging, update, exploited, &verdict->until);
  verdict->wanted = !against;
  verdict->exploited = exploited;
  verdict->why = against ? against : allowed;
  return verdict;
}

GPtrArray *cr_policy_judge_updates(const CrPolicy *policy, const CrScan *scan, gint64 now, CrArena *arena)
{
  Judging judging = {policy, scan, now, arena};
  GPtrArray *verdicts = g_ptr_array_new();
  for (guint i = 0; i < scan->updates->len; i++)
    g_ptr_array_add(verdicts, judge(&judging, scan->updates->pdata[i]));
  return verdicts;
}
