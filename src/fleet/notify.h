/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told: mail (sendmail or SMTP), webhook, ntfy, a command, the journal. A family: one const struct per kind, one
 * file each, one table in notify.c. What is worth telling, and to whom it is new, is tell.h's.
 *
 * Nothing out of an image becomes a header, an option or a command: subjects are one line without control characters,
 * addresses were checked when careen.yaml was read, programs get argv arrays. A target has half a minute. */
#pragma once
#include "fleet/config.h"

#define CR_NOTIFY_SECONDS 30U

typedef struct {
  const char *subject; /* "[careen] host: 3 images changed, 1 rolled back"; one line */
  const char *text;    /* plain, wrapped at 72 */
  const char *json;    /* the same for programs: careen.notice/1 */
  gboolean failure;    /* for only-on-error, and the priority of ntfy and the journal */
} CrNotice;

typedef struct {
  const char *kind;
  gboolean (*tell)(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice, GError **error);
} CrNotifyKind;
extern const CrNotifyKind cr_notify_mail, cr_notify_webhook, cr_notify_ntfy, cr_notify_command, cr_notify_journal;

/* FALSE with ERROR, which names the target and no secret: it was not told. */
gboolean cr_notify_tell(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice,
                        GError **error);
/* "mail root", "webhook https://example.org/…" without user, password, path and query. Free with g_free. */
char *cr_notify_format_target(const CrNotifyTarget *target);
/* The same and what tells it from others of that name: for the record. Free with g_free. */
char *cr_notify_format_key(const CrNotifyTarget *target);

/* ---- for the kinds ---- */

/* The first line of TARGET's secret file as "Authorization: Bearer …", or NULL where it has none. FALSE with ERROR: it
 * cannot be read, or others can read it. *HEADER: free with g_free. */
gboolean cr_notify_read_secret(const CrNotifyTarget *target, char **header, GError **error);
/* FILE's first line. FALSE with ERROR as above. Free with g_free. */
gboolean cr_notify_read_secret_line(const char *file, char **line, GError **error);
/* A whole mail (RFC 5322) with lines that end as END says. Free with g_free. */
char *cr_notify_format_mail(const CrNotifyConfig *config, const char *address, const CrNotice *notice, gint64 now,
                            const char *end);
/* The datagram for journald (systemd.io/JOURNAL_NATIVE_PROTOCOL). */
GBytes *cr_notify_format_journal(const CrNotice *notice);
/* TEXT as a header's value: as it is, or by RFC 2047. Free with g_free. */
char *cr_notify_encode_header(const char *text);
