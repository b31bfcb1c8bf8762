/* SPDX-License-Identifier: Apache-2.0 */
/* A build context that is not a folder of this machine, as `docker build URL` has it (docs.docker.com/build/concepts/
 * context, "Remote context"):
 *
 *   https://host/repo.git#REF:FOLDER   a git repository: also http, ssh, git, file, git@host:repo.git, github.com/…;
 *                                      REF a branch, tag or commit (without: what its HEAD is), FOLDER in it
 *   https://host/context.tar.gz        an archive: tar, plain or with gzip, xz, zstd
 *   https://host/web.Dockerfile        a text: the Dockerfile, in a context that is empty
 *
 * Git is asked as a program, with the user's own configuration (who may read a private repository is said there), and
 * without hooks, prompts and protocols that start programs. What comes is a plain folder without .git: modes are 0755
 * and 0644, times the commit's, so that the same commit gives the same layers whoever builds it. */
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "base/http.h"

typedef struct {
  gboolean git;       /* else an archive or a text */
  const char *url;    /* without the fragment */
  const char *ref;    /* or NULL */
  const char *folder; /* "a/b", or NULL: the whole */
} CrRemote;

/* Is CONTEXT of a recipe such an address, and not a path? */
gboolean cr_remote_is_address(const char *context);
/* CR_ERROR_USAGE: nothing that could be fetched, with the reason. Strings in ARENA. */
gboolean cr_remote_parse(const char *context, CrArena *arena, CrRemote *remote, GError **error);
/* "USER:PASSWORD", LENGTH bytes, of the first URL in TEXT; NULL: it has none. */
const char *cr_remote_find_login(const char *text, gsize *length);
/* TEXT without the user and password of a URL: for people and logs. Free with g_free. */
char *cr_remote_redact(const char *text);

typedef struct {
  CrHttp *http;                        /* for archives */
  guint seconds;                       /* longest; 0: half an hour */
  const char *(*watch)(gpointer data); /* as CrProcessRequest has it; or NULL */
  gpointer data;
} CrRemoteOptions;

typedef struct {
  char *folder;   /* the context: below the folder that was given */
  char *revision; /* the commit (40 or 64 hex), or "sha256:…" of what was fetched */
} CrRemoteContext;
void cr_remote_context_clear(CrRemoteContext *context);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrRemoteContext, cr_remote_context_clear)

/* Into FOLDER, an empty one of the caller's, whatever comes of it the caller's to remove. CR_ERROR_ENVIRONMENT: it
 * cannot be had now (git is not here, no answer, no permission); CR_ERROR_INPUT: no such ref or folder, or what came is
 * no context; CR_ERROR_LIMIT. */
gboolean cr_remote_fetch(const CrRemote *remote, const char *folder, const CrRemoteOptions *options,
                         CrRemoteContext *context, GError **error);

/* The commit that REMOTE's ref is now, by `git ls-remote`: nothing is fetched. *COMMIT (g_free) is NULL for what does
 * not move (a commit) and for an archive. FALSE: as cr_remote_fetch fails. */
gboolean cr_remote_find_commit(const CrRemote *remote, const CrRemoteOptions *options, char **commit, GError **error);
/* OUTPUT of git ls-remote: the commit of REF (NULL: HEAD) as `git fetch` would choose it, a tag's own commit; NULL:
 * none. Free with g_free. */
char *cr_remote_parse_refs(const char *output, const char *ref);

/* ---- remote-archive.c ---- */

/* The body of an answer, unpacked or written as Dockerfile into FOLDER; WHERE is for messages. Free *REVISION. */
gboolean cr_remote_unpack(CrStream *stream, const char *folder, const char *where, char **revision, GError **error);
