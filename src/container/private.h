/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of container/ share. Private to it. */
#pragma once
#include "container/daemon.h"

const CrSourceOptions *cr_daemon_get_options(const CrDaemon *daemon);
CrEngine *cr_daemon_get_engine(const CrDaemon *daemon);
/* PATH with the version before it. Free with g_free. */
char *cr_daemon_format_path(const CrDaemon *daemon, const char *path);
/* METHOD PATH with BODY (JSON) and HEADERS, both or NULL; the answer's body as it comes, whose statuses are judged as
 * cr_daemon_send does. TIMEOUT_MS of silence, 0: ten minutes. */
CrStream *cr_daemon_open_stream(CrDaemon *daemon, const char *method, const char *path, const char *body,
                                const char *const *headers, guint timeout_ms, GError **error);
/* What an engine says a JSON object a line: whole lines of DATA, behind what PENDING has of the one at hand, to VISIT;
 * the rest stays there. Bytes beyond CR_LIMIT_ENGINE_LINE are cut, and the line is then no JSON. FALSE: VISIT did. */
typedef gboolean (*CrLineVisit)(const char *line, gsize size, gpointer user);
gboolean cr_daemon_take_lines(GString *pending, const char *data, gsize size, CrLineVisit visit, gpointer user);
/* An image id with what it is before it, which Podman's are without. Free with g_free. */
char *cr_daemon_format_id(const char *id);
/* NAME with everything that a query's value may not hold escaped. Free with g_free. */
char *cr_daemon_escape_query(const char *name);
