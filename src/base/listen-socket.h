/* SPDX-License-Identifier: Apache-2.0 */
/* A socket to listen on for HTTP: of this machine alone, unless who asks has its own way to tell who may. */
#pragma once
#include <glib.h>

typedef struct {
  int fd;
  char *address;     /* "http://127.0.0.1:9469/" or "unix:/run/…" */
  char *path;        /* of a unix socket, which is removed at the end; or NULL */
  gboolean loopback; /* nobody on another machine reaches it */
} CrListenSocket;

/* ADDRESS: "unix:/run/careen/web.sock" (mode 0660; a stale socket is replaced, a live one is not), "127.0.0.1:9469",
 * "[::1]:9469", "localhost:0" (any port, which `address` then has). OPEN: addresses that others reach are taken, too:
 * "0.0.0.0:80", "[::]:80". CR_ERROR_USAGE, CR_ERROR_ENVIRONMENT. */
gboolean cr_listen_socket_open(CrListenSocket *socket, const char *address, guint backlog, gboolean open,
                               GError **error);
/* The path is gone and all is freed. The descriptor is left open: it is the server's. */
void cr_listen_socket_clear(CrListenSocket *socket);
