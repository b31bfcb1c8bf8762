/* SPDX-License-Identifier: Apache-2.0 */
#include "web/apply.h"

#include <errno.h>

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/whole-file.h"
#include "fleet/asked.h"

struct CrApplyDesk {
  char *spool;
  char token[65];
};

CrApplyDesk *cr_apply_desk_new(const char *spool, GError **error)
{
  guint8 bytes[32];
  if (access(spool, W_OK | X_OK) != 0 || !g_file_test(spool, G_FILE_TEST_IS_DIR)) {
    cr_error_refuse(error, CR_ERROR_USAGE, "mkdir -m 700, as the user that the page runs as",
                    "cannot ask for anything through '%s': it is no folder that may be written to", spool);
    return NULL;
  }
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
    cr_error_refuse(error, CR_ERROR_ENVIRONMENT, "", "cannot make a secret: the kernel gives no random bytes");
    return NULL;
  }
  CrApplyDesk *desk = g_new0(CrApplyDesk, 1);
  desk->spool = g_strdup(spool);
  for (guint i = 0; i < sizeof bytes; i++)
    g_snprintf(desk->token + (gsize)i * 2, 3, "%02x", bytes[i]);
  return desk;
}

void cr_apply_desk_free(CrApplyDesk *desk)
{
  if (!desk)
    return;
  g_free(desk->spool);
  g_free(desk);
}

const char *cr_apply_desk_get_token(const CrApplyDesk *desk)
{
  return desk->token;
}

/* ---- is it ours? ---- */

static gboolean is_token(const CrApplyDesk *desk, const char *text)
{
  guint other = strlen(text) != strlen(desk->token);
  for (guint i = 0; !other && desk->token[i]; i++)
    other |= (guint)(text[i] ^ desk->token[i]);
  return !other;
}

/* What a browser says of where the request is from; an old one or a script may say nothing. */
static gboolean is_same_origin(const CrApplyOrder *order)
{
  const char *behind = order->origin ? strstr(order->origin, "://") : NULL;
  if (order->site && strcmp(order->site, "same-origin") != 0)
    return FALSE;
  return !order->origin || (behind && order->host && !g_ascii_strcasecmp(behind + 3, order->host));
}

static gboolean refuse(guint *status, guint code, GError **error, const char *why)
{
  *status = code;
  return cr_error_refuse(error, CR_ERROR_USAGE, "open the plan again", "%s", why);
}

static gboolean check(const CrApplyDesk *desk, const CrApplyOrder *order, GHashTable *form, guint *status,
                      GError **error)
{
  const char *token = form ? g_hash_table_lookup(form, "token") : NULL;
  if (!is_same_origin(order) || !token || !is_token(desk, token))
    return refuse(status, 403, error, "this was not asked for on a page of this careen");
  if (g_strcmp0(g_hash_table_lookup(form, "confirm"), "yes") != 0)
    return refuse(status, 400, error, "it was not confirmed: tick the box");
  return TRUE;
}

/* ---- the file ---- */

static gboolean put(const CrApplyDesk *desk, const char *plan, const char *user, GError **error)
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(TRUE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "schema", "careen.asked/1");
  cr_json_key_string(writer, "plan", plan);
  cr_json_key_string(writer, "user", user);
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  g_autofree char *path = cr_asked_format_path(desk->spool, plan);
  CrWholeFile *file = cr_whole_file_create(desk->spool, ".asked-", 0600);
  gboolean ok =
      file && write(cr_whole_file_get_fd(file), text, size) == (ssize_t)size && cr_whole_file_publish(file, path);
  if (!ok)
    cr_error_set_errno(error, errno, "cannot write '%s'", path);
  if (file)
    cr_whole_file_free(file);
  return ok;
}

gboolean cr_apply_desk_take(CrApplyDesk *desk, CrRecord *record, const CrApplyOrder *order, guint *status,
                            GError **error)
{
  g_autoptr(GHashTable) form = g_uri_parse_params(order->body, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  if (!check(desk, order, form, status, error))
    return FALSE;
  g_autofree char *newest = cr_asked_find_plan(record, NULL);
  if (!newest || g_strcmp0(newest, g_hash_table_lookup(form, "plan")) != 0)
    return refuse(status, 409, error, "there is a newer plan than the one that was shown");
  *status = 500;
  if (!put(desk, newest, order->user, error))
    return FALSE;
  *status = 303;
  return TRUE;
}
