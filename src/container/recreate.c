/* SPDX-License-Identifier: Apache-2.0 */
#include "container/recreate.h"

#include <string.h>

#include "base/error.h"
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
  g_ptr_array_unref(recreation->connects);
  g_ptr_array_unref(recreation->expected);
  cr_problems_free(recreation->problems);
  g_free(recreation->body);
  g_free(recreation);
}

gboolean cr_recreation_is_allowed(const CrRecreation *recreation, const char **why)
{
  for (guint i = 0; i < cr_problems_get_count(recreation->problems); i++) {
    const CrProblem *problem = cr_problems_get(recreation->problems, i);
    if (problem->kind != CR_PROBLEM_BLIND)
      continue;
    *why = problem->what;
    return FALSE;
  }
  return TRUE;
}

static const CrJson *find_config(const CrJson *image)
{
  const CrJson *config = cr_json_find(image, "Config");
  return cr_json_is(config, CR_JSON_OBJECT) ? config : NULL;
}

static void init(CrRecreating *it, const CrRecreateRequest *request, CrJsonWriter *writer, CrRecreation *out)
{
  const CrJson *container = request->container;
  *it = (CrRecreating){.request = request, .writer = writer, .out = out};
  it->config = cr_json_find(container, "Config");
  it->host = cr_json_find(container, "HostConfig");
  it->old_config = find_config(request->old_image);
  it->new_config = find_config(request->new_image);
  it->network_mode = cr_json_find_string(it->host, "NetworkMode", "default");
  it->shares_network = g_str_has_prefix(it->network_mode, "container:");
  it->has_networks =
      !it->shares_network && strcmp(it->network_mode, "host") != 0 && strcmp(it->network_mode, "none") != 0;
  g_strlcpy(it->short_id, cr_json_find_string(container, "Id", ""), sizeof it->short_id);
}

CrRecreation *cr_recreation_new(const CrRecreateRequest *request, GError **error)
{
  g_autoptr(CrRecreation) out = recreation_new();
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  CrRecreating it;
  init(&it, request, writer, out);
  cr_recreate_find_problems(&it);
  if (!cr_json_is(it.config, CR_JSON_OBJECT) || !cr_json_is(it.host, CR_JSON_OBJECT)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
                "cannot re-create a container whose inspect has no Config or HostConfig");
    return NULL;
  }
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "Image", request->image);
  cr_recreate_write_config(&it);
  cr_json_key(writer, "HostConfig");
  cr_recreate_write_host(&it);
  cr_recreate_write_networks(&it);
  cr_json_end_object(writer);
  out->body = g_strdup(cr_json_writer_get_text(writer, NULL));
  return g_steal_pointer(&out);
}
