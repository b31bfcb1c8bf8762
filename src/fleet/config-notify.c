/* SPDX-License-Identifier: Apache-2.0 */
/* notify: who is told. */
#include <string.h>

#include "fleet/config-keys.h"

static gboolean is_word(const char *text)
{
  return text && *text && !strpbrk(text, "\r\n");
}

/* What sendmail would take for an option, and what would be a second header, is no address. */
static gboolean is_address(const char *text)
{
  return is_word(text) && *text != '-' && !strpbrk(text, " ,;<>\t");
}

static CrNotifyTarget *add_target(Reading *reading, CrNotifyConfig *notify, const char *kind)
{
  CrNotifyTarget *target = cr_arena_new0(reading->arena, CrNotifyTarget);
  target->kind = kind;
  target->command = target->headers = cr_strv_empty;
  g_ptr_array_add(notify->targets, target);
  return target;
}

/* ---- one with more to say than its address ---- */

static gboolean read_url(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrNotifyTarget *target = into;
  if (!cr_config_text(reading, node, name, &target->target))
    return FALSE;
  return g_str_has_prefix(target->target, "https://") || g_str_has_prefix(target->target, "http://") ||
         cr_config_refuse(reading, node, "'%s' is an http:// or https:// address", name);
}

static gboolean read_secret(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  return cr_config_path(reading, node, name, &((CrNotifyTarget *)into)->secret_file);
}

static gboolean read_headers(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrNotifyTarget *target = into;
  if (!cr_config_list(reading, node, name, FALSE, &target->headers))
    return FALSE;
  for (guint i = 0; target->headers[i]; i++)
    if (!is_word(target->headers[i]) || !strchr(target->headers[i], ':'))
      return cr_config_refuse(reading, node, "'%s' is a list of \"Name: value\"", name);
  return TRUE;
}

static const CrConfigKey url_keys[] = {
    {"url", read_url, "address"},
    {"token-file", read_secret, "file with the token that is sent as Authorization: Bearer"},
    {"headers", read_headers, "headers of every request, \"Name: value\""},
    {NULL, NULL, NULL},
};

static gboolean read_url_target(Reading *reading, const CrYaml *node, const char *name, CrNotifyTarget *target)
{
  if (cr_yaml_get_type(node) == CR_YAML_TEXT)
    return read_url(reading, node, name, target);
  if (!cr_config_map(reading, node, name, url_keys, target))
    return FALSE;
  return target->target || cr_config_refuse(reading, node, "'%s' needs a url", name);
}

static gboolean read_each(Reading *reading, const CrYaml *node, const char *kind, CrNotifyConfig *notify)
{
  if (cr_yaml_get_type(node) != CR_YAML_LIST)
    return read_url_target(reading, node, kind, add_target(reading, notify, kind));
  for (guint i = 0; i < cr_yaml_get_length(node); i++)
    if (!read_url_target(reading, cr_yaml_get_element(node, i), kind, add_target(reading, notify, kind)))
      return FALSE;
  return TRUE;
}

static gboolean read_webhook(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  (void)name;
  return read_each(reading, node, "webhook", into);
}

static gboolean read_ntfy(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  (void)name;
  return read_each(reading, node, "ntfy", into);
}

/* ---- mail ---- */

static gboolean read_mail(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrStrv list = NULL;
  if (!cr_config_list(reading, node, name, FALSE, &list))
    return FALSE;
  for (guint i = 0; list[i]; i++) {
    if (!is_address(list[i]))
      return cr_config_refuse(reading, node, "'%s' is not one address", list[i]);
    add_target(reading, into, "mail")->target = list[i];
  }
  return TRUE;
}

static gboolean read_sender(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrNotifyConfig *notify = into;
  return cr_config_text(reading, node, name, &notify->sender) &&
         (is_address(notify->sender) || cr_config_refuse(reading, node, "'%s' is not one address", notify->sender));
}

/* A user in the address would be an account without a password, and a path is the name that the server is greeted by.
 */
static gboolean read_server(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrNotifyConfig *notify = into;
  if (!cr_config_text(reading, node, name, &notify->smtp))
    return FALSE;
  const char *host = g_str_has_prefix(notify->smtp, "smtp://")    ? notify->smtp + strlen("smtp://")
                     : g_str_has_prefix(notify->smtp, "smtps://") ? notify->smtp + strlen("smtps://")
                                                                  : "";
  return (*host && is_address(host) && !strpbrk(host, "@/?#")) ||
         cr_config_refuse(reading, node, "'%s' is smtp://HOST[:PORT] or smtps://HOST[:PORT]", name);
}

static gboolean read_smtp_user(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  CrNotifyConfig *notify = into;
  return cr_config_text(reading, node, name, &notify->smtp_user) &&
         (is_word(notify->smtp_user) || cr_config_refuse(reading, node, "'%s' is one line", name));
}

static gboolean read_smtp_password(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  return cr_config_path(reading, node, name, &((CrNotifyConfig *)into)->smtp_password_file);
}

static const CrConfigKey smtp_keys[] = {
    {"url", read_server, "smtp://HOST[:PORT] or smtps://HOST[:PORT]"},
    {"user", read_smtp_user, "who sends there"},
    {"password-file", read_smtp_password, "file with the user's password; it is sent by TLS only"},
    {NULL, NULL, NULL},
};

static gboolean read_smtp(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  const CrNotifyConfig *notify = into;
  if (cr_yaml_get_type(node) == CR_YAML_TEXT)
    return read_server(reading, node, name, into);
  if (!cr_config_map(reading, node, name, smtp_keys, into))
    return FALSE;
  if (!notify->smtp)
    return cr_config_refuse(reading, node, "'%s' needs a url", name);
  return !notify->smtp_user == !notify->smtp_password_file ||
         cr_config_refuse(reading, node, "'%s' needs both user and password-file, or neither", name);
}

/* ---- command, journal, when ---- */

static gboolean read_command(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  return cr_config_list(reading, node, name, FALSE, &add_target(reading, into, "command")->command);
}

static gboolean read_journal(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  gboolean on = FALSE;
  if (!cr_config_switch(reading, node, name, &on))
    return FALSE;
  if (on)
    add_target(reading, into, "journal");
  return TRUE;
}

static gboolean read_report(Reading *reading, const CrYaml *node, const char *name, gpointer into)
{
  static const char *const words[] = {"always", "only-on-error", "on-change", NULL}; /* CrReportWhen's order */
  guint chosen = 0;
  if (!cr_config_choice(reading, node, name, words, &chosen))
    return FALSE;
  ((CrNotifyConfig *)into)->report = (CrReportWhen)chosen;
  return TRUE;
}

static const CrConfigKey notify_keys[] = {
    {"mail", read_mail, "one address, or a list"},
    {"sender", read_sender, "the mails' From (root)"},
    {"smtp", read_smtp, "smtp://HOST[:PORT]; or a map of url, user, password-file; else sendmail"},
    {"webhook", read_webhook, "address that is sent careen.notice/1 as JSON; or a map of url, token-file, headers"},
    {"ntfy", read_ntfy, "address of an ntfy topic; or a map likewise"},
    {"command", read_command, "program and arguments; it gets careen.notice/1 on its standard input"},
    {"journal", read_journal, "write to the system's journal (no)"},
    {"report", read_report, "always, only-on-error or on-change (on-change)"},
    {NULL, NULL, NULL},
};

const CrConfigKey *cr_config_get_notify_keys(void)
{
  return notify_keys;
}

gboolean cr_config_read_notify(Reading *reading, const CrYaml *node, const char *name, CrNotifyConfig *notify)
{
  return cr_config_map(reading, node, name, notify_keys, notify);
}
