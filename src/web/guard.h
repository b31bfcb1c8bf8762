/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask, and how often. Nothing of HTTP's library is known here.
 *
 * On a loopback port or a unix socket everybody who reaches it may read, as everybody may who has a shell there; a
 * browser that was sent there by another site is told by the name it asked for (DNS rebinding). On any other address
 * there must be a token. Behind a reverse proxy that knows its users the proxy names them in a header; that is believed
 * on a loopback port or unix socket alone. */
#pragma once
#include <glib.h>

typedef struct {
  const char *const *hosts; /* names besides this machine's own that a browser may ask for; or NULL */
  const char *token_file;   /* or NULL */
  const char *user_header;  /* "X-Remote-User", or NULL */
  guint rate;               /* requests a second of one address, ten times as many at once; 0: the default */
} CrGuardOptions;

typedef struct CrGuard CrGuard;

/* LOOPBACK, UNIX_SOCKET: what is listened on. CR_ERROR_USAGE: others would reach it, and nobody would be asked; the
 * token's file cannot be used (shorter than 16 letters, readable by everybody). */
CrGuard *cr_guard_new(const CrGuardOptions *options, gboolean loopback, gboolean unix_socket, GError **error);
void cr_guard_free(CrGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrGuard, cr_guard_free)

typedef struct {
  const char *address;       /* of the other side, for its rate; "unix" */
  const char *host;          /* the header, or NULL */
  const char *authorization; /* the header, or NULL */
  const char *user;          /* the header that the proxy sets, or NULL */
} CrGuardRequest;

/* 0: it may. Else the status to answer with: 401, 403, 421, 429. NOW in microseconds that only grow. Thread-safe. */
guint cr_guard_check(CrGuard *guard, const CrGuardRequest *request, gint64 now);
/* Of the header, or NULL: none is set. */
const char *cr_guard_get_user_header(const CrGuard *guard);
/* Is anybody asked who they are? */
gboolean cr_guard_asks(const CrGuard *guard);
