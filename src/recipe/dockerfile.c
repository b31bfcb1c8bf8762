/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe/dockerfile-lines.h"

#include <string.h>

#include "base/limits.h"
#include "base/read-file.h"
#include "image/source-private.h"

typedef struct {
  const char *name;
  CrArena *arena;
  CrDockerfile *file;
  GHashTable *given;      /* build arguments: name → value, or NULL: named without one */
  GHashTable *global;     /* ARG before the first FROM: name → value or NULL */
  GHashTable *stage;      /* ARG and ENV of the stage at hand */
  GHashTable *predefined; /* TARGETPLATFORM and its kin */
  char escape;
  GError **error;
} Parsing;

static gboolean refuse(const Parsing *parsing, guint line, const char *format, ...) G_GNUC_PRINTF(3, 4);
static gboolean refuse(const Parsing *parsing, guint line, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *why = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(parsing->error, CR_ERROR, CR_ERROR_USAGE, "cannot read '%s' line %u: %s", parsing->name, line, why);
  return FALSE;
}

/* ---- arguments ---- */

/* What NAME is where the instruction stands. *KNOWN: declared at all, though perhaps without a value. */
static const char *find_value(const char *name, gboolean *known, gpointer data)
{
  const Parsing *parsing = data;
  /* before the first FROM, and in FROM itself, only what was declared before the first FROM counts */
  GHashTable *scope = parsing->stage ? parsing->stage : parsing->global;
  gpointer value = NULL;
  *known = g_hash_table_lookup_extended(scope, name, NULL, &value) ||
           g_hash_table_lookup_extended(parsing->predefined, name, NULL, &value);
  return value;
}

static char *expand(const Parsing *parsing, const char *text, const char **unknown)
{
  return cr_docker_expand(text, parsing->escape, find_value, (gpointer)parsing, unknown, NULL);
}

/* ARG NAME, ARG NAME=default; several in one. */
static void declare(Parsing *parsing, const CrDockerInstruction *it)
{
  g_auto(GStrv) words = cr_docker_split_words(it->text, parsing->escape);
  GHashTable *scope = parsing->stage ? parsing->stage : parsing->global;
  for (guint i = 0; words[i]; i++) {
    char *equals = strchr(words[i], '=');
    g_autofree char *name = equals ? g_strndup(words[i], (gsize)(equals - words[i])) : g_strdup(words[i]);
    const char *unknown = NULL;
    gpointer value = NULL;
    char *own = equals ? expand(parsing, equals + 1, &unknown) : NULL;
    if (g_hash_table_lookup_extended(parsing->given, name, NULL, &value) && value) {
      g_free(own);
      own = g_strdup(value);
    } else if (!own && parsing->stage && g_hash_table_lookup_extended(parsing->global, name, NULL, &value)) {
      own = g_strdup(value);
    } else if (!own) {
      own = g_strdup(g_hash_table_lookup(parsing->predefined, name));
    }
    g_ptr_array_add(parsing->file->argument_list, (gpointer)cr_arena_strdup(parsing->arena, name));
    g_hash_table_insert(scope, g_steal_pointer(&name), own);
  }
}

/* ENV NAME=VALUE …, or the old form ENV NAME VALUE. */
static void set_environment(Parsing *parsing, const CrDockerInstruction *it)
{
  g_auto(GStrv) words = cr_docker_split_words(it->text, parsing->escape);
  if (!words[0] || !parsing->stage)
    return;
  gboolean old = !strchr(words[0], '=');
  for (guint i = 0; words[i]; i++) {
    char *equals = strchr(words[i], '=');
    const char *unknown = NULL;
    if (old && words[1])
      g_hash_table_insert(parsing->stage, g_strdup(words[0]), expand(parsing, words[1], &unknown));
    else if (equals)
      g_hash_table_insert(parsing->stage, g_strndup(words[i], (gsize)(equals - words[i])),
                          expand(parsing, equals + 1, &unknown));
    if (old)
      break;
  }
}

/* ---- stages ---- */

static int find_stage(const Parsing *parsing, const char *name, guint before)
{
  for (guint i = before; i > 0; i--) {
    const CrDockerstage *stage = parsing->file->stages->pdata[i - 1];
    if (stage->name && !g_ascii_strcasecmp(stage->name, name))
      return (int)i - 1;
  }
  return -1;
}

/* A stage's name or number, or an image. NUMBERS: a stage may be meant by its number (COPY --from, not FROM). */
static void resolve(Parsing *parsing, const char *raw, guint line, gboolean numbers, CrDockerfrom *from)
{
  *from = (CrDockerfrom){.stage = -1, .raw = cr_arena_strdup(parsing->arena, raw), .line = line};
  const char *unknown = NULL;
  g_autofree char *text = expand(parsing, raw, &unknown);
  guint count = parsing->file->stages->len;
  char *end = NULL;
  guint64 number = numbers && g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : G_MAXUINT64;
  if (unknown && !*text) {
    from->unknown = cr_arena_strdup(parsing->arena, unknown);
    return;
  }
  if (end && !*end && number < count)
    from->stage = (int)number;
  else
    from->stage = find_stage(parsing, text, count);
  if (from->stage < 0 && g_ascii_strcasecmp(text, "scratch") != 0)
    from->image = cr_arena_strdup(parsing->arena, text);
  if (from->stage < 0 && !from->image)
    from->raw = "scratch";
}

static CrDockerstage *get_stage(const Parsing *parsing)
{
  GPtrArray *stages = parsing->file->stages;
  return stages->len ? stages->pdata[stages->len - 1] : NULL;
}

/* FROM [--platform=P] IMAGE [AS NAME] */
static gboolean begin_stage(Parsing *parsing, const CrDockerInstruction *it)
{
  g_auto(GStrv) words = cr_docker_split_words(it->text, parsing->escape);
  g_clear_pointer(&parsing->stage, g_hash_table_unref); /* FROM itself sees the global arguments */
  CrDockerstage *stage = cr_arena_new0(parsing->arena, CrDockerstage);
  guint at = 0;
  for (; words[at] && g_str_has_prefix(words[at], "--"); at++) {
    const char *unknown = NULL;
    if (!g_str_has_prefix(words[at], "--platform="))
      return refuse(parsing, it->line, "FROM has no option '%.50s'", words[at]);
    g_autofree char *platform = expand(parsing, words[at] + strlen("--platform="), &unknown);
    stage->platform = unknown ? NULL : cr_arena_strdup(parsing->arena, platform);
  }
  guint count = g_strv_length(words + at);
  if (count != 1 && !(count == 3 && !g_ascii_strcasecmp(words[at + 1], "as")))
    return refuse(parsing, it->line, "FROM takes an image, and AS with a name");
  resolve(parsing, words[at], it->line, FALSE, &stage->from);
  stage->name = count == 3 ? cr_arena_strdup(parsing->arena, words[at + 2]) : NULL;
  stage->copies = g_ptr_array_new();
  stage->installs = g_ptr_array_new();
  g_ptr_array_add(parsing->file->stages, stage);
  if (parsing->file->stages->len > CR_LIMIT_RECIPE_STAGES)
    return refuse(parsing, it->line, "it has more than %u stages", CR_LIMIT_RECIPE_STAGES);
  parsing->stage = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return TRUE;
}

static void add_copy(Parsing *parsing, const char *raw, guint line)
{
  CrDockerfrom *from = cr_arena_new0(parsing->arena, CrDockerfrom);
  resolve(parsing, raw, line, TRUE, from);
  g_ptr_array_add(get_stage(parsing)->copies, from);
}

/* Options of COPY, ADD and RUN stand first. */
static void read_options(Parsing *parsing, const CrDockerInstruction *it)
{
  g_auto(GStrv) words = cr_docker_split_words(it->text, parsing->escape);
  for (guint i = 0; words[i] && g_str_has_prefix(words[i], "--"); i++) {
    if (g_str_has_prefix(words[i], "--from=") && strcmp(it->name, "RUN") != 0)
      add_copy(parsing, words[i] + strlen("--from="), it->line);
    if (!g_str_has_prefix(words[i], "--mount="))
      continue;
    g_auto(GStrv) parts = g_strsplit(words[i] + strlen("--mount="), ",", -1);
    for (guint k = 0; parts[k]; k++)
      if (g_str_has_prefix(parts[k], "from="))
        add_copy(parsing, parts[k] + strlen("from="), it->line);
  }
}

static void note_install(Parsing *parsing, const CrDockerInstruction *it)
{
  if (!cr_docker_installs(it->text))
    return;
  CrDockerline *line = cr_arena_new0(parsing->arena, CrDockerline);
  *line = (CrDockerline){it->line, cr_arena_strdup(parsing->arena, it->text)};
  g_ptr_array_add(get_stage(parsing)->installs, line);
}

static gboolean take(Parsing *parsing, const CrDockerInstruction *it)
{
  if (!strcmp(it->name, "FROM"))
    return begin_stage(parsing, it);
  if (!strcmp(it->name, "ARG")) {
    declare(parsing, it);
    return TRUE;
  }
  if (!get_stage(parsing))
    return refuse(parsing, it->line, "%s stands before the first FROM", it->name);
  if (!strcmp(it->name, "ENV"))
    set_environment(parsing, it);
  else if (!strcmp(it->name, "COPY") || !strcmp(it->name, "ADD") || !strcmp(it->name, "RUN"))
    read_options(parsing, it);
  if (!strcmp(it->name, "RUN"))
    note_install(parsing, it);
  return TRUE;
}

/* ---- the whole ---- */

static void predefine(Parsing *parsing, const char *platform)
{
  const char *own = cr_source_get_own_platform(), *target = platform ? platform : own;
  const struct {
    const char *prefix, *platform;
  } rows[] = {{"BUILD", own}, {"TARGET", target}};
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) parts = g_strsplit(rows[i].platform, "/", 3);
    const char *const suffixes[] = {"OS", "ARCH", "VARIANT"};
    for (guint k = 0; k < G_N_ELEMENTS(suffixes); k++)
      g_hash_table_insert(parsing->predefined, g_strconcat(rows[i].prefix, suffixes[k], NULL),
                          g_strdup(g_strv_length(parts) > k ? parts[k] : ""));
    g_hash_table_insert(parsing->predefined, g_strconcat(rows[i].prefix, "PLATFORM", NULL), g_strdup(rows[i].platform));
  }
}

static gboolean choose_target(Parsing *parsing, const char *target)
{
  CrDockerfile *file = parsing->file;
  guint count = file->stages->len;
  file->target = (int)count - 1;
  if (!target)
    return TRUE;
  char *end = NULL;
  guint64 number = g_ascii_isdigit(*target) ? g_ascii_strtoull(target, &end, 10) : G_MAXUINT64;
  file->target = find_stage(parsing, target, count);
  if (file->target < 0 && end && !*end && number < count)
    file->target = (int)number;
  if (file->target >= 0)
    return TRUE;
  g_set_error(parsing->error, CR_ERROR, CR_ERROR_USAGE, "cannot find the stage '%s' in '%s'", target, parsing->name);
  return FALSE;
}

static void take_given(Parsing *parsing, const char *const *args)
{
  for (guint i = 0; args && args[i]; i++) {
    const char *equals = strchr(args[i], '=');
    if (equals)
      g_hash_table_insert(parsing->given, g_strndup(args[i], (gsize)(equals - args[i])), g_strdup(equals + 1));
    else
      g_hash_table_insert(parsing->given, g_strdup(args[i]), g_strdup(g_getenv(args[i]))); /* as docker build does */
  }
}

static gboolean parse(Parsing *parsing, const char *text, gsize size)
{
  g_autoptr(CrDockerLines) lines = cr_docker_lines_new(text, size, parsing->arena);
  parsing->escape = cr_docker_lines_get_escape(lines);
  parsing->file->syntax = cr_docker_lines_get_syntax(lines);
  CrDockerInstruction it;
  const char *why = NULL;
  while (cr_docker_lines_next(lines, &it, &why))
    if (!take(parsing, &it))
      return FALSE;
  if (why)
    return refuse(parsing, it.line, "%s", why);
  return parsing->file->stages->len ? TRUE : refuse(parsing, 1, "it has no FROM");
}

CrDockerfile *cr_dockerfile_parse(const char *text, gsize size, const char *name, const char *const *args,
                                  const char *target, const char *platform, GError **error)
{
  g_autoptr(CrDockerfile) file = g_new0(CrDockerfile, 1);
  file->arena = cr_arena_new();
  file->stages = g_ptr_array_new();
  file->argument_list = g_ptr_array_new();
  file->target = -1;
  if (size > CR_LIMIT_RECIPE_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read '%s': it is larger than 1 MiB", name);
    return NULL;
  }
  Parsing parsing = {.name = name, .arena = file->arena, .file = file, .error = error};
  parsing.given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  parsing.global = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  parsing.predefined = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  predefine(&parsing, platform);
  take_given(&parsing, args);
  gboolean ok = parse(&parsing, text, size) && choose_target(&parsing, target);
  g_hash_table_unref(parsing.given);
  g_hash_table_unref(parsing.global);
  g_hash_table_unref(parsing.predefined);
  g_clear_pointer(&parsing.stage, g_hash_table_unref);
  g_ptr_array_add(file->argument_list, NULL);
  file->arguments = (CrStrv)file->argument_list->pdata;
  return ok ? g_steal_pointer(&file) : NULL;
}

CrDockerfile *cr_dockerfile_load(const char *path, const char *const *args, const char *target, const char *platform,
                                 GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_RECIPE_BYTES, error);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  return bytes ? cr_dockerfile_parse(text ? text : "", size, path, args, target, platform, error) : NULL;
}

char *cr_dockerfile_find(const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "Dockerfile", NULL);
  g_autofree char *other = g_build_filename(folder, "Containerfile", NULL);
  gboolean usual = g_file_test(path, G_FILE_TEST_EXISTS) || !g_file_test(other, G_FILE_TEST_EXISTS);
  return usual ? g_steal_pointer(&path) : g_steal_pointer(&other);
}

void cr_dockerfile_free(CrDockerfile *file)
{
  if (!file)
    return;
  for (guint i = 0; i < file->stages->len; i++) {
    const CrDockerstage *stage = file->stages->pdata[i];
    if (stage->copies)
      g_ptr_array_unref(stage->copies);
    if (stage->installs)
      g_ptr_array_unref(stage->installs);
  }
  g_ptr_array_unref(file->stages);
  g_ptr_array_unref(file->argument_list);
  cr_arena_free(file->arena);
  g_free(file);
}

/* ---- what is needed ---- */

const CrDockerfrom *cr_dockerfile_get_base(const CrDockerfile *file)
{
  int stage = file->target;
  const CrDockerfrom *from = NULL;
  while (stage >= 0) { /* a stage is built on an earlier one: it ends */
    from = &((const CrDockerstage *)file->stages->pdata[stage])->from;
    stage = from->stage < stage ? from->stage : -1;
  }
  return from;
}

/* Stages that the target needs: BuildKit builds no others. */
static void mark_needed(const CrDockerfile *file, int at, gboolean *needed)
{
  if (at < 0 || needed[at])
    return;
  needed[at] = TRUE;
  const CrDockerstage *stage = file->stages->pdata[at];
  mark_needed(file, stage->from.stage, needed);
  for (guint i = 0; i < stage->copies->len; i++)
    mark_needed(file, ((const CrDockerfrom *)stage->copies->pdata[i])->stage, needed);
}

static void add_image(GPtrArray *list, const CrDockerfrom *from)
{
  if (from->stage >= 0 || (!from->image && !from->unknown))
    return; /* another stage, or scratch */
  for (guint i = 0; i < list->len; i++)
    if (list->pdata[i] == from ||
        (from->image && !g_strcmp0(((const CrDockerfrom *)list->pdata[i])->image, from->image)))
      return;
  g_ptr_array_add(list, (gpointer)from);
}

GPtrArray *cr_dockerfile_list_images(const CrDockerfile *file)
{
  GPtrArray *list = g_ptr_array_new();
  g_autofree gboolean *needed = g_new0(gboolean, file->stages->len + 1);
  mark_needed(file, file->target, needed);
  if (file->target >= 0)
    add_image(list, cr_dockerfile_get_base(file));
  for (guint i = 0; i < file->stages->len; i++) {
    const CrDockerstage *stage = file->stages->pdata[i];
    if (!needed[i])
      continue;
    add_image(list, &stage->from);
    for (guint k = 0; k < stage->copies->len; k++)
      add_image(list, stage->copies->pdata[k]);
  }
  return list;
}
