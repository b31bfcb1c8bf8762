/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor/archive-state.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "vendor/apk.h"
#include "vendor/archive-plan.h"
#include "vendor/asked.h"
#include "vendor/support-load.h"

void cr_archive_state_free(CrArchiveState *state)
{
  if (!state)
    return;
  g_free(state->type);
  g_free(state->name);
  g_free(state->key);
  g_free(state->folder);
  g_free(state->hash);
  g_free(state->failure);
  g_free(state);
}

/* ---- what it was ---- */

static CrArchiveState *take_state(const CrArchives *archives, const CrSuite *suite)
{
  CrArchiveState *state = g_new0(CrArchiveState, 1);
  state->type = g_strdup(archives->kind->type);
  state->name = g_strdup(suite->data.archive.name);
  state->key = g_strdup(suite->key);
  state->folder = g_strdup(suite->failure ? suite->asked : suite->folder);
  state->hash = g_strdup(suite->hash);
  state->failure = g_strdup(suite->failure);
  /* one that expired and is used all the same (--allow-expired) has no other end */
  gint64 until = suite->release ? suite->release->valid_until : 0;
  state->until = until > g_get_real_time() / G_USEC_PER_SEC ? until : 0;
  return state;
}

static gboolean is_settled(const CrSuite *suite)
{
  return !suite->unsettled && (suite->release || suite->failure || suite->offline);
}

GPtrArray *cr_archives_list_states(const CrArchives *archives, gboolean *settled)
{
  GPtrArray *states = g_ptr_array_new_with_free_func((GDestroyNotify)cr_archive_state_free);
  *settled = !archives->unsettled;
  for (guint i = 0; i < archives->archives->len; i++) {
    const CrSuite *suite = archives->archives->pdata[i];
    for (guint k = 0; k < suite->data.list_count; k++)
      *settled &= !cr_list_is_damaged(suite->data.lists[k].list);
    if (!suite->key) /* of a kind that is not read: that stays so */
      continue;
    *settled &= is_settled(suite);
    if (suite->release || suite->failure)
      g_ptr_array_add(states, take_state(archives, suite));
  }
  return states;
}

char *cr_archive_state_format(const CrArchiveState *state)
{
  return g_strjoin("\n", state->type, state->key, state->folder, state->hash ? state->hash : "",
                   state->failure ? state->failure : "", NULL);
}

/* ---- is it so still? ---- */

/* Without judging who signed it. */
static gboolean fetch(const CrArchiveState *state, const CrVendorOptions *options, const CrSite *site,
                      CrFetched *fetched, GError **error)
{
  if (!strcmp(state->type, "deb"))
    return cr_fetch_release(options, state->folder, site, fetched, error);
  if (!strcmp(state->type, "apk"))
    return cr_fetch_named(options, state->folder, "APKINDEX.tar.gz", NULL, site, fetched, error);
  if (!cr_fetch_named(options, state->folder, "repodata/repomd.xml", "repodata/repomd.xml.asc", site, fetched, error))
    return FALSE;
  if (!fetched->unchanged)
    cr_fetched_seal(fetched);
  return TRUE;
}

/* Of apk what is kept is not the index, but names it. */
static gboolean is_same_index(const CrVendorOptions *options, const CrSite *site, GBytes *index)
{
  CrFetched kept = {0};
  CrApkSeal seal = {0};
  g_autoptr(CrArena) arena = cr_arena_new();
  gsize size = 0;
  const void *data = g_bytes_get_data(index, &size);
  g_autofree char *digest = cr_digest_of(data, size);
  gboolean same = cr_fetch_kept(options->cache, site, &kept) && cr_apk_seal_parse(kept.release, arena, &seal, NULL) &&
                  seal.list && !strcmp(seal.list, cr_digest_get_hex(digest));
  cr_fetched_clear(&kept);
  return same;
}

static gboolean is_same(const CrArchiveState *state, const CrVendorOptions *options, const CrSite *site,
                        const CrFetched *fetched)
{
  if (fetched->unchanged)
    return TRUE;
  if (!strcmp(state->type, "apk"))
    return is_same_index(options, site, fetched->release);
  return !g_strcmp0(fetched->site->hash, state->hash) && !g_strcmp0(fetched->site->signature, site->signature);
}

/* It is as it was: asked now, and with the validators of now. */
static void remember(const CrArchiveState *state, const CrVendorOptions *options, CrSite *site,
                     const CrFetched *fetched)
{
  site->fetched = g_get_real_time() / G_USEC_PER_SEC;
  if (fetched->site) {
    g_free(site->etag);
    g_free(site->modified);
    site->etag = g_strdup(fetched->site->etag);
    site->modified = g_strdup(fetched->site->modified);
  }
  cr_site_store(options->cache, state->key, site);
}

static gboolean ask(const CrArchiveState *state, const CrVendorOptions *options, CrSite *site)
{
  CrFetched fetched = {0};
  g_autoptr(GError) error = NULL;
  g_autofree char *key = g_strconcat(state->key, " ", state->folder, NULL);
  gboolean same = FALSE;
  if (!cr_asked_begin(options->asked, key, &error) && !error) /* a scan did meanwhile */
    return FALSE;
  if (!error) {
    gboolean ok = fetch(state, options, site, &fetched, &error);
    cr_asked_end(options->asked, key, error);
    same = ok && !state->failure && is_same(state, options, site, &fetched);
  }
  if (same)
    remember(state, options, site, &fetched);
  cr_fetched_clear(&fetched);
  return same || (error && !g_strcmp0(error->message, state->failure));
}

gboolean cr_archive_state_stands(const CrArchiveState *state, const CrVendorOptions *options)
{
  g_autoptr(CrSite) site = cr_site_load(options->cache, state->key);
  if (g_strcmp0(site->hash, state->hash) != 0 ||
      (state->hash && !state->failure && g_strcmp0(site->url, state->folder)))
    return FALSE;
  if (options->offline && !g_str_has_prefix(state->folder, "file:"))
    return TRUE;
  return (!state->failure && cr_site_is_fresh(site, state->folder)) || ask(state, options, site);
}

CrStrv cr_vendor_list_places(const CrVendorOptions *options, CrArena *arena)
{
  const char *const places[] = {CR_SYSTEM_DISTRO_INFO, CR_SYSTEM_LIMITS,
                                options->keyrings ? options->keyrings : "/usr/share/keyrings",
                                options->keyrings ? NULL : "/usr/share/apk/keys", NULL};
  return cr_arena_strdupv(arena, places);
}
