/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: many small things that live and die together. Nothing in it is freed alone. Not thread-safe. */
#pragma once
#include <glib.h>

typedef struct CrArena CrArena;

CrArena *cr_arena_new(void);
void cr_arena_free(CrArena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrArena, cr_arena_free)

/* SIZE bytes, zeroed, aligned for any type. Sizes that come from input must have passed a limit before. */
void *cr_arena_alloc(CrArena *arena, gsize size);
#define cr_arena_new0(arena, type) ((type *)cr_arena_alloc((arena), sizeof(type)))
/* A NUL-terminated copy; NULL stays NULL. */
const char *cr_arena_strdup(CrArena *arena, const char *text);
const char *cr_arena_strndup(CrArena *arena, const char *text, gsize length);
const char *cr_arena_printf(CrArena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Lists that end with NULL. Of LIST's strings, which stay whose they are; of copies of them; of copies of STRINGS, of
 * which NULL is the empty one. */
const char *const *cr_arena_list(CrArena *arena, const GPtrArray *list);
const char *const *cr_arena_list_copies(CrArena *arena, const GPtrArray *list);
const char *const *cr_arena_strdupv(CrArena *arena, const char *const *strings);
/* Bytes asked for so far. */
gsize cr_arena_get_size(const CrArena *arena);
