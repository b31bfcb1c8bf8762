/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/json-edit.h"
#include "container/private.h"
#include "container/recreate-private.h"

/* Nothing of it may stay; it never ran, so that all it holds is its own. Volumes are the old one's, and stay. */
static void remove_again(CrDaemon *daemon, const char *id, CrProblems *problems)
{
  g_autoptr(GError) cause = NULL;
  if (!cr_container_remove(daemon, id, FALSE, &cause))
    cr_problems_add_error(problems, CR_PROBLEM_PARTIAL, id, cause);
}

static gboolean connect_all(const CrRecreation *recreation, CrDaemon *daemon, const char *id, GError **error)
{
  for (guint i = 0; i < recreation->connects->len; i++) {
    const CrRecreateConnect *connect = recreation->connects->pdata[i];
    g_autofree char *network = cr_daemon_escape_query(connect->network);
    g_autofree char *path = g_strdup_printf("/networks/%s/connect", network);
    g_autofree char *quoted = g_strdup_printf("\"%s\"", id); /* hexadecimal, checked by the caller */
    static const char *const member[] = {"Container", NULL};
    g_autoptr(CrJsonEdit) edit = cr_json_edit_new(connect->body, strlen(connect->body), "connect", error);
    if (!edit || !cr_json_edit_set(edit, member, quoted, error))
      return FALSE;
    g_autoptr(GBytes) body = cr_json_edit_get_bytes(edit);
    gsize size = 0;
    const char *bytes = g_bytes_get_data(body, &size);
    g_autofree char *text = g_strndup(bytes, size);
    if (!cr_daemon_send(daemon, "POST", path, text, NULL, error)) {
      g_prefix_error(error, "cannot connect it to network '%.12s': ", connect->network);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean is_hexadecimal(const char *text)
{
  gsize length = strspn(text, "0123456789abcdef");
  return length >= 12 && !text[length];
}

gboolean cr_recreation_create(const CrRecreation *recreation, CrDaemon *daemon, const char *name, char **id,
                              GError **error)
{
  g_autofree char *escaped = cr_daemon_escape_query(name);
  g_autofree char *path = g_strdup_printf("/containers/create?name=%s", escaped);
  g_autoptr(CrJsonDoc) answer = NULL;
  const char *why = NULL;
  if (!cr_recreation_is_allowed(recreation, &why)) {
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "cannot create container '%s': %s", name, why);
    return FALSE;
  }
  if (!cr_daemon_send(daemon, "POST", path, recreation->body, &answer, error)) {
    g_prefix_error(error, "cannot create container '%s': ", name);
    return FALSE;
  }
  const CrJson *root = answer ? cr_json_get_root(answer) : NULL;
  g_autofree char *made = g_strdup(cr_json_find_string(root, "Id", ""));
  if (!is_hexadecimal(made)) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot create container '%s': the engine answers without an id",
                name);
    return FALSE;
  }
  g_auto(GStrv) warnings = cr_json_get_strings(cr_json_find(root, "Warnings"));
  for (guint i = 0; warnings[i]; i++)
    cr_problems_add(recreation->problems, CR_PROBLEM_NOTE, "create", "%.300s", warnings[i]);
  if (!connect_all(recreation, daemon, made, error)) {
    remove_again(daemon, made, recreation->problems);
    g_prefix_error(error, "cannot create container '%s': ", name);
    return FALSE;
  }
  *id = g_steal_pointer(&made);
  return TRUE;
}
