/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told what: mail (sendmail or SMTP), webhook, ntfy, a command, the journal. A family: one const struct per
 * kind, one file each, one table in notify.c. What is sent is only what is new since the last (news.h decides); one
 * message for one flaw on fifty images, one alert for an outage. */
#pragma once
#include "fleet/config.h"

typedef struct {
  const char *subject; /* "[careen] host: 3 images patched, 1 rolled back" */
  const char *text;    /* plain, wrapped at 72 */
  const char *json;    /* the same for programs: careen.notice/1 */
  gboolean failure;    /* for only-on-error, and the priority of ntfy */
  gboolean change;     /* something was done or is new; for on-change */
} CrNotice;

/* Tell all targets of CONFIG whose `report:` wants NOTICE; each failure is a problem, the others are told all the
 * same. Number of targets told. */
guint cr_notify_send(const CrNotifyConfig *config, const CrNotice *notice, CrProblems *problems);
