/* SPDX-License-Identifier: Apache-2.0 */
/* container:NAME: the image of a container, the container's own start and environment, and its writable layer as one
 * layer more on top. Docker's daemon is asked first, then Podman's. */
#include <string.h>

#include "base/error.h"
#include "image/engine.h"
#include "image/manifest.h"

typedef struct {
  CrEngine *engine;
  const char *id;       /* the container's, for paths */
  const char *image_id; /* likewise */
  CrJsonDoc *changes;   /* NULL: none, or not known */
  gboolean has_own;     /* a layer of its own is on top */
} Container;

/* ---- finding it ---- */

/* NULL without ERROR: this daemon does not have it. */
static CrJsonDoc *inspect(CrEngine *engine, const char *name, GError **error)
{
  g_autofree char *escaped = cr_engine_escape(name, error);
  if (!escaped)
    return NULL;
  g_autofree char *path = g_strdup_printf("/containers/%s/json", escaped);
  GError *cause = NULL;
  CrJsonDoc *doc = cr_engine_get(engine, path, &cause);
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_clear_error(&cause);
  if (cause)
    g_propagate_error(error, cause);
  return doc;
}

/* Why not, of one place: CAUSE, or that NAME, which answers there, has none. */
static char *format_cause(const GError *cause, const char *name)
{
  return cause ? g_strdup(cause->message) : g_strdup_printf("%s has no such container", name);
}

static void set_not_found(const CrSource *source, const GError *docker, const GError *podman,
                          const char *const names[2], GError **error)
{
  g_autofree char *first = format_cause(docker, names[0]), *second = format_cause(podman, names[1]);
  gboolean asked = !docker || !podman;
  g_set_error(error, CR_ERROR, asked ? CR_ERROR_NOT_FOUND : CR_ERROR_ENVIRONMENT, "cannot open '%s': %s; %s",
              source->image->ref, first, second);
  const char *hint = docker ? cr_error_get_hint(docker) : NULL;
  if (error)
    cr_error_set_hint(*error, "%s", asked || !hint ? "docker ps -a and podman ps -a list the containers" : hint);
}

static CrJsonDoc *find(CrSource *source, Container *container, const char *name, GError **error)
{
  GError *causes[2] = {NULL, NULL};
  const char *names[2] = {NULL, NULL};
  CrJsonDoc *doc = NULL;
  for (guint i = 0; i < 2 && !doc; i++) {
    g_autoptr(CrEngine) engine = cr_engine_open(&source->options, i == 1, TRUE, &causes[i]);
    names[i] = engine ? cr_engine_get_name(engine) : NULL;
    doc = engine ? inspect(engine, name, &causes[i]) : NULL;
    if (doc)
      container->engine = g_steal_pointer(&engine);
  }
  if (!doc && g_error_matches(causes[0], CR_ERROR, CR_ERROR_USAGE))
    g_propagate_error(error, g_steal_pointer(&causes[0]));
  else if (!doc)
    set_not_found(source, causes[0], causes[1], names, error);
  g_clear_error(&causes[0]);
  g_clear_error(&causes[1]);
  return doc;
}

/* ---- describing it ---- */

static void say_mounts(const CrSource *source, const CrJson *mounts, CrProblems *problems)
{
  g_autoptr(GPtrArray) places = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(mounts); i++) {
    const char *place = cr_json_find_string(cr_json_get_element(mounts, i), "Destination", NULL);
    if (place)
      g_ptr_array_add(places, (gpointer)place);
  }
  if (!places->len)
    return;
  g_ptr_array_add(places, NULL);
  g_autofree char *all = g_strjoinv(", ", (char **)places->pdata);
  cr_problems_add(problems, CR_PROBLEM_NOTE, source->image->ref, "what is mounted into it was not examined: %s", all);
}

static void add_layer(CrSource *source, const char *name)
{
  CrImage *image = source->image;
  CrLayerInfo *layers = cr_arena_alloc(source->arena, ((gsize)image->layer_count + 2) * sizeof *layers);
  if (image->layer_count)
    memcpy(layers, image->layers, image->layer_count * sizeof *layers);
  layers[image->layer_count].created_by = cr_arena_printf(source->arena, "changed in the container %s", name);
  image->layers = layers;
  image->layer_count++;
}

/* Podman falls over a file that became a folder. What differs is then not known, but what is there is: the whole
 * container stands in as the top layer. */
static void read_changes(CrSource *source, Container *container, const char *name, CrProblems *problems)
{
  g_autofree char *path = g_strdup_printf("/containers/%s/changes", container->id);
  g_autoptr(GError) error = NULL;
  g_autoptr(CrJsonDoc) changes = cr_engine_get(container->engine, path, &error);
  if (changes && !cr_json_get_length(cr_json_get_root(changes))) /* null when there are none */
    return;
  if (error)
    cr_problems_add(problems, CR_PROBLEM_NOTE, source->image->ref,
                    "what the container has changed is not known, all it has counts as its own: %s", error->message);
  container->changes = g_steal_pointer(&changes);
  container->has_own = TRUE;
  add_layer(source, name);
}

static gboolean describe(CrSource *source, Container *container, const CrJson *root, CrProblems *problems,
                         GError **error)
{
  const char *name = cr_json_find_string(root, "Name", "");
  name += strspn(name, "/");
  g_autofree char *id = cr_engine_escape(cr_json_find_string(root, "Id", ""), error);
  if (!id)
    return FALSE;
  container->id = cr_arena_strdup(source->arena, id);
  source->image->name = cr_arena_strdup(source->arena, name);
  if (!cr_engine_describe_image(container->engine, source, cr_json_find_string(root, "Image", ""),
                                cr_json_find(root, "Config"), &container->image_id, problems, error))
    return FALSE;
  say_mounts(source, cr_json_find(root, "Mounts"), problems);
  read_changes(source, container, name, problems);
  return TRUE;
}

static gboolean container_open(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  Container *container = g_new0(Container, 1);
  source->own = container;
  g_autoptr(CrJsonDoc) doc = find(source, container, rest, error);
  if (!doc)
    return FALSE;
  if (describe(source, container, cr_json_get_root(doc), problems, error))
    return TRUE;
  g_prefix_error(error, "cannot open '%s': ", source->image->ref);
  return FALSE;
}

/* ---- reading it ---- */

static gboolean container_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit,
                                      gpointer data, CrProblems *problems, GError **error)
{
  (void)jobs;
  (void)problems;
  const Container *container = source->own;
  const CrImage *image = source->image;
  guint top = image->layer_count - 1;
  if (!cr_export_read_layers(container->engine, source, container->image_id, wanted, visit, data, error))
    return FALSE;
  if (!container->has_own || !wanted[top])
    return TRUE;
  const CrJson *changes = container->changes ? cr_json_get_root(container->changes) : NULL;
  CrStream *stream = cr_container_open_changes(container->engine, container->id, changes, image->ref, error);
  return stream && visit((int)top, stream, NULL, data, error);
}

static void container_close(CrSource *source)
{
  Container *container = source->own;
  if (!container)
    return;
  cr_engine_free(container->engine);
  cr_json_doc_free(container->changes);
  g_free(container);
}

const CrSourceClass cr_source_container = {
    .name = "container",
    .prefix = "container",
    .open = container_open,
    .read_layers = container_read_layers,
    .close = container_close,
};
