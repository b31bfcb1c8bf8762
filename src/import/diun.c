/* SPDX-License-Identifier: Apache-2.0 */
/* diun: diun.yml, the images of its file provider, its labels, and its DIUN_ variables. It changes nothing, so careen
 * may do nothing to these images either. */
#include <string.h>

#include "import/import.h"

#define TELLS_ONLY "[]"

static gboolean is(const CrImportSource *source)
{
  const CrYaml *root = source->yaml ? cr_yaml_doc_get_root(source->yaml, 0) : NULL;
  return cr_yaml_find(root, "notif") && (cr_yaml_find(root, "providers") || cr_yaml_find(root, "watch"));
}

/* ---- what is told, from a file or from variables ---- */

/* "notif.mail.host" of either: DOC's ROOT, or VARIABLES (DIUN_NOTIF_MAIL_HOST). */
typedef struct {
  CrImport *import;
  const CrYaml *root;
  GHashTable *variables;
  const char *place;
} Settings;

static const char *find(const Settings *settings, const char *path)
{
  if (settings->variables) {
    g_autofree char *upper = g_ascii_strup(path, -1);
    g_strdelimit(upper, ".", '_');
    g_autofree char *name = g_strconcat("DIUN_", upper, NULL);
    const char *value = g_hash_table_lookup(settings->variables, name);
    return value && *value ? value : NULL;
  }
  g_auto(GStrv) keys = g_strsplit(path, ".", -1);
  const CrYaml *node = settings->root;
  for (guint i = 0; keys[i]; i++)
    node = cr_yaml_find(node, keys[i]);
  const char *text = cr_yaml_get_text(node);
  return text && *text ? text : NULL;
}

/* A list of texts in the file, or values with commas or numbers (…_TO_0) in variables. */
static GPtrArray *find_list(const Settings *settings, const char *path)
{
  GPtrArray *list = g_ptr_array_new();
  const char *whole = find(settings, path);
  if (whole)
    g_ptr_array_add(list, (gpointer)whole);
  g_auto(GStrv) keys = g_strsplit(path, ".", -1);
  const CrYaml *node = settings->root;
  for (guint i = 0; keys[i]; i++)
    node = cr_yaml_find(node, keys[i]);
  for (guint i = 0; i < cr_yaml_get_length(node) && i < 100; i++) {
    const char *text = cr_yaml_get_text(cr_yaml_get_element(node, i));
    if (text && *text)
      g_ptr_array_add(list, (gpointer)text);
  }
  for (guint i = 0; settings->variables && i < 100; i++) {
    g_autofree char *name = g_strdup_printf("%s.%u", path, i);
    if (find(settings, name))
      g_ptr_array_add(list, (gpointer)find(settings, name));
  }
  return list;
}

static void read_mail(const Settings *settings)
{
  const char *ssl = find(settings, "notif.mail.ssl");
  g_autoptr(GPtrArray) to = find_list(settings, "notif.mail.to");
  CrImportMail mail = {.host = find(settings, "notif.mail.host"),
                       .port = find(settings, "notif.mail.port"),
                       .user = find(settings, "notif.mail.username"),
                       .sender = find(settings, "notif.mail.from"),
                       .secret = "diun's notif.mail.password",
                       .tls = cr_import_is_true(ssl)};
  cr_import_add_mail_server(settings->import, &mail, settings->place);
  for (guint i = 0; i < to->len; i++)
    cr_import_add_mail_to(settings->import, to->pdata[i]);
}

static gboolean is_url(const char *text)
{
  return text && (g_str_has_prefix(text, "http://") || g_str_has_prefix(text, "https://")) && !strpbrk(text, "\r\n @");
}

static void read_webhook(const Settings *settings)
{
  const char *url = find(settings, "notif.webhook.endpoint");
  if (!is_url(url)) {
    cr_import_lose(settings->import, settings->place, "notif.webhook has no endpoint that careen can reach");
    return;
  }
  cr_import_add_text(settings->import, settings->import->webhooks, url);
  cr_import_note(
      settings->import, settings->place,
      "the webhook is sent careen.notice/1, which is another JSON; its headers are not repeated: set headers: "
      "or token-file:");
}

static void read_ntfy(const Settings *settings)
{
  const char *server = find(settings, "notif.ntfy.endpoint"), *topic = find(settings, "notif.ntfy.topic");
  g_autofree char *url = g_strdup_printf("%s/%s", server ? server : "https://ntfy.sh", topic ? topic : "");
  if (!topic || !is_url(url)) {
    cr_import_lose(settings->import, settings->place, "notif.ntfy has no topic");
    return;
  }
  cr_import_add_text(settings->import, settings->import->ntfy, url);
  if (!find(settings, "notif.ntfy.token"))
    return;
  cr_import_set(settings->import, &settings->import->ntfy_token, "ntfy: token-file", "/etc/careen/ntfy-token",
                settings->place);
  cr_import_note(settings->import, settings->place,
                 "the token of notif.ntfy.token is not repeated: write it to /etc/careen/ntfy-token");
}

static void read_script(const Settings *settings)
{
  const char *command = find(settings, "notif.script.cmd");
  g_autoptr(GPtrArray) arguments = find_list(settings, "notif.script.args");
  if (!command || settings->import->command->len) {
    cr_import_lose(settings->import, settings->place,
                   command ? "a second command is left out" : "notif.script has no cmd");
    return;
  }
  g_ptr_array_add(settings->import->command, (gpointer)cr_arena_strdup(settings->import->arena, command));
  for (guint i = 0; i < arguments->len; i++)
    g_ptr_array_add(settings->import->command, (gpointer)cr_arena_strdup(settings->import->arena, arguments->pdata[i]));
  cr_import_note(settings->import, settings->place,
                 "the command is given careen.notice/1 on its standard input instead of DIUN_ variables");
}

static const struct {
  const char *name;
  void (*read)(const Settings *settings);
} ways[] = {{"mail", read_mail}, {"webhook", read_webhook}, {"ntfy", read_ntfy}, {"script", read_script}};

static void read_way(const Settings *settings, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(ways); i++)
    if (!strcmp(ways[i].name, name)) {
      ways[i].read(settings);
      return;
    }
  cr_import_lose(settings->import, settings->place,
                 "notifications by %s have no equivalent: careen has mail, webhook, ntfy, command", name);
}

static void read_watch(const Settings *settings)
{
  const char *schedule = find(settings, "watch.schedule");
  if (schedule)
    cr_import_read_schedule(settings->import, schedule, NULL, FALSE, settings->place);
}

/* ---- diun.yml ---- */

static void add_named(CrImport *import, const CrYamlDoc *doc, const CrYaml *list)
{
  static const char *const known[] = {"name", "regopt", "metadata", "notify_on", "platform", "hub_link", NULL};
  for (guint i = 0; i < cr_yaml_get_length(list); i++) {
    const CrYaml *node = cr_yaml_get_element(list, i);
    const char *name = cr_yaml_get_text(cr_yaml_find(node, "name"));
    g_autofree char *place = cr_yaml_format_place(doc, node);
    if (name)
      cr_import_add_image(import, name, TELLS_ONLY, FALSE, place);
    for (guint k = 0; k < cr_yaml_get_length(node); k++) {
      const CrYaml *key = cr_yaml_get_key(node, k);
      if (key && !g_strv_contains(known, cr_yaml_get_text(key)))
        cr_import_lose(import, place, "'%s' has no equivalent: careen looks at the tag that runs, not at new tags",
                       cr_yaml_get_text(key));
    }
  }
}

static void read_providers(CrImport *import, const CrYamlDoc *doc, const CrYaml *providers)
{
  for (guint i = 0; i < cr_yaml_get_length(providers); i++) {
    const CrYaml *key = cr_yaml_get_key(providers, i), *node = cr_yaml_get_element(providers, i);
    const char *name = key ? cr_yaml_get_text(key) : "";
    g_autofree char *place = cr_yaml_format_place(doc, key ? key : node);
    if (!strcmp(name, "docker") || !strcmp(name, "podman"))
      cr_import_note(import, place,
                     "careen plan looks at all containers of the engine; which of them diun told of is in "
                     "their labels");
    else if (!strcmp(name, "file"))
      cr_import_lose(import, place, "give the file that '%s' names, too, as diun:FILE",
                     cr_yaml_get_text(cr_yaml_find(node, "filename")) ? cr_yaml_get_text(cr_yaml_find(node, "filename"))
                                                                      : "filename");
    else
      cr_import_lose(import, place,
                     "the provider %s has no equivalent: careen reads engines and files (compose:, "
                     "dockerfiles:, manifests:)",
                     name);
  }
}

static void read_member(const Settings *settings, const CrYamlDoc *doc, const CrYaml *key, const CrYaml *node)
{
  const char *name = key ? cr_yaml_get_text(key) : "";
  if (!strcmp(name, "notif"))
    for (guint i = 0; i < cr_yaml_get_length(node); i++)
      read_way(settings, cr_yaml_get_key(node, i) ? cr_yaml_get_text(cr_yaml_get_key(node, i)) : "");
  else if (!strcmp(name, "watch"))
    read_watch(settings);
  else if (!strcmp(name, "providers"))
    read_providers(settings->import, doc, node);
  else if (!strcmp(name, "image"))
    add_named(settings->import, doc, node);
  else if (!strcmp(name, "regopts"))
    cr_import_lose(settings->import, settings->place,
                   "passwords of registries are not repeated: careen has those of docker login");
  else if (strcmp(name, "db") != 0 && strcmp(name, "defaults") != 0)
    cr_import_lose(settings->import, settings->place, "'%s' has no equivalent", name);
}

static gboolean read_file(CrImport *import, const CrImportSource *source, GError **error)
{
  (void)error;
  const CrYaml *root = cr_yaml_doc_get_root(source->yaml, 0);
  if (cr_yaml_get_type(root) == CR_YAML_LIST) /* of the file provider */
    add_named(import, source->yaml, root);
  for (guint i = 0; cr_yaml_get_type(root) == CR_YAML_MAP && i < cr_yaml_get_length(root); i++) {
    const CrYaml *key = cr_yaml_get_key(root, i);
    g_autofree char *place = cr_yaml_format_place(source->yaml, key ? key : root);
    Settings settings = {import, root, NULL, place};
    read_member(&settings, source->yaml, key, cr_yaml_get_element(root, i));
  }
  return TRUE;
}

const CrImportKind cr_import_diun = {
    .kind = "diun",
    .is_yaml = TRUE,
    .names = (const char *const[]){"diun.y*ml", ".diun.y*ml", NULL},
    .is = is,
    .read = read_file,
};

/* ---- labels and variables ---- */

static int compare_text(gconstpointer a, gconstpointer b)
{
  return strcmp(a, b);
}

/* DIUN_NOTIF_MAIL_HOST, …: each way once; DIUN_WATCH_SCHEDULE. */
void cr_import_read_diun_variables(CrImport *import, GHashTable *variables, const char *place)
{
  static const char *const fine[] = {"DIUN_WATCH_", "DIUN_DB_", "DIUN_DEFAULTS_", "DIUN_PROVIDERS_DOCKER"};
  Settings settings = {import, NULL, variables, place};
  g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(variables), compare_text);
  g_autofree char *last = g_strdup("");
  for (const GList *at = names; at; at = at->next) {
    const char *name = at->data;
    gboolean known = !g_str_has_prefix(name, "DIUN_");
    for (guint i = 0; i < G_N_ELEMENTS(fine); i++)
      known = known || g_str_has_prefix(name, fine[i]);
    if (g_str_has_prefix(name, "DIUN_NOTIF_")) {
      const char *way = name + strlen("DIUN_NOTIF_");
      g_autofree char *upper = g_strndup(way, strcspn(way, "_")), *lower = g_ascii_strdown(upper, -1);
      if (strcmp(lower, last) != 0)
        read_way(&settings, lower);
      g_free(last);
      last = g_steal_pointer(&lower);
    } else if (!known)
      cr_import_lose(import, place, "%s has no equivalent", name);
  }
  read_watch(&settings);
}

static void read_labels(CrImport *import, const CrImportContainer *container, gboolean by_default)
{
  g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(container->labels), compare_text);
  const char *enable = g_hash_table_lookup(container->labels, "diun.enable");
  if (container->image && (enable ? cr_import_is_true(enable) : by_default))
    cr_import_add_image(import, container->image, TELLS_ONLY, FALSE, container->place);
  for (const GList *at = names; at; at = at->next) {
    const char *name = at->data;
    if (!strcmp(name, "diun.watch_repo") || g_str_has_suffix(name, "clude_tags") || !strcmp(name, "diun.max_tags") ||
        !strcmp(name, "diun.sort_tags"))
      cr_import_lose(import, container->place,
                     "the label %s has no equivalent: careen looks at the tag that runs, not at new tags", name);
    else if (g_str_has_prefix(name, "diun.") && strcmp(name, "diun.enable") != 0)
      cr_import_note(import, container->place, "the label %s means nothing to careen", name);
  }
}

static gboolean is_diun(const CrImportContainer *container)
{
  g_autofree char *name = container->image ? g_strndup(container->image, strcspn(container->image, ":@")) : NULL;
  return name && (g_str_has_suffix(name, "/diun") || !strcmp(name, "diun"));
}

void cr_import_read_diun_labels(CrImport *import, const GPtrArray *containers)
{
  gboolean by_default = FALSE;
  for (guint i = 0; i < containers->len; i++) {
    const CrImportContainer *container = containers->pdata[i];
    if (!is_diun(container))
      continue;
    by_default = cr_import_is_true(g_hash_table_lookup(container->variables, "DIUN_PROVIDERS_DOCKER_WATCHBYDEFAULT"));
    cr_import_read_diun_variables(import, container->variables, container->place);
  }
  for (guint i = 0; i < containers->len; i++)
    if (!is_diun(containers->pdata[i]))
      read_labels(import, containers->pdata[i], by_default);
}
