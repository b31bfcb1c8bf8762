/* SPDX-License-Identifier: Apache-2.0 */
#include "reach/loader-private.h"

#include <string.h>

#include "base/limits.h"

/* One process, or one dlopen: what is loaded in it so far. */
typedef struct {
  CrLoader *loader;
  const CrReachContext *context;
  const CrLoaderKind *kind;
  CrReachLevel level;
  CrLib *main;       /* the program; NULL with a dlopen */
  GPtrArray *maps;   /* CrLib*, in order of loading: breadth first */
  GHashTable *names; /* name or soname → CrLib */
  GHashTable *taken; /* CrLib, each once */
} Process;

CrLoader *cr_loader_new(CrReachWork *work)
{
  CrLoader *loader = g_new0(CrLoader, 1);
  loader->work = work;
  loader->arena = cr_reach_work_get_arena(work);
  loader->tree = cr_reach_work_get_tree(work);
  loader->libs = g_hash_table_new(g_str_hash, g_str_equal);
  loader->kinds = g_hash_table_new(g_str_hash, g_str_equal);
  loader->variants = g_hash_table_new(g_str_hash, g_str_equal);
  loader->shared = g_hash_table_new(g_str_hash, g_str_equal);
  loader->entered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  cr_loader_config_read(work, &loader->config);
  return loader;
}

void cr_loader_free(CrLoader *loader)
{
  if (!loader)
    return;
  g_hash_table_unref(loader->libs);
  g_hash_table_unref(loader->kinds);
  g_hash_table_unref(loader->variants);
  g_hash_table_unref(loader->shared);
  g_hash_table_unref(loader->entered);
  g_clear_pointer(&loader->named, g_hash_table_unref);
  g_clear_pointer(&loader->programs, g_hash_table_unref);
  g_clear_pointer(&loader->private, g_ptr_array_unref);
  cr_ld_cache_free(loader->config.cache);
  g_free(loader);
}

const CrLoaderKind *cr_loader_get_usual_kind(const CrLoader *loader)
{
  return loader->usual;
}

gboolean cr_loader_count_step(CrLoader *loader)
{
  if (loader->steps < CR_LIMIT_LOADER_STEPS) {
    loader->steps++;
    return TRUE;
  }
  cr_reach_work_doubt(loader->work);
  cr_problems_add(cr_reach_work_get_problems(loader->work), CR_PROBLEM_PARTIAL, "reach",
                  "stopped looking for libraries: more look-ups than any real image needs");
  return FALSE;
}

/* ---- files ---- */

static CrLib *take_lib(CrLoader *loader, const CrNode *node, const char *spelled)
{
  CrLib *lib = g_hash_table_lookup(loader->libs, node->path);
  if (lib)
    return lib->facts ? lib : NULL;
  lib = cr_arena_new0(loader->arena, CrLib);
  lib->node = *node;
  lib->facts = cr_elf_facts_get_head(loader->tree, node, loader->arena);
  lib->spelled =
      *spelled == '/' ? cr_arena_strdup(loader->arena, spelled) : cr_arena_printf(loader->arena, "/%s", spelled);
  g_hash_table_insert(loader->libs, (gpointer)node->path, lib);
  return lib->facts ? lib : NULL;
}

CrLib *cr_loader_get_lib(CrLoader *loader, const char *path)
{
  CrNode node;
  if (!cr_loader_count_step(loader) || strlen(path) > CR_LIMIT_PATH_BYTES ||
      cr_tree_find(loader->tree, path, &node) != CR_TREE_FOUND || node.type != CR_ENTRY_FILE)
    return NULL;
  return take_lib(loader, &node, path);
}

/* The loader passes over files of another machine in a folder. CALLER NULL: anything goes. */
static CrLib *get_fitting(CrLoader *loader, const char *path, const CrLib *caller)
{
  CrLib *lib = cr_loader_get_lib(loader, path);
  if (!lib || !caller)
    return lib;
  const CrElfFacts *a = lib->facts, *b = caller->facts;
  return a->bits == b->bits && a->machine == b->machine && a->big_endian == b->big_endian ? lib : NULL;
}

/* What loaded LIB first. Never a circle, or the way up would have no end. */
static void set_parent(CrLib *lib, const CrLib *parent)
{
  if (lib->parent || !parent)
    return;
  guint depth = 0;
  for (const CrLib *at = parent; at; at = at->parent)
    if (at == lib || depth++ > CR_LIMIT_LOADER_DEPTH)
      return;
  lib->parent = parent;
}

/* ---- folders for CPU levels ---- */

static gboolean take_folder(const CrNode *node, gpointer data)
{
  if (node->type == CR_ENTRY_DIR)
    g_ptr_array_add(data, (gpointer)node->path);
  return TRUE;
}

/* Folders below FOLDER whose files replace those of FOLDER on some CPUs. */
static CrStrv find_variants(CrLoader *loader, const char *folder)
{
  static const char *const old[] = {"tls",    "haswell", "avx512_1", "xeon_phi", "x86_64", "i686", "sse2",   "power8",
                                    "power9", "z13",     "z14",      "z15",      "neon",   "vfp",  "atomics"};
  CrStrv known = g_hash_table_lookup(loader->variants, folder);
  if (known)
    return known;
  g_autoptr(GPtrArray) found = g_ptr_array_new();
  g_autofree char *levels = g_build_filename(folder, "glibc-hwcaps", NULL);
  cr_tree_foreach_child(loader->tree, levels, take_folder, found);
  for (guint i = 0; i < G_N_ELEMENTS(old); i++) {
    CrNode node;
    g_autofree char *path = g_build_filename(folder, old[i], NULL);
    if (cr_tree_find(loader->tree, path, &node) == CR_TREE_FOUND && node.type == CR_ENTRY_DIR)
      g_ptr_array_add(found, (gpointer)node.path);
  }
  const char **list = cr_arena_alloc(loader->arena, (found->len + 1) * sizeof *list);
  for (guint i = 0; i < found->len; i++)
    list[i] = found->pdata[i];
  g_hash_table_insert(loader->variants, (gpointer)cr_arena_strdup(loader->arena, folder), list);
  return list;
}

void cr_loader_add_variants(CrLoader *loader, const char *name, const CrLibFound *found, const char *from)
{
  if (strchr(name, '/') || (found->lib->kind && found->lib->kind->musl))
    return;
  g_autofree char *folder = g_path_get_dirname(found->lib->spelled);
  CrStrv variants = find_variants(loader, folder);
  for (guint i = 0; variants[i]; i++) {
    g_autofree char *path = g_build_filename(variants[i], name, NULL);
    CrLib *lib = get_fitting(loader, path, found->lib);
    g_autofree char *evidence = g_strdup_printf("%s for another level of the CPU", name);
    if (lib && lib != found->lib)
      cr_reach_add(loader->work, lib->node.path, CR_REACH_POSSIBLE, from, "needed", evidence);
  }
  const GPtrArray *entries = loader->config.cache ? cr_ld_cache_find(loader->config.cache, name) : NULL;
  for (guint i = 0; entries && i < entries->len; i++) {
    const CrLdCacheEntry *entry = entries->pdata[i];
    CrLib *lib = entry->hwcaps ? get_fitting(loader, entry->path, found->lib) : NULL;
    g_autofree char *evidence = g_strdup_printf("%s for another level of the CPU, by ld.so.cache", name);
    if (lib && lib != found->lib)
      cr_reach_add(loader->work, lib->node.path, CR_REACH_POSSIBLE, from, "needed", evidence);
  }
}

/* ---- one search ---- */

typedef struct {
  CrLoader *loader;
  const char *name;
  const CrLib *caller;
  const CrReachContext *context;
  const CrLoaderKind *kind;
  CrLibFound *out;
} Search;

static gboolean find_in_folders(Search *search, CrStrv folders, const char *how, gboolean say_folder)
{
  for (guint i = 0; folders[i]; i++) {
    char path[CR_LIMIT_PATH_BYTES * 2];
    if (g_snprintf(path, sizeof path, "%s/%s", folders[i], search->name) >= (int)sizeof path)
      continue;
    CrLib *lib = get_fitting(search->loader, path, search->caller);
    /* A library may be there for better CPUs alone. */
    gboolean variant = FALSE;
    CrStrv variants = lib || search->kind->musl ? cr_strv_empty : find_variants(search->loader, folders[i]);
    for (guint k = 0; !lib && variants[k]; k++) {
      g_snprintf(path, sizeof path, "%s/%s", variants[k], search->name);
      lib = get_fitting(search->loader, path, search->caller);
      variant = lib != NULL;
    }
    if (!lib)
      continue;
    *search->out = (CrLibFound){lib, how, variant};
    if (say_folder)
      search->out->how = cr_arena_printf(search->loader->arena, "%s %s", how, folders[i]);
    return TRUE;
  }
  return FALSE;
}

/* An empty list is none, an empty element of one is the working folder (dl-load.c, decompose_rpath). */
static CrStrv split_folders(Search *search, const char *list, const CrLib *lib)
{
  return list && *list
             ? cr_loader_split_path(search->loader->work, list, ":", lib, search->kind, search->context->workdir)
             : cr_strv_empty;
}

static void take_folders(Search *search, CrLib *lib)
{
  if (lib->folders_in && !strcmp(lib->folders_in, search->context->workdir))
    return;
  lib->folders_in = search->context->workdir;
  lib->runpath = split_folders(search, lib->facts->runpath, lib);
  lib->rpath = split_folders(search, lib->facts->runpath ? NULL : lib->facts->rpath, lib);
}

static CrStrv get_rpath(Search *search, CrLib *lib)
{
  take_folders(search, lib);
  return lib->rpath;
}

static CrStrv get_runpath(Search *search, CrLib *lib)
{
  take_folders(search, lib);
  return lib->runpath;
}

static const char *find_variable(const CrReachContext *context, const char *name)
{
  gsize n = strlen(name);
  for (guint i = 0; context->environment[i]; i++)
    if (!strncmp(context->environment[i], name, n) && context->environment[i][n] == '=')
      return context->environment[i][n + 1] ? context->environment[i] + n + 1 : NULL;
  return NULL;
}

static gboolean find_in_environment(Search *search)
{
  const char *list = find_variable(search->context, "LD_LIBRARY_PATH");
  if (!list)
    return FALSE;
  const CrLib *program = search->caller; /* whose folder $ORIGIN is here, whoever asks */
  while (program && program->parent)
    program = program->parent;
  CrStrv folders = cr_loader_split_path(search->loader->work, list, search->kind->musl ? ":\n" : ":;", program,
                                        search->kind, search->context->workdir);
  return find_in_folders(search, folders, "via LD_LIBRARY_PATH", TRUE);
}

/* With DF_1_NODEFLIB neither the loader's own folders count, nor what the cache has from them. */
static gboolean is_barred(const Search *search, const char *path)
{
  if (!search->caller || !search->caller->facts->no_default_folders)
    return FALSE;
  const char *slash = strrchr(path, '/');
  for (guint i = 0; slash && search->kind->folders[i]; i++)
    if (!strncmp(path, search->kind->folders[i], (gsize)(slash - path)) &&
        !search->kind->folders[i][(gsize)(slash - path)])
      return TRUE;
  return FALSE;
}

static gboolean find_in_cache(Search *search)
{
  const CrLdCache *cache = search->loader->config.cache;
  const GPtrArray *entries = cache ? cr_ld_cache_find(cache, search->name) : NULL;
  CrLib *variant = NULL;
  for (guint i = 0; entries && i < entries->len; i++) {
    const CrLdCacheEntry *entry = entries->pdata[i];
    CrLib *lib = get_fitting(search->loader, entry->path, search->caller);
    if (!lib || (entry->hwcaps && variant) || is_barred(search, entry->path))
      continue;
    if (entry->hwcaps) {
      variant = lib;
      continue;
    }
    *search->out = (CrLibFound){lib, "via ld.so.cache", FALSE};
    return TRUE;
  }
  if (variant)
    *search->out = (CrLibFound){variant, "via ld.so.cache for a level of the CPU", TRUE};
  return variant != NULL;
}

static gboolean find_glibc(Search *search)
{
  CrLib *caller = (CrLib *)search->caller;
  if (caller && !caller->facts->runpath) {
    for (const CrLib *at = caller; at; at = at->parent)
      if (find_in_folders(search, get_rpath(search, (CrLib *)at), "via RPATH", TRUE))
        return TRUE;
  }
  if (find_in_environment(search) ||
      (caller && find_in_folders(search, get_runpath(search, caller), "via RUNPATH", TRUE)) || find_in_cache(search) ||
      (!(caller && caller->facts->no_default_folders) && find_in_folders(search, search->kind->folders, "in", TRUE)))
    return TRUE;
  if (!find_in_folders(search, search->loader->config.configured, "in ld.so.conf's", TRUE))
    return FALSE;
  search->out->how = cr_arena_printf(search->loader->arena,
                                     "%s, not in ld.so.cache: the loader fails until ldconfig runs", search->out->how);
  search->out->doubtful = TRUE;
  return TRUE;
}

/* musl keeps what it is itself under these names, whatever files there are. */
static gboolean is_musl_itself(const char *name)
{
  static const char *const own[] = {"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."};
  if (g_str_has_prefix(name, "ld-musl-") || g_str_has_prefix(name, "libc.musl-"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(own) && !strncmp(name, "lib", 3); i++)
    if (g_str_has_prefix(name + 3, own[i]))
      return TRUE;
  return FALSE;
}

static gboolean find_musl(Search *search)
{
  CrLib *itself = search->kind->interpreter && is_musl_itself(search->name)
                      ? get_fitting(search->loader, search->kind->interpreter, NULL)
                      : NULL;
  if (itself) {
    *search->out = (CrLibFound){itself, "which is musl's loader itself", FALSE};
    return TRUE;
  }
  if (find_in_environment(search))
    return TRUE;
  for (const CrLib *at = search->caller; at; at = at->parent)
    if (find_in_folders(search, get_runpath(search, (CrLib *)at), "via RUNPATH", TRUE) ||
        find_in_folders(search, get_rpath(search, (CrLib *)at), "via RPATH", TRUE))
      return TRUE;
  return find_in_folders(search, search->kind->folders, "in", TRUE);
}

static gboolean find(Search *search)
{
  const char *name = search->name;
  if (!*name || strlen(name) > CR_LIMIT_PATH_BYTES)
    return FALSE;
  if (strchr(name, '/')) {
    CrStrv path =
        cr_loader_split_path(search->loader->work, name, "", search->caller, search->kind, search->context->workdir);
    CrLib *lib = get_fitting(search->loader, path[0], search->caller);
    *search->out = (CrLibFound){lib, "by its path", FALSE};
    return lib != NULL;
  }
  return search->kind->musl ? find_musl(search) : find_glibc(search);
}

static const CrLoaderKind *get_kind(CrLoader *loader, const CrLib *lib)
{
  if (lib->kind)
    return lib->kind;
  const char *path = lib->facts->interpreter;
  if (!path && loader->usual)
    return loader->usual;
  CrLoaderKind *kind = g_hash_table_lookup(loader->kinds, path ? path : "");
  if (!kind) {
    kind = cr_loader_kind_make(loader->work, path, lib->facts);
    g_hash_table_insert(loader->kinds, (gpointer)cr_arena_strdup(loader->arena, path ? path : ""), kind);
  }
  if (!loader->usual && path)
    loader->usual = kind;
  return kind;
}

gboolean cr_loader_find(CrLoader *loader, const char *name, const CrLib *caller, const CrReachContext *context,
                        CrLibFound *out)
{
  const CrLoaderKind *kind = caller ? get_kind(loader, caller) : loader->usual;
  if (!kind)
    return FALSE;
  Search search = {loader, name, caller, context, kind, out};
  if (!find(&search))
    return FALSE;
  set_parent(out->lib, caller);
  if (!out->lib->kind)
    out->lib->kind = kind;
  return TRUE;
}

/* ---- a process ---- */

static void map_lib(Process *process, CrLib *lib, const CrLib *parent, const char *name)
{
  if (name)
    g_hash_table_insert(process->names, (gpointer)name, lib);
  if (!g_hash_table_add(process->taken, lib))
    return;
  if (lib->facts->soname && !g_hash_table_contains(process->names, lib->facts->soname))
    g_hash_table_insert(process->names, (gpointer)lib->facts->soname, lib);
  if (lib != process->main)
    set_parent(lib, parent);
  if (!lib->kind)
    lib->kind = process->kind;
  lib->closed = process->level;
  lib->closed_in = process->context;
  g_ptr_array_add(process->maps, lib);
}

static void say_missing(Process *process, const CrLib *lib, const char *name)
{
  if (process->level == CR_REACH_LOADED)
    cr_problems_add(cr_reach_work_get_problems(process->loader->work), CR_PROBLEM_NOTE, lib->node.path,
                    "needs '%s', which its loader finds nowhere in the image", name);
}

static void load_needed(Process *process, CrLib *lib, const char *name)
{
  CrLoader *loader = process->loader;
  if (g_hash_table_contains(process->names, name))
    return;
  CrLibFound found = {0};
  Search search = {loader, name, lib, process->context, process->kind, &found};
  if (!find(&search)) {
    say_missing(process, lib, name);
    return;
  }
  CrReachLevel level = found.doubtful ? CR_REACH_POSSIBLE : process->level;
  if (cr_reach_work_get_level(loader->work, found.lib->node.path) < level) {
    g_autofree char *evidence = g_strdup_printf("NEEDED %s %s", name, found.how);
    cr_reach_add_in(loader->work, found.lib->node.path, process->context, level, lib->node.path, "needed", evidence);
  }
  map_lib(process, found.lib, lib, name);
  cr_loader_add_variants(loader, name, &found, lib->node.path);
}

/* Libraries put in front of all others, each as far as the loader would find it (else it only warns). */
static void preload(Process *process, const char *name, const char *how)
{
  CrLibFound found = {0};
  Search search = {process->loader, name, process->main, process->context, process->kind, &found};
  if (!find(&search))
    return;
  g_autofree char *evidence = g_strdup_printf("%s names %s", how, name);
  cr_reach_add_in(process->loader->work, found.lib->node.path, process->context, process->level,
                  process->main->node.path, "preload", evidence);
  map_lib(process, found.lib, process->main, cr_arena_strdup(process->loader->arena, name));
}

static void note_cache(const Process *process, const char *loader)
{
  if (process->loader->config.cache && !process->kind->musl)
    cr_reach_add_in(process->loader->work, "etc/ld.so.cache", process->context, process->level, loader, "loader-cache",
                    "the loader looks names of libraries up in it");
}

static void load_interpreter(Process *process)
{
  CrLoader *loader = process->loader;
  const char *wanted = process->main->facts->interpreter;
  if (!wanted)
    return;
  CrLib *lib = process->kind->interpreter ? cr_loader_get_lib(loader, process->kind->interpreter) : NULL;
  g_autofree char *evidence = g_strdup_printf("PT_INTERP %s", wanted);
  if (lib) {
    map_lib(process, lib, NULL, NULL);
    cr_reach_add_in(loader->work, lib->node.path, process->context, process->level, process->main->node.path,
                    "interpreter", evidence);
    note_cache(process, lib->node.path);
  } else if (process->level == CR_REACH_LOADED) {
    cr_problems_add(cr_reach_work_get_problems(loader->work), CR_PROBLEM_NOTE, process->main->node.path,
                    "cannot start: its loader '%s' is not in the image", wanted);
  }
}

static void preload_all(Process *process)
{
  const char *variable = find_variable(process->context, "LD_PRELOAD");
  g_auto(GStrv) names = g_strsplit_set(variable ? variable : "", " :", -1);
  for (guint i = 0; names[i]; i++)
    if (*names[i])
      preload(process, names[i], "LD_PRELOAD");
  CrStrv words = process->kind->musl ? cr_strv_empty : process->loader->config.preload;
  for (guint i = 0; words[i]; i++)
    preload(process, words[i], "ld.so.preload");
}

void cr_loader_load(CrLoader *loader, CrLib *lib, CrReachLevel level, const CrReachContext *context)
{
  if (lib->closed >= level && lib->closed_in == context)
    return;
  gboolean program = lib->facts->interpreter != NULL && !lib->parent;
  if (!program && !lib->facts->needed[0]) {
    lib->closed = level;
    lib->closed_in = context;
    return;
  }
  Process process = {.loader = loader,
                     .context = context,
                     .kind = get_kind(loader, lib),
                     .level = level,
                     .main = program ? lib : NULL,
                     .maps = g_ptr_array_new(),
                     .names = g_hash_table_new(g_str_hash, g_str_equal),
                     .taken = g_hash_table_new(g_direct_hash, g_direct_equal)};
  map_lib(&process, lib, NULL, NULL);
  if (program) {
    preload_all(&process);
    load_interpreter(&process);
  }
  for (guint i = 0; i < process.maps->len; i++) {
    CrLib *at = process.maps->pdata[i];
    for (guint k = 0; at->facts->needed[k]; k++)
      load_needed(&process, at, at->facts->needed[k]);
  }
  g_ptr_array_unref(process.maps);
  g_hash_table_unref(process.names);
  g_hash_table_unref(process.taken);
}

const char *cr_reach_add_library(CrReachWork *work, const char *name, const CrReachContext *context, CrReachLevel level,
                                 const char *from, const char *kind, const char *evidence)
{
  CrLoader *loader = cr_reach_work_get_loader(work);
  CrLib *caller = from ? cr_loader_get_lib(loader, from) : NULL;
  CrLibFound found = {0};
  if (!cr_loader_find(loader, name, caller, context, &found))
    return NULL;
  cr_loader_add_variants(loader, name, &found, from);
  return cr_reach_add_in(work, found.lib->node.path, context, found.doubtful ? MIN(level, CR_REACH_POSSIBLE) : level,
                         from, kind, evidence);
}
