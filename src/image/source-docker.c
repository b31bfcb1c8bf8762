/* SPDX-License-Identifier: Apache-2.0 */
/* docker:REF and podman:REF: an image in a local daemon's storage. */
#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "image/engine.h"
#include "image/manifest.h"

/* ---- the members of the family ---- */

typedef struct {
  CrEngine *engine;
  const char *id;
} Daemon;

/* The daemons' own words repeat the name up to three times. */
static void set_not_there(const CrEngine *engine, gboolean podman, const char *name, GError **cause)
{
  g_clear_error(cause);
  g_set_error(cause, CR_ERROR, CR_ERROR_NOT_FOUND, "%s has no such image", cr_engine_get_name(engine));
  cr_error_set_hint(*cause, "%s images lists what there is; registry:%s looks at it where it is published",
                    podman ? "podman" : "docker", name);
}

static gboolean daemon_open(CrSource *source, const char *rest, gboolean podman, CrProblems *problems, GError **error)
{
  Daemon *daemon = g_new0(Daemon, 1);
  source->own = daemon;
  GError *cause = NULL;
  daemon->engine = cr_engine_open(&source->options, podman, TRUE, &cause);
  source->image->name = cr_arena_strdup(source->arena, rest);
  if (daemon->engine && cr_engine_describe_image(daemon->engine, source, rest, NULL, &daemon->id, problems, &cause))
    return TRUE;
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND) && !cr_error_get_hint(cause))
    set_not_there(daemon->engine, podman, rest, &cause);
  g_propagate_prefixed_error(error, cause, "cannot open '%s': ", source->image->ref);
  return FALSE;
}

static gboolean docker_open(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  return daemon_open(source, rest, FALSE, problems, error);
}

static gboolean podman_open(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  return daemon_open(source, rest, TRUE, problems, error);
}

static gboolean daemon_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit,
                                   gpointer data, CrProblems *problems, GError **error)
{
  (void)jobs; /* it is one stream */
  (void)problems;
  const Daemon *daemon = source->own;
  return cr_export_read_layers(daemon->engine, source, daemon->id, wanted, visit, data, error);
}

static void daemon_close(CrSource *source)
{
  Daemon *daemon = source->own;
  if (daemon)
    cr_engine_free(daemon->engine);
  g_free(daemon);
}

const CrSourceClass cr_source_docker = {
    .name = "docker",
    .prefix = "docker",
    .open = docker_open,
    .read_layers = daemon_read_layers,
    .close = daemon_close,
};

const CrSourceClass cr_source_podman = {
    .name = "podman",
    .prefix = "podman",
    .open = podman_open,
    .read_layers = daemon_read_layers,
    .close = daemon_close,
};

/* ---- for plain words ---- */

static gboolean ask_engine(CrEngine *engine, const char *ref)
{
  g_autofree char *escaped = cr_engine_escape(ref, NULL);
  g_autofree char *path = g_strdup_printf("/images/%s/json", escaped ? escaped : "");
  g_autoptr(CrJsonDoc) doc = escaped ? cr_engine_get(engine, path, NULL) : NULL;
  return doc != NULL;
}

/* Podman without a socket: its program answers that faster than a service starts. FALSE: there is none. */
static gboolean ask_program(const char *ref, gboolean *found)
{
  g_autofree char *program = g_find_program_in_path("podman");
  if (!program)
    return FALSE;
  const char *argv[] = {program, "image", "exists", "--", ref, NULL};
  CrProcessRequest request = {.argv = argv};
  g_autoptr(CrProcessResult) result = cr_process_run(&request, NULL);
  *found = result && result->status == 0;
  return result && result->status <= 1;
}

gboolean cr_source_docker_has(const char *ref, const CrSourceOptions *options, gboolean podman, gboolean *found)
{
  *found = FALSE;
  g_autoptr(CrEngine) engine = cr_engine_open(options, podman, FALSE, NULL);
  if (engine)
    *found = ask_engine(engine, ref);
  else if (podman && !(options->podman_host && *options->podman_host))
    return ask_program(ref, found);
  return engine != NULL;
}
