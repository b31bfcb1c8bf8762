/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server for what is only read: metrics and health of `careen watch`. libmicrohttpd underneath, loaded at
 * first use. On a unix socket or a loopback port; another address is refused, for there is no authentication. */
#pragma once
#include "base/error.h"

typedef struct CrListener CrListener;

/* The body for PATH ("/metrics") with its type, in a thread of the listener; NULL: there is none such (404). *STATUS is
 * 200 at first. Free with g_free. */
typedef char *(*CrListenAnswer)(const char *path, const char **type, guint *status, gpointer data);

/* ADDRESS: "unix:/run/careen/metrics.sock" (mode 0660; a stale socket is replaced, a live one is not),
 * "127.0.0.1:9469",
 * "[::1]:9469", "localhost:0" (any port). CR_ERROR_USAGE, CR_ERROR_ENVIRONMENT. */
CrListener *cr_listener_new(const char *address, CrListenAnswer answer, gpointer data, GError **error);
void cr_listener_free(CrListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrListener, cr_listener_free)
/* "http://127.0.0.1:9469/" or "unix:/run/…". */
const char *cr_listener_get_address(const CrListener *listener);
