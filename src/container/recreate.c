/* SPDX-License-Identifier: Apache-2.0 */
#include "container/recreate.h"

#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "container/private.h"
#include "container/recreate-private.h"

static void connect_free(gpointer data)
{
  CrRecreateConnect *connect = data;
  g_free(connect->network);
  g_free(connect->body);
  g_free(connect);
}

static CrRecreation *recreation_new(void)
{
  CrRecreation *recreation = g_new0(CrRecreation, 1);
  recreation->connects = g_ptr_array_new_with_free_func(connect_free);
  recreation->expected = g_ptr_array_new_with_free_func(g_free);
  recreation->problems = cr_problems_new();
  return recreation;
}

void cr_recreation_free(CrRecreation *recreation)
{
  if (!recreation)
    return;
  g_free(recreation->body);
  g_ptr_array_unref(recreation->connects);
  g_ptr_array_unref(recreation->expected);
  cr_problems_free(recreation->problems);
  g_free(recreation);
}

CrRecreation *cr_recreation_new(const CrRecreateRequest *request, GError **error)
{
  const CrJson *config = cr_json_find(request->container, "Config");
  const CrJson *host = cr_json_find(request->container, "HostConfig");
  const char *id = cr_json_find_string(request->container, "Id", "");
  if (!cr_json_is(config, CR_JSON_OBJECT) || !cr_json_is(host, CR_JSON_OBJECT) || strlen(id) < 12) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "the engine describes a container without %s",
                strlen(id) < 12 ? "an id" : "a configuration");
    return NULL;
  }
  g_autoptr(CrRecreation) out = recreation_new();
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  CrRecreateDraft draft = {.request = request,
                           .id = id,
                           .config = config,
                           .host = host,
                           .mounts = cr_json_find(request->container, "Mounts"),
                           .old_config = cr_json_find(request->old_image, "Config"),
                           .new_config = cr_json_find(request->new_image, "Config"),
                           .mode = cr_json_find_string(host, "NetworkMode", ""),
                           .writer = writer,
                           .out = out};
  cr_json_begin_object(writer);
  cr_recreate_write_config(&draft);
  cr_json_key(writer, "HostConfig");
  cr_recreate_write_host(&draft);
  cr_recreate_write_networks(&draft);
  cr_json_end_object(writer);
  out->body = g_strdup(cr_json_writer_get_text(writer, NULL));
  cr_recreate_find_problems(&draft);
  return g_steal_pointer(&out);
}

gboolean cr_recreation_is_allowed(const CrRecreation *recreation, const char **why)
{
  for (guint i = 0; i < cr_problems_get_count(recreation->problems); i++) {
    const CrProblem *problem = cr_problems_get(recreation->problems, i);
    if (problem->kind != CR_PROBLEM_BLIND)
      continue;
    if (why)
      *why = problem->what;
    return FALSE;
  }
  return TRUE;
}

/* ---- small things ---- */

void cr_recreate_write_raw(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  cr_json_key(draft->writer, name);
  cr_json_node(draft->writer, value);
}

void cr_recreate_write_nothing(CrRecreateDraft *draft, const char *name, const CrJson *value)
{
  (void)draft;
  (void)name;
  (void)value;
}

gboolean cr_recreate_apply_rule(CrRecreateDraft *draft, const CrRecreateRule *rules, guint count, const char *name,
                                const CrJson *value)
{
  for (guint i = 0; i < count; i++)
    if (!strcmp(rules[i].name, name)) {
      rules[i].write(draft, name, value);
      return TRUE;
    }
  return FALSE;
}

void cr_recreate_expect(CrRecreateDraft *draft, const char *format, ...)
{
  va_list words;
  va_start(words, format);
  g_ptr_array_add(draft->out->expected, g_strdup_vprintf(format, words));
  va_end(words);
}

gboolean cr_recreate_is_nothing(const CrJson *node)
{
  switch (cr_json_get_type(node)) {
  case CR_JSON_NULL:
    return TRUE;
  case CR_JSON_BOOL:
    return !cr_json_get_boolean(node, TRUE);
  case CR_JSON_INTEGER:
    return cr_json_get_integer(node, 1) == 0;
  case CR_JSON_STRING:
    return !*cr_json_get_string(node, "x");
  case CR_JSON_ARRAY:
  case CR_JSON_OBJECT:
    return cr_json_get_length(node) == 0;
  case CR_JSON_DOUBLE:
    break;
  }
  return FALSE;
}

const char *cr_recreate_get_name(const CrJson *object, guint i)
{
  const char *name = cr_json_get_member_name(object, i);
  return name ? name : "";
}

static gboolean has_same_members(const CrJson *a, const CrJson *b)
{
  for (guint i = 0; i < cr_json_get_length(a); i++)
    if (!cr_recreate_is_same(cr_json_get_element(a, i), cr_json_find(b, cr_recreate_get_name(a, i))))
      return FALSE;
  return TRUE;
}

gboolean cr_recreate_is_same(const CrJson *a, const CrJson *b)
{
  if (cr_recreate_is_nothing(a) || cr_recreate_is_nothing(b))
    return cr_recreate_is_nothing(a) && cr_recreate_is_nothing(b);
  if (cr_json_get_type(a) != cr_json_get_type(b))
    return FALSE;
  switch (cr_json_get_type(a)) {
  case CR_JSON_BOOL:
    return TRUE; /* both are something */
  case CR_JSON_INTEGER:
    return cr_json_get_integer(a, 0) == cr_json_get_integer(b, 0);
  case CR_JSON_DOUBLE: {
    double left = cr_json_get_double(a, 0), right = cr_json_get_double(b, 0);
    return !(left < right) && !(left > right);
  }
  case CR_JSON_STRING:
    return !strcmp(cr_json_get_string(a, ""), cr_json_get_string(b, ""));
  case CR_JSON_ARRAY:
    if (cr_json_get_length(a) != cr_json_get_length(b))
      return FALSE;
    for (guint i = 0; i < cr_json_get_length(a); i++)
      if (!cr_recreate_is_same(cr_json_get_element(a, i), cr_json_get_element(b, i)))
        return FALSE;
    return TRUE;
  case CR_JSON_OBJECT:
    return has_same_members(a, b) && has_same_members(b, a);
  case CR_JSON_NULL:
    break;
  }
  return TRUE;
}

gboolean cr_recreate_is_joined(const char *mode)
{
  return g_str_has_prefix(mode, "container:");
}

gboolean cr_recreate_has_networks(const char *mode)
{
  /* Podman's own ways out of a user's namespace take no network either */
  static const char *const without[] = {"host", "none", "private", "slirp4netns", "pasta"};
  for (guint i = 0; i < G_N_ELEMENTS(without); i++)
    if (!strcmp(mode, without[i]))
      return FALSE;
  return !cr_recreate_is_joined(mode) && !g_str_has_prefix(mode, "ns:") && !g_str_has_prefix(mode, "slirp4netns:") &&
         !g_str_has_prefix(mode, "pasta:");
}

gboolean cr_recreate_is_id(const char *name, const char *id)
{
  return *name && (!strcmp(name, id) || (strlen(name) == 12 && !strncmp(name, id, 12)));
}

char *cr_recreate_get_destination(const char *bind)
{
  const char *colon = strchr(bind, ':');
  const char *start = colon ? colon + 1 : bind;
  g_autofree char *path = g_strndup(start, strcspn(start, ":"));
  return *path == '/' ? g_canonicalize_filename(path, "/") : g_strdup(path);
}

char *cr_recreate_format_link(const char *link)
{
  const char *colon = strchr(link, ':'), *slash = strrchr(link, '/');
  const char *start = *link == '/' ? link + 1 : link;
  if (!colon || !slash || slash < colon)
    return g_strdup(start);
  g_autofree char *name = g_strndup(start, (gsize)(colon - start));
  return g_strdup_printf("%s:%s", name, slash + 1);
}
