/* SPDX-License-Identifier: Apache-2.0 */
/* watchtower (containrrr, nickfedor): its labels on containers, and its own flags and variables. */
#include <string.h>

#include "base/number.h"
#include "import/import.h"

#define LABEL    "com.centurylinklabs.watchtower."
#define VARIABLE "WATCHTOWER_"

typedef struct {
  CrImport *import;
  GHashTable *options; /* name of a flag → value */
  GPtrArray *only;     /* names of containers, its arguments */
  const char *place;   /* of the tool's own settings; NULL: they are not known */
  const char *zone;
} Watchtower;

/* ---- its own settings ---- */

typedef void (*Take)(Watchtower *tower, const char *value);

static void take_interval(Watchtower *tower, const char *value)
{
  guint64 seconds = 0;
  g_autofree char *text = g_strdup_printf("%ss", value);
  if (cr_number_parse_unsigned(value, 1, 10 * 365 * 86400ULL, &seconds))
    cr_import_set(tower->import, &tower->import->interval, "interval", text, tower->place);
  else
    cr_import_lose(tower->import, tower->place, "the interval '%s' is no number of seconds", value);
}

static void take_schedule(Watchtower *tower, const char *value)
{
  cr_import_read_schedule(tower->import, value, tower->zone, TRUE, tower->place);
}

static void take_urls(Watchtower *tower, const char *value)
{
  cr_import_add_shoutrrr(tower->import, value, tower->place);
}

static const char *find(const Watchtower *tower, const char *name)
{
  const char *value = g_hash_table_lookup(tower->options, name);
  return value && *value ? value : NULL;
}

static void take_notifications(Watchtower *tower, const char *value)
{
  g_auto(GStrv) kinds = g_strsplit_set(value, " ,", -1);
  for (guint i = 0; kinds[i]; i++) {
    if (!strcmp(kinds[i], "email")) {
      CrImportMail mail = {.host = find(tower, "notification-email-server"),
                           .port = find(tower, "notification-email-server-port"),
                           .user = find(tower, "notification-email-server-user"),
                           .sender = find(tower, "notification-email-from"),
                           .secret = "watchtower's notification-email-server-password"};
      cr_import_add_mail_server(tower->import, &mail, tower->place);
      if (find(tower, "notification-email-to"))
        cr_import_add_mail_to(tower->import, find(tower, "notification-email-to"));
    } else if (*kinds[i] && strcmp(kinds[i], "shoutrrr") != 0)
      cr_import_lose(tower->import, tower->place,
                     "notifications by %s have no equivalent: careen has mail, webhook, ntfy, command", kinds[i]);
  }
}

/* What has a meaning elsewhere, or none that matters, is TAKE NULL with WHY NULL. */
static const struct {
  const char *name, *letter; /* of the flag */
  const char *variable;      /* where it is not the name in capitals */
  gboolean has_value;
  Take take;
  const char *why; /* it is lost */
} options[] = {
    {"interval", "i", "POLL_INTERVAL", TRUE, take_interval, NULL},
    {"schedule", "s", NULL, TRUE, take_schedule, NULL},
    {"label-enable", "e", NULL, FALSE, NULL, NULL},
    {"label-take-precedence", "", NULL, FALSE, NULL, NULL},
    {"monitor-only", "m", NULL, FALSE, NULL, NULL},
    {"no-pull", "", NULL, FALSE, NULL, NULL},
    {"no-restart", "", NULL, FALSE, NULL, NULL},
    {"scope", "", NULL, TRUE, NULL, NULL},
    {"disable-containers", "x", NULL, TRUE, NULL, NULL},
    {"notifications", "n", NULL, TRUE, take_notifications, NULL},
    {"notification-url", "", NULL, TRUE, take_urls, NULL},
    {"notification-email-from", "", NULL, TRUE, NULL, NULL},
    {"notification-email-to", "", NULL, TRUE, NULL, NULL},
    {"notification-email-server", "", NULL, TRUE, NULL, NULL},
    {"notification-email-server-port", "", NULL, TRUE, NULL, NULL},
    {"notification-email-server-user", "", NULL, TRUE, NULL, NULL},
    {"notification-email-server-password", "", NULL, TRUE, NULL, NULL},
    {"notification-email-subjecttag", "", NULL, TRUE, NULL, NULL},
    {"notification-email-delay", "", NULL, TRUE, NULL, NULL},
    {"notifications-level", "", NULL, TRUE, NULL, NULL},
    {"notification-email-server-tls-skip-verify", "", NULL, FALSE, NULL, "careen always looks at certificates"},
    {"cleanup", "c", NULL, FALSE, NULL, NULL},
    {"rolling-restart", "", NULL, FALSE, NULL, NULL},
    {"run-once", "R", NULL, FALSE, NULL, NULL},
    {"debug", "d", NULL, FALSE, NULL, NULL},
    {"trace", "", NULL, FALSE, NULL, NULL},
    {"log-level", "", NULL, TRUE, NULL, NULL},
    {"log-format", "l", NULL, TRUE, NULL, NULL},
    {"no-color", "", NULL, FALSE, NULL, NULL},
    {"no-startup-message", "", NULL, FALSE, NULL, NULL},
    {"notification-report", "", NULL, FALSE, NULL, NULL},
    {"host", "H", "DOCKER_HOST", TRUE, NULL, "careen asks the engine of DOCKER_HOST"},
    {"api-version", "a", "DOCKER_API_VERSION", TRUE, NULL, NULL},
    {"stop-timeout", "t", "TIMEOUT", TRUE, NULL, "the container's own stop timeout holds (stop_grace_period)"},
    {"include-stopped", "S", NULL, FALSE, NULL, "careen leaves stopped containers alone"},
    {"include-restarting", "", NULL, FALSE, NULL, "careen leaves containers that keep restarting alone"},
    {"revive-stopped", "", NULL, FALSE, NULL, "careen starts nothing that was stopped"},
    {"remove-volumes", "", NULL, FALSE, NULL, "careen removes no volume"},
    {"enable-lifecycle-hooks", "", "LIFECYCLE_HOOKS", FALSE, NULL,
     "hooks are the labels careen.hook.pre and careen.hook.post"},
    {"http-api-update", "", NULL, FALSE, NULL, "nothing is started from the network: run careen apply"},
    {"http-api-metrics", "", NULL, FALSE, NULL, "set listen: for careen's own metrics"},
    {"http-api-token", "", NULL, TRUE, NULL, "careen watch has no API"},
    {"notification-template", "", NULL, TRUE, NULL, "notices have one form; notify: command is given it as JSON"},
};

static gssize find_option(const char *name, gsize length, gboolean letter)
{
  for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
    const char *own = letter ? options[i].letter : options[i].name;
    if (strlen(own) == length && length && !strncmp(own, name, length))
      return (gssize)i;
  }
  return -1;
}

static void read_variables(Watchtower *tower, GHashTable *variables)
{
  for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
    g_autofree char *upper = g_ascii_strup(options[i].variable ? options[i].variable : options[i].name, -1);
    g_strdelimit(upper, "-", '_');
    g_autofree char *name = g_str_has_prefix(upper, "DOCKER_") ? g_strdup(upper) : g_strconcat(VARIABLE, upper, NULL);
    const char *value = g_hash_table_lookup(variables, name);
    if (value && *value && (options[i].has_value || cr_import_is_true(value)))
      g_hash_table_replace(tower->options, (gpointer)options[i].name, (gpointer)value);
    g_hash_table_remove(variables, name);
  }
  const char *zone = g_hash_table_lookup(variables, "TZ");
  tower->zone = zone && *zone ? zone : tower->zone;
}

static int compare_text(gconstpointer a, gconstpointer b)
{
  return strcmp(a, b);
}

/* Those that no row has. */
static void tell_rest(const Watchtower *tower, GHashTable *variables)
{
  g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(variables), compare_text);
  for (const GList *at = names; at; at = at->next)
    if (g_str_has_prefix(at->data, VARIABLE))
      cr_import_lose(tower->import, tower->place, "%s has no equivalent", (const char *)at->data);
}

static void read_command(Watchtower *tower, const GPtrArray *command)
{
  for (guint i = 0; i < command->len; i++) {
    const char *word = command->pdata[i];
    if (*word != '-') {
      g_ptr_array_add(tower->only, (gpointer)word);
      continue;
    }
    gboolean letter = word[1] != '-';
    const char *name = word + (letter ? 1 : 2), *equals = strchr(name, '=');
    gssize found = find_option(name, equals ? (gsize)(equals - name) : strlen(name), letter);
    if (found < 0) { /* the word behind it may be its value or a container: neither is guessed */
      cr_import_lose(tower->import, tower->place, "the flag '%s' is not known", word);
      continue;
    }
    const char *value = equals                      ? equals + 1
                        : !options[found].has_value ? "true"
                        : i + 1 < command->len      ? command->pdata[++i]
                                                    : "";
    if (options[found].has_value || cr_import_is_true(value))
      g_hash_table_replace(tower->options, (gpointer)options[found].name, (gpointer)value);
    else
      g_hash_table_remove(tower->options, options[found].name);
  }
}

static void apply_options(Watchtower *tower)
{
  for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
    const char *value = find(tower, options[i].name);
    if (value && options[i].take)
      options[i].take(tower, value);
    else if (value && options[i].why)
      cr_import_lose(tower->import, tower->place, "%s has no equivalent: %s", options[i].name, options[i].why);
  }
  if (!find(tower, "interval") && !find(tower, "schedule"))
    cr_import_set(tower->import, &tower->import->interval, "interval", "24h", tower->place);
  if (find(tower, "cleanup"))
    cr_import_note(tower->import, tower->place, "careen keeps the container and image of before for keep: (7d)");
}

/* ---- containers ---- */

static const char *find_label(const CrImportContainer *container, const char *name)
{
  g_autofree char *whole = g_strconcat(LABEL, name, NULL);
  return g_hash_table_lookup(container->labels, whole);
}

static gboolean is_watchtower(const CrImportContainer *container)
{
  g_autofree char *name = container->image ? g_strndup(container->image, strcspn(container->image, ":@")) : NULL;
  return name && (g_str_has_suffix(name, "/watchtower") || cr_import_is_true(find_label(container, "watchtower")));
}

/* Could NAME be this container's? */
static gboolean is_called(const CrImportContainer *container, const char *name)
{
  const char *plain = name + (*name == '/');
  if (strpbrk(plain, "*?")) /* no name, and would be a glob for us */
    return FALSE;
  return g_pattern_match_simple(container->name, plain) ||
         (container->older && g_pattern_match_simple(container->older, plain));
}

static gboolean is_watched(const Watchtower *tower, const CrImportContainer *container)
{
  const char *enable = find_label(container, "enable"), *scope = find_label(container, "scope");
  if (enable ? !cr_import_is_true(enable) : find(tower, "label-enable") != NULL)
    return FALSE;
  if (find(tower, "scope") && g_strcmp0(find(tower, "scope"), scope) != 0)
    return FALSE;
  gboolean among = !tower->only->len;
  for (guint i = 0; i < tower->only->len; i++)
    among = among || is_called(container, tower->only->pdata[i]);
  g_auto(GStrv) not =
      g_strsplit_set(find(tower, "disable-containers") ? find(tower, "disable-containers") : "", ", ", -1);
  for (guint i = 0; not [i]; i++)
    among = among && !is_called(container, not [i]);
  return among;
}

static gboolean has(const Watchtower *tower, const CrImportContainer *container, const char *name)
{
  const char *label = find_label(container, name);
  gboolean all = find(tower, name) != NULL;
  return label && find(tower, "label-take-precedence") ? cr_import_is_true(label) : all || cr_import_is_true(label);
}

static void tell_labels(const Watchtower *tower, const CrImportContainer *container)
{
  static const char *const known[] = {"enable", "monitor-only", "no-pull", "scope", "watchtower", NULL};
  g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(container->labels), compare_text);
  for (const GList *at = names; at; at = at->next) {
    const char *name = at->data, *own = g_str_has_prefix(name, LABEL) ? name + strlen(LABEL) : NULL;
    if (!own || g_strv_contains(known, own))
      continue;
    if (!strcmp(own, "depends-on"))
      cr_import_lose(tower->import, container->place,
                     "the label %s has no equivalent: careen goes by Compose's depends_on, "
                     "networks and volumes",
                     name);
    else if (g_str_has_prefix(own, "lifecycle."))
      cr_import_lose(tower->import, container->place,
                     "the label %s has no equivalent: set careen.hook.pre or careen.hook.post", name);
    else
      cr_import_lose(tower->import, container->place, "the label %s has no equivalent", name);
  }
}

/* Where it was told names, those and no glob. */
static void add_names(const Watchtower *tower, const CrImportContainer *container)
{
  static const char *const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-?";
  for (guint i = 0; i < tower->only->len; i++) {
    const char *name = tower->only->pdata[i];
    if (is_called(container, name))
      cr_import_add_text(tower->import, tower->import->containers, name + (*name == '/'));
  }
  if (tower->only->len)
    return;
  if (container->name[strspn(container->name, plain)] || !*container->name) {
    cr_import_lose(tower->import, container->place, "'%s' is no name of a container", container->name);
    return;
  }
  cr_import_add_text(tower->import, tower->import->containers, container->name);
  if (container->older)
    cr_import_add_text(tower->import, tower->import->containers, container->older);
}

static void add_container(const Watchtower *tower, const CrImportContainer *container)
{
  tell_labels(tower, container);
  if (!is_watched(tower, container))
    return;
  if (!container->image) {
    cr_import_note(tower->import, container->place,
                   "its image is only built: name it with image:, for careen to rebuild it");
    return;
  }
  gboolean tells = has(tower, container, "monitor-only");
  if (!cr_import_add_image(tower->import, container->image, tells || has(tower, container, "no-pull") ? "[]" : "[pull]",
                           find(tower, "no-restart") != NULL, container->place))
    return;
  if (!tells)
    add_names(tower, container);
}

/* Does anything of it speak of watchtower? */
static gboolean is_used(const GPtrArray *containers)
{
  for (guint i = 0; i < containers->len; i++) {
    const CrImportContainer *container = containers->pdata[i];
    g_autoptr(GList) names = g_hash_table_get_keys(container->labels);
    if (is_watchtower(container))
      return TRUE;
    for (const GList *at = names; at; at = at->next)
      if (g_str_has_prefix(at->data, LABEL))
        return TRUE;
  }
  return FALSE;
}

static void read_own(Watchtower *tower, const GPtrArray *containers)
{
  for (guint i = 0; i < containers->len; i++) {
    const CrImportContainer *container = containers->pdata[i];
    if (!is_watchtower(container))
      continue;
    if (tower->place) {
      cr_import_lose(tower->import, container->place, "there is a second watchtower, whose settings are left out");
      continue;
    }
    tower->place = container->place;
    read_variables(tower, container->variables);
    tell_rest(tower, container->variables);
    read_command(tower, container->command);
  }
}

static void add_all(Watchtower *tower, const GPtrArray *containers)
{
  read_own(tower, containers);
  if (tower->place)
    apply_options(tower);
  else /* whether it takes all or only what is labelled is not known: only what is labelled is taken */
    cr_import_lose(tower->import, ((const CrImportContainer *)containers->pdata[0])->place,
                   "watchtower itself is not in the file: only containers with its label enable=true are taken");
  if (!tower->place)
    g_hash_table_replace(tower->options, (gpointer) "label-enable", (gpointer) "true");
  for (guint i = 0; i < containers->len; i++)
    if (!is_watchtower(containers->pdata[i]))
      add_container(tower, containers->pdata[i]);
}

void cr_import_read_watchtower(CrImport *import, const GPtrArray *containers, GHashTable *variables, const char *place)
{
  g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) only = g_ptr_array_new();
  Watchtower tower = {import, values, only, place, NULL};
  if (containers) {
    if (is_used(containers))
      add_all(&tower, containers);
    return;
  }
  read_variables(&tower, variables);
  tell_rest(&tower, variables);
  if (!g_hash_table_size(values))
    return;
  apply_options(&tower);
  cr_import_lose(import, place,
                 "which containers watchtower updates is in their labels: give the Compose file or what "
                 "docker inspect prints, too");
}
