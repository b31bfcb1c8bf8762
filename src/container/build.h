/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's own builder: POST /build (docs.docker.com/engine/api, "Build an image"; the classic one, for BuildKit
 * wants a session). The answer is a JSON object a line, with status 200 whatever comes of it. */
#pragma once
#include "base/limits.h"
#include "container/daemon.h"

#define CR_BUILD_LOG_BYTES (64 * CR_KIB) /* of its words the last are kept: that is where the reason stands */

typedef struct {
  char *id;         /* "sha256:…" of the result, or NULL */
  char *why;        /* the engine's words where it failed, or NULL */
  GString *log;     /* the last CR_BUILD_LOG_BYTES it said, as it said them */
  GPtrArray *steps; /* char*: the images that the classic builder names behind its steps (" ---> 0a1b2c3d4e5f"), in
                       order, the base among them; the first thousand */
} CrBuildAnswer;

CrBuildAnswer *cr_build_answer_new(void);
void cr_build_answer_free(CrBuildAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrBuildAnswer, cr_build_answer_free)
/* One line of it. What is no JSON object is nothing. SAY (may be NULL) gets what the builder says. */
void cr_build_answer_take(CrBuildAnswer *answer, const char *line, gsize size,
                          void (*say)(const char *line, gpointer data), gpointer data);

typedef struct {
  const char *query; /* "dockerfile=x&nocache=1", escaped; it has the build's arguments and is printed nowhere */
  int context;       /* a tar, borrowed, from its start */
  guint seconds;     /* longest; 0: an hour */
  void (*say)(const char *line, gpointer data); /* or NULL */
  gpointer data;
} CrBuildRequest;

/* FALSE with ERROR: the engine cannot be asked, it took too long, careen was asked to stop (base/stop.h: the engine
 * gives up the build), or a build failed (CR_ERROR_INPUT with its words). ANSWER has the log either way. */
gboolean cr_daemon_build_image(CrDaemon *daemon, const CrBuildRequest *request, CrBuildAnswer *answer, GError **error);
