/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: files of feeds to what a database is written from, on all processors. One thread unpacks and cuts
 * (zlib is the slowest part), some understand records, the caller writes; each waits for the next, so memory stays at
 * a few files. */
#pragma once
#include "advisory/feed.h"

typedef struct {
  const CrFeedFile *file;
  int fd;              /* at its start; closed when it was read */
  GPtrArray *builders; /* CrBuilder*, in the order of the file; empty after an error */
  GError *error;       /* the file as a whole cannot be used */
  guint64 json_bytes;  /* unpacked */
  guint64 records, skipped;
  gint64 newest;    /* of the data, seconds; 0: it does not say */
  GPtrArray *skips; /* char* */
} CrCompileJob;
CrCompileJob *cr_compile_job_new(const CrFeedFile *file, int fd);
void cr_compile_job_free(CrCompileJob *job);

/* Understand JOBS (CrCompileJob*) with THREADS. DONE is called in the caller's thread for each, in order; what it
 * returns FALSE for ends all (the database cannot be written). ADVANCE (may be NULL) is told of bytes of JSON, from any
 * thread. */
gboolean cr_compile_run(GPtrArray *jobs, guint threads, gboolean (*done)(CrCompileJob *job, gpointer data),
                        void (*advance)(guint64 bytes, gpointer data), gpointer data);

/* For tests and fuzzing: the records of FILE in BYTES as one builder; NULL with ERROR. */
CrBuilder *cr_compile_bytes(const CrFeedFile *file, GBytes *bytes, GError **error);
