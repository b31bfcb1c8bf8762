/* SPDX-License-Identifier: Apache-2.0 */
/* unattended-upgrades' 50unattended-upgrades: the same words, for images. */
#include <string.h>

#include "fleet/window.h"
#include "import/import.h"
#include "vendor/apt.h"

#define PREFIX "unattended-upgrade::"

static gboolean is(const CrImportSource *source)
{
  return strstr(source->text, "Unattended-Upgrade::") != NULL;
}

/* ---- values ---- */

static void read_origin(CrImport *import, const char *value, const char *place)
{
  static const char *const words[] = {"origin", "o", "archive",   "suite", "a",    "codename", "n",
                                      "label",  "l", "component", "c",     "site", NULL};
  g_auto(GStrv) parts = g_strsplit(value, ",", -1);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; parts[i]; i++) {
    g_auto(GStrv) pair = g_strsplit(g_strstrip(parts[i]), "=", 2);
    if (!pair[0] || !pair[1] || !*pair[1] || !g_strv_contains(words, pair[0])) {
      cr_import_lose(import, place, "the origin '%s' is left out: '%s' is not known", value, parts[i]);
      return;
    }
    g_string_append_printf(text, "%s%s=%s", i ? "," : "", pair[0], pair[1]);
  }
  cr_import_add_text(import, import->origins, text->str);
}

/* "${distro_id}:${distro_codename}-security": origin and archive. */
static void read_allowed(CrImport *import, const char *value, const char *place)
{
  g_auto(GStrv) pair = g_strsplit(value, ":", 2);
  g_autofree char *text = pair[0] && pair[1] ? g_strdup_printf("origin=%s,archive=%s", pair[0], pair[1]) : NULL;
  if (text && *pair[0] && *pair[1] && !strpbrk(value, ",="))
    cr_import_add_text(import, import->origins, text);
  else
    cr_import_lose(import, place, "the origin '%s' is left out: it is not ORIGIN:ARCHIVE", value);
}

/* A regular expression that is met from the beginning of a name, as a glob that holds as much; where there is none
 * such, *WIDER and one that holds more: nothing is updated that was not before. */
static char *make_glob(const char *text, gboolean *wider)
{
  g_autoptr(GString) glob = g_string_new(NULL);
  gboolean whole = FALSE;
  *wider = strchr(text, '|') != NULL;
  for (const char *at = text + (*text == '^'); *at && !*wider; at++) {
    if (*at == '$' && !at[1])
      whole = TRUE;
    else if (*at == '\\' && at[1] && strchr(".+-", at[1]) && !strchr("?*{+", at[2] ? at[2] : ' '))
      g_string_append_c(glob, *++at);
    else if (*at == '.' && at[1] == '*') {
      g_string_append_c(glob, '*');
      at++;
    } else if (at[1] && strchr("?*{+", at[1]))
      *wider = TRUE;
    else if (*at == '.')
      g_string_append_c(glob, '?');
    else if (g_ascii_isalnum(*at) || *at == '-')
      g_string_append_c(glob, *at);
    else
      *wider = TRUE;
  }
  if (*wider && strchr(text, '|'))
    g_string_truncate(glob, 0);
  if ((!whole || *wider) && !g_str_has_suffix(glob->str, "*"))
    g_string_append_c(glob, '*');
  return g_string_free(g_steal_pointer(&glob), FALSE);
}

static void read_hold(CrImport *import, const char *value, const char *place)
{
  gboolean wider = FALSE;
  g_autofree char *glob = make_glob(value, &wider);
  if (!*value)
    return;
  cr_import_add_text(import, import->hold, glob);
  if (wider)
    cr_import_lose(import, place,
                   "the blacklist's '%s' is a regular expression without a glob: hold: has '%s', which "
                   "holds more",
                   value, glob);
}

static void read_mail(CrImport *import, const char *value, const char *place)
{
  (void)place;
  cr_import_add_mail_to(import, value);
}

static void read_sender(CrImport *import, const char *value, const char *place)
{
  cr_import_add_mail_server(import, &(CrImportMail){.sender = value}, place);
}

static void read_report(CrImport *import, const char *value, const char *place)
{
  static const char *const words[] = {"always", "only-on-error", "on-change", NULL};
  if (g_strv_contains(words, value))
    cr_import_set(import, &import->report, "report", value, place);
  else
    cr_import_lose(import, place, "MailReport '%s' is none of always, only-on-error, on-change", value);
}

static void read_only_error(CrImport *import, const char *value, const char *place)
{
  if (cr_import_is_true(value))
    cr_import_set(import, &import->report, "report", "only-on-error", place);
}

static void read_minimal(CrImport *import, const char *value, const char *place)
{
  cr_import_set(import, &import->minimal_steps, "minimal-steps", cr_import_is_true(value) ? "yes" : "no", place);
}

static void read_metered(CrImport *import, const char *value, const char *place)
{
  cr_import_set(import, &import->metered, "metered", cr_import_is_true(value) ? "no" : "yes", place);
}

static void read_syslog(CrImport *import, const char *value, const char *place)
{
  if (cr_import_is_true(value))
    cr_import_set(import, &import->journal, "journal", "yes", place);
}

static const struct {
  const char *name;
  void (*read)(CrImport *import, const char *value, const char *place);
} rows[] = {
    {"origins-pattern::", read_origin},
    {"allowed-origins::", read_allowed},
    {"package-blacklist::", read_hold},
    {"mail", read_mail},
    {"sender", read_sender},
    {"mailreport", read_report},
    {"mailonlyonerror", read_only_error},
    {"minimalsteps", read_minimal},
    {"skip-updates-on-metered-connections", read_metered},
    {"syslogenable", read_syslog},
};

/* ---- days ---- */

static void read_days(CrImport *import, const char *values, const char *place)
{
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  g_autoptr(GString) text = g_string_new(NULL);
  g_auto(GStrv) list = g_strsplit(values, "\n", -1);
  for (guint i = 0; list[i]; i++) {
    guint day = G_N_ELEMENTS(days);
    for (guint d = 0; d < G_N_ELEMENTS(days); d++)
      if (!g_ascii_strncasecmp(days[d], list[i], 3) || (list[i][0] == (char)('0' + d) && !list[i][1]))
        day = d;
    if (day < G_N_ELEMENTS(days))
      g_string_append_printf(text, "%s%s", text->len ? "," : "", days[day]);
    else
      cr_import_lose(import, place, "Update-Days '%s' is no day", list[i]);
  }
  g_string_append(text, " 00:00+24h");
  g_autoptr(CrWindow) window = text->len ? cr_window_parse(text->str, NULL) : NULL;
  if (window)
    cr_import_set(import, &import->window, "window", text->str, place);
}

/* ---- the file ---- */

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_setting(CrImport *import, const char *name, const char *value, const char *place)
{
  if (!g_strcmp0(name, "update-days::")) {
    read_days(import, value, place);
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (strcmp(rows[i].name, name) != 0)
      continue;
    g_auto(GStrv) list = g_strsplit(value, "\n", -1);
    for (guint k = 0; list[k]; k++)
      rows[i].read(import, list[k], place);
    return;
  }
  if (*value && !g_str_has_suffix(name, "verbose") && !g_str_has_suffix(name, "debug") &&
      g_ascii_strcasecmp(value, "false") != 0)
    cr_import_lose(import, place, "Unattended-Upgrade::%s has no equivalent", name);
}

/* Only named: what it includes is on another machine, or this one's own. */
static void tell_directives(CrImport *import, const CrImportSource *source)
{
  g_auto(GStrv) lines = g_strsplit(source->text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *line = g_strstrip(lines[i]);
    if (g_str_has_prefix(line, "#include"))
      cr_import_lose(import, cr_import_format_line(import, source->name, i + 1), "what '%s' names is not read", line);
    else if (g_str_has_prefix(line, "#clear"))
      cr_import_note(import, cr_import_format_line(import, source->name, i + 1),
                     "'%s' clears what this file has said before, not what others say", line);
  }
}

static gboolean read_file(CrImport *import, const CrImportSource *source, GError **error)
{
  g_autoptr(GHashTable) settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  if (!cr_apt_config_parse(settings, source->text, source->size, error)) {
    g_prefix_error(error, "cannot read '%s': ", source->name);
    return FALSE;
  }
  guint count = 0;
  g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(settings, &count);
  qsort(names, count, sizeof *names, compare_names);
  guint origins = import->origins->len;
  for (guint i = 0; i < count; i++)
    if (g_str_has_prefix(names[i], PREFIX))
      read_setting(import, names[i] + strlen(PREFIX), g_hash_table_lookup(settings, names[i]),
                   cr_arena_printf(import->arena, "'%s'", source->name));
    else if (*(const char *)g_hash_table_lookup(settings, names[i]))
      cr_import_lose(import, cr_arena_printf(import->arena, "'%s'", source->name), "%s has no equivalent", names[i]);
  tell_directives(import, source);
  gboolean named = g_hash_table_contains(settings, PREFIX "origins-pattern::") ||
                   g_hash_table_contains(settings, PREFIX "allowed-origins::");
  if (import->origins->len > origins) /* it takes whatever these have, security or not */
    cr_import_set(import, &import->updates, "updates", "all", source->name);
  else if (named) {
    cr_import_add_text(import, import->hold, "*");
    cr_import_lose(import, source->name, "none of its origins could be kept: everything is held until origins: is set");
  }
  return TRUE;
}

const CrImportKind cr_import_unattended = {
    .kind = "unattended-upgrades",
    .names = (const char *const[]){"*unattended-upgrades*", NULL},
    .is = is,
    .read = read_file,
};
