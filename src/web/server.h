/* SPDX-License-Identifier: Apache-2.0 */
/* The page over HTTP/1.1 (libmicrohttpd): four threads that wait for all connections (epoll), a fifth for time. Each
 * request opens the record for itself, for reading, and sees what was true at that moment.
 *
 * Limits: 4,000 connections, 32 KiB of a request's head, 4 KiB of its body; whoever has not sent a request after 20
 * seconds, or not taken an answer after two minutes, is cut off, however busily it sends a byte now and then. */
#pragma once
#include "base/listen-socket.h"
#include "web/guard.h"

typedef struct {
  const char *record;    /* path, or NULL: the state folder's */
  const char *cache_dir; /* or NULL: the usual */
  const char *root;      /* below which path of a proxy it is (root.h), checked; NULL: none */
  const char *spool;     /* folder for what is asked for (apply.h); NULL: the page only reads */
} CrServerOptions;

typedef struct CrServer CrServer;

/* SOCKET's descriptor and GUARD must outlive it. */
CrServer *cr_server_new(const CrServerOptions *options, const CrListenSocket *socket, CrGuard *guard, GError **error);
void cr_server_free(CrServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrServer, cr_server_free)
