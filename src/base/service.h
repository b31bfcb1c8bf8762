/* SPDX-License-Identifier: Apache-2.0 */
/* What a service tells the manager that started it: sd_notify(3)'s protocol, which is one datagram. Without
 * NOTIFY_SOCKET nothing is told. */
#pragma once
#include <glib.h>

/* "READY=1", "STATUS=idle until 02:00", "STOPPING=1"; several with newlines between. FALSE: nobody listens. */
gboolean cr_service_notify(const char *state);
/* RELOADING=1 with the time that Type=notify-reload asks for. */
void cr_service_notify_reloading(void);
/* Half of WatchdogSec, in microseconds; 0: no watchdog for this process. */
guint64 cr_service_get_watchdog_usec(void);
