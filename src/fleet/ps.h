/* SPDX-License-Identifier: Apache-2.0 */
/* needrestart for containers: which of them run something else than what is there now.
 *
 *   image      its image is not what the image's name is now (pulled, patched or built since), or the base that the
 *              image was built on is another one now
 *   processes  a process maps files that are deleted or replaced (container/processes.h)
 *   database   its writable layer has another package database than its image: somebody ran apt in it, and a new
 *              container of the image would be without what that did
 *   holder     containerd-shim or conmon was replaced since the container began
 *
 * Names are judged as this machine has them; no registry is asked (that is the plan's). Containers that no engine of
 * ours knows (containerd, cri-o, another user's) are judged by their processes alone. */
#pragma once
#include "container/processes.h"
#include "fleet/fleet.h"
#include "fleet/kernel.h"
#include "report/report.h"

typedef struct {
  const char *engine, *id, *name; /* NAME NULL: only its processes are known; containerd's: "default/web" */
  const char *state;              /* running, exited, …; "running" where only processes are known */
  const char *image, *image_id;   /* or NULL */
  const char *now_id;             /* what IMAGE's name is now, where that is another; else NULL */
  gboolean nameless;              /* …it is nothing any more: the name is gone */
  const char *base;               /* the base's name, where it is another than what was built on; else NULL */
  GPtrArray *processes;           /* const CrContainerProcess* */
  guint stale;                    /* of them with stale files */
  CrStrv drifted;                 /* changed package databases: "var/lib/dpkg/status" */
  const char *holder;             /* program that was replaced, or NULL */
  const CrFleetContainer *fleet;  /* or NULL */
  gboolean restart;               /* something of this asks for a new container or a restart */
  const char *why;                /* one phrase each, with "; " between; "" where nothing */
  const char *with;               /* what to do: "careen apply", "docker restart web"; NULL: nothing */
} CrPsRow;

typedef struct {
  CrArena *arena;
  GPtrArray *rows;                                       /* CrPsRow*, what asks for something first, then by name */
  guint running, images, bases, stale, drifted, holders; /* counts of containers */
  CrKernel *kernel;
  CrProblems *problems;
} CrPs;

/* FLEET must outlive it. PROC: "/proc". */
CrPs *cr_ps_new(const CrFleet *fleet, const char *proc);
void cr_ps_free(CrPs *ps);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrPs, cr_ps_free)
gboolean cr_ps_needs_restart(const CrPs *ps);

/* ps-write.c, ps-batch.c */
void cr_ps_write_table(const CrPs *ps, CrReport *report);
void cr_ps_write_json(const CrPs *ps, CrReport *report);  /* careen.ps/1 */
void cr_ps_write_batch(const CrPs *ps, CrReport *report); /* CAREEN-…: value, after needrestart -b */
/* A line as Nagios' plug-ins write, after needrestart -p; the exit code (0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN). */
int cr_ps_write_nagios(const CrPs *ps, CrReport *report);
