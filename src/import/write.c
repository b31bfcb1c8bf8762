/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, as the careen.yaml and as JSON. */
#include <string.h>

#include "import/import.h"
#include "report/json-parts.h"

/* ---- scalars ---- */

static gboolean is_plain(const char *text)
{
  static const char *const words[] = {"yes", "no", "true", "false", "on", "off", "null", "y", "n", NULL};
  g_autofree char *lower = g_ascii_strdown(text, -1);
  return (g_ascii_isalpha(*text) || *text == '/') &&
         !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@+-")] &&
         !g_strv_contains(words, lower);
}

/* As YAML reads it back, whatever is in it: names and reasons are foreign. */
static void append_scalar(GString *out, const char *text)
{
  if (is_plain(text)) {
    g_string_append(out, text);
    return;
  }
  g_string_append_c(out, '"');
  for (const char *at = text; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    if (c == '"' || c == '\\')
      g_string_append_printf(out, "\\%c", (char)c);
    else if (!g_unichar_isprint(c) || c == 0xfeff)
      g_string_append_printf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
    else
      g_string_append_unichar(out, c);
  }
  g_string_append_c(out, '"');
}

static void append_value(GString *out, const char *indent, const char *key, const char *value)
{
  if (!value)
    return;
  g_string_append_printf(out, "%s%s: ", indent, key);
  append_scalar(out, value);
  g_string_append_c(out, '\n');
}

static void append_list(GString *out, const char *indent, const char *key, const GPtrArray *list)
{
  if (!list->len)
    return;
  g_string_append_printf(out, "%s%s:\n", indent, key);
  for (guint i = 0; i < list->len; i++) {
    g_string_append_printf(out, "%s  - ", indent);
    append_scalar(out, list->pdata[i]);
    g_string_append_c(out, '\n');
  }
}

/* ---- parts ---- */

static void append_comment(GString *out, const char *text)
{
  g_string_append(out, "#   ");
  for (const char *at = text; *at; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    g_string_append_unichar(out, g_unichar_isprint(c) ? c : ' ');
  }
  g_string_append_c(out, '\n');
}

static void append_problems(GString *out, const CrImport *import, CrProblemKind kind, const char *heading)
{
  gboolean any = FALSE;
  for (guint i = 0; i < cr_problems_get_count(import->problems); i++) {
    const CrProblem *problem = cr_problems_get(import->problems, i);
    if (problem->kind != kind)
      continue;
    if (!any)
      g_string_append_printf(out, "#\n# %s\n", heading);
    any = TRUE;
    g_autofree char *line = g_strdup_printf("%s: %s", problem->where, problem->what);
    append_comment(out, line);
  }
}

static void append_images(GString *out, const CrImport *import)
{
  g_string_append(out, import->images->len ? "\nimages:\n" : "");
  for (guint i = 0; i < import->images->len; i++) {
    const CrImportImage *image = import->images->pdata[i];
    g_string_append(out, "  ");
    append_scalar(out, image->name);
    g_string_append_printf(out, ": {policy: {updates: all, actions: %s%s}}\n", image->actions,
                           image->never_restarts ? ", restart: never" : "");
  }
  g_string_append(out, import->containers->len ? "\n" : "");
  append_list(out, "", "containers", import->containers);
}

static void append_policy(GString *out, const CrImport *import)
{
  if (!import->updates && !import->window && !import->minimal_steps && !import->metered && !import->origins->len &&
      !import->hold->len)
    return;
  g_string_append(out, "\npolicy:\n");
  append_value(out, "  ", "updates", import->updates);
  append_list(out, "  ", "origins", import->origins);
  append_list(out, "  ", "hold", import->hold);
  append_value(out, "  ", "window", import->window);
  if (import->minimal_steps) /* switches: a quoted one is another thing in YAML */
    g_string_append_printf(out, "  minimal-steps: %s\n", import->minimal_steps);
  if (import->metered)
    g_string_append_printf(out, "  metered: %s\n", import->metered);
}

static void append_ntfy(GString *out, const CrImport *import)
{
  if (!import->ntfy_token) {
    append_list(out, "  ", "ntfy", import->ntfy);
    return;
  }
  g_string_append(out, import->ntfy->len ? "  ntfy:\n" : "");
  for (guint i = 0; i < import->ntfy->len; i++) {
    g_string_append(out, "    - {url: ");
    append_scalar(out, import->ntfy->pdata[i]);
    g_string_append_printf(out, ", token-file: %s}\n", import->ntfy_token);
  }
}

static void append_notify(GString *out, const CrImport *import)
{
  if (!import->mail->len && !import->webhooks->len && !import->ntfy->len && !import->command->len && !import->journal)
    return;
  g_string_append(out, "\nnotify:\n");
  append_list(out, "  ", "mail", import->mail);
  append_value(out, "  ", "sender", import->sender);
  if (import->smtp && import->smtp_user) {
    g_string_append(out, "  smtp:\n");
    append_value(out, "    ", "url", import->smtp);
    append_value(out, "    ", "user", import->smtp_user);
    append_value(out, "    ", "password-file", "/etc/careen/smtp-password");
  } else
    append_value(out, "  ", "smtp", import->smtp);
  append_list(out, "  ", "webhook", import->webhooks);
  append_ntfy(out, import);
  append_list(out, "  ", "command", import->command);
  if (import->journal)
    g_string_append_printf(out, "  journal: %s\n", import->journal);
  append_value(out, "  ", "report", import->report);
}

static void append_rules(GString *out, const CrImport *import)
{
  g_string_append(out, import->rules->len ? "\nignore:\n" : "");
  for (guint i = 0; i < import->rules->len; i++) {
    const CrImportRule *rule = import->rules->pdata[i];
    const char *const members[][2] = {{"id", rule->id},         {"package", rule->package}, {"path", rule->path},
                                      {"reason", rule->reason}, {"owner", rule->owner},     {"expires", rule->expires}};
    gboolean first = TRUE;
    for (guint k = 0; k < G_N_ELEMENTS(members); k++) {
      append_value(out, first ? "  - " : "    ", members[k][0], members[k][1]);
      first = first && !members[k][1];
    }
  }
}

char *cr_import_format_yaml(const CrImport *import)
{
  g_autoptr(GString) out = g_string_new("# careen.yaml, made by careen import from:\n");
  for (guint i = 0; i < import->files->len; i++) {
    const CrImportFile *file = import->files->pdata[i];
    g_autofree char *line = g_strdup_printf("%s (%s)", file->file, file->kind);
    append_comment(out, line);
  }
  append_problems(out, import, CR_PROBLEM_PARTIAL, "What has no equivalent, and is not in here:");
  append_problems(out, import, CR_PROBLEM_NOTE, "What is not quite the same:");
  append_images(out, import);
  append_policy(out, import);
  append_notify(out, import);
  g_string_append(out, import->fail_on || import->interval ? "\n" : "");
  append_value(out, "", "fail-on", import->fail_on);
  append_value(out, "", "interval", import->interval);
  append_rules(out, import);
  return g_string_free(g_steal_pointer(&out), FALSE);
}

char *cr_import_format_json(const CrImport *import)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  g_autofree char *yaml = cr_import_format_yaml(import);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.import/1");
  cr_json_key(writer, "files");
  cr_json_begin_array(writer);
  for (guint i = 0; i < import->files->len; i++) {
    const CrImportFile *file = import->files->pdata[i];
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "file", file->file);
    cr_json_key_string(writer, "kind", file->kind);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
  cr_json_key_integer(writer, "rules", import->rules->len);
  cr_json_key_string(writer, "yaml", yaml);
  cr_json_key(writer, "problems");
  cr_report_write_problems(writer, import->problems);
  cr_json_end_object(writer);
  return g_strdup(cr_json_writer_get_text(writer, NULL));
}
