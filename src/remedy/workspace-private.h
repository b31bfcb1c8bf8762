/* SPDX-License-Identifier: Apache-2.0 */
/* Between workspace.c (the folder, the caller's side) and workspace-child.c (the process that unpacks and works). */
#pragma once
#include "remedy/workspace.h"

/* What goes over the socket: a head and SIZE bytes behind it. Both ends are the same program. */
typedef enum {
  CR_FRAME_DATA,     /* bytes of a layer; none: its end */
  CR_FRAME_ORDER,    /* guint32 each: which arrived layer is the image's first, second, … from the lowest */
  CR_FRAME_UNMAPPED, /* from the child: it has a user namespace that wants its ids */
  CR_FRAME_MAPPED,
  CR_FRAME_DONE,   /* from the child: the work is done */
  CR_FRAME_FAILED, /* guint32 code, message, NUL, hint, NUL */
} CrFrameKind;
typedef struct {
  guint32 kind, size;
} CrFrame;
#define CR_FRAME_BYTES (256U * 1024U)

/* FALSE with errno; EPIPE: the other end is gone. */
gboolean cr_frame_send(int socket, CrFrameKind kind, const void *data, gsize size);
/* Fill BUFFER (CR_FRAME_BYTES). FALSE: the other end is gone. */
gboolean cr_frame_receive(int socket, CrFrame *frame, guint8 *buffer);

typedef struct {
  const char *folder;
  int socket;
  gboolean user;  /* a user namespace is needed */
  gboolean again; /* the folders are there */
  gboolean fresh; /* …and what was changed goes */
  gboolean plain; /* no overlay */
  const CrLimits *limits;
  CrWorkspaceWork work;
  gpointer data;
} CrWorkspaceChild;
#define CR_WORKSPACE_TRIAL "trial"

/* In the forked process; does not return. */
void cr_workspace_child_run(const CrWorkspaceChild *child) G_GNUC_NORETURN;

/* workspace-place.c: a folder in memory, made if need be, that holds NEED_BYTES without hurting anyone; *MAX_BYTES:
 * what may be used there at most. NULL: there is none. Free with g_free. */
char *cr_workspace_find_memory(guint64 need_bytes, guint64 *max_bytes);
/* workspace-guard.c: a process that removes PARENT's folder NAME when careen is gone. -1: there is none (the next
 * workspace removes it then); else *END is to be given back. */
pid_t cr_workspace_guard_start(const char *parent, const char *name, int *end);
/* The folder is removed. */
void cr_workspace_guard_stop(pid_t pid, int end);
/* Remove PARENT's folder NAME; files of other ids in it, too, from within a user namespace. */
void cr_workspace_remove(const char *parent, const char *name);

/* What no lock holds in PARENT is of a careen that died. */
void cr_workspace_remove_leftovers(const char *parent);
/* Remove FOLDER's NAME with all in it; links are not followed. FALSE with errno: something is left. */
gboolean cr_workspace_remove_tree(int folder, const char *name);
