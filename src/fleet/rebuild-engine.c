/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's own builder. Docker's classic one knows less than BuildKit and says of some of it nothing at all
 * (docs.docker.com/build/buildkit); Podman's is buildah's and knows it. */
#include "fleet/rebuild-private.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "container/build.h"
#include "image/platform.h"
#include "recipe/context.h"
#include "recipe/dockerfile-lines.h"

/* ---- what the classic builder cannot do ---- */

static const char *const modern[] = {"--mount",   "--network", "--security",     "--link",   "--chmod", "--checksum",
                                     "--parents", "--exclude", "--keep-git-dir", "--unpack", "--device"};

/* <<EOF, <<-"EOF", 3<<EOF at the beginning of a word; not the shell's <<< and $((1<<2)). */
static gboolean has_document(const char *text)
{
  for (const char *at = strstr(text, "<<"); at; at = strstr(at + 2, "<<")) {
    const char *before = at, *word = at + 2;
    while (before > text && g_ascii_isdigit(before[-1]))
      before--;
    word += *word == '-';
    word += *word == '"' || *word == '\'';
    if ((before == text || g_ascii_isspace(before[-1])) && (g_ascii_isalnum(*word) || *word == '_'))
      return TRUE;
  }
  return FALSE;
}

const char *cr_rebuild_find_document(const CrRebuilding *work)
{
  CrArena *arena = work->rebuild->arena;
  g_autoptr(CrDockerLines) lines = cr_docker_lines_new(work->text, work->size, arena);
  CrDockerInstruction it;
  const char *why = NULL;
  while (cr_docker_lines_next(lines, &it, &why))
    if ((!strcmp(it.name, "RUN") || !strcmp(it.name, "COPY") || !strcmp(it.name, "ADD")) && has_document(it.text))
      return cr_arena_printf(arena, "a here-document in line %u", it.line);
  return NULL;
}

static const char *find_in(const CrDockerInstruction *it, char escape, CrArena *arena)
{
  if (strcmp(it->name, "RUN") != 0 && strcmp(it->name, "COPY") != 0 && strcmp(it->name, "ADD") != 0)
    return NULL;
  g_auto(GStrv) words = cr_docker_split_words(it->text, escape);
  for (guint i = 0; words[i] && g_str_has_prefix(words[i], "--"); i++)
    for (guint k = 0; k < G_N_ELEMENTS(modern); k++) {
      gsize length = strlen(modern[k]);
      if (!strncmp(words[i], modern[k], length) && (!words[i][length] || words[i][length] == '='))
        return cr_arena_printf(arena, "%s %s in line %u", it->name, modern[k], it->line);
    }
  return has_document(it->text) ? cr_arena_printf(arena, "a here-document in line %u", it->line) : NULL;
}

/* FROM --platform=$BUILDPLATFORM: the classic builder has none of these variables outside a stage. */
static const char *find_platform(const CrDockerInstruction *it, CrArena *arena)
{
  if (strcmp(it->name, "FROM") != 0 || !g_str_has_prefix(it->text, "--platform=") || !strchr(it->text, '$') ||
      (!strstr(it->text, "BUILD") && !strstr(it->text, "TARGET")))
    return NULL;
  return cr_arena_printf(arena, "FROM --platform with a variable in line %u", it->line);
}

const char *cr_rebuild_find_modern(const CrRebuilding *work)
{
  CrArena *arena = work->rebuild->arena;
  const CrBuildRecipe *recipe = work->recipe;
  if (recipe->secrets && recipe->secrets[0])
    return "secrets";
  if (recipe->ssh && recipe->ssh[0])
    return "ssh";
  if (recipe->contexts && recipe->contexts[0])
    return "additional contexts";
  g_autoptr(CrDockerLines) lines = cr_docker_lines_new(work->text, work->size, arena);
  char escape = cr_docker_lines_get_escape(lines);
  CrDockerInstruction it;
  const char *why = NULL, *found = NULL;
  while (!found && cr_docker_lines_next(lines, &it, &why)) {
    found = find_in(&it, escape, arena);
    found = found ? found : find_platform(&it, arena);
  }
  return found;
}

/* ---- POST /build ---- */

static void add(GString *query, const char *name, const char *value)
{
  g_autofree char *escaped = g_uri_escape_string(value, NULL, FALSE);
  g_string_append_printf(query, "%s%s=%s", query->len ? "&" : "", name, escaped);
}

/* "NAME=VALUE" as members; NAME alone has the value of careen's own variable, or none. */
static void add_pair(CrJsonWriter *writer, const char *pair)
{
  const char *equals = strchr(pair, '=');
  g_autofree char *name = g_strndup(pair, equals ? (gsize)(equals - pair) : strlen(pair));
  const char *value = equals ? equals + 1 : g_getenv(name);
  if (value)
    cr_json_key_string(writer, name, value);
}

static gboolean is_given(CrStrv args, const char *name)
{
  for (guint i = 0; args && args[i]; i++)
    if (!strncmp(args[i], name, strlen(name)) && strchr("=", args[i][strlen(name)]))
      return TRUE;
  return FALSE;
}

/* BuildKit gives these to every stage that has an ARG of the name; the classic builder would leave them empty. */
static void add_platform_args(const CrRebuilding *work, CrJsonWriter *writer)
{
  struct utsname machine = {0};
  uname(&machine);
  g_autofree char *own = g_strconcat("linux/", cr_platform_get_architecture(machine.machine), NULL);
  const char *const sides[] = {"BUILD", "TARGET"};
  for (guint side = 0; side < G_N_ELEMENTS(sides); side++) {
    const char *platform = side && work->recipe->platform ? work->recipe->platform : own;
    g_auto(GStrv) parts = g_strsplit(platform, "/", 3);
    guint count = g_strv_length(parts);
    const char *const values[] = {platform, count > 0 ? parts[0] : "", count > 1 ? parts[1] : "",
                                  count > 2 ? parts[2] : ""};
    const char *const names[] = {"PLATFORM", "OS", "ARCH", "VARIANT"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
      g_autofree char *name = g_strconcat(sides[side], names[i], NULL);
      gboolean declared = work->file->arguments && g_strv_contains(work->file->arguments, name);
      if (declared && !is_given(work->recipe->args, name))
        cr_json_key_string(writer, name, values[i]);
    }
  }
}

static void add_object(GString *query, const char *name, CrStrv pairs, const CrRebuilding *work)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  for (guint i = 0; pairs && pairs[i]; i++)
    add_pair(writer, pairs[i]);
  if (work)
    add_platform_args(work, writer);
  cr_json_end_object(writer);
  const char *text = cr_json_writer_get_text(writer, NULL);
  if (strcmp(text, "{}") != 0)
    add(query, name, text);
}

static void add_list(GString *query, const char *name, CrStrv words)
{
  if (!words || !words[0])
    return;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_array(writer);
  for (guint i = 0; words[i]; i++)
    cr_json_string(writer, words[i]);
  cr_json_end_array(writer);
  add(query, name, cr_json_writer_get_text(writer, NULL));
}

char *cr_rebuild_format_query(const CrRebuilding *work, const char *dockerfile)
{
  const CrBuildRecipe *recipe = work->recipe;
  GString *query = g_string_new(NULL);
  add(query, "dockerfile", dockerfile);
  add(query, "t", work->result);
  add(query, "rm", "1");
  add(query, "forcerm", "1");
  gboolean whole = work->options->outdated && !work->options->outdated[0];
  if (whole)
    add(query, "nocache", "1");
  if (whole && work->daemon && cr_daemon_is_podman(work->daemon))
    add(query, "layers", "0"); /* or each step leaves an image without a name */
  if (!whole)
    add_list(query, "cachefrom", recipe->cache_from);

  add_object(query, "buildargs", recipe->args, work);
  add_object(query, "labels", recipe->labels, NULL);
  for (guint i = 0; recipe->extra_hosts && recipe->extra_hosts[i]; i++)
    add(query, "extrahosts", recipe->extra_hosts[i]);
  if (recipe->network)
    add(query, "networkmode", recipe->network);
  if (recipe->platform)
    add(query, "platform", recipe->platform);
  if (recipe->target)
    add(query, "target", recipe->target);
  return g_string_free(query, FALSE);
}

/* Nothing names it (no tag, no digest), and it was made since SINCE: what the build says may be anybody's words. */
static gboolean is_nameless(CrDaemon *daemon, const char *id, gint64 since)
{
  g_autoptr(CrJsonDoc) doc = cr_daemon_inspect_image(daemon, id, NULL);
  const CrJson *root = doc ? cr_json_get_root(doc) : NULL;
  const char *created = root ? cr_json_find_string(root, "Created", NULL) : NULL;
  g_autoptr(GDateTime) made = created ? g_date_time_new_from_iso8601(created, NULL) : NULL;
  return made && g_date_time_to_unix(made) >= since && !cr_json_get_length(cr_json_find(root, "RepoTags")) &&
         !cr_json_get_length(cr_json_find(root, "RepoDigests"));
}

/* The classic builder leaves an image behind each step; those of earlier stages and of a build that failed belong to
 * nothing. Built without the cache they are this build's own. What the result stands on the engine does not give up. */
static void remove_steps(const CrRebuilding *work, const CrBuildAnswer *answer, gint64 since)
{
  for (guint i = answer->steps->len; i > 0; i--) {
    const char *id = answer->steps->pdata[i - 1];
    if (is_nameless(work->daemon, id, since))
      cr_daemon_untag_image(work->daemon, id, NULL, NULL);
  }
}

gboolean cr_rebuild_by_engine(CrRebuilding *work, const char *text, GError **error)
{
  g_autofree char *name = NULL;
  int context = cr_context_pack(work->recipe->context, work->path, text, &name, error);
  if (context < 0)
    return FALSE;
  g_autofree char *query = cr_rebuild_format_query(work, name);
  g_autoptr(CrBuildAnswer) answer = cr_build_answer_new();
  CrBuildRequest request = {
      .query = query,
      .context = context,
      .seconds = work->options->seconds,
      .say = work->options->say ? cr_rebuild_say : NULL,
      .data = work,
  };
  gint64 since = g_get_real_time() / G_USEC_PER_SEC;
  gboolean good = cr_daemon_build_image(work->daemon, &request, answer, error);
  close(context);
  if (strstr(query, "nocache=1"))
    remove_steps(work, answer, since);
  cr_rebuild_keep_log(work, answer->log->str, answer->log->len);
  return good;
}
