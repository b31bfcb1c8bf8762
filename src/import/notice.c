/* SPDX-License-Identifier: Apache-2.0 */
/* Who was told, and by which way. */
#include <string.h>

#include "import/import.h"

/* What config-notify.c takes for an address. */
static gboolean is_address(const char *text)
{
  return *text && *text != '-' && !strpbrk(text, " ,;<>\t\r\n");
}

void cr_import_add_mail_to(CrImport *import, const char *addresses)
{
  g_auto(GStrv) list = g_strsplit_set(addresses, ", \t\r\n", -1);
  for (guint i = 0; list[i]; i++)
    if (is_address(list[i]))
      cr_import_add_text(import, import->mail, list[i]);
}

void cr_import_add_mail_server(CrImport *import, const CrImportMail *mail, const char *place)
{
  if (mail->sender && is_address(mail->sender))
    cr_import_set(import, &import->sender, "sender", mail->sender, place);
  if (!mail->host || !*mail->host)
    return;
  g_autofree char *url = g_strdup_printf("%s://%s%s%s", mail->tls ? "smtps" : "smtp", mail->host,
                                         mail->port && *mail->port ? ":" : "", mail->port ? mail->port : "");
  if (!is_address(url) || strpbrk(url, "@?#") || strchr(strstr(url, "://") + 3, '/')) {
    cr_import_lose(import, place, "'%s' is no mail server", mail->host);
    return;
  }
  cr_import_set(import, &import->smtp, "smtp", url, place);
  if (!mail->user || !*mail->user || strpbrk(mail->user, "\r\n"))
    return;
  cr_import_set(import, &import->smtp_user, "smtp: user", mail->user, place);
  cr_import_note(import, place, "the password%s%s is not repeated: write it to /etc/careen/smtp-password",
                 mail->secret ? " of " : "", mail->secret ? mail->secret : "");
}

/* ---- Shoutrrr ---- */

static const char *find_query(GHashTable *query, const char *name)
{
  const char *value = query ? g_hash_table_lookup(query, name) : NULL;
  return value && *value ? value : NULL;
}

static void add_smtp(CrImport *import, GUri *uri, const char *place)
{
  const char *query_text = g_uri_get_query(uri);
  g_autoptr(GHashTable) query =
      query_text ? g_uri_parse_params(query_text, -1, "&", G_URI_PARAMS_CASE_INSENSITIVE, NULL) : NULL;
  g_autofree char *port = g_uri_get_port(uri) > 0 ? g_strdup_printf("%d", g_uri_get_port(uri)) : NULL;
  const char *sender = find_query(query, "fromaddress"), *to = find_query(query, "toaddresses");
  to = to ? to : find_query(query, "to");
  CrImportMail mail = {.host = g_uri_get_host(uri),
                       .port = port,
                       .user = g_uri_get_user(uri),
                       .sender = sender ? sender : find_query(query, "from"),
                       .secret = "the smtp:// address"};
  cr_import_add_mail_server(import, &mail, place);
  if (to)
    cr_import_add_mail_to(import, to);
}

static void add_url(CrImport *import, const char *text, const char *place)
{
  g_autofree char *scheme = g_uri_parse_scheme(text);
  g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_QUERY, NULL);
  const char *host = uri ? g_uri_get_host(uri) : NULL, *path = uri ? g_uri_get_path(uri) : "";
  gboolean secret = uri && (g_uri_get_userinfo(uri) || g_uri_get_query(uri));
  gboolean plain = host && *host && !secret && !strpbrk(path, "\r\n\"");
  g_autofree char *port = uri && g_uri_get_port(uri) > 0 ? g_strdup_printf(":%d", g_uri_get_port(uri)) : g_strdup("");
  gboolean clear = scheme && g_str_has_suffix(scheme, "+http");
  g_autofree char *address = plain ? g_strdup_printf("%s://%s%s%s", clear ? "http" : "https", host, port, path) : NULL;
  if (uri && host && *host && !g_strcmp0(scheme, "smtp"))
    add_smtp(import, uri, place);
  else if (address && !g_strcmp0(scheme, "ntfy"))
    cr_import_add_text(import, import->ntfy, address);
  else if (address && scheme && g_str_has_prefix(scheme, "generic")) {
    cr_import_add_text(import, import->webhooks, address);
    cr_import_note(import, place, "the webhook is sent careen.notice/1, which is another JSON");
  } else /* not the address: it is the secret of most of these */
    cr_import_lose(import, place, "a notification by %s has no equivalent%s: careen has mail, webhook, ntfy, command",
                   scheme ? scheme : "an unknown way", plain || !host ? "" : " with what its address holds");
}

void cr_import_add_shoutrrr(CrImport *import, const char *urls, const char *place)
{
  g_auto(GStrv) list = g_strsplit_set(urls, " \t\r\n", -1);
  for (guint i = 0; list[i]; i++)
    if (*list[i])
      add_url(import, list[i], place);
}
