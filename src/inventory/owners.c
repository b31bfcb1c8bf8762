/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a path: an open-addressed table whose slots point into the kept file lists, 16 bytes a path, so that 100,000
 * paths cost 4 MiB and 1 ms to fill per 10,000. */
#include "inventory/private.h"

#include <string.h>

#include "base/limits.h"

typedef struct {
  const char *path;
  guint32 length;
  guint32 owner; /* index + 1; 0: the slot is free */
} Slot;

/* A link to a folder near the root ("bin" → "usr/bin"): both spellings mean the same file. */
typedef struct {
  const char *link, *target; /* canonical, without '/' at the end */
  gsize link_bytes, target_bytes;
} Alias;

struct CrOwners {
  Slot *slots;
  gsize mask, used;
  guint64 seed;
  GArray *aliases;
  CrArena *arena;
  gboolean full;
};

__extension__ typedef unsigned __int128 Wide;

static guint64 mix(guint64 a, guint64 b)
{
  Wide product = (Wide)a * b;
  return (guint64)product ^ (guint64)(product >> 64);
}

/* Seeded, so that nobody can prepare an image whose paths all fall on one slot. */
static guint64 hash_path(const CrOwners *owners, const char *path, gsize length)
{
  guint64 hash = owners->seed ^ length;
  for (; length >= 8; path += 8, length -= 8) {
    guint64 word = 0;
    memcpy(&word, path, 8);
    hash = mix(hash ^ word, 0x9e3779b97f4a7c15U ^ owners->seed);
  }
  guint64 tail = 0;
  memcpy(&tail, path, length);
  return mix(hash ^ tail, 0xd6e8feb86659fd93U ^ owners->seed);
}

/* The slot that holds PATH, or the free one where it belongs. */
static Slot *find_slot(const CrOwners *owners, const char *path, gsize length)
{
  gsize at = (gsize)hash_path(owners, path, length) & owners->mask;
  for (;; at = (at + 1) & owners->mask) {
    Slot *slot = &owners->slots[at];
    if (!slot->owner || (slot->length == length && !memcmp(slot->path, path, length)))
      return slot;
  }
}

static gboolean grow(CrOwners *owners)
{
  gsize size = owners->slots ? 2 * (owners->mask + 1) : 4096;
  Slot *old = owners->slots, *slots = g_try_new0(Slot, size);
  if (!slots)
    return FALSE;
  gsize count = old ? owners->mask + 1 : 0;
  owners->slots = slots;
  owners->mask = size - 1;
  for (gsize i = 0; i < count; i++)
    if (old[i].owner)
      *find_slot(owners, old[i].path, old[i].length) = old[i];
  g_free(old);
  return TRUE;
}

static void add_path(CrOwners *owners, const char *path, gsize length, gboolean stable, guint owner)
{
  if (owners->full || !length || length > CR_LIMIT_PATH_BYTES)
    return;
  if (owners->used >= CR_LIMIT_OWNED_PATHS || (3 * (owners->mask + 1) / 4 <= owners->used && !grow(owners))) {
    owners->full = TRUE;
    return;
  }
  Slot *slot = find_slot(owners, path, length);
  if (slot->owner)
    return; /* folders have many owners: the first will do */
  slot->path = stable ? path : cr_arena_strndup(owners->arena, path, length);
  slot->length = (guint32)length;
  slot->owner = owner + 1;
  owners->used++;
}

static void take_path(const CrDatabasePackage *package, const char *path, gsize length, gboolean stable, gpointer data)
{
  add_path(data, path, length, stable, package->number);
}

/* ---- aliases ---- */

typedef struct {
  CrOwners *owners;
  CrTree *tree;
} Looking;

static gboolean take_alias(const CrNode *node, gpointer data)
{
  Looking *looking = data;
  CrNode target;
  if (node->type != CR_ENTRY_SYMLINK || cr_tree_find(looking->tree, node->path, &target) != CR_TREE_FOUND ||
      target.type != CR_ENTRY_DIR || !*target.path)
    return TRUE;
  Alias alias = {node->path, target.path, strlen(node->path), strlen(target.path)};
  g_array_append_val(looking->owners->aliases, alias);
  return looking->owners->aliases->len < CR_LIMIT_PATH_ALIASES;
}

static CrOwners *owners_new(CrArena *arena)
{
  CrOwners *owners = g_new0(CrOwners, 1);
  owners->seed = (guint64)g_random_int() << 32 | g_random_int() | 1;
  owners->aliases = g_array_new(FALSE, FALSE, sizeof(Alias));
  owners->arena = arena;
  owners->full = !grow(owners);
  return owners;
}

CrOwners *cr_owners_new(GPtrArray *works, CrTree *tree, CrArena *arena, CrProblems *problems)
{
  CrOwners *owners = owners_new(arena);
  for (guint i = 0; i < works->len; i++) {
    CrDatabaseWork *work = works->pdata[i];
    cr_database_foreach_file(work, NULL, take_path, owners);
  }
  if (owners->full)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "package databases",
                    "they list more than %u paths: who owns the rest is not known", CR_LIMIT_OWNED_PATHS);
  /* Links stand where distributions put them: in the root (usr-merge), in usr (lib64), in var (run, lock). */
  static const char *const folders[] = {"", "usr", "var"};
  Looking looking = {owners, tree};
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    cr_tree_foreach_child(tree, folders[i], take_alias, &looking);
  return owners;
}

void cr_owners_free(CrOwners *owners)
{
  if (!owners)
    return;
  g_free(owners->slots);
  g_array_unref(owners->aliases);
  g_free(owners);
}

/* PATH with the folder FROM at its start replaced by TO. */
static int find_renamed(const CrOwners *owners, const char *path, gsize length, const char *from, gsize from_bytes,
                        const char *to, gsize to_bytes)
{
  if (length < from_bytes || memcmp(path, from, from_bytes) != 0 || (length > from_bytes && path[from_bytes] != '/'))
    return -1;
  char other[2 * CR_LIMIT_PATH_BYTES];
  gsize rest = length - from_bytes;
  if (to_bytes + rest > sizeof other)
    return -1;
  memcpy(other, to, to_bytes);
  memcpy(other + to_bytes, path + from_bytes, rest);
  return (int)find_slot(owners, other, to_bytes + rest)->owner - 1;
}

int cr_owners_find(const CrOwners *owners, const char *path)
{
  gsize length = strlen(path);
  if (!owners->slots || length > CR_LIMIT_PATH_BYTES)
    return -1;
  int owner = (int)find_slot(owners, path, length)->owner - 1;
  for (guint i = 0; owner < 0 && i < owners->aliases->len; i++) {
    const Alias *alias = &g_array_index(owners->aliases, Alias, i);
    owner = find_renamed(owners, path, length, alias->target, alias->target_bytes, alias->link, alias->link_bytes);
    if (owner < 0)
      owner = find_renamed(owners, path, length, alias->link, alias->link_bytes, alias->target, alias->target_bytes);
  }
  return owner;
}

/* ---- claims of languages' packages ---- */

CrOwners *cr_owners_new_claims(const GArray *claims, CrArena *arena, CrProblems *problems)
{
  CrOwners *owners = owners_new(arena);
  for (guint i = 0; i < claims->len; i++) {
    const CrClaim *claim = &g_array_index(claims, CrClaim, i);
    add_path(owners, claim->path, strlen(claim->path), TRUE, claim->package->index);
  }
  if (owners->full)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "packages of languages",
                    "they claim more than %u paths: who owns the rest is not known", CR_LIMIT_OWNED_PATHS);
  return owners;
}

int cr_owners_find_claim(const CrOwners *owners, const char *path)
{
  gsize length = strlen(path);
  if (!owners->slots || !owners->used || length > CR_LIMIT_PATH_BYTES)
    return -1;
  int owner = (int)find_slot(owners, path, length)->owner - 1;
  while (owner < 0 && length) {
    if (path[length - 1] == '/')
      owner = (int)find_slot(owners, path, length)->owner - 1;
    length--;
  }
  return owner;
}
