/* SPDX-License-Identifier: Apache-2.0 */
#include "image/silent.h"

#include <string.h>

#include "base/error.h"

typedef struct {
  gboolean busy, answered; /* somebody asks and nobody knows yet; the last who asked had an answer */
  guint failures;          /* in a row */
  GError *why;             /* silent or bad, or NULL */
  gint64 until;            /* …microseconds, monotonic */
} Entry;

struct CrSilent {
  GMutex lock;
  GCond told;
  GHashTable *servers; /* "https://host:5000" → Entry* */
  GHashTable *bad;     /* URL → Entry* */
};

static void free_entry(gpointer data)
{
  Entry *entry = data;
  g_clear_error(&entry->why);
  g_free(entry);
}

CrSilent *cr_silent_new(void)
{
  CrSilent *silent = g_new0(CrSilent, 1);
  g_mutex_init(&silent->lock);
  g_cond_init(&silent->told);
  silent->servers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_entry);
  silent->bad = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_entry);
  return silent;
}

void cr_silent_free(CrSilent *silent)
{
  if (!silent)
    return;
  g_hash_table_unref(silent->servers);
  g_hash_table_unref(silent->bad);
  g_cond_clear(&silent->told);
  g_mutex_clear(&silent->lock);
  g_free(silent);
}

static Entry *get_server(CrSilent *silent, const char *url)
{
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  g_autofree char *key = g_strndup(url, (gsize)(host - url) + strcspn(host, "/?#"));
  Entry *entry = g_hash_table_lookup(silent->servers, key);
  if (!entry) {
    entry = g_new0(Entry, 1);
    g_hash_table_insert(silent->servers, g_steal_pointer(&key), entry);
  }
  return entry;
}

static void remember(Entry *entry, const GError *why)
{
  g_clear_error(&entry->why);
  entry->why = g_error_copy(why);
  entry->until = g_get_monotonic_time() + (gint64)CR_SILENT_SECONDS * G_USEC_PER_SEC;
}

/* The error of then, while it counts. */
static gboolean recall(Entry *entry, GError **error)
{
  if (entry->why && g_get_monotonic_time() >= entry->until)
    g_clear_error(&entry->why);
  if (entry->why && error)
    *error = g_error_copy(entry->why);
  return entry->why != NULL;
}

gboolean cr_silent_may_ask(CrSilent *silent, const char *url, GError **error)
{
  if (!silent)
    return TRUE;
  g_mutex_lock(&silent->lock);
  Entry *entry = get_server(silent, url);
  while (entry->busy)
    g_cond_wait(&silent->told, &silent->lock);
  gboolean known = recall(entry, error);
  entry->busy = !known && !entry->answered;
  g_mutex_unlock(&silent->lock);
  if (known)
    g_prefix_error(error, "it did not answer, and is not asked again for five minutes: ");
  return !known;
}

void cr_silent_told(CrSilent *silent, const char *url, const GError *why)
{
  if (!silent)
    return;
  g_mutex_lock(&silent->lock);
  Entry *entry = get_server(silent, url);
  entry->busy = FALSE;
  if (!why) {
    g_clear_error(&entry->why);
    entry->answered = TRUE;
    entry->failures = 0;
  } else if (g_error_matches(why, CR_ERROR, CR_ERROR_ENVIRONMENT) && (++entry->failures > 1 || !entry->answered)) {
    remember(entry, why);
    entry->answered = FALSE;
  }
  g_cond_broadcast(&silent->told);
  g_mutex_unlock(&silent->lock);
}

gboolean cr_silent_is_good(CrSilent *silent, const char *url, GError **error)
{
  if (!silent)
    return TRUE;
  g_mutex_lock(&silent->lock);
  Entry *entry = g_hash_table_lookup(silent->bad, url);
  gboolean good = !entry || !recall(entry, error);
  g_mutex_unlock(&silent->lock);
  return good;
}

void cr_silent_mark_bad(CrSilent *silent, const char *url, const GError *why)
{
  if (!silent || !g_error_matches(why, CR_ERROR, CR_ERROR_TRUST))
    return;
  Entry *entry = g_new0(Entry, 1);
  remember(entry, why);
  g_mutex_lock(&silent->lock);
  g_hash_table_replace(silent->bad, g_strdup(url), entry);
  g_mutex_unlock(&silent->lock);
}
