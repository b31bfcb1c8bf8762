/* SPDX-License-Identifier: Apache-2.0 */
/* What must be made again after a container was: those that use its network, its ipc or pid namespace, its volumes or a
 * link to it, those that use these, and so on. */
#pragma once
#include "container/daemon.h"

/* Of CONTAINERS (a whole daemon's), CrContainer* in the order of doing: each after all it depends on, then by name;
 * NAME itself is not among them. NULL with CR_ERROR_INPUT: they depend on each other in a circle, which no engine can
 * start. *REFUSED (may be NULL): the first that must not be re-created and so forbids NAME's own change, with the
 * reason in ARENA; NULL: none. */
GPtrArray *cr_dependents_list(const CrContainers *containers, const char *name, const char **refused, CrArena *arena,
                              GError **error);
/* Why careen may not re-create CONTAINER whatever the policy says, or NULL: "it runs in it", "it is of Kubernetes". */
const char *cr_dependents_find_obstacle(const CrContainer *container);

/* ---- temporary names: "web.new-0a1b2c3d4e5f" ---- */

/* KIND: "new", "old", "failed"; OPERATION: 12 hex. Free with g_free. */
char *cr_temporary_name_format(const char *name, const char *kind, const char *operation);
/* The parts of such a name, free each with g_free; FALSE: it is none. */
gboolean cr_temporary_name_parse(const char *text, char **name, char **kind, char **operation);
