/* SPDX-License-Identifier: Apache-2.0 */
/* What must be made again after a container was: those that use its network, its ipc or pid namespace, its volumes or a
 * link to it, those that use these, and so on. */
#pragma once
#include "container/daemon.h"

/* Who uses whom: container → GPtrArray of those that use it themselves, by address. Free with g_hash_table_unref. */
GHashTable *cr_users_new(void);
void cr_users_add(GHashTable *users, gpointer used, gpointer user);
/* ROOT and all that use it, directly or not, into the set REACHED, which may have others. */
void cr_users_reach(GHashTable *users, gconstpointer root, GHashTable *reached);

/* Of CONTAINERS (a whole daemon's), CrContainer* in the order of doing: each after all it depends on, then by name;
 * NAME itself is not among them. NULL with CR_ERROR_INPUT: they depend on each other in a circle, which no engine can
 * start. *REFUSED (may be NULL): the first that must not be re-created and so forbids NAME's own change, with the
 * reason in ARENA; NULL: none. */
GPtrArray *cr_dependents_list(const CrContainers *containers, const char *name, const char **refused, CrArena *arena,
                              GError **error);
/* The same of a turn: NAME and OTHERS (a set of names, or NULL) are changed together. Those of OTHERS that use none of
 * them come first, then all that use any. */
GPtrArray *cr_turn_list(const CrContainers *containers, const char *name, GHashTable *others, CrArena *arena,
                        GError **error);
/* Does CONTAINER use one of NAMES itself? */
gboolean cr_dependents_use_any(const CrContainer *container, GHashTable *names);
/* Why careen may not re-create CONTAINER whatever the policy says, or NULL: "careen itself runs in it". */
const char *cr_dependents_find_obstacle(const CrContainer *container);
/* The same of those alone that an orchestrator makes, and would make again. */
const char *cr_dependents_find_orchestrator(const CrContainer *container);
