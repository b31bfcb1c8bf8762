/* SPDX-License-Identifier: Apache-2.0 */
/* The config-hash that Compose compares a container by (compose mustRecreate), asked of Compose itself (decision 028).
 */
#include <string.h>

#include "base/json-edit.h"
#include "base/limits.h"
#include "base/process.h"
#include "base/read-file.h"
#include "container/private.h"
#include "container/recreate-private.h"

#define COMPOSE_MS 60000U
#define HASH_CHARS 64U

/* What Compose wrote of its container; NULL: it did not. */
typedef struct {
  const char *version, *service, *project, *files, *folder, *hash;
} Labels;

static Labels read_labels(const CrContainer *container)
{
  return (Labels){cr_container_find_label(container, "com.docker.compose.version"),
                  cr_container_find_label(container, "com.docker.compose.service"),
                  cr_container_find_label(container, "com.docker.compose.project"),
                  cr_container_find_label(container, "com.docker.compose.project.config_files"),
                  cr_container_find_label(container, "com.docker.compose.project.working_dir"),
                  cr_container_find_label(container, "com.docker.compose.config-hash")};
}

static gboolean is_first(const Labels *labels)
{
  return labels->version && g_str_has_prefix(labels->version, "1.");
}

/* ---- asking ---- */

static void add(GPtrArray *words, const char *word)
{
  g_ptr_array_add(words, g_strdup(word));
}

/* "docker-compose" or "docker compose", and the project. MODEL: it is what stdin has. */
static GPtrArray *begin_words(const Labels *labels, gboolean plugin, gboolean model)
{
  GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
  if (plugin)
    add(words, "docker");
  add(words, plugin ? "compose" : "docker-compose");
  g_auto(GStrv) files = g_strsplit(model ? "-" : labels->files, ",", -1);
  for (guint i = 0; files[i]; i++)
    if (*files[i]) {
      add(words, "-f");
      g_ptr_array_add(words, model ? g_strdup("-") : g_canonicalize_filename(files[i], labels->folder));
    }
  const char *const rest[] = {"-p", labels->project, "--project-directory", labels->folder};
  for (guint i = 0; i < G_N_ELEMENTS(rest); i++)
    add(words, rest[i]);
  return words;
}

/* What it prints; NULL: it fails, or warns of a variable that is not set here, which means another configuration than
 * the user's. WORDS are taken. */
static GBytes *run(CrDaemon *daemon, GPtrArray *words, GBytes *input)
{
  g_ptr_array_add(words, NULL);
  g_autofree char *address = cr_engine_format_address(cr_daemon_get_engine(daemon));
  g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "DOCKER_HOST", address, TRUE);
  CrProcessRequest request = {.argv = (const char *const *)words->pdata,
                              .environment = (const char *const *)environment,
                              .input = input,
                              .timeout_ms = COMPOSE_MS};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, NULL);
  g_ptr_array_unref(words);
  return result && result->status == 0 && !strstr(result->errors, "variable is not set") ? g_bytes_ref(result->output)
                                                                                         : NULL;
}

/* "web 0a1b…": the service's line. NULL: none such. */
static char *find_hash(GBytes *output, const char *service)
{
  gsize size = 0;
  const char *bytes = output ? g_bytes_get_data(output, &size) : NULL;
  g_autofree char *text = g_strndup(bytes ? bytes : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  gsize length = strlen(service);
  for (guint i = 0; lines[i]; i++)
    if (!strncmp(lines[i], service, length) && lines[i][length] == ' ' && strlen(lines[i] + length + 1) == HASH_CHARS)
      return g_strdup(lines[i] + length + 1);
  return NULL;
}

static char *ask_hash(CrDaemon *daemon, const Labels *labels, gboolean plugin, GBytes *model)
{
  GPtrArray *words = begin_words(labels, plugin, model != NULL);
  add(words, "config");
  g_ptr_array_add(words, g_strdup_printf("--hash=%s", labels->service));
  g_autoptr(GBytes) output = run(daemon, words, model);
  return find_hash(output, labels->service);
}

/* ---- Compose 2 ---- */

/* What a service and its container have of another's, in each one's words. */
static const struct {
  const char *key, *member;
} shared[] = {{"network_mode", "NetworkMode"}, {"ipc", "IpcMode"}, {"pid", "PidMode"}};

/* The container that MEMBER of CONTAINER's HostConfig joins, or NULL. */
static const char *find_joined(const CrContainer *container, const char *member)
{
  const char *mode = cr_json_find_string(cr_json_find(container->inspect, "HostConfig"), member, "");
  return cr_recreate_is_joined(mode) ? mode + strlen("container:") : NULL;
}

/* The id of what takes OTHER's place: NAMES (id → name) says what its name is, and who has that now. */
static char *find_new_id(CrDaemon *daemon, GHashTable *names, const char *other)
{
  GHashTableIter iter;
  gpointer id = NULL, name = NULL;
  if (!names)
    return g_strdup(other);
  g_hash_table_iter_init(&iter, names);
  while (g_hash_table_iter_next(&iter, &id, &name)) {
    if (!cr_recreate_is_id(other, id))
      continue;
    g_autoptr(CrContainers) found = cr_containers_load(daemon, name, NULL);
    return found && found->items->len ? g_strdup(((const CrContainer *)found->items->pdata[0])->id) : NULL;
  }
  return g_strdup(other);
}

/* MODEL (`config --format json`) as Compose has it inside once it knows its containers: "service:web" is
 * "container:ID", of those that CONTAINER has now or, with NAMES, of those that take their place. */
static GBytes *resolve_model(CrDaemon *daemon, const CrContainer *container, const Labels *labels, GBytes *model,
                             GHashTable *names)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(model, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "Compose's model", NULL);
  g_autoptr(CrJsonEdit) edit = doc ? cr_json_edit_new(text, size, "Compose's model", NULL) : NULL;
  const CrJson *service = edit ? cr_json_find(cr_json_find(cr_json_get_root(doc), "services"), labels->service) : NULL;
  for (guint i = 0; service && i < G_N_ELEMENTS(shared); i++) {
    const char *mode = cr_json_find_string(service, shared[i].key, ""),
               *other = find_joined(container, shared[i].member);
    if (!g_str_has_prefix(mode, "service:") || !other)
      continue;
    g_autofree char *id = find_new_id(daemon, names, other);
    g_autofree char *joined = g_strconcat("container:", id ? id : "", NULL), *quoted = cr_json_quote(joined);
    const char *const path[] = {"services", labels->service, shared[i].key, NULL};
    if (!id || !cr_json_edit_set(edit, path, quoted, NULL))
      return NULL;
  }
  return service ? cr_json_edit_get_bytes(edit) : NULL;
}

static GBytes *ask_model(CrDaemon *daemon, const Labels *labels, gboolean plugin)
{
  static const char *const rest[] = {"--profile", "*", "config", "--format", "json"};
  GPtrArray *words = begin_words(labels, plugin, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS(rest); i++)
    add(words, rest[i]);
  return run(daemon, words, NULL);
}

/* Believed only if the same way of asking gives the hash that CONTAINER has, for what it joins now: else this Compose,
 * its files or its variables are not those that made it. */
static char *ask_second(CrDaemon *daemon, const CrContainer *container, const Labels *labels, gboolean plugin,
                        GHashTable *names)
{
  g_autoptr(GBytes) model = ask_model(daemon, labels, plugin);
  g_autoptr(GBytes) before = model ? resolve_model(daemon, container, labels, model, NULL) : NULL;
  g_autofree char *hash = before ? ask_hash(daemon, labels, plugin, before) : NULL;
  if (g_strcmp0(hash, labels->hash) != 0)
    return NULL;
  g_autoptr(GBytes) after = resolve_model(daemon, container, labels, model, names);
  return after ? ask_hash(daemon, labels, plugin, after) : NULL;
}

/* ---- for who re-creates ---- */

/* Does CONTAINER's HostConfig name one of NAMES? */
static gboolean joins_any(const CrContainer *container, GHashTable *names)
{
  g_auto(GStrv) volumes =
      cr_json_get_strings(cr_json_find(cr_json_find(container->inspect, "HostConfig"), "VolumesFrom"));
  GHashTableIter iter;
  gpointer id = NULL;
  g_hash_table_iter_init(&iter, names);
  while (g_hash_table_iter_next(&iter, &id, NULL)) {
    for (guint i = 0; i < G_N_ELEMENTS(shared); i++) {
      const char *other = find_joined(container, shared[i].member);
      if (other && cr_recreate_is_id(other, id))
        return TRUE;
    }
    for (guint i = 0; volumes[i]; i++) {
      volumes[i][strcspn(volumes[i], ":")] = 0;
      if (cr_recreate_is_id(volumes[i], id))
        return TRUE;
    }
  }
  return FALSE;
}

gboolean cr_compose_needs_hash(const CrContainer *container, GHashTable *names)
{
  Labels labels = read_labels(container);
  return labels.hash && (is_first(&labels) || (names && joins_any(container, names)));
}

char *cr_compose_ask_hash(CrDaemon *daemon, const CrContainer *container, GHashTable *names)
{
  Labels labels = read_labels(container);
  if (!labels.version || !labels.service || !labels.project || !labels.files || !labels.folder ||
      *labels.service == '-' || !cr_compose_needs_hash(container, names))
    return NULL;
  if (is_first(&labels))
    return ask_hash(daemon, &labels, FALSE, NULL);
  char *hash = ask_second(daemon, container, &labels, TRUE, names);
  return hash ? hash : ask_second(daemon, container, &labels, FALSE, names);
}

gboolean cr_compose_may_inject(const CrContainer *container)
{
  Labels labels = read_labels(container);
  if (!labels.project || is_first(&labels))
    return FALSE;
  g_auto(GStrv) list = g_strsplit(labels.files ? labels.files : "", ",", -1);
  for (guint i = 0; list[i]; i++) {
    g_autofree char *path =
        g_canonicalize_filename(list[i], labels.folder && *labels.folder == '/' ? labels.folder : "/");
    g_autoptr(GBytes) text = cr_read_file(path, CR_LIMIT_RECIPE_BYTES, NULL);
    gsize size = 0;
    const char *bytes = text ? g_bytes_get_data(text, &size) : NULL;
    static const char *const words[] = {"configs:", "secrets:", "include:", "extends:"};
    for (guint k = 0; k < G_N_ELEMENTS(words); k++)
      if (!bytes || g_strstr_len(bytes, (gssize)size, words[k]))
        return TRUE;
  }
  return !list[0];
}
