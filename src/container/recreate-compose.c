/* SPDX-License-Identifier: Apache-2.0 */
/* Compose's labels, so that its next `up` finds what it expects and re-creates nothing. Version 2 compares the image in
 * com.docker.compose.image and a hash without the image (compose pkg/compose/convergence.go); version 1 a hash that has
 * the image's id in it (compose/service.py, config_dict), which its own program must be asked for. */
#include <string.h>

#include "base/process.h"
#include "container/recreate-private.h"

#define LABEL "com.docker.compose."

static const char *find_label(const CrJson *labels, const char *name)
{
  g_autofree char *label = g_strconcat(LABEL, name, NULL);
  return cr_json_find_string(labels, label, NULL);
}

static gboolean is_version_1(const CrJson *labels)
{
  const char *version = find_label(labels, "version");
  return version && g_str_has_prefix(version, "1.");
}

/* One file of the comma-separated list, which version 1 writes from the project's folder on. */
static char *make_absolute(const char *file, const char *folder)
{
  return g_path_is_absolute(file) ? g_strdup(file) : g_build_filename(folder, file, NULL);
}

static gboolean is_safe(const char *text)
{
  return text && *text && *text != '-';
}

/* "web 0123…": the line of SERVICE. */
static char *parse_hash(GBytes *output, const char *service)
{
  gsize size = 0;
  const char *data = g_bytes_get_data(output, &size);
  g_autofree char *text = g_strndup(data ? data : "", size);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *blank = strchr(lines[i], ' ');
    if (blank && (gsize)(blank - lines[i]) == strlen(service) && g_str_has_prefix(lines[i], service))
      return g_strstrip(g_strdup(blank + 1));
  }
  return NULL;
}

char *cr_compose_find_hash(const CrJson *labels, const char *docker_host, char **why)
{
  const char *files = find_label(labels, "project.config_files"), *folder = find_label(labels, "project.working_dir");
  const char *service = find_label(labels, "service"), *project = find_label(labels, "project");
  *why = NULL;
  if (!is_safe(files) || !is_safe(folder) || !is_safe(service) || !is_safe(project) || *folder != '/') {
    *why = g_strdup("its labels do not say from which files Compose made it");
    return NULL;
  }
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  g_auto(GStrv) names = g_strsplit(files, ",", -1);
  g_ptr_array_add(words, g_strdup("docker-compose"));
  for (guint i = 0; names[i]; i++) {
    g_ptr_array_add(words, g_strdup("-f"));
    g_ptr_array_add(words, make_absolute(names[i], folder));
  }
  const char *const rest[] = {"--project-directory", folder, "-p", project, "config", NULL};
  for (guint i = 0; rest[i]; i++)
    g_ptr_array_add(words, g_strdup(rest[i]));
  g_ptr_array_add(words, g_strconcat("--hash=", service, NULL));
  g_ptr_array_add(words, NULL);
  g_auto(GStrv) environment = g_get_environ();
  environment = g_environ_setenv(environment, "LC_ALL", "C.UTF-8", TRUE);
  if (docker_host)
    environment = g_environ_setenv(environment, "DOCKER_HOST", docker_host, TRUE);
  CrProcessRequest request = {.argv = (const char *const *)words->pdata,
                              .environment = (const char *const *)environment};
  g_autoptr(GError) error = NULL;
  g_autoptr(CrProcessResult) result = cr_process_run(&request, &error);
  char *hash = result && !result->status ? parse_hash(result->output, service) : NULL;
  if (!hash)
    *why = error ? g_strdup(error->message) : g_strdup("docker-compose config does not tell its hash");
  return hash;
}

static char *change_hash(const CrRecreating *it, const CrJson *labels)
{
  g_autofree char *why = NULL;
  char *hash = cr_compose_find_hash(labels, it->request->compose_host, &why);
  if (!hash)
    cr_problems_add(it->out->problems, CR_PROBLEM_NOTE, "com.docker.compose.config-hash",
                    "its next docker-compose up re-creates it once more: %s", why);
  return hash;
}

char *cr_recreate_change_label(const CrRecreating *it, const char *name, const char *value)
{
  const CrJson *labels = cr_json_find(it->config, "Labels");
  if (!strcmp(name, LABEL "image"))
    return strcmp(value, it->request->new_image_id) != 0 ? g_strdup(it->request->new_image_id) : NULL;
  if (!strcmp(name, LABEL "config-hash") && is_version_1(labels))
    return change_hash(it, labels);
  return NULL;
}
