/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: one file of a feed, from its public address, a mirror's server, or a folder. At most one request
 * when it is unchanged; a download that broke, also in an earlier call, goes on where it ended. */
#pragma once
#include "advisory/database-write.h"
#include "advisory/refresh.h"
#include "base/progress.h"

typedef struct {
  char *source;    /* where it was asked */
  int fd;          /* at its start; -1: unchanged or absent */
  gboolean absent; /* 404 of an optional one */
  char *etag, *last_modified;
  gint64 modified; /* seconds, 0: not said. A folder does not: a copy has the time of copying */
  guint64 bytes;   /* fetched, or the size of a file in a folder */
  char *kept;      /* name in the cache of what was downloaded; to be removed when it is in the database */
} CrDownload;
void cr_download_clear(CrDownload *fetched);

/* KNOWN: what the database has of it, or NULL. PROGRESS, or NULL, expects what a server says it will send. */
gboolean cr_feed_fetch(const CrRefreshOptions *options, const CrFeedFile *file, const CrDatabaseFile *known,
                       CrProgress *progress, CrDownload *fetched, GError **error);
/* What was downloaded is not needed any more. */
void cr_download_forget(const CrRefreshOptions *options, const CrDownload *fetched);
/* The folder that MIRROR is ("/srv/feeds", "file:///srv/feeds"), or NULL: a server. Free with g_free. */
char *cr_mirror_find_folder(const char *mirror);
