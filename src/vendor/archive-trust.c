/* SPDX-License-Identifier: Apache-2.0 */
/* What is believed of a suite. Each rule stops something: signatures by the right keys (an image's own key hiding
 * Debian's fixes), Valid-Until and no steps back in time (a mirror that freezes or rewinds us), suite and label
 * (another suite's release file, validly signed, served in this one's place). A release file that is refused never
 * replaces the one that was believed before; that one stays in use while its own time lasts, and both are said. */
#include "vendor/archive-plan.h"

#include <string.h>

#include "base/error.h"
#include "vendor/asked.h"

/* apt allows ten seconds; an hour forgives hosts without NTP and still bounds what a future date can do. */
#define FUTURE_SECONDS 3600

typedef struct {
  const CrArchivePlan *plan;
  CrSuite *suite;
  gboolean archived; /* asked where releases that are over go */
  char *key;         /* of the suite in the cache and the state */
  char *absent;      /* what was said where it was looked for first, or NULL */
} Trust;

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error_literal(error, CR_ERROR, CR_ERROR_TRUST, text);
  return FALSE;
}

gboolean cr_archive_is_allowed(const CrVendorOptions *options, const CrSuite *suite)
{
  const char *const names[] = {"all", suite->data.archive.name, suite->suite, suite->data.site};
  for (guint i = 0; options->allow_expired && i < G_N_ELEMENTS(names); i++)
    if (names[i] && g_strv_contains(options->allow_expired, names[i]))
      return TRUE;
  return FALSE;
}

static gboolean check_time(const Trust *trust, const CrRelease *release, GError **error)
{
  CrSuite *suite = trust->suite;
  gint64 now = g_get_real_time() / G_USEC_PER_SEC;
  const char *date = cr_release_format_date(release->date, suite->arena);
  if (release->date > now + FUTURE_SECONDS)
    return refuse(error, "its date is in the future: %s", date);
  gint64 seen = cr_site_load_seen(trust->key);
  if (release->date < seen)
    return refuse(error, "it is of %s, older than the one of %s that was seen before: a step back", date,
                  cr_release_format_date(seen, suite->arena));
  if (release->valid_until < 0 || release->valid_until >= now)
    return TRUE;
  const char *until = cr_release_format_date(release->valid_until, suite->arena);
  if (cr_archive_is_allowed(trust->plan->options, suite)) {
    cr_suite_doubt(suite, "its release file expired on %s: newer fixes may be missing", until);
    return TRUE;
  }
  refuse(error, "it expired on %s", until);
  if (error && *error)
    cr_error_set_hint(*error, "--allow-expired %s uses it all the same", suite->data.archive.name);
  return FALSE;
}

/* ---- one release file ---- */

/* NULL without ERROR: the bytes are needed. */
static CrRelease *judge(const Trust *trust, const CrReleaseCandidate *candidate, gboolean *own, GError **error)
{
  const CrArchivePlan *plan = trust->plan;
  g_autoptr(CrRelease) release = plan->set->kind->judge(plan, trust->suite, trust->archived, candidate, own, error);
  return release && check_time(trust, release, error) ? g_steal_pointer(&release) : NULL;
}

static void adopt(const Trust *trust, CrRelease *release, const CrSite *site, gboolean own, const char *base)
{
  CrSuite *suite = trust->suite;
  suite->release = release;
  suite->own = own;
  suite->fetched = site->fetched;
  suite->hash = cr_arena_strdup(suite->arena, site->hash);
  suite->folder = cr_arena_strdup(suite->arena, site->url);
  suite->base = cr_arena_strdup(suite->arena, suite->data.listed ? site->url : base);
  cr_suite_note_release(trust->plan, suite, site,
                        suite->data.listed ? site->url
                        : trust->archived  ? suite->archived_uri
                                           : suite->uri);
}

static gboolean use_kept(const Trust *trust, const CrSite *site, const char *base, GError **error)
{
  gboolean own = FALSE;
  CrReleaseCandidate candidate = {.hash = site->hash};
  g_autoptr(GError) local = NULL;
  CrRelease *release = judge(trust, &candidate, &own, &local);
  if (!release && !local) {
    CrFetched kept = {0};
    if (cr_fetch_kept(trust->plan->options->cache, site, &kept)) {
      candidate.release = kept.release;
      candidate.signature = kept.signature;
      release = judge(trust, &candidate, &own, &local);
    }
    cr_fetched_clear(&kept);
  }
  if (release)
    adopt(trust, release, site, own, base);
  else if (local)
    g_propagate_error(error, g_steal_pointer(&local));
  return release != NULL;
}

static gboolean keep_release(const CrCache *cache, const CrFetched *fetched, GError **error)
{
  GBytes *const parts[] = {fetched->release, fetched->signature};
  const char *const hashes[] = {fetched->site->hash, fetched->site->signature};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
    gsize size = 0;
    const void *data = parts[i] ? g_bytes_get_data(parts[i], &size) : NULL;
    g_autofree char *name = g_strdup_printf("releases/%s", hashes[i] ? hashes[i] : "");
    if (data && !cr_cache_store(cache, "archives", name, data, size, error))
      return FALSE;
  }
  return TRUE;
}

/* Bytes from the network: judged before anything is kept. */
static gboolean use_new(const Trust *trust, const CrFetched *fetched, const char *base, GError **error)
{
  gboolean own = FALSE;
  const CrReleaseCandidate candidate = {
      .hash = fetched->site->hash, .release = fetched->release, .signature = fetched->signature, .body = fetched->body};
  CrRelease *release = judge(trust, &candidate, &own, error);
  if (!release)
    return FALSE;
  const CrCache *cache = trust->plan->options->cache;
  if (keep_release(cache, fetched, NULL))
    cr_site_store(cache, trust->key, fetched->site);
  if (release->date > cr_site_load_seen(trust->key))
    cr_site_store_seen(trust->key, release->date);
  adopt(trust, release, fetched->site, own, base);
  return TRUE;
}

/* Ask the network; FALSE with ERROR when nothing that can be believed came. */
static gboolean ask(const Trust *trust, CrSite *site, const char *folder, const char *base, GError **error)
{
  CrFetched fetched = {0};
  gboolean ok = trust->plan->set->kind->fetch(trust->plan, trust->suite, folder, site, &fetched, error);
  if (ok && fetched.unchanged) {
    g_autoptr(GError) local = NULL;
    site->fetched = g_get_real_time() / G_USEC_PER_SEC;
    cr_site_store(trust->plan->options->cache, trust->key, site);
    ok = use_kept(trust, site, base, &local);
    if (!ok && !local) { /* the cache lost its bytes: once more, without condition */
      g_clear_pointer(&site->hash, g_free);
      cr_fetched_clear(&fetched);
      return ask(trust, site, folder, base, error);
    }
    if (local)
      g_propagate_error(error, g_steal_pointer(&local));
  } else if (ok) {
    ok = use_new(trust, &fetched, base, error);
  }
  cr_fetched_clear(&fetched);
  return ok;
}

/* ---- the whole ---- */

static void say_offline(CrSuite *suite)
{
  cr_suite_note(suite, "offline: as it was on %s", cr_release_format_date(suite->fetched, suite->arena));
}

/* Not that something came which is not believed. */
static gboolean is_absence(const GError *why)
{
  return g_error_matches(why, CR_ERROR, CR_ERROR_ENVIRONMENT) || g_error_matches(why, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* What was believed before stays in use when nothing better came; why is told. */
static void fall_back(const Trust *trust, const CrSite *site, const char *base, const GError *why)
{
  CrSuite *suite = trust->suite;
  g_autoptr(GError) error = NULL;
  gboolean offline = g_error_matches(why, CR_ERROR, CR_ERROR_OFFLINE);
  suite->offline = offline;
  g_free(suite->failure);
  suite->failure = is_absence(why) ? g_strdup(why->message) : NULL;
  /* two places were asked: the first may have it again, and only the second is remembered */
  suite->unsettled |= !offline && (!suite->failure || trust->absent);
  if (site->hash && use_kept(trust, site, base, &error)) {
    const char *date = cr_release_format_date(site->fetched, suite->arena);
    if (offline)
      say_offline(suite);
    else
      cr_suite_doubt(suite, "%s; what it had on %s is used", why->message, date);
    return;
  }
  if (offline && !error)
    cr_suite_refuse(suite, "it was never fetched, and --offline forbids it now");
  else
    cr_suite_refuse(suite, "%s%s%s", trust->absent ? trust->absent : "", trust->absent ? "; " : "",
                    error && offline ? error->message : why->message);
  const char *hint = cr_error_get_hint(error && offline ? error : why);
  suite->hint = g_strdup(hint);
}

/* Where SITE must have been asked to be SUITE's at FOLDER: of a list of mirrors any will do. */
static const char *get_asked(const CrSuite *suite, const CrSite *site, const char *folder)
{
  return suite->data.listed && site->url ? site->url : folder;
}

static gboolean use_fresh(const Trust *trust, const CrSite *site, const char *folder, const char *base)
{
  CrSuite *suite = trust->suite;
  if (cr_site_is_fresh(site, get_asked(suite, site, folder)) && use_kept(trust, site, base, NULL))
    return TRUE;
  g_ptr_array_set_size(suite->doubts, 0);
  return FALSE;
}

/* Ask, or have what another thread that asked FOLDER at the same time got. A file is asked by everybody. */
static gboolean ask_once(const Trust *trust, CrSite **site, const char *folder, const char *base, GError **error)
{
  const CrVendorOptions *options = trust->plan->options;
  CrAsked *asked = g_str_has_prefix(folder, "file:") ? NULL : options->asked;
  g_autofree char *key = g_strconcat(trust->key, " ", folder, NULL);
  g_autoptr(GError) cause = NULL;
  gboolean ours = cr_asked_begin(asked, key, &cause), ok = FALSE;
  if (!cause) { /* what another thread got is there by now, be it waited for or not */
    cr_site_free(*site);
    *site = cr_site_load(options->cache, trust->key);
    ok = use_fresh(trust, *site, folder, base) || ask(trust, *site, folder, base, &cause);
  }
  if (ours)
    cr_asked_end(asked, key, cause);
  if (!ok)
    g_propagate_error(error, g_steal_pointer(&cause));
  return ok;
}

/* FALSE: it is not at URI, and there is another place to look. */
static gboolean obtain_from(Trust *trust, const char *uri, gboolean last)
{
  const CrVendorOptions *options = trust->plan->options;
  CrSuite *suite = trust->suite;
  g_autofree char *base = cr_mirror_apply(options->mirrors, suite->data.archive.name, uri);
  g_autofree char *folder = cr_suite_format_folder(suite, base);
  g_autoptr(CrSite) site = cr_site_load(options->cache, trust->key);
  g_autoptr(GError) error = NULL;
  if (use_fresh(trust, site, folder, base)) {
    if (options->offline)
      say_offline(suite);
    return TRUE;
  }
  if (options->offline && !g_str_has_prefix(folder, "file:"))
    g_set_error_literal(&error, CR_ERROR, CR_ERROR_OFFLINE, "--offline");
  else if (ask_once(trust, &site, folder, base, &error))
    return TRUE;
  /* a doubt about a release file that was then refused is none about the one in use */
  g_ptr_array_set_size(suite->doubts, 0);
  if (!last && g_error_matches(error, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    trust->absent = g_strdup(error->message);
    return FALSE;
  }
  suite->asked = cr_arena_strdup(suite->arena, folder);
  fall_back(trust, site, base, error);
  return TRUE;
}

/* Once a suite was found where releases that are over go, it is asked there and no longer where it was. */
static gboolean is_archived(const CrArchivePlan *plan, const CrSuite *suite, const char *key)
{
  if (!suite->archived_uri)
    return FALSE;
  g_autofree char *base = cr_mirror_apply(plan->options->mirrors, suite->data.archive.name, suite->archived_uri);
  g_autofree char *folder = cr_suite_format_folder(suite, base);
  g_autoptr(CrSite) site = cr_site_load(plan->options->cache, key);
  return g_strcmp0(site->url, folder) == 0;
}

gboolean cr_archive_needs_network(const CrArchivePlan *plan, const CrSuite *suite)
{
  g_autofree char *key = cr_suite_format_folder(suite, suite->uri);
  const char *uri = is_archived(plan, suite, key) ? suite->archived_uri : suite->uri;
  g_autofree char *base = cr_mirror_apply(plan->options->mirrors, suite->data.archive.name, uri);
  g_autofree char *folder = cr_suite_format_folder(suite, base);
  g_autoptr(CrSite) site = cr_site_load(plan->options->cache, key);
  return !suite->error && !suite->data.archive.error && !plan->options->offline &&
         !cr_site_is_fresh(site, get_asked(suite, site, folder));
}

void cr_archive_obtain(const CrArchivePlan *plan, CrSuite *suite)
{
  if (suite->error || suite->data.archive.error) /* of a kind that is not read; a snapshot */
    return;
  g_autofree char *key = cr_suite_format_folder(suite, suite->uri);
  Trust trust = {.plan = plan, .suite = suite, .key = key};
  suite->key = cr_arena_strdup(suite->arena, key);
  trust.archived = is_archived(plan, suite, key);
  if (!trust.archived && obtain_from(&trust, suite->uri, !suite->archived_uri))
    return;
  trust.archived = TRUE;
  obtain_from(&trust, suite->archived_uri, TRUE);
  g_free(trust.absent);
}
