/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: the family of feeds. One const struct each, one file each (feed-osv.c, …), one table in feed.c.
 *
 * A feed says which files it would fetch, cuts a file into records, and understands a record. The three are apart so
 * that files are fetched, unpacked and understood at the same time: `read` runs in one thread, `take` in any number. */
#pragma once
#include "advisory/record.h"

typedef struct CrFeed CrFeed;

/* One file of a feed: one request when it is asked, one row of the database's table `files`. */
typedef struct {
  const CrFeed *feed;
  char *name;      /* "alpine-secdb/v3.18/main" */
  char *state;     /* CrFeedState.name: "alpine-secdb/v3.18" */
  char *path;      /* under a mirror: "alpine-secdb/v3.18/main.json" */
  char *address;   /* public, or NULL: only mirrors have it */
  char *ecosystem; /* that it covers, or what the feed keeps there; or NULL */
  const char *licence;
  gboolean optional; /* not every release has it: 404 is no failure */
} CrFeedFile;
void cr_feed_file_free(CrFeedFile *file);
/* Strings are copied; LICENCE is constant. */
CrFeedFile *cr_feed_file_new(const CrFeed *feed, const char *name, const char *state, const char *path,
                             const char *address, const char *licence);

typedef struct {
  const char *folder; /* a mirror that is a folder: all it has is read; or NULL */
  CrStrv ecosystems;  /* else: what scans noted, sorted */
  gboolean all;       /* every ecosystem that the feed is known to have */
} CrFeedWants;
/* Does WANTS name ECOSYSTEM or a release of it ("Debian" for "Debian:12")? */
gboolean cr_feed_wants(const CrFeedWants *wants, const char *base);
/* Names in FOLDER/SUB that end in SUFFIX ("": folders), without it, sorted; free with g_strfreev. */
char **cr_feed_list_folder(const CrFeedWants *wants, const char *sub, const char *suffix);

/* Where `read` puts records. NAME for messages. FALSE: stop (somebody else failed, or a limit was passed: ERROR). */
typedef struct CrFeedSink CrFeedSink;
gboolean cr_feed_sink_give(CrFeedSink *sink, const char *name, const void *data, gsize size, GError **error);
/* A record that `read` itself had to leave out. */
void cr_feed_sink_skip(CrFeedSink *sink, const char *name, const char *why);

struct CrFeed {
  const char *name;
  /* Add CrFeedFile* to FILES. */
  void (*plan)(const CrFeed *feed, const CrFeedWants *wants, GPtrArray *files);
  /* Cut the file open at FD (at its start) into records. FALSE: it is not such a file, or damaged; nothing of it
   * counts. NULL: the whole of it, unpacked, is one record. */
  gboolean (*read)(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error);
  /* Understand one record. What is not understood goes to cr_builder_skip. */
  void (*take)(const CrFeedFile *file, const char *name, const char *data, gsize size, CrBuilder *builder);
};

extern const CrFeed cr_feed_osv, cr_feed_debian, cr_feed_alpine, cr_feed_kev, cr_feed_epss, cr_feed_endoflife,
    cr_feed_vulnrichment;
/* All, NULL-terminated. */
const CrFeed *const *cr_feeds_get(void);
const CrFeed *cr_feeds_find(const char *name);

/* Helpers for `read`: hand a text (unpacked by its magic number) to the sink in pieces. */
/* The members of the object that the text is: {NAME: VALUE, …} gives a record "VALUE" of each. */
gboolean cr_feed_read_members(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error);
/* The same for an object in memory. GIVE gets each member; FALSE from it ends with its error. */
typedef gboolean (*CrFeedMember)(gpointer data, const char *name, const void *text, gsize size, GError **error);
gboolean cr_feed_split_members(const char *text, gsize size, CrFeedMember give, gpointer data, GError **error);
/* Some hundred whole lines each. */
gboolean cr_feed_read_lines(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error);
/* All of it. */
gboolean cr_feed_read_whole(int fd, const CrFeedFile *file, CrFeedSink *sink, GError **error);
