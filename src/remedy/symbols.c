/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/symbols.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reach/elf-symbols.h"
#include "remedy/reasons.h"

typedef struct {
  const char *path, *name; /* NAME: soname, else the last part of the path */
  CrElfSymbols *symbols;
  GHashTable *versions; /* those it defines */
} Object;

typedef struct {
  CrArena *arena;
  GPtrArray *objects;   /* Object* */
  GHashTable *offered;  /* "name" and "name@version" of all of them */
  GHashTable *failures; /* what is missing and to whom → words, or NULL: not said yet */
  guint wanted;
} Side;

/* ---- what is loaded ---- */

static void free_object(gpointer data)
{
  Object *object = data;
  cr_elf_symbols_free(object->symbols);
  g_hash_table_unref(object->versions);
  g_free(object);
}

static int open_in(int root, const char *path)
{
  struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                         .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
  struct stat status;
  if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
    close(fd);
    return -1;
  }
  return fd;
}

static void take_offers(Side *side, const CrElfSymbols *symbols)
{
  for (guint i = 0; i < symbols->offered->len; i++) {
    const CrElfSymbol *symbol = symbols->offered->pdata[i];
    g_hash_table_add(side->offered, (gpointer)symbol->name);
    if (symbol->version)
      g_hash_table_add(side->offered, (gpointer)cr_arena_printf(side->arena, "%s@%s", symbol->name, symbol->version));
  }
}

static void add_object(Side *side, int root, const char *path)
{
  int fd = open_in(root, path);
  g_autoptr(CrFile) file = fd >= 0 ? cr_file_new_fd(fd) : NULL;
  CrElfSymbols *symbols = file ? cr_elf_symbols_read(file, side->arena) : NULL;
  if (symbols) {
    Object *object = g_new0(Object, 1);
    const char *slash = strrchr(path, '/');
    *object = (Object){path,
                       symbols->soname ? symbols->soname
                       : slash         ? slash + 1
                                       : path,
                       symbols, g_hash_table_new(g_str_hash, g_str_equal)};
    for (guint i = 0; i < symbols->versions->len; i++)
      g_hash_table_add(object->versions, symbols->versions->pdata[i]);
    take_offers(side, symbols);
    g_ptr_array_add(side->objects, object);
  }
  if (fd >= 0)
    close(fd);
}

/* ---- what is missing ---- */

/* Whoever is called LIBRARY; NULL: none is loaded (then "libraries" says so). One that has VERSION goes first. */
static const Object *find_provider(const Side *side, const char *library, const char *version)
{
  const Object *found = NULL;
  for (guint i = 0; i < side->objects->len; i++) {
    const Object *object = side->objects->pdata[i];
    const char *slash = strrchr(object->path, '/');
    if (strcmp(object->name, library) != 0 && strcmp(slash ? slash + 1 : object->path, library) != 0)
      continue;
    found = object;
    if (g_hash_table_contains(object->versions, version))
      break;
  }
  return found;
}

static void check_versions(Side *side, const Object *object)
{
  for (guint i = 0; i < object->symbols->version_needs->len; i++) {
    const CrElfVersionNeed *need = object->symbols->version_needs->pdata[i];
    const Object *provider = find_provider(side, need->library, need->version);
    /* a library without versions at all gets a warning, and the start goes on */
    if (!provider || !g_hash_table_size(provider->versions) || g_hash_table_contains(provider->versions, need->version))
      continue;
    char *key = g_strdup_printf("%s needs version %s of %s", object->name, need->version, need->library);
    char *words = g_strdup_printf("%s needs version %s of %s, which %s does not define", object->path, need->version,
                                  need->library, provider->path);
    g_hash_table_insert(side->failures, key, words);
  }
}

/* A version that a definition lacks is one of the versions' check; here the name alone decides where the definer has
 * none. */
static gboolean is_offered(const Side *side, const CrElfSymbol *symbol)
{
  if (!symbol->version)
    return g_hash_table_contains(side->offered, symbol->name);
  g_autofree char *exact = g_strdup_printf("%s@%s", symbol->name, symbol->version);
  return g_hash_table_contains(side->offered, exact);
}

static gboolean is_plainly_offered(const Side *side, const char *name)
{
  for (guint i = 0; i < side->objects->len; i++) {
    const Object *object = side->objects->pdata[i];
    for (guint k = 0; !object->symbols->versions->len && k < object->symbols->offered->len; k++)
      if (!strcmp(((const CrElfSymbol *)object->symbols->offered->pdata[k])->name, name))
        return TRUE;
  }
  return FALSE;
}

static void check_symbols(Side *side, const Object *object)
{
  for (guint i = 0; i < object->symbols->wanted->len; i++) {
    const CrElfSymbol *symbol = object->symbols->wanted->pdata[i];
    side->wanted++;
    if (is_offered(side, symbol) || (symbol->version && is_plainly_offered(side, symbol->name)))
      continue;
    const char *at = symbol->version ? "@" : "", *version = symbol->version ? symbol->version : "";
    char *key = g_strdup_printf("%s wants %s%s%s", object->name, symbol->name, at, version);
    char *words = g_strdup_printf("%s needs %s%s%s, which nothing that is loaded offers", object->path, symbol->name,
                                  at, version);
    g_hash_table_insert(side->failures, key, words);
  }
}

/* ---- one side, and both ---- */

static void clear_side(Side *side)
{
  g_ptr_array_unref(side->objects);
  g_hash_table_unref(side->offered);
  g_hash_table_unref(side->failures);
  cr_arena_free(side->arena);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Side, clear_side)

static void read_side(Side *side, const CrSymbolSide *from)
{
  side->arena = cr_arena_new();
  side->objects = g_ptr_array_new_with_free_func(free_object);
  side->offered = g_hash_table_new(g_str_hash, g_str_equal);
  side->failures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  int root = open(from->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  guint count = 0;
  const CrReachFile *files = from->reach ? cr_reach_get_files(from->reach, &count) : NULL;
  for (guint i = 0; i < count && root >= 0; i++)
    if (files[i].level == CR_REACH_LOADED)
      add_object(side, root, files[i].path);
  if (root >= 0)
    close(root);
  for (guint i = 0; i < side->objects->len; i++) {
    check_versions(side, side->objects->pdata[i]);
    check_symbols(side, side->objects->pdata[i]);
  }
}

void cr_symbols_check(const CrSymbolSide *before, const CrSymbolSide *after, CrCheckList *list)
{
  g_auto(Side) old = {0}, now = {0};
  read_side(&old, before);
  read_side(&now, after);
  g_auto(CrReasons) reasons = {0};
  g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(now.failures), (GCompareFunc)strcmp);
  for (const GList *key = keys; key; key = key->next)
    if (!g_hash_table_contains(old.failures, key->data))
      cr_reasons_add(&reasons, "%s", (const char *)g_hash_table_lookup(now.failures, key->data));
  g_autofree char *passed = g_strdup_printf(
      "%u programs and libraries find the %u symbols they want, in their versions", now.objects->len, now.wanted);
  cr_check_list_add(list, "symbols", !reasons.count, cr_reasons_get_text(&reasons, passed));
}
