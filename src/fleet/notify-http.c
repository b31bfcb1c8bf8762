/* SPDX-License-Identifier: Apache-2.0 */
/* webhook: careen.notice/1 by POST. ntfy (docs.ntfy.sh/publish): the text, with its subject as a title. */
#include <string.h>

#include "base/error.h"
#include "base/http-private.h"
#include "fleet/notify.h"

#define NTFY_BYTES 4000U /* longer ones become attachments */

/* The path of a webhook or a topic is often all its secret: the client's own words name it, ours do not. */
static void hide_address(const CrNotifyTarget *target, GError **error)
{
  if (!error || !*error)
    return;
  g_autofree char *address = cr_http_format_url(target->target), *quoted = g_strdup_printf("'%s'", address);
  const char *at = strstr((*error)->message, quoted);
  g_autofree char *message =
      at ? g_strdup_printf("%.*sit%s", (int)(at - (*error)->message), (*error)->message, at + strlen(quoted)) : NULL;
  if (message) {
    g_free((*error)->message);
    (*error)->message = g_steal_pointer(&message);
  }
}

static gboolean post(const CrNotifyTarget *target, const char *body, gsize size, const char *const *own, GError **error)
{
  g_autofree char *secret = NULL;
  if (!cr_notify_read_secret(target, &secret, error))
    return FALSE;
  g_autoptr(GPtrArray) headers = g_ptr_array_new();
  for (guint i = 0; own[i]; i++)
    g_ptr_array_add(headers, (gpointer)own[i]);
  if (secret)
    g_ptr_array_add(headers, secret);
  for (guint i = 0; target->headers[i]; i++)
    g_ptr_array_add(headers, (gpointer)target->headers[i]);
  g_ptr_array_add(headers, NULL);
  const CrHttpOptions options = {0};
  g_autoptr(CrHttp) http = cr_http_new(&options);
  g_autoptr(GBytes) bytes = g_bytes_new_static(body, size);
  CrHttpRequest request = {.method = "POST",
                           .url = target->target,
                           .headers = (const char *const *)headers->pdata,
                           .body = bytes,
                           .max_bytes = 64 * 1024,
                           .timeout_ms = CR_NOTIFY_SECONDS * 1000,
                           .stall_ms = CR_NOTIFY_SECONDS * 1000,
                           .no_retry = TRUE,
                           .no_redirect = TRUE};
  g_autoptr(CrHttpResponse) response = cr_http_fetch(http, &request, error);
  if (!response) {
    hide_address(target, error);
    return FALSE;
  }
  if (response->status >= 200 && response->status < 300)
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "it answered %d%s", response->status,
              response->status / 100 == 3 ? ", which sends elsewhere, and that is not followed" : "");
  return FALSE;
}

static gboolean tell_webhook(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice,
                             GError **error)
{
  (void)config;
  const char *const headers[] = {"Content-Type: application/json", NULL};
  return post(target, notice->json, strlen(notice->json), headers, error);
}

static gboolean tell_ntfy(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice,
                          GError **error)
{
  (void)config;
  g_autofree char *word = cr_notify_encode_header(notice->subject);
  g_strdelimit(word, "\n", ' '); /* HTTP knows no folded headers any more */
  g_autofree char *title = g_strconcat("Title: ", word, NULL);
  const char *const headers[] = {"Content-Type: text/plain; charset=utf-8", title,
                                 notice->failure ? "Priority: high" : "Priority: default", "Tags: careen", NULL};
  gsize size = strlen(notice->text), bytes = MIN(size, NTFY_BYTES);
  while (bytes < size && bytes > 1 && ((guchar)notice->text[bytes] & 0xc0) == 0x80)
    bytes--;
  return post(target, notice->text, bytes, headers, error);
}

const CrNotifyKind cr_notify_webhook = {.kind = "webhook", .tell = tell_webhook};
const CrNotifyKind cr_notify_ntfy = {.kind = "ntfy", .tell = tell_ntfy};
