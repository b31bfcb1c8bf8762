/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/destination.h"

#include <string.h>

#include "base/error.h"

static gboolean has_prefix_of(const char *text, const char *const *prefixes)
{
  for (guint i = 0; prefixes[i]; i++)
    if (g_str_has_prefix(text, prefixes[i]))
      return TRUE;
  return FALSE;
}

static const char *const files[] = {"oci:", "oci-archive:", "docker-archive:", NULL};
static const char *const places[] = {"docker:", "podman:", "registry:", NULL};

/* docker://REF is how others write registry:REF. NAME is taken. */
static void add(GPtrArray *names, char *name)
{
  if (g_str_has_prefix(name, "docker://")) {
    char *registry = g_strconcat("registry:", name + strlen("docker://"), NULL);
    g_free(name);
    name = registry;
  }
  if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
    g_free(name);
  else
    g_ptr_array_add(names, name);
}

/* TAG alone: beside the image. */
static gboolean add_tag(const char *tag, const CrImage *image, GPtrArray *names, GError **error)
{
  if (has_prefix_of(tag, places) || g_str_has_prefix(tag, "docker://")) {
    add(names, g_strdup(tag));
    return TRUE;
  }
  if (has_prefix_of(tag, files))
    return cr_error_refuse(error, CR_ERROR_USAGE, "--to names a file or folder",
                           "cannot use '%s' for --tag: it is no name of an image", tag);
  g_autofree char *prefix = g_strconcat(image->source, ":", NULL);
  if (!has_prefix_of(prefix, places))
    return cr_error_refuse(error, CR_ERROR_USAGE,
                           "docker:REF, podman:REF or registry:REF, or --to with a file or folder",
                           "cannot tell where '%s' is to be: '%s' is of no daemon and no registry", tag, image->ref);
  add(names, g_strconcat(prefix, tag, NULL));
  return TRUE;
}

/* NAME without the place that it was given. */
static const char *strip(const char *tag)
{
  if (g_str_has_prefix(tag, "docker://"))
    return tag + strlen("docker://");
  for (guint i = 0; places[i]; i++)
    if (g_str_has_prefix(tag, places[i]))
      return tag + strlen(places[i]);
  return tag;
}

char **cr_destinations_resolve(const CrDestinations *wishes, const CrImage *image, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  gboolean plain = wishes->tag && strip(wishes->tag) == wishes->tag;
  gboolean inside = wishes->to && plain && has_prefix_of(wishes->to, files);
  if (wishes->push && !wishes->tag) {
    cr_error_refuse(error, CR_ERROR_USAGE, "--tag REF --push", "cannot push: the result has no name");
    return NULL;
  }
  if (wishes->to)
    add(names, inside ? g_strconcat(wishes->to, ":", wishes->tag, NULL) : g_strdup(wishes->to));
  if (wishes->tag && !inside && !add_tag(wishes->tag, image, names, error))
    return NULL;
  if (wishes->push)
    add(names, g_strconcat("registry:", strip(wishes->tag), NULL));
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

GPtrArray *cr_destinations_open(char **names, const CrSourceOptions *options, CrProblems *problems, GError **error)
{
  g_autoptr(GPtrArray) sinks = g_ptr_array_new_with_free_func((GDestroyNotify)cr_image_sink_free);
  for (guint i = 0; names[i]; i++) {
    CrImageSink *sink = cr_image_sink_open(names[i], options, problems, error);
    if (!sink)
      return NULL;
    g_ptr_array_add(sinks, sink);
  }
  return g_steal_pointer(&sinks);
}
