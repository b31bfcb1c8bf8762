/* SPDX-License-Identifier: Apache-2.0 */
/* What inspect and history say of an image, put into the form of an OCI config, so that one parser serves all. */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "image/engine.h"
#include "image/manifest.h"

/* Instructions that change no file. What `docker history` prints begins with one, after "/bin/sh -c #(nop) " of the
 * classic builder. */
static gboolean is_metadata(const char *created_by)
{
  static const char *const words[] = {"ENV", "CMD",        "ENTRYPOINT", "LABEL", "EXPOSE",  "VOLUME",     "USER",
                                      "ARG", "STOPSIGNAL", "MAINTAINER", "SHELL", "ONBUILD", "HEALTHCHECK"};
  const char *nop = strstr(created_by, "#(nop)");
  const char *text = nop ? nop + strlen("#(nop)") : created_by;
  text += strspn(text, " ");
  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    if (g_str_has_prefix(text, words[i]) && text[strlen(words[i])] == ' ')
      return TRUE;
  }
  return FALSE;
}

/* The API does not say which entries are without a layer. Those with a size have one; if these are too few, then also
 * those without a size whose text is not of an instruction that changes no file. If that does not fit either, all count
 * as full, no line is given to any layer, and the lines themselves stay. */
static gboolean is_empty(const CrJson *entry, gboolean by_text)
{
  if (cr_json_find_integer(entry, "Size", 0) > 0)
    return FALSE;
  return !by_text || is_metadata(cr_json_find_string(entry, "CreatedBy", ""));
}

static guint count_full(const CrJson *history, gboolean by_text)
{
  guint full = 0;
  for (guint i = 0; i < cr_json_get_length(history); i++)
    full += !is_empty(cr_json_get_element(history, i), by_text);
  return full;
}

/* Newest first in the API, oldest first in a config. */
static void write_history(CrJsonWriter *writer, const CrJson *history, guint layer_count)
{
  gboolean by_size = count_full(history, FALSE) == layer_count;
  gboolean by_text = !by_size && count_full(history, TRUE) == layer_count;
  cr_json_key(writer, "history");
  cr_json_begin_array(writer);
  for (guint i = cr_json_get_length(history); i > 0; i--) {
    const CrJson *entry = cr_json_get_element(history, i - 1);
    cr_json_begin_object(writer);
    cr_json_key_string(writer, "created_by", cr_json_find_string(entry, "CreatedBy", ""));
    if ((by_size || by_text) && is_empty(entry, by_text))
      cr_json_key_boolean(writer, "empty_layer", TRUE);
    cr_json_end_object(writer);
  }
  cr_json_end_array(writer);
}

static void write_member(CrJsonWriter *writer, const char *name, const CrJson *value)
{
  if (cr_json_is(value, CR_JSON_NULL))
    return;
  cr_json_key(writer, name);
  cr_json_node(writer, value);
}

gboolean cr_engine_apply_inspect(CrSource *source, const CrJson *inspect, const CrJson *config, const CrJson *history,
                                 const char *what, GError **error)
{
  const CrJson *layers = cr_json_find(cr_json_find(inspect, "RootFS"), "Layers");
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  write_member(writer, "os", cr_json_find(inspect, "Os"));
  write_member(writer, "architecture", cr_json_find(inspect, "Architecture"));
  write_member(writer, "variant", cr_json_find(inspect, "Variant"));
  if (*cr_json_find_string(inspect, "Created", "")) /* newer daemons leave it out, older ones empty */
    write_member(writer, "created", cr_json_find(inspect, "Created"));
  write_member(writer, "config", config);
  cr_json_key(writer, "rootfs");
  cr_json_begin_object(writer);
  write_member(writer, "diff_ids", layers);
  cr_json_end_object(writer);
  write_history(writer, history, cr_json_get_length(layers));
  cr_json_end_object(writer);
  gsize size = 0;
  const char *text = cr_json_writer_get_text(writer, &size);
  if (!cr_manifest_apply_config(text, size, what, NULL, source->arena, source->image, error))
    return FALSE;
  /* it is not the image's own config, byte for byte */
  g_clear_pointer((GBytes **)&source->image->raw_config, g_bytes_unref);
  return TRUE;
}

char *cr_engine_format_platform(const CrSourceOptions *options)
{
  g_auto(GStrv) parts = g_strsplit(options->platform ? options->platform : "", "/", 3);
  guint count = g_strv_length(parts);
  if (count < 2)
    return g_strdup("");
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_string(writer, "os", parts[0]);
  cr_json_key_string(writer, "architecture", parts[1]);
  if (count > 2)
    cr_json_key_string(writer, "variant", parts[2]);
  cr_json_end_object(writer);
  g_autofree char *escaped = g_uri_escape_string(cr_json_writer_get_text(writer, NULL), NULL, FALSE);
  return g_strconcat("?platform=", escaped, NULL);
}

/* "name@sha256:…" of the repository that was asked for, else the first. */
static const char *find_digest(const CrImage *image)
{
  for (guint pass = 0; pass < 2; pass++) {
    for (guint i = 0; image->repo_digests[i]; i++) {
      const char *at = strchr(image->repo_digests[i], '@');
      gsize length = at ? (gsize)(at - image->repo_digests[i]) : 0;
      if (at && (pass || strncmp(image->name, image->repo_digests[i], length) == 0))
        return at + 1;
    }
  }
  return NULL;
}

gboolean cr_engine_describe_image(CrEngine *engine, CrSource *source, const char *name, const CrJson *config,
                                  const char **id, CrProblems *problems, GError **error)
{
  CrImage *image = source->image;
  g_autofree char *escaped = cr_engine_escape(name, error);
  if (!escaped)
    return FALSE;
  g_autofree char *query = cr_engine_format_platform(&source->options);
  g_autofree char *inspect_path = g_strdup_printf("/images/%s/json%s", escaped, query);
  g_autofree char *history_path = g_strdup_printf("/images/%s/history%s", escaped, query);
  g_autoptr(CrJsonDoc) inspect = cr_engine_get(engine, inspect_path, error);
  if (!inspect)
    return FALSE;
  const CrJson *root = cr_json_get_root(inspect);
  g_autofree char *what = g_strdup_printf("%s's description of '%s'", cr_engine_get_name(engine), name);
  *id = cr_arena_strdup(source->arena, cr_json_find_string(root, "Id", NULL));
  if (!*id) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot read %s: it has no 'Id'", what);
    return FALSE;
  }
  /* Podman 4.3 falls over entries without a date; an image is more than its history */
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrJsonDoc) history = cr_engine_get(engine, history_path, &cause);
  if (!history)
    cr_problems_add(problems, CR_PROBLEM_NOTE, image->ref, "its history is not known: %s", cause->message);
  if (!config)
    config = cr_json_find(root, "Config");
  if (!cr_engine_apply_inspect(source, root, config, history ? cr_json_get_root(history) : NULL, what, error))
    return FALSE;
  image->id = *id;
  image->size_bytes = cr_json_find_integer(root, "Size", 0);
  image->repo_tags = cr_json_copy_strings(cr_json_find(root, "RepoTags"), source->arena);
  image->repo_digests = cr_json_copy_strings(cr_json_find(root, "RepoDigests"), source->arena);
  const char *described = cr_json_find_string(cr_json_find(root, "Descriptor"), "digest", NULL);
  image->digest = described ? cr_arena_strdup(source->arena, described) : find_digest(image);
  return cr_manifest_check_platform(image, source->options.platform, error);
}
