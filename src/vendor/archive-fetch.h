/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: bytes of archives, from the cache or the network, unverified until the caller has verified them.
 *
 * What is kept in the area "archives": sites/HASH.json, what was last asked of one suite and which release file is
 * believed; releases/HASH, release files; verdicts/ and keyrings/ (keyring.h); lists/HASH, compiled lists by the hash
 * of their text, so that suites and images share them. */
#pragma once
#include "vendor/distribution.h"
#include "vendor/release.h"

/* An archive is not asked again within this time, so that scanning a hundred images asks once; a fix is seen that much
 * later at worst. `fetched` in the report says when it was. file: costs nothing and is always asked. */
#define CR_ARCHIVE_FRESH_SECONDS 300

/* A suite's release file and where it is from. */
typedef struct {
  char *url;      /* of the folder that answered, no '/' at the end */
  gint64 fetched; /* seconds: when that was asked last; 0: never */
  char *etag, *modified;
  char *hash;      /* of what follows, 64 hex digits: InRelease, or Release and Release.gpg; NULL: none */
  char *signature; /* hash of Release.gpg; NULL: InRelease */
} CrSite;
void cr_site_free(CrSite *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSite, cr_site_free)

/* KEY names the suite: its public folder's address, whatever mirror is asked. Never NULL; empty where nothing is
 * known. */
CrSite *cr_site_load(const CrCache *cache, const char *key);
/* Remember SITE, whose release file was verified. */
void cr_site_store(const CrCache *cache, const char *key, const CrSite *site);
/* Newest date seen of KEY, kept in the state folder so that it outlives the cache; 0: none. */
gint64 cr_site_load_seen(const char *key);
void cr_site_store_seen(const char *key, gint64 date);

/* Does SITE, asked at URL, need no asking? */
gboolean cr_site_is_fresh(const CrSite *site, const char *url);

typedef struct {
  GBytes *release, *signature; /* SIGNATURE NULL: RELEASE is an InRelease */
  GBytes *body;                /* what RELEASE was made of (archive-apk.c), or NULL */
  gboolean unchanged;          /* 304: what OLD knows still stands; no bytes */
  CrSite *site;                /* to be stored when verified */
} CrFetched;
void cr_fetched_clear(CrFetched *fetched);
/* The bytes at URL, at most MAX, believed in nothing. */
GBytes *cr_fetch_small(const CrVendorOptions *options, const char *url, guint64 max, GError **error);
/* Ask URL (the suite's folder) for its release file, on condition that it is another than OLD's. CR_ERROR_NOT_FOUND:
 * there is none. */
gboolean cr_fetch_release(const CrVendorOptions *options, const char *url, const CrSite *old, CrFetched *fetched,
                          GError **error);
/* The same of file NAME, with its signature beside it where SIGNATURE names one (absent: fetched->signature is NULL).
 * The caller makes site->hash. */
gboolean cr_fetch_named(const CrVendorOptions *options, const char *url, const char *name, const char *signature,
                        const CrSite *old, CrFetched *fetched, GError **error);
/* Give FETCHED the hash of what it holds. */
void cr_fetched_seal(CrFetched *fetched);
/* The kept release file of SITE, or FALSE. */
gboolean cr_fetch_kept(const CrCache *cache, const CrSite *site, CrFetched *fetched);

/* Where a package list of a release file is to be had. */
typedef struct {
  const char *url; /* the suite's folder */
  const CrRelease *release;
  const char *folder; /* "main/binary-amd64" or "" for an exact path */
  gboolean by_hash;
} CrListPlace;
/* The name in the cache of PLACE's compiled list, in ARENA; NULL: the release file names none. *BYTES (may be NULL): of
 * the form that would be fetched. */
const char *cr_list_place_get_name(const CrListPlace *place, CrArena *arena, guint64 *bytes);
/* Fetch, check down to the last byte, and compile. ADVANCE (may be NULL) is told of every piece. */
gboolean cr_fetch_list(const CrVendorOptions *options, const CrListPlace *place, const char *name,
                       void (*advance)(guint64 bytes, gpointer data), gpointer data, GError **error);

/* A list that is no Packages: FILE below URL, checked, decompressed and made stanzas by TRANSLATE, which owns its
 * argument. */
gboolean cr_fetch_translated(const CrVendorOptions *options, const char *url, const CrReleaseFile *file,
                             CrStream *(*translate)(CrStream *stream), const char *name, GError **error);

/* URI with the user's mirrors applied: by the archive's NAME, else by the longest prefix. Free with g_free. */
char *cr_mirror_apply(GHashTable *mirrors, const char *name, const char *uri);
