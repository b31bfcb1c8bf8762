/* SPDX-License-Identifier: Apache-2.0 */
/* needrestart's question inside containers: which process has files mapped that are deleted or replaced by now?
 *
 * From /proc alone, whatever engine (docker, podman, containerd by cgroup): maps with a file behind them, compared with
 * what stands at that path in the process's own root by the rules of needrestart (README, sub check) and of overlayfs:
 * there maps show the lower file's inode or the overlay's depending on kernel and xino, so equality is by
 * /proc/PID/map_files and openat2(RESOLVE_IN_ROOT) with st_dev ignored where major is 0; a file that only copy-up has
 * changed is the same file. Idle overlay containers give nothing. */
#pragma once
#include "base/arena.h"
#include "model/problem.h"

typedef struct {
  gint64 pid;
  gint64 started;      /* seconds since the epoch */
  const char *program; /* path in its root, made printable */
  const char *cgroup;  /* container id from its cgroup: 64 hex, or NULL: not in a container */
  const char *engine;  /* "docker", "podman", "containerd", "cri-o", NULL */
  CrStrv stale;        /* paths that are deleted or replaced, sorted, no two the same */
  const char *why;     /* of the first: "deleted", "replaced"; NULL: nothing stale */
} CrContainerProcess;

/* All processes that are in containers, by container id, then pid. PROC: "/proc" (tests have their own). Those that
 * may not be looked at (not root) are a partial problem, once. */
GPtrArray *cr_container_processes_list(const char *proc, CrArena *arena, CrProblems *problems);
