/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the administrator's: careen.notice/1 on its standard input, the subject and whether something failed in
 * its environment. */
#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "fleet/notify.h"

static gboolean tell(const CrNotifyConfig *config, const CrNotifyTarget *target, const CrNotice *notice, GError **error)
{
  (void)config;
  g_auto(GStrv) environment = g_get_environ();
  environment = g_environ_setenv(environment, "CAREEN_SUBJECT", notice->subject, TRUE);
  environment = g_environ_setenv(environment, "CAREEN_FAILURE", notice->failure ? "yes" : "no", TRUE);
  g_autoptr(GBytes) input = g_bytes_new_static(notice->json, strlen(notice->json));
  CrProcessRequest request = {.argv = target->command,
                              .environment = (const char *const *)environment,
                              .input = input,
                              .timeout_ms = CR_NOTIFY_SECONDS * 1000};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, error);
  if (!result || !result->status)
    return result != NULL;
  g_strstrip(result->errors);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "it ended with %d%s%.200s", result->status,
              *result->errors ? ": " : "", result->errors);
  return FALSE;
}

const CrNotifyKind cr_notify_command = {.kind = "command", .tell = tell};
