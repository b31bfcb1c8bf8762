/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/asked.h"

#include "base/error.h"
#include "vendor/archive-fetch.h"

typedef struct {
  gboolean busy, answered; /* somebody asks; the last who did had an answer */
  GError *why;             /* nothing came, or NULL */
  gint64 failed;           /* when, microseconds, monotonic */
} Asking;

struct CrAsked {
  GMutex lock;
  GCond told;
  GHashTable *askings; /* key → Asking* */
};

static void free_asking(gpointer data)
{
  Asking *asking = data;
  g_clear_error(&asking->why);
  g_free(asking);
}

CrAsked *cr_asked_new(void)
{
  CrAsked *asked = g_new0(CrAsked, 1);
  g_mutex_init(&asked->lock);
  g_cond_init(&asked->told);
  asked->askings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_asking);
  return asked;
}

void cr_asked_free(CrAsked *asked)
{
  if (!asked)
    return;
  g_hash_table_unref(asked->askings);
  g_cond_clear(&asked->told);
  g_mutex_clear(&asked->lock);
  g_free(asked);
}

static Asking *get_asking(CrAsked *asked, const char *key)
{
  Asking *asking = g_hash_table_lookup(asked->askings, key);
  if (!asking) {
    asking = g_new0(Asking, 1);
    g_hash_table_insert(asked->askings, g_strdup(key), asking);
  }
  return asking;
}

gboolean cr_asked_begin(CrAsked *asked, const char *key, GError **error)
{
  if (!asked)
    return TRUE;
  gboolean waited = FALSE;
  g_mutex_lock(&asked->lock);
  Asking *asking = get_asking(asked, key);
  for (; asking->busy; waited = TRUE)
    g_cond_wait(&asked->told, &asked->lock);
  if (asking->why && g_get_monotonic_time() - asking->failed >= CR_ARCHIVE_FRESH_SECONDS * G_USEC_PER_SEC)
    g_clear_error(&asking->why);
  gboolean ours = !asking->why && !(waited && asking->answered);
  asking->busy = ours;
  if (asking->why && error)
    *error = g_error_copy(asking->why);
  g_mutex_unlock(&asked->lock);
  return ours;
}

void cr_asked_end(CrAsked *asked, const char *key, const GError *why)
{
  if (!asked)
    return;
  gboolean same_for_all =
      g_error_matches(why, CR_ERROR, CR_ERROR_ENVIRONMENT) || g_error_matches(why, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_mutex_lock(&asked->lock);
  Asking *asking = get_asking(asked, key);
  g_clear_error(&asking->why);
  asking->why = same_for_all ? g_error_copy(why) : NULL;
  asking->failed = g_get_monotonic_time();
  asking->answered = !why;
  asking->busy = FALSE;
  g_cond_broadcast(&asked->told);
  g_mutex_unlock(&asked->lock);
}
