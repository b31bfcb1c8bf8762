/* SPDX-License-Identifier: Apache-2.0 */
/* The image started as a container engine would start it, for a few seconds and without consequences: in a root that
 * is thrown away, with a network that has nothing but itself, no path and no device of this machine.
 *
 * bubblewrap does not become another user and lets nobody in later, and both are needed here: the image's USER, and a
 * health check beside what it checks. So this does by itself what bubblewrap does for the package manager: namespaces
 * of its own for mounts, processes, network, IPC, names and cgroups; /proc with the machine's parts read-only or
 * hidden; the devices every program knows; no new privileges; the capabilities that Docker leaves a container (without
 * making devices, raw packets and the audit log); the system call filter of sandbox.h. Volumes are what the image has
 * there, as new volumes are. All of it ends with the workspace's process. Linux only: namespaces(7), pivot_root(2),
 * user names as in OCI image spec config.md "User". */
#pragma once
#include "model/image.h"

typedef struct {
  const char *root;         /* of cr_workspace_mount_trial */
  const CrImage *image;     /* what it runs, as whom, where, with which variables */
  const char *const *check; /* words of a command that is run beside it until it exits 0, or NULL */
  gboolean check_alone;     /* its exit is all that counts; else what the image runs must be up as well */
  guint stay_ms;            /* without a check: so long it must stay up */
  guint timeout_ms;         /* for the check */
} CrTrialRequest;

typedef enum {
  CR_TRIAL_NOTHING, /* the image names no command, and no check was asked for */
  CR_TRIAL_STAYED,  /* it was still running after `stay_ms` */
  CR_TRIAL_ENDED,   /* it ended by itself, see `status` */
  CR_TRIAL_CHECKED, /* the check ended: the last `status` */
  CR_TRIAL_HUNG,    /* the check did not end in time */
} CrTrialEnd;

typedef struct {
  CrTrialEnd end;
  int status;   /* exit code, or 128+signal */
  char *output; /* the end of what was written, at most 4 KiB, valid UTF-8; free with g_free */
} CrTrialResult;
gboolean cr_trial_result_is_good(const CrTrialResult *result);

/* Called in the workspace's process. FALSE: it could not be tried (CR_ERROR_ENVIRONMENT), or the image's own config
 * does not allow it (CR_ERROR_INPUT: its user is in no file). */
gboolean cr_trial_run(const CrTrialRequest *request, CrTrialResult *result, GError **error);

/* ---- between trial.c and trial-root.c ---- */

/* In the process that will be the first of the new namespaces: mounts, and ROOT becomes "/". NULL, or what could not be
 * done, with errno. */
const char *cr_trial_enter_root(const char *root);

/* trial-user.c: who USER ("", "name", "1000:1000", "name:group") is in the image at ROOT. */
typedef struct {
  guint uid, gid;
  GArray *groups; /* guint */
  char *home;
} CrTrialUser;
gboolean cr_trial_user_find(const char *root, const char *user, CrTrialUser *out, GError **error);
void cr_trial_user_clear(CrTrialUser *user);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrTrialUser, cr_trial_user_clear)
