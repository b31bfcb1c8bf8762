/* SPDX-License-Identifier: Apache-2.0 */
/* "/events": what happens, as server-sent events (HTML Living Standard §9.2). One text for all who listen: each gets
 * the newest once, and a comment every 15 seconds, by which the dead are found. Who has nothing to be sent is
 * suspended, and costs nothing. */
#pragma once
#include <glib.h>
#include <microhttpd.h>

typedef struct CrEvents CrEvents;

CrEvents *cr_events_new(void);
/* No more is sent, and whoever listens is let go: before the server's daemon is stopped. */
void cr_events_stop(CrEvents *events);
void cr_events_free(CrEvents *events);
/* TEXT (one line of JSON) is what is so; the same as before is not sent again. NOW: microseconds. */
void cr_events_publish(CrEvents *events, const char *text, gint64 now);
/* Does anybody listen? */
gboolean cr_events_are_wanted(CrEvents *events);
/* A response without an end for CONNECTION; NULL: too many listen. */
struct MHD_Response *cr_events_respond(CrEvents *events, struct MHD_Connection *connection);
