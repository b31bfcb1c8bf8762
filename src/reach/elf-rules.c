/* SPDX-License-Identifier: Apache-2.0 */
/* What an ELF file leads to: what its loader loads for it, and by the names in it what it can open or start.
 *
 * No program is known here by name. Libraries: by what dlopen would find, in folders that the file names, in the folder
 * of its own that it lives in, by configuration files that it names, and for glibc's own two kinds of plug-ins (name
 * services, character sets) by its rules. Programs: by absolute paths, and by names where it looks names up. */
#include <fnmatch.h>
#include <string.h>

#include "base/limits.h"
#include "reach/config.h"
#include "reach/loader.h"
#include "reach/script.h"

typedef struct {
  CrReachWork *work;
  CrLoader *loader;
  CrLib *lib;
  const CrElfFacts *facts;
  const CrReachContext *context;
  const char *path;   /* canonical */
  GPtrArray *bases;   /* const char*: folders that relative names may be meant in; the working folder first */
  GPtrArray *named;   /* const char*: folders that its strings name, canonical */
  guint here;         /* how many of them are the working folder: one, or none where that is not in the image */
  const char *reason; /* evidence for what a walk adds */
  const char *kind;
} Rules;

static const char *format(const Rules *rules, const char *before, const char *text)
{
  return cr_arena_printf(cr_reach_work_get_arena(rules->work), "%s \"%s\"", before, text);
}

static void add_possible(const Rules *rules, const char *path, const char *kind, const char *evidence)
{
  cr_reach_add_in(rules->work, path, rules->context, CR_REACH_POSSIBLE, rules->path, kind, evidence);
}

/* FOLDER is canonical: as it is written in the image, for people. */
static const char *format_folder(const Rules *rules, const char *before, const char *folder)
{
  return cr_arena_printf(cr_reach_work_get_arena(rules->work), "%s \"/%s\"", before, folder);
}

/* ---- folders of plug-ins ---- */

static void add_below(const char *path, gpointer data)
{
  const Rules *rules = data;
  add_possible(rules, path, rules->kind, rules->reason);
}

/* A link to a library elsewhere (alternatives). */
static gboolean add_link(const CrNode *node, gpointer data)
{
  const Rules *rules = data;
  const char *slash = strrchr(node->path, '/');
  if (node->type == CR_ENTRY_SYMLINK && slash && strstr(slash, ".so"))
    add_possible(rules, node->path, rules->kind, rules->reason);
  return TRUE;
}

static void add_plugins(Rules *rules, const char *folder, const char *kind, const char *reason)
{
  if (!cr_loader_enter_folder(rules->loader, folder, "plugins", rules->context))
    return;
  rules->kind = kind;
  rules->reason = reason;
  cr_loader_foreach_below(rules->loader, folder, add_below, rules);
  if (!g_str_has_prefix(folder, "usr/share/") && !g_str_has_prefix(folder, "etc/"))
    cr_tree_foreach_child(cr_reach_work_get_tree(rules->work), folder, add_link, rules);
}

/* The topmost folder above PATH that is not shared with others: "usr/lib/jvm" of a Java library. NULL: none. */
static const char *find_own_folder(const Rules *rules)
{
  const char *own = NULL;
  for (const char *slash = strrchr(rules->path, '/'); slash;) {
    const char *folder =
        cr_arena_strndup(cr_reach_work_get_arena(rules->work), rules->path, (gsize)(slash - rules->path));
    if (cr_loader_is_shared_folder(rules->loader, folder))
      break;
    own = folder;
    slash = strrchr(folder, '/');
    if (slash)
      slash = rules->path + (slash - folder);
  }
  return own;
}

static void add_own_folder(Rules *rules)
{
  const char *own = rules->facts->calls_dlopen ? find_own_folder(rules) : NULL;
  if (own)
    add_plugins(rules, own, "plugin-dir", format_folder(rules, "opens libraries, and lives in", own));
}

/* ---- names of libraries ---- */

static void add_relative(Rules *rules, const char *name)
{
  const char *evidence = format(rules, "string", name);
  const char *slash = strrchr(name, '/');
  gboolean found = FALSE;
  for (guint i = 0; i < rules->bases->len; i++) {
    g_autofree char *path = g_strdup_printf("%s/%s", (const char *)rules->bases->pdata[i], name);
    CrLib *lib = strlen(path) < CR_LIMIT_PATH_BYTES ? cr_loader_get_lib(rules->loader, path) : NULL;
    if (!lib)
      continue;
    add_possible(rules, lib->node.path, "dlopen", evidence);
    found |= i >= rules->here; /* a program may go elsewhere before it opens what is in the working folder too */
  }
  const GPtrArray *others = found ? NULL : cr_loader_find_named(rules->loader, slash ? slash + 1 : name);
  for (guint i = 0; others && i < others->len; i++)
    add_possible(rules, others->pdata[i], "dlopen", evidence);
}

static void add_name(Rules *rules, const char *name)
{
  if (rules->facts->soname && !strcmp(name, rules->facts->soname))
    return;
  const char *evidence = format(rules, "string", name);
  CrLib *named = *name == '/' ? cr_loader_get_lib(rules->loader, name) : NULL;
  if (named)
    add_possible(rules, named->node.path, "dlopen", evidence);
  else if (*name == '/')
    return;                                             /* absent, or no library ("/etc/ld.so.cache") */
  else if ((strchr(name, '/') && !strchr(name, '$')) || /* $ORIGIN is the loader's matter */
           !cr_reach_add_library(rules->work, name, rules->context, CR_REACH_POSSIBLE, rules->path, "dlopen", evidence))
    add_relative(rules, name);
}

/* "libfoo-%s.so.%d" as a pattern of fnmatch(3), or NULL where hardly any letter of it is known. */
static char *make_pattern(const char *name)
{
  GString *pattern = g_string_new(NULL);
  guint letters = 0;
  for (const char *p = name; *p; p++) {
    if (*p == '%' && p[1]) {
      p++;
      while (*p && strchr("-+ #0123456789.*lhz", *p) && p[1])
        p++;
      g_string_append_c(pattern, '*');
    } else if (strchr("*?[]\\", *p)) {
      g_string_append_c(pattern, '?');
    } else {
      letters += g_ascii_isalnum(*p) != 0;
      g_string_append_c(pattern, *p);
    }
  }
  letters -= MIN(letters, 2); /* "so" */
  if (g_str_has_prefix(pattern->str, "lib"))
    letters -= MIN(letters, 3);
  return g_string_free(pattern, letters < 3);
}

typedef struct {
  Rules *rules;
  const char *pattern;
} PatternWalk;

static gboolean match_child(const CrNode *node, gpointer data)
{
  const PatternWalk *walk = data;
  const char *slash = strrchr(node->path, '/');
  if (node->type != CR_ENTRY_DIR && !fnmatch(walk->pattern, slash ? slash + 1 : node->path, 0))
    add_possible(walk->rules, node->path, "dlopen", walk->rules->reason);
  return TRUE;
}

/* A printf pattern: what fits it in the loader's folders and in those that the file names. */
static void add_pattern(Rules *rules, const char *name)
{
  const char *slash = strrchr(name, '/');
  g_autofree char *pattern = make_pattern(slash ? slash + 1 : name);
  if (!pattern)
    return;
  CrTree *tree = cr_reach_work_get_tree(rules->work);
  PatternWalk walk = {rules, pattern};
  rules->reason = format(rules, "string", name);
  const CrLoaderKind *kind = rules->lib->kind ? rules->lib->kind : cr_loader_get_usual_kind(rules->loader);
  for (guint i = 0; kind && !slash && kind->folders[i]; i++)
    cr_tree_foreach_child(tree, kind->folders[i], match_child, &walk);
  if (slash && *name == '/') {
    g_autofree char *folder = g_strndup(name, (gsize)(slash - name));
    cr_tree_foreach_child(tree, folder, match_child, &walk);
  }
  for (guint i = 0; i < rules->bases->len; i++) {
    g_autofree char *folder = slash && *name != '/' ? g_strdup_printf("%s/%.*s", (const char *)rules->bases->pdata[i],
                                                                      (int)(slash - name), name)
                                                    : g_strdup(rules->bases->pdata[i]);
    cr_tree_foreach_child(tree, folder, match_child, &walk);
  }
}

static void follow_libraries(Rules *rules)
{
  /* glibc's own pattern is add_services' matter: nsswitch.conf says which. */
  gboolean libc = rules->facts->soname && g_str_has_prefix(rules->facts->soname, "libc.so.");
  for (guint i = 0; rules->facts->dlopen_notes[i]; i++)
    cr_reach_add_library(rules->work, rules->facts->dlopen_notes[i], rules->context, CR_REACH_POSSIBLE, rules->path,
                         "dlopen", format(rules, ".note.dlopen names", rules->facts->dlopen_notes[i]));
  for (guint i = 0; rules->facts->library_strings[i]; i++) {
    const char *name = rules->facts->library_strings[i];
    if (!strchr(name, '%'))
      add_name(rules, name);
    else if (!libc)
      add_pattern(rules, name);
  }
}

/* ---- glibc's own plug-ins ---- */

static void add_service(Rules *rules, const char *service, const char *why)
{
  g_autofree char *name = g_strdup_printf("libnss_%s.so.2", service);
  cr_reach_add_library(rules->work, name, rules->context, CR_REACH_POSSIBLE, rules->path, "nss",
                       format(rules, why, service));
}

/* nsswitch.conf(5): "passwd: files systemd [NOTFOUND=return] ldap". */
static void add_services(Rules *rules)
{
  g_autofree char *text = cr_loader_load_text(rules->work, "etc/nsswitch.conf");
  if (!text) {
    static const char *const usual[] = {"files", "dns", "nis", "compat"};
    for (guint i = 0; i < G_N_ELEMENTS(usual); i++)
      add_service(rules, usual[i], "name service without nsswitch.conf:");
    return;
  }
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    lines[i][strcspn(lines[i], "#")] = 0;
    char *colon = strchr(lines[i], ':');
    g_auto(GStrv) words = g_strsplit_set(colon ? colon + 1 : "", " \t\r", -1);
    for (guint k = 0; words[k]; k++)
      if (*words[k] && *words[k] != '[' && strlen(words[k]) < 64 && !strchr(words[k], '/'))
        add_service(rules, words[k], "nsswitch.conf names");
  }
}

static void add_character_sets(Rules *rules)
{
  CrLibFound found;
  if (!cr_loader_find(rules->loader, "libc.so.6", rules->lib, rules->context, &found))
    return;
  g_autofree char *folder = g_path_get_dirname(found.lib->node.path);
  g_autofree char *path = g_build_filename(folder, "gconv", NULL);
  CrNode node;
  if (cr_tree_find(cr_reach_work_get_tree(rules->work), path, &node) == CR_TREE_FOUND) {
    add_plugins(rules, node.path, "gconv", "calls iconv_open or setlocale: character sets of glibc");
    cr_reach_add(rules->work,
                 cr_arena_printf(cr_reach_work_get_arena(rules->work), "%s/gconv-modules.cache", node.path),
                 CR_REACH_POSSIBLE, rules->path, "gconv", "calls iconv_open or setlocale: the list of character sets");
  }
  cr_reach_add_folder(rules->work, "usr/lib/locale", CR_REACH_POSSIBLE, NULL, NULL, rules->path, "locale",
                      "calls setlocale");
}

static void follow_libc(Rules *rules)
{
  const CrLoaderKind *kind = rules->lib->kind ? rules->lib->kind : cr_loader_get_usual_kind(rules->loader);
  /* A static program with glibc inside opens name services too; it tells by the file it reads. */
  gboolean reads = FALSE;
  for (guint i = 0; !rules->facts->needed[0] && rules->facts->path_strings[i] && !reads; i++)
    reads = !strcmp(rules->facts->path_strings[i], "/etc/nsswitch.conf") && rules->facts->is_pie_or_program;
  if (!kind || kind->musl)
    return;
  if ((rules->facts->calls & CR_ELF_CALLS_NSS) || reads)
    add_services(rules);
  if (rules->facts->calls & CR_ELF_CALLS_ICONV)
    add_character_sets(rules);
}

/* ---- programs ---- */

static void add_program_at(Rules *rules, const char *path, const CrNode *node)
{
  if (node->mode & 0111)
    cr_reach_add_program(rules->work, path, NULL, rules->context, CR_REACH_POSSIBLE, rules->path, "path-string",
                         format(rules, "string", path));
}

/* A word alone says something of a program that certainly runs; in one that may run it would be a guess on a guess. */
static void follow_word(Rules *rules, const char *word, CrReachLevel level)
{
  g_autofree char *name = g_strdup(word);
  gboolean command = g_strchomp(name) && strlen(name) < strlen(word);
  const char *path =
      command || level == CR_REACH_LOADED ? cr_loader_find_program(rules->loader, name, rules->context) : NULL;
  if (path)
    cr_reach_add_program(
        rules->work, path, NULL, rules->context, CR_REACH_POSSIBLE, rules->path, "exec-name",
        format(rules,
               command ? "starts programs by name, and has the command" : "starts programs by name, and has the word",
               name));
}

/* Go's and Rust's texts have no ends that could be seen, and a shell's text is not known: then anything may be started
 * by a program that starts programs at all. A library that can is no reason; who uses it is. */
static void follow_unknown_commands(Rules *rules, CrReachLevel level)
{
  const CrElfFacts *facts = rules->facts;
  if (facts->calls & CR_ELF_CALLS_SHELL)
    cr_reach_add_program(rules->work, "/bin/sh", NULL, rules->context, CR_REACH_POSSIBLE, rules->path, "shell",
                         "calls system, popen or wordexp, which start the shell");
  if (!facts->is_pie_or_program || rules->lib->parent || cr_reach_is_understood(rules->path))
    return;
  if ((facts->is_go || facts->is_rust) && facts->calls_exec)
    cr_reach_add_everything(rules->work, rules->path, "starts programs whose names are not known before run time");
  else if ((facts->calls & CR_ELF_CALLS_SHELL) &&
           level == CR_REACH_LOADED) /* sed and awk in some branch are no reason */
    cr_reach_add_everything(rules->work, rules->path,
                            "calls system or popen: a shell with a text unknown before run time");
}

/* ---- paths ---- */

static gboolean is_drop_in(const char *path)
{
  return g_str_has_suffix(path, ".d") || g_str_has_suffix(path, "-enabled");
}

static void note_folder(Rules *rules, const char *path)
{
  for (guint i = 0; i < rules->named->len; i++)
    if (!strcmp(rules->named->pdata[i], path))
      return;
  if (rules->named->len >= CR_LIMIT_ELF_FOLDERS)
    return;
  g_ptr_array_add(rules->named, (gpointer)path);
  if (!cr_loader_is_shared_folder(rules->loader, path))
    g_ptr_array_add(rules->bases, (gpointer)path);
}

static gboolean add_helper(const CrNode *node, gpointer data)
{
  const Rules *rules = data;
  if (node->type == CR_ENTRY_SYMLINK || (node->type == CR_ENTRY_FILE && (node->mode & 0111)))
    cr_reach_add_program(rules->work, node->path, NULL, rules->context, CR_REACH_POSSIBLE, rules->path, "program-dir",
                         rules->reason);
  return TRUE;
}

/* A folder of helpers ("/usr/lib/git-core"): their names may come from anywhere. */
static void add_helpers(Rules *rules, const char *folder)
{
  if (!rules->facts->calls_exec || !cr_loader_enter_folder(rules->loader, folder, "helpers", rules->context))
    return;
  rules->reason = format_folder(rules, "starts programs, and names the folder", folder);
  cr_tree_foreach_child(cr_reach_work_get_tree(rules->work), folder, add_helper, rules);
}

/* A program that is started by another text than the one that leads to its folder ("chdir", then "./helper"): by the
 * end of its path, anywhere. */
static void follow_program_anywhere(Rules *rules, const char *text)
{
  while (g_str_has_prefix(text, "./") || g_str_has_prefix(text, "../"))
    text += strcspn(text, "/") + 1;
  g_autoptr(GPtrArray) found = cr_scripts_find_by_end(rules->work, text);
  for (guint i = 0; i < found->len; i++) {
    CrNode node;
    if (cr_tree_find(cr_reach_work_get_tree(rules->work), found->pdata[i], &node) == CR_TREE_FOUND)
      add_program_at(rules, found->pdata[i], &node);
  }
}

static void follow_relative(Rules *rules, const char *text, guint near, CrReachLevel level)
{
  CrTree *tree = cr_reach_work_get_tree(rules->work);
  gboolean found = FALSE;
  for (guint i = 0; i < near; i++) {
    CrNode node;
    g_autofree char *path = g_strdup_printf("%s/%s", (const char *)rules->bases->pdata[i], text);
    if (strlen(path) > CR_LIMIT_PATH_BYTES || !cr_loader_count_step(rules->loader) ||
        cr_tree_find(tree, path, &node) != CR_TREE_FOUND)
      continue;
    found = TRUE;
    if (node.type == CR_ENTRY_DIR)
      note_folder(rules, node.path);
    else if (node.type == CR_ENTRY_FILE && rules->facts->calls_exec)
      add_program_at(rules, path, &node);
  }
  if (!found && *text == '.' && level == CR_REACH_LOADED && rules->facts->calls_exec)
    follow_program_anywhere(rules, text);
}

static void follow_paths(Rules *rules, CrReachLevel level)
{
  CrTree *tree = cr_reach_work_get_tree(rules->work);
  guint near = rules->bases->len; /* the working folder and its own, without those that it names */
  /* The words of an interpreter are names of its language ("find", "expr"): what it starts stands in the script. */
  gboolean search = (rules->facts->calls & CR_ELF_CALLS_SEARCH) && !cr_reach_is_understood(rules->path);
  for (guint i = 0; rules->facts->path_strings[i]; i++) {
    const char *text = rules->facts->path_strings[i];
    CrNode node;
    if (*text != '/') {
      if (search && !strchr(text, '/'))
        follow_word(rules, text, level);
      continue;
    }
    if (strchr(text, '%') || !cr_loader_count_step(rules->loader) || cr_tree_find(tree, text, &node) != CR_TREE_FOUND)
      continue;
    if (node.type == CR_ENTRY_DIR)
      note_folder(rules, node.path);
    else if (node.type == CR_ENTRY_FILE && rules->facts->calls_exec)
      add_program_at(rules, text, &node);
  }
  for (guint i = 0; rules->facts->path_strings[i]; i++)
    if (*rules->facts->path_strings[i] != '/' && strchr(rules->facts->path_strings[i], '/'))
      follow_relative(rules, rules->facts->path_strings[i], near, level);
  for (guint i = 0; i < rules->named->len; i++) {
    const char *folder = rules->named->pdata[i];
    if (cr_loader_is_shared_folder(rules->loader, folder))
      continue;
    add_plugins(rules, folder, "plugin-dir", format_folder(rules, "names the folder", folder));
    if (!g_str_has_prefix(folder, "etc/"))
      add_helpers(rules, folder);
  }
}

static void follow_names_in(CrConfigWalk *walk, const Rules *rules, const char *folder, CrReachLevel level)
{
  for (guint i = 0; rules->facts->path_strings[i]; i++) {
    const char *text = rules->facts->path_strings[i];
    const char *dot = *text == '/' ? NULL : strrchr(text, '.');
    if (!dot || strpbrk(text, "% "))
      continue;
    g_autofree char *path = g_build_filename(folder, text, NULL);
    if (strlen(path) < CR_LIMIT_PATH_BYTES)
      cr_config_follow(walk, path, level);
  }
}

static void follow_configuration_in(CrConfigWalk *walk, const Rules *rules, const char *folder, CrReachLevel level)
{
  if (is_drop_in(folder))
    cr_config_follow_folder(walk, folder, FALSE, level);
  follow_names_in(walk, rules, folder, level);
  if (g_str_has_prefix(folder, "etc/"))
    cr_config_follow_folder(walk, folder, TRUE, CR_REACH_POSSIBLE);
}

static void follow_configuration(Rules *rules, CrReachLevel level)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  CrConfigWalk walk = {.work = rules->work,
                       .program = rules->path,
                       .lib = rules->lib,
                       .context = rules->context,
                       .starts_programs = rules->facts->calls_exec,
                       .bases = rules->bases,
                       .seen = seen};
  for (guint i = 0; rules->facts->path_strings[i]; i++)
    if (*rules->facts->path_strings[i] == '/' && !strchr(rules->facts->path_strings[i], '%'))
      cr_config_follow(&walk, rules->facts->path_strings[i], level);
  for (guint i = 0; i < rules->named->len; i++)
    if (!cr_loader_is_shared_folder(rules->loader, rules->named->pdata[i]) ||
        g_str_has_prefix(rules->named->pdata[i], "etc/"))
      follow_configuration_in(&walk, rules, rules->named->pdata[i], level);
  for (guint i = 0; i < rules->here; i++)
    follow_names_in(&walk, rules, rules->bases->pdata[i], CR_REACH_POSSIBLE);
}

/* ---- words of the command line ---- */

/* "-c/etc/x.conf", "--config=x.conf", "x.conf": the part that may be a file's name. */
static const char *find_value(const char *word)
{
  if (*word != '-')
    return word;
  const char *equals = strchr(word, '=');
  const char *slash = strchr(word, '/');
  return equals ? equals + 1 : slash ? slash : "";
}

static void follow_argument(Rules *rules, CrConfigWalk *walk, const char *const *words, CrReachLevel level)
{
  CrNode node;
  const char *value = find_value(words[0]);
  const char *evidence = format(rules, "its command line has the word", words[0]);
  if (strpbrk(words[0], " \t\n")) { /* "load_module modules/x.so;" */
    cr_config_follow_text(walk, words[0], "its command line", level);
    return;
  }
  g_autofree char *path = *value == '/' ? g_strdup(value) : g_build_filename(rules->context->workdir, value, NULL);
  if (!*value || strlen(path) > CR_LIMIT_PATH_BYTES)
    return;
  if (strchr(value, '/') && cr_loader_get_lib(rules->loader, path))
    cr_reach_add_in(rules->work, path, rules->context, CR_REACH_POSSIBLE, rules->path, "argument", evidence);
  cr_config_follow(walk, path, level);
  if (cr_tree_find(cr_reach_work_get_tree(rules->work), path, &node) == CR_TREE_FOUND && strchr(value, '/') &&
      node.type == CR_ENTRY_DIR && !cr_loader_is_shared_folder(rules->loader, node.path))
    cr_config_follow_folder(walk, path, TRUE, CR_REACH_POSSIBLE);
  /* A launcher that is not known as one. */
  if (value == words[0] && rules->facts->calls_exec && strchr(value, '/'))
    cr_reach_add_command(rules->work, words, rules->context, CR_REACH_POSSIBLE, rules->path, "argument", evidence);
  else if (value == words[0] && (rules->facts->calls & CR_ELF_CALLS_SEARCH) &&
           cr_loader_find_program(rules->loader, value, rules->context))
    cr_reach_add_command(rules->work, words, rules->context, CR_REACH_POSSIBLE, rules->path, "argument", evidence);
}

static void add_working_folder(Rules *rules)
{
  CrNode node;
  if (cr_tree_find(cr_reach_work_get_tree(rules->work), rules->context->workdir, &node) != CR_TREE_FOUND ||
      node.type != CR_ENTRY_DIR)
    return;
  g_ptr_array_add(rules->bases, (gpointer)node.path);
  rules->here = 1;
}

void cr_reach_expand_arguments(CrReachWork *work, const char *path, const char *const *argv, CrReachLevel level,
                               const CrReachContext *context)
{
  CrLoader *loader = cr_reach_work_get_loader(work);
  CrLib *lib = cr_loader_get_lib(loader, path);
  if (!lib)
    return;
  g_autoptr(GPtrArray) bases = g_ptr_array_new();
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  Rules rules = {.work = work,
                 .loader = loader,
                 .lib = lib,
                 .facts = lib->facts,
                 .context = context,
                 .path = path,
                 .bases = bases,
                 .named = bases};
  add_working_folder(&rules);
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrElfFacts *facts = cr_elf_facts_get(cr_reach_work_get_tree(work), &lib->node, arena);
  CrNode node;
  for (guint i = 0; facts && facts->path_strings[i]; i++) /* where relative names are meant, as without arguments */
    if (*facts->path_strings[i] == '/' && bases->len < CR_LIMIT_ELF_FOLDERS && cr_loader_count_step(loader) &&
        cr_tree_find(cr_reach_work_get_tree(work), facts->path_strings[i], &node) == CR_TREE_FOUND &&
        node.type == CR_ENTRY_DIR && !cr_loader_is_shared_folder(loader, node.path))
      g_ptr_array_add(bases, (gpointer)node.path);
  CrConfigWalk walk = {.work = work,
                       .program = path,
                       .lib = lib,
                       .context = context,
                       .starts_programs = lib->facts->calls_exec,
                       .bases = bases,
                       .seen = seen};
  for (guint i = 1; argv[0] && argv[i] && i < CR_LIMIT_ARGUMENT_WORDS; i++)
    follow_argument(&rules, &walk, argv + i, level);
}

/* ---- one file ---- */

static void add_neighbours(Rules *rules)
{
  CrArena *arena = cr_reach_work_get_arena(rules->work);
  const char *path = rules->path;
  for (guint i = 0; i < 2; i++) {
    const char *slash = strrchr(path, '/');
    if (!slash)
      return;
    path = cr_arena_strndup(arena, path, (gsize)(slash - path));
    if (!cr_loader_is_shared_folder(rules->loader, path))
      g_ptr_array_add(rules->bases, (gpointer)path);
  }
}

static gboolean is_loader(const Rules *rules)
{
  return rules->lib->kind && rules->lib->kind->interpreter && !strcmp(rules->lib->kind->interpreter, rules->path);
}

static gboolean is_libc(const CrElfFacts *facts)
{
  return facts->soname && g_str_has_prefix(facts->soname, "libc.so.");
}

void cr_reach_expand_elf(CrReachWork *work, const CrNode *node, const CrElfFacts *facts, CrReachLevel level,
                         const CrReachContext *context)
{
  CrLoader *loader = cr_reach_work_get_loader(work);
  CrLib *lib = cr_loader_get_lib(loader, node->path);
  if (!lib || (lib->followed_in == context && lib->followed >= level))
    return;
  gboolean again = lib->followed_in == context; /* what is only possible is there already */
  lib->followed = level;
  lib->followed_in = context;
  cr_loader_load(loader, lib, level, context);
  g_autoptr(GPtrArray) bases = g_ptr_array_new();
  g_autoptr(GPtrArray) named = g_ptr_array_new();
  Rules rules = {.work = work,
                 .loader = loader,
                 .lib = lib,
                 .facts = facts,
                 .context = context,
                 .path = node->path,
                 .bases = bases,
                 .named = named};
  if (is_loader(&rules))
    return; /* its strings are its own rules */
  if (is_libc(facts)) {
    if (!again)
      follow_libraries(&rules);
    return; /* paths in it are for those who call it */
  }
  add_working_folder(&rules);
  add_neighbours(&rules);
  follow_paths(&rules, level);
  follow_configuration(&rules, level);
  follow_unknown_commands(&rules, level);
  if (again)
    return;
  add_own_folder(&rules);
  follow_libraries(&rules);
  follow_libc(&rules);
}

const CrCollector *const *cr_reach_get_elf_collectors(void)
{
  static const CrCollector *const collectors[] = {&cr_elf_collector, &cr_loader_collector, &cr_config_collector, NULL};
  return collectors;
}
