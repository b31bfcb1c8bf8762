/* SPDX-License-Identifier: Apache-2.0 */
/* Subprocesses: argv arrays, never a shell. Used for gpgv, credential helpers, `podman system service`. */
#pragma once
#include <glib.h>

typedef struct {
  const char *const *argv;        /* NULL-terminated; argv[0] looked up in PATH */
  const char *const *environment; /* NULL: the caller's with LC_ALL=C added */
  GBytes *input;                  /* or NULL: /dev/null */
  guint timeout_ms;               /* 0: 60,000 */
  guint64 max_output;             /* 0: 16 MiB, then CR_ERROR_LIMIT and the child is killed */
  int inherited;                  /* a descriptor that the child has as number 3; 0: none */
  /* Asked twice a second: why it must end now (CR_ERROR_ENVIRONMENT), or NULL. */
  const char *(*watch)(gpointer data);
  gpointer data;
} CrProcessRequest;

typedef struct {
  int status;     /* exit code, or 128+signal */
  GBytes *output; /* stdout */
  char *errors;   /* stderr, made valid UTF-8, the last 64 KiB */
} CrProcessResult;
void cr_process_result_free(CrProcessResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrProcessResult, cr_process_result_free)

/* Field NUMBER (from 1, and above the second) of what /proc/PID/stat says (proc(5)); 0: TEXT, which may be NULL, has it
 * not. The second, the name, may hold anything up to the last parenthesis. */
gint64 cr_process_parse_stat(const char *text, guint number);

/* Run to the end. NULL only when it could not be started, timed out or wrote too much; any exit code is success here.
 * The child dies with careen (PR_SET_PDEATHSIG). */
CrProcessResult *cr_process_run(const CrProcessRequest *request, GError **error);
