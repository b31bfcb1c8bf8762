/* SPDX-License-Identifier: Apache-2.0 */
/* Who may act on an engine, or watch it: one careen at a time on this machine, whatever record and address each has.
 *
 * There are two locks. The record's lease (record/record.h) says since when and by which command. A file in /run/lock,
 * named by the engine's own id and held with flock(2), is seen by careens that have other records; the kernel lets go
 * of it when its process ends, however it ends. Careens on two machines that act on one engine (tcp://) do not see
 * each other. */
#pragma once
#include "container/daemon.h"
#include "model/problem.h"
#include "record/record.h"

#define CR_LOCK_DIR "/run/lock"

typedef enum {
  CR_LEASE_ACT,   /* while something is changed */
  CR_LEASE_WATCH, /* a watcher's, for as long as it lives; others may act meanwhile */
} CrLeaseKind;

typedef struct CrLease CrLease; /* of one engine */

/* RECORD must outlive it. LOCK_DIR NULL: CR_LOCK_DIR. Where no file can be had there, that is a note in PROBLEMS (may
 * be NULL), and the record's lease is all. NULL with CR_ERROR_ENVIRONMENT: another one has it, by name. */
CrLease *cr_lease_take(CrRecord *record, CrDaemon *daemon, CrLeaseKind kind, const char *lock_dir, CrProblems *problems,
                       GError **error);
void cr_lease_drop(CrLease *lease);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrLease, cr_lease_drop)
/* Those of DAEMONS (CrDaemon*), all or none; elements CrLease*, dropped with the list. */
GPtrArray *cr_leases_take(CrRecord *record, const GPtrArray *daemons, const char *lock_dir, CrProblems *problems,
                          GError **error);
/* FALSE: no other process acts on LEASE's engine. TRUE with ERROR (CR_ERROR_ENVIRONMENT): which one does. */
gboolean cr_lease_find_other(const CrLease *lease, GError **error);
