/* SPDX-License-Identifier: Apache-2.0 */
/* needrestart's question inside containers: which process has files mapped that are deleted or replaced by now?
 *
 * From /proc alone, whatever the engine. Only what is executable counts, and jars. A mapping and the file that stands
 * at its path in the process's own root are the same when /proc/PID/map_files/ADDRESS and that file have one device and
 * inode: both are then asked through the same overlay, so an idle container gives nothing whatever its storage. Where
 * map_files may not be followed (it takes CAP_SYS_ADMIN), the inode of maps(5) counts, and its device only where both
 * are real ones (overlay's and btrfs' are anonymous, major 0). A path that is not there although the mapped file is not
 * deleted is another root or a mount on top: not stale. A file written in place keeps its inode but not what is mapped
 * once overlay has copied it up: stale when both its times are later than the process. */
#pragma once
#include "base/arena.h"
#include "model/package.h"
#include "model/problem.h"

typedef struct {
  gint64 pid;
  gint64 started;      /* seconds since the epoch */
  const char *program; /* path in its root; bytes as they are */
  const char *id;      /* of the container, usually 64 hex; containerd's own may have any: "default/web" */
  gboolean named;      /* ID is a name that people gave, with containerd's namespace before it */
  const char *engine;  /* "docker", "podman", "containerd", "cri-o", "kubernetes" */
  CrStrv stale;        /* paths whose file is not what is mapped, sorted, no two the same */
  const char *why;     /* of the first: "deleted", "replaced", "changed in place"; NULL: nothing stale */
  const char *parent;  /* of the container's first process: the program that holds it (containerd-shim, conmon) … */
  gboolean parent_replaced; /* …and that its file is another by now */
} CrContainerProcess;

/* What an engine says of a container whose cgroup does not name it (rootless without cgroups): all processes of the
 * mount namespace of PID are in it. Numbers are given again: where PID's cgroup names a container it must be this one,
 * else PID must not have begun later than the container did. A mount namespace that is this process's or that of PID 1
 * is nobody's. */
typedef struct {
  gint64 pid;
  const char *id, *engine;
  gint64 started; /* seconds since the epoch; 0: not known */
} CrContainerHint;

/* CrContainerProcess*, all that are in containers: by their cgroup (also with --pid=host), by HINTS, or as children of
 * a containerd-shim (`ctr run`, whose cgroup is a name like any other), by container id, then pid; strings in ARENA.
 * PROC: "/proc" (tests have their own). HINTS: COUNT of them, or NULL. Those that may not be looked at (another
 * user's) are one partial problem.
 *
 * A runtime that is about to become a container's process (`runc init`, for a moment of each start and exec) is in its
 * cgroup and root already, with the host's libraries. It is left out; known by what it runs, which is the host's own
 * runtime and nothing of the container's: a process may call itself as it likes. */
GPtrArray *cr_container_processes_list(const char *proc, const CrContainerHint *hints, guint count, CrArena *arena,
                                       CrProblems *problems);

/* ---- for it, the tests and the fuzz target: processes-parse.c ---- */

typedef struct {
  const char *address; /* "55fd344c7000-55fd344cb000", the name in map_files */
  guint major, minor;
  guint64 inode;
  gboolean executable;
  gboolean deleted; /* it ends in " (deleted)", which PATH has not */
  const char *path; /* newlines are \012, as the kernel writes them */
} CrMapping;
/* The next mapping of a file in the line that *TEXT points to; *TEXT is moved past it, and written to. FALSE: the end.
 * What is no file (heap, stack, vdso, shared memory, memfd, devices) is passed over. */
gboolean cr_mapping_next(char **text, CrMapping *mapping);
/* "default/web" of COMMAND, the words of a containerd-shim with a NUL behind each (SIZE bytes); NULL: none, or of a
 * namespace whose owner names its containers otherwise (moby is Docker's). In ARENA. */
const char *cr_shim_find_container(const char *command, gsize size, CrArena *arena);
/* The container that CGROUP (the text of /proc/PID/cgroup) names. FALSE: none. *ID is in ARENA, *ENGINE constant. */
gboolean cr_cgroup_find_container(const char *cgroup, CrArena *arena, const char **id, const char **engine);
