/* SPDX-License-Identifier: Apache-2.0 */
/* Java: the runtime's own libraries, and the archives named on the command line. What is inside an archive is not
 * looked into: what it can load by name lies beside it or in the runtime. */
#include <string.h>

#include "reach/script.h"

/* The runtime's folder from its program (…/bin/java) or library (…/lib/server/libjvm.so), or NULL. */
static const char *find_home(CrReachWork *work, const char *path)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  for (const char *at = cr_arena_printf(arena, "/%s", path); *at == '/' && at[1];) {
    const char *slash = strrchr(at, '/');
    at = cr_arena_strndup(arena, at, (gsize)(slash - at));
    static const char *const marks[] = {"lib/jvm.cfg", "jre/lib/rt.jar", "lib/rt.jar", "lib/modules"};
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
      if (cr_tree_find(cr_reach_work_get_tree(work), cr_arena_printf(arena, "%s/%s", at, marks[i]), NULL) ==
          CR_TREE_FOUND)
        return at;
  }
  return NULL;
}

/* The launcher opens the virtual machine, and that its core library and the module image, in every start. */
static void expand_java(CrReachWork *work, const char *program, CrReachLevel level, const CrReachContext *context)
{
  CrArena *arena = cr_reach_work_get_arena(work);
  const char *home = find_home(work, program);
  if (!home)
    return;
  static const char *const opened[] = {
      "lib/server/libjvm.so", "lib/client/libjvm.so", "lib/libjava.so", "lib/libjimage.so",
      "lib/libverify.so",     "lib/modules",          "lib/jvm.cfg",    "lib/rt.jar"};
  for (guint i = 0; i < G_N_ELEMENTS(opened); i++)
    cr_reach_add_in(work, cr_arena_printf(arena, "%s/%s", home, opened[i]), context, level, program, "runtime",
                    "opened at every start of Java");
  static const char *const parts[] = {"lib", "jre/lib", "conf"};
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
    cr_reach_add_folder(work, cr_arena_printf(arena, "%s/%s", home, parts[i]), CR_REACH_POSSIBLE, NULL, NULL, program,
                        "import", "part of the Java runtime");
}

static gboolean is_archive(const CrNode *node, gpointer data)
{
  return g_str_has_suffix(node->path, ".jar") || g_str_has_suffix(node->path, ".war") ||
         g_str_has_suffix(node->path, ".so");
}

/* One entry of a class path: an archive, a folder of classes, or FOLDER/\*, every archive in it. Archives beside one
 * can be named in its manifest. */
static void add_entry(const CrRun *run, const char *entry, const char *evidence)
{
  CrArena *arena = cr_reach_work_get_arena(run->work);
  const char *path = cr_command_make_absolute(run->work, entry, run->context);
  CrNode node;
  if (g_str_has_suffix(path, "/*")) {
    g_autoptr(GPtrArray) found =
        cr_glob_find(cr_reach_work_get_tree(run->work), cr_arena_printf(arena, "%s.jar", path), arena);
    for (guint i = 0; i < found->len; i++)
      cr_reach_add(run->work, found->pdata[i], run->level, run->program, "import", evidence);
    return;
  }
  if (cr_tree_find(cr_reach_work_get_tree(run->work), path, &node) != CR_TREE_FOUND)
    return;
  if (node.type == CR_ENTRY_DIR) {
    cr_reach_add_folder(run->work, node.path, CR_REACH_POSSIBLE, NULL, NULL, run->program, "import", evidence);
    return;
  }
  cr_reach_add(run->work, path, run->level, run->program, "import", evidence);
  g_autofree char *folder = g_path_get_dirname(node.path);
  if (strcmp(folder, ".") != 0)
    cr_reach_add_folder(run->work, folder, CR_REACH_POSSIBLE, is_archive, NULL, run->program, "import",
                        "beside an archive on the class path");
}

static void run_java(const CrRun *run)
{
  const char *classes = cr_environment_find(run->context->environment, "CLASSPATH");
  const char *evidence = "CLASSPATH";
  for (guint i = 1; i < run->argc; i++) {
    const char *word = run->argv[i];
    gboolean path = strcmp(word, "-cp") == 0 || strcmp(word, "-classpath") == 0 || strcmp(word, "--class-path") == 0 ||
                    strcmp(word, "-p") == 0 || strcmp(word, "--module-path") == 0;
    if (path && i + 1 < run->argc) {
      classes = run->argv[++i];
      evidence = cr_arena_printf(cr_reach_work_get_arena(run->work), "java %s", word);
    } else if (strcmp(word, "-jar") == 0 && i + 1 < run->argc) {
      if (cr_word_is_known(run->argv[i + 1]))
        add_entry(run, run->argv[i + 1], "java -jar");
      break;
    } else if (g_str_has_prefix(word, "-javaagent:"))
      add_entry(run, cr_arena_strndup(cr_reach_work_get_arena(run->work), word + 11, strcspn(word + 11, "=")),
                "java -javaagent");
    else if (word[0] != '-') {
      classes = classes ? classes : "."; /* the class, and its own words */
      break;
    }
  }
  g_auto(GStrv) entries = g_strsplit(classes && cr_word_is_known(classes) ? classes : "", ":", 2000);
  for (guint i = 0; entries[i]; i++) {
    const char *entry = *entries[i] ? entries[i] : "."; /* the working folder, which at the root would be everything */
    if (strcmp(entry, ".") != 0 || strcmp(run->context->workdir, "/") != 0)
      add_entry(run, cr_arena_strdup(cr_reach_work_get_arena(run->work), entry), evidence);
  }
}

static const char *const programs[] = {"java", NULL};
static const char *const libraries[] = {"libjvm.so", "libjli.so", NULL};

const CrInterpreter cr_interpreter_java = {
    .name = "java",
    .programs = programs,
    .libraries = libraries,
    .language = CR_LANGUAGE_OTHER,
    .run = run_java,
    .expand = expand_java,
};
