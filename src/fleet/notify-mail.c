/* SPDX-License-Identifier: Apache-2.0 */
/* Mail: by the machine's own sendmail, or to an SMTP server by libcurl. */
#include <string.h>

#include "base/error.h"
#include "base/http-private.h"
#include "base/process.h"
#include "fleet/notify.h"

#define LINE_BYTES 900U /* RFC 5321 allows 998 */

/* ---- the message ---- */

char *cr_notify_encode_header(const char *text)
{
  gboolean plain = TRUE;
  for (const char *p = text; plain && *p; p++)
    plain = *p >= ' ' && *p < 0x7f;
  if (plain && !strstr(text, "=?"))
    return g_strdup(text);
  /* words of at most 75 characters, each whole characters (RFC 2047 §2): 45 bytes are 60 of base64 */
  GString *out = g_string_new(NULL);
  while (*text) {
    gsize bytes = MIN(strlen(text), 45);
    while (bytes > 1 && ((guchar)text[bytes] & 0xc0) == 0x80)
      bytes--;
    g_autofree char *word = g_base64_encode((const guchar *)text, bytes);
    g_string_append_printf(out, "%s=?UTF-8?B?%s?=", out->len ? "\n " : "", word);
    text += bytes;
  }
  return g_string_free(out, FALSE);
}

/* Every line with END, none longer than mail may have. */
static void append_lines(GString *out, const char *text, const char *end)
{
  while (*text) {
    gsize length = strcspn(text, "\n"), bytes = MIN(length, LINE_BYTES);
    while (bytes < length && bytes > 1 && ((guchar)text[bytes] & 0xc0) == 0x80)
      bytes--;
    g_string_append_len(out, text, (gssize)bytes);
    g_string_append(out, end);
    text += bytes + (bytes == length && text[bytes] == '\n');
  }
}

/* sendmail knows this machine's domain; a server that mail is handed to takes no address without one. */
static char *make_sender(const CrNotifyConfig *config)
{
  const char *sender = config->sender ? config->sender : "root";
  return config->smtp && !strchr(sender, '@') ? g_strdup_printf("%s@%s", sender, g_get_host_name()) : g_strdup(sender);
}

char *cr_notify_format_mail(const CrNotifyConfig *config, const char *address, const CrNotice *notice, gint64 now,
                            const char *end)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(now);
  /* not strftime's: RFC 5322's names are English everywhere */
  static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  g_autofree char *subject = cr_notify_encode_header(notice->subject);
  g_autofree char *id = g_uuid_string_random(), *sender = make_sender(config);
  g_autoptr(GString) head = g_string_new(NULL);
  g_string_append_printf(head, "From: %s\nTo: %s\nSubject: %s\n", sender, address, subject);
  g_string_append_printf(head, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\n",
                         days[g_date_time_get_day_of_week(time) - 1], g_date_time_get_day_of_month(time),
                         months[g_date_time_get_month(time) - 1], g_date_time_get_year(time),
                         g_date_time_get_hour(time), g_date_time_get_minute(time), g_date_time_get_second(time));
  g_string_append_printf(head, "Message-ID: <%s@careen.invalid>\n", id);
  g_string_append(head, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                        "Content-Transfer-Encoding: 8bit\nAuto-Submitted: auto-generated\n");
  if (notice->failure)
    g_string_append(head, "Importance: high\n");
  GString *out = g_string_new(NULL);
  append_lines(out, head->str, end);
  g_string_append(out, end);
  append_lines(out, notice->text, end);
  return g_string_free(out, FALSE);
}

/* ---- sendmail ---- */

static gboolean run_sendmail(const CrNotifyConfig *config, const char *address, const char *mail, GError **error)
{
  static const char *const places[] = {"sendmail", "/usr/sbin/sendmail", "/usr/lib/sendmail"};
  g_autofree char *program = NULL;
  for (guint i = 0; !program && i < G_N_ELEMENTS(places); i++)
    program = g_find_program_in_path(places[i]);
  if (!program) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "this machine has no sendmail");
    cr_error_set_hint(*error, "install a mail server (postfix, nullmailer, msmtp-mta), or set notify: smtp:");
    return FALSE;
  }
  g_autofree char *sender = make_sender(config);
  const char *const argv[] = {program, "-oi", "-f", sender, "--", address, NULL};
  g_autoptr(GBytes) input = g_bytes_new_static(mail, strlen(mail));
  CrProcessRequest request = {.argv = argv, .input = input, .timeout_ms = CR_NOTIFY_SECONDS * 1000};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result || !result->status)
    return result != NULL;
  g_strstrip(result->errors);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "sendmail ended with %d: %.200s", result->status, result->errors);
  return FALSE;
}

/* ---- SMTP ---- */

typedef struct {
  const char *text;
  gsize left;
} Sending;

static size_t on_read(char *buffer, size_t size, size_t count, void *data)
{
  Sending *sending = data;
  gsize bytes = MIN(size * count, sending->left);
  memcpy(buffer, sending->text, bytes);
  sending->text += bytes;
  sending->left -= bytes;
  return bytes;
}

/* To this machine itself nothing needs to be secret, and the certificate of its mail server is rarely one that anybody
 * vouches for. Elsewhere TLS is used where it is offered, and a password is sent by no other way. */
static void set_security(const CrCurl *curl, CURL *easy, const CrNotifyConfig *config, const char *password)
{
  const char *host = strstr(config->smtp, "://") + 3, *ca_file = g_getenv("SSL_CERT_FILE");
  gboolean here = g_str_has_prefix(host, "localhost") && strchr(":", host[strlen("localhost")]);
  here = here || g_str_has_prefix(host, "127.") || g_str_has_prefix(host, "[::1]");
  curl->easy_setopt(easy, CURLOPT_USE_SSL,
                    password ? (long)CURLUSESSL_ALL
                    : here   ? (long)CURLUSESSL_NONE
                             : (long)CURLUSESSL_TRY);
  if (ca_file)
    curl->easy_setopt(easy, CURLOPT_CAINFO, ca_file);
  if (password) {
    curl->easy_setopt(easy, CURLOPT_USERNAME, config->smtp_user);
    curl->easy_setopt(easy, CURLOPT_PASSWORD, password);
  }
}

static CURLcode transfer(const CrCurl *curl, CURL *easy, const CrNotifyConfig *config, const char *address,
                         const char *mail)
{
  Sending sending = {mail, strlen(mail)};
  g_autofree char *sender = make_sender(config), *from = g_strdup_printf("<%s>", sender);
  g_autofree char *to = g_strdup_printf("<%s>", address);
  struct curl_slist *list = curl->slist_append(NULL, to);
  curl->easy_setopt(easy, CURLOPT_URL, config->smtp);
  curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl->easy_setopt(easy, CURLOPT_MAIL_FROM, from);
  curl->easy_setopt(easy, CURLOPT_MAIL_RCPT, list);
  curl->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  curl->easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
  curl->easy_setopt(easy, CURLOPT_READDATA, &sending);
  curl->easy_setopt(easy, CURLOPT_TIMEOUT, (long)CR_NOTIFY_SECONDS);
  curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  CURLcode code = curl->easy_perform(easy);
  curl->slist_free_all(list);
  return code;
}

static gboolean send_smtp(const CrNotifyConfig *config, const char *address, const char *mail, GError **error)
{
  g_autofree char *password = NULL;
  if (config->smtp_password_file && !cr_notify_read_secret_line(config->smtp_password_file, &password, error))
    return FALSE;
  const CrCurl *curl = cr_curl_load(error);
  if (!curl)
    return FALSE;
  CURL *easy = curl->easy_init();
  char why[CURL_ERROR_SIZE] = "";
  curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
  set_security(curl, easy, config, password);
  CURLcode code = transfer(curl, easy, config, address, mail);
  if (code != CURLE_OK)
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "%s", *why ? why : curl->easy_strerror(code));
  curl->easy_cleanup(easy);
  return code == CURLE_OK;
}

static gboolean tell(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice, GError **error)
{
  g_autofree char *mail = cr_notify_format_mail(config, target->target, notice, g_get_real_time() / G_USEC_PER_SEC,
                                                config->smtp ? "\r\n" : "\n");
  return config->smtp ? send_smtp(config, target->target, mail, error)
                      : run_sendmail(config, target->target, mail, error);
}

const CrNotifyKind cr_notify_mail = {.kind = "mail", .tell = tell};
