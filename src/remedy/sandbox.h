/* SPDX-License-Identifier: Apache-2.0 */
/* Running the image's own programs (its package manager, and what packages bring as scripts) in bubblewrap.
 *
 * They get the image's root, a fresh /proc, the few devices every program knows, an empty /tmp, and nothing else: no
 * network, no path of this machine but those named, no variable of the caller's, no new privileges, no capability but
 * what dpkg needs to give files their owners and modes, and no system call that a package manager has no use for
 * (mounts, namespaces, keys, tracing, the clock, modules). They end with careen, and when their time is over.
 *
 * Called in the process of a workspace (workspace.h), whose mount and user namespaces are around all of it. */
#pragma once
#include "base/process.h"
#include "remedy/workspace.h"

typedef struct {
  const char *from; /* on this machine, absolute */
  const char *to;   /* in the image: below /tmp, or a file that is replaced for the time */
} CrSandboxBind;    /* read-only */

typedef struct {
  const char *root;
  const CrSandboxBind *binds; /* FROM NULL ends */
  const char *const *folders; /* empty ones below /tmp, or NULL */
  const char *const *argv;    /* looked up in the sandbox's own PATH */
  guint timeout_ms;           /* not 0 */
  gboolean may_chroot;        /* apk runs the scripts of packages in a chroot, even of "/" */
  const CrRoots *roots;       /* whose limits count too, or NULL */
  const char *variable;       /* one more "NAME=VALUE", or NULL */
} CrSandboxRequest;

/* As cr_process_run: any exit code is success here. CR_ERROR_ENVIRONMENT: it could not be started; CR_ERROR_GATE: it
 * took too long, or the image's links leave no place for a sandbox. */
CrProcessResult *cr_sandbox_run(const CrSandboxRequest *request, GError **error);

/* seccomp-filter.c: a descriptor with the filter in the kernel's own form, to be closed. -1 with ERROR. */
int cr_seccomp_filter_open(GError **error);
