/* SPDX-License-Identifier: Apache-2.0 */
/* A place to change an image without touching it: its layers unpacked, one folder each, under an overlay whose upper
 * folder takes the changes.
 *
 * All that happens to bytes of the image happens in a process of its own with its own mount namespace and, without
 * root, its own user namespace (newuidmap; the ranges of /etc/subuid). The layers are opened, inflated and hashed by
 * the caller's process, which has the network, and come to it as plain tars over a socket; a digest that differs ends
 * it before anything is mounted. The kernel ends that process when careen dies, and with it the mounts and whatever
 * runs in them. The folder is removed by a process that outlives careen for just that (workspace-guard.c); where that
 * one was killed, too, by the next workspace: a folder is locked while it is in use.
 *
 * The folder is CACHE/work/RANDOM, or one in memory: 0, 1, … the layers as they arrived, "upper", "work", "merged",
 * "lower" (a read-only view of the layers alone), and files of the caller's. Overlay is mounted from within it by
 * relative names, for its options are one page; where the kernel takes none, the layers are copied over each other
 * (merge.h). */
#pragma once
#include "base/baton.h"
#include "base/cache.h"
#include "image/source.h"
#include "remedy/limits.h"

typedef struct CrWorkspace CrWorkspace;

/* A new folder; leftovers of careens that died are removed. In memory where NEED_BYTES, all that will be in it, easily
 * fit there (workspace-place.c); 0: never. CR_ERROR_ENVIRONMENT. */
CrWorkspace *cr_workspace_new(const CrCache *cache, guint64 need_bytes, GError **error);
/* What is free of the memory of this machine, and of careen's control group. */
guint64 cr_workspace_get_free_memory(void);
/* How much it may hold where it is. */
guint64 cr_workspace_get_max_bytes(const CrWorkspace *workspace);
/* Nothing runs in it any more: all but its file NAME is removed. */
void cr_workspace_keep_only(CrWorkspace *workspace, const char *name);
/* Removes the folder. */
void cr_workspace_free(CrWorkspace *workspace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrWorkspace, cr_workspace_free)
/* For files that the work needs or makes. */
const char *cr_workspace_get_path(const CrWorkspace *workspace);

/* What runs from now on may not go beyond LIMITS, which must outlive the workspace; their deadline moves on by the time
 * that was waited for the baton. */
void cr_workspace_set_limits(CrWorkspace *workspace, CrLimits *limits);
/* For the next run: plain copies instead of an overlay, whatever the kernel would take, so that folders list their
 * names in another order and files have other numbers; for what is started there (time_namespaces(7), best effort) the
 * machine has been up for a thousand days more, and has one processor. */
void cr_workspace_set_plain(CrWorkspace *workspace);
/* Who uses the workspace has BATON, which is laid down while its process works, so that others can use theirs. */
void cr_workspace_set_baton(CrWorkspace *workspace, CrBaton *baton);
/* What is said on a terminal while the work goes on: "installing 3 packages". Borrowed. */
void cr_workspace_set_doing(CrWorkspace *workspace, const char *doing);

/* What the work sees: absolute paths. */
typedef struct {
  const char *folder;     /* of the workspace */
  const char *lower;      /* the image as it was, read-only */
  const char *upper;      /* what was changed, in overlay's own form */
  const char *merged;     /* the image as it is now */
  gboolean user;          /* in a user namespace: overlay's attributes are "user.overlay.…" */
  gboolean copied;        /* no overlay could be mounted: UPPER is MERGED, a plain copy, and LOWER another */
  const CrLimits *limits; /* or NULL: none */
  guint64 unpacked_bytes; /* of the layers */
  const char *lowers;     /* the layers' folders as overlay takes them, the highest first: "2:1:0" */
} CrRoots;
typedef gboolean (*CrWorkspaceWork)(const CrRoots *roots, gpointer data, GError **error);

/* Unpack the layers of SOURCE and call WORK in the process that sees them. It is a fork: what WORK writes to memory is
 * lost, files in the workspace and ERROR come back. No other thread may be at work when it is called (base/baton.h). */
gboolean cr_workspace_run(CrWorkspace *workspace, CrSource *source, CrProblems *problems, CrWorkspaceWork work,
                          gpointer data, GError **error);
gboolean cr_workspace_has_layers(const CrWorkspace *workspace);
/* The same once more, over the layers that are there since cr_workspace_run. FRESH: the image as it was; else with what
 * was changed. */
gboolean cr_workspace_run_again(CrWorkspace *workspace, gboolean fresh, CrWorkspaceWork work, gpointer data,
                                GError **error);
/* For the work: a root in which programs may write without a trace: of the image as it was, or (CHANGED) as it is now.
 * One at a time, gone with the process. Where nothing but copies can be had it is the copy itself, so only a FRESH run
 * may follow. Free with g_free. CR_ERROR_ENVIRONMENT. */
char *cr_workspace_mount_trial(const CrRoots *roots, gboolean changed, GError **error);
